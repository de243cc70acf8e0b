"""Quiet hours against an oracle that walks minute by minute, over both changes of the clocks, and state by state."""

import time as clock
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules import feedback_windows
from models.rules.feedback_holidays import closed_days
from models.rules.feedback_laws import LAWS, laws_at
from models.rules.feedback_windows import (
    EXCEPT_SUNDAY,
    HARD,
    LONGEST_SEARCH,
    USUAL,
    NoCommonWindowError,
    Place,
    Window,
    next_allowed,
    windows_of,
)

MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
NEW_YORK, HONOLULU = Place("America/New_York", "NY"), Place("Pacific/Honolulu", "HI")
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)
CLOCKS_CHANGE = (date(2026, 3, 8), date(2026, 11, 1))


def wall(place: Place, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(place.zone)).astimezone(UTC)  # type: ignore[misc,arg-type] # parts of a date


def lies_in(moment: datetime, place: Place, window: Window) -> bool:
    """Say by the clock on the wall, without any shared code, whether a moment lies in a window."""
    local = moment.astimezone(ZoneInfo(place.zone))
    if not window.since <= local.date() < window.until or local.weekday() not in window.speaks_of:
        return True
    minutes = local.hour * 60 + local.minute
    opens, closes = (at.hour * 60 + at.minute for at in (window.opens, window.closes))
    is_closed = window.is_closed_on_holidays and local.date() in closed_days(window.state, local.year)
    return opens <= minutes < closes and local.weekday() in window.weekdays and not is_closed


def is_allowed(moment: datetime, places: Collection[Place], practice: Window, laws: Iterable[Window]) -> bool:
    held = [(place, law) for place in places for law in laws if law.state == place.state]
    both = [(place, window) for place in places for window in (HARD, practice)]
    return all(lies_in(moment, place, window) for place, window in (*both, *held))


def first_minutes(
    begin: datetime, end: datetime, places: Collection[Place], practice: Window = USUAL, laws: Iterable[Window] = ()
) -> dict[datetime, datetime]:
    """Walk back from the end, minute by minute, and note the first allowed minute from each one on."""
    laws, found, first = tuple(laws), {}, None
    for step in range(int((end - begin) / MINUTE), -1, -1):
        minute = begin + step * MINUTE
        first = minute if is_allowed(minute, places, practice, laws) else first
        if first is not None:
            found[minute] = first
    return found


def quarters(day: date) -> Iterator[datetime]:
    """Give every quarter hour of the day before, the day itself and the day after, in UTC and beyond."""
    begin = datetime.combine(day, time(0), tzinfo=UTC) - timedelta(days=1)
    return (begin + step * QUARTER for step in range(4 * 24 * 3))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", CLOCKS_CHANGE)
def test_the_shift_is_minimal_on_every_quarter_hour_around_a_change_of_clocks_f_203_f_204(zone: str, day: date) -> None:
    moments, places = list(quarters(day)), (Place(zone),)
    expected = first_minutes(moments[0], moments[-1] + timedelta(days=1), places)
    for moment in moments:
        allowed = next_allowed(moment, places)
        assert allowed == expected[moment]
        assert next_allowed(allowed, places) == allowed
        assert time(9) <= allowed.astimezone(ZoneInfo(zone)).time() < time(20)


@pytest.mark.parametrize("day", CLOCKS_CHANGE)
def test_two_zones_share_the_hours_that_both_have_f_204(day: date) -> None:
    places, moments = (NEW_YORK, HONOLULU), list(quarters(day))
    expected = first_minutes(moments[0], moments[-1] + timedelta(days=1), places)
    assert [next_allowed(moment, places) for moment in moments] == [expected[moment] for moment in moments]


def test_new_york_and_honolulu_begin_with_honolulus_morning_and_end_with_new_yorks_evening_f_204() -> None:
    both = (NEW_YORK, HONOLULU)
    assert next_allowed(wall(NEW_YORK, 2026, 7, 7, 9), both) == wall(HONOLULU, 2026, 7, 7, 9)
    assert next_allowed(wall(NEW_YORK, 2026, 7, 7, 19, 59), both) == wall(NEW_YORK, 2026, 7, 7, 19, 59)
    assert next_allowed(wall(NEW_YORK, 2026, 7, 7, 20), both) == wall(HONOLULU, 2026, 7, 8, 9)


def test_the_same_hours_on_the_wall_hold_on_the_short_and_on_the_long_day_f_204() -> None:
    for day in CLOCKS_CHANGE:
        evening = wall(NEW_YORK, day.year, day.month, day.day) - timedelta(hours=3)
        assert next_allowed(evening, [NEW_YORK]) == wall(NEW_YORK, day.year, day.month, day.day, 9)


