"""Watching enrollments beside its floor, on both databases: the promise, and the figures for whoever asks for them."""

import pytest

from models.db import Database
from tests.benchmarks.bench_enrollment import Sizes, measure, prepare
from tests.benchmarks.table import show

AT_MOST = {"sqlite": 6, "postgresql": 5}
"""How many times the bare floor watching with its rules in Python may take: five, and room for a busy machine."""


@pytest.mark.bench
@pytest.mark.slow
def test_watching_enrollments_keeps_near_the_floor_of_its_database(db: Database) -> None:
    sizes = Sizes()
    prepare(db, sizes)
    measure(db, sizes, runs=1)  # the first run compiles and prepares
    ours, floor = measure(db, sizes)
    engine = db.engine.dialect.name
    show(f"{engine}: {sizes.due:,} due among {sizes.open:,} open enrollments", [ours, floor])
    assert ours.fastest <= AT_MOST[engine] * floor.fastest


def test_both_ways_write_the_same_rows(db: Database) -> None:
    sizes = Sizes(open=250, due=60)
    prepare(db, sizes)
    ours, floor = measure(db, sizes, batch=25, runs=2)
    assert ours.rows == floor.rows == 60
