"""A VTIMEZONE that says by itself how a zone changes its clocks, for calendars that do not know the zone's name."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

YEARS_BEFORE = 1
YEARS_AFTER = 3
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of the clocks; `onset` is naive local time as shown until then (RFC 5545, 3.6.5)."""

    onset: datetime
    before: timedelta
    after: timedelta
    name: str
    daylight: bool

    @property
    def rule(self) -> tuple[bool, int, int, int]:
        """Say which weekday of the month this is: daylight or not, month, how many-th, weekday."""
        return self.daylight, self.onset.month, (self.onset.day - 1) // 7 + 1, self.onset.weekday()


def zone_component(zone: str, *, year: int) -> Timezone:
    """Describe a zone for events of one year; raises ZoneInfoNotFoundError for an unknown zone."""
    component = Timezone()
    component.add("tzid", zone)
    changes = _changes(zone, year)
    for observance in _yearly(changes) or [_observance(change) for change in changes]:
        component.add_component(observance)
    return component


def _yearly(changes: tuple[_Change, ...]) -> list[TimezoneStandard | TimezoneDaylight]:
    """Give two repeating observances if the years agree on one rule each way, else nothing."""
    first = {change.daylight: change for change in reversed(changes)}
    if len(first) != 2 or {change.rule for change in changes} != {change.rule for change in first.values()}:  # noqa: PLR2004 - summer and winter
        return []
    return [_observance(first[daylight], repeats=True) for daylight in (False, True)]


def _observance(change: _Change, *, repeats: bool = False) -> TimezoneStandard | TimezoneDaylight:
    part = TimezoneDaylight() if change.daylight else TimezoneStandard()
    part.add("dtstart", change.onset)
    part.add("tzoffsetfrom", change.before)
    part.add("tzoffsetto", change.after)
    part.add("tzname", change.name)
    if repeats:
        _, month, nth, weekday = change.rule
        part.add("rrule", vRecur(freq="YEARLY", bymonth=month, byday=f"{nth}{DAYS[weekday]}"))
    return part


@lru_cache(maxsize=256)
def _changes(zone: str, year: int) -> tuple[_Change, ...]:
    """Find the changes of the clocks around a year; a zone without any has one that lies before."""
    known = ZoneInfo(zone)
    day = datetime(year - YEARS_BEFORE, 1, 1, tzinfo=UTC)
    end = datetime(year + YEARS_AFTER, 1, 1, tzinfo=UTC)
    found = []
    while day < end:
        following = day + timedelta(days=1)
        if day.astimezone(known).utcoffset() != following.astimezone(known).utcoffset():
            found.append(_change(known, _moment_of_change(known, day, following)))
        day = following
    return tuple(found) or (_always(known, end - timedelta(days=1)),)


def _moment_of_change(known: ZoneInfo, early: datetime, late: datetime) -> datetime:
    before = early.astimezone(known).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        early, late = (middle, late) if middle.astimezone(known).utcoffset() == before else (early, middle)
    return late.replace(microsecond=0)


def _change(known: ZoneInfo, moment: datetime) -> _Change:
    before = _offset(known, moment - timedelta(seconds=1))
    local = moment.astimezone(known)
    return _Change(
        onset=(moment + before).replace(tzinfo=None),
        before=before,
        after=_offset(known, moment),
        name=local.tzname() or known.key,
        daylight=bool(local.dst()),
    )


def _always(known: ZoneInfo, moment: datetime) -> _Change:
    offset = _offset(known, moment)
    return _Change(datetime(1970, 1, 1), offset, offset, moment.astimezone(known).tzname() or known.key, daylight=False)  # noqa: DTZ001 - an onset is local time without a zone


def _offset(known: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(known).utcoffset() or timedelta()