windows = st.builds(
    Window,
    st.sampled_from([time(hour, minute) for hour in range(6, 12) for minute in (0, 30)]),
    st.sampled_from([time(hour, minute) for hour in range(17, 23) for minute in (0, 45)]),
    st.sets(st.integers(0, 6), min_size=4).map(frozenset),
    is_closed_on_holidays=st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(lambda at: at.replace(second=0, microsecond=0)),  # noqa: DTZ001 - given a zone below
    st.lists(
        st.sampled_from([Place(zone, state) for zone in ZONES for state in ("", "TX", "RI", "AL", "CT")]),
        min_size=1,
        max_size=2,
    ),
    windows,
)
def test_whatever_the_places_and_the_practice_the_first_common_minute_is_found_f_203(
    at: datetime, places: list[Place], practice: Window
) -> None:
    moment = at.replace(tzinfo=UTC)
    minutes = (moment + step * MINUTE for step in range(20 * 24 * 60))
    expected = next((one for one in minutes if is_allowed(one, places, practice, LAWS)), None)
    if expected is not None:
        assert next_allowed(moment, places, practice=practice, laws=LAWS) == expected


def test_a_second_before_the_end_is_in_time_and_the_end_itself_is_too_late_f_203() -> None:
    last = wall(NEW_YORK, 2026, 6, 3, 20) - timedelta(microseconds=1)
    assert next_allowed(last, [NEW_YORK]) == last
    assert next_allowed(wall(NEW_YORK, 2026, 6, 3, 20), [NEW_YORK]) == wall(NEW_YORK, 2026, 6, 4, 9)


def test_no_setting_reaches_beyond_eight_and_nine_f_203() -> None:
    always = Window(time(0), time(23, 59))
    assert next_allowed(wall(NEW_YORK, 2026, 6, 3, 3), [NEW_YORK], practice=always) == wall(NEW_YORK, 2026, 6, 3, 8)
    assert next_allowed(wall(NEW_YORK, 2026, 6, 3, 21), [NEW_YORK], practice=always) == wall(NEW_YORK, 2026, 6, 4, 8)


@pytest.mark.parametrize(
    ("state", "zone", "asked", "allowed"),
    [
        ("TX", "America/Chicago", (2026, 6, 7, 9), (2026, 6, 7, 12)),  # Sundays begin at noon
        ("TX", "America/Chicago", (2026, 6, 8, 9), (2026, 6, 8, 9)),
        ("RI", "America/New_York", (2026, 6, 5, 18), (2026, 6, 6, 10)),  # a Friday evening waits for Saturday at ten
        ("RI", "America/New_York", (2026, 6, 6, 17), (2026, 6, 8, 9)),  # and a Saturday evening for Monday
        ("RI", "America/New_York", (2026, 8, 8, 17), (2026, 8, 11, 9)),  # Victory Day is a Monday
        ("AL", "America/Chicago", (2026, 7, 2, 20), (2026, 7, 6, 9)),  # observed Friday, the day itself, and a Sunday
        ("LA", "America/Chicago", (2026, 2, 17, 10), (2026, 2, 18, 9)),  # Mardi Gras
        ("UT", "America/Denver", (2026, 7, 24, 10), (2026, 7, 25, 9)),  # Pioneer Day
        ("PA", "America/New_York", (2026, 4, 3, 10), (2026, 4, 4, 9)),  # Good Friday
        ("PA", "America/New_York", (2026, 10, 11, 10), (2026, 10, 11, 10)),  # Sundays were open until October 2026
        ("PA", "America/New_York", (2026, 10, 18, 10), (2026, 10, 19, 9)),
        ("MS", "America/Chicago", (2026, 6, 7, 10), (2026, 6, 8, 9)),
        ("KY", "America/New_York", (2026, 6, 3, 9), (2026, 6, 3, 10)),
        ("CT", "America/New_York", (2026, 6, 3, 8), (2026, 6, 3, 9)),
        ("NY", "America/New_York", (2026, 6, 7, 9), (2026, 6, 7, 9)),  # a state without a narrower law
    ],
)
def test_a_states_law_narrows_the_window_f_203(
    state: str, zone: str, asked: tuple[int, ...], allowed: tuple[int, ...]
) -> None:
    place = Place(zone, state)
    assert next_allowed(wall(place, *asked), [place], laws=LAWS) == wall(place, *allowed)


@pytest.mark.parametrize("state", ["CT", "FL", "LA", "MA", "MD", "MS", "OK", "OR", "WA", "WY", "NV", "AL"])
def test_states_that_end_at_eight_end_there_even_for_a_practice_that_writes_until_nine_f_203(state: str) -> None:
    place, late = Place("America/Chicago", state), Window(time(8), time(21))
    evening = wall(place, 2026, 6, 10, 20)
    assert next_allowed(evening, [place], practice=late, laws=LAWS) > evening
    before = evening - MINUTE
    assert next_allowed(before, [place], practice=late, laws=LAWS) == before


