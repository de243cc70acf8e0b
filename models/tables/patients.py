"""Patients as the growth side knows them, sealed, and pairs of records that may be one person."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.appointments import Origin
from models.tables.base import Base, Id, enum_column


class PatientRow(Base):
    """One patient record; `person` is sealed JSON: first, last, born, email, phone, sex.

    The blind indexes find it by name and date of birth, by date of birth, by phone and by email (A-69, A-103).
    `system_id` is the practice system's record, which stays the source of truth (A-76). When that was read last it was
    inactive since `inactive_at`, and `differing` names the fields in which it differs from ours (A-75).
    """

    __tablename__ = "patients"
    __table_args__ = (
        Index(
            "uq_patients_system_id",
            "practice_id",
            "system_id",
            unique=True,
            sqlite_where=text("system_id <> ''"),
            postgresql_where=text("system_id <> ''"),
        ),
        Index(None, "practice_id", "match_index"),
        Index(None, "practice_id", "born_index"),
        Index(None, "practice_id", "phone_index"),
        Index(None, "practice_id", "email_index"),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    version: Mapped[int] = mapped_column(default=1)
    origin: Mapped[Origin] = mapped_column(enum_column(Origin))
    system_id: Mapped[str] = mapped_column(String(40), default="")
    person: Mapped[str] = mapped_column(String(2000))
    match_index: Mapped[str] = mapped_column(String(64))
    born_index: Mapped[str] = mapped_column(String(64))
    phone_index: Mapped[str] = mapped_column(String(64), default="")
    email_index: Mapped[str] = mapped_column(String(64), default="")
    locale: Mapped[str] = mapped_column(String(5), default="en")
    texts_allowed_at: Mapped[datetime | None]
    texts_refused_at: Mapped[datetime | None]
    is_excluded_from_surveys: Mapped[bool] = mapped_column(default=False)
    included_again_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    inactive_at: Mapped[datetime | None]
    differing: Mapped[str] = mapped_column(String(60), default="")


class DuplicateState(StrEnum):
    """What people made of a possible duplicate (A-74, A-103)."""

    OPEN = "open"
    KEPT_BOTH = "kept_both"
    DEACTIVATED = "deactivated"
    ARCHIVED = "archived"


class PossibleDuplicateRow(Base):
    """Two records that may be one person; it never changes how a request was matched (A-103).

    `other_record` is the number of another patient, or `system:` and an id where only the practice system has it.
    """

    __tablename__ = "possible_duplicates"
    __table_args__ = (UniqueConstraint("patient_id", "other_record"), Index(None, "practice_id", "state"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"))
    other_record: Mapped[str] = mapped_column(String(60))
    reasons: Mapped[str] = mapped_column(String(200))
    suggestion: Mapped[str] = mapped_column(String(80))
    state: Mapped[DuplicateState] = mapped_column(enum_column(DuplicateState))
    found_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
