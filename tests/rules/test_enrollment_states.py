"""Every state and every happening: what leads where, who is waited for, and what is refused (E-10)."""

import pytest

from models.rules.decisions import CancelTimers, Refusal, SetTimer
from models.rules.enrollment import (
    ACTS,
    IN_TROUBLE,
    PROVEN,
    TRANSITIONS,
    UNDECIDED,
    USABLE,
    WAITING,
    Contradiction,
    Finalised,
    Happening,
    Need,
    Proof,
    RejectReason,
    State,
    outcome,
)
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    Bounce,
    ChangeRoute,
    Command,
    CompleteTasks,
    Contradict,
    Create,
    Displace,
    Due,
    Event,
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
from models.rules.enrollment_facts import Decision, NoticeKind
from models.rules.enrollment_moves import move
from models.rules.onboarding_facts import EnrollmentOutcome, Reason, Transaction
from models.rules.roles import Party, Role
from tests.rules.enrollments import (
    ADDED,
    NOW,
    RULES,
    TASKS,
    TODAY,
    USUAL,
    WAITS,
    WAYS,
    an_enrollment,
    asked,
    days_from,
    decided,
    led,
    refused,
    settled,
    told,
)

REASON = next(iter(Reason))
COMMANDS: dict[Happening, Command] = {
    Happening.CHECKED_OK: Prepare(),
    Happening.CHECKED_MISSING: Prepare((Need.W9,)),
    Happening.TASKS_DONE: CompleteTasks(),
    Happening.SUBMIT: Submit(USUAL),
    Happening.ACKNOWLEDGED: Acknowledge(),
    Happening.BOUNCED: Bounce(reason=RejectReason.SIGNATURE),
    Happening.DEVELOPMENT_REQUEST: RequestDevelopment(),
    Happening.APPROVE: Approve(),
    Happening.REJECT: Reject(reason=RejectReason.OTHER),
    Happening.NEEDS_TEST: NeedTest(),
    Happening.TEST_OK: RecordTest(is_passed=True),
    Happening.TEST_FAILED: RecordTest(is_passed=False),
    Happening.RECERTIFIED: Recertify(days_from(TODAY, 400)),
    Happening.LAPSED: Lapse(),
    Happening.DISPLACED: Displace(),
    Happening.RESUBMIT: Resubmit(REASON),
    Happening.WITHDRAW: Withdraw(REASON),
    Happening.REOPEN: Reopen(REASON),
    Happening.WAIVED: Waive(REASON),
}
SHOWN = {Happening.EVIDENCE, Happening.CONTRADICTION}
TIMED = {
    Happening.EFFECTIVE_DATE_REACHED,
    Happening.PROOF_OVERDUE,
    Happening.HEARTBEAT_LOST,
    Happening.RECERTIFICATION_DUE,
}
ROUTED_WITHOUT_A_MOVE = {
    State.DRAFT,
    State.NEEDS_PRACTICE,
    State.READY,
    State.DISPLACED,
    State.ENDED,
    State.WITHDRAWN,
    State.REJECTED,
}


def words(one: State | Happening) -> str:
    return one.value.replace("_", " ")


def assert_names_both(refusal: Refusal, state: State, happening: Happening) -> None:
    assert refusal.code == "does_not_fit"
    assert words(state) in refusal.sentence
    assert words(happening) in refusal.sentence
    assert "nothing was changed" in refusal.sentence


def test_every_happening_comes_from_a_person_a_file_or_a_timer() -> None:
    assert set(COMMANDS) | SHOWN | TIMED | {Happening.ROUTE_CHANGED} == set(Happening)


def test_the_table_of_the_code_is_that_of_the_rules_and_our_one_addition() -> None:
    """E-10."""
    coded = {(state, what): reached for state, ways in TRANSITIONS.items() for what, reached in ways.items()}
    assert coded == dict(WAYS)
    assert len(RULES.split("->")) - 1 == 33
    assert ADDED.count("waived") == 3


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", Happening)
def test_what_is_in_the_table_leads_there_and_everything_else_is_refused(state: State, happening: Happening) -> None:
    """E-10."""
    enrollment = an_enrollment(state)
    moved = move(enrollment, happening, as_of=NOW)
    reached = WAYS.get((state, happening))
    if reached is None:
        assert isinstance(moved, Refusal)
        assert_names_both(moved, state, happening)
        return
    assert isinstance(moved, Decision)
    (note,) = moved.notes
    assert moved.fields.get("state", state) == reached
    assert moved.clears_notices
    assert (note.kind, note.evidence["from"], note.evidence["to"]) == (f"enrollment_{happening}", state, reached)


