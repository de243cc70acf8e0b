"""Kareo's words and ours, both ways: statuses, times, days, sexes, phone numbers; the only place that maps them.

Kareo spells the same fact in two ways. Single records use XML types: moments in UTC, and the enumeration's word for a
status. Lists use texts: local times of the offset that the question named, and other words (`Check-in`).
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from models.inputs.practice_system import VisitType
from models.rules.appointments import Sex, Status

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What a record that was never modified says of its last change."""
UNREADABLE_STATUS: Final = Status.CONFIRMED
"""For words that nobody has told us of: the time stays busy, and the word is kept for a person to see."""
TELEHEALTH_LINE: Final = "Visit type: Telehealth"
"""Kareo's interface has no field for A-38's appointment type, so the first line of the notes says it."""

STATUSES: Final[Mapping[str, Status]] = {
    "Tentative": Status.TENTATIVE,
    "Scheduled": Status.CONFIRMED,
    "ReminderSent": Status.CONFIRMED,
    "Confirmed": Status.CONFIRMED,
    "Rescheduled": Status.RESCHEDULED,
    "NeedsReschedule": Status.RESCHEDULED,
    "CheckedIn": Status.CHECKED_IN,
    "Roomed": Status.CHECKED_IN,
    "ReadyToBeSeen": Status.CHECKED_IN,
    "CheckedOut": Status.CHECKED_OUT,
    "NoShow": Status.NO_SHOW,
    "Cancelled": Status.CANCELLED,
    "Unknown": UNREADABLE_STATUS,
}
"""The words of single records; the first of each status is the one that we write."""
IN_LISTS: Final[Mapping[str, str]] = {"Check-in": "CheckedIn", "Check-out": "CheckedOut", "No-show": "NoShow"}
"""What lists say instead."""

_WRITTEN_AS: Final = {Status.LAPSED: Status.TENTATIVE, Status.DECLINED: Status.CANCELLED}
_GENDERS: Final = {Sex.FEMALE: "Female", Sex.MALE: "Male", Sex.UNKNOWN: "Unknown"}
_SEXES: Final = {"f": Sex.FEMALE, "female": Sex.FEMALE, "m": Sex.MALE, "male": Sex.MALE}
_LIST_TIME: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([AP])M)?)?", re.IGNORECASE
)
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_COUNTRY: Final = "1"
_NATIONAL_DIGITS: Final = 10
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EXTENSION: Final = re.compile(r"(?:x|ext).*", re.IGNORECASE | re.DOTALL)


def _folded(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalpha())


_SPELLINGS: Final = {_folded(word): word for word in STATUSES} | {
    _folded(listed): word for listed, word in IN_LISTS.items()
}


def status_of(word: str | None) -> Status:
    """Give our status for a word of a list or of a single record; unknown words keep the time busy."""
    return STATUSES.get(_SPELLINGS.get(_folded(word or ""), ""), UNREADABLE_STATUS)


def word_for(status: Status, *known: str | None) -> str:
    """Give the word to write: the first known one that means this status, so that none is made coarser.

    Raises:
        ValueError: the status is "deleted", which is not written but done.
    """
    wanted = _WRITTEN_AS.get(status, status)
    spelled = (_SPELLINGS.get(_folded(word or "")) for word in known)
    kept = next((word for word in spelled if word and STATUSES[word] is wanted), "")
    if not kept:
        kept = next((word for word, meant in STATUSES.items() if meant is wanted), "")
    if not kept:
        message = f"Kareo has no status for {status}: delete the appointment instead"
        raise ValueError(message)
    return kept


def offset_at(moment: datetime, zone: str) -> timezone:
    """Give the fixed offset from GMT that a zone has at a moment."""
    return timezone(moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0))


def offset_words(offset: timezone) -> str:
    """Say an offset as lists are asked with it: hours, `-5` or `5.5`."""
    return f"{offset.utcoffset(None) / timedelta(hours=1):g}"


def list_time(moment: datetime, offset: timezone) -> str:
    """Say a moment as lists do: `1/24/2020 10:00:00 PM`, local to the offset."""
    local = moment.astimezone(offset)
    half = "AM" if local.hour < 12 else "PM"  # noqa: PLR2004 - noon
    return f"{list_day(local.date())} {local.hour % 12 or 12}:{local:%M:%S} {half}"


