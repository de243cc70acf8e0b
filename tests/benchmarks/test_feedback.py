"""A burst of due attempts beside its floor, on both databases: the promise, and the figures for whoever asks."""

import os

import pytest

from models.db import Database
from tests.benchmarks.bench_feedback import measure, measure_check_outs
from tests.benchmarks.feedback_rows import Sizes, prepare
from tests.benchmarks.table import show

WAITING = int(os.environ.get("GOLIVE_TEST_WAITING_TIMERS", "0"))
AT_MOST = {"sqlite": 6, "postgresql": 5}
"""How many times the bare floor asking with its rules in Python may take: five, and room for a busy machine."""


@pytest.mark.bench
@pytest.mark.slow
def test_a_burst_of_due_attempts_keeps_near_the_floor_of_its_database(db: Database) -> None:
    sizes = Sizes(waiting=WAITING)
    prepare(db, sizes)
    measure(db, sizes, runs=1)  # the first run compiles and prepares
    ours, floor = measure(db, sizes)
    engine = db.engine.dialect.name
    waits = f", {WAITING:,} timers that wait" if WAITING else ""
    show(f"{engine}: {sizes.due:,} attempts due, {sizes.others:,} other requests{waits}", [ours, floor])
    assert ours.fastest <= AT_MOST[engine] * floor.fastest


def test_both_ways_write_the_same_rows(db: Database) -> None:
    sizes = Sizes(due=220, others=500, practices=3, waiting=5)
    prepare(db, sizes)
    ours, floor = measure(db, sizes, batch=100, runs=2)
    assert ours.rows == floor.rows == 220


@pytest.mark.bench
def test_a_check_out_is_decided_about_as_soon_as_it_is_seen(db: Database) -> None:
    runs = 30
    measured, decided = measure_check_outs(db, runs=runs)
    show(f"{db.engine.dialect.name}: a check-out in the built-in calendar, seen and decided about", [measured])
    assert decided == runs
