"""One calendar's week as the practice reads it: each part of a day, and what makes it unavailable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.availability import Cell, CellState, real_times, week_grid
from models.rules.availability_causes import Cause, cause_of
from models.rules.calendars import local_moment
from models.store import calendars
from models.store.calendars import Calendar, Place
from models.store.taken_time import Claim, claims_within
from models.store.time_blocks import AROUND, blocks_of
from models.tables.booking import CalendarRow
from models.tables.practices import Location, Provider

DAYS: Final = 7
HOUR: Final = 60
USUAL: Final = (8 * HOUR, 18 * HOUR)
"""What is shown of a week in which nothing is open or booked."""


@dataclass(frozen=True, slots=True)
class Part:
    """One cell of the week, what makes it unavailable, and what takes its time."""

    cell: Cell
    cause: Cause
    claims: tuple[Claim, ...] = ()
    rows: int = 1
    """Over how many rows of the table it reaches."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the week: from which minute of the clock, and for each day what begins there.

    A day has None where its part began above, and nothing at all (an empty tuple) where the clocks jump over it.
    """

    start: int
    end: int
    parts: tuple[Part | tuple[()] | None, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """One week of one calendar; `cleared` are the days that have time blocks of their own."""

    calendar: Calendar
    first: date
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]
    with_blocks: frozenset[date]
    places: Mapping[int, str] = field(default_factory=dict)

    def of_day(self, day: date) -> list[Part]:
        """List the parts of one day."""
        return [one for one in self.parts if one.cell.day == day]


def week_of(session: Session, place: Place, *, first: date, as_of: datetime) -> Week | None:
    """Show the seven days of a calendar from a local day on; none where there is no calendar."""
    calendar = calendars.load(session, place)
    if calendar is None:
        return None
    settings = calendar.settings
    blocks = blocks_of(session, [calendar.id], first, DAYS)[calendar.id]
    start = local_moment(first, time(), settings.zone) - AROUND
    claims = claims_within(session, place.provider_id, start, start + timedelta(days=DAYS) + 2 * AROUND, as_of=as_of)
    busy = [(one.starts_at, one.ends_at) for one in claims]
    cells = shown_cells(week_grid(settings, blocks, busy, first=first))
    parts = tuple(
        Part(
            cell,
            cause_of(settings, blocks, busy, cell, as_of=as_of),
            tuple(_meeting(claims, real_times(settings, cell))) if cell.state is CellState.BUSY else (),
        )
        for cell in cells
    )
    days = [first + timedelta(days=number) for number in range(DAYS)]
    places = select(Location.id, Location.name).where(Location.practice_id == place.practice_id)
    return Week(
        calendar,
        first,
        parts,
        tuple(rows_of(parts, days)),
        frozenset(one.day for one in blocks),
        dict(session.execute(places).tuples().all()),
    )


def _meeting(claims: Sequence[Claim], times: Sequence[tuple[datetime, datetime]]) -> Iterator[Claim]:
    return (one for one in claims if any(one.starts_at < end and one.ends_at > start for start, end in times))


def shown_cells(cells: Sequence[Cell]) -> list[Cell]:
    """Leave out what is closed on every day, but for an hour before and after; usual hours where all is closed."""
    told = [one for one in cells if one.state is not CellState.OUTSIDE]
    low = min((one.start for one in told), default=USUAL[0] + HOUR) - HOUR
    high = max((one.end for one in told), default=USUAL[1] - HOUR) + HOUR
    return [one for one in cells if low < one.end and one.start < high]


def rows_of(parts: Sequence[Part], days: Sequence[date]) -> Iterator[Row]:
    """Cut the parts of some days into rows of a table, at every minute at which one of them begins or ends."""
    edges = sorted({edge for one in parts for edge in (one.cell.start, one.cell.end)})
    order = {edge: number for number, edge in enumerate(edges)}
    begins, goes_on = dict[tuple[date, int], Part](), set[tuple[date, int]]()
    for one in parts:
        first, last = order[one.cell.start], order[one.cell.end]
        begins[one.cell.day, one.cell.start] = replace(one, rows=last - first)
        goes_on.update((one.cell.day, edge) for edge in edges[first + 1 : last])
    for start, end in pairwise(edges):
        at = ((day, start) for day in days)
        yield Row(start, end, tuple(begins.get(one, None if one in goes_on else ()) for one in at))


def pairs_with_calendars(session: Session, practice_id: int) -> list[tuple[str, str]]:
    """List for which providers (NPI) and locations (key) a practice has calendars, in that order."""
    query = (
        select(Provider.npi, Location.key)
        .select_from(CalendarRow)
        .join(Provider, Provider.id == CalendarRow.provider_id)
        .join(Location, Location.id == CalendarRow.location_id)
        .where(CalendarRow.practice_id == practice_id)
        .order_by(Provider.npi, Location.key)
    )
    return list(session.execute(query).tuples().all())
