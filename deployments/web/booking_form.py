"""What travels with a visitor from page to page: in the bodies of forms, never in addresses, cookies or our records."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from models.store.booking import Choice

FORM_TYPE: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 60
LONGEST_VALUE: Final = 4000
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_SLOT: Final = re.compile(r"(\d{1,16})\.(\d{1,16})\.(\d{8}T\d{4}Z)")
_SLOT_TIME: Final = "%Y%m%dT%H%MZ"
_YEAR_DIGITS: Final = 4

FILTERS: Final = ("reason", "location", "provider", "virtual")
WHO: Final = ("first", "last", "email", "phone", "born_month", "born_day", "born_year", "sex")
AGREED: Final = ("accepts_terms", "terms_version", "allows_texts")
COVER: Final = ("insurance", "plan", "member_id", "group_id", "notes", "referral")
KNOWN: Final = (*FILTERS, "lang", "token", "slot", "says_new", *WHO, *AGREED, *COVER)


class UnreadableFormError(ValueError):
    """A body that none of our forms sends."""


class Filters(NamedTuple):
    """What a visitor looks for (A-16, A-18)."""

    reason: str = ""
    location: int | None = None
    provider: int | None = None
    is_virtual: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """The values of one form, by name; what is not there is empty."""

    values: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def token(self) -> str:
        """The visitor's secret: what holds the time."""
        return self["token"]

    @property
    def says_new(self) -> bool:
        """Whether "I'm a new patient" is ticked."""
        return self["says_new"] == "1"

    @property
    def filters(self) -> Filters:
        """What is looked for."""
        return Filters(self["reason"], _number(self["location"]), _number(self["provider"]), self["virtual"] == "1")

    @property
    def choice(self) -> Choice | None:
        """The time that was clicked on; none when there is none, or none that can be read."""
        found = _SLOT.fullmatch(self["slot"])
        if found is None:
            return None
        try:
            starts_at = datetime.strptime(found[3], _SLOT_TIME).replace(tzinfo=UTC)
        except ValueError:
            return None
        return Choice(int(found[1]), int(found[2]), starts_at, self["reason"], self["virtual"] == "1")

    @property
    def has_words(self) -> bool:
        """Say whether a person has typed anything yet."""
        return any(self[name] for name in (*WHO, "accepts_terms", *COVER))

    def but(self, **changed: str) -> "Typed":
        """Give the same values with some changed."""
        return Typed({**self.values, **changed})

    def carried(self, shown: Iterable[str]) -> list[tuple[str, str]]:
        """List what must travel on beside the fields that a page shows itself."""
        apart = set(shown)
        return [(name, self[name]) for name in KNOWN if self[name] and name not in apart]


def new_token() -> str:
    """Make a visitor's secret of 128 bits."""
    return secrets.token_urlsafe(16)


def slot_word(provider: int, location: int, starts_at: datetime) -> str:
    """Write a time as the value of its button."""
    return f"{provider}.{location}.{starts_at.astimezone(UTC):{_SLOT_TIME}}"


def read_form(body: bytes, kind: str, *, longest: int = LONGEST_VALUE) -> Mapping[str, str]:
    """Read the body of a form whose values have at most `longest` signs.

    Raises:
        UnreadableFormError: it is none of ours.
    """
    if kind.partition(";")[0].strip().lower() != FORM_TYPE:
        raise UnreadableFormError
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS, encoding="utf-8"
        )
    except ValueError:
        pairs = None
    if pairs is None or any(len(value) > longest for _, value in pairs):
        raise UnreadableFormError
    return dict(pairs)


def typed_of(values: Mapping[str, str]) -> Typed:
    """Keep the known fields of a form.

    Raises:
        UnreadableFormError: the visitor's secret is not one of ours.
    """
    if not TOKEN.fullmatch(values.get("token", "")):
        raise UnreadableFormError
    return Typed({name: values[name].strip() for name in KNOWN if values.get(name, "").strip()})


def asked_of(query: Mapping[str, str]) -> Typed:
    """Begin a visit from the filters in an address; "I'm a new patient" is ticked unless said otherwise (A-15)."""
    said = {name: query.get(name, "") for name in FILTERS}
    return Typed({**said, "says_new": "" if query.get("existing") == "1" else "1", "token": new_token()})


def address_of(practice: str, typed: Typed, *, week: str = "", **changed: str) -> str:
    """Give the address of the times that are looked for: filters only, nothing about a person."""
    asked = {name: typed[name] for name in (*FILTERS, "lang")} | {"week": week} | changed
    said = {name: value for name, value in asked.items() if value}
    if not typed.says_new:
        said["existing"] = "1"
    return f"/book/{practice}" + (f"?{urlencode(said)}" if said else "")


def week_of(word: str) -> date | None:
    """Read the week that is asked for; none for the first one with times."""
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


def submission_form(typed: Typed, locale: str) -> dict[str, object]:
    """Put together what a patient submits, to be read field by field."""
    choice = typed.choice
    told: dict[str, object] = {name: typed[name] for name in ("first", "last", "email", "phone", "sex", *COVER)}
    if choice is not None:
        told |= {"provider": choice.provider, "location": choice.location, "starts_at": choice.starts_at}
    return told | {
        "reason": typed["reason"],
        "is_virtual": typed["virtual"] == "1",
        "says_new": typed.says_new,
        "born": _born(typed),
        "accepts_terms": typed["accepts_terms"] == "1",
        "terms_version": typed["terms_version"],
        "allows_texts": typed["allows_texts"] == "1",
        "locale": locale,
    }


def _born(typed: Typed) -> str:
    """Write the three parts as one date; a part that is missing makes it unreadable, all three make it empty."""
    month, day, year = (typed[name] for name in ("born_month", "born_day", "born_year"))
    if not (month or day or year):
        return ""
    return f"{year}-{month:0>2}-{day:0>2}" if len(year) == _YEAR_DIGITS else "?"


def _number(word: str) -> int | None:
    return int(word) if re.fullmatch(r"[0-9]{1,16}", word) else None
