"""What staff decide about an appointment: checked here, written to the practice system, and true once that shows it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, assert_never

from models.rules.appointment_events import (
    Cancel,
    Confirm,
    Decline,
    Delete,
    Reschedule,
    SetStatus,
    Withdraw,
)
from models.rules.appointment_facts import Appointment, Decision, Write
from models.rules.appointments import CALLED_OFF, LONGEST_APPOINTMENT, UNDECIDED, Status
from models.rules.decisions import Evidence, Note, Refusal

Decided = Confirm | Decline | Withdraw | Reschedule | Cancel | SetStatus | Delete

NEXT: Final[Mapping[Status, frozenset[Status]]] = {
    Status.CONFIRMED: frozenset({Status.CHECKED_IN, Status.CHECKED_OUT, Status.NO_SHOW}),
    Status.RESCHEDULED: frozenset({Status.CONFIRMED, Status.CHECKED_IN, Status.CHECKED_OUT, Status.NO_SHOW}),
    Status.CHECKED_IN: frozenset({Status.CONFIRMED, Status.CHECKED_OUT, Status.NO_SHOW}),
    Status.CHECKED_OUT: frozenset({Status.CONFIRMED, Status.CHECKED_IN, Status.NO_SHOW}),
    Status.NO_SHOW: frozenset({Status.CONFIRMED, Status.CHECKED_IN, Status.CHECKED_OUT}),
    Status.CANCELLED: frozenset({Status.CONFIRMED}),
    Status.DECLINED: frozenset(),
    Status.DELETED: frozenset(),
    Status.TENTATIVE: frozenset(),
    Status.LAPSED: frozenset(),
}
"""What the front office may record, corrections included (A-85, A-100)."""
MOVABLE: Final = frozenset({Status.CONFIRMED, Status.RESCHEDULED, Status.NO_SHOW})
CANCELLABLE: Final = frozenset({Status.CONFIRMED, Status.RESCHEDULED, Status.CHECKED_IN, Status.NO_SHOW})
_ON_ITS_WAY: Final = Refusal(
    "being_written",
    "Somebody decided about this appointment a moment ago, and that is being written to the practice system. "
    "Look again in a minute.",
)


def decide_command(visit: Appointment, event: Decided, *, as_of: datetime) -> Decision | Refusal:
    """Check what a person decided and write it to the practice system; the first of two wins, the other is told."""
    if visit.wanted is not None:
        return _ON_ITS_WAY
    match event:
        case Confirm():
            return _confirm(visit, event, as_of=as_of)
        case Decline():
            return _settle(visit, "declined", Status.DECLINED, reason=event.reason)
        case Withdraw():
            return _settle(visit, "withdrawn", Status.CANCELLED, reason="by_patient")
        case Reschedule():
            return _reschedule(visit, event, as_of=as_of)
        case Cancel():
            return _cancel(visit, event)
        case SetStatus():
            return _set_status(visit, event, as_of=as_of)
        case Delete():
            return _delete(visit)
        case _:
            assert_never(event)


def _confirm(visit: Appointment, event: Confirm, *, as_of: datetime) -> Decision | Refusal:
    if visit.status not in UNDECIDED:
        return _not_waiting(visit)
    start = event.starts_at or visit.starts_at
    unfit = _unfit(start, event.minutes, as_of) or _in_the_way(event.collides, forced=event.despite_conflict)
    if unfit:
        return unfit
    end = start + timedelta(minutes=event.minutes)
    is_virtual = visit.is_virtual if event.is_virtual is None else event.is_virtual
    change: dict[str, Evidence] = {
        "status": Status.CONFIRMED,
        "starts_at": start.isoformat(),
        "ends_at": end.isoformat(),
        "visit_reason": event.visit_reason,
        "is_virtual": is_virtual,
        "forms": ",".join(event.forms),
    }
    evidence: dict[str, Evidence] = {
        "starts_at": start.isoformat(),
        "visit_reason": event.visit_reason,
        "minutes": event.minutes,
        "is_moved": start != visit.starts_at,
        "despite_conflict": bool(event.collides),
    }
    note = Note("confirmation_decided", evidence=evidence)
    fields = {"wanted": Status.CONFIRMED, "intake_forms": ",".join(event.forms)}
    return Decision(fields, (note,), write=Write("decide", change))


def _settle(visit: Appointment, what: str, status: Status, *, reason: str) -> Decision | Refusal:
    if visit.status not in UNDECIDED:
        return _not_waiting(visit)
    note = Note(f"request_{what}", reason=reason)
    return Decision({"wanted": status}, (note,), write=Write("decide", {"status": status}))


def _not_waiting(visit: Appointment) -> Refusal:
    return Refusal(
        "not_waiting",
        f"This request was decided already: the practice system shows it as {visit.status.replace('_', ' ')}. "
        "To change it, use reschedule-appointment or cancel-appointment.",
    )


def _reschedule(visit: Appointment, event: Reschedule, *, as_of: datetime) -> Decision | Refusal:
    if visit.status not in MOVABLE:
        return Refusal(
            "cannot_move",
            f"This appointment is {visit.status.replace('_', ' ')} and cannot be moved; "
            "a request is moved when it is confirmed, by confirm-request with a new start.",
        )
    minutes = event.minutes or visit.minutes
    unfit = _unfit(event.starts_at, minutes, as_of) or _in_the_way(event.collides, forced=event.despite_conflict)
    if unfit:
        return unfit
    end = event.starts_at + timedelta(minutes=minutes)
    change: dict[str, Evidence] = {
        "status": Status.RESCHEDULED,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": end.isoformat(),
    }
    note = Note("move_decided", evidence={"starts_at": event.starts_at.isoformat(), "minutes": minutes})
    return Decision({"wanted": Status.RESCHEDULED}, (note,), write=Write("change", change))


def _unfit(start: datetime, minutes: int, as_of: datetime) -> Refusal | None:
    if start <= as_of:
        return Refusal("in_the_past", "This time has passed. Agree on another one with the patient and give it here.")
    if not timedelta(0) < timedelta(minutes=minutes) <= LONGEST_APPOINTMENT:
        return Refusal("bad_length", "An appointment lasts from 1 minute to 12 hours; correct the length.")
    return None


def _in_the_way(collides: tuple[tuple[datetime, datetime], ...], *, forced: bool) -> Refusal | None:
    """Flag a conflict with its details (A-35); staff who have verified it may confirm all the same (A-102)."""
    if not collides or forced:
        return None
    times = ", ".join(f"{start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC" for start, end in collides)
    return Refusal(
        "conflict",
        f"The provider is busy then: {times}. Give another start, or tick that it is fine despite the conflict.",
    )


def _cancel(visit: Appointment, event: Cancel) -> Decision | Refusal:
    if visit.status in UNDECIDED:
        return Refusal("not_confirmed", "This is a request that waits for review; decline it with decline-request.")
    if visit.status not in CANCELLABLE:
        return Refusal("cannot_cancel", f"This appointment is {visit.status.replace('_', ' ')} already.")
    note = Note("cancellation_decided", reason=event.reason)
    return Decision({"wanted": Status.CANCELLED}, (note,), write=Write("change", {"status": Status.CANCELLED}))


def _set_status(visit: Appointment, event: SetStatus, *, as_of: datetime) -> Decision | Refusal:
    if event.status not in NEXT[visit.status]:
        return Refusal(
            "wrong_order",
            f"This appointment is {visit.status.replace('_', ' ')}; it cannot become "
            f"{event.status.replace('_', ' ')} from there.",
        )
    if event.status is Status.NO_SHOW and visit.starts_at > as_of:
        return Refusal("not_begun", "The appointment has not begun yet; a no-show can be recorded after its start.")
    note = Note("status_decided", event.status, evidence={"before": visit.status})
    return Decision({"wanted": event.status}, (note,), write=Write("change", {"status": event.status}))


def _delete(visit: Appointment) -> Decision | Refusal:
    if visit.status is Status.DELETED:
        return Refusal("already_deleted", "The practice system has deleted this appointment already.")
    note = Note("deletion_decided", evidence={"before": visit.status, "is_called_off": visit.status in CALLED_OFF})
    return Decision({"wanted": Status.DELETED}, (note,), write=Write("delete"))
