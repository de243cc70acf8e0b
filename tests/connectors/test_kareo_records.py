"""Rows and records of Kareo that are not as usual."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from models.rules.appointments import Status
from tasks.connectors.kareo_records import appointment_in_list, appointment_in_record, number
from tasks.connectors.kareo_words import NEVER
from tasks.connectors.ports import Rejected, Unavailable

GMT = timezone(timedelta(0))
START = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)


class Row(SimpleNamespace):
    """What zeep reads: an element that did not come is none."""

    def __getattr__(self, name: str) -> None:
        return None


def a_row(**facts: Any) -> Row:
    usual = {"ID": "7", "StartDate": "6/1/2026 2:00:00 PM", "EndDate": "6/1/2026 2:30:00 PM", "PatientID": "9"}
    return Row(**{**usual, "ConfirmationStatus": "Confirmed", "Type": "Patient", **facts})


def a_record(**facts: Any) -> Row:
    usual = {"AppointmentId": 7, "StartTime": START, "EndTime": START + timedelta(minutes=30)}
    return Row(**{**usual, "AppointmentStatus": "Confirmed", **facts})


@pytest.mark.parametrize("lost", ["ID", "StartDate", "EndDate"])
def test_a_row_that_cannot_be_read_is_not_left_out_of_a_list(lost: str) -> None:
    with pytest.raises(Unavailable, match="malformed_answer"):
        appointment_in_list(a_row(**{lost: "" if lost == "ID" else "at noon"}), GMT)


def test_an_all_day_appointment_takes_the_day() -> None:
    listed = appointment_in_list(a_row(AllDay="True", EndDate="6/1/2026 2:00:00 PM"), GMT)
    assert listed.ends_at == START + timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "patient", "is_group"),
    [("Patient", "9", False), ("Patient", "", True), ("Group", "9", True), ("Other", "", False), ("", "", False)],
)
def test_a_group_is_told_by_the_patient_that_it_does_not_name(kind: str, patient: str, is_group: bool) -> None:
    assert appointment_in_list(a_row(Type=kind, PatientID=patient), GMT).is_group is is_group


def test_a_row_that_was_never_modified_says_so() -> None:
    assert appointment_in_list(a_row(), GMT).modified_at == NEVER
    created = appointment_in_list(a_row(CreatedDate="5/1/2026 8:00:00 AM"), GMT)
    assert created.modified_at == created.created_at == datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def test_a_word_that_nobody_knows_is_kept_and_the_time_stays_busy() -> None:
    listed = appointment_in_list(a_row(ConfirmationStatus="Arrived by boat"), GMT)
    assert (listed.status, listed.word) == (Status.CONFIRMED, "Arrived by boat")


def test_a_key_that_is_none_is_no_key() -> None:
    assert appointment_in_record(a_record(AppointmentUUID="not one")).key is None
    assert appointment_in_record(a_record()).key is None


def test_the_provider_is_found_among_resources() -> None:
    assert appointment_in_record(a_record(ProviderId=3, ResourceId=4)).provider == "3"
    assert appointment_in_record(a_record(ProviderId=0, ResourceId=4)).provider == "4"
    assert appointment_in_record(a_record(ResourceIds=Row(long=[5, 6]))).provider == "5"
    assert appointment_in_record(a_record()).provider == ""


@pytest.mark.parametrize("lost", ["AppointmentId", "StartTime", "EndTime"])
def test_a_record_without_its_parts_cannot_be_read(lost: str) -> None:
    with pytest.raises(Unavailable, match="malformed_answer"):
        appointment_in_record(a_record(**{lost: None}))


@pytest.mark.parametrize("identity", ["", "Dr. Avery Stone", "1.5", "-3", "٣"])
def test_an_id_is_a_number(identity: str) -> None:
    with pytest.raises(Rejected, match="malformed_id"):
        number(identity)
