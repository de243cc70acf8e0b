"""Hands texts to Twilio's message API and looks up those whose outcome is unknown."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import ClassVar, Final
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from models.inputs.outgoing import Accepted, OutgoingText
from tasks.connectors.http_calls import NEVER_SENT
from tasks.connectors.ports import Connector, OutsideError, Rejected, Sight, Unavailable, Unknown, refuse_malformed

CLOCK_TOLERANCE: Final = timedelta(minutes=5)  # between their clock and ours
MOST_PAGES: Final = 20
PAGE_SIZE: Final = 1000
_SETTINGS_PROBLEM: Final = frozenset((401, 403, 404))
_THROTTLED: Final = 429
_REQUEST_TIMEOUT: Final = 408
# The request cannot have reached the other side.


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """Whose texts these are: a number, or a messaging service that picks one."""

    sid: str
    token: str = field(repr=False)
    number: str = ""
    messaging_service: str = ""
    base_url: str = "https://api.twilio.com"


class _Message(BaseModel):
    body: str | None = None
    date_created: str | None = None


class _Page(BaseModel):
    messages: list[_Message]
    next_page_uri: str | None = None


class TwilioTexter(Connector):
    """Sends texts through one Twilio account."""

    vendor: ClassVar[str] = "twilio"

    def __init__(
        self, account: TwilioAccount, *, status_callback: str = "", validity_seconds: int = 14_400, timeout: float = 20
    ) -> None:
        """Keep one HTTP client; `status_callback` is a public address to which the attempt's id is added."""
        self._account = account
        self._status_callback = status_callback.rstrip("/")
        self._validity_seconds = validity_seconds
        self._path = f"/2010-04-01/Accounts/{quote(account.sid, safe='')}/Messages.json"
        self._client = httpx.Client(
            base_url=account.base_url, auth=(account.sid, account.token), timeout=httpx.Timeout(timeout, connect=10)
        )

    def send(self, text: OutgoingText) -> Accepted:
        """Hand over one text; raises as the port says."""
        refuse_malformed(text)
        try:
            answer = self._client.post(self._path, data=self._form(text))
        except NEVER_SENT:
            raise Unavailable(reason="connection_refused") from None
        except (httpx.HTTPError, httpx.InvalidURL):  # their words hold addresses
            raise Unknown(reason="no_answer") from None
        if not answer.is_success:
            raise _failure(answer)
        sid = _field(answer, "sid")
        if not isinstance(sid, str) or not sid:
            raise Unknown(reason="no_reference")
        return Accepted(reference=sid)

    def look_up(self, text: OutgoingText) -> Sight:
        """Search the recipient's messages since the attempt for this body: for its token, where it has one.

        The practice may have chosen other words since; the token of a link is of one request alone.

        No filter by DateSent: a message that still waits in Twilio's queue has none and would look absent.
        """
        earliest = text.sent_at - CLOCK_TOLERANCE
        try:
            found = any(_is_same(message, text, earliest) for message in self._messages(text.recipient))
        except (OutsideError, httpx.HTTPError, httpx.InvalidURL, ValidationError):
            return Sight.CANNOT_TELL
        return Sight.FOUND if found else Sight.ABSENT

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _form(self, text: OutgoingText) -> dict[str, str]:
        form = {"To": text.recipient, "Body": text.body, "ValidityPeriod": str(self._validity_seconds)}
        if self._account.messaging_service:
            form["MessagingServiceSid"] = self._account.messaging_service
        else:
            form["From"] = self._account.number
        if self._status_callback:
            form["StatusCallback"] = f"{self._status_callback}/{quote(text.attempt, safe='')}"
        return form

    def _messages(self, recipient: str) -> Iterator[_Message]:
        """Read every page; raises what the HTTP client raises, and Unavailable for an answer that is not complete."""
        answer = self._client.get(self._path, params={"To": recipient, "PageSize": PAGE_SIZE})
        for _ in range(MOST_PAGES):
            if not answer.is_success:
                raise _failure(answer)
            page = _Page.model_validate_json(answer.content)
            yield from page.messages
            if not page.next_page_uri:
                return
            if not page.next_page_uri.startswith("/") or page.next_page_uri.startswith("//"):
                break  # our password goes to no other host
            answer = self._client.get(page.next_page_uri)
        raise Unavailable(reason="list_not_complete")


def _failure(answer: httpx.Response) -> OutsideError:
    status = answer.status_code
    if status in _SETTINGS_PROBLEM:
        return Unavailable(reason="not_authorised")
    if status == _THROTTLED:
        return Unavailable(reason="throttled")
    if answer.is_redirect:
        return Unavailable(reason="redirected")
    if answer.is_client_error and status != _REQUEST_TIMEOUT:
        code = _field(answer, "code")
        return Rejected(reason=f"twilio_{code}" if isinstance(code, int) else f"twilio_http_{status}")
    return Unknown(reason=f"twilio_http_{status}")


def _field(answer: httpx.Response, name: str) -> object:
    try:
        content = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
    return content.get(name) if isinstance(content, dict) else None


def _is_same(message: _Message, text: OutgoingText, earliest: datetime) -> bool:
    body = message.body or ""
    is_ours = text.token in body if text.token else body == text.body
    return is_ours and _created(message, earliest) >= earliest


def _created(message: _Message, otherwise: datetime) -> datetime:
    """Read when a message was made; one without a readable, aware date counts as recent."""
    try:
        moment = parsedate_to_datetime(message.date_created or "")
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else otherwise
