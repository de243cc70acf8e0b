"""What the address of a list of appointments asks for: a tab, filters, one number, and a place in the list."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from models.inputs.forms import KEY, NPI
from models.reports.appointments import Asked, Place
from models.rules.appointments import UNDECIDED, Status
from models.rules.calendars import local_moment

WAITING: Final = "waiting"
ALL: Final = "all"
DRIFT: Final = "drift"
MOST_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for; a provider is an NPI, a location a key, a day one of the practice's zone."""

    tab: str
    status: str = ""
    number: int = 0
    provider: str = ""
    location: str = ""
    day: date | None = None
    after: Place | None = None
    before: Place | None = None

    @property
    def is_filtered(self) -> bool:
        """Say whether anything narrows the list down."""
        return bool(self.status or self.number or self.provider or self.location or self.day)

    def asked(self, *, today: datetime, zone: str, is_shown: bool = False) -> Asked:
        """Say which lines that means; the list of all begins with today (UTC) unless something else is said."""
        if self.number:
            return Asked(number=self.number)
        is_drift = self.status == DRIFT
        statuses = frozenset({Status(self.status)}) if self.status and not is_drift else frozenset()
        starts_today = None if is_drift or self.day or self.after or self.before else Place(today)
        is_waiting = self.tab == WAITING
        return Asked(
            UNDECIDED if is_waiting else statuses,
            is_drift,
            provider=self.provider,
            location=self.location,
            span=_span(self.day, zone) if self.day else None,
            is_shown=is_shown and not is_drift,
            after=self.after or (None if is_waiting else starts_today),
            before=self.before,
        )

    def query(self, **changed: str) -> dict[str, str]:
        """Give the parts of the address of the same list with something changed; keys, codes and days only."""
        plain = {
            "tab": "" if self.tab == WAITING else self.tab,
            "status": self.status,
            "provider": self.provider,
            "location": self.location,
            "day": self.day.isoformat() if self.day else "",
        }
        return {name: word for name, word in (plain | changed).items() if word}

    def address(self, **changed: str) -> str:
        """Write the address of the same list with something changed."""
        return "?" + urlencode(self.query(**changed))


def _span(day: date, zone: str) -> tuple[datetime, datetime]:
    return local_moment(day, time.min, zone), local_moment(day + timedelta(days=1), time.min, zone)


def wanted_of(asked: Mapping[str, str]) -> Wanted:
    """Read an address; what is not understood counts as not said."""
    number = asked.get("number", "").strip()
    if number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS:
        return Wanted(ALL, number=int(number))
    tab = ALL if asked.get("tab") == ALL else WAITING
    known = (*Status, DRIFT) if tab == ALL else ()
    return Wanted(
        tab,
        next((str(one) for one in known if one == asked.get("status")), ""),
        provider=_fitting(NPI, asked.get("provider", "")),
        location=_fitting(KEY, asked.get("location", "")),
        day=day_asked(asked.get("day", "")),
        after=_read(asked.get("after", "")),
        before=_read(asked.get("before", "")),
    )


def _fitting(pattern: str, word: str) -> str:
    return word if re.fullmatch(pattern, word) else ""


def day_asked(word: str) -> date | None:
    """Read a day like 2026-12-01; none for anything else, or for one far from any calendar."""
    with suppress(ValueError):
        day = date.fromisoformat(word)
        return day if _FIRST <= day < _LAST else None
    return None


_FIRST: Final = date(1990, 1, 1)
_LAST: Final = date(2200, 1, 1)


def written(place: Place) -> str:
    """Write a place in a list as it stands in an address."""
    return f"{place.starts_at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z_{place.number}"


def _read(word: str) -> Place | None:
    moment, _, number = word.rpartition("_")
    if not (moment.endswith("Z") and number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS):
        return None
    try:
        return Place(datetime.fromisoformat(moment).astimezone(UTC), int(number))
    except (ValueError, OverflowError):
        return None
