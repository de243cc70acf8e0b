"""docs/sizing.md says what its figures give, and its figures are those that can be counted or were measured."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect._vendor.croniter.croniter import croniter

from deployments.declared import read_declared
from deployments.runner import MOST_RUNS_AT_ONCE
from deployments.sizing import (
    FLOWS_AT_ONCE,
    MESSAGE_MS,
    MESSAGES_A_VISIT,
    SCHEDULED_RUNS,
    SIZES,
    VISIT_BYTES,
    VISIT_MS,
    Plan,
    table,
)

PAGE = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text(encoding="utf-8")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
MEASURED = re.compile(r"\| ([\d.]+) ms \| ([\d.]+) ms \|")


def runs_in(cron: str, days: int) -> int:
    """Count how often a line starts something in so many days."""
    untyped: Any = croniter
    dates, count = untyped(cron, MONDAY - timedelta(seconds=1)), 0
    while dates.get_next(datetime) < MONDAY + timedelta(days=days):
        count += 1
    return count


def test_the_page_holds_the_table_that_the_figures_give() -> None:
    assert table() in PAGE


def test_the_runs_of_a_day_are_those_of_prefect_yaml() -> None:
    lines = [line.cron for one in read_declared() for line in one.schedules if line.active]
    counted = sum(runs_in(cron, 28) for cron in lines) / 28
    assert counted == pytest.approx(SCHEDULED_RUNS, rel=0.02), (
        "deployments/sizing.py and docs/sizing.md want this number"
    )


def test_the_parts_of_a_visit_add_up_to_the_whole() -> None:
    parts = [float(postgresql) for _, postgresql in MEASURED.findall(PAGE)]
    assert len(parts) == 4
    assert sum(parts) == pytest.approx(VISIT_MS, abs=0.15)
    assert parts[1] + parts[2] == pytest.approx(MESSAGE_MS, abs=0.05)
    assert f"{VISIT_BYTES:,}" in PAGE


def test_the_page_tells_the_arithmetic_that_is_done() -> None:
    plan = Plan(1_000)
    assert f"{VISIT_MS} ms + {MESSAGES_A_VISIT - 1} further messages x {MESSAGE_MS} ms" in PAGE
    assert f"{plan.work_seconds:,.0f} processor seconds of work" in PAGE
    assert FLOWS_AT_ONCE == MOST_RUNS_AT_ONCE


def test_ten_times_the_practices_are_ten_times_the_work_and_not_ten_times_the_runs() -> None:
    small, _, large = (Plan(size) for size in SIZES)
    assert large.work_seconds == pytest.approx(100 * small.work_seconds)
    assert large.disk_a_year == pytest.approx(100 * small.disk_a_year)
    assert large.runs < 100 * small.runs
    assert small.workers >= 2
    assert small.servers >= 2
