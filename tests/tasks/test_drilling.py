"""A drill restores the newest backup for a while, finds what is wrong with it, and leaves nothing behind."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from deployments import restore_drill as command
from models.db import Database, open_database
from models.settings import Settings, use_settings
from models.store.retention import last_run
from models.tables.keeping import KeepingKind, KeepingRun
from tasks import drilling
from tasks.backups import BackupFailedError, make_backup
from tasks.drilling import drill
from tests.factories import MONDAY, a_signed_journey
from tests.keeping import with_tools

LATER = MONDAY + timedelta(days=1)


@pytest.fixture
def chosen(db: Database, own_settings: Settings) -> Settings:
    a_signed_journey(db)
    return with_tools(own_settings, database_url=db.url.render_as_string(hide_password=False))


def left_behind(db: Database, chosen: Settings) -> list[str]:
    """List what stands beside the database, and the drafts beside the backups."""
    drafts = [path.name for path in chosen.backups.iterdir() if path.name.startswith(".draft")]
    if db.is_sqlite:
        return [*drafts, *(path.name for path in db.file.parent.glob("*_drill*"))]
    name = f"{db.url.database}_drill"
    found = db.read(lambda s: s.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).all())
    return [*drafts, *(name for _ in found)]


def test_it_counts_recomputes_and_opens_and_removes_what_it_made(db: Database, chosen: Settings) -> None:
    made = make_backup(db, chosen, as_of=MONDAY)
    a_signed_journey_length = db.read(lambda s: s.execute(text("SELECT count(*) FROM events")).scalar_one())
    before = db.read(lambda s: s.execute(text("SELECT count(*) FROM messages")).scalar_one())
    seen = drill(db, chosen, as_of=LATER)
    assert (seen.rows, seen.tables, seen.practices) == (made.about.total, len(made.about.rows), 1)
    assert seen.lines == a_signed_journey_length
    assert left_behind(db, chosen) == []
    assert db.read(lambda s: last_run(s, KeepingKind.RESTORE_DRILL)) == LATER
    [row] = db.read(lambda s: s.scalars(select(KeepingRun)).all())
    assert row.counts["rows"] == seen.rows
    assert db.read(lambda s: s.execute(text("SELECT count(*) FROM messages")).scalar_one()) == before


def test_a_history_that_was_changed_is_named(db: Database, chosen: Settings) -> None:
    db.transaction(lambda s: s.execute(text("UPDATE events SET reason = 'other' WHERE position = 2")))
    make_backup(db, chosen, as_of=MONDAY)
    with pytest.raises(BackupFailedError, match="history of maple-street is broken at line 2"):
        drill(db, chosen, as_of=LATER)
    assert left_behind(db, chosen) == []
    assert db.read(lambda s: last_run(s, KeepingKind.RESTORE_DRILL)) is None


def test_rows_that_were_lost_on_the_way_are_counted(
    db: Database, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(db, chosen, as_of=MONDAY)
    whole = open_database

    def lossy(url: object) -> Database:
        opened = whole(url)  # type: ignore[arg-type]  # what it was given
        opened.transaction(lambda s: s.execute(text("DELETE FROM timers")))
        return opened

    monkeypatch.setattr(drilling, "open_database", lossy)
    with pytest.raises(BackupFailedError, match="restored table timers has 0 rows"):
        drill(db, chosen, as_of=LATER)
    assert left_behind(db, chosen) == []


def test_without_the_master_key_of_its_time_a_backup_is_no_use(db: Database, chosen: Settings) -> None:
    make_backup(db, chosen, as_of=MONDAY)
    chosen.keys_file.unlink()
    with pytest.raises(BackupFailedError, match="master key does not open the keys"):
        drill(db, chosen, as_of=LATER)


def test_on_the_command_line(db: Database, chosen: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with use_settings(chosen):
        assert command.main([]) == 65
        make_backup(db, chosen, as_of=MONDAY)
        assert command.main([]) == 0
    told = capsys.readouterr()
    assert "There is no backup yet" in told.err
    assert "was restored and removed again" in told.out
    assert "lines of history without a break" in told.out
