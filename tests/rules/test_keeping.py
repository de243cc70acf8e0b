"""Which backups are kept, and when a key takes the next step of its rotation."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from models.rules.keeping import (
    AT_REST,
    BACKUP_SUFFIX,
    KNOWN,
    backup_made_at,
    backup_name,
    is_due,
    may_be_destroyed,
    may_seal,
    outlived,
)

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


def test_the_name_of_a_backup_tells_when_it_was_made() -> None:
    name = backup_name(NOON.astimezone(ZoneInfo("America/New_York")))
    assert name == f"20261123T120000Z{BACKUP_SUFFIX}"
    assert backup_made_at(name) == NOON
    assert backup_made_at(f"{name}.part") is None
    assert backup_made_at(f"20261123{BACKUP_SUFFIX}") is None


def test_a_new_key_seals_and_an_old_one_goes_only_when_nobody_can_be_behind() -> None:
    second = timedelta(seconds=1)
    assert may_seal(NOON, as_of=NOON + KNOWN)
    assert not may_seal(NOON, as_of=NOON + KNOWN - second)
    assert may_be_destroyed(NOON, as_of=NOON + AT_REST)
    assert not may_be_destroyed(NOON, as_of=NOON + AT_REST - second)


def test_a_key_is_rotated_after_its_days_and_never_where_there_are_none() -> None:
    assert is_due(NOON, days=2, as_of=NOON + timedelta(days=2))
    assert not is_due(NOON, days=2, as_of=NOON + timedelta(days=2, seconds=-1))
    assert not is_due(NOON, days=0, as_of=NOON + timedelta(days=9000))
