"""What is still missing, and what is no longer wanted, at the moment a message is sent."""

from models.rules.messages import MessageKind
from models.rules.onboarding_events import RecordCall, RecordDocument
from models.rules.onboarding_facts import CallOutcome, DocumentOutcome
from models.rules.onboarding_letters import missing_items, unwanted
from models.rules.roles import Party
from tests.rules.examples import held, playing


def test_missing_is_what_one_side_is_waited_for() -> None:
    """O-13, O-42."""
    play = playing("welcome_call")
    assert missing_items(play.journey, "welcome_call", Party.PRACTICE) == ["welcome.questions"]
    assert "welcome.preparation" in missing_items(play.journey, "welcome_call", Party.US)
    assert missing_items(play.journey, "handoff_call", Party.PRACTICE) == []


def test_an_invitation_is_wanted_until_its_call_is_moved_or_held() -> None:
    play = playing("welcome_call")
    fields: dict[str, str | int | bool | None] = {"call": "welcome", "number": 1, "sequence": 0}
    assert unwanted(MessageKind.CALL_INVITATION, fields, play.journey) == ""
    play.do(RecordCall("welcome", CallOutcome.RESCHEDULED))
    assert unwanted(MessageKind.CALL_INVITATION, fields, play.journey) == "superseded"
    assert unwanted(MessageKind.CALL_INVITATION, {**fields, "sequence": 1}, play.journey) == ""
    play.do(held("welcome"))
    assert unwanted(MessageKind.CALL_INVITATION, {**fields, "sequence": 1}, play.journey) == "superseded"


def test_other_messages_are_always_wanted() -> None:
    play = playing("application_call")
    play.do(RecordDocument("document.w9", DocumentOutcome.ACCEPTED))
    assert unwanted(MessageKind.WELCOME, {}, play.journey) == ""
