"""Which rows of each table belong to one practice, said once for both databases."""

import hashlib
from typing import Final

from sqlalchemy import Connection, Table, text
from sqlalchemy.orm import Session

import models.tables  # noqa: F401 - loads every table
from models.scope import OWN_ON_POSTGRESQL, OWN_ON_SQLITE, READER, Scope
from models.tables.base import Base

SHARED: Final = frozenset({"payers", "payer_ids", "restores", "staff", "training_sessions", "turnarounds"})
"""What belongs to the installation and every practice may see: no row of these is about a practice."""
HIDDEN: Final = frozenset(
    {
        "clearinghouse_cursors",
        "keeping_runs",
        "key_rotations",
        "legal_holds",
        "payer_files",
        "provider_events",
        "rates",
        "system_accounts",
    }
)
"""What no practice sees."""
WITH_THE_INSTALLATION: Final = frozenset({"message_stops", "practice_keys"})
"""Rows of practice 0 hold for every practice."""
PARENTS: Final = ("journey_id", "enrollment_id", "patient_id", "account_id")
_DOLLARS: Final = "$golive$"


def own_rows(table: Table, own: str) -> str:
    """Say in SQL which rows of a table belong to the practice that `own` gives.

    Raises:
        LookupError: nothing says whose its rows are; place it above.
    """
    name = table.name
    if name in SHARED:
        return "1 = 1"
    if name in HIDDEN:
        return "1 = 0"
    if name == "practices":
        return f"id = {own}"
    if name == "accounts":
        return f"person_id IN (SELECT id FROM people WHERE practice_id = {own})"  # noqa: S608 - names of our own tables
    if "practice_id" in table.columns:
        return f"practice_id IN ({own}, 0)" if name in WITH_THE_INSTALLATION else f"practice_id = {own}"
    return _own_by_parent(table, own)


def _own_by_parent(table: Table, own: str) -> str:
    for column in PARENTS:
        if column in table.columns:
            [key] = table.columns[column].foreign_keys
            parent = key.column.table
            return f"{column} IN (SELECT id FROM {parent.name} WHERE {own_rows(parent, own)})"  # noqa: S608 - as above
    message = f"nothing says whose the rows of {table.name} are; place it in models/store/isolation.py"
    raise LookupError(message)


def scope_of(practice_id: int) -> Scope:
    """Narrow readers to one practice."""
    return Scope(practice_id, _SHADOWS)


_SHADOWS: Final = tuple(
    f"CREATE TEMP VIEW {table.name} AS SELECT * FROM main.{table.name} WHERE {own_rows(table, OWN_ON_SQLITE)}"  # noqa: S608 - names of our own tables
    for table in Base.metadata.sorted_tables
)


def lift_policies(connection: Connection) -> None:
    """Take the policies of PostgreSQL away, so that a migration may change what they look at."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(_LIFT))


def lay_policies(connection: Connection) -> None:
    """Lay a policy on every table of PostgreSQL that has none of this code; where no role may be made, on none."""
    if connection.dialect.name == "sqlite" or not _has_role(connection):
        return
    laid, owner = dict(connection.execute(text(_LAID)).tuples().all()), connection.scalar(text("SELECT CURRENT_USER"))
    for table in Base.metadata.sorted_tables:
        policy = own_rows(table, OWN_ON_POSTGRESQL)
        mark = hashlib.sha256(f"{owner}:{policy}".encode()).hexdigest()[:16]
        if laid.get(table.name) != mark:
            connection.execute(text(_policy(table.name, policy, mark).replace(":", "\\:")))


def is_isolated(session: Session) -> bool:
    """Say whether the database itself keeps practices apart for portal readers."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    laid = dict(session.execute(text(_LAID)).tuples().all())
    return laid.keys() >= set(Base.metadata.tables)


def _has_role(connection: Connection) -> bool:
    connection.execute(text(_MAKE_ROLE))
    member = text("SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = :role")
    return bool(connection.scalar(member, {"role": READER}))


def _policy(table: str, policy: str, mark: str) -> str:
    """Let the role read what is a practice's own, and the owner do everything: forced, so that nobody is left out."""
    return (
        f"DO {_DOLLARS} BEGIN "
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
        f"DROP POLICY IF EXISTS golive_own ON {table}; DROP POLICY IF EXISTS golive_everything ON {table}; "
        f"CREATE POLICY golive_own ON {table} FOR SELECT TO {READER} USING ({policy}); "
        f"CREATE POLICY golive_everything ON {table} TO CURRENT_USER USING (true) WITH CHECK (true); "
        f"COMMENT ON POLICY golive_own ON {table} IS '{mark}'; "
        f"GRANT SELECT ON {table} TO {READER}; END {_DOLLARS}"
    )


_MAKE_ROLE: Final = (
    f"DO {_DOLLARS} BEGIN "  # noqa: S608 - no value from outside
    f"IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{READER}') THEN CREATE ROLE {READER} NOLOGIN; END IF; "
    f"IF NOT pg_has_role(CURRENT_USER, '{READER}', 'MEMBER') THEN GRANT {READER} TO CURRENT_USER; END IF; "
    f"EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL; END {_DOLLARS}"
)
_LAID: Final = (
    "SELECT c.relname, obj_description(p.oid, 'pg_policy') FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE p.polname = 'golive_own' AND c.relforcerowsecurity AND n.nspname = current_schema()"
)
_LIFT: Final = (
    f"DO {_DOLLARS} DECLARE one text; BEGIN FOR one IN SELECT DISTINCT tablename FROM pg_policies "  # noqa: S608 - names of our own tables
    "WHERE policyname = 'golive_own' AND schemaname = current_schema() LOOP "
    "EXECUTE format('DROP POLICY golive_own ON %I', one); "
    "EXECUTE format('DROP POLICY IF EXISTS golive_everything ON %I', one); "
    "EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', one); "
    f"EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', one); END LOOP; END {_DOLLARS}"
)
