"""What every practice system promises, tried on each one that the registry can build."""

import inspect
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.inputs.practice_system import NewAppointment, SystemAppointment, VisitType
from models.rules.appointments import Sex, Status
from models.rules.boundary import OutsideCallInTransactionError, inside_transaction
from tasks.connectors.ports import PracticeSystem, Rejected, Unknown
from tasks.connectors.registry import PRACTICE_SYSTEMS
from tests.connectors.calendars import the_same
from tests.connectors.practice_systems import (
    NOON,
    PRACTICE_NAME,
    WORLDS,
    World,
    a_patient,
    calendar_world,
    create_elsewhere,
)

SHOWN_BY_ALL = (
    Status.TENTATIVE,
    Status.CONFIRMED,
    Status.RESCHEDULED,
    Status.CHECKED_IN,
    Status.CHECKED_OUT,
    Status.NO_SHOW,
    Status.CANCELLED,
)
NEW_YORK = ZoneInfo("America/New_York")
UNKNOWN_ID = "987654321"
PORT = [name for name, member in vars(PracticeSystem).items() if inspect.isfunction(member) and name[0] != "_"]


@pytest.fixture(params=sorted(PRACTICE_SYSTEMS))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with WORLDS[request.param](tmp_path) as made:
        yield made


def core(seen: SystemAppointment) -> tuple[object, ...]:
    """Give what lists and single answers must agree on."""
    return seen.id, seen.status, seen.starts_at, seen.ends_at, seen.provider, seen.location, seen.patient, seen.visit


def test_every_practice_system_of_the_registry_is_tried() -> None:
    assert set(WORLDS) == set(PRACTICE_SYSTEMS)


def test_the_account_reaches_the_practice(world: World) -> None:
    checked = world.system.check()
    assert PRACTICE_NAME in [each.name for each in checked.practices]
    assert list(checked.missing_permissions) == []


def test_providers_and_locations_are_listed_with_their_ids(world: World) -> None:
    listed = {each.id: each.name for each in world.system.providers() if each.is_active}
    assert listed == {each.id: each.name for each in world.providers}
    assert [(each.id, each.name) for each in world.system.locations()] == [(world.location.id, world.location.name)]


@pytest.mark.parametrize(
    ("first", "last"), [("Marisol", "Quintanilla"), ("Zoë-Ann", "O'Ñandú & Söhne <Jr.>"), ("小龍", "李"), ("D", "X")]
)
def test_a_patient_is_read_back_whole_a_69(world: World, first: str, last: str) -> None:
    wanted = a_patient(first=first, last=last)
    made = world.system.create_patient(wanted)
    found = world.system.patient_known_as(wanted.external_id)
    assert found is not None
    assert (found.id, found.external_id) == (made.id, wanted.external_id)
    (listed,) = world.system.patients_born(wanted.born)
    for shown in (made, found, listed, world.system.patient(made.id)):
        assert shown is not None
        assert (shown.id, shown.first, shown.last, shown.born) == (made.id, first, last, wanted.born)
        assert (shown.email, shown.mobile, shown.sex) == (wanted.email, wanted.mobile, wanted.sex)
        assert shown.is_active


@pytest.mark.parametrize("born", [date(1926, 1, 1), date(1987, 3, 8), date(2024, 2, 29), date(2025, 12, 31)])
def test_a_date_of_birth_is_no_moment_and_never_moves_by_a_day(world: World, born: date) -> None:
    made = world.patient(born=born, sex=Sex.UNKNOWN)
    world.patient(born=born + timedelta(days=1))
    world.patient(born=born - timedelta(days=1))
    assert [(each.id, each.born) for each in world.system.patients_born(born)] == [(made, born)]


def test_all_records_of_one_date_of_birth_are_listed_a_72(world: World) -> None:
    made = {world.patient(), world.patient(), world.patient(first="Ines")}
    assert {each.id for each in world.system.patients_born(date(1987, 6, 5))} == made
    assert len(made) == 3


def test_a_patient_without_contact_details_is_kept(world: World) -> None:
    shown = world.system.patient(world.patient(email="", mobile=""))
    assert shown is not None
    assert (shown.email, shown.mobile) == ("", "")


def test_unknown_ids_are_answered_by_nothing(world: World) -> None:
    assert world.system.patient(UNKNOWN_ID) is None
    assert world.system.appointment(UNKNOWN_ID) is None
    assert world.system.patient_known_as("our-nobody") is None
    assert list(world.system.patients_born(date(1950, 1, 1))) == []
    world.system.delete_appointment(UNKNOWN_ID)


def test_an_unknown_patient_is_refused_without_a_word_about_the_person(world: World) -> None:
    with pytest.raises(Rejected) as refusal:
        world.book(UNKNOWN_ID, notes="migraine", name="Marisol Quintanilla")
    assert "migraine" not in repr(refusal.value)
    assert "Quintanilla" not in repr(refusal.value)
    assert refusal.value.__context__ is None


