"""What a journey is told of its enrollments and first payments, once (E-01, E-04, E-14, E-35, O-28 to O-35)."""

from dataclasses import replace
from typing import Any

import pytest

from models.rules.enrollment import Finalised, State
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_journey import Paid, news_for, outcomes_of, ranks
from models.rules.onboarding_events import (
    AddPayers,
    ConfirmFirstClaims,
    Event,
    RecordEnrollment,
    RecordFirstEra,
    RecordPaymentIssue,
)
from models.rules.onboarding_facts import (
    EnrollmentOutcome,
    ItemFacts,
    ItemState,
    JourneyStatus,
    PaymentIssue,
    StepFacts,
    StepState,
    Transaction,
)
from models.rules.onboarding_milestones import FIRST_ERA, RECEIVED, SUBMITTED
from tests.rules.enrollments import NOW, TODAY, an_enrollment
from tests.rules.examples import PAYERS, new_journey

NOTHING_PAID = Paid()
CHECK = PaymentIssue.CHECK_AFTER_EFT
OPEN = ItemFacts(opened_at=NOW)


def enrolled(payer: str, transaction: Transaction, state: State = State.LIVE) -> Enrollment:
    return an_enrollment(state, payer=payer, transaction=transaction)


def news(
    *enrollments: Enrollment, paid: Paid = NOTHING_PAID, policy: Finalised = Finalised.APPROVED, **facts: Any
) -> tuple[Event, ...]:
    known = {"steps": {"enrollments": StepFacts(StepState.OPEN)}} | facts
    return news_for(new_journey(**known), enrollments, paid, policy=policy)


@pytest.mark.parametrize("status", JourneyStatus)
def test_only_a_journey_that_goes_on_is_told_e_35(status: JourneyStatus) -> None:
    told = news(enrolled("aetna", Transaction.CLAIMS), status=status)
    assert bool(told) is (status in (JourneyStatus.ACTIVE, JourneyStatus.PAUSED))


def test_what_is_enrolled_and_was_not_planned_is_added_e_01() -> None:
    known = {("zenith", kind): EnrollmentOutcome.FINALISED for kind in (Transaction.ERA, Transaction.CLAIMS)}
    known |= {("aetna", kind): EnrollmentOutcome.FINALISED for kind in (Transaction.EFT, Transaction.CLAIMS)}
    rows = [enrolled(payer, kind) for payer, kind in known]
    (added,) = news(*rows, enrollments=known)
    assert isinstance(added, AddPayers)
    assert added == AddPayers({"aetna": (Transaction.EFT,), "zenith": (Transaction.CLAIMS, Transaction.ERA)})
    assert list(added.transactions) == ["aetna", "zenith"]


def test_the_top_three_by_volume_have_their_places_e_04() -> None:
    assert ranks(reversed(PAYERS)) == {"medicare": 1, "blue-cross": 2, "aetna": 3}


def test_outcomes_of_the_top_three_come_first_e_04() -> None:
    rows = [enrolled(payer, Transaction.CLAIMS) for payer in ("cigna", "aetna", "blue-cross", "medicare")]
    told = [one.payer for one in news(*rows) if isinstance(one, RecordEnrollment)]
    assert told == ["medicare", "blue-cross", "aetna", "cigna"]


def test_the_same_outcome_is_told_once_e_14() -> None:
    rows = [enrolled("medicare", Transaction.CLAIMS), enrolled("medicare", Transaction.ERA, State.DEGRADED)]
    finalised = RecordEnrollment("medicare", Transaction.CLAIMS, EnrollmentOutcome.FINALISED)
    trouble = RecordEnrollment("medicare", Transaction.ERA, EnrollmentOutcome.IN_TROUBLE)
    assert news(*rows) == (finalised, trouble)
    assert news(*rows, enrollments={("medicare", Transaction.CLAIMS): EnrollmentOutcome.FINALISED}) == (trouble,)


