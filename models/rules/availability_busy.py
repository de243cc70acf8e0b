"""What busy times take away from a calendar: appointments, requests and holds, with buffers around them (A-59)."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime

from models.rules.availability_clock import MINUTE, minute_from, minute_of
from models.rules.availability_facts import CalendarSettings, Times


def taken(settings: CalendarSettings, busy: Iterable[Times], length: int) -> list[tuple[int, int]]:
    """List, sorted, from which minute of UTC until before which one no slot of so many minutes may start.

    A slot needs its buffers free of busy time, not open. Empty busy times take nothing.
    """
    ahead = settings.buffer_after + length - 1
    behind = settings.buffer_before
    return sorted((minute_of(start) - ahead, minute_from(end) + behind) for start, end in busy if start < end)


def free_starts(starts: list[int], spans: Iterable[tuple[int, int]]) -> list[int]:
    """Give the sorted starts that lie in none of the sorted spans."""
    free, place = list[int](), 0
    for low, high in spans:
        free += starts[place : bisect_left(starts, low, place)]
        place = bisect_left(starts, high, place)
    return free + starts[place:]


def collisions(
    settings: CalendarSettings, busy: Iterable[Times], starts_at: datetime, ends_at: datetime
) -> Iterator[Times]:
    """Give the busy times that a slot would meet, its buffers included, as they come."""
    low, high = starts_at - settings.buffer_before * MINUTE, ends_at + settings.buffer_after * MINUTE
    return ((start, end) for start, end in busy if start < high and end > low and start < end)
