"""What people fill in and what files say: every fault is told by field, in plain sentences, without their words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import yaml

from models.inputs.booking import SENTENCES, Submission, read_submission, request_faults
from models.inputs.booking_setup import SetupError, parse_setup
from models.rules.appointments import Sex
from models.rules.matching import RequestFault

FORM: dict[str, object] = {
    "provider": "12",
    "location": "34",
    "starts_at": "2026-11-23T10:00:00-05:00",
    "reason": "sick-visit",
    "says_new": "on",
    "first": " Ana  María ",
    "last": "Example Jr",
    "email": "ana@Example.com",
    "phone": "(202) 555-0143",
    "born": "3/31/1985",
    "sex": "female",
    "accepts_terms": "on",
    "terms_version": "2026-11",
}


def read(**changed: object) -> Submission:
    found = read_submission(FORM | changed)
    assert isinstance(found, Submission), found
    return found


def faults(**changed: object) -> dict[str, str]:
    found = read_submission({name: value for name, value in (FORM | changed).items() if value is not None})
    assert isinstance(found, tuple), "nothing was wrong"
    assert all(fault.sentence == SENTENCES[fault.code] for fault in found)
    return {fault.field: fault.code for fault in found}


def test_a_form_is_read_as_people_and_browsers_write_it() -> None:
    """A-19, A-20."""
    found = read()
    assert (found.first, found.last, found.sex) == ("Ana María", "Example Jr", Sex.FEMALE)
    assert (found.email, found.phone, found.born) == ("ana@example.com", "+12025550143", date(1985, 3, 31))
    assert found.starts_at == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert (found.provider, found.says_new, found.allows_texts) == (12, True, False)
    assert read(born="1985-03-31").born == found.born


@pytest.mark.parametrize("field", ["email", "phone", "born", "sex", "starts_at", "provider", "location"])
def test_whoever_leaves_out_what_is_needed_is_told_which(field: str) -> None:
    """A-19."""
    assert faults(**{field: None}) == {field: "missing"}


@pytest.mark.parametrize("field", ["email", "phone", "born", "sex"])
def test_an_empty_field_is_missing(field: str) -> None:
    """A-19."""
    assert faults(**{field: "  "}) == {field: "missing"}


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("email", "jordan", "not_an_email"),
        ("phone", "12", "not_a_phone"),
        ("phone", "call me", "not_a_phone"),
        ("born", "31.3.1985", "not_a_date"),
        ("born", "1985-02-30", "not_a_date"),
        ("born", "20", "not_a_date"),
        ("starts_at", "2026-11-23T10:00:00", "not_a_time"),
        ("starts_at", "0001-01-01T00:00:00+14:00", "not_a_time"),
        ("starts_at", "tomorrow", "not_a_time"),
        ("sex", "other", "not_a_choice"),
        ("locale", "fr", "not_a_choice"),
        ("provider", "first", "not_a_choice"),
        ("provider", "0", "not_a_choice"),
        ("reason", "Sick Visit", "not_a_choice"),
        ("is_virtual", "perhaps", "not_a_choice"),
        ("notes", "x" * 801, "too_long"),
        ("first", "x" * 61, "too_long"),
        ("notes", "a\x00b", "not_text"),
        ("last", "a\x1bb", "not_text"),
        ("accepts_terms", "false", "terms_not_accepted"),
    ],
)
def test_what_cannot_be_is_named_by_field(field: str, typed: str, code: str) -> None:
    """A-19, A-20, A-23."""
    assert faults(**{field: typed}) == {field: code}


def test_without_accepting_the_terms_nobody_goes_on() -> None:
    """A-20."""
    assert faults(accepts_terms=None) == {"accepts_terms": "terms_not_accepted"}


def test_a_group_or_any_other_field_cannot_be_slipped_in() -> None:
    """A-30."""
    assert faults(is_group="true") == {"": "unknown_field"}
    assert faults(**{"<b>Jordan</b>": "x"}) == {"": "unknown_field"}


def test_no_error_and_no_text_of_a_submission_repeats_what_was_typed() -> None:
    assert repr(read()) == str(read()) == "Submission()"
    found = read_submission(FORM | {"email": "Canary", "born": "Canary", "Canary": "Canary"})
    assert "Canary" not in repr(found)
    assert f"{read()}" == "Submission()"


def test_faults_against_the_practices_day_name_their_field() -> None:
    """A-99."""
    told = read(first="", last="--", born="2030-01-01", starts_at="2026-11-20T15:00:00+00:00")
    found = request_faults(told, today=date(2026, 11, 20), as_of=datetime(2026, 11, 20, 15, tzinfo=UTC))
    assert {(one.field, one.code) for one in found} == {
        ("first", RequestFault.FIRST_NAME_EMPTY),
        ("last", RequestFault.LAST_NAME_EMPTY),
        ("born", RequestFault.BORN_IN_THE_FUTURE),
        ("starts_at", RequestFault.SLOT_IN_THE_PAST),
    }
    old = request_faults(read(born="1850-01-01"), today=date(2026, 11, 20), as_of=datetime(2026, 1, 1, tzinfo=UTC))
    assert [one.code for one in old] == [RequestFault.BORN_TOO_LONG_AGO]


CALENDAR: dict[str, Any] = {
    "provider": "1555010101",
    "location": "main",
    "slot_minutes": 30,
    "week": {"monday": ["09:00-12:00", "13:00-17:00"]},
}
SETUP: dict[str, Any] = {
    "practice": "maple-street",
    "reasons": [{"key": "visit", "name": "Visit"}],
    "calendars": [CALENDAR],
}


NOT_AN_ORIGIN = "this is not the address of a website alone; write it like https://www.example.com."


def told(**changed: Any) -> list[str]:
    """Read a set-up that is wrong; gives the sentences."""
    with pytest.raises(SetupError) as failure:
        parse_setup(yaml.safe_dump(SETUP | changed), file="booking.yaml")
    return failure.value.sentences


def test_hours_are_read_as_people_write_them() -> None:
    """A-62, A-63: YAML reads an unquoted 13:30 as a number, and the word off as false."""
    plain = """
