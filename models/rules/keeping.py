"""Safe keeping: which backups are kept, and for how long."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

BACKUP_SUFFIX: Final = ".golive-backup"
_NAMED: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"(\d{8}T\d{6}Z)" + re.escape(BACKUP_SUFFIX))


def backup_name(made_at: datetime) -> str:
    """Give the name of the backup that was made at a moment."""
    return f"{made_at.astimezone(UTC):{_NAMED}}{BACKUP_SUFFIX}"


def backup_made_at(name: str) -> datetime | None:
    """Read from the name of a file when the backup was made (UTC); None where it is no backup's."""
    found = _NAME.fullmatch(name)
    return datetime.strptime(found[1], _NAMED).replace(tzinfo=UTC) if found else None


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
