"""The portal's pages answer for a practice group with very many appointments as they do for a small one."""

import sys
from http import HTTPStatus

import pytest

from models.db import Database
from tests.benchmarks.bench_portal import PAGES, SEARCH, TURNS, a_group, look, measure, told
from tests.benchmarks.table import keep

MANY = 100_000


def test_every_page_of_a_group_opens(db: Database) -> None:
    front = a_group(db, 400)
    assert {name: look(front, name) for name in (*PAGES, SEARCH)} == dict.fromkeys((*PAGES, SEARCH), HTTPStatus.OK)
    assert front.look(PAGES["appointments, all"]).count("Clara") > 0


@pytest.mark.bench
@pytest.mark.slow
def test_the_pages_of_a_group_with_a_hundred_thousand_appointments(db: Database) -> None:
    """No clock decides: the figures are printed, and stand in docs/portal.md."""
    front = a_group(db, MANY)
    measured = measure(front, MANY)
    sys.stdout.write(f"\nportal, {MANY:,} appointments, {db.engine.dialect.name}\n{told(measured)}\n")
    keep(f"portal, {MANY:,} appointments, {db.engine.dialect.name}", measured)
    assert [one for one in measured if len(one.seconds) < TURNS] == []
