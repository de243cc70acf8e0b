"""The standing watch: wakes when something was committed or falls due, and sleeps for nothing else."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

from models.db import database, read
from models.store import messages, timers
from tasks.policy import safe

LONGEST_NAP = timedelta(seconds=30)
SHORTEST_NAP = timedelta(milliseconds=20)
Clock = Callable[[], datetime]


class Watch:
    """Gives a moment each time there may be work, until its window ends or somebody asks it to stop."""

    def __init__(self, *, until: datetime, now: Clock) -> None:
        self._until = until
        self._now = now
        self._changes = database().changes()

    def moments(self) -> Iterator[datetime]:
        """Yield the present moment at once, and then whenever there may be work."""
        moment = self._now()
        while moment < self._until:
            yield moment
            moment = self._now()
            nap = _nap(moment, until=self._until)
            self._changes.wait(max(nap, SHORTEST_NAP).total_seconds())
            if self._changes.is_stopped:
                return
            moment = self._now()

    def stop(self) -> None:
        """End the watch at once; what is being done is finished first."""
        self._changes.stop()

    def close(self) -> None:
        """Let go of the database's change feed."""
        self._changes.__exit__(None, None, None)


@safe
def _nap(moment: datetime, *, until: datetime) -> timedelta:
    """Sleep until the next due timer or message, at most half a minute, never past the window."""
    due = read(lambda session: (timers.next_due(session), messages.next_due(session)))
    wake = min([until, moment + LONGEST_NAP, *(one for one in due if one is not None)])
    return max(wake - moment, timedelta(0))


@contextmanager
def standing_watch(*, minutes: int, now: Clock) -> Iterator[Watch]:
    """Watch for one window; an interrupt or termination ends it between two batches, not within one."""
    watch = Watch(until=now() + timedelta(minutes=minutes), now=now)
    before = _catch(watch)
    try:
        yield watch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        watch.close()


def _catch(watch: Watch) -> dict[signal.Signals, Any]:
    def stop(number: int, frame: FrameType | None) -> None:
        _ = number, frame
        watch.stop()

    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
