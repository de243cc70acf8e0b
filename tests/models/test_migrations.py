"""Every revision goes up, down and up again without losing a row, on both engines."""

import shutil
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    func,
    insert,
    select,
    table,
)
from sqlalchemy import inspect as look_at
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

import models.tables
from models.db import Database
from models.migrations import migrate
from models.migrations.migrate import MigrationRefusedError, check, current, downgrade, main, newest, upgrade
from models.tables.base import Base, EnumText, UtcDateTime

needs_a_revision = pytest.mark.skipif(not newest(), reason="there is no revision yet")
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
EXAMPLES: tuple[tuple[type, object], ...] = (
    (Boolean, True),
    (Integer, 1),
    (Numeric, 1),
    (Float, 1.0),
    (UtcDateTime, NOW),
    (DateTime, NOW),
    (Date, date(2026, 3, 2)),
    (LargeBinary, b"x"),
    (String, "x"),
)


def tables(db: Database) -> set[str]:
    return set(db.read(lambda s: look_at(s.connection()).get_table_names())) - {"alembic_version"}


def example(column: Column[object]) -> object:
    if column.foreign_keys:
        target = "x" if isinstance(column.type, String) else 1
        return None if column.nullable else target
    if isinstance(column.type, EnumText):
        return next(iter(column.type.kind))
    return next((value for kind, value in EXAMPLES if isinstance(column.type, kind)), {})


def fill(session: Session) -> None:
    """Put one row into every table."""
    for one in Base.metadata.sorted_tables:
        session.execute(insert(one), {column.name: example(column) for column in one.columns})


def counts(session: Session) -> dict[str, int]:
    names = look_at(session.connection()).get_table_names()
    return {name: session.scalars(select(func.count()).select_from(table(name))).one() for name in names}


@needs_a_revision
def test_the_revisions_make_exactly_the_tables_of_the_code(db: Database) -> None:
    check(db)
    assert current(db) == newest()
    assert tables(db) == set(Base.metadata.tables)


@needs_a_revision
def test_going_up_twice_changes_nothing(db: Database) -> None:
    db.transaction(fill)
    before = db.read(counts)
    upgrade(db)
    assert db.read(counts) == before


@needs_a_revision
def test_every_revision_goes_down_and_up_again_with_rows(db: Database) -> None:
    db.transaction(fill)
    full = db.read(counts)
    while here := current(db):
        downgrade(db, "-1")
        assert current(db) < here
        upgrade(db, here)
        assert {name for name, rows in db.read(counts).items() if rows} <= set(full)
        downgrade(db, "-1")
    assert tables(db) == set()
    upgrade(db)
    db.transaction(fill)
    assert db.read(counts) == full


def test_two_that_upgrade_at_once_both_succeed(empty_db: Database) -> None:
    failed: list[Exception] = []

    def climb() -> None:
        try:
            upgrade(empty_db)
        except Exception as error:  # noqa: BLE001 - a thread must hand over whatever it meets
            failed.append(error)

    threads = [threading.Thread(target=climb) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert current(empty_db) == newest()


FAMILY = """
def upgrade():
    op.create_table("parents", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(9)))
    op.create_table("children", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("parents.id", ondelete="CASCADE"), nullable=False))
    op.execute("INSERT INTO parents (id, name) VALUES (1, 'a'), (2, 'b')")
    op.execute("INSERT INTO children (id, parent_id) VALUES (10, 1), (20, 2)")
def downgrade():
    op.drop_table("children")
    op.drop_table("parents")
"""
REBUILT = """
def upgrade():
    with op.batch_alter_table("parents") as batch:
        batch.alter_column("name", type_=sa.String(99), existing_type=sa.String(9))
def downgrade():
    pass
"""
PURGED = """
def upgrade():
    op.execute("DELETE FROM children WHERE id = 10")
def downgrade():
    pass
"""
ORPHANED = """
def upgrade():
    op.execute("DELETE FROM parents WHERE id = 1")
def downgrade():
    pass
"""
MEANT = 'changes_rows = frozenset({"parents", "children"})\n'
sqlite_only = pytest.mark.parametrize("empty_db", ["sqlite"], indirect=True)


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of revisions of this test, run by our own env.py."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copy(Path(migrate.__file__).with_name(name), folder)
    monkeypatch.setattr(migrate, "SCRIPTS", str(folder))
    return folder


def write(folder: Path, *bodies: str) -> None:
    for number, body in enumerate(bodies, start=1):
        before = f'"{number - 1:04}"' if number > 1 else "None"
        head = f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "{number:04}"\ndown_revision = {before}\n'
        (folder / "versions" / f"r{number:04}.py").write_text(head + dedent(body))


def test_rebuilding_a_parent_keeps_its_children(empty_db: Database, scripts: Path) -> None:
    write(scripts, FAMILY, REBUILT)
    upgrade(empty_db)
    assert current(empty_db) == "0002"
    rows = empty_db.read(counts)
    assert (rows["parents"], rows["children"]) == (2, 2)


@sqlite_only
def test_a_revision_that_loses_rows_is_refused_as_a_whole(empty_db: Database, scripts: Path) -> None:
    write(scripts, FAMILY, PURGED)
    upgrade(empty_db, "0001")
    with pytest.raises(MigrationRefusedError, match="rows of children would change; nothing was changed"):
        upgrade(empty_db)
    assert current(empty_db) == "0001"
    assert empty_db.read(counts)["children"] == 2


def test_a_revision_may_change_rows_when_it_says_so(empty_db: Database, scripts: Path) -> None:
    write(scripts, FAMILY, MEANT + PURGED)
    upgrade(empty_db, "0001")
    upgrade(empty_db)
    assert empty_db.read(counts)["children"] == 1


@sqlite_only
def test_a_revision_that_orphans_rows_is_refused(empty_db: Database, scripts: Path) -> None:
    write(scripts, FAMILY, MEANT + ORPHANED)
    upgrade(empty_db, "0001")
    with pytest.raises(MigrationRefusedError, match="rows of children would point to nothing"):
        upgrade(empty_db)
    assert current(empty_db) == "0001"


def test_foreign_keys_are_on_again_after_a_migration(empty_db: Database, scripts: Path) -> None:
    write(scripts, FAMILY)
    upgrade(empty_db)
    empty_db.transaction(lambda s: s.execute(sql("DELETE FROM parents WHERE id = 1")))
    assert empty_db.read(counts)["children"] == 1


def test_a_database_behind_the_code_is_told_to_upgrade(
    empty_db: Database, scripts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(scripts, FAMILY)
    with pytest.raises(MigrationRefusedError, match="at revision none, the code at 0001; run the upgrade"):
        check(empty_db)
    assert main(["check"]) == 1
    assert main(["upgrade"]) == 0
    assert "at revision 0001" in capsys.readouterr().out


@pytest.mark.usefixtures("scripts")
def test_a_first_revision_is_written_from_the_tables() -> None:
    written = migrate.write_revision("first tables").read_text()
    assert 'revision: str = "0001"' in written.replace("'", '"')
    assert "models." not in written


def test_every_table_is_known_to_the_metadata() -> None:
    folder = Path(models.tables.__file__).parent
    declared = sum(file.read_text().count("__tablename__ =") for file in folder.glob("*.py"))
    assert declared == len(Base.metadata.tables)
    assert all(isinstance(one, Table) for one in Base.metadata.sorted_tables)
