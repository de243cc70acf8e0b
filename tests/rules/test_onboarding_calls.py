"""Calls: dates, invitations, agendas, outcomes, no-shows, and the calls after go-live."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.rules.messages import MessageKind
from models.rules.onboarding import CALLS
from models.rules.onboarding_events import CompleteItem, Due, RecordCall, ReopenItem, SkipItem
from models.rules.onboarding_facts import CallOutcome, CallState, Reason, StepState
from models.rules.roles import Role
from tests.rules.examples import START, begun, held, playing, work_of
from tests.rules.play import State

NO_SHOW = CallOutcome.NO_SHOW
MOVED = CallOutcome.RESCHEDULED
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu")


@pytest.mark.parametrize(
    ("call", "minutes", "led_by", "attendees"),
    [
        ("handoff", 60, Role.SUCCESS_COACH, {Role.PRIMARY_CONTACT, Role.SALES_REPRESENTATIVE, Role.SUCCESS_COACH}),
        ("application", 60, Role.SUCCESS_COORDINATOR, {Role.PRIMARY_CONTACT, Role.SUCCESS_COORDINATOR}),
        ("billing_rules", 60, Role.SUCCESS_COACH, {Role.PRIMARY_CONTACT, Role.SUCCESS_COACH, Role.BILLING_TEAM}),
    ],
)
def test_length_leader_and_attendees_of_the_calls(call: str, minutes: int, led_by: Role, attendees: set[Role]) -> None:
    """O-08, O-14, O-17."""
    assert CALLS[call].minutes == minutes
    assert CALLS[call].led_by is led_by
    assert set(CALLS[call].attendees) == attendees


def test_the_agendas_are_those_of_the_document() -> None:
    """O-09, O-15, O-18."""
    assert [item.title for item in CALLS["handoff"].agenda] == [
        "Service Agreement terms",
        "Current business status",
        "Onboarding process overview",
        "Required Documents Checklist",
        "Training schedule and EHR integration",
    ]
    assert len(CALLS["application"].agenda) == 11
    assert [item.title for item in CALLS["billing_rules"].agenda] == [
        "Charges",
        "Medical records and coding",
        "Payments and A/R management",
    ]


@pytest.mark.parametrize("step", ["handoff_call", "application_call", "billing_rules_call"])
def test_everybody_who_attends_is_invited_once(step: str) -> None:
    """O-08, O-14, O-17."""
    play = playing(step)
    call = play.journey.template.steps[step].call
    assert call is not None
    invited = [each.say.to for each in play.messages.values() if each.say.subject == f"call:{call.key}:1"]
    assert sorted(invited) == sorted(call.attendees)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [date(2026, 3, 6), date(2026, 10, 30)])
def test_calls_are_held_in_business_hours_of_the_practice_around_both_changes_of_the_clocks(
    zone: str, day: date
) -> None:
    """O-03."""
    start = datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(hours=20)
    play = playing("handoff_call", as_of=start, zone=zone)
    for call in play.journey.calls.values():
        local = call.starts_at.astimezone(ZoneInfo(zone))
        assert 10 <= local.hour <= 16
        assert local.weekday() < 5
        assert (local + timedelta(minutes=call.minutes)).hour < 17 or (local.hour, local.minute) == (16, 0)


def test_a_call_is_not_proposed_when_its_people_are_busy() -> None:
    ten = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    play = playing("welcome_call", busy=((ten, ten + timedelta(minutes=45)),))
    assert play.journey.calls["welcome", 1].starts_at == datetime(2026, 3, 3, 16, 0, tzinfo=UTC)


def test_a_long_call_does_not_reach_beyond_the_end_of_business() -> None:
    day = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    play = playing("handoff_call", busy=((day, day + timedelta(hours=5, minutes=30)),))
    assert play.journey.calls["handoff", 1].starts_at == datetime(2026, 3, 4, 21, 0, tzinfo=UTC) - timedelta(minutes=30)
    full = playing("handoff_call", busy=((day, day + timedelta(hours=6, minutes=15)),))
    assert full.journey.calls["handoff", 1].starts_at == datetime(2026, 3, 5, 15, 0, tzinfo=UTC)


def test_a_held_call_covers_its_whole_agenda_unless_told_otherwise() -> None:
    """O-09."""
    play = playing("handoff_call")
    play.do(held("handoff"))
    assert dict(play.notes("call_held")[-1].evidence) == {"number": 1, "covered": 5, "left": 0}
    assert play.journey.calls["handoff", 1].state is CallState.HELD


def test_what_was_left_out_keeps_the_step_open_until_it_is_covered() -> None:
    """O-09."""
    play = playing("billing_rules_call")
    play.do(RecordCall("billing_rules", CallOutcome.HELD, ("billing_rules.charges",)))
    play.do(CompleteItem("billing_rules.configured"))
    assert play.step("billing_rules_call") is StepState.OPEN
    repeated = RecordCall("billing_rules", CallOutcome.HELD, ("billing_rules.charges",))
    assert play.refuses(repeated).code == "already"
    play.do(held("billing_rules"))
    assert play.step("billing_rules_call") is StepState.DONE
    assert play.refuses(held("billing_rules")).code == "already"


def test_the_handoff_call_issues_the_checklist_once() -> None:
    """O-09, O-13."""
    play = playing("handoff_call")
    play.do(RecordCall("handoff", CallOutcome.HELD, ("handoff.agreement_terms",)))
    play.do(held("handoff"))
    assert len(play.sent(MessageKind.DOCUMENTS_CHECKLIST)) == 1
    assert len(play.notes("checklist_issued")) == 1


def test_a_reopened_checklist_is_issued_again() -> None:
    """O-41."""
    play = playing("application_call")
    play.wait(hours=1)
    play.do(ReopenItem("handoff.checklist", Reason.MUST_BE_REPEATED))
    play.do(held("handoff"))
    assert len(play.sent(MessageKind.DOCUMENTS_CHECKLIST)) == 2


def test_a_call_may_be_recorded_as_held_before_its_date() -> None:
    play = playing("welcome_call")
    assert play.journey.calls["welcome", 1].starts_at > play.now
    play.do(held("welcome"))
    call = play.journey.calls["welcome", 1]
    assert (call.state, call.starts_at) == (CallState.HELD, play.now)
    assert play.timer("call_passed", "call:welcome:1") is None
    assert "call:welcome:1" not in play.work


def test_an_invitation_that_did_not_go_out_yet_is_not_sent_after_the_call() -> None:
    play = begun()
    play.do(*work_of("service_agreement", START.date()), held("welcome"))
    play.deliver()
    assert not play.sent(MessageKind.CALL_INVITATION, Role.PRIMARY_CONTACT)


def test_a_missed_call_gets_a_new_date_and_everybody_the_updated_invitation() -> None:
    play = playing("welcome_call")
    play.deliver()
    play.until(datetime(2026, 3, 3, 17, 0, tzinfo=UTC))
    assert "record.call:welcome:1" in play.work
    play.do(RecordCall("welcome", NO_SHOW))
    call = play.journey.calls["welcome", 1]
    assert (call.state, call.sequence) == (CallState.SCHEDULED, 1)
    assert call.starts_at > play.now
    assert len(play.sent(MessageKind.CALL_INVITATION, Role.PRIMARY_CONTACT)) == 2
    assert "record.call:welcome:1" not in play.work
    assert play.work["call:welcome:1"].due_at == call.starts_at + timedelta(minutes=30)


def test_a_call_is_moved_to_the_date_that_was_agreed_upon() -> None:
    play = playing("welcome_call")
    wanted = play.now + timedelta(days=3)
    play.do(RecordCall("welcome", MOVED, new_start=wanted))
    assert play.journey.calls["welcome", 1].starts_at == wanted
    assert play.notes("call_moved")[0].evidence["starts_at"] == "2026-03-05 10:00"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (RecordCall("nothing", CallOutcome.HELD), "unknown"),
        (held("application"), "not_scheduled"),
        (held("one_week"), "not_scheduled"),
        (RecordCall("handoff", MOVED, new_start=START - timedelta(days=1)), "past"),
        (RecordCall("handoff", CallOutcome.HELD, ("application.logins",)), "unknown"),
        (RecordCall("welcome", MOVED), "already"),
        (RecordCall("welcome", NO_SHOW), "already"),
    ],
)
def test_what_cannot_be_recorded_of_a_call_is_refused(event: RecordCall, code: str) -> None:
    assert playing("handoff_call").refuses(event).code == code


def test_a_call_without_a_leader_is_told_so() -> None:
    play = playing("application_call", roles={Role.SUCCESS_COACH: "coach-1"})
    assert "success coordinator" in play.refuses(held("application")).sentence


def test_a_call_of_a_skipped_item_is_cancelled_and_comes_back_when_reopened() -> None:
    """O-41."""
    play = playing("billing_rules_call")
    play.do(SkipItem("billing_rules.held", Reason.DONE_ELSEWHERE))
    assert play.journey.calls["billing_rules", 1].state is CallState.CANCELLED
    assert play.refuses(held("billing_rules")).code == "cancelled"
    assert "billing_rules.configured" in play.work
    play.do(ReopenItem("billing_rules.held", Reason.ENTERED_BY_MISTAKE))
    assert play.journey.calls["billing_rules", 2].state is CallState.SCHEDULED


def test_a_call_that_nobody_recorded_is_asked_for_once() -> None:
    play = playing("welcome_call")
    play.wait(days=2)
    assert play.work["record.call:welcome:1"].role is Role.SUCCESS_COACH
    assert len(play.notes("call_unrecorded")) == 1
    play.do(Due("call_passed", play.now, "call:welcome:7"), by="golive")
    assert len(play.notes("call_unrecorded")) == 1


def test_the_one_week_call_is_seven_days_after_go_live() -> None:
    """O-30, F-126."""
    play = playing("first_claim")
    call = play.journey.calls["one_week", 1]
    assert call.starts_at == START + timedelta(days=7) - timedelta(hours=1)
    assert set(CALLS["one_week"].attendees) >= {Role.PRIMARY_CONTACT, Role.BILLING_TEAM}


def test_check_ins_follow_every_two_weeks_from_first_claim_on() -> None:
    """O-31, F-127."""
    play = playing("first_claim")
    play.wait(days=70)
    dates = [
        call.starts_at.astimezone(ZoneInfo("America/New_York"))
        for (name, _), call in sorted(play.journey.calls.items())
        if name == "check_in"
    ]
    memorial_day = date(2026, 5, 25)
    expected = [START.date() + timedelta(days=14 * number) for number in range(1, 7)]
    assert expected[-1] == memorial_day
    assert [day.date() for day in dates] == [*expected[:-1], memorial_day + timedelta(days=1)]
    assert {day.hour for day in dates} == {10}


def test_the_check_in_that_took_place_is_recorded_and_not_the_next_one() -> None:
    """O-31."""
    play = playing("first_claim")
    play.until(play.journey.calls["check_in", 1].starts_at + timedelta(minutes=40))
    assert play.journey.calls["check_in", 2].state is CallState.SCHEDULED
    play.do(held("check_in"))
    assert play.journey.calls["check_in", 1].state is CallState.HELD
    assert play.journey.calls["check_in", 2].state is CallState.SCHEDULED


def test_after_an_outage_only_the_next_check_in_is_scheduled() -> None:
    """O-31."""
    play = playing("first_claim")
    play.sleep_until(play.now + timedelta(days=75))
    before = len(play.journey.calls)
    play.catch_up()
    assert len(play.journey.calls) == before + 1
    assert max(play.journey.calls.values(), key=lambda call: call.starts_at).starts_at > play.now


def test_a_check_in_timer_that_comes_twice_schedules_one_call() -> None:
    """O-31."""
    play = playing("first_claim")
    play.wait(days=15)
    before = dict(play.journey.calls)
    play.do(Due("check_in", play.now, number=2), by="golive")
    assert play.journey.calls == before


def test_invitations_are_sent_and_not_cancelled_by_what_follows() -> None:
    play = playing("application_call")
    subjects = {each.say.subject for each in play.messages.values() if each.state is State.SENT}
    assert "call:application:1" in subjects
