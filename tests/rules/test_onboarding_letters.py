"""What is still missing, and what is no longer wanted, at the moment a message is sent."""

from datetime import timedelta

from models.rules.messages import MessageKind
from models.rules.onboarding_events import AssignRole, RecordCall, RecordDocument
from models.rules.onboarding_facts import CallOutcome, DocumentOutcome
from models.rules.onboarding_letters import missing_items, unwanted
from models.rules.roles import Party, Role
from tests.rules.examples import held, playing


def test_missing_is_what_one_side_is_waited_for() -> None:
    """O-13, O-42."""
    play = playing("welcome_call")
    assert missing_items(play.journey, "welcome_call", Party.PRACTICE) == ["welcome.questions"]
    assert "welcome.preparation" in missing_items(play.journey, "welcome_call", Party.US)
    assert missing_items(play.journey, "handoff_call", Party.PRACTICE) == []


def test_an_invitation_is_wanted_until_its_call_is_moved_or_held() -> None:
    play = playing("welcome_call")
    first = play.sent(MessageKind.CALL_INVITATION)[0].say.fields
    assert unwanted(MessageKind.CALL_INVITATION, first, play.journey) == ""
    play.do(RecordCall("welcome", CallOutcome.RESCHEDULED, new_start=play.now + timedelta(days=9)))
    moved = play.sent(MessageKind.CALL_INVITATION)[-1].say.fields
    assert unwanted(MessageKind.CALL_INVITATION, first, play.journey) == "superseded"
    assert unwanted(MessageKind.CALL_INVITATION, moved, play.journey) == ""
    play.do(held("welcome"))
    assert unwanted(MessageKind.CALL_INVITATION, moved, play.journey) == "superseded"


def test_an_invitation_stays_wanted_when_another_attendee_is_replaced() -> None:
    play = playing("welcome_call")
    (to_practice,) = play.sent(MessageKind.CALL_INVITATION, Role.PRIMARY_CONTACT)
    play.do(AssignRole(Role.SUCCESS_COACH, "coach-2"))
    assert play.journey.calls["welcome", 1].sequence == 1
    assert unwanted(MessageKind.CALL_INVITATION, to_practice.say.fields, play.journey) == ""


def test_other_messages_are_always_wanted() -> None:
    play = playing("application_call")
    play.do(RecordDocument("document.w9", DocumentOutcome.ACCEPTED))
    assert unwanted(MessageKind.WELCOME, {}, play.journey) == ""
