"""What is decided about enrollments, word by word, as it was read and approved (tests/golden.py)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from models.rules.decisions import SetTimer
from models.rules.enrollment import PROOFS, Contradiction, Need, RejectReason, State
from models.rules.enrollment_decision import decide
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
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_moves import watch
from models.rules.onboarding_facts import Reason, Transaction
from tests.golden import compare
from tests.rules.enrollments import NOW, TODAY, USUAL, Stage, an_enrollment, dates, days_from
from tests.rules.told import case, decision_as_text, words

APPROVED = Path(__file__).parent / "approved"
WHY = Reason.PRACTICE_ASKED
TOMORROW, YESTERDAY = days_from(TODAY, 1), days_from(TODAY, -1)
EVENTS: tuple[Event, ...] = (
    Create(),
    Create(is_required=False),
    ChangeRoute("waystar", "60054", TOMORROW),
    Rank(2),
    Prepare(),
    Prepare((Need.W9,)),
    CompleteTasks(),
    Submit(USUAL),
    Acknowledge(),
    Bounce(reason=RejectReason.OTHER),
    RequestDevelopment(),
    Approve(),
    Reject(reason=RejectReason.OTHER),
    NeedTest(),
    RecordTest(is_passed=True),
    RecordTest(is_passed=False),
    Prove(PROOFS[Transaction.ERA], TOMORROW, "file-9", 7),
    Contradict(next(iter(Contradiction)), TOMORROW, "file-8"),
    SeeClaim(TOMORROW),
    FollowUp(),
    Displace(),
    Recertify(days_from(TODAY, 400)),
    Lapse(),
    Resubmit(WHY),
    Withdraw(WHY),
    Reopen(WHY),
    Waive(WHY),
    HearUnknownWord("file-7"),
)


def in_every_state() -> Iterator[tuple[Enrollment, Event]]:
    """Let everything happen to enrollments in every state."""
    for state in State:
        for event in EVENTS:
            yield an_enrollment(state), event


def with_more_to_say() -> Iterator[tuple[Enrollment, Event]]:
    """Let things happen to enrollments about which more is known."""
    later = days_from(TODAY, 30)
    ready = an_enrollment(State.READY)
    yield an_enrollment(transaction=Transaction.EFT, lacking=frozenset(Need)), Prepare((Need.TAX_ID_LETTER,))
    yield an_enrollment(cutover_on=later), Prepare()
    yield an_enrollment(cutover_on=YESTERDAY), Prepare()
    yield an_enrollment(cutover_on=later, transaction=Transaction.CLAIMS), Prepare()
    for needs in ((Need.W9,), (Need.BANK_LETTER,), (Need.TAX_ID_LETTER,), (Need.W9, Need.TAX_ID_LETTER), ()):
        asked = {Need.W9: False, Need.BANK_LETTER: True, Need.TAX_ID_LETTER: False}
        yield an_enrollment(State.NEEDS_PRACTICE, needs=asked, rung=2), CompleteTasks(needs)
        yield an_enrollment(State.NEEDS_PRACTICE, needs=asked), Withdraw(WHY)
    yield an_enrollment(State.NEEDS_PRACTICE, needs={}, cutover_on=later), CompleteTasks((Need.W9,))
    yield an_enrollment(State.NEEDS_PRACTICE, cutover_on=later), CompleteTasks()
    yield an_enrollment(State.NEEDS_PRACTICE, submitted_on=TODAY, dates=dates(TODAY)), CompleteTasks()
    for day in (TOMORROW, TODAY, YESTERDAY):
        yield ready, Submit(USUAL, day)
        yield an_enrollment(State.READY, cutover_on=TODAY), Submit(USUAL, day)
        yield an_enrollment(State.READY, cutover_on=TODAY, transaction=Transaction.EFT), Submit(USUAL, day)
        yield an_enrollment(State.PENDING_PAYER), Approve(on=day)
        yield an_enrollment(State.PENDING_PAYER), Approve(effective_on=later, expires_on=days_from(day, 30))
        yield an_enrollment(State.RECERTIFYING), Recertify(day)
        yield an_enrollment(State.RECERTIFYING), Recertify(days_from(day, 60))
    yield an_enrollment(State.RECERTIFYING, expires_on=None), Recertify()
    yield from of_attempts()


def of_attempts() -> Iterator[tuple[Enrollment, Event]]:
    """Let answers, new ways and follow-ups come in the course of several attempts."""
    later = days_from(TODAY, 30)
    for attempt, generation in ((1, 1), (2, 0), (0, 2)):
        yield (
            an_enrollment(State.PENDING_PAYER),
            Reject(reason=RejectReason.OTHER, attempt=attempt, generation=generation),
        )
    yield an_enrollment(State.SUBMITTED), Bounce(reason=RejectReason.OTHER, needs=())
    yield an_enrollment(State.SUBMITTED), Bounce(reason=RejectReason.OTHER, needs=(Need.W9, Need.TAX_ID_LETTER))
    route = {"clearinghouse": "waystar", "payer_id": "60054", "cutover_on": TOMORROW}
    yield an_enrollment(State.DRAFT, **route), ChangeRoute("waystar", "60054", TOMORROW)
    yield an_enrollment(State.READY, **route), ChangeRoute("waystar", "60054")
    yield an_enrollment(State.READY, rung=3), ChangeRoute("waystar", "60054", later)
    yield an_enrollment(State.DEGRADED, rung=2), FollowUp()
    for rung in range(6):
        yield an_enrollment(State.PENDING_PAYER, rung=rung), FollowUp()
    for attempt in (4, 5, 6):
        yield an_enrollment(State.REJECTED, attempt=attempt), Resubmit(WHY)
        yield an_enrollment(State.DEGRADED, attempt=attempt), Resubmit(WHY)
    yield an_enrollment(State.LIVE, transaction=Transaction.CLAIMS), Displace()
    yield an_enrollment(rank=2), Rank(2)
    yield an_enrollment(State.PENDING_PAYER, rank=2), Rank(0)


def with_more_to_see() -> Iterator[tuple[Enrollment, Event]]:
    """Let files and other systems show things at different times."""
    proof, wrong = PROOFS[Transaction.ERA], next(iter(Contradiction))
    for state in (State.PENDING_PAYER, State.PROVING, State.LIVE, State.DEGRADED, State.RECERTIFYING):
        for day in (YESTERDAY, TODAY, TOMORROW):
            seen = {"last_proof_on": TODAY, "contradicted_on": TODAY, "last_claim_on": TODAY, "first_claim_on": TODAY}
            known = an_enrollment(state, **seen, rung=2, approved_on=YESTERDAY, effective_on=TODAY)
            yield known, Prove(proof, day, "file-9")
            yield known, Contradict(wrong, day, "file-8")
            yield known, SeeClaim(day)
            yield an_enrollment(state), SeeClaim(day)
            yield an_enrollment(state, approved_on=YESTERDAY), Contradict(wrong, day, "file-8")
    for transaction in Transaction:
        yield an_enrollment(State.LIVE, transaction=transaction), Prove(PROOFS[transaction], TOMORROW, "file-9")


def told(cases: Iterable[tuple[Enrollment, Event]]) -> str:
    return "".join(
        case(known, event, decide(known, event, as_of=NOW), usual=an_enrollment(known.state)).replace(
            "as usual +", f"{known.state.value} +"
        )
        for known, event in cases
    )


def test_everything_that_may_happen_leads_to_what_was_approved_e_10_e_13() -> None:
    compare(APPROVED / "enrollments.txt", told(in_every_state()))


def test_what_more_there_is_to_say_was_approved_e_04_e_11_e_16_e_21() -> None:
    compare(APPROVED / "enrollments_more.txt", told(with_more_to_say()))


def test_what_files_show_leads_to_what_was_approved_e_12_e_13_e_23_e_24() -> None:
    compare(APPROVED / "enrollments_seen.txt", told(with_more_to_see()))


def left_alone(enrollment: Enrollment, days: int = 40) -> Iterator[str]:
    """Let every timer fall due at its moment, and write what each one leads to."""
    stage = Stage(enrollment)
    yield f"{words(enrollment.state)} {'top' if enrollment.is_top else ''} {words(watch(enrollment))}\n"
    while stage.timers:
        due: SetTimer = min(stage.timers.values(), key=lambda one: one.due_at)
        if due.due_at > NOW + timedelta(days=days):
            return
        yield f"  {words(due)}\n{after_due(stage, due)}"


def after_due(stage: Stage, due: SetTimer) -> str:
    stage.now = due.due_at
    event = Due(due.kind, due.due_at, due.number)
    text = decision_as_text(decide(stage.enrollment, event, as_of=stage.now), stage.enrollment)
    stage.fire(due)
    return text


def test_what_is_left_alone_is_watched_as_was_approved_e_20_e_21_e_23_e_25_o_44() -> None:
    claims = {"first_claim_on": TODAY, "last_claim_on": TODAY}
    enrollments = [an_enrollment(state) for state in State]
    enrollments += [an_enrollment(state, rank=1) for state in (State.NEEDS_PRACTICE, State.PENDING_PAYER)]
    enrollments += [an_enrollment(state, **claims) for state in (State.APPROVED, State.PROVING, State.LIVE)]
    enrollments += [an_enrollment(state, is_quiet=True) for state in (State.NEEDS_PRACTICE, State.RECERTIFYING)]
    enrollments += [an_enrollment(State.NEEDS_PRACTICE, submitted_on=TODAY, dates=dates(TODAY))]
    enrollments += [an_enrollment(State.APPROVED, effective_on=days_from(TODAY, 9), expires_on=days_from(TODAY, 90))]
    compare(APPROVED / "enrollments_left_alone.txt", "".join(line for one in enrollments for line in left_alone(one)))


def after_an_outage(moment: datetime) -> Iterator[str]:
    """Let a timer that was due long ago fall due, once for all of its looks."""
    for state in State:
        known = an_enrollment(state)
        for due in (one for one in watch(known) if isinstance(one, SetTimer)):
            decision = decide(known, Due(due.kind, due.due_at, due.number), as_of=moment)
            yield f"{state.value}\n{decision_as_text(decision, known)}"


def test_an_outage_brings_one_line_and_no_burst_as_was_approved_e_20() -> None:
    compare(APPROVED / "enrollments_outage.txt", "".join(after_an_outage(NOW + timedelta(days=90, minutes=7))))
