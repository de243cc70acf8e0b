"""One SQLite file behind the payer simulator: which enrollments were sent, and when; neither names nor tax ids."""

import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown

T = TypeVar("T")

SCHEMA_VERSION: Final = 1
LOCK_WAIT_SECONDS: Final = 10.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_SCHEMA: Final = """
BEGIN;
CREATE TABLE enrollment (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    payer_id TEXT NOT NULL,
    payer_class TEXT NOT NULL,
    transaction_kind TEXT NOT NULL,
    submitted_at INTEGER NOT NULL,
    cancelled_at INTEGER
);
CREATE TABLE answered (
    enrollment_id INTEGER NOT NULL REFERENCES enrollment (id),
    place INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (enrollment_id, place)
);
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    enrollment_id INTEGER NOT NULL REFERENCES enrollment (id),
    place INTEGER NOT NULL,
    size INTEGER NOT NULL,
    UNIQUE (enrollment_id, place)
);
COMMIT;
"""


class SimulatorFile:
    """The file of all simulated payers. Threads and processes may share it: each call opens it anew."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, work: Callable[[sqlite3.Connection], T], *, otherwise: T) -> T:
        """Run `work` on one snapshot; `otherwise` is the answer where nothing was ever sent.

        Raises:
            Unavailable: "simulator_not_writable" when the file stays locked.
            Rejected: "simulator_unreadable" when it is damaged or of a later version of this program.
        """
        if not self._file.exists():
            return otherwise
        return self._translated(lambda: self._run("BEGIN", work), writes=False)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction and commit, making the file where there is none.

        Raises:
            Unavailable, Rejected: as `read`.
            Unknown: "simulator_unsure" when the disk failed while writing.
        """
        self._translated(self._made, writes=False)
        return self._translated(lambda: self._run("BEGIN IMMEDIATE", work), writes=True)

    def _run(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        with closing(_connected(self._file)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != SCHEMA_VERSION:
                raise Rejected(reason="simulator_unreadable")
            connection.execute(begin)
            given = work(connection)
            connection.execute("COMMIT")  # whatever raises before is rolled back by closing
            return given

    def _made(self) -> None:
        """Make the file whole or not at all."""
        if self._file.exists():
            return
        folder = self._file.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{self._file.name}.{secrets.token_hex(8)}"
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with closing(_connected(draft)) as connection:
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                connection.executescript(_SCHEMA)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            with suppress(FileExistsError):  # another process was first: its file counts
                self._file.hardlink_to(draft)
        finally:
            for left in (draft, *(draft.with_name(f"{draft.name}{end}") for end in ("-wal", "-shm"))):
                left.unlink(missing_ok=True)

    def _translated(self, attempt: Callable[[], T], *, writes: bool) -> T:
        try:
            return attempt()
        except sqlite3.Error as error:
            failure = _failure(getattr(error, "sqlite_errorname", ""), writes=writes)
        except OSError:
            failure = Unavailable(reason="simulator_not_writable")
        raise failure  # outside of the except blocks: words of SQLite and paths must not travel along as its context


def _connected(file: Path) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=LOCK_WAIT_SECONDS, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _failure(code: str, *, writes: bool) -> OutsideError:
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")):
        return Rejected(reason="simulator_unreadable")
    if writes and code.startswith("SQLITE_IOERR"):
        return Unknown(reason="simulator_unsure")
    return Unavailable(reason="simulator_not_writable")


def seconds(when: datetime) -> int:
    """Give an aware moment as whole seconds since 1970."""
    return (when - _EPOCH) // _SECOND


def moment(count: int) -> datetime:
    """Give the moment (UTC) of a number of seconds."""
    return _EPOCH + timedelta(seconds=count)
