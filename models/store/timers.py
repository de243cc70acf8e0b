"""Timers: claimed when due, fired once, cancelled with their cause, held while their process is paused."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from models.rules.decisions import Process
from models.store.claims import LEASE, Claim
from models.tables.base import new_id
from models.tables.timers import Timer, TimerState

FAILED_AGAIN_AFTER = timedelta(minutes=15)
PENDING = (TimerState.OPEN, TimerState.HELD)


@dataclass(frozen=True, slots=True)
class FiredTimer:
    """One timer that is ours to act upon."""

    id: int
    process_id: int
    kind: str
    subject: str
    number: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NewTimer:
    """One timer to be set."""

    practice_id: int
    process: Process
    process_id: int
    kind: str
    subject: str
    number: int
    due_at: datetime


def claim_due(
    session: Session,
    *,
    process: Process,
    kinds: Collection[str] = (),
    as_of: datetime,
    limit: int,
    lease: timedelta = LEASE,
) -> Claim:
    """Claim timers that are due and that nobody holds, the oldest first; no kinds means every kind."""
    due = (
        select(Timer.id)
        .where(Timer.state == TimerState.OPEN, Timer.due_at <= as_of, Timer.process == process, _is_free(as_of))
        .order_by(Timer.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if kinds:
        due = due.where(Timer.kind.in_(kinds))
    fence = new_id()
    claimed = (
        update(Timer)
        .where(Timer.id.in_(due.scalar_subquery()))
        .values(lease_until=as_of + lease, fence=fence)
        .returning(Timer.id)
        .execution_options(synchronize_session=False)
    )
    return Claim(fence, tuple(session.scalars(claimed)))


def _is_free(as_of: datetime) -> ColumnElement[bool]:
    return or_(Timer.lease_until.is_(None), Timer.lease_until < as_of)


def fire(session: Session, claim: Claim) -> Sequence[FiredTimer]:
    """Mark claimed timers as fired; those lost to another worker or cancelled meanwhile are left out."""
    fired = (
        update(Timer)
        .where(Timer.id.in_(claim.ids), Timer.fence == claim.fence, Timer.state == TimerState.OPEN)
        .values(state=TimerState.FIRED, lease_until=None)
        .returning(Timer.id, Timer.process_id, Timer.kind, Timer.subject, Timer.number, Timer.due_at)
        .execution_options(synchronize_session=False)
    )
    return [FiredTimer(*row) for row in session.execute(fired)]


def give_back(session: Session, ids: Sequence[int], *, as_of: datetime) -> None:
    """Open timers again whose rule failed; they are tried again a quarter of an hour later."""
    if ids:
        session.execute(
            update(Timer)
            .where(Timer.id.in_(ids), Timer.state == TimerState.FIRED)
            .values(state=TimerState.OPEN, lease_until=as_of + FAILED_AGAIN_AFTER)
            .execution_options(synchronize_session=False)
        )


def set_timers(session: Session, timers: Sequence[NewTimer]) -> None:
    """Set timers; a pending one of the same kind and subject must have been cancelled or fired before."""
    if timers:
        session.execute(insert(Timer), [_row(timer) for timer in timers])


def _row(timer: NewTimer) -> dict[str, object]:
    return {
        "practice_id": timer.practice_id,
        "process": timer.process,
        "process_id": timer.process_id,
        "kind": timer.kind,
        "subject": timer.subject,
        "number": timer.number,
        "due_at": timer.due_at,
        "state": TimerState.OPEN,
        "lease_until": None,
        "fence": 0,
        "because": "",
    }


def cancel(
    session: Session, *, process: Process, process_id: int, kind: str = "", subject: str = "", because: str = ""
) -> int:
    """Cancel pending timers of a process, with the cause; an empty kind or subject means every one."""
    wanted = [Timer.process == process, Timer.process_id == process_id, Timer.state.in_(PENDING)]
    if kind:
        wanted.append(Timer.kind == kind)
    if subject:
        wanted.append(Timer.subject == subject)
    cancelled = update(Timer).where(and_(*wanted)).values(state=TimerState.CANCELLED, because=because, lease_until=None)
    found = session.scalars(cancelled.returning(Timer.id).execution_options(synchronize_session=False))
    return len(found.all())


def hold(session: Session, *, process: Process, process_id: int) -> None:
    """Stop the clocks of a process."""
    session.execute(
        update(Timer)
        .where(Timer.process == process, Timer.process_id == process_id, Timer.state == TimerState.OPEN)
        .values(state=TimerState.HELD, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def release(session: Session, *, process: Process, process_id: int, shift: timedelta) -> None:
    """Let held clocks go on: each timer falls due as much later as they stood still."""
    query = select(Timer.id, Timer.due_at).where(
        Timer.process == process, Timer.process_id == process_id, Timer.state == TimerState.HELD
    )
    moved = [
        {"id": timer, "due_at": due_at + shift, "state": TimerState.OPEN} for timer, due_at in session.execute(query)
    ]
    if moved:
        session.execute(update(Timer), moved)


def next_due(session: Session) -> datetime | None:
    """Say when the next open timer falls due."""
    return session.scalar(select(func.min(Timer.due_at)).where(Timer.state == TimerState.OPEN))


def count_due(session: Session, *, process: Process, as_of: datetime) -> int:
    """Count the timers that are due and still open."""
    due = [Timer.process == process, Timer.state == TimerState.OPEN, Timer.due_at <= as_of]
    return session.scalar(select(func.count()).select_from(Timer).where(*due)) or 0
