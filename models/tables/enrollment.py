"""Payer enrollments: payers and their ways, billing identities, enrollments with needs, spans and lines for digests."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.enrollment import Need, State
from models.rules.enrollment_facts import NoticeKind
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Party, Role
from models.tables.base import Base, Id, Whole, enum_column


class PayerRow(Base):
    """One payer, known to the whole installation by its key."""

    __tablename__ = "payers"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    payer_class: Mapped[str] = mapped_column(String(20), default="commercial")


class PayerIdRow(Base):
    """An id by which files, or a clearinghouse for one transaction, name a payer; text, zeros matter (E-02).

    An empty clearinghouse is the payer's own id in its files, an empty transaction is any.
    """

    __tablename__ = "payer_ids"
    __table_args__ = (Index(None, "payer_id"),)

    payer: Mapped[str] = mapped_column(ForeignKey("payers.key"), primary_key=True)
    clearinghouse: Mapped[str] = mapped_column(String(40), primary_key=True, default="")
    transaction: Mapped[str] = mapped_column(String(20), primary_key=True, default="")
    payer_id: Mapped[str] = mapped_column(String(80), primary_key=True)


class BillingIdentityRow(Base):
    """Who bills: a group or one provider, by NPI and tax id; tax id (with a blind index) and street are sealed."""

    __tablename__ = "billing_identities"
    __table_args__ = (UniqueConstraint("practice_id", "key"), Index(None, "npi"), Index(None, "tax_id_index"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    key: Mapped[str] = mapped_column(String(40))
    npi: Mapped[str] = mapped_column(String(10))
    is_group: Mapped[bool]
    tax_id: Mapped[str] = mapped_column(String(200), default="")
    tax_id_index: Mapped[str] = mapped_column(String(64), default="")
    street: Mapped[str] = mapped_column(String(400), default="")


class EnrollmentRow(Base):
    """One payer, transaction and billing identity; changed only by compare-and-set on `version` (E-01)."""

    __tablename__ = "enrollments"
    __table_args__ = (
        UniqueConstraint("practice_id", "payer", "transaction", "identity_id"),
        Index(None, "payer", "transaction"),
        Index(None, "state"),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    payer: Mapped[str] = mapped_column(ForeignKey("payers.key"))
    transaction: Mapped[Transaction] = mapped_column(enum_column(Transaction))
    identity_id: Mapped[int] = mapped_column(ForeignKey("billing_identities.id"))
    state: Mapped[State] = mapped_column(enum_column(State))
    version: Mapped[int] = mapped_column(default=1)
    state_since: Mapped[datetime]
    silent_since: Mapped[datetime]
    rung: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=1)
    generation: Mapped[int] = mapped_column(default=1)
    rank: Mapped[int] = mapped_column(default=0)
    clearinghouse: Mapped[str] = mapped_column(String(40), default="manual")
    payer_id: Mapped[str] = mapped_column(String(80), default="")
    cutover_on: Mapped[date | None]
    submitted_on: Mapped[date | None]
    approved_on: Mapped[date | None]
    effective_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    typical_on: Mapped[date | None]
    late_on: Mapped[date | None]
    very_late_on: Mapped[date | None]
    limit_on: Mapped[date | None]
    first_claim_on: Mapped[date | None]
    last_claim_on: Mapped[date | None]
    last_proof_on: Mapped[date | None]
    contradicted_on: Mapped[date | None]
    median_gap_days: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(60), default="")


class NeedRow(Base):
    """One thing that the practice must give, or gave, for an enrollment."""

    __tablename__ = "enrollment_needs"

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), primary_key=True, autoincrement=False)
    need: Mapped[Need] = mapped_column(enum_column(Need), primary_key=True)
    is_given: Mapped[bool]
    changed_at: Mapped[datetime]


class SpanRow(Base):
    """How long an enrollment stood in a state and who was waited for; the open one has no end (E-28)."""

    __tablename__ = "enrollment_spans"
    __table_args__ = (
        Index(None, "enrollment_id", "since"),
        Index(
            "uq_enrollment_spans_present",
            "enrollment_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    generation: Mapped[int]
    attempt: Mapped[int]
    state: Mapped[State] = mapped_column(enum_column(State))
    party: Mapped[Party | None] = mapped_column(enum_column(Party))
    reason: Mapped[str] = mapped_column(String(60), default="")
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class NoticeRow(Base):
    """One line that waits for the next digest of whoever holds a role; gone when its cause goes away (E-26)."""

    __tablename__ = "enrollment_notices"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "key"),
        Index(
            "ix_enrollment_notices_pending",
            "practice_id",
            "role",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[NoticeKind] = mapped_column(enum_column(NoticeKind))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    state: Mapped[str] = mapped_column(String(20), default="pending")
    since: Mapped[datetime]
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("digests.id"))


class DigestRow(Base):
    """One person's digest of one local day (E-26); whoever inserts the row sends it, nobody else can."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("reader", "day"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    reader: Mapped[str] = mapped_column(String(120))
    day: Mapped[date]
    lines: Mapped[int]
    created_at: Mapped[datetime]


class TurnaroundRow(Base):
    """How long a payer takes: an override of this installation, or what its own history says (E-05, E-40)."""

    __tablename__ = "turnarounds"

    payer: Mapped[str] = mapped_column(String(60), primary_key=True)
    transaction: Mapped[str] = mapped_column(String(20), primary_key=True)
    origin: Mapped[str] = mapped_column(String(20), primary_key=True)
    low: Mapped[int]
    typical: Mapped[int]
    late: Mapped[int]
    very_late: Mapped[int]
    high: Mapped[int]
    is_business_days: Mapped[bool] = mapped_column(default=False)
    cases: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(String(200))
    as_of: Mapped[datetime]


class SubmissionRow(Base):
    """One enrollment's attempt on its way into a clearinghouse's interface: claimed, called, and its outcome known.

    `status_at` is the moment of the newest status that the clearinghouse showed; older ones are late.
    """

    __tablename__ = "enrollment_submissions"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "generation", "attempt"),
        Index(None, "clearinghouse", "foreign_id"),
        Index(
            "ix_enrollment_submissions_due",
            "due_at",
            sqlite_where=text("state IN ('queued', 'sending', 'unknown')"),
            postgresql_where=text("state IN ('queued', 'sending', 'unknown')"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    generation: Mapped[int]
    attempt: Mapped[int]
    clearinghouse: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(20), default="queued")
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(60), default="")
    foreign_id: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[str] = mapped_column(String(60), default="")
    status_at: Mapped[datetime | None]


class ClearinghouseCursorRow(Base):
    """Until when the statuses of a clearinghouse were read."""

    __tablename__ = "clearinghouse_cursors"

    clearinghouse: Mapped[str] = mapped_column(String(40), primary_key=True)
    read_until: Mapped[datetime]
    polled_at: Mapped[datetime | None]
