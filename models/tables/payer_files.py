"""What files and deposits prove: files by their hash, remittances, acknowledgments, deposits; nothing of a patient."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.onboarding_facts import PaymentIssue, Transaction
from models.tables.base import Base, Id, enum_column


class PayerFileRow(Base):
    """One file from a payer, known by its SHA-256 (E-31); a refused one keeps the reason and the position (E-30)."""

    __tablename__ = "payer_files"

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int]
    kinds: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(400), default="")
    received_at: Mapped[datetime]


class RemittanceRow(Base):
    """One 835, known by sender, TRN03, TRN02, BPR16 and BPR02 (E-31); money in whole cents.

    Payer, practice and identity are empty until they are known; a test remittance proves nothing (E-32). The payee's
    tax id may be a person's social security number: only its blind index is kept, to match it later.
    """

    __tablename__ = "remittances"
    __table_args__ = (
        UniqueConstraint("sender", "trace_payer", "trace", "paid_on", "amount_cents"),
        Index(None, "practice_id", "payer", "paid_on"),
        Index(None, "trace"),
    )

    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(ForeignKey("payer_files.id"))
    practice_id: Mapped[int | None] = mapped_column(ForeignKey("practices.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("billing_identities.id"))
    payer: Mapped[str] = mapped_column(String(60), default="")
    sender: Mapped[str] = mapped_column(String(90))
    payer_name: Mapped[str] = mapped_column(String(80), default="")
    payer_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    payee_npi: Mapped[str] = mapped_column(String(80), default="")
    payee_tax_index: Mapped[str] = mapped_column(String(64), default="")
    trace_payer: Mapped[str] = mapped_column(String(80))
    trace: Mapped[str] = mapped_column(String(80))
    paid_on: Mapped[date]
    amount_cents: Mapped[int]
    method: Mapped[str] = mapped_column(String(3))
    is_test: Mapped[bool]
    claims: Mapped[int]
    denials: Mapped[int]
    reversals: Mapped[int]
    expected_cents: Mapped[int]
    received_at: Mapped[datetime]


class AcknowledgmentRow(Base):
    """What one 277CA or 999 says of one billing provider's claims (E-12, E-13)."""

    __tablename__ = "claim_acknowledgments"
    __table_args__ = (
        UniqueConstraint("file_id", "number"),
        Index(None, "practice_id", "payer", "received_on"),
    )

    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(ForeignKey("payer_files.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    practice_id: Mapped[int | None] = mapped_column(ForeignKey("practices.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("billing_identities.id"))
    payer: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str] = mapped_column(String(20))
    source_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    npi: Mapped[str] = mapped_column(String(80), default="")
    tax_index: Mapped[str] = mapped_column(String(64), default="")
    is_test: Mapped[bool]
    accepted: Mapped[int]
    rejected: Mapped[int]
    not_approved: Mapped[int]
    received_on: Mapped[date | None]
    received_at: Mapped[datetime]


class DepositRow(Base):
    """One deposit on a practice's bank account, by its trace number (E-12); money in whole cents."""

    __tablename__ = "deposits"
    __table_args__ = (UniqueConstraint("practice_id", "trace", "amount_cents", "deposited_on"), Index(None, "trace"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    trace: Mapped[str] = mapped_column(String(60))
    amount_cents: Mapped[int]
    deposited_on: Mapped[date]
    recorded_at: Mapped[datetime]


class ClaimActivityRow(Base):
    """How many claims went to a payer on a local day, and how many it paid; from a practice system or from files."""

    __tablename__ = "claim_activity"
    __table_args__ = (UniqueConstraint("practice_id", "payer", "day", "source"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    payer: Mapped[str] = mapped_column(String(60))
    day: Mapped[date]
    source: Mapped[str] = mapped_column(String(20))
    charges: Mapped[int] = mapped_column(default=0)
    submitted: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(default=0)
    posted: Mapped[int] = mapped_column(default=0)


class PaymentFindingRow(Base):
    """One payment issue that a payer's remittance shows (E-35); the journey hears of it once until it is settled."""

    __tablename__ = "payment_findings"
    __table_args__ = (UniqueConstraint("remittance_id", "issue"), Index(None, "practice_id"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    remittance_id: Mapped[int] = mapped_column(ForeignKey("remittances.id"))
    payer: Mapped[str] = mapped_column(String(60))
    issue: Mapped[PaymentIssue] = mapped_column(enum_column(PaymentIssue))
    found_on: Mapped[date]
    recorded_at: Mapped[datetime]


class EvidenceRow(Base):
    """One proof or contradiction that is still to be told to an enrollment, or was; nothing is told twice."""

    __tablename__ = "enrollment_evidence"
    __table_args__ = (UniqueConstraint("enrollment_id", "key"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    transaction: Mapped[Transaction] = mapped_column(enum_column(Transaction))
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(40))
    on: Mapped[date]
    recorded_at: Mapped[datetime]
