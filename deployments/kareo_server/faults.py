"""Faults on demand: what the stand-in for Kareo does wrong next, queued one by one or at a rate with a seed."""

import random
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from deployments.kareo_server.failures import THROTTLED
from deployments.kareo_server.security import NOT_AUTHORISED, WRONG_KEY, WRONG_PASSWORD, Issue


class Kind(StrEnum):
    """What goes wrong."""

    IS_ERROR = "is_error"
    WRONG_KEY = "wrong_key"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a fault
    PERMISSION_MISSING = "permission_missing"
    NOT_AUTHORISED = "not_authorised"
    THROTTLED = "throttled"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNAVAILABLE = "unavailable"
    SERVER_FAULT = "server_fault"
    SERVER_FAULT_AFTER_EFFECT = "server_fault_after_effect"
    TIMEOUT_BEFORE_EFFECT = "timeout_before_effect"
    TIMEOUT_AFTER_EFFECT = "timeout_after_effect"
    DROPPED_BEFORE_EFFECT = "dropped_before_effect"
    DROPPED_AFTER_EFFECT = "dropped_after_effect"
    SLOW = "slow"
    MALFORMED_XML = "malformed_xml"
    CUT_SHORT = "cut_short"
    DOCTYPE = "doctype"
    ENTITY_BOMB = "entity_bomb"
    HUGE = "huge"
    WRONG_NAMESPACE = "wrong_namespace"
    EMPTY_BODY = "empty_body"


FAILURES: Final = {Kind.IS_ERROR: "An error occurred while the request was served.", Kind.THROTTLED: THROTTLED}
"""Answered as IsError over HTTP 200; nothing happens."""
ISSUES: Final = {
    Kind.WRONG_KEY: WRONG_KEY,
    Kind.WRONG_PASSWORD: WRONG_PASSWORD,
    Kind.NOT_AUTHORISED: NOT_AUTHORISED,
    Kind.PERMISSION_MISSING: Issue("The user lacks a permission."),
}
"""Answered in the security part over HTTP 200; nothing happens."""
STATUSES: Final = {Kind.TOO_MANY_REQUESTS: 429, Kind.UNAVAILABLE: 503}
"""Answered as an HTTP status with no SOAP; nothing happens."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `message` replaces the usual ErrorMessage."""

    kind: Kind
    message: str = ""


@dataclass(slots=True)
class Faults:
    """What goes wrong next; times are in seconds of the real world, the budget in time of the server's clock."""

    slow_for: float = 2.0
    hang_for: float = 30.0
    huge_bytes: int = 12 * 1024 * 1024
    retry_after: int = 30
    released: threading.Event = field(default_factory=threading.Event)
    _queued: deque[tuple[str, Fault]] = field(default_factory=deque)
    _rates: list[tuple[str, float, Fault]] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - a repeatable try-out
    _budget: tuple[int, timedelta] | None = None
    _spent: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def queue(self, kind: Kind, *, operation: str = "", times: int = 1, message: str = "") -> None:
        """Let the next calls of an operation, or of any, go wrong."""
        with self._lock:
            self._queued.extend([(operation, Fault(kind, message))] * times)

    def at_rate(self, kind: Kind, share: float, *, operation: str = "", seed: int = 0) -> None:
        """Let a share (0 to 1) of the calls of an operation, or of any, go wrong, the same ones for the same seed."""
        with self._lock:
            self._random.seed(seed)
            self._rates.append((operation, share, Fault(kind)))

    def allow(self, calls: int, *, per: timedelta) -> None:
        """Throttle each customer key from this many calls within a time on."""
        with self._lock:
            self._budget = (calls, per)
            self._spent.clear()

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._queued.clear()
            self._rates.clear()
            self._spent.clear()
            self._budget = None

    def waiting(self) -> int:
        """Count the queued faults that have not come yet."""
        return len(self._queued)

    def next_for(self, operation: str, customer_key: str, now: datetime) -> Fault | None:
        """Say what goes wrong with a call that has just come."""
        with self._lock:
            for place, (name, fault) in enumerate(self._queued):
                if name in {"", operation}:
                    del self._queued[place]
                    return fault
            for name, share, fault in self._rates:
                if name in {"", operation} and self._random.random() < share:
                    return fault
            return Fault(Kind.THROTTLED) if self._is_overspent(customer_key, now) else None

    def _is_overspent(self, customer_key: str, now: datetime) -> bool:
        if self._budget is None:
            return False
        calls, per = self._budget
        spent = self._spent[customer_key]
        while spent and spent[0] <= now - per:
            spent.popleft()
        spent.append(now)
        return len(spent) > calls
