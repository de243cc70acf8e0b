"""Business days and local moments against the `holidays` library, and over both changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendars import (
    SUNDAY,
    Calendar,
    add_business_days,
    business_days_between,
    business_deadline,
    business_morning,
    holidays,
    is_business_day,
    local_day,
    local_moment,
    office_moment,
    subtract_business_days,
)

NEW_YORK = "America/New_York"
ZONES = (
    NEW_YORK,
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)
CLOCKS_CHANGE = (date(2026, 3, 8), date(2026, 11, 1))
days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
calendars = st.sampled_from(Calendar)


@pytest.mark.parametrize("year", range(2020, 2061))
def test_government_holidays_are_those_of_the_oracle(year: int) -> None:
    """E-29."""
    known = {day for day in oracle.country_holidays("US", years=(year, year + 1)) if day.year == year}
    assert {day for day in known if day.weekday() < 5} == {
        day for day in holidays(year, Calendar.GOVERNMENT) if day.weekday() < 5
    }


@pytest.mark.parametrize("year", range(2020, 2061))
def test_the_reserve_closes_on_the_monday_after_a_sunday_and_not_before_a_saturday(year: int) -> None:
    """E-29."""
    legal = oracle.country_holidays("US", years=year, observed=False)
    expected = {day + timedelta(days=1) if day.weekday() == SUNDAY else day for day in legal}
    assert holidays(year, Calendar.RESERVE) == {day for day in expected if day.weekday() != 5}


def test_the_calendars_differ_on_the_third_of_july_2026() -> None:
    """E-29."""
    assert not is_business_day(date(2026, 7, 3), Calendar.GOVERNMENT)
    assert is_business_day(date(2026, 7, 3), Calendar.RESERVE)


def test_juneteenth_is_a_holiday_since_2021() -> None:
    assert is_business_day(date(2020, 6, 19), Calendar.GOVERNMENT)
    assert not is_business_day(date(2021, 6, 18), Calendar.GOVERNMENT)


def test_thirty_business_days_from_the_23rd_of_november_2026_end_on_the_7th_of_january() -> None:
    """E-29."""
    assert add_business_days(date(2026, 11, 23), 30, Calendar.GOVERNMENT) == date(2027, 1, 7)


def test_zero_business_days_roll_a_closed_day_forward() -> None:
    assert add_business_days(date(2026, 11, 26), 0, Calendar.GOVERNMENT) == date(2026, 11, 27)
    assert add_business_days(date(2026, 11, 27), 0, Calendar.GOVERNMENT) == date(2026, 11, 27)


@given(day=days, count=st.integers(1, 60), calendar=calendars)
def test_counting_back_undoes_counting_forward(day: date, count: int, calendar: Calendar) -> None:
    end = add_business_days(day, count, calendar)
    assert is_business_day(end, calendar)
    assert business_days_between(day, end, calendar) == count
    back = subtract_business_days(end, count, calendar)
    assert business_days_between(back, end, calendar) == count


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", CLOCKS_CHANGE)
@pytest.mark.parametrize("at", [time(9), time(10, 30), time(17)])
def test_working_hours_stay_where_they_are_when_the_clocks_change(zone: str, day: date, at: time) -> None:
    for around in (day - timedelta(days=1), day, day + timedelta(days=1)):
        local = local_moment(around, at, zone).astimezone(ZoneInfo(zone))
        assert (local.date(), local.time()) == (around, at)


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone not in ("America/Phoenix", "Pacific/Honolulu")])
def test_a_skipped_time_moves_forward_and_a_repeated_one_is_the_earlier(zone: str) -> None:
    skipped = local_moment(CLOCKS_CHANGE[0], time(2, 30), zone)
    assert skipped == local_moment(CLOCKS_CHANGE[0], time(3, 30), zone)
    repeated = local_moment(CLOCKS_CHANGE[1], time(1, 30), zone)
    assert local_moment(CLOCKS_CHANGE[1], time(2, 30), zone) - repeated == timedelta(hours=2)


def test_deadlines_end_with_the_business_day_and_mornings_begin_it() -> None:
    """O-43."""
    friday_evening = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)
    deadline = business_deadline(friday_evening, 1, zone=NEW_YORK, calendar=Calendar.GOVERNMENT)
    assert deadline == datetime(2026, 3, 9, 21, 0, tzinfo=UTC)
    morning = business_morning(friday_evening, 1, zone=NEW_YORK, calendar=Calendar.GOVERNMENT)
    assert morning == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)


def test_the_day_is_the_one_of_the_zone() -> None:
    assert local_day(datetime(2026, 3, 7, 3, 0, tzinfo=UTC), NEW_YORK) == date(2026, 3, 6)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 3, 6, 15, 0, tzinfo=UTC), datetime(2026, 3, 6, 15, 0, tzinfo=UTC)),
        (datetime(2026, 3, 6, 9, 0, tzinfo=UTC), datetime(2026, 3, 6, 14, 0, tzinfo=UTC)),
        (datetime(2026, 3, 6, 22, 0, tzinfo=UTC), datetime(2026, 3, 9, 13, 0, tzinfo=UTC)),
        (datetime(2026, 3, 7, 15, 0, tzinfo=UTC), datetime(2026, 3, 9, 13, 0, tzinfo=UTC)),
    ],
    ids=["in hours", "at night", "in the evening before the clocks change", "on a Saturday"],
)
def test_an_office_moment_is_now_or_the_next_morning(moment: datetime, expected: datetime) -> None:
    assert office_moment(moment, zone=NEW_YORK, calendar=Calendar.GOVERNMENT) == expected
