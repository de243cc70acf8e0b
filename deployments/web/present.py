"""Who is looking at the page that is being made: set around a guarded page, read where pages are rendered."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from models.rules.access import Who

_who: ContextVar[Who | None] = ContextVar("who_looks", default=None)


def present_who() -> Who | None:
    """Say who is looking; nobody on pages that need no sign-in."""
    return _who.get()


@contextmanager
def looking(who: Who) -> Iterator[None]:
    """Make a page for somebody."""
    token = _who.set(who)
    try:
        yield
    finally:
        _who.reset(token)
