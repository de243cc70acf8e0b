"""Why each cell of a week is not offered (A-55 to A-68)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.rules.availability import Cell, CellState, Reason, explain
from models.rules.availability_causes import Cause, cause_of
from tests.rules.availability_examples import LONG_BEFORE, MONDAY, NEW_YORK, OFF, block, calendar, local, utc

NINE = Cell(MONDAY, 540, 570, CellState.AVAILABLE, is_open=True)
TEN = (utc(MONDAY, "10:00"), utc(MONDAY, "10:30"))
EXACTLY = utc(MONDAY, "09:00")


def cause(cell: Cell = NINE, hours: Any = None, **given: Any) -> Cause:
    settings = given.pop("settings", calendar(hours) if hours else calendar())
    known: dict[str, Any] = {"blocks": (), "busy": [], "as_of": LONG_BEFORE} | given
    return cause_of(settings, known["blocks"], known["busy"], cell, as_of=known["as_of"])


@pytest.mark.parametrize(("state", "expected"), [(CellState.BUSY, Cause.BUSY), (CellState.BLOCKED, Cause.BLOCKED)])
def test_claims_and_blocks_say_so_a_55_a_62(state: CellState, expected: Cause) -> None:
    assert cause(replace(NINE, state=state)) is expected


def test_closed_cells_tell_a_day_off_from_the_hours_around_a_63() -> None:
    closed = replace(NINE, state=CellState.OUTSIDE, is_open=False)
    assert cause(closed) is Cause.OUTSIDE_HOURS
    assert cause(closed, OFF) is Cause.WEEKDAY_OFF


def test_an_open_cell_is_offered_or_kept_back_by_a_rule_a_64_a_67() -> None:
    assert cause() is Cause.OFFERED
    assert cause(as_of=EXACTLY + timedelta(minutes=1)) is Cause.IN_THE_PAST
    assert cause(as_of=EXACTLY - timedelta(minutes=59), settings=calendar(minimum_notice_minutes=60)) is Cause.TOO_SOON
    assert cause(settings=calendar(horizon_days=7)) is Cause.BEYOND_HORIZON
    assert cause(settings=calendar(horizon_days=8)) is Cause.OFFERED
    assert cause(busy=[TEN], settings=calendar(buffer_before=0, buffer_after=40)) is Cause.BUFFER
    assert cause(replace(NINE, start=640, end=660)) is Cause.DOES_NOT_FIT
    assert cause(blocks=(block(550, 560),)) is Cause.OFFERED, "a block is told by the cell, not by a rule"


def test_free_time_between_two_starts_counts_as_offered() -> None:
    assert cause(replace(NINE, start=550, end=560)) is Cause.OFFERED


def test_a_time_is_offered_at_its_very_moment_and_at_the_shortest_notice_a_64() -> None:
    settings = calendar(minimum_notice_minutes=60)
    assert explain(calendar(), (), [], EXACTLY, as_of=EXACTLY).reason is Reason.OFFERED
    assert explain(settings, (), [], EXACTLY, as_of=EXACTLY - timedelta(hours=1)).reason is Reason.OFFERED


def test_what_is_too_late_or_too_short_says_until_when_a_65_a_66() -> None:
    late = explain(calendar(horizon_days=6), (), [], EXACTLY, as_of=LONG_BEFORE)
    first = (LONG_BEFORE.astimezone(local(MONDAY, "00:00").tzinfo)).date()
    assert late.limit == local(first + timedelta(days=7), "00:00", NEW_YORK)
    short = explain(calendar(), (), [], utc(MONDAY, "10:45"), as_of=LONG_BEFORE)
    assert (short.reason, short.limit) == (Reason.DOES_NOT_FIT, utc(MONDAY, "11:00"))
    off = explain(calendar(), (), [], utc(MONDAY, "09:10"), as_of=LONG_BEFORE)
    assert (off.reason, off.limit) == (Reason.OFF_GRID, utc(MONDAY, "09:30"))
    last = explain(calendar(), (), [], utc(MONDAY, "10:30") + timedelta(seconds=1), as_of=LONG_BEFORE)
    assert (last.reason, last.limit) == (Reason.OFF_GRID, utc(MONDAY + timedelta(days=1), "09:00"))
