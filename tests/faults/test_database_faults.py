"""What databases do to us: replies that get lost, restarts, full disks. Each is a clean error and heals."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final

import pytest
from sqlalchemy import event, select, text

from models.db import Database, DatabaseFailure, open_database
from models.migrations.migrate import upgrade
from models.rules.decisions import Process
from models.rules.messages import MessageKind
from models.rules.onboarding_events import Pause, Resume
from models.rules.onboarding_facts import Reason
from models.rules.roles import Role
from models.store import events, messages
from models.store.messages import NewMessage
from models.store.onboarding_changes import Recorded
from models.tables.events import Event
from models.tables.messages import Message
from tests import postgres
from tests.faults.cutting_proxy import LOST, OUT_OF, cutting
from tests.store.journeys import SIGNED, Play, begun
from tests.store.test_faults import everything

pytestmark = pytest.mark.slow

POSTGRESQL = pytest.mark.parametrize("db", ["postgresql"], indirect=True)
COMMANDS, MESSAGES = 40, 360
AT_ONCE: Final = 4
AFTER_RESTARTS: Final = 30
RESTARTING: Final = {"57P01", "57P02", "57P03", "08003", "08006"}
"""What PostgreSQL and its driver say of a server that goes, comes back, or is gone."""
LONGEST: Final = 300  # ends a run that hangs
FULL: Final = "53100"
"""What PostgreSQL says when its disk is full."""


def started(db: Database, key: str) -> Play:
    """Give a journey whose agreement is signed."""
    play = begun(db, key)
    play.must(SIGNED)
    return play


def carry_out(play: Play, number: int) -> Recorded:
    """Pause or resume under a key of its own."""
    done = play.do(Resume() if number % 2 else Pause(Reason.PRACTICE_ASKED), key=f"one:{number}")
    assert isinstance(done, Recorded)
    return done


def keys_told(db: Database) -> int:
    """Count the commands in the history; what followed from them has other numbers."""
    return len(db.read(lambda s: s.scalars(select(Event.id).where(Event.key.like("one:%#0"))).all()))


@POSTGRESQL
def test_of_four_hundred_changes_whose_commits_go_unanswered_each_is_made_once(db: Database) -> None:
    """O-40, O-48: 15 % of the replies to COMMIT never arrive."""
    play = started(db, "maple")
    with cutting(db.url) as (url, losses), ThreadPoolExecutor(AT_ONCE) as pool:
        play.db = through = open_database(url)
        told_again = sum(carry_out(play, number).again for number in range(COMMANDS))
        assert told_again == losses.lost, "what was made without a word was seen to be made"
        list(pool.map(partial(queue_one, play), range(MESSAGES)))
        through.close()
    assert (keys_told(db), queued(db)) == (COMMANDS, MESSAGES)
    assert losses.seen == COMMANDS + MESSAGES + losses.lost
    assert losses.lost >= losses.seen // OUT_OF * len(LOST) > 60
    assert db.read(lambda s: events.check_chain(s, play.practice_id)).is_intact


def queue_one(play: Play, number: int) -> None:
    """Queue a message under a key of its own."""
    about = (play.practice_id, Process.ONBOARDING, play.journey_id)
    one = NewMessage(*about, f"one:{number}", MessageKind.REMINDER, Role.PRIMARY_CONTACT, "", "", {}, play.now)
    play.db.transaction(lambda s: messages.queue(s, [one], as_of=play.now))


def queued(db: Database) -> int:
    return len(db.read(lambda s: s.scalars(select(Message.id).where(Message.key.like("one:%"))).all()))


def test_a_postgresql_that_is_restarted_under_load_loses_and_doubles_nothing() -> None:
    """O-40: stopped without a farewell and started again, twice, while work goes on."""
    with postgres.alone() as server:
        db = open_database(server.url)
        upgrade(db)
        play, refused, is_under_way = started(db, "maple"), set[str](), threading.Event()

        def work() -> int:
            for number in range(AFTER_RESTARTS):
                carry_out_in_the_end(play, number, refused)
                is_under_way.set()
            return number

        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(work)
            for _ in range(2):
                assert is_under_way.wait(timeout=LONGEST)
                is_under_way.clear()
                server.crash()
                server.start()
            working.result(timeout=LONGEST)
        assert refused <= RESTARTING
        assert keys_told(db) == AFTER_RESTARTS
        assert db.read(lambda s: events.check_chain(s, play.practice_id)).is_intact
        db.close()


def carry_out_in_the_end(play: Play, number: int, refused: set[str]) -> None:
    """Carry out a command, however often the database refuses, as the next sweep would."""
    while True:
        try:
            carry_out(play, number)
        except DatabaseFailure as failure:
            if not failure.retryable:
                raise
            refused.add(failure.code)
        else:
            return


@contextmanager
def full_file(db: Database) -> Iterator[None]:
    """Let the file grow no further."""

    def stop(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # it never gets below what is there

    db.engine.dispose()
    event.listen(db.engine, "connect", stop)
    try:
        yield
    finally:
        event.remove(db.engine, "connect", stop)
        db.engine.dispose()


@contextmanager
def full_server(db: Database) -> Iterator[None]:
    """Let the server say that its disk is full whenever an event is to be written."""
    raising = f"BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '{FULL}'; END"
    statements = (
        f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {raising} $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION full_disk()",
    )
    for statement in statements:
        db.transaction(lambda s, said=statement: s.execute(text(said)))  # type: ignore[misc]
    try:
        yield
    finally:
        db.transaction(lambda s: s.execute(text("DROP FUNCTION full_disk CASCADE")))


def test_a_full_disk_is_said_clearly_leaves_nothing_half_done_and_heals_by_itself(db: Database) -> None:
    play = started(db, "maple")
    done, code = 0, ""
    with full_file(db) if db.is_sqlite else full_server(db):
        for number in range(400):
            before = everything(db)
            try:
                carry_out(play, number)
            except DatabaseFailure as failure:
                code = failure.code
                assert everything(db) == before
                break
            done += 1
    assert code == ("SQLITE_FULL" if db.is_sqlite else FULL)
    carry_out(play, done)
    assert keys_told(db) == done + 1
    assert db.read(lambda s: events.check_chain(s, play.practice_id)).is_intact
