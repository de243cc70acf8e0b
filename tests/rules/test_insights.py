"""Statistics of insights against published values; hidden cells stay hidden from whoever subtracts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.insights import FEWEST, FEWEST_COMPARED, compare, difference, hidden, is_total_hidden, share

WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
"""Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3."""
NEWCOMBE = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0),
    ((10, 10), (0, 10), 0.6075, 1.0),
]
"""Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10."""
COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=8)


@pytest.mark.parametrize(("count", "of", "low", "high"), WILSON)
def test_a_share_has_the_published_interval(count: int, of: int, low: float, high: float) -> None:
    found = share(count, of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("one", "other", "low", "high"), NEWCOMBE)
def test_a_difference_has_the_published_interval(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = difference(share(*one), share(*other))
    assert found.low == pytest.approx(low, abs=0.00011)
    assert found.high == pytest.approx(high, abs=0.00011)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_share_lies_in_its_interval_and_the_rest_mirrors_it(count: int, more: int) -> None:
    one, rest = share(count, count + more), share(more, count + more)
    assert 0 <= one.low <= one.value <= one.high <= 1 or count + more == 0
    assert one.low == pytest.approx(1 - rest.high)


@pytest.mark.parametrize(("count", "of"), [(3, 2), (-1, 4)])
def test_what_is_no_share_is_refused(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        share(count, of)


def test_shares_are_compared_from_twenty_up() -> None:
    enough, few = share(15, FEWEST_COMPARED), share(2, FEWEST_COMPARED - 1)
    assert compare(enough, few) is None
    assert compare(few, enough) is None
    found = compare(enough, share(2, FEWEST_COMPARED))
    assert found is not None
    assert found.is_clear


def test_a_difference_that_chance_explains_is_not_clear() -> None:
    assert not difference(share(12, 25), share(10, 25)).is_clear


@pytest.mark.parametrize(
    ("counts", "places"),
    [
        ([10, 20, 30], set()),
        ([10, 0, 30], set()),
        ([3, 20, 30], {0, 1}),
        ([30, 20, 3], {1, 2}),
        ([1, 1, 20], {0, 1, 2}),
        ([4, 4, 20], {0, 1}),
        ([3, 0, 20], {0, 2}),
        ([3], {0}),
    ],
)
def test_small_cells_are_hidden_and_so_is_what_would_give_them_away(counts: list[int], places: set[int]) -> None:
    assert hidden(counts) == places


@given(COUNTS)
def test_no_small_cell_is_shown(counts: list[int]) -> None:
    shown = [count for place, count in enumerate(counts) if place not in hidden(counts)]
    assert not any(0 < count < FEWEST for count in shown)


@given(COUNTS)
def test_no_hidden_cell_follows_from_the_sum(counts: list[int]) -> None:
    """With the sum known, each hidden cell may be at least two different numbers."""
    places = hidden(counts)
    if not places or is_total_hidden(counts):
        return
    together = sum(counts[one] for one in places)
    for _ in places:
        assert len(range(1, together - (len(places) - 1) + 1)) >= 2


def test_the_sum_is_hidden_where_it_is_one_cell() -> None:
    assert is_total_hidden([3])
    assert is_total_hidden([3, 0, 0])
    assert is_total_hidden([1, 2])
    assert not is_total_hidden([3, 40])
    assert not is_total_hidden([40, 50])
