"""How often the practice system is asked: often enough for people who wait, rarely enough for its owner."""

from datetime import datetime, time, timedelta
from typing import Final

from models.rules.appointment_facts import Appointment
from models.rules.appointments import UNDECIDED
from models.rules.calendars import local_day, local_moment, zone_of

FRESH: Final = timedelta(hours=2)
"""A request this young is decided soon: it is watched closely."""
WATCH_FRESH: Final = timedelta(seconds=20)
WATCH_LATER: Final = timedelta(seconds=45)
WATCH_LAPSED: Final = timedelta(minutes=30)
CHANGES_BY_DAY: Final = timedelta(minutes=5)
CHANGES_BY_NIGHT: Final = timedelta(minutes=15)
OVERLAP: Final = timedelta(minutes=10)
"""Changes are asked for again from a little before the last ones: clocks and commits there are not ours."""
AHEAD: Final = timedelta(days=1)
"""So far beyond our own clock changes are asked for: a clock there that is ahead of ours must hide nothing."""
STALE_AFTER: Final = timedelta(minutes=45)
"""A practice system not heard of for so long makes offered times doubtful."""
WHOLE_BACK: Final = timedelta(days=7)
WHOLE_AHEAD: Final = timedelta(days=120)
WHOLE_AT: Final = time(2, 30)
OFFICE_HOURS: Final = range(7, 20)
FIRST_REST: Final = timedelta(seconds=30)
LONGEST_REST: Final = timedelta(hours=1)
A_MINUTE: Final = timedelta(minutes=1)
KEPT_FOR_WRITES: Final = 0.25
"""The share of an account's burst that looks leave for writes: people wait for those."""


def next_watch(visit: Appointment, *, as_of: datetime) -> datetime | None:
    """Say when to look at an undecided request in the practice system again; none when there is nothing to await."""
    if not visit.system_id or (visit.status not in UNDECIDED and visit.wanted is None):
        return None
    if visit.starts_at <= as_of:
        return as_of + WATCH_LAPSED if as_of - visit.starts_at < timedelta(days=2) else None
    return as_of + (WATCH_FRESH if as_of - visit.requested_at < FRESH else WATCH_LATER)


def changes_after(zone: str, *, failures: int, as_of: datetime) -> datetime:
    """Say when to ask for changes next: by the practice's office hours, less and less often after failures."""
    pace = CHANGES_BY_DAY if as_of.astimezone(zone_of(zone)).hour in OFFICE_HOURS else CHANGES_BY_NIGHT
    slower: int = 1 << min(failures, 4)
    return as_of + min(pace * slower, LONGEST_REST)


def burst_of(calls_per_minute: int) -> int:
    """Say how many calls may be made at once: a third, so that with what comes back no minute exceeds the budget."""
    return max(1, calls_per_minute // 3)


def refilled(tokens: int, counted_at: datetime, *, calls_per_minute: int, as_of: datetime) -> tuple[int, datetime]:
    """Give back what may be called again: whole calls and the moment up to which they are counted."""
    burst = burst_of(calls_per_minute)
    for_one = A_MINUTE / max(1, calls_per_minute - burst)
    gained = max(0, (as_of - counted_at) // for_one)
    if tokens + gained >= burst:
        return burst, max(as_of, counted_at)
    return tokens + gained, counted_at + gained * for_one


def cursor_after(before: datetime | None, *, asked_since: datetime, server_time: datetime) -> datetime:
    """Say how far changes are known, by the server's clock; one that says no time leaves the cursor where it was.

    It may go back: a clock there that was ahead for a while must not hide what comes after.
    """
    return before if before is not None and server_time == asked_since else server_time


def rest_after(before: timedelta) -> timedelta:
    """Double the rest of an account each time that it is throttled."""
    return min(max(before * 2, FIRST_REST), LONGEST_REST)


def is_stale(succeeded_at: datetime | None, *, as_of: datetime) -> bool:
    """Say whether a practice system was not heard of for too long to trust what the widget offers."""
    return succeeded_at is None or as_of - succeeded_at > STALE_AFTER


def whole_after(zone: str, *, as_of: datetime) -> datetime:
    """Say when the whole window is compared next: in the night after, by the practice's clock."""
    tomorrow = local_day(as_of, zone) + timedelta(days=1)
    return local_moment(tomorrow, WHOLE_AT, zone)
