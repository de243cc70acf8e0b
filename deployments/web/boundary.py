"""What holds for every answer of the site: what only this machine sees, headers, sizes, errors that say nothing."""

import logging
import re
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.web.pages import BODY_LIMIT, error_page
from models.db import DatabaseFailure
from models.sealing import KeyDestroyedError
from models.settings import settings

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
LOCAL_AREA = frozenset({"l", "mailbox"})  # links that sign in here, and what the built-in mailbox holds
_SECRET_PATH = re.compile(r"(/[cijls]/)[^/?\s]+|(/f/)[^?\s]+")
_log = logging.getLogger("golive.site")


def is_this_machine(scope: Scope) -> bool:
    """Say whether this caller sits at this very machine, in local mode.

    The Host header is looked at too: a foreign page whose name was pointed at this machine does not get in.
    """
    client = scope.get("client")
    host = Headers(scope=scope).get("host", "").rpartition("@")[2]
    return settings().mode == "local" and client is not None and _is_loopback(client[0]) and _is_loopback(_name(host))


def _name(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Boundary:
    """Stands around the whole site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong inside becomes a page that tells nothing."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, is_head=scope["method"] == "HEAD")
        try:
            early = _early_answer(scope)
            await (early or self._app)(scope, _Limited(receive), answer)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            told = _failed(error)
            if answer.has_begun or told.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                _log.error("page failed: %s", _described(error))
            else:  # what the visitor sent or asked for is refused: nobody need get up at night
                _log.info("page refused: %s", _described(error))
            if answer.has_begun:
                raise ConnectionAbortedError from None
            await told(scope, receive, answer)


def _early_answer(scope: Scope) -> Response | None:
    first = scope["path"].strip("/").partition("/")[0]
    if first in LOCAL_AREA and not is_this_machine(scope):
        return error_page(HTTPStatus.NOT_FOUND)
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > BODY_LIMIT:
        return error_page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return None


class TooLargeError(RuntimeError):
    """A body without a declared length went on for too long."""


class _Limited:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = BODY_LIMIT

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLargeError
        return message


class _Answer:
    def __init__(self, send: Send, *, is_head: bool) -> None:
        self._send = send
        self._is_head = is_head
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            may_be_framed = "frame-ancestors 'self' " in headers.get("Content-Security-Policy", "")
            for name, value in HEADERS.items():
                if name != "X-Frame-Options" or not may_be_framed:  # it cannot name other sites; the policy does
                    headers.setdefault(name, value)
        elif self._is_head:
            message = {**message, "body": b""}
        await self._send(message)


def _failed(error: Exception) -> Response:
    match error:
        case TooLargeError():
            return error_page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        case KeyDestroyedError():
            return error_page(HTTPStatus.GONE)
        case DatabaseFailure():
            return error_page(HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "60"})
    return error_page(HTTPStatus.INTERNAL_SERVER_ERROR)


def _described(error: Exception) -> str:
    """Name an error by class, code and place, never by its words."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} {getattr(error, 'code', '')} in {place}"


def answer_http_error(_request: Request, error: Exception) -> Response:
    """Answer with our own page instead of the framework's."""
    status = getattr(error, "status_code", HTTPStatus.NOT_FOUND)
    return error_page(status, headers=dict(getattr(error, "headers", None) or {}))


class HideLinks(logging.Filter):
    """Keeps private links out of the server's access log, should somebody switch it on."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the token in one record."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                _SECRET_PATH.sub(r"\1\2...", one) if isinstance(one, str) else one for one in record.args
            )
        return True
