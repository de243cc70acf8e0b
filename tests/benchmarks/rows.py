"""What benchmarks of both databases share: rows put in, moments as they are stored, and the database made tidy."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Table, insert, text

from models.db import Database
from models.tables.base import Base


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


def tidy(db: Database) -> None:
    """Write back what was logged, and let the database know how its tables are filled."""
    if db.is_sqlite:
        with closing(sqlite3.connect(db.file)) as plain:
            plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            plain.execute("ANALYZE")
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
