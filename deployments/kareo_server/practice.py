"""The state of the stand-in for Kareo: its records, its clock, and where it can be told to behave in another way."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import TypeVar

from deployments.kareo_server.rows import (
    Appointment,
    Evidence,
    Location,
    Login,
    Patient,
    Practice,
    Provider,
    Reason,
    Resource,
)

Owned = TypeVar("Owned", Provider, Location, Resource, Reason, Patient, Appointment)


class DeletedAs(StrEnum):
    """What the single call says of a deleted appointment."""

    FLAG = "flag"
    ERROR = "error"


@dataclass(slots=True)
class Switches:
    """Where the guide is silent, both readings can be had; the defaults are the harder ones for a caller."""

    tentative_is_listed: bool = False
    deleted_as: DeletedAs = DeletedAs.FLAG
    absent_patient_is_error: bool = False
    security_is_error: bool = False
    list_offset: timedelta = timedelta(hours=-8)


def real_clock() -> datetime:
    """Read this machine's clock."""
    return datetime.now(UTC)


class Records:
    """Everything that one server keeps; take `lock` around what must be seen whole."""

    def __init__(self, clock: Callable[[], datetime] = real_clock) -> None:
        self.lock = threading.RLock()
        self.switches = Switches()
        self.logins: list[Login] = []
        self.practices: dict[int, Practice] = {}
        self.providers: dict[int, Provider] = {}
        self.locations: dict[int, Location] = {}
        self.resources: dict[int, Resource] = {}
        self.reasons: dict[int, Reason] = {}
        self.patients: dict[int, Patient] = {}
        self.appointments: dict[int, Appointment] = {}
        self.vendors: dict[int, str] = {}
        self.charges: list[Evidence] = []
        self.payments: list[Evidence] = []
        self.transactions: list[Evidence] = []
        self._clock = clock
        self._numbers = count(1001)

    def now(self) -> datetime:
        """Read the server's own clock, in UTC."""
        return self._clock().astimezone(UTC)

    def set_time(self, moment: datetime) -> None:
        """Stop the server's clock at a moment."""
        self._clock = lambda: moment

    def advance(self, time: timedelta) -> None:
        """Move a stopped clock on."""
        self.set_time(self.now() + time)

    def next_number(self) -> int:
        """Give a number that nothing has yet."""
        return next(self._numbers)

    def add_practice(self, name: str, *, npi: str = "", tax_id: str = "") -> Practice:
        """Keep a practice that every login so far reaches."""
        with self.lock:
            made = Practice(self.next_number(), name, npi, tax_id)
            self.practices[made.id] = made
            self.logins = [replace(each, practices=each.practices | {made.id}) for each in self.logins]
            return made

    def add_login(
        self,
        customer_key: str,
        user: str,
        password: str,
        *,
        practices: frozenset[int] | None = None,
        missing: frozenset[str] = frozenset(),
    ) -> Login:
        """Let a user call for some practices, or all that there are, but for what permissions are missing."""
        with self.lock:
            reached = frozenset(self.practices) if practices is None else practices
            made = Login(customer_key, user, password, reached, missing)
            self.logins.append(made)
            return made

    def add_provider(self, practice: int, full_name: str, *, npi: str = "") -> Provider:
        """Keep a provider."""
        with self.lock:
            made = Provider(self.next_number(), practice, full_name, npi)
            self.providers[made.id] = made
            return made

    def add_location(self, practice: int, name: str) -> Location:
        """Keep a service location."""
        with self.lock:
            made = Location(self.next_number(), practice, name)
            self.locations[made.id] = made
            return made

    def add_resource(self, practice: int, name: str) -> Resource:
        """Keep a room or a machine."""
        with self.lock:
            made = Resource(self.next_number(), practice, name)
            self.resources[made.id] = made
            return made

    def add_reason(self, practice: int, name: str, *, minutes: int = 30) -> Reason:
        """Keep a visit reason."""
        with self.lock:
            made = Reason(self.next_number(), practice, name, minutes)
            self.reasons[made.id] = made
            return made

    def keep_patient(self, patient: Patient) -> Patient:
        """Keep a patient record under a number of its own, stamped with the server's clock."""
        with self.lock:
            now = self.now()
            made = replace(patient, id=self.next_number(), created_at=now, modified_at=now)
            self.patients[made.id] = made
            return made

    def keep_appointment(self, appointment: Appointment) -> Appointment:
        """Keep an appointment under a number of its own, stamped with the server's clock; overlaps are allowed."""
        with self.lock:
            now = self.now()
            made = replace(appointment, id=self.next_number(), created_at=now, modified_at=now)
            self.appointments[made.id] = made
            return made

    def owned_by(self, practice: int, rows: dict[int, Owned]) -> Iterator[Owned]:
        """Give the rows of one practice."""
        return (row for row in rows.values() if row.practice == practice)
