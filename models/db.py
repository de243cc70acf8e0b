"""The database: the only place that opens, commits, retries and listens, on SQLite and PostgreSQL alike."""

import fcntl
import os
import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from models.changes import CHANNEL, ChangeFeed, FileChanges, NotifiedChanges
from models.rules.boundary import inside_transaction
from models.scope import Scope, narrow, present_scope, shadow
from models.settings import settings

T = TypeVar("T")

TRIES = 6
FIRST_PAUSE_SECONDS = 0.05  # full jitter, three times longer after each try
LOCK_WAIT_SECONDS = 10.0
PAGE_BYTES = 8192  # sweeps were 1.4 times faster than with 4 KiB
_UPGRADE_LOCK = 0x676F6C697665  # "golive": the advisory lock around schema changes
_RETRYABLE = re.compile(r"40001|40P01|55P03|57P0.|08...|SQLITE_(BUSY|LOCKED).*|POOL_TIMEOUT")
_POSTGRES_OPTIONS = (
    "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
)


class NestedTransactionError(RuntimeError):
    """A transaction was opened inside another one: a bug. Pass the session on instead."""


class DatabaseFailure(Exception):  # noqa: N818 - a failure of the world, like its neighbours in the ports
    """The database refused or was not reachable. Carries a code and never a value (PostgreSQL's DETAIL holds rows)."""

    def __init__(self, code: str, *, retryable: bool = False, hint: str = "") -> None:
        super().__init__(f"database failure {code}" + (f": {hint}" if hint else ""))
        self.code = code
        self.retryable = retryable


class ConstraintBroken(DatabaseFailure):
    """A row would have broken `constraint` (the same name on both databases; empty when it has none)."""

    def __init__(self, constraint: str, *, code: str) -> None:
        # two processes can, very rarely, make the same id: the whole transaction runs again with new ones
        super().__init__(code, retryable=constraint.startswith("pk_"), hint=constraint)
        self.constraint = constraint


_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


@contextmanager
def _the_only_one() -> Iterator[None]:
    if _open.get():
        message = "a transaction is already open here; pass its session on instead of opening another one"
        raise NestedTransactionError(message)
    token = _open.set(True)
    try:
        with inside_transaction():
            yield
    finally:
        _open.reset(token)