@pytest.mark.parametrize("state", State)
def test_commands_do_what_the_table_says_and_name_what_they_refuse(state: State) -> None:
    """E-10."""
    enrollment = an_enrollment(state)
    for happening, command in COMMANDS.items():
        reached = WAYS.get((state, happening))
        if reached is None:
            assert_names_both(refused(enrollment, command), state, happening)
        else:
            assert led(enrollment, command).state is reached, happening


@pytest.mark.parametrize("state", State)
def test_a_changed_route_begins_an_enrollment_that_needed_none_and_moves_no_other(state: State) -> None:
    """E-02, E-10."""
    enrollment = an_enrollment(state)
    change = ChangeRoute("other", "00456")
    if state is State.NOT_REQUIRED:
        assert led(enrollment, change).state is State.DRAFT
    elif state in ROUTED_WITHOUT_A_MOVE:
        routed = led(enrollment, change)
        assert (routed.state, routed.clearinghouse, routed.payer_id) == (state, "other", "00456")
    else:
        assert_names_both(refused(enrollment, change), state, Happening.ROUTE_CHANGED)


@pytest.mark.parametrize("state", State)
def test_evidence_and_timers_are_never_refused_and_move_only_as_the_table_says(state: State) -> None:
    """E-10, E-12, E-13."""
    enrollment = an_enrollment(state)
    shown: dict[Happening, Event] = {
        Happening.EVIDENCE: Prove(Proof.REMITTANCE, days_from(TODAY, 1), "k"),
        Happening.CONTRADICTION: Contradict(Contradiction.PAID_WITHOUT_ERA, days_from(TODAY, 1), "k"),
    }
    for happening, event in shown.items():
        assert led(enrollment, event).state is WAYS.get((state, happening), state)
    others: tuple[Event, ...] = (Due("watch", NOW), SeeClaim(TODAY), HearUnknownWord("k"), Rank(1))
    for event in others:
        reached = led(enrollment, event).state
        assert reached is state or (state, reached) == (State.APPROVED, State.PROVING)


@pytest.mark.parametrize("state", State)
def test_every_state_in_which_somebody_is_waited_for_has_one_timer_from_the_start_and_no_other_has(
    state: State,
) -> None:
    """E-10, E-28."""
    assert set(ACTS) == set(WAITING) == WAITS
    for (start, happening), reached in WAYS.items():
        if reached is not state:
            continue
        moved = move(an_enrollment(start), happening, as_of=NOW)
        assert isinstance(moved, Decision)
        set_timers = [one for one in moved.effects if isinstance(one, SetTimer)]
        is_live_era = state is State.LIVE
        assert len(set_timers) == (state in WAITS or is_live_era)
        assert any(isinstance(one, CancelTimers) for one in moved.effects) == (not set_timers)


def test_each_state_has_its_work_item_and_the_one_of_the_state_left_is_settled() -> None:
    """E-10."""
    for (start, happening), reached in WAYS.items():
        moved = move(an_enrollment(start), happening, as_of=NOW)
        assert isinstance(moved, Decision)
        assert TASKS.get(reached) in {*asked(moved), None}
        assert set(asked(moved)) <= {*TASKS.values()}
        assert TASKS.get(start) in {*settled(moved), None}
        assert {"chase", "escalated", "unknown_word"} <= set(settled(moved))


def test_days_are_counted_for_whoever_acts() -> None:
    """E-28, O-42."""
    by_party = {party: {state for state, acts in ACTS.items() if acts is party} for party in Party}
    assert by_party[Party.CLEARINGHOUSE] == {State.SUBMITTED}
    assert by_party[Party.PRACTICE] == {State.NEEDS_PRACTICE, State.RECERTIFYING}
    assert by_party[Party.PAYER] == {State.PENDING_PAYER, State.APPROVED, State.PROVING}
    assert by_party[Party.US] == {State.DRAFT, State.READY, State.TESTING, State.DEGRADED, State.REJECTED}
    assert {State.PENDING_PAYER, State.SUBMITTED, State.NEEDS_PRACTICE} <= UNDECIDED <= WAITING


