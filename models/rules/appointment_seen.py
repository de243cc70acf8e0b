"""What the practice system shows is true: statuses, times and their consequences, whatever the order of arrival."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from models.rules.appointment_events import Refused, Seen, Unsure
from models.rules.appointment_facts import Appointment, Decision
from models.rules.appointment_messages import tell_patient
from models.rules.appointment_portal import drifts_of
from models.rules.appointment_reminders import plan_reminders
from models.rules.appointments import CALLED_OFF, KEEPS_TIME, LIVE, UNDECIDED, Drift, Origin, Status
from models.rules.decisions import (
    Ask,
    CancelMessages,
    CancelTimers,
    Effect,
    Evidence,
    Note,
    SetTimer,
    Settle,
    SettleAll,
)
from models.rules.messages import MessageKind
from models.rules.roles import Role

FEEDBACK_TIMER: Final = "ask_feedback"
CALLS_OFF: Final = (MessageKind.APPOINTMENT_CANCELLED, MessageKind.APPOINTMENT_DECLINED)
WAITING_ITEMS: Final = ("review", "lapsed", Drift.NOT_WRITTEN.value)
_TAKEN_OVER: Final = ("starts_at", "ends_at", "provider_id", "location_id", "patient_id", "is_virtual", "is_group")


def seen(visit: Appointment, event: Seen, *, as_of: datetime) -> Decision:
    """Take over what the practice system shows, if it is newer than what is known (A-54, A-76, A-95)."""
    if not _is_news(visit, event):
        return _late_news(visit, event)
    after = _after(visit, event)
    fields: dict[str, object] = {
        name: getattr(after, name) for name in (*_TAKEN_OVER, "status", "visit_reason", "wanted", "has_conflict")
    }
    fields |= {
        "system_id": event.system_id or visit.system_id,
        "system_word": event.word,
        "system_modified_at": event.modified_at,
        "fingerprint": event.fingerprint,
        "checked_out_at": _checked_out_at(visit, event, after),
        "confirmed_at": _confirmed_at(visit, event),
    }
    if after.status is not visit.status:
        fields["portal_cancelled_at"] = None  # a later decision in the practice system wins
    shown = replace(after, portal_cancelled_at=fields.get("portal_cancelled_at", visit.portal_cancelled_at))  # type: ignore[arg-type]  # a moment or none
    return Decision(fields, _notes(visit, after), _effects(visit, shown, as_of=as_of))


def _late_news(visit: Appointment, event: Seen) -> Decision:
    """Learn from what is older than what is known only that an appointment was confirmed before it was called off."""
    confirmed_at = _confirmed_at(visit, event)
    if confirmed_at == visit.confirmed_at or visit.status is Status.DELETED:
        return Decision()
    was_declined = visit.status is Status.DECLINED
    return Decision({"confirmed_at": confirmed_at} | ({"status": Status.CANCELLED} if was_declined else {}))


def _confirmed_at(visit: Appointment, event: Seen) -> datetime | None:
    """Keep the earliest moment at which the practice system showed that the appointment stood."""
    if event.status in UNDECIDED or event.status in CALLED_OFF:
        return visit.confirmed_at
    return min(event.modified_at, visit.confirmed_at or event.modified_at)


def _is_news(visit: Appointment, event: Seen) -> bool:
    """Order what was seen by the practice system's own clock, then by content: any order gives one state (I11)."""
    if visit.status is Status.DELETED:
        return False  # a tombstone: ids are never used again
    if visit.system_modified_at is None:
        return True
    seen_at, known_at = (event.modified_at, event.fingerprint), (visit.system_modified_at, visit.fingerprint)
    return seen_at > known_at or (event.modified_at == visit.system_modified_at and _fills_gap(visit, event))


def _fills_gap(visit: Appointment, event: Seen) -> bool:
    """Tell whether somebody or some place is known now that was not when the same was seen before."""
    known = (visit.provider_id, visit.location_id, visit.patient_id)
    now_known = (event.provider_id, event.location_id, event.patient_id)
    is_same = (event.status, event.starts_at, event.ends_at) == (visit.status, visit.starts_at, visit.ends_at)
    return is_same and any(old is None and new is not None for old, new in zip(known, now_known, strict=True))


