"""The stand-in for Kareo as a real HTTP server, on this machine only."""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

from deployments.kareo_server import page, wsdl
from deployments.kareo_server.description import INTERFACE
from deployments.kareo_server.exchange import Exchange, Leaving
from deployments.kareo_server.staff import State

PATH: Final = "/services/soap/2.1/KareoServices.svc"
HOST: Final = "127.0.0.1"
MOST_BYTES: Final = 10 * 1024 * 1024
XML: Final = "text/xml; charset=utf-8"
_LOCATION: Final = re.compile(rb'(<soap:address\s+location=")[^"]*(")')


class KareoServer(Exchange):
    """A running stand-in: where it answers, its state, the faults that it makes on demand, and its calls."""

    __slots__ = ("_document", "_http", "_thread")

    def __init__(self, state: State, *, port: int = 0, document: bytes = b"") -> None:
        super().__init__(state)
        self._document = document
        self._http = _Http(self, port)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def home(self) -> str:
        """The page for people."""
        return f"http://{HOST}:{self._http.server_address[1]}/"

    @property
    def address(self) -> str:
        """Where calls go."""
        return self.home.rstrip("/") + PATH

    @property
    def description(self) -> str:
        """Where the description is."""
        return f"{self.address}?singleWsdl"

    def describe(self) -> bytes:
        """Give the description: our own, or the document that was given, with this server's address in it."""
        if not self._document:
            return wsdl.render(INTERFACE, self.address)
        return _LOCATION.sub(lambda found: found[1] + escape(self.address).encode() + found[2], self._document)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, and let go of whoever hangs."""
        self.faults.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)


@contextmanager
def running(state: State, *, port: int = 0, document: bytes = b"") -> Iterator[KareoServer]:
    """Run a stand-in on a free port, or the one given, for as long as the block lasts.

    `document` is a description to serve instead of ours: the vendor's own, where it is at hand.
    """
    server = KareoServer(state, port=port, document=document)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, kareo: KareoServer, port: int) -> None:
        self.kareo = kareo
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent when a caller has gone away; anything else is a bug and shows."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed on as it came

    def server_bind(self) -> None:
        """Leave out the standard library's look-up of the host's name."""
        TCPServer.server_bind(self)


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer costs a delayed acknowledgement

    def do_GET(self) -> None:
        """Give the page for people, or the description."""
        url = urlsplit(self.path)
        if url.path == "/" and page.is_from_here(self.headers):
            self._give(Leaving(body=page.render(self.server.kareo)), page.HTML)
        elif url.path == PATH and url.query.casefold() in {"singlewsdl", "wsdl"}:
            self._give(Leaving(body=self.server.kareo.describe()), XML)
        else:
            self._give(Leaving(404, b"There is nothing here."), page.TEXT)

    def do_POST(self) -> None:
        """Serve a call, or do what a person pressed on the page."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True
            self._give(Leaving(413, b"The request is too large, or its length is not told."), page.TEXT)
            return
        body = self.rfile.read(int(length))
        if urlsplit(self.path).path == PATH:
            self._give(self.server.kareo.serve(body), XML)
        elif page.is_from_here(self.headers) and page.is_same_origin(self.headers):
            form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
            self._give(page.act(self.server.kareo, urlsplit(self.path).path, form), page.TEXT)
        else:
            self._give(Leaving(403, b"This was not sent from the page of this server."), page.TEXT)

    def _give(self, leaving: Leaving, kind: str) -> None:
        if leaving.is_dropped:
            self.close_connection = True
            return
        self.send_response(leaving.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(leaving.claimed or len(leaving.body)))
        if leaving.status == page.SEE_OTHER:
            self.send_header("Location", "/")
        if leaving.retry_after is not None:
            self.send_header("Retry-After", str(leaving.retry_after))
        for name, value in page.GUARDS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(leaving.body)
        if leaving.claimed is not None:
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Tell the time by the stand-in's own clock."""
        moment = self.server.kareo.state.now() if timestamp is None else datetime.fromtimestamp(timestamp).astimezone()
        return format_datetime(moment, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Stay silent: addresses and bodies could hold patients."""
