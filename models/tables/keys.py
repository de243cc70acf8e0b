"""The wrapped keys of practices."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Id, Whole, enum_column


class KeyState(StrEnum):
    """What a key is good for: a next one only reads until everybody knows it, a retired one until nothing needs it."""

    NEXT = "next"
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


class KeyRotation(Base):
    """One rotation of a practice's key (0: of the installation) to `key_id`; at most one is under way for each.

    `resealed` counts fields. The moments say how far it is: the new key made, in use, the older ones destroyed.
    """

    __tablename__ = "key_rotations"
    __table_args__ = (
        Index(
            "uq_key_rotations_under_way",
            "practice_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int]
    key_id: Mapped[int]
    begun_at: Mapped[datetime]
    begun_by: Mapped[str] = mapped_column(String(60))
    switched_at: Mapped[datetime | None]
    resealed: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
