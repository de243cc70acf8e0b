"""The built-in practice calendar beyond the port: creation once per key, a clock that only goes on, tombstones."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from models.rules.appointments import Status
from tasks.connectors.ports import Rejected
from tests.connectors.calendars import MORNING, PATIENT, Desk, an_appointment, assert_fails, everything


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home" / "practice-calendar").opened()


def test_the_check_names_the_practice(desk: Desk) -> None:
    (practice,) = desk.calendar.check().practices
    assert (practice.id, practice.name, practice.is_active) == ("7", "Riverside Clinic", True)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"ends_at": MORNING + timedelta(days=3)}, "malformed"),
        ({"starts_at": datetime(2026, 3, 5, 10), "ends_at": MORNING}, "malformed"),  # noqa: DTZ001 - refused for it
        ({"status": Status.DELETED}, "malformed"),
        ({"notes": "migraine \ud800"}, "malformed"),
        ({"provider": "102"}, "unknown_provider"),
        ({"provider": ""}, "malformed"),
        ({"location": ""}, "malformed"),
        ({"location": "202"}, "unknown_location"),
        ({"patient": "999"}, "unknown_patient"),
        ({"patient": "9" * 30}, "unknown_patient"),
        ({"patient": "Quintanilla"}, "unknown_patient"),
        ({"reason_id": "5"}, "unknown_reason"),
    ],
)
def test_what_the_calendar_cannot_keep_is_refused_by_a_code(desk: Desk, facts: dict[str, Any], reason: str) -> None:
    assert_fails(lambda: desk.create(**facts), Rejected, reason)
    assert everything(desk) == []


@pytest.mark.parametrize("facts", [{"first": " "}, {"last": ""}, {"first": "Marisol \udfff"}])
def test_a_record_without_a_whole_name_is_refused(desk: Desk, facts: dict[str, str]) -> None:
    assert_fails(lambda: desk.calendar.create_patient(replace(PATIENT, **facts)), Rejected, "malformed")  # type: ignore[arg-type]  # texts only


def test_an_appointment_that_is_not_there_cannot_be_changed(desk: Desk) -> None:
    gone = desk.create()
    desk.calendar.delete_appointment(gone.id)
    for unknown in (gone, replace(gone, id="999"), replace(gone, id="x")):
        assert_fails(
            lambda id_=unknown.id: desk.change(gone, id=id_, status=Status.CONFIRMED),  # type: ignore[misc]  # a default
            Rejected,
            "unknown_appointment",
        )


def test_a_second_creation_with_the_same_key_gives_the_same_appointment(desk: Desk) -> None:
    new = an_appointment(notes="bring the X-ray")
    made = desk.calendar.create_appointment(new)
    desk.time += timedelta(minutes=5)
    assert desk.calendar.create_appointment(new) == made
    assert desk.calendar.create_appointment(replace(new, notes="said differently")) == made
    assert everything(desk) == [made]


def test_a_second_record_with_our_id_is_the_first_one(desk: Desk) -> None:
    made = desk.calendar.create_patient(PATIENT)
    assert desk.calendar.create_patient(replace(PATIENT, first="Mari")) == made
    assert list(desk.calendar.patients_born(PATIENT.born)) == [made]


def test_the_same_key_in_many_threads_makes_one_appointment(desk: Desk) -> None:
    new = an_appointment()
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: desk.calendar.create_appointment(new).id, range(40)))
    assert {each.id for each in everything(desk)} == made
    assert len(made) == 1


def test_records_without_an_id_of_ours_are_told_apart(desk: Desk) -> None:
    nameless = replace(PATIENT, external_id="")
    made = {desk.calendar.create_patient(nameless).id for _ in range(3)}
    assert len(made) == 3
    assert desk.calendar.patient_known_as("") is None


@pytest.mark.parametrize("step", [timedelta(), timedelta(seconds=-40), timedelta(seconds=1)])
def test_changes_have_strictly_increasing_moments_even_when_the_clock_stands_or_goes_back(
    desk: Desk, step: timedelta
) -> None:
    seen = [desk.create()]
    for _ in range(5):
        desk.time += step
        seen += [desk.change(seen[-1], status=Status.CONFIRMED), desk.create()]
    moments = [each.modified_at for each in seen]
    assert moments == sorted(set(moments))


def test_a_cursor_misses_no_change_and_sees_none_twice(desk: Desk) -> None:
    far = MORNING + timedelta(days=1)
    cursor, seen = MORNING - timedelta(days=1), []
    for _ in range(6):
        made = {desk.create().id for _ in range(3)}
        listing = desk.calendar.appointments_changed(cursor, far)
        assert {each.id for each in listing.appointments} == made
        assert all(each.modified_at < listing.server_time for each in listing.appointments)
        cursor = listing.server_time
        seen += [each.id for each in listing.appointments]
    assert len(seen) == len(set(seen)) == 18


def test_a_window_is_listed_by_start_and_changes_by_their_moment(desk: Desk) -> None:
    made = [desk.create(starts_at=MORNING + timedelta(hours=hour)) for hour in (5, 1, 3)]
    assert everything(desk) == [made[1], made[2], made[0]]
    changes = desk.calendar.appointments_changed(MORNING, MORNING + timedelta(days=1)).appointments
    assert list(changes) == made


def test_a_deletion_leaves_a_tombstone_that_only_its_id_shows(desk: Desk) -> None:
    kept, gone = desk.create(), desk.create(notes="bring the X-ray")
    before = desk.calendar.appointments(MORNING, MORNING + timedelta(days=9)).server_time
    desk.calendar.delete_appointment(gone.id)
    shown = desk.calendar.appointment(gone.id)
    assert shown is not None
    assert (shown.status, shown.starts_at, shown.notes) == (Status.DELETED, gone.starts_at, "bring the X-ray")
    assert shown.modified_at >= before
    assert desk.calendar.appointments_changed(before, before + timedelta(days=1)).appointments == []
    assert everything(desk) == [kept]


def test_deleting_twice_leaves_the_first_tombstone(desk: Desk) -> None:
    gone = desk.create()
    desk.calendar.delete_appointment(gone.id)
    shown = desk.calendar.appointment(gone.id)
    desk.calendar.delete_appointment(gone.id)
    assert desk.calendar.appointment(gone.id) == shown


def test_what_was_created_is_found_by_its_key_even_after_its_deletion(desk: Desk) -> None:
    new = an_appointment()
    assert desk.calendar.find_created(new) is None
    made = desk.calendar.create_appointment(new)
    desk.calendar.delete_appointment(made.id)
    found = desk.calendar.find_created(new)
    assert found is not None
    assert (found.id, found.status) == (made.id, Status.DELETED)
    assert desk.calendar.find_created(replace(new, key=uuid4())) is None


@pytest.mark.parametrize(("said", "kept"), [("lapsed", "tentative"), ("declined", "cancelled")])
def test_words_of_the_growth_side_are_kept_as_the_practice_side_says_them(desk: Desk, said: str, kept: str) -> None:
    assert desk.create(status=Status(said)).status is Status(kept)


def test_a_moment_of_another_zone_is_kept_as_the_same_moment(desk: Desk) -> None:
    starts_at = datetime.fromisoformat("2026-11-01T01:30:15.123456-05:00")
    made = desk.create(starts_at=starts_at)
    assert made.starts_at == starts_at
    assert made.starts_at.tzinfo is UTC
