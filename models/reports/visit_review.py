"""One appointment opened for whoever decides about it: what the patient wrote, what takes its time, what may be chosen.

Patients are opened for people of their own practice only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.reports.appointments import Asked, VisitLine, visit_page
from models.rules.appointment_commands import CANCELLABLE, MOVABLE, NEXT
from models.rules.appointments import UNDECIDED, PortalStatus, Status
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store import portal, requests, visit_reasons
from models.store.patients import Person
from models.store.taken_time import claims_within
from models.tables.appointments import AppointmentRow, ClaimKind
from models.tables.practices import Location


@dataclass(frozen=True, slots=True)
class Met:
    """Something that has a request's time (UTC) too (A-35); a hold is nobody's appointment yet, its number is 0."""

    kind: ClaimKind
    starts_at: datetime
    ends_at: datetime
    number: int
    location: str
    reason: str
    person: Person | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Acts:
    """What may be decided about an appointment as it stands; nothing while a decision is on its way."""

    confirm: bool = False
    move: bool = False
    cancel: bool = False
    marks: tuple[Status, ...] = ()
    cancel_here: bool = False
    remove_here: bool = False
    delete: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One appointment with everything that its page shows; `note` is the patient's own words (A-36, A-44)."""

    one: VisitLine
    person: Person | None = field(repr=False)
    note: str = field(repr=False)
    met: Sequence[Met]
    acts: Acts
    reasons: Mapping[str, tuple[str, int]]
    """The practice system's visit reasons: name and minutes by key (A-37)."""


def acts_of(line: VisitLine, *, as_of: datetime) -> Acts:
    """Say what the rules allow about an appointment at a moment (A-42, A-43, A-50 to A-54, A-85, A-100)."""
    visit = line.line.visit
    here = visit.portal_status
    beside = Acts(cancel_here=here not in (None, PortalStatus.CANCELED), remove_here=here is not None)
    if visit.wanted is not None:
        return beside
    can_be_missed = visit.starts_at <= as_of
    marks = (one for one in Status if one in NEXT[visit.status] and (one is not Status.NO_SHOW or can_be_missed))
    return replace(
        beside,
        confirm=visit.status in UNDECIDED,
        move=visit.status in MOVABLE,
        cancel=visit.status in CANCELLABLE,
        marks=tuple(marks),
        delete=visit.status is not Status.DELETED,
    )


def review(session: Session, practice_id: int, number: int, *, with_people: bool, as_of: datetime) -> Reviewed | None:
    """Open one appointment of a practice; none where the practice has none with this number."""
    lines = visit_page(session, practice_id, Asked(number=number), as_of=as_of).lines
    if not lines:
        return None
    one = lines[0]
    visit = one.line.visit
    people = people_of(session, practice_id, [visit.id]) if with_people else {}
    reasons = visit_reasons.active_reasons(session, practice_id)
    return Reviewed(
        one,
        people.get(visit.id),
        _note(session, visit.id) if with_people else "",
        _met(session, one, with_people=with_people, as_of=as_of),
        acts_of(one, as_of=as_of),
        {key: (row.name, row.minutes) for key, row in reasons.items()},
    )


def people_of(session: Session, practice_id: int, numbers: Sequence[int]) -> dict[int, Person]:
    """Open who appointments are for, by number; nobody where nobody can read it any more."""
    try:
        return portal.people_of(session, practice_id, numbers)
    except (KeyDestroyedError, SealBrokenError):
        return {}


def _note(session: Session, number: int) -> str:
    try:
        request = requests.open_request(session, number)
    except (KeyDestroyedError, SealBrokenError):
        return ""
    return request.note if request else ""


def _met(session: Session, one: VisitLine, *, with_people: bool, as_of: datetime) -> list[Met]:
    """Say what has the time of a request too; what stands decided is in nobody's way any more."""
    visit = one.line.visit
    if visit.provider_id is None or not (visit.status in UNDECIDED or visit.has_conflict):
        return []
    found = claims_within(session, visit.provider_id, visit.starts_at, visit.ends_at, without=visit.id, as_of=as_of)
    numbers = [claim.appointment for claim in found if claim.appointment]
    people = people_of(session, visit.practice_id, numbers) if with_people else {}
    of_reasons = select(AppointmentRow.id, AppointmentRow.visit_reason).where(AppointmentRow.id.in_(numbers))
    of_places = select(Location.id, Location.name).where(Location.practice_id == visit.practice_id)
    reasons = dict(session.execute(of_reasons).tuples().all())
    places = dict(session.execute(of_places).tuples().all())
    return [
        Met(
            claim.kind,
            claim.starts_at,
            claim.ends_at,
            claim.appointment or 0,
            places.get(claim.location or 0, ""),
            reasons.get(claim.appointment or 0, ""),
            people.get(claim.appointment or 0),
        )
        for claim in found
    ]