def test_a_closed_step_is_told_no_outcome() -> None:
    row = enrolled("medicare", Transaction.CLAIMS)
    assert news(row, steps={"enrollments": StepFacts(StepState.CLOSED)}) == ()
    assert news(row, steps={"enrollments": StepFacts(StepState.DONE)}) != ()


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((State.LIVE, State.DEGRADED, State.PENDING_PAYER), (EnrollmentOutcome.IN_TROUBLE, True)),
        ((State.LIVE, State.PENDING_PAYER), (EnrollmentOutcome.IN_PROGRESS, True)),
        ((State.LIVE, State.NOT_REQUIRED), (EnrollmentOutcome.FINALISED, True)),
        ((State.NOT_REQUIRED, State.WITHDRAWN), (EnrollmentOutcome.FINALISED, False)),
    ],
)
def test_the_worst_of_several_billing_identities_counts_e_14(
    states: tuple[State, ...], expected: tuple[EnrollmentOutcome, bool]
) -> None:
    rows = [enrolled("medicare", Transaction.CLAIMS, state) for state in states]
    key = ("medicare", Transaction.CLAIMS)
    assert outcomes_of(rows, Finalised.APPROVED) == {key: expected}


def test_what_counts_as_finalised_is_a_policy_e_14() -> None:
    rows = [enrolled("medicare", Transaction.CLAIMS, State.APPROVED)]
    (approved,) = news(*rows)
    (proven,) = news(*rows, policy=Finalised.PROVEN)
    assert approved == RecordEnrollment("medicare", Transaction.CLAIMS, EnrollmentOutcome.FINALISED)
    assert proven == RecordEnrollment("medicare", Transaction.CLAIMS, EnrollmentOutcome.IN_PROGRESS)


def with_items(**changes: Any) -> dict[str, Any]:
    return {"items": dict.fromkeys((RECEIVED, SUBMITTED, FIRST_ERA), OPEN) | changes}


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        (Paid(), ()),
        (Paid(charges_received=True), (ConfirmFirstClaims(True, False),)),
        (Paid(claims_submitted=True), (ConfirmFirstClaims(True, True),)),
        (Paid(first_era_on=TODAY), (RecordFirstEra(TODAY),)),
    ],
)
def test_first_charges_claims_and_remittance_are_confirmed_o_29_o_35(paid: Paid, expected: tuple[Event, ...]) -> None:
    assert news(paid=paid, **with_items()) == expected
    assert news(paid=paid, status=JourneyStatus.PAUSED, **with_items()) == ()
    assert news(paid=paid) == (), "nothing of it is asked for yet"


def test_what_is_settled_is_not_confirmed_again_o_29() -> None:
    done = replace(OPEN, state=ItemState.DONE)
    told = news(paid=Paid(claims_submitted=True, first_era_on=TODAY), **with_items(**{RECEIVED: done, FIRST_ERA: done}))
    assert told == (ConfirmFirstClaims(False, True),)
    settled = with_items(**dict.fromkeys((RECEIVED, SUBMITTED), done))
    assert news(paid=Paid(charges_received=True, claims_submitted=True), **settled) == ()


def test_issues_of_planned_payers_are_told_after_go_live_in_order_o_34() -> None:
    other = next(one for one in PaymentIssue if one is not CHECK)
    issues = frozenset({("medicare", CHECK), ("aetna", CHECK), ("aetna", other), ("stranger", CHECK)})
    assert news(paid=Paid(issues=issues)) == ()
    told = news(paid=Paid(issues=issues), went_live_on=TODAY)
    expected = sorted(issues - {("stranger", CHECK)})
    assert told == tuple(RecordPaymentIssue(payer, issue) for payer, issue in expected)
    known = {f"aetna:{CHECK}": True, f"aetna:{other}": False}
    told = news(paid=Paid(issues=issues), went_live_on=TODAY, payment_issues=known)
    assert RecordPaymentIssue("aetna", CHECK) not in told
    assert RecordPaymentIssue("aetna", other) in told
