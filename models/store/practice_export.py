"""Everything that is stored of one practice, table by table, with its sealed words opened: what it takes along."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Select, Table, func, select, text
from sqlalchemy.orm import Session

from models.sealing import Keys, SealBrokenError
from models.store.isolation import HIDDEN, SHARED, own_rows
from models.store.sealed_places import OF_PRACTICES
from models.tables.base import Base

LISTS: Final = ("payer_ids", "payers")
"""Lists of the installation that rows of a practice refer to; they hold nothing of anybody."""
WITHHELD: Final = {
    **{name: "belongs to the installation" for name in sorted(SHARED | HIDDEN) if name not in LISTS},
    **dict.fromkeys(
        ("accounts", "invitations", "recovery_codes", "sign_in_log", "sign_in_sessions"),
        "access to this installation, of no use elsewhere",
    ),
    "handed_texts": "a text under way; its words stand in its conversation",
    "practice_keys": "the keys themselves",
}
"""What no export holds, and why."""
_SECRET: Final = ("_hash", "fence", "lease_until")
"""Ends of columns that mean something to golive only; codes of addresses stay: equal ones are one address."""
_PAGE: Final = 1000
_SEALED: Final = {(one.table, one.column): one.number for one in OF_PRACTICES}


class Cells(NamedTuple):
    """One row as text; `broken` counts words that could not be opened, since somebody damaged them."""

    words: tuple[str, ...]
    broken: int


def exported_tables() -> tuple[Table, ...]:
    """List the tables of an export, by name."""
    return tuple(one for name, one in sorted(Base.metadata.tables.items()) if name not in WITHHELD)


def columns_of(table: Table) -> tuple[Column[Any], ...]:
    """List the columns of a table that are exported."""
    return tuple(one for one in table.columns if not one.name.endswith(_SECRET))


def stand_still(session: Session) -> None:
    """Let everything that a read sees be of one moment; SQLite does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def count_rows(session: Session, table: Table, practice_id: int) -> int:
    """Count what a practice has in a table."""
    return session.scalar(select(func.count()).select_from(table).where(text(_own(table, practice_id)))) or 0


def rows_of(session: Session, table: Table, practice_id: int, *, keys: Keys) -> Iterator[Cells]:
    """Give a practice's rows of a table in the order of their keys, without holding all of them."""
    wanted, needed = columns_of(table), tuple(table.columns)
    query: Select[Any] = select(*needed).where(text(_own(table, practice_id))).order_by(*table.primary_key)
    for row in session.execute(query.execution_options(yield_per=_PAGE)).mappings():
        broken, words = 0, list[str]()
        for column in wanted:
            value = row[column]
            number = _SEALED.get((table.name, column.name))
            if number is not None and value:
                try:
                    value = keys.unseal(value, table=table.name, column=column.name, row_id=row[table.c[number]])
                except SealBrokenError:
                    value, broken = "", broken + 1
            words.append(cell(value))
        yield Cells(tuple(words), broken)


def cell(value: object) -> str:
    """Write a value as people and programs read it: moments in ISO 8601 (UTC), nothing as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _own(table: Table, practice_id: int) -> str:
    """Say in SQL which rows are this practice's: stops of the whole installation are not."""
    if "practice_id" in table.columns:
        return f"practice_id = {practice_id}"
    return own_rows(table, str(practice_id))
