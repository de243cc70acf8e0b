"""Scenes kept as templates: played the first two times that a process asks for them, and copied from then on."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar
from uuid import uuid4
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import URL, QueuePool, event

from models.db import Database
from models.settings import settings
from tests import postgres

P = ParamSpec("P")
T = TypeVar("T")
MOST = 40  # that a process keeps of each kind of database: one takes 3 to 12 MB of memory


class Copies(Protocol):
    """Where the databases of one kind are copied, while nobody is connected."""

    def keep(self, db: Database) -> str:
        """Copy a database away and say what the copy is called."""

    def lay(self, copy: str, db: Database) -> None:
        """Put a copy in the place of a database."""

    def forget(self, copy: str) -> None:
        """Remove a copy."""


@dataclass(frozen=True)
class Files:
    """Copies of SQLite files, in a folder."""

    folder: Path

    def keep(self, db: Database) -> str:
        """Copy the file."""
        copy = self.folder / f"{uuid4().hex}.db"
        with closing(sqlite3.connect(db.file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        copy.chmod(0o600)
        return str(copy)

    def lay(self, copy: str, db: Database) -> None:
        """Write the copy over the file."""
        for ending in ("-wal", "-shm"):
            Path(f"{db.file}{ending}").unlink(missing_ok=True)
        shutil.copy(copy, db.file)

    def forget(self, copy: str) -> None:
        """Remove the copy."""
        Path(copy).unlink()


@dataclass(frozen=True)
class Templates:
    """Copies of PostgreSQL databases, in their own server."""

    server: URL

    def keep(self, db: Database) -> str:
        """Make a database of a new name from this one."""
        copy = f"kept_{uuid4().hex}"
        postgres.copy(self.server, str(db.url.database), copy)
        return copy

    def lay(self, copy: str, db: Database) -> None:
        """Make the database anew."""
        self.forget(str(db.url.database))
        postgres.copy(self.server, copy, str(db.url.database))

    def forget(self, copy: str) -> None:
        """Drop the copy."""
        postgres.remove(self.server, copy)


@dataclass
class Kept:
    """A scene as it was left: its database, the other files of its home, and what it gave."""

    copy: str
    files: dict[str, bytes]
    given: object


@dataclass
class Shelf:
    """All that a process keeps for one kind of database."""

    copies: Copies
    scenes: dict[str, Kept] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def find(self, key: str) -> Kept | None:
        """Give a kept scene, which is the last to be forgotten now."""
        found = self.scenes.pop(key, None)
        if found is not None:
            self.scenes[key] = found
        return found

    def add(self, key: str, scene: Kept) -> None:
        """Keep a scene, and forget the one that nobody asked for the longest."""
        self.scenes[key] = scene
        while len(self.scenes) > MOST:
            self.copies.forget(self.scenes.pop(next(iter(self.scenes))).copy)

    def clear(self) -> None:
        """Forget everything."""
        while self.scenes:
            self.copies.forget(self.scenes.popitem()[1].copy)


@dataclass
class Ground:
    """What the database of a test shows: the scenes played so far, and whether anything was written since."""

    shelf: Shelf
    patch: pytest.MonkeyPatch | None
    shows: str | None = ""
    files: set[str] = field(default_factory=set)
    is_written: bool = False

    def show(self, scenes: str | None) -> None:
        """Stand from now on upon what was just shown; nothing stands upon a scene that was played and not kept."""
        self.shows, self.files, self.is_written = scenes, set(_other_files()), False


_grounds: WeakKeyDictionary[Database, Ground] = WeakKeyDictionary()
_DATABASE = object()  # stands for the database in what a kept scene gave


@contextmanager
def ground(db: Database, shelf: Shelf, patch: pytest.MonkeyPatch | None) -> Iterator[None]:
    """Let scenes of a fresh database be kept; whatever a test has patched by then keeps them from it."""
    found = Ground(shelf, patch)

    def written(_: object) -> None:
        found.is_written = True

    event.listen(db.engine, "commit", written)
    _grounds[db] = found
    yield
    del _grounds[db]


def kept(play: Callable[P, T]) -> Callable[P, T]:
    """Play a scene on a database once or twice, then copy what it left.

    The database is its first argument. What it gives may hold the database, and anything that `copy.deepcopy` copies.
    It must depend on nothing but the database, its home and its other arguments, which `repr` must tell apart. Where
    that is not so, or where anything else was written before, it is simply played.
    """
    return _scene(play, _shown)


def light(play: Callable[P, T]) -> Callable[P, T]:
    """Play a scene each time, but let kept ones stand upon it: it takes less than a copy, and gives no ids."""
    return _scene(play, _played)


def _scene(play: Callable[P, T], way: Callable[[Database, str, Callable[[], T]], T]) -> Callable[P, T]:
    @wraps(play)
    def scene(*args: P.args, **named: P.kwargs) -> T:
        db = args[0] if args else named["db"]
        assert isinstance(db, Database)
        others = repr((args[1:], sorted((name, one) for name, one in named.items() if one is not db)))
        key = _key(db, f"{play.__module__}.{play.__qualname__}", others)
        return play(*args, **named) if key is None else way(db, key, lambda: play(*args, **named))

    return scene


def _played(db: Database, key: str, play: Callable[[], T]) -> T:
    given = play()
    _grounds[db].show(key)
    return given


def _shown(db: Database, key: str, play: Callable[[], T]) -> T:
    shelf = _grounds[db].shelf
    known = shelf.find(key)
    if known is not None:
        db.close()
        shelf.copies.lay(known.copy, db)
        for name, content in known.files.items():
            _write(settings().home / name, content)
        _grounds[db].show(f"{key}#{known.copy}")
        return deepcopy(known.given, {id(_DATABASE): db})  # type: ignore[return-value]  # what the same scene gave
    given, copy = play(), None
    shelf.asked[key] += 1
    if shelf.asked[key] > 1 and _is_at_rest(db):
        db.close()
        copy = shelf.copies.keep(db)
        shelf.add(key, Kept(copy, _other_files(), deepcopy(given, {id(db): _DATABASE})))
    _grounds[db].show(f"{key}#{copy}" if copy else None)
    return given


def _key(db: Database, scene: str, told: str) -> str | None:
    """Name a scene after all that it depends on; nothing when it cannot be kept here."""
    present = _grounds.get(db)
    if present is None or present.shows is None or present.is_written or not _is_at_rest(db) or " at 0x" in told:
        return None
    if settings().model_fields_set != {"home"} or _has_patched(present.patch) or set(_other_files()) != present.files:
        return None
    return f"{present.shows}|{scene}{told}"


def _has_patched(patch: pytest.MonkeyPatch | None) -> bool:
    return patch is not None and bool(patch._setattr or patch._setitem)


def _is_at_rest(db: Database) -> bool:
    pool = db.engine.pool
    return isinstance(pool, QueuePool) and pool.checkedout() == 0


def _other_files() -> dict[str, bytes]:
    """Read the files of the home beside the database: keys, mails, files that were taken in."""
    home = settings().home
    found = [one for one in home.rglob("*") if one.is_file() and not one.name.startswith("golive.db")]
    return {str(one.relative_to(home)): one.read_bytes() for one in found}


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o600)
