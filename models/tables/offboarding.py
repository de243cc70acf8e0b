"""Practices that leave: how far each is, who did what, and what was exported."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.offboarding import Leaving
from models.tables.base import Base, Id, enum_column


class OffboardingRow(Base):
    """One practice that leaves, or was about to; while `resumed_at` is empty nothing is sent for it.

    The moments say how far it is. `bundle` is the export's file, `digest` its SHA-256; `counts` are rows by table.
    """

    __tablename__ = "offboardings"
    __table_args__ = (
        Index(
            "uq_offboardings_present",
            "practice_id",
            unique=True,
            sqlite_where=text("resumed_at IS NULL"),
            postgresql_where=text("resumed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    reason: Mapped[Leaving] = mapped_column(enum_column(Leaving))
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    wait_days: Mapped[int]
    stopped_at: Mapped[datetime | None]
    exported_at: Mapped[datetime | None]
    bundle: Mapped[str] = mapped_column(String(80), default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    bundle_removed_at: Mapped[datetime | None]
    handed_by: Mapped[str] = mapped_column(String(60), default="")
    handed_at: Mapped[datetime | None]
    destroy_at: Mapped[datetime | None]
    confirmed_by: Mapped[str] = mapped_column(String(60), default="")
    confirmed_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    called_off_by: Mapped[str] = mapped_column(String(60), default="")
    called_off_at: Mapped[datetime | None]
    resumed_by: Mapped[str] = mapped_column(String(60), default="")
    resumed_at: Mapped[datetime | None]
