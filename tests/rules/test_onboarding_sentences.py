"""The history as sentences that a coach can read."""

import re
from collections.abc import Iterator

import pytest

from models.rules.onboarding import STEPS, step_items
from models.rules.onboarding_events import (
    AssignRole,
    Cancel,
    ChooseTopPayers,
    ExcuseFromTraining,
    Pause,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordEnrollment,
    RecordPaymentIssue,
    RegisterForTraining,
    ReopenItem,
    ReopenStep,
    RescheduleTraining,
    Resume,
    SettlePaymentIssue,
    SkipItem,
    SkipStep,
)
from models.rules.onboarding_facts import (
    CallOutcome,
    DocumentOutcome,
    EnrollmentOutcome,
    PaymentIssue,
    Reason,
    Transaction,
)
from models.rules.onboarding_sentences import SENTENCES, sentence
from models.rules.onboarding_template import template
from models.rules.roles import Role
from tests.rules.examples import graduated, held, playing
from tests.rules.play import Line, Play

AGAIN = Reason.MUST_BE_REPEATED
NOT_NEEDED = Reason.NOT_NEEDED
RAW = re.compile(r"_|\b[a-z]+\.[a-z]|\{|\bNone\b")


def told(line: Line) -> str:
    note = line.note
    return sentence(
        note.kind,
        subject=note.subject,
        reason=note.reason,
        actor=line.by,
        evidence=note.evidence,
        template=template(1),
    )


def everything_that_can_happen() -> Iterator[Play]:
    """Journeys that together note every kind of line."""
    yield graduated()
    busy = playing("training")
    busy.wait(days=1)
    busy.do(RegisterForTraining(("user-1",)), RescheduleTraining("user-1", "logs"))
    busy.do(RecordAttendance("user-1", "dashboard", attended=False))
    busy.do(ExcuseFromTraining("user-1", "reports", NOT_NEEDED))
    busy.do(RecordCall("application", CallOutcome.NO_SHOW), AssignRole(Role.SUCCESS_COACH, "coach-2"))
    busy.do(RecordDocument("document.w9", DocumentOutcome.RECEIVED))
    busy.do(RecordDocument("document.w9", DocumentOutcome.REJECTED, Reason.UNREADABLE))
    busy.do(SkipItem("handoff.ehr", NOT_NEEDED), ReopenItem("handoff.ehr", Reason.ENTERED_BY_MISTAKE))
    busy.do(SkipStep("application_call", Reason.DONE_ELSEWHERE), ReopenStep("application_call", AGAIN))
    busy.do(ChooseTopPayers(("cigna", "aetna"), Reason.PRACTICE_ASKED))
    for outcome in (EnrollmentOutcome.IN_PROGRESS, EnrollmentOutcome.IN_TROUBLE):
        busy.do(RecordEnrollment("blue-cross", Transaction.EFT, outcome))
    busy.wait(days=90)
    busy.do(Pause(Reason.PRACTICE_SILENT))
    busy.wait(days=1)
    busy.do(Resume(), Cancel(Reason.AGREEMENT_ENDED))
    yield busy
    late = playing("payments")
    late.wait(days=20)
    late.do(RecordPaymentIssue("medicare", PaymentIssue.CHECK_AFTER_EFT))
    late.do(SettlePaymentIssue("medicare", PaymentIssue.CHECK_AFTER_EFT))
    yield late


LINES = [line for play in everything_that_can_happen() for line in play.history]


def test_every_kind_of_line_that_the_rules_note_has_a_sentence_and_no_sentence_is_idle() -> None:
    """O-41."""
    assert {line.note.kind for line in LINES} == set(SENTENCES)


@pytest.mark.parametrize("line", {told(line): line for line in LINES}.values(), ids=lambda line: line.note.kind)
def test_a_sentence_is_plain_english_without_raw_keys(line: Line) -> None:
    """O-41."""
    words = told(line)
    assert words[-1] == "."
    assert not RAW.search(words), words
    assert "  " not in words


def test_sentences_read_well() -> None:
    by_kind = {line.note.kind: told(line) for line in reversed(LINES)}
    assert by_kind["call_held"] == "coach-1 recorded the Welcome Call as held."
    assert by_kind["checklist_issued"] == "The Required Documents Checklist with 8 documents was issued."
    assert by_kind["document_rejected"] == "coach-1 rejected “Form W-9” (reason: unreadable)."
    assert by_kind["enrollment_in_trouble"] == ("coach-1 recorded the EFT enrollment with Blue Cross as in trouble.")
    assert by_kind["journey_resumed"] == "coach-1 resumed the journey after a pause of 1 day."
    assert by_kind["payment_issue_found"] == "coach-1 found a payment issue with Medicare: check after eft."


def test_a_held_call_says_how_much_of_its_agenda_was_covered() -> None:
    play = playing("handoff_call")
    play.do(held("handoff"))
    line = next(line for line in play.history if line.note.subject == "handoff" and line.note.kind == "call_held")
    assert told(line) == "coach-1 recorded the Handoff Call as held, 5 of 5 agenda items covered."


def test_every_item_is_named_by_its_title() -> None:
    for step in STEPS:
        for item in step_items(step):
            words = sentence(
                "item_completed", subject=item.key, reason="", actor="golive", evidence={}, template=template(1)
            )
            assert words == f"The system completed “{item.title}”."


def test_a_kind_that_no_rule_notes_is_a_bug() -> None:
    with pytest.raises(KeyError):
        sentence("nothing", subject="", reason="", actor="", evidence={}, template=template(1))
