from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deployments.kareo_server.practice import DeletedAs
from deployments.kareo_server.server import KareoServer
from tests.deployments.kareo_description import real_description
from tests.kareo import (
    CUSTOMER_KEY,
    HEADER,
    NOW,
    PASSWORD,
    PRACTICE,
    USER,
    Desk,
    a_state,
    call,
    desk_of,
    running_kareo,
    strict_client,
)

TWO = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


@pytest.fixture
def kareo() -> Iterator[KareoServer]:
    with running_kareo() as server:
        yield server


@pytest.fixture
def desk(kareo: KareoServer) -> Desk:
    return desk_of(kareo)


def wanted(desk: Desk, **facts: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "AppointmentStatus": "Tentative",
        "AppointmentType": "P",
        "StartTime": TWO,
        "EndTime": TWO + timedelta(minutes=30),
        "IsRecurring": False,
        "PatientSummary": {"PatientId": desk.maya},
        "PracticeId": desk.practice,
        "ProviderId": desk.vale,
        "ServiceLocationId": desk.location,
        "WasCreatedOnline": True,
    }
    return {name: value for name, value in {**usual, **facts}.items() if value is not None}


def change(desk: Desk, number: int, **facts: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "AppointmentId": number,
        "AppointmentName": "",
        "AppointmentReasonId": 0,
        "AppointmentStatus": "Scheduled",
        "StartTime": TWO,
        "EndTime": TWO + timedelta(minutes=30),
        "MaxAttendees": 1,
        "PatientId": desk.maya,
        "ProviderId": desk.vale,
        "ResourceId": 0,
        "ServiceLocationId": desk.location,
    }
    return {name: value for name, value in {**usual, **facts}.items() if value is not None}


def created(kareo: KareoServer, desk: Desk, **facts: Any) -> Any:
    answer = call(kareo, "CreateAppointment", Appointment=wanted(desk, **facts))
    assert not answer.ErrorResponse.IsError, answer.ErrorResponse.ErrorMessage
    return answer.Appointment


def read(kareo: KareoServer, number: int) -> Any:
    return call(kareo, "GetAppointment", Appointment={"AppointmentId": number})


def failure(answer: Any) -> str:
    assert answer.ErrorResponse.IsError
    return str(answer.ErrorResponse.ErrorMessage)


def test_a_created_appointment_keeps_its_unique_id_and_is_read_in_utc(kareo: KareoServer, desk: Desk) -> None:
    key = str(uuid4())
    made = created(kareo, desk, AppointmentUUID=key, Notes="sore shoulder <&> é")
    seen = read(kareo, made.AppointmentId).Appointment
    assert (seen.AppointmentUUID, seen.AppointmentStatus, seen.Notes) == (key, "Tentative", "sore shoulder <&> é")
    assert (seen.StartTime, seen.EndTime) == (TWO, TWO + timedelta(minutes=30))
    assert (seen.ProviderId, seen.ServiceLocationId, seen.WasCreatedOnline) == (desk.vale, desk.location, True)
    assert (seen.PatientSummary.PatientId, seen.PatientSummary.FirstName) == (desk.maya, "Maya")
    assert (seen.CreatedAt, seen.UpdatedAt) == (NOW, NOW)


def test_there_is_no_idempotency_key_the_same_wish_makes_two(kareo: KareoServer, desk: Desk) -> None:
    key = str(uuid4())
    assert (
        created(kareo, desk, AppointmentUUID=key).AppointmentId
        != created(kareo, desk, AppointmentUUID=key).AppointmentId
    )
    assert len(kareo.state.tentative()) == 2


