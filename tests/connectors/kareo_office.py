"""A stand-in for Kareo with an open desk: a running server, its state, and connectors to it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deployments.kareo_server import wsdl
from deployments.kareo_server.server import KareoServer
from models.inputs.practice_system import NewAppointment, SystemAccount, SystemAppointment
from models.rules.appointments import Status
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.ports import OutsideError
from tests.kareo import NOW, Desk, a_state, account, desk_of, running_kareo

OURS, KAREOS = "our description", "Kareo's description"
DESCRIPTIONS = (OURS, KAREOS)
KEY = UUID("5a0c7a4e-2a5e-4c86-9d0e-0d6b1f9a3c11")
START = NOW + timedelta(days=2)
HALF_AN_HOUR = timedelta(minutes=30)


@dataclass
class Office:
    """One running stand-in, in whose place everything is fresh for each test."""

    server: KareoServer

    @property
    def desk(self) -> Desk:
        return desk_of(self.server)

    def fresh(self) -> "Office":
        self.server.state = a_state()[0]
        self.server.faults.clear()
        self.server.log.clear()
        return self

    def account(self, **facts: Any) -> SystemAccount:
        return replace(account(self.server), **{"address": self.server.description, **facts})

    def system(self, *, answer_timeout: float = 20, **facts: Any) -> KareoSystem:
        return KareoSystem(self.account(**facts), answer_timeout=answer_timeout)

    def registered(self) -> KareoSystem:
        return self.system(vendor_number=self.system().register_vendor("golive"))

    def new(self, **facts: Any) -> NewAppointment:
        usual = {
            "key": KEY,
            "status": Status.TENTATIVE,
            "starts_at": START,
            "ends_at": START + HALF_AN_HOUR,
            "provider": str(self.desk.stone),
            "location": str(self.desk.location),
            "patient": str(self.desk.maya),
        }
        return NewAppointment(**{**usual, **facts})

    def book(self, start: datetime = START, **facts: Any) -> str:
        return str(self.server.state.book(self.desk.maya, provider=self.desk.stone, start=start, **facts).id)


def read(kareo: KareoSystem, appointment: object) -> SystemAppointment:
    shown = kareo.appointment(str(appointment))
    assert shown is not None
    return shown


def elsewhere(office: Office) -> str:
    """Book an appointment in the account's other practice."""
    state = office.server.state
    other = next(each for each in state.practices if each != office.desk.practice)
    provider = state.add_provider(other, "Dr. Else Where").id
    patient = state.add_patient(other, "Ana", "Silva", born=date(1980, 5, 1)).id
    return str(state.book(patient, provider=provider, start=START).id)


def failure_of(call: Callable[[], object]) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        call()
    return caught.value


@contextmanager
def an_office(description: str = OURS) -> Iterator[Office]:
    """Run a stand-in that gives our description, or Kareo's own where that file is present."""
    with running_kareo() as server, pytest.MonkeyPatch.context() as patch:
        if description == KAREOS:
            content = _kareos_own()
            patch.setattr(wsdl, "render", lambda *_: content)
        yield Office(server)


def _kareos_own() -> bytes:
    beside = Path(__file__).resolve().parents[3] / "shared" / "kareo" / "KareoServices.wsdl"
    file = Path(os.environ.get("GOLIVE_TEST_KAREO_WSDL", beside))
    if not file.is_file():
        pytest.skip("Kareo's own description is not here: name its file in GOLIVE_TEST_KAREO_WSDL")
    return file.read_bytes()
