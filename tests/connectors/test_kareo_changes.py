"""Creating, changing and deleting appointments in the stand-in for Kareo, with both descriptions."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deployments.kareo_server import operations
from deployments.kareo_server.faults import Kind
from deployments.kareo_server.practice import DeletedAs
from models.inputs.practice_system import AppointmentChange, SystemAppointment, VisitType
from models.rules.appointments import Status
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown
from tests.connectors.kareo_office import DESCRIPTIONS, HALF_AN_HOUR, KEY, START, Office, an_office, elsewhere, read


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


def the_same(shown: SystemAppointment, **facts: Any) -> AppointmentChange:
    """Say an appointment as it is, but for `facts`."""
    names = ("id", "status", "starts_at", "ends_at", "provider", "location", "patient", "word", "visit", "notes")
    return AppointmentChange(**{**{name: getattr(shown, name) for name in names}, **facts})


def test_a_request_is_tentative_with_the_patient_s_note_a_32_a_36(office: Office, kareo: KareoSystem) -> None:
    made = kareo.create_appointment(office.new(notes="Reason for visit: sore shoulder"))
    kept = office.server.state.appointment(int(made.id))
    assert (kept.status, kept.type, kept.is_online, kept.key) == ("Tentative", "P", True, str(KEY))
    assert kept.notes == made.notes == "Reason for visit: sore shoulder"
    assert (kept.practice, kept.patient, kept.provider) == (office.desk.practice, office.desk.maya, office.desk.stone)
    assert (made.status, made.word, made.key, made.starts_at) == (Status.TENTATIVE, "Tentative", KEY, START)
    assert made.ends_at == START + HALF_AN_HOUR


def test_a_visit_reason_is_sent_when_it_is_known(office: Office, kareo: KareoSystem) -> None:
    made = kareo.create_appointment(office.new(status=Status.CONFIRMED, reason_id=str(office.desk.follow_up)))
    assert made.reason == str(office.desk.follow_up)
    assert office.server.state.appointment(int(made.id)).status == "Scheduled"


def test_telehealth_travels_in_the_notes_a_38(office: Office, kareo: KareoSystem) -> None:
    made = kareo.create_appointment(office.new(visit=VisitType.TELEHEALTH, notes="sore shoulder"))
    assert office.server.state.appointment(int(made.id)).notes == "Visit type: Telehealth\nsore shoulder"
    assert (made.visit, made.notes) == (VisitType.TELEHEALTH, "sore shoulder")


def test_a_note_with_control_characters_arrives_without_them(office: Office, kareo: KareoSystem) -> None:
    assert kareo.create_appointment(office.new(notes="sore\x00 shoulder\ud83d")).notes == "sore shoulder"


def test_an_appointment_that_cannot_be_read_back_is_given_as_it_was_answered(
    office: Office, kareo: KareoSystem
) -> None:
    office.server.faults.queue(Kind.PERMISSION_MISSING, operation="GetAppointment")
    made = kareo.create_appointment(office.new())
    assert (made.status, made.starts_at, made.key) == (Status.TENTATIVE, START, KEY)


def test_a_clear_refusal_changes_nothing(office: Office, kareo: KareoSystem) -> None:
    before = len(office.server.state.appointments)
    with pytest.raises(Rejected, match="refused"):
        kareo.create_appointment(office.new(ends_at=START - HALF_AN_HOUR))
    with pytest.raises(Rejected, match="not_found"):
        kareo.create_appointment(office.new(patient="999999"))
    with pytest.raises(Rejected, match="malformed_id"):
        kareo.create_appointment(office.new(provider="Dr. Avery Stone"))
    assert len(office.server.state.appointments) == before


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.TENTATIVE])
def test_what_a_lost_answer_created_is_found_by_our_key(office: Office, kareo: KareoSystem, status: Status) -> None:
    office.server.state.switches.tentative_is_listed = True
    office.server.faults.queue(Kind.DROPPED_AFTER_EFFECT, operation="CreateAppointment")
    with pytest.raises(Unknown):
        kareo.create_appointment(office.new(status=status))
    found = kareo.find_created(office.new(status=status))
    assert found is not None
    assert found.key == KEY


def test_it_is_found_where_staff_moved_it_within_the_day(office: Office, kareo: KareoSystem) -> None:
    made = kareo.create_appointment(office.new(status=Status.CONFIRMED))
    office.server.state.reschedule(int(made.id), start=START + timedelta(hours=2))
    found = kareo.find_created(office.new(status=Status.CONFIRMED))
    assert found is not None
    assert found.id == made.id


def test_it_is_found_by_provider_start_and_patient_where_kareo_keeps_no_key(office: Office, kareo: KareoSystem) -> None:
    number = office.book()
    found = kareo.find_created(office.new(status=Status.CONFIRMED))
    assert found is not None
    assert found.id == number


@pytest.mark.parametrize("difference", ["provider", "patient", "starts_at"])
def test_another_booking_is_not_taken_for_it(office: Office, kareo: KareoSystem, difference: str) -> None:
    desk = office.desk
    office.book()
    other = {"provider": str(desk.vale), "patient": str(desk.henry), "starts_at": START + HALF_AN_HOUR}
    wanted = office.new(status=Status.CONFIRMED, **{difference: other[difference]})
    assert kareo.find_created(wanted) is None


def test_a_booking_that_was_called_off_is_not_taken_for_it(office: Office, kareo: KareoSystem) -> None:
    office.book(status="Cancelled")
    assert kareo.find_created(office.new(status=Status.CONFIRMED)) is None


def test_a_request_that_lists_do_not_show_is_left_to_a_person(office: Office, kareo: KareoSystem) -> None:
    kareo.create_appointment(office.new())
    with pytest.raises(Unknown, match="not_listed"):
        kareo.find_created(office.new())


def test_a_request_is_surely_absent_where_lists_show_other_requests(office: Office, kareo: KareoSystem) -> None:
    office.server.state.switches.tentative_is_listed = True
    office.book(START + HALF_AN_HOUR, status="Tentative")
    assert kareo.find_created(office.new(patient=str(office.desk.henry))) is None


def test_a_change_keeps_what_it_cannot_name(office: Office, kareo: KareoSystem) -> None:
    number = int(office.book(reason="Follow-up", status="ReminderSent"))
    kept = office.server.state.appointment(number)
    kept.name, kept.notes, kept.resources, kept.most_attendees = (
        "Okafor, knee",
        "bring the X-ray",
        (office.desk.room,),
        3,
    )
    later = START + timedelta(hours=1)
    change = AppointmentChange(str(number), Status.CONFIRMED, later, later + HALF_AN_HOUR, "", "", "")
    changed = kareo.update_appointment(change)
    after = office.server.state.appointment(number)
    assert (after.name, after.notes, after.resources) == ("Okafor, knee", "bring the X-ray", (office.desk.room,))
    assert (after.reason, after.most_attendees, after.status) == (office.desk.follow_up, 3, "ReminderSent")
    assert (after.patient, after.provider, after.location) == (
        office.desk.maya,
        office.desk.stone,
        office.desk.location,
    )
    assert (changed.starts_at, changed.word) == (later, "ReminderSent")


def test_a_change_replaces_what_it_names(office: Office, kareo: KareoSystem) -> None:
    desk = office.desk
    made = kareo.create_appointment(office.new(notes="sore shoulder"))
    changed = kareo.update_appointment(
        the_same(
            made,
            status=Status.CONFIRMED,
            provider=str(desk.vale),
            patient=str(desk.henry),
            reason_id=str(desk.physical),
            visit=VisitType.TELEHEALTH,
        )
    )
    assert (changed.status, changed.provider, changed.patient) == (Status.CONFIRMED, str(desk.vale), str(desk.henry))
    assert (changed.reason, changed.visit, changed.notes) == (
        str(desk.physical),
        VisitType.TELEHEALTH,
        "sore shoulder",
    )
    assert changed.key == KEY


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DELETED])
def test_every_status_can_be_written_and_reads_back(office: Office, kareo: KareoSystem, status: Status) -> None:
    shown = read(kareo, office.book())
    changed = kareo.update_appointment(the_same(shown, status=status))
    assert changed.status is {Status.LAPSED: Status.TENTATIVE, Status.DECLINED: Status.CANCELLED}.get(status, status)


def test_a_list_s_coarser_word_does_not_overwrite_a_finer_one(office: Office, kareo: KareoSystem) -> None:
    number = office.book(status="Roomed")
    shown = replace(read(kareo, number), word="Check-in")
    assert kareo.update_appointment(the_same(shown)).word == "Roomed"


def test_what_is_gone_cannot_be_changed(office: Office, kareo: KareoSystem) -> None:
    shown = read(kareo, office.book())
    office.server.state.delete(int(shown.id))
    for number in (shown.id, "999999", elsewhere(office)):
        with pytest.raises(Rejected, match="not_found"):
            kareo.update_appointment(the_same(shown, id=number))
    assert office.server.calls["UpdateAppointment"] == 0


def test_an_appointment_is_deleted_once(office: Office, kareo: KareoSystem) -> None:
    number = office.book()
    kareo.delete_appointment(number)
    assert office.server.state.appointment(int(number)).is_deleted
    kareo.delete_appointment(number)
    office.server.state.switches.deleted_as = DeletedAs.ERROR
    kareo.delete_appointment(number)
    kareo.delete_appointment("999999")
    assert office.server.calls["DeleteAppointment"] == 1


def test_another_practice_s_appointment_is_never_deleted(office: Office, kareo: KareoSystem) -> None:
    number = elsewhere(office)
    kareo.delete_appointment(number)
    assert not office.server.state.appointment(int(number)).is_deleted


def test_an_appointment_that_somebody_else_has_just_deleted_is_no_error(office: Office, kareo: KareoSystem) -> None:
    number = office.book()
    office.server.faults.queue(Kind.IS_ERROR, operation="DeleteAppointment", message="It was not found.")
    kareo.delete_appointment(number)


@pytest.mark.parametrize(("kind", "failure"), [(Kind.THROTTLED, Unavailable), (Kind.PERMISSION_MISSING, Rejected)])
def test_a_deletion_that_fails_is_told(
    office: Office, kareo: KareoSystem, kind: Kind, failure: type[OutsideError]
) -> None:
    number = office.book()
    office.server.faults.queue(kind, operation="DeleteAppointment")
    with pytest.raises(failure):
        kareo.delete_appointment(number)
    assert not office.server.state.appointment(int(number)).is_deleted


def test_a_deletion_that_kareo_does_not_affirm_is_unknown(
    office: Office, kareo: KareoSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.book()
    silent = {"DeleteAppointment": lambda *_: {"AppointmentId": int(number)}}
    monkeypatch.setattr(operations, "SINGLE_CALLS", {**operations.SINGLE_CALLS, **silent})
    with pytest.raises(Unknown, match="not_deleted"):
        kareo.delete_appointment(number)
