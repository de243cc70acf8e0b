"""What a patient submits in the booking widget: read field by field, every fault a code with a plain sentence."""

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from models.inputs.intake import Email, Phone
from models.rules.appointments import Sex
from models.rules.matching import RequestFault, refusals

LONGEST_NOTES: Final = 800
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

SENTENCES: Final[Mapping[str, str]] = {
    "missing": "Please fill in this field.",
    "too_long": "This is too long. Please shorten it.",
    "not_text": "This holds signs that cannot be kept. Please type it again.",
    "not_an_email": "This is not an email address. Please write it like name@example.com.",
    "not_a_phone": "This is not a phone number. Please write it like 202-555-0143.",
    "not_a_date": "This is not a date. Please write it like 1985-03-31.",
    "not_a_time": "This time cannot be read. Please choose a time again.",
    "not_a_choice": "Please choose one of the answers.",
    "terms_not_accepted": "Please accept the Privacy Policy and Terms to continue.",
    "unknown_field": "The form has a field that we do not know. Please load the page again.",
    RequestFault.FIRST_NAME_EMPTY: "Please write the first name, with letters.",
    RequestFault.LAST_NAME_EMPTY: "Please write the last name, with letters.",
    RequestFault.BORN_IN_THE_FUTURE: "This date of birth is in the future. Please correct it.",
    RequestFault.BORN_TOO_LONG_AGO: "This date of birth is too long ago. Please correct it.",
    RequestFault.SLOT_IN_THE_PAST: "This time has passed. Please choose a later one.",
}
"""English for each code; the site says the same in Spanish."""
_FIELD_OF: Final[Mapping[RequestFault, str]] = {
    RequestFault.FIRST_NAME_EMPTY: "first",
    RequestFault.LAST_NAME_EMPTY: "last",
    RequestFault.BORN_IN_THE_FUTURE: "born",
    RequestFault.BORN_TOO_LONG_AGO: "born",
    RequestFault.SLOT_IN_THE_PAST: "starts_at",
}
_CODES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "string_too_short": "missing",
    "string_too_long": "too_long",
    "extra_forbidden": "unknown_field",
}
_CODE_OF_FIELD: Final[Mapping[str, str]] = {
    "email": "not_an_email",
    "phone": "not_a_phone",
    "born": "not_a_date",
    "starts_at": "not_a_time",
    "accepts_terms": "terms_not_accepted",
}


class Fault(NamedTuple):
    """What is wrong with one field, without a word of what was typed."""

    field: str
    code: str
    sentence: str


def _filled(given: object) -> object:
    if not given or (isinstance(given, str) and not given.strip()):
        raise PydanticCustomError("missing", "missing")  # noqa: EM101 - a code
    return given


def _text(given: str) -> str:
    """Keep what people type; other control signs never come from a keyboard."""
    text = unicodedata.normalize("NFC", given.replace("\r\n", "\n").replace("\r", "\n"))
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Cn"} and sign != "\n" for sign in text):
        raise PydanticCustomError("not_text", "not_text")  # noqa: EM101 - a code
    return text


def _line(given: str) -> str:
    return " ".join(given.split())


def _day(given: object) -> object:
    """Read 1985-03-31 and 3/31/1985; a bare number is no date."""
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    with suppress(ValueError, TypeError):
        if found := _US_DATE.fullmatch(str(given).strip()):
            month, day, year = map(int, found.groups())
            return date(year, month, day)
        if _ISO_DATE.fullmatch(str(given).strip()):
            return date.fromisoformat(str(given).strip())
    raise PydanticCustomError("not_a_date", "not_a_date")  # noqa: EM101 - a code


def _moment(given: object) -> object:
    with suppress(ValueError, TypeError, OverflowError):
        moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise PydanticCustomError("not_a_time", "not_a_time")  # noqa: EM101 - a code


def _accepted(given: bool) -> bool:  # noqa: FBT001 - a field's value
    if not given:
        raise PydanticCustomError("terms_not_accepted", "terms_not_accepted")  # noqa: EM101 - a code
    return given


_Words = Annotated[str, AfterValidator(_text)]
_Line = Annotated[_Words, AfterValidator(_line)]
_Short = Annotated[_Line, Field(max_length=60)]
_Key = Annotated[str, Field(pattern=r"^[a-z0-9-]{0,40}$")]
_Id = Annotated[int, Field(gt=0, lt=2**53)]


class Submission(BaseModel):
    """One request as it was filled in (A-19 to A-24); `starts_at` is aware, keys are the practice's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    provider: _Id
    location: _Id
    starts_at: Annotated[datetime, BeforeValidator(_moment)]
    reason: _Key = ""
    is_virtual: bool = False
    says_new: bool = False
    first: _Short = ""
    last: _Short = ""
    email: Annotated[Email, BeforeValidator(_filled)]
    phone: Annotated[Phone, BeforeValidator(_filled)]
    born: Annotated[date, BeforeValidator(_day), BeforeValidator(_filled)]
    sex: Annotated[Sex, BeforeValidator(_filled)]
    accepts_terms: Annotated[bool, AfterValidator(_accepted), Field(validate_default=True)] = False
    terms_version: Annotated[str, Field(max_length=40)]
    allows_texts: bool = False
    insurance: _Key = ""
    plan: _Short = ""
    member_id: Annotated[_Line, Field(max_length=40)] = ""
    group_id: Annotated[_Line, Field(max_length=40)] = ""
    notes: Annotated[_Words, Field(max_length=LONGEST_NOTES)] = ""
    referral: Annotated[_Line, Field(max_length=120)] = ""
    locale: Literal["en", "es"] = "en"

    def __repr__(self) -> str:
        return "Submission()"  # a person's words belong into no log

    __str__ = __repr__


def read_submission(form: Mapping[str, object]) -> Submission | tuple[Fault, ...]:
    """Read what was filled in, or say for each field what is wrong with it."""
    try:
        return Submission.model_validate(dict(form))
    except ValidationError as error:
        found = [(error["loc"], error["type"]) for error in error.errors(include_url=False, include_input=False)]
    return tuple(_fault(str(loc[0]) if loc else "", kind) for loc, kind in found)


def _fault(field: str, kind: str) -> Fault:
    code = kind if kind in SENTENCES else _CODES.get(kind) or _CODE_OF_FIELD.get(field, "not_a_choice")
    named = field if field in Submission.model_fields else ""  # anything may stand in an unknown field's name
    return Fault(named, code, SENTENCES[code])


def request_faults(submission: Submission, *, today: date, as_of: datetime) -> tuple[Fault, ...]:
    """List what no request may say, `today` being the practice's local day (A-99)."""
    found = refusals(submission.first, submission.last, submission.born, submission.starts_at, today=today, as_of=as_of)
    return tuple(Fault(_FIELD_OF[fault], fault.value, SENTENCES[fault]) for fault in found)
