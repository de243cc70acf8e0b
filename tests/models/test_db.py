"""Promises of the database, kept on both engines."""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import ClassVar

import psycopg
import pytest
from sqlalchemy import String, UniqueConstraint, insert, select, text, update
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from models import db as models_db
from models.db import (
    TRIES,
    ConstraintBroken,
    Database,
    DatabaseFailure,
    NestedTransactionError,
    database,
    open_database,
    read,
    ring,
    transaction,
)
from models.rules.boundary import OutsideCallInTransactionError
from models.tables.base import Base, Id, UtcDateTime, enum_column, new_id
from tasks.connectors.ports import Connector

sqlite_only = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("db", ["postgresql"], indirect=True)


class Colour(StrEnum):
    """An enum of these tests."""

    RED = "red"


class Own(DeclarativeBase):
    """Tables of these tests only; the product's metadata must not know them."""

    metadata = Base.metadata.__class__(naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.type_annotation_map


class Tally(Own):
    """One counter with one of everything that the base offers."""

    __tablename__ = "tally"
    __table_args__ = (UniqueConstraint("owner", "colour"),)

    id: Mapped[Id]
    owner: Mapped[str] = mapped_column(String(50))
    colour: Mapped[Colour] = mapped_column(enum_column(Colour))
    count: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime | None]


class Bell(Connector):
    """The smallest connector."""

    vendor: ClassVar[str] = "bell"

    def strike(self) -> str:
        """Make a sound outside."""
        return "ding"


@pytest.fixture
def tally(db: Database) -> Database:
    """Give a database with one tally, number 1."""
    db.change_schema(Own.metadata.create_all)
    db.transaction(lambda s: s.execute(insert(Tally), {"id": 1, "owner": "Ada Example", "colour": Colour.RED}))
    return db


def count(session: Session) -> int:
    return session.scalars(select(Tally.count).where(Tally.id == 1)).one()


def increment(session: Session) -> None:
    session.execute(update(Tally).where(Tally.id == 1).values(count=count_locked(session) + 1))


def increment_loudly(session: Session) -> None:
    increment(session)
    ring(session)


def count_locked(session: Session) -> int:
    return session.scalars(select(Tally.count).where(Tally.id == 1).with_for_update()).one()


