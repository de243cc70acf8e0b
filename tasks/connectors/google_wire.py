"""One call to Google's business interfaces: a token that is renewed in time, bounded answers, failures without words.

Whatever goes wrong is kept as a value and raised outside of the `except` block: causes and contexts of exceptions may
hold somebody's review.
"""

import json
from collections.abc import Mapping
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
RENEWED_BEFORE: Final = timedelta(seconds=60)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = frozenset((404, 410))
_REQUEST_TIMEOUT: Final = 408
_TOO_MANY: Final = 429
_SUCCESS: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_REFUSALS: Final = range(400, 500)
Record = dict[str, Any]  # as JSON holds it


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """Whose locations these are: an OAuth client with a refresh token of scope business.manage. Time-outs in seconds.

    Reviews, accounts and locations are three interfaces of Google, each with an address of its own.
    """

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    reviews_url: str = "https://mybusiness.googleapis.com/v4"
    accounts_url: str = "https://mybusinessaccountmanagement.googleapis.com/v1"
    locations_url: str = "https://mybusinessbusinessinformation.googleapis.com/v1"
    connect_timeout: float = 10
    answer_timeout: float = 30


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
    kind: str = "application/json"


class Wire:
    """The connections of one account, and its present token."""

    def __init__(self, account: GoogleAccount) -> None:
        self._account = account
        self._watch = Stopwatch(_START)
        self._token = ""
        self._token_ends = _START
        self._http = httpx.Client(
            timeout=httpx.Timeout(account.answer_timeout, connect=account.connect_timeout),
            headers={"Accept-Encoding": "identity"},  # so that the limit holds before anything is unpacked
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, url: str, query: Mapping[str, str] | None = None) -> Record:
        """Make a call that changes nothing; raises Unavailable, or Rejected such as "not_found"."""
        answer = self._authorised(_Call("GET", url, query or {}))
        if isinstance(answer, Failure):
            raise _failed_to_ask(answer)
        return answer

    def tell(self, method: str, url: str, content: Record | None = None) -> Record:
        """Make a call that changes something; raises Unavailable, Rejected or, where it may have happened, Unknown."""
        body = None if content is None else json.dumps(content).encode()
        answer = self._authorised(_Call(method, url, body=body))
        if isinstance(answer, Failure):
            raise _failed_to_tell(answer)
        return answer

    def _authorised(self, call: _Call) -> Record | Failure:
        """Call with the present token; one that is not taken any more is renewed once, and the call made again."""
        if failure := self._renewed(unless_valid=True):
            return failure
        answer = self._json(call, {"Authorization": f"Bearer {self._token}"})
        if not (isinstance(answer, Failure) and answer.reason == "not_authorised"):
            return answer
        if failure := self._renewed(unless_valid=False):
            return failure
        return self._json(call, {"Authorization": f"Bearer {self._token}"})

    def _renewed(self, *, unless_valid: bool) -> Failure | None:
        """Get a token for the refresh token; nothing was asked of Google's business interfaces when that fails."""
        if unless_valid and self._token and self._watch.moment() < self._token_ends:
            return None
        account, asked = self._account, self._watch.moment()
        form = httpx.QueryParams(
            {
                "grant_type": "refresh_token",
                "client_id": account.client_id,
                "client_secret": account.client_secret,
                "refresh_token": account.refresh_token,
            }
        )
        call = _Call("POST", account.token_url, body=str(form).encode(), kind="application/x-www-form-urlencoded")
        answer = self._json(call, {})
        if isinstance(answer, Failure):
            self._token = ""
            reason = "not_authorised" if answer.is_final else answer.reason
            return Failure(reason, is_certain=True, retry_after=answer.retry_after)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int) or not token:
            return Failure("malformed_answer", is_certain=True)
        self._token, self._token_ends = token, asked + timedelta(seconds=seconds) - RENEWED_BEFORE
        return None

    def _json(self, call: _Call, headers: Mapping[str, str]) -> Record | Failure:
        content = self._exchange(call, headers)
        if isinstance(content, Failure):
            return content
        if not content.strip():
            return {}
        try:
            read = json.loads(content)
        except (ValueError, RecursionError):
            read = None
        return read if isinstance(read, dict) else Failure("malformed_answer")

    def _exchange(self, call: _Call, headers: Mapping[str, str]) -> bytes | Failure:
        if not _is_private(call.url):
            return Failure("address_not_private", is_certain=True)
        sent = {**headers, **({"Content-Type": call.kind} if call.body is not None else {})}
        try:
            with self._http.stream(
                call.method, call.url, params=call.query or None, content=call.body, headers=sent
            ) as answer:
                content = self._bounded(answer)
                return content if isinstance(content, Failure) else _judged(answer, content)
        except _NEVER_SENT:
            return Failure("connection_refused", is_certain=True)
        except (httpx.HTTPError, httpx.StreamError):
            return Failure("no_answer")
        except (httpx.InvalidURL, UnicodeError):
            return Failure("wrong_address", is_certain=True)

    def _bounded(self, answer: httpx.Response) -> bytes | Failure:
        """Read so many bytes at most, and for no longer than an answer may take."""
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            return Failure("malformed_answer")
        latest = self._watch.moment() + timedelta(seconds=self._account.answer_timeout)
        content = bytearray()
        for piece in answer.iter_raw():
            content += piece
            if len(content) > LARGEST_ANSWER:
                return Failure("answer_too_large")
            if self._watch.moment() > latest:
                return Failure("no_answer")
        return bytes(content)


def _failed_to_ask(failure: Failure) -> OutsideError:
    if failure.is_final:
        return Rejected(failure.reason)
    return Unavailable(failure.reason, retry_after=failure.retry_after)


def _failed_to_tell(failure: Failure) -> OutsideError:
    return _failed_to_ask(failure) if failure.is_final or failure.is_certain else Unknown(failure.reason)


def _judged(answer: httpx.Response, content: bytes) -> bytes | Failure:
    """Judge an answer by its status; the words of a refusal are not looked at."""
    status = answer.status_code
    if status in _SUCCESS:
        return content
    if status in _REDIRECTS:
        return Failure("redirected", is_certain=True)  # our token goes to no other host
    if status == _TOO_MANY:
        return Failure("throttled", is_certain=True, retry_after=_retry_after(answer))
    if status == _UNAUTHORISED:
        return Failure("not_authorised", is_certain=True)
    if status == _FORBIDDEN:
        return Failure("permission_missing", is_certain=True)
    if status in _NOT_FOUND:
        return Failure("not_found", is_certain=True, is_final=True)
    if status in _REFUSALS and status != _REQUEST_TIMEOUT:
        return Failure("malformed", is_certain=True, is_final=True)
    return Failure(f"http_{status}")


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
