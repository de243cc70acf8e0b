"""When one calendar is open on a local day, and where its ladder of slots stands, before anything is busy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import assert_never

from models.rules.availability_clock import pieces
from models.rules.availability_facts import Anchor, Block, CalendarSettings, DayHours

NEVER = -1
_START = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Open time of one local day, in minutes of its clock, and the minute at which its window started."""

    start: int
    end: int
    anchor: int


@dataclass(frozen=True, slots=True)
class Opening:
    """Open time of one local day (its ordinal) in minutes of UTC.

    `first` is the first start on its ladder; `until` is where open time ends, over all openings that touch it.
    """

    day: int
    start: int
    end: int
    first: int
    until: int


def default_hours(settings: CalendarSettings, day: date) -> tuple[Stretch, ...]:
    """List the weekly hours of a day within Start Time and End Time; none when the weekday is off (A-62 to A-64)."""
    return _weekly(settings.week[day.weekday()], settings.day_start, settings.day_end)


@lru_cache(maxsize=4096)
def _weekly(hours: DayHours, day_start: int, day_end: int) -> tuple[Stretch, ...]:
    found: tuple[Stretch, ...] = ()
    for start, end in sorted(hours.windows) if hours.is_available else ():
        found = _opened(found, max(start, day_start), min(end, day_end), ())
    return found


def open_hours(settings: CalendarSettings, day: date, blocks: Iterable[Block]) -> tuple[Stretch, ...]:
    """Lay the blocks of a day over its default hours, in the order of saving (A-66, A-67).

    Start Time and End Time bound blocks too. A block never moves the ladder of the default hours: what is added beside
    them has a ladder of its own, what is closed and opened again is as before.
    """
    saved = tuple((block.start, block.end, block.opens) for block in blocks)
    return _laid_over(settings.week[day.weekday()], settings.day_start, settings.day_end, saved)


@lru_cache(maxsize=4096)
def _laid_over(
    hours: DayHours, day_start: int, day_end: int, blocks: tuple[tuple[int, int, bool], ...]
) -> tuple[Stretch, ...]:
    """Remember what came of the same blocks over the same hours: weeks repeat, and pages ask again."""
    default = found = _weekly(hours, day_start, day_end)
    for low, high, opens in blocks:
        start, end = max(low, day_start), min(high, day_end)
        found = _opened(found, start, end, default) if opens else _closed(found, start, end)
    return found


def _closed(hours: tuple[Stretch, ...], start: int, end: int) -> tuple[Stretch, ...]:
    if start >= end:
        return hours
    gap = (Stretch(start, end, start),)
    return tuple(Stretch(*left, one.anchor) for one in hours for left in _beside(one.start, one.end, gap))


def _opened(hours: tuple[Stretch, ...], start: int, end: int, default: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Open what is not open yet: default hours as they were, the rest from its own start."""
    new = list[Stretch]()
    for low, high in _beside(start, end, hours):
        new += (
            Stretch(max(low, one.start), min(high, one.end), one.anchor)
            for one in default
            if one.start < high and low < one.end
        )
        new += (Stretch(*added, added[0]) for added in _beside(low, high, default))
    return tuple(sorted((*hours, *new), key=_START)) if new else hours


def _beside(start: int, end: int, taken: Iterable[Stretch]) -> Iterator[tuple[int, int]]:
    """Give what is left of a span beside sorted others."""
    for one in taken:
        if start < one.start and start < end:
            yield start, min(one.start, end)
        start = max(start, one.end)
    if start < end:
        yield start, end


def openings(settings: CalendarSettings, blocks: Iterable[Block], days: range) -> list[Opening]:
    """List the open time of local days (their ordinals) in the order of UTC, each minute once.

    Hours are labels of the local clock: a repeated hour is open twice, a skipped one never.
    """
    by_day: dict[int, list[Block]] = {}
    for block in blocks:
        by_day.setdefault(block.day.toordinal(), []).append(block)
    found = list[tuple[int, int, int, int]]()
    for number in days:
        day = date.fromordinal(number)
        found += _of_day(settings, day, open_hours(settings, day, by_day.get(number, ())))
    return _joined(sorted(found))


def _of_day(settings: CalendarSettings, day: date, hours: Sequence[Stretch]) -> Iterator[tuple[int, int, int, int]]:
    for piece in pieces(day, settings.zone):
        for one in hours:
            start, end = max(one.start, piece.start), min(one.end, piece.end)
            if start < end:
                first = start + (_foot(one, settings.anchor) - start) % settings.slot_minutes
                yield start + piece.shift, end + piece.shift, first + piece.shift, day.toordinal()


def _foot(stretch: Stretch, anchor: Anchor) -> int:
    match anchor:
        case Anchor.WINDOW:
            return stretch.anchor
        case Anchor.HOUR:
            return stretch.anchor // 60 * 60
        case Anchor.MIDNIGHT:
            return 0
        case never:
            assert_never(never)


def _joined(found: Sequence[tuple[int, int, int, int]]) -> list[Opening]:
    """Look ahead from each span over those that touch it."""
    joined = list[Opening]()
    after = until = NEVER
    for start, end, first, day in reversed(found):
        until = until if end == after else end
        after = start
        joined.append(Opening(day, start, end, first, until))
    return joined[::-1]
