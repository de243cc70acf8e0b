"""Rows moved in sets: many rows written with one statement, many ids named by one parameter."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    String,
    TextClause,
    any_,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.tables.base import Base, EnumText, UtcDateTime

Row = Mapping[str, Any]
Constants = Mapping[str, str | int]
_Ids = InstrumentedAttribute[int] | InstrumentedAttribute[int | None] | ColumnElement[int]
Named = Callable[[_Ids], ColumnElement[bool]]
"""Names the listed ids in a statement."""
Statement = TypeVar("Statement")
_IDS = postgresql.ARRAY(BigInteger)
_TEXT_OF_IDS, _LIST_OF_IDS = bindparam("ids", type_=String), bindparam("ids", type_=_IDS)
_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def _write(value: object) -> str:
    return orjson.dumps(value).decode()


def is_sqlite(session: Session) -> bool:
    """Say which of the two databases a session speaks to."""
    return session.get_bind().dialect.name == "sqlite"


def among(session: Session, column: _Ids, ids: Collection[int]) -> ColumnElement[bool]:
    """Name any number of ids with one parameter, so that the statement stays the same and is prepared once."""
    if is_sqlite(session):
        return _in_json(column, literal(_write(list(ids))))
    return _in_array(column, bindparam(None, list(ids), _IDS))


def prepared(make: Callable[[Named], Statement]) -> Callable[[Session], Statement]:
    """Make a statement once for each database; `listed` gives the parameter in which it names ids.

    Making one, and finding out that it is the one of before, takes longer than most databases need for the answer.
    """
    made = dict[bool, Statement]()

    def of(session: Session) -> Statement:
        own = is_sqlite(session)
        if own not in made:
            made[own] = make(_in_json if own else _in_array)
        return made[own]

    return of


def listed(session: Session, ids: Collection[int]) -> dict[str, object]:
    """Give the parameter of a prepared statement: the ids that it names."""
    return {"ids": _write(list(ids)) if is_sqlite(session) else list(ids)}


def _in_json(column: _Ids, ids: ColumnElement[Any] = _TEXT_OF_IDS) -> ColumnElement[bool]:
    return column.in_(select(func.json_each(ids).table_valued("value").c.value))


def _in_array(column: _Ids, ids: ColumnElement[Any] = _LIST_OF_IDS) -> ColumnElement[bool]:
    return column == any_(ids)


def insert_rows(
    session: Session,
    table: type[Base],
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    constants: Constants | None = None,
    unless: str = "",
) -> None:
    """Insert rows of values in the order of `names`, with one statement.

    `constants` are the values that all rows share; `unless` is the conflict, in SQL, after which nothing is done.
    """
    if not rows:
        return
    shape = _Shape(table, tuple(names), tuple((constants or {}).items()), unless)
    if is_sqlite(session):
        _write_each(session, _insert_one(shape), shape, rows)
    else:
        _write_at_once(session, _insert_all(shape), shape, rows)


def update_rows(session: Session, table: type[Base], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write rows of values in the order of `names`, with one statement; the last name is the key."""
    if not rows:
        return
    shape = _Shape(table, tuple(names))
    if is_sqlite(session):
        _write_each(session, _update_one(shape), shape, rows)
    else:
        _write_at_once(session, _update_all(shape), shape, rows)


class _Shape(NamedTuple):
    """What makes one statement differ from another."""

    table: type[Base]
    names: tuple[str, ...]
    constants: tuple[tuple[str, str | int], ...] = ()
    unless: str = ""


def _write_each(session: Session, statement: str, shape: _Shape, rows: Sequence[Sequence[Any]]) -> None:
    columns = [
        values if write is None else map(write, values)
        for write, values in zip(_writers(shape.table, shape.names), zip(*rows, strict=True), strict=True)
    ]
    session.connection().exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _write_at_once(session: Session, statement: TextClause, shape: _Shape, rows: Sequence[Sequence[Any]]) -> None:
    listed = json.dumps([dict(zip(shape.names, row, strict=True)) for row in rows], default=_utc)
    session.connection().execute(statement, {"rows": listed})


def _utc(value: object) -> str:
    if type(value) is date:
        return value.isoformat()
    if not isinstance(value, datetime) or value.tzinfo is None:
        message = "a moment without a time zone cannot be stored; make it aware, in UTC"
        raise ValueError(message)
    return value.astimezone(UTC).isoformat()


@lru_cache(maxsize=4096)
def _text_of_moment(value: datetime | None) -> str | None:
    """Write a moment as SQLAlchemy does; the same moment is written many times in a row."""
    if value is None:
        return None
    return datetime.fromisoformat(_utc(value)).replace(tzinfo=None).isoformat(" ", "microseconds")


def _word(value: Any) -> str | None:  # noqa: ANN401 - a StrEnum; sqlite3 is slow with subclasses of str
    return None if value is None else str.__str__(value)


@lru_cache(maxsize=64)
def _writers(table: type[Base], names: tuple[str, ...]) -> tuple[Callable[[Any], Any] | None, ...]:
    columns = table.metadata.tables[table.__tablename__].c
    return tuple(_writer(columns[name]) for name in names)


def _writer(column: Column[Any]) -> Callable[[Any], Any] | None:
    match column.type:
        case UtcDateTime():
            return _text_of_moment
        case EnumText():
            return _word if column.nullable else str.__str__
        case JSON():
            return _write
    return None


@lru_cache(maxsize=64)
def _insert_one(shape: _Shape) -> str:
    values = ", ".join([*("?" * len(shape.names)), *_literals(shape)])
    return f"{_into(shape)} VALUES ({values}){_quietly(shape)}"


@lru_cache(maxsize=64)
def _insert_all(shape: _Shape) -> TextClause:
    values = ", ".join([*(f'new."{name}"' for name in shape.names), *_literals(shape)])
    return text(f"{_into(shape)} SELECT {values} FROM {_rows(shape)}{_quietly(shape)}")  # noqa: S608 - our own names


@lru_cache(maxsize=64)
def _update_one(shape: _Shape) -> str:
    *changed, key = shape.names
    changes = ", ".join(f'"{name}" = ?' for name in changed)
    return f'UPDATE {shape.table.__tablename__} SET {changes} WHERE "{key}" = ?'  # noqa: S608 - our own names


@lru_cache(maxsize=64)
def _update_all(shape: _Shape) -> TextClause:
    *changed, key = shape.names
    own = shape.table.__tablename__
    changes = ", ".join(f'"{name}" = new."{name}"' for name in changed)
    return text(f'UPDATE {own} SET {changes} FROM {_rows(shape)} WHERE {own}."{key}" = new."{key}"')  # noqa: S608


def _into(shape: _Shape) -> str:
    names = ", ".join(f'"{name}"' for name in (*shape.names, *dict(shape.constants)))
    return f"INSERT INTO {shape.table.__tablename__} ({names})"


def _literals(shape: _Shape) -> list[str]:
    return [str(value) if isinstance(value, int) else f"'{value}'" for _, value in shape.constants]


def _rows(shape: _Shape) -> str:
    columns = shape.table.__table__.c
    typed = ", ".join(f'"{name}" {columns[name].type.compile(_POSTGRES)}' for name in shape.names)
    return f"json_to_recordset(CAST(:rows AS json)) AS new ({typed})"


def _quietly(shape: _Shape) -> str:
    return f" ON CONFLICT {shape.unless} DO NOTHING" if shape.unless else ""
