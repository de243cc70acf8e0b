"""Ports whose calls go wrong: the methods as the ports themselves name them, and each way in which a call can fail."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Any, Final, Protocol

from tasks.connectors import ports
from tasks.connectors.ports import Rejected, Unavailable, Unknown

CANARY: Final = "Jordan Example, born 1985-03-31"
"""What the words of an unreadable answer hold, and nobody may ever read."""


class Manner(StrEnum):
    """How one call goes wrong."""

    REFUSED = "refused"
    AWAY = "away"
    THROTTLED = "throttled"
    LOST_BEFORE = "time-out, and it did not happen"
    LOST_AFTER = "time-out, and it happened"
    BROKEN_AFTER = "503 after it was accepted"
    UNREADABLE = "an answer that nobody can read"
    GARBAGE = "an answer of another kind"


AFTERWARDS: Final = (Manner.LOST_AFTER, Manner.BROKEN_AFTER, Manner.UNREADABLE, Manner.GARBAGE)
"""These let the call have its effect first."""


def _error(manner: Manner) -> Exception:
    match manner:
        case Manner.REFUSED:
            return Rejected("refused")
        case Manner.AWAY:
            return Unavailable("connection_refused")
        case Manner.THROTTLED:
            return Unavailable("throttled", retry_after=30)
        case Manner.LOST_BEFORE | Manner.LOST_AFTER:
            return Unknown("no_answer")
        case Manner.BROKEN_AFTER:
            return Unknown("server_fault")
        case Manner.UNREADABLE | Manner.GARBAGE:
            return ValueError(CANARY)


def methods_of_ports() -> set[str]:
    """Name each method of each port, as `Port.method`."""
    found = {one for _, one in inspect.getmembers(ports, inspect.isclass) if one.__module__ == ports.__name__}
    kinds = [one for one in found if Protocol in one.__bases__]
    return {f"{kind.__name__}.{name}" for kind in kinds for name in vars(kind) if not name.startswith("_")}


class Breaker:
    """Counts the calls of each method, and lets chosen ones go wrong: `faults` are by method and number of the call."""

    def __init__(self, faults: dict[tuple[str, int], Manner]) -> None:
        self.calls = Counter[str]()
        self._faults = faults

    def around(self, port: str, inner: Any) -> Any:
        """Stand between a task and one object of a port."""
        return _Broken(self, port, inner)

    def call(self, name: str, work: Callable[[], Any]) -> Any:
        """Make a call, unless it is to go wrong; one that is to go wrong afterwards is made first."""
        self.calls[name] += 1
        manner = self._faults.get((name, self.calls[name]))
        if manner is None:
            return work()
        if manner not in AFTERWARDS:
            raise _error(manner)
        answer = work()
        if isinstance(answer, Iterator):
            return _torn(answer, _error(manner))
        if manner is Manner.GARBAGE:
            return object()
        raise _error(manner)

    def left(self) -> set[tuple[str, int]]:
        """Name the faults that no call has met."""
        return {(name, number) for name, number in self._faults if self.calls[name] < number}


def _torn(answer: Iterator[Any], error: Exception) -> Iterator[Any]:
    """Give every page, and then fail."""
    yield from answer
    raise error


class _Broken:
    """Any object of a port, whose public methods a breaker stands before."""

    def __init__(self, breaker: Breaker, port: str, inner: Any) -> None:
        self._breaker, self._port, self._inner = breaker, port, inner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        def called(*given: Any, **named: Any) -> Any:
            return self._breaker.call(f"{self._port}.{name}", lambda: method(*given, **named))

        return called if (self._port, name) != ("Mailer", "session") else lambda: _session(self._breaker, method)


@contextmanager
def _session(breaker: Breaker, opened: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
    """Open a connection, which may go wrong, and stand before what it is asked."""
    context = breaker.call("Mailer.session", opened)
    if not hasattr(context, "__enter__"):
        yield context
        return
    with context as session:
        yield breaker.around("MailSession", session)
