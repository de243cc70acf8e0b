"""One SQLite file per practice behind the built-in practice calendar: private, sealed, never half made."""

import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from models.sealing import LOOKUP_KEY, KeyDestroyedError, KeyRing, Keys, SealBrokenError, WrongMasterKeyError
from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown

T = TypeVar("T")

SCHEMA_VERSION: Final = 1
LOCK_WAIT_SECONDS: Final = 10.0
LONGEST_ID: Final = 18  # digits that surely fit into SQLite's integers
_ACTIVE_KEY: Final = LOOKUP_KEY + 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_CONNECTION: Final = ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL")  # an answered write survives a power cut
_READ: Final = "BEGIN"
_WRITE: Final = "BEGIN IMMEDIATE"

_SCHEMA: Final = """
BEGIN;
CREATE TABLE sealing_key (id INTEGER PRIMARY KEY, wrapped TEXT NOT NULL);
CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1), last_id INTEGER NOT NULL, last_moment INTEGER NOT NULL);
INSERT INTO clock VALUES (1, 0, 0);
CREATE TABLE provider (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, npi TEXT NOT NULL, is_active INTEGER NOT NULL
);
CREATE TABLE location (id INTEGER PRIMARY KEY, name TEXT NOT NULL, is_active INTEGER NOT NULL);
CREATE TABLE reason (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, minutes INTEGER NOT NULL, color TEXT NOT NULL);
CREATE TABLE patient (
    id INTEGER PRIMARY KEY,
    external_id TEXT UNIQUE,
    person TEXT NOT NULL,
    born TEXT NOT NULL,
    is_active INTEGER NOT NULL
);
CREATE INDEX patient_born ON patient (born);
CREATE TABLE appointment (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL UNIQUE,
    provider_id INTEGER NOT NULL REFERENCES provider (id),
    location_id INTEGER NOT NULL REFERENCES location (id),
    patient_id INTEGER REFERENCES patient (id),
    reason_id INTEGER REFERENCES reason (id),
    visit TEXT NOT NULL,
    notes TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE INDEX appointment_starts_at ON appointment (starts_at);
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class OpenCalendar:
    """The calendar inside one transaction."""

    connection: sqlite3.Connection
    keys: Keys
    now: Callable[[], datetime]

    def new_id(self) -> int:
        """Give an id that no row of this calendar ever had."""
        query = "UPDATE clock SET last_id = last_id + 1 RETURNING last_id"
        return int(self.connection.execute(query).fetchone()[0])

    def tick(self) -> int:
        """Advance the calendar's clock: the present in microseconds, always later than any moment it gave before."""
        query = "UPDATE clock SET last_moment = max(?, last_moment + 1) RETURNING last_moment"
        return int(self.connection.execute(query, (microseconds(self.now()),)).fetchone()[0])

    def time(self) -> datetime:
        """Give a moment (UTC) that later changes do not come before; meant for a transaction that others wait for."""
        (last,) = self.connection.execute("SELECT last_moment FROM clock").fetchone()
        return moment(max(microseconds(self.now()), last + 1))

    def let_others_write(self) -> None:
        """End the transaction early, once everything was read and only unsealing is left."""
        self.connection.execute("COMMIT")


