"""Two at once: one does it, the other is told what already happened."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.db import TRIES, Database
from models.rules.decisions import Refusal
from models.rules.onboarding_events import CompleteItem, Pause, RecordEnrollment, RegisterForTraining, Resume
from models.rules.onboarding_facts import Decision, EnrollmentOutcome, JourneyStatus, Reason, TrainingState, Transaction
from models.store import events, onboarding, practices
from models.store.onboarding_changes import JourneyChangedError, Recorded, change_journey
from models.store.onboarding_sweep import fire_light, is_light_due
from models.tables.events import Event
from models.tables.messages import Message
from models.tables.onboarding import RegistrationRow
from models.tables.timers import Timer, TimerState
from tests.benchmarks import bench_sweep
from tests.store.journeys import PAYER, SIGNED, Play, begun, plan_sessions, sweep, until_handoff

T = TypeVar("T")
PROJECT = Path(__file__).parents[2]
DUE = int(os.environ.get("GOLIVE_TEST_TIMERS", "2000"))
"""How many due timers several workers share; 5,000 is the size that was promised."""
PATIENCE = max(1.0, DUE / 2_000)


def at_once(*works: Callable[[], T]) -> list[T]:
    """Start all at the same moment, each in its thread."""
    start = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        start.wait(timeout=10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(run, work) for work in works]]


@pytest.fixture
def play(db: Database) -> Play:
    """Give a journey whose agreement is signed."""
    play = begun(db)
    play.must(SIGNED)
    return play


def test_two_people_complete_an_item_once(play: Play) -> None:
    """O-48."""
    for item in ("welcome.preparation", "welcome.handoff_agenda"):
        done = at_once(
            lambda item=item: play.do(CompleteItem(item), key=f"a-{item}", by="coach-1"),  # type: ignore[misc]
            lambda item=item: play.do(CompleteItem(item), key=f"b-{item}", by="sales-1"),  # type: ignore[misc]
        )
        assert sum(isinstance(one, Recorded) for one in done) == 1
        assert [one.code for one in done if isinstance(one, Refusal)] == ["already"]
    assert play.db.read(lambda s: events.check_chain(s, play.practice_id)).is_intact


def test_the_same_key_twice_at_once_is_carried_out_once(play: Play) -> None:
    """O-48."""
    done = at_once(*(lambda: play.do(CompleteItem("welcome.preparation"), key="form-1") for _ in range(4)))
    assert sorted(isinstance(one, Recorded) and one.again for one in done) == [False, True, True, True]


def test_a_payer_that_is_reported_twice_at_once_is_told_once(play: Play) -> None:
    """O-27, O-48."""
    until = RecordEnrollment(PAYER, Transaction.ERA, EnrollmentOutcome.FINALISED)
    other = begun(play.db, "oak")
    until_handoff(other)
    at_once(lambda: other.do(until, key="a"), lambda: other.do(until, key="b"))
    kinds = play.db.read(lambda s: s.scalars(select(Message.kind).where(Message.kind == "enrollment_finished")).all())
    assert len(kinds) == 1


def test_the_last_seat_of_a_session_is_given_once(db: Database) -> None:
    """O-20."""
    plays = [begun(db, key) for key in ("maple", "oak", "elm")]
    for one in plays:
        until_handoff(one)
    plan_sessions(db, seats=1)
    done = at_once(*(lambda one=one: one.do(RegisterForTraining()) for one in plays))
    assert sum(isinstance(one, Recorded) for one in done) == 1
    taken = select(func.count()).where(RegistrationRow.state == TrainingState.REGISTERED)
    assert db.read(lambda s: s.scalar(taken)) == 8


def test_one_coach_is_not_given_two_calls_at_one_hour(db: Database) -> None:
    plays = [begun(db, key) for key in ("maple", "oak", "elm", "ash")]
    assert all(isinstance(one, Recorded) for one in at_once(*(lambda one=one: one.do(SIGNED) for one in plays)))
    starts = [one.look().calls["welcome", 1].starts_at for one in plays]
    assert len(set(starts)) == len(starts)


def test_a_pause_during_a_sweep_leaves_no_running_clock(db: Database) -> None:
    """O-45."""
    plays = [begun(db, f"p{number}") for number in range(4)]
    for one in plays:
        one.must(SIGNED)
        one.later(days=9)
    moment = plays[0].now
    at_once(
        *(lambda one=one: one.do(Pause(Reason.PRACTICE_ASKED)) for one in plays),
        lambda: sweep(db, as_of=moment, limit=1),
        lambda: sweep(db, as_of=moment, limit=3),
    )
    assert all(one.look().status is JourneyStatus.PAUSED for one in plays)
    open_now = select(func.count()).where(Timer.state == TimerState.OPEN)
    assert db.read(lambda s: s.scalar(open_now)) == 0
    assert db.read(lambda s: s.scalar(select(func.count()).where(Message.state == "pending"))) == 0
    for one in plays:
        one.must(Resume())
    reports = select(func.count()).where(Timer.kind == "progress_report", Timer.state == TimerState.OPEN)
    assert db.read(lambda s: s.scalar(reports)) == len(plays)


def test_practices_of_one_coach_that_are_resumed_at_once_lose_no_race(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O-45: an hour that somebody else took meanwhile is chosen anew, and no transaction is tried a second time."""
    plays = [begun(db, f"p{number}") for number in range(8)]
    for one in plays:
        one.must(SIGNED)
        one.must(Pause(Reason.PRACTICE_ASKED))
        one.later(days=9)
    monkeypatch.setattr("models.db.TRIES", 1)
    done = at_once(*(lambda one=one: one.do(Resume()) for one in plays))
    assert all(isinstance(one, Recorded) for one in done)
    starts = [one.look().calls["welcome", 1].starts_at for one in plays]
    assert len(set(starts)) == len(starts)


