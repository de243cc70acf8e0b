"""What the booking widget offers: calendars, time blocks, reasons, insurances, and who is alerted."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.messages import Channel
from models.tables.base import Base, Id, Whole, enum_column


class CalendarRow(Base):
    """The availability of one provider at one location (A-60); only what was saved counts (A-65)."""

    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("provider_id", "location_id"), Index(None, "practice_id"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    version: Mapped[int] = mapped_column(default=1)
    settings: Mapped[dict[str, object]] = mapped_column(JSON)
    saved_at: Mapped[datetime]


class TimeBlockRow(Base):
    """Time on one local day that is closed or opened beside the weekly hours (A-66, A-67); the later one wins."""

    __tablename__ = "time_blocks"
    __table_args__ = (Index(None, "calendar_id", "day"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendars.id"))
    day: Mapped[date]
    start: Mapped[int]
    end: Mapped[int]
    opens: Mapped[bool]
    saved_at: Mapped[datetime]


class WidgetRow(Base):
    """How a practice's booking widget behaves."""

    __tablename__ = "widgets"

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    is_open: Mapped[bool] = mapped_column(default=True)
    differentiates_patients: Mapped[bool] = mapped_column(default=True)
    closes_when_stale: Mapped[bool] = mapped_column(default=False)
    terms_version: Mapped[str] = mapped_column(String(40), default="2026-11")
    embedded_on: Mapped[str] = mapped_column(String(500), default="")
    saved_at: Mapped[datetime]


class BookingReasonRow(Base):
    """A reason for visit that the widget offers; it has nothing to do with the practice system's (A-17, A-77)."""

    __tablename__ = "booking_reasons"
    __table_args__ = (UniqueConstraint("practice_id", "key"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    name_es: Mapped[str] = mapped_column(String(120), default="")
    position: Mapped[int] = mapped_column(default=0)
    is_offered: Mapped[bool] = mapped_column(default=True)


class InsuranceRow(Base):
    """An insurance that the widget offers; it has nothing to do with the practice system's (A-22, A-78)."""

    __tablename__ = "insurances"
    __table_args__ = (UniqueConstraint("practice_id", "key"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)
    is_offered: Mapped[bool] = mapped_column(default=True)


class AlertRecipientRow(Base):
    """Who at the practice is told of a new request, and how (A-27, A-28); the address is sealed."""

    __tablename__ = "alert_recipients"
    __table_args__ = (UniqueConstraint("practice_id", "key", "channel"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    key: Mapped[str] = mapped_column(String(40))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    address: Mapped[str] = mapped_column(String(600))
    locale: Mapped[str] = mapped_column(String(5), default="en")


class RateRow(Base):
    """How often something was asked within one window, by a hash of who asked."""

    __tablename__ = "rates"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
