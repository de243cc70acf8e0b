"""When to look again, and for what: the one table of waits."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.decisions import Process
from models.tables.base import Base, Whole, enum_column


class TimerState(StrEnum):
    """Where a timer stands; a held one has stopped with its process (O-45)."""

    OPEN = "open"
    HELD = "held"
    FIRED = "fired"
    CANCELLED = "cancelled"


class Timer(Base):
    """One wait. A claim is a lease and a fence; whoever comes late finds another fence."""

    __tablename__ = "timers"
    __table_args__ = (
        Index("ix_timers_due", "due_at", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index(
            "uq_timers_pending",
            "process",
            "process_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("state IN ('open', 'held')"),
            postgresql_where=text("state IN ('open', 'held')"),
        ),
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    process: Mapped[Process] = mapped_column(enum_column(Process))
    process_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    due_at: Mapped[datetime]
    state: Mapped[TimerState] = mapped_column(enum_column(TimerState))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    because: Mapped[str] = mapped_column(String(160), default="")
