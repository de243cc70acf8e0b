"""Safe keeping: which backups are kept, and for how long."""

from collections.abc import Collection
from datetime import datetime


def outlived(made: Collection[datetime], *, daily: int, weekly: int) -> frozenset[datetime]:
    """Say which backups (moments in UTC) may go: all but the newest of each of the last days and weeks that have one.

    Days and weeks without a backup do not count, so that after a long pause the old ones are still there.
    """
    newest_first = sorted(made, reverse=True)
    by_day = {moment.date(): moment for moment in reversed(newest_first)}
    by_week = {moment.isocalendar()[:2]: moment for moment in reversed(newest_first)}
    days = [by_day[day] for day in sorted(by_day, reverse=True)[:daily]]
    weeks = [by_week[week] for week in sorted(by_week, reverse=True)[:weekly]]
    return frozenset(newest_first) - {*days, *weeks, *newest_first[:1]}
