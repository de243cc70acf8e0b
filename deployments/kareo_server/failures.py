"""Failures that an answer carries as IsError, over HTTP 200."""

from datetime import datetime
from typing import Final, TypeVar

THROTTLED: Final = "Too many requests have been made with this customer key. Please try again later."

Row = TypeVar("Row")


class CallFailedError(Exception):
    """A call that fails; the text is the ErrorMessage that the caller reads."""


def required(value: Row | None, name: str) -> Row:
    """Give a value that the call needs; without it the call fails."""
    if value is None:
        message = f"{name} is required."
        raise CallFailedError(message)
    return value


def found(row: Row | None, name: str) -> Row:
    """Give a row that a number named; without it the call fails."""
    if row is None:
        message = f"{name} was not found."
        raise CallFailedError(message)
    return row


def in_order(start: datetime, end: datetime) -> None:
    """Fail a call whose time ends before it starts."""
    if end <= start:
        message = "EndTime must be after StartTime."
        raise CallFailedError(message)
