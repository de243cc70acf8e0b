"""A practice's appointments as our staff see them: both systems side by side, page by page, and no patient."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models.rules.appointment_portal import drifts_of
from models.rules.appointment_review import Remark, Review, next_flows, remarks
from models.rules.appointments import CALLED_OFF, UNDECIDED, Drift, Status
from models.rules.matching import MatchOutcome
from models.store import portal, slots
from models.store.keys import keys_of
from models.store.portal import Line
from models.tables.appointments import IS_GONE_IN_PORTAL, AppointmentRow
from models.tables.booking import BookingReasonRow
from models.tables.practice_systems import VisitReasonRow
from models.tables.practices import Location, Provider

PAGE: Final = 25
_ROWS = AppointmentRow.metadata.tables[AppointmentRow.__tablename__]


class Place(NamedTuple):
    """A place in a list by start: the start (UTC) and the number of a line, or 0 for the start itself."""

    starts_at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines are wanted: those in some statuses (none: all), only what drifted, only one, and from where on.

    `provider` and `location` are NPI and key, `span` bounds the start (UTC, half-open), `is_shown` leaves out what was
    deleted in PatientPop, and of what waits what was cancelled there (A-46, A-50, A-52). `after` is the last line
    seen, `before` the first one; without both a list begins at its beginning.
    """

    statuses: frozenset[Status] = frozenset()
    is_drift: bool = False
    number: int = 0
    provider: str = ""
    location: str = ""
    span: tuple[datetime, datetime] | None = None
    is_shown: bool = False
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One line: what is known by keys, the names behind them, and what a reviewer should know and do.

    `collisions` are the times (UTC) that an undecided request meets (A-35).
    """

    line: Line
    provider: str = field(repr=False)
    location: str
    reason: str
    visit_reason: str
    collisions: tuple[tuple[datetime, datetime], ...]
    remarks: tuple[Remark, ...]
    drifts: tuple[Drift, ...]
    flows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitPage:
    """One page of a list by start; the places are none where nothing comes before or after."""

    lines: tuple[VisitLine, ...]
    earlier: Place | None
    later: Place | None


@dataclass(frozen=True, slots=True)
class VisitCounts:
    """How many appointments a practice has, by status, and how many drifted."""

    by_status: Mapping[Status, int]
    drifted: int

    @property
    def waiting(self) -> int:
        """Say how many wait for review."""
        return sum(self.by_status.get(status, 0) for status in UNDECIDED)

    @property
    def total(self) -> int:
        """Say how many there are."""
        return sum(self.by_status.values())


def visit_counts(session: Session, practice_id: int) -> VisitCounts:
    """Count a practice's appointments by status, and those about which the two systems differ (A-104)."""
    own = _ROWS.c.practice_id == practice_id
    by_status = session.execute(select(_ROWS.c.status, func.count()).where(own).group_by(_ROWS.c.status))
    drifted = session.scalar(select(func.count()).select_from(_ROWS).where(own, _is_drift()))
    return VisitCounts(Counter(dict(by_status.tuples().all())), drifted or 0)


def waiting_count(session: Session, practice_id: int) -> int:
    """Count the requests that PatientPop lists under Action Required (A-46)."""
    which = _which(practice_id, Asked(UNDECIDED, is_shown=True))
    return session.scalar(select(func.count()).select_from(_ROWS).where(*which)) or 0


def choices_of(session: Session, practice_id: int) -> tuple[dict[str, str], dict[str, str]]:
    """Name a practice's providers by NPI and its locations by key, for filters."""
    names = _names(session, practice_id)
    return dict(names.providers), dict(names.locations)


def visit_page(session: Session, practice_id: int, asked: Asked, *, as_of: datetime, limit: int = PAGE) -> VisitPage:
    """List a page of a practice's appointments by their start (A-46, A-47 without the columns of the patient)."""
    which = _which(practice_id, asked)
    places = _places(session, which, asked, limit)
    lines = portal.lines_of(session, [place.number for place in places])
    first = places[0] if places else asked.after or asked.before
    last = places[-1] if places else asked.before or asked.after
    return VisitPage(
        _named(session, practice_id, lines, as_of=as_of),
        first if first and _is_any(session, which, _is_before(first)) else None,
        last if last and _is_any(session, which, _is_after(last)) else None,
    )


