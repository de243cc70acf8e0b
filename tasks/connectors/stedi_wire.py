"""One call to Stedi's enrollment interface, and to the signed addresses that it gives for documents."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

from models.inputs.clearinghouse import LARGEST_DOCUMENT
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


@dataclass(frozen=True, slots=True)
class StediAccount:
    """Whose enrollments these are; `email` gets the word that marks each of them. Time-outs are in seconds."""

    key: str = field(repr=False)
    email: str
    base_url: str = "https://enrollments.us.stedi.com/2024-09-01"
    connect_timeout: float = 10
    answer_timeout: float = 60


class Wire:
    """The connections to one account."""

    def __init__(self, account: StediAccount) -> None:
        self._account = account
        self._base = account.base_url.rstrip("/")
        self._http = connections(connect_timeout=account.connect_timeout, answer_timeout=account.answer_timeout)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, path: str, query: Mapping[str, str] | None = None) -> Record:
        """Make a call that changes nothing; raises Unavailable, or Rejected such as "not_found"."""
        answer = self._json(Call("GET", f"{self._base}{path}", query or {}, headers=self._own()))
        if isinstance(answer, Failure):
            raise failed_to_ask(answer)
        return answer

    def tell(self, method: str, path: str, content: Record | None = None) -> Record:
        """Make a call that changes something; raises Unavailable, Rejected or, where it may have happened, Unknown."""
        body = None if content is None else json.dumps(content).encode()
        headers = {**self._own(), "Content-Type": "application/json"}
        answer = self._json(Call(method, f"{self._base}{path}", body=body, headers=headers))
        if isinstance(answer, Failure):
            raise failed_to_tell(answer)
        return answer

    def fetch(self, url: str) -> bytes:
        """Read a document from the signed address that Stedi gave; our key does not go there."""
        content = self._exchange(Call("GET", url, most_bytes=LARGEST_DOCUMENT))
        if isinstance(content, Failure):
            raise failed_to_ask(content)
        return content

    def store(self, url: str, content: bytes) -> None:
        """Write a PDF to the signed address that Stedi gave; it counts only once its task is completed."""
        headers = {"Content-Type": "application/pdf"}
        answer = self._exchange(Call("PUT", url, body=content, headers=headers))
        if isinstance(answer, Failure):
            raise failed_to_ask(answer)

    def _own(self) -> dict[str, str]:
        return {"Authorization": self._account.key}

    def _json(self, call: Call) -> Record | Failure:
        content = self._exchange(call)
        if isinstance(content, Failure):
            return content
        if not content:
            return {}
        read = record_in(content)
        return Failure("malformed_answer") if read is None else read

    def _exchange(self, call: Call) -> bytes | Failure:
        return exchange(self._http, call, _judged, seconds=self._account.answer_timeout)


def _judged(answer: httpx.Response, content: bytes) -> bytes | Failure:
    """Judge an answer by its status; the words of a refusal are searched here and then forgotten."""
    status = answer.status_code
    if status in _SUCCESS:
        return content
    if status in _REDIRECTS:
        return Failure("redirected", is_certain=True)  # our key goes to no other host
    if status == _TOO_MANY:
        return Failure("throttled", is_certain=True, retry_after=retry_after(answer))
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
    answer = record_in(content) or {}
    fields = answer.get("fieldList")
    paths = [str(one.get("path", "")) for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
    words = f"{answer.get('code', '')} {answer.get('message', '')}"
    if any(path.startswith("/payer") for path in paths) or _UNKNOWN_PAYER.search(words):
        return "unknown_payer"
    return "duplicate" if _DUPLICATE.search(words) else "malformed"
