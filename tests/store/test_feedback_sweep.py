"""Due attempts in the database: one person once in a sweep, failures apart, sweeps beside each other."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.feedback import RequestState, Why
from models.store import events, feedback_changes, feedback_sweep
from models.store.feedback_sweep import FAILED
from models.tables.events import Event
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import Message
from models.tables.timers import Timer, TimerState
from tests.store.asking import HOUR, Asking, an_asking

pytestmark = pytest.mark.database

STRANGERS: list[dict[str, Any]] = [
    {"first": f"Ada{n}", "last": "Lund", "email": f"ada{n}@example.com", "mobile": f"+121255501{n:02}"}
    for n in range(12)
]


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks."""
    return an_asking(db)


def strangers(asking: Asking, count: int) -> list[int]:
    """Check out visits of people who have nothing in common."""
    for n in range(count):
        asking.patient(str(200 + n), **STRANGERS[n])
    return [asking.check_out(str(600 + n), patient=str(200 + n)) for n in range(count)]


def written(asking: Asking) -> list[object]:
    """Read everything that a sweep may write."""

    def read(session: Session) -> list[object]:
        requests = select(FeedbackRequestRow.id, FeedbackRequestRow.version, FeedbackRequestRow.state)
        timers = select(Timer.id, Timer.state, Timer.due_at, Timer.lease_until).order_by(Timer.id)
        counts = [session.scalar(select(func.count()).select_from(one)) for one in (Message, Event)]
        rows = [session.execute(one).all() for one in (requests.order_by(FeedbackRequestRow.id), timers)]
        return [*counts, *rows]

    return asking.db.read(read)


def test_of_several_requests_of_one_person_the_later_sees_the_earlier_f_202_f_213(asking: Asking) -> None:
    """P: two visits on one day are one request, about the later visit; duplicates in one sweep are one person."""
    asking.patient()
    asking.patient("92", first="Ada", last="Lund", email="")
    first = asking.check_out(starts_at=asking.now - 3 * HOUR)
    second = asking.check_out("502", patient="92", starts_at=asking.now - 2 * HOUR)
    other = strangers(asking, 1)[0]
    counts = asking.wait(hours=3, minutes=1)
    assert counts == {"feedback_asked": 2, "feedback_suppressed": 1}
    assert (asking.row(first).state, asking.row(first).why) == (RequestState.SUPPRESSED, Why.DUPLICATE_PERSON)
    assert [len(asking.messages(one)) for one in (first, second, other)] == [0, 1, 1]


def test_a_sweep_run_twice_at_the_same_moment_changes_nothing_i19(asking: Asking) -> None:
    strangers(asking, 3)
    assert asking.wait(hours=3, minutes=1) == {"feedback_asked": 3}
    before = written(asking)
    assert asking.sweep() == {}
    assert written(asking) == before


def test_one_unreadable_row_stops_no_other_and_comes_back_f_220(asking: Asking) -> None:
    broken, *others = strangers(asking, 3)
    asking.db.transaction(
        lambda s: s.execute(update(FeedbackRequestRow).where(FeedbackRequestRow.id == broken).values(tried="by pigeon"))
    )
    assert asking.wait(hours=3, minutes=1) == {"feedback_asked": 2, FAILED: 1}
    assert [asking.row(one).waits_for is not None for one in (broken, *others)] == [False, True, True]
    assert asking.sweep() == {}, "it is left alone for a while"
    asking.db.transaction(
        lambda s: s.execute(update(FeedbackRequestRow).where(FeedbackRequestRow.id == broken).values(tried=""))
    )
    assert asking.wait(minutes=16) == {"feedback_asked": 1}


def test_one_row_that_cannot_be_written_stops_no_other(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, *others = strangers(asking, 3)
    write = feedback_changes.write_changes

    def failing(session: Session, changes: list[feedback_changes.Change], **facts: object) -> None:
        write(session, changes, **facts)  # type: ignore[arg-type]
        if broken in {one.scene.request.id for one in changes}:
            raise ValueError(broken)

    monkeypatch.setattr(feedback_sweep, "write_changes", failing)
    assert asking.wait(hours=3, minutes=1) == {"feedback_asked": 2, FAILED: 1}
    assert [len(asking.messages(one)) for one in (broken, *others)] == [0, 1, 1]
    monkeypatch.undo()
    assert asking.wait(minutes=16) == {"feedback_asked": 1}
    assert asking.db.read(lambda s: events.check_chain(s, asking.practice)).is_intact


def test_a_timer_without_a_request_is_gone(asking: Asking) -> None:
    strangers(asking, 1)
    asking.db.transaction(lambda s: s.execute(update(Timer).values(process_id=1)))
    assert asking.wait(hours=3, minutes=1) == {"gone": 1}
    assert asking.sweep() == {}


def test_two_sweeps_beside_each_other_share_the_work(db: Database) -> None:
    """I5: whoever comes second finds nothing left, on either database, of its own and of other practices."""
    practices = [an_asking(db), an_asking(db, key="elm-street")]
    requests = [request for one in practices for request in strangers(one, 6)]
    now = practices[0].now + 3 * HOUR + timedelta(minutes=1)

    def work(_: int) -> Counter[str]:
        done = Counter[str]()
        while counts := db.transaction(lambda s: feedback_sweep.fire_timers(s, as_of=now, limit=2)):
            done += counts
        return done

    with ThreadPoolExecutor(4) as pool:
        found = sum(pool.map(work, range(4)), Counter[str]())
    left = db.transaction(lambda s: feedback_sweep.fire_timers(s, as_of=now, limit=100))
    assert found + left == {"feedback_asked": 12}
    assert [len(practices[0].messages(one)) for one in requests] == [1] * 12
    is_open = select(func.count()).select_from(Timer).where(Timer.state == TimerState.OPEN)
    assert db.read(lambda s: s.scalar(is_open)) == 0
    assert all(db.read(lambda s, one=one: events.check_chain(s, one.practice)).is_intact for one in practices)  # type: ignore[misc]


def test_a_sweep_asks_as_often_for_many_as_for_one(asking: Asking) -> None:
    """The number of statements hangs upon the batch, not upon its rows."""
    strangers(asking, 12)
    asking.now += 3 * HOUR + timedelta(minutes=1)
    statements = list[str]()
    event.listen(asking.db.engine, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement))
    assert asking.sweep(limit=1) == {"feedback_asked": 1}
    for_one = len(statements)
    statements.clear()
    assert asking.sweep(limit=11) == {"feedback_asked": 11}
    assert len(statements) <= for_one