practice: maple-street
reasons: [{key: visit, name: Visit}]
calendars:
  - {provider: "1555010101", location: main, slot_minutes: 30, start: 8:00, end: 18:30, week: {monday: [9:00-12:30],
    tuesday: off}}
"""
    found = parse_setup(plain, file="booking.yaml").calendars[0].settings("America/New_York")
    assert (found.day_start, found.day_end) == (480, 1110)
    assert found.week[0].windows == ((540, 750),)
    assert [day.is_available for day in found.week] == [True, False, False, False, False, False, False]


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"reasons": []}, "booking.yaml, reasons: is empty; add at least one."),
        ({"colour": 1}, "booking.yaml, as a whole: has a field that no set-up has; remove it or correct its name."),
        (
            {"calendars": [CALENDAR | {"start": "25:00"}]},
            'booking.yaml, calendars no. 1 start: this is not a time of the day; write it like "09:30".',
        ),
        (
            {"calendars": [CALENDAR | {"week": {"monday": ["morning"]}}]},
            'booking.yaml, calendars no. 1 week monday no. 1: these are not hours; write them like "09:00-12:30".',
        ),
        (
            {"calendars": [CALENDAR | {"slot_minutes": 1}]},
            "booking.yaml, calendars no. 1: Time Slot Duration: 1 minutes is not possible. Choose 5 to 480 minutes.",
        ),
        (
            {"calendars": [CALENDAR, CALENDAR]},
            "booking.yaml, as a whole: calendars: 1555010101 at main is there more than once; keep one of them.",
        ),
        (
            {"alerts": [{"key": "desk"}]},
            "booking.yaml, alerts no. 1: nobody can be told without an address; add email, text or both.",
        ),
        (
            {"alerts": [{"key": "desk", "email": "desk"}]},
            "booking.yaml, alerts no. 1 email: this is not an email address that a mail server would accept.",
        ),
        (
            {"widget": {"embedded_on": ["https://www.example.com/page"]}},
            f"booking.yaml, widget embedded_on no. 1: {NOT_AN_ORIGIN}",
        ),
        (
            {"widget": {"embedded_on": [f"https://www{number}.example.com" for number in range(30)]}},
            "booking.yaml, widget: embedded_on names too many websites; keep those that show the widget.",
        ),
        (
            {"visit_reasons": [{"key": "visit", "name": "Visit", "minutes": 2}]},
            "booking.yaml, visit_reasons no. 1 minutes: is too small; give a larger number.",
        ),
        (
            {"communications": [{"provider": "123"}]},
            "booking.yaml, communications no. 1 provider: an NPI has ten digits and begins with 1 or 2.",
        ),
    ],
)
def test_every_fault_of_a_set_up_names_its_place(part: dict[str, Any], sentence: str) -> None:
    assert told(**part) == [sentence]


def test_a_file_that_is_no_set_up_is_named() -> None:
    for content, sentence in (
        ("a: [", "booking.yaml cannot be read at line 1: it is not well-formed; fix that place."),
        ("- a", "booking.yaml does not describe a booking set-up; start from the example."),
        ("#" * 600_000, "booking.yaml is larger than a booking set-up can be (500 kB); is it the right file?"),
    ):
        with pytest.raises(SetupError) as failure:
            parse_setup(content, file="booking.yaml")
        assert failure.value.sentences == [sentence]
