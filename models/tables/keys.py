"""The wrapped keys of practices."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Whole, enum_column


class KeyState(StrEnum):
    """What a key is still good for."""

    ACTIVE = "active"
    RETIRED = "retired"
    DESTROYED = "destroyed"


class PracticeKey(Base):
    """One key of a practice (0: of the installation); key 0 is the one of blind indexes and never rotates."""

    __tablename__ = "practice_keys"

    practice_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    key_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    wrapped: Mapped[str] = mapped_column(String(120))
    state: Mapped[KeyState] = mapped_column(enum_column(KeyState))
    created_at: Mapped[datetime]
