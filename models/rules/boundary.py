"""The one flag that keeps outside calls out of database transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_inside: ContextVar[bool] = ContextVar("inside_transaction", default=False)


class OutsideCallInTransactionError(RuntimeError):
    """A connector was called while a database transaction was open: a bug, never retried."""


@contextmanager
def inside_transaction() -> Iterator[None]:
    """Mark the running context as being inside a database transaction."""
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)


def require_outside_transaction(call: str) -> None:
    """Refuse an outside call inside a transaction.

    Raises:
        OutsideCallInTransactionError: when a transaction is open in this context.
    """
    if _inside.get():
        message = f"{call} was called inside a transaction; commit first, call, then record the outcome"
        raise OutsideCallInTransactionError(message)
