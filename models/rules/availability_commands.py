"""What a person wants of one calendar: other settings, hours of a weekday, or time of one day closed or opened."""

from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Final

from models.rules.availability import Anchor, CalendarSettings, DayHours

Window = tuple[int, int]
"""Hours of a day, in minutes of the local clock, half-open."""
DAY_MINUTES: Final = 24 * 60
FIRST_SLOT_MINUTES: Final = 30
"""The Time Slot Duration of a new calendar for which none was chosen."""


class Weekday(StrEnum):
    """The days of the week, Monday first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Count from Monday, which is 0."""
        return list(Weekday).index(self)


@dataclass(frozen=True, slots=True)
class SaveHours:
    """Replace the hours of a weekday and switch it on; gaps are breaks (A-63, A-64)."""

    weekday: Weekday
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class SetWeekday:
    """Switch a weekday on or off; its hours are kept (A-63)."""

    weekday: Weekday
    is_available: bool


@dataclass(frozen=True, slots=True)
class AddSlot:
    """Add hours to a weekday (A-64)."""

    weekday: Weekday
    window: Window


@dataclass(frozen=True, slots=True)
class RemoveSlot:
    """Remove hours from a weekday (A-64)."""

    weekday: Weekday
    window: Window


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Change what is given and keep the rest; all in minutes but the horizon, which is in days (A-61, A-62)."""

    slot_minutes: int | None = None
    day_start: int | None = None
    day_end: int | None = None
    anchor: Anchor | None = None
    buffer_before: int | None = None
    buffer_after: int | None = None
    minimum_notice_minutes: int | None = None
    horizon_days: int | None = None


@dataclass(frozen=True, slots=True)
class BlockTime:
    """Close time of one local day, or open it; the default hours stay as they are (A-66, A-67)."""

    day: date
    window: Window
    opens: bool


@dataclass(frozen=True, slots=True)
class ClearBlocks:
    """Take every time block of one local day away (A-66)."""

    day: date


CalendarCommand = SaveHours | SetWeekday | AddSlot | RemoveSlot | ChangeSettings | BlockTime | ClearBlocks


def with_settings(settings: CalendarSettings, change: ChangeSettings) -> CalendarSettings:
    """Give settings in which what was given is changed (A-61, A-62)."""
    given = {one.name: getattr(change, one.name) for one in fields(change)}
    return replace(settings, **{name: value for name, value in given.items() if value is not None})


def with_hours(settings: CalendarSettings, command: SaveHours) -> CalendarSettings:
    """Give settings with other hours on one weekday (A-63, A-64)."""
    first, second, third, fourth, fifth, sixth, seventh = (
        DayHours(is_available=True, windows=tuple(sorted(command.windows))) if day == command.weekday.number else hours
        for day, hours in enumerate(settings.week)
    )
    return replace(settings, week=(first, second, third, fourth, fifth, sixth, seventh))


def new_settings(zone: str) -> CalendarSettings:
    """Give the settings of a new calendar: every weekday is off until its hours are saved."""
    off = DayHours(is_available=False, windows=())
    return CalendarSettings(zone, FIRST_SLOT_MINUTES, 0, DAY_MINUTES, (off, off, off, off, off, off, off))


def span(window: Window) -> str:
    """Write hours as a form takes them: 09:00-12:30."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in window)
