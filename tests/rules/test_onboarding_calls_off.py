"""Calls that drop out of a calendar: who hears of it, in which version, and when nobody does."""

import pytest

from models.rules.decisions import Say
from models.rules.messages import MessageKind
from models.rules.onboarding_events import AssignRole, Cancel, Event, Pause, Resume, SkipItem, SkipStep
from models.rules.onboarding_facts import CallState, Reason
from models.rules.onboarding_letters import date_of
from models.rules.roles import Role
from tests.rules.examples import TEAM, graduated, held, playing
from tests.rules.play import Play, State

SKIPS: list[Event] = [
    SkipStep("billing_rules_call", Reason.NOT_NEEDED),
    SkipItem("billing_rules.held", Reason.DONE_ELSEWHERE),
]
NEW_COACH = AssignRole(Role.SUCCESS_COACH, "coach-2")
OLD_COACH = AssignRole(Role.SUCCESS_COACH, "coach-1")


def cancelled(play: Play) -> list[Say]:
    return [each.say for each in play.sent(MessageKind.CALL_CANCELLED)]


def invited(play: Play, person: str) -> list[Say]:
    return [each.say for each in play.sent(MessageKind.CALL_INVITATION) if each.say.person == person]


@pytest.mark.parametrize("skip", SKIPS)
def test_everybody_who_was_invited_to_a_skipped_call_gets_one_cancellation(skip: Event) -> None:
    """O-41, O-48."""
    play = playing("billing_rules_call")
    play.deliver()
    date = play.journey.calls["billing_rules", 1].starts_at
    play.do(skip)
    said = cancelled(play)
    assert sorted((say.to, say.person) for say in said) == [
        (Role.BILLING_TEAM, "billing-team-1"),
        (Role.PRIMARY_CONTACT, ""),
        (Role.SUCCESS_COACH, "coach-1"),
    ]
    assert {(say.fields["call"], say.fields["sequence"]) for say in said} == {("billing_rules", 1)}
    assert {date_of(say.fields) for say in said} == {date}
    assert play.journey.calls["billing_rules", 1].state is CallState.CANCELLED


@pytest.mark.parametrize("skip", SKIPS)
def test_an_invitation_that_is_still_queued_does_not_go_out_for_a_skipped_call(skip: Event) -> None:
    """O-41."""
    play = playing("application_call")
    play.do(held("application"))
    play.do(skip)
    about = [each for each in play.messages.values() if each.say.subject == "call:billing_rules:1"]
    invitations = [each.state for each in about if each.say.kind is MessageKind.CALL_INVITATION]
    assert invitations == [State.CANCELLED] * 3


def test_a_person_with_two_roles_in_a_skipped_call_gets_one_cancellation() -> None:
    """O-48."""
    play = playing("billing_rules_call", roles={**TEAM, Role.BILLING_TEAM: "coach-1"})
    play.do(SKIPS[0])
    assert sorted(say.person for say in cancelled(play)) == ["", "coach-1"]


def test_a_skipped_call_whose_time_is_over_is_not_called_off() -> None:
    """O-41."""
    play = playing("billing_rules_call")
    play.wait(days=10)
    play.do(SKIPS[0])
    assert cancelled(play) == []


def test_a_call_held_before_its_date_took_place_and_is_not_called_off() -> None:
    """O-09."""
    play = playing("billing_rules_call")
    play.deliver()
    assert play.journey.calls["billing_rules", 1].starts_at > play.now
    play.do(held("billing_rules"))
    assert cancelled(play) == []


def test_who_leaves_a_role_gets_the_cancellation_and_who_comes_the_invitation() -> None:
    """O-48: nobody else hears of it."""
    play = playing("welcome_call")
    play.deliver()
    play.do(NEW_COACH)
    (gone,), (come,) = cancelled(play), invited(play, "coach-2")
    assert (gone.to, gone.person, gone.fields["sequence"]) == (Role.SUCCESS_COACH, "coach-1", 1)
    assert (come.to, come.fields["sequence"]) == (Role.SUCCESS_COACH, 1)
    assert play.journey.calls["welcome", 1].sequence == 1
    assert len(play.sent(MessageKind.CALL_INVITATION, Role.PRIMARY_CONTACT)) == 1


def test_who_leaves_before_the_invitation_went_out_does_not_get_it() -> None:
    play = playing("welcome_call")
    held_back = play.messages["call:welcome:1:0:success_coach:coach-1"]
    held_back.state = State.QUEUED
    play.do(NEW_COACH)
    assert held_back.state is State.CANCELLED
    assert play.state_of("call:welcome:1:0:primary_contact:") is State.SENT


def test_who_comes_back_is_invited_in_a_later_version_than_was_cancelled() -> None:
    play = playing("welcome_call")
    play.deliver()
    play.do(NEW_COACH)
    play.deliver()
    play.do(OLD_COACH)
    again = invited(play, "coach-1")[-1]
    assert [say.fields["sequence"] for say in cancelled(play)] == [1, 2]
    assert again.fields["sequence"] == 2


def test_who_comes_back_at_once_is_not_called_off() -> None:
    play = playing("welcome_call")
    play.deliver()
    play.do(NEW_COACH, OLD_COACH)
    assert [say.person for say in cancelled(play)] == ["coach-2"]
    assert invited(play, "coach-2") == []


def test_who_attends_in_another_role_stays_invited() -> None:
    play = playing("billing_rules_call", roles={**TEAM, Role.BILLING_TEAM: "coach-1"})
    play.deliver()
    play.do(NEW_COACH)
    assert cancelled(play) == []
    assert play.journey.calls["billing_rules", 1].sequence == 0


def test_a_role_that_nobody_had_calls_nothing_off() -> None:
    play = playing("handoff_call", roles={Role.SUCCESS_COACH: "coach-1"})
    play.do(AssignRole(Role.SALES_REPRESENTATIVE, "coach-2"))
    assert cancelled(play) == []
    assert len(invited(play, "coach-2")) == 1


def test_a_pause_calls_nothing_off() -> None:
    """O-45."""
    play = playing("billing_rules_call")
    play.deliver()
    play.do(Pause(Reason.PRACTICE_ASKED))
    assert cancelled(play) == []


def test_who_leaves_while_paused_hears_of_it_when_the_journey_goes_on() -> None:
    """O-45: nothing is sent for a paused one."""
    play = playing("welcome_call")
    play.deliver()
    play.do(Pause(Reason.PRACTICE_ASKED), NEW_COACH)
    assert play.state_of("call:welcome:1:1:cancelled:coach-1") is State.HELD
    play.wait(hours=1)
    play.do(Resume())
    play.deliver()
    assert play.state_of("call:welcome:1:1:cancelled:coach-1") is State.SENT
    assert invited(play, "coach-2")[0].fields["sequence"] == 2


def test_a_cancelled_journey_calls_nothing_off() -> None:
    """O-45."""
    play = playing("billing_rules_call")
    play.deliver()
    play.do(Cancel(Reason.AGREEMENT_ENDED))
    assert cancelled(play) == []


def test_a_graduation_calls_off_in_its_one_message() -> None:
    """O-37, O-45."""
    play = graduated()
    assert cancelled(play) == []
    assert play.messages["graduation"].say.fields["calls"] == "check_in:1"


def test_a_call_that_was_moved_and_is_then_skipped_is_called_off_in_its_last_version() -> None:
    """O-41."""
    play = playing("billing_rules_call")
    play.do(Pause(Reason.PRACTICE_ASKED), Resume())
    play.do(SKIPS[0])
    assert {say.fields["sequence"] for say in cancelled(play)} == {2}
