"""What every table shares: names of constraints, moments in UTC, ids made by us, enums as text."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from threading import Lock
from typing import Annotated, Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

E = TypeVar("E", bound=StrEnum)

_EPOCH_SECONDS = 1_767_225_600  # 2026-01-01 UTC: 31 bits of seconds last until 2094
_LOW_BITS = 22  # a random start in each second, then a run: runs of two processes rarely meet, and transactions retry


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out; SQLite keeps it as text in UTC. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment without a time zone cannot be stored; make it aware, in UTC"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """Give aware moments in UTC; by a bare function, since sweeps read very many."""
        _ = coltype
        return _moment_of_text if dialect.name == "sqlite" else _moment_in_utc


def _moment_of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _moment_in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum as VARCHAR without a CHECK: a new member needs no migration, an unknown word is refused."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum], length: int = 40) -> None:
        super().__init__(length)
        self.kind = kind
        self._members: dict[str | None, StrEnum | None] = {None: None, **{member.value: member for member in kind}}

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Store the word of a member."""
        return None if value is None else self.kind(value).value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], StrEnum | None]:
        """Give the member of a word; an enum's own look-up costs ten times as much, and sweeps read very many."""
        _ = dialect, coltype
        return self._members.__getitem__


def enum_column(kind: type[E]) -> TypeDecorator[E]:
    """Make the column type of an enum: `state: Mapped[State] = mapped_column(enum_column(State))`."""
    column: Any = EnumText(kind)
    return column  # type: ignore[no-any-return]  # one class serves every enum


Whole = BigInteger().with_variant(Integer, "sqlite")  # as INTEGER, a primary key is SQLite's own row number


class Base(DeclarativeBase):
    """Base of every table. Relationships say lazy="raise"; int is 64 bits and datetime is UTC."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {int: Whole, datetime: UtcDateTime()}  # noqa: RUF012 - declared so by SQLAlchemy


class _Ids:
    """Makes ids that grow with time and stay below 2**53, so that JSON and JavaScript keep them."""

    def __init__(self) -> None:
        self.counts: Iterator[int] | None = None
        self._last = 0
        self._second = 0
        self._lock = Lock()

    def next(self) -> int:
        if self.counts is not None:
            return next(self.counts)
        second = int(time.time()) - _EPOCH_SECONDS
        with self._lock:
            if second > self._second:
                self._second = second
                self._last = max(self._last, second << _LOW_BITS | secrets.randbits(_LOW_BITS))
            self._last += 1
            return self._last


_ids = _Ids()


def new_id() -> int:
    """Make an id: positive, below 2**53, growing within a process; it is made before its row, to seal fields to it."""
    return _ids.next()


@contextmanager
def counted_ids() -> Iterator[None]:
    """Let ids of a database of its own count from 1: what is played again has the same ones."""
    _ids.counts = count(1)
    try:
        yield
    finally:
        _ids.counts = None


Id = Annotated[int, mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)]
