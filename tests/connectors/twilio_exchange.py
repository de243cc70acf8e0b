"""A text provider that remembers: it takes texts like Twilio, then lists, reports, lags, lies and refuses as told."""

import json
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from random import Random
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from models.inputs.twilio_hooks import signature_of

SID, TOKEN = "AC" + "0" * 32, "the token of the exchange"
LIST = f"/2010-04-01/Accounts/{SID}/Messages.json"
REFUSALS = (21610, 21211, 21614)
"""Stopped by the recipient, no number, no mobile number."""
UNDELIVERED = 30005


@dataclass(frozen=True)
class Rates:
    """How often a call goes wrong, each as a share of all calls."""

    refused: float = 0.0
    throttled: float = 0.0
    broken: float = 0.0  # 503, and nothing was taken
    lied: float = 0.0  # 503 although it was taken
    cut: float = 0.0  # taken, and the connection is gone
    undelivered: float = 0.0
    callbacks_twice: float = 0.0


@dataclass(frozen=True)
class Taken:
    """One text that was accepted; `at` is by the exchange's own clock (UTC)."""

    sid: str
    to: str
    body: str
    at: datetime
    callback: str
    is_delivered: bool


@dataclass
class Exchange:
    """Everything that the provider knows; its log of what it took is the truth for who was texted how often."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    rates: Rates = field(default_factory=Rates)
    lag: Callable[[Random], timedelta] = lambda _: timedelta(0)
    page_size: int = 50
    seed: int = 1
    url: str = ""
    log: list[Taken] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    shown_from: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Begin the one source of chance."""
        self.random = Random(self.seed)

    def settings(self) -> dict[str, Any]:
        """Give the settings with which the product speaks to this exchange."""
        return {
            "texter": "twilio",
            "twilio_account_sid": SID,
            "twilio_auth_token": TOKEN,
            "twilio_from": "+12025550100",
            "twilio_base_url": self.url,
        }

    def accept(self, form: dict[str, str]) -> tuple[int, dict[str, Any] | None]:
        """Decide about one call: a status with its body, none where the connection is cut."""
        with self._lock:
            fate = self._fate()
            self.answered[fate] += 1
            if fate in ("refused", "throttled", "broken"):
                return self._failure(fate)
            taken = self._take(form)
        if fate == "lied":
            return 503, {"code": 20503, "message": "Service unavailable", "status": 503}
        if fate == "cut":
            return 0, None
        return 201, {"sid": taken.sid, "status": "queued", "to": taken.to, "body": taken.body}

    def _fate(self) -> str:
        chance, rates = self.random.random(), self.rates
        for name in ("refused", "throttled", "broken", "lied", "cut"):
            chance -= getattr(rates, name)
            if chance < 0:
                return name
        return "taken"

    def _failure(self, fate: str) -> tuple[int, dict[str, Any]]:
        if fate == "refused":
            return 400, {"code": self.random.choice(REFUSALS), "message": "refused", "status": 400}
        status = 429 if fate == "throttled" else 503
        return status, {"code": 20429 if fate == "throttled" else 20503, "message": fate, "status": status}

    def _take(self, form: dict[str, str]) -> Taken:
        now = self.clock()
        sid = f"SM{next(self._numbers):032x}"
        is_delivered = self.random.random() >= self.rates.undelivered
        taken = Taken(sid, form["To"], form["Body"], now, form.get("StatusCallback", ""), is_delivered)
        self.log.append(taken)
        self.shown_from[sid] = now + self.lag(self.random)
        return taken

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        """List what went to a number, the newest first, page by page, as far as the list knows it by now."""
        with self._lock:
            now = self.clock()
            shown = [one for one in reversed(self.log) if self.shown_from[one.sid] <= now]
        shown = [one for one in shown if query.get("To") in (None, one.to)]
        size = min(int(query.get("PageSize", "50")), self.page_size)
        start = int(query.get("Page", "0")) * size
        more = {**query, "Page": str(start // size + 1)} if start + size < len(shown) else None
        return {
            "messages": [_listed(one) for one in shown[start : start + size]],
            "next_page_uri": f"{LIST}?{urlencode(more)}" if more else None,
        }

    def times(self) -> Counter[tuple[str, str]]:
        """Count how often each number got the same words."""
        return Counter((one.to, one.body) for one in self.log)

    def reports(self) -> list[tuple[Taken, dict[str, str]]]:
        """Write every status report for what was taken: out of order, and some of them twice."""
        found = [(one, _report(one, status)) for one in self.log if one.callback for status in _statuses(one)]
        found += [one for one in found if self.random.random() < self.rates.callbacks_twice]
        self.random.shuffle(found)
        return found

    def call_back(self, client: httpx.Client) -> Counter[int]:
        """Post every report, signed, to the address that came with its text; counts the answers by status."""
        answers = Counter[int]()
        for taken, form in self.reports():
            signed = signature_of(TOKEN, taken.callback, list(form.items()))
            answer = client.post(taken.callback, data=form, headers={"X-Twilio-Signature": signed})
            answers[answer.status_code] += 1
        return answers


def _listed(taken: Taken) -> dict[str, Any]:
    status = "delivered" if taken.is_delivered else "undelivered"
    return {
        "sid": taken.sid,
        "to": taken.to,
        "body": taken.body,
        "date_created": format_datetime(taken.at),
        "status": status,
    }


def _statuses(taken: Taken) -> tuple[str, ...]:
    return ("queued", "sent", "delivered" if taken.is_delivered else "undelivered")


def _report(taken: Taken, status: str) -> dict[str, str]:
    form = {"MessageSid": taken.sid, "MessageStatus": status, "To": taken.to, "AccountSid": SID}
    return form | ({"ErrorCode": str(UNDELIVERED)} if status == "undelivered" else {})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Leave out the standard library's look-up of the host's name."""
        TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: callers are killed while they wait for their answers."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer costs a delayed acknowledgement

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(raw, strict_parsing=True).items()}
        if self._is_ours():
            self._answer(*self.server.exchange.accept(form))

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if self._is_ours():
            self._answer(200, self.server.exchange.page(query))

    def _is_ours(self) -> bool:
        right = b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if urlsplit(self.path).path == LIST and self.headers["Authorization"] == f"Basic {right}":
            return True
        self._answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
        return False

    def _answer(self, status: int, body: dict[str, Any] | None) -> None:
        if body is None:
            self.close_connection = True
            return
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Stay silent."""


@dataclass(frozen=True)
class FastClock:
    """A clock that runs `scale` times as fast as the steady one; the same in every process of this machine."""

    start: datetime
    scale: float
    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        """Give the present moment (UTC)."""
        return self.start + timedelta(seconds=(time.monotonic() - self.began) * self.scale)


@contextmanager
def an_exchange(**facts: Any) -> Iterator[Exchange]:
    """Run the provider on a free port of this machine."""
    exchange = Exchange(**facts)
    server = _Server(exchange)
    exchange.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield exchange
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