def test_appointments_may_overlap_in_kareo_itself_a_102(kareo: KareoServer, desk: Desk) -> None:
    created(kareo, desk)
    created(kareo, desk, StartTime=TWO + timedelta(minutes=10), EndTime=TWO + timedelta(minutes=40))
    assert len(kareo.state.appointments) == 2


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"ProviderId": 9}, "The provider was not found."),
        ({"ProviderId": None}, "An appointment needs a provider or a resource."),
        ({"ServiceLocationId": 9}, "The service location was not found."),
        ({"PracticeId": 9}, "The practice was not found."),
        ({"AppointmentReasonId": 9}, "The appointment reason was not found."),
        ({"PatientSummary": None}, "The patient was not found."),
        ({"WasCreatedOnline": None}, "WasCreatedOnline is required."),
        ({"EndTime": TWO}, "EndTime must be after StartTime."),
    ],
)
def test_what_cannot_be_made_is_an_error_over_http_200_and_makes_nothing(
    kareo: KareoServer, desk: Desk, facts: dict[str, Any], message: str
) -> None:
    assert failure(call(kareo, "CreateAppointment", Appointment=wanted(desk, **facts))) == message
    assert kareo.state.appointments == {}


def test_a_room_may_stand_for_a_provider_and_a_group_for_a_patient(kareo: KareoServer, desk: Desk) -> None:
    made = created(
        kareo,
        desk,
        ProviderId=None,
        ResourceIds={"long": [desk.room]},
        PatientSummary=None,
        IsGroupAppointment=True,
        MaxAttendees=5,
        PatientSummaries={"GroupPatientSummary": [{"PatientId": desk.maya, "Status": "PRESENT"}]},
    )
    assert (made.ResourceIds.long, made.AttendeesCount, made.IsGroupAppointment) == ([desk.room], 1, True)
    assert made.PatientSummaries.GroupPatientSummary[0].Status == "PRESENT"


def test_an_update_replaces_what_it_is_given_and_empties_the_rest(kareo: KareoServer, desk: Desk) -> None:
    made = created(kareo, desk, Notes="bring the old pictures", AppointmentReasonId=desk.physical)
    kareo.state.advance(timedelta(minutes=5))
    call(kareo, "UpdateAppointment", Appointment=change(desk, made.AppointmentId, AppointmentName="Visit"))
    seen = read(kareo, made.AppointmentId).Appointment
    assert (seen.Notes, seen.AppointmentReasonId, seen.AppointmentName) == (None, 0, "Visit")
    assert (seen.CreatedAt, seen.UpdatedAt) == (NOW, NOW + timedelta(minutes=5))
    assert seen.AppointmentUUID is None


@pytest.mark.parametrize(
    "name", ["AppointmentStatus", "StartTime", "AppointmentReasonId", "ResourceId", "AppointmentName", "MaxAttendees"]
)
def test_an_update_must_say_more_than_its_description_obliges_it_to(kareo: KareoServer, desk: Desk, name: str) -> None:
    made = created(kareo, desk)
    answer = call(kareo, "UpdateAppointment", Appointment=change(desk, made.AppointmentId, **{name: None}))
    assert failure(answer) == f"{name} is required."
    assert read(kareo, made.AppointmentId).Appointment.AppointmentStatus == "Tentative"


def test_a_deleted_appointment_says_so_or_is_gone_by_switch(kareo: KareoServer, desk: Desk) -> None:
    number = created(kareo, desk).AppointmentId
    assert call(kareo, "DeleteAppointment", Appointment={"AppointmentId": number}).Deleted
    assert read(kareo, number).Appointment.IsDeleted
    kareo.state.switches.deleted_as = DeletedAs.ERROR
    assert failure(read(kareo, number)) == "The appointment was not found."
    assert failure(call(kareo, "DeleteAppointment", Appointment={"AppointmentId": number}))
    assert failure(call(kareo, "UpdateAppointment", Appointment=change(desk, number)))


def test_an_appointment_that_never_was_is_an_error(kareo: KareoServer) -> None:
    assert failure(read(kareo, 7)) == "The appointment was not found."


