"""People who take work as it comes: when each piece begins and ends, in office hours, and how long it waited."""

import heapq
from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import ceil
from typing import Final, NamedTuple

from models.rules.calendars import Calendar, is_business_day, local_moment, zone_of

ZONE: Final = "America/New_York"
OPENS: Final = 9
OFFICE: Final = 8 * 60
"""Minutes from nine to five."""


@lru_cache(maxsize=8)
def _days(since: date, count: int) -> list[date]:
    """List the business days of our offices."""
    days = (since + timedelta(days=number) for number in range(count))
    return [day for day in days if is_business_day(day, Calendar.GOVERNMENT)]


class Taken(NamedTuple):
    """A piece of work that somebody took: minutes of office hours that it waited, and when it ends (UTC)."""

    waited: float
    ends_at: datetime


class Desk:
    """Some people with one pile of work, the oldest first; a desk without people never lets anything wait.

    `people` may be a part of somebody: then each gives as much less of the day.
    """

    def __init__(self, people: float | None, *, hours_a_day: float, begins_on: date, days: int) -> None:
        self.people = people
        self._days = _days(begins_on, days + 365)
        heads = max(ceil(people), 1) if people else 0
        self._pace = OFFICE / (hours_a_day * 60) * (heads / people if people else 1)
        self._free = [0.0] * heads

    def take(self, minutes: int, *, as_of: datetime) -> Taken:
        """Let somebody take a piece of work that is there from a moment on."""
        wanted = self._clock(as_of)
        lasts = minutes * self._pace
        if not self._free:
            return Taken(0.0, self._moment(wanted + lasts))
        begins = max(self._free[0], wanted)
        heapq.heapreplace(self._free, begins + lasts)
        return Taken(begins - wanted, self._moment(begins + lasts))

    def occupy(self, minutes: int, *, as_of: datetime) -> None:
        """Take somebody's time for a call that has its own date: what is on the pile waits for so much longer."""
        if self._free:
            begins = max(self._free[0], self._clock(as_of))
            heapq.heapreplace(self._free, begins + minutes * self._pace)

    def _clock(self, moment: datetime) -> float:
        """Count the minutes of office hours up to a moment."""
        local = moment.astimezone(zone_of(ZONE))
        place = bisect_left(self._days, local.date())
        if place == len(self._days) or self._days[place] != local.date():
            return float(place * OFFICE)
        minute = local.hour * 60 + local.minute - OPENS * 60
        return float(place * OFFICE + min(max(minute, 0), OFFICE))

    def _moment(self, clock: float) -> datetime:
        place, minute = divmod(int(clock), OFFICE)
        day = self._days[min(place, len(self._days) - 1)]
        return local_moment(day, time(OPENS + minute // 60, minute % 60), ZONE)
