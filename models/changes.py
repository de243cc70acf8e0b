"""Noticing commits of other connections: by data_version on SQLite, by LISTEN on PostgreSQL."""

import os
import select
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import psycopg
from sqlalchemy import URL, Engine

CHANNEL = "golive"
POLL_SECONDS = 0.02
RECONNECT_PAUSE_SECONDS = 1.0


class _Changes(Protocol):
    def look(self, wake: int, seconds: float) -> bool:
        """Wait up to `seconds` or until `wake` is readable; say whether something was committed."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class ChangeFeed:
    """Tells when another connection has committed. One thread waits; `stop` may come from anywhere."""

    def __init__(self, changes: _Changes) -> None:
        self._changes = changes
        self._wake, self._stopper = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopped = False

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for a commit; False when none came or the feed was stopped."""
        deadline = time.monotonic() + timeout
        while not self._stopped:
            if self._changes.look(self._wake, max(0.0, deadline - time.monotonic())):
                return True
            if time.monotonic() >= deadline:
                break
        return False

    @property
    def is_stopped(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stopped

    def stop(self) -> None:
        """End the wait at once; safe in a signal handler."""
        self._stopped = True
        with suppress(BlockingIOError):
            os.write(self._stopper, b".")

    def __enter__(self) -> Self:
        """Start to listen: it began when the feed was made."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connection of the feed."""
        self._changes.close()
        os.close(self._wake)
        os.close(self._stopper)


class FileChanges:
    """Sees commits in a SQLite file; costs one pragma every 20 ms."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._seen = self._version()

    def look(self, wake: int, seconds: float) -> bool:
        """Compare the version once, then rest for a moment."""
        before, self._seen = self._seen, self._version()
        if self._seen != before:
            return True
        select.select([wake], [], [], min(POLL_SECONDS, seconds))
        return False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class NotifiedChanges:
    """Hears commits that rang the bell on PostgreSQL; a lost connection is made again."""

    def __init__(self, engine: Engine, url: URL) -> None:
        self._engine, self._url = engine, url
        self._connection: psycopg.Connection | None = None
        with suppress(psycopg.OperationalError):
            self._connect()

    def look(self, wake: int, seconds: float) -> bool:
        """Wait for the bell; say True after a loss of the connection, so that the caller looks anyway."""
        try:
            if self._connection is None or self._connection.closed:
                self._connect()
                return True
            return self._heard(self._connection, wake, seconds)
        except psycopg.OperationalError:
            self.close()
            select.select([wake], [], [], min(RECONNECT_PAUSE_SECONDS, seconds))
            return True  # something may have happened meanwhile

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connect(self) -> None:
        _, arguments = self._engine.dialect.create_connect_args(self._url)
        self._connection = psycopg.connect(**arguments, autocommit=True, connect_timeout=5)
        self._connection.execute(f"LISTEN {CHANNEL}")

    @staticmethod
    def _heard(connection: psycopg.Connection, wake: int, seconds: float) -> bool:
        if any(connection.notifies(timeout=0)):
            return True
        select.select([wake, connection.fileno()], [], [], seconds)
        return any(connection.notifies(timeout=0))
