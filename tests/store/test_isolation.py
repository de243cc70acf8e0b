"""A reader of one practice gets none of another's rows from either database, whatever the query says."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Session

from models.db import Database, open_database
from models.migrations.migrate import downgrade, upgrade
from models.scope import present_scope, seeing_only
from models.store.isolation import HIDDEN, SHARED, is_isolated, own_rows, scope_of
from models.tables.base import Base, EnumText, UtcDateTime
from models.tables.messages import Message
from models.tables.practices import Practice
from tests import postgres

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
OWN, OTHER = 1, 2
OWNED = [one for one in Base.metadata.sorted_tables if one.name not in SHARED | HIDDEN]
DIRECT = [one for one in OWNED if "practice_id" in one.columns]
QUERIES = 1000
LEADING = ("person_id", "practice_id", "account_id")
SHAPES = (
    "SELECT practice_id FROM {table} WHERE {wish}",
    "WITH x AS (SELECT * FROM {table}) SELECT practice_id FROM x WHERE {wish}",
    "SELECT b.practice_id FROM {table} a CROSS JOIN {beside} b",
    "SELECT b.practice_id FROM {table} a RIGHT JOIN {beside} b ON a.practice_id <> b.practice_id",
    "SELECT practice_id FROM {table} UNION SELECT practice_id FROM {beside} WHERE {wish}",
    "SELECT max(practice_id) FROM {table} WHERE {wish}",
    "SELECT practice_id FROM (SELECT * FROM {table} ORDER BY 1 DESC LIMIT 5) y WHERE {wish}",
    "SELECT (SELECT max(practice_id) FROM {beside}) FROM {table}",
    "SELECT practice_id FROM {table} WHERE EXISTS (SELECT 1 FROM {beside} x WHERE x.practice_id <> {own})",
)
WISHES = ("1 = 1", "practice_id = {other}", "practice_id <> {own}", "practice_id > 0 OR 1 = 1")


def example(column: Column[Any], number: int) -> object:
    """Give a value that leads from one row of a practice to others of the same one."""
    if column.foreign_keys and column.nullable and column.name not in LEADING:
        return None
    kinds: tuple[tuple[type, object], ...] = (
        (Boolean, True),
        (Integer, number),
        (Numeric, number),
        (UtcDateTime, NOW),
        (DateTime, NOW),
        (Date, date(2026, 3, 2)),
        (LargeBinary, b"x"),
        (String, f"x{number}"),
    )
    if isinstance(column.type, EnumText):
        return next(iter(column.type.kind))
    return next((value for kind, value in kinds if isinstance(column.type, kind)), {})


@pytest.fixture
def two(db: Database) -> Database:
    """Give a database in which two practices have one row each in every table."""

    def fill(session: Session) -> None:
        for table in Base.metadata.sorted_tables:
            for number in (OWN, OTHER):
                session.execute(insert(table), {one.name: example(one, number) for one in table.columns})

    db.transaction(fill)
    return db


def rows(session: Session, table: Table) -> int:
    return session.scalar(text(f"SELECT count(*) FROM {table.name}")) or 0  # noqa: S608 - a name of ours


def test_every_table_is_placed() -> None:
    assert all(own_rows(table, "7") for table in Base.metadata.sorted_tables)
    assert {*SHARED, *HIDDEN} <= set(Base.metadata.tables)


def test_a_reader_of_one_practice_sees_its_rows_and_no_others(two: Database) -> None:
    assert two.read(is_isolated)
    with seeing_only(scope_of(OWN)):
        seen = {table.name: two.read(partial(rows, table=table)) for table in Base.metadata.sorted_tables}
        assert two.read(lambda s: s.scalars(select(Practice.id)).all()) == [OWN]
        assert two.read(lambda s: s.scalars(select(Message.practice_id)).all()) == [OWN]
    wanted = {
        one.name: 0 if one.name in HIDDEN else 2 if one.name in SHARED else 1 for one in Base.metadata.sorted_tables
    }
    assert seen == wanted


def test_outside_of_it_everything_is_seen_and_written(two: Database) -> None:
    with seeing_only(scope_of(OWN)):
        two.read(lambda s: s.scalar(select(func.count(Message.id))))
        two.transaction(lambda s: s.execute(text("UPDATE messages SET attempts = 5")))
    assert present_scope() is None
    assert two.read(lambda s: s.scalar(select(func.count(Message.id)).where(Message.attempts == 5))) == 2


def test_a_reader_of_nobody_sees_nothing(two: Database) -> None:
    with seeing_only(scope_of(404)):
        assert {table.name for table in OWNED if two.read(partial(rows, table=table))} == set()


def a_query(random: Random) -> str:
    """Write a query that asks for another practice's rows in some way; it gives ids of practices."""
    wish = random.choice(WISHES).format(own=OWN, other=OTHER)
    return random.choice(SHAPES).format(
        table=random.choice(DIRECT).name, beside=random.choice(DIRECT).name, wish=wish, own=OWN
    )


def test_a_thousand_random_queries_of_one_practice_give_no_row_of_another_i17(two: Database) -> None:
    """The ORM is not in the way: plain SQL, one transaction, the connection of a portal reader."""
    random = Random(17)
    queries = [a_query(random) for _ in range(QUERIES)]

    def ask(session: Session) -> set[int]:
        return {number for one in queries for number in session.scalars(text(one)) if number is not None}

    with seeing_only(scope_of(OWN)):
        assert two.read(ask) == {OWN}
    assert two.read(ask) == {OWN, OTHER}  # the same queries find them where nobody is narrowed


@contextmanager
def owned_by(server: URL, role: str, *grants: str) -> Iterator[Database]:
    """Give a migrated database of a role that is no superuser."""
    name = f"t_{uuid4().hex}"
    postgres.execute(server, f"CREATE ROLE {role} LOGIN")
    try:
        for one in grants:
            postgres.execute(server, f"GRANT {one} TO {role} WITH ADMIN OPTION")
        with postgres.made(server, name) as url:
            postgres.execute(server, f"ALTER DATABASE {name} OWNER TO {role}")
            postgres.execute(url, f"ALTER SCHEMA public OWNER TO {role}")
            own = open_database(url.set(username=role))
            try:
                upgrade(own)
                yield own
            finally:
                own.close()
    finally:
        postgres.execute(server, f"DROP ROLE {role}")


@pytest.mark.database
@pytest.mark.parametrize("grants", [("golive_reader",), ()])
def test_an_owner_who_is_no_superuser_works_on_and_says_whether_practices_are_kept_apart(
    postgres_template: URL | str, grants: tuple[str, ...]
) -> None:
    if isinstance(postgres_template, str):
        pytest.skip(postgres_template)
    with owned_by(postgres_template, f"r_{uuid4().hex}", *grants) as own:
        assert own.read(is_isolated) is bool(grants)
        columns = Base.metadata.tables["practices"].columns
        new = [{one.name: example(one, number) for one in columns} for number in (OWN, OTHER)]
        own.transaction(lambda s: s.execute(insert(Practice), new))
        assert sorted(own.read(lambda s: s.scalars(select(Practice.id)).all())) == [OWN, OTHER]
        with seeing_only(scope_of(OWN)):
            assert len(own.read(lambda s: s.scalars(select(Practice.id)).all())) == (1 if grants else 2)
        downgrade(own, "-1")
        upgrade(own)
        assert own.read(is_isolated) is bool(grants)
