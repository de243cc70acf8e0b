"""The forecast of many journeys beside its floor: the promise, and the figures for whoever asks for them."""

import pytest

from tests.benchmarks.bench_forecast import JOURNEYS, measure
from tests.benchmarks.table import show

AT_MOST = 6
"""How many times the bare throws the forecasts may take, with room for a busy machine."""
SECONDS = 3


@pytest.mark.bench
@pytest.mark.slow
def test_forecasts_keep_near_the_bare_throws() -> None:
    """E-42."""
    measure(runs=1)  # the first run draws the curves
    ours, floor = measure()
    show(f"{JOURNEYS} journeys with nine enrollments each", [ours, floor])
    assert ours.median <= AT_MOST * floor.median


@pytest.mark.bench
def test_nine_hundred_and_fifty_journeys_are_forecast_in_three_seconds() -> None:
    """E-42."""
    ours, _ = measure(runs=3)
    assert ours.median < SECONDS


def test_a_few_journeys_are_forecast_both_ways() -> None:
    ours, floor = measure(7, draws=100, runs=1)
    assert ours.rows == floor.rows == 7
