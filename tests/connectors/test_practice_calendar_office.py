"""The front office of the built-in calendar: providers, visit reasons, records, and bookings in one go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.inputs.practice_system import (
    SystemLocation,
    SystemPatient,
    SystemProvider,
    VisitReason,
)
from models.rules.appointments import Status
from models.rules.boundary import OutsideCallInTransactionError, inside_transaction
from tasks.connectors.ports import Rejected
from tests.connectors.calendars import LOCATIONS, PATIENT, PROVIDERS, Desk, an_appointment, assert_fails, everything


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home" / "practice-calendar").opened()


def test_providers_who_left_become_inactive_and_their_appointments_stay(desk: Desk) -> None:
    made = desk.create()
    desk.office.register((SystemProvider(id="102", name="Lena Brandt DO"),), (SystemLocation(id="202", name="North"),))
    assert [(each.id, each.name, each.npi, each.is_active) for each in desk.calendar.providers()] == [
        ("101", "Dana Okafor MD", "1234567893", False),
        ("102", "Lena Brandt DO", "", True),
    ]
    assert [(each.id, each.name) for each in desk.calendar.locations()] == [("202", "North")]
    assert everything(desk) == [made]


def test_a_provider_comes_back_under_a_new_name(desk: Desk) -> None:
    desk.office.register((), LOCATIONS)
    desk.office.register((replace(PROVIDERS[0], name="Dana Okafor-Reyes MD"),), LOCATIONS)
    assert [(each.name, each.is_active) for each in desk.calendar.providers()] == [("Dana Okafor-Reyes MD", True)]


def test_a_provider_whose_id_is_no_number_is_refused_and_nothing_changes(desk: Desk) -> None:
    strange = SystemProvider(id="dana", name="Dana Okafor MD")
    assert_fails(lambda: desk.office.register((strange,), ()), Rejected, "malformed")
    assert [each.is_active for each in desk.calendar.providers()] == [True]


def test_visit_reasons_are_added_and_changed_a_79(desk: Desk) -> None:
    visit = desk.office.add_visit_reason("Follow-up", minutes=15, color="#2F80ED")
    long = desk.office.add_visit_reason("Annual physical", minutes=45)
    assert desk.office.visit_reasons() == [long, visit]
    changed = desk.office.change_visit_reason(replace(visit, name="Check-up", minutes=20, color=""))
    assert desk.office.visit_reasons() == [long, changed]
    assert (changed.minutes, changed.color, visit.color) == (20, "", "#2f80ed")


def test_an_appointment_shows_the_id_of_its_visit_reason(desk: Desk) -> None:
    reason = desk.office.add_visit_reason("Follow-up", minutes=15)
    made = desk.create(reason_id=reason.id)
    assert made.reason == reason.id
    assert desk.change(made, status=Status.CONFIRMED).reason == reason.id
    assert desk.change(made, reason_id="").reason == reason.id


def test_the_same_visit_reason_again_is_the_one_that_is_there(desk: Desk) -> None:
    reason = desk.office.add_visit_reason("Follow-up", minutes=15)
    assert desk.office.add_visit_reason(" Follow-up ", minutes=15) == reason
    assert_fails(lambda: desk.office.add_visit_reason("Follow-up", minutes=20), Rejected, "reason_exists")
    other = desk.office.add_visit_reason("Check-up", minutes=15)
    assert_fails(lambda: desk.office.change_visit_reason(replace(other, name="Follow-up")), Rejected, "reason_exists")


@pytest.mark.parametrize("facts", [{"name": " "}, {"minutes": 0}, {"minutes": 721}, {"color": "blue"}])
def test_a_visit_reason_that_makes_no_sense_is_refused(desk: Desk, facts: dict[str, Any]) -> None:
    reason = desk.office.add_visit_reason("Follow-up", minutes=15)
    assert_fails(lambda: desk.office.change_visit_reason(replace(reason, **facts)), Rejected, "malformed")
    unknown = VisitReason(id="999", name="Other", minutes=15)
    assert_fails(lambda: desk.office.change_visit_reason(unknown), Rejected, "unknown_reason")


def test_a_changed_record_is_found_by_its_new_date_of_birth_a_75(desk: Desk) -> None:
    made = desk.calendar.create_patient(PATIENT)
    wanted = replace(made, born=date(1987, 5, 6), email="", last="Quintanilla-Wu", external_id="ignored")
    changed = desk.office.change_patient(wanted)
    assert changed == replace(wanted, external_id="our-1")
    assert list(desk.calendar.patients_born(PATIENT.born)) == []
    assert list(desk.calendar.patients_born(date(1987, 5, 6))) == [changed]


def test_a_duplicate_is_deactivated_and_still_listed_a_74(desk: Desk) -> None:
    made = desk.calendar.create_patient(PATIENT)
    inactive = desk.office.deactivate_patient(made.id)
    assert inactive == replace(made, is_active=False)
    assert list(desk.calendar.patients_born(PATIENT.born)) == [inactive]
    assert desk.office.change_patient(made).is_active


def test_an_unknown_record_cannot_be_changed(desk: Desk) -> None:
    nobody = SystemPatient(id="999", first="Ines", last="Wu", born=None)
    assert_fails(lambda: desk.office.change_patient(nobody), Rejected, "unknown_patient")
    assert_fails(lambda: desk.office.deactivate_patient("999"), Rejected, "unknown_patient")


def test_a_record_may_be_without_a_date_of_birth(desk: Desk) -> None:
    made = desk.calendar.create_patient(PATIENT)
    assert desk.office.change_patient(replace(made, born=None)).born is None
    assert list(desk.calendar.patients_born(PATIENT.born)) == []


def test_many_bookings_are_made_all_or_none(desk: Desk) -> None:
    good = [an_appointment(key=UUID(int=number + 1), status=Status.CONFIRMED) for number in range(5)]
    assert_fails(lambda: desk.office.book([*good, an_appointment(provider="102")]), Rejected, "unknown_provider")
    assert everything(desk) == []
    made = desk.office.book(good)
    assert desk.office.book(good) == made
    assert everything(desk) == made


def test_no_call_of_the_front_office_is_made_inside_a_transaction(desk: Desk) -> None:
    calls: list[Callable[[], object]] = [
        lambda: desk.office.register(PROVIDERS, LOCATIONS),
        desk.office.visit_reasons,
        lambda: desk.office.add_visit_reason("Follow-up", minutes=15),
        lambda: desk.office.change_visit_reason(VisitReason(id="1", name="Follow-up", minutes=15)),
        lambda: desk.office.change_patient(SystemPatient(id="1", first="Ines", last="Wu", born=None)),
        lambda: desk.office.deactivate_patient("1"),
        lambda: desk.office.book([]),
    ]
    with inside_transaction():
        for call in calls:
            with pytest.raises(OutsideCallInTransactionError):
                call()
