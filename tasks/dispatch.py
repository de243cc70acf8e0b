"""The standing watches: they wake when something was committed or falls due, and sleep for nothing else."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

from sqlalchemy.orm import Session

from models.db import database, read
from models.store import appointments, messages, provider_events, pushes, submissions, systems, timers
from models.tables.practice_systems import CursorKind
from tasks.policy import safe

LONGEST_NAP = timedelta(seconds=30)
SHORTEST_NAP = timedelta(milliseconds=20)
RELIEF = timedelta(seconds=30)  # a run stays so long beside the next one, whose process takes seconds to start
EARLY = timedelta(seconds=5)  # a run that starts so little before a window belongs to it
Clock = Callable[[], datetime]
Due = Callable[[Session], list[datetime | None]]


def due_messages(session: Session) -> list[datetime | None]:
    """Say when the next timer and the next message or look-up fall due; what a provider reported is due at once."""
    return [timers.next_due(session), messages.next_due(session), provider_events.next_due(session)]


def due_writes_and_looks(session: Session) -> list[datetime | None]:
    """Say when the next write to a practice system or clearinghouse, and the next look at one, fall due."""
    looks = systems.next_look(session, [CursorKind.CHANGES])
    return [pushes.next_due(session), appointments.next_watched(session), looks, submissions.next_due(session)]


class Watch:
    """Gives a moment each time there may be work, until its window ends or somebody asks it to stop."""

    def __init__(self, *, until: datetime, now: Clock, due: Due) -> None:
        self._until = until
        self._now = now
        self._due = due
        self._changes = database().changes()

    def moments(self) -> Iterator[datetime]:
        """Yield the present moment at once, and then whenever there may be work."""
        moment = self._now()
        while moment < self._until:
            yield moment
            moment = self._now()
            nap = _nap(moment, until=self._until, due=self._due)
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
def _nap(moment: datetime, *, until: datetime, due: Due) -> timedelta:
    """Sleep until the next thing that is due, at most half a minute, never past the window."""
    wake = min([until, moment + LONGEST_NAP, *(one for one in read(due) if one is not None)])
    return max(wake - moment, timedelta(0))


def end_of_watch(moment: datetime, *, minutes: int) -> datetime:
    """Say when a run that starts at a moment (UTC) may leave: once the run of the next window has relieved it.

    Windows count from midnight UTC, as the cron line that starts them does.
    """
    window = timedelta(minutes=minutes)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    begun = (moment + EARLY - midnight) // window
    return midnight + (begun + 1) * window + RELIEF


@contextmanager
def standing_watch(*, minutes: int, now: Clock, due: Due = due_messages) -> Iterator[Watch]:
    """Watch until a window ends; an interrupt or termination ends it between two batches, not within one."""
    watch = Watch(until=end_of_watch(now(), minutes=minutes), now=now, due=due)
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
