"""What people, clearinghouses and payers do with an enrollment, command by command."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.rules.enrollment import MOST_ATTEMPTS, Need, RejectReason, State
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    Bounce,
    ChangeRoute,
    CompleteTasks,
    Displace,
    FollowUp,
    HearUnknownWord,
    Lapse,
    NeedTest,
    Prepare,
    Rank,
    Recertify,
    RecordTest,
    Reject,
    Reopen,
    RequestDevelopment,
    Resubmit,
    Submit,
    Waive,
    Withdraw,
)
from models.rules.enrollment_facts import NoticeKind
from models.rules.enrollment_watching import What, look
from models.rules.onboarding_facts import Reason, Transaction
from models.rules.roles import Role
from tests.rules.enrollments import (
    NOW,
    TODAY,
    USUAL,
    Stage,
    an_enrollment,
    asked,
    days_from,
    decided,
    led,
    noon,
    refused,
    settled,
    timer,
    told,
)

REASON = next(iter(Reason))
REJECTED = Reject(reason=RejectReason.NAME_MISMATCH)
BOUNCED = Bounce(reason=RejectReason.SIGNATURE)
FACTS: dict[str, Any] = {
    "first_claim_on": TODAY,
    "last_claim_on": TODAY,
    "last_proof_on": TODAY,
    "contradicted_on": TODAY,
    "median_gap_days": 9,
    "expires_on": days_from(TODAY, 90),
}


def test_an_eft_is_not_prepared_without_the_bank_letter_and_the_w9_of_the_checklist() -> None:
    """O-13, E-01."""
    lacking = frozenset({Need.BANK_LETTER, Need.W9, Need.TAX_ID_LETTER})
    eft = led(an_enrollment(transaction=Transaction.EFT, lacking=lacking), Prepare())
    assert (eft.state, dict(eft.needs)) == (State.NEEDS_PRACTICE, {Need.BANK_LETTER: False, Need.W9: False})
    assert led(an_enrollment(lacking=lacking), Prepare()).state is State.READY


def test_what_is_missing_is_asked_of_the_practice_within_two_business_days() -> None:
    """O-43, E-10."""
    decision = decided(an_enrollment(), Prepare((Need.PROVIDER_SIGNATURE, Need.W9)))
    assert asked(decision)["give"].role is Role.PRIMARY_CONTACT
    assert asked(decision)["give"].due_at == datetime(2026, 11, 25, 22, tzinfo=UTC)
    assert told(decision) == [(NoticeKind.TASKS_OPEN, Role.PRIMARY_CONTACT)]
    assert decision.notes[0].evidence["missing"] == "provider_signature,w9"


def test_what_is_given_in_part_is_kept_and_the_silence_begins_anew() -> None:
    """E-21, O-44: an answer in part cancels what was pending."""
    start = an_enrollment(State.NEEDS_PRACTICE, needs={Need.W9: False, Need.BANK_LETTER: False}, rung=4)
    later = NOW + timedelta(days=30)
    decision = decided(start, CompleteTasks((Need.W9,)), as_of=later)
    given = led(start, CompleteTasks((Need.W9,)), as_of=later)
    assert (given.state, given.needs) == (State.NEEDS_PRACTICE, {Need.W9: True, Need.BANK_LETTER: False})
    assert (given.rung, given.silent_since) == (0, later)
    assert (given.state_since, decision.clears_notices) == (NOW, True)
    assert timer(decision).due_at == datetime(2026, 12, 28, 14, tzinfo=UTC)
    assert "give" not in settled(decision)
    assert led(given, CompleteTasks((Need.BANK_LETTER,)), as_of=later).state is State.READY


def test_what_was_not_asked_for_or_was_given_already_is_refused_with_what_is_left() -> None:
    """E-10."""
    start = an_enrollment(State.NEEDS_PRACTICE, needs={Need.W9: True, Need.BANK_LETTER: False})
    stranger = refused(start, CompleteTasks((Need.PORTAL_ACCESS,)))
    again = refused(start, CompleteTasks((Need.W9,)))
    assert (stranger.code, again.code) == ("not_asked", "already")
    assert all("bank_letter" in one.sentence for one in (stranger, again))


def test_an_answer_to_the_payer_goes_on_to_the_payer() -> None:
    """E-21: the attempt and its dates stay, and days that are over are not made up for."""
    asked_for = led(an_enrollment(State.PENDING_PAYER), RequestDevelopment())
    assert dict(asked_for.needs) == {Need.ANSWER_TO_PAYER: False}
    back = led(asked_for, CompleteTasks(), as_of=noon(days_from(TODAY, 35)))
    assert (back.state, back.attempt, back.submitted_on, back.rung) == (State.PENDING_PAYER, 1, TODAY, 2)


def test_what_the_clearinghouse_returned_is_ready_again_after_the_correction() -> None:
    """E-10: bounced means that the payer never had it."""
    bounced = led(an_enrollment(State.SUBMITTED), BOUNCED)
    assert (bounced.state, bounced.submitted_on, bounced.dates) == (State.NEEDS_PRACTICE, None, None)
    assert (bounced.reason, dict(bounced.needs)) == (RejectReason.SIGNATURE, {Need.CORRECTED_FORM: False})
    ready = led(bounced, CompleteTasks())
    assert (ready.state, ready.attempt) == (State.READY, 1)


def test_an_old_request_that_was_waived_or_withdrawn_is_not_asked_for_again() -> None:
    """E-10."""
    for end in (Withdraw(REASON), Waive(REASON)):
        ended = led(an_enrollment(State.NEEDS_PRACTICE), end)
        assert all(ended.needs.values())
    anew = led(an_enrollment(State.NEEDS_PRACTICE), Withdraw(REASON), Reopen(REASON), Prepare((Need.BANK_LETTER,)))
    assert {need for need, is_given in anew.needs.items() if not is_given} == {Need.BANK_LETTER}


def test_a_request_that_names_nothing_is_refused() -> None:
    """E-10."""
    assert refused(an_enrollment(State.PENDING_PAYER), RequestDevelopment(needs=())).code == "nothing"
    assert refused(an_enrollment(State.SUBMITTED), Bounce(reason=RejectReason.OTHER, needs=())).code == "nothing"


def test_a_submission_sets_the_days_on_which_the_payer_is_asked() -> None:
    """E-05, E-20."""
    submitted = led(an_enrollment(State.READY, reason="signature"), Submit(USUAL))
    assert (submitted.state, submitted.submitted_on, submitted.reason) == (State.SUBMITTED, TODAY, "")
    assert submitted.dates is not None
    assert [*_days(submitted.dates)] == [days_from(TODAY, days) for days in (20, 30, 40, 60)]
    earlier = led(an_enrollment(State.READY), Submit(USUAL, on=days_from(TODAY, -5)))
    assert earlier.submitted_on == days_from(TODAY, -5)
    assert refused(an_enrollment(State.READY), Submit(USUAL, on=days_from(TODAY, 1))).code == "future"


def _days(dates: Any) -> tuple[date, ...]:
    return dates.typical_on, dates.late_on, dates.very_late_on, dates.limit_on


def test_the_day_of_a_submission_is_the_practices_own() -> None:
    """E-20: late in the evening of New York it is the next day in UTC."""
    evening = datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert led(an_enrollment(State.READY), Submit(USUAL), as_of=evening).submitted_on == TODAY
    samoa = an_enrollment(State.READY, zone="Pacific/Pago_Pago")
    assert led(samoa, Submit(USUAL), as_of=datetime(2026, 11, 24, 10, tzinfo=UTC)).submitted_on == TODAY


def test_an_era_is_not_submitted_before_its_cutover_date() -> None:
    """E-16."""
    cutover = date(2026, 12, 1)
    era = an_enrollment(State.READY, cutover_on=cutover)
    refusal = refused(era, Submit(USUAL))
    assert refusal.code == "before_cutover"
    assert "2026-12-01" in refusal.sentence
    assert refused(era, Submit(USUAL, on=days_from(cutover, -1)), as_of=noon(cutover)).code == "before_cutover"
    assert led(era, Submit(USUAL), as_of=noon(cutover)).state is State.SUBMITTED
    claims = an_enrollment(State.READY, cutover_on=cutover, transaction=Transaction.CLAIMS)
    assert led(claims, Submit(USUAL)).state is State.SUBMITTED


def test_nobody_is_reminded_to_submit_before_the_cutover_date() -> None:
    """E-16, O-44."""
    decision = decided(an_enrollment(cutover_on=date(2027, 1, 4)), Prepare())
    assert timer(decision).due_at == datetime(2027, 1, 6, 14, tzinfo=UTC)
    assert asked(decision)["submit"].due_at == datetime(2027, 1, 5, 22, tzinfo=UTC)


@pytest.mark.parametrize("cutover", [date(2027, 2, 1), date(2026, 12, 14), None])
def test_a_cutover_date_that_moves_takes_the_reminder_with_it(cutover: date | None) -> None:
    """E-16, O-44: earlier or later, no reminder is skipped and none is lost."""
    stage = Stage(led(an_enrollment(cutover_on=date(2027, 1, 4)), Prepare()))
    stage.tell(ChangeRoute("other", "00456", cutover))
    assert (stage.enrollment.rung, stage.enrollment.cutover_on) == (0, cutover)
    stage.until(noon(date(2027, 3, 1)))
    first = stage.lines()[0].day
    assert first == {date(2027, 2, 1): date(2027, 2, 3), date(2026, 12, 14): date(2026, 12, 16)}.get(
        cutover or TODAY, date(2026, 11, 25)
    )
    assert set(stage.work) == {"submit", "escalated"}


def test_the_same_way_again_is_refused_and_a_running_enrollment_keeps_its_way() -> None:
    """E-02, E-11."""
    draft = an_enrollment(clearinghouse="other", payer_id="00456")
    assert refused(draft, ChangeRoute("other", "00456")).code == "already"
    assert refused(an_enrollment(State.SUBMITTED), ChangeRoute("other", "00456")).code == "does_not_fit"


AnyAnswer = Acknowledge | Bounce | RequestDevelopment | Approve | Reject | NeedTest | RecordTest
ANSWERS: list[tuple[State, AnyAnswer]] = [
    (State.SUBMITTED, Acknowledge()),
    (State.SUBMITTED, BOUNCED),
    (State.PENDING_PAYER, RequestDevelopment()),
    (State.PENDING_PAYER, Approve()),
    (State.PENDING_PAYER, REJECTED),
    (State.PENDING_PAYER, NeedTest()),
    (State.TESTING, RecordTest(is_passed=True)),
    (State.TESTING, RecordTest(is_passed=False)),
]


@pytest.mark.parametrize(("state", "answer"), ANSWERS)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"attempt": 1}, "late"),
        ({"attempt": 3}, "late"),
        ({"generation": 1}, "late"),
        ({"on": days_from(TODAY, -1)}, "late"),
        ({"on": days_from(TODAY, 1)}, "future"),
    ],
)
def test_late_and_foreign_answers_change_nothing(
    state: State, answer: AnyAnswer, changes: dict[str, Any], code: str
) -> None:
    """E-11."""
    enrollment = an_enrollment(state, attempt=2, generation=2)
    assert refused(enrollment, replace(answer, **changes)).code == code
    assert led(enrollment, replace(answer, attempt=2, generation=2, on=TODAY)).state is not state


def test_an_approval_keeps_its_days_and_takes_effect_on_the_later_one() -> None:
    """E-12, E-25."""
    start = an_enrollment(State.PENDING_PAYER, submitted_on=days_from(TODAY, -40))
    plain = led(start, Approve(on=days_from(TODAY, -2)))
    assert (plain.approved_on, plain.effective_on) == (days_from(TODAY, -2), days_from(TODAY, -2))
    later = led(start, Approve(effective_on=days_from(TODAY, 10), expires_on=days_from(TODAY, 300)))
    assert (later.works_from, later.expires_on) == (days_from(TODAY, 10), days_from(TODAY, 300))
    backward = led(start, Approve(effective_on=days_from(TODAY, -30)))
    assert (backward.effective_on, backward.works_from) == (days_from(TODAY, -30), TODAY)


@pytest.mark.parametrize("expires_in", [-1, 0, 10])
def test_an_approval_that_is_over_before_it_begins_is_refused(expires_in: int) -> None:
    """E-25."""
    approve = Approve(effective_on=days_from(TODAY, 10), expires_on=days_from(TODAY, expires_in))
    assert refused(an_enrollment(State.PENDING_PAYER), approve).code == "expired"


def test_a_passed_test_approves_at_once_and_a_failed_one_waits_for_the_payer() -> None:
    """E-10."""
    testing = led(an_enrollment(State.PENDING_PAYER), NeedTest())
    passed = led(testing, RecordTest(is_passed=True))
    assert (passed.state, passed.approved_on, passed.effective_on) == (State.APPROVED, TODAY, TODAY)
    assert led(testing, RecordTest(is_passed=False)).state is State.PENDING_PAYER


def test_a_rejection_keeps_its_reason_and_is_sent_in_again_as_the_next_attempt() -> None:
    """E-10."""
    rejected = led(an_enrollment(State.PENDING_PAYER), REJECTED)
    assert (rejected.state, rejected.reason) == (State.REJECTED, RejectReason.NAME_MISMATCH)
    again = led(rejected, Resubmit(REASON))
    assert (again.state, again.attempt, again.generation) == (State.DRAFT, 2, 1)


def test_after_five_attempts_a_manager_decides() -> None:
    """E-10: at most five, then a person."""
    stage = Stage(an_enrollment(transaction=Transaction.CLAIMS))
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert stage.enrollment.attempt == attempt
        stage.do(Prepare(), Submit(USUAL), Acknowledge(), REJECTED)
        if attempt < MOST_ATTEMPTS:
            assert "escalated" not in stage.work
            stage.do(Resubmit(REASON))
    assert stage.work["escalated"].role is Role.ONBOARDING_MANAGER
    assert [line.to for line in stage.lines(NoticeKind.ESCALATED)] == [Role.ONBOARDING_MANAGER]
    assert refused(stage.enrollment, Resubmit(REASON)).code == "attempts"
    stage.do(Withdraw(REASON), Reopen(REASON))
    assert (stage.enrollment.attempt, stage.enrollment.generation) == (1, 2)
    assert set(stage.work) == {"prepare"}


def test_what_worked_for_years_may_always_be_sent_in_again() -> None:
    """E-10: only rejections are counted against the five."""
    again = led(an_enrollment(State.DEGRADED, attempt=MOST_ATTEMPTS), Resubmit(REASON))
    assert (again.state, again.attempt) == (State.DRAFT, MOST_ATTEMPTS + 1)


@pytest.mark.parametrize(
    ("state", "event"), [(State.DEGRADED, Resubmit(REASON)), (State.ENDED, Reopen(REASON))], ids=["resubmit", "reopen"]
)
def test_a_new_beginning_knows_nothing_of_the_old_facts(state: State, event: Resubmit | Reopen) -> None:
    """E-10, E-12: an old proof proves nothing of a new enrollment."""
    anew = led(an_enrollment(state, **FACTS), event)
    for name in (*FACTS, "submitted_on", "approved_on", "effective_on", "dates"):
        assert not getattr(anew, name), name


@pytest.mark.parametrize("state", [State.DISPLACED, State.ENDED, State.WITHDRAWN])
def test_what_is_over_begins_anew_as_the_next_generation(state: State) -> None:
    """E-10."""
    anew = led(an_enrollment(state, attempt=4, generation=2), Reopen(REASON))
    assert (anew.state, anew.attempt, anew.generation) == (State.DRAFT, 1, 3)


def test_only_an_era_is_displaced() -> None:
    """E-16."""
    assert led(an_enrollment(State.LIVE), Displace()).state is State.DISPLACED
    assert refused(an_enrollment(State.LIVE, transaction=Transaction.CLAIMS), Displace()).code == "not_era"


def test_a_renewal_names_a_later_day_or_none() -> None:
    """E-25."""
    old = days_from(TODAY, 60)
    due = an_enrollment(State.RECERTIFYING)
    assert refused(due, Recertify(TODAY)).code == "expired"
    assert refused(due, Recertify(old)).code == "earlier"
    assert led(due, Recertify(days_from(old, 1))).expires_on == days_from(old, 1)
    endless = led(due, Recertify())
    assert (endless.state, endless.expires_on) == (State.LIVE, None)
    assert led(due, Lapse()).state is State.ENDED


def test_a_follow_up_settles_the_chase_and_leaves_the_next_look_where_it_is() -> None:
    """E-20."""
    asked_today = decided(an_enrollment(State.PENDING_PAYER, rung=1), FollowUp())
    assert settled(asked_today) == ["chase"]
    assert (asked_today.clears_notices, asked_today.fields) == (True, {})
    assert [note.kind for note in asked_today.notes] == ["enrollment_followed_up"]
    for state in (State.DRAFT, State.LIVE, State.REJECTED):
        refusal = refused(an_enrollment(state), FollowUp())
        assert state.value in refusal.sentence


def test_a_follow_up_does_not_keep_from_the_manager_what_waits_for_the_digest() -> None:
    """E-20: beyond the high figure it is the manager's."""
    stage = Stage(an_enrollment(State.PENDING_PAYER))
    stage.wait(75)
    last = look(stage.enrollment, stage.enrollment.rung - 1)
    assert last is not None
    assert last.what is What.ESCALATE
    stage.do(FollowUp())
    assert not decided(stage.enrollment, FollowUp()).clears_notices
    assert set(stage.work) == {"escalated"}


