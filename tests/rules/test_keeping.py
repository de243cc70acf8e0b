"""Which backups are kept."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.keeping import outlived

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday


def days_ago(*days: float) -> set[datetime]:
    return {NOON - timedelta(days=one) for one in days}


def test_the_newest_of_each_day_and_of_each_week_stay() -> None:
    made = days_ago(0, 0.25, 1, 2, 3, 8, 9, 15, 16, 30)
    assert made - outlived(made, daily=2, weekly=3) == days_ago(0, 1, 8)


def test_after_a_long_pause_the_old_ones_are_still_there() -> None:
    made = days_ago(0, 100, 101, 200)
    assert outlived(made, daily=2, weekly=3) == days_ago(101)


@given(
    made=st.sets(st.integers(0, 9000).map(lambda hours: NOON - timedelta(hours=hours)), max_size=60),
    daily=st.integers(1, 20),
    weekly=st.integers(1, 20),
)
def test_the_newest_always_stays_and_a_second_look_removes_nothing(
    made: set[datetime], daily: int, weekly: int
) -> None:
    left = made - outlived(made, daily=daily, weekly=weekly)
    assert not made or max(made) in left
    assert len(left) <= daily + weekly
    assert outlived(left, daily=daily, weekly=weekly) == frozenset()
