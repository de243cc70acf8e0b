"""Appointments: what people decide, lists of what waits, and due timers, in batches."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.forms import moment_of
from models.reports.appointments import Asked, VisitLine, visit_page
from models.rules.appointment_events import Command, Confirm, Reschedule
from models.rules.appointment_facts import Appointment
from models.rules.appointments import UNDECIDED
from models.rules.decisions import Refusal
from models.settings import settings
from models.store import acting, appointment_changes, appointment_plans, appointments, portal, practices, systems
from models.store.appointment_plans import Wished
from models.store.portal import Line
from models.tables.practices import Practice
from tasks.policy import effect, safe
from templates.words_staff import REMARKS, VISIT_TODO

Row = dict[str, str]
MOST_ROWS = 500
"""So many lines at most stand in one table; the staff pages show all of them, page by page."""


def batches_of_visits(*, as_of: datetime, limit: int) -> Iterator[int]:
    """Give the size of one batch after the other while timers of appointments are due."""
    batch = settings().dispatch_timer_batch
    for start in range(0, limit, batch):
        if not _is_due(as_of=as_of):
            return
        yield min(batch, limit - start)


@safe
def _is_due(*, as_of: datetime) -> bool:
    return transaction(lambda session: appointment_changes.is_due(session, as_of=as_of))  # it locks, so it is no read


@effect()
def advance_visits(size: int, *, as_of: datetime) -> Counter[str]:
    """Let requests lapse and send reminders, a batch in one transaction; counts by kind of timer."""
    return Counter(transaction(lambda session: appointment_changes.fire_timers(session, as_of=as_of, limit=size)))


@effect()
def record(appointment: int, event: Command, *, by: str, key: str, as_of: datetime) -> Answer:
    """Carry out what a person decided about an appointment, once per key; refusals come back in plain words."""

    def carry_out(session: Session) -> Answer:
        visit = appointments.load_appointment(session, appointment)
        if visit is None:
            return Answer.refused(appointment_changes.unknown_appointment(appointment).sentence)
        if stranger := acting.refuse_stranger(session, visit.practice_id, by):
            return Answer.refused(stranger.sentence)
        done = appointment_changes.carry_out_command(session, appointment, event, by=by, key=key, as_of=as_of)
        if isinstance(done, Refusal):
            return Answer.refused(done.sentence)
        return Answer.repeated() if done.again else Answer.done(done.kinds)

    return transaction(carry_out)


@effect()
def confirmation(  # noqa: PLR0913 - the fields of a form
    appointment: int,
    visit_reason: str,
    new_start: str,
    *,
    is_virtual: bool | None,
    forms: tuple[str, ...],
    despite_conflict: bool,
    as_of: datetime,
) -> Confirm | str:
    """Complete a confirmation with the visit reason's minutes and what is in the way; a sentence when it cannot be."""

    def complete(session: Session) -> Confirm | str:
        visit = appointments.load_appointment(session, appointment)
        if visit is None:
            return appointment_changes.unknown_appointment(appointment).sentence
        start = _start(session, visit, new_start)
        if isinstance(start, str):
            return start
        wished = Wished(visit_reason, start if new_start else None, is_virtual, forms, despite_conflict)
        planned = appointment_plans.confirmation(session, visit, wished, as_of=as_of)
        return planned.sentence if isinstance(planned, Refusal) else planned

    return read(complete)


def _start(session: Session, visit: Appointment, new_start: str) -> datetime | str:
    if not new_start:
        return visit.starts_at
    zone = session.get_one(Practice, visit.practice_id).zone
    found = moment_of(new_start, zone)
    return found or f"There is no such date and time as {new_start}; write it like 2026-12-01 14:30."


@effect()
def move(
    appointment: int, new_start: str, minutes: int, *, despite_conflict: bool, as_of: datetime
) -> Reschedule | str:
    """Complete a move with what is in the way; a sentence when it cannot be."""

    def complete(session: Session) -> Reschedule | str:
        visit = appointments.load_appointment(session, appointment)
        if visit is None:
            return appointment_changes.unknown_appointment(appointment).sentence
        start = _start(session, visit, new_start)
        if isinstance(start, str):
            return start
        return appointment_plans.move(session, visit, start, minutes, despite_conflict=despite_conflict, as_of=as_of)

    return read(complete)


