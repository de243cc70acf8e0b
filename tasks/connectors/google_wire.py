"""One call to Google's business interfaces, with a token that is renewed in time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from tasks.connectors.http_calls import (
    Call,
    Failure,
    Record,
    connections,
    exchange,
    failed_to_ask,
    failed_to_tell,
    record_in,
    retry_after,
)
from tasks.stopwatch import Stopwatch

RENEWED_BEFORE: Final = timedelta(seconds=60)
_JSON: Final = {"Content-Type": "application/json"}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = frozenset((404, 410))
_REQUEST_TIMEOUT: Final = 408
_TOO_MANY: Final = 429
_SUCCESS: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_REFUSALS: Final = range(400, 500)


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


class Wire:
    """The connections of one account, and its present token."""

    def __init__(self, account: GoogleAccount) -> None:
        self._account = account
        self._watch = Stopwatch(_START)
        self._token = ""
        self._token_ends = _START
        self._http = connections(connect_timeout=account.connect_timeout, answer_timeout=account.answer_timeout)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, url: str, query: Mapping[str, str] | None = None) -> Record:
        """Make a call that changes nothing; raises Unavailable, or Rejected such as "not_found"."""
        answer = self._authorised(Call("GET", url, query or {}))
        if isinstance(answer, Failure):
            raise failed_to_ask(answer)
        return answer

    def tell(self, method: str, url: str, content: Record | None = None) -> Record:
        """Make a call that changes something; raises Unavailable, Rejected or, where it may have happened, Unknown."""
        body = None if content is None else json.dumps(content).encode()
        answer = self._authorised(Call(method, url, body=body, headers=_JSON if body else {}))
        if isinstance(answer, Failure):
            raise failed_to_tell(answer)
        return answer

    def _authorised(self, call: Call) -> Record | Failure:
        """Call with the present token; one that is not taken any more is renewed once, and the call made again."""
        if failure := self._renewed(unless_valid=True):
            return failure
        answer = self._json(self._with_token(call))
        if not (isinstance(answer, Failure) and answer.reason == "not_authorised"):
            return answer
        if failure := self._renewed(unless_valid=False):
            return failure
        return self._json(self._with_token(call))

    def _with_token(self, call: Call) -> Call:
        return replace(call, headers={**call.headers, "Authorization": f"Bearer {self._token}"})

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
        call = Call("POST", account.token_url, body=str(form).encode(), headers=_FORM)
        answer = self._json(call)
        if isinstance(answer, Failure):
            self._token = ""
            reason = "not_authorised" if answer.is_final else answer.reason
            return Failure(reason, is_certain=True, retry_after=answer.retry_after)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int) or not token:
            return Failure("malformed_answer", is_certain=True)
        self._token, self._token_ends = token, asked + timedelta(seconds=seconds) - RENEWED_BEFORE
        return None

    def _json(self, call: Call) -> Record | Failure:
        content = exchange(self._http, call, _judged, seconds=self._account.answer_timeout)
        if isinstance(content, Failure):
            return content
        read = record_in(content) if content.strip() else {}
        return Failure("malformed_answer") if read is None else read


def _judged(answer: httpx.Response, content: bytes) -> bytes | Failure:
    """Judge an answer by its status; the words of a refusal are not looked at."""
    status = answer.status_code
    if status in _SUCCESS:
        return content
    if status in _REDIRECTS:
        return Failure("redirected", is_certain=True)  # our token goes to no other host
    if status == _TOO_MANY:
        return Failure("throttled", is_certain=True, retry_after=retry_after(answer))
    if status == _UNAUTHORISED:
        return Failure("not_authorised", is_certain=True)
    if status == _FORBIDDEN:
        return Failure("permission_missing", is_certain=True)
    if status in _NOT_FOUND:
        return Failure("not_found", is_certain=True, is_final=True)
    if status in _REFUSALS and status != _REQUEST_TIMEOUT:
        return Failure("malformed", is_certain=True, is_final=True)
    return Failure(f"http_{status}")
