"""Appointments as other systems are told of them: numbers instead of people, read in sets."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from models.rules.appointments import Status
from models.store.systems import vendor_of
from models.tables.appointments import AppointmentRow
from models.tables.booking import BookingReasonRow
from models.tables.practice_systems import VisitReasonRow
from models.tables.practices import Location, Provider

PAGE: Final = 500
_ROWS = AppointmentRow.metadata.tables[AppointmentRow.__tablename__]
_OWN: Final = (
    "id",
    "version",
    "status",
    "starts_at",
    "ends_at",
    "requested_at",
    "is_virtual",
    "system_id",
    "patient_id",
)


@dataclass(frozen=True, slots=True)
class Exported:
    """One appointment with what its numbers mean; the patient is a number only. Times are UTC."""

    number: int
    version: int
    status: Status
    starts_at: datetime
    ends_at: datetime
    requested_at: datetime
    is_virtual: bool
    system_id: str
    patient: int | None
    npi: str
    location: int | None
    location_name: str
    reason: str
    visit_reason: str


@dataclass(frozen=True, slots=True)
class Meanings:
    """What keys and numbers of one practice mean, the same for all of its appointments."""

    vendor: str
    providers: dict[int, str]
    locations: dict[int, str]
    reasons: dict[str, str]
    visit_reasons: dict[str, str]


def numbers_between(session: Session, practice_id: int, start: datetime, end: datetime) -> Sequence[int]:
    """Name the appointments that start within a span (UTC), in their order; eight bytes each."""
    query = (
        select(_ROWS.c.id)
        .where(_ROWS.c.practice_id == practice_id, _ROWS.c.starts_at >= start, _ROWS.c.starts_at < end)
        .order_by(_ROWS.c.starts_at, _ROWS.c.id)
        .execution_options(yield_per=PAGE)
    )
    return array("q", session.scalars(query))


def meanings_of(session: Session, practice_id: int) -> Meanings:
    """Load what the numbers and keys of a practice's appointments mean."""
    own = {table: table.practice_id == practice_id for table in (Provider, Location, BookingReasonRow, VisitReasonRow)}
    npis = select(Provider.id, Provider.npi).where(own[Provider])
    places = select(Location.id, Location.name).where(own[Location])
    asked = select(BookingReasonRow.key, BookingReasonRow.name).where(own[BookingReasonRow])
    chosen = select(VisitReasonRow.key, VisitReasonRow.name).where(own[VisitReasonRow])
    return Meanings(
        vendor_of(session, practice_id),
        dict(session.execute(npis).tuples().all()),
        dict(session.execute(places).tuples().all()),
        dict(session.execute(asked).tuples().all()),
        dict(session.execute(chosen).tuples().all()),
    )


def load_exported(session: Session, numbers: Sequence[int], meanings: Meanings) -> list[Exported]:
    """Load some appointments as they stand now, in the order of their numbers' list."""
    columns = (*_OWN, "provider_id", "location_id", "reason", "visit_reason")
    query = select(*(_ROWS.c[name] for name in columns)).where(_ROWS.c.id.in_(numbers))
    found = {row.id: row for row in session.execute(query)}
    return [_exported(found[number], meanings) for number in numbers if number in found]


def _exported(row: Row[Any], meanings: Meanings) -> Exported:
    """Name what the keys mean; a key that is no longer known stands for itself."""
    *own, provider, location, reason, visit_reason = row
    meant: tuple[Any, ...] = (
        *own,
        meanings.providers.get(provider, ""),
        location,
        meanings.locations.get(location, ""),
        meanings.reasons.get(reason, reason),
        meanings.visit_reasons.get(visit_reason, visit_reason),
    )
    return Exported(*meant)
