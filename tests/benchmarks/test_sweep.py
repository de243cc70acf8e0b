"""The sweep beside its floor, on both databases: the promise, and the figures for whoever asks for them."""

import os

import pytest

from models.db import Database
from tests.benchmarks.bench_sweep import Sizes, measure, prepare
from tests.benchmarks.table import show

WAITING = int(os.environ.get("GOLIVE_TEST_WAITING_TIMERS", "0"))
AT_MOST = {"sqlite": 15, "postgresql": 8}
"""How many times the bare floor a sweep with its rules in Python may take, with room for a busy machine."""


@pytest.mark.bench
@pytest.mark.slow
def test_a_sweep_keeps_near_the_floor_of_its_database(db: Database) -> None:
    sizes = Sizes(waiting=WAITING)
    prepare(db, sizes)
    measure(db, sizes, runs=1)  # the first run compiles and prepares
    ours, floor = measure(db, sizes)
    engine = db.engine.dialect.name
    show(f"{engine}: 10,000 due timers among {WAITING:,} that wait", [ours, floor])
    assert ours.fastest <= AT_MOST[engine] * floor.fastest


def test_both_ways_write_the_same_rows(db: Database) -> None:
    sizes = Sizes(due=25, waiting=5)
    prepare(db, sizes)
    ours, floor = measure(db, sizes, batch=10, runs=1)
    assert ours.rows == floor.rows == 25
