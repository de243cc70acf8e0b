"""What goes out about an appointment: mails in the practice's name, one calendar entry, texts of one part."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from models.inputs.letters import Reader, VisitLetter
from models.inputs.outgoing import Mailbox, OutgoingMail
from models.rules.appointment_letters import Standing
from models.rules.appointments import Status
from models.rules.messages import CATALOGUE, VISIT_FIELDS, Audience, MessageKind
from templates.appointment_letters import ONE_PART, compose_mail, compose_text
from templates.gsm import BASIC, gsm_length
from templates.letters import Sender
from templates.moments import LOCALES
from tests.templates.sample import LETTERHEAD

SENDER = Sender(Mailbox(name="golive", address="onboarding@example.com"), LETTERHEAD)
STARTS_AT = datetime(2026, 12, 1, 15, tzinfo=UTC)
AS_OF = STARTS_AT - timedelta(days=5)
LETTER = VisitLetter(
    "4711.1@golive.invalid",
    MessageKind.APPOINTMENT_SCHEDULED,
    {"starts_at": STARTS_AT.isoformat(), "minutes": 30, "is_virtual": False, "sequence": 3},
    Reader("rosalind@example.com", "en", "Rosalind", "Rosalind Quick"),
    815,
    Standing(Status.CONFIRMED, STARTS_AT),
    "Maple Street Family Medicine",
    "America/New_York",
    provider="Dr. Avery Stone",
    location="Main, Albany, NY 12207",
)
ALERT = replace(
    LETTER, kind=MessageKind.REQUEST_ALERT, reader=Reader("+12025550199", "en"), link="https://portal.example.com/staff"
)
VISITS = [kind for kind, entry in CATALOGUE.items() if entry.fields >= VISIT_FIELDS]
TO_PATIENTS = [kind for kind in VISITS if CATALOGUE[kind].audience is Audience.PATIENT]


def mail(kind: MessageKind = MessageKind.APPOINTMENT_SCHEDULED, **changes: Any) -> OutgoingMail:
    return compose_mail(replace(LETTER, kind=kind, **changes), sender=SENDER, as_of=AS_OF)


def entry(written: OutgoingMail) -> Any:
    (part,) = written.calendars
    (event,) = Calendar.from_ical(part.content).walk("VEVENT")
    return event


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", TO_PATIENTS)
def test_every_mail_to_a_patient_can_be_written(kind: MessageKind, locale: str) -> None:
    """A-26, A-40, A-42, A-45."""
    written = mail(kind, reader=replace(LETTER.reader, locale=locale), is_in_calendar=True)
    assert written.recipient == Mailbox(name="Rosalind Quick", address="rosalind@example.com")
    assert "Rosalind" in written.text
    assert [word for word in ("Rosalind", "Quick", "Stone") if word in written.subject] == []
    assert bool(written.calendars) is CATALOGUE[kind].calendar
    assert ("Auto-Submitted", "auto-generated") in written.headers


@pytest.mark.parametrize(
    ("locale", "sender"),
    [("en", "Maple Street Family Medicine via golive"), ("es", "Maple Street Family Medicine por medio de golive")],
)
def test_a_patient_sees_who_writes_and_through_whom(locale: str, sender: str) -> None:
    written = mail(reader=replace(LETTER.reader, locale=locale))
    assert written.sender == Mailbox(name=sender, address="onboarding@example.com")
    assert written.reply_to is None


def test_a_long_name_of_a_practice_leaves_room_for_ours() -> None:
    name = mail(practice_name="Northern Valley Pediatrics and Family Medicine Associates of Greater Albany").sender.name
    assert len(name) <= 80
    assert name.endswith(" via golive")


def test_the_office_hears_of_a_request_from_us_and_not_from_itself() -> None:
    written = compose_mail(replace(ALERT, reader=Reader("desk@example.com", "en")), sender=SENDER, as_of=AS_OF)
    assert written.sender == SENDER.mailbox
    assert "Rosalind" not in written.text + written.html
    assert "https://portal.example.com/staff" in written.text


def test_the_entry_of_a_visit_says_all_that_a_calendar_needs() -> None:
    """A-40."""
    written = mail()
    event = entry(written)
    assert written.calendars[0].method == "REQUEST"
    assert b"BEGIN:VTIMEZONE" in written.calendars[0].content
    assert b"DTSTART;TZID=America/New_York:20261201T100000" in written.calendars[0].content
    assert event["UID"] == "visit.815@golive.invalid"
    assert event["SEQUENCE"] == 3
    assert event.end == STARTS_AT + timedelta(minutes=30)
    assert event["LOCATION"] == "Main, Albany, NY 12207"
    assert event["SUMMARY"] == "Appointment: Maple Street Family Medicine"
    assert event["ORGANIZER"] == "mailto:onboarding@example.com"


def test_the_entry_asks_for_no_answer_and_brings_no_alarm() -> None:
    """A-81: reminders have one owner; and nobody reads answers to this address."""
    event = entry(mail())
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event.walk("VALARM") == []


def test_a_moved_visit_is_the_same_entry_with_a_higher_sequence() -> None:
    """A-43."""
    later = STARTS_AT + timedelta(days=1)
    fields = {**LETTER.fields, "starts_at": later.isoformat(), "sequence": 5}
    first, moved = entry(mail()), entry(mail(MessageKind.APPOINTMENT_MOVED, fields=fields))
    assert moved["UID"] == first["UID"]
    assert moved["SEQUENCE"] > first["SEQUENCE"]
    assert moved["DTSTART"].dt == later


def test_a_cancelled_visit_leaves_the_calendar_that_holds_it() -> None:
    fields = {**LETTER.fields, "sequence": 6}
    written = mail(MessageKind.APPOINTMENT_CANCELLED, fields=fields, is_in_calendar=True)
    gone = entry(written)
    assert written.calendars[0].method == "CANCEL"
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"]) == ("visit.815@golive.invalid", 6, "CANCELLED")
    assert "takes it out of your calendar" in written.text


def test_a_calendar_that_never_held_the_visit_is_left_alone() -> None:
    written = mail(MessageKind.APPOINTMENT_CANCELLED)
    assert written.calendars == ()
    assert "calendar" not in written.text


def test_a_video_visit_is_by_video_also_in_the_calendar() -> None:
    """A-38, A-45."""
    written = mail(fields={**LETTER.fields, "is_virtual": True})
    assert entry(written)["LOCATION"] == "By video (telehealth)"
    assert "video visit" in written.text


def test_forms_are_asked_for_at_the_time_that_the_visit_has_now() -> None:
    """A-39."""
    moved = Standing(Status.CONFIRMED, STARTS_AT + timedelta(days=1))
    written = mail(MessageKind.INTAKE_FORMS, visit=moved, forms=("new_patient", "Consent"))
    assert "Wednesday, December 2, 2026" in written.subject
    assert "- New patient\n- Consent\n" in written.text


def test_the_local_time_is_the_practices_on_both_sides_of_a_clock_change() -> None:
    shown = []
    for day in (31, 32):
        start = datetime(2026, 10, 1, 14, 30, tzinfo=UTC) + timedelta(days=day - 1)
        fields = {**LETTER.fields, "starts_at": start.isoformat()}
        shown.append(mail(fields=fields, visit=Standing(Status.CONFIRMED, start)).subject.partition(": ")[2])
    assert shown == ["Saturday, October 31, 2026 at 10:30 AM EDT", "Sunday, November 1, 2026 at 9:30 AM EST"]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            ": new appointment request for Tuesday, December 1, 2026 at 10:00 AM EST. Sign in to review it.",
        ),
        (
            "es",
            ": nueva solicitud de cita para el martes 1 de diciembre de 2026, 10:00 EST. Inicie sesion y revisela.",
        ),
    ],
)
def test_an_alert_by_text_says_which_practice_and_when_and_nothing_else(locale: str, words: str) -> None:
    """A-27."""
    text = compose_text(replace(ALERT, reader=Reader("+12025550199", locale)), as_of=AS_OF)
    body, _, mark = text.body.rpartition(" (")
    assert body == f"Maple Street Family Medicine{words}"
    assert len(mark) == 5
    assert (text.recipient, text.attempt, text.sent_at) == ("+12025550199", "4711.1@golive.invalid", AS_OF)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("letter", ["N", "ñ", "€", "ﬁ", "í"])
def test_a_text_fits_one_part_however_long_the_practices_name_is(locale: str, letter: str) -> None:
    start = datetime(2026, 9, 30, 15, tzinfo=UTC)
    long = replace(
        ALERT,
        practice_name=letter * 120,
        reader=Reader("+12025550199", locale),
        fields={**ALERT.fields, "starts_at": start.isoformat()},
    )
    body = compose_text(long, as_of=AS_OF).body
    assert gsm_length(body) <= ONE_PART
    assert set(body) <= BASIC | {"€"}
    assert "2026" in body
    assert "..." in body


def test_two_texts_are_told_apart_and_an_attempt_is_not() -> None:
    """F-221: a provider is asked for exactly these words."""
    bodies = [
        compose_text(replace(ALERT, message_id=f"{one}@golive.invalid"), as_of=AS_OF).body
        for one in ("1.1", "1.2", "2.1")
    ]
    assert bodies[0] == bodies[1]
    assert bodies[0] != bodies[2]


def test_a_field_that_is_missing_stops_the_mail_without_its_values() -> None:
    with pytest.raises(KeyError) as failure:
        mail(fields={})
    assert "Rosalind" not in str(failure.value)
