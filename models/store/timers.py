"""Timers: claimed when due, fired once, cancelled with their cause, held while their process is paused."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, TextClause, and_, func, or_, select, text, update
from sqlalchemy.orm import Session

from models.rules.decisions import Process
from models.store.claims import LEASE, Claim
from models.store.events import Heads
from models.store.sets import Constants, among, insert_rows, update_rows
from models.tables.base import new_id
from models.tables.events import ChainHead
from models.tables.timers import Timer, TimerState

FAILED_AGAIN_AFTER = timedelta(minutes=15)
_TIMERS, _HEADS = (one.metadata.tables[one.__tablename__] for one in (Timer, ChainHead))
_NEW: Constants = {"state": TimerState.OPEN.value, "fence": 0, "because": ""}
# written into the SQL, since a partial index is used only where the statement itself says what the index says
_IS_OPEN = text("timers.state = 'open'")
_IS_PENDING = text("timers.state IN ('open', 'held')")


class FiredTimer(NamedTuple):
    """One timer that is ours to act upon."""

    id: int
    process_id: int
    kind: str
    subject: str
    number: int
    due_at: datetime


class NewTimer(NamedTuple):
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
        .where(_IS_OPEN, Timer.due_at <= as_of, Timer.process == process, _is_free(as_of))
        .order_by(Timer.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if kinds:
        due = due.where(Timer.kind.in_(kinds))
    fence = new_id()
    chosen = due.cte("chosen")  # PostgreSQL runs it once; as a mere subquery it may run again and lock too many
    claimed = (
        update(Timer)
        .where(Timer.id.in_(select(chosen.c.id)))
        .values(lease_until=as_of + lease, fence=fence)
        .returning(Timer.id)
        .execution_options(synchronize_session=False)
    )
    return Claim(fence, tuple(session.scalars(claimed)))


def _is_free(as_of: datetime) -> ColumnElement[bool]:
    return or_(Timer.lease_until.is_(None), Timer.lease_until < as_of)


def _is_due(process: Process, kinds: Collection[str], as_of: datetime) -> ColumnElement[bool]:
    return and_(
        _IS_OPEN,
        _TIMERS.c.due_at <= as_of,
        _TIMERS.c.process == process,
        _TIMERS.c.kind.in_(kinds),
        _is_free(as_of),
    )


def is_due(session: Session, *, process: Process, kinds: Collection[str], as_of: datetime) -> bool:
    """Say whether a timer of these kinds can be fired now: nobody holds it, nobody is changing its practice."""
    return session.execute(_free_practices(_is_due(process, kinds, as_of), limit=1)).first() is not None


def _free_practices(is_due: ColumnElement[bool], *, limit: int) -> Select[Any]:
    """Ask for due timers, the oldest first, with the ends of the histories of their practices, and lock these."""
    return (
        select(_TIMERS.c.id, *_HEADS.c)
        .join(_HEADS, _HEADS.c.practice_id == _TIMERS.c.practice_id)
        .where(is_due)
        .order_by(_TIMERS.c.due_at)
        .limit(limit)
        .with_for_update(of=_HEADS, skip_locked=True)
    )


def fire_due(
    session: Session, *, process: Process, kinds: Collection[str], as_of: datetime, limit: int
) -> tuple[Sequence[FiredTimer], Heads]:
    """Fire timers that are due, the oldest first, and lock their practices as `events.lock_practices` does.

    They need no claim: what they lead to is written in the same transaction. Practices that somebody is changing are
    passed over, so that several sweeps share the work and nobody waits in a circle.
    """
    is_due = _is_due(process, kinds, as_of)
    ids, heads = list[int](), Heads()
    for timer, practice, length, digest in session.execute(_free_practices(is_due, limit=limit)).all():
        ids.append(timer)
        heads[practice] = (length, digest)
    # asked again under the lock: a timer may have been fired, held or moved since the query began
    return _fired(session, and_(among(session, _TIMERS.c.id, ids), is_due)), heads


def _is_ours(session: Session, claim: Claim) -> ColumnElement[bool]:
    return and_(among(session, _TIMERS.c.id, claim.ids), _TIMERS.c.fence == claim.fence, _IS_OPEN)


def practices_of(session: Session, claim: Claim) -> Select[tuple[int]]:
    """Ask for the practices of what a claim still holds, to lock them."""
    return select(_TIMERS.c.practice_id).where(_is_ours(session, claim))


def fire(session: Session, claim: Claim) -> Sequence[FiredTimer]:
    """Mark claimed timers as fired; those lost to another worker or cancelled meanwhile are left out."""
    return _fired(session, _is_ours(session, claim))


def _fired(session: Session, which: ColumnElement[bool]) -> Sequence[FiredTimer]:
    fired = (
        update(_TIMERS)
        .where(which)
        .values(state=TimerState.FIRED, lease_until=None)
        .returning(*(_TIMERS.c[name] for name in FiredTimer._fields))
    )
    return [FiredTimer(*row) for row in session.execute(fired).all()]


def give_back(session: Session, ids: Sequence[int], *, as_of: datetime) -> None:
    """Open timers again whose rule failed; they are tried again a quarter of an hour later."""
    _unfire(session, ids, state=TimerState.OPEN, lease_until=as_of + FAILED_AGAIN_AFTER)


def hold_fired(session: Session, ids: Sequence[int]) -> None:
    """Hold timers that fell due while their process was paused; they go on with it."""
    _unfire(session, ids, state=TimerState.HELD, lease_until=None)


def _unfire(session: Session, ids: Sequence[int], *, state: TimerState, lease_until: datetime | None) -> None:
    if ids:
        session.execute(
            update(Timer)
            .where(among(session, Timer.id, ids), Timer.state == TimerState.FIRED)
            .values(state=state, lease_until=lease_until)
            .execution_options(synchronize_session=False)
        )


def set_timers(session: Session, timers: Sequence[NewTimer]) -> None:
    """Set timers; a pending one of the same kind and subject must have been cancelled or fired before."""
    insert_rows(session, Timer, NewTimer._fields, timers, constants=_NEW)


def cancel(
    session: Session, *, process: Process, process_id: int, kind: str = "", subject: str = "", because: str = ""
) -> int:
    """Cancel pending timers of a process, with the cause; an empty kind or subject means every one."""
    wanted: list[ColumnElement[bool] | TextClause] = [
        Timer.process == process,
        Timer.process_id == process_id,
        _IS_PENDING,
    ]
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
        .where(Timer.process == process, Timer.process_id == process_id, _IS_PENDING, _IS_OPEN)
        .values(state=TimerState.HELD, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def release(session: Session, *, process: Process, process_id: int, shift: timedelta) -> None:
    """Let held clocks go on: each timer falls due as much later as they stood still."""
    query = select(Timer.id, Timer.due_at).where(
        Timer.process == process, Timer.process_id == process_id, _IS_PENDING, Timer.state == TimerState.HELD
    )
    moved = [(due_at + shift, TimerState.OPEN, timer) for timer, due_at in session.execute(query)]
    update_rows(session, Timer, ("due_at", "state", "id"), moved)


def next_due(session: Session) -> datetime | None:
    """Say when the next open timer can be claimed: when it falls due, or when the lease of whoever holds it ends."""
    free = session.scalar(
        select(Timer.due_at).where(_IS_OPEN, Timer.lease_until.is_(None)).order_by(Timer.due_at).limit(1)
    )
    before = select(Timer.due_at, Timer.lease_until).where(_IS_OPEN, Timer.lease_until.is_not(None))
    if free is not None:
        before = before.where(Timer.due_at < free)
    leased = [max(due_at, lease_until) for due_at, lease_until in session.execute(before) if lease_until]
    return min((moment for moment in (free, *leased) if moment is not None), default=None)


def count_due(session: Session, *, process: Process, as_of: datetime) -> int:
    """Count the timers that are due and still open."""
    due = select(func.count()).select_from(Timer).where(_IS_OPEN, Timer.process == process, Timer.due_at <= as_of)
    return session.scalar(due) or 0
