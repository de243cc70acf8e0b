"""What is written into the forms of calendars, and what it makes of the settings."""

from dataclasses import asdict
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.inputs.calendar_forms import (
    KEPT,
    AnchorChoice,
    FormError,
    Switch,
    day_of,
    minute_of,
    origins_of,
    settings_change,
    wall_of,
    window_of,
    windows_of,
)
from models.rules.availability import Anchor, check_settings
from models.rules.availability_commands import (
    ChangeSettings,
    SaveHours,
    Weekday,
    new_settings,
    span,
    with_hours,
    with_settings,
)
from models.rules.calendars import zone_of

ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("words", "minute"),
    [
        ("09:30", 570),
        ("9:30", 570),
        ("9:30 AM", 570),
        ("9:30pm", 1290),
        ("12 am", 0),
        ("12:00 PM", 720),
        ("1 p.m.", 780),
        ("00:00", 0),
        ("24:00", 1440),
    ],
)
def test_times_are_read_as_people_write_them(words: str, minute: int) -> None:
    """A-62."""
    assert minute_of(words) == minute


@pytest.mark.parametrize("words", ["", "9", "9:60", "24:01", "25:00", "13:00 PM", "0:30 am", "9.30", "9:30 9:30", "am"])
def test_what_is_no_time_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(FormError, match="write it like 09:30"):
        minute_of(words)


def test_hours_are_read_and_written_the_same_way() -> None:
    """A-64."""
    windows = windows_of("09:00-12:00, 1 PM - 5:30 PM")
    assert windows == ((540, 720), (780, 1050))
    assert ", ".join(span(one) for one in windows) == "09:00-12:00, 13:00-17:30"


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_every_window_that_is_shown_can_be_typed_back(start: int, end: int) -> None:
    if start < end:
        assert windows_of(span((start, end))) == ((start, end),)


def test_midnight_ends_the_day() -> None:
    assert window_of("17:00", "00:00") == window_of("5 PM", "12 AM") == (1020, 1440)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("09:00", "Write hours like"),
        ("", "Write hours like"),
        ("09:00-12:00,", "Write hours like"),
        ("12:00-09:00", "12:00 to 09:00 ends before it starts"),
        ("09:00-12", "12 is not a time of the day"),
    ],
)
def test_hours_that_cannot_be_are_refused_in_plain_words(words: str, sentence: str) -> None:
    with pytest.raises(FormError) as refused:
        windows_of(words)
    assert refused.value.sentence.startswith(sentence)


def test_days_and_local_times_are_read_in_the_zone_of_the_practice() -> None:
    assert day_of("") is None
    assert day_of("2026-12-01") == date(2026, 12, 1)
    assert wall_of("2026-12-01 14:30", ZONE) == datetime(2026, 12, 1, 14, 30, tzinfo=zone_of(ZONE))
    for wrong in ("2026-02-30", "2026-13-01"):
        with pytest.raises(FormError, match="no such day"):
            day_of(wrong)
        with pytest.raises(FormError, match="no such date and time"):
            wall_of(f"{wrong} 09:00", ZONE)


def test_what_is_left_as_it_stands_is_kept() -> None:
    """A-61, A-62."""
    before = with_settings(new_settings(ZONE), ChangeSettings(slot_minutes=20, buffer_after=10, anchor=Anchor.HOUR))
    nothing = settings_change(AnchorChoice.KEEP, "", " ", slot_minutes=KEPT, buffer_after=KEPT)
    assert with_settings(before, nothing) == before
    some = settings_change(AnchorChoice.MIDNIGHT, "08:00", "6 PM", slot_minutes=15, buffer_after=0, horizon_days=KEPT)
    changed = {"slot_minutes": 15, "buffer_after": 0, "day_start": 480, "day_end": 1080, "anchor": Anchor.MIDNIGHT}
    assert asdict(with_settings(before, some)) == asdict(before) | changed
    assert Switch.KEEP.chosen is None
    assert (Switch.YES.chosen, Switch.NO.chosen) == (True, False)


def test_hours_of_one_weekday_leave_the_others_alone() -> None:
    """A-63, A-64."""
    before = new_settings(ZONE)
    after = with_hours(before, SaveHours(Weekday.WEDNESDAY, ((780, 1020), (540, 720))))
    assert after.week[2].is_available
    assert after.week[2].windows == ((540, 720), (780, 1020))
    assert after.week[:2] + after.week[3:] == before.week[:2] + before.week[3:]
    assert check_settings(after) == ()


def test_a_new_calendar_offers_nothing_until_hours_are_saved() -> None:
    """A-65."""
    assert check_settings(new_settings(ZONE)) == ()
    assert not any(day.is_available for day in new_settings(ZONE).week)
    assert [day.number for day in Weekday] == [0, 1, 2, 3, 4, 5, 6]


def test_websites_are_listed_and_can_be_emptied() -> None:
    assert origins_of("https://a.example.com, https://b.example.com") == (
        "https://a.example.com",
        "https://b.example.com",
    )
    assert origins_of("None") == ()
