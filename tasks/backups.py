"""Backups: the database as one sealed file, read again before it counts, and rotated; no name in it tells of people."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from models.db import Database
from models.inputs.backup_files import BackupAbout
from models.rules.keeping import BACKUP_SUFFIX, backup_made_at, backup_name, outlived
from models.sealed_files import SealedFileError, read_about, seal_file, unseal_file
from models.sealing import key_of_file
from models.settings import Settings, SettingsError
from tasks.copies import CopyFailedError, engine_of, read_copy, write_copy

_DRAFT: Final = ".draft-"
_NO_KEY: Final = (
    "GOLIVE_BACKUP_KEY is empty, but GOLIVE_MODE is server. Make a key with: openssl rand -base64 32, keep a copy "
    "where neither this machine nor its backups are, and set it in the environment."
)
_SAME_KEY: Final = (
    "GOLIVE_BACKUP_KEY is the same as GOLIVE_MASTER_KEY. Who holds a backup would hold what protects personal data as "
    "well: make another key with: openssl rand -base64 32."
)


class BackupFailedError(Exception):
    """A backup could not be made, read or used; the sentence says what to do, and holds nothing of its content."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup in the folder; `made_at` is UTC."""

    path: Path
    made_at: datetime
    size: int

    @property
    def mebibytes(self) -> str:
        """The size of the file, as people read it."""
        return f"{self.size / (1 << 20):.1f}"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and read again, and how many older ones went."""

    backup: Backup
    about: BackupAbout
    removed: int

    @property
    def sentence(self) -> str:
        """Say what was made."""
        return (
            f"{self.backup.path.name} holds {self.about.total} rows of {len(self.about.rows)} tables "
            f"({self.backup.mebibytes} MiB) and was read again; {self.removed} older ones were removed."
        )


def backup_key(chosen: Settings) -> bytes:
    """Give the key of backups.

    Raises:
        SettingsError: none is set in server mode, it is the master key, or the key file is damaged.
    """
    key = chosen.backup_key_bytes()
    if not key and chosen.mode == "server":
        raise SettingsError([_NO_KEY])
    if key and key == chosen.master_key_bytes():
        raise SettingsError([_SAME_KEY])
    return key or key_of_file(chosen.backup_key_file)


def make_backup(db: Database, chosen: Settings, *, as_of: datetime) -> Made:
    """Write, read again and rotate; a file has its name only once it was read again.

    Raises:
        BackupFailedError: it could not be written or read again; older ones stay.
        SettingsError: as `backup_key`.
    """
    key = backup_key(chosen)
    with _told(), _alone(chosen.backups):
        path = chosen.backups / backup_name(as_of)
        with _draft(chosen.backups) as draft:
            about = _write(db, draft, key, chosen, as_of)
            _require_whole(draft, about, key, chosen)
            draft.replace(path)
        _sync(chosen.backups)
        removed = _rotate(chosen)
        return Made(Backup(path, as_of, path.stat().st_size), about, removed)


def list_backups(chosen: Settings) -> list[Backup]:
    """List the backups of the folder, the newest first."""
    with _told():
        found = [(path, backup_made_at(path.name)) for path in chosen.backups.glob(f"*{BACKUP_SUFFIX}")]
        listed = [Backup(path, made_at, path.stat().st_size) for path, made_at in found if made_at]
        return sorted(listed, key=lambda one: one.made_at, reverse=True)


def check_backup(path: Path, chosen: Settings) -> BackupAbout:
    """Read a whole backup: unseal it, check its database, and count its rows.

    Raises:
        BackupFailedError: it is damaged, or not what it says of itself.
        SettingsError: as `backup_key`.
    """
    key = backup_key(chosen)
    with _told(), _alone(chosen.backups):
        about = about_of(path)
        _require_whole(path, about, key, chosen)
        return about


def about_of(path: Path) -> BackupAbout:
    """Read what a backup says of itself; only a whole reading shows that it is true.

    Raises:
        BackupFailedError: it is no backup.
    """
    with _told(), path.open("rb") as file:
        return _understood(read_about(file))


@contextmanager
def opened(path: Path, chosen: Settings) -> Iterator[tuple[BackupAbout, Path]]:
    """Unseal a backup into a file for a while, readable by its owner only.

    Raises:
        BackupFailedError: it cannot be read.
        SettingsError: as `backup_key`.
    """
    key = backup_key(chosen)
    with _told(), _alone(chosen.backups), _draft(chosen.backups) as clear:
        with path.open("rb") as source, clear.open("wb") as target:
            about = _understood(unseal_file(source, target, key=key))
        yield about, clear


def _understood(about: dict[str, object]) -> BackupAbout:
    try:
        return BackupAbout.model_validate(about)
    except ValidationError:
        message = "it is no backup, or one of a newer version of golive"
    raise SealedFileError(message)


def _write(db: Database, draft: Path, key: bytes, chosen: Settings, as_of: datetime) -> BackupAbout:
    with _draft(chosen.backups) as clear:
        clear.unlink()
        revision, rows = write_copy(db, clear, tools=chosen.postgres_tools)
        about = BackupAbout(engine=engine_of(db), revision=revision, made_at=as_of, rows=rows)
        with clear.open("rb") as source, draft.open("wb") as target:
            seal_file(source, target, key=key, about=about.model_dump(mode="json"))
            target.flush()
            os.fsync(target.fileno())
        return about


def _require_whole(path: Path, about: BackupAbout, key: bytes, chosen: Settings) -> None:
    with _draft(chosen.backups) as clear:
        with path.open("rb") as source, clear.open("wb") as target:
            said = _understood(unseal_file(source, target, key=key))
        found = read_copy(clear, engine=about.engine, tools=chosen.postgres_tools)
    if said != about or found != (about.revision, about.rows):
        message = "it does not hold the rows that it says it holds; take another one"
        raise SealedFileError(message)


def _rotate(chosen: Settings) -> int:
    """Remove what is outlived, once a newer backup has been read again."""
    listed = list_backups(chosen)
    gone = outlived([one.made_at for one in listed], daily=chosen.backup_daily, weekly=chosen.backup_weekly)
    for one in listed:
        if one.made_at in gone:
            one.path.unlink(missing_ok=True)
    return len(gone)


@contextmanager
def _told() -> Iterator[None]:
    """Turn failures into one sentence; the words of the system may hold a path of this machine."""
    try:
        yield
    except CopyFailedError as error:
        sentence = str(error)
    except SealedFileError as error:
        sentence = f"The backup cannot be used: {error}."
    except OSError as error:
        sentence = f"Files of backups cannot be read or written ({os.strerror(error.errno or 0)}). Look at the disk."
    else:
        return
    raise BackupFailedError(sentence)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time work with backups, and remove what a killed one left half done."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = "Another backup is being made or read in this folder. Wait until it is done."
            raise CopyFailedError(message) from None
        for left in folder.glob(f"{_DRAFT}*"):
            left.unlink(missing_ok=True)
        yield


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Give a new file, mode 0600, that is gone afterwards unless it was renamed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=_DRAFT, dir=folder)
    os.close(number)
    try:
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