def _after(visit: Appointment, event: Seen) -> Appointment:
    return replace(
        visit,
        status=_status(visit, event),
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        provider_id=event.provider_id or visit.provider_id,
        location_id=event.location_id or visit.location_id,
        patient_id=event.patient_id or visit.patient_id,
        visit_reason=event.visit_reason or visit.visit_reason,
        is_virtual=visit.is_virtual if event.is_virtual is None else event.is_virtual,
        is_group=event.is_group,
        has_conflict=event.collides,
        wanted=None if _is_as_wanted(visit, event) else visit.wanted,
    )


def _is_as_wanted(visit: Appointment, event: Seen) -> bool:
    wanted = Status.CANCELLED if visit.wanted is Status.DECLINED else visit.wanted
    return wanted is None or wanted is event.status or {wanted, event.status} <= {Status.CONFIRMED, Status.RESCHEDULED}


def _status(visit: Appointment, event: Seen) -> Status:
    if event.status is Status.CANCELLED:
        is_withdrawn = visit.wanted is Status.CANCELLED or visit.status is Status.CANCELLED
        is_request = visit.origin is Origin.WIDGET and visit.confirmed_at is None
        return Status.DECLINED if is_request and not is_withdrawn else Status.CANCELLED
    if event.status is Status.TENTATIVE and visit.status is Status.LAPSED and event.starts_at == visit.starts_at:
        return Status.LAPSED
    return event.status


def _checked_out_at(visit: Appointment, event: Seen, after: Appointment) -> datetime | None:
    """Keep the moment of the status change, by the practice system's clock (A-85)."""
    if after.status is not Status.CHECKED_OUT:
        return None
    return visit.checked_out_at or event.modified_at


def _is_import(visit: Appointment) -> bool:
    """Tell an appointment that was made in the practice system and is seen for the first time (A-48)."""
    return visit.system_modified_at is None and visit.origin is not Origin.WIDGET


def _notes(before: Appointment, after: Appointment) -> tuple[Note, ...]:
    notes = []
    if _is_import(before):
        notes.append(Note("appointment_imported", after.status, evidence={"starts_at": after.starts_at.isoformat()}))
    if after.status is not before.status:
        changed: dict[str, Evidence] = {"before": before.status}
        notes.append(Note(f"appointment_{after.status}", evidence=changed))
    if (after.starts_at, after.ends_at) != (before.starts_at, before.ends_at):
        moved: dict[str, Evidence] = {"before": before.starts_at.isoformat(), "starts_at": after.starts_at.isoformat()}
        notes.append(Note("appointment_moved", evidence=moved | {"minutes": after.minutes}))
    if after.provider_id != before.provider_id:
        notes.append(Note("provider_changed"))
    if after.has_conflict and not before.has_conflict:
        notes.append(Note("appointment_collides"))
    return tuple(notes)


def _effects(before: Appointment, after: Appointment, *, as_of: datetime) -> tuple[Effect, ...]:
    is_moved = after.starts_at != before.starts_at or after.ends_at != before.ends_at
    effects: list[Effect] = []
    if _is_import(before):
        effects += _imported(after, as_of=as_of)
    elif after.status is not before.status:
        effects += _of_status(before, after, as_of=as_of)
    elif is_moved and after.status in LIVE and after.starts_at > as_of:
        effects += tell_patient(after, MessageKind.APPOINTMENT_MOVED, key=_revision(after))
    if after.status is not before.status or is_moved or after.is_virtual != before.is_virtual:
        effects += plan_reminders(after, as_of=as_of)
    effects += _conflict(before, after, as_of=as_of)
    effects += [Settle(f"drift.{gone}", "repaired") for gone in sorted(drifts_of(before) - drifts_of(after))]
    return tuple(effects)


def _imported(after: Appointment, *, as_of: datetime) -> list[Effect]:
    """Remind of what the practice booked itself; nothing else is said about what was there before."""
    if after.status is Status.TENTATIVE:
        return [Ask("review", Role.FRONT_OFFICE, after.starts_at), SetTimer("lapse", after.starts_at)]
    return list(plan_reminders(after, as_of=as_of)) if after.status in LIVE and after.starts_at > as_of else []


