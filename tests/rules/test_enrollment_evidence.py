"""What files and deposits show: proofs make live, contradictions degrade, in whatever order they come (E-12, E-13)."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.enrollment import PROOFS, Contradiction, Happening, Proof, State
from models.rules.enrollment_events import Approve, Contradict, Event, Prove, Resubmit, SeeClaim
from models.rules.enrollment_facts import NoticeKind
from models.rules.onboarding_facts import Reason, Transaction
from models.rules.roles import Role
from tests.rules.enrollments import (
    NOW,
    TODAY,
    Stage,
    an_enrollment,
    asked,
    days_from,
    decided,
    led,
    settled,
    timer,
    told,
)


def proof(days: int = 1, *, kind: Proof = Proof.REMITTANCE, gap: int = 0) -> Prove:
    """Give a proof so many days after the approval."""
    return Prove(kind, days_from(TODAY, days), f"proof-{days}", gap)


def doubt(days: int = 1, what: Contradiction = Contradiction.PAID_WITHOUT_ERA) -> Contradict:
    """Give a contradiction so many days after the approval."""
    return Contradict(what, days_from(TODAY, days), f"doubt-{days}")


@pytest.mark.parametrize("transaction", Transaction)
@pytest.mark.parametrize("state", [State.APPROVED, State.PROVING, State.DEGRADED])
def test_only_the_proof_of_its_own_kind_makes_an_enrollment_live(transaction: Transaction, state: State) -> None:
    """E-12."""
    enrollment = an_enrollment(state, transaction=transaction)
    for kind in Proof:
        if kind is PROOFS[transaction]:
            live = led(enrollment, proof(kind=kind, gap=7))
            assert (live.state, live.last_proof_on, live.median_gap_days) == (State.LIVE, days_from(TODAY, 1), 7)
        else:
            with pytest.raises(ValueError, match="does not prove"):
                decided(enrollment, proof(kind=kind))


def test_approved_is_not_live() -> None:
    """E-12."""
    stage = Stage(an_enrollment(State.PENDING_PAYER))
    stage.do(Approve())
    stage.wait(200)
    assert stage.state() is State.PROVING


def test_the_history_says_what_proved_it() -> None:
    """E-10, E-12."""
    (note,) = decided(an_enrollment(State.PROVING), proof(3)).notes
    assert note.kind == f"enrollment_{Happening.EVIDENCE}"
    assert dict(note.evidence) == {
        "from": "proving",
        "to": "live",
        "proof": "remittance",
        "on": "2026-11-26",
        "key": "proof-3",
    }


@pytest.mark.parametrize(
    ("transaction", "what"),
    [
        (Transaction.CLAIMS, Contradiction.SUBMITTER_NOT_APPROVED),
        (Transaction.EFT, Contradiction.CHECK_AFTER_EFT),
        (Transaction.ERA, Contradiction.PAID_WITHOUT_ERA),
    ],
)
@pytest.mark.parametrize("state", [State.PROVING, State.LIVE])
def test_a_contradiction_degrades_with_a_task(transaction: Transaction, what: Contradiction, state: State) -> None:
    """E-13."""
    decision = decided(an_enrollment(state, transaction=transaction), doubt(2, what))
    assert decision.fields["state"] is State.DEGRADED
    assert (decision.fields["reason"], decision.fields["contradicted_on"]) == (what, days_from(TODAY, 2))
    assert asked(decision)["repair"].role is Role.ENROLLMENTS_REPRESENTATIVE
    assert (NoticeKind.IN_TROUBLE, Role.SUCCESS_COACH) in told(decision)


def test_what_happened_before_the_enrollment_worked_contradicts_nothing() -> None:
    """E-13: a check or a rejection between approval and effective day is to be expected."""
    enrollment = an_enrollment(State.PROVING, effective_on=days_from(TODAY, 10))
    for days in (-5, 0, 9):
        assert decided(enrollment, doubt(days)) == ((), (), {}, {}, (), False)
    assert led(enrollment, doubt(10)).state is State.DEGRADED


def test_an_older_contradiction_than_the_newest_proof_is_late() -> None:
    """E-11, E-13."""
    live = led(an_enrollment(State.PROVING), proof(9))
    assert decided(live, doubt(8)).fields == {}
    assert led(live, doubt(9)).state is State.DEGRADED


def test_an_older_proof_than_the_contradiction_repairs_nothing() -> None:
    """E-11, E-12."""
    degraded = led(an_enrollment(State.LIVE, last_proof_on=TODAY), doubt(9))
    for days in (0, 5, 9):
        assert decided(degraded, proof(days)) == ((), (), {}, {}, (), False)
    assert led(degraded, proof(10)).state is State.LIVE


def test_a_newer_contradiction_of_what_is_degraded_counts() -> None:
    """E-11, E-13."""
    degraded = led(an_enrollment(State.PROVING), doubt(5), doubt(9), doubt(7))
    assert (degraded.state, degraded.contradicted_on) == (State.DEGRADED, days_from(TODAY, 9))
    assert led(degraded, proof(8)).state is State.DEGRADED


def test_what_was_known_when_the_heartbeat_was_lost_does_not_bring_it_back() -> None:
    """E-11, E-24: the same or an older remittance again is no sign of life."""
    stage = Stage(an_enrollment(State.LIVE, last_proof_on=TODAY))
    stage.do(SeeClaim(days_from(TODAY, 1)))
    stage.wait(30)
    assert stage.state() is State.DEGRADED
    for days in (0, -7):
        stage.do(proof(days))
        assert stage.state() is State.DEGRADED
    stage.do(proof(29))
    assert stage.state() is State.LIVE


@pytest.mark.parametrize(
    "state", [State.SUBMITTED, State.PENDING_PAYER, State.TESTING, State.REJECTED, State.NEEDS_PRACTICE]
)
def test_a_proof_before_the_approval_is_kept_and_somebody_asks_the_payer(state: State) -> None:
    """E-12."""
    early = decided(an_enrollment(state, submitted_on=TODAY), proof(2))
    assert early.fields == {"last_proof_on": days_from(TODAY, 2), "median_gap_days": 0}
    assert asked(early)["chase"].role is Role.ENROLLMENTS_REPRESENTATIVE
    assert [note.kind for note in early.notes] == ["enrollment_proof_before_approval"]
    again = decided(led(an_enrollment(state, submitted_on=TODAY), proof(2)), proof(2))
    assert again == ((), (), {}, {}, (), False)


def test_a_proof_before_the_approval_proves_once_the_payer_approved() -> None:
    """E-12."""
    stage = Stage(an_enrollment(State.PENDING_PAYER))
    stage.do(proof(2))
    stage.wait(5)
    stage.do(Approve())
    assert (stage.state(), "chase" in stage.work) == (State.APPROVED, False)
    stage.do(proof(2))
    assert stage.state() is State.LIVE


@pytest.mark.parametrize(
    "state",
    [State.NOT_REQUIRED, State.DRAFT, State.READY, State.DISPLACED, State.ENDED, State.WITHDRAWN],
)
def test_nobody_is_sent_after_a_proof_of_what_nobody_waits_for(state: State) -> None:
    """E-12, E-16: remittances go on for weeks over the way that was left."""
    assert decided(an_enrollment(state), proof(2)) == ((), (), {}, {}, (), False)


def test_proofs_of_what_is_live_start_the_heartbeat_anew_and_older_ones_change_nothing() -> None:
    """E-11, E-24."""
    live = led(an_enrollment(State.PROVING), proof(1))
    decision = decided(live, proof(8, gap=7))
    assert (decision.fields["last_proof_on"], decision.fields["rung"]) == (days_from(TODAY, 8), 0)
    assert timer(decision).due_at.date() == days_from(TODAY, 29)
    assert decision.notes == ()
    for days in (8, 3, -2):
        assert decided(led(live, proof(8)), proof(days)) == ((), (), {}, {}, (), False)


def test_proofs_during_a_renewal_are_remembered() -> None:
    """E-25."""
    assert led(an_enrollment(State.RECERTIFYING), proof(3)).last_proof_on == days_from(TODAY, 3)


def test_going_live_settles_what_was_asked_and_forgets_the_reason() -> None:
    """E-10, E-26."""
    degraded = led(an_enrollment(State.LIVE), doubt(2))
    decision = decided(degraded, proof(3))
    assert {"repair", "chase", "escalated"} <= set(settled(decision))
    assert (decision.fields["reason"], decision.clears_notices) == ("", True)


def test_an_old_proof_proves_nothing_of_the_next_attempt() -> None:
    """E-12."""
    again = led(an_enrollment(State.DEGRADED, last_proof_on=TODAY), Resubmit(next(iter(Reason))))
    assert (again.last_proof_on, decided(again, proof(2)).fields) == (None, {})


def test_claims_count_from_the_approval_on_in_any_order() -> None:
    """E-11, E-23."""
    enrollment = an_enrollment(State.PROVING)
    for order in permutations([-3, 0, 4, 9]):
        seen = led(enrollment, *[SeeClaim(days_from(TODAY, days)) for days in order])
        assert (seen.first_claim_on, seen.last_claim_on) == (TODAY, days_from(TODAY, 9))
    assert led(an_enrollment(State.SUBMITTED), SeeClaim(TODAY)).first_claim_on is None


SHOWN = st.lists(
    st.one_of(st.integers(-3, 12).map(proof), st.integers(-3, 12).map(doubt)),
    min_size=1,
    max_size=5,
)


@given(st.data(), SHOWN)
def test_doubled_and_reordered_evidence_leads_to_the_state_that_the_newest_one_says(
    data: st.DataObject, shown: list[Prove | Contradict]
) -> None:
    """E-11, E-12, E-13."""
    order: list[Event] = [*data.draw(st.permutations(shown)), *data.draw(st.lists(st.sampled_from(shown), max_size=5))]
    reached = led(an_enrollment(State.PROVING), *order)
    proved = max((one.on for one in shown if isinstance(one, Prove)), default=date.min)
    doubted = max((one.on for one in shown if isinstance(one, Contradict) and one.on >= TODAY), default=date.min)
    if doubted >= proved and doubted > date.min:
        assert reached.state is State.DEGRADED
    else:
        assert reached.state is (State.LIVE if proved > date.min else State.PROVING)


def test_evidence_is_no_reason_to_look_at_once_again() -> None:
    """E-24."""
    live = decided(an_enrollment(State.PROVING), proof(0))
    assert timer(live).due_at > NOW + timedelta(days=20)
