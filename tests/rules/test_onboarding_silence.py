"""Silence: reminders, escalation, the proposal to pause, and what an answer cancels; bi-weekly reports."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.rules.calendars import Calendar, business_days_between
from models.rules.decisions import CancelMessages, CancelTimers
from models.rules.messages import MessageKind
from models.rules.onboarding import DOCUMENTS
from models.rules.onboarding_events import (
    AnswerQuestions,
    CompleteItem,
    Due,
    Pause,
    RecordCall,
    RecordDocument,
    Resume,
)
from models.rules.onboarding_facts import CallOutcome, DocumentOutcome, Reason
from models.rules.onboarding_letters import unwanted
from models.rules.roles import Party, Role
from tests.rules.examples import START, begun, held, playing
from tests.rules.play import Message, Play, State

DOCUMENTS_SILENCE = "handoff_call:practice"
NEW_YORK = ZoneInfo("America/New_York")


def waiting() -> Play:
    """A practice from which only documents are wanted, since START."""
    return playing("application_call")


def about(play: Play, subject: str = DOCUMENTS_SILENCE) -> list[Message]:
    return [each for each in play.messages.values() if each.say.subject == subject]


def days_of(messages: list[Message]) -> list[int]:
    return [
        business_days_between(START.date(), each.since.astimezone(NEW_YORK).date(), Calendar.GOVERNMENT)
        for each in messages
    ]


def test_the_practice_is_reminded_at_2_5_and_10_days_then_the_manager_then_a_pause_is_proposed() -> None:
    """O-44."""
    play = waiting()
    play.wait(days=60)
    messages = about(play)
    assert [each.say.kind for each in messages] == [
        MessageKind.REMINDER,
        MessageKind.REMINDER,
        MessageKind.REMINDER,
        MessageKind.STAFF_ESCALATION,
        MessageKind.PAUSE_PROPOSAL,
    ]
    assert days_of(messages) == [2, 5, 10, 15, 21]
    assert messages[3].say.to is Role.ONBOARDING_MANAGER
    assert {f"silent.{DOCUMENTS_SILENCE}", f"propose_pause.{DOCUMENTS_SILENCE}"} <= set(play.work)


def test_our_own_silence_reminds_the_owner_and_never_proposes_a_pause() -> None:
    """O-43, O-44."""
    play = waiting()
    play.wait(days=60)
    messages = about(play, "handoff_call:us")
    assert [each.say.kind for each in messages] == [MessageKind.STAFF_REMINDER] * 3 + [MessageKind.STAFF_ESCALATION]
    assert {each.say.to for each in messages[:3]} == {Role.SUCCESS_COACH}


def test_without_an_owner_the_coach_is_reminded() -> None:
    """O-44."""
    play = playing("training", roles={Role.SUCCESS_COACH: "coach-1"}, coach_candidate="")
    play.wait(days=3)
    assert {each.say.to for each in about(play, "training:us")} == {Role.SUCCESS_COACH}


def test_a_payer_is_not_reminded_by_the_journey() -> None:
    """E-20."""
    play = playing("enrollments")
    play.wait(days=60)
    assert not about(play, "enrollments:payer")


def test_an_answer_ends_the_cadence_in_the_same_decision() -> None:
    """O-44."""
    play = waiting()
    play.wait(days=20)
    decision = play.do(*[RecordDocument(item.key, DocumentOutcome.RECEIVED) for item in DOCUMENTS])
    assert CancelTimers("silence", DOCUMENTS_SILENCE) in decision.effects
    assert any(isinstance(each, CancelMessages) and each.subject == DOCUMENTS_SILENCE for each in decision.effects)
    before = len(about(play))
    play.wait(days=40)
    assert len(about(play)) == before


def test_an_answer_in_part_starts_the_silence_anew() -> None:
    """O-44."""
    play = waiting()
    play.wait(days=9)
    play.do(RecordDocument(DOCUMENTS[0].key, DocumentOutcome.RECEIVED))
    wait = play.journey.waits["handoff_call", Party.PRACTICE]
    assert (wait.since, wait.silent_since) == (START, play.now)
    timer = play.timer("silence", DOCUMENTS_SILENCE)
    assert timer is not None
    assert timer.set_as.number == 0


def test_what_we_do_does_not_count_as_the_practices_answer() -> None:
    """O-44."""
    play = waiting()
    play.wait(days=3)
    play.do(CompleteItem("handoff.account"))
    assert play.journey.waits["handoff_call", Party.PRACTICE].silent_since == START
    assert play.journey.waits["handoff_call", Party.US].silent_since == play.now


@pytest.mark.parametrize("outcome", [CallOutcome.NO_SHOW, CallOutcome.RESCHEDULED])
def test_a_call_with_a_new_date_is_waited_for_until_then(outcome: CallOutcome) -> None:
    """O-44."""
    play = playing("welcome_call")
    play.wait(days=2)
    play.do(RecordCall("welcome", outcome))
    call = play.journey.calls["welcome", 1]
    for party in (Party.PRACTICE, Party.US):
        assert play.journey.waits["welcome_call", party].silent_since == call.starts_at + timedelta(minutes=30)


def test_escalations_are_settled_by_the_answer() -> None:
    """O-44."""
    play = waiting()
    play.wait(days=60)
    play.do(*[RecordDocument(item.key, DocumentOutcome.RECEIVED) for item in DOCUMENTS])
    assert not [key for key in play.work if key.endswith(DOCUMENTS_SILENCE)]


def test_nobody_is_silent_before_a_date_that_was_agreed_upon() -> None:
    """O-44."""
    play = playing("welcome_call")
    call = play.journey.calls["welcome", 1]
    assert play.journey.waits["welcome_call", Party.US].silent_since == call.starts_at + timedelta(minutes=30)
    assert play.journey.waits["welcome_call", Party.US].since == START


def test_a_reminder_that_waits_in_the_queue_is_cancelled_by_the_answer() -> None:
    """O-44."""
    play = playing("welcome_call")
    play.do(held("welcome"))
    play.sleep_until(START + timedelta(days=3))
    play.fire(("silence", "welcome_call:practice"))
    (reminder,) = about(play, "welcome_call:practice")
    assert play.state_of(reminder.say.key) is State.QUEUED
    assert unwanted(reminder.say.kind, reminder.say.fields, play.journey) == ""
    play.do(AnswerQuestions({"providers": 1}))
    assert play.state_of(reminder.say.key) is State.CANCELLED
    assert unwanted(reminder.say.kind, reminder.say.fields, play.journey) == "nothing_missing"


def test_after_an_outage_one_message_goes_out_and_not_a_burst() -> None:
    """O-44."""
    play = waiting()
    play.sleep_until(START + timedelta(days=16))
    play.catch_up()
    assert [each.say.fields["waiting_days"] for each in about(play)] == [10]
    timer = play.timer("silence", DOCUMENTS_SILENCE)
    assert timer is not None
    assert timer.set_as.number == 3


def test_what_an_outage_made_late_is_not_sent_at_night() -> None:
    """O-44."""
    play = waiting()
    play.sleep_until(datetime(2026, 3, 6, 7, 0, tzinfo=UTC))
    play.fire(("silence", DOCUMENTS_SILENCE))
    (reminder,) = about(play)
    assert reminder.due_at.astimezone(NEW_YORK) == datetime(2026, 3, 6, 9, 0, tzinfo=NEW_YORK)


@pytest.mark.parametrize("zone", ["America/New_York", "America/Denver", "America/Los_Angeles"])
@pytest.mark.parametrize("start", [datetime(2026, 3, 5, 20, tzinfo=UTC), datetime(2026, 10, 29, 20, tzinfo=UTC)])
def test_reminders_come_at_nine_where_the_practice_is_around_both_changes_of_the_clocks(
    zone: str, start: datetime
) -> None:
    """O-44."""
    play = playing("application_call", as_of=start, zone=zone)
    play.wait(days=40)
    assert {each.since.astimezone(ZoneInfo(zone)).time() for each in about(play)} == {time(9)}
    reports = play.sent(MessageKind.PROGRESS_REPORT)
    assert {each.since.astimezone(ZoneInfo(zone)).time() for each in reports} == {time(9)}


def test_a_timer_that_comes_too_early_is_set_again() -> None:
    """O-44."""
    play = waiting()
    timer = play.timer("silence", DOCUMENTS_SILENCE)
    assert timer is not None
    play.do(Due("silence", START, DOCUMENTS_SILENCE, 2), by="golive")
    again = play.timer("silence", DOCUMENTS_SILENCE)
    assert not about(play)
    assert again is not None
    assert again.set_as.number == 2


def test_a_timer_without_its_wait_does_nothing() -> None:
    """O-44."""
    play = begun()
    play.do(Due("silence", START, "training:practice"), by="golive")
    assert not play.messages


def test_a_pause_stops_the_silence_and_it_goes_on_where_it_was() -> None:
    """O-44, O-45."""
    play = waiting()
    play.wait(days=4)
    assert len(about(play)) == 1
    play.do(Pause(Reason.PRACTICE_ASKED))
    play.wait(days=33)
    play.do(Resume())
    timer = play.timer("silence", DOCUMENTS_SILENCE)
    assert timer is not None
    assert timer.set_as.number == 1
    resumed_on = play.now.astimezone(NEW_YORK).date()
    due = timer.due_at.astimezone(NEW_YORK)
    assert due.time() == time(9)
    assert business_days_between(resumed_on, due.date(), Calendar.GOVERNMENT) == 1
    play.wait(days=2)
    assert [each.say.fields["waiting_days"] for each in about(play)] == [2, 5]


def test_a_silence_that_said_everything_says_nothing_after_a_pause() -> None:
    """O-45."""
    play = waiting()
    play.wait(days=60)
    before = len(about(play))
    play.do(Pause(Reason.PRACTICE_SILENT), Resume())
    play.wait(days=60)
    assert len(about(play)) == before


def test_reports_go_out_every_two_weeks_from_the_agreement_on() -> None:
    """O-36, F-129."""
    play = waiting()
    play.wait(days=60)
    reports = [each.since.date() for each in play.sent(MessageKind.PROGRESS_REPORT)]
    assert reports == [START.date() + timedelta(days=14 * number) for number in range(1, 5)]


def test_reports_that_an_outage_swallowed_are_not_made_up_for() -> None:
    """O-36."""
    play = waiting()
    play.sleep_until(START + timedelta(days=50))
    play.catch_up()
    assert len(play.sent(MessageKind.PROGRESS_REPORT)) == 1
    timer = play.timer("progress_report")
    assert timer is not None
    assert timer.due_at.date() == START.date() + timedelta(days=56)