@pytest.mark.parametrize("status", SHOWN_BY_ALL)
def test_an_appointment_is_read_back_in_every_status(world: World, status: Status) -> None:
    new = world.new(world.patient(), status=status, notes="Reason for visit: sore shoulder\nñ <b> & 痛い")
    made = world.system.create_appointment(new)
    read = world.client().appointment(made.id)
    assert read is not None
    for shown in (made, read):
        assert core(shown) == (made.id, status, new.starts_at, new.ends_at, *places(new), VisitType.OFFICE)
        assert (shown.key, shown.notes, shown.by_name) == (new.key, new.notes, False)


def places(new: NewAppointment) -> tuple[str, str, str]:
    return new.provider, new.location, new.patient


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2026, 6, 2, 14, 7, 31, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 8, 1, 45, tzinfo=NEW_YORK),  # the half hour crosses the skipped one
        datetime(2026, 3, 8, 3, 0, tzinfo=NEW_YORK),
        datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK),  # twice on that day: the first
        datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1),  # and the second
        datetime(2026, 11, 1, 23, 30, tzinfo=NEW_YORK),
    ],
)
def test_times_are_exact_to_the_second_on_every_day_of_the_year(world: World, starts_at: datetime) -> None:
    utc = starts_at.astimezone(UTC)
    wanted = world.new(world.patient(), starts_at=utc, ends_at=utc + timedelta(minutes=50))
    made = world.system.create_appointment(wanted)
    (listed,) = world.listed(utc, utc + timedelta(seconds=1))
    for shown in (made, listed):
        assert (shown.starts_at, shown.ends_at) == (utc, utc + timedelta(minutes=50))
        assert shown.starts_at.utcoffset() == timedelta()


def test_a_window_holds_its_first_moment_and_not_its_last(world: World) -> None:
    patient = world.patient()
    times = [NOON + timedelta(minutes=minutes) for minutes in (-1, 0, 30, 59, 60)]
    made = [world.book(patient, starts_at=each) for each in times]
    assert [each.id for each in world.listed(NOON, NOON + timedelta(hours=1))] == [each.id for each in made[1:4]]
    assert world.listed(NOON + timedelta(days=1), NOON + timedelta(days=2)) == []


def test_a_long_window_is_listed_whole(world: World) -> None:
    patient = world.patient()
    days = [31, 2, 90, 0, 8, 17, 60]
    made = {day: world.book(patient, starts_at=NOON + timedelta(days=day)) for day in days}
    listed = world.listed(NOON, NOON + timedelta(days=91))
    assert [core(each) for each in listed] == [core(made[day]) for day in sorted(days)]


def test_appointments_may_overlap_a_102(world: World) -> None:
    made = {world.book(world.patient()).id for _ in range(3)}
    assert {each.id for each in world.listed(NOON, NOON + timedelta(minutes=1))} == made
    assert len(made) == 3


def test_a_list_and_a_single_answer_agree(world: World) -> None:
    made = world.book(world.patient(), provider=world.providers[1].id, visit=VisitType.TELEHEALTH, notes="by video")
    (listed,) = world.listed(NOON, NOON + timedelta(hours=1))
    assert core(listed) == core(made)
    assert (listed.notes, listed.is_group) == (made.notes, made.is_group) == ("by video", False)


def test_changes_are_found_by_the_clock_of_the_system(world: World) -> None:
    made = world.book(world.patient())
    before = world.system.appointments(NOON, NOON + timedelta(hours=1)).server_time
    changed = world.system.update_appointment(replace(the_same(made), status=Status.CHECKED_IN))
    assert changed.modified_at >= before.replace(microsecond=0)
    minute = timedelta(minutes=1)
    found = world.system.appointments_changed(before - minute, before + 5 * minute)
    assert [(each.id, each.status) for each in found.appointments] == [(made.id, Status.CHECKED_IN)]
    assert found.server_time >= before
    assert list(world.system.appointments_changed(before - 60 * minute, before - 30 * minute).appointments) == []
    assert list(world.system.appointments_changed(before + 5 * minute, before + 9 * minute).appointments) == []


def test_a_deletion_is_seen_by_what_is_missing_from_the_whole_list(world: World) -> None:
    patient = world.patient()
    kept, gone = world.book(patient), world.book(patient)
    before = world.system.appointments(NOON, NOON + timedelta(hours=1)).server_time
    world.system.delete_appointment(gone.id)
    world.system.delete_appointment(gone.id)
    assert [each.id for each in world.listed(NOON, NOON + timedelta(hours=1))] == [kept.id]
    changed = world.system.appointments_changed(before - timedelta(minutes=1), before + timedelta(minutes=5))
    assert gone.id not in [each.id for each in changed.appointments]
    shown = world.system.appointment(gone.id)
    assert shown is None or shown.status is Status.DELETED


