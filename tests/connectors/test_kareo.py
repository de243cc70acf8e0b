"""The connector against the stand-in for Kareo, with our description and, where it is present, with Kareo's own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deployments.kareo_server.faults import Kind
from deployments.kareo_server.practice import DeletedAs
from deployments.kareo_server.security import PERMISSIONS
from deployments.kareo_server.staff import STATUSES
from models.inputs.practice_system import NewPatient
from models.rules.appointments import Sex, Status
from models.rules.boundary import OutsideCallInTransactionError, inside_transaction
from tasks.connectors import kareo_wire
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.kareo_words import status_of
from tasks.connectors.ports import Rejected, Unavailable
from tests.connectors.kareo_office import DESCRIPTIONS, START, Office, an_office, elsewhere, read
from tests.kareo import NOW, OTHER_PRACTICE, PRACTICE

DAY = timedelta(days=1)
BORN = date(1980, 5, 1)


@pytest.fixture(scope="module", params=DESCRIPTIONS)
def running(request: pytest.FixtureRequest) -> Iterator[Office]:
    with an_office(request.param) as made:
        yield made


@pytest.fixture
def office(running: Office) -> Office:
    return running.fresh()


@pytest.fixture
def kareo(office: Office) -> KareoSystem:
    return office.system()


def a_patient(**facts: Any) -> NewPatient:
    usual = {"external_id": "ours-7", "first": "Ana", "last": "Silva", "born": BORN, "sex": Sex.FEMALE}
    return NewPatient(**{**usual, **facts})


def test_the_account_s_practices_are_listed(kareo: KareoSystem) -> None:
    checked = kareo.check()
    assert [practice.name for practice in checked.practices] == [PRACTICE, OTHER_PRACTICE]
    assert checked.missing_permissions == ()


def test_an_account_can_be_checked_before_its_practice_is_known(office: Office) -> None:
    checked = office.system(system_practice="", system_name="").check()
    assert str(office.desk.practice) in [practice.id for practice in checked.practices]


def test_missing_permissions_to_read_are_found_out(office: Office) -> None:
    login = office.server.state.logins[0]
    lacking = frozenset({PERMISSIONS["GetPatients"], PERMISSIONS["GetAppointments"]})
    office.server.state.logins[0] = replace(login, missing=lacking)
    assert office.system().check().missing_permissions == ("GetPatients", "GetAppointments")


def test_only_this_practice_s_providers_and_locations_are_listed(office: Office, kareo: KareoSystem) -> None:
    desk = office.desk
    office.server.state.add_provider(office.server.state.add_practice("Elsewhere").id, "Dr. Else Where")
    assert [(each.id, each.name) for each in kareo.providers()] == [
        (str(desk.stone), "Dr. Avery Stone"),
        (str(desk.vale), "Dr. Robin Vale"),
    ]
    assert kareo.providers()[0].npi == "1555010101"
    assert [(each.id, each.name) for each in kareo.locations()] == [(str(desk.location), "Maple Street")]


def test_two_practices_of_one_name_are_kept_apart(office: Office) -> None:
    twin = office.server.state.add_practice(PRACTICE).id
    office.server.state.add_location(twin, "Twin")
    office.server.state.add_patient(twin, "Twin", "Patient", born=date(1991, 11, 2))
    kareo = office.system()
    assert [each.name for each in kareo.locations()] == ["Maple Street"]
    assert [each.id for each in kareo.patients_born(date(1991, 11, 2))] == [str(office.desk.maya)]


def test_we_are_registered_once(kareo: KareoSystem) -> None:
    number = kareo.register_vendor("golive")
    assert number > 0
    assert kareo.register_vendor("golive") == number
    assert kareo.calls["RegisterExternalVendor"] == 1


def test_patients_are_found_by_their_whole_date_of_birth_a_69(office: Office, kareo: KareoSystem) -> None:
    state, desk = office.server.state, office.desk
    for first, born in (("Ana", BORN), ("Ben", BORN), ("Cam", BORN - DAY), ("Dee", BORN + DAY)):
        state.add_patient(desk.practice, first, "Silva", born=born, gender="Male", mobile="(202) 555-0143")
    found = kareo.patients_born(BORN)
    assert [patient.first for patient in found] == ["Ana", "Ben"]
    assert {(patient.born, patient.sex, patient.mobile) for patient in found} == {(BORN, Sex.MALE, "+12025550143")}


def test_an_inactive_record_is_no_match_a_98(office: Office, kareo: KareoSystem) -> None:
    patient = office.server.state.add_patient(office.desk.practice, "Ana", "Silva", born=BORN)
    office.server.state.deactivate_patient(patient.id)
    assert list(kareo.patients_born(BORN)) == []


def test_a_patient_is_read_by_id(office: Office, kareo: KareoSystem) -> None:
    shown = kareo.patient(str(office.desk.maya))
    assert shown is not None
    assert (shown.first, shown.last, shown.born, shown.sex) == ("Maya", "Okafor", date(1991, 11, 2), Sex.FEMALE)


@pytest.mark.parametrize("is_error", [False, True])
def test_an_absent_patient_is_none_however_kareo_says_it(office: Office, kareo: KareoSystem, is_error: bool) -> None:
    office.server.state.switches.absent_patient_is_error = is_error
    assert kareo.patient("999999") is None
    assert office.registered().patient_known_as("nobody") is None


def test_a_patient_of_another_practice_is_not_ours(office: Office, kareo: KareoSystem) -> None:
    other = next(each for each in office.server.state.practices if each != office.desk.practice)
    patient = office.server.state.add_patient(other, "Ana", "Silva", born=BORN)
    assert kareo.patient(str(patient.id)) is None


def test_a_new_patient_carries_our_own_id(office: Office) -> None:
    kareo = office.registered()
    made = kareo.create_patient(a_patient(email="ana@example.com", mobile="+12025550143"))
    kept = office.server.state.patients[int(made.id)]
    assert (kept.first, kept.last, kept.born, kept.gender) == ("Ana", "Silva", BORN, "Female")
    assert (kept.email, kept.mobile) == ("ana@example.com", "2025550143")
    assert (made.mobile, made.external_id) == ("+12025550143", "ours-7")
    assert kareo.patient_known_as("ours-7") == made


def test_without_a_registered_vendor_nobody_is_created_twice_by_mistake(office: Office, kareo: KareoSystem) -> None:
    before = len(office.server.state.patients)
    with pytest.raises(Rejected, match="vendor_not_registered"):
        kareo.create_patient(a_patient())
    with pytest.raises(Rejected, match="vendor_not_registered"):
        kareo.patient_known_as("ours-7")
    assert len(office.server.state.patients) == before


def test_a_patient_that_cannot_be_read_back_is_still_created(office: Office) -> None:
    kareo = office.registered()
    office.server.faults.queue(Kind.THROTTLED, operation="GetPatient")
    made = kareo.create_patient(a_patient())
    assert (made.first, made.born, made.external_id) == ("Ana", BORN, "ours-7")
    assert int(made.id) in office.server.state.patients


def test_a_list_names_providers_and_a_single_call_their_ids(office: Office, kareo: KareoSystem) -> None:
    number = office.book(reason="Follow-up")
    (listed,) = kareo.appointments(START, START + DAY).appointments
    single = read(kareo, number)
    assert (listed.provider, listed.location, listed.reason, listed.by_name) == (
        "Dr. Avery Stone",
        "Maple Street",
        "Follow-up",
        True,
    )
    desk = office.desk
    ids = (str(desk.stone), str(desk.location), str(desk.follow_up), False)
    assert (single.provider, single.location, single.reason, single.by_name) == ids
    assert listed.known_as(provider=single.provider, location=single.location).starts_at == single.starts_at
    assert (listed.id, listed.patient, listed.ends_at) == (single.id, single.patient, single.ends_at)


@pytest.mark.parametrize("word", [word for word in STATUSES if word != "Tentative"])
def test_every_status_reads_the_same_in_a_list_and_alone(office: Office, kareo: KareoSystem, word: str) -> None:
    number = office.book(status=word)
    single = read(kareo, number)
    (listed,) = kareo.appointments(START, START + DAY).appointments
    assert single.status is listed.status is status_of(word)
    assert single.word == word
    assert listed.word


def test_a_window_is_half_open(office: Office, kareo: KareoSystem) -> None:
    for start in (START - timedelta(seconds=1), START, START + DAY - timedelta(seconds=1), START + DAY):
        office.book(start)
    listed = kareo.appointments(START, START + DAY).appointments
    assert [each.starts_at for each in listed] == [START, START + DAY - timedelta(seconds=1)]


def test_a_long_window_comes_whole_in_weeks(office: Office, kareo: KareoSystem) -> None:
    starts = [NOW - timedelta(days=40), NOW, NOW + timedelta(days=8), NOW + timedelta(days=20)]
    for start in starts:
        office.book(start)
    listing = kareo.appointments(NOW - timedelta(days=41), NOW + timedelta(days=21))
    assert [each.starts_at for each in listing.appointments] == starts
    assert kareo.calls["GetAppointments"] == 9


def test_an_empty_window_costs_no_call(kareo: KareoSystem) -> None:
    with pytest.raises(ValueError, match="ends before"):
        kareo.appointments(START, START)
    assert kareo.calls.total() == 0


@pytest.mark.parametrize("month", [3, 7, 11])
def test_local_times_of_lists_are_the_moments_of_single_calls(office: Office, kareo: KareoSystem, month: int) -> None:
    first = datetime(2026, month, 1, tzinfo=UTC)  # in March and November the clocks change within the window
    numbers = [office.book(first + timedelta(hours=7 * step)) for step in range(40)]
    listed = {each.id: each.starts_at for each in kareo.appointments(first, first + timedelta(days=14)).appointments}
    assert listed == {number: read(kareo, number).starts_at for number in numbers}


def test_the_offset_is_always_told(office: Office, kareo: KareoSystem) -> None:
    office.server.state.switches.list_offset = timedelta(hours=9)
    office.book()
    assert [each.starts_at for each in kareo.appointments(START, START + DAY).appointments] == [START]


def test_lists_may_leave_tentative_ones_out_but_the_single_call_does_not(office: Office, kareo: KareoSystem) -> None:
    number = office.book(status="Tentative")
    assert list(kareo.appointments(START, START + DAY).appointments) == []
    assert read(kareo, number).status is Status.TENTATIVE
    office.server.state.switches.tentative_is_listed = True
    assert [each.id for each in kareo.appointments(START, START + DAY).appointments] == [number]


def test_changes_are_listed_wherever_they_lie(office: Office, kareo: KareoSystem) -> None:
    old, far = office.book(NOW - timedelta(days=90)), office.book(NOW + timedelta(days=90))
    office.server.state.advance(timedelta(hours=1))
    office.server.state.check_out(int(far))
    changed = kareo.appointments_changed(NOW + timedelta(minutes=30), NOW + timedelta(hours=2))
    assert [(each.id, each.status) for each in changed.appointments] == [(far, Status.CHECKED_OUT)]
    assert changed.appointments[0].modified_at == NOW + timedelta(hours=1)
    assert old in [each.id for each in kareo.appointments_changed(NOW - DAY, NOW + DAY).appointments]


def test_a_deletion_shows_only_by_its_absence(office: Office, kareo: KareoSystem) -> None:
    number = office.book()
    office.server.state.delete(int(number))
    assert list(kareo.appointments(START, START + DAY).appointments) == []
    assert list(kareo.appointments_changed(NOW - DAY, NOW + DAY).appointments) == []
    assert read(kareo, number).status is Status.DELETED
    office.server.state.switches.deleted_as = DeletedAs.ERROR
    assert kareo.appointment(number) is None


def test_cursors_move_by_the_server_s_clock(office: Office, kareo: KareoSystem) -> None:
    assert kareo.appointments(START, START + DAY).server_time == NOW
    office.server.state.advance(DAY)
    assert kareo.appointments_changed(NOW - DAY, NOW).server_time == NOW + DAY


def test_without_the_server_s_clock_a_cursor_moves_only_by_what_was_seen(
    office: Office, kareo: KareoSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kareo_wire, "_server_time", lambda _: None)
    assert kareo.appointments_changed(NOW + DAY, NOW + 2 * DAY).server_time == NOW + DAY
    with pytest.raises(Unavailable, match="no_server_time"):
        kareo.appointments(START, START + DAY)
    office.book()
    assert kareo.appointments(START, START + DAY).server_time == NOW


def test_a_group_takes_its_provider_s_time_a_59(office: Office, kareo: KareoSystem) -> None:
    desk = office.desk
    office.server.state.book_group([desk.maya, desk.henry], provider=desk.vale, start=START)
    (listed,) = kareo.appointments(START, START + DAY).appointments
    single = read(kareo, listed.id)
    assert listed.is_group
    assert single.is_group
    assert (listed.patient, listed.provider) == ("", "Dr. Robin Vale")


def test_of_several_resources_a_known_provider_is_the_provider(office: Office, kareo: KareoSystem) -> None:
    number = office.book()
    office.server.state.appointment(int(number)).resources = (office.desk.room,)
    (unasked,) = kareo.appointments(START, START + DAY).appointments
    assert unasked.provider == "Dr. Avery Stone"
    office.server.state.providers[office.desk.stone].full_name = "Z"
    kareo.providers()
    (listed,) = kareo.appointments(START, START + DAY).appointments
    assert listed.provider == "Z"


def test_an_appointment_of_another_practice_is_not_ours(office: Office, kareo: KareoSystem) -> None:
    number = elsewhere(office)
    assert kareo.appointment(number) is None


def test_calls_are_counted_by_operation(office: Office, kareo: KareoSystem) -> None:
    kareo.create_appointment(office.new(key=uuid4()))
    kareo.providers()
    assert kareo.calls == {"CreateAppointment": 1, "GetAppointment": 1, "GetProviders": 1} == dict(office.server.calls)


def test_no_call_is_made_inside_a_transaction(office: Office, kareo: KareoSystem) -> None:
    with inside_transaction(), pytest.raises(OutsideCallInTransactionError):
        kareo.create_appointment(office.new())
    assert office.server.calls.total() == 0
