"""Restores: from which backup this database came, and whether it may speak to anybody yet."""

from datetime import datetime

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Id


class RestoreRow(Base):
    """One restore; while `released_at` is empty the database is in quarantine and nothing is sent or written outside.

    `made_at` is the moment of the backup, `stopped_at` the last one at which the lost database may have sent anything.
    """

    __tablename__ = "restores"
    __table_args__ = (
        Index(
            "ix_restores_quarantine",
            "restored_at",
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    made_at: Mapped[datetime]
    stopped_at: Mapped[datetime]
    restored_at: Mapped[datetime]
    reconciled_at: Mapped[datetime | None]
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    released_at: Mapped[datetime | None]
    released_by: Mapped[str] = mapped_column(String(60), default="")
