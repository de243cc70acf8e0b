"""The intake of a practice: what is known on the day of the agreement, from YAML, JSON or CSV."""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import phonenumbers
import yaml
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from stdnum.us import ein

from models.rules.calendars import Calendar
from models.rules.onboarding_facts import Transaction
from models.rules.roles import STAFF_ROLES, Role

LARGEST_INTAKE = 1_000_000
KEY = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"
NPI_PREFIX = "80840"


class IntakeError(ValueError):
    """An intake that cannot be used; each sentence names the place and what to do, never a person's own words."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def _luhn_holds(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - the Luhn formula


def check_npi(npi: str) -> str:
    """Check a National Provider Identifier: ten digits, begins with 1 or 2, Luhn over 80840 and itself (E-03)."""
    if not re.fullmatch(r"[12]\d{9}", npi):
        message = "an NPI has ten digits and begins with 1 or 2"
        raise ValueError(message)
    if not _luhn_holds(NPI_PREFIX + npi):
        message = "the check digit of this NPI is wrong; compare it with the NPI registry"
        raise ValueError(message)
    return npi


def _check_tax_id(tax_id: str) -> str:
    if tax_id and not ein.is_valid(tax_id):
        message = "a tax ID has nine digits, like 12-3456789, and a prefix that the IRS issues"
        raise ValueError(message)
    return tax_id and ein.format(tax_id)


def _check_email(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        message = "this is not an email address that a mail server would accept"
        raise ValueError(message) from None


def _check_phone(phone: str) -> str:
    if not phone:
        return ""
    try:
        parsed = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        message = "this is not a phone number; write it like 202-555-0143"
        raise ValueError(message)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _check_zone(zone: str) -> str:
    if zone not in available_timezones():
        message = "this is not a time zone; write it like America/New_York"
        raise ValueError(message)
    return zone


Key = Annotated[str, Field(pattern=KEY)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_check_email)]
Phone = Annotated[str, AfterValidator(_check_phone)]
Npi = Annotated[str, AfterValidator(check_npi)]
Locale = Literal["en", "es"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)


class PersonIntake(_Part):
    """One person at the practice. `key` is the short name that forms use instead of the person's name."""

    key: Key
    name: Name
    email: Email
    phone: Phone = ""
    locale: Locale | None = None
    is_primary_contact: bool = False
    is_trainee: bool = False


class StaffIntake(_Part):
    """One member of our own staff, and the role taken for this practice."""

    key: Key
    name: Name
    email: Email
    role: Role

    @model_validator(mode="after")
    def _is_ours(self) -> "StaffIntake":
        if self.role not in STAFF_ROLES:
            message = f"{self.role} is a role of the practice's own people; list the person under people"
            raise ValueError(message)
        return self


class LocationIntake(_Part):
    """One place where the practice sees patients."""

    key: Key
    name: Name
    city: Name
    state: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    postal_code: Annotated[str, Field(pattern=r"^\d{5}(-\d{4})?$")]
    phone: Phone = ""


class ProviderIntake(_Part):
    """One provider of the practice."""

    npi: Npi
    name: Name


class PayerIntake(_Part):
    """One payer of the practice, with what is to be set up there."""

    key: Key
    name: Name
    expected_claims_per_month: Annotated[int, Field(ge=0, le=1_000_000)]
    transactions: tuple[Transaction, ...] = (Transaction.CLAIMS, Transaction.ERA, Transaction.EFT)

    @model_validator(mode="after")
    def _has_transactions(self) -> "PayerIntake":
        if not self.transactions or len(set(self.transactions)) != len(self.transactions):
            message = "name each transaction once, and at least one of claims, era, eft, portal"
            raise ValueError(message)
        return self


