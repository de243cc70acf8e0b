"""Appointments as FHIR R4: the structure holds, the status map holds, and nobody is named."""

import json
import re
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from models.db import Database
from models.reports.fhir import Source, appointment_resource, collection
from models.reports.fhir_export import Days, ExportRefusedError, days_of, export_bundle
from models.rules.appointments import FHIR, Origin, PatientType, Status
from models.store.exports import Exported
from models.tables.appointments import AppointmentRow
from models.tables.base import new_id
from tests.booking import MONDAY, NOW, Booking, a_booking, an_appointment, at
from tests.reports.fhir_r4 import STATUSES, faults_of_appointment, faults_of_bundle

START = datetime(2026, 12, 1, 15, tzinfo=UTC)
WHOLE = Exported(
    number=104,
    version=3,
    status=Status.CONFIRMED,
    starts_at=START,
    ends_at=START + timedelta(minutes=45),
    requested_at=NOW,
    is_virtual=True,
    system_id="88012",
    patient=7,
    npi="1555010101",
    location=5,
    location_name="Maple Street",
    reason="Cold or flu",
    visit_reason="Office visit",
)
BARE = replace(WHOLE, system_id="", patient=None, npi="", location=None, reason="", visit_reason="", is_virtual=False)
SOURCE = Source("https://golive.example.com", "kareo")


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("one", [WHOLE, BARE], ids=["whole", "bare"])
def test_every_status_gives_a_valid_appointment(one: Exported, status: Status) -> None:
    resource = appointment_resource(replace(one, status=status), SOURCE)
    assert list(faults_of_appointment(resource)) == []
    assert resource["status"] == FHIR[status]


def test_the_status_map_is_the_documented_one() -> None:
    """Status map of appointments, last column."""
    assert {status.value: word.value for status, word in FHIR.items()} == {
        "tentative": "pending",
        "lapsed": "pending",
        "confirmed": "booked",
        "rescheduled": "booked",
        "checked_in": "checked-in",
        "checked_out": "fulfilled",
        "no_show": "noshow",
        "declined": "cancelled",
        "cancelled": "cancelled",
        "deleted": "entered-in-error",
    }
    assert set(FHIR.values()) <= STATUSES


def test_an_appointment_says_everything_that_is_known_and_no_name() -> None:
    assert appointment_resource(WHOLE, SOURCE) == {
        "resourceType": "Appointment",
        "id": "104",
        "meta": {"versionId": "3"},
        "identifier": [
            {"system": "https://golive.example.com/fhir/identifiers/appointment", "value": "104"},
            {"system": "https://golive.example.com/fhir/identifiers/kareo-appointment", "value": "88012"},
        ],
        "status": "booked",
        "start": "2026-12-01T15:00:00Z",
        "end": "2026-12-01T15:45:00Z",
        "minutesDuration": 45,
        "created": "2026-11-20T15:00:00Z",
        "serviceType": [{"text": "Office visit"}],
        "appointmentType": {"text": "Virtual visit"},
        "reasonCode": [{"text": "Cold or flu"}],
        "participant": [
            {
                "actor": {"reference": "Patient/7", "type": "Patient"},
                "required": "required",
                "status": "accepted",
            },
            {
                "type": [
                    {
                        "coding": [
                            {
                                "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                                "code": "PPRF",
                                "display": "primary performer",
                            }
                        ]
                    }
                ],
                "actor": {
                    "type": "Practitioner",
                    "identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1555010101"},
                },
                "required": "required",
                "status": "accepted",
            },
            {
                "actor": {"reference": "Location/5", "type": "Location", "display": "Maple Street"},
                "status": "accepted",
            },
        ],
    }


@pytest.mark.parametrize(
    ("status", "answer"),
    [(Status.TENTATIVE, "needs-action"), (Status.DECLINED, "declined"), (Status.CHECKED_OUT, "accepted")],
)
def test_the_practice_s_answer_follows_the_status(status: Status, answer: str) -> None:
    resource: Any = appointment_resource(replace(WHOLE, status=status), SOURCE)
    assert [one["status"] for one in resource["participant"]] == ["accepted", answer, answer]


def test_the_check_would_notice() -> None:
    resource: Any = appointment_resource(WHOLE, SOURCE)
    wrong = (
        resource | {"status": "confirmed"},
        resource | {"participant": []},
        resource | {"participant": [{"status": "accepted"}]},
        resource | {"start": "2026-12-01 15:00"},
        resource | {"minutesDuration": 0},
        resource | {"patient": "Jordan"},
        {name: part for name, part in resource.items() if name != "end"},
    )
    assert all(list(faults_of_appointment(one)) for one in wrong)
    entry = {"fullUrl": "https://golive.example.com/fhir/Appointment/104", "resource": resource}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry, entry]}
    assert faults_of_bundle(bundle) == ["bdl-7: an address stands there twice"]


