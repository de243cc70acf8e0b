"""What a practice system is asked and answers: patients, appointments, places; lives in memory only.

Every time is an aware moment in UTC and every id a text, whatever the vendor uses. Words of the vendor are kept beside
ours (`word`), because writing back a coarser one would destroy what the practice's staff had set.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from models.rules.appointments import Sex, Status


@dataclass(frozen=True, slots=True)
class SystemPractice:
    """One practice of an account."""

    id: str
    name: str
    npi: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class SystemProvider:
    """One provider; `name` is how lists of appointments name the provider."""

    id: str
    name: str
    npi: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class SystemLocation:
    """One service location."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class VisitReason:
    """One visit reason; an appointment takes as long as its reason's minutes (A-37, A-79). `color` is like #2f80ed."""

    id: str
    name: str
    minutes: int
    color: str = ""


@dataclass(frozen=True, slots=True)
class SystemPatient:
    """One patient record; `external_id` is our own id when we made the record."""

    id: str
    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date | None = field(repr=False)
    email: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    sex: Sex = Sex.UNKNOWN
    external_id: str = ""
    is_active: bool = True
    zip_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A patient record to be made; `external_id` is our own id, by which an unknown outcome is looked up."""

    external_id: str
    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date = field(repr=False)
    sex: Sex
    email: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)


class VisitType(StrEnum):
    """How patient and provider meet (A-38)."""

    OFFICE = "office"
    TELEHEALTH = "telehealth"


@dataclass(frozen=True, slots=True)
class SystemAppointment:
    """One appointment as the practice system shows it at one moment.

    `modified_at` is the system's own clock. `provider` and `location` are ids, or names where only a list was asked
    (`by_name`). `key` is the unique id that we gave at creation, where the system keeps one.
    """

    id: str
    status: Status
    starts_at: datetime
    ends_at: datetime
    modified_at: datetime
    provider: str = ""
    location: str = ""
    patient: str = ""
    word: str = ""
    reason: str = ""
    visit: VisitType = VisitType.OFFICE
    key: UUID | None = None
    notes: str = field(default="", repr=False)
    by_name: bool = False
    is_group: bool = False
    created_at: datetime | None = None

    def known_as(self, *, provider: str, location: str) -> "SystemAppointment":
        """Give the same appointment with ids instead of names."""
        return replace(self, provider=provider, location=location, by_name=False)


@dataclass(frozen=True, slots=True)
class NewAppointment:
    """An appointment to be made: tentative when a patient asked for it (A-32)."""

    key: UUID
    status: Status
    starts_at: datetime
    ends_at: datetime
    provider: str
    location: str
    patient: str
    visit: VisitType = VisitType.OFFICE
    reason_id: str = ""
    notes: str = field(default="", repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AppointmentChange:
    """What an appointment shall be from now on, whole: the practice system replaces all of it."""

    id: str
    status: Status
    starts_at: datetime
    ends_at: datetime
    provider: str
    location: str
    patient: str
    word: str = ""
    reason_id: str = ""
    visit: VisitType = VisitType.OFFICE
    notes: str = field(default="", repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of appointments; `server_time` is the system's clock when it answered, from which cursors move."""

    appointments: Sequence[SystemAppointment]
    server_time: datetime


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """What an account may do: the practices of its key and the permissions that it lacks."""

    practices: Sequence[SystemPractice]
    missing_permissions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """How one practice of ours reaches its practice system.

    `practice` is our id; `system_practice` and `system_name` are the vendor's. The built-in calendar needs no more
    than `practice`; secrets are opened for the time of a call only.
    """

    vendor: str
    practice: int
    zone: str
    system_practice: str = ""
    system_name: str = ""
    address: str = ""
    vendor_number: int = 0
    customer_key: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