def test_a_payer_that_needs_no_enrollment_is_usable_at_once_and_waits_for_nobody() -> None:
    """E-01."""
    created = decided(an_enrollment(), Create(is_required=False))
    assert created.fields["state"] is State.NOT_REQUIRED
    assert created.effects == ()
    for policy in Finalised:
        assert outcome(State.NOT_REQUIRED, policy) is EnrollmentOutcome.FINALISED


def test_a_new_enrollment_is_a_draft_that_somebody_prepares() -> None:
    """E-01."""
    created = decided(an_enrollment(), Create())
    assert not created.fields
    assert asked(created)["prepare"].role is Role.ENROLLMENTS_REPRESENTATIVE
    assert [one for one in created.effects if isinstance(one, SetTimer)]


@pytest.mark.parametrize(
    ("policy", "finalised"),
    [
        (Finalised.APPROVED, {"not_required", "approved", "proving", "live", "recertifying", "withdrawn"}),
        (Finalised.PROVEN, {"not_required", "live", "recertifying", "withdrawn"}),
    ],
)
def test_what_is_finalised_is_a_policy(policy: Finalised, finalised: set[str]) -> None:
    """E-14, O-28."""
    trouble = {"degraded", "rejected", "displaced", "ended"}
    for state in State:
        expected = EnrollmentOutcome.FINALISED if state in finalised else EnrollmentOutcome.IN_PROGRESS
        assert outcome(state, policy) is (EnrollmentOutcome.IN_TROUBLE if state in trouble else expected)
    assert PROVEN < USABLE
    assert not USABLE & IN_TROUBLE


def test_an_approval_is_told_once_whatever_proves_it_later() -> None:
    """E-27, O-27: for the journey nothing changes between the approval and the end of a renewal."""
    way = (State.APPROVED, State.PROVING, State.LIVE, State.RECERTIFYING, State.LIVE)
    assert {outcome(state, Finalised.APPROVED) for state in way} == {EnrollmentOutcome.FINALISED}
    assert not {outcome(state, Finalised.APPROVED) for state in UNDECIDED} & {EnrollmentOutcome.FINALISED}


@pytest.mark.parametrize(
    ("start", "happening"),
    [
        (State.PROVING, Happening.CONTRADICTION),
        (State.LIVE, Happening.HEARTBEAT_LOST),
        (State.LIVE, Happening.DISPLACED),
        (State.RECERTIFYING, Happening.LAPSED),
    ],
)
def test_an_enrollment_that_stops_working_tells_the_representative_and_the_coach(
    start: State, happening: Happening
) -> None:
    """E-13, E-16, E-25: an end that nobody hears of is found when the payments stop."""
    moved = move(an_enrollment(start), happening, as_of=NOW)
    assert isinstance(moved, Decision)
    assert told(moved) == [
        (NoticeKind.IN_TROUBLE, Role.ENROLLMENTS_REPRESENTATIVE),
        (NoticeKind.IN_TROUBLE, Role.SUCCESS_COACH),
    ]


def test_two_moves_at_one_moment_are_two_moves() -> None:
    """E-10, E-28: a clearinghouse that is polled once a day shows several steps at once."""
    pending = led(an_enrollment(State.SUBMITTED), Acknowledge())
    approved = decided(pending, Approve())
    assert (approved.fields["state"], approved.fields["state_since"]) == (State.APPROVED, pending.state_since)


def test_what_was_answered_goes_on_to_the_payer_where_it_has_the_enrollment() -> None:
    """E-10, E-21: somebody sees to it that the answer reaches the payer."""
    submitted = an_enrollment(State.NEEDS_PRACTICE, submitted_on=TODAY, transaction=Transaction.CLAIMS)
    done = decided(submitted, CompleteTasks())
    assert done.fields["state"] is State.PENDING_PAYER
    assert list(asked(done)) == ["chase"]
    assert led(an_enrollment(State.NEEDS_PRACTICE), CompleteTasks()).state is State.READY