def _of_status(before: Appointment, after: Appointment, *, as_of: datetime) -> list[Effect]:
    effects: list[Effect] = []
    if after.status not in UNDECIDED:
        effects += [CancelTimers("lapse"), *(Settle(item) for item in WAITING_ITEMS)]
    if after.status in LIVE and (before.status in UNDECIDED or before.status in CALLED_OFF):
        effects += _confirmed(after, as_of=as_of)
    elif after.status is Status.DECLINED:
        effects += tell_patient(after, MessageKind.APPOINTMENT_DECLINED, key=_revision(after))
    elif after.status in CALLED_OFF and before.status in LIVE and after.starts_at > as_of:
        effects += tell_patient(after, MessageKind.APPOINTMENT_CANCELLED, key=_revision(after))
    elif after.status is Status.RESCHEDULED and after.starts_at > as_of and after.starts_at != before.starts_at:
        effects += tell_patient(after, MessageKind.APPOINTMENT_MOVED, key=_revision(after))
    if before.status is Status.CHECKED_OUT:
        effects += [CancelTimers(FEEDBACK_TIMER)]  # undone by mistake: a new check-out decides anew
    return effects


def _confirmed(after: Appointment, *, as_of: datetime) -> list[Effect]:
    """Tell the patient, send the forms, and open what staff do by hand: the insurance case (A-39, A-40, A-44)."""
    effects: list[Effect] = []
    if after.starts_at > as_of:
        effects += tell_patient(after, MessageKind.APPOINTMENT_SCHEDULED, key=_revision(after))
        if after.intake_forms:
            effects += tell_patient(after, MessageKind.INTAKE_FORMS, key=_revision(after))
    if after.has_insurance:
        effects.append(Ask("insurance", Role.FRONT_OFFICE, after.starts_at))
    return effects


def _revision(visit: Appointment) -> str:
    return str(visit.version)


def _conflict(before: Appointment, after: Appointment, *, as_of: datetime) -> list[Effect]:
    """Open a task when the practice system's time is also somebody else's (A-43, A-101); its truth is kept."""
    if after.has_conflict and after.status in KEEPS_TIME:
        return [] if before.has_conflict else [Ask("conflict", Role.FRONT_OFFICE, as_of)]
    return [Settle("conflict")] if before.has_conflict else []


def absent(visit: Appointment, *, as_of: datetime) -> Decision:
    """Leave a tombstone for what the practice system does not have any more (A-95)."""
    if visit.status is Status.DELETED:
        return Decision()
    after = replace(visit, status=Status.DELETED, has_conflict=False, wanted=None)
    fields: dict[str, object] = {
        "status": Status.DELETED,
        "has_conflict": False,
        "wanted": None,
        "checked_out_at": None,
    }
    notes = (Note("appointment_deleted", evidence={"before": visit.status}),)
    effects = (*_effects(visit, after, as_of=as_of), CancelMessages(keep=CALLS_OFF))
    return Decision(fields, notes, effects)


def refused(event: Refused, *, as_of: datetime) -> Decision:
    """Show staff that the practice system did not take what was decided; what it shows stays true."""
    note = Note("write_refused", reason=event.code[:60])
    return Decision({"wanted": None}, (note,), (Ask(Drift.NOT_WRITTEN, Role.FRONT_OFFICE, as_of),))


def unsure(event: Unsure, *, as_of: datetime) -> Decision:
    """Ask a person to look, at once; we go on looking by ourselves meanwhile."""
    note = Note("write_unsure", reason=event.code[:60])
    return Decision({}, (note,), (Ask(Drift.NOT_WRITTEN, Role.FRONT_OFFICE, as_of),))


def replaced(*, as_of: datetime) -> Decision:
    """Let a row give way to the request that it turned out to be: out of the lists, and nobody is told anything."""
    fields: dict[str, object] = {
        "status": Status.DELETED,
        "system_id": "",
        "portal_deleted_at": as_of,
        "has_conflict": False,
        "wanted": None,
    }
    effects = (CancelTimers(), CancelMessages(), SettleAll("replaced"))
    return Decision(fields, (Note("appointment_replaced"),), effects)
