"""Appointments as FHIR on the staff's side of the site."""

import json

import pytest
from starlette.testclient import TestClient

from models.db import Database
from tests.booking import MONDAY, NOW, Booking, a_booking, an_appointment, at
from tests.reports.fhir_r4 import faults_of_bundle
from tests.web.conftest import Clock

PATH = "/staff/practices/maple-street/appointments.fhir.json"


@pytest.fixture
def booking(db: Database, clock: Clock) -> Booking:
    clock.now = NOW
    return a_booking(db)


def test_staff_fetch_the_appointments_of_some_days(client: TestClient, booking: Booking) -> None:
    number = booking.db.transaction(lambda s: an_appointment(s, booking, booking.wish(at("10:00"))))
    for query, wanted in ((f"?from={MONDAY}&to={MONDAY}", 1), ("", 1), ("?from=2026-12-01&to=2026-12-02", 0)):
        answer = client.get(PATH + query)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/fhir+json"
        assert answer.headers["cache-control"] == "no-store"
        bundle = json.loads(answer.content)
        assert faults_of_bundle(bundle) == []
        assert [one["resource"]["id"] for one in bundle.get("entry", [])] == [str(number)] * wanted


def test_days_that_are_none_get_an_operation_outcome(client: TestClient, booking: Booking) -> None:
    answer = client.get(f"{PATH}?from=2026-12-02&to=<script>")
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert "script" not in answer.text


def test_nobody_else_gets_them(client: TestClient, stranger: TestClient, booking: Booking) -> None:
    assert stranger.get(PATH).headers["location"].startswith("/sign-in?")
    assert client.get("/staff/practices/nobody/appointments.fhir.json").status_code == 404
