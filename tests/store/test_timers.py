"""Timers: claimed once, fired once, given back when their rule fails."""

from collections import Counter
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.db import Database
from models.rules import onboarding_decision
from models.rules.decisions import Process, SetTimer
from models.rules.messages import MessageKind
from models.rules.onboarding_events import Pause, Resume
from models.rules.onboarding_facts import Reason
from models.store import messages, onboarding_sweep, timers
from models.store.claims import LEASE, Claim
from models.store.effects import Outcome, carry_out
from models.store.onboarding_sweep import FAILED, HELD, claim_heavy, fire_heavy, fire_light, is_light_due
from models.tables.messages import Message
from models.tables.onboarding import JourneyRow
from models.tables.timers import Timer, TimerState
from tests.store.journeys import MONDAY, SIGNED, Play, begun


@pytest.fixture
def play(db: Database) -> Play:
    """Give a journey in which two silences are due."""
    play = begun(db)
    play.must(SIGNED)
    play.later(days=9)
    return play


def claim(play: Play, limit: int = 10) -> Claim:
    """Claim timers of any kind."""
    due = partial(timers.claim_due, process=Process.ONBOARDING, as_of=play.now, limit=limit)
    return play.db.transaction(due)


def fire_claimed(play: Play, mine: Claim) -> list[int]:
    return play.db.transaction(lambda s: [timer.id for timer in timers.fire(s, mine)])


def fire(play: Play, limit: int = 10) -> Counter[str]:
    return play.db.transaction(lambda s: fire_light(s, as_of=play.now, limit=limit))


def is_due(play: Play) -> bool:
    return play.db.transaction(lambda s: is_light_due(s, as_of=play.now))


def reminders(play: Play) -> int:
    kinds = (MessageKind.REMINDER, MessageKind.STAFF_REMINDER)
    return len(play.db.read(lambda s: s.scalars(select(Message.id).where(Message.kind.in_(kinds))).all()))


def test_a_claimed_timer_is_nobody_elses_until_its_lease_ends(play: Play) -> None:
    mine = claim(play)
    assert len(mine.ids) == 3
    assert not claim(play)
    assert not is_due(play)
    assert fire(play) == Counter()
    play.now += LEASE + timedelta(seconds=1)
    assert claim(play).ids == mine.ids


def test_two_workers_share_what_is_due(play: Play) -> None:
    first, second = claim(play, limit=1), claim(play, limit=1)
    assert len(first.ids) == len(second.ids) == 1
    assert first.ids != second.ids


def test_a_late_worker_with_an_old_fence_changes_nothing(play: Play) -> None:
    late = claim(play)
    play.now += LEASE + timedelta(seconds=1)
    own = claim(play)
    assert fire_claimed(play, late) == []
    assert sorted(fire_claimed(play, own)) == sorted(own.ids)
    assert fire_claimed(play, late) == fire_claimed(play, own) == []


def test_light_timers_are_fired_once_the_oldest_first_and_no_more_than_asked_for(play: Play) -> None:
    assert is_due(play)
    assert fire(play, limit=1) == fire(play, limit=1) == Counter(silence=1)
    assert not is_due(play)
    assert fire(play) == Counter()
    assert reminders(play) == 2


def test_a_journey_that_cannot_be_read_stops_no_other(play: Play) -> None:
    other = begun(play.db, "oak", as_of=play.now)
    other.must(SIGNED)
    other.later(days=9)
    unheard_of = text("UPDATE journeys SET status = 'unheard of' WHERE id = :id")
    play.db.transaction(lambda s: s.execute(unheard_of, {"id": play.journey_id}))
    assert fire(other) == Counter({FAILED: 3, "silence": 2})
    assert not is_due(other)


def test_what_is_not_due_is_not_claimed(play: Play) -> None:
    play.now = MONDAY
    assert not claim(play)


def test_a_timer_of_a_journey_that_was_paused_meanwhile_waits_for_it(play: Play) -> None:
    """O-45."""
    play.db.transaction(lambda s: s.execute(update(JourneyRow).values(status="paused", paused_at=play.now)))
    assert fire(play) == Counter({HELD: 2})
    play.db.transaction(lambda s: s.execute(update(JourneyRow).values(status="active", paused_at=None)))
    play.must(Pause(Reason.PRACTICE_ASKED))
    play.later(days=1)
    play.must(Resume())
    play.later(days=9)
    assert play.sweep().count("silence") == 2


def test_a_heavy_timer_of_a_paused_journey_waits_for_it(play: Play) -> None:
    """O-45."""
    play.must(Pause(Reason.PRACTICE_ASKED))
    told = Outcome(
        play.practice_id,
        Process.ONBOARDING,
        play.journey_id,
        "sent",
        "golive",
        (),
        (SetTimer("message_sent", play.now, "first_claim.told"),),
    )
    play.db.transaction(lambda s: carry_out(s, [told], as_of=play.now))
    assert play.sweep() == [HELD]
    assert play.sweep() == []


