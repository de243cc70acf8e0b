"""What every checker needs: a line of a trace, its moment, and a breach of a promise."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

Line = dict[str, Any]


class Breach(NamedTuple):
    """One promise that was broken: which one, when (as the trace says it), and what about."""

    promise: str
    at: str
    what: str


class Watcher(Protocol):
    """Reads lines in their order and says which break a promise."""

    def read(self, line: Line) -> Iterator[Breach]:
        """Take in the next line."""
        ...


def moment(text: str) -> datetime:
    """Read a moment as traces write it."""
    return datetime.fromisoformat(text)


def breaches(lines: Iterable[Line], watcher: Watcher) -> list[Breach]:
    """List everything in a trace that breaks a promise, in the order of its lines."""
    return [breach for line in lines for breach in watcher.read(line)]
