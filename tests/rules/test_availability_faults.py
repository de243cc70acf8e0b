"""Settings that cannot be saved, and what is said about them."""

from typing import Any

import pytest

from models.rules.availability import check_settings
from models.rules.availability_faults import clock
from tests.rules.availability_examples import NINE_TO_ELEVEN, OFF, calendar, on

WEEK = calendar().week


def test_good_settings_have_no_fault() -> None:
    """A-60 to A-64."""
    assert check_settings(calendar()) == ()
    assert check_settings(calendar(OFF)) == ()
    assert check_settings(calendar(on((540, 600), (600, 660)), slot_minutes=5, horizon_days=0)) == ()


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"zone": "America/Gotham"}, "Time zone: this zone is not known. Choose one such as America/Chicago."),
        ({"zone": "../etc"}, "Time zone: this zone is not known. Choose one such as America/Chicago."),
        ({"zone": ""}, "Time zone: this zone is not known. Choose one such as America/Chicago."),
        ({"slot_minutes": 4}, "Time Slot Duration: 4 minutes is not possible. Choose 5 to 480 minutes."),
        ({"slot_minutes": 481}, "Time Slot Duration: 481 minutes is not possible. Choose 5 to 480 minutes."),
        ({"buffer_before": -1}, "Time before an appointment: -1 minutes is not possible. Choose 0 to 240 minutes."),
        ({"buffer_after": 241}, "Time after an appointment: 241 minutes is not possible. Choose 0 to 240 minutes."),
        ({"minimum_notice_minutes": -5}, "Minimum notice: -5 minutes is not possible. Choose 0 to 129600 minutes."),
        ({"horizon_days": 731}, "Horizon: 731 days is not possible. Choose 0 to 730 days."),
        (
            {"minimum_notice_minutes": 1440, "horizon_days": 0},
            "Minimum notice: it is longer than the horizon, so nothing is ever offered. Shorten it.",
        ),
        (
            {"day_start": 700, "day_end": 700, "week": (OFF,) * 7},
            "Start Time and End Time: the day ends before it starts. Choose a later End Time.",
        ),
        (
            {"day_end": 1441},
            "Start Time and End Time: they must lie within one day. Choose times from midnight to midnight.",
        ),
        ({"week": WEEK[:6]}, "Week: there are 6 days. Give the hours of seven days, Monday first."),
    ],
)
def test_each_fault_is_one_sentence_with_its_place(changed: dict[str, Any], fault: str) -> None:
    """A-60, A-61, A-62."""
    assert check_settings(calendar(**changed)) == (fault,)


@pytest.mark.parametrize(
    ("windows", "fault"),
    [
        ((), "Tuesday: it is available but has no hours. Add hours or switch the day off."),
        (((660, 540),), "Tuesday: 11:00 AM to 9:00 AM ends before it starts. Choose a later end."),
        (((540, 540),), "Tuesday: 9:00 AM to 9:00 AM ends before it starts. Choose a later end."),
        (
            ((480, 600),),
            "Tuesday: 8:00 AM to 10:00 AM lies outside Start Time and End Time. Change the hours or these times.",
        ),
        (
            ((1380, 1440),),
            "Tuesday: 11:00 PM to midnight lies outside Start Time and End Time. Change the hours or these times.",
        ),
        (
            ((600, 720), (540, 601)),
            "Tuesday: 9:00 AM to 10:01 AM and 10:00 AM to 12:00 PM overlap. Join them or move one.",
        ),
    ],
)
def test_the_hours_of_a_day_are_checked(windows: tuple[tuple[int, int], ...], fault: str) -> None:
    """A-62, A-63, A-64."""
    week = (NINE_TO_ELEVEN, on(*windows), *WEEK[2:])
    assert check_settings(calendar(week=week, day_start=540, day_end=1080)) == (fault,)


def test_minutes_are_written_as_on_a_clock_in_the_us() -> None:
    assert [clock(n) for n in (0, 5, 719, 720, 1439, 1440)] == [
        "12:00 AM",
        "12:05 AM",
        "11:59 AM",
        "12:00 PM",
        "11:59 PM",
        "midnight",
    ]
