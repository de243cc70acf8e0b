"""Safe keeping: which backups are kept and for how long, and when a key may take the next step of its rotation."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

BACKUP_SUFFIX: Final = ".golive-backup"
_NAMED: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"(\d{8}T\d{6}Z)" + re.escape(BACKUP_SUFFIX))
KNOWN: Final = timedelta(minutes=10)
"""So long a new key is there before it seals: whoever read the keys before it was made has finished by then."""
AT_REST: Final = timedelta(hours=1)
"""So long an older key stays after it sealed last: no task and no transaction that still seals with it lives longer."""


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


def may_seal(begun_at: datetime, *, as_of: datetime) -> bool:
    """Say whether everybody knows a new key by now."""
    return as_of - begun_at >= KNOWN


def may_be_destroyed(switched_at: datetime, *, as_of: datetime) -> bool:
    """Say whether nobody can seal with the older key any more."""
    return as_of - switched_at >= AT_REST


def is_due(made_at: datetime, *, days: int, as_of: datetime) -> bool:
    """Say whether a key has been in use so long that it is rotated by itself; 0 days mean never."""
    return bool(days) and as_of - made_at >= timedelta(days=days)
