"""Delivery over SMTP beside its floor, on both databases: figures, and that each mail is delivered once."""

import sys

import pytest

from models.db import Database
from tests.benchmarks.bench_delivery import Queue, feedback_mails, measure, onboarding_mails
from tests.benchmarks.table import show

AT_MOST_KIB = 30_000


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.parametrize("queue", [feedback_mails, onboarding_mails])
def test_delivery_keeps_its_memory_flat_beside_one_connection_with_ready_made_mails(db: Database, queue: Queue) -> None:
    found = measure(db, queue, 2_000)
    show(f"{db.engine.dialect.name}: 2,000 queued mails", [found.ours, found.floor])
    share = found.floor.median / found.ours.median
    sys.stdout.write(f"share of the floor {share:.0%}, grown by {found.grown:,} KiB\n")
    assert found.grown < AT_MOST_KIB


@pytest.mark.slow
@pytest.mark.parametrize("queue", [feedback_mails, onboarding_mails])
def test_each_run_delivers_every_mail_once(db: Database, queue: Queue) -> None:
    found = measure(db, queue, 60, runs=2)
    assert found.ours.rows == found.floor.rows == 60