def together(work: Callable[[], None], *, threads: int) -> None:
    running = [threading.Thread(target=work) for _ in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()


def test_no_update_is_lost_between_four_threads(tally: Database) -> None:
    def increments() -> None:
        for _ in range(200):
            tally.transaction(increment)

    together(increments, threads=4)
    assert tally.read(count) == 800


def test_what_fails_leaves_nothing_behind(tally: Database) -> None:
    def half(session: Session) -> None:
        increment(session)
        raise LookupError

    with pytest.raises(LookupError):
        tally.transaction(half)
    assert tally.read(count) == 0


def test_a_nested_transaction_is_refused(tally: Database) -> None:
    for outer in (tally.transaction, tally.read):
        for inner in (tally.transaction, tally.read):
            with pytest.raises(NestedTransactionError):
                outer(lambda _, inner=inner: inner(count))  # type: ignore[misc]  # mypy cannot infer the bound default
    assert tally.read(count) == 0


def test_a_connector_inside_a_transaction_is_refused(tally: Database) -> None:
    bell = Bell()
    for guarded in (tally.transaction, tally.read):
        with pytest.raises(OutsideCallInTransactionError):
            guarded(lambda _: bell.strike())
    assert bell.strike() == "ding"


def test_reading_refuses_to_write_and_the_next_transaction_may(tally: Database) -> None:
    with pytest.raises(DatabaseFailure) as caught:
        tally.read(lambda s: s.execute(update(Tally).values(count=9)))
    assert caught.value.code in {"SQLITE_READONLY", "25006"}
    tally.transaction(increment)
    assert tally.read(count) == 1


@sqlite_only  # READ COMMITTED looks anew at each statement
def test_reading_keeps_one_snapshot(tally: Database) -> None:
    def twice(session: Session) -> tuple[int, int]:
        before = count(session)
        together(lambda: tally.transaction(increment), threads=1)
        return before, count(session)

    assert tally.read(twice) == (0, 0)


def busy(db: Database) -> OperationalError:
    if db.is_sqlite:
        error: Exception = sqlite3.OperationalError("database is locked")
        error.sqlite_errorname = "SQLITE_BUSY"  # type: ignore[attr-defined]  # set by the driver in C
        return OperationalError("UPDATE", {}, error)
    return OperationalError("UPDATE", {}, psycopg.errors.SerializationFailure())


def test_a_busy_database_makes_the_whole_transaction_run_again(
    tally: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(tally, "_pause", pauses.append)

    def twice_busy(session: Session) -> int:
        increment(session)
        if len(pauses) < 2:
            raise busy(tally)
        return count(session)

    assert tally.transaction(twice_busy) == 1
    assert len(pauses) == 2


def test_after_six_tries_the_code_of_the_failure_is_said(tally: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[None] = []
    monkeypatch.setattr(tally, "_pause", lambda _: None)

    def always_busy(_: Session) -> None:
        tries.append(None)
        raise busy(tally)

    with pytest.raises(DatabaseFailure) as caught:
        tally.transaction(always_busy)
    assert len(tries) == TRIES
    assert caught.value.retryable
    assert caught.value.code == ("SQLITE_BUSY" if tally.is_sqlite else "40001")


@postgresql_only  # one writer at a time cannot deadlock
def test_a_real_deadlock_is_solved_by_running_again(tally: Database) -> None:
    tally.transaction(lambda s: s.execute(insert(Tally), {"id": 2, "owner": "Ben Example", "colour": Colour.RED}))
    meet = threading.Barrier(2, timeout=5)
    first = iter((True, True))

    def lock_both(order: tuple[int, int], session: Session) -> None:
        session.execute(update(Tally).where(Tally.id == order[0]).values(count=Tally.count + 1))
        if next(first, False):
            meet.wait()
        session.execute(update(Tally).where(Tally.id == order[1]).values(count=Tally.count + 1))

    orders = iter(((1, 2), (2, 1)))

    def run() -> None:
        order = next(orders)
        tally.transaction(lambda s: lock_both(order, s))

    together(run, threads=2)
    assert tally.read(lambda s: s.scalars(select(Tally.count).order_by(Tally.id)).all()) == [2, 2]


def test_a_broken_constraint_has_the_same_name_on_both_engines_and_shows_no_person(tally: Database) -> None:
    row = {"id": 2, "owner": "Ada Example", "colour": Colour.RED}
    with pytest.raises(ConstraintBroken) as caught:
        tally.transaction(lambda s: s.execute(insert(Tally), row))
    assert caught.value.constraint == "uq_tally_owner_colour"
    seen = caught.value
    assert "Ada" not in f"{seen} {seen!r} {seen.args} {vars(seen)}"
    assert seen.__context__ is None
    assert seen.__cause__ is None


def test_an_id_that_is_taken_is_made_anew(tally: Database) -> None:
    ids = iter((1, 1, 5))
    tally.transaction(lambda s: s.execute(insert(Tally), {"id": next(ids), "owner": "Eve", "colour": Colour.RED}))
    assert tally.read(lambda s: s.scalars(select(Tally.id).order_by(Tally.id)).all()) == [1, 5]


def test_a_mistake_in_sql_names_the_table_and_no_value(tally: Database) -> None:
    with pytest.raises(DatabaseFailure, match="nowhere") as caught:
        tally.read(lambda s: s.execute(text("SELECT * FROM nowhere WHERE who = :who"), {"who": "Ada Example"}))
    assert "Ada" not in str(caught.value)


def test_the_feed_sees_a_commit_and_its_absence(tally: Database) -> None:
    with tally.changes() as feed:
        feed.wait(0)
        assert not feed.wait(0.1)
        tally.transaction(increment_loudly)
        began = time.monotonic()
        assert feed.wait(5)
        assert time.monotonic() - began < 1
        assert not feed.wait(0.05)


def test_the_feed_does_not_see_what_was_rolled_back(tally: Database) -> None:
    def undone(session: Session) -> None:
        increment_loudly(session)
        raise LookupError

    with tally.changes() as feed:
        with pytest.raises(LookupError):
            tally.transaction(undone)
        assert not feed.wait(0.1)


def test_a_stopped_feed_ends_its_wait_at_once(tally: Database) -> None:
    with tally.changes() as feed:
        stopper = threading.Timer(0.05, feed.stop)
        began = time.monotonic()
        stopper.start()
        assert not feed.wait(30)
        assert time.monotonic() - began < 5
        assert not feed.wait(30)


@postgresql_only  # a file has no connection to lose
def test_a_feed_that_lost_its_connection_looks_anyway_and_hears_again(tally: Database) -> None:
    end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN golive'")
    with tally.changes() as feed:
        tally.transaction(lambda s: s.execute(end))
        assert feed.wait(5)
        assert feed.wait(5)
        assert not feed.wait(0.05)
        tally.transaction(ring)
        assert feed.wait(5)


def test_moments_come_back_in_utc_and_naive_ones_are_refused(tally: Database) -> None:
    eastern = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=-5)))
    tally.transaction(lambda s: s.execute(update(Tally).values(seen_at=eastern)))
    found = tally.read(lambda s: s.scalars(select(Tally.seen_at)).one())
    assert found == eastern
    assert found is not None
    assert found.tzinfo is UTC
    with pytest.raises(StatementError, match="time zone"):
        tally.transaction(lambda s: s.execute(update(Tally).values(seen_at=eastern.replace(tzinfo=None))))
    assert UtcDateTime().cache_ok


