"""PatientPop's lists of appointments, and the review list of staff: what waits, and everything that is there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from models.rules.appointment_facts import Appointment
from models.rules.appointments import UNDECIDED, Origin, PatientType, PortalStatus
from models.sealing import Keys
from models.store import patients
from models.store.appointments import load_appointments
from models.store.keys import keys_of
from models.store.patients import Person, person_of
from models.tables.appointments import AppointmentRow, RequestRow
from models.tables.booking import BookingReasonRow
from models.tables.patients import PatientRow
from models.tables.practices import Location, Provider

_ROWS = AppointmentRow.metadata.tables[AppointmentRow.__tablename__]
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list, with keys instead of names: what may be shown in Prefect."""

    visit: Appointment
    npi: str
    location: str
    reason: str
    says_new: bool | None
    match: str
    match_count: int
    overlaps_own: bool
    is_reachable: bool = True

    @property
    def portal_status(self) -> PortalStatus | None:
        """Give what PatientPop shows."""
        return self.visit.portal_status


@dataclass(frozen=True, slots=True)
class PortalLine:
    """One line of PatientPop's lists, with every column of A-46 and A-47; for the practice's own eyes only."""

    number: int
    starts_at: datetime
    requested_at: datetime
    provider: str = field(repr=False)
    location: str = ""
    reason: str = ""
    patient_type: PatientType = PatientType.NEW
    status: PortalStatus = PortalStatus.PENDING
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    origin: Origin = Origin.WIDGET
    note: str = ""


def action_required(
    session: Session, practice_id: int, *, after: tuple[datetime, int] | None = None, limit: int = PAGE
) -> list[PortalLine]:
    """List the widget's requests that nobody decided yet (A-46), by their start; `after` is the last line seen."""
    return _portal(session, practice_id, (_is_shown(), _ROWS.c.status.in_(UNDECIDED), _is_open()), after, limit)


def all_appointments(
    session: Session, practice_id: int, *, after: tuple[datetime, int] | None = None, limit: int = PAGE
) -> list[PortalLine]:
    """List every appointment of both systems (A-47), by its start; `after` is the last line seen."""
    return _portal(session, practice_id, (_is_shown(),), after, limit)


def waiting(session: Session, practice_id: int, *, limit: int = PAGE) -> list[Line]:
    """List the requests that wait for review, without anything personal."""
    found = select(_ROWS.c.id).where(_ROWS.c.practice_id == practice_id, _ROWS.c.status.in_(UNDECIDED))
    return lines_of(session, session.scalars(found.order_by(_ROWS.c.starts_at, _ROWS.c.id).limit(limit)).all())


def upcoming(session: Session, practice_id: int, start: datetime, end: datetime, *, limit: int = PAGE) -> list[Line]:
    """List a practice's appointments that start within a span (UTC), without anything personal."""
    found = select(_ROWS.c.id).where(
        _ROWS.c.practice_id == practice_id, _ROWS.c.starts_at >= start, _ROWS.c.starts_at < end
    )
    return lines_of(session, session.scalars(found.order_by(_ROWS.c.starts_at, _ROWS.c.id).limit(limit)).all())


def lines_of(session: Session, ids: Sequence[int]) -> list[Line]:
    """Load lines by the numbers of their appointments, in that order."""
    visits = load_appointments(session, ids)
    extras = {row.id: row for row in session.execute(_extras().where(AppointmentRow.id.in_(ids)))}
    return [_line(visits[number], extras[number]) for number in ids if number in visits]


def _extras() -> Any:  # noqa: ANN401 - a select of many columns
    return (
        select(
            AppointmentRow.id,
            Provider.npi,
            Location.key.label("location"),
            RequestRow.says_new,
            RequestRow.match,
            RequestRow.match_count,
            RequestRow.overlaps_own,
            PatientRow.email_index,
            PatientRow.phone_index,
        )
        .outerjoin(Provider, Provider.id == AppointmentRow.provider_id)
        .outerjoin(Location, Location.id == AppointmentRow.location_id)
        .outerjoin(RequestRow, RequestRow.appointment_id == AppointmentRow.id)
        .outerjoin(PatientRow, PatientRow.id == AppointmentRow.patient_id)
    )


