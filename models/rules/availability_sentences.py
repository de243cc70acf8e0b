"""The answer about one time as an English sentence for the front office, on the clock of its zone."""

from collections.abc import Mapping
from datetime import date, datetime

from models.rules.availability_clock import MINUTE
from models.rules.availability_reasons import Reason, Why
from models.rules.calendars import zone_of

SENTENCES: Mapping[Reason, str] = {
    Reason.OFFERED: "{start} is offered.",
    Reason.SKIPPED_HOUR: "There is no such time: the clocks jump over it, to {start}. Choose another time.",
    Reason.IN_THE_PAST: "{start} has passed. Choose a later time.",
    Reason.TOO_SOON: "{start} is too soon: this calendar's minimum notice allows {limit} at the earliest. "
    "Choose a later time.",
    Reason.BEYOND_HORIZON: "{start} is too far ahead: this calendar offers times before {limit}. "
    "Choose an earlier time.",
    Reason.OUTSIDE_DAY: "{start} lies outside Start Time and End Time of this calendar. "
    "Choose another time, or change them in the calendar's settings.",
    Reason.BLOCKED: "{start} is not free: a time block covers {times}. "
    "Choose another time, or open that time in the calendar.",
    Reason.WEEKDAY_OFF: "{start} is not offered: {weekday} is switched off in this calendar. "
    "Choose another day, or open that time in the calendar.",
    Reason.OUTSIDE_HOURS: "{start} is outside the hours of this calendar. "
    "Choose another time, or open that time in the calendar.",
    Reason.DOES_NOT_FIT: "{minutes} minutes from {start} do not fit: the calendar is open until {limit}. "
    "Choose an earlier time.",
    Reason.BUSY: "{start} is taken: {times} is busy. Choose another time.",
    Reason.BUFFER: "{start} is too close to what is booked for {times}: this calendar keeps time free around "
    "appointments. Choose another time.",
    Reason.OFF_GRID: "No slot starts at {start}. {next_start}",
}
"""What each reason says and what to do about it."""


def sentence_of(why: Why, zone: str) -> str:
    """Tell the answer on the clock of a zone, with times only and nobody's name."""
    local = why.starts_at.astimezone(zone_of(zone))
    near = local.date()
    limit = _said(why.limit, zone, near) if why.limit else ""
    spans = (f"{_said(low, zone, near)} to {_said(high, zone, near)}" for low, high in why.collides_with)
    return SENTENCES[why.reason].format(
        start=_said(why.starts_at, zone),
        limit=limit,
        times=" and ".join(spans),
        weekday=f"{local:%A}",
        minutes=(why.ends_at - why.starts_at) // MINUTE,
        next_start=f"The next one starts at {limit}." if limit else "Choose a time that the calendar shows.",
    )


def _said(moment: datetime, zone: str, near: date | None = None) -> str:
    """Leave the day out where it is the one that is spoken of."""
    local = moment.astimezone(zone_of(zone))
    clock = _clock(local)
    return clock if local.date() == near else f"{local:%A}, {local:%B} {local.day}, {local.year} at {clock}"


def _clock(local: datetime) -> str:
    """Write a time as people do in the US; a repeated one with the name of its clock."""
    is_repeated = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}" + (  # noqa: PLR2004 - noon
        f" {local.tzname()}" if is_repeated else ""
    )
