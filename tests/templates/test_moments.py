"""Dates and times as people read them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from templates.moments import format_business_days, format_day, format_moment, known_locale


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "Sunday, November 1, 2026 at 1:30 AM EST"),
        ("America/Phoenix", "Saturday, October 31, 2026 at 11:30 PM MST"),
        ("Pacific/Honolulu", "Saturday, October 31, 2026 at 8:30 PM HST"),
    ],
)
def test_a_moment_is_told_in_local_time_with_the_short_name_of_the_zone(zone: str, words: str) -> None:
    assert format_moment(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), locale="en", zone=zone) == words


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    once = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    words = [format_moment(moment, locale="es", zone="America/New_York") for moment in (once, once.replace(fold=1))]
    assert words == ["domingo 1 de noviembre de 2026, 1:30 EDT", "domingo 1 de noviembre de 2026, 1:30 EST"]


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 1, 6, 30)  # noqa: DTZ001 - the refusal of it is what is tested
    with pytest.raises(ValueError, match="aware"):
        format_moment(naive, locale="en", zone="America/New_York")


def test_days_are_written_out() -> None:
    assert format_day(date(2027, 1, 14), locale="en") == "Thursday, January 14, 2027"
    assert format_day(date(2027, 1, 14), locale="es") == "jueves 14 de enero de 2027"
    assert [format_business_days(count, locale="es") for count in (1, 2)] == ["1 día hábil", "2 días hábiles"]


@pytest.mark.parametrize(("tag", "known"), [("es_MX", "es"), ("ES", "es"), ("en-US", "en"), ("pt", "en"), ("", "en")])
def test_language_tags_are_reduced_to_what_we_write(tag: str, known: str) -> None:
    assert known_locale(tag) == known