def _line(visit: Appointment, extra: Row[Any]) -> Line:
    return Line(
        visit,
        extra.npi or "",
        extra.location or "",
        visit.reason,
        extra.says_new,
        extra.match or "",
        extra.match_count or 0,
        bool(extra.overlaps_own),
        visit.patient_id is None or bool(extra.email_index and extra.phone_index),
    )


def _is_shown() -> ColumnElement[bool]:
    return _ROWS.c.portal_deleted_at.is_(None)


def _is_open() -> ColumnElement[bool]:
    return _ROWS.c.portal_cancelled_at.is_(None)


def _portal(
    session: Session,
    practice_id: int,
    which: tuple[ColumnElement[bool], ...],
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[PortalLine]:
    query = (
        select(_ROWS.c.id)
        .where(_ROWS.c.practice_id == practice_id, *which)
        .order_by(_ROWS.c.starts_at, _ROWS.c.id)
        .limit(limit)
    )
    if after is not None:
        start, number = after
        later = and_(_ROWS.c.starts_at == start, _ROWS.c.id > number)
        query = query.where(or_(_ROWS.c.starts_at > start, later))
    ids = session.scalars(query).all()
    visits = load_appointments(session, ids)
    around = _around(session, practice_id, list(visits.values()))
    return [_portal_line(visits[number], around) for number in ids]


@dataclass(frozen=True, slots=True)
class _Around:
    """Names behind the ids of a page of appointments."""

    providers: dict[int, str]
    locations: dict[int, str]
    reasons: dict[str, str]
    people: dict[int, Person]
    notes: dict[int, str]


def _around(session: Session, practice_id: int, visits: Sequence[Appointment]) -> _Around:
    keys = keys_of(session, practice_id)
    providers = {
        row.id: keys.unseal(row.name, table="providers", column="name", row_id=row.id)
        for row in session.scalars(select(Provider).where(Provider.practice_id == practice_id))
    }
    locations = select(Location.id, Location.name).where(Location.practice_id == practice_id)
    reasons = select(BookingReasonRow.key, BookingReasonRow.name).where(BookingReasonRow.practice_id == practice_id)
    return _Around(
        providers,
        dict(session.execute(locations).tuples().all()),
        dict(session.execute(reasons).tuples().all()),
        _people(session, keys, visits),
        {visit.id: "No-show" for visit in visits if visit.status == "no_show"},
    )


def people_of(session: Session, practice_id: int, numbers: Sequence[int]) -> dict[int, Person]:
    """Open who appointments of a practice are for, by number; for its own eyes only; raises as `Keys.unseal`."""
    visits = load_appointments(session, numbers)
    own = [visit for visit in visits.values() if visit.practice_id == practice_id]
    return _people(session, keys_of(session, practice_id), own)


def _people(session: Session, keys: Keys, visits: Sequence[Appointment]) -> dict[int, Person]:
    """Open who the appointments are for; a request that was not matched yet has its own word for it."""
    rows = patients.load_patients(session, {visit.patient_id for visit in visits if visit.patient_id is not None})
    people = {visit.id: patients.open_person(keys, rows[visit.patient_id]) for visit in visits if visit.patient_id}
    unmatched = [visit.id for visit in visits if visit.patient_id is None]
    kept = select(RequestRow).where(RequestRow.appointment_id.in_(unmatched), RequestRow.details != "")
    for row in session.scalars(kept):
        plain = keys.unseal(row.details, table="appointment_requests", column="details", row_id=row.appointment_id)
        people[row.appointment_id] = person_of(plain)
    return people


def _portal_line(visit: Appointment, around: _Around) -> PortalLine:
    person = around.people.get(visit.id)
    return PortalLine(
        visit.id,
        visit.starts_at,
        visit.requested_at,
        around.providers.get(visit.provider_id or 0, ""),
        around.locations.get(visit.location_id or 0, ""),
        around.reasons.get(visit.reason, visit.reason),
        visit.patient_type,
        visit.portal_status or PortalStatus.CANCELED,
        f"{person.first} {person.last}" if person else "",
        person.email if person else "",
        person.phone if person else "",
        visit.origin,
        around.notes.get(visit.id, ""),
    )
