"""Practice systems: accounts, who is who there, cursors of the sync, writes on their way, and what went wrong."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.decisions import Evidence
from models.rules.messages import MessageKind, Owner
from models.tables.base import Base, Id, Whole, enum_column


class SystemAccountRow(Base):
    """One customer key with its login, sealed with the installation's key, and its budget of calls."""

    __tablename__ = "system_accounts"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(40), unique=True)
    vendor: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(300))
    customer_key: Mapped[str] = mapped_column(String(600))
    user: Mapped[str] = mapped_column(String(600))
    password: Mapped[str] = mapped_column(String(600))
    calls_per_minute: Mapped[int] = mapped_column(default=60)
    tokens: Mapped[int] = mapped_column(default=60)
    counted_at: Mapped[datetime]
    rests_until: Mapped[datetime | None]
    rest_seconds: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(60), default="")


class PracticeSystemRow(Base):
    """Which practice system a practice uses; without an account it is the built-in calendar."""

    __tablename__ = "practice_systems"

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    vendor: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("system_accounts.id"))
    system_practice: Mapped[str] = mapped_column(String(40), default="")
    system_name: Mapped[str] = mapped_column(String(120), default="")
    vendor_number: Mapped[int] = mapped_column(default=0)
    connected_at: Mapped[datetime]
    problem: Mapped[str] = mapped_column(String(60), default="")
    problem_since: Mapped[datetime | None]


class SystemProviderRow(Base):
    """A provider as the practice system knows it; lists name providers, so the name is kept, sealed."""

    __tablename__ = "system_providers"

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    system_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("providers.id"))
    name: Mapped[str] = mapped_column(String(600))
    seal_id: Mapped[int]


class SystemLocationRow(Base):
    """A service location as the practice system knows it."""

    __tablename__ = "system_locations"

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    system_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    name: Mapped[str] = mapped_column(String(200))


class VisitReasonRow(Base):
    """A visit reason of the practice system with its minutes (A-37, A-79); Kareo lists them nowhere, people keep it."""

    __tablename__ = "visit_reasons"
    __table_args__ = (UniqueConstraint("practice_id", "key"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    key: Mapped[str] = mapped_column(String(40))
    system_id: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int]
    color: Mapped[str] = mapped_column(String(7), default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class CommunicationRow(Base):
    """How one provider's patients are reminded (A-11, A-81): minutes before the start, and whether surveys are on."""

    __tablename__ = "communications"

    provider_id: Mapped[int] = mapped_column(Whole, ForeignKey("providers.id"), primary_key=True, autoincrement=False)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    is_on: Mapped[bool] = mapped_column(default=True)
    minutes_before: Mapped[list[int]] = mapped_column(JSON)
    has_telehealth: Mapped[bool] = mapped_column(default=False)
    has_surveys: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime]


class MessageOwnerRow(Base):
    """Which system sends a kind of message for a practice (A-105); no row: what the catalogue says."""

    __tablename__ = "message_owners"

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    kind: Mapped[MessageKind] = mapped_column(enum_column(MessageKind), primary_key=True)
    owner: Mapped[Owner] = mapped_column(enum_column(Owner), primary_key=True)


class CursorKind(StrEnum):
    """The three ways in which changes are found."""

    CHANGES = "changes"
    WHOLE = "whole"
    WATCH = "watch"


class CursorRow(Base):
    """How far a way of looking has come, by the practice system's own clock, and when to look again."""

    __tablename__ = "sync_cursors"
    __table_args__ = (Index(None, "due_at"),)

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    kind: Mapped[CursorKind] = mapped_column(enum_column(CursorKind), primary_key=True)
    position: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(60), default="")
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)


class PushKind(StrEnum):
    """What is written to the practice system."""

    PLACE = "place"
    DECIDE = "decide"
    CHANGE = "change"
    DELETE = "delete"


class PushState(StrEnum):
    """Where a write stands; `sending` is written before the call, and unknown is looked up, never guessed."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    DONE = "done"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    DEAD = "dead"
    CANCELLED = "cancelled"


class PushRow(Base):
    """One write to the practice system; writes for one appointment go out one after the other."""

    __tablename__ = "pushes"
    __table_args__ = (
        UniqueConstraint("appointment_id", "key"),
        Index(
            "ix_pushes_open",
            "due_at",
            sqlite_where=text("state IN ('pending', 'claimed', 'sending', 'unknown')"),
            postgresql_where=text("state IN ('pending', 'claimed', 'sending', 'unknown')"),
        ),
        Index(None, "practice_id", "state"),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"))
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[PushKind] = mapped_column(enum_column(PushKind))
    state: Mapped[PushState] = mapped_column(enum_column(PushState))
    stage: Mapped[str] = mapped_column(String(20), default="")
    change: Mapped[dict[str, Evidence]] = mapped_column(JSON, default=dict)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(60), default="")
    settled_at: Mapped[datetime | None]


class DeadChangeRow(Base):
    """A change that could not be taken in, kept sealed until it is replayed or given up."""

    __tablename__ = "dead_changes"
    __table_args__ = (UniqueConstraint("practice_id", "system_id", "fingerprint"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    system_id: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(String(8000))
    problem: Mapped[str] = mapped_column(String(60))
    tries: Mapped[int] = mapped_column(default=1)
    seen_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class DriftRow(Base):
    """Where the two systems differ as documented and it hurts (A-104); `settled_at` once it was repaired."""

    __tablename__ = "drifts"

    appointment_id: Mapped[int] = mapped_column(
        Whole, ForeignKey("appointments.id"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    since: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class ReadinessRow(Base):
    """One check of the gate before launch (A-01): its state, with evidence, checker and time."""

    __tablename__ = "readiness_checks"

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    check: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(40), primary_key=True, default="")
    state: Mapped[str] = mapped_column(String(20))
    evidence: Mapped[dict[str, Evidence]] = mapped_column(JSON)
    checker: Mapped[str] = mapped_column(String(60))
    checked_at: Mapped[datetime]


class FeedRow(Base):
    """A private link under which a provider's calendar can be subscribed to; only the link's hash is kept."""

    __tablename__ = "calendar_feeds"

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"))
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