def test_a_bundle_is_valid_with_none_one_and_many() -> None:
    for count in (0, 1, 3):
        appointments = [replace(WHOLE, number=number) for number in range(count)]
        bundle = json.loads(b"".join(collection(appointments, SOURCE, as_of=NOW)))
        assert faults_of_bundle(bundle) == []
        assert len(bundle.get("entry", [])) == count


def exported(booking: Booking, first: str, last: str) -> list[dict[str, Any]]:
    pieces = export_bundle("maple-street", days_of(first, last), address=SOURCE.address, as_of=NOW)
    bundle = json.loads(b"".join(pieces))
    assert faults_of_bundle(bundle) == []
    return [one["resource"] for one in bundle.get("entry", [])]


def test_days_are_the_practice_s_own_and_both_are_included(db: Database) -> None:
    booking = a_booking(db)
    for clock, days in (("23:30", -1), ("00:00", 0), ("23:30", 1), ("00:00", 2)):
        wish = booking.wish(at(clock) + timedelta(days=days))
        db.transaction(lambda s, one=wish: an_appointment(s, booking, one))  # type: ignore[misc]  # bound in the loop
    found = exported(booking, str(MONDAY), str(MONDAY + timedelta(days=1)))
    assert [one["start"] for one in found] == ["2026-11-23T05:00:00Z", "2026-11-25T04:30:00Z"]


def test_reasons_are_named_and_patients_are_not(db: Database) -> None:
    booking = a_booking(db)
    booking.submitted(booking.submission(at("10:00"), notes="Private words"))
    (one,) = exported(booking, str(MONDAY), str(MONDAY))
    assert one["reasonCode"] == [{"text": "Cold or flu"}]
    assert one["status"] == "pending"
    words = json.dumps(one)
    assert not [word for word in ("Jordan", "example.com/j", "Private", "5550143", "1985") if word in words]
    assert not re.search(r"(?<!\d)0143(?!\d)", words)


def test_what_was_deleted_is_entered_in_error(db: Database) -> None:
    booking = a_booking(db)
    db.transaction(lambda s: an_appointment(s, booking, booking.wish(at("10:00")), status=Status.DELETED))
    (one,) = exported(booking, str(MONDAY), str(MONDAY))
    assert one["status"] == "entered-in-error"


@pytest.mark.parametrize(
    ("first", "last"),
    [("", "2026-12-01"), ("2026-12-02", "2026-12-01"), ("tomorrow", "x"), ("2026-12-01", "9999-12-31")],
)
def test_days_that_are_none_are_refused_in_a_sentence(first: str, last: str) -> None:
    with pytest.raises(ExportRefusedError) as refused:
        days_of(first, last)
    assert str(refused.value).endswith(".")


def test_an_unknown_practice_is_refused_before_anything_is_written(db: Database) -> None:
    with pytest.raises(ExportRefusedError, match="no practice with the key nobody"):
        export_bundle("nobody", Days(MONDAY, MONDAY), address="https://golive.example.com", as_of=NOW)


@pytest.mark.slow
@pytest.mark.parametrize("count", [10_000, pytest.param(50_000, marks=pytest.mark.bench)])
def test_very_many_take_seconds_and_no_memory(db: Database, count: int) -> None:
    booking = a_booking(db)
    row = {
        "practice_id": booking.practice,
        "provider_id": booking.providers[0],
        "location_id": booking.locations[0],
        "status": Status.CONFIRMED,
        "origin": Origin.KAREO,
        "patient_type": PatientType.RETURNING,
        "requested_at": NOW,
        "reason": "sick-visit",
    }
    moments = [NOW + timedelta(minutes=number) for number in range(count)]
    rows = [
        row | {"id": new_id(), "starts_at": one, "ends_at": one + timedelta(minutes=30), "system_id": str(number)}
        for number, one in enumerate(moments)
    ]
    db.transaction(lambda s: s.execute(insert(AppointmentRow), rows))
    days = Days(MONDAY - timedelta(days=10), MONDAY + timedelta(days=60))
    began = time.monotonic()
    pieces = [piece.count(b'"Appointment","id"') for piece in _bundle(days)]
    seconds = time.monotonic() - began
    tracemalloc.start()
    for piece in _bundle(days):
        assert len(piece) < 100_000
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"{count:,} appointments: {seconds:.1f} s, at most {peak:.1f} MiB")  # noqa: T201 - a measurement
    assert sum(pieces) == count
    assert seconds < 20
    assert peak < 10


def _bundle(days: Days) -> Iterator[bytes]:
    return export_bundle("maple-street", days, address=SOURCE.address, as_of=NOW)
