"""How Kareo writes things: moments and truths in lists, and the two vocabularies of an appointment's status."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final

LIST_WORDS: Final = {
    "Scheduled": "Scheduled",
    "ReminderSent": "Scheduled",
    "Confirmed": "Confirmed",
    "CheckedIn": "Check-in",
    "Roomed": "Check-in",
    "ReadyToBeSeen": "Check-in",
    "CheckedOut": "Check-out",
    "NoShow": "No-show",
    "Cancelled": "Cancelled",
    "Rescheduled": "Rescheduled",
    "NeedsReschedule": "Rescheduled",
}
"""What lists call each status of single calls; Tentative and Unknown have no word there."""
LIST_TYPES: Final = {"P": "Patient", "O": "Other", "U": "Unknown"}


class NotWrittenSoError(ValueError):
    """A filter that is not written as lists want it; the text names the kind of value, never the value."""


def list_moment(moment: datetime, offset: timedelta) -> str:
    """Write a moment as lists do, at an offset from UTC: `1/24/2020 10:00:00 PM`."""
    local = moment.astimezone(timezone(offset))
    hour = local.hour % 12 or 12
    half = "PM" if local.hour >= 12 else "AM"  # noqa: PLR2004 - noon
    return f"{local.month}/{local.day}/{local.year} {hour}:{local:%M:%S} {half}"


def list_day(day: date) -> str:
    """Write a day as lists do, as its first moment, whatever the offset."""
    return list_moment(datetime.combine(day, time(), UTC), timedelta(0))


def list_truth(*, value: bool) -> str:
    """Write a truth as lists do."""
    return "True" if value else "False"


NO: Final = list_truth(value=False)


@lru_cache(maxsize=64)
def read_moment(text: str, offset: timedelta) -> datetime:
    """Read a filter's moment at an offset from UTC; a day alone is its first moment."""
    for form in ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=timezone(offset)).astimezone(UTC)
        except ValueError:
            continue
    message = "A date of the filter is not written as month/day/year."
    raise NotWrittenSoError(message)


def read_offset(text: str | None, *, default: timedelta) -> timedelta:
    """Read hours from GMT, which lie between -14 and 14."""
    if not text:
        return default
    try:
        hours = float(text)
    except ValueError:
        hours = 99.0
    if not -14 <= hours <= 14:  # noqa: PLR2004 - the zones of the earth
        message = "TimeZoneOffsetFromGMT is not a number of hours."
        raise NotWrittenSoError(message)
    return timedelta(hours=hours)