class Database:
    """One database. Threads may share it; processes open their own."""

    def __init__(self, url: URL, engine: Engine, *, pause: Callable[[float], None] = time.sleep) -> None:
        self.url = url
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._reader = engine.execution_options(golive_reading=True, **_read_only(engine))
        self._narrowed: Engine | None = None
        self._pause = pause
        self._writing = Lock()
        self._narrowing = Lock()

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    def transaction(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction and commit; the whole of it may run up to six times.

        Raises:
            ConstraintBroken: a row broke a constraint.
            DatabaseFailure: anything else that the database refused, without values.
            NestedTransactionError: a transaction is open already.
        """
        return self._tried(lambda: self._written(work))

    def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on one snapshot that refuses writes and is never committed; raises as `transaction`.

        Within `seeing_only`, the database shows it one practice's rows and no others.
        """
        return self._tried(lambda: self._seen(work))

    def change_schema(self, work: Callable[[Connection], T]) -> T:
        """Run a migration in one transaction, alone, with SQLite's foreign keys off (batch mode deletes rows else)."""
        return self._tried(lambda: self._rebuilt(work))

    def changes(self) -> ChangeFeed:
        """Listen for commits of other connections; use it in a `with` statement."""
        return ChangeFeed(FileChanges(self.file) if self.is_sqlite else NotifiedChanges(self.engine, self.url))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        if self._narrowed is not None:
            self._narrowed.dispose()

    def _tried(self, attempt: Callable[[], T]) -> T:
        with _the_only_one():
            for number in range(1, TRIES):
                try:
                    return self._translating(attempt)
                except DatabaseFailure as failure:
                    if not failure.retryable:
                        raise
                    if isinstance(failure, ConstraintBroken):
                        continue
                self._pause(random.uniform(0, FIRST_PAUSE_SECONDS * 3 ** (number - 1)))  # noqa: S311 - jitter
            return self._translating(attempt)

    def _translating(self, attempt: Callable[[], T]) -> T:
        try:
            return attempt()
        except PoolTimeoutError:
            failure = DatabaseFailure("POOL_TIMEOUT", retryable=True)
        except DBAPIError as error:
            failure = self._failure(error)
        raise failure  # outside of the except block: the driver's error must not travel along as its context

    def _written(self, work: Callable[[Session], T]) -> T:
        with self._turn(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    def _seen(self, work: Callable[[Session], T]) -> T:
        scope = present_scope()
        reader = self._reader if scope is None or not self.is_sqlite else self._reader_of_one(scope)
        with Session(reader, autoflush=False, expire_on_commit=False) as session:
            if scope is not None and not self.is_sqlite:
                narrow(session, scope)
            return work(session)

    def _reader_of_one(self, scope: Scope) -> Engine:
        """Keep connections of their own for readers of one practice: views lie over their tables."""
        with self._narrowing:
            if self._narrowed is None:
                engine = _sqlite(self.url)
                event.listen(engine, "connect", lambda plain, _: shadow(plain, scope.shadows))
                self._narrowed = engine.execution_options(golive_reading=True)
            return self._narrowed

    def _rebuilt(self, work: Callable[[Connection], T]) -> T:
        with self._turn(), self.engine.connect() as connection:
            connection.detach()  # so that its settings end with it
            if self.is_sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")  # heard only before BEGIN
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(text("SET LOCAL statement_timeout = 0"))
                    connection.execute(text("SET LOCAL lock_timeout = '60s'"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
                    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
                return work(connection)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._only_writer(), _turn_at(self.file):
            yield

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        """Let one thread at a time queue for the file: many that ask again and again leave no time to work."""
        if not self._writing.acquire(timeout=LOCK_WAIT_SECONDS):
            code = "SQLITE_BUSY"
            raise DatabaseFailure(code, retryable=True, hint="other threads kept the database for themselves")
        try:
            yield
        finally:
            self._writing.release()

    def _failure(self, error: DBAPIError) -> DatabaseFailure:
        code = _code(error)
        if isinstance(error, IntegrityError):
            return ConstraintBroken(self._constraint(error.orig), code=code)
        return DatabaseFailure(code, retryable=bool(_RETRYABLE.fullmatch(code)), hint=_hint(error.orig, code))

    def _constraint(self, error: BaseException | None) -> str:
        if isinstance(error, psycopg.Error):
            return error.diag.constraint_name or ""
        if getattr(error, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_TRIGGER":
            return str(error)  # the trigger's own name for it
        kind, _, subject = str(error).partition(" constraint failed: ")
        if kind != "UNIQUE":
            return subject if kind == "CHECK" else ""
        if subject.startswith("index "):
            return subject.removeprefix("index ").strip("'")
        table = subject.partition(".")[0]
        return self._unique_name(table, [one.partition(".")[2] for one in subject.split(", ")])

    def _unique_name(self, table: str, columns: list[str]) -> str:
        with closing(sqlite3.connect(self.file)) as connection:
            for _, name, _, origin, _ in connection.execute(f"PRAGMA index_list({table})").fetchall():
                covered = [row[2] for row in connection.execute(f"PRAGMA index_info({name})")]
                if covered == columns and origin != "pk":
                    return str(name) if origin == "c" else f"uq_{table}_{'_'.join(columns)}"
        return f"pk_{table}"


def _read_only(engine: Engine) -> dict[str, bool]:
    return {} if engine.dialect.name == "sqlite" else {"postgresql_readonly": True}


def _code(error: DBAPIError) -> str:
    match error.orig:
        case sqlite3.Error() as sqlite:
            return getattr(sqlite, "sqlite_errorname", None) or type(sqlite).__name__
        case psycopg.Error(sqlstate=str(state)):
            return state
        case psycopg.OperationalError():
            return "08006"  # lost or never made: libpq gives these no code
    return type(error.orig).__name__


def _hint(error: BaseException | None, code: str) -> str:
    """Give the database's words only where they can name nothing but our own tables and SQL."""
    if isinstance(error, psycopg.Error) and code.startswith("42"):
        return error.diag.message_primary or ""
    return str(error) if code == "SQLITE_ERROR" else ""


@contextmanager
def _turn_at(database: Path) -> Iterator[None]:
    """Queue for the one writer's place; several processes in BEGIN IMMEDIATE starve each other without it."""
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    queue = _locked(Path(f"{database}.turn"), deadline, poll=0.002)
    try:
        lock = _locked(Path(f"{database}.lock"), deadline, poll=0.0003)
    finally:
        os.close(queue)
    try:
        yield
    finally:
        os.close(lock)


def _locked(path: Path, deadline: float, *, poll: float) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        if time.monotonic() > deadline:
            os.close(descriptor)
            code = "SQLITE_BUSY"
            raise DatabaseFailure(code, retryable=True, hint="another process kept the database for itself")
        time.sleep(poll)


def open_database(url: str | URL) -> Database:
    """Open a database by its URL; a SQLite file is made when missing, readable by its owner only.

    Raises:
        ValueError: the URL is neither a SQLite file nor PostgreSQL.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return Database(parsed.set(drivername="postgresql+psycopg"), _postgres(parsed))
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        message = "the database must be a SQLite file (sqlite:///path) or PostgreSQL (postgresql://...)"
        raise ValueError(message)
    return Database(parsed, _sqlite(parsed))


def _postgres(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": _POSTGRES_OPTIONS, "connect_timeout": 10, "application_name": "golive"},
    )


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    _make_private(path)
    engine = create_engine(
        url, hide_parameters=True, pool_size=10, max_overflow=20, connect_args={"isolation_level": None, "timeout": 10}
    )
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    with _turn_at(path), closing(sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS)) as connection:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")


def _settle(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("busy_timeout=10000", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = bool(connection.get_execution_options().get("golive_reading"))
    if connection.info.get("reading", False) != reading:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.info["reading"] = reading
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def ring(session: Session) -> None:
    """Wake the listeners at commit; on SQLite every commit is seen anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


@dataclass(slots=True)
class _InUse:
    current: Database | None = None
    opening: Lock = field(default_factory=Lock)


_in_use = _InUse()


def database() -> Database:
    """Give the database of this process, opened from the settings at the first call."""
    with _in_use.opening:
        if _in_use.current is None:
            _in_use.current = open_database(settings().resolved_database_url)
        return _in_use.current


@contextmanager
def use_database(chosen: Database) -> Iterator[Database]:
    """Use another database for a while: for tests and the simulator."""
    before = _in_use.current
    _in_use.current = chosen
    try:
        yield chosen
    finally:
        _in_use.current = before


def transaction(work: Callable[[Session], T]) -> T:
    """Run `work` as `Database.transaction` on the database of this process."""
    return database().transaction(work)


def read(work: Callable[[Session], T]) -> T:
    """Run `work` as `Database.read` on the database of this process."""
    return database().read(work)
