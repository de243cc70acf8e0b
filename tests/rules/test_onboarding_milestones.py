"""Payers and enrollments, go-live, first claims, first ERA and payment issues, as the journey sees them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from models.rules.messages import MessageKind
from models.rules.onboarding_events import (
    ChooseTopPayers,
    CompleteItem,
    ConfirmFirstClaims,
    Event,
    RecordEnrollment,
    RecordFirstEra,
    RecordPaymentIssue,
    ReopenItem,
    SettlePaymentIssue,
    SkipItem,
)
from models.rules.onboarding_evidence import payment_window, top_payers, top_payers_finalised
from models.rules.onboarding_facts import (
    EnrollmentOutcome,
    PayerFacts,
    PaymentIssue,
    Reason,
    StepState,
    Transaction,
)
from models.rules.roles import Party, Role
from tests.rules.examples import PAYERS, START, finalised, new_journey, playing, work_of
from tests.rules.play import Play

FINALISED = EnrollmentOutcome.FINALISED
TROUBLE = EnrollmentOutcome.IN_TROUBLE
CLAIMS = Transaction.CLAIMS
ISSUE = RecordPaymentIssue("medicare", PaymentIssue.REVERSAL)


def keys(payers: tuple[PayerFacts, ...]) -> list[str]:
    return [payer.key for payer in top_payers(payers)]


def test_the_top_three_are_those_with_the_most_expected_claims() -> None:
    """E-04, O-25."""
    assert keys(PAYERS) == ["medicare", "blue-cross", "aetna"]
    assert keys(PAYERS[::-1]) == keys(PAYERS)


def test_the_practice_may_choose_who_comes_first_and_the_rest_follows_by_volume() -> None:
    """E-04."""
    play = playing("enrollments")
    play.do(ChooseTopPayers(("cigna",), Reason.PRACTICE_ASKED))
    assert keys(play.journey.payers) == ["cigna", "medicare", "blue-cross"]
    (note,) = play.notes("top_payers_chosen")
    assert (note.reason, note.evidence["payers"]) == (Reason.PRACTICE_ASKED, "cigna")


def test_a_new_choice_replaces_the_old_one() -> None:
    """E-04."""
    play = playing("enrollments")
    play.do(ChooseTopPayers(("cigna", "aetna"), Reason.PRACTICE_ASKED))
    play.do(ChooseTopPayers(("aetna",), Reason.ENTERED_BY_MISTAKE))
    assert keys(play.journey.payers) == ["aetna", "medicare", "blue-cross"]
    assert play.refuses(ChooseTopPayers(("aetna",), Reason.PRACTICE_ASKED)).code == "already"


@pytest.mark.parametrize(
    ("payers", "code"),
    [((), "count"), (("cigna", "cigna"), "count"), (tuple(p.key for p in PAYERS), "count"), (("nobody",), "unknown")],
)
def test_a_choice_of_other_than_one_to_three_known_payers_is_refused(payers: tuple[str, ...], code: str) -> None:
    """E-04."""
    assert playing("enrollments").refuses(ChooseTopPayers(payers, Reason.PRACTICE_ASKED)).code == code


def test_the_choice_is_over_with_its_step() -> None:
    """E-04."""
    assert playing("first_claim").refuses(ChooseTopPayers(("cigna",), Reason.PRACTICE_ASKED)).code == "already"


def test_claims_eft_era_and_portal_are_recorded_per_payer() -> None:
    """O-23, O-26."""
    payer = PayerFacts("medicare", 1, tuple(Transaction))
    play = playing("enrollments", payers=(payer,))
    for transaction in Transaction:
        play.do(RecordEnrollment("medicare", transaction, EnrollmentOutcome.IN_PROGRESS))
    assert set(play.journey.enrollments) == {("medicare", transaction) for transaction in Transaction}
    assert len(play.notes("enrollment_in_progress")) == 4
    assert "enrollments.begun" not in play.work


def test_each_finished_payer_and_kind_tells_the_practice_once() -> None:
    """O-27, F-124."""
    play = playing("enrollments")
    event = RecordEnrollment("medicare", CLAIMS, FINALISED)
    play.do(event)
    assert play.refuses(event).code == "already"
    play.do(RecordEnrollment("medicare", CLAIMS, TROUBLE), event)
    play.do(RecordEnrollment("medicare", Transaction.ERA, FINALISED))
    told = [dict(each.say.fields) for each in play.sent(MessageKind.ENROLLMENT_FINISHED)]
    assert told == [
        {"payer": "medicare", "transaction": "claims"},
        {"payer": "medicare", "transaction": "era"},
    ]


def test_a_finished_portal_account_is_no_message() -> None:
    """O-27."""
    play = playing("enrollments", payers=(PayerFacts("medicare", 1, (Transaction.PORTAL, CLAIMS)),))
    play.do(RecordEnrollment("medicare", Transaction.PORTAL, FINALISED))
    assert not play.sent(MessageKind.ENROLLMENT_FINISHED)


def test_an_enrollment_in_trouble_is_ours_to_solve() -> None:
    """O-26, O-42."""
    play = playing("enrollments")
    play.do(RecordEnrollment("medicare", CLAIMS, EnrollmentOutcome.IN_PROGRESS))
    assert {party for step, party in play.journey.waits if step == "enrollments"} == {Party.PAYER}
    play.do(RecordEnrollment("medicare", CLAIMS, TROUBLE))
    assert {party for step, party in play.journey.waits if step == "enrollments"} == {Party.US}
    assert play.work["enrollment.medicare:claims"].role is Role.ENROLLMENTS_REPRESENTATIVE
    play.do(RecordEnrollment("medicare", CLAIMS, FINALISED))
    assert "enrollment.medicare:claims" not in play.work


@pytest.mark.parametrize(
    ("step", "event", "code"),
    [
        ("handoff_call", RecordEnrollment("medicare", CLAIMS, FINALISED), "too_early"),
        ("enrollments", RecordEnrollment("nobody", CLAIMS, FINALISED), "unknown"),
        ("enrollments", RecordEnrollment("aetna", Transaction.EFT, FINALISED), "not_planned"),
        ("enrollments", ConfirmFirstClaims(received=True, submitted=True), "too_early"),
        ("first_claim", ConfirmFirstClaims(received=False, submitted=False), "nothing"),
        ("first_claim", ConfirmFirstClaims(received=False, submitted=True), "order"),
        ("payments", ConfirmFirstClaims(received=True, submitted=True), "already"),
        ("first_claim", RecordFirstEra(START.date()), "too_early"),
        ("payments", RecordFirstEra(date(2026, 3, 3)), "future"),
        ("graduation", RecordFirstEra(START.date()), "already"),
        ("enrollments", ISSUE, "too_early"),
        ("payments", RecordPaymentIssue("nobody", PaymentIssue.REVERSAL), "unknown"),
        ("payments", SettlePaymentIssue("medicare", PaymentIssue.REVERSAL), "not_open"),
    ],
)
def test_what_comes_too_early_twice_or_wrong_is_refused(step: str, event: Event, code: str) -> None:
    """O-48."""
    play = playing(step)
    before = play.journey
    assert play.refuses(event).code == code
    assert play.journey is before


def test_go_live_needs_the_top_three_and_not_the_fourth_payer() -> None:
    """O-25, O-28."""
    play = playing("enrollments")
    play.do(*work_of("application_call", START.date()), *work_of("billing_rules_call", START.date()))
    play.do(*work_of("training", START.date()), *finalised(*PAYERS[:2]), *finalised(PAYERS[3]))
    assert play.journey.went_live_on is None
    play.do(*finalised(PAYERS[2]))
    assert play.journey.went_live_on == START.date()


def test_a_payer_that_needs_no_enrollment_is_usable_at_once() -> None:
    """E-01, O-28."""
    assert top_payers_finalised(new_journey(payers=(PayerFacts("medicare", 1, ()),)))
    assert not top_payers_finalised(new_journey(payers=()))


def test_the_coach_contacts_the_practice_once_at_go_live() -> None:
    """O-28, F-125."""
    play = playing("first_claim")
    (message,) = play.sent(MessageKind.GO_LIVE)
    assert dict(message.say.fields) == {
        "went_live_on": "2026-03-02",
        "payments_from": "2026-03-09",
        "payments_until": "2026-03-16",
    }
    assert play.notes("item_completed")[-1].subject == "first_claim.told"
    assert "first_claim.told" not in play.work


def test_go_live_happens_once_even_when_an_enrollment_gets_into_trouble_again() -> None:
    """O-28."""
    play = playing("first_claim")
    play.do(RecordEnrollment("medicare", CLAIMS, TROUBLE), RecordEnrollment("medicare", CLAIMS, FINALISED))
    assert len(play.sent(MessageKind.GO_LIVE)) == 1
    assert len(play.notes("went_live")) == 1


def test_the_first_charges_are_confirmed_as_received_and_submitted() -> None:
    """O-29."""
    play = playing("first_claim")
    play.deliver()
    play.do(ConfirmFirstClaims(received=True, submitted=False))
    assert play.step("first_claim") is StepState.OPEN
    play.do(ConfirmFirstClaims(received=True, submitted=True))
    assert play.step("first_claim") is StepState.DONE
    assert play.journey.claims_confirmed_on == START.date()


def test_the_window_of_the_first_payments_is_one_to_two_weeks_after_go_live() -> None:
    """O-32."""
    assert payment_window(date(2026, 3, 2)) == (date(2026, 3, 9), date(2026, 3, 16))


def test_payments_that_are_late_are_flagged_and_not_hidden() -> None:
    """O-32."""
    play = playing("payments")
    timer = play.timer("payments_late")
    assert timer is not None
    assert timer.due_at == datetime(2026, 3, 16, 21, 0, tzinfo=UTC)
    play.wait(days=15)
    assert play.notes("payments_late")
    assert play.work["late.payments"].role is Role.SUCCESS_COACH
    play.do(RecordFirstEra(play.now.date()))
    assert "late.payments" not in play.work


def test_first_claim_and_first_payment_that_are_late_are_flagged() -> None:
    """O-43."""
    play = playing("first_claim")
    play.wait(days=80)
    assert len(play.notes("first_claim_late")) == len(play.notes("first_payment_late")) == 1
    assert {"late.first_claim", "late.first_payment", "late.payments"} <= set(play.work)
    play.do(*work_of("first_claim", START.date()))
    assert "late.first_claim" not in play.work


def test_what_was_done_in_time_is_not_flagged() -> None:
    """O-43."""
    play = playing("graduation")
    for kind in ("first_claim_late", "first_payment_late", "payments_late"):
        assert play.timer(kind) is None
    play.wait(days=80)
    assert not play.notes("first_claim_late")


def test_what_was_skipped_is_not_late_either() -> None:
    """O-41."""
    play = playing("first_claim")
    play.deliver()
    for item in ("first_claim.received", "first_claim.submitted"):
        play.do(SkipItem(item, Reason.DONE_ELSEWHERE))
    assert play.timer("first_claim_late") is None


def test_a_lateness_that_was_settled_meanwhile_is_not_flagged() -> None:
    play = playing("first_claim")
    play.journey = replace(play.journey, claims_confirmed_on=START.date())
    play.fire(("first_claim_late", ""))
    assert not play.notes("first_claim_late")


def test_payment_posters_complete_auto_posting() -> None:
    """O-33."""
    play = playing("payments")
    assert play.work["payments.auto_posting"].role is Role.PAYMENT_POSTERS
    play.do(RecordFirstEra(START.date()))
    assert play.step("payments") is StepState.OPEN
    play.do(CompleteItem("payments.auto_posting"))
    assert play.step("payments") is StepState.DONE


def test_the_practice_is_told_of_a_payment_issue_once_until_it_is_settled() -> None:
    """O-34, F-131."""
    play = playing("payments")
    play.do(ISSUE)
    assert play.refuses(ISSUE).code == "already"
    assert dict(play.sent(MessageKind.PAYMENT_ISSUE)[0].say.fields) == {"payer": "medicare", "issue": "reversal"}
    assert play.work["payment_issue.medicare:reversal"].role is Role.PAYMENT_POSTERS
    play.do(SettlePaymentIssue("medicare", PaymentIssue.REVERSAL))
    assert "payment_issue.medicare:reversal" not in play.work
    play.wait(hours=1)
    play.do(ISSUE)
    assert len(play.sent(MessageKind.PAYMENT_ISSUE)) == 2


def test_the_practice_hears_of_the_first_era_once() -> None:
    """O-35, F-128."""
    play = playing("payments")
    play.do(RecordFirstEra(START.date()))
    assert play.journey.first_era_on == START.date()
    play.do(ReopenItem("payments.first_era", Reason.ENTERED_BY_MISTAKE))
    play.wait(days=1)
    play.do(RecordFirstEra(play.now.date()))
    assert play.journey.first_era_on == START.date() + timedelta(days=1)
    assert len(play.sent(MessageKind.FIRST_ERA_POSTED)) == 1


def test_a_first_era_after_its_item_was_skipped_is_still_recorded() -> None:
    """O-35."""
    play: Play = playing("payments")
    play.do(SkipItem("payments.first_era", Reason.DONE_ELSEWHERE), RecordFirstEra(START.date()))
    assert len(play.sent(MessageKind.FIRST_ERA_POSTED)) == 1
