"""Days on which a state's law lets nobody be solicited: the federal holidays and the state's own (F-203)."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from models.rules.calendars import SATURDAY, SUNDAY, Calendar, holidays

MONDAY, TUESDAY = 0, 1
GOOD_FRIDAY, MARDI_GRAS = -2, -47
"""Days from Easter Sunday."""

_FIXED: Final = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
"""Federal holidays with a date of their own: such a day is closed, and so is the day on which it is observed."""


def easter(year: int) -> date:
    """Find Easter Sunday of a Gregorian year (the rule of Meeus, Jones and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moved = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - moved + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _from_easter(days: int) -> Callable[[int], date]:
    return lambda year: easter(year) + timedelta(days=days)


def _on(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _nth_in(month: int, weekday: int, nth: int) -> Callable[[int], date]:
    return lambda year: _nth(year, month, weekday, nth)


def _election_day(year: int) -> date:
    return _nth(year, 11, MONDAY, 1) + timedelta(days=1)


_OWN: Final[dict[str, tuple[Callable[[int], date], ...]]] = {
    "AL": (_from_easter(MARDI_GRAS), _nth_in(4, MONDAY, 4), _nth_in(6, MONDAY, 1)),
    "LA": (
        _on(1, 8),
        _from_easter(MARDI_GRAS),
        _from_easter(GOOD_FRIDAY),
        _on(6, 3),
        _on(8, 30),
        _election_day,
        _on(11, 1),
    ),
    "PA": (_from_easter(GOOD_FRIDAY), _on(6, 14), _election_day),
    "RI": (_on(5, 4), _nth_in(8, MONDAY, 2), _election_day),
    "UT": (_on(7, 24),),
}
"""Holidays that a state adds. One that is kept only in a part of it or only in some years counts everywhere always."""


def _with_observed(day: date) -> tuple[date, ...]:
    """Add the Friday or Monday on which a weekend's holiday is kept."""
    moved = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)
    return (day, day + timedelta(days=moved))


@lru_cache(maxsize=1024)
def closed_days(state: str, year: int) -> frozenset[date]:
    """List the legal holidays of a state in a year: the days themselves and the days on which they are observed."""
    own = [kept for make in _OWN.get(state, ()) for kept in _with_observed(make(year))]
    fixed = [date(year, month, day) for month, day in _FIXED]
    return holidays(year, Calendar.GOVERNMENT).union(own, fixed)
