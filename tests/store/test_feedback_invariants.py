"""Lives in the real store, and a checker that reads only tables and the provider's log."""

import os
from collections.abc import Callable
from random import Random

import pytest

from models.db import Database
from models.rules.feedback import RequestState
from models.store import breaches
from tests.store.feedback_lives import Checker, World

pytestmark = pytest.mark.slow

SIDE_BY_SIDE, STEPS = 20, 12
PARTS = int(os.environ.get("GOLIVE_TEST_LIVES", "20")) // SIDE_BY_SIDE
"""Twenty lives with every run of the suite; GOLIVE_TEST_LIVES=200 plays as many."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_life_keeps_the_promises_i1_i2_i3_i4_i5_i6_i22(db: Database, part: int) -> None:
    """F-003, F-010, F-011, F-012, F-033, F-040, F-161, F-163, F-202, F-203, F-213, F-220."""
    if part and not db.is_sqlite:
        pytest.skip("one part of twenty lives is enough on PostgreSQL")
    world = World(db, Random(part))
    world.begin(SIDE_BY_SIDE, part)
    world.live(STEPS)
    db.read(lambda s: Checker(s, world).check())
    assert db.read(breaches.look) == []
    world.come_to_an_end()
    checker = db.read(lambda s: _checked(Checker(s, world)))
    assert db.read(breaches.look) == []
    assert {one.number for one in world.log} == {1, 2, 3}
    ends = {one.state for one in checker.requests.values()}
    assert ends >= {RequestState.SUPPRESSED, RequestState.CANCELLED, RequestState.UNANSWERED, RequestState.ANSWERED}


def _checked(checker: Checker) -> Checker:
    checker.check()
    checker.check_end()
    return checker


@pytest.mark.parametrize(
    ("place", "fault", "found", "seed"),
    [
        ("models.store.feedback_people._groups", lambda *_: {}, "I4|F-202", 1),
        ("models.store.feedback_letters.still_fits", lambda *_, **__: True, "I3|I22|F-202", 3),
        ("models.rules.feedback_timing.next_allowed", lambda moment, *_, **__: moment, "I22", 1),
    ],
)
def test_the_checker_finds_what_is_planted(
    db: Database, monkeypatch: pytest.MonkeyPatch, place: str, fault: Callable[..., object], found: str, seed: int
) -> None:
    if not db.is_sqlite:
        pytest.skip("the checker is the same")
    monkeypatch.setattr(place, fault)
    world = World(db, Random(seed))
    world.begin(5, seed)
    world.live(2 * STEPS)
    with pytest.raises(AssertionError, match=found):
        db.read(lambda s: Checker(s, world).check())
