"""Every practice system of the registry with one practice in it, for tests of what all of them promise."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from deployments.kareo_server.server import running
from deployments.kareo_server.staff import State
from models.inputs.practice_system import (
    NewAppointment,
    NewPatient,
    SystemAccount,
    SystemAppointment,
    SystemLocation,
    SystemProvider,
)
from models.rules.appointments import Sex, Status
from models.settings import Settings
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.ports import PracticeSystem
from tasks.connectors.registry import front_office, practice_system

PRACTICE_NAME: Final = "Riverside Clinic"
ZONE: Final = "America/New_York"
KEY, USER, PASSWORD = "right key", "golive@example.com", "right password"
NOON: Final = datetime(2026, 6, 2, 16, 0, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """One practice in one practice system: two providers at one location, and no patients yet."""

    account: SystemAccount
    home: Path
    system: PracticeSystem
    providers: tuple[SystemProvider, SystemProvider]
    location: SystemLocation

    def client(self) -> PracticeSystem:
        """Build another client of the same practice."""
        return client(self.account, self.home)

    def patient(self, **facts: Any) -> str:
        return self.system.create_patient(a_patient(**facts)).id

    def new(self, patient: str, **facts: Any) -> NewAppointment:
        starts_at = facts.pop("starts_at", NOON)
        usual: dict[str, Any] = {
            "key": uuid4(),
            "status": Status.CONFIRMED,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=30),
            "provider": self.providers[0].id,
            "location": self.location.id,
            "patient": patient,
        }
        return NewAppointment(**{**usual, **facts})

    def book(self, patient: str, **facts: Any) -> SystemAppointment:
        return self.system.create_appointment(self.new(patient, **facts))

    def listed(self, start: datetime, end: datetime) -> list[SystemAppointment]:
        """List a window by start, with ids where the system lists by name."""
        ids = {each.name: each.id for each in self.providers}
        listed = [
            each.known_as(provider=ids[each.provider], location=self.location.id) if each.by_name else each
            for each in self.system.appointments(start, end).appointments
        ]
        return sorted(listed, key=lambda each: each.starts_at)


def client(account: SystemAccount, home: Path) -> PracticeSystem:
    return practice_system(account, Settings(home=home))


def create_elsewhere(account: SystemAccount, home: Path, wanted: list[NewAppointment]) -> list[str]:
    """Create appointments in a process of its own."""
    system = client(account, home)
    return [system.create_appointment(new).id for new in wanted]


def a_patient(**facts: Any) -> NewPatient:
    usual: dict[str, Any] = {
        "external_id": f"our-{uuid4().hex[:12]}",
        "first": "Marisol",
        "last": "Quintanilla",
        "born": date(1987, 6, 5),
        "sex": Sex.FEMALE,
        "email": "marisol@example.com",
        "mobile": "+12025550143",
    }
    return NewPatient(**{**usual, **facts})


@contextmanager
def calendar_world(home: Path) -> Iterator[World]:
    account = SystemAccount(vendor="calendar", practice=7, zone=ZONE, system_name=PRACTICE_NAME)
    providers = SystemProvider(id="101", name="Dana Okafor MD"), SystemProvider(id="102", name="Lena Brandt DO")
    location = SystemLocation(id="201", name="Main Street")
    front_office(account, Settings(home=home)).register(providers, (location,))
    yield World(account, home, client(account, home), providers, location)


@contextmanager
def kareo_world(home: Path) -> Iterator[World]:
    """Keep the practice in the stand-in for Kareo, beside another one of the same account."""
    state = State()
    practice = state.add_practice(PRACTICE_NAME).id
    state.add_location(state.add_practice("Sierra Pediatrics").id, "Sierra")
    state.add_login(KEY, USER, PASSWORD)
    location = state.add_location(practice, "Main Street")
    names = "Dana Okafor MD", "Lena Brandt DO"
    first, second = (SystemProvider(id=str(state.add_provider(practice, name).id), name=name) for name in names)
    with running(state) as server:
        account = SystemAccount(
            vendor="kareo",
            practice=7,
            zone=ZONE,
            system_practice=str(practice),
            system_name=PRACTICE_NAME,
            address=server.description,
            customer_key=KEY,
            user=USER,
            password=PASSWORD,
        )
        account = replace(account, vendor_number=KareoSystem(account).register_vendor("golive"))
        place = SystemLocation(id=str(location.id), name=location.name)
        yield World(account, home, client(account, home), (first, second), place)


WORLDS: Final[dict[str, Callable[[Path], AbstractContextManager[World]]]] = {
    "calendar": calendar_world,
    "kareo": kareo_world,
}
