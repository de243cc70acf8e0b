"""The forecast of many journeys beside its floor: the promise, and the figures for whoever asks for them."""

import pytest

from tests.benchmarks.bench_forecast import JOURNEYS, measure
from tests.benchmarks.table import show

AT_MOST = 6
"""How many times the bare throws the forecasts may take, with room for a busy machine."""


@pytest.mark.bench
@pytest.mark.slow
def test_forecasts_keep_near_the_bare_throws() -> None:
    """E-42."""
    measure(runs=1)  # the first run draws the curves
    ours, floor = measure()
    show(f"{JOURNEYS} journeys with nine enrollments each", [ours, floor])
    assert ours.fastest <= AT_MOST * floor.fastest


def test_a_few_journeys_are_forecast_both_ways() -> None:
    ours, floor = measure(7, draws=100, runs=1)
    assert ours.rows == floor.rows == 7
