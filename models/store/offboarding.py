"""Practices that leave: asked for, exported, handed over, confirmed by a second person, destroyed; or called off."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.rules.access import PORTAL_ROLES, Area, Right, right_of
from models.rules.decisions import Ask, CancelTimers, Effect, Note, Process, Refusal, SetTimer, Settle
from models.rules.offboarding import (
    CONFIRM,
    WAIT,
    Leaving,
    Offboarding,
    Order,
    Stage,
    refuse_calling_off,
    refuse_confirmation,
    refuse_export,
    refuse_handing_over,
    refuse_resumption,
)
from models.rules.roles import Role
from models.store import events, offboarding_stops, timers
from models.store.acting import UNKNOWN_ACTOR, UNKNOWN_PRACTICE
from models.store.effects import Outcome, carry_out
from models.store.offboarding_end import tell
from models.store.offboarding_facts import load, newest, present_of, step
from models.store.offboarding_stops import Closing
from models.store.practices import find_practice, present_roles
from models.tables.base import new_id
from models.tables.offboarding import OffboardingRow
from models.tables.practices import Staff
from models.tables.timers import Timer, TimerState

_MAY_NOT: Final = (
    "{} may not do that: it takes an Onboarding Manager, or the Success Coach of this practice; the second person "
    "must be an Onboarding Manager."
)
_ASKED: Final = "The offboarding of {} was asked for already, on {:%Y-%m-%d} by {}."
_NEVER: Final = "Nobody asked for the offboarding of {}; offboard-practice begins it."


def ask(session: Session, order: Order, reason: Leaving, *, wait_days: int, as_of: datetime) -> Offboarding | Refusal:
    """Begin: from here on nothing is sent for the practice, and its people have no access."""
    found = _practice(session, order, Right.WRITE)
    if isinstance(found, Refusal):
        return found
    heads = events.lock_practices(session, [found])
    if (known := load(session, found)) is not None:
        return known if _is_repeated(session, order, found) else _asked_before(known)
    session.add(
        OffboardingRow(
            id=new_id(), practice_id=found, reason=reason, asked_by=order.by, asked_at=as_of, wait_days=wait_days
        )
    )
    session.flush()
    note = Note("offboarding_asked", reason.value, evidence={"wait_days": wait_days})
    carry_out(session, [_outcome(found, order, note)], as_of=as_of, heads=heads)
    for close in offboarding_stops.AT_ONCE:
        close(session, Closing(found, f"{order.key}:stop", order.by, as_of), 0)
    return present_of(session, found)


def _is_repeated(session: Session, order: Order, practice_id: int) -> bool:
    return events.happened(session, process=Process.PRACTICE, process_id=practice_id, key=order.key)


def _asked_before(known: Offboarding) -> Refusal:
    if known.stage is Stage.DESTROYED:
        return Refusal("destroyed", f"{known.practice} has left; its keys were destroyed.")
    return Refusal("asked", _ASKED.format(known.practice, known.asked_at, known.asked_by))


def note_stopped(session: Session, one: Offboarding, *, as_of: datetime) -> bool:
    """Write down that everything outstanding has ended; False when somebody did before."""
    events.lock_practices(session, [one.practice_id])
    if not step(session, one, OffboardingRow.stopped_at.is_(None), stopped_at=as_of):
        return False
    tell(session, one, Note("offboarding_stopped"), key="stopped", as_of=as_of)
    return True


def may_export(session: Session, order: Order) -> Offboarding | Refusal:
    """Say of which offboarding an export may be made now, as somebody wants it."""
    found = _practice(session, order, Right.WRITE)
    one = found if isinstance(found, Refusal) else _known(session, found, order)
    return one if isinstance(one, Refusal) else refuse_export(one) or one


class Export(NamedTuple):
    """One export that was made and read again: its file, SHA-256, and rows by table."""

    bundle: str
    digest: str
    counts: dict[str, int]


def record_export(session: Session, one: Offboarding, made: Export, *, by: str, as_of: datetime) -> Refusal | None:
    """Write down an export that was made and read again; it takes the place of one that nobody was given."""
    heads = events.lock_practices(session, [one.practice_id])
    present = present_of(session, one.practice_id)
    if refusal := refuse_export(present):
        return refusal
    step(session, one, exported_at=as_of, counts=made.counts, bundle=made.bundle, digest=made.digest)
    note = Note(
        "export_made", made.digest[:12], evidence={"tables": len(made.counts), "rows": sum(made.counts.values())}
    )
    whole = Order(one.practice, by, f"offboarding:{one.id}:{made.digest}")
    carry_out(session, [_outcome(one.practice_id, whole, note)], as_of=as_of, heads=heads)
    return None


def hand_over(session: Session, order: Order, digest: str, *, as_of: datetime) -> Offboarding | Refusal:
    """Write down that the practice has the export with this digest; the waiting period begins."""
    one = _commanded(session, order)
    if isinstance(one, Refusal) or _is_repeated(session, order, one.practice_id):
        return one
    if refusal := refuse_handing_over(one, digest):
        return refusal
    destroy_at = as_of + timedelta(days=one.wait_days)
    step(session, one, handed_at=as_of, handed_by=order.by, destroy_at=destroy_at)
    note = Note("export_handed_over", one.digest[:12], evidence={"wait_days": one.wait_days})
    effects = (SetTimer(WAIT, destroy_at), Ask(CONFIRM, Role.ONBOARDING_MANAGER, destroy_at))
    carry_out(session, [_outcome(one.practice_id, order, note, effects)], as_of=as_of)
    return present_of(session, one.practice_id)


def confirm(session: Session, order: Order, *, as_of: datetime) -> Offboarding | Refusal:
    """Confirm as the second person; what is due is destroyed by whoever acts upon the timer."""
    one = _commanded(session, order)
    if isinstance(one, Refusal) or _is_repeated(session, order, one.practice_id):
        return one
    if Role.ONBOARDING_MANAGER not in _own_roles(session, order.by):
        return Refusal("may_not", _MAY_NOT.format(order.by))
    if refusal := refuse_confirmation(one, by=order.by):
        return refusal
    step(session, one, confirmed_at=as_of, confirmed_by=order.by)
    due = max(one.destroy_at or as_of, as_of)
    effects = (Settle(CONFIRM), SetTimer(WAIT, due))
    carry_out(session, [_outcome(one.practice_id, order, Note("destruction_confirmed"), effects)], as_of=as_of)
    return present_of(session, one.practice_id)


def call_off(session: Session, order: Order, *, as_of: datetime) -> Offboarding | Refusal:
    """Call it off: nothing is destroyed. Nothing is sent either, until somebody resumes the practice."""
    one = _commanded(session, order)
    if isinstance(one, Refusal) or _is_repeated(session, order, one.practice_id):
        return one
    if refusal := refuse_calling_off(one):
        return refusal
    step(session, one, called_off_at=as_of, called_off_by=order.by)
    effects = (CancelTimers(WAIT), Settle(CONFIRM, "called_off"))
    carry_out(session, [_outcome(one.practice_id, order, Note("offboarding_called_off"), effects)], as_of=as_of)
    return present_of(session, one.practice_id)


def resume(session: Session, order: Order, *, as_of: datetime) -> Offboarding | Refusal:
    """Let a practice that stays be sent for again; watches of enrollments go on where they stood still."""
    found = _practice(session, order, Right.WRITE)
    if isinstance(found, Refusal):
        return found
    events.lock_practices(session, [found])
    one = _known(session, found, order)
    if isinstance(one, Refusal) or _is_repeated(session, order, found):
        return one
    if refusal := refuse_resumption(one):
        return refusal
    step(session, one, resumed_at=as_of, resumed_by=order.by)
    for enrollment in session.scalars(_held_watches(found)).all():
        timers.release(session, process=Process.ENROLLMENT, process_id=enrollment, shift=as_of - one.asked_at)
    carry_out(session, [_outcome(found, order, Note("practice_resumed"))], as_of=as_of)
    return newest(session, found) or one


def _held_watches(practice_id: int) -> Select[tuple[int]]:
    held = (Timer.practice_id == practice_id, Timer.process == Process.ENROLLMENT, Timer.state == TimerState.HELD)
    return select(Timer.process_id).where(*held).order_by(Timer.process_id)


def _commanded(session: Session, order: Order) -> Offboarding | Refusal:
    """Find what an order is about while nobody else changes the practice."""
    found = _practice(session, order, Right.WRITE)
    if isinstance(found, Refusal):
        return found
    events.lock_practices(session, [found])
    one = load(session, found)
    return one or Refusal("not_asked", _NEVER.format(order.practice))


def _known(session: Session, practice_id: int, order: Order) -> Offboarding | Refusal:
    return newest(session, practice_id) or Refusal("not_asked", _NEVER.format(order.practice))


def _practice(session: Session, order: Order, right: Right) -> int | Refusal:
    roles = _own_roles(session, order.by)
    if not roles:
        return Refusal("unknown_actor", UNKNOWN_ACTOR.format(order.by))
    found = find_practice(session, order.practice)
    if found is None:
        return Refusal("unknown_practice", UNKNOWN_PRACTICE.format(order.practice))
    held = {role for role, staff in present_roles(session, [found.id])[found.id].items() if staff == order.by}
    portal = {PORTAL_ROLES[role] for role in roles if role in PORTAL_ROLES}
    fitting = {role for role in portal if role.sees_all} | {PORTAL_ROLES[role] for role in held if role in PORTAL_ROLES}
    return found.id if right_of(fitting, Area.OFFBOARDING) >= right else Refusal("may_not", _MAY_NOT.format(order.by))


def _own_roles(session: Session, by: str) -> frozenset[Role]:
    words = session.scalar(select(Staff.roles).where(Staff.key == by, Staff.is_active)) or ""
    return frozenset(Role(word) for word in words.split(",") if word)


def _outcome(practice_id: int, order: Order, note: Note, effects: tuple[Effect, ...] = ()) -> Outcome:
    return Outcome(practice_id, Process.PRACTICE, practice_id, order.key, order.by, (note,), effects)
