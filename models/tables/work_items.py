"""Who must act, by when: what a person sees as a to-do."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.decisions import Process
from models.rules.roles import Party, Role
from models.tables.base import Base, Whole, enum_column


class WorkItem(Base):
    """One to-do of one role; opened and closed by the transactions that cause it."""

    __tablename__ = "work_items"
    __table_args__ = (
        Index(
            "uq_work_items_open",
            "process",
            "process_id",
            "key",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_work_items_practice",
            "practice_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_work_items_role",
            "role",
            "due_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    process: Mapped[Process] = mapped_column(enum_column(Process))
    process_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    party: Mapped[Party] = mapped_column(enum_column(Party))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(40), default="")