def test_one_failing_rule_stops_no_other_and_is_tried_again_later(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    while heavy := play.db.transaction(lambda s: claim_heavy(s, as_of=play.now, limit=1)):
        play.db.transaction(lambda s, heavy=heavy: fire_heavy(s, heavy, heavy.ids[0], as_of=play.now))  # type: ignore[misc]
    good = onboarding_decision.decide

    def decide(head: object, due: object, **rest: object) -> object:
        if "practice" in due.subject:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return good(head, due, **rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(onboarding_sweep, "decide", decide)
        assert fire(play) == Counter({"silence": 1, FAILED: 1})
    assert reminders(play) == 1
    assert not is_due(play)
    assert play.db.read(timers.next_due) == play.now + timers.FAILED_AGAIN_AFTER
    play.now += timers.FAILED_AGAIN_AFTER + timedelta(seconds=1)
    assert fire(play) == Counter(silence=1)
    assert reminders(play) == 2


@pytest.mark.parametrize("zone", [UTC, None], ids=["refused by the database", "without a time zone"])
def test_one_row_that_cannot_be_written_stops_no_other(
    play: Play, monkeypatch: pytest.MonkeyPatch, zone: tzinfo | None
) -> None:
    good = onboarding_sweep._decide

    def decide(head: object, timer: timers.FiredTimer, *, as_of: datetime) -> Outcome:
        outcome = good(head, timer, as_of=as_of)  # type: ignore[arg-type]
        if "practice" not in timer.subject:
            return outcome
        doubled = SetTimer("progress_report", as_of.replace(tzinfo=zone))
        return Outcome(
            outcome.practice_id,
            outcome.process,
            outcome.process_id,
            outcome.key,
            outcome.actor,
            outcome.notes,
            (doubled,),
            fired=("progress_report", ""),  # so that the pending one is not cancelled, and the database refuses
        )

    with monkeypatch.context() as patch:
        patch.setattr(onboarding_sweep, "_decide", decide)
        assert fire(play) == Counter({"silence": 1, FAILED: 1})
    assert reminders(play) == 1
    play.now += timers.FAILED_AGAIN_AFTER + timedelta(seconds=1)
    assert fire(play) == Counter(silence=1)


def test_a_heavy_timer_that_fails_is_tried_again_later(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play.now = play.look().calls["welcome", 1].starts_at + timedelta(hours=3)
    mine = play.db.transaction(lambda s: claim_heavy(s, as_of=play.now, limit=10))

    def refuse(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(onboarding_sweep, "_command", refuse)
        assert play.db.transaction(lambda s: fire_heavy(s, mine, mine.ids[0], as_of=play.now)) == FAILED
    assert play.db.transaction(lambda s: fire_heavy(s, mine, mine.ids[0], as_of=play.now)) == "call_passed"
    assert play.db.transaction(lambda s: fire_heavy(s, mine, mine.ids[0], as_of=play.now)) == ""


def test_a_lost_connection_in_a_heavy_timer_is_not_a_failed_rule(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = play.db.transaction(lambda s: claim_heavy(s, as_of=play.now, limit=10))

    def break_off(*_: object, **__: object) -> None:
        message = "gone"
        raise OperationalError(message, None, Exception())

    monkeypatch.setattr(onboarding_sweep, "_command", break_off)
    with pytest.raises(Exception, match="database failure"):
        play.db.transaction(lambda s: fire_heavy(s, mine, mine.ids[0], as_of=play.now))
    states = play.db.read(lambda s: s.scalars(select(Timer.state).where(Timer.id == mine.ids[0])).all())
    assert states == [TimerState.OPEN]


def test_the_next_due_moment_counts_leases(play: Play) -> None:
    assert play.db.read(timers.next_due) < play.now  # type: ignore[operator]
    play.db.transaction(lambda s: timers.claim_due(s, process=Process.ONBOARDING, as_of=play.now, limit=100))
    assert play.db.read(timers.next_due) == play.now + LEASE
    assert play.db.read(lambda s: timers.count_due(s, process=Process.ONBOARDING, as_of=play.now)) == 3


def test_a_sweep_of_many_is_one_look_into_the_index_of_open_timers(db: Database) -> None:
    seen = list[str]()
    event.listen(db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    db.transaction(lambda s: claim_heavy(s, as_of=MONDAY, limit=10))
    assert "timers.state = 'open'" in seen[-1]
    seen.clear()
    db.transaction(lambda s: fire_light(s, as_of=MONDAY, limit=10))
    assert sum("timers.state = 'open'" in statement for statement in seen) == 2
    query = "SELECT id FROM timers WHERE timers.state = 'open' AND due_at <= '2026-01-01' ORDER BY due_at LIMIT 10"

    def plan(session: Session) -> str:
        if db.is_sqlite:
            return str(session.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
        session.execute(text("SET LOCAL enable_seqscan = off"))  # the table is empty
        return str(session.execute(text(f"EXPLAIN {query}")).all())

    assert "ix_timers_due" in db.transaction(plan)


def test_a_timer_that_would_fire_a_second_time_says_nothing_twice(play: Play) -> None:
    """O-48."""
    play.sweep()
    before = play.db.read(messages.counts)
    silent = update(Timer).where(Timer.kind == "silence")
    play.db.transaction(lambda s: s.execute(silent.where(Timer.state == TimerState.OPEN).values(state="cancelled")))
    play.db.transaction(lambda s: s.execute(silent.where(Timer.state == TimerState.FIRED).values(state="open")))
    assert fire(play) == Counter({FAILED: 2})
    assert play.db.read(messages.counts) == before
