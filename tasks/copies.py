"""Whole copies of a database as one file: made at one moment, counted, and counted again by reading the file itself."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

import psycopg
from psycopg import sql as safe_sql
from sqlalchemy import URL

from models.db import Database

Engine = Literal["sqlite", "postgresql"]
Rows = dict[str, int]
_COPY: Final = re.compile(rb"COPY (?:public\.)?\"?(\w+)\"? \(")
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_REVISION: Final = "SELECT version_num FROM alembic_version"
_NO_TOOL: Final = (
    "The program {} is missing. Install PostgreSQL's client programs of the server's version, "
    "or name their folder in GOLIVE_POSTGRES_TOOLS."
)

_OLDER: Final = "{} is older than the server. Name the folder of newer ones in GOLIVE_POSTGRES_TOOLS."


class CopyFailedError(Exception):
    """A copy could not be made, read or loaded; the sentence says what to do and holds nothing of its content."""


def engine_of(db: Database) -> Engine:
    """Name the engine of a database."""
    return "sqlite" if db.is_sqlite else "postgresql"


def write_copy(db: Database, path: Path, *, tools: str) -> tuple[str, Rows]:
    """Write everything as it is at one moment into a new file; gives the revision and the rows by table.

    Raises:
        CopyFailedError: the database refused, or PostgreSQL's programs are missing or failed.
    """
    if not db.is_sqlite:
        return _dump(db.url, path, tools=tools)
    try:
        with closing(sqlite3.connect(db.file, timeout=10)) as connection:
            connection.execute("VACUUM INTO ?", [str(path)])
    except sqlite3.Error as error:
        code = error.sqlite_errorname
    else:
        path.chmod(0o600)
        return read_copy(path, engine="sqlite", tools=tools)
    message = f"SQLite could not copy the database ({code}). Look at the free space of the disk, and try again."
    raise CopyFailedError(message)


def read_copy(path: Path, *, engine: Engine, tools: str) -> tuple[str, Rows]:
    """Read a whole copy and give its revision and its rows by table.

    Raises:
        CopyFailedError: it is damaged, or PostgreSQL's programs are missing or failed.
    """
    if engine == "postgresql":
        return _read_dump(path, tools=tools)
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return _read_file(connection)
    except sqlite3.Error as error:
        code = error.sqlite_errorname
    message = f"The copy of the database cannot be read ({code})."
    raise CopyFailedError(message)


def load_copy(path: Path, url: URL, *, tools: str) -> None:
    """Fill an empty PostgreSQL database from a dump, whole or not at all.

    Raises:
        CopyFailedError: PostgreSQL's programs are missing or failed.
    """
    program = _tool("pg_restore", tools)
    _run([program, "--no-owner", "--exit-on-error", "--single-transaction", str(path)], url)


def _read_file(connection: sqlite3.Connection) -> tuple[str, Rows]:
    if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        message = "The copy of the database is damaged: SQLite's integrity check failed."
        raise CopyFailedError(message)
    if connection.execute("PRAGMA foreign_key_check").fetchall():
        message = "The copy of the database is damaged: rows point to nothing."
        raise CopyFailedError(message)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - a name of its own schema
        for name in names
        if not name.startswith("sqlite_")
    }
    return str(connection.execute(_REVISION).fetchone()[0]), rows


def _dump(url: URL, path: Path, *, tools: str) -> tuple[str, Rows]:
    """Count and dump within one exported snapshot, so that the counts are those of the dump."""
    program = _tool("pg_dump", tools)
    try:
        with closing(psycopg.connect(plain(url), options="-c idle_in_transaction_session_timeout=0")) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = str(_one(connection, "SELECT pg_export_snapshot()"))
            rows = _counted(connection)
            revision = str(_one(connection, _REVISION))
            path.touch(mode=0o600)
            _run([program, "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={path}"], url)
    except psycopg.Error as error:
        code = error.sqlstate or "08006"
    else:
        return revision, rows
    message = f"PostgreSQL could not be read ({code}). Look at its settings and its log, and try again."
    raise CopyFailedError(message)


def _counted(connection: psycopg.Connection[tuple[object, ...]]) -> Rows:
    names = [str(row[0]) for row in connection.execute(_TABLES).fetchall()]
    counted = safe_sql.SQL("SELECT count(*) FROM {}")
    rows = {}
    for name in names:
        found = connection.execute(counted.format(safe_sql.Identifier(name))).fetchone()
        rows[name] = int(str(found[0])) if found else 0
    return rows


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str) -> object:
    found = connection.execute(query.encode()).fetchone()
    return found[0] if found else ""


def _read_dump(path: Path, *, tools: str) -> tuple[str, Rows]:
    """Let pg_restore write the dump as SQL and count the lines of each table in it, without any server."""
    command = [_tool("pg_restore", tools), "--data-only", "--file=-", str(path)]
    counts, revision, table = Counter[str](), "", ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reading:  # noqa: S603 - no shell
        for line in reading.stdout or ():
            begins = _COPY.match(line) if not table else None
            if begins:
                table = begins[1].decode()
                counts[table] += 0
            elif line == b"\\.\n":
                table = ""
            elif table:
                counts[table] += 1
                revision = line.decode().strip() if table == "alembic_version" else revision
    if reading.returncode:
        message = "The copy of the database is damaged: pg_restore cannot read it."
        raise CopyFailedError(message)
    return revision, dict(counts)


def plain(url: URL) -> str:
    """Give the address of a PostgreSQL database as its own programs read it, with its password."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _tool(name: str, folder: str) -> str:
    found = shutil.which(name, path=folder or None)
    if not found:
        raise CopyFailedError(_NO_TOOL.format(name))
    return found


def _run(command: Sequence[str], url: URL) -> None:
    """Run one of PostgreSQL's programs; its words may hold values and are not repeated."""
    address = plain(url._replace(password=None))  # not on the command line, where others could see it
    done = subprocess.run(  # noqa: S603 - no shell
        [*command, f"--dbname={address}"],
        env=os.environ | {"PGPASSWORD": url.password or ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        name = Path(command[0]).name
        older = (
            _OLDER.format(name)
            if b"server version mismatch" in done.stderr
            else f"PostgreSQL's program {name} failed. Look at the log of the server and the free space of the disk."
        )
        raise CopyFailedError(older)
