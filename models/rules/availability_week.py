"""The portal's week view of a calendar: cells that a click closes or opens (A-66, A-67)."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from models.rules.availability_clock import minute_from, minute_of, moment_of, pieces
from models.rules.availability_facts import Block, CalendarSettings, Times
from models.rules.availability_hours import default_hours, open_hours

WEEK = 7


class CellState(StrEnum):
    """What a cell shows."""

    AVAILABLE = "available"
    """Open and free: white."""
    BLOCKED = "blocked"
    """Closed by a time block although default hours are there: gray."""
    OUTSIDE = "outside"
    """Closed because no default hours are there."""
    BUSY = "busy"
    """Something is booked in it, whether it is open or not."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a local day that is wholly open or wholly closed, in minutes of its clock."""

    day: date
    start: int
    end: int
    state: CellState
    is_open: bool


def week_grid(
    settings: CalendarSettings,
    blocks: Sequence[Block],
    busy: Sequence[Times],
    *,
    first: date,
    days: int = WEEK,
) -> tuple[Cell, ...]:
    """Cut local days from Start Time to End Time into cells of one slot, cut again where hours or blocks change.

    Times that the clocks skip have no cell; a repeated hour has one, busy if either is.
    """
    spans = _merged((minute_of(start), minute_from(end)) for start, end in busy if start < end)
    number = first.toordinal()
    return tuple(cell for n in range(days) for cell in _day(settings, date.fromordinal(number + n), blocks, spans))


def toggle(cell: Cell) -> Block:
    """Give the block to save when a cell is clicked: it closes what is open and opens what is closed (A-67)."""
    return Block(cell.day, cell.start, cell.end, opens=not cell.is_open)


def real_times(settings: CalendarSettings, cell: Cell) -> tuple[Times, ...]:
    """Give when a cell really is (UTC): twice where its hour is repeated."""
    found = _real(settings, cell.day, cell.start, cell.end)
    return tuple((moment_of(start), moment_of(end)) for start, end in found)


def _day(
    settings: CalendarSettings, day: date, blocks: Iterable[Block], spans: Sequence[tuple[int, int]]
) -> Iterator[Cell]:
    known = default_hours(settings, day)
    hours = open_hours(settings, day, [one for one in blocks if one.day == day])
    edges = {edge for one in (*known, *hours) for edge in (one.start, one.end)}
    edges |= {settings.day_end, *range(settings.day_start, settings.day_end, settings.slot_minutes)}
    for start, end in pairwise(sorted(edges)):
        real = _real(settings, day, start, end)
        is_open = any(one.start <= start < one.end for one in hours)
        usual = any(one.start <= start < one.end for one in known)
        closed = CellState.BLOCKED if usual else CellState.OUTSIDE
        state = CellState.AVAILABLE if is_open else closed
        if real:
            is_busy = any(_meets(spans, span) for span in real)
            yield Cell(day, start, end, CellState.BUSY if is_busy else state, is_open)


def _real(settings: CalendarSettings, day: date, start: int, end: int) -> list[tuple[int, int]]:
    found = [(max(start, one.start), min(end, one.end), one.shift) for one in pieces(day, settings.zone)]
    return [(low + shift, high + shift) for low, high, shift in found if low < high]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged = list[tuple[int, int]]()
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _meets(spans: Sequence[tuple[int, int]], span: tuple[int, int]) -> bool:
    """Look at the last of the sorted, separate spans that starts before the end of this one."""
    place = bisect_left(spans, (span[1],))
    return place > 0 and spans[place - 1][1] > span[0]
