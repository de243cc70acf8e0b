"""Journeys: their steps, waits, items, calls, training, payers and payment issues."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.onboarding_facts import (
    CallState,
    EnrollmentOutcome,
    ItemState,
    JourneyStatus,
    StepState,
    TrainingState,
    Transaction,
)
from models.rules.roles import Party
from models.tables.base import Base, Id, Whole, enum_column


class JourneyRow(Base):
    """One journey of one practice; changed only by compare-and-set on `version`."""

    __tablename__ = "journeys"
    __table_args__ = (
        Index(
            "uq_journeys_present",
            "practice_id",
            unique=True,
            sqlite_where=text("status IN ('active', 'paused')"),
            postgresql_where=text("status IN ('active', 'paused')"),
        ),
        Index(None, "practice_id"),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    status: Mapped[JourneyStatus] = mapped_column(enum_column(JourneyStatus))
    version: Mapped[int] = mapped_column(default=1)
    template_version: Mapped[int]
    terms: Mapped[str] = mapped_column(String(60))
    started_at: Mapped[datetime]
    target_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    went_live_on: Mapped[date | None]
    claims_confirmed_on: Mapped[date | None]
    first_era_on: Mapped[date | None]
    graduated_on: Mapped[date | None]
    paused_at: Mapped[datetime | None]
    customer_id: Mapped[int | None]
    answers: Mapped[dict[str, str | int | bool]] = mapped_column(JSON, default=dict)
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)


class _OfJourney:
    journey_id: Mapped[int] = mapped_column(
        ForeignKey("journeys.id"), primary_key=True, autoincrement=False, sort_order=-1
    )  # first, so that the primary key finds all rows of a journey


class StepRow(_OfJourney, Base):
    """Where a step stands."""

    __tablename__ = "journey_steps"

    step: Mapped[str] = mapped_column(String(60), primary_key=True)
    state: Mapped[StepState] = mapped_column(enum_column(StepState))
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class WaitRow(_OfJourney, Base):
    """Who is waited for in a step, since when, and from when silence counts (O-42, O-44)."""

    __tablename__ = "journey_waits"

    step: Mapped[str] = mapped_column(String(60), primary_key=True)
    party: Mapped[Party] = mapped_column(enum_column(Party), primary_key=True)
    since: Mapped[datetime]
    silent_since: Mapped[datetime]


class ItemRow(_OfJourney, Base):
    """Where an item stands, who settled it and why."""

    __tablename__ = "journey_items"

    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    state: Mapped[ItemState] = mapped_column(enum_column(ItemState))
    opened_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    by: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(String(60), default="")


class CallRow(_OfJourney, Base):
    """One dated call; its calendar identity is made of the primary key."""

    __tablename__ = "journey_calls"
    __table_args__ = (
        Index(
            None, "starts_at", sqlite_where=text("state = 'scheduled'"), postgresql_where=text("state = 'scheduled'")
        ),
    )

    call: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    state: Mapped[CallState] = mapped_column(enum_column(CallState))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    sequence: Mapped[int]


class TrainingSession(Base):
    """One live group session of one topic, open to every practice (O-20)."""

    __tablename__ = "training_sessions"
    __table_args__ = (UniqueConstraint("topic", "starts_at"),)

    id: Mapped[Id]
    topic: Mapped[str] = mapped_column(String(40))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    seats: Mapped[int]


class RegistrationRow(_OfJourney, Base):
    """One person's place in one topic (O-21)."""

    __tablename__ = "training_registrations"
    __table_args__ = (Index(None, "session_id"),)

    person: Mapped[str] = mapped_column(String(40), primary_key=True)
    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[TrainingState] = mapped_column(enum_column(TrainingState))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("training_sessions.id"))
    starts_at: Mapped[datetime | None]
    sequence: Mapped[int]


class JourneyPayerRow(_OfJourney, Base):
    """One payer of the practice, with what is planned there (E-01, E-04)."""

    __tablename__ = "journey_payers"

    payer: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    expected_claims: Mapped[int]
    transactions: Mapped[str] = mapped_column(String(60))
    chosen_rank: Mapped[int] = mapped_column(default=0)


class JourneyEnrollmentRow(_OfJourney, Base):
    """What the journey knows of one enrollment; part of the narrow door of O-23."""

    __tablename__ = "journey_enrollments"

    payer: Mapped[str] = mapped_column(String(60), primary_key=True)
    transaction: Mapped[Transaction] = mapped_column(enum_column(Transaction), primary_key=True)
    outcome: Mapped[EnrollmentOutcome] = mapped_column(enum_column(EnrollmentOutcome))
    recorded_at: Mapped[datetime]


class PaymentIssueRow(_OfJourney, Base):
    """One payment-posting issue, open or settled (O-34)."""

    __tablename__ = "journey_payment_issues"

    issue: Mapped[str] = mapped_column(String(120), primary_key=True)
    is_open: Mapped[bool]
    recorded_at: Mapped[datetime]
