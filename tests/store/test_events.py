"""The history: what was changed, deleted, reordered or cut off is found."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text, update

from models.db import ConstraintBroken, Database
from models.rules.decisions import Process
from models.store import events
from models.store.events import Line
from models.tables.events import ChainHead, Event
from tests.store.journeys import MONDAY, SIGNED, Play, begun


@pytest.fixture
def play(db: Database) -> Play:
    """Give a journey with some history."""
    play = begun(db)
    play.must(SIGNED)
    return play


def check(play: Play) -> events.ChainReport:
    return play.db.read(lambda s: events.check_chain(s, play.practice_id))


def line(play: Play, key: str, *, at: datetime = MONDAY) -> Line:
    return Line(play.practice_id, Process.ONBOARDING, play.journey_id, key, "k", "s", "a", "r", {"b": 1, "a": None}, at)


def test_an_untouched_history_is_intact(play: Play) -> None:
    report = check(play)
    assert report.is_intact
    assert report.length > 4


def test_an_empty_history_is_intact(play: Play) -> None:
    other = begun(play.db, "oak")
    play.db.transaction(lambda s: s.execute(text("DELETE FROM events")))
    play.db.transaction(lambda s: s.execute(update(ChainHead).values(length=0, hash=events.EMPTY_CHAIN)))
    assert check(other).is_intact


@pytest.mark.parametrize(
    ("change", "broken_at"),
    [
        ("UPDATE events SET reason = 'other' WHERE position = 3", 3),
        ("UPDATE events SET actor = 'other' WHERE position = 1", 1),
        ("UPDATE events SET kind = 'other' WHERE position = 2", 2),
        ("""UPDATE events SET evidence = '{"x": 1}' WHERE position = 3""", 3),
        ("UPDATE events SET at = '2026-01-01 00:00:00.000000' WHERE position = 3", 3),
        ("DELETE FROM events WHERE position = 3", 3),
        ("DELETE FROM events WHERE position = 1", 1),
        ("DELETE FROM events WHERE position = (SELECT max(position) FROM events)", 0),
        ("UPDATE chain_heads SET length = length - 1", 0),
        ("UPDATE chain_heads SET hash = '" + "f" * 64 + "'", 0),
    ],
)
def test_a_touched_history_is_found_where_it_was_touched(play: Play, change: str, broken_at: int) -> None:
    play.db.transaction(lambda s: s.execute(text(change)))
    report = check(play)
    assert not report.is_intact
    assert not broken_at or report.broken_at == broken_at


def test_another_order_is_found(play: Play) -> None:
    for old, new in ((2, 3), (4, 2), (3, 4)):
        moved = update(Event).where(Event.position == old).values(position=-new)
        play.db.transaction(lambda s, moved=moved: s.execute(moved))  # type: ignore[misc]
    play.db.transaction(lambda s: s.execute(text("UPDATE events SET position = -position WHERE position < 0")))
    assert check(play).broken_at == 2


def test_a_cut_tail_is_found(play: Play) -> None:
    play.db.transaction(lambda s: s.execute(text("DELETE FROM events WHERE position > 2")))
    assert check(play).broken_at == 3


def test_a_whole_history_that_vanished_is_found(play: Play) -> None:
    play.db.transaction(lambda s: s.execute(text("DELETE FROM events")))
    assert check(play).broken_at == 1
    play.db.transaction(lambda s: s.execute(text("DELETE FROM chain_heads")))
    assert not check(play).is_intact


def test_a_key_is_used_once_in_its_process(play: Play) -> None:
    play.db.transaction(lambda s: events.append(s, [line(play, "x#0")]))
    assert play.db.read(lambda s: events.happened(s, process=Process.ONBOARDING, process_id=play.journey_id, key="x"))
    with pytest.raises(ConstraintBroken, match="uq_events_process_process_id_key"):
        play.db.transaction(lambda s: events.append(s, [line(play, "x#0")]))
    assert check(play).is_intact


def test_moments_and_evidence_come_back_as_they_were_hashed(play: Play) -> None:
    for number in range(3):
        at = MONDAY + timedelta(microseconds=number * 7, seconds=number)
        play.db.transaction(lambda s, n=number, at=at: events.append(s, [line(play, f"y{n}", at=at)]))  # type: ignore[misc]
    assert check(play).is_intact


def test_moments_without_a_zone_are_refused(play: Play) -> None:
    naive = MONDAY.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a time zone"):
        play.db.transaction(lambda s: events.append(s, [line(play, "z", at=naive)]))


def test_nothing_is_appended_for_no_lines(play: Play) -> None:
    before = check(play)
    play.db.transaction(lambda s: events.append(s, []))
    assert check(play) == before
