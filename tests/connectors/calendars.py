"""One practice's built-in calendar with a clock that the test moves, and appointments that show only what matters."""

import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from models.inputs.practice_system import (
    AppointmentChange,
    NewAppointment,
    NewPatient,
    SystemAppointment,
    SystemLocation,
    SystemProvider,
)
from models.rules.appointments import Sex, Status
from models.sealing import KeyRing
from tasks.connectors.ports import OutsideError
from tasks.connectors.practice_calendar import PracticeCalendar
from tasks.connectors.practice_calendar_office import FrontOffice
from tasks.connectors.practice_calendar_store import CalendarFile

MORNING = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
RING = KeyRing(bytes(range(32)))
PROVIDERS = (SystemProvider(id="101", name="Dana Okafor MD", npi="1234567893"),)
LOCATIONS = (SystemLocation(id="201", name="Main Street"),)
PATIENT = NewPatient(
    external_id="our-1",
    first="Marisol",
    last="Quintanilla",
    born=date(1987, 6, 5),
    sex=Sex.FEMALE,
    email="marisol@example.com",
    mobile="+12025550143",
)
PERSONAL = ("Marisol", "Quintanilla", "1987-06-05", "marisol@", "5550143", "migraine", "Okafor")


class Desk:
    """One practice's calendar with a clock that the test moves."""

    def __init__(self, folder: Path, *, practice: int = 7, ring: KeyRing = RING) -> None:
        self.time = MORNING
        self.path = folder / f"{practice}.db"
        file = CalendarFile(folder, practice=practice, ring=ring, now=lambda: self.time)
        self.calendar = PracticeCalendar(file, name="Riverside Clinic")
        self.office = FrontOffice(file)

    def opened(self) -> "Desk":
        self.office.register(PROVIDERS, LOCATIONS)
        return self

    def create(self, **facts: Any) -> SystemAppointment:
        return self.calendar.create_appointment(an_appointment(**facts))

    def change(self, seen: SystemAppointment, **facts: Any) -> SystemAppointment:
        return self.calendar.update_appointment(replace(the_same(seen), **facts))

    def run(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(statement, values)
            connection.commit()


def an_appointment(**facts: Any) -> NewAppointment:
    starts_at = facts.pop("starts_at", MORNING + timedelta(days=3))
    usual: dict[str, Any] = {
        "key": uuid4(),
        "status": Status.TENTATIVE,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "provider": "101",
        "location": "201",
        "patient": "",
    }
    return NewAppointment(**{**usual, **facts})


def the_same(seen: SystemAppointment) -> AppointmentChange:
    """Say of an appointment what it is already."""
    return AppointmentChange(
        id=seen.id,
        status=seen.status,
        starts_at=seen.starts_at,
        ends_at=seen.ends_at,
        provider=seen.provider,
        location=seen.location,
        patient=seen.patient,
        word=seen.word,
        reason_id=seen.reason,
        visit=seen.visit,
        notes=seen.notes,
    )


def everything(desk: Desk) -> list[SystemAppointment]:
    return list(desk.calendar.appointments(MORNING - timedelta(days=400), MORNING + timedelta(days=400)).appointments)


def assert_fails(call: Callable[[], object], kind: type[OutsideError], reason: str) -> None:
    with pytest.raises(OutsideError) as failure:
        call()
    assert (type(failure.value), failure.value.reason) == (kind, reason)
    told = "".join(traceback.format_exception(failure.value))
    last = told.splitlines()[-1]
    assert last.endswith(f": {reason}")
    assert failure.value.__context__ is None
    assert failure.value.__cause__ is None


def every_call(desk: Desk) -> Iterator[Callable[[], object]]:
    yield desk.calendar.check
    yield desk.calendar.providers
    yield lambda: desk.calendar.patients_born(PATIENT.born)
    yield lambda: desk.calendar.create_patient(replace(PATIENT, external_id="our-9"))
    yield lambda: everything(desk)
    yield desk.create
    yield desk.office.visit_reasons
