"""A migration that is cut off leaves everything as it was, wherever it is cut, and gets through at the next try."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from models.db import Database
from models.migrations.migrate import current, downgrade, newest, upgrade
from tests.models.test_migrations import fill
from tests.store.test_faults import PowerCutError, cut_at

pytestmark = pytest.mark.slow

WHOLE: Final = bool(os.environ.get("GOLIVE_TEST_WHOLE"))
"""Whether every revision is cut after each of its statements; else the last ones after some."""
REVISIONS: Final = 99 if WHOLE else 2


def places() -> Iterator[int]:
    """Number the statements after which a migration is cut, one after the other or with ever longer strides."""
    return count(1) if WHOLE else (6**n for n in count())


def stand(db: Database) -> dict[str, tuple[list[str], list[str]]]:
    """Read every table of the schema as it is: its columns, and its rows."""

    def look(session: Session) -> dict[str, tuple[list[str], list[str]]]:
        known = inspect(session.connection())
        rows = {
            name: sorted(repr(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{name}"')))  # noqa: S608 - our own names
            for name in known.get_table_names()
        }
        return {name: ([one["name"] for one in known.get_columns(name)], found) for name, found in rows.items()}

    return db.read(look)


def cut_everywhere(db: Database, move: Callable[[], None]) -> int:
    """Cut a move after one statement, then after a later one, until it gets through; gives how often it was cut."""
    before, here, cuts = stand(db), current(db), 0
    for place in places():
        try:
            with cut_at(db.engine, place, moment="after_cursor_execute"):
                move()
        except PowerCutError:
            cuts += 1
            assert (current(db), stand(db)) == (here, before), f"statement {place} left something behind"
        else:
            break
    assert current(db) != here
    return cuts


def test_a_migration_that_is_cut_off_after_a_statement_has_changed_nothing(db: Database) -> None:
    """Both ways, with a row in every table: what was there before is there again."""
    db.transaction(fill)
    full, cuts = stand(db), 0
    for _ in range(REVISIONS):
        here = current(db)
        if not here:
            break
        cuts += cut_everywhere(db, lambda: downgrade(db, "-1"))
        cuts += cut_everywhere(db, lambda: upgrade(db, here))  # noqa: B023 - called before the next turn
        downgrade(db, "-1")
    cuts += cut_everywhere(db, lambda: upgrade(db))
    assert cuts > REVISIONS
    assert current(db) == newest()
    kept = stand(db)
    same = [name for name, (_, rows) in full.items() if rows and kept[name][1] == rows]
    print(f"{db.engine.dialect.name}: {cuts} cuts, {len(same)} of {len(full)} tables as they were")  # noqa: T201 - seen with -s
    assert [name for name, (columns, _) in full.items() if sorted(kept[name][0]) != sorted(columns)] == []
    assert len(same) > (0 if WHOLE else len(full) - 12)
