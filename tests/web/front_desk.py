"""A practice on its journey with a gate before launch and some appointments, for the pages of staff."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from models.db import Database
from models.rules.appointments import Origin, PatientType, Status
from models.rules.decisions import Ask, Process
from models.rules.readiness_commands import Look
from models.rules.roles import Role
from models.store.effects import Outcome, carry_out
from models.store.onboarding import present_journey
from models.tables.appointments import RequestRow
from models.tables.base import new_id
from models.tables.onboarding import JourneyRow
from models.tables.practice_systems import CursorKind, CursorRow, PracticeSystemRow, PushKind, PushRow, PushState
from models.tables.practices import Location, Practice, Provider
from tests.factories import MONDAY
from tests.store.gates import Site
from tests.store.visits import Visit, a_visit, add_request

PATIENT = ("Rosalind", "Rosie", "Quick", "rosalind@example.com", "asked@example.com", "2025550143", "Private words")


def site_of(db: Database, key: str, *, now: datetime) -> Site:
    """Give the gate of a practice that is there already."""

    def find(session: Any) -> Site:
        practice = session.scalars(select(Practice.id).where(Practice.key == key)).one()
        provider = session.scalars(select(Provider.id).where(Provider.practice_id == practice)).first()
        location = session.scalars(select(Location.id).where(Location.practice_id == practice)).first()
        return Site(db, practice, provider, location, now)

    return db.transaction(find)


def practice_of_journey(db: Database, key: str) -> int:
    """Give the id of a practice by its journey."""

    def find(session: Any) -> int:
        return int(session.get_one(JourneyRow, present_journey(session, key)).practice_id)

    return db.read(find)


def request(db: Database, practice: int, *, asks: str = "review", **facts: Any) -> Visit:
    """Store a request of the widget that waits for review, with what the patient wrote and the work item."""
    made = a_visit(db, practice, **({"status": Status.TENTATIVE, "reason": "sick-visit", "system_id": ""} | facts))
    add_request(made)
    db.transaction(lambda s: s.execute(update(RequestRow).values(says_new=False)))
    if asks:
        made.carry_out(Ask(asks, Role.FRONT_OFFICE, made.facts().starts_at))
    return made


def booked(db: Database, practice: int, **facts: Any) -> Visit:
    """Store an appointment that the practice system shows."""
    return a_visit(db, practice, **({"origin": Origin.KAREO, "reason": "", "system_id": str(new_id())} | facts))


def asks(db: Database, practice: int, key: str, *, as_of: datetime) -> None:
    """Open a work item of the whole practice."""
    effects = (Ask(key, Role.FRONT_OFFICE, as_of),)
    outcome = Outcome(practice, Process.PRACTICE, practice, f"t{new_id()}", "golive", (), effects)
    db.transaction(lambda s: carry_out(s, [outcome], as_of=as_of))


def heard(db: Database, practice: int, at: datetime | None, *, problem: str = "") -> None:
    """Say when the practice system was last heard of (UTC); a practice without one gets the built-in calendar."""

    def store(session: Any) -> None:
        if session.get(PracticeSystemRow, practice) is None:
            session.add(PracticeSystemRow(practice_id=practice, vendor="calendar", connected_at=at or MONDAY))
        cursor: dict[str, Any] = {"practice_id": practice, "kind": CursorKind.CHANGES, "failures": 0, "fence": 0}
        session.merge(CursorRow(**cursor, succeeded_at=at, due_at=at or MONDAY, problem=problem))

    db.transaction(store)


def push(visit: Visit, state: PushState, *, outcome: str = "", at: datetime, **facts: Any) -> int:
    """Store a write to the practice system."""
    number = new_id()
    is_over = state in {PushState.REFUSED, PushState.DEAD}
    row: dict[str, Any] = {"kind": PushKind.DECIDE, "queued_at": at, "due_at": at, "attempts": 1} | facts
    row |= {"settled_at": at if is_over else None, "outcome": outcome, "key": f"k{number}", "change": {}}
    made = PushRow(id=number, practice_id=visit.practice, appointment_id=visit.id, state=state, **row)
    visit.db.transaction(lambda s: s.add(made))
    return number


def a_busy_week(db: Database, practice: int, *, as_of: datetime) -> dict[str, Visit]:
    """Store one appointment of each kind that staff meet, a day apart, and what goes wrong around them."""
    day = timedelta(days=1)

    def when(days: float, minutes: int = 30) -> dict[str, Any]:
        starts_at = as_of + days * day
        ends_at = starts_at + timedelta(minutes=minutes)
        return {"starts_at": starts_at, "ends_at": ends_at, "requested_at": as_of - 2 * day}

    known = {"origin": Origin.WIDGET, "reason": "annual-physical", "visit_reason": "new"}
    made = {
        "request": request(db, practice, **when(1)),
        "conflict": request(db, practice, **when(1), has_conflict=True, is_virtual=True, system_id="17"),
        "lapsed": request(db, practice, **when(-1), asks="lapsed", status=Status.LAPSED, system_id="18"),
        "kareo": booked(db, practice, **when(2, 45), system_word="ReminderSent"),
        "returning": booked(
            db, practice, **when(3, 60), **known, status=Status.RESCHEDULED, patient_type=PatientType.RETURNING
        ),
        "no_show": booked(db, practice, **when(-0.2), status=Status.NO_SHOW),
        "declined": booked(db, practice, **when(4), status=Status.DECLINED),
        "drifted": booked(db, practice, **when(5), portal_cancelled_at=as_of),
    }
    made["drifted"].carry_out(Ask("drift.cancelled_in_portal", Role.FRONT_OFFICE, as_of))
    push(made["request"], PushState.PENDING, at=as_of - day / 96, kind=PushKind.PLACE)
    push(made["kareo"], PushState.REFUSED, outcome="permission_missing:UpdateAppointment", at=as_of - day / 24)
    return made


def with_a_gate(db: Database, key: str, *, as_of: datetime) -> Site:
    """Let a practice on its journey prepare its website: some checks pass, some fail."""
    site = site_of(db, key, now=as_of)
    site.set_up()
    site.add(site.communications(has_surveys=True))
    site.use_kareo()
    site.must(Look())
    return site