def test_an_enum_is_stored_as_its_word_and_an_unknown_word_is_refused(tally: Database) -> None:
    assert tally.read(lambda s: s.scalars(select(Tally.colour)).one()) is Colour.RED
    assert tally.read(lambda s: s.execute(text("SELECT colour FROM tally")).scalar_one()) == "red"
    with pytest.raises(StatementError):
        tally.transaction(lambda s: s.execute(update(Tally).values(colour="mauve")))


def test_the_process_uses_the_chosen_database(tally: Database) -> None:
    assert database() is tally
    transaction(increment)
    assert read(count) == 1


@sqlite_only
def test_sqlite_is_private_durable_and_checks_foreign_keys(tally: Database) -> None:
    wanted = {"page_size": 8192, "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    assert tally.transaction(lambda s: {name: s.scalar(text(f"PRAGMA {name}")) for name in wanted}) == wanted
    for suffix in ("", "-wal", ".lock", ".turn"):
        assert tally.file.with_name(tally.file.name + suffix).stat().st_mode & 0o777 == 0o600


@sqlite_only
def test_a_writer_that_waits_too_long_is_told_that_the_database_is_busy(
    tally: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_db, "LOCK_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(tally, "_pause", lambda _: None)
    refused: list[str] = []

    def wait_beside() -> None:
        try:
            tally.transaction(increment)
        except DatabaseFailure as failure:
            refused.append(failure.code)

    tally.transaction(lambda _: together(wait_beside, threads=1))
    assert refused == ["SQLITE_BUSY"]


@postgresql_only
def test_postgresql_gives_up_after_its_time_limits(tally: Database) -> None:
    wanted = {
        "lock_timeout": "5s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
        "TimeZone": "UTC",
        "transaction_isolation": "read committed",
    }
    assert tally.transaction(lambda s: {name: s.scalar(text(f"SHOW {name}")) for name in wanted}) == wanted


def test_a_database_in_memory_is_refused() -> None:
    for url in ("sqlite://", "sqlite:///:memory:", "mysql://host/name"):
        with pytest.raises(ValueError, match="must be a SQLite file"):
            open_database(url)


@sqlite_only
def test_another_program_may_look_at_the_file_while_golive_writes(tally: Database) -> None:
    with closing(sqlite3.connect(tally.file)) as other:

        def look_beside(session: Session) -> int:
            increment(session)
            return int(other.execute("SELECT count FROM tally").fetchone()[0])

        assert tally.transaction(look_beside) == 0


def test_ids_grow_and_stay_exact_in_javascript() -> None:
    ids = [new_id() for _ in range(5000)]
    assert ids == sorted(set(ids))
    assert 0 < ids[0] < ids[-1] < 2**53
