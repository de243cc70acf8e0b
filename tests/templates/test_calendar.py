"""Calendar invitations as other programs read them back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical  # type: ignore[import-untyped]  # an independent reader; it ships no types
from icalendar import Calendar

from templates.calendar import Appointment, Person, cancellation, invitation

ZONES = ("America/New_York", "America/Phoenix", "Pacific/Honolulu")
# New York's clocks change on March 8 and November 1, 2026, at these moments.
SPRING = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
AUTUMN = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)

BASE = Appointment(
    uid="call-4711@golive.example",
    sequence=0,
    summary="Handoff Call",
    description="What we will go through:\n- Service Agreement terms\n- Current business status",
    starts_at=datetime(2026, 12, 1, 15, 0, tzinfo=UTC),
    minutes=60,
    zone="America/New_York",
    organizer=Person("Dana Whitfield", "coach@example.com"),
    attendees=(Person("Marisol Vega", "marisol@example.com"), Person("Rob Lane", "rob@example.com")),
    stamp=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
)


def read(content: bytes) -> Any:
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def test_an_invitation_says_all_that_a_calendar_needs() -> None:
    content = invitation(BASE)
    event = read(content)
    assert b"METHOD:REQUEST\r\n" in content
    assert b"DTSTART;TZID=America/New_York:20261201T100000\r\n" in content
    assert event["UID"] == "call-4711@golive.example"
    assert event["SEQUENCE"] == 0
    assert event["STATUS"] == "CONFIRMED"
    assert event["DESCRIPTION"].splitlines()[1:] == ["- Service Agreement terms", "- Current business status"]
    assert event["ORGANIZER"] == "mailto:coach@example.com"
    assert [str(attendee) for attendee in event["ATTENDEE"]] == ["mailto:marisol@example.com", "mailto:rob@example.com"]
    assert event.end == BASE.starts_at + timedelta(minutes=60)


def test_an_invitation_reminds_fifteen_minutes_before() -> None:
    (alarm,) = read(invitation(BASE)).walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(minutes=-15)


def test_equal_appointments_give_equal_bytes() -> None:
    assert invitation(BASE) == invitation(replace(BASE))
    assert cancellation(BASE) == cancellation(replace(BASE))


def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    later = replace(BASE, sequence=1, starts_at=BASE.starts_at + timedelta(days=1))
    first, changed = read(invitation(BASE)), read(invitation(later))
    assert changed["UID"] == first["UID"]
    assert changed["SEQUENCE"] > first["SEQUENCE"]
    assert changed["DTSTART"].dt - first["DTSTART"].dt == timedelta(days=1)


def test_a_cancellation_names_the_same_event_and_reminds_nobody() -> None:
    content = cancellation(replace(BASE, sequence=2))
    event = read(content)
    assert b"METHOD:CANCEL\r\n" in content
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (BASE.uid, 2, "CANCELLED")
    assert event.walk("VALARM") == []


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", [SPRING, AUTUMN])
@pytest.mark.parametrize("hours", [-26, -2, 2, 26])
def test_the_local_time_is_right_on_both_sides_of_a_clock_change(zone: str, change: datetime, hours: int) -> None:
    moment = change + timedelta(hours=hours)
    content = invitation(replace(BASE, zone=zone, starts_at=moment))
    local = moment.astimezone(ZoneInfo(zone))
    assert f"DTSTART;TZID={zone}:{local:%Y%m%dT%H%M%S}\r\n".encode() in content
    assert read(content)["DTSTART"].dt == moment


@pytest.mark.parametrize("zone", [*ZONES, "America/Adak", "Pacific/Guam", "America/Boise", "Europe/Lisbon"])
def test_the_zone_explains_itself_to_a_program_that_does_not_know_its_name(zone: str) -> None:
    known = ZoneInfo(zone)
    described = tzical(StringIO(invitation(replace(BASE, zone=zone)).decode())).get(zone)
    assert described is not None
    hour = datetime(2026, 1, 1, 0, 30)  # noqa: DTZ001 - wall clock time, given to both zones below
    while hour.year < 2028:
        here, there = hour.replace(tzinfo=known), hour.replace(tzinfo=described)
        # A wall clock shows some hours twice or never: only there may two programs differ.
        if here.utcoffset() == here.replace(fold=1).utcoffset():
            assert there.utcoffset() == here.utcoffset(), hour
        hour += timedelta(hours=1)


HOSTILE = 'Call; with, "quotes"\r\nATTENDEE:mailto:evil@example.com\nBEGIN:VEVENT\u2028SUMMARY:x'


def test_what_people_typed_cannot_add_lines_to_the_calendar() -> None:
    person = Person(HOSTILE, "marisol@example.com\r\nATTENDEE:mailto:evil@example.com")
    content = invitation(replace(BASE, summary=HOSTILE, description=HOSTILE, organizer=person, attendees=(person,)))
    lines = content.replace(b"\r\n ", b"").split(b"\r\n")
    assert lines.count(b"BEGIN:VEVENT") == 1
    assert [line for line in lines if line.startswith(b"ATTENDEE:")] == []
    assert read(content)["SUMMARY"].startswith('Call; with, "quotes" ATTENDEE')


def test_lines_end_as_the_standard_wants_and_are_folded() -> None:
    content = invitation(replace(BASE, description="Atención a la incorporación del consultorio. " * 20))
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert "incorporación" in read(content)["DESCRIPTION"]


@pytest.mark.parametrize(
    "appointment",
    [
        replace(BASE, minutes=0),
        replace(BASE, sequence=-1),
        replace(BASE, stamp=datetime(2026, 11, 20)),  # noqa: DTZ001 - the refusal of it is what is tested
    ],
)
def test_an_appointment_that_cannot_be_is_refused(appointment: Appointment) -> None:
    with pytest.raises(ValueError, match="appointment"):
        invitation(appointment)
