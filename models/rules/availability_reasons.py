"""Why one time is offered or not, in words that a front office understands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from models.rules.availability_busy import collisions
from models.rules.availability_clock import DAY, MINUTE, in_utc, is_skipped, label_of, minute_of, moment_of, pieces
from models.rules.availability_facts import Block, CalendarSettings, Times
from models.rules.availability_hours import Opening, default_hours, openings
from models.rules.calendars import local_day, local_moment


class Reason(StrEnum):
    """Why a time is offered or not; where several hold, the first of this list is told."""

    OFFERED = "offered"
    SKIPPED_HOUR = "skipped_hour"
    IN_THE_PAST = "in_the_past"
    TOO_SOON = "too_soon"
    BEYOND_HORIZON = "beyond_horizon"
    OUTSIDE_DAY = "outside_day"
    BLOCKED = "blocked"
    WEEKDAY_OFF = "weekday_off"
    OUTSIDE_HOURS = "outside_hours"
    DOES_NOT_FIT = "does_not_fit"
    BUSY = "busy"
    BUFFER = "buffer"
    OFF_GRID = "off_grid"


@dataclass(frozen=True, slots=True)
class Why:
    """The answer for one time, in UTC: the reason, what it collides with, and the moment that limits it."""

    reason: Reason
    starts_at: datetime
    ends_at: datetime
    collides_with: tuple[Times, ...] = ()
    limit: datetime | None = None
    """The earliest start (too soon), the end of the horizon, of open time, or the next start on the ladder."""


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: CalendarSettings
    blocks: Sequence[Block]
    busy: Sequence[Times]
    wall: datetime
    as_of: datetime
    length: int

    @property
    def start(self) -> datetime:
        return in_utc(self.wall)

    @property
    def end(self) -> datetime:
        return self.start + self.length * MINUTE

    def why(self, reason: Reason, *, collides_with: Sequence[Times] = (), limit: datetime | None = None) -> Why:
        return Why(reason, self.start, self.end, tuple(collides_with), limit)

    def openings(self) -> list[Opening]:
        """List the open time around the asked one."""
        day = label_of(minute_of(self.start), self.settings.zone)[0].toordinal()
        return openings(self.settings, self.blocks, range(day - 1, day + 2 + self.length // DAY))


def explain(
    settings: CalendarSettings,
    blocks: Sequence[Block],
    busy: Sequence[Times],
    starts_at: datetime,
    *,
    as_of: datetime,
    minutes: int = 0,
) -> Why:
    """Say why a time is offered or not; a time in its own zone may be one that its clocks skip."""
    asked = _Asked(settings, blocks, busy, starts_at, as_of, minutes or settings.slot_minutes)
    found = (check(asked) for check in (_not_now, _closed, _too_short, _busy, _off_grid))
    return next((why for why in found if why), asked.why(Reason.OFFERED))


def _not_now(asked: _Asked) -> Why | None:
    settings = asked.settings
    if is_skipped(asked.wall):
        return asked.why(Reason.SKIPPED_HOUR)
    if asked.start < asked.as_of:
        return asked.why(Reason.IN_THE_PAST)
    earliest = asked.as_of + settings.minimum_notice_minutes * MINUTE
    if asked.start < earliest:
        return asked.why(Reason.TOO_SOON, limit=earliest)
    last = local_day(asked.as_of, settings.zone) + timedelta(days=settings.horizon_days)
    if local_day(asked.start, settings.zone) > last:
        return asked.why(Reason.BEYOND_HORIZON, limit=local_moment(last + timedelta(days=1), time(), settings.zone))
    return None


def _closed(asked: _Asked) -> Why | None:
    minute = minute_of(asked.start)
    if any(one.start <= minute < one.end for one in asked.openings()):
        return None
    settings = asked.settings
    day, label = label_of(minute, settings.zone)
    if not settings.day_start <= label < settings.day_end:
        return asked.why(Reason.OUTSIDE_DAY)
    if block := _block_at(asked, day, label):
        return asked.why(Reason.BLOCKED, collides_with=_real_times(block, settings.zone))
    return asked.why(Reason.OUTSIDE_HOURS if settings.week[day.weekday()].is_available else Reason.WEEKDAY_OFF)


def _block_at(asked: _Asked, day: date, label: int) -> Block | None:
    """Find the block that closes a minute which would be open without it."""
    there = [one for one in asked.blocks if one.day == day and one.start <= label < one.end]
    known = any(one.start <= label < one.end for one in default_hours(asked.settings, day))
    return there[-1] if there and (known or any(one.opens for one in there)) else None


def _real_times(block: Block, zone: str) -> list[Times]:
    """Give the times of a block in UTC: two when it lies in a repeated hour."""
    spans = [(max(block.start, one.start), min(block.end, one.end), one.shift) for one in pieces(block.day, zone)]
    return [(moment_of(low + shift), moment_of(high + shift)) for low, high, shift in spans if low < high]


def _too_short(asked: _Asked) -> Why | None:
    """Say what ends the open time before the slot would end; a start with seconds counts as its minute here."""
    settings, minute = asked.settings, minute_of(asked.start)
    until = next(one.until for one in asked.openings() if one.start <= minute < one.end)
    if minute + asked.length <= until:
        return None
    day, label = label_of(until, settings.zone)
    if settings.day_start <= label < settings.day_end and (block := _block_at(asked, day, label)):
        return asked.why(Reason.BLOCKED, collides_with=_real_times(block, settings.zone))
    return asked.why(Reason.DOES_NOT_FIT, limit=moment_of(until))


def _busy(asked: _Asked) -> Why | None:
    plain = replace(asked.settings, buffer_before=0, buffer_after=0)
    for reason, settings in ((Reason.BUSY, plain), (Reason.BUFFER, asked.settings)):
        if met := sorted(collisions(settings, asked.busy, asked.start, asked.end)):
            return asked.why(reason, collides_with=met)
    return None


def _off_grid(asked: _Asked) -> Why | None:
    minute, step = minute_of(asked.start), asked.settings.slot_minutes
    around = asked.openings()
    here = next(one for one in around if one.start <= minute < one.end)
    if asked.start == moment_of(minute) and minute >= here.first and (minute - here.first) % step == 0:
        return None
    ladders = (range(one.first, min(one.end, one.until - asked.length + 1), step) for one in around)
    later = next((start for ladder in ladders for start in ladder if start > minute), None)
    return asked.why(Reason.OFF_GRID, limit=None if later is None else moment_of(later))
