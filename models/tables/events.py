"""The append-only history of every process, one hash chain per practice."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.decisions import Evidence, Process
from models.tables.base import Base, Whole, enum_column


class Event(Base):
    """One thing that happened: when, who, why, evidence. Unique by its idempotency key within a process."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("practice_id", "position"),
        UniqueConstraint("process", "process_id", "key"),
        Index(None, "practice_id", "at"),
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    position: Mapped[int]
    process: Mapped[Process] = mapped_column(enum_column(Process))
    process_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    actor: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(60))
    evidence: Mapped[dict[str, Evidence]] = mapped_column(JSON)
    at: Mapped[datetime]
    hash: Mapped[str] = mapped_column(String(64))


class ChainHead(Base):
    """How long a practice's history is and how it ends, so that a cut tail is noticed."""

    __tablename__ = "chain_heads"

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    length: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
