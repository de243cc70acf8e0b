"""Kareo's words and ours, both ways."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.inputs.practice_system import VisitType
from models.rules.appointments import CALLED_OFF, KEEPS_TIME, Sex, Status
from tasks.connectors.kareo_words import (
    IN_LISTS,
    STATUSES,
    TELEHEALTH_LINE,
    day_in_list,
    gender_for,
    list_day,
    list_time,
    moment_in_list,
    moment_in_record,
    notes_for,
    offset_at,
    offset_words,
    phone_for,
    phone_of,
    record_day,
    record_moment,
    sendable,
    sex_of,
    status_of,
    visit_in,
    whole_days,
    word_for,
)

EAST, WEST = timezone(timedelta(hours=-5)), timezone(timedelta(hours=-8))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Tentative", Status.TENTATIVE),
        ("Scheduled", Status.CONFIRMED),
        ("ReminderSent", Status.CONFIRMED),
        ("Confirmed", Status.CONFIRMED),
        ("Rescheduled", Status.RESCHEDULED),
        ("NeedsReschedule", Status.RESCHEDULED),
        ("CheckedIn", Status.CHECKED_IN),
        ("Check-in", Status.CHECKED_IN),
        ("Roomed", Status.CHECKED_IN),
        ("ReadyToBeSeen", Status.CHECKED_IN),
        ("CheckedOut", Status.CHECKED_OUT),
        ("Check-out", Status.CHECKED_OUT),
        ("NoShow", Status.NO_SHOW),
        ("No-show", Status.NO_SHOW),
        ("Cancelled", Status.CANCELLED),
        (" cancelled ", Status.CANCELLED),
    ],
)
def test_both_spellings_of_a_status_mean_the_same(word: str, status: Status) -> None:
    assert status_of(word) is status


@pytest.mark.parametrize("word", ["Unknown", "Arrived by boat", "", None])
def test_an_unknown_word_keeps_the_time_busy_a_93(word: str | None) -> None:
    assert status_of(word) in KEEPS_TIME
    assert status_of(word) not in CALLED_OFF


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.TENTATIVE, "Tentative"),
        (Status.LAPSED, "Tentative"),
        (Status.CONFIRMED, "Scheduled"),
        (Status.RESCHEDULED, "Rescheduled"),
        (Status.CHECKED_IN, "CheckedIn"),
        (Status.CHECKED_OUT, "CheckedOut"),
        (Status.NO_SHOW, "NoShow"),
        (Status.DECLINED, "Cancelled"),
        (Status.CANCELLED, "Cancelled"),
    ],
)
def test_each_status_has_one_word_to_write(status: Status, word: str) -> None:
    assert word_for(status) == word


@pytest.mark.parametrize("word", sorted(STATUSES))
def test_what_the_staff_had_set_is_not_made_coarser(word: str) -> None:
    assert word_for(status_of(word), word) == word


def test_a_known_word_counts_only_while_it_means_the_status() -> None:
    assert word_for(Status.CHECKED_IN, "ReminderSent", "Roomed") == "Roomed"
    assert word_for(Status.CHECKED_IN, "ReminderSent", None) == "CheckedIn"
    assert word_for(Status.CONFIRMED, "Arrived by boat") == "Scheduled"


@pytest.mark.parametrize(("listed", "word"), IN_LISTS.items())
def test_a_list_s_word_is_written_back_in_the_spelling_of_single_calls(listed: str, word: str) -> None:
    assert word_for(status_of(listed), listed) == word


def test_a_deletion_is_no_status_to_write() -> None:
    with pytest.raises(ValueError, match="delete the appointment"):
        word_for(Status.DELETED)


def test_a_list_s_time_is_local_to_the_offset_of_the_question() -> None:
    ten_in_the_evening = datetime(2020, 1, 25, 3, 0, tzinfo=UTC)
    assert list_time(ten_in_the_evening, EAST) == "1/24/2020 10:00:00 PM"
    assert moment_in_list("1/24/2020 10:00:00 PM", EAST) == ten_in_the_evening
    assert moment_in_list("1/24/2020 7:00:00 PM", WEST) == ten_in_the_evening


@pytest.mark.parametrize(
    ("shown", "hour", "minute"),
    [
        ("6/1/2026 12:00:00 AM", 0, 0),
        ("6/1/2026 12:30:00 PM", 12, 30),
        ("06/01/2026 01:05:00 PM", 13, 5),
        ("6/1/2026 9:15 am", 9, 15),
        ("6/1/2026 23:45:00", 23, 45),
        ("6/1/2026", 0, 0),
        ("2026-06-01T08:00:00", 8, 0),
        ("6/1/2026 9:15:00.000 AM", 9, 15),
    ],
)
def test_times_are_read_however_a_list_writes_them(shown: str, hour: int, minute: int) -> None:
    assert moment_in_list(shown, EAST) == datetime(2026, 6, 1, hour, minute, tzinfo=EAST)


@pytest.mark.parametrize("shown", ["", None, "soon", "13/1/2026 1:00:00 AM", "6/1/2026 13:00:00 PM", "6/31/2026"])
def test_what_is_no_time_is_none(shown: str | None) -> None:
    assert moment_in_list(shown, EAST) is None
    assert day_in_list(shown) is None


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_a_list_s_time_comes_back_to_the_second(moment: datetime, offset: timezone) -> None:
    whole = moment.replace(microsecond=0)
    assert moment_in_list(list_time(whole, offset), offset) == whole


@given(st.dates())
def test_a_day_comes_back(day: date) -> None:
    assert day_in_list(f"{list_day(day)} 12:00:00 AM") == day_in_list(list_day(day)) == day


def test_the_offset_follows_the_practice_s_summer_time() -> None:
    zone = "America/New_York"
    assert offset_words(offset_at(datetime(2026, 1, 5, tzinfo=UTC), zone)) == "-5"
    assert offset_words(offset_at(datetime(2026, 7, 5, tzinfo=UTC), zone)) == "-4"
    assert offset_words(offset_at(datetime(2026, 7, 5, tzinfo=UTC), "Asia/Kolkata")) == "5.5"


def test_a_window_is_asked_for_as_the_whole_days_around_it() -> None:
    start = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)  # still the last of May in New York
    asked = whole_days(start, start + timedelta(hours=3), "America/New_York")
    assert asked == {"StartDate": "5/31/2026 12:00:00 AM", "EndDate": "6/2/2026 12:00:00 AM"}


def test_single_records_speak_utc() -> None:
    moment = datetime(2020, 1, 24, 17, 0, tzinfo=EAST)
    assert record_moment(moment) == "2020-01-24T22:00:00.000Z"
    assert moment_in_record(moment) == moment
    assert moment_in_record(datetime(2020, 1, 24, 22, 0)) == moment  # noqa: DTZ001 - some answers have no offset
    assert moment_in_record(None) is None


def test_a_date_of_birth_has_no_offset_that_could_move_it() -> None:
    assert record_day(date(1991, 11, 2)) == "1991-11-02T00:00:00"


@pytest.mark.parametrize(
    ("shown", "sex"),
    [("Female", Sex.FEMALE), ("f", Sex.FEMALE), ("MALE", Sex.MALE), ("", Sex.UNKNOWN), (None, Sex.UNKNOWN)],
)
def test_a_sex_is_read_spelled_out_or_as_a_letter(shown: str | None, sex: Sex) -> None:
    assert sex_of(shown) is sex


@pytest.mark.parametrize("sex", Sex)
def test_a_sex_comes_back(sex: Sex) -> None:
    assert sex_of(gender_for(sex)) is sex


@pytest.mark.parametrize(
    "shown",
    ["2025550143", "(202) 555-0143", "202.555.0143", "1-202-555-0143", "+1 202 555 0143", "(202) 555-0143 ext. 12"],
)
def test_a_number_is_read_as_people_write_it(shown: str) -> None:
    assert phone_of(shown) == "+12025550143"


@pytest.mark.parametrize("shown", ["", None, "none", "555-0143", "22025550143", "+0123456789", "+1"])
def test_what_is_no_number_is_empty(shown: str | None) -> None:
    assert phone_of(shown) == ""


@pytest.mark.parametrize(("number", "kept"), [("+12025550143", "2025550143"), ("+442079460000", "+442079460000")])
def test_a_number_comes_back(number: str, kept: str) -> None:
    assert phone_for(number) == kept
    assert phone_of(kept) == number


@pytest.mark.parametrize("notes", ["", "Reason for visit: sore shoulder", "two\nlines"])
@pytest.mark.parametrize("visit", VisitType)
def test_the_notes_carry_the_type_of_visit_a_38(notes: str, visit: VisitType) -> None:
    assert visit_in(notes_for(notes, visit)) == (visit, notes)


def test_the_type_of_visit_stands_once_in_the_notes() -> None:
    once = notes_for("sore shoulder", VisitType.TELEHEALTH)
    assert once == f"{TELEHEALTH_LINE}\nsore shoulder"
    assert notes_for(once, VisitType.TELEHEALTH) == once
    assert notes_for(once, VisitType.OFFICE) == "sore shoulder"


def test_what_xml_cannot_carry_is_left_out_and_nothing_else() -> None:
    assert sendable("sore\x00 shoulder\x0b\ud83d") == "sore shoulder"
    assert sendable("two\tlines\r\nZoë 小龍 \U0001f642 <b>&") == "two\tlines\r\nZoë 小龍 \U0001f642 <b>&"
