"""What safe keeping knows of itself: legal holds, and when purges and drills ran."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Id, enum_column


class KeepingKind(StrEnum):
    """What is noted when it ran."""

    PURGE = "purge"
    RESTORE_DRILL = "restore_drill"


class LegalHold(Base):
    """One matter for which nothing of a practice may be purged or destroyed until somebody lifts the hold."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        Index(
            "uq_legal_holds_standing",
            "practice_id",
            "matter",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    matter: Mapped[str] = mapped_column(String(40))
    set_by: Mapped[str] = mapped_column(String(60))
    set_at: Mapped[datetime]
    lifted_by: Mapped[str] = mapped_column(String(60), default="")
    lifted_at: Mapped[datetime | None]


class KeepingRun(Base):
    """One run of a purge or a drill that came to its end, and what it counted."""

    __tablename__ = "keeping_runs"
    __table_args__ = (Index(None, "kind", "ran_at"),)

    id: Mapped[Id]
    kind: Mapped[KeepingKind] = mapped_column(enum_column(KeepingKind))
    ran_at: Mapped[datetime]
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
