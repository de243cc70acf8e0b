"""Business days and local moments: two calendars, every year, every zone."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

SATURDAY = 5
SUNDAY = 6
JUNETEENTH_SINCE = 2021
START_OF_BUSINESS = time(9)
END_OF_BUSINESS = time(17)


class Calendar(StrEnum):
    """Which holidays count: the government's (payers, practices) or the Federal Reserve's (money) (E-29)."""

    GOVERNMENT = "government"
    RESERVE = "reserve"


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _legal_holidays(year: int) -> tuple[date, ...]:
    """Name the days of 5 U.S.C. 6103(a), before observance is applied."""
    return (
        date(year, 1, 1),
        _nth_weekday(year, 1, 0, 3),
        _nth_weekday(year, 2, 0, 3),
        _last_monday_of_may(year),
        *((date(year, 6, 19),) if year >= JUNETEENTH_SINCE else ()),
        date(year, 7, 4),
        _nth_weekday(year, 9, 0, 1),
        _nth_weekday(year, 10, 0, 2),
        date(year, 11, 11),
        _nth_weekday(year, 11, 3, 4),
        date(year, 12, 25),
    )


def _observed(day: date, calendar: Calendar) -> date | None:
    """Move a weekend holiday; the Federal Reserve stays open on the Friday before a Saturday one."""
    if day.weekday() == SUNDAY:
        return day + timedelta(days=1)
    if day.weekday() == SATURDAY:
        return day - timedelta(days=1) if calendar is Calendar.GOVERNMENT else None
    return day


@lru_cache(maxsize=256)
def holidays(year: int, calendar: Calendar) -> frozenset[date]:
    """List the observed holidays that fall into a year, the next New Year's Friday included."""
    legal = (*_legal_holidays(year), date(year + 1, 1, 1))
    observed = (_observed(day, calendar) for day in legal)
    return frozenset(day for day in observed if day is not None and day.year == year)


@lru_cache(maxsize=8192)
def is_business_day(day: date, calendar: Calendar) -> bool:
    """Say whether offices of this calendar are open on a day."""
    return day.weekday() < SATURDAY and day not in holidays(day.year, calendar)


@lru_cache(maxsize=8192)
def add_business_days(day: date, count: int, calendar: Calendar) -> date:
    """Count business days forward from a day that itself does not count; zero rolls a closed day forward."""
    while not count and not is_business_day(day, calendar):
        day += timedelta(days=1)
    while count > 0:
        day += timedelta(days=1)
        count -= is_business_day(day, calendar)
    return day


def subtract_business_days(day: date, count: int, calendar: Calendar) -> date:
    """Give the latest day with so many business days after it, up to and including `day`."""
    while count > 0:
        count -= is_business_day(day, calendar)
        day -= timedelta(days=1)
    return day


def business_days_between(start: date, end: date, calendar: Calendar) -> int:
    """Count the business days after `start` up to and including `end`."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_business_day(day, calendar) for day in days)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Load a zone once; raises ZoneInfoNotFoundError for an unknown name."""
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def local_moment(day: date, at: time, zone: str) -> datetime:
    """Turn a local wall time into UTC: a skipped time moves forward, a repeated one is the earlier."""
    return datetime.combine(day, at, tzinfo=zone_of(zone)).astimezone(UTC)


@lru_cache(maxsize=8192)
def local_day(moment: datetime, zone: str) -> date:
    """Name the calendar day that a moment is in a zone."""
    return moment.astimezone(zone_of(zone)).date()


@lru_cache(maxsize=8192)
def business_deadline(since: datetime, days: int, *, zone: str, calendar: Calendar) -> datetime:
    """Give the end of business, in UTC, of the nth business day after a moment (O-43)."""
    return local_moment(add_business_days(local_day(since, zone), days, calendar), END_OF_BUSINESS, zone)


@lru_cache(maxsize=8192)
def business_morning(since: datetime, days: int, *, zone: str, calendar: Calendar) -> datetime:
    """Give the start of business, in UTC, of the nth business day after a moment (O-44)."""
    return local_moment(add_business_days(local_day(since, zone), days, calendar), START_OF_BUSINESS, zone)


@lru_cache(maxsize=8192)
def office_moment(moment: datetime, *, zone: str, calendar: Calendar) -> datetime:
    """Give the moment itself in business hours, else the next start of business, in UTC."""
    local = moment.astimezone(zone_of(zone))
    is_evening = local.time() >= END_OF_BUSINESS
    day = add_business_days(local.date(), 1 if is_evening else 0, calendar)
    return max(moment, local_moment(day, START_OF_BUSINESS, zone))
