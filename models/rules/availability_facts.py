"""What one calendar is set to: weekly hours, day bounds, slot duration, time blocks; and what it offers."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

Times = tuple[datetime, datetime]
"""When something is busy: start and end, aware, half-open."""


class Anchor(StrEnum):
    """Where the ladder of slot starts stands."""

    WINDOW = "window"
    """At the start of each open window."""
    HOUR = "hour"
    """At the last full hour at or before the start of each open window."""
    MIDNIGHT = "midnight"
    """At local midnight."""


@dataclass(frozen=True, slots=True)
class DayHours:
    """The default hours of one weekday, in minutes of the local day, half-open; gaps are breaks (A-63, A-64)."""

    is_available: bool
    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CalendarSettings:
    """The saved settings of one provider at one location; every duration in minutes (A-60 to A-64)."""

    zone: str
    slot_minutes: int
    day_start: int
    day_end: int
    week: tuple[DayHours, DayHours, DayHours, DayHours, DayHours, DayHours, DayHours]
    """Monday first."""
    anchor: Anchor = Anchor.WINDOW
    buffer_before: int = 0
    buffer_after: int = 0
    minimum_notice_minutes: int = 0
    horizon_days: int = 60
    """How many local days after today are still offered; 0 offers today only."""


@dataclass(frozen=True, slots=True)
class Block:
    """A time block on one local day: closes or opens it, in minutes of its clock; later ones of a list win (A-66)."""

    day: date
    start: int
    end: int
    opens: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that is offered, in UTC."""

    starts_at: datetime
    ends_at: datetime
