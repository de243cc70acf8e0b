"""What is wrong with the settings of a calendar before they are saved, in plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfoNotFoundError

from models.rules.availability_clock import DAY
from models.rules.availability_facts import CalendarSettings, DayHours
from models.rules.calendars import zone_of

SLOT_MINUTES = range(5, 481)
BUFFER_MINUTES = range(241)
NOTICE_MINUTES = range(90 * DAY + 1)
HORIZON_DAYS = range(731)
NUMBERS: Final = (
    ("slot_minutes", "Time Slot Duration", "minutes", SLOT_MINUTES),
    ("buffer_before", "Time before an appointment", "minutes", BUFFER_MINUTES),
    ("buffer_after", "Time after an appointment", "minutes", BUFFER_MINUTES),
    ("minimum_notice_minutes", "Minimum notice", "minutes", NOTICE_MINUTES),
    ("horizon_days", "Horizon", "days", HORIZON_DAYS),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class SettingsFault:
    """One fault: at which setting or weekday, what is wrong (a code), and what the words about it name."""

    place: str
    code: str
    parts: Mapping[str, str | int] = field(default_factory=dict)
    windows: tuple[tuple[int, int], ...] = ()

    @property
    def sentence(self) -> str:
        """Say it in English: where, what, and what to do."""
        return SENTENCES[self.code].format(*(_span(one) for one in self.windows), **self.parts)


SENTENCES: Final[Mapping[str, str]] = {
    "unknown_zone": "Time zone: this zone is not known. Choose one such as America/Chicago.",
    "out_of_range": "{name}: {value} {unit} is not possible. Choose {low} to {high} {unit}.",
    "notice_over_horizon": "Minimum notice: it is longer than the horizon, so nothing is ever offered. Shorten it.",
    "bounds_outside": (
        "Start Time and End Time: they must lie within one day. Choose times from midnight to midnight."
    ),
    "bounds_reversed": "Start Time and End Time: the day ends before it starts. Choose a later End Time.",
    "wrong_days": "Week: there are {count} days. Give the hours of seven days, Monday first.",
    "no_hours": "{day}: it is available but has no hours. Add hours or switch the day off.",
    "hours_reversed": "{day}: {0} ends before it starts. Choose a later end.",
    "hours_outside": ("{day}: {0} lies outside Start Time and End Time. Change the hours or these times."),
    "hours_overlap": "{day}: {0} and {1} overlap. Join them or move one.",
}


def check_settings(settings: CalendarSettings) -> tuple[str, ...]:
    """List every fault as a sentence: where, what, and what to do; nothing when all is well (A-61 to A-64)."""
    return tuple(one.sentence for one in settings_faults(settings))


def settings_faults(settings: CalendarSettings) -> tuple[SettingsFault, ...]:
    """List every fault with its place; nothing when all is well (A-61 to A-64)."""
    return (*_numbers(settings), *_bounds(settings), *_week(settings))


def clock(minute: int) -> str:
    """Write a minute of the day as 9:00 AM; its end is midnight."""
    if minute == DAY:
        return "midnight"
    hour = minute // 60
    return f"{hour % 12 or 12}:{minute % 60:02} {'PM' if hour % 24 >= 12 else 'AM'}"  # noqa: PLR2004 - noon


def _numbers(settings: CalendarSettings) -> Iterator[SettingsFault]:
    if not _is_zone(settings.zone):
        yield SettingsFault("zone", "unknown_zone")
    for place, name, unit, allowed in NUMBERS:
        value = getattr(settings, place)
        if value not in allowed:
            parts = {"name": name, "unit": unit, "value": value, "low": allowed.start, "high": allowed.stop - 1}
            yield SettingsFault(place, "out_of_range", parts)
    if settings.minimum_notice_minutes >= (settings.horizon_days + 1) * DAY:
        yield SettingsFault("minimum_notice_minutes", "notice_over_horizon")


def _is_zone(name: str) -> bool:
    try:
        return bool(zone_of(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _bounds(settings: CalendarSettings) -> Iterator[SettingsFault]:
    if not 0 <= settings.day_start <= DAY or not 0 <= settings.day_end <= DAY:
        yield SettingsFault("day_start", "bounds_outside")
    elif settings.day_start >= settings.day_end:
        yield SettingsFault("day_end", "bounds_reversed")


def _week(settings: CalendarSettings) -> Iterator[SettingsFault]:
    if len(settings.week) != len(WEEKDAYS):
        yield SettingsFault("week", "wrong_days", {"count": len(settings.week)})
    for name, hours in zip(WEEKDAYS, settings.week, strict=False):
        yield from (SettingsFault(name.lower(), code, {"day": name}, own) for code, own in _day(settings, hours))


def _day(settings: CalendarSettings, hours: DayHours) -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    if hours.is_available and not hours.windows:
        yield "no_hours", ()
    if backward := [window for window in hours.windows if window[0] >= window[1]]:
        yield from (("hours_reversed", (one,)) for one in backward)
        return
    for one in hours.windows:
        if one[0] < settings.day_start or one[1] > settings.day_end:
            yield "hours_outside", (one,)
    for before, after in pairwise(sorted(hours.windows)):
        if after[0] < before[1]:
            yield "hours_overlap", (before, after)


def _span(window: tuple[int, int]) -> str:
    return f"{clock(window[0])} to {clock(window[1])}"