def test_a_patient_is_made_and_found_by_our_own_id(kareo: KareoServer, desk: Desk) -> None:
    vendor = call(kareo, "RegisterExternalVendor", ExternalVendor={"ExternalVendorName": "golive"}).ExternalVendor
    new = {
        "FirstName": "Rosa",
        "LastName": "Delgado",
        "DateofBirth": datetime(2009, 1, 24),  # noqa: DTZ001 - a day
        "Gender": "Female",
        "EmailAddress": "rosa@example.com",
        "Practice": {"PracticeName": PRACTICE.upper()},
        "PatientExternalID": "ours-1",
        "ExternalVendorID": vendor.ExternalVendorID,
    }
    made = call(kareo, "CreatePatient", Patient=new)
    assert (made.PatientExternalID, made.PracticeID) == ("ours-1", desk.practice)
    known_as = {"ExternalID": "ours-1", "ExternalVendorID": vendor.ExternalVendorID}
    seen = call(kareo, "GetPatient", Filter=known_as).Patient
    assert (seen.ID, seen.DOB, seen.Gender) == (str(made.PatientID), "1/24/2009 12:00:00 AM", "Female")
    assert call(kareo, "CreatePatient", Patient=new).PatientID != made.PatientID


def test_an_external_id_needs_a_vendor_that_registered_once(kareo: KareoServer, desk: Desk) -> None:
    vendor = {"ExternalVendorName": "golive"}
    number = call(kareo, "RegisterExternalVendor", ExternalVendor=vendor).ExternalVendor.ExternalVendorID
    assert failure(call(kareo, "RegisterExternalVendor", ExternalVendor=vendor))
    (listed,) = call(kareo, "GetExternalVendors").ExternalVendors.ExternalVendorData
    assert (listed.ExternalVendorID, listed.ExternalVendorName) == (number, "golive")
    setting = {"externalID": "x", "externalVendorID": number, "patientID": desk.maya, "practiceID": desk.practice}
    batch = {"UpdateBatch": {"PatientExternalIDSetting": [setting]}}
    done = call(kareo, "UpdatePatientsExternalID", Updates=batch).ItemsUpdated.PatientExternalIDSetting
    assert [each.patientID for each in done] == [desk.maya]
    assert kareo.state.patients[desk.maya].external == {number: "x"}
    setting["externalVendorID"] = 9
    assert failure(call(kareo, "UpdatePatientsExternalID", Updates=batch)) == "The external vendor was not found."


def test_a_patient_that_is_not_there_is_empty_or_an_error_by_switch(kareo: KareoServer) -> None:
    answer = call(kareo, "GetPatient", Filter={"PatientID": 7})
    assert not answer.ErrorResponse.IsError
    assert answer.Patient.ID is None
    kareo.state.switches.absent_patient_is_error = True
    assert failure(call(kareo, "GetPatient", Filter={"PatientID": 7})) == "The patient was not found."
    assert failure(call(kareo, "GetPatient", Filter={}))


@pytest.mark.parametrize(
    ("header", "key_valid", "authenticated"),
    [
        ({**HEADER, "CustomerKey": "another"}, False, False),
        ({**HEADER, "Password": "another"}, True, False),
        ({**HEADER, "User": "another"}, True, False),
        ({}, False, False),
    ],
)
def test_a_wrong_login_is_told_in_the_security_part_only(
    kareo: KareoServer, header: dict[str, str], key_valid: bool, authenticated: bool
) -> None:
    answer = call(kareo, "GetPractices", Fields={"ID": True}, header=header)
    told = answer.SecurityResponse
    assert told.SecurityResultSuccess
    assert (told.CustomerKeyValid, told.Authenticated, told.Authorized) == (key_valid, authenticated, False)
    assert not answer.ErrorResponse.IsError
    assert answer.Practices is None or not answer.Practices.PracticeData
    kareo.state.switches.security_is_error = True
    assert failure(call(kareo, "GetPractices", Fields={"ID": True}, header=header))


def test_a_missing_permission_and_a_foreign_practice_are_named(desk: Desk) -> None:
    state, _ = a_state()
    state.logins.clear()
    missing = frozenset({"New Appointment"})
    state.add_login(CUSTOMER_KEY, USER, PASSWORD, practices=frozenset({desk.practice}), missing=missing)
    with running_kareo(state) as kareo:
        told = call(kareo, "CreateAppointment", Appointment=wanted(desk)).SecurityResponse
        assert told.PermissionsMissing.Permission.string == ["New Appointment"]
        other = next(number for number in state.practices if number != desk.practice)
        answer = call(kareo, "GetPatients", Fields={"ID": True}, Filter={"PracticeID": str(other)})
        told = answer.SecurityResponse
        assert (told.Authenticated, told.Authorized, told.SecurityResultSuccess) == (True, False, True)
        assert told.PracticesAuthorized.PracticeID.int == [desk.practice]


