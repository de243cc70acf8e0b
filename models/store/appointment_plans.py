"""What a decision about an appointment's time needs besides: the visit reason's minutes, and what is in the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.rules.appointment_events import Confirm, Reschedule
from models.rules.appointment_facts import Appointment
from models.rules.decisions import Refusal
from models.store import slots, visit_reasons
from models.tables.practice_systems import VisitReasonRow


@dataclass(frozen=True, slots=True)
class Wished:
    """How a request shall be confirmed; without `starts_at` (UTC) at its own time, without `is_virtual` as requested.

    `despite_conflict` says that a person looked at what is in the way, and that it is fine (A-35, A-102).
    """

    visit_reason: str
    starts_at: datetime | None = None
    is_virtual: bool | None = None
    forms: tuple[str, ...] = ()
    despite_conflict: bool = False


def confirmation(session: Session, visit: Appointment, wished: Wished, *, as_of: datetime) -> Confirm | Refusal:
    """Complete a confirmation with the visit reason's minutes (A-37) and with what is in the way (A-35)."""
    reason = _visit_reason(session, visit.practice_id, wished.visit_reason)
    if isinstance(reason, Refusal):
        return reason
    start = wished.starts_at or visit.starts_at
    found = collisions(session, visit, start, reason.minutes, as_of=as_of)
    return Confirm(
        wished.visit_reason,
        reason.minutes,
        wished.starts_at,
        wished.is_virtual,
        wished.forms,
        found,
        wished.despite_conflict,
    )


def _visit_reason(session: Session, practice_id: int, key: str) -> VisitReasonRow | Refusal:
    reasons = visit_reasons.active_reasons(session, practice_id)
    if key in reasons:
        return reasons[key]
    known = ", ".join(f"{row.key} ({row.minutes} min)" for row in reasons.values()) or "none yet; set them up first"
    return Refusal("no_visit_reason", f"There is no visit reason {key} in the practice system. Choose one of: {known}.")


def move(
    session: Session, visit: Appointment, start: datetime, minutes: int, *, despite_conflict: bool, as_of: datetime
) -> Reschedule:
    """Complete a move to another start (UTC) with what is in the way; no minutes keep the length."""
    found = collisions(session, visit, start, minutes, as_of=as_of)
    return Reschedule(start, minutes, found, despite_conflict)


def collisions(
    session: Session, visit: Appointment, start: datetime, minutes: int, *, as_of: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """List the times (UTC) that an appointment would meet at a start; no minutes mean its own length (A-35)."""
    if visit.provider_id is None:
        return ()
    end = start + timedelta(minutes=minutes or visit.minutes)
    return slots.collisions(session, visit.provider_id, start, end, without=visit.id, as_of=as_of)
