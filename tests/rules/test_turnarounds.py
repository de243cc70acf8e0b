"""Turnarounds as shapes: low, typical and high are where they were said to be, and the rest follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.enrollment_facts import Turnaround
from models.rules.turnarounds import class_of, shape_of, turnaround_of

FIGURES = st.tuples(st.integers(1, 60), st.integers(0, 200), st.integers(0, 300)).map(
    lambda steps: (steps[0], steps[0] + steps[1], sum(steps))
)


@given(FIGURES)
def test_low_typical_and_high_are_its_tenth_middle_and_ninetieth_percent(figures: tuple[int, int, int]) -> None:
    """E-05."""
    low, typical, high = figures
    shape = shape_of(turnaround_of(typical, low=low, high=high))
    for share, days in ((0.1, low), (0.5, typical), (0.9, high)):
        assert shape.days_until(share) == pytest.approx(days, rel=1e-4)


@given(FIGURES, st.floats(0.01, 0.999))
def test_the_share_left_after_a_number_of_days_and_the_days_until_a_share_agree(
    figures: tuple[int, int, int], share: float
) -> None:
    """E-40."""
    low, typical, high = figures
    shape = shape_of(turnaround_of(typical, low=low, high=high))
    if low < typical < high:
        assert shape.share_left(shape.days_until(share)) == pytest.approx(1 - share, abs=1e-9)
    assert shape.share_left(0) == 1


@given(FIGURES)
def test_the_days_to_ask_a_payer_never_fall(figures: tuple[int, int, int]) -> None:
    """E-20."""
    low, typical, high = figures
    days = turnaround_of(typical, low=low, high=high)
    assert days.low <= days.typical <= days.late <= days.very_late <= days.high


def test_what_a_source_leaves_out_stands_to_its_figure_as_with_unknown_payers() -> None:
    """E-05: 30 / 90 / 160."""
    assert turnaround_of(90) == turnaround_of(90, low=30, high=160)
    assert turnaround_of(30) == Turnaround(10, 30, 40, 53, 53)
    assert turnaround_of(1).low == 1


def test_business_days_are_longer_than_calendar_days() -> None:
    """E-29."""
    five, business = (turnaround_of(5, low=5, high=10, is_business_days=one) for one in (False, True))
    assert shape_of(business).days_until(0.5) == pytest.approx(7)
    assert business.late == five.late


def test_the_class_of_a_payer_that_is_only_planned_is_guessed_from_its_key() -> None:
    """E-05."""
    assert [class_of(key) for key in ("medicare", "medicare-ny", "medicaid-la", "aetna")] == [
        "medicare",
        "medicare",
        "medicaid",
        "commercial",
    ]
