"""Hours are labels of the local clock, durations are real: days on which clocks change, in many zones."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.rules.availability import Anchor, Reason, explain, offers
from models.rules.calendars import zone_of
from tests.rules.availability_examples import EVERY_HOUR, calendar, clocks, local, offered, on, utc

SPRING = date(2026, 3, 8)
AUTUMN = date(2026, 11, 1)
WINTER = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = {"horizon_days": 36_500}


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 6, 8), 24),
        ("America/New_York", SPRING, 23),
        ("America/New_York", AUTUMN, 25),
        ("America/Phoenix", AUTUMN, 24),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("America/Havana", date(2026, 3, 8), 23),
        ("America/Havana", date(2026, 11, 1), 25),
        ("Asia/Beirut", date(2026, 3, 29), 23),
        ("Asia/Beirut", date(2026, 10, 24), 25),
        ("Pacific/Apia", date(2011, 12, 29), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Pacific/Apia", date(2011, 12, 31), 24),
        ("America/Scoresbysund", date(2024, 3, 31), 24),
        ("Asia/Kathmandu", date(2026, 1, 1), 24),
    ],
)
def test_a_day_is_open_for_as_long_as_it_really_lasts(zone: str, day: date, hours: float) -> None:
    settings = calendar(EVERY_HOUR, zone=zone, anchor=Anchor.MIDNIGHT, slot_minutes=10, **YEARS)
    found = offered(settings, first=day, as_of=datetime(2009, 1, 1, tzinfo=UTC))
    assert len(found) == hours * 6
    assert len(set(found)) == len(found)


def test_a_day_that_comes_back_after_a_minute_of_the_next_is_whole() -> None:
    """In St. John's the clocks went back at one minute past midnight, until 2011."""
    zone = "America/St_Johns"
    settings = calendar(EVERY_HOUR, zone=zone, anchor=Anchor.MIDNIGHT, slot_minutes=5, **YEARS)
    found = offered(settings, first=date(2010, 11, 6), as_of=datetime(2009, 1, 1, tzinfo=UTC))
    assert len(found) == 24 * 12 + 11
    assert {one.starts_at.astimezone(zone_of(zone)).date() for one in found} == {date(2010, 11, 6)}


def test_a_window_over_the_autumn_change_has_an_hour_more() -> None:
    found = offered(calendar(on((0, 240)), slot_minutes=60), first=AUTUMN)
    assert clocks(found) == ["00:00", "01:00", "01:00", "02:00", "03:00"]
    assert found[-1].ends_at - found[0].starts_at == timedelta(hours=5)


def test_a_window_inside_the_repeated_hour_is_open_twice() -> None:
    found = offered(calendar(on((60, 90))), first=AUTUMN)
    assert [one.starts_at for one in found] == [utc(AUTUMN, "01:00"), utc(AUTUMN, "01:00", fold=1)]


def test_skipped_times_do_not_exist_and_the_ladder_goes_on_behind_them() -> None:
    found = offered(calendar(on((60, 240))), first=SPRING, as_of=WINTER)
    assert clocks(found) == ["01:00", "01:30", "03:00", "03:30"]
    assert offered(calendar(on((120, 180))), first=SPRING, as_of=WINTER) == []


def test_a_slot_over_the_gap_lasts_its_real_minutes() -> None:
    found = offered(calendar(on((60, 240)), slot_minutes=45), first=SPRING, as_of=WINTER)
    assert clocks(found) == ["01:00", "01:45", "03:15"]
    assert found[1].ends_at == utc(SPRING, "03:30")


def test_working_hours_keep_their_labels_over_both_changes() -> None:
    for day in (SPRING, AUTUMN):
        found = offered(calendar(), first=day - timedelta(days=1), days=3, as_of=WINTER)
        assert clocks(found) == ["09:00", "09:30", "10:00", "10:30"] * 3


def test_half_an_hour_is_repeated_on_lord_howe() -> None:
    zone = "Australia/Lord_Howe"
    found = offered(calendar(on((60, 150)), zone=zone), first=date(2026, 4, 5), as_of=WINTER)
    assert clocks(found, zone) == ["01:00", "01:30", "01:30", "02:00"]


def test_a_day_without_midnight_starts_at_one() -> None:
    zone = "America/Havana"
    found = offered(calendar(on((0, 120)), zone=zone), first=date(2026, 3, 8), as_of=WINTER)
    assert clocks(found, zone) == ["01:00", "01:30"]


def test_a_skipped_wall_time_is_explained_and_not_offered() -> None:
    settings = calendar(EVERY_HOUR)
    skipped = local(SPRING, "02:30")
    assert not offers(settings, [], [], skipped, as_of=WINTER)
    assert explain(settings, [], [], skipped, as_of=WINTER).reason is Reason.SKIPPED_HOUR
    assert offers(settings, [], [], skipped.astimezone(UTC), as_of=WINTER)


def test_a_wall_time_on_a_skipped_day_is_explained() -> None:
    settings = calendar(EVERY_HOUR, zone="Pacific/Apia")
    skipped = local(date(2011, 12, 30), "10:00", "Pacific/Apia")
    assert explain(settings, [], [], skipped, as_of=datetime(2011, 12, 1, tzinfo=UTC)).reason is Reason.SKIPPED_HOUR


def test_both_of_a_repeated_time_are_offered() -> None:
    settings = calendar(EVERY_HOUR)
    for fold in (0, 1):
        assert offers(settings, [], [], local(AUTUMN, "01:30", fold=fold), as_of=WINTER)
