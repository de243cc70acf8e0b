"""Whose rows a reader sees: everybody's, or those of one practice only, kept apart by the database itself."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

READER: Final = "golive_reader"
"""The role of PostgreSQL in which portal readers look; it owns nothing and may only read."""
SETTING: Final = "golive.practice"
OWN_ON_SQLITE: Final = "golive_practice()"
OWN_ON_POSTGRESQL: Final = f"NULLIF(current_setting('{SETTING}', true), '')::bigint"


@dataclass(frozen=True, slots=True)
class Scope:
    """One practice, and the views that put its rows in the place of whole tables on SQLite."""

    practice_id: int
    shadows: Sequence[str]


_scope: ContextVar[Scope | None] = ContextVar("whose_rows", default=None)


@contextmanager
def seeing_only(scope: Scope) -> Iterator[None]:
    """Let every read of this context see one practice's rows only; writes are not touched by it."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def present_scope() -> Scope | None:
    """Say whose rows are read here; nobody's in particular outside of `seeing_only`."""
    return _scope.get()


def shadow(connection: sqlite3.Connection, shadows: Sequence[str]) -> None:
    """Put views over the tables of one connection: a name without a schema finds them first."""
    connection.create_function("golive_practice", 0, _practice, deterministic=True)
    for view in shadows:
        connection.execute(view)


def _practice() -> int:
    scope = _scope.get()
    return scope.practice_id if scope else -1


_NARROW: Final = text(
    "SELECT set_config(:name, :practice, true), (SELECT set_config('role', rolname, true) FROM pg_roles "
    "WHERE rolname = :role AND pg_has_role(oid, 'MEMBER') AND EXISTS (SELECT 1 FROM pg_policies "
    "WHERE policyname = 'golive_own' AND tablename = 'practices' AND schemaname = current_schema()))"
)


def narrow(session: Session, scope: Scope) -> None:
    """Become the reader of one practice until PostgreSQL's transaction ends, where that role could be made."""
    session.execute(_NARROW, {"name": SETTING, "practice": str(scope.practice_id), "role": READER})
