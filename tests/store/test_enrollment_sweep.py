"""Enrollments watched over the months: top three first, one failure stops no other, nobody loses or doubles a look."""

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from models.db import Database
from models.rules.decisions import Process
from models.rules.enrollment import Need, State
from models.rules.enrollment_decision import decide
from models.rules.enrollment_events import Acknowledge, Approve, CompleteTasks, Prepare, Submit
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.onboarding_events import Pause
from models.rules.onboarding_facts import Reason, Transaction
from models.rules.roles import Party
from models.store import enrollment, enrollment_begin, enrollment_journey, enrollment_sweep, events, timers
from models.store.enrollment_begin import Wanted
from models.tables.enrollment import NoticeRow
from models.tables.events import Event
from models.tables.timers import Timer, TimerState
from models.tables.work_items import WorkItem
from tests.benchmarks import bench_enrollment
from tests.factories import record
from tests.store.enrolling import Enrolling, enrolling
from tests.store.test_at_once import at_once, wait_for

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def made(db: Database) -> Enrolling:
    """Give three enrollments at top payers and two behind them."""
    found = enrolling(db)
    more = [Wanted(payer, payer, Transaction.ERA) for payer in ("yarrow", "zeta")]
    db.transaction(
        lambda s: enrollment_begin.begin_enrollments(s, found.practice, more, by="coach-1", key="m", as_of=found.now)
    )
    listed = db.read(lambda s: enrollment.of_practices(s, [found.practice]))[found.practice]
    found.numbers = {(one.payer, one.transaction.value): one.id for one in listed}
    return found


def sweep(made: Enrolling, as_of: datetime, *, limit: int = 1_000) -> Counter[str]:
    return made.db.transaction(lambda s: enrollment_sweep.fire_timers(s, as_of=as_of, limit=limit))


def fired(db: Database) -> set[int]:
    query = select(Timer.process_id).where(Timer.process == Process.ENROLLMENT, Timer.state == TimerState.FIRED)
    return set(db.read(lambda s: s.scalars(query).all()))


def open_timers(db: Database) -> Counter[int]:
    query = select(Timer.process_id).where(Timer.process == Process.ENROLLMENT, Timer.state == TimerState.OPEN)
    return Counter(db.read(lambda s: s.scalars(query).all()))


def test_the_top_three_are_watched_first_however_late_the_others_are(made: Enrolling) -> None:
    """E-04."""
    older = update(Timer).where(Timer.kind == "watch").values(due_at=made.now - timedelta(days=90))
    made.db.transaction(lambda s: s.execute(older))
    later = made.now + timedelta(days=8)
    assert sweep(made, later, limit=3) == {"enrollment_remind": 3}
    assert fired(made.db) == {made.number(payer) for payer in ("medicare", "evergreen", "harbor")}
    assert sweep(made, later, limit=9) == {"enrollment_remind": 2}
    assert sweep(made, later) == {}


def test_each_look_sets_the_next_and_only_one(made: Enrolling) -> None:
    """O-44: reminded at 2, 5 and 10 business days, the manager at 15."""
    kinds = Counter[str]()
    for day in range(1, 40):
        kinds += sweep(made, made.now + timedelta(days=day))
        assert set(open_timers(made.db).values()) == {1}
        assert len(open_timers(made.db)) == 5
    assert kinds["enrollment_escalate"] == 5
    query = select(func.count()).select_from(NoticeRow)
    assert made.db.read(lambda s: s.scalar(query)) == kinds.total()


def test_an_outage_of_months_says_one_thing_once(made: Enrolling) -> None:
    late = made.now + timedelta(days=60)
    assert sweep(made, late).total() == 5
    per_enrollment = select(NoticeRow.enrollment_id, func.count()).group_by(NoticeRow.enrollment_id)
    assert {count for _, count in made.db.read(lambda s: s.execute(per_enrollment).all())} <= {1, 2}
    assert sweep(made, late) == {}


def test_an_answer_stops_what_was_pending_and_the_ladder_begins_anew(made: Enrolling) -> None:
    """E-26, O-44."""
    made.do("medicare", Prepare((Need.W9,)))
    sweep(made, made.now + timedelta(days=9))
    answered = made.now + timedelta(days=10)
    made.do("medicare", CompleteTasks(), as_of=answered)
    states = select(NoticeRow.state).where(NoticeRow.enrollment_id == made.number("medicare"))
    assert set(made.db.read(lambda s: s.scalars(states).all())) == {"cancelled"}
    assert open_timers(made.db)[made.number("medicare")] == 1
    ahead = select(func.min(Timer.due_at)).where(
        Timer.process_id == made.number("medicare"), Timer.state == TimerState.OPEN
    )
    due_at = made.db.read(lambda s: s.scalar(ahead))
    assert due_at is not None
    assert due_at > answered + timedelta(days=1)


def test_a_payer_is_asked_at_its_own_time_and_the_practice_hears_of_the_effective_date(made: Enrolling) -> None:
    """E-20."""
    made.do("medicare", Prepare(), Submit(UNKNOWN_PAYER), Acknowledge())
    dates = made.look("medicare").dates
    assert dates is not None
    before = datetime.combine(dates.typical_on, datetime.min.time(), tzinfo=made.now.tzinfo)
    sweep(made, before)
    assert made.look("medicare").rung == 0
    sweep(made, before + timedelta(days=4))
    assert made.look("medicare").rung == 1
    chased = select(WorkItem.key).where(WorkItem.process_id == made.number("medicare"), WorkItem.closed_at.is_(None))
    assert made.db.read(lambda s: s.scalars(chased).all()) == ["chase.medicare:claims"]
    made.do("medicare", Approve(), as_of=before + timedelta(days=5))
    assert made.db.read(lambda s: s.scalars(chased).all()) == []
    sweep(made, before + timedelta(days=6))
    assert made.look("medicare").state is State.PROVING


