"""Periods of Insights and of reports: local months and weeks of a practice, as moments in UTC."""

from datetime import date, datetime, time, timedelta
from typing import Final

from models.reports.insight_counts import Span
from models.rules.calendars import local_day, local_moment

MONTHS: Final = 12
_MIDNIGHT: Final = time(0)


def last_months(as_of: datetime, *, zone: str, count: int = MONTHS) -> tuple[Span, tuple[date, ...]]:
    """Give the last months up to and with the present one, and the first day of each; months are local ones."""
    today = local_day(as_of, zone)
    firsts = tuple(_months_before(today.replace(day=1), back) for back in reversed(range(count)))
    return Span(tuple(local_moment(day, _MIDNIGHT, zone) for day in firsts), as_of), firsts


def last_days(as_of: datetime, *, zone: str, count: int) -> tuple[Span, tuple[date, ...]]:
    """Give the last local days up to and with the present one, in parts by month; the first part may be a rest."""
    today = local_day(as_of, zone)
    first = today - timedelta(days=count - 1)
    firsts, month = [first], _months_before(first.replace(day=1), -1)
    while month <= today:
        firsts.append(month)
        month = _months_before(month, -1)
    return Span(tuple(local_moment(day, _MIDNIGHT, zone) for day in firsts), as_of), tuple(firsts)


def month_before(as_of: datetime, *, zone: str) -> tuple[Span, date]:
    """Give the whole local month before the present one, and its first day."""
    this = local_day(as_of, zone).replace(day=1)
    first = _months_before(this, 1)
    return month_of(first, zone=zone), first


def month_of(first: date, *, zone: str) -> Span:
    """Give the local month that begins on a day."""
    return Span((local_moment(first, _MIDNIGHT, zone),), local_moment(_months_before(first, -1), _MIDNIGHT, zone))


def week_before(as_of: datetime, *, zone: str) -> date:
    """Give the Monday of the whole local week before the present one."""
    today = local_day(as_of, zone)
    return today - timedelta(days=today.weekday() + 7)


def week_of(monday: date, *, zone: str) -> Span:
    """Give the local week that begins on a Monday."""
    return Span((local_moment(monday, _MIDNIGHT, zone),), local_moment(monday + timedelta(days=7), _MIDNIGHT, zone))


def _months_before(first: date, count: int) -> date:
    number = first.year * 12 + first.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
