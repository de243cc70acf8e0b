"""What people write into the forms of calendars: times of the day, hours, days, and what stays as it is."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from models.inputs.forms import KEY
from models.rules.availability import Anchor
from models.rules.availability_commands import DAY_MINUTES, ChangeSettings, Window
from models.rules.calendars import zone_of

LocationKey = Annotated[str, Field(pattern=KEY)]
Clock = Annotated[str, Field(pattern=r"^[0-9AaPpMm:. ]{1,12}$")]
OptionalClock = Annotated[str, Field(pattern=r"^[0-9AaPpMm:. ]{0,12}$")]
Hours = Annotated[str, Field(pattern=r"^[0-9AaPpMm:., \-]{1,200}$")]
OptionalDay = Annotated[str, Field(pattern=r"^(?:\d{4}-\d{2}-\d{2})?$")]
OptionalMinutes = Annotated[int, Field(ge=-1, le=1_000_000)]
SeenVersion = Annotated[int, Field(ge=0, le=2**31)]
TermsVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,40}$")]
Origins = Annotated[str, Field(pattern=r"^[A-Za-z0-9:/., \-]{0,500}$")]

KEPT: Final = -1
"""A number that leaves a setting as it is."""
NO_ORIGINS: Final = "none"
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))? ?(?:([ap])\.?m\.?)?", re.IGNORECASE)
_LAST_MINUTE: Final = 59
_NOON: Final = 12


class Switch(StrEnum):
    """Whether something is on, or stays as it is."""

    KEEP = "keep"
    YES = "yes"
    NO = "no"

    @property
    def chosen(self) -> bool | None:
        """Say what was chosen; none when it stays."""
        return None if self is Switch.KEEP else self is Switch.YES


class AnchorChoice(StrEnum):
    """Where the ladder of slots stands, or that it stays where it is."""

    KEEP = "keep"
    WINDOW = "window"
    HOUR = "hour"
    MIDNIGHT = "midnight"


class FormError(ValueError):
    """What was written into a form cannot be used; the sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def minute_of(words: str) -> int:
    """Read a time of the day, 09:30 or 9:30 AM, as its minute; 24:00 is the end of the day.

    Raises:
        FormError: it is none.
    """
    found = _CLOCK.fullmatch(words.strip())
    if found and (found[2] or found[3]):
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        is_right = 1 <= hour <= _NOON if half else hour * 60 + minute <= DAY_MINUTES
        if is_right and minute <= _LAST_MINUTE:
            return (hour % _NOON + (_NOON if half == "p" else 0) if half else hour) * 60 + minute
    sentence = f"{words.strip() or 'Nothing'} is not a time of the day; write it like 09:30 or 9:30 AM."
    raise FormError(sentence)


def window_of(start: str, end: str) -> Window:
    """Read the hours between two times of a day; midnight as an end is the day's own.

    Raises:
        FormError: a time is none, or the hours end before they start.
    """
    first, last = minute_of(start), minute_of(end) or DAY_MINUTES
    if first >= last:
        sentence = f"{start.strip()} to {end.strip()} ends before it starts; choose a later end."
        raise FormError(sentence)
    return first, last


def windows_of(words: str) -> tuple[Window, ...]:
    """Read the hours of a day, like 09:00-12:00, 13:00-17:00; raises FormError."""
    return tuple(_windows(words))


def _windows(words: str) -> Iterator[Window]:
    for part in words.split(","):
        start, dash, end = part.partition("-")
        if not dash:
            sentence = 'Write hours like "09:00-12:00, 13:00-17:00": from, a dash, to, and a comma between two of them.'
            raise FormError(sentence)
        yield window_of(start, end)


def day_of(words: str) -> date | None:
    """Read a day like 2026-12-01; none for an empty field.

    Raises:
        FormError: there is no such day.
    """
    if not words:
        return None
    with suppress(ValueError):
        return date.fromisoformat(words)
    sentence = f"There is no such day as {words}; write it like 2026-12-01."
    raise FormError(sentence)


def wall_of(words: str, zone: str) -> datetime:
    """Read a local date and time on the clocks of a zone; it may be one that they jump over.

    Raises:
        FormError: there is no such date or time.
    """
    with suppress(ValueError):
        return datetime.strptime(words, "%Y-%m-%d %H:%M").replace(tzinfo=zone_of(zone))
    sentence = f"There is no such date and time as {words}; write it like 2026-12-01 14:30."
    raise FormError(sentence)


def settings_change(anchor: AnchorChoice, start: str, end: str, **numbers: int) -> ChangeSettings:
    """Read the form of a calendar's settings; raises FormError.

    What is empty, `keep` or -1 stays as it is; the other numbers go under the names of the settings.
    """
    return ChangeSettings(
        anchor=None if anchor is AnchorChoice.KEEP else Anchor(anchor.value),
        day_start=minute_of(start) if start.strip() else None,
        day_end=minute_of(end) or DAY_MINUTES if end.strip() else None,
        **{name: number for name, number in numbers.items() if number != KEPT},
    )


def origins_of(words: str) -> tuple[str, ...]:
    """Split the addresses of websites, separated by commas or spaces; the word none empties the list."""
    return () if words.strip().lower() == NO_ORIGINS else tuple(words.replace(",", " ").split())
