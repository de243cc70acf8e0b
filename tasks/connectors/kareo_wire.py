"""One SOAP call to Kareo: the description from the service, bounded answers, and failures without anybody's words.

Whatever goes wrong is kept as a value and raised outside of the `except` block: causes and contexts of exceptions may
hold a patient's name, for instance in the text that could not be read.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from zeep import Settings, loader
from zeep.wsdl import Document
from zeep.wsdl.utils import etree_to_string

from tasks.connectors.http_calls import Failure, bounded, failed_to_ask, failed_to_tell, no_answer
from tasks.connectors.kareo_failures import (
    Record,
    error_in_asking,
    error_in_telling,
    is_whole,
    security_issue,
    wrong_status,
)
from tasks.connectors.ports import OutsideError, Unavailable

MOST_BYTES: Final = 10 * 1024 * 1024
_DOCTYPE: Final = b"<!doctype"
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
# zeep's functions have no types.
_describe: Any = Document
_as_text: Any = etree_to_string
_parse: Any = loader.parse_xml
_safe_settings: Any = Settings


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service is, and how long it is waited for. Time-outs are in seconds.

    The address may be the service's or its description's: they differ by the question at the end.
    """

    address: str
    connect_timeout: float = 10
    answer_timeout: float = 60

    @property
    def service(self) -> str:
        """Where calls go."""
        return self.address.partition("?")[0]

    @property
    def description(self) -> str:
        """Where the description is, in one piece."""
        return self.address if "?" in self.address else f"{self.address}?singleWsdl"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens the service; `practice` is the id that answers must be authorised for, 0 for none yet."""

    customer_key: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)
    practice: int = 0

    def header(self) -> dict[str, str]:
        """Give the part of a request that says who asks."""
        return {"CustomerKey": self.customer_key, "User": self.user, "Password": self.password}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that holds neither an error nor a security issue; `server_time` is its Date header (UTC)."""

    record: Record = field(repr=False)
    server_time: datetime | None


@dataclass(frozen=True, slots=True)
class _Received:
    content: bytes = field(repr=False)
    server_time: datetime | None


class Wire:
    """The connections to one service, and its description, shared by all accounts of this process."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._http = httpx.Client(
            timeout=httpx.Timeout(endpoint.answer_timeout, connect=endpoint.connect_timeout),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # accounts share these connections
            headers={"Accept-Encoding": "identity"},  # so that the limit holds before anything is unpacked
            follow_redirects=False,
        )
        self._settings = _safe_settings(forbid_dtd=True, forbid_entities=True, forbid_external=True)
        self._binding: Any = None
        self._loading = threading.Lock()

    def ask(self, operation: str, credentials: Credentials, content: Mapping[str, object]) -> Answer:
        """Make a call that changes nothing.

        Raises:
            Unavailable: no answer, or none that can be used.
            Rejected: the account may not ask this, or what is asked for is absent ("not_found").
        """
        outcome = self._call(operation, credentials, content)
        if isinstance(outcome, Answer):
            outcome = error_in_asking(outcome.record) or outcome
        if isinstance(outcome, Failure):
            raise failed_to_ask(outcome)
        return outcome

    def tell(self, operation: str, credentials: Credentials, content: Mapping[str, object]) -> Answer:
        """Make a call that changes something.

        Raises:
            Unavailable: nothing happened.
            Rejected: it was refused, so nothing happened either.
            Unknown: it may have happened.
        """
        outcome = self._call(operation, credentials, content)
        if isinstance(outcome, Answer):
            outcome = error_in_telling(outcome.record) or outcome
        if isinstance(outcome, Failure):
            raise failed_to_tell(outcome)
        return outcome

    def load(self, url: str) -> bytes:
        """Read the description for zeep: this one address, and nothing that the document refers to."""
        if url != self._endpoint.description:
            raise Unavailable(reason="description_refers_elsewhere")
        received = self._exchange("GET", url, None, {})
        if isinstance(received, Failure):
            raise Unavailable(received.reason)
        if not _is_safe(received.content):
            raise Unavailable(reason="description_not_safe")
        return received.content

    def _call(self, operation: str, credentials: Credentials, content: Mapping[str, object]) -> Answer | Failure:
        unready = self._prepare()
        if unready:
            return unready
        request = {"RequestHeader": credentials.header(), **content}
        try:
            message = self._binding.get(operation).create(request=request)
            body: bytes = _as_text(message.content)
        except Exception:  # noqa: BLE001 - whatever zeep stumbles over, its words may hold a patient
            return Failure("description_differs", is_certain=True)
        headers = {**message.headers, "Content-Type": "text/xml; charset=utf-8"}
        received = self._exchange("POST", self._endpoint.service, body, headers)
        answer = received if isinstance(received, Failure) else self._read(operation, received)
        if isinstance(answer, Failure):
            return answer
        return security_issue(answer.record, operation=operation, practice=credentials.practice) or answer

    def _prepare(self) -> Failure | None:
        """Load the description once; a failure is not kept, so that the next call tries again."""
        with self._loading:
            if self._binding is not None:
                return None
            if not _is_private(self._endpoint.address):
                return Failure("address_not_private", is_certain=True)
            try:
                described = _describe(self._endpoint.description, self, settings=self._settings)
                self._binding = next(iter(described.bindings.values()))
            except OutsideError as failure:
                return Failure(failure.reason, is_certain=True)
            except Exception:  # noqa: BLE001 - zeep and lxml have many ways not to like a description
                return Failure("description_not_readable", is_certain=True)
        return None

    def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> _Received | Failure:
        try:
            with self._http.stream(method, url, content=body, headers=headers) as answer:
                wrong = wrong_status(answer.status_code)
                content = wrong or bounded(answer, most=MOST_BYTES, seconds=self._endpoint.answer_timeout)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, UnicodeError) as error:
            return no_answer(error)
        return content if isinstance(content, Failure) else _Received(content, _server_time(answer))

    def _read(self, operation: str, received: _Received) -> Answer | Failure:
        if not _is_safe(received.content):
            return Failure("answer_not_safe")
        try:
            envelope = _parse(received.content, self, settings=self._settings)
            record = self._binding.get(operation).process_reply(envelope)
            answer = Answer(record, received.server_time) if is_whole(record) else None
        except Exception:  # noqa: BLE001 - whatever zeep stumbles over, its words may hold a patient
            answer = None
        return answer or Failure("malformed_answer")


_wires: dict[Endpoint, Wire] = {}
_making = threading.Lock()


def wire_to(endpoint: Endpoint) -> Wire:
    """Give this process's connections to a service."""
    with _making:
        if endpoint not in _wires:
            _wires[endpoint] = Wire(endpoint)
        return _wires[endpoint]


def _is_private(address: str) -> bool:
    """Say whether nobody can listen: TLS, this machine, or a name without dots inside one network of containers."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "http":
        return parts.scheme == "https"
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return bool(host) and "." not in host


def _is_safe(content: bytes) -> bool:
    """Say whether a document is UTF-8, where a document type cannot hide, and has none."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content and _DOCTYPE not in content.lower()


def _server_time(answer: httpx.Response) -> datetime | None:
    try:
        moment = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _never(_record: logging.LogRecord) -> bool:
    return False


# zeep logs whole messages while debugging, and values that it cannot read with their traceback.
for _name in ("zeep.transports", "zeep.xsd.types.simple"):
    logging.getLogger(_name).addFilter(_never)
