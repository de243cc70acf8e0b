"""Histories with everything that goes wrong: dictionaries and databases tell the same, and a checker finds no fault."""

import os
from itertools import zip_longest

import pytest

from deployments.histories.chance import Chance, Faults
from deployments.histories.feedback_play import FeedbackPlay
from deployments.histories.feedback_pure import PureSide
from models.db import Database
from models.tables.base import counted_ids
from tests.journeys.feedback_sql import SqlSide

pytestmark = pytest.mark.slow

DAYS = 200 if os.environ.get("GOLIVE_TEST_HISTORIES") else 60
SHARES = {"sqlite": 1.0, "postgresql": 0.1}
TOLD = int(os.environ.get("GOLIVE_TEST_HISTORIES", "0"))
"""How many histories are played in SQLite, and a tenth as many in PostgreSQL; a few with every run of the suite."""
FEW = {"sqlite": 2, "postgresql": 1}
PARTS = 4 if TOLD else 1
"""Many are dealt out to databases of their own, so that several processes play them at once (`pytest -n 2`)."""


@pytest.mark.parametrize("part", range(PARTS))
def test_a_database_tells_the_same_as_dictionaries_do(db: Database, part: int) -> None:
    engine = db.engine.dialect.name
    with counted_ids():
        for seed in range(part, int(TOLD * SHARES[engine]) or FEW[engine], PARTS):
            chance = Chance(seed)
            told = FeedbackPlay(SqlSide(db, f"history-{seed}"), chance, Faults(), DAYS).play().lines
            pure = FeedbackPlay(PureSide(), chance, Faults(), DAYS).play().lines
            for number, (one, other) in enumerate(zip_longest(pure, told)):
                assert one == other, f"seed {seed}, line {number}, after {pure[max(number - 5, 0) : number]}"