def list_day(day: date) -> str:
    """Say a day as lists do: `1/24/2020`."""
    return f"{day.month}/{day.day}/{day.year:04d}"


def whole_days(start: datetime, end: datetime, zone: str) -> dict[str, str]:
    """Say a window as the whole days around it, since nobody says whether a list's filter heeds the hour."""
    offset = offset_at(start, zone)
    midnights = (start.astimezone(offset).date(), end.astimezone(offset).date() + timedelta(days=1))
    first, last = (f"{list_day(day)} 12:00:00 AM" for day in midnights)
    return {"StartDate": first, "EndDate": last}


def moment_in_list(text: str | None, offset: timezone) -> datetime | None:
    """Read a list's local time as a moment (UTC); none for an empty or unreadable one."""
    words = (text or "").strip()
    found = _LIST_TIME.fullmatch(words)
    try:
        local = _local(found) if found else datetime.fromisoformat(words)
    except ValueError:
        return None
    return (local if local.tzinfo else local.replace(tzinfo=offset)).astimezone(UTC)


def day_in_list(text: str | None) -> date | None:
    """Read a day of a list, whatever time is written beside it; none for an empty or unreadable one."""
    words = (text or "").strip()
    found = _LIST_TIME.fullmatch(words)
    try:
        return _local(found).date() if found else datetime.fromisoformat(words).date()
    except ValueError:
        return None


def _local(found: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    half = (found[7] or "").upper()
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - noon
        raise ValueError
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    return datetime.combine(date(year, month, day), time(hour, minute, second))


def moment_in_record(value: datetime | None) -> datetime | None:
    """Read a single record's moment (UTC); one without an offset is UTC too."""
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def record_moment(moment: datetime) -> str:
    """Say a moment as single records do: `2020-01-24T22:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def record_day(day: date) -> str:
    """Say a date of birth: midnight without an offset, which no server moves to the day before."""
    return f"{day.isoformat()}T00:00:00"


def sex_of(word: str | None) -> Sex:
    """Read a sex, spelled out or as one letter."""
    return _SEXES.get((word or "").strip().casefold(), Sex.UNKNOWN)


def gender_for(sex: Sex) -> str:
    """Say a sex as Kareo does."""
    return _GENDERS[sex]


def phone_of(shown: str | None) -> str:
    """Read a number as Kareo shows it, `(202) 555-0143` or otherwise, as E.164; empty when it is none."""
    words = _EXTENSION.sub("", (shown or "").strip())
    digits = "".join(letter for letter in words if letter.isdecimal() and letter.isascii())
    if words.startswith("+"):
        number = f"+{digits}"
    elif len(digits) == _NATIONAL_DIGITS:
        number = f"+{_COUNTRY}{digits}"
    else:
        number = f"+{digits}" if len(digits) == _NATIONAL_DIGITS + 1 and digits.startswith(_COUNTRY) else ""
    return number if _E164.fullmatch(number) else ""


def phone_for(number: str) -> str:
    """Say an E.164 number as Kareo keeps it: ten digits for the United States, else as it is."""
    prefix = f"+{_COUNTRY}"
    return number.removeprefix(prefix) if len(number) == len(prefix) + _NATIONAL_DIGITS else number


def sendable(text: str) -> str:
    """Leave out what XML cannot carry: control characters, and halves of characters."""
    return _NOT_XML.sub("", text)


def notes_for(notes: str, visit: VisitType) -> str:
    """Say the notes, with the line that tells a telehealth visit first."""
    plain = visit_in(notes)[1]
    if visit is VisitType.OFFICE:
        return plain
    return f"{TELEHEALTH_LINE}\n{plain}" if plain else TELEHEALTH_LINE


def visit_in(notes: str | None) -> tuple[VisitType, str]:
    """Read the type of visit out of the notes, and give the notes without it."""
    first, _, rest = (notes or "").partition("\n")
    if first.strip().casefold() == TELEHEALTH_LINE.casefold():
        return VisitType.TELEHEALTH, rest.lstrip("\r\n")
    return VisitType.OFFICE, notes or ""
