"""The Required Documents Checklist."""

from datetime import timedelta

import pytest

from models.rules.messages import MessageKind
from models.rules.onboarding import DOCUMENTS
from models.rules.onboarding_events import RecordDocument, ReopenItem, SkipItem
from models.rules.onboarding_facts import DocumentOutcome, ItemState, Reason
from models.rules.onboarding_letters import missing_items
from models.rules.roles import Party, Role
from tests.rules.examples import playing

W9 = "document.w9"
RECEIVED = RecordDocument(W9, DocumentOutcome.RECEIVED)
ACCEPTED = RecordDocument(W9, DocumentOutcome.ACCEPTED)
REJECTED = RecordDocument(W9, DocumentOutcome.REJECTED, Reason.UNREADABLE)


def test_each_document_is_requested_with_the_handoff_call() -> None:
    """O-13."""
    play = playing("application_call")
    assert {item.key for item in DOCUMENTS} <= set(play.work)
    assert play.work[W9].role is Role.PRIMARY_CONTACT


def test_a_received_document_waits_for_us_and_an_accepted_one_for_nobody() -> None:
    """O-13, O-42."""
    play = playing("application_call")
    play.do(RECEIVED)
    assert play.journey.items[W9].state is ItemState.RECEIVED
    assert W9 not in play.work
    assert play.work[f"check.{W9}"].role is Role.SUCCESS_COACH
    assert W9 in missing_items(play.journey, "handoff_call", Party.US)
    assert W9 not in missing_items(play.journey, "handoff_call", Party.PRACTICE)
    play.do(ACCEPTED)
    assert f"check.{W9}" not in play.work
    assert W9 not in missing_items(play.journey, "handoff_call", Party.US)


def test_a_rejected_document_is_requested_again_with_its_reason() -> None:
    """O-13."""
    play = playing("application_call")
    play.do(RECEIVED, REJECTED)
    (message,) = play.sent(MessageKind.DOCUMENT_REJECTED)
    assert dict(message.say.fields) == {"document": W9, "reason": "unreadable"}
    assert W9 in play.work
    assert f"check.{W9}" not in play.work
    assert play.journey.items[W9].reason == Reason.UNREADABLE


def test_an_accepted_document_may_turn_out_to_be_wrong() -> None:
    """O-13."""
    play = playing("application_call")
    play.do(ACCEPTED)
    play.wait(hours=1)
    play.do(RecordDocument(W9, DocumentOutcome.REJECTED, Reason.EXPIRED))
    assert play.journey.items[W9].state is ItemState.REJECTED


@pytest.mark.parametrize("event", [RECEIVED, ACCEPTED, REJECTED])
def test_the_same_record_twice_is_told_and_changes_nothing(event: RecordDocument) -> None:
    """O-48."""
    play = playing("application_call")
    play.do(event)
    before, messages = play.journey, len(play.messages)
    assert play.refuses(event).code == "already"
    assert (play.journey, len(play.messages)) == (before, messages)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (RecordDocument("handoff.account", DocumentOutcome.RECEIVED), "unknown"),
        (RecordDocument("nothing", DocumentOutcome.RECEIVED), "unknown"),
        (RecordDocument(W9, DocumentOutcome.REJECTED), "reason"),
    ],
)
def test_what_does_not_fit_a_document_is_refused(event: RecordDocument, code: str) -> None:
    """O-13."""
    assert playing("application_call").refuses(event).code == code


def test_documents_are_not_recorded_before_they_were_requested() -> None:
    """O-13."""
    assert playing("handoff_call").refuses(RECEIVED).code == "not_requested"


def test_a_document_that_is_not_needed_is_skipped_and_reopened() -> None:
    """O-13, O-41."""
    play = playing("application_call")
    play.do(RECEIVED, SkipItem(W9, Reason.NOT_NEEDED))
    assert f"check.{W9}" not in play.work
    assert play.refuses(RECEIVED).code == "already"
    play.do(ReopenItem(W9, Reason.ENTERED_BY_MISTAKE), RECEIVED)


def test_a_missing_document_reminds_the_practice_until_it_arrives() -> None:
    """O-13, O-44."""
    play = playing("application_call")
    play.wait(days=3)
    (reminder,) = [each for each in play.sent(MessageKind.REMINDER) if each.say.fields["step"] == "handoff_call"]
    assert reminder.since - playing("application_call").now < timedelta(days=3)
    for item in DOCUMENTS:
        play.do(RecordDocument(item.key, DocumentOutcome.RECEIVED))
    assert play.timer("silence", "handoff_call:practice") is None
    assert ("handoff_call", Party.PRACTICE) not in play.journey.waits
