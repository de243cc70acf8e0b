"""A stand-in for Twilio's message API, over real HTTP, that refuses, throttles, fails and hangs as told."""

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tasks.connectors.twilio import TwilioAccount

SID, TOKEN = "AC" + "0" * 32, "right token"
LIST = f"/2010-04-01/Accounts/{SID}/Messages.json"


@dataclass(frozen=True)
class Answer:
    """One answer to a post; the message is kept first if `accepted`."""

    status: int = 201
    body: Any = None
    accepted: bool = False
    hang: bool = False
    drop: bool = False


@dataclass
class Account:
    """What the stand-in was handed, and what it will do next."""

    url: str = ""
    now: datetime = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    page_size: int = 2
    messages: list[dict[str, str]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)
    list_answers: deque[Answer] = field(default_factory=deque)
    next_page: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def address(self, **facts: Any) -> TwilioAccount:
        return TwilioAccount(**{"sid": SID, "token": TOKEN, "number": "+12025550100", "base_url": self.url, **facts})

    def keep(self, to: str, body: str) -> str:
        sid = f"SM{len(self.messages):032x}"
        message = {"sid": sid, "to": to, "body": body, "date_created": format_datetime(self.now), "status": "queued"}
        self.messages.insert(0, message)
        return sid

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        matching = [message for message in self.messages if message["to"] == query.get("To")]
        start = int(query.get("Page", "0")) * self.page_size
        more = start + self.page_size < len(matching)
        number = query["To"].replace("+", "%2B")
        following = f"{LIST}?To={number}&Page={start // self.page_size + 1}" if more else None
        return {"messages": matching[start : start + self.page_size], "next_page_uri": self.next_page or following}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, account: Account) -> None:
        self.account = account
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Leave out the standard library's look-up of the host's name."""
        TCPServer.server_bind(self)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer costs a delayed acknowledgement

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(raw, strict_parsing=True).items()}
        if not self._is_ours():
            self._answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
            return
        self.server.account.forms.append(form)
        usual = Answer(accepted=True)
        told = self.server.account.answers.popleft() if self.server.account.answers else usual
        sid = self.server.account.keep(form["To"], form["Body"]) if told.accepted else ""
        self._follow(told, {"sid": sid, "status": "queued"})

    def do_GET(self) -> None:
        if not self._is_ours():
            self._answer(401, {"code": 20003})
            return
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        told = self.server.account.list_answers.popleft() if self.server.account.list_answers else Answer(status=200)
        self._follow(told, self.server.account.page(query))

    def _follow(self, told: Answer, usual: Any) -> None:
        if told.hang:
            self.server.account.released.wait(timeout=10)
        if told.hang or told.drop:
            self.close_connection = True
            return
        self._answer(told.status, usual if told.body is None else told.body)

    def _is_ours(self) -> bool:
        right = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        return urlsplit(self.path).path == LIST and self.headers["Authorization"] == f"Basic {right}"

    def _answer(self, status: int, body: Any) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("Location", "https://elsewhere.example.com/")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Stay silent."""


@contextmanager
def a_twilio() -> Iterator[Account]:
    """Run the stand-in on a free port of this machine."""
    account = Account()
    server = _Server(account)
    account.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield account
    finally:
        account.released.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