class Intake(_Part):
    """Everything that is needed to start a practice's journey."""

    key: Key
    name: Name
    time_zone: Annotated[str, AfterValidator(_check_zone)]
    calendar: Calendar = Calendar.GOVERNMENT
    locale: Locale = "en"
    tax_id: Annotated[str, AfterValidator(_check_tax_id)] = ""
    agreement_terms: Annotated[str, Field(pattern=KEY)] = "standard"
    target_date: date | None = None
    subscriptions: tuple[Literal["billing", "clinical", "engage", "telehealth", "patientpop"], ...] = ()
    people: Annotated[tuple[PersonIntake, ...], Field(min_length=1)]
    team: tuple[StaffIntake, ...] = ()
    locations: Annotated[tuple[LocationIntake, ...], Field(min_length=1)]
    providers: Annotated[tuple[ProviderIntake, ...], Field(min_length=1)]
    payers: Annotated[tuple[PayerIntake, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_together(self) -> "Intake":
        contacts = sum(person.is_primary_contact for person in self.people)
        if contacts != 1:
            message = f"exactly one person is the primary contact, here it is {contacts}; set is_primary_contact"
            raise ValueError(message)
        _require_unique("people", (person.key for person in self.people))
        _require_unique("locations", (location.key for location in self.locations))
        _require_unique("providers", (provider.npi for provider in self.providers))
        _require_unique("payers", (payer.key for payer in self.payers))
        _require_unique("team roles", (member.role.value for member in self.team))
        return self


def _require_unique(what: str, keys: Iterable[str]) -> None:
    seen = list(keys)
    doubled = sorted({key for key in seen if seen.count(key) > 1})
    if doubled:
        message = f"{what}: {', '.join(doubled)} is there more than once"
        raise ValueError(message)


def parse_intake(content: str, *, file: str) -> Intake:
    """Read one practice from YAML or JSON.

    Raises:
        IntakeError: with one sentence per fault, each naming the file and the field.
    """
    if len(content) > LARGEST_INTAKE:
        raise IntakeError([f"{file} is larger than an intake can be (1 MB); is it the right file?"])
    try:
        parsed = json.loads(content) if file.endswith(".json") else yaml.safe_load(content)
    except (yaml.YAMLError, ValueError) as error:
        raise IntakeError([f"{file} cannot be read{_line_of(error)}: it is not well-formed; fix that place."]) from None
    if not isinstance(parsed, dict):
        raise IntakeError([f"{file} does not describe a practice; start from one of the examples."])
    return _validated(parsed, place=file)


def _line_of(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f" at line {error.problem_mark.line + 1}"
    return f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""


def _validated(parsed: dict[str, object], *, place: str) -> Intake:
    try:
        return Intake.model_validate(parsed)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
    empty = [fault for fault in faults if fault["type"] == "too_short" and not _is_blamed_elsewhere(fault, faults)]
    told = [fault for fault in faults if fault["type"] != "too_short"] + empty
    raise IntakeError([f"{place}, {_path(fault, parsed)}: {_plain(fault['type'], fault['msg'])}." for fault in told])


def _is_blamed_elsewhere(fault: ErrorDetails, faults: list[ErrorDetails]) -> bool:
    """Tell a list that only seems empty, because each of its entries has a fault of its own."""
    depth = len(fault["loc"])
    return any(other["loc"][:depth] == fault["loc"] for other in faults if other is not fault)


def _path(fault: ErrorDetails, parsed: dict[str, object]) -> str:
    """Say where a fault is; a field that no intake has is counted, since anything may stand in its place."""
    location = fault["loc"]
    if fault["type"] == "extra_forbidden":
        fields: Any = parsed
        for part in location[:-1]:
            fields = fields[part]
        number = [str(field) for field in fields].index(str(location[-1])) + 1
        return " ".join([*_named(location[:-1]), f"field no. {number}"])
    return " ".join(_named(location)) or "as a whole"


def _named(location: tuple[int | str, ...]) -> list[str]:
    return [f"no. {part + 1}" if isinstance(part, int) else part for part in location]


_PLAIN = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a field of an intake; remove it or correct its name",
    "string_pattern_mismatch": "is not written as it should be; keys have small letters, digits and dashes",
    "string_too_short": "is empty; fill it in",
    "string_too_long": "is too long; shorten it",
    "too_short": "is empty; add at least one",
    "enum": "is not one of the choices; compare it with the examples",
    "literal_error": "is not one of the choices; compare it with the examples",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "bool_parsing": "is neither true nor false",
    "string_type": "is not text; put it into quotes",
    "date_from_datetime_parsing": "is not a date; write it like 2027-03-31",
    "date_type": "is not a date; write it like 2027-03-31",
}


def _plain(kind: str, message: str) -> str:
    """Say what is wrong and what to do; the words of the file itself are never repeated."""
    if kind == "value_error":
        return message.removeprefix("Value error, ").rstrip(".")
    return _PLAIN.get(kind, "has the wrong form; compare it with the examples")


CSV_COLUMNS = (
    "key", "name", "time_zone", "locale", "tax_id", "target_date",
    "contact_name", "contact_email", "contact_phone",
    "city", "state", "postal_code", "provider_npi", "provider_name", "payers",
)  # fmt: skip


def parse_intakes_csv(content: str, *, file: str) -> tuple[list[Intake], list[str]]:
    """Read many practices from CSV, one per line; gives the good ones and a sentence per fault of the others.

    The column `payers` holds `name:claims per month` pairs, separated by semicolons.

    Raises:
        IntakeError: the file has no usable header.
    """
    rows = _rows_of(content, file=file)
    good, faults = list[Intake](), list[str]()
    seen = set[str]()
    try:
        for row in rows:
            place = f"{file} line {rows.line_num}"
            if row.pop(None, None) is not None:  # csv's own key for cells too many
                faults.append(f"{place} has more cells than there are columns; put texts with commas into quotes.")
                continue
            try:
                intake = _validated(_practice_of(row), place=place)
            except IntakeError as error:
                faults.extend(error.sentences)
                continue
            if intake.key in seen:
                faults.append(f"{place}, key: {intake.key} is there more than once; only the first line was taken.")
                continue
            seen.add(intake.key)
            good.append(intake)
    except csv.Error:
        faults.append(f"{file} line {rows.line_num + 1}: the quotes on this line do not match; the rest was not read.")
    return good, faults


def _rows_of(content: str, *, file: str) -> "csv.DictReader[str]":
    rows = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")), strict=True)
    try:
        columns = rows.fieldnames or ()
    except csv.Error:
        raise IntakeError([f"{file} line 1: the quotes on this line do not match; correct them."]) from None
    missing = [column for column in CSV_COLUMNS[:3] if column not in columns]
    unknown = [column for column in columns if column not in CSV_COLUMNS]
    if missing or unknown:
        named = f"has no column {', '.join(missing)}" if missing else f"has unknown columns: {', '.join(unknown)}"
        raise IntakeError([f"{file} {named}; its columns are {', '.join(CSV_COLUMNS)}."])
    return rows


def _practice_of(row: dict[str, str]) -> dict[str, object]:
    filled = {key: value.strip() for key, value in row.items() if value and value.strip()}
    practice: dict[str, object] = {
        key: filled[key] for key in ("key", "name", "time_zone", "locale", "tax_id", "target_date") if key in filled
    }
    contact = {"key": "contact", "is_primary_contact": True, "is_trainee": True}
    contact |= {key: filled[f"contact_{key}"] for key in ("name", "email", "phone") if f"contact_{key}" in filled}
    location = {"key": "main", "name": filled.get("name", "")}
    location |= {key: filled[key] for key in ("city", "state", "postal_code") if key in filled}
    provider = {key: filled[f"provider_{key}"] for key in ("npi", "name") if f"provider_{key}" in filled}
    payers = [_payer_of(pair) for pair in filled.get("payers", "").split(";") if pair.strip()]
    return practice | {"people": [contact], "locations": [location], "providers": [provider], "payers": payers}


def _payer_of(pair: str) -> dict[str, object]:
    name, _, claims = pair.rpartition(":")
    key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return {"key": key, "name": name.strip(), "expected_claims_per_month": claims.strip()}
