"""From approval to proof and renewal: warnings, overdue proofs, heartbeats and recertification (E-23..E-25)."""

from datetime import UTC, date, datetime

import pytest

from models.rules.enrollment import Happening, Proof, State
from models.rules.enrollment_events import (
    Approve,
    Prove,
    Recertify,
    SeeClaim,
)
from models.rules.enrollment_facts import NoticeKind
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Role
from tests.rules.enrollments import (
    TODAY,
    Line,
    Stage,
    an_enrollment,
    days_from,
    noon,
)

NOV_2 = date(2026, 11, 2)
CHASES = (NoticeKind.CHASE_PAYER, NoticeKind.CHASE_CLEARINGHOUSE)


def test_an_approval_takes_effect_on_its_effective_day() -> None:
    """E-12, E-23."""
    stage = Stage(an_enrollment(State.PENDING_PAYER))
    stage.do(Approve(effective_on=date(2027, 1, 1)))
    stage.until(datetime(2027, 1, 1, 13, 59, tzinfo=UTC))
    assert stage.state() is State.APPROVED
    stage.until(datetime(2027, 1, 1, 14, tzinfo=UTC))
    assert stage.state() is State.PROVING
    assert stage.moves[-1] == (State.APPROVED, State.PROVING)


@pytest.mark.parametrize("transaction", [Transaction.CLAIMS, Transaction.ERA, Transaction.EFT])
def test_no_first_remittance_warns_at_30_days_and_degrades_at_45_when_claims_went_out(transaction: Transaction) -> None:
    """E-23."""
    stage = Stage(an_enrollment(State.PROVING, transaction=transaction))
    stage.do(SeeClaim(days_from(TODAY, 2)))
    stage.until(noon(days_from(TODAY, 44)))
    assert stage.lines() == [
        Line(days_from(TODAY, 30), NoticeKind.PROOF_MISSING, Role.ENROLLMENTS_REPRESENTATIVE),
    ]
    assert (stage.state(), set(stage.work)) == (State.PROVING, {"chase"})
    stage.until(noon(days_from(TODAY, 45)))
    assert (stage.state(), stage.enrollment.reason) == (State.DEGRADED, Happening.PROOF_OVERDUE)
    assert set(stage.work) == {"repair"}


def test_without_claims_there_is_one_warning_and_nothing_to_prove() -> None:
    """E-23: a practice that goes live later is not told every week that nothing came."""
    stage = Stage(an_enrollment(State.PROVING))
    stage.wait(150)
    assert (stage.state(), len(stage.lines()), len(stage.timers)) == (State.PROVING, 1, 1)


def test_the_first_claim_after_months_has_the_time_that_a_payment_takes() -> None:
    """E-23, O-32: who goes live long after the approval is not in trouble on the next day."""
    stage = Stage(an_enrollment(State.PROVING))
    stage.wait(100)
    stage.do(SeeClaim(days_from(TODAY, 100)))
    stage.wait(13)
    assert stage.state() is State.PROVING
    stage.wait(9)
    assert stage.state() is State.DEGRADED


def test_a_claim_on_the_last_of_the_days_makes_the_missing_proof_overdue() -> None:
    """E-23: at 45 days one submitted claim is enough."""
    stage = Stage(an_enrollment(State.PROVING))
    stage.wait(43)
    stage.do(SeeClaim(days_from(TODAY, 43)))
    stage.until(noon(days_from(TODAY, 47)))
    assert stage.state() is State.DEGRADED


@pytest.mark.parametrize(("gap", "days"), [(0, 21), (7, 21), (8, 24), (14, 42)])
def test_a_heartbeat_is_lost_after_three_usual_gaps_but_not_before_three_weeks(gap: int, days: int) -> None:
    """E-24."""
    stage = Stage(an_enrollment(State.LIVE, last_proof_on=TODAY, median_gap_days=gap))
    for day in range(1, days + 1):
        assert stage.state() is State.LIVE
        stage.do(SeeClaim(days_from(TODAY, day)))
        stage.until(noon(days_from(TODAY, day)))
    assert (stage.state(), stage.enrollment.reason) == (State.DEGRADED, Happening.HEARTBEAT_LOST)


@pytest.mark.parametrize("last_claim", [None, -3, 0])
def test_without_claims_since_the_last_remittance_there_is_no_heartbeat_to_lose(last_claim: int | None) -> None:
    """E-24: nobody is told anything, and it is looked at again."""
    claimed = None if last_claim is None else days_from(TODAY, last_claim)
    stage = Stage(an_enrollment(State.LIVE, last_proof_on=TODAY, first_claim_on=claimed, last_claim_on=claimed))
    stage.wait(365)
    assert (stage.state(), stage.lines(), len(stage.timers)) == (State.LIVE, [], 1)
    assert stage.history == []


