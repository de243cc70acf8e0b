"""A way to PostgreSQL on which replies to COMMIT get lost: the change is made, and nobody is told."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Final

from sqlalchemy import URL

COMMIT: Final = b"COMMIT\x00"
OUT_OF: Final = 20
LOST: Final = (3, 9, 16)
"""Which of twenty replies to a COMMIT get lost: 15 %."""
CHUNK: Final = 1 << 16


@dataclass
class Losses:
    """How many replies to a COMMIT came by, and how many of them got lost."""

    seen: int = 0
    lost: int = 0
    _numbers: Iterator[int] = field(default_factory=count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_next(self) -> bool:
        """Say whether the reply to the COMMIT that comes by now gets lost."""
        with self._lock:
            is_lost = next(self._numbers) % OUT_OF in LOST
            self.seen += 1
            self.lost += is_lost
        return is_lost


class _Way(BaseRequestHandler):
    server: "_Proxy"

    def handle(self) -> None:
        with suppress(OSError), closing(_connected(self.server.behind)) as inner:
            self._pass_on(inner)

    def _pass_on(self, inner: socket.socket) -> None:
        is_lost = False
        while True:
            for one in select.select([self.request, inner], [], [])[0]:
                chunk = one.recv(CHUNK)
                if not chunk or (one is inner and is_lost):
                    return
                (inner if one is self.request else self.request).sendall(chunk)
                if one is self.request and chunk.endswith(COMMIT):
                    is_lost = self.server.losses.is_next()


class _Proxy(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, behind: URL) -> None:
        self.behind = behind
        self.losses = Losses()
        super().__init__(("127.0.0.1", 0), _Way)


def _connected(url: URL) -> socket.socket:
    folder = url.query.get("host")
    port = url.port or 5432
    if folder:
        there = socket.socket(socket.AF_UNIX)
        there.connect(f"{folder}/.s.PGSQL.{port}")
        return there
    return socket.create_connection((url.host or "127.0.0.1", port))


@contextmanager
def cutting(url: URL) -> Iterator[tuple[URL, Losses]]:
    """Give another address of the same database, on the way to which replies to COMMIT get lost."""
    with _Proxy(url) as proxy:
        threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        plain = {"sslmode": "disable", "gssencmode": "disable"}
        yield url.set(host="127.0.0.1", port=proxy.server_address[1], query=plain), proxy.losses
        proxy.shutdown()
