"""Milestones that nobody has been told of yet."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.decisions import Process
from models.tables.base import Base, enum_column


class Announcement(Base):
    """One line of the history that is to be told; written with the line, deleted once it was told."""

    __tablename__ = "announcements"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The hash of the line, which names the event too."""
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    process: Mapped[Process] = mapped_column(enum_column(Process))
    process_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