def test_claims_after_a_quiet_time_have_the_time_that_a_payment_takes() -> None:
    """E-24, O-32: who comes back from a month of holidays has not lost a remittance yet."""
    stage = Stage(an_enrollment(State.LIVE, last_proof_on=TODAY))
    stage.until(noon(days_from(TODAY, 41)))
    stage.do(SeeClaim(days_from(TODAY, 41)))
    stage.until(noon(days_from(TODAY, 54)))
    assert stage.state() is State.LIVE
    stage.until(noon(days_from(TODAY, 63)))
    assert stage.state() is State.DEGRADED


def test_remittances_keep_the_heart_beating() -> None:
    """E-24."""
    stage = Stage(an_enrollment(State.LIVE, last_proof_on=TODAY))
    for week in range(1, 30):
        stage.do(SeeClaim(days_from(TODAY, 7 * week - 3)))
        stage.until(noon(days_from(TODAY, 7 * week)))
        stage.do(Prove(Proof.REMITTANCE, days_from(TODAY, 7 * week), f"{week}", 7))
    assert stage.moves == []


@pytest.mark.parametrize("transaction", [Transaction.CLAIMS, Transaction.EFT, Transaction.PORTAL])
def test_what_is_live_and_has_neither_remittances_nor_an_end_is_not_watched(transaction: Transaction) -> None:
    """E-24, E-25."""
    assert Stage(an_enrollment(State.LIVE, transaction=transaction)).timers == {}
    expiring = an_enrollment(State.LIVE, transaction=transaction, expires_on=date(2027, 11, 23))
    assert Stage(expiring).timers["watch"].due_at.date() == date(2027, 9, 24)


def test_a_renewal_is_reminded_of_60_45_and_15_days_before_the_end() -> None:
    """E-25."""
    ends = date(2027, 6, 30)
    stage = Stage(an_enrollment(State.LIVE, transaction=Transaction.CLAIMS, expires_on=ends))
    stage.until(noon(days_from(ends, -1)))
    for reader in (Role.PRIMARY_CONTACT, Role.ENROLLMENTS_REPRESENTATIVE):
        reminded = [line.day for line in stage.lines(NoticeKind.RECERTIFY, to=reader)]
        assert [(ends - day).days for day in reminded] == [60, 45, 15]
    assert (stage.state(), set(stage.work)) == (State.RECERTIFYING, {"recertify"})
    stage.until(noon(ends))
    assert stage.state() is State.RECERTIFYING
    stage.until(noon(days_from(ends, 1)))
    assert (stage.state(), stage.timers, stage.work) == (State.ENDED, {}, {})


def test_a_renewal_ends_the_reminders_until_the_next_one() -> None:
    """E-25."""
    stage = Stage(an_enrollment(State.LIVE, transaction=Transaction.CLAIMS, expires_on=date(2027, 6, 30)))
    stage.until(noon(date(2027, 5, 5)))
    stage.do(Recertify(date(2028, 6, 30)))
    assert stage.state() is State.LIVE
    before = len(stage.notices)
    stage.until(noon(date(2028, 4, 30)))
    assert len(stage.notices) == before
    stage.until(noon(date(2028, 5, 1)))
    assert stage.state() is State.RECERTIFYING


def test_a_renewal_of_which_no_end_is_known_is_never_taken_for_lapsed() -> None:
    """E-25."""
    stage = Stage(an_enrollment(State.RECERTIFYING, expires_on=None, rung=0))
    stage.wait(200)
    assert (stage.state(), len(stage.timers)) == (State.RECERTIFYING, 1)
    assert stage.lines(NoticeKind.RECERTIFY)


def test_an_approval_for_a_short_time_is_to_be_renewed_as_soon_as_it_is_live() -> None:
    """E-25: days that are over are not made up for."""
    stage = Stage(an_enrollment(State.PENDING_PAYER, transaction=Transaction.CLAIMS))
    stage.do(Approve(expires_on=days_from(TODAY, 40)), Prove(Proof.CLAIM_ACCEPTED_BY_PAYER, TODAY, "k"))
    stage.catch_up()
    assert (stage.state(), stage.enrollment.rung) == (State.RECERTIFYING, 2)
    stage.wait(30)
    assert [(line.day - TODAY).days for line in stage.lines(to=Role.PRIMARY_CONTACT)] == [0, 25]
