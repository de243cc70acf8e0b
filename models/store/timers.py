"""Timers: claimed when due, fired once, cancelled with their cause, held while their process is paused."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from models.rules.decisions import Process
from models.store.claims import LEASE, Claim
from models.store.events import Heads
from models.store.sets import Constants, Named, insert_rows, listed, prepared, update_rows
from models.tables.base import new_id
from models.tables.events import ChainHead
from models.tables.timers import Timer, TimerState

FAILED_AGAIN_AFTER = timedelta(minutes=15)
_TIMERS, _HEADS = (one.metadata.tables[one.__tablename__] for one in (Timer, ChainHead))
_NEW: Constants = {"state": TimerState.OPEN.value, "fence": 0, "because": ""}
# written into the SQL, since a partial index is used only where the statement itself says what the index says
_IS_OPEN = text("timers.state = 'open'")
_IS_PENDING = text("timers.state IN ('open', 'held')")
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_OF_ONE: Final = and_(_TIMERS.c.process == bindparam("of"), _TIMERS.c.process_id == bindparam("one"), _IS_PENDING)
_HOLD: Final = update(_TIMERS).where(_OF_ONE, _IS_OPEN).values(state=TimerState.HELD, lease_until=None)
_HELD: Final = select(_TIMERS.c.id, _TIMERS.c.due_at).where(_OF_ONE, _TIMERS.c.state == TimerState.HELD)
_FIRST_FREE: Final = (
    select(_TIMERS.c.due_at).where(_IS_OPEN, _TIMERS.c.lease_until.is_(None)).order_by(_TIMERS.c.due_at).limit(1)
)
_LEASED_BEFORE: Final = select(_TIMERS.c.due_at, _TIMERS.c.lease_until).where(
    _IS_OPEN, _TIMERS.c.lease_until.is_not(None), _TIMERS.c.due_at < bindparam("first")
)


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
    fence = new_id()
    values = {"as_of": as_of, "most": limit, "until": as_of + lease, "mine": fence}
    return Claim(fence, tuple(session.scalars(_claim(process, tuple(kinds)), values)))


@lru_cache(maxsize=64)
def _claim(process: Process, kinds: tuple[str, ...]) -> ReturningUpdate[tuple[int]]:
    due = select(_TIMERS.c.id).where(_is_due(process, kinds)).order_by(_TIMERS.c.due_at).limit(bindparam("most"))
    # PostgreSQL runs it once; as a mere subquery it may run again and lock too many
    chosen = due.with_for_update(skip_locked=True).cte("chosen")
    claimed = update(_TIMERS).where(_TIMERS.c.id.in_(select(chosen.c.id)))
    return claimed.values(lease_until=bindparam("until"), fence=bindparam("mine")).returning(_TIMERS.c.id)


def _is_due(process: Process, kinds: Collection[str]) -> ColumnElement[bool]:
    """Choose what can be fired at the moment `as_of`; no kinds means every kind."""
    is_free = or_(_TIMERS.c.lease_until.is_(None), _TIMERS.c.lease_until < bindparam("as_of"))
    wanted = (_IS_OPEN, _TIMERS.c.due_at <= bindparam("as_of"), _TIMERS.c.process == process, is_free)
    return and_(*wanted, *((_TIMERS.c.kind.in_(kinds),) if kinds else ()))


def is_due(session: Session, *, process: Process, kinds: Collection[str], as_of: datetime) -> bool:
    """Say whether a timer of these kinds can be fired now: nobody holds it, nobody is changing its practice."""
    query = _free_practices(process, tuple(kinds))
    return session.execute(query, {"as_of": as_of, "most": 1}).first() is not None


@lru_cache(maxsize=64)
def _free_practices(process: Process, kinds: tuple[str, ...]) -> Select[Any]:
    """Ask for due timers, the oldest first, with the ends of the histories of their practices, and lock these."""
    return (
        select(_TIMERS.c.id, *_HEADS.c)
        .join(_HEADS, _HEADS.c.practice_id == _TIMERS.c.practice_id)
        .where(_is_due(process, kinds))
        .order_by(_TIMERS.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(of=_HEADS, skip_locked=True)
    )


def fire_due(
    session: Session, *, process: Process, kinds: Collection[str], as_of: datetime, limit: int
) -> tuple[Sequence[FiredTimer], Heads]:
    """Fire timers that are due, the oldest first, and lock their practices as `events.lock_practices` does.

    They need no claim: what they lead to is written in the same transaction. Practices that somebody is changing are
    passed over, so that several sweeps share the work and nobody waits in a circle.
    """
    which, now = (process, tuple(kinds)), {"as_of": as_of}
    ids, heads = list[int](), Heads()
    for timer, practice, length, digest in session.execute(_free_practices(*which), now | {"most": limit}).all():
        ids.append(timer)
        heads[practice] = (length, digest)
    # asked again under the lock: a timer may have been fired, held or moved since the query began
    return _fired(session, _fire_what_is_due(*which)(session), listed(session, ids) | now), heads


@lru_cache(maxsize=64)
def _fire_what_is_due(process: Process, kinds: tuple[str, ...]) -> Callable[[Session], ReturningUpdate[Any]]:
    return prepared(lambda named: _fire(and_(named(_TIMERS.c.id), _is_due(process, kinds))))


def _fire(which: ColumnElement[bool]) -> ReturningUpdate[Any]:
    fired = update(_TIMERS).where(which).values(state=TimerState.FIRED, lease_until=None)
    return fired.returning(*(_TIMERS.c[name] for name in FiredTimer._fields))


def practices_of(session: Session, claim: Claim) -> frozenset[int]:
    """Name the practices of what a claim still holds, to lock them."""
    return frozenset(session.scalars(_claimed_practices(session), _claimed_by(session, claim)))


def fire(session: Session, claim: Claim) -> Sequence[FiredTimer]:
    """Mark claimed timers as fired; those lost to another worker or cancelled meanwhile are left out."""
    return _fired(session, _fire_what_is_ours(session), _claimed_by(session, claim))


def _claimed_by(session: Session, claim: Claim) -> dict[str, object]:
    return listed(session, claim.ids) | {"mine": claim.fence}


def _is_ours(named: Named) -> ColumnElement[bool]:
    return and_(named(_TIMERS.c.id), _TIMERS.c.fence == bindparam("mine"), _IS_OPEN)


@prepared
def _claimed_practices(named: Named) -> Select[tuple[int]]:
    return select(_TIMERS.c.practice_id).where(_is_ours(named)).distinct()


@prepared
def _fire_what_is_ours(named: Named) -> ReturningUpdate[Any]:
    return _fire(_is_ours(named))


def _fired(session: Session, fires: ReturningUpdate[Any], values: dict[str, object]) -> Sequence[FiredTimer]:
    return [FiredTimer(*row) for row in session.execute(fires, values).all()]


def give_back(session: Session, ids: Sequence[int], *, as_of: datetime) -> None:
    """Open timers again whose rule failed; they are tried again a quarter of an hour later."""
    _unfire(session, ids, state=TimerState.OPEN, lease_until=as_of + FAILED_AGAIN_AFTER)


def hold_fired(session: Session, ids: Sequence[int]) -> None:
    """Hold timers that fell due while their process was paused; they go on with it."""
    _unfire(session, ids, state=TimerState.HELD, lease_until=None)


def _unfire(session: Session, ids: Sequence[int], *, state: TimerState, lease_until: datetime | None) -> None:
    if ids:
        session.execute(_unfired(session), listed(session, ids) | {"new": state, "until": lease_until})


@prepared
def _unfired(named: Named) -> Update:
    changed = update(_TIMERS).where(named(_TIMERS.c.id), _TIMERS.c.state == TimerState.FIRED)
    return changed.values(state=bindparam("new"), lease_until=bindparam("until"))


def set_timers(session: Session, timers: Sequence[NewTimer]) -> None:
    """Set timers; a pending one of the same kind and subject must have been cancelled or fired before."""
    insert_rows(session, Timer, NewTimer._fields, timers, constants=_NEW)


def hold(session: Session, *, process: Process, process_id: int) -> None:
    """Stop the clocks of a process."""
    session.execute(_HOLD, {"of": process, "one": process_id})


def release(session: Session, *, process: Process, process_id: int, shift: timedelta) -> None:
    """Let held clocks go on: each timer falls due as much later as they stood still."""
    held = session.execute(_HELD, {"of": process, "one": process_id})
    moved = [(due_at + shift, TimerState.OPEN, timer) for timer, due_at in held]
    update_rows(session, Timer, ("due_at", "state", "id"), moved)


def next_due(session: Session) -> datetime | None:
    """Say when the next open timer can be claimed: when it falls due, or when the lease of whoever holds it ends."""
    free = session.scalar(_FIRST_FREE)
    leased = session.execute(_LEASED_BEFORE, {"first": free or _NEVER}).all()
    moments = (free, *(max(due_at, lease_until) for due_at, lease_until in leased))
    return min((moment for moment in moments if moment is not None), default=None)


def count_due(session: Session, *, process: Process, as_of: datetime) -> int:
    """Count the timers that are due and still open."""
    due = (_IS_OPEN, _TIMERS.c.process == process, _TIMERS.c.due_at <= as_of)
    return session.scalar(select(func.count()).select_from(_TIMERS).where(*due)) or 0