@effect()
def unknown_practice(practice: str) -> str:
    """Say in a sentence that there is no such practice; empty when there is."""
    found = read(lambda session: practices.find_practice(session, practice))
    return "" if found else acting.UNKNOWN_PRACTICE.format(practice)


def _in_practice(practice: str, work: Callable[[Session, Practice], list[Row]]) -> list[Row]:
    def load(session: Session) -> list[Row]:
        found = practices.find_practice(session, practice)
        return [] if found is None else work(session, found)

    return read(load)


@effect()
def waiting_rows(practice: str, *, as_of: datetime) -> list[Row]:
    """List what waits for review, with the reviewer's notes; keys and times only (A-35, A-96, A-97)."""

    def rows(session: Session, found: Practice) -> list[Row]:
        page = visit_page(session, found.id, Asked(statuses=UNDECIDED), as_of=as_of, limit=MOST_ROWS)
        return [_waiting_row(one, found.zone) for one in page.lines]

    return _in_practice(practice, rows)


def _waiting_row(one: VisitLine, zone: str) -> Row:
    return {
        **_row(one.line, zone),
        "requested": _local(one.line.visit.requested_at, zone),
        "conflict": f"{len(one.collisions)}: see view-conflict" if one.collisions else "none",
        "notes": "; ".join(REMARKS[remark] for remark in one.remarks),
        "next": " or ".join(one.flows) or "being written",
    }


def _row(line: Line, zone: str) -> Row:
    visit = line.visit
    return {
        "number": str(visit.id),
        "record": str(visit.patient_id or ""),
        "starts": _local(visit.starts_at, zone),
        "minutes": str(visit.minutes),
        "provider": line.npi,
        "location": line.location,
        "reason": line.reason,
        "patient": visit.patient_type.value,
        "visit": "virtual" if visit.is_virtual else "office",
        "practice system": visit.status.value.replace("_", " "),
        "PatientPop": visit.portal_status.value if visit.portal_status else "deleted",
        "origin": visit.origin.value,
    }


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


@effect()
def appointment_rows(practice: str, days: int, *, as_of: datetime) -> list[Row]:
    """List a practice's appointments of the next days and the last one, with both systems' status (A-47)."""

    def rows(session: Session, found: Practice) -> list[Row]:
        start, end = as_of - timedelta(days=1), as_of + timedelta(days=days)
        return [_row(line, found.zone) for line in portal.upcoming(session, found.id, start, end, limit=MOST_ROWS)]

    return _in_practice(practice, rows)


@effect()
def conflict_rows(appointment: int, *, as_of: datetime) -> list[Row]:
    """List what a request's time meets (A-35): times and kinds, nobody's name."""

    def rows(session: Session) -> list[Row]:
        visit = appointments.load_appointment(session, appointment)
        if visit is None:
            return []
        zone = session.get_one(Practice, visit.practice_id).zone
        return [
            {"busy from": _local(start, zone), "until": _local(end, zone)}
            for start, end in appointment_plans.collisions(session, visit, visit.starts_at, 0, as_of=as_of)
        ]

    return read(rows)


@effect()
def drift_rows(practice: str, *, as_of: datetime) -> list[Row]:
    """List where the two systems differ as documented and it hurts, with the repair (A-104)."""

    def rows(session: Session, found: Practice) -> list[Row]:
        page = visit_page(session, found.id, Asked(is_drift=True), as_of=as_of, limit=MOST_ROWS)
        return [
            {**_row(one.line, found.zone), "drift": drift.replace("_", " "), "repair": VISIT_TODO[f"drift.{drift}"]}
            for one in page.lines
            for drift in one.drifts
        ]

    return _in_practice(practice, rows)


@effect()
def freshness_rows(*, as_of: datetime) -> list[Row]:
    """Say for every practice when its practice system was last heard of (A-89)."""

    def rows(session: Session) -> list[Row]:
        found = []
        for number, key in practices.all_practices(session):
            vendor = systems.vendor_of(session, number)
            heard = systems.heard_at(session, number)
            age = f"{int((as_of - heard).total_seconds() // 60)} min" if heard else "never"
            found.append({"practice": key, "system": vendor or "none", "last heard of": age})
        return found

    return read(rows)


@effect()
def practice_of(appointment: int) -> str:
    """Name the practice of an appointment by its key; empty when there is no such appointment."""

    def find(session: Session) -> str:
        visit = appointments.load_appointment(session, appointment)
        return session.get_one(Practice, visit.practice_id).key if visit else ""

    return read(find)
