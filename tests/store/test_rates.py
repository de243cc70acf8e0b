"""How often the same visitor may ask."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import func, select

from models.db import Database
from models.store import rates
from models.tables.booking import RateRow

NOW = datetime(2026, 11, 20, 15, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ask(db: Database, key: str = "a" * 64, *, as_of: datetime = NOW, limit: int = 3) -> bool:
    return db.transaction(lambda s: rates.allow(s, key, limit=limit, window=MINUTE, as_of=as_of))


def test_the_limit_is_allowed_and_one_more_is_not(db: Database) -> None:
    assert [ask(db) for _ in range(5)] == [True, True, True, False, False]


def test_the_next_window_begins_anew(db: Database) -> None:
    assert [ask(db, limit=1), ask(db, limit=1)] == [True, False]
    assert not ask(db, limit=1, as_of=NOW + timedelta(seconds=29))
    assert ask(db, limit=1, as_of=NOW + timedelta(seconds=30))


def test_everybody_is_counted_alone(db: Database) -> None:
    assert ask(db, limit=1)
    assert ask(db, "b" * 64, limit=1)


def test_many_at_once_are_all_counted(db: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        allowed = list(pool.map(lambda _: ask(db, limit=10), range(24)))
    assert sum(allowed) == 10
    assert db.read(lambda s: s.scalar(select(RateRow.count))) == 24


def test_old_windows_are_forgotten(db: Database) -> None:
    for minute in range(3):
        ask(db, as_of=NOW + minute * MINUTE)
    assert db.transaction(partial(rates.purge, before=NOW + MINUTE)) == 2
    assert db.read(lambda s: s.scalar(select(func.count()).select_from(RateRow))) == 1
