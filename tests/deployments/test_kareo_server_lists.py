from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deployments.kareo_server.server import KareoServer
from deployments.kareo_server.words import LIST_WORDS
from tests.kareo import NOW, OTHER_PRACTICE, PRACTICE, Desk, call, desk_of, running_kareo

IN_UTC = {"TimeZoneOffsetFromGMT": "0"}
DAY = timedelta(days=1)


@pytest.fixture
def kareo() -> Iterator[KareoServer]:
    with running_kareo() as server:
        yield server


@pytest.fixture
def desk(kareo: KareoServer) -> Desk:
    return desk_of(kareo)


def listed(kareo: KareoServer, *fields: str, **narrowed: str) -> list[Any]:
    """List appointments in UTC unless another offset is named."""
    filters = {**IN_UTC, **narrowed}
    answer = call(kareo, "GetAppointments", Fields=dict.fromkeys(fields or ("ID",), True), Filter=filters)
    assert not answer.ErrorResponse.IsError, answer.ErrorResponse.ErrorMessage
    return list(answer.Appointments.AppointmentData) if answer.Appointments else []


def ids(rows: list[Any]) -> list[int]:
    return sorted(int(row.ID) for row in rows)


def us(moment: datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment.year} {moment:%I:%M:%S %p}"


def test_a_row_is_texts_in_the_lists_own_words(kareo: KareoServer, desk: Desk) -> None:
    start = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    number = kareo.state.book(desk.maya, provider=desk.vale, start=start, reason="Follow-up", minutes=20).id
    kareo.state.appointments[number].resources = (desk.room,)
    kareo.state.check_in(number)
    expected = {
        "ID": str(number),
        "StartDate": "11/24/2026 10:00:00 PM",
        "EndDate": "11/24/2026 10:20:00 PM",
        "LastModifiedDate": "11/23/2026 3:00:00 PM",
        "ConfirmationStatus": "Check-in",
        "ResourceName1": "Dr. Robin Vale",
        "ResourceName2": "Room 1",
        "AllDay": "False",
        "Type": "Patient",
        "AppointmentReason1": "Follow-up",
        "PatientID": str(desk.maya),
        "PatientFullName": "Maya Okafor",
        "ServiceLocationName": "Maple Street",
        "PracticeName": PRACTICE,
    }
    (row,) = listed(kareo, *expected)
    assert {column: row[column] for column in expected} == expected


def test_only_the_columns_that_were_named_come_back(kareo: KareoServer, desk: Desk) -> None:
    kareo.state.book(desk.maya, provider=desk.vale, start=NOW + DAY)
    (row,) = listed(kareo, "StartDate")
    assert (row.StartDate, row.ID, row.PatientFullName) == ("11/24/2026 3:00:00 PM", None, None)


def test_the_offset_shifts_what_is_listed_and_what_is_asked(kareo: KareoServer, desk: Desk) -> None:
    kareo.state.book(desk.maya, provider=desk.vale, start=NOW + DAY)
    asked = {"StartDate": "11/24/2026 10:00:00 AM", "EndDate": "11/24/2026 10:00:00 AM"}
    (row,) = listed(kareo, "StartDate", TimeZoneOffsetFromGMT="-5", **asked)
    assert row.StartDate == "11/24/2026 10:00:00 AM"
    assert listed(kareo, **asked) == []


def test_without_an_offset_the_list_is_in_a_zone_of_its_own(kareo: KareoServer, desk: Desk) -> None:
    kareo.state.book(desk.maya, provider=desk.vale, start=NOW + DAY)
    (row,) = listed(kareo, "StartDate", TimeZoneOffsetFromGMT="")
    assert row.StartDate == "11/24/2026 7:00:00 AM"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({}, -3, 4),
        ({"EndDate": us(NOW + 20 * DAY)}, -7, 20),
        ({"StartDate": us(NOW - 20 * DAY)}, -20, -13),
        ({"StartDate": us(NOW - 20 * DAY), "EndDate": us(NOW + 20 * DAY)}, -20, 20),
        ({"FromLastModifiedDate": us(NOW - DAY)}, -30, 30),
        ({"ToCreatedDate": us(NOW + DAY)}, -30, 30),
        ({"FromLastModifiedDate": us(NOW), "StartDate": us(NOW)}, 0, 30),
    ],
)
def test_dates_that_are_not_given_have_silent_defaults(
    kareo: KareoServer, desk: Desk, asked: dict[str, str], first: int, last: int
) -> None:
    days = {kareo.state.book(desk.maya, provider=desk.vale, start=NOW + day * DAY).id: day for day in range(-30, 31)}
    assert [days[number] for number in ids(listed(kareo, **asked))] == list(range(first, last + 1))


