"""Backups hold every row, open with their key only, count only once read again, and are rotated."""

import base64
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from deployments import backup as command
from models.db import Database
from models.sealing import key_of_file
from models.settings import Settings, SettingsError, use_settings
from tasks import backups, copies, keeping
from tasks.backups import BackupFailedError, check_backup, list_backups, make_backup, opened
from tests.factories import a_signed_journey
from tests.keeping import with_tools

NIGHT = datetime(2026, 11, 24, 8, 15, tzinfo=UTC)
OTHER_KEY = SecretStr(base64.b64encode(bytes(range(32))).decode())


@pytest.fixture
def chosen(db: Database, own_settings: Settings) -> Settings:
    a_signed_journey(db)
    return with_tools(own_settings)


def test_a_backup_says_what_it_holds_and_is_found_to_hold_it(db: Database, chosen: Settings) -> None:
    made = make_backup(db, chosen, as_of=NIGHT)
    assert made.backup.path.name == "20261124T081500Z.golive-backup"
    assert made.backup.path.stat().st_mode & 0o777 == 0o600
    assert made.about.rows["messages"] == 3
    assert made.about.rows["practices"] == 1
    assert made.about.engine == copies.engine_of(db)
    assert check_backup(made.backup.path, chosen) == made.about
    assert [path.name for path in chosen.backups.iterdir() if path.suffix != ".golive-backup"] == [".lock"]


def test_neither_the_file_nor_its_name_nor_its_head_holds_a_value(db: Database, chosen: Settings) -> None:
    path = make_backup(db, chosen, as_of=NIGHT).backup.path
    content = path.read_bytes()
    assert b"maple-street" not in content
    assert b"Maple Street" not in content
    assert base64.b64encode(key_of_file(chosen.keys_file)) not in content


def test_the_master_key_is_not_in_the_clear_copy_either(db: Database, chosen: Settings) -> None:
    path = make_backup(db, chosen, as_of=NIGHT).backup.path
    master = key_of_file(chosen.keys_file)
    with opened(path, chosen) as (_, clear):
        content = clear.read_bytes()
        assert clear.stat().st_mode & 0o777 == 0o600
    assert b"dana@example.com" not in content
    assert master not in content
    assert base64.b64encode(master) not in content
    assert not clear.exists()


def test_a_damaged_backup_is_refused_in_a_sentence(db: Database, chosen: Settings) -> None:
    path = make_backup(db, chosen, as_of=NIGHT).backup.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BackupFailedError, match=r"it was changed, or its end is missing; take another one\."):
        check_backup(path, chosen)


def test_another_key_opens_nothing(db: Database, chosen: Settings) -> None:
    path = make_backup(db, chosen, as_of=NIGHT).backup.path
    with pytest.raises(BackupFailedError, match="sealed with another key"):
        check_backup(path, chosen.model_copy(update={"backup_key": OTHER_KEY}))


def test_a_backup_that_lost_rows_on_its_way_never_gets_a_name(
    db: Database, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_backup(db, chosen, as_of=NIGHT).backup
    real = copies.write_copy

    def lossy(database: Database, path: Path, *, tools: str) -> tuple[str, dict[str, int]]:
        revision, rows = real(database, path, tools=tools)
        return revision, rows | {"messages": rows["messages"] + 1}

    monkeypatch.setattr(backups, "write_copy", lossy)
    with pytest.raises(BackupFailedError, match="does not hold the rows that it says"):
        make_backup(db, chosen, as_of=NIGHT + timedelta(days=1))
    assert [one.path for one in list_backups(chosen)] == [first.path]


def test_what_a_killed_backup_left_is_removed_by_the_next(db: Database, chosen: Settings) -> None:
    chosen.backups.mkdir()
    (chosen.backups / ".draft-left").write_bytes(b"half")
    make_backup(db, chosen, as_of=NIGHT)
    assert not (chosen.backups / ".draft-left").exists()


def test_outlived_backups_go_and_other_files_stay(db: Database, chosen: Settings) -> None:
    few = chosen.model_copy(update={"backup_daily": 2, "backup_weekly": 1})
    chosen.backups.mkdir()
    (chosen.backups / "notes.golive-backup").write_text("ours")
    for days in range(3):
        made = make_backup(db, few, as_of=NIGHT + timedelta(days=days))
    assert made.removed == 1
    assert [one.made_at for one in list_backups(few)] == [NIGHT + timedelta(days=2), NIGHT + timedelta(days=1)]
    assert (chosen.backups / "notes.golive-backup").exists()


def test_a_server_makes_no_backup_without_a_key_of_its_own(own_settings: Settings) -> None:
    server = own_settings.model_copy(update={"mode": "server"})
    with pytest.raises(SettingsError, match="GOLIVE_BACKUP_KEY is empty"):
        backups.backup_key(server)
    with pytest.raises(SettingsError, match="same as GOLIVE_MASTER_KEY"):
        backups.backup_key(server.model_copy(update={"backup_key": OTHER_KEY, "master_key": OTHER_KEY}))


def test_missing_programs_of_postgresql_are_named(own_settings: Settings) -> None:
    with pytest.raises(copies.CopyFailedError, match=r"pg_restore is missing.*GOLIVE_POSTGRES_TOOLS"):
        copies.read_copy(own_settings.home, engine="postgresql", tools=str(own_settings.home))


def test_a_file_that_breaks_its_own_promises_is_no_copy(own_settings: Settings) -> None:
    path = own_settings.home / "copy.db"
    with closing(sqlite3.connect(path)) as broken:
        broken.executescript(
            "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id)); INSERT INTO b VALUES (1);"
        )
    with pytest.raises(copies.CopyFailedError, match="rows point to nothing"):
        copies.read_copy(path, engine="sqlite", tools="")
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(copies.CopyFailedError, match="SQLITE_NOTADB"):
        copies.read_copy(path, engine="sqlite", tools="")


def test_on_the_command_line(db: Database, chosen: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with use_settings(chosen):
        assert command.main(["--list"]) == 0
        assert command.main([]) == 0
        made = list_backups(chosen)[0].path
        assert command.main(["--check", str(made)]) == 0
        assert command.main(["--check", str(chosen.home / "none")]) == 65
    told = capsys.readouterr()
    assert "There is no backup yet" in told.out
    assert f"{made.name} is whole: " in told.out
    assert "No such file" in told.err
    assert str(chosen.home) not in told.err


def test_as_scheduled_work(db: Database, chosen: Settings) -> None:
    with use_settings(chosen):
        answer = keeping.back_up.fn(as_of=NIGHT)
        assert answer.is_done
        assert "was read again; 0 older ones were removed" in answer.sentence
        assert keeping.backup_rows()[0]["made"] == "2026-11-24 08:15 UTC"
    with use_settings(chosen.model_copy(update={"mode": "server"})):
        assert not keeping.back_up.fn(as_of=NIGHT).is_done
