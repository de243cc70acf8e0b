"""Pairs of records that may be one patient: a list for people to review, which never changes a match (A-103)."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from models.rules.matching import folded

SHORTEST_NAME: Final = 3
"""A name part with fewer letters has no typo: one other letter makes another name (Wu, Xu)."""
GENERATION: Final = 15
"""Two people of one name, born so many years apart, are rather parent and child."""
SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "v", "2nd", "3rd", "4th"})
PHONE_DIGITS: Final = 10


class System(StrEnum):
    """Where a patient has a record."""

    KAREO = "kareo"
    PATIENTPOP = "patientpop"


BOTH: Final = frozenset(System)


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """One patient as the practice knows them; `active_in` leaves out where it is deactivated or archived (A-98)."""

    record: str
    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date | None = field(repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    active_in: frozenset[System] = BOTH


class DuplicateReason(StrEnum):
    """What makes two records look like one patient."""

    AMBIGUOUS_MATCH = "ambiguous_match"
    ONE_TYPO = "one_typo"
    SWAPPED_FIELDS = "swapped_fields"
    SUFFIX_LEFT_OUT = "suffix_left_out"
    DAY_AND_MONTH_SWAPPED = "day_and_month_swapped"
    SAME_PHONE = "same_phone"
    SAME_EMAIL = "same_email"


class DuplicateAction(StrEnum):
    """What a person is advised to do: records cannot be merged (A-73), one of the two can be put aside (A-74)."""

    COMPARE = "compare"
    DEACTIVATE_IN_KAREO = "deactivate_in_kareo"
    ARCHIVE_IN_PATIENTPOP = "archive_in_patientpop"
    KEEP_BOTH = "keep_both"


@dataclass(frozen=True, slots=True)
class Possible:
    """Another record that may be the same patient, why, and what is advised."""

    record: str
    reasons: tuple[DuplicateReason, ...]
    actions: tuple[DuplicateAction, ...]


class _Names(StrEnum):
    EQUAL = "equal"
    SWAPPED = "swapped"
    SUFFIX = "suffix"
    FIRST_TYPO = "first_typo"
    LAST_TYPO = "last_typo"
    OTHER = "other"


class _Births(StrEnum):
    EQUAL = "equal"
    SWAPPED = "swapped"
    TYPO = "typo"
    UNKNOWN = "unknown"
    OTHER = "other"


_ENOUGH_ALONE: Final = frozenset({_Births.EQUAL, _Births.SWAPPED})
_BY_NAMES: Final = {
    _Names.FIRST_TYPO: DuplicateReason.ONE_TYPO,
    _Names.LAST_TYPO: DuplicateReason.ONE_TYPO,
    _Names.SWAPPED: DuplicateReason.SWAPPED_FIELDS,
    _Names.SUFFIX: DuplicateReason.SUFFIX_LEFT_OUT,
}


def possible_duplicates(person: PatientRecord, others: Iterable[PatientRecord]) -> list[Possible]:
    """List which other active records may be this patient's, most reasons first; the 0 / 1 / many is never changed.

    Ask after the match is decided, with the record that the request went under, which is left out. Others worth giving
    have the same date of birth, or `day_and_month_swapped` of it, or the same phone or email (A-74, A-103).
    """
    pairs = (_compare(person, other) for other in others if other.record != person.record)
    found: dict[str, Possible] = {}
    for possible in sorted((pair for pair in pairs if pair), key=_most_reasons_first):
        found.setdefault(possible.record, possible)
    return list(found.values())


def _most_reasons_first(possible: Possible) -> tuple[int, str, tuple[str, ...], tuple[str, ...]]:
    return -len(possible.reasons), possible.record, possible.reasons, possible.actions


def _compare(one: PatientRecord, other: PatientRecord) -> Possible | None:
    """Weigh one pair; the answer is the same from both sides."""
    births, contacts = _compare_births(one.born, other.born), _shared_contacts(one, other)
    if not (one.active_in and other.active_in) or not (births in _ENOUGH_ALONE or contacts):
        return None  # most pairs end here, before any name is folded
    names = _compare_names(one, other)
    if not _deserves_a_look(names, births, has_contact=bool(contacts)):
        return None
    reasons = [_BY_NAMES[names]] if names in _BY_NAMES else []
    if names is _Names.EQUAL and births is _Births.EQUAL:
        reasons.append(DuplicateReason.AMBIGUOUS_MATCH)
    if births is _Births.SWAPPED:
        reasons.append(DuplicateReason.DAY_AND_MONTH_SWAPPED)
    return Possible(other.record, (*reasons, *contacts), _advise(one, other, names, births, is_reached=bool(contacts)))


def _deserves_a_look(names: _Names, births: _Births, *, has_contact: bool) -> bool:
    """Ask for at most one doubt, or for a shared phone or email beside it: families share these, not birthdays."""
    if births is _Births.EQUAL:
        return names is not _Names.OTHER or has_contact
    if names is _Names.EQUAL:
        return births is _Births.SWAPPED or has_contact
    return has_contact and names is not _Names.OTHER and births is not _Births.OTHER


def _advise(
    one: PatientRecord, other: PatientRecord, names: _Names, births: _Births, *, is_reached: bool
) -> tuple[DuplicateAction, ...]:
    """Advise to put one aside only where a contact confirms the pair, and never where it could be kin."""
    if _are_generations(one, other, births):
        return (DuplicateAction.KEEP_BOTH,)
    could_be_kin = names in {_Names.FIRST_TYPO, _Names.SUFFIX, _Names.OTHER}  # twins, father and son
    is_certain_birth = births is _Births.EQUAL or (births is _Births.SWAPPED and names is _Names.EQUAL)
    if could_be_kin or not is_reached or not is_certain_birth:
        return (DuplicateAction.COMPARE,)
    twice_in = one.active_in & other.active_in
    aside = {
        System.KAREO: DuplicateAction.DEACTIVATE_IN_KAREO,
        System.PATIENTPOP: DuplicateAction.ARCHIVE_IN_PATIENTPOP,
    }
    return tuple(aside[system] for system in System if system in twice_in) or (DuplicateAction.COMPARE,)


def _are_generations(one: PatientRecord, other: PatientRecord, births: _Births) -> bool:
    """Say whether suffixes, or years of birth that no typo explains, tell a parent from a child (A-103)."""
    suffixes = {_split_suffix(one.last)[1], _split_suffix(other.last)[1]} - {""}
    if len(suffixes) > 1:
        return True
    if births is not _Births.OTHER or one.born is None or other.born is None:
        return False
    return abs(one.born.year - other.born.year) >= GENERATION


def _compare_names(one: PatientRecord, other: PatientRecord) -> _Names:
    mine, theirs = (folded(one.first), folded(one.last)), (folded(other.first), folded(other.last))
    if not (all(mine) and all(theirs)):
        return _Names.OTHER
    if mine == theirs:
        return _Names.EQUAL
    if mine == theirs[::-1]:
        return _Names.SWAPPED
    if mine[0] == theirs[0]:
        if _is_suffix_left_out(one.last, other.last):
            return _Names.SUFFIX
        return _Names.LAST_TYPO if _is_typo(mine[1], theirs[1]) else _Names.OTHER
    return _Names.FIRST_TYPO if mine[1] == theirs[1] and _is_typo(mine[0], theirs[0]) else _Names.OTHER


def _is_typo(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= SHORTEST_NAME and is_one_edit(one, other)


def _is_suffix_left_out(one: str, other: str) -> bool:
    (mine, my_suffix), (theirs, their_suffix) = _split_suffix(one), _split_suffix(other)
    return mine == theirs and bool(my_suffix) != bool(their_suffix)


def _split_suffix(last: str) -> tuple[str, str]:
    """Split a last name into its folded name and folded suffix, "" where it has none."""
    *words, end = last.split() or [""]
    suffix = folded(end)
    return (folded(" ".join(words)), suffix) if words and suffix in SUFFIXES else (folded(last), "")


def _compare_births(one: date | None, other: date | None) -> _Births:
    if one is None or other is None:
        return _Births.UNKNOWN
    if one == other:
        return _Births.EQUAL
    if day_and_month_swapped(one) == other:
        return _Births.SWAPPED
    return _Births.TYPO if is_one_edit(one.isoformat(), other.isoformat()) else _Births.OTHER


def day_and_month_swapped(born: date) -> date | None:
    """Give the date with day and month exchanged, where that is another date."""
    with suppress(ValueError):
        swapped = born.replace(month=born.day, day=born.month)
        return swapped if swapped != born else None
    return None


def _shared_contacts(one: PatientRecord, other: PatientRecord) -> tuple[DuplicateReason, ...]:
    phone, email = _phone(one.phone), one.email.strip().casefold()
    shared = {
        DuplicateReason.SAME_PHONE: bool(phone) and phone == _phone(other.phone),
        DuplicateReason.SAME_EMAIL: bool(email) and email == other.email.strip().casefold(),
    }
    return tuple(reason for reason, is_so in shared.items() if is_so)


def _phone(text: str) -> str:
    """Reduce a number to its digits without the US country code; "" for what is none, such as 000-000-0000."""
    digits = "".join(filter(str.isdecimal, text)).removeprefix("1")
    return digits if len(digits) >= PHONE_DIGITS and len(set(digits)) > 1 else ""


def is_one_edit(one: str, other: str) -> bool:
    """Say whether one letter added, dropped, replaced or exchanged with the next makes one text the other; linear."""
    short, long = sorted((one, other), key=len)
    at = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    if len(long) > len(short):
        return long[at + 1 :] == short[at:]
    if at == len(short):
        return False
    is_exchanged = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return is_exchanged or short[at + 1 :] == long[at + 1 :]
