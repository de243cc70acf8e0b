"""Moments during long work, counted from the one moment that was read at its beginning."""

import time
from datetime import datetime, timedelta


class Stopwatch:
    """Gives aware moments (UTC) that grow with a steady clock, whatever happens to the wall clock."""

    def __init__(self, as_of: datetime) -> None:
        self._as_of = as_of
        self._started = time.monotonic()

    def moment(self) -> datetime:
        """Give the present moment."""
        return self._as_of + timedelta(seconds=time.monotonic() - self._started)
