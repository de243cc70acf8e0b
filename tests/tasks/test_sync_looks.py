"""Looks at practice systems: cursors by their clock, failures that stay alone, and how old the picture is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from deployments.kareo_server.faults import Kind
from models.db import Database
from models.rules.appointments import Origin
from models.rules.system_pace import AHEAD, OVERLAP, STALE_AFTER, is_stale
from models.store import systems
from models.tables.practice_systems import CursorKind, CursorRow
from tasks import appointments as desk
from tasks import sync
from tests.booking import at
from tests.sides import CALENDAR, KAREO, Sides, both_sides

ORIGINS = {KAREO: Origin.KAREO, CALENDAR: Origin.OTHER}


@pytest.fixture(params=[KAREO, CALENDAR])
def sides(db: Database, request: pytest.FixtureRequest) -> Iterator[Sides]:
    """Give a connected practice, once per practice system."""
    with both_sides(db, request.param) as made:
        yield made


@pytest.fixture
def kareo(db: Database) -> Iterator[Sides]:
    """Give a practice in Kareo."""
    with both_sides(db, KAREO) as made:
        yield made


def cursor(sides: Sides, kind: CursorKind = CursorKind.CHANGES) -> CursorRow:
    return sides.db.read(lambda s: s.get_one(CursorRow, (sides.booking.practice, kind)))


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(hours=-3), timedelta(0)])
def test_the_cursor_moves_by_the_clock_of_the_practice_system(kareo: Sides, ahead: timedelta) -> None:
    """A-89: clocks of the two sides may differ by hours, and no change is missed."""

    def on_their_clock(**span: float) -> None:
        kareo.tick(**span)
        kareo.state.set_time(kareo.time + ahead)

    on_their_clock(seconds=1)
    kareo.changes()
    position = cursor(kareo).position
    assert position is not None
    assert abs(position - (kareo.time + ahead)) < timedelta(seconds=1)
    someone = int(kareo.known_there("Robin", "Walker"))
    provider = int(kareo.places().provider_ids[kareo.booking.providers[0]])
    for start in ("09:00", "10:00", "11:00"):
        on_their_clock(minutes=4)
        kareo.state.book(someone, provider=provider, start=at(start))
        on_their_clock(minutes=1)
        assert kareo.changes()["new"] == 1
    assert abs(ahead) < AHEAD


def test_a_clock_there_that_was_ahead_for_a_while_hides_nothing_afterwards(kareo: Sides) -> None:
    kareo.state.set_time(kareo.time + timedelta(days=300))
    kareo.changes()
    kareo.tick(minutes=5)
    kareo.changes()
    kareo.tick(minutes=5)
    kareo.book_there(at("10:00"))
    assert kareo.changes()["new"] == 1


def test_changes_are_asked_for_again_from_a_little_before(sides: Sides) -> None:
    """A-89: what was committed there late, or at the same moment, is not lost."""
    sides.changes()
    late = sides.book_there(at("10:00"))
    sides.tick(minutes=9)
    sides.db.transaction(lambda s: s.execute(update(CursorRow).values(position=sides.time)))
    assert sides.changes() == {"new": 1}
    assert set(sides.visits()) == {late}
    assert timedelta(minutes=10) <= OVERLAP


def test_a_failing_system_is_asked_less_often_and_people_see_how_old_the_picture_is(kareo: Sides) -> None:
    kareo.changes()
    heard = kareo.time
    assert desk.freshness_rows.fn(as_of=kareo.time + timedelta(minutes=7, seconds=9))[0]["last heard of"] == "7 min"
    assert kareo.kareo is not None
    waits = []
    for _ in range(4):
        kareo.tick(minutes=5)
        kareo.kareo.faults.queue(Kind.UNAVAILABLE)
        assert kareo.changes() == {"http_503": 1}
        waits.append(cursor(kareo).due_at - kareo.time)
    assert waits == sorted(waits)
    assert timedelta(minutes=10) <= waits[0] < waits[-1] <= timedelta(hours=1, seconds=5)
    latest = kareo.db.read(lambda s: systems.heard_at(s, kareo.booking.practice))
    assert latest is not None
    assert latest - heard < timedelta(seconds=5)
    assert is_stale(latest, as_of=latest + STALE_AFTER + timedelta(seconds=1))
    assert kareo.changes() == {}
    assert cursor(kareo).failures == 0


def test_a_broken_look_is_put_off_and_stays_with_its_practice(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(type(sides.system()), "appointments_changed", broken)
        assert sides.changes() == {"failed": 1}
    row = cursor(sides)
    assert (row.problem, row.failures, row.lease_until) == ("RuntimeError", 1, None)
    assert row.due_at > sides.time


def test_patients_that_cannot_be_read_within_one_look_come_with_the_next(
    kareo: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PATIENTS_AT_ONCE", 2)
    for start in ("09:00", "10:00", "11:00"):
        kareo.book_there(at(start))
    assert kareo.changes() == {"new": 3}
    assert sum(bool(line.name) for line in kareo.lines()) == 2
    kareo.tick(minutes=30)
    assert kareo.changes() == {"changed": 1, "unchanged": 2}
    assert sum(bool(line.name) for line in kareo.lines()) == 3


def test_a_whole_comparison_that_somebody_else_took_over_writes_nothing_more(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides.book_there(at("10:00"))
    monkeypatch.setattr(systems, "keep_look", lambda *_, **__: False)
    assert sides.whole() == {"lost": 1}
    assert sides.db.read(lambda s: s.scalar(select(CursorRow.succeeded_at).where(CursorRow.kind == "whole"))) is None
