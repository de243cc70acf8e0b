"""What go-live still waits for: each enrollment of the top three payers as the dice of its remaining days (E-40)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, NamedTuple

from models.inputs.turnarounds import first_era_after_approval
from models.reports.enrollment_forecast import (
    Course,
    Curve,
    Days,
    curve_of,
    die,
    die_after_answer,
    die_from_zero,
)
from models.reports.forecast_views import What, WhatIf
from models.rules.calendars import local_day
from models.rules.enrollment import IN_TROUBLE, PROVEN, USABLE, Finalised, State
from models.rules.onboarding_evidence import top_enrollments
from models.rules.onboarding_facts import (
    EnrollmentKey,
    EnrollmentOutcome,
    Journey,
    JourneyStatus,
    StepFacts,
    StepState,
    Transaction,
)
from models.rules.turnarounds import turnaround_of

GO_LIVE: Final = "first_claim"
ENROLLMENTS: Final = "enrollments"
CHECK: Final = turnaround_of(5, low=1, high=20)
"""Calendar days until an enrollment in our hands is submitted: checked, given what is missing, sent."""
GIVE: Final = turnaround_of(6, low=2, high=25)
"""Calendar days until one that waits for the practice is submitted."""
SEND: Final = turnaround_of(2, low=1, high=7)
"""Calendar days until one that is ready is submitted."""
ANSWER: Final = turnaround_of(5, low=1, high=14)
"""Calendar days until a practice answers what a payer asked (E-21)."""

_TO_BE_SENT: Final = IN_TROUBLE | {State.DRAFT, State.READY}

Courses = Callable[[str, Transaction], Course]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one enrollment stands; days are local."""

    payer: str
    transaction: Transaction
    identity: int
    state: State
    since: date
    submitted_on: date | None = None
    approved_on: date | None = None
    effective_on: date | None = None
    cutover_on: date | None = None

    @property
    def key(self) -> EnrollmentKey:
        """What the journey calls it."""
        return self.payer, self.transaction


class Dice(NamedTuple):
    """Days until it is submitted, until the payer decides, and what a rejection adds; none where there is no such."""

    before: Days | None = None
    decision: Days | None = None
    again: Days | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One enrollment that is still to be finalised; `state` is none where it is only planned.

    It is not submitted before the day `not_before`; `waits`: nothing is done before the journey's enrollments begin.
    `more`: days that are supposed to be lost.
    """

    payer: str
    transaction: Transaction
    identity: int
    state: State | None
    dice: Dice
    not_before: date | None = None
    waits: bool = False
    more: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One journey on one local day, with the enrollments that are still to be finalised."""

    journey: Journey
    today: date
    target_on: date | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What plans have in common: how payers take their time, when an enrollment is finalised, what is supposed."""

    courses: Courses
    policy: Finalised = Finalised.APPROVED
    supposed: WhatIf | None = None


def plan(
    journey: Journey, standings: Sequence[Standing], around: Around, *, target_on: date | None = None, as_of: datetime
) -> Plan | None:
    """Say what go-live still waits for; none once the practice is live or the journey has ended."""
    is_closed = journey.status in (JourneyStatus.CANCELLED, JourneyStatus.GRADUATED)
    go_live = journey.steps.get(GO_LIVE, StepFacts()).state
    if is_closed or journey.went_live_on is not None or go_live is not StepState.CLOSED:
        return None
    today = local_day(as_of, journey.zone)
    parts = tuple(_parts(_supposed(journey, around.supposed), standings, around, today))
    return Plan(journey, today, target_on, parts)


def _supposed(journey: Journey, supposed: WhatIf | None) -> Journey:
    if supposed is None or supposed.what is not What.PAYER_DROPPED:
        return journey
    return replace(journey, payers=tuple(payer for payer in journey.payers if payer.key != supposed.payer))


def _parts(journey: Journey, standings: Sequence[Standing], around: Around, today: date) -> Iterator[Part]:
    known: dict[EnrollmentKey, list[Standing]] = {}
    for one in standings:
        known.setdefault(one.key, []).append(one)
    for key in top_enrollments(journey):
        if journey.enrollments.get(key) is EnrollmentOutcome.FINALISED:
            continue
        if key not in known:
            yield _planned(journey, key, around, today)
        for one in known.get(key, ()):
            if not _is_over(one, around.policy):
                yield _begun(one, around, today)


def _is_over(one: Standing, policy: Finalised) -> bool:
    return one.state is State.WITHDRAWN or one.state in (PROVEN if policy is Finalised.PROVEN else USABLE)


def _planned(journey: Journey, key: EnrollmentKey, around: Around, today: date) -> Part:
    """Take an enrollment of which nothing is known for submitted when the journey's enrollments began."""
    course = around.courses(*key)
    opened_at = journey.steps.get(ENROLLMENTS, StepFacts()).opened_at
    age = (today - local_day(opened_at, journey.zone)).days if opened_at else 0
    part = Part(*key, 0, None, _with_payer(course, age), waits=True)
    return _as_supposed(part, course, around.supposed)


