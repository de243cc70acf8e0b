"""Insights take little longer than the same aggregates in bare SQL, and give the same numbers."""

import pytest

from models.db import Database
from models.reports.insights import cells
from tests.benchmarks.bench_insights import floor, measure, ours
from tests.benchmarks.insight_rows import Sizes, prepare
from tests.benchmarks.table import show


def test_small_insights_count_every_row(db: Database) -> None:
    prepare(db, Sizes(2_000))
    found = {one["key"]: one["count"] for one in cells(ours(db).funnel)}
    assert found["checked_out"] == floor(db) == 2_000
    assert (found["asked"], found["answered"]) == (1_400, 600)


@pytest.mark.bench
@pytest.mark.slow
def test_insights_over_a_million_requests(db: Database) -> None:
    sizes = Sizes()
    prepare(db, sizes)
    made, bare = measure(db, sizes)
    show(f"insights, {sizes.requests:,} requests, {db.engine.dialect.name}", (made, bare))
    assert made.fastest / bare.fastest < 1.5
