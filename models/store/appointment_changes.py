"""What decisions change in appointments: rows, claims of time, history, effects and writes, of many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from models.rules.appointment_decision import APPOINTMENT_TIMERS, decide
from models.rules.appointment_events import Due, Event, Seen, Submit
from models.rules.appointment_facts import Appointment, Decision
from models.rules.appointments import KEEPS_TIME
from models.rules.decisions import Process, Refusal
from models.rules.system_pace import next_watch
from models.store import events, feedback_changes, pushes, slots, timers
from models.store.appointments import load_appointment, load_appointments
from models.store.effects import Outcome, carry_out
from models.store.sets import update_rows
from models.tables.appointments import AppointmentRow

SYSTEM: Final = "golive"
_WRITTEN: Final = tuple(
    one.name
    for one in fields(Appointment)
    if one.name not in {"id", "practice_id", "origin", "requested_at", "version", "communications", "has_insurance"}
)


class Change(NamedTuple):
    """One decision about one appointment, with the key that makes it happen once; `fired` names the timer behind it."""

    visit: Appointment
    decision: Decision
    key: str
    actor: str = SYSTEM
    fired: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a command led to; `again` says that it had been carried out before."""

    visit: Appointment
    kinds: tuple[str, ...] = ()
    again: bool = False


def carry_out_command(
    session: Session, appointment: int, event: Event, *, by: str, key: str, as_of: datetime
) -> Done | Refusal:
    """Carry out what a person decided about an appointment, once per key."""
    visit = load_appointment(session, appointment)
    if visit is None:
        return unknown_appointment(appointment)
    events.lock_practices(session, [visit.practice_id])
    visit = load_appointments(session, [appointment])[appointment]
    if events.happened(session, process=Process.APPOINTMENT, process_id=appointment, key=key):
        return Done(visit, again=True)
    decision = decide(visit, event, as_of=as_of)
    if isinstance(decision, Refusal):
        return decision
    write_changes(session, [Change(visit, decision, key, by)], as_of=as_of)
    return Done(after(visit, decision), tuple(note.kind for note in decision.notes))


def unknown_appointment(appointment: int) -> Refusal:
    """Say that there is no such appointment."""
    return Refusal(
        "no_such_appointment",
        f"There is no appointment {appointment}. List what waits with list-requests and take the number from there.",
    )


def begin_request(
    session: Session, appointment: int, *, alerts: tuple[tuple[str, str], ...], overlaps_own: bool, as_of: datetime
) -> None:
    """Take in a request whose rows were just inserted: history, review, alerts, and the write that places it."""
    visit = load_appointments(session, [appointment])[appointment]
    decision = decide(visit, Submit(alerts, overlaps_own), as_of=as_of)
    if isinstance(decision, Refusal):
        raise TypeError(decision.code)
    write_changes(session, [Change(visit, decision, "submitted", "patient")], as_of=as_of)


def after(visit: Appointment, decision: Decision) -> Appointment:
    """Give the appointment as a decision leaves it."""
    changes: dict[str, Any] = dict(decision.fields)
    return replace(visit, **changes, version=visit.version + 1)


def decide_seen(
    session: Session, seen: Sequence[tuple[Appointment, Seen]], *, as_of: datetime
) -> list[tuple[Appointment, Decision]]:
    """Decide about what the practice system shows; time that is also somebody else's is found out (A-101)."""
    first = [(visit, event, _decided(visit, event, as_of=as_of)) for visit, event in seen]
    changed = [(visit, after(visit, decision)) for visit, _, decision in first if decision.fields]
    collides = slots.follow(session, [_time_of(new) for old, new in changed if _moves_claim(old, new)])
    stands = {old.id for old, new in changed if old.has_conflict and not _moves_claim(old, new)}
    return [
        (visit, _decided(visit, replace(event, collides=True), as_of=as_of))
        if visit.id in collides or visit.id in stands
        else (visit, decision)
        for visit, event, decision in first
    ]


def _decided(visit: Appointment, event: Event, *, as_of: datetime) -> Decision:
    decision = decide(visit, event, as_of=as_of)
    if isinstance(decision, Refusal):
        raise TypeError(decision.code)
    return decision


