"""Whatever happens to an enrollment, in whatever order and however often: what always holds (E-10, E-11, E-20)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.decisions import Refusal
from models.rules.enrollment import PROOFS, Contradiction, Need, RejectReason, State
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    Bounce,
    ChangeRoute,
    CompleteTasks,
    Contradict,
    Create,
    Displace,
    Due,
    Event,
    FollowUp,
    HearUnknownWord,
    Lapse,
    NeedTest,
    Prepare,
    Prove,
    Rank,
    Recertify,
    RecordTest,
    Reject,
    Reopen,
    RequestDevelopment,
    Resubmit,
    SeeClaim,
    Submit,
    Waive,
    Withdraw,
)
from models.rules.enrollment_facts import Enrollment, Turnaround
from models.rules.onboarding_facts import Reason, Transaction
from tests.rules.enrollments import EDGES, NOW, TASKS, TODAY, USUAL, WAITS, Stage, an_enrollment, asked, days_from

pytestmark = pytest.mark.slow

SEQUENCES = 10_000
PARTS = 4
REASON = next(iter(Reason))
NEEDS = sorted(Need)
EXTRA = {"chase", "escalated", "unknown_word", "log_in"}
AGEING = {
    (State.APPROVED, State.PROVING),
    (State.PROVING, State.DEGRADED),
    (State.LIVE, State.DEGRADED),
    (State.LIVE, State.RECERTIFYING),
    (State.RECERTIFYING, State.ENDED),
}
"""Where time alone leads; it never leads back."""
ZONES = ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/Phoenix", "America/St_Johns")
TURNAROUNDS = (USUAL, Turnaround(1, 2, 3, 4, 5, is_business_days=True), Turnaround(150, 170, 180, 190, 300))


def usual(stage: Stage, random: Random) -> Event:
    """Give what usually happens in the present state, so that sequences get far."""
    return random.choice(_usual(stage, random))


def _usual(stage: Stage, random: Random) -> Sequence[Event]:
    today = stage.now.date()
    proof, doubt, claim = _proof(stage, random), _doubt(stage, random), SeeClaim(today)
    later = days_from(today, random.randint(20, 500))
    approve = Approve(effective_on=random.choice([None, later]), expires_on=random.choice([None, None, later]))
    reject = Reject(reason=RejectReason.OTHER)
    submitted_on = _some_day(stage, random) if random.random() < 0.3 else None
    some_need = next(iter(stage.enrollment.needs), Need.W9)
    usually: Mapping[State, Sequence[Event]] = {
        State.NOT_REQUIRED: (ChangeRoute("other", "00456"),),
        State.DRAFT: (Prepare(), Prepare((random.choice(NEEDS),))),
        State.NEEDS_PRACTICE: (CompleteTasks(), CompleteTasks((some_need,))),
        State.READY: (Submit(random.choice(TURNAROUNDS), submitted_on),),
        State.SUBMITTED: (Acknowledge(), Acknowledge(), Bounce(reason=RejectReason.OTHER)),
        State.PENDING_PAYER: (approve, approve, reject, RequestDevelopment(), NeedTest(), proof),
        State.TESTING: (RecordTest(is_passed=True), RecordTest(is_passed=False)),
        State.APPROVED: (proof, claim, doubt),
        State.PROVING: (proof, claim, doubt),
        State.LIVE: (proof, proof, claim, doubt, Displace()),
        State.DEGRADED: (proof, Resubmit(REASON), FollowUp()),
        State.RECERTIFYING: (Recertify(later), Recertify(), Lapse(), proof),
        State.REJECTED: (Resubmit(REASON), Resubmit(REASON), Withdraw(REASON)),
    }
    return usually.get(stage.state(), (Reopen(REASON),))


def _some_day(stage: Stage, random: Random) -> Any:
    return days_from(stage.now.date(), random.randint(-60, 2))


def _proof(stage: Stage, random: Random) -> Prove:
    kind = PROOFS[stage.enrollment.transaction]
    return Prove(kind, _some_day(stage, random), f"{random.random()}", random.choice([0, 7, 30]))


def _doubt(stage: Stage, random: Random) -> Contradict:
    return Contradict(random.choice(list(Contradiction)), _some_day(stage, random), f"{random.random()}")


def anything(stage: Stage, random: Random) -> Event:
    """Give what may fit or not."""
    today = stage.now.date()
    some_day = _some_day(stage, random)
    said: dict[str, Any] = {"on": random.choice([None, some_day]), "attempt": random.choice([0, 0, 1, 2])}
    events: Sequence[Event] = (
        Prepare(),
        CompleteTasks((random.choice(NEEDS),)),
        Submit(USUAL),
        Acknowledge(**said),
        Bounce(reason=RejectReason.OTHER, **said),
        RequestDevelopment(needs=tuple(random.sample(NEEDS, 2)), **said),
        Approve(**said, effective_on=some_day, expires_on=random.choice([None, days_from(today, 30)])),
        Reject(reason=RejectReason.OTHER, **said),
        NeedTest(**said),
        RecordTest(is_passed=True, **said),
        _proof(stage, random),
        _doubt(stage, random),
        SeeClaim(some_day),
        HearUnknownWord("w"),
        Rank(random.randint(0, 3)),
        FollowUp(),
        Displace(),
        Recertify(some_day),
        Lapse(),
        Resubmit(REASON),
        Withdraw(REASON),
        Waive(REASON),
        Reopen(REASON),
        ChangeRoute("other", "00456", random.choice([None, some_day, days_from(today, 50)])),
        Due("watch", stage.now),
    )
    return random.choice(events)


def a_stage(random: Random) -> Stage:
    enrollment = an_enrollment(
        transaction=random.choice(list(Transaction)),
        zone=random.choice(ZONES),
        rank=random.choice([0, 0, 1, 3]),
        is_quiet=random.random() < 0.1,
        lacking=frozenset(random.sample([Need.W9, Need.BANK_LETTER], random.randint(0, 1))),
        version=1,
    )
    stage = Stage(enrollment, as_of=NOW)
    stage.timers.clear()
    stage.do(Create(is_required=random.random() < 0.95))
    return stage


def assert_sound(stage: Stage) -> None:
    """Check what holds at any time."""
    enrollment = stage.enrollment
    state, is_live = enrollment.state, enrollment.state is State.LIVE
    expects = is_live and (enrollment.transaction is Transaction.ERA or enrollment.expires_on is not None)
    kind = "watch_top" if enrollment.rank else "watch"
    assert list(stage.timers) == [kind] * (state in WAITS or expects)
    own = TASKS.get(state)
    assert set(stage.work) - EXTRA == ({own} if own else set())
    assert state is State.NEEDS_PRACTICE or all(enrollment.needs.values())
    assert state is not State.NEEDS_PRACTICE or not all(enrollment.needs.values())


def happen(stage: Stage, event: Event) -> None:
    """Let one thing happen and check what it may change."""
    before, moves, notices = stage.enrollment, len(stage.moves), len(stage.notices)
    kept = (dict(stage.timers), dict(stage.work), len(stage.history))
    decision = stage.tell(event)
    assert decision is not None
    if isinstance(decision, Refusal):
        assert stage.enrollment == before
        assert kept == (stage.timers, stage.work, len(stage.history))
        assert decision.sentence.endswith(".")
        return
    after, new = stage.enrollment, stage.moves[moves:]
    assert new == ([(before.state, after.state)] if "state_since" in decision.fields else [])
    assert before.state is after.state or set(new) <= EDGES
    if new:
        assert set(stage.work) & EXTRA <= set(asked(decision))
    if isinstance(event, Due) and new:
        assert set(new) <= AGEING
    assert (after.generation, after.attempt) >= (before.generation, before.attempt) or isinstance(event, Reopen)
    keys = [one.key for _, one in stage.notices[notices:]]
    assert len(keys) == len(set(keys))


def pass_days(stage: Stage, days: int, *, is_outage: bool) -> None:
    """Let days pass with the timers that fall due, or all at the end of an outage."""
    begun, moves = stage.enrollment, len(stage.moves)
    stage.sleep(days) if is_outage else stage.wait(days)
    stage.catch_up()
    assert set(stage.moves[moves:]) <= AGEING
    if len(stage.moves) == moves:
        assert stage.enrollment.rung >= begun.rung
    assert (stage.enrollment.attempt, stage.enrollment.generation) == (begun.attempt, begun.generation)


def play(random: Random, *, steps: int) -> Stage:
    """Play one sequence, checking after each step."""
    stage = a_stage(random)
    assert_sound(stage)
    for _ in range(steps):
        if random.random() < 0.35:
            pass_days(stage, random.choice([1, 3, 10, 40, 120]), is_outage=random.random() < 0.3)
        else:
            happen(stage, usual(stage, random) if random.random() < 0.75 else anything(stage, random))
        assert_sound(stage)
    return stage


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_sequences_never_leave_the_allowed_edges_nor_forget_anybody(part: int) -> None:
    """E-10, E-20: exactly one follow-up timer while somebody is waited for, a note for every transition."""
    random = Random(part)
    edges = set[tuple[State, State]]()
    for _ in range(SEQUENCES // PARTS):
        stage = play(random, steps=random.randint(4, 20))
        moves = stage.moves
        edges.update(moves)
        assert [end for _, end in moves[:-1]] == [start for start, _ in moves[1:]]
    assert edges == EDGES


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 20))
def test_any_sequence_is_sound(random: Random, steps: int) -> None:
    """E-10."""
    play(random, steps=steps)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(range(8)), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_late_doubled_and_reordered_answers_change_nothing(order: list[int], random: Random) -> None:
    """E-11: whatever answered the attempts before comes again, in any order, and each answer of this one twice."""
    stage = Stage(an_enrollment(transaction=Transaction.CLAIMS))
    old: list[Event] = []
    for attempt in (1, 2, 3):
        stage.do(Prepare(), Submit(USUAL))
        told: list[Event] = [Acknowledge(**_of(stage)), Reject(reason=RejectReason.OTHER, **_of(stage))]
        for answer in told:
            assert not isinstance(stage.tell(answer, f"{attempt}:{type(answer).__name__}"), Refusal)
            assert stage.tell(answer, f"{attempt}:{type(answer).__name__}") is None
        old += [*told, Approve(**_of(stage)), RequestDevelopment(**_of(stage)), NeedTest(**_of(stage))]
        stage.wait(random.randint(1, 40))
        stage.do(Resubmit(REASON))
    stage.do(*_to_a_new_generation(stage, is_new=random.random() < 0.5))
    before, history, timers = stage.enrollment, len(stage.history), dict(stage.timers)
    for number in order:
        assert isinstance(stage.tell(old[number]), Refusal)
    assert (stage.enrollment, len(stage.history), stage.timers) == (before, history, timers)


def _of(stage: Stage) -> dict[str, Any]:
    one = stage.enrollment
    return {"attempt": one.attempt, "generation": one.generation, "on": stage.now.date()}


def _to_a_new_generation(stage: Stage, *, is_new: bool) -> list[Event]:
    again: list[Event] = [Prepare(), Submit(USUAL), Acknowledge()]
    return [Withdraw(REASON), Reopen(REASON), *again] if is_new else [*again]


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 60), min_size=2, max_size=6))
def test_growing_older_in_steps_or_at_once_leads_to_the_same_state(random: Random, days: list[int]) -> None:
    """O-40: nothing depends on a process that keeps running; an outage only makes lines fewer."""
    stage = play(random, steps=6)
    watched, slept = _copied(stage), _copied(stage)
    for each in days:
        watched.wait(each)
    slept.sleep(sum(days))
    for _ in range(4):  # where one thing follows from another, one a business day
        slept.catch_up()
        slept.wait(4)
    watched.wait(16)
    assert _apart_from_moments(watched.enrollment)["state"] == _apart_from_moments(slept.enrollment)["state"]
    assert len(slept.notices) <= len(watched.notices) + 4


def _copied(stage: Stage) -> Stage:
    copy = Stage(replace(stage.enrollment), as_of=stage.now)
    copy.timers = dict(stage.timers)
    return copy


def _apart_from_moments(enrollment: Enrollment) -> dict[str, object]:
    return {one.name: getattr(enrollment, one.name) for one in fields(enrollment) if not one.name.endswith("since")}


def test_a_year_of_silence_is_heard_of_all_the_year() -> None:
    """O-44, E-20: nobody who waits is forgotten."""
    for state in sorted(WAITS - {State.APPROVED, State.PROVING, State.RECERTIFYING}):
        stage = Stage(an_enrollment(state, needs={Need.W9: False}))
        stage.wait(365)
        days = [line.day for line in stage.lines()]
        gaps = [(later - earlier) for earlier, later in zip([TODAY, *days], days, strict=False)]
        assert max(gaps) <= timedelta(days=21), state
        assert stage.state() is state
