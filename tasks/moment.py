"""The one clock: flows ask it once; tests and simulations set it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime


def _wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Clock:
    now: Callable[[], datetime] = _wall_clock


_clock = _Clock()


def now() -> datetime:
    """Give the present moment (UTC)."""
    return _clock.now()


def moment(as_of: str = "") -> datetime:
    """Give the moment of a flow run: the one asked for (ISO 8601 with an offset), else now (UTC).

    Raises:
        ValueError: the moment asked for has another form or no offset.
    """
    if not as_of:
        return now()
    asked = datetime.fromisoformat(as_of)
    if asked.tzinfo is None:
        sentence = "as_of needs an offset, like 2026-12-01T15:00:00+00:00"
        raise ValueError(sentence)
    return asked.astimezone(UTC)


@contextmanager
def standing_at(clock: Callable[[], datetime]) -> Iterator[None]:
    """Let time be what a test or a simulation says."""
    before = _clock.now
    _clock.now = clock
    try:
        yield
    finally:
        _clock.now = before
