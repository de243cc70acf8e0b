"""Reminders, where this system sends them: by the provider's configuration, and re-timed on every change."""

from datetime import datetime, timedelta

from models.rules.appointment_events import Due
from models.rules.appointment_facts import Appointment, Decision
from models.rules.appointment_messages import tell_patient
from models.rules.appointments import Status
from models.rules.decisions import CancelMessages, CancelTimers, Effect, Note, SetTimer
from models.rules.messages import MessageKind

REMINDED = frozenset({Status.CONFIRMED, Status.RESCHEDULED})
USUAL_MINUTES_BEFORE = (2880, 120)
"""Where a provider's reminders were never configured: two days, when a visit can still be moved, and two hours before.

Never none (A-81), and not the fixed 3 days, 1 day and day-of, which are off.
"""
REMINDERS = (MessageKind.APPOINTMENT_REMINDER, MessageKind.TELEHEALTH_REMINDER)
LATEST = timedelta(hours=2)
"""A reminder that is later than this is left out: it would say what no longer helps."""


def reminder_kind(visit: Appointment) -> MessageKind:
    """Name the kind of reminder a visit gets (A-45)."""
    return MessageKind.TELEHEALTH_REMINDER if visit.is_virtual else MessageKind.APPOINTMENT_REMINDER


def plan_reminders(visit: Appointment, *, as_of: datetime) -> tuple[Effect, ...]:
    """Set the reminders of a visit anew, after those that it had were called off (A-40, A-43, A-81)."""
    called_off: tuple[Effect, ...] = (CancelTimers("reminder"), CancelMessages(REMINDERS))
    if visit.status not in REMINDED or not visit.communications.are_ours(reminder_kind(visit)):
        return called_off
    return called_off + tuple(
        SetTimer("reminder", visit.starts_at - timedelta(minutes=minutes), str(minutes), minutes)
        for minutes in sorted(set(visit.communications.minutes_before), reverse=True)
        if visit.starts_at - timedelta(minutes=minutes) > as_of
    )


def remind(visit: Appointment, event: Due, *, as_of: datetime) -> Decision:
    """Remind a patient, if the visit still stands and the reminder is not too late to help."""
    fits = visit.starts_at - timedelta(minutes=event.number) == event.due_at
    if visit.status not in REMINDED or not fits or as_of >= min(visit.starts_at, event.due_at + LATEST):
        return Decision()
    said = tell_patient(visit, reminder_kind(visit), key=f"{visit.starts_at.isoformat()}:{event.number}")
    notes = (Note("patient_reminded", evidence={"minutes_before": event.number}),) if said else ()
    return Decision(notes=notes, effects=said)
