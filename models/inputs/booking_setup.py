"""The booking set-up of a practice, from YAML: widget, calendars, reasons, insurances, alerts, communications."""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from models.inputs.intake import Email, Key, Npi, Phone
from models.rules.availability import Anchor, CalendarSettings, DayHours, check_settings

LARGEST_SETUP: Final = 500_000
LONGEST_ORIGINS: Final = 500
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")
_DAY_MINUTES: Final = 24 * 60


class SetupError(ValueError):
    """A set-up that cannot be used; each sentence names the place and what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def _minute(given: object) -> int:
    """Read 09:30; YAML itself reads 13:30 as a number, which is the same minute of the day."""
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= _DAY_MINUTES:
        return given
    found = _CLOCK.fullmatch(given) if isinstance(given, str) else None
    minute = int(found[1]) * 60 + int(found[2]) if found else _DAY_MINUTES + 1
    if minute > _DAY_MINUTES:
        message = 'this is not a time of the day; write it like "09:30"'
        raise ValueError(message)
    return minute


def _hours(given: object) -> tuple[int, int]:
    start, dash, end = given.partition("-") if isinstance(given, str) else ("", "", "")
    if not dash:
        message = 'these are not hours; write them like "09:00-12:30"'
        raise ValueError(message)
    return _minute(start.strip()), _minute(end.strip())


def _day(given: object) -> object:
    return () if given is None or given is False else given  # YAML reads the word off as false


def _origin(given: str) -> str:
    if not _ORIGIN.fullmatch(given):
        message = "this is not the address of a website alone; write it like https://www.example.com"
        raise ValueError(message)
    return given


_Minute = Annotated[int, BeforeValidator(_minute)]
_Hours = Annotated[tuple[int, int], BeforeValidator(_hours)]
_Day = Annotated[tuple[_Hours, ...], BeforeValidator(_day)]
_Name = Annotated[str, Field(min_length=1, max_length=120)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)


class WidgetSetup(_Part):
    """How the widget behaves; `embedded_on` names the practice's own websites."""

    is_open: bool = True
    differentiates_patients: bool = True
    closes_when_stale: bool = False
    terms_version: Annotated[str, Field(min_length=1, max_length=40)] = "2026-11"
    embedded_on: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()

    @model_validator(mode="after")
    def _is_short(self) -> "WidgetSetup":
        if len(" ".join(self.embedded_on)) > LONGEST_ORIGINS:
            message = "embedded_on names too many websites; keep those that show the widget"
            raise ValueError(message)
        return self


class ReasonSetup(_Part):
    """A reason for visit, in the growth side's own words (A-17)."""

    key: Key
    name: _Name
    name_es: Annotated[str, Field(max_length=120)] = ""


class InsuranceSetup(_Part):
    """An insurance that can be chosen (A-22)."""

    key: Key
    name: _Name


class AlertSetup(_Part):
    """Somebody at the practice who is told of new requests, by email, by text, or by both (A-27)."""

    key: Key
    email: Email = ""
    text: Phone = ""
    locale: Literal["en", "es"] = "en"

    @model_validator(mode="after")
    def _can_be_reached(self) -> "AlertSetup":
        if not self.email and not self.text:
            message = "nobody can be told without an address; add email, text or both"
            raise ValueError(message)
        return self


class VisitReasonSetup(_Part):
    """A visit reason of the practice system with its minutes (A-37, A-79)."""

    key: Key
    name: _Name
    minutes: Annotated[int, Field(ge=5, le=720)]
    system_id: Annotated[str, Field(max_length=40)] = ""
    color: Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")] = ""


class CommunicationSetup(_Part):
    """How one provider's patients are reminded: minutes before the start (A-11, A-81); and what else is on."""

    provider: Npi
    is_on: bool = True
    reminders: tuple[Annotated[int, Field(ge=5, le=60 * _DAY_MINUTES)], ...] = ()
    telehealth: bool = False
    surveys: bool = False


class WeekSetup(_Part):
    """The weekly hours; a day that is left out is off (A-63)."""

    monday: _Day = ()
    tuesday: _Day = ()
    wednesday: _Day = ()
    thursday: _Day = ()
    friday: _Day = ()
    saturday: _Day = ()
    sunday: _Day = ()


