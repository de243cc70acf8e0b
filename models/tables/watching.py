"""What was found stored that must never be, and who looked at it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Id


class BreachRow(Base):
    """One broken promise: which one, and the number of the row that breaks it; found once, until it is gone.

    While `released_at` is empty, a breach that `stops_sending` keeps the practice's messages back.
    """

    __tablename__ = "breaches"
    __table_args__ = (
        Index(
            "uq_breaches_present",
            "invariant",
            "number",
            unique=True,
            sqlite_where=text("gone_at IS NULL"),
            postgresql_where=text("gone_at IS NULL"),
        ),
        Index(
            "ix_breaches_open",
            "practice_id",
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    invariant: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    stops_sending: Mapped[bool]
    found_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str] = mapped_column(String(60), default="")
    gone_at: Mapped[datetime | None]
