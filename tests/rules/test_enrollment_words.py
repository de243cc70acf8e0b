"""Foreign words for enrollments: what each means in each of our states (E-15)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from models.rules.calendars import Calendar
from models.rules.clearinghouse_failures import sentence_of
from models.rules.decisions import Refusal
from models.rules.enrollment import Need, RejectReason, State
from models.rules.enrollment_decision import decide
from models.rules.enrollment_events import Event, HearUnknownWord, Reject, RequestDevelopment
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_moves import after
from models.rules.enrollment_watching import UNKNOWN_PAYER, dates_from
from models.rules.enrollment_words import (
    BUILT_IN,
    INTERFACES,
    KAREO,
    STEDI,
    WORDS,
    Asked,
    events_towards,
    needs_asked,
    reason_in,
    reason_refused,
    state_shown,
)
from models.rules.onboarding_facts import Transaction

NOW = datetime(2026, 3, 4, 16, tzinfo=UTC)
TODAY = date(2026, 3, 4)
SENT = date(2026, 2, 2)
WITH_THEM = frozenset({State.SUBMITTED, State.PENDING_PAYER, State.TESTING, State.NEEDS_PRACTICE})


def an_enrollment(state: State, *, transaction: Transaction = Transaction.ERA, sent: bool = True) -> Enrollment:
    is_approved = state in {State.APPROVED, State.PROVING, State.LIVE, State.DEGRADED, State.RECERTIFYING}
    return Enrollment(
        id=7,
        practice_id=1,
        practice="maple-street",
        zone="America/New_York",
        calendar=Calendar.GOVERNMENT,
        payer="medicare",
        transaction=transaction,
        identity="group",
        state=state,
        version=3,
        state_since=NOW,
        silent_since=NOW,
        attempt=2,
        submitted_on=SENT if sent else None,
        dates=dates_from(SENT, UNKNOWN_PAYER) if sent else None,
        approved_on=date(2026, 2, 20) if is_approved else None,
        needs={Need.ANSWER_TO_PAYER: False} if state is State.NEEDS_PRACTICE else {},
    )


def carried_out(enrollment: Enrollment, events: tuple[Event, ...]) -> State:
    """Let one event after the other happen; each must be allowed."""
    for event in events:
        decision = decide(enrollment, event, as_of=NOW)
        assert not isinstance(decision, Refusal), decision.sentence
        enrollment = after(enrollment, decision)
    return enrollment.state


S = State
STAYS = "stays"
ALERT = "alert"
LEADS: dict[State, dict[State, State | str]] = {
    S.DRAFT: {},
    S.SUBMITTED: {S.READY: S.SUBMITTED, S.NEEDS_PRACTICE: S.PENDING_PAYER},
    S.PENDING_PAYER: {S.READY: S.PENDING_PAYER, S.SUBMITTED: S.PENDING_PAYER, S.NEEDS_PRACTICE: S.PENDING_PAYER},
    S.NEEDS_PRACTICE: {
        S.READY: S.NEEDS_PRACTICE,
        S.SUBMITTED: S.NEEDS_PRACTICE,
        S.PENDING_PAYER: S.NEEDS_PRACTICE,
        **dict.fromkeys((S.APPROVED, S.PROVING, S.LIVE, S.DEGRADED, S.RECERTIFYING), ALERT),
    },
    S.TESTING: dict.fromkeys((S.READY, S.SUBMITTED, S.PENDING_PAYER, S.NEEDS_PRACTICE), S.TESTING),
    S.APPROVED: dict.fromkeys((S.READY, *sorted(WITH_THEM)), S.APPROVED),
    S.PROVING: dict.fromkeys((S.READY, *sorted(WITH_THEM)), S.APPROVED),  # the timer brings proving
    S.LIVE: dict.fromkeys((S.READY, *sorted(WITH_THEM), S.APPROVED, S.PROVING, S.DEGRADED), S.LIVE),
    S.REJECTED: {
        **dict.fromkeys((S.READY, *sorted(WITH_THEM)), S.REJECTED),
        **dict.fromkeys((S.APPROVED, S.PROVING, S.LIVE, S.DEGRADED, S.RECERTIFYING), ALERT),
    },
}


@pytest.mark.parametrize("shown", sorted(LEADS))
@pytest.mark.parametrize("state", sorted(State))
def test_every_state_follows_every_word_by_allowed_steps_or_stays_e_15(state: State, shown: State) -> None:
    enrollment = an_enrollment(state)
    events = events_towards(enrollment, shown, on=TODAY, turnaround=UNKNOWN_PAYER)
    expected = LEADS[shown].get(state, STAYS)
    if expected == ALERT:
        assert [type(one) for one in events] == [HearUnknownWord]
        assert carried_out(enrollment, events) is state
    elif expected == STAYS:
        assert events == ()
    else:
        assert carried_out(enrollment, events) is expected


def test_every_word_means_a_state_that_the_table_knows() -> None:
    assert {state for words in WORDS.values() for state in words.values()} <= set(LEADS)
    assert set(WORDS) == {KAREO, STEDI, BUILT_IN}
    assert {STEDI, BUILT_IN} == INTERFACES


@pytest.mark.parametrize(
    ("source", "word", "state"),
    [
        (KAREO, "Request Received", S.SUBMITTED),
        (KAREO, "Work in Progress", S.DRAFT),
        (KAREO, "Pending Insurance", S.PENDING_PAYER),
        (KAREO, "Action Required", S.NEEDS_PRACTICE),
        (KAREO, "Approved", S.APPROVED),
        (KAREO, "Pending First ERA", S.PROVING),
        (KAREO, "ERA  received ", S.LIVE),
        (STEDI, "DRAFT", S.SUBMITTED),
        (STEDI, "SUBMITTED", S.SUBMITTED),
        (STEDI, "STEDI_ACTION_REQUIRED", S.SUBMITTED),
        (STEDI, "PROVIDER_ACTION_REQUIRED", S.NEEDS_PRACTICE),
        (STEDI, "PROVISIONING", S.PENDING_PAYER),
        (STEDI, "LIVE", S.PROVING),
        (STEDI, "REJECTED", S.REJECTED),
        (STEDI, "CANCELED", S.REJECTED),
        (BUILT_IN, "TEST_REQUIRED", S.TESTING),
        (STEDI, "TEST_REQUIRED", None),
        (STEDI, "PAUSED", None),
        (STEDI, "", None),
        (KAREO, "Live", None),
    ],
)
def test_words_mean_what_the_rule_says_e_15(source: str, word: str, state: State | None) -> None:
    assert state_shown(source, word) is state


def test_a_ready_enrollment_is_submitted_only_with_a_turnaround() -> None:
    assert events_towards(an_enrollment(S.READY), S.LIVE, on=TODAY) == ()


def test_a_practice_that_was_never_submitted_is_not_moved_by_words() -> None:
    waiting = an_enrollment(S.NEEDS_PRACTICE, sent=False)
    assert all(events_towards(waiting, shown, on=TODAY, turnaround=UNKNOWN_PAYER) == () for shown in LEADS)


@pytest.mark.parametrize("transaction", [Transaction.CLAIMS, Transaction.EFT, Transaction.PORTAL])
def test_a_first_era_proves_only_the_era_e_12(transaction: Transaction) -> None:
    waiting = an_enrollment(S.PENDING_PAYER, transaction=transaction)
    assert carried_out(waiting, events_towards(waiting, S.LIVE, on=TODAY)) is S.APPROVED
    approved = an_enrollment(S.PROVING, transaction=transaction)
    assert events_towards(approved, S.LIVE, on=TODAY) == ()


def test_a_rejection_keeps_its_reason_and_names_the_attempt() -> None:
    *_, last = events_towards(an_enrollment(S.SUBMITTED), S.REJECTED, reason=RejectReason.TAX_ID_MISMATCH, on=TODAY)
    assert last == Reject(reason=RejectReason.TAX_ID_MISMATCH, on=TODAY, attempt=2)


def test_what_is_asked_becomes_what_the_practice_must_give() -> None:
    needs = needs_asked([Asked.FORM, Asked.INFORMATION, Asked.ACTION])
    assert needs == (Need.ANSWER_TO_PAYER, Need.CORRECTED_FORM)
    assert needs_asked([]) == (Need.ANSWER_TO_PAYER,)
    *_, asked = events_towards(an_enrollment(S.PENDING_PAYER), S.NEEDS_PRACTICE, on=TODAY, needs=needs)
    assert asked == RequestDevelopment(needs=needs, on=TODAY, attempt=2)


def test_an_alert_is_the_same_alert_for_the_same_day() -> None:
    live = replace(an_enrollment(S.LIVE), approved_on=SENT)
    first, again = (events_towards(live, S.REJECTED, on=TODAY) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Provider is not contracted with this plan.", RejectReason.NOT_CONTRACTED),
        ("The TIN does not match payer records", RejectReason.TAX_ID_MISMATCH),
        ("NPI not on file", RejectReason.NPI_NOT_ON_FILE),
        ("Name and address differ from what is on file", RejectReason.NAME_MISMATCH),
        ("Provider currently receives ERAs through another clearinghouse", RejectReason.ENROLLED_ELSEWHERE),
        ("signature missing on page 2", RejectReason.SIGNATURE),
        ("Voided check could not be read", RejectReason.BANK_DETAILS),
        ("A request already exists", RejectReason.DUPLICATE),
        ("Form is incomplete", RejectReason.MISSING_INFORMATION),
        ("no", RejectReason.OTHER),
        ("", RejectReason.OTHER),
    ],
)
def test_free_text_is_reduced_to_a_reason(words: str, reason: RejectReason) -> None:
    assert reason_in(words) is reason


def test_codes_of_refusals_have_reasons() -> None:
    assert reason_refused("unknown_payer") is RejectReason.NOT_CONTRACTED
    assert reason_refused("no_street") is RejectReason.MISSING_INFORMATION
    assert reason_refused("http_418") is RejectReason.OTHER


def test_codes_of_failures_say_what_to_do() -> None:
    assert "GOLIVE_STEDI_API_KEY" in sentence_of("not_authorised")
    assert "http_500" in sentence_of("http_500")
    assert sentence_of("") == ""
