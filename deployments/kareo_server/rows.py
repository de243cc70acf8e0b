"""What the stand-in for Kareo keeps: practices and what belongs to them, in memory only."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(slots=True)
class Practice:
    """One practice of an account."""

    id: int
    name: str
    npi: str = ""
    tax_id: str = ""
    is_active: bool = True


@dataclass(slots=True)
class Provider:
    """One provider of a practice; lists of appointments know it by its full name."""

    id: int
    practice: int
    full_name: str
    npi: str = ""
    is_active: bool = True


@dataclass(slots=True)
class Location:
    """One service location of a practice."""

    id: int
    practice: int
    name: str


@dataclass(slots=True)
class Resource:
    """A room or a machine that an appointment may need."""

    id: int
    practice: int
    name: str


@dataclass(slots=True)
class Reason:
    """A visit reason of Kareo's own, with its usual length."""

    id: int
    practice: int
    name: str
    minutes: int = 30


@dataclass(slots=True)
class Patient:
    """One patient record; `external` holds other systems' ids by vendor."""

    id: int
    practice: int
    first: str = field(repr=False)
    last: str = field(repr=False)
    created_at: datetime
    modified_at: datetime
    born: date | None = field(default=None, repr=False)
    middle: str = field(default="", repr=False)
    gender: str = "Unknown"
    email: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    home: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    is_active: bool = True
    external: dict[int, str] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """First, middle and last name."""
        return " ".join(part for part in (self.first, self.middle, self.last) if part)


@dataclass(slots=True)
class Appointment:
    """One appointment; a group's patients are its `attendees`, by id and whether they come."""

    id: int
    practice: int
    location: int
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    modified_at: datetime
    status: str = "Scheduled"
    type: str = "P"
    provider: int = 0
    patient: int = 0
    reason: int = 0
    resources: tuple[int, ...] = ()
    name: str = field(default="", repr=False)
    notes: str = field(default="", repr=False)
    key: str | None = None
    is_online: bool = False
    is_group: bool = False
    most_attendees: int = 1
    attendees: dict[int, str] = field(default_factory=dict)
    is_all_day: bool = False
    is_deleted: bool = False


@dataclass(slots=True)
class Evidence:
    """One charge, payment or transaction: the columns that it has, and the days by which lists find it."""

    practice: int
    columns: dict[str, str] = field(repr=False)
    days: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class Login:
    """Who may call: one user of one customer key, the practices it reaches and the permissions it lacks."""

    customer_key: str = field(repr=False)
    user: str
    password: str = field(repr=False)
    practices: frozenset[int] = frozenset()
    missing: frozenset[str] = frozenset()
    customer: int = 1
