"""The week view: what each cell shows, and what a click on it saves."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from models.rules.availability import Block, Cell, CellState, Times, toggle, week_grid
from tests.rules.availability_examples import EVERY_HOUR, MONDAY, OFF, block, calendar, clocks, offered, on, utc

DAY = calendar(on((540, 660)), day_start=510, day_end=690)


def day_of(*blocks: Block, busy: Sequence[Times] = ()) -> list[tuple[int, CellState]]:
    return [(one.start, one.state) for one in week_grid(DAY, blocks, busy, first=MONDAY, days=1)]


def cell_at(start: int, *blocks: Block) -> Cell:
    return next(one for one in week_grid(DAY, blocks, [], first=MONDAY, days=1) if one.start == start)


def test_cells_show_hours_blocks_and_what_is_booked() -> None:
    """A-59, A-66, A-67."""
    booked = [(utc(MONDAY, "10:05"), utc(MONDAY, "10:06")), (utc(MONDAY, "10:00"), utc(MONDAY, "10:10"))]
    assert day_of(block(570, 600), busy=booked) == [
        (510, CellState.OUTSIDE),
        (540, CellState.AVAILABLE),
        (570, CellState.BLOCKED),
        (600, CellState.BUSY),
        (630, CellState.AVAILABLE),
        (660, CellState.OUTSIDE),
    ]


def test_a_booked_cell_ends_where_its_booking_ends() -> None:
    """A-59."""
    states = dict(day_of(busy=[(utc(MONDAY, "09:30"), utc(MONDAY, "10:00"))]))
    assert (states[540], states[570], states[600]) == (CellState.AVAILABLE, CellState.BUSY, CellState.AVAILABLE)


def test_cells_are_cut_where_hours_or_blocks_begin() -> None:
    """A-66."""
    starts = [start for start, _ in day_of(block(555, 580))]
    assert starts == [510, 540, 555, 570, 580, 600, 630, 660]


@pytest.mark.parametrize(("start", "opens"), [(540, False), (510, True), (570, True)])
def test_a_click_closes_what_is_open_and_opens_what_is_closed(start: int, opens: bool) -> None:
    """A-67."""
    blocks = (block(570, 600),)
    saved = toggle(cell_at(start, *blocks))
    assert saved == Block(MONDAY, start, start + 30, opens)
    assert cell_at(start, *blocks, saved).is_open is opens


def test_two_clicks_are_none() -> None:
    """A-67."""
    for start in (510, 540, 630):
        first = toggle(cell_at(start))
        second = toggle(cell_at(start, first))
        assert cell_at(start, first, second) == cell_at(start)


def test_a_click_adds_a_slot_to_the_widget_and_takes_it_away() -> None:
    """A-65, A-67."""
    added = toggle(cell_at(510))
    assert clocks(offered(DAY, added))[0] == "08:30"
    removed = toggle(cell_at(540))
    assert clocks(offered(DAY, removed)) == ["09:30", "10:00", "10:30"]


def test_a_weekday_that_is_off_can_be_opened_cell_by_cell() -> None:
    """A-63, A-67."""
    off = calendar(OFF, day_start=540, day_end=600)
    cells = week_grid(off, [], [], first=MONDAY)
    assert Counter(one.state for one in cells) == {CellState.OUTSIDE: 14}
    assert clocks(offered(off, toggle(cells[0]), days=7)) == ["09:00"]


def test_skipped_times_have_no_cell_and_a_repeated_hour_has_one() -> None:
    open_always = calendar(EVERY_HOUR, slot_minutes=60)
    spring = week_grid(open_always, [], [], first=date(2026, 3, 8), days=1)
    assert [one.start for one in spring[:3]] == [0, 60, 180]
    autumn = date(2026, 11, 1)
    second = utc(autumn, "01:10", fold=1)
    cells = week_grid(open_always, [], [(second, second + timedelta(minutes=5))], first=autumn, days=1)
    assert [one.start for one in cells if one.state is CellState.BUSY] == [60]
    assert len(cells) == 24