def _begun(one: Standing, around: Around, today: date) -> Part:
    course = around.courses(*one.key)
    dice = _dice(one, course, today)
    is_here = one.state in _TO_BE_SENT or (one.state is State.NEEDS_PRACTICE and one.submitted_on is None)
    not_before = one.cutover_on if one.transaction is Transaction.ERA and is_here else None
    part = Part(*one.key, one.identity, one.state, dice, not_before, waits=is_here)
    return _as_supposed(part, course, around.supposed)


def _as_supposed(part: Part, course: Course, supposed: WhatIf | None) -> Part:
    if supposed is None or supposed.payer != part.payer:
        return part
    if supposed.what is What.RETURNED_FORM:
        return _returned(part, course)
    return replace(part, more=supposed.days) if supposed.what is What.PAYER_DELAYED else part


def _returned(part: Part, course: Course) -> Part:
    """Suppose that the answer that is waited for is a returned form: it is corrected, and the payer begins anew."""
    if part.state in (State.APPROVED, State.PROVING):
        return part
    return replace(part, dice=part.dice._replace(again=die(course.decision, 0)), more=GIVE.typical)


def _dice(one: Standing, course: Course, today: date) -> Dice:
    in_state = max((today - one.since).days, 0)
    submitted = None if one.submitted_on is None else max((today - one.submitted_on).days, 0)
    match one.state:
        case State.APPROVED | State.PROVING:
            proven_from = max((day for day in (one.approved_on, one.effective_on) if day), default=today)
            return Dice(decision=die(PROOF_CURVE, max((today - proven_from).days, 0)))
        case State.NEEDS_PRACTICE if submitted is not None:
            waiting = die_after_answer(course.decision, submitted, ANSWER_CURVE, in_state)
            return Dice(decision=waiting, again=_again(course))
        case State.NEEDS_PRACTICE:
            return _again_from(GIVE_CURVE, in_state, course)
        case State.READY:
            since_open = (today - max(one.since, one.cutover_on or one.since)).days
            return _again_from(SEND_CURVE, max(since_open, 0), course)
        case State.SUBMITTED | State.PENDING_PAYER | State.TESTING:
            return _with_payer(course, submitted if submitted is not None else in_state)
        case _:
            return _again_from(CHECK_CURVE, in_state, course)


def _with_payer(course: Course, age: int) -> Dice:
    return Dice(decision=die(course.decision, age), again=_again(course))


def _again_from(before: Curve, age: int, course: Course) -> Dice:
    return Dice(die(before, age), die(course.decision, 0), _again(course))


def _again(course: Course) -> Days | None:
    return None if course.again is None else die_from_zero(course.again)


CHECK_CURVE, GIVE_CURVE, SEND_CURVE, ANSWER_CURVE, PROOF_CURVE = (
    curve_of(each) for each in (CHECK, GIVE, SEND, ANSWER, first_era_after_approval())
)