def _moves_claim(old: Appointment, new: Appointment) -> bool:
    def taken(visit: Appointment) -> tuple[object, ...]:
        return visit.provider_id, visit.starts_at, visit.ends_at, visit.status in KEEPS_TIME, bool(visit.system_id)

    return taken(old) != taken(new) or old.system_modified_at is None


def _time_of(visit: Appointment) -> slots.Time:
    return slots.Time(
        visit.id,
        visit.practice_id,
        visit.provider_id,
        visit.location_id,
        visit.starts_at,
        visit.ends_at,
        visit.status in KEEPS_TIME,
    )


def write_changes(
    session: Session, changes: Sequence[Change], *, as_of: datetime, heads: events.Heads | None = None
) -> None:
    """Write decisions about appointments whose practices are locked; nothing else writes these rows.

    Claims of time are followed by `decide_seen` for what the practice system shows, and here for the rest.
    """
    written = [(change, after(change.visit, change.decision)) for change in changes if change.decision.fields]
    released = [_time_of(new) for change, new in written if _is_let_go(change.visit, new)]
    if released:
        slots.follow(session, released)
    rows = {new.id: _row(new, as_of) for _, new in written}
    names = (*_WRITTEN, "version", "seen_at", "watch_at", "id")
    update_rows(session, AppointmentRow, names, list(rows.values()))
    pushes.queue(
        session,
        [_write_of(change) for change in changes if change.decision.write is not None],
        as_of=as_of,
    )
    carry_out(session, [_outcome(change) for change in changes if _says_anything(change)], as_of=as_of, heads=heads)
    feedback_changes.follow(session, [_moved(old.visit, new) for old, new in written], as_of=as_of)


def _row(visit: Appointment, as_of: datetime) -> tuple[Any, ...]:
    values = (getattr(visit, name) for name in _WRITTEN)
    return (*values, visit.version, as_of, next_watch(visit, as_of=as_of), visit.id)


def _moved(old: Appointment, new: Appointment) -> feedback_changes.Moved:
    """Tell how an appointment moved; one that the practice system shows for the first time was nothing before."""
    before = old.status if old.version else None
    return feedback_changes.Moved(
        new.id,
        new.practice_id,
        new.patient_id,
        new.provider_id,
        new.location_id,
        before,
        new.status,
        new.checked_out_at,
    )


def _is_let_go(old: Appointment, new: Appointment) -> bool:
    return old.status in KEEPS_TIME and new.status not in KEEPS_TIME


def _says_anything(change: Change) -> bool:
    return bool(change.decision.notes or change.decision.effects)


def _write_of(change: Change) -> pushes.NewPush:
    write = change.decision.write
    if write is None:
        message = "only decisions that write are pushed"
        raise TypeError(message)
    return pushes.NewPush(change.visit.practice_id, change.visit.id, change.key, write.kind, dict(write.change))


def _outcome(change: Change) -> Outcome:
    return Outcome(
        change.visit.practice_id,
        Process.APPOINTMENT,
        change.visit.id,
        change.key,
        change.actor,
        change.decision.notes,
        change.decision.effects,
        fired=change.fired,
    )


def fire_timers(session: Session, *, as_of: datetime, limit: int) -> Mapping[str, int]:
    """Act upon due timers of appointments in one transaction: requests lapse, reminders go out."""
    fired, heads = timers.fire_due(
        session, process=Process.APPOINTMENT, kinds=sorted(APPOINTMENT_TIMERS), as_of=as_of, limit=limit
    )
    visits = load_appointments(session, {timer.process_id for timer in fired})
    changes, counts = [], dict[str, int]()
    for timer in fired:
        visit = visits.get(timer.process_id)
        counts[timer.kind] = counts.get(timer.kind, 0) + 1
        if visit is None:
            continue
        decision = _decided(visit, Due(timer.kind, timer.due_at, timer.number), as_of=as_of)
        change = Change(visit, decision, f"timer:{timer.id}", fired=(timer.kind, timer.subject))
        changes.append(change)
        visits[visit.id] = after(visit, decision) if decision.fields else visit
    write_changes(session, changes, as_of=as_of, heads=heads)
    return counts


def is_due(session: Session, *, as_of: datetime) -> bool:
    """Say whether a timer of an appointment is due."""
    return timers.is_due(session, process=Process.APPOINTMENT, kinds=sorted(APPOINTMENT_TIMERS), as_of=as_of)
