"""What is attached to a mail about a call: its entry in a calendar, and the cancellation of exactly that entry."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from models.inputs.letters import Letter
from models.inputs.outgoing import Mailbox, OutgoingMail
from models.rules.messages import MessageKind
from models.rules.onboarding_events import AssignRole, RecordCall, SkipStep
from models.rules.onboarding_facts import CallOutcome, Reason
from models.rules.roles import Role
from templates.letters import Sender, compose
from tests.rules.examples import START, playing
from tests.rules.play import Play
from tests.templates.sample import LETTERHEAD

SENDER = Sender(Mailbox(name="golive", address="onboarding@example.com"), LETTERHEAD)
READER = Mailbox(name="Marisol Vega", address="marisol@example.com")
COACH = Mailbox(name="Dana Whitfield", address="dana@example.com")
FORMER = Mailbox(name="Rob Lane", address="rob@example.com")
SKIP = SkipStep("welcome_call", Reason.NOT_NEEDED)


def newest(play: Play, kind: MessageKind, to: Role = Role.PRIMARY_CONTACT, **changes: Any) -> OutgoingMail:
    """Write the newest mail of a kind, as delivery does."""
    say = play.sent(kind, to)[-1].say
    letter = Letter(
        "1.1@golive.invalid", kind, say.fields, READER, "en", "Maple Street Family Medicine", COACH,
        "https://portal.example.com/j/x", play.journey, {to: READER},
    )  # fmt: skip
    return compose(replace(letter, **changes), sender=SENDER, as_of=START)


def entry(mail: OutgoingMail) -> Any:
    (part,) = mail.calendars
    (event,) = Calendar.from_ical(part.content).walk("VEVENT")
    return event


def test_a_cancellation_is_of_the_entry_that_the_invitation_made() -> None:
    """O-41: same UID and organizer, a sequence one higher, to its one reader."""
    play = playing("welcome_call")
    invited = entry(newest(play, MessageKind.CALL_INVITATION))
    play.do(SKIP)
    mail = newest(play, MessageKind.CALL_CANCELLED)
    gone = entry(mail)
    assert mail.calendars[0].method == "CANCEL"
    assert b"METHOD:CANCEL\r\n" in mail.calendars[0].content
    assert gone["STATUS"] == "CANCELLED"
    for same in ("UID", "ORGANIZER", "SUMMARY"):
        assert gone[same] == invited[same]
    assert gone["DTSTART"].dt == invited["DTSTART"].dt
    assert gone["SEQUENCE"] == invited["SEQUENCE"] + 1
    assert str(gone["ATTENDEE"]) == "mailto:marisol@example.com"


def test_a_cancellation_is_signed_by_the_present_coach_and_organised_by_who_invited() -> None:
    """O-48."""
    play = playing("welcome_call")
    play.do(AssignRole(Role.SUCCESS_COACH, "coach-2"))
    mail = newest(play, MessageKind.CALL_CANCELLED, Role.SUCCESS_COACH, recipient=FORMER, organizer=FORMER)
    assert mail.reply_to == COACH
    assert "Dana Whitfield" in mail.text
    assert str(entry(mail)["ORGANIZER"]) == str(entry(mail)["ATTENDEE"]) == "mailto:rob@example.com"


def test_a_cancellation_names_the_date_that_the_entry_had() -> None:
    play = playing("welcome_call")
    before = play.journey.calls["welcome", 1].starts_at
    play.do(AssignRole(Role.SUCCESS_COACH, "coach-2"))
    play.do(RecordCall("welcome", CallOutcome.RESCHEDULED, new_start=before + timedelta(days=7)))
    mail = newest(play, MessageKind.CALL_CANCELLED, Role.SUCCESS_COACH)
    assert entry(mail)["DTSTART"].dt == before
    assert mail.subject == "Cancelled: Welcome Call on Tuesday, March 3, 2026 at 10:00 AM EST"


FOR_PRACTICES = ("Your next step", "your practice is being onboarded", "See your onboarding page", "Reply to this mail")
ABOUT_CALLS = (MessageKind.CALL_INVITATION, MessageKind.CALL_CANCELLED)


def to_staff(kind: MessageKind, **changes: Any) -> OutgoingMail:
    play = playing("welcome_call")
    if kind is MessageKind.CALL_CANCELLED:
        play.do(SKIP)
    return newest(play, kind, Role.SUCCESS_COACH, **{"recipient": COACH, "is_staff": True} | changes)


@pytest.mark.parametrize("kind", ABOUT_CALLS)
def test_our_own_people_are_not_spoken_to_as_if_they_were_the_practice(kind: MessageKind) -> None:
    mail = to_staff(kind)
    words = "".join((mail.text, mail.html, str(entry(mail)["DESCRIPTION"])))
    assert [phrase for phrase in (*FOR_PRACTICES, "{{", "[[", "{%", "[%") if phrase in words] == []
    assert "Maple Street Family Medicine" in mail.subject
    assert "Welcome Call" in mail.subject
    assert "Open the journey:\nhttps://portal.example.com/" in mail.text
    assert "Maple Street Family Medicine" in str(entry(mail)["SUMMARY"])


@pytest.mark.parametrize("kind", ABOUT_CALLS)
def test_our_own_people_read_it_in_their_language(kind: MessageKind) -> None:
    mail = to_staff(kind, locale="es")
    assert "Abrir el recorrido:" in mail.text
    assert "su consultorio se incorpora" not in mail.text
    assert "Maple Street Family Medicine" in mail.subject


def test_the_practice_is_spoken_to_as_before() -> None:
    mail = newest(playing("welcome_call"), MessageKind.CALL_INVITATION)
    assert [phrase for phrase in FOR_PRACTICES[:3] if phrase not in mail.text] == []
    assert "Maple Street" not in mail.subject


def test_a_calendar_entry_names_the_organisation_that_signs_the_mail() -> None:
    mail = newest(playing("welcome_call"), MessageKind.CALL_INVITATION)
    assert "Example Success Team" in str(entry(mail)["DESCRIPTION"])


@pytest.mark.parametrize(("is_invited", "start"), [(True, "New time: Welcome Call"), (False, "Welcome Call on")])
def test_only_whoever_had_another_time_is_told_of_a_new_one(*, is_invited: bool, start: str) -> None:
    play = playing("welcome_call")
    play.do(RecordCall("welcome", CallOutcome.RESCHEDULED))
    mail = newest(play, MessageKind.CALL_INVITATION, is_invited=is_invited)
    assert mail.subject.startswith(start)
    assert entry(mail)["SEQUENCE"] == 1
