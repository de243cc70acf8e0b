"""Whether a request belongs to a patient whom the practice knows: folded names and the full date of birth decide."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

OLDEST_AGE: Final = 130
"""Nobody was born longer ago, in years (A-99)."""
APOSTROPHES: Final = dict.fromkeys(map(ord, "ʹʺʻʼʽʾʿꞋꞌ"))
"""Signs that Unicode calls letters and people type for an apostrophe, as in Hawaiian names; they go like one."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody says to be; a suffix such as Jr belongs to the last name (A-69, A-103)."""

    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date = field(repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that the practice system found by date of birth."""

    record: str
    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date | None = field(repr=False)
    is_active: bool = True


class MatchOutcome(StrEnum):
    """How many active records are the patient's: none, one or more (A-70 to A-72)."""

    NEW = "new"
    EXISTING = "existing"
    AMBIGUOUS = "ambiguous"

    @property
    def makes_a_record(self) -> bool:
        """Say whether a new record is made in both systems (A-70, A-72)."""
        return self is not MatchOutcome.EXISTING


@dataclass(frozen=True, slots=True)
class Match:
    """The decision: the record only when there is exactly one, and how many active records are equal."""

    outcome: MatchOutcome
    record: str | None
    candidates: int


class RequestFault(StrEnum):
    """Why the widget refuses a request (A-99)."""

    FIRST_NAME_EMPTY = "first_name_empty"
    LAST_NAME_EMPTY = "last_name_empty"
    BORN_IN_THE_FUTURE = "born_in_the_future"
    BORN_TOO_LONG_AGO = "born_too_long_ago"
    SLOT_IN_THE_PAST = "slot_in_the_past"


def folded(text: str) -> str:
    """Fold a name: NFKD, apostrophes and marks dropped, case folded, only letters and digits kept (A-103).

    Letters that NFKD does not take apart stay themselves (ø, ł, đ, æ, œ, þ, the Turkish dotless i), so Łukasz is not
    Lukasz; ß becomes ss. Chinese, Japanese, Korean, Arabic, Cyrillic and other letters stay, and lose their marks as
    Latin ones do: Cyrillic й becomes и, Japanese が becomes か, and vowel signs of Indic scripts go.
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text)).lower()
    apart = unicodedata.normalize("NFKD", text).translate(APOSTROPHES)
    return "".join(filter(str.isalnum, apart)).casefold()


def match_key(identity: Identity) -> str:
    """Give the text behind a blind index, `first|last|YYYY-MM-DD` folded; "" when a name folds to nothing (A-69).

    "" means that the patient matches nobody: store no index for it and look nobody up.
    """
    return _key(identity.first, identity.last, identity.born)


def _key(first: str, last: str, born: date | None) -> str:
    first, last = folded(first), folded(last)
    return f"{first}|{last}|{born.isoformat()}" if first and last and born else ""


def match(identity: Identity, candidates: Iterable[Candidate]) -> Match:
    """Decide by the number of active records with the same key alone (A-69 to A-72, A-98).

    Order and repetition do not count; a record that is given twice counts when one copy is active and equal.
    """
    key = match_key(identity)
    equal = {
        one.record
        for one in candidates
        if key and one.is_active and one.born == identity.born and _key(one.first, one.last, one.born) == key
    }
    match len(equal):
        case 0:
            return Match(MatchOutcome.NEW, None, 0)
        case 1:
            return Match(MatchOutcome.EXISTING, equal.pop(), 1)
        case count:
            return Match(MatchOutcome.AMBIGUOUS, None, count)


def says_new_but_matches(found: Match, *, says_new: bool) -> bool:
    """Say whether the reviewer sees the note that a "new patient" is known; the match wins (A-97)."""
    return says_new and found.outcome is MatchOutcome.EXISTING


def refusals(
    first: str, last: str, born: date, starts_at: datetime, *, today: date, as_of: datetime
) -> tuple[RequestFault, ...]:
    """List why a request is refused, nothing when it is fine (A-99).

    `today` is the practice's local day, against which the date of birth is held; a slot that starts at `as_of` is past.
    """
    faults = {
        RequestFault.FIRST_NAME_EMPTY: not folded(first),
        RequestFault.LAST_NAME_EMPTY: not folded(last),
        RequestFault.BORN_IN_THE_FUTURE: born > today,
        RequestFault.BORN_TOO_LONG_AGO: _years_on(born, OLDEST_AGE) < (today.year, today.month, today.day),
        RequestFault.SLOT_IN_THE_PAST: starts_at <= as_of,
    }
    return tuple(fault for fault, is_so in faults.items() if is_so)


def _years_on(day: date, years: int) -> tuple[int, int, int]:
    """Give the same day so many years later, as numbers: 29 February need not exist then."""
    return day.year + years, day.month, day.day