def test_who_works_on_what_is_degraded_is_not_silent() -> None:
    """O-44, E-13."""
    later = NOW + timedelta(days=20)
    acted = led(an_enrollment(State.DEGRADED, rung=3), FollowUp(), as_of=later)
    assert (acted.rung, acted.silent_since, acted.state_since) == (0, later, NOW)


def test_a_place_among_the_top_three_moves_the_timer_to_the_other_kind() -> None:
    """E-04."""
    stage = Stage(an_enrollment(State.PENDING_PAYER))
    at = stage.timers["watch"].due_at
    stage.do(Rank(2))
    assert [(one.kind, one.due_at) for one in stage.timers.values()] == [("watch_top", at)]
    assert decided(stage.enrollment, Rank(2)).notes == ()
    stage.do(Rank(0))
    assert [(one.kind, one.due_at) for one in stage.timers.values()] == [("watch", at)]
    over = Stage(an_enrollment(State.ENDED))
    over.do(Rank(1))
    assert over.timers == {}


def test_an_unknown_word_changes_nothing_and_asks_somebody_to_look() -> None:
    """E-15."""
    for state in State:
        heard = decided(an_enrollment(state), HearUnknownWord("w"))
        assert not heard.fields
        assert list(asked(heard)) == ["unknown_word"]
        assert told(heard) == [(NoticeKind.UNKNOWN_WORD, Role.ENROLLMENTS_REPRESENTATIVE)]
