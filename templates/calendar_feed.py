"""A provider's calendar to subscribe to (RFC 5545, RFC 7986); whoever can read it learns of no patient."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from templates.calendar_zone import zone_component
from templates.moments import known_locale

PRODUCT: Final = "-//golive//calendar feed//EN"
ASK_AGAIN: Final = timedelta(minutes=15)
END: Final = b"END:VCALENDAR\r\n"
TITLES: Final = {
    "en": {
        "appointment": "Appointment",
        "canceled": "Canceled",
        "request": "Request (tentative)",
        "virtual": "Virtual visit",
    },
    "es": {
        "appointment": "Cita",
        "canceled": "Cancelada",
        "request": "Solicitud (por confirmar)",
        "virtual": "Visita virtual",
    },
}
_CLOCK: Final = "%Y%m%dT%H%M%S"


class Standing(StrEnum):
    """How sure an entry is."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment; a change keeps the `number` and raises the `sequence`. Moments are aware UTC."""

    number: int
    sequence: int
    standing: Standing
    starts_at: datetime
    minutes: int
    is_virtual: bool
    location: str
    revised_at: datetime

    @property
    def title(self) -> str:
        """Name the words that the entry is shown with."""
        match self.standing:
            case Standing.TENTATIVE:
                return "request"
            case Standing.CANCELLED:
                return "canceled"
            case Standing.CONFIRMED:
                return "virtual" if self.is_virtual else "appointment"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is said about the calendar as a whole."""

    name: str
    zone: str
    locale: str
    year: int


def calendar_feed(subscription: Subscription, entries: Iterable[Entry]) -> bytes:
    """Write the calendar, in local time of its zone; equal entries give equal bytes."""
    zone, titles = ZoneInfo(subscription.zone), TITLES[known_locale(subscription.locale)]
    head = _frame(subscription).removesuffix(END)
    return b"".join((head, *(_event(entry, zone, titles) for entry in entries), END))


def _frame(subscription: Subscription) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", subscription.name)
    calendar.add("x-wr-calname", subscription.name)
    calendar.add("x-wr-timezone", subscription.zone)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    calendar.add_component(zone_component(subscription.zone, year=subscription.year))
    content: bytes = calendar.to_ical()
    return content


def _event(entry: Entry, zone: ZoneInfo, titles: Mapping[str, str]) -> bytes:
    """Write one entry; made as objects, a full calendar of 2,500 would take a second each time that it is asked for.

    It has a length and no end, since a length is the same on both sides of a clock change.
    """
    lines = (
        "BEGIN:VEVENT",
        f"UID:appointment.{entry.number}@golive.invalid",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{entry.revised_at.astimezone(UTC):{_CLOCK}}Z",
        _start(entry.starts_at, zone),
        f"DURATION:PT{entry.minutes}M",
        f"SUMMARY:{titles[entry.title]}",
        f"STATUS:{entry.standing}",
        f"TRANSP:{'TRANSPARENT' if entry.standing is Standing.CANCELLED else 'OPAQUE'}",
        "CLASS:PRIVATE",
        *([_location(entry.location)] if entry.location else []),
        "END:VEVENT",
        "",
    )
    return "\r\n".join(lines).encode()


def _start(moment: datetime, zone: ZoneInfo) -> str:
    """Give local time, except in the repeated hour, whose local times mean the first of the two (RFC 5545, 3.3.5)."""
    local = moment.astimezone(zone)
    if local.fold:
        return f"DTSTART:{moment.astimezone(UTC):{_CLOCK}}Z"
    return f"DTSTART;TZID={zone.key}:{local:{_CLOCK}}"


@lru_cache(maxsize=256)
def _location(name: str) -> str:
    """Escape and fold the one line that people have written."""
    event = Event()
    event.add("location", " ".join(name.split()))
    content: bytes = event.to_ical()
    return content.decode().removeprefix("BEGIN:VEVENT\r\n").removesuffix("\r\nEND:VEVENT\r\n")
