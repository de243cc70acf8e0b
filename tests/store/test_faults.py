"""A fault at any statement of a transaction leaves nothing half done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import Refusal
from models.store.onboarding_changes import Command, Recorded, carry_out_command
from models.store.onboarding_sweep import fire_light
from models.tables.base import Base
from tests.store.journeys import SIGNED, Play, begun


class PowerCutError(RuntimeError):
    """What these tests raise at a statement."""


@pytest.fixture
def play(db: Database) -> Play:
    """Give a journey that has just begun."""
    return begun(db)


@contextmanager
def cut_at(engine: Engine, number: int, *, moment: str) -> Iterator[None]:
    """Raise before or after the statement with this number."""
    seen = iter(range(1, number + 1))

    def cut(*_: object) -> None:
        if next(seen, 0) == number:
            raise PowerCutError

    event.listen(engine, moment, cut)
    try:
        yield
    finally:
        event.remove(engine, moment, cut)


def everything(db: Database) -> dict[str, list[tuple[object, ...]]]:
    def look(session: Session) -> dict[str, list[tuple[object, ...]]]:
        return {
            name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for name, table in Base.metadata.tables.items()
        }

    return db.read(look)


def faults(db: Database, work: Callable[[Session], object], *, moment: str) -> int:
    """Cut at the first statement, then at the second, and so on until the work gets through."""
    before = everything(db)
    number = 0
    while True:
        number += 1
        try:
            with cut_at(db.engine, number, moment=moment):
                db.transaction(work)
        except PowerCutError:
            assert everything(db) == before, f"statement {number} left something behind"
        else:
            assert everything(db) != before
            return number - 1


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute"])
def test_a_command_is_done_whole_or_not_at_all(play: Play, moment: str) -> None:
    """O-40."""
    command = Command(play.journey_id, SIGNED, "coach-1", "form-1")
    survived = faults(play.db, lambda s: carry_out_command(s, command, as_of=play.now), moment=moment)
    assert survived > 20
    assert play.do(SIGNED, key="form-1") == Recorded(again=True)


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute"])
def test_a_batch_of_timers_is_fired_whole_or_not_at_all(play: Play, moment: str) -> None:
    play.must(SIGNED)
    play.later(days=9)
    assert faults(play.db, lambda s: fire_light(s, as_of=play.now, limit=10), moment=moment) > 10


def test_a_fault_at_the_commit_leaves_nothing_behind(play: Play) -> None:
    before = everything(play.db)
    with pytest.raises(PowerCutError), cut_at(play.db.engine, 1, moment="commit"):
        play.do(SIGNED)
    assert everything(play.db) == before
    assert isinstance(play.do(SIGNED), Recorded)


def test_a_refused_command_writes_nothing(play: Play) -> None:
    play.must(SIGNED)
    before = everything(play.db)
    assert isinstance(play.do(SIGNED), Refusal)
    assert everything(play.db) == before
