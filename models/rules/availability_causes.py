"""Why each cell of a week is not offered, for the people who keep the calendar: hours, block, claims, or a rule."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from models.rules.availability import (
    Block,
    CalendarSettings,
    Cell,
    CellState,
    Reason,
    Times,
    explain,
    real_times,
)


class Cause(StrEnum):
    """What a cell of the week shows (A-55 to A-68)."""

    OFFERED = "offered"
    BUSY = "busy"
    BLOCKED = "blocked"
    WEEKDAY_OFF = "weekday_off"
    OUTSIDE_HOURS = "outside_hours"
    IN_THE_PAST = "in_the_past"
    TOO_SOON = "too_soon"
    BEYOND_HORIZON = "beyond_horizon"
    BUFFER = "buffer"
    DOES_NOT_FIT = "does_not_fit"


_RULES = {
    Reason.IN_THE_PAST: Cause.IN_THE_PAST,
    Reason.TOO_SOON: Cause.TOO_SOON,
    Reason.BEYOND_HORIZON: Cause.BEYOND_HORIZON,
    Reason.BUFFER: Cause.BUFFER,
    Reason.DOES_NOT_FIT: Cause.DOES_NOT_FIT,
}


def cause_of(
    settings: CalendarSettings, blocks: Sequence[Block], busy: Sequence[Times], cell: Cell, *, as_of: datetime
) -> Cause:
    """Say what makes a cell unavailable; one that is open and free may still be kept back by a rule.

    A cell in a repeated hour is offered when either of its two times is. Free time between two starts of the ladder
    counts as offered.
    """
    match cell.state:
        case CellState.BUSY:
            return Cause.BUSY
        case CellState.BLOCKED:
            return Cause.BLOCKED
        case CellState.OUTSIDE:
            return Cause.OUTSIDE_HOURS if settings.week[cell.day.weekday()].is_available else Cause.WEEKDAY_OFF
        case CellState.AVAILABLE:
            found = set(_rules(settings, blocks, busy, cell, as_of=as_of))
            return Cause.OFFERED if Cause.OFFERED in found else min(found, key=list(Cause).index)


def _rules(
    settings: CalendarSettings, blocks: Sequence[Block], busy: Sequence[Times], cell: Cell, *, as_of: datetime
) -> Iterator[Cause]:
    for start, _ in real_times(settings, cell):
        why = explain(settings, blocks, busy, start, as_of=as_of)
        yield _RULES.get(why.reason, Cause.OFFERED)
