"""How patients can be reached and whether they agreed: contacts of the practice system, consents, stops."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.consent import Source, StopReason
from models.rules.messages import Channel
from models.tables.base import Base, Id, Whole, enum_column


class PatientContactRow(Base):
    """How the practice system says that a patient is reached, read again with the record (F-162); sealed JSON.

    `contact` holds email, phone and zip. The blind indexes are made as those of `patients`, so that both compare.
    """

    __tablename__ = "patient_contacts"
    __table_args__ = (Index(None, "practice_id", "phone_index"), Index(None, "practice_id", "email_index"))

    patient_id: Mapped[int] = mapped_column(Whole, ForeignKey("patients.id"), primary_key=True, autoincrement=False)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    contact: Mapped[str] = mapped_column(String(1200))
    phone_index: Mapped[str] = mapped_column(String(64), default="")
    email_index: Mapped[str] = mapped_column(String(64), default="")
    read_at: Mapped[datetime]


class ConsentRow(Base):
    """One line of the ledger of consent by address: never changed, never deleted (F-201).

    `wording` names the exact words and their version, `by` who wrote a line that no patient gave here.
    """

    __tablename__ = "consents"
    __table_args__ = (Index(None, "practice_id", "address_index", "channel"), Index(None, "patient_id"))

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    address_index: Mapped[str] = mapped_column(String(64))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    is_given: Mapped[bool]
    source: Mapped[Source] = mapped_column(enum_column(Source))
    wording: Mapped[str] = mapped_column(String(60))
    locale: Mapped[str] = mapped_column(String(5))
    by: Mapped[str] = mapped_column(String(60), default="")
    at: Mapped[datetime]


class StopRow(Base):
    """One address of a practice's patients that gets nothing more, or nothing until a person decides (F-205).

    Practice 0 stands for every practice whose texts come from the same number; its index is the installation's.
    """

    __tablename__ = "message_stops"
    __table_args__ = (
        Index(
            "uq_message_stops_present",
            "practice_id",
            "address_index",
            "channel",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int]
    address_index: Mapped[str] = mapped_column(String(64))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    is_doubtful: Mapped[bool] = mapped_column(default=False)
    is_flagged: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[StopReason] = mapped_column(enum_column(StopReason))
    event_id: Mapped[int | None]
    since: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str] = mapped_column(String(60), default="")
