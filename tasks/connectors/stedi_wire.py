"""One call to Stedi's enrollment interface: bounded answers, and failures without anybody's words.

Whatever goes wrong is kept as a value and raised outside of the `except` block: causes and contexts of exceptions may
hold a name or a tax id, for instance in an answer that could not be read.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from models.inputs.clearinghouse import LARGEST_DOCUMENT
from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown
from tasks.stopwatch import Stopwatch

LARGEST_ANSWER: Final = 10 * 1024 * 1024
LONGEST_REST: Final = 3600  # seconds
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_NOT_FOUND: Final = 404
_REQUEST_TIMEOUT: Final = 408
_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429
_NOT_OURS: Final = frozenset((401, 403))
_REFUSALS: Final = range(400, 500)
_SUCCESS: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_DUPLICATE: Final = re.compile(r"already exist|duplicate", re.IGNORECASE)
_UNKNOWN_PAYER: Final = re.compile(r"payer.{0,40}(not found|not exist|invalid|unknown|unsupported)", re.IGNORECASE)
Record = dict[str, Any]  # as JSON holds it


@dataclass(frozen=True, slots=True)
class StediAccount:
    """Whose enrollments these are; `email` gets the word that marks each of them. Time-outs are in seconds."""

    key: str = field(repr=False)
    email: str
    base_url: str = "https://enrollments.us.stedi.com/2024-09-01"
    connect_timeout: float = 10
    answer_timeout: float = 60


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed: `is_certain` when surely nothing happened, `is_final` when it will never be accepted."""

    reason: str
    is_certain: bool = False
    is_final: bool = False
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    most_bytes: int = LARGEST_ANSWER


class Wire:
    """The connections to one account."""

    def __init__(self, account: StediAccount) -> None:
        self._account = account
        self._base = account.base_url.rstrip("/")
        self._http = httpx.Client(
            timeout=httpx.Timeout(account.answer_timeout, connect=account.connect_timeout),
            headers={"Accept-Encoding": "identity"},  # so that the limit holds before anything is unpacked
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, path: str, query: Mapping[str, str] | None = None) -> Record:
        """Make a call that changes nothing; raises Unavailable, or Rejected such as "not_found"."""
        answer = self._json(_Call("GET", f"{self._base}{path}", query or {}, headers=self._own()))
        if isinstance(answer, Failure):
            raise failed_to_ask(answer)
        return answer

    def tell(self, method: str, path: str, content: Record | None = None) -> Record:
        """Make a call that changes something; raises Unavailable, Rejected or, where it may have happened, Unknown."""
        body = None if content is None else json.dumps(content).encode()
        headers = {**self._own(), "Content-Type": "application/json"}
        answer = self._json(_Call(method, f"{self._base}{path}", body=body, headers=headers))
        if isinstance(answer, Failure):
            raise _failed_to_tell(answer)
        return answer

    def fetch(self, url: str) -> bytes:
        """Read a document from the signed address that Stedi gave; our key does not go there."""
        content = self._exchange(_Call("GET", url, most_bytes=LARGEST_DOCUMENT))
        if isinstance(content, Failure):
            raise failed_to_ask(content)
        return content

    def store(self, url: str, content: bytes) -> None:
        """Write a PDF to the signed address that Stedi gave; it counts only once its task is completed."""
        headers = {"Content-Type": "application/pdf"}
        answer = self._exchange(_Call("PUT", url, body=content, headers=headers))
        if isinstance(answer, Failure):
            raise failed_to_ask(answer)

    def _own(self) -> dict[str, str]:
        return {"Authorization": self._account.key}

    def _json(self, call: _Call) -> Record | Failure:
        content = self._exchange(call)
        if isinstance(content, Failure):
            return content
        if not content:
            return {}
        read = _read(content)
        return Failure("malformed_answer") if read is None else read

    def _exchange(self, call: _Call) -> bytes | Failure:
        if not _is_private(call.url):
            return Failure("address_not_private", is_certain=True)
        try:
            with self._http.stream(
                call.method, call.url, params=call.query or None, content=call.body, headers=call.headers
            ) as answer:
                content = self._bounded(answer, call.most_bytes)
                return content if isinstance(content, Failure) else _judged(answer, content)
        except _NEVER_SENT:
            return Failure("connection_refused", is_certain=True)
        except (httpx.HTTPError, httpx.StreamError):
            return Failure("no_answer")
        except (httpx.InvalidURL, UnicodeError):
            return Failure("wrong_address", is_certain=True)

    def _bounded(self, answer: httpx.Response, most: int) -> bytes | Failure:
        """Read so many bytes at most, and for no longer than an answer may take."""
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            return Failure("malformed_answer")
        watch, latest = Stopwatch(_START), _START + timedelta(seconds=self._account.answer_timeout)
        content = bytearray()
        for piece in answer.iter_raw():
            content += piece
            if len(content) > most:
                return Failure("answer_too_large")
            if watch.moment() > latest:
                return Failure("no_answer")
        return bytes(content)


def failed_to_ask(failure: Failure) -> OutsideError:
    """Give the error of a call that changes nothing, whatever became of it."""
    if failure.is_final:
        return Rejected(failure.reason)
    return Unavailable(failure.reason, retry_after=failure.retry_after)


def _failed_to_tell(failure: Failure) -> OutsideError:
    return failed_to_ask(failure) if failure.is_final or failure.is_certain else Unknown(failure.reason)


def _judged(answer: httpx.Response, content: bytes) -> bytes | Failure:
    """Judge an answer by its status; the words of a refusal are searched here and then forgotten."""
    status = answer.status_code
    if status in _SUCCESS:
        return content
    if status in _REDIRECTS:
        return Failure("redirected", is_certain=True)  # our key goes to no other host
    if status == _TOO_MANY:
        return Failure("throttled", is_certain=True, retry_after=_retry_after(answer))
    if status in _NOT_OURS:
        return Failure("not_authorised", is_certain=True)
    if status == _NOT_FOUND:
        return Failure("not_found", is_certain=True, is_final=True)
    if status == _TOO_LARGE:
        return Failure("too_large", is_certain=True, is_final=True)
    if status in _REFUSALS and status != _REQUEST_TIMEOUT:
        return Failure(_refusal(content), is_certain=True, is_final=True)
    return Failure(f"http_{status}")


def _refusal(content: bytes) -> str:
    """Say what was wrong with a request: the payer, something that is there already, or the rest of it."""
    answer = _read(content) or {}
    fields = answer.get("fieldList")
    paths = [str(one.get("path", "")) for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
    words = f"{answer.get('code', '')} {answer.get('message', '')}"
    if any(path.startswith("/payer") for path in paths) or _UNKNOWN_PAYER.search(words):
        return "unknown_payer"
    return "duplicate" if _DUPLICATE.search(words) else "malformed"


def _read(content: bytes) -> Record | None:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _retry_after(answer: httpx.Response) -> int:
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


def _is_private(address: str) -> bool:
    """Say whether nobody can listen: TLS, or this machine."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" or (parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback)
    except ValueError:
        return False


def _without_query(record: logging.LogRecord) -> bool:
    arguments = record.args if isinstance(record.args, tuple) else ()
    return not any(isinstance(each, httpx.URL) and each.query for each in arguments)


# Signed addresses and our marks stand in queries, and httpx logs each request's URL.
logging.getLogger("httpx").addFilter(_without_query)
