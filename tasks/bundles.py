"""Exports of practices that leave: one ZIP file of tables, read again before it counts, for its owner only."""

import csv
import fcntl
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.offboarding import Offboarding
from models.store.keys import keys_of
from models.store.offboarding import Export
from models.store.practice_export import WITHHELD, columns_of, count_rows, exported_tables, rows_of, stand_still
from templates.exports import harmless

MANIFEST: Final = "manifest.json"
ABOUT: Final = "README.txt"
FORMAT: Final = "golive practice export 1"
_DRAFT: Final = ".draft-"
_PIECE: Final = 1 << 20
_ROWS_AT_ONCE: Final = 500
_WORDS: Final = """Everything that golive held of one practice.

Each file is one table: UTF-8, commas, the first line names the columns, every cell is text. A cell that a
spreadsheet could take for a formula begins with an apostrophe. Moments are UTC in ISO 8601; lists and
records are JSON. manifest.json says how many rows each file has, its SHA-256, and what is left out and why.
Columns that end in _index are codes: equal codes mean the same address, so that consents and opt-outs can be
matched with patients. People who asked for no more messages (message_stops) must not be written to elsewhere.

These files hold health information. Keep them as the law demands.
"""


class BundleError(Exception):
    """An export could not be made or is not whole; the sentence says what to do and holds nothing of its content."""


def make_bundle(db: Database, folder: Path, one: Offboarding, *, as_of: datetime) -> Export:
    """Write everything of a practice, read it again, and give it its name, which tells of nobody.

    Raises:
        BundleError: it could not be written, or is not what the database holds; nothing has a name then.
    """
    with _in_sentences(), _alone(folder), _draft(folder) as draft:
        counts = db.read(partial(_write, draft=draft, one=one, as_of=as_of))
        _require_whole(draft, counts)
        digest = digest_of(draft)
        name = f"offboarding-{one.id}-{digest[:12]}.zip"
        draft.replace(folder / name)
        _sync(folder)
        return Export(name, digest, counts)


def require_bundle(folder: Path, one: Offboarding) -> None:
    """Refuse a file that is gone or was changed since it was made.

    Raises:
        BundleError: it is; the sentence says what to do.
    """
    path = folder / one.bundle
    with _in_sentences():
        if not path.is_file() or digest_of(path) != one.digest:
            message = "The file of the export is gone or was changed. Make it anew with export-practice."
            raise BundleError(message)


def remove_bundles(folder: Path, number: int, *, keep: str = "") -> None:
    """Remove the exports of one offboarding, except one if it is named."""
    for path in folder.glob(f"offboarding-{number}-*.zip"):
        if path.name != keep:
            path.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(session: Session, *, draft: Path, one: Offboarding, as_of: datetime) -> dict[str, int]:
    stand_still(session)
    keys = keys_of(session, one.practice_id)
    expected, tables, broken = dict[str, int](), dict[str, Any](), 0
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in exported_tables():
            expected[table.name] = count_rows(session, table, one.practice_id)
            rows = rows_of(session, table, one.practice_id, keys=keys)
            tables[table.name], damaged = _write_table(archive, table, ((row.words, row.broken) for row in rows))
            broken += damaged
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "practice": one.practice,
            "made_at": as_of.isoformat(),
            "tables": tables,
        }
        manifest |= {"cells_that_could_not_be_opened": broken, "left_out": WITHHELD}
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        archive.writestr(ABOUT, _WORDS)
    return expected


def _write_table(
    archive: zipfile.ZipFile, table: Table, rows: Iterator[tuple[tuple[str, ...], int]]
) -> tuple[dict[str, Any], int]:
    name, count, broken, digest = f"{table.name}.csv", 0, 0, hashlib.sha256()
    heads = [column.name for column in columns_of(table)]
    with archive.open(name, "w", force_zip64=True) as file:

        def put(lines: list[tuple[str, ...]]) -> None:
            page = io.StringIO()
            csv.writer(page, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(lines)
            content = page.getvalue().encode()
            digest.update(content)
            file.write(content)

        lines: list[tuple[str, ...]] = [tuple(heads)]
        for words, damaged in rows:
            lines.append(tuple(map(harmless, words)))
            count, broken = count + 1, broken + damaged
            if len(lines) == _ROWS_AT_ONCE:
                put(lines)
                lines = []
        put(lines)
    return {"file": name, "rows": count, "sha256": digest.hexdigest(), "columns": heads}, broken


def _require_whole(path: Path, counts: dict[str, int]) -> None:
    """Read a whole export: each table's rows are those that the database counted, and its bytes the ones written."""
    with zipfile.ZipFile(path) as archive:
        tables = json.loads(archive.read(MANIFEST))["tables"]
        found = {name: _read_table(archive, told) for name, told in tables.items()}
    if found != counts:
        message = "The export does not hold the rows that the database holds. Make it anew with export-practice."
        raise BundleError(message)


def _read_table(archive: zipfile.ZipFile, told: dict[str, Any]) -> int:
    digest = hashlib.sha256()
    with archive.open(told["file"]) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    with archive.open(told["file"]) as file, io.TextIOWrapper(file, encoding="utf-8", newline="") as lines:
        rows = sum(1 for _ in csv.reader(lines)) - 1
    return rows if digest.hexdigest() == told["sha256"] else -1


@contextmanager
def _in_sentences() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        sentence = f"The export cannot be read or written ({os.strerror(error.errno or 0)}). Look at the disk."
    except zipfile.BadZipFile:
        sentence = "The export is damaged. Make it anew with export-practice."
    else:
        return
    raise BundleError(sentence)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make exports, and remove what a killed one left half done."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = "Another export is being made. Wait until it is done."
            raise BundleError(message) from None
        for left in folder.glob(f"{_DRAFT}*"):
            left.unlink(missing_ok=True)
        yield


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Give a new file, mode 0600, that is gone afterwards unless it was renamed."""
    number, name = tempfile.mkstemp(prefix=_DRAFT, dir=folder)
    os.close(number)
    try:
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _sync(folder: Path) -> None:
    for path in (*folder.glob("offboarding-*.zip"), folder):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
