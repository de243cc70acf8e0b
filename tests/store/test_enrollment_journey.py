"""Journeys hear of enrollments by themselves: outcomes, messages once, go-live (O-27, O-28, E-14, E-27)."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import Refusal
from models.rules.enrollment import Finalised, Proof, RejectReason, State
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    Command,
    Prepare,
    Prove,
    Reject,
    Resubmit,
    Submit,
    Waive,
)
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.messages import MessageKind
from models.rules.onboarding_events import Pause, Resume, SignAgreement, SkipStep
from models.rules.onboarding_facts import EnrollmentOutcome, Journey, Reason, StepState, Transaction
from models.settings import settings, use_settings
from models.store import enrollment, enrollment_begin, enrollment_changes, enrollment_journey
from models.store.enrollment_begin import Identity, Wanted
from models.store.enrollment_changes import Seen
from models.store.onboarding import load_journey
from models.tables.messages import Message
from models.tables.timers import Timer, TimerState
from tests.factories import play, record
from tests.store.enrolling import Enrolling, enrolling

SENT: tuple[Command, ...] = (Prepare(), Submit(UNKNOWN_PAYER), Acknowledge())
BEFORE = ("welcome_call", "handoff_call")
CALLS = ("application_call", "billing_rules_call", "training")


@pytest.fixture
def made(db: Database) -> Enrolling:
    """Give a practice whose enrollments are processed and whose calls are over."""
    found = enrolling(db)
    open_step(found)
    return found


def open_step(made: Enrolling) -> None:
    signed = SignAgreement(made.now.date())
    assert not isinstance(record(made.db, made.journey, signed, as_of=made.now), Refusal)
    skip(made, BEFORE)


def skip(made: Enrolling, steps: Sequence[str]) -> None:
    play(made.db, made.journey, [SkipStep(step, Reason.DONE_ELSEWHERE) for step in steps], as_of=made.now)


def journey(made: Enrolling) -> Journey:
    return made.db.read(lambda s: load_journey(s, made.journey, as_of=made.now))


def outcome(made: Enrolling, payer: str = "medicare") -> EnrollmentOutcome | None:
    return journey(made).enrollments.get((payer, Transaction.CLAIMS))


def told(made: Enrolling, kind: MessageKind) -> int:
    query = select(func.count()).where(Message.kind == kind)
    return made.db.read(lambda s: s.scalar(query)) or 0


def feed(made: Enrolling) -> int:
    return made.db.transaction(lambda s: enrollment_journey.feed_journeys(s, [made.practice], as_of=made.now))


def test_a_journey_follows_its_enrollments_into_trouble_and_out_of_it(made: Enrolling) -> None:
    """O-26: in progress, in trouble, in progress again, finalised; nothing is left to be told afterwards."""
    seen = []
    for event in (*SENT, Reject(reason=RejectReason.OTHER), Resubmit(Reason.MUST_BE_REPEATED), *SENT, Approve()):
        made.do("medicare", event)
        seen.append(outcome(made))
    progress, trouble, finalised = (
        EnrollmentOutcome.IN_PROGRESS,
        EnrollmentOutcome.IN_TROUBLE,
        EnrollmentOutcome.FINALISED,
    )
    assert seen == [progress, progress, progress, trouble, progress, progress, progress, progress, finalised]
    assert feed(made) == 0


def test_an_enrollment_tells_nothing_before_its_step_is_open_and_all_at_once_then(db: Database) -> None:
    """O-12: what came too early is told by the safety net."""
    made = enrolling(db)
    made.do("medicare", *SENT, Approve())
    assert outcome(made) is None
    open_step(made)
    assert feed(made) == 3
    assert outcome(made) is EnrollmentOutcome.FINALISED
    assert feed(made) == 0


def test_a_practice_is_told_once_per_payer_and_kind_over_several_identities(made: Enrolling) -> None:
    """O-27, E-27: when the last of them is approved, and never again."""
    wanted = [Wanted("medicare", "Medicare", Transaction.CLAIMS, "second")]

    def begin(session: Session) -> None:
        enrollment_begin.save_identities(session, made.practice, [Identity("second", "1234567893", is_group=False)])
        enrollment_begin.begin_enrollments(session, made.practice, wanted, by="coach-1", key="l", as_of=made.now)

    made.db.transaction(begin)
    found = made.db.read(lambda s: enrollment.of_practices(s, [made.practice]))[made.practice]
    both = [one.id for one in found if one.payer == "medicare"]
    for number, count in zip(both, (0, 1), strict=True):
        for event in (*SENT, Approve()):
            seen = Seen(number, event, f"{number}:{type(event).__name__}")
            made.db.transaction(lambda s, seen=seen: enrollment_changes.apply(s, [seen], as_of=made.now))  # type: ignore[misc]
        assert told(made, MessageKind.ENROLLMENT_FINISHED) == count
    assert outcome(made) is EnrollmentOutcome.FINALISED
    late = Seen(both[0], Reject(reason=RejectReason.OTHER), "late")
    assert made.db.transaction(lambda s: enrollment_changes.apply(s, [late], as_of=made.now)) == {"late": 1}
    assert told(made, MessageKind.ENROLLMENT_FINISHED) == 1


def test_a_waived_enrollment_is_finalised_and_nobody_is_told(made: Enrolling) -> None:
    made.do("medicare", Waive(Reason.NOT_NEEDED))
    assert outcome(made) is EnrollmentOutcome.FINALISED
    assert told(made, MessageKind.ENROLLMENT_FINISHED) == 0


def test_the_top_three_finalised_lead_to_go_live_by_themselves(made: Enrolling) -> None:
    """O-28, E-04: the fourth payer goes on in the background."""
    skip(made, CALLS)
    more = [Wanted("zeta", "Zeta", Transaction.ERA)]
    made.db.transaction(
        lambda s: enrollment_begin.begin_enrollments(s, made.practice, more, by="coach-1", key="m", as_of=made.now)
    )
    for payer in ("medicare", "evergreen"):
        made.do(payer, *SENT, Approve())
    assert journey(made).went_live_on is None
    made.do("harbor", *SENT, Approve())
    now = journey(made)
    assert now.went_live_on is not None
    assert now.steps["enrollments"].state is StepState.DONE
    assert told(made, MessageKind.GO_LIVE) == 1
    assert told(made, MessageKind.ENROLLMENT_FINISHED) == 3


def test_go_live_waits_for_proofs_where_the_installation_wants_them(made: Enrolling) -> None:
    """E-14."""
    with use_settings(settings().model_copy(update={"enrollment_finalised": Finalised.PROVEN.value})):
        made.do("medicare", *SENT, Approve())
        assert outcome(made) is EnrollmentOutcome.IN_PROGRESS
        seen = Seen(made.number("medicare"), Prove(Proof.CLAIM_ACCEPTED_BY_PAYER, made.now.date(), "p"), "p")
        made.db.transaction(lambda s: enrollment_changes.apply(s, [seen], as_of=made.now))
        assert made.look("medicare").state is State.LIVE
        assert outcome(made) is EnrollmentOutcome.FINALISED


def test_a_paused_journey_hears_of_enrollments_and_says_nothing_until_it_goes_on(made: Enrolling) -> None:
    """O-45."""
    record(made.db, made.journey, Pause(Reason.PRACTICE_ASKED), as_of=made.now)
    made.do("medicare", *SENT, Approve())
    assert outcome(made) is EnrollmentOutcome.FINALISED
    query = select(Message.state).where(Message.kind == MessageKind.ENROLLMENT_FINISHED)
    [state] = made.db.read(lambda s: s.scalars(query).all())
    assert state.value == "held"
    made.now += timedelta(days=3)
    record(made.db, made.journey, Resume(), as_of=made.now)
    [state] = made.db.read(lambda s: s.scalars(query).all())
    assert state.value == "pending"


def test_every_waiting_enrollment_keeps_exactly_one_timer(made: Enrolling) -> None:
    made.do("medicare", *SENT, Approve())
    made.do("evergreen", *SENT, Reject(reason=RejectReason.OTHER))
    query = (
        select(Timer.process_id, func.count())
        .where(Timer.process == "enrollment", Timer.state == TimerState.OPEN)
        .group_by(Timer.process_id)
    )
    assert [count for _, count in made.db.read(lambda s: s.execute(query).all())] == [1, 1, 1]