def _which(practice_id: int, asked: Asked) -> list[ColumnElement[bool]]:
    which = [_ROWS.c.practice_id == practice_id, *_where(practice_id, asked)]
    if asked.statuses:
        which.append(_ROWS.c.status.in_(asked.statuses))
    if asked.number:
        which.append(_ROWS.c.id == asked.number)
    if asked.span:
        which += [_ROWS.c.starts_at >= asked.span[0], _ROWS.c.starts_at < asked.span[1]]
    if asked.is_shown:
        which.append(_ROWS.c.portal_deleted_at.is_(None))
    if asked.is_shown and asked.statuses == UNDECIDED:
        which.append(_ROWS.c.portal_cancelled_at.is_(None))
    return [*which, _is_drift()] if asked.is_drift else which


def _where(practice_id: int, asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.provider:
        of_npi = select(Provider.id).where(Provider.practice_id == practice_id, Provider.npi == asked.provider)
        yield _ROWS.c.provider_id.in_(of_npi)
    if asked.location:
        of_key = select(Location.id).where(Location.practice_id == practice_id, Location.key == asked.location)
        yield _ROWS.c.location_id.in_(of_key)


def _is_drift() -> ColumnElement[bool]:
    return and_(literal_column(f"({IS_GONE_IN_PORTAL})"), _ROWS.c.status.not_in(CALLED_OFF))


def _is_after(place: Place) -> ColumnElement[bool]:
    start, number = _ROWS.c.starts_at, _ROWS.c.id
    return and_(start >= place.starts_at, or_(start > place.starts_at, number > place.number))


def _is_before(place: Place) -> ColumnElement[bool]:
    start, number = _ROWS.c.starts_at, _ROWS.c.id
    return and_(start <= place.starts_at, or_(start < place.starts_at, number < place.number))


def _is_any(session: Session, which: Sequence[ColumnElement[bool]], side: ColumnElement[bool]) -> bool:
    return session.execute(select(_ROWS.c.id).where(*which, side).limit(1)).first() is not None


def _places(session: Session, which: Sequence[ColumnElement[bool]], asked: Asked, limit: int) -> list[Place]:
    query = select(_ROWS.c.starts_at, _ROWS.c.id).where(*which).limit(limit)
    forward = (_ROWS.c.starts_at, _ROWS.c.id)
    if asked.before is not None:
        query = query.where(_is_before(asked.before)).order_by(*(column.desc() for column in forward))
        return [Place(*row) for row in session.execute(query)][::-1]
    if asked.after is not None:
        query = query.where(_is_after(asked.after))
    return [Place(*row) for row in session.execute(query.order_by(*forward))]


@dataclass(frozen=True, slots=True)
class _Names:
    """What is behind a practice's keys: providers by NPI, locations, both systems' reasons."""

    providers: Mapping[str, str] = field(repr=False)
    locations: Mapping[str, str]
    reasons: Mapping[str, str]
    visit_reasons: Mapping[str, str]


def _named(session: Session, practice_id: int, lines: Sequence[Line], *, as_of: datetime) -> tuple[VisitLine, ...]:
    if not lines:
        return ()
    names = _names(session, practice_id)
    return tuple(_line(session, line, names, as_of=as_of) for line in lines)


def _names(session: Session, practice_id: int) -> _Names:
    keys = keys_of(session, practice_id)
    providers = select(Provider.npi, Provider.name, Provider.id).where(Provider.practice_id == practice_id)
    return _Names(
        {
            npi: keys.unseal(name, table="providers", column="name", row_id=number)
            for npi, name, number in session.execute(providers)
        },
        *(
            dict(session.execute(select(table.key, table.name).where(table.practice_id == practice_id)).tuples().all())
            for table in (Location, BookingReasonRow, VisitReasonRow)
        ),
    )


def _line(session: Session, line: Line, names: _Names, *, as_of: datetime) -> VisitLine:
    visit = line.visit
    collisions = _collisions(session, line, as_of=as_of)
    review = Review(
        visit,
        says_new=bool(line.says_new),
        match=MatchOutcome(line.match) if line.match else None,
        overlaps_own=line.overlaps_own,
        is_reachable=line.is_reachable,
        collides=bool(collisions),
    )
    return VisitLine(
        line,
        names.providers.get(line.npi, ""),
        names.locations.get(line.location, line.location),
        names.reasons.get(line.reason, line.reason),
        names.visit_reasons.get(visit.visit_reason, visit.visit_reason),
        collisions,
        remarks(review),
        tuple(sorted(drifts_of(visit))),
        next_flows(visit, as_of=as_of),
    )


def _collisions(session: Session, line: Line, *, as_of: datetime) -> tuple[tuple[datetime, datetime], ...]:
    visit = line.visit
    if visit.status not in UNDECIDED or visit.provider_id is None:
        return ()
    return slots.collisions(session, visit.provider_id, visit.starts_at, visit.ends_at, without=visit.id, as_of=as_of)
