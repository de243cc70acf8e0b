"""Graduation, pause, resume and cancel."""

from datetime import timedelta

import pytest

from models.rules.decisions import Refusal
from models.rules.messages import MessageKind
from models.rules.onboarding import STEPS
from models.rules.onboarding_decision import decide
from models.rules.onboarding_events import (
    AssignRole,
    Cancel,
    CompleteItem,
    Due,
    Event,
    Graduate,
    Pause,
    RecordEnrollment,
    RecordPaymentIssue,
    Resume,
    SettlePaymentIssue,
    SkipItem,
)
from models.rules.onboarding_facts import (
    CallState,
    Decision,
    EnrollmentOutcome,
    JourneyStatus,
    PaymentIssue,
    Reason,
    StepState,
    Transaction,
)
from models.rules.roles import Party, Role
from tests.rules.examples import START, finish_everything, graduated, held, playing, work_of
from tests.rules.play import Play, State

ORDER = [step.key for step in STEPS]
PAUSE = Pause(Reason.PRACTICE_ASKED)
CANCEL = Cancel(Reason.AGREEMENT_ENDED)
TROUBLE = RecordEnrollment("cigna", Transaction.CLAIMS, EnrollmentOutcome.IN_TROUBLE)


def pending(play: Play) -> list[MessageKind]:
    return [each.say.kind for each in play.messages.values() if each.state in (State.QUEUED, State.HELD)]


def test_the_coach_graduates_the_account_and_the_practice_gets_one_message() -> None:
    """O-37."""
    play = graduated()
    assert play.journey.status is JourneyStatus.GRADUATED
    assert play.journey.graduated_on == START.date()
    assert play.step("graduation") is StepState.DONE
    assert pending(play) == [MessageKind.GRADUATION]
    play.deliver()
    assert len(play.sent(MessageKind.GRADUATION)) == 1
    assert play.refuses(Graduate()).code == "graduated"


def test_scheduled_calls_and_reports_stop_with_graduation() -> None:
    """O-37."""
    play = graduated()
    assert not play.timers
    assert not play.work
    assert not play.journey.waits
    assert CallState.SCHEDULED not in {call.state for call in play.journey.calls.values()}
    assert dict(play.messages["graduation"].say.fields) == {"graduated_on": "2026-03-02", "calls": "check_in:1"}
    before = len(play.messages)
    play.wait(days=100)
    assert len(play.messages) == before


def test_graduation_is_too_early_before_the_payments() -> None:
    """O-37."""
    refusal = playing("payments").refuses(Graduate())
    assert refusal.sentence == "Graduation is not open yet; still to be finished: Payments / Reimbursements."


def test_graduation_names_what_is_still_missing() -> None:
    """O-37."""
    play = playing("graduation")
    for item in ("All claims are sent", "One-week call held", "Form W-9", "Review the activity with the Billing Team"):
        assert item in play.refuses(Graduate()).sentence
    finish_everything(play)
    play.do(Graduate())


def test_graduation_waits_for_the_one_week_call() -> None:
    """O-30, O-37."""
    play = playing("graduation")
    finish_everything(play)
    fresh = playing("graduation")
    for key in list(fresh.work):
        if fresh.journey.items.get(key):
            fresh.tell(SkipItem(key, Reason.NOT_NEEDED))
    assert "One-week call held" in fresh.refuses(Graduate()).sentence
    fresh.do(held("one_week"), Graduate())


def test_an_enrollment_in_trouble_holds_graduation_back() -> None:
    """O-37."""
    play = playing("graduation")
    finish_everything(play)
    play.do(TROUBLE)
    assert "enrollment in trouble" in play.refuses(Graduate()).sentence
    play.do(RecordEnrollment("cigna", Transaction.CLAIMS, EnrollmentOutcome.FINALISED), Graduate())


def test_an_open_payment_issue_holds_graduation_back() -> None:
    """O-34, O-37."""
    play = playing("graduation")
    finish_everything(play)
    play.do(RecordPaymentIssue("medicare", PaymentIssue.ZERO_PAY))
    assert "medicare zero pay" in play.refuses(Graduate()).sentence
    play.do(SettlePaymentIssue("medicare", PaymentIssue.ZERO_PAY), Graduate())


@pytest.mark.parametrize("step", ORDER)
def test_a_journey_is_paused_and_resumed_at_every_point(step: str) -> None:
    """O-45."""
    play = playing(step)
    dated = {key for key, call in play.journey.calls.items() if call.state is CallState.SCHEDULED}
    waits = set(play.journey.waits)
    play.do(PAUSE)
    assert all(timer.is_held for timer in play.timers.values())
    assert State.QUEUED not in {each.state for each in play.messages.values()}
    assert {key for key, call in play.journey.calls.items() if call.state is CallState.ON_HOLD} == dated
    sent = len([each for each in play.messages.values() if each.state is State.SENT])
    play.wait(days=45)
    assert len([each for each in play.messages.values() if each.state is State.SENT]) == sent
    play.do(Resume())
    assert {key for key, call in play.journey.calls.items() if call.state is CallState.SCHEDULED} == dated
    assert all(play.journey.calls[key].starts_at > play.now for key in dated)
    assert set(play.journey.waits) == waits


