"""Free times beside bare arithmetic on bits: the promise, and the figures for whoever asks for them."""

import pytest

from tests.benchmarks.bench_availability import WORKS, Work, measure, show

pytestmark = pytest.mark.slow

AT_MOST = 40
"""How many times the bare bits finding slots may take, with zones, dates and settings, and room for a busy machine."""


@pytest.mark.bench
@pytest.mark.slow
def test_finding_slots_keeps_near_the_floor_of_bits() -> None:
    timed = [measure(work) for work in WORKS]
    show(timed)
    assert max(one.ratio for one in timed) <= AT_MOST


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_both_ways_find_the_same_times(work: Work) -> None:
    assert measure(work, runs=2).found > 0
