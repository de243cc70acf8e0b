"""What the journey has to be told of enrollments and payments: what is true now, less what it knows already."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from models.rules.enrollment import Finalised, State, outcome
from models.rules.enrollment_facts import Enrollment
from models.rules.onboarding_events import (
    AddPayers,
    ConfirmFirstClaims,
    Event,
    RecordEnrollment,
    RecordFirstEra,
    RecordPaymentIssue,
)
from models.rules.onboarding_evidence import top_payers
from models.rules.onboarding_facts import (
    SETTLED,
    EnrollmentKey,
    EnrollmentOutcome,
    ItemFacts,
    Journey,
    JourneyStatus,
    PayerFacts,
    PaymentIssue,
    StepFacts,
    StepState,
    Transaction,
)
from models.rules.onboarding_milestones import FIRST_ERA, RECEIVED, SUBMITTED

_NO_APPROVAL = frozenset({State.NOT_REQUIRED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Paid:
    """What files and practice systems show of a practice's claims and payments since its go-live (E-35)."""

    charges_received: bool = False
    claims_submitted: bool = False
    first_era_on: date | None = None
    issues: frozenset[tuple[str, PaymentIssue]] = frozenset()


def news_for(
    journey: Journey, enrollments: Iterable[Enrollment], paid: Paid, *, policy: Finalised
) -> tuple[Event, ...]:
    """List the events that bring a journey up to date; the same facts again give nothing.

    It is asked after every change and every night, so that what comes too early for the journey is told later.
    """
    if journey.status not in (JourneyStatus.ACTIVE, JourneyStatus.PAUSED):
        return ()
    known = list(enrollments)
    events = [*_new_payers(journey, known), *_outcomes(journey, known, policy)]
    if journey.status is JourneyStatus.ACTIVE:
        events += [*_first_claims(journey, paid), *_first_era(journey, paid), *_issues(journey, paid)]
    return tuple(events)


def ranks(payers: Iterable[PayerFacts]) -> dict[str, int]:
    """Give the place of each of the top three payers (E-04)."""
    return {payer.key: place for place, payer in enumerate(top_payers(payers), start=1)}


def _new_payers(journey: Journey, enrollments: Collection[Enrollment]) -> Iterable[Event]:
    """Plan what is enrolled and was not on the journey's list, so that it counts there too."""
    planned = {payer.key: set(payer.transactions) for payer in journey.payers}
    enrolled: dict[str, set[Transaction]] = {}
    for one in enrollments:
        enrolled.setdefault(one.payer, set()).add(one.transaction)
    more = {payer: kinds - planned.get(payer, set()) for payer, kinds in enrolled.items()}
    added = {payer: tuple(sorted(kinds)) for payer, kinds in sorted(more.items()) if kinds}
    if added:
        yield AddPayers(added)


def outcomes_of(
    enrollments: Iterable[Enrollment], policy: Finalised
) -> Mapping[EnrollmentKey, tuple[EnrollmentOutcome, bool]]:
    """Sum up the enrollments of all billing identities by payer and transaction, and say whether a payer approved."""
    grouped: dict[EnrollmentKey, list[Enrollment]] = {}
    for one in enrollments:
        grouped.setdefault((one.payer, one.transaction), []).append(one)
    return {key: _sum_up(several, policy) for key, several in grouped.items()}


def _sum_up(several: Collection[Enrollment], policy: Finalised) -> tuple[EnrollmentOutcome, bool]:
    outcomes = {outcome(one.state, policy) for one in several}
    is_approved = any(one.state not in _NO_APPROVAL for one in several)
    for worst in (EnrollmentOutcome.IN_TROUBLE, EnrollmentOutcome.IN_PROGRESS):
        if worst in outcomes:
            return worst, is_approved
    return EnrollmentOutcome.FINALISED, is_approved


def _outcomes(journey: Journey, enrollments: Collection[Enrollment], policy: Finalised) -> Iterable[Event]:
    if journey.steps.get("enrollments", StepFacts()).state is StepState.CLOSED:
        return
    summed = outcomes_of(enrollments, policy)
    first = ranks(journey.payers)
    for key in sorted(summed, key=lambda one: (first.get(one[0], len(first) + 1), one)):
        what, is_approved = summed[key]
        if journey.enrollments.get(key) is not what:
            yield RecordEnrollment(*key, what, is_approved=is_approved)


def _is_open(journey: Journey, item: str) -> bool:
    return journey.items.get(item, ItemFacts()).state not in SETTLED and item in journey.items


def _first_claims(journey: Journey, paid: Paid) -> Iterable[Event]:
    """Confirm what evidence shows of the first charges: it is as good as a person's look at them (O-29)."""
    received = _is_open(journey, RECEIVED) and (paid.charges_received or paid.claims_submitted)
    submitted = _is_open(journey, SUBMITTED) and paid.claims_submitted
    if received or submitted:
        yield ConfirmFirstClaims(received, submitted)


def _first_era(journey: Journey, paid: Paid) -> Iterable[Event]:
    if paid.first_era_on is not None and _is_open(journey, FIRST_ERA):
        yield RecordFirstEra(paid.first_era_on)


def _issues(journey: Journey, paid: Paid) -> Iterable[Event]:
    if journey.went_live_on is None:
        return
    planned = {payer.key for payer in journey.payers}
    for payer, issue in sorted(paid.issues):
        if payer in planned and not journey.payment_issues.get(f"{payer}:{issue}"):
            yield RecordPaymentIssue(payer, issue)