class CalendarFile:
    """The file of one practice. Threads and processes may share it: each call opens it anew."""

    def __init__(self, folder: Path, *, practice: int, ring: KeyRing, now: Callable[[], datetime]) -> None:
        self.practice = practice
        self._file = folder / f"{practice:d}.db"
        self._ring = ring
        self._now = now

    def make(self) -> None:
        """Make the file with keys of its own, whole or not at all; one that is there is left as it is."""
        self._translated(self._made, writes=False)

    def wrap_keys_anew(self) -> int:
        """Wrap the calendar's keys by the present master key and give how many were not; raises as `write`."""
        return self.write(lambda calendar: self._wrapped_anew(calendar.connection))

    def _wrapped_anew(self, connection: sqlite3.Connection) -> int:
        changed = 0
        for key, old in connection.execute("SELECT id, wrapped FROM sealing_key").fetchall():
            new = self._ring.rewrapped(old, practice_id=self.practice, key_id=key)
            if new != old:
                connection.execute("UPDATE sealing_key SET wrapped = ? WHERE id = ?", (new, key))
                changed += 1
        return changed

    def read(self, work: Callable[[OpenCalendar], T]) -> T:
        """Run `work` on one snapshot.

        Raises:
            Unavailable: "calendar_not_writable" when the disk is full or the file stays locked.
            Rejected: "calendar_missing", "calendar_unreadable" (damaged, or sealed with another key),
                "calendar_too_new" (of a later version of this program), "malformed" (half a letter in a text).
        """
        return self._translated(lambda: self._run(_READ, work), writes=False)

    def read_alone(self, work: Callable[[OpenCalendar], T]) -> T:
        """Run `work` while nobody writes, so that `time` separates what it sees from what comes; raises as `read`."""
        return self._translated(lambda: self._run(_WRITE, work), writes=False)

    def write(self, work: Callable[[OpenCalendar], T]) -> T:
        """Run `work` in one transaction and commit.

        Raises:
            Unavailable, Rejected: as `read`.
            Unknown: "calendar_unsure" when the disk failed while writing.
        """
        return self._translated(lambda: self._run(_WRITE, work), writes=True)

    def _run(self, begin: str, work: Callable[[OpenCalendar], T]) -> T:
        if not self._file.exists():  # an empty calendar in its place would read as if everything had been deleted
            raise Rejected(reason="calendar_missing")
        with closing(_connected(self._file)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != SCHEMA_VERSION:
                raise Rejected(reason="calendar_too_new" if version > SCHEMA_VERSION else "calendar_unreadable")
            connection.execute(begin)
            given = work(OpenCalendar(connection, self._keys(connection), self._now))
            if connection.in_transaction:
                connection.execute("COMMIT")  # whatever raises before is rolled back by closing
            return given

    def _keys(self, connection: sqlite3.Connection) -> Keys:
        wrapped: dict[int, str] = dict(connection.execute("SELECT id, wrapped FROM sealing_key"))
        practice = self.practice
        keys = {key: self._ring.unwrap(text, practice_id=practice, key_id=key) for key, text in wrapped.items()}
        if not {LOOKUP_KEY, _ACTIVE_KEY} <= keys.keys():
            raise Rejected(reason="calendar_unreadable")
        return Keys(practice, active=_ACTIVE_KEY, keys=keys)

    def _made(self) -> None:
        folder = self._file.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self._file.exists():
            return
        draft = folder / f".{self.practice:d}.{secrets.token_hex(8)}"
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            self._filled(draft)
            with suppress(FileExistsError):  # another process was first: its calendar counts
                self._file.hardlink_to(draft)
            _sync(folder)
        finally:
            for left in (draft, *(draft.with_name(f"{draft.name}{end}") for end in ("-wal", "-shm"))):
                left.unlink(missing_ok=True)

    def _filled(self, draft: Path) -> None:
        with closing(_connected(draft)) as connection:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            for key in (LOOKUP_KEY, _ACTIVE_KEY):
                wrapped = self._ring.new_key(practice_id=self.practice, key_id=key)
                connection.execute("INSERT INTO sealing_key VALUES (?, ?)", (key, wrapped))

    def _translated(self, attempt: Callable[[], T], *, writes: bool) -> T:
        try:
            return attempt()
        except sqlite3.Error as error:
            failure = _failure(getattr(error, "sqlite_errorname", ""), writes=writes)
        except OSError:
            failure = Unavailable(reason="calendar_not_writable")
        except (KeyDestroyedError, SealBrokenError, WrongMasterKeyError):
            failure = Rejected(reason="calendar_unreadable")
        except UnicodeError:  # half a surrogate pair; the error would hold the text
            failure = Rejected(reason="malformed")
        raise failure  # outside of the except blocks: words of SQLite and paths must not travel along as its context


def _connected(file: Path) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=LOCK_WAIT_SECONDS, isolation_level=None)
    try:
        for line in _CONNECTION:
            connection.execute(line)
    except BaseException:
        connection.close()
        raise
    return connection


def _failure(code: str, *, writes: bool) -> OutsideError:
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")):
        return Rejected(reason="calendar_unreadable")
    if code.startswith("SQLITE_CONSTRAINT"):
        return Rejected(reason="calendar_refused")
    if writes and code.startswith("SQLITE_IOERR"):
        return Unknown(reason="calendar_unsure")
    return Unavailable(reason="calendar_not_writable")


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def microseconds(when: datetime) -> int:
    """Give an aware moment as microseconds since 1970: exact, and quick to compare."""
    return (when - _EPOCH) // _MICROSECOND


def moment(count: int) -> datetime:
    """Give the moment (UTC) of a number of microseconds."""
    return _EPOCH + timedelta(microseconds=count)


def number(text: str) -> int:
    """Give the number that an id is; 0, which no row has, when it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else 0