def test_an_answer_that_went_well_says_that_there_was_no_security_issue(kareo: KareoServer) -> None:
    told = call(kareo, "GetPractices", Fields={"ID": True}).SecurityResponse
    assert (told.Authenticated, told.Authorized, told.CustomerKeyValid) == (True, True, True)
    assert (told.SecurityResultSuccess, told.SecurityResult) == (False, None)
    assert told.PracticesAuthorized.PracticeID.int == sorted(kareo.state.practices)


def test_a_client_of_the_vendors_own_description_is_served_too(desk: Desk) -> None:
    path = real_description()
    if path is None:
        pytest.skip("the vendor's own description is not here; GOLIVE_TEST_KAREO_WSDL may name it")
    with running_kareo(document=path.read_bytes()) as kareo:
        service = strict_client(kareo.description).service
        made = service.CreateAppointment(request={"RequestHeader": HEADER, "Appointment": wanted(desk)})
        assert made.Appointment.AppointmentStatus == "Tentative"
        fields = {"ID": True, "Name": True}
        (place, _) = service.GetServiceLocations(
            request={"RequestHeader": HEADER, "Fields": fields, "Filter": None}
        ).ServiceLocations.ServiceLocationData
        assert place.Name in {"Maple Street", "Sierra"}


def test_staff_confirm_a_request_as_kareos_own_screens_do_a_37_a_43(kareo: KareoServer, desk: Desk) -> None:
    number = created(kareo, desk).AppointmentId
    kareo.state.advance(timedelta(hours=1))
    kareo.state.confirm(number, reason="Annual physical", start=TWO + timedelta(hours=2))
    seen = read(kareo, number).Appointment
    assert (seen.AppointmentStatus, seen.AppointmentReasonId) == ("Scheduled", desk.physical)
    assert (seen.StartTime, seen.EndTime) == (TWO + timedelta(hours=2), TWO + timedelta(hours=3))
    assert seen.UpdatedAt == NOW + timedelta(hours=1)


def test_every_deed_of_the_front_office_stamps_the_servers_clock(kareo: KareoServer, desk: Desk) -> None:
    state = kareo.state
    number = created(kareo, desk).AppointmentId
    deeds: list[tuple[Callable[[], object], str]] = [
        (lambda: state.confirm(number, minutes=45), "Scheduled"),
        (lambda: state.reschedule(number, start=TWO + timedelta(days=1)), "Rescheduled"),
        (lambda: state.change_provider(number, desk.stone), "Rescheduled"),
        (lambda: state.check_in(number), "CheckedIn"),
        (lambda: state.check_out(number), "CheckedOut"),
        (lambda: state.no_show(number), "NoShow"),
        (lambda: state.decline(number), "Cancelled"),
        (lambda: state.cancel(number), "Cancelled"),
        (lambda: state.delete(number), "Cancelled"),
    ]
    for deed, status in deeds:
        state.advance(timedelta(seconds=1))
        deed()
        assert (state.appointments[number].status, state.appointments[number].modified_at) == (status, state.now())
    with pytest.raises(ValueError, match="no status"):
        state.set_status(number, "checked out")


def test_staff_edit_patients_and_the_date_of_change_follows(kareo: KareoServer, desk: Desk) -> None:
    kareo.state.advance(timedelta(minutes=1))
    edited = kareo.state.edit_patient(desk.maya, email="maya@example.com", born=date(1991, 2, 11))
    assert edited.modified_at == NOW + timedelta(minutes=1)
    with pytest.raises(AttributeError):
        kareo.state.edit_patient(desk.maya, mail="maya@example.com")