def test_changes_are_found_by_the_servers_clock_both_ends_included(kareo: KareoServer, desk: Desk) -> None:
    early, late = (kareo.state.book(desk.maya, provider=desk.vale, start=NOW + day * DAY).id for day in (40, 41))
    kareo.state.advance(timedelta(minutes=10))
    kareo.state.confirm(late)
    assert ids(listed(kareo, FromLastModifiedDate=us(NOW + timedelta(minutes=10)))) == [late]
    assert ids(listed(kareo, ToLastModifiedDate=us(NOW))) == [early]
    assert ids(listed(kareo, FromCreatedDate=us(NOW), ToCreatedDate=us(NOW))) == [early, late]


@pytest.mark.parametrize("status", sorted(LIST_WORDS))
def test_statuses_are_spelled_and_asked_for_in_the_lists_words(kareo: KareoServer, desk: Desk, status: str) -> None:
    number = kareo.state.book(desk.maya, provider=desk.vale, start=NOW, status=status).id
    (row,) = listed(kareo, "ID", "ConfirmationStatus", ConfirmationStatus=LIST_WORDS[status])
    assert (row.ID, row.ConfirmationStatus) == (str(number), LIST_WORDS[status])
    assert (
        listed(kareo, ConfirmationStatus=next(word for word in LIST_WORDS.values() if word != LIST_WORDS[status])) == []
    )


def test_tentative_ones_are_not_listed_unless_the_switch_says_so(kareo: KareoServer, desk: Desk) -> None:
    number = kareo.state.book(desk.maya, provider=desk.vale, start=NOW, status="Tentative").id
    assert listed(kareo) == []
    kareo.state.switches.tentative_is_listed = True
    (row,) = listed(kareo, "ID", "ConfirmationStatus")
    assert (row.ID, row.ConfirmationStatus) == (str(number), "Tentative")


def test_deleted_ones_vanish_without_a_trace(kareo: KareoServer, desk: Desk) -> None:
    number = kareo.state.book(desk.maya, provider=desk.vale, start=NOW).id
    kareo.state.delete(number)
    assert listed(kareo) == listed(kareo, FromLastModifiedDate=us(NOW - DAY)) == []


def test_the_list_narrows_by_practice_patient_provider_and_place(kareo: KareoServer, desk: Desk) -> None:
    number = kareo.state.book(desk.maya, provider=desk.vale, start=NOW).id
    kareo.state.book(desk.henry, provider=desk.stone, start=NOW)
    for narrowed in (
        {"PatientID": str(desk.maya)},
        {"PatientFullName": "maya okafor"},
        {"ResourceName": "Dr. Robin Vale"},
        {"ResourceName": "Dr. Robin Vale", "ServiceLocationName": "Maple Street", "PracticeName": PRACTICE},
    ):
        assert ids(listed(kareo, **narrowed)) == [number]
    assert listed(kareo, PracticeName=OTHER_PRACTICE) == listed(kareo, PracticeName="Nowhere") == []


def test_a_group_is_listed_without_a_patient(kareo: KareoServer, desk: Desk) -> None:
    kareo.state.book_group([desk.maya, desk.henry], provider=desk.vale, start=NOW)
    (row,) = listed(kareo, "PatientID", "PatientFullName", "ResourceName1")
    assert (row.PatientID or "", row.PatientFullName or "", row.ResourceName1) == ("", "", "Dr. Robin Vale")


