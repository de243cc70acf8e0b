"""The whole chain of a visit on both databases: the figures from which docs/sizing.md reckons."""

import sys

import pytest
from sqlalchemy import func, select

from models.db import Database
from models.tables.feedback import FeedbackAnswerRow
from tests.benchmarks.bench_chain import measure_chain
from tests.benchmarks.bench_delivery import sent_of


@pytest.mark.bench
@pytest.mark.slow
def test_what_a_thousand_visits_cost_from_the_list_to_the_answer(db: Database) -> None:
    found = measure_chain(db, 1_000)
    engine = db.engine.dialect.name
    sys.stdout.write(f"\n{engine}: {found.visits_a_second:,.0f} visits a processor second\n")
    for name, seconds in found.seconds.items():
        sys.stdout.write(f"  {name:<40}{1e3 * seconds / found.visits:8.2f} ms a visit\n")
    sys.stdout.write(f"  {found.bytes / found.visits:,.0f} bytes a visit\n")
    assert sent_of(db) == found.visits


@pytest.mark.slow
def test_each_visit_of_the_chain_is_mailed_and_answered_once(db: Database) -> None:
    found = measure_chain(db, 30)
    assert sent_of(db) == 30
    assert db.read(lambda s: s.scalar(select(func.count()).select_from(FeedbackAnswerRow))) == 30
    assert found.bytes > 0
