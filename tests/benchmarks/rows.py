"""What benchmarks of both databases share: rows put in, moments as they are stored, and the database made tidy."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Table, insert, text

from models.db import Database
from models.tables.base import Base

CHUNK = 20_000
_WAITING = (
    "INSERT INTO timers (practice_id, process, process_id, kind, subject, number, due_at, state, fence, because) "
    "WITH RECURSIVE numbers(n) AS (SELECT :start + 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :end) "
    "SELECT 1, :process, 100000000 + n, :kind, :subject, 0, :until, 'open', 0, '' FROM numbers"
)


def table(name: str) -> Table:
    """Give a table by its name."""
    return Base.metadata.tables[name]


def stored(db: Database, moment: datetime) -> object:
    """Give a moment as bare SQL has to write it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if db.is_sqlite else moment


def fill(db: Database, name: str, values: dict[str, object], numbers: Iterable[int]) -> None:
    """Insert one row per number; a value may be a function of it."""
    rows = [{key: one(n) if callable(one) else one for key, one in values.items()} for n in numbers]
    db.transaction(lambda s: s.execute(insert(table(name)), rows))


def run(db: Database, statement: str, values: Mapping[str, object] = MappingProxyType({})) -> None:
    """Carry out one bare statement."""
    db.transaction(lambda s: s.execute(text(statement), dict(values)))


def itself(number: int) -> int:
    """Give the number of a row as a value of it."""
    return number


def count_rows(db: Database, tables: Mapping[str, str]) -> dict[str, int]:
    """Count the rows of each named table, which may have a condition behind its name."""
    counts = {name: f"SELECT count(*) FROM {rest}" for name, rest in tables.items()}  # noqa: S608 - our own names
    return db.read(lambda s: {name: s.scalar(text(query)) or 0 for name, query in counts.items()})


def add_waiting(db: Database, timer: Mapping[str, str], number: int, *, until: datetime) -> None:
    """Add timers that wait until then, for processes that nobody has."""
    values = {"until": stored(db, until), **timer}
    for start in range(0, number, CHUNK):
        run(db, _WAITING, {**values, "start": start, "end": min(start + CHUNK, number)})


def tidy(db: Database) -> None:
    """Write back what was logged, and let the database know how its tables are filled."""
    if db.is_sqlite:
        with closing(sqlite3.connect(db.file)) as plain:
            plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            plain.execute("ANALYZE")
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