def test_a_lost_compare_and_set_runs_the_whole_transaction_again(play: Play) -> None:
    stale = play.look()
    play.must(CompleteItem("welcome.preparation"))
    journeys = [stale]

    def change(session: Session) -> int:
        journey = journeys.pop() if journeys else onboarding.load_journey(session, play.journey_id, as_of=play.now)
        change_journey(session, journey, Decision(), as_of=play.now)
        return journey.version

    play.db._pause = lambda _: None
    assert play.db.transaction(change) == stale.version + 1
    tries = list[int]()

    def change_stale(session: Session) -> None:
        tries.append(1)
        change_journey(session, stale, Decision(), as_of=play.now)

    with pytest.raises(JourneyChangedError, match="JOURNEY_CHANGED"):
        play.db.transaction(change_stale)
    assert len(tries) == TRIES


def test_sweeps_and_commands_of_the_same_practices_do_not_wait_in_a_circle(db: Database) -> None:
    plays = [begun(db, f"p{number}") for number in range(6)]
    for one in plays:
        one.must(SIGNED)
        one.later(days=9)
    moment = plays[0].now
    works: list[Callable[[], object]] = [lambda: sweep(db, as_of=moment, limit=4) for _ in range(3)]
    works += [lambda one=one: one.do(CompleteItem("welcome.preparation")) for one in plays]  # type: ignore[misc]
    at_once(*works)
    sweep(db, as_of=moment)
    for one in plays:
        assert db.read(lambda s, one=one: events.check_chain(s, one.practice_id)).is_intact  # type: ignore[misc]


def test_a_sweep_passes_over_what_another_one_is_writing(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite has one writer at a time: the second sweep waits for the first")
    plays = [begun(db, f"p{number}") for number in range(3)]
    for one in plays:
        one.must(SIGNED)
        one.later(days=9)
    moment = plays[0].now

    def fire(session: Session, limit: int) -> int:
        return fire_light(session, as_of=moment, limit=limit).total()

    with ThreadPoolExecutor(1) as pool:

        def fire_beside_another(session: Session) -> tuple[int, int, bool]:
            mine = fire(session, 1)
            beside = pool.submit(db.transaction, partial(fire, limit=100)).result(timeout=4)
            is_more = pool.submit(db.transaction, partial(is_light_due, as_of=moment)).result(timeout=4)
            return mine, beside, is_more

        assert db.transaction(fire_beside_another) == (1, 4, False)
    assert db.transaction(partial(fire, limit=100)) == 1


def worker(db: Database) -> subprocess.Popen[str]:
    url = db.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.store.sweeper", url]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def fired(db: Database) -> int:
    return db.read(lambda s: s.scalar(select(func.count()).where(Timer.number == 0, Timer.state == "fired"))) or 0


def wait_for(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_and_halted_workers_double_and_lose_nothing(db: Database) -> None:
    """O-40, O-48: four processes, two killed without warning, one halted for a while between two batches."""
    sizes = bench_sweep.Sizes(due=DUE)
    bench_sweep.prepare(db, sizes)
    workers = [worker(db) for _ in range(4)]
    try:
        wait_for(lambda: fired(db) > 100, 60)
        halt(workers[0])
        kill(workers[1:3])
        wait_for(lambda: fired(db) > DUE // 2, 60 * PATIENCE)
        workers[0].send_signal(signal.SIGCONT)
        wait_for(lambda: fired(db) == sizes.due, 120 * PATIENCE)
    finally:
        kill(workers)
    assert bench_sweep.rows_written(db) == {"timers": DUE, "messages": DUE, "events": DUE}
    lengths = db.read(lambda s: s.execute(select(Event.practice_id, func.count()).group_by(Event.practice_id)).all())
    assert {count for _, count in lengths} == {1}
    assert all(db.read(lambda s, n=n: events.check_chain(s, n)).is_intact for n in range(1, DUE + 1, 97))  # type: ignore[misc]


def halt(one: subprocess.Popen[str]) -> None:
    """Stop a worker right after it said that it rests: inside a transaction it would keep SQLite's writers waiting."""
    assert one.stdout
    waited = 0.0
    while waited < 0.005:  # lines that come at once are old ones
        start = time.monotonic()
        one.stdout.readline()
        waited = time.monotonic() - start
    os.kill(one.pid, signal.SIGSTOP)


def kill(some: Sequence[subprocess.Popen[str]]) -> None:
    for one in some:
        one.kill()
        one.wait()


def test_a_role_that_is_given_again_to_the_same_person_changes_nothing(play: Play) -> None:
    before = play.look().roles
    for role, staff in before.items():
        play.db.transaction(
            partial(practices.assign, practice_id=play.practice_id, role=role, staff=staff, as_of=play.now)
        )
    assert play.look().roles == before
