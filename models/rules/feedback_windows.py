"""When a person may be written to: inside the window of every zone in which that person may be (F-203, F-204)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from models.rules.calendars import SUNDAY, local_moment, zone_of
from models.rules.feedback_holidays import closed_days

EVERY_DAY: Final = frozenset(range(7))
EXCEPT_SUNDAY: Final = EVERY_DAY - {SUNDAY}
LONGEST_SEARCH: Final = 30  # days; no window stays closed for longer


@dataclass(frozen=True, slots=True)
class Window:
    """Local times between which messages may go out, on some weekdays (Monday is 0); `closes` itself is too late.

    A state's window holds from `since` until before `until`; `source` says where it is written. On weekdays outside
    `speaks_of` it says nothing; on those outside `weekdays` it is closed.
    """

    opens: time
    closes: time
    weekdays: frozenset[int] = EVERY_DAY
    is_closed_on_holidays: bool = False
    state: str = ""
    since: date = date.min
    until: date = date.max
    source: str = ""
    speaks_of: frozenset[int] = EVERY_DAY

    def holds_on(self, day: date) -> bool:
        """Say whether this window is in force on a day and says something about it."""
        return self.since <= day < self.until and day.weekday() in self.speaks_of

    def is_open_on(self, day: date) -> bool:
        """Say whether messages may go out at some time of a day."""
        is_holiday = self.is_closed_on_holidays and day in closed_days(self.state, day.year)
        return day.weekday() in self.weekdays and not is_holiday


HARD: Final = Window(time(8), time(21), source="47 CFR 64.1200(c)(1)")
"""Nobody is written to outside of it, whatever is configured."""
USUAL: Final = Window(time(9), time(20))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person may be: a zone, and the state of the United States, empty when unknown."""

    zone: str
    state: str = ""


class _Hours(NamedTuple):
    """The open hours of one local day in UTC: from `begins` until before `ends`."""

    begins: datetime
    ends: datetime


class NoCommonWindowError(ValueError):
    """The windows of the places never meet within a month; a person has to decide what to do."""


def next_allowed(
    moment: datetime, places: Collection[Place], *, practice: Window = USUAL, laws: Iterable[Window] = ()
) -> datetime:
    """Give the first moment from `moment` on (UTC) that lies in the windows of every place.

    Windows are local wall time, so both changes of daylight saving time are right. Each step moves to the earliest
    moment that one place allows, so the first moment that all allow is never passed over.

    Raises:
        ValueError: no place is given.
        NoCommonWindowError: the windows never meet within a month.
    """
    if not places:
        message = "at least one place must be known; the practice's own zone is always one"
        raise ValueError(message)
    return _first_allowed(moment.astimezone(UTC), tuple(places), practice, tuple(laws))


@lru_cache(maxsize=4096)
def _first_allowed(moment: datetime, places: tuple[Place, ...], practice: Window, laws: tuple[Window, ...]) -> datetime:
    """Search for the moment; a sweep asks very often about the same places at the same time."""
    held = [(place, (practice, *_laws_at(place, laws))) for place in places]
    allowed = moment
    end = allowed + timedelta(days=LONGEST_SEARCH)
    while allowed <= end:
        later = max(_allowed_at(allowed, place, windows) for place, windows in held)
        if later == allowed:
            return allowed
        allowed = later
    message = "these windows never meet"
    raise NoCommonWindowError(message)


def windows_of(place: Place, day: date, practice: Window, laws: Iterable[Window]) -> tuple[Window, ...]:
    """List the windows that all hold at a place on a day: the hard one, the practice's, and its state's laws."""
    return tuple(one for one in (HARD, practice, *_laws_at(place, laws)) if one.holds_on(day))


def _laws_at(place: Place, laws: Iterable[Window]) -> tuple[Window, ...]:
    """Pick a place's laws before anything is looked up: what is remembered is then found by a short key."""
    return tuple(law for law in laws if law.state == place.state) if place.state else ()


def _allowed_at(moment: datetime, place: Place, windows: tuple[Window, ...]) -> datetime:
    """Give the first moment from `moment` on that one place allows."""
    day = moment.astimezone(zone_of(place.zone)).date()
    for _ in range(LONGEST_SEARCH):
        hours = _hours(place.zone, day, windows)
        if hours is not None and moment < hours.ends:
            return max(moment, hours.begins)
        day += timedelta(days=1)
    message = "this window is never open"
    raise NoCommonWindowError(message)


@lru_cache(maxsize=16384)
def _hours(zone: str, day: date, windows: tuple[Window, ...]) -> _Hours | None:
    """Give the open hours of a local day; None when it is closed."""
    held = [HARD, *(one for one in windows if one.holds_on(day))]
    opens, closes = max(one.opens for one in held), min(one.closes for one in held)
    if opens >= closes or not all(one.is_open_on(day) for one in held):
        return None
    return _Hours(local_moment(day, opens, zone), local_moment(day, closes, zone))