def test_resumed_calls_update_the_calendars() -> None:
    """O-45."""
    play = playing("welcome_call")
    play.deliver()
    play.do(PAUSE)
    play.wait(days=10)
    play.do(Resume())
    assert play.journey.calls["welcome", 1].sequence == 1
    assert len(play.sent(MessageKind.CALL_INVITATION, Role.PRIMARY_CONTACT)) == 2


def test_the_clocks_stop_while_paused() -> None:
    """O-45."""
    play = playing("application_call")
    before = {key: timer.due_at for key, timer in play.timers.items() if key[0].endswith("_late")}
    play.do(PAUSE)
    play.wait(days=10)
    play.do(Resume())
    assert {key: play.timers[key].due_at - due_at for key, due_at in before.items()} == dict.fromkeys(
        before, timedelta(days=10)
    )
    assert play.notes("journey_resumed")[0].evidence["days"] == 10


def test_what_payers_do_is_recorded_while_paused_and_told_afterwards() -> None:
    """O-27, O-45."""
    play = playing("enrollments")
    play.do(PAUSE, RecordEnrollment("medicare", Transaction.CLAIMS, EnrollmentOutcome.FINALISED))
    assert play.state_of("enrollment:medicare:claims") is State.HELD
    play.do(Resume())
    play.deliver()
    assert play.state_of("enrollment:medicare:claims") is State.SENT


def test_a_coach_who_is_assigned_while_paused_is_invited_on_resuming() -> None:
    """O-45."""
    play = playing("welcome_call")
    play.deliver()
    play.do(PAUSE, AssignRole(Role.SUCCESS_COACH, "coach-2"))
    assert MessageKind.CALL_INVITATION not in pending(play)
    play.do(Resume())
    assert len(play.sent(MessageKind.CALL_INVITATION, Role.SUCCESS_COACH)) == 2


def test_a_mail_that_was_under_way_when_the_journey_was_paused_still_counts() -> None:
    """O-28, O-45."""
    play = playing("application_call")
    for step in ("application_call", "billing_rules_call", "training", "enrollments"):
        play.do(*work_of(step, START.date()))
    play.do(PAUSE)
    assert "first_claim.told" in play.work
    play.do(Due("message_sent", play.now, "first_claim.told"), by="golive")
    assert "first_claim.told" not in play.work


def test_a_report_of_a_sent_message_that_completes_nothing_any_more_changes_nothing() -> None:
    """O-28."""
    play = playing("payments")
    before = play.journey.items
    play.do(Due("message_sent", play.now, "first_claim.told"), by="golive")
    assert play.journey.items == before


@pytest.mark.parametrize("event", [PAUSE, CompleteItem("handoff.account"), Graduate()])
def test_a_paused_journey_takes_nothing_else(event: Event) -> None:
    """O-45."""
    play = playing("application_call")
    play.do(PAUSE)
    assert "resume it first" in play.refuses(event).sentence


def test_only_a_paused_journey_is_resumed() -> None:
    """O-45."""
    assert playing("welcome_call").refuses(Resume()).code == "not_paused"


@pytest.mark.parametrize("is_paused", [False, True])
@pytest.mark.parametrize("step", ORDER)
def test_a_journey_is_cancelled_at_every_point_and_says_nothing_more(step: str, is_paused: bool) -> None:
    """O-45."""
    play = playing(step)
    if is_paused:
        play.do(PAUSE)
    play.do(CANCEL)
    assert play.journey.status is JourneyStatus.CANCELLED
    assert not play.timers
    assert not play.work
    assert not pending(play)
    assert {call.state for call in play.journey.calls.values()} <= {CallState.CANCELLED, CallState.HELD}
    assert play.refuses(Resume()).code == "cancelled"


@pytest.mark.parametrize("kind", ["silence", "progress_report", "call_passed", "check_in", "message_sent"])
def test_a_timer_of_a_closed_journey_leads_to_nothing(kind: str) -> None:
    """O-45."""
    play = graduated()
    due = Due(kind, play.now, "first_claim.told")
    assert decide(play.journey, due, by="golive", as_of=play.now) == Decision()


def test_waits_say_since_when_also_after_a_pause() -> None:
    """O-42, O-45."""
    play = playing("application_call")
    play.do(PAUSE)
    play.wait(days=10)
    play.do(Resume())
    assert play.journey.waits["handoff_call", Party.PRACTICE].since == START


def test_a_refusal_is_a_sentence_with_a_code() -> None:
    told = playing("payments").tell(Graduate())
    assert isinstance(told, Refusal)
    assert (told.code, told.sentence[-1]) == ("too_early", ".")