def test_a_row_that_cannot_be_read_stops_no_other(made: Enrolling) -> None:
    broken = {"id": made.number("medicare")}
    made.db.transaction(lambda s: s.execute(text("UPDATE enrollments SET state = 'nonsense' WHERE id = :id"), broken))
    later = made.now + timedelta(days=8)
    assert sweep(made, later) == {"enrollment_remind": 4, "failed": 1}
    assert open_timers(made.db)[made.number("medicare")] == 1
    assert sweep(made, later) == {}, "it is tried again later, not at once"
    made.db.transaction(lambda s: s.execute(text("UPDATE enrollments SET state = 'draft' WHERE id = :id"), broken))
    assert sweep(made, later + timedelta(hours=1)) == {"enrollment_remind": 1}


def test_a_decision_that_fails_stops_no_other(made: Enrolling, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(one: Enrollment, event: object, *, as_of: datetime) -> object:
        if one.payer == "medicare":
            message = "a bug"
            raise RuntimeError(message)
        return decide(one, event, as_of=as_of)  # type: ignore[arg-type]

    monkeypatch.setattr(enrollment_sweep, "decide", fail)
    later = made.now + timedelta(days=8)
    assert sweep(made, later) == {"enrollment_remind": 4, "failed": 1}
    monkeypatch.setattr(enrollment_sweep, "decide", decide)
    assert sweep(made, later + timedelta(hours=1)) == {"enrollment_remind": 1}


def test_a_journey_that_cannot_be_told_stops_nothing_and_is_told_at_night(
    made: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.do("medicare", Prepare(), Submit(UNKNOWN_PAYER), Acknowledge(), Approve())
    feed = enrollment_journey.feed_journeys

    def fail(*_: object, **__: object) -> int:
        message = "a bug"
        raise ValueError(message)

    monkeypatch.setattr(enrollment_sweep, "_is_heard", lambda _: True)
    monkeypatch.setattr(enrollment_journey, "feed_journeys", fail)
    counts = sweep(made, made.now + timedelta(days=8))
    assert counts == {
        "enrollment_remind": 4,
        "enrollment_effective_date_reached": 1,
        "journey_not_told": 2,
    }  # once for the top three, once for the rest
    assert made.look("medicare").state is State.PROVING
    monkeypatch.setattr(enrollment_journey, "feed_journeys", feed)
    assert made.db.transaction(lambda s: feed(s, [made.practice], as_of=made.now)) >= 0


def test_a_paused_journey_is_watched_on_and_the_practice_hears_nothing(made: Enrolling) -> None:
    """O-45: our own work goes on, the practice is left alone."""
    made.do("medicare", Prepare((Need.W9,)))
    record(made.db, made.journey, Pause(Reason.PRACTICE_ASKED), as_of=made.now)
    for day in range(1, 40):
        sweep(made, made.now + timedelta(days=day))
    query = select(NoticeRow.role).where(NoticeRow.since > made.now)
    roles = made.db.read(lambda s: s.scalars(query).all())
    assert roles
    assert {role.party for role in roles} == {Party.US}
    assert set(open_timers(made.db).values()) == {1}


def test_sweeps_and_commands_at_once_lose_nothing(made: Enrolling) -> None:
    later = made.now + timedelta(days=8)
    at_once(
        *(lambda: sweep(made, later, limit=2) for _ in range(3)),
        *(lambda payer=payer: made.do(payer, Prepare(), as_of=later) for payer in ("medicare", "evergreen", "harbor")),
    )
    sweep(made, later)
    assert set(open_timers(made.db).values()) == {1}
    assert len(open_timers(made.db)) == 5
    assert made.db.read(lambda s: events.check_chain(s, made.practice)).is_intact
    assert {made.look(payer).state for payer in ("medicare", "evergreen", "harbor")} == {State.READY}


@pytest.mark.slow
def test_killed_workers_double_and_lose_no_look(db: Database) -> None:
    """O-40: three processes, two killed without warning; each look is written whole or not at all."""
    sizes = bench_enrollment.Sizes(open=1_000, due=600)
    bench_enrollment.prepare(db, sizes)
    command = [sys.executable, "-m", "tests.store.enrollment_sweeper", db.url.render_as_string(hide_password=False)]
    workers = [subprocess.Popen(command, cwd=PROJECT) for _ in range(3)]
    try:
        wait_for(lambda: len(fired(db)) > 60, 60)
        for one in workers[:2]:
            one.kill()
            one.wait()
        wait_for(lambda: len(fired(db)) == sizes.due, 120)
    finally:
        for one in workers:
            one.kill()
            one.wait()
    again = select(Event.process_id, func.count()).where(Event.process == Process.ENROLLMENT).group_by(Event.process_id)
    assert set(dict(db.read(lambda s: s.execute(again).tuples().all())).values()) == {1}
    assert set(open_timers(db).values()) == {1}
    assert len(open_timers(db)) == sizes.open


def test_the_next_look_wakes_the_standing_dispatch(made: Enrolling) -> None:
    due = made.db.read(timers.next_due)
    query = select(func.min(Timer.due_at)).where(Timer.state == TimerState.OPEN)
    assert due == made.db.read(lambda s: s.scalar(query))
