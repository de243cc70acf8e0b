"""Appointments that nobody came to: marked as tests, so that no feedback is asked for (F-163)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.rules.decisions import Note, Process, Refusal
from models.rules.feedback import Why
from models.rules.feedback_events import Stop
from models.store import events
from models.store.acting import refuse_stranger
from models.store.effects import Outcome, carry_out
from models.store.feedback import find_request
from models.store.feedback_changes import tell
from models.tables.appointments import AppointmentRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """One appointment to be marked, with who wants it and the key that makes it happen once."""

    appointment: int
    by: str
    key: str


def unknown_appointment(number: int) -> Refusal:
    """Say that there is no such appointment."""
    sentence = f"There is no appointment with the number {number}. Take it from list-appointments."
    return Refusal("unknown_appointment", sentence)


def mark_test(session: Session, wanted: Wanted, *, as_of: datetime) -> bool | Refusal:
    """Mark an appointment as a test and ask nobody about it; gives False when it was one already (F-163)."""
    row = session.get(AppointmentRow, wanted.appointment)
    if row is None:
        return unknown_appointment(wanted.appointment)
    if refusal := refuse_stranger(session, row.practice_id, wanted.by):
        return refusal
    heads = events.lock_practices(session, [row.practice_id])
    session.refresh(row)
    if row.is_test:
        return False
    session.execute(update(AppointmentRow).where(AppointmentRow.id == row.id).values(is_test=True))
    note = Note("appointment_marked_as_test", str(row.id))
    outcome = Outcome(row.practice_id, Process.PRACTICE, row.practice_id, wanted.key, wanted.by, (note,), ())
    carry_out(session, [outcome], as_of=as_of, heads=heads)
    request = find_request(session, row.id)
    if request is not None:
        tell(session, request, Stop(Why.TEST_APPOINTMENT), key=wanted.key, by=wanted.by, as_of=as_of)
    return True
