"""The calendar's file: private, sealed, made once; its failures have codes and never look like an empty calendar."""

import os
import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.sealing import KeyRing
from tasks.connectors import practice_calendar_store
from tasks.connectors.ports import Rejected, Unavailable, Unknown
from tests.connectors.calendars import (
    MORNING,
    PATIENT,
    PERSONAL,
    Desk,
    an_appointment,
    assert_fails,
    every_call,
    everything,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home" / "practice-calendar").opened()


def test_the_file_is_private_and_named_by_the_practice_alone(desk: Desk) -> None:
    desk.calendar.create_patient(PATIENT)
    folder = desk.path.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} <= {"7.db", "7.db-wal", "7.db-shm"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Desk(tmp_path).opened()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_nothing_personal_can_be_read_in_the_files(desk: Desk) -> None:
    patient = desk.calendar.create_patient(PATIENT)
    with closing(sqlite3.connect(desk.path)) as held:  # keeps the write-ahead file in place
        held.execute("SELECT 1 FROM patient").fetchall()
        desk.create(patient=patient.id, notes="migraine since May", name="Marisol Quintanilla")
        content = b"".join(path.read_bytes() for path in desk.path.parent.iterdir())
    assert b"appointment" in content
    assert [word for word in PERSONAL if word.encode() in content] == []


def test_a_second_registration_changes_no_key_and_loses_nothing(desk: Desk) -> None:
    made = desk.calendar.create_patient(PATIENT)
    desk.opened()
    assert desk.calendar.patient(made.id) == made


def test_calendars_made_at_once_are_one_calendar(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        desks = list(threads.map(lambda _: Desk(tmp_path).opened(), range(16)))
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("7.db-")] == ["7.db"]
    made = desks[0].calendar.create_patient(PATIENT)
    assert {desk.calendar.patient(made.id) for desk in desks} == {made}


def test_two_practices_share_neither_file_nor_key(tmp_path: Path) -> None:
    ours, theirs = Desk(tmp_path).opened(), Desk(tmp_path, practice=8).opened()
    made = ours.calendar.create_patient(PATIENT)
    assert theirs.calendar.patient_known_as("our-1") is None
    shutil.copy(ours.path, theirs.path)
    assert_fails(lambda: theirs.calendar.patient(made.id), Rejected, "calendar_unreadable")


def test_a_calendar_that_is_gone_does_not_look_empty(desk: Desk) -> None:
    desk.create()
    for path in list(desk.path.parent.iterdir()):
        path.unlink()
    for call in every_call(desk):
        assert_fails(call, Rejected, "calendar_missing")
    assert not list(desk.path.parent.iterdir())


def test_another_master_key_reads_nothing(desk: Desk) -> None:
    stranger = Desk(desk.path.parent, ring=KeyRing(bytes(reversed(range(32)))))
    for call in every_call(stranger):
        assert_fails(call, Rejected, "calendar_unreadable")


@pytest.mark.parametrize("damage", [b"", b"no database at all, but long enough to be looked at " * 40])
def test_a_damaged_file_is_unreadable(desk: Desk, damage: bytes) -> None:
    desk.path.write_bytes(damage)
    for call in every_call(desk):
        assert_fails(call, Rejected, "calendar_unreadable")


def test_a_file_damaged_in_the_middle_is_unreadable(desk: Desk) -> None:
    desk.office.book([an_appointment(starts_at=MORNING + timedelta(hours=hour)) for hour in range(200)])
    content = bytearray(desk.path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    desk.path.write_bytes(content)
    assert_fails(lambda: everything(desk), Rejected, "calendar_unreadable")


def test_a_sealed_field_that_was_moved_is_noticed(desk: Desk) -> None:
    one = desk.calendar.create_patient(PATIENT)
    other = desk.calendar.create_patient(replace(PATIENT, external_id="our-2", first="Ines"))
    desk.run("UPDATE patient SET person = (SELECT person FROM patient WHERE id = ?) WHERE id = ?", one.id, other.id)
    assert_fails(lambda: desk.calendar.patient(other.id), Rejected, "calendar_unreadable")
    assert desk.calendar.patient(one.id) == one


def test_a_calendar_of_a_later_version_is_left_alone(desk: Desk) -> None:
    desk.run("PRAGMA user_version = 99")
    for call in every_call(desk):
        assert_fails(call, Rejected, "calendar_too_new")


def test_a_calendar_that_stays_locked_is_unavailable_for_writing_and_readable_still(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = desk.create()
    monkeypatch.setattr(practice_calendar_store, "LOCK_WAIT_SECONDS", 0.05)
    with closing(sqlite3.connect(desk.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert_fails(desk.create, Unavailable, "calendar_not_writable")
        assert_fails(lambda: everything(desk), Unavailable, "calendar_not_writable")
        assert desk.calendar.appointment(made.id) == made
    assert everything(desk) == [made]


def test_a_full_disk_leaves_nothing_half_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = practice_calendar_store._CONNECTION
    monkeypatch.setattr(practice_calendar_store, "_CONNECTION", (*usual, "PRAGMA max_page_count = 1"))
    many = [an_appointment(notes="migraine " * 100) for _ in range(100)]
    assert_fails(lambda: desk.office.book(many), Unavailable, "calendar_not_writable")
    monkeypatch.undo()
    assert everything(desk) == []


def test_a_disk_that_fails_while_writing_leaves_the_outcome_unknown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement == "COMMIT":
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
                raise error
            return super().execute(statement, *values)

    usual = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: usual(*args, **options, factory=Failing))
    assert_fails(desk.create, Unknown, "calendar_unsure")
    assert_fails(lambda: everything(desk), Unavailable, "calendar_not_writable")


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    assert_fails(Desk(tmp_path / "taken" / "practice-calendar").opened, Unavailable, "calendar_not_writable")
