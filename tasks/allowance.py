"""Calls to practice systems within the budget of their account: none is made that the budget does not allow."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from models.db import transaction
from models.rules.system_pace import KEPT_FOR_WRITES
from models.store import systems
from tasks.connectors.ports import Unavailable
from tasks.stopwatch import Stopwatch

SPENT: Final = "budget"
LONGEST_WAIT: Final = timedelta(minutes=10)
PAUSE_SECONDS: Final = 1.0


def for_writes(practice_id: int, watch: Stopwatch) -> Callable[[], None]:
    """Allow a call while the budget lasts; people wait for what is written."""
    return lambda: _spend(practice_id, watch.moment(), keep=0)


def for_looks(practice_id: int, watch: Stopwatch) -> Callable[[], None]:
    """Allow a call while the budget holds more than what is kept for writes."""
    return lambda: _spend(practice_id, watch.moment(), keep=KEPT_FOR_WRITES)


def for_slow_work(practice_id: int, watch: Stopwatch) -> Callable[[], None]:
    """Wait with a call until the budget holds more than what is kept for writes, ten minutes at most."""

    def allow() -> None:
        latest = watch.moment() + LONGEST_WAIT
        while True:
            try:
                _spend(practice_id, watch.moment(), keep=KEPT_FOR_WRITES)
            except Unavailable:
                if watch.moment() > latest:
                    raise
            else:
                return
            time.sleep(PAUSE_SECONDS)

    return allow


def _spend(practice_id: int, moment: datetime, *, keep: float) -> None:
    if not transaction(lambda session: systems.spend(session, practice_id, 1, keep=keep, as_of=moment)):
        raise Unavailable(SPENT)
