"""Calendar invitations, their changes and their cancellations, as iCalendar objects (RFC 5545, RFC 5546)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from templates.calendar_zone import zone_component

PRODUCT = "-//golive//onboarding//EN"
REMIND_BEFORE = timedelta(minutes=15)


class Method(StrEnum):
    """What the receiving calendar shall do."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Person:
    """Who organises or attends, as calendars show it."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment. A change keeps the `uid` and raises the `sequence`; `starts_at` and `stamp` are aware.

    `stamp` is the moment at which this version was made: equal appointments give equal bytes. Without `remind_before`
    the calendar reminds as its owner has set it.
    """

    uid: str
    sequence: int
    summary: str
    description: str
    starts_at: datetime
    minutes: int
    zone: str
    organizer: Person
    attendees: Sequence[Person]
    stamp: datetime
    location: str = ""
    remind_before: timedelta | None = REMIND_BEFORE
    wants_answer: bool = True


def invitation(appointment: Appointment) -> bytes:
    """Write an invitation, or with a higher sequence its change, in local time of the appointment's zone.

    Raises:
        ValueError: a moment without a zone, or a length or sequence that cannot be.
    """
    return _object(appointment, method=Method.REQUEST)


def cancellation(appointment: Appointment) -> bytes:
    """Write the cancellation of an appointment, one sequence further than its invitation; raises as `invitation`."""
    return _object(appointment, method=Method.CANCEL)


def _object(appointment: Appointment, *, method: Method) -> bytes:
    _require_sound(appointment)
    starts_at = appointment.starts_at.astimezone(ZoneInfo(appointment.zone))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    calendar.add_component(zone_component(appointment.zone, year=starts_at.year))
    calendar.add_component(_event(appointment, starts_at=starts_at, method=method))
    content: bytes = calendar.to_ical()
    return content


def _event(appointment: Appointment, *, starts_at: datetime, method: Method) -> Event:
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", appointment.stamp.astimezone(UTC))
    event.add("dtstart", starts_at)
    # A length is the same on both sides of a clock change; a local end time need not be.
    event.add("duration", timedelta(minutes=appointment.minutes))
    event.add("summary", _one_line(appointment.summary))
    event.add("description", _lines(appointment.description))
    event.add("status", "CONFIRMED" if method is Method.REQUEST else "CANCELLED")
    event.add("transp", "OPAQUE")
    if appointment.location:
        event.add("location", _one_line(appointment.location))
    event.add("organizer", _address(appointment.organizer), encode=False)
    for attendee in appointment.attendees:
        event.add("attendee", _attendee(attendee, wants_answer=appointment.wants_answer), encode=False)
    if method is Method.REQUEST and appointment.remind_before is not None:
        event.add_component(_alarm(appointment.summary, appointment.remind_before))
    return event


def _alarm(summary: str, before: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _one_line(summary))
    alarm.add("trigger", -before)
    return alarm


def _address(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{_one_line(person.address)}")
    # A quoted parameter has no escape for its own quote (RFC 5545, 3.1).
    address.params["cn"] = vText(_one_line(person.name).replace('"', "'"))
    return address


def _attendee(person: Person, *, wants_answer: bool) -> vCalAddress:
    address = _address(person)
    address.params["role"] = vText("REQ-PARTICIPANT")
    address.params["partstat"] = vText("NEEDS-ACTION" if wants_answer else "ACCEPTED")
    address.params["rsvp"] = vText("TRUE" if wants_answer else "FALSE")
    return address


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _lines(text: str) -> str:
    return "\n".join(_one_line(line) for line in text.splitlines())


def _require_sound(appointment: Appointment) -> None:
    if appointment.starts_at.tzinfo is None or appointment.stamp.tzinfo is None:
        message = "An appointment's moments must know their zone: hand in aware datetimes."
        raise ValueError(message)
    if appointment.minutes <= 0 or appointment.sequence < 0:
        message = "An appointment lasts at least one minute, and its sequence begins at 0."
        raise ValueError(message)
