"""Appointments, the requests behind them, and the claims of providers' time that the database itself keeps apart."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.appointments import Origin, PatientType, Status
from models.rules.matching import MatchOutcome
from models.tables.base import Base, Id, enum_column

IS_GONE_IN_PORTAL: Final = "portal_cancelled_at IS NOT NULL OR portal_deleted_at IS NOT NULL"


class AppointmentRow(Base):
    """One appointment in both systems; changed only by compare-and-set on `version`.

    `reason` is the growth side's reason for visit and never changes (A-49); `visit_reason` is the practice system's.
    What the practice system last showed stands in `system_...`; `system_modified_at` is its own clock. `wanted` is what
    a person decided and what is still on its way there.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        Index(
            "uq_appointments_system_id",
            "practice_id",
            "system_id",
            unique=True,
            sqlite_where=text("system_id <> ''"),
            postgresql_where=text("system_id <> ''"),
        ),
        Index(None, "practice_id", "starts_at"),
        Index(None, "practice_id", "status", "starts_at"),
        Index(
            "ix_appointments_apart",
            "practice_id",
            "starts_at",
            "status",
            sqlite_where=text(IS_GONE_IN_PORTAL),
            postgresql_where=text(IS_GONE_IN_PORTAL),
        ),
        Index(None, "patient_id"),
        Index(
            "ix_appointments_watched",
            "watch_at",
            sqlite_where=text("watch_at IS NOT NULL"),
            postgresql_where=text("watch_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[Status] = mapped_column(enum_column(Status))
    origin: Mapped[Origin] = mapped_column(enum_column(Origin))
    patient_type: Mapped[PatientType] = mapped_column(enum_column(PatientType))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("providers.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_virtual: Mapped[bool] = mapped_column(default=False)
    is_group: Mapped[bool] = mapped_column(default=False)
    is_test: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    reason: Mapped[str] = mapped_column(String(120), default="")
    visit_reason: Mapped[str] = mapped_column(String(40), default="")
    intake_forms: Mapped[str] = mapped_column(String(200), default="")
    requested_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    checked_out_at: Mapped[datetime | None]
    portal_cancelled_at: Mapped[datetime | None]
    portal_deleted_at: Mapped[datetime | None]
    has_conflict: Mapped[bool] = mapped_column(default=False)
    wanted: Mapped[Status | None] = mapped_column(enum_column(Status))
    system_id: Mapped[str] = mapped_column(String(40), default="")
    system_word: Mapped[str] = mapped_column(String(40), default="")
    system_modified_at: Mapped[datetime | None]
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    seen_at: Mapped[datetime | None]
    watch_at: Mapped[datetime | None]


class RequestRow(Base):
    """What a patient submitted; `details` is sealed JSON. Its match, once stored, never changes (A-69..A-72)."""

    __tablename__ = "appointment_requests"
    __table_args__ = (UniqueConstraint("practice_id", "submission_key"),)

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), primary_key=True, autoincrement=False)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    submission_key: Mapped[str] = mapped_column(String(64))
    body_hash: Mapped[str] = mapped_column(String(64))
    details: Mapped[str] = mapped_column(String(8000))
    locale: Mapped[str] = mapped_column(String(5))
    says_new: Mapped[bool]
    terms_version: Mapped[str] = mapped_column(String(40))
    terms_accepted_at: Mapped[datetime]
    allows_texts: Mapped[bool]
    requested_starts_at: Mapped[datetime]
    match: Mapped[MatchOutcome | None] = mapped_column(enum_column(MatchOutcome))
    match_record: Mapped[str] = mapped_column(String(40), default="")
    match_count: Mapped[int] = mapped_column(default=0)
    matched_at: Mapped[datetime | None]
    has_insurance: Mapped[bool] = mapped_column(default=False)
    overlaps_own: Mapped[bool] = mapped_column(default=False)


class ClaimKind(StrEnum):
    """Why a provider's time is taken."""

    HOLD = "hold"
    REQUEST = "request"
    APPOINTMENT = "appointment"


class SlotClaimRow(Base):
    """A provider's time that is taken, half-open; the row is gone as soon as it is free again.

    The database refuses an exclusive claim that overlaps any other of the provider (A-31, A-93). What the practice
    system shows is never exclusive: staff may overlap there, and it is imported all the same (A-102).
    """

    __tablename__ = "slot_claims"
    __table_args__ = (
        Index(None, "provider_id", "starts_at"),
        Index(None, "provider_id", "ends_at"),
        Index(
            "ix_slot_claims_expiring",
            "expires_at",
            sqlite_where=text("expires_at IS NOT NULL"),
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"))
    kind: Mapped[ClaimKind] = mapped_column(enum_column(ClaimKind))
    is_exclusive: Mapped[bool]
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"), unique=True)
    hold_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    is_virtual: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    held_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


SLOT_TAKEN = "slot_taken"
"""The name under which the triggers of both databases refuse an overlapping claim."""
