"""A calendar to subscribe to says when, where and how sure, and nothing about a patient."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from templates.calendar_feed import TITLES, Entry, Standing, Subscription, calendar_feed

START = datetime(2026, 12, 1, 15, tzinfo=UTC)
PLAIN = Entry(7, 2, Standing.CONFIRMED, START, 30, is_virtual=False, location="Maple Street", revised_at=START)
SUBSCRIPTION = Subscription("Dr. Avery Stone, Maple Street Family Medicine", "America/New_York", "en", 2026)


def events(*entries: Entry, locale: str = "en") -> list[Any]:
    content = calendar_feed(replace(SUBSCRIPTION, locale=locale), entries)
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_an_entry_says_when_where_and_which_version() -> None:
    (event,) = events(PLAIN)
    assert event["UID"] == "appointment.7@golive.invalid"
    assert event["SEQUENCE"] == 2
    assert event.start.isoformat() == "2026-12-01T10:00:00-05:00"
    assert event.duration == timedelta(minutes=30)
    assert (event["SUMMARY"], event["LOCATION"], event["CLASS"]) == ("Appointment", "Maple Street", "PRIVATE")


@pytest.mark.parametrize(
    ("standing", "is_virtual", "title", "transparency"),
    [
        (Standing.TENTATIVE, False, "Request (tentative)", "OPAQUE"),
        (Standing.CONFIRMED, False, "Appointment", "OPAQUE"),
        (Standing.CONFIRMED, True, "Virtual visit", "OPAQUE"),
        (Standing.CANCELLED, True, "Canceled", "TRANSPARENT"),
    ],
)
def test_the_title_says_how_sure_it_is(standing: Standing, is_virtual: bool, title: str, transparency: str) -> None:
    (event,) = events(replace(PLAIN, standing=standing, is_virtual=is_virtual))
    assert (event["SUMMARY"], event["STATUS"], event["TRANSP"]) == (title, standing, transparency)


def test_spanish_practices_read_spanish() -> None:
    (event,) = events(PLAIN, locale="es")
    assert event["SUMMARY"] == "Cita"
    assert TITLES["es"].keys() == TITLES["en"].keys()


def test_the_zone_explains_itself_and_the_program_is_told_how_often_to_ask() -> None:
    content = calendar_feed(SUBSCRIPTION, [PLAIN])
    calendar = Calendar.from_ical(content)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/New_York"]
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT15M" in content
    assert b"METHOD" not in content
    assert content.count(b"\n") == content.count(b"\r\n")


def test_the_second_of_two_equal_local_hours_is_told_in_utc() -> None:
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    starts = [event.start for event in events(*(replace(PLAIN, starts_at=first + timedelta(hours=n)) for n in (0, 1)))]
    assert [start.astimezone(UTC) for start in starts] == [first, first + timedelta(hours=1)]


def test_what_people_wrote_is_escaped_and_folded() -> None:
    name = "Main; second floor, to the left\nBEGIN:VEVENT " + "é" * 60
    content = calendar_feed(SUBSCRIPTION, [replace(PLAIN, location=name)])
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert event["LOCATION"] == " ".join(name.split())


def test_equal_entries_give_equal_bytes_and_an_empty_calendar_is_one() -> None:
    assert calendar_feed(SUBSCRIPTION, [PLAIN]) == calendar_feed(SUBSCRIPTION, [PLAIN])
    assert list(Calendar.from_ical(calendar_feed(SUBSCRIPTION, [])).walk("VEVENT")) == []
