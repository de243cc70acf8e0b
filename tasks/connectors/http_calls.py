"""What every call over HTTP keeps: bounded answers, private addresses, failures without anybody's words.

Whatever goes wrong is kept as a value and raised outside of the `except` block: causes and contexts of exceptions may
hold a name, for instance in an answer that could not be read.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown
from tasks.stopwatch import Stopwatch

LARGEST_ANSWER: Final = 10 * 1024 * 1024
LONGEST_REST: Final = 3600  # seconds
NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
Record = dict[str, Any]  # as JSON holds it


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed: `is_certain` when surely nothing happened, `is_final` when it will never be accepted."""

    reason: str
    is_certain: bool = False
    is_final: bool = False
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, and how many bytes of an answer are read at most."""

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    most_bytes: int = LARGEST_ANSWER


def failed_to_ask(failure: Failure) -> OutsideError:
    """Give the error of a call that changes nothing, whatever became of it."""
    if failure.is_final:
        return Rejected(failure.reason)
    return Unavailable(failure.reason, retry_after=failure.retry_after)


def failed_to_tell(failure: Failure) -> OutsideError:
    """Give the error of a call that changes something: unknown, unless surely nothing happened."""
    return failed_to_ask(failure) if failure.is_final or failure.is_certain else Unknown(failure.reason)


def connections(*, connect_timeout: float, answer_timeout: float) -> httpx.Client:
    """Open connections that follow nobody elsewhere, and on which the limit holds before anything is unpacked."""
    return httpx.Client(
        timeout=httpx.Timeout(answer_timeout, connect=connect_timeout),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
    )


def exchange(
    client: httpx.Client, call: Call, judged: Callable[[httpx.Response, bytes], bytes | Failure], *, seconds: float
) -> bytes | Failure:
    """Make one call and have its answer judged; an answer that takes longer than so many seconds is none."""
    if not is_private(call.url):
        return Failure("address_not_private", is_certain=True)
    try:
        with client.stream(
            call.method, call.url, params=call.query or None, content=call.body, headers=call.headers
        ) as answer:
            content = bounded(answer, most=call.most_bytes, seconds=seconds)
            return content if isinstance(content, Failure) else judged(answer, content)
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, UnicodeError) as error:
        return no_answer(error)


def no_answer(error: Exception) -> Failure:
    """Say what it means that there was no whole answer: the call may have been made, or was surely not."""
    if isinstance(error, NEVER_SENT):
        return Failure("connection_refused", is_certain=True)
    if isinstance(error, httpx.HTTPError | httpx.StreamError):
        return Failure("no_answer")
    return Failure("wrong_address", is_certain=True)


def bounded(answer: httpx.Response, *, most: int, seconds: float) -> bytes | Failure:
    """Read so many bytes at most, and for no longer than so many seconds."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        return Failure("malformed_answer")
    watch, latest = Stopwatch(_START), _START + timedelta(seconds=seconds)
    content = bytearray()
    for piece in answer.iter_raw():
        content += piece
        if len(content) > most:
            return Failure("answer_too_large")
        if watch.moment() > latest:
            return Failure("no_answer")
    return bytes(content)


def record_in(content: bytes) -> Record | None:
    """Read one JSON object; None where it is none."""
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def retry_after(answer: httpx.Response) -> int:
    """Read for how many seconds we are asked to wait, by a number or a date; 0 where nothing was said."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdecimal():
        return min(int(said[:9]), LONGEST_REST)
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(answer.headers.get("Date", ""))
        seconds = (until - now).total_seconds()
    except (ValueError, TypeError):
        return 0
    return min(max(int(seconds), 0), LONGEST_REST)


def is_private(address: str) -> bool:
    """Say whether nobody can listen: TLS, or this machine."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" or (parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback)
    except ValueError:
        return False


def _without_query(record: logging.LogRecord) -> bool:
    arguments = record.args if isinstance(record.args, tuple) else ()
    return not any(isinstance(each, httpx.URL) and each.query for each in arguments)


# Numbers that are looked up, signed addresses and our marks stand in queries, and httpx logs each request's URL.
logging.getLogger("httpx").addFilter(_without_query)