@pytest.mark.parametrize("narrowed", [{"StartDate": "24.11.2026"}, {"TimeZoneOffsetFromGMT": "EST"}])
def test_a_filter_written_otherwise_is_an_error(kareo: KareoServer, narrowed: dict[str, str]) -> None:
    answer = call(kareo, "GetAppointments", Fields={"ID": True}, Filter=narrowed)
    assert answer.ErrorResponse.IsError
    assert next(iter(narrowed.values())) not in answer.ErrorResponse.ErrorMessage


def people(kareo: KareoServer, **narrowed: str) -> list[int]:
    answer = call(kareo, "GetPatients", Fields={"ID": True}, Filter={**narrowed})
    return ids(answer.Patients.PatientData) if answer.Patients else []


def test_patients_are_found_by_name_and_by_whole_days_of_birth(kareo: KareoServer, desk: Desk) -> None:
    assert people(kareo, FromDateOfBirth="11/2/1991", ToDateOfBirth="11/2/1991") == [desk.maya]
    assert people(kareo, FromDateOfBirth="11/3/1991") == []
    assert people(kareo, ToDateOfBirth="12/31/1960") == [desk.henry]
    assert people(kareo, FirstName="MAYA", LastName="okafor") == [desk.maya]
    assert people(kareo, FullName="Henry Lindgren", PracticeName=PRACTICE) == [desk.henry]
    assert people(kareo, PracticeName=OTHER_PRACTICE) == []


def test_a_deactivated_patient_is_not_listed_a_98(kareo: KareoServer, desk: Desk) -> None:
    kareo.state.deactivate_patient(desk.maya)
    assert people(kareo) == [desk.henry]
    assert call(kareo, "GetPatient", Filter={"PatientID": desk.maya}).Patient.FirstName == "Maya"


def test_practices_providers_and_places_are_listed(kareo: KareoServer, desk: Desk) -> None:
    practices = call(kareo, "GetPractices", Fields={"ID": True, "PracticeName": True, "Active": True}).Practices
    assert [(row.PracticeName, row.Active) for row in practices.PracticeData] == [
        (PRACTICE, "True"),
        (OTHER_PRACTICE, "True"),
    ]
    fields = {"ID": True, "FullName": True, "NationalProviderIdentifier": True, "Active": True}
    rows = call(kareo, "GetProviders", Fields=fields, Filter={"PracticeName": PRACTICE}).Providers.ProviderData
    assert [(int(row.ID), row.FullName, row.NationalProviderIdentifier) for row in rows] == [
        (desk.stone, "Dr. Avery Stone", "1555010101"),
        (desk.vale, "Dr. Robin Vale", "1555010200"),
    ]
    places = call(kareo, "GetServiceLocations", Fields={"Name": True}, Filter={"PracticeID": str(desk.practice)})
    assert [row.Name for row in places.ServiceLocations.ServiceLocationData] == ["Maple Street"]


def test_charges_and_transactions_have_a_silent_week_and_payments_have_none(kareo: KareoServer, desk: Desk) -> None:
    state = kareo.state
    state.set_time(NOW - 8 * DAY)
    state.post_charge(desk.practice, served_at=NOW - 9 * DAY, columns={"ProcedureCode": "99213"})
    state.post_transaction(desk.practice, served_at=NOW - 9 * DAY, columns={"Type": "Payment", "Amount": "80.00"})
    state.post_payment(desk.practice, {"Amount": "80.00", "PayerName": "Evergreen Health Plan"})
    state.set_time(NOW)
    fields = {"ID": True}
    assert not call(kareo, "GetCharges", Fields=fields).Charges
    assert not call(kareo, "GetTransactions", Fields=fields).Transactions
    wide = {"FromPostingDate": us(NOW - 30 * DAY)}
    (charge,) = call(kareo, "GetCharges", Fields={"ProcedureCode": True}, Filter=wide).Charges.ChargeData
    (moved,) = call(kareo, "GetTransactions", Fields={"Amount": True}, Filter=wide).Transactions.TransactionData
    (paid,) = call(kareo, "GetPayments", Fields={"Amount": True, "PostDate": True}).Payments.PaymentData
    assert (charge.ProcedureCode, moved.Amount, paid.Amount) == ("99213", "80.00", "80.00")