def test_a_law_holds_from_its_day_until_the_day_of_its_end_f_203() -> None:
    place = Place("America/New_York", "XX")
    law = Window(time(12), time(14), state="XX", since=date(2026, 6, 2), until=date(2026, 6, 4), source="invented")
    firsts = [next_allowed(wall(place, 2026, 6, day, 9), [place], laws=[law]) for day in (1, 2, 3, 4)]
    assert firsts == [wall(place, 2026, 6, day, hour) for day, hour in ((1, 9), (2, 12), (3, 12), (4, 9))]


def test_a_law_binds_only_in_its_own_state_and_never_where_the_state_is_unknown_f_203() -> None:
    day = date(2026, 6, 7)
    assert windows_of(Place("America/Chicago"), day, USUAL, LAWS) == (HARD, USUAL)
    assert windows_of(Place("America/Chicago", "IL"), day, USUAL, LAWS) == (HARD, USUAL)
    assert [one.state for one in windows_of(Place("America/Chicago", "TX"), day, USUAL, LAWS)] == ["", "", "TX", "TX"]


def test_the_laws_of_every_candidate_state_hold_together_f_204() -> None:
    here = (Place("America/New_York", "RI"), Place("America/New_York", "KY"))
    assert next_allowed(wall(here[0], 2026, 6, 3, 9), here, laws=laws_at(here)) == wall(here[0], 2026, 6, 3, 10)
    assert {law.state for law in laws_at(here)} == {"RI", "KY"}


def test_every_law_names_a_state_a_day_and_a_source_and_is_no_wider_than_the_federal_hours_f_203() -> None:
    for law in LAWS:
        assert len(law.state) == 2
        assert law.source
        assert date.min < law.since < law.until
        assert HARD.opens <= law.opens < law.closes <= HARD.closes
    assert sorted(LAWS, key=lambda law: law.state) == list(LAWS)


def test_windows_that_never_meet_raise_f_204() -> None:
    early = Window(time(8), time(9))
    with pytest.raises(NoCommonWindowError):
        next_allowed(wall(NEW_YORK, 2026, 6, 3, 8), [NEW_YORK, HONOLULU], practice=early)
    with pytest.raises(NoCommonWindowError):
        next_allowed(wall(NEW_YORK, 2026, 6, 3, 8), [NEW_YORK], practice=Window(time(9), time(20), frozenset()))


def test_without_any_place_nothing_can_be_said_f_204() -> None:
    with pytest.raises(ValueError, match="practice's own zone"):
        next_allowed(wall(NEW_YORK, 2026, 6, 3, 8), [])


@pytest.mark.parametrize("state", ["AL", "LA", "PA", "RI", "UT"])
@pytest.mark.parametrize("year", range(2024, 2036))
def test_every_legal_holiday_of_a_state_is_closed_f_203(state: str, year: int) -> None:
    known = oracle.country_holidays("US", subdiv=state, years=year)
    extra = {"Lincoln's Birthday", "Day After Thanksgiving", "Inauguration Day"}
    missing = {day: name for day, name in known.items() if day not in closed_days(state, year) and name not in extra}
    assert not {day for day in missing if day.year == year}


def test_no_month_of_holidays_keeps_a_state_closed_f_203() -> None:
    for state in {law.state for law in LAWS}:
        place = Place("America/New_York", state)
        days = [date(2026, 1, 1) + timedelta(days=n) for n in range(800)]
        is_open = [all(one.is_open_on(day) for one in windows_of(place, day, USUAL, LAWS)) for day in days]
        opened = [day for day, one in zip(days, is_open, strict=True) if one]
        assert max(later - earlier for earlier, later in pairwise(opened)) < timedelta(days=LONGEST_SEARCH)


WAVE = [(Place(zone, state), NEW_YORK) for zone in ZONES for state in ("FL", "TX", "RI", "AL", "NY", "")]


def _look_up_a_wave() -> None:
    begin = wall(NEW_YORK, 2026, 10, 30)
    for number in range(10_000):
        next_allowed(begin + number * MINUTE, WAVE[number % len(WAVE)], laws=LAWS)


def test_of_a_wave_of_ten_thousand_each_local_day_is_worked_out_once() -> None:
    feedback_windows._hours.cache_clear()
    _look_up_a_wave()
    days = 10_000 // (24 * 60) + 3
    assert feedback_windows._hours.cache_info().misses <= days * len({place for pair in WAVE for place in pair})


@pytest.mark.bench
def test_a_wave_of_ten_thousand_is_looked_up_in_half_a_second() -> None:
    next_allowed(wall(NEW_YORK, 2026, 10, 30), WAVE[0], laws=LAWS)
    begun = clock.process_time()
    _look_up_a_wave()
    assert clock.process_time() - begun < 0.5


def test_except_sunday_leaves_six_days() -> None:
    assert frozenset({0, 1, 2, 3, 4, 5}) == EXCEPT_SUNDAY