def test_a_change_keeps_what_it_does_not_change(world: World) -> None:
    made = world.book(world.patient(), status=Status.TENTATIVE, notes="sore shoulder", visit=VisitType.TELEHEALTH)
    changed = world.system.update_appointment(replace(the_same(made), status=Status.CONFIRMED))
    assert core(changed) == core(replace(made, status=Status.CONFIRMED))
    assert (changed.key, changed.notes, changed.reason) == (made.key, "sore shoulder", made.reason)
    assert changed.created_at == made.created_at
    assert changed.modified_at >= made.modified_at
    assert world.system.appointment(made.id) == changed


def test_what_a_change_leaves_empty_stays(world: World) -> None:
    made = world.book(world.patient(), notes="sore shoulder")
    empty = {"provider": "", "location": "", "patient": "", "notes": "", "reason_id": "", "name": ""}
    changed = world.system.update_appointment(replace(the_same(made), status=Status.CHECKED_IN, **empty))  # type: ignore[arg-type]  # texts only
    assert core(changed) == core(replace(made, status=Status.CHECKED_IN))
    assert changed.notes == "sore shoulder"


def test_a_moved_appointment_is_one_appointment_at_its_new_place_a_95(world: World) -> None:
    made = world.book(world.patient())
    later = NOON + timedelta(days=3, minutes=15)
    wanted = replace(
        the_same(made),
        status=Status.RESCHEDULED,
        starts_at=later,
        ends_at=later + timedelta(minutes=45),
        provider=world.providers[1].id,
    )
    world.system.update_appointment(wanted)
    (listed,) = world.listed(NOON - timedelta(days=1), NOON + timedelta(days=9))
    assert core(listed)[:5] == (made.id, Status.RESCHEDULED, later, wanted.ends_at, world.providers[1].id)


def test_an_appointment_that_is_gone_cannot_be_changed(world: World) -> None:
    made = world.book(world.patient())
    world.system.delete_appointment(made.id)
    for gone in (the_same(made), replace(the_same(made), id=UNKNOWN_ID)):
        with pytest.raises(Rejected):
            world.system.update_appointment(replace(gone, status=Status.CONFIRMED))


def test_what_a_lost_answer_had_made_is_found_again(world: World) -> None:
    patient = world.patient()
    new = world.new(patient)
    world.book(patient, starts_at=NOON + timedelta(hours=1))
    world.book(patient, provider=world.providers[1].id)
    world.book(world.patient())
    assert world.client().find_created(new) is None
    made = world.system.create_appointment(new)
    found = world.client().find_created(new)
    assert found is not None
    assert (found.id, found.key) == (made.id, new.key)


def test_a_request_that_was_created_is_never_said_to_be_absent(world: World) -> None:
    new = world.new(world.patient(), status=Status.TENTATIVE)
    made = world.system.create_appointment(new)
    try:
        found = world.client().find_created(new)
    except Unknown:  # where lists leave tentative ones out, a person has to look
        return
    assert found is not None
    assert found.id == made.id


def test_many_threads_create_at_once_and_nothing_is_lost(world: World) -> None:
    patient = world.patient()
    wanted = [world.new(patient, starts_at=NOON + timedelta(minutes=number)) for number in range(24)]
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(world.system.create_appointment, wanted))
    assert [core(each)[1:] for each in made] == [
        core(each)[1:] for each in world.listed(NOON, NOON + timedelta(days=1))
    ]
    assert len({each.id for each in made}) == len(wanted)


def in_two_processes(world: World, first: list[NewAppointment], second: list[NewAppointment]) -> list[list[str]]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        both = [processes.submit(create_elsewhere, world.account, world.home, wanted) for wanted in (first, second)]
        return [each.result(timeout=120) for each in both]


@pytest.mark.slow
def test_two_processes_create_at_once_and_nothing_is_lost(world: World) -> None:
    patient = world.patient()
    wanted = [world.new(patient, starts_at=NOON + timedelta(minutes=number)) for number in range(20)]
    first, second = in_two_processes(world, wanted[:10], wanted[10:])
    assert [each.id for each in world.listed(NOON, NOON + timedelta(days=1))] == first + second
    assert len({*first, *second}) == len(wanted)


@pytest.mark.slow
def test_two_processes_with_the_same_keys_make_each_appointment_once_in_the_calendar(tmp_path: Path) -> None:
    with calendar_world(tmp_path) as world:
        patient = world.patient()
        wanted = [world.new(patient, starts_at=NOON + timedelta(minutes=number)) for number in range(40)]
        first, second = in_two_processes(world, wanted, wanted)
        assert first == second == [each.id for each in world.listed(NOON, NOON + timedelta(days=1))]


@pytest.mark.parametrize("name", PORT)
def test_no_call_is_made_inside_a_transaction(world: World, name: str) -> None:
    call = getattr(world.system, name)
    given = [None for _ in inspect.signature(getattr(PracticeSystem, name)).parameters][1:]
    with inside_transaction(), pytest.raises(OutsideCallInTransactionError):
        call(*given)
