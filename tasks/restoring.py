"""Restoring: a backup becomes a database beside the present one, in quarantine before anybody can open it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql as safe_sql
from sqlalchemy import URL, make_url

from models.db import DatabaseFailure, open_database
from models.inputs.backup_files import BackupAbout
from models.migrations.migrate import MigrationRefusedError, knows, newest, upgrade
from models.settings import Settings
from models.store import restores
from models.store.offboarding_end import destroy_again
from tasks.backups import BackupFailedError, opened
from tasks.copies import CopyFailedError, load_copy, plain, read_copy
from tasks.left_practices import left

BESIDE: Final = "_restored"
_UNFINISHED: Final = "_restoring"
_DRILL: Final = "_drill"
_NEWER: Final = (
    "The backup is at revision {}, which this version of golive does not know. Install the version that made it."
)
_OTHER: Final = "The backup is one of {}, but the database of the settings is {}. Set GOLIVE_DATABASE_URL to its kind."
_THERE: Final = "There is a restored database already: {}. Use it, or remove it, and then restore again."
_BEFORE: Final = "The lost database cannot have stopped before its backup was made, at {:%Y-%m-%d %H:%M} UTC."
_LATER: Final = "The lost database cannot have stopped at a moment that is still to come."


_AGAIN: Final = "Keys of {} practices that had left by now were in it; they were destroyed again."


@dataclass(frozen=True, slots=True)
class Restored:
    """A database in quarantine: its file or its name, what it was made of, and how many keys were destroyed again."""

    place: str
    about: BackupAbout
    stopped_at: datetime
    left: int = 0

    @property
    def sentences(self) -> list[str]:
        """Say what is where, and what comes next."""
        setting = (
            f"GOLIVE_DATABASE_URL=sqlite:///{self.place}"
            if self.about.engine == "sqlite"
            else f"GOLIVE_DATABASE_URL with the database name {self.place}"
        )
        return [
            f"Restored {self.about.total} rows as they were on {self.about.made_at:%Y-%m-%d %H:%M} UTC, in quarantine.",
            *([_AGAIN.format(self.left)] if self.left else []),
            f"It stands beside the present database: set {setting}, and start golive to see it; it sends nothing.",
            f"Whatever was due until {self.stopped_at:%Y-%m-%d %H:%M} UTC may have been sent. Then run:",
            "  golive restore --reconcile",
            "  golive restore --release --by KEY",
        ]


def restore_beside(path: Path, chosen: Settings, *, stopped_at: datetime | None = None, as_of: datetime) -> Restored:
    """Make a database of a backup beside the one of the settings, in quarantine, at the schema of this code.

    `stopped_at` (UTC) is the last moment at which the lost database may have sent anything; unless given, it is now.

    Raises:
        BackupFailedError: nothing was restored; the sentence says why.
        SettingsError: the key of backups is missing.
    """
    url = make_url(chosen.resolved_database_url)
    with in_sentences(), opened(path, chosen) as (about, clear):
        require_fitting(about, url, clear, chosen)
        last = _last_moment(about, stopped_at, as_of)
        with _new_database(url, clear, chosen) as (unfinished, place):
            gone = left(chosen.backups)
            again = _put_into_quarantine(unfinished, about, last, gone=gone, as_of=as_of)
        return Restored(place, about, last, again)


@contextmanager
def in_sentences() -> Iterator[None]:
    """Turn what a restore can stumble over into one sentence.

    Raises:
        BackupFailedError: it stumbled.
    """
    try:
        yield
    except CopyFailedError as error:
        sentence = str(error)
    except psycopg.Error as error:
        sentence = f"PostgreSQL refused ({error.sqlstate or '08006'}): making a database takes the right CREATEDB."
    except (DatabaseFailure, MigrationRefusedError) as error:
        sentence = f"The backup could not be brought to the schema of this version: {error}."
    else:
        return
    raise BackupFailedError(sentence)


def require_fitting(about: BackupAbout, url: URL, clear: Path, chosen: Settings) -> None:
    """Refuse what is damaged, of another engine, or newer than this code."""
    here = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
    if about.engine != here:
        raise CopyFailedError(_OTHER.format(about.engine, here))
    if not knows(about.revision):
        raise CopyFailedError(_NEWER.format(about.revision))
    if read_copy(clear, engine=about.engine, tools=chosen.postgres_tools) != (about.revision, about.rows):
        message = "The backup does not hold the rows that it says it holds; take another one."
        raise CopyFailedError(message)


def _last_moment(about: BackupAbout, stopped_at: datetime | None, as_of: datetime) -> datetime:
    last = (stopped_at or as_of).astimezone(UTC)
    if last < about.made_at:
        raise CopyFailedError(_BEFORE.format(about.made_at))
    if last > as_of:
        raise CopyFailedError(_LATER)
    return last


def _put_into_quarantine(
    url: URL, about: BackupAbout, stopped_at: datetime, *, gone: Sequence[int], as_of: datetime
) -> int:
    """Give a restored database its quarantine, and destroy again what was destroyed since; gives how many keys."""
    with closing(open_database(url)) as db:
        if about.revision != newest():
            upgrade(db)
        db.transaction(
            lambda session: restores.begin(session, made_at=about.made_at, stopped_at=stopped_at, as_of=as_of)
        )
        return sum(db.transaction(partial(destroy_again, practice_id=number, as_of=as_of)) for number in gone)


@contextmanager
def _new_database(url: URL, clear: Path, chosen: Settings) -> Iterator[tuple[URL, str]]:
    """Fill a database under another name; it gets its own name when the work on it is done, else it is gone."""
    make = _new_file if url.get_backend_name() == "sqlite" else _new_on_server
    with make(url, clear, chosen) as made:
        yield made


@contextmanager
def for_a_while(url: URL, clear: Path, chosen: Settings) -> Iterator[URL]:
    """Fill a database under a name of its own that is gone afterwards; raises as `restore_beside`."""
    fill = _file_for_a_while if url.get_backend_name() == "sqlite" else _on_server_for_a_while
    with fill(url, clear, chosen, word=_DRILL) as filled:
        yield filled


@contextmanager
def _new_file(url: URL, clear: Path, chosen: Settings) -> Iterator[tuple[URL, str]]:
    present = Path(url.database or "")
    place = present.with_name(f"{present.stem}{BESIDE}{present.suffix}")
    if place.exists():
        raise CopyFailedError(_THERE.format(place.name))
    with _file_for_a_while(url, clear, chosen, word=_UNFINISHED) as unfinished:
        yield unfinished, str(place)
        Path(unfinished.database or "").rename(place)


@contextmanager
def _file_for_a_while(url: URL, clear: Path, chosen: Settings, *, word: str) -> Iterator[URL]:
    unfinished = chosen.backups / f".draft{word}{Path(url.database or '').suffix}"
    try:
        clear.rename(unfinished)
        yield url.set(database=str(unfinished))
    finally:
        for left in unfinished.parent.glob(f"{unfinished.name}*"):
            left.unlink()


@contextmanager
def _new_on_server(url: URL, clear: Path, chosen: Settings) -> Iterator[tuple[URL, str]]:
    place = f"{url.database}{BESIDE}"
    with closing(psycopg.connect(plain(url), autocommit=True)) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [place]).fetchone():
            raise CopyFailedError(_THERE.format(place))
        with _on_server_for_a_while(url, clear, chosen, word=_UNFINISHED) as unfinished:
            yield unfinished, place
            _say(server, "ALTER DATABASE {} RENAME TO {}", unfinished.database or "", place)


@contextmanager
def _on_server_for_a_while(url: URL, clear: Path, chosen: Settings, *, word: str) -> Iterator[URL]:
    unfinished = f"{url.database}{word}"
    with closing(psycopg.connect(plain(url), autocommit=True)) as server:
        _say(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", unfinished)
        _say(server, "CREATE DATABASE {} TEMPLATE template0", unfinished)
        try:
            load_copy(clear, url.set(database=unfinished), tools=chosen.postgres_tools)
            yield url.set(database=unfinished)
        finally:
            with suppress(psycopg.Error):
                _say(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", unfinished)


def _say(server: psycopg.Connection[tuple[object, ...]], statement: str, *names: str) -> None:
    server.execute(safe_sql.SQL(statement).format(*map(safe_sql.Identifier, names)))