class CalendarSetup(_Part):
    """The availability of a provider at a location (A-60 to A-64); durations in minutes."""

    provider: Npi
    location: Key
    week: WeekSetup
    slot_minutes: int
    start: _Minute = 0
    end: _Minute = _DAY_MINUTES
    anchor: Anchor = Anchor.WINDOW
    buffer_before: int = 0
    buffer_after: int = 0
    minimum_notice_minutes: int = 0
    horizon_days: int = 60

    @model_validator(mode="after")
    def _is_possible(self) -> "CalendarSetup":
        if faults := check_settings(self.settings("UTC")):
            raise ValueError(" ".join(faults))
        return self

    def settings(self, zone: str) -> CalendarSettings:
        """Give the settings as they are saved, in the zone of the practice."""
        days = (tuple(getattr(self.week, day)) for day in WEEKDAYS)
        first, second, third, fourth, fifth, sixth, seventh = (DayHours(bool(hours), hours) for hours in days)
        return CalendarSettings(
            zone=zone,
            slot_minutes=self.slot_minutes,
            day_start=self.start,
            day_end=self.end,
            week=(first, second, third, fourth, fifth, sixth, seventh),
            anchor=self.anchor,
            buffer_before=self.buffer_before,
            buffer_after=self.buffer_after,
            minimum_notice_minutes=self.minimum_notice_minutes,
            horizon_days=self.horizon_days,
        )


class BookingSetup(_Part):
    """All that a practice's booking needs."""

    practice: Key
    widget: WidgetSetup = WidgetSetup()
    reasons: Annotated[tuple[ReasonSetup, ...], Field(min_length=1)]
    insurances: tuple[InsuranceSetup, ...] = ()
    alerts: tuple[AlertSetup, ...] = ()
    visit_reasons: tuple[VisitReasonSetup, ...] = ()
    communications: tuple[CommunicationSetup, ...] = ()
    calendars: Annotated[tuple[CalendarSetup, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_once(self) -> "BookingSetup":
        for what, keys in (
            ("reasons", [one.key for one in self.reasons]),
            ("insurances", [one.key for one in self.insurances]),
            ("alerts", [one.key for one in self.alerts]),
            ("visit_reasons", [one.key for one in self.visit_reasons]),
            ("communications", [one.provider for one in self.communications]),
            ("calendars", [f"{one.provider} at {one.location}" for one in self.calendars]),
        ):
            _require_unique(what, keys)
        return self


def _require_unique(what: str, keys: Sequence[str]) -> None:
    if doubled := sorted({key for key in keys if keys.count(key) > 1}):
        message = f"{what}: {', '.join(doubled)} is there more than once; keep one of them"
        raise ValueError(message)


def parse_setup(content: str, *, file: str) -> BookingSetup:
    """Read a set-up from YAML.

    Raises:
        SetupError: with one sentence per fault, each naming the file and the field.
    """
    if len(content) > LARGEST_SETUP:
        raise SetupError([f"{file} is larger than a booking set-up can be (500 kB); is it the right file?"])
    try:
        parsed = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise SetupError([f"{file} cannot be read{line}: it is not well-formed; fix that place."]) from None
    if not isinstance(parsed, dict):
        raise SetupError([f"{file} does not describe a booking set-up; start from the example."])
    try:
        return BookingSetup.model_validate(parsed)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
    told = [fault for fault in faults if not _only_seems_empty(fault, faults)]
    raise SetupError([f"{file}, {_place(fault)}: {_plain(fault)}" for fault in told])


def _only_seems_empty(fault: ErrorDetails, faults: Sequence[ErrorDetails]) -> bool:
    """Tell a list whose entries all have faults of their own from one that is empty."""
    depth = len(fault["loc"])
    inside = (other for other in faults if other is not fault and other["loc"][:depth] == fault["loc"])
    return fault["type"] == "too_short" and any(inside)


_PLAIN: Final = {
    "missing": "is missing; add it",
    "extra_forbidden": "has a field that no set-up has; remove it or correct its name",
    "string_pattern_mismatch": "is not written as it should be; compare it with the example",
    "string_too_short": "is empty; fill it in",
    "string_too_long": "is too long; shorten it",
    "too_short": "is empty; add at least one",
    "enum": "is not one of the choices; compare it with the example",
    "literal_error": "is not one of the choices; compare it with the example",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "greater_than_equal": "is too small; give a larger number",
    "less_than_equal": "is too large; give a smaller number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not text; put it into quotes",
}


def _place(fault: ErrorDetails) -> str:
    """Say where a fault is; the name of a field that no set-up has is left out, since it may be anything."""
    location: Iterable[int | str] = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    return " ".join(f"no. {part + 1}" if isinstance(part, int) else part for part in location) or "as a whole"


def _plain(fault: ErrorDetails) -> str:
    if fault["type"] == "value_error":
        return fault["msg"].removeprefix("Value error, ").rstrip(".") + "."
    return _PLAIN.get(fault["type"], "has the wrong form; compare it with the example") + "."
