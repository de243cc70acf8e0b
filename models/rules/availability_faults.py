"""What is wrong with the settings of a calendar before they are saved, in plain sentences."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfoNotFoundError

from models.rules.availability_clock import DAY
from models.rules.availability_facts import CalendarSettings, DayHours
from models.rules.calendars import zone_of

SLOT_MINUTES = range(5, 481)
BUFFER_MINUTES = range(241)
NOTICE_MINUTES = range(90 * DAY + 1)
HORIZON_DAYS = range(731)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_settings(settings: CalendarSettings) -> tuple[str, ...]:
    """List every fault as a sentence: where, what, and what to do; nothing when all is well (A-61 to A-64)."""
    return (*_numbers(settings), *_bounds(settings), *_week(settings))


def clock(minute: int) -> str:
    """Write a minute of the day as 9:00 AM; its end is midnight."""
    if minute == DAY:
        return "midnight"
    hour = minute // 60
    return f"{hour % 12 or 12}:{minute % 60:02} {'PM' if hour % 24 >= 12 else 'AM'}"  # noqa: PLR2004 - noon


def _numbers(settings: CalendarSettings) -> Iterator[str]:
    if not _is_zone(settings.zone):
        yield "Time zone: this zone is not known. Choose one such as America/Chicago."
    for name, unit, value, allowed in (
        ("Time Slot Duration", "minutes", settings.slot_minutes, SLOT_MINUTES),
        ("Time before an appointment", "minutes", settings.buffer_before, BUFFER_MINUTES),
        ("Time after an appointment", "minutes", settings.buffer_after, BUFFER_MINUTES),
        ("Minimum notice", "minutes", settings.minimum_notice_minutes, NOTICE_MINUTES),
        ("Horizon", "days", settings.horizon_days, HORIZON_DAYS),
    ):
        if value not in allowed:
            yield f"{name}: {value} {unit} is not possible. Choose {allowed.start} to {allowed.stop - 1} {unit}."
    if settings.minimum_notice_minutes >= (settings.horizon_days + 1) * DAY:
        yield "Minimum notice: it is longer than the horizon, so nothing is ever offered. Shorten it."


def _is_zone(name: str) -> bool:
    try:
        return bool(zone_of(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _bounds(settings: CalendarSettings) -> Iterator[str]:
    if not 0 <= settings.day_start <= DAY or not 0 <= settings.day_end <= DAY:
        yield "Start Time and End Time: they must lie within one day. Choose times from midnight to midnight."
    elif settings.day_start >= settings.day_end:
        yield "Start Time and End Time: the day ends before it starts. Choose a later End Time."


def _week(settings: CalendarSettings) -> Iterator[str]:
    if len(settings.week) != len(WEEKDAYS):
        yield f"Week: there are {len(settings.week)} days. Give the hours of seven days, Monday first."
    for name, hours in zip(WEEKDAYS, settings.week, strict=False):
        yield from (f"{name}: {fault}" for fault in _day(settings, hours))


def _day(settings: CalendarSettings, hours: DayHours) -> Iterator[str]:
    if hours.is_available and not hours.windows:
        yield "it is available but has no hours. Add hours or switch the day off."
    if backward := [window for window in hours.windows if window[0] >= window[1]]:
        yield from (f"{_span(one)} ends before it starts. Choose a later end." for one in backward)
        return
    for one in hours.windows:
        if one[0] < settings.day_start or one[1] > settings.day_end:
            yield f"{_span(one)} lies outside Start Time and End Time. Change the hours or these times."
    yield from _overlaps(sorted(hours.windows))


def _overlaps(windows: Sequence[tuple[int, int]]) -> Iterator[str]:
    for before, after in pairwise(windows):
        if after[0] < before[1]:
            yield f"{_span(before)} and {_span(after)} overlap. Join them or move one."


def _span(window: tuple[int, int]) -> str:
    return f"{clock(window[0])} to {clock(window[1])}"
