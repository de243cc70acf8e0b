"""Broken promises: found by the views, written down once, keeping messages back until a person releases them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from models.rules.decisions import Effect, Note, Process, Refusal
from models.rules.watching import released, stopped
from models.store import events
from models.store.acting import UNKNOWN_ACTOR, UNKNOWN_PRACTICE
from models.store.effects import Outcome, carry_out
from models.store.invariants import INVARIANTS, Invariant
from models.store.practices import active_staff
from models.store.sending_stops import IS_OPEN
from models.tables.base import new_id
from models.tables.practices import Practice
from models.tables.watching import BreachRow

MOST = 1000
"""So many are written down at one look; a flood is one fault, not thousands."""


class Broken(NamedTuple):
    """One row that breaks a promise."""

    invariant: Invariant
    practice_id: int
    number: int


class OpenBreach(NamedTuple):
    """One breach that nobody has released, with the short name of its practice; `found_at` is UTC."""

    practice: str
    invariant: str
    number: int
    stops_sending: bool
    found_at: datetime


def look(session: Session) -> list[Broken]:
    """Ask every view; an empty list is how it should be."""
    found = []
    for one in INVARIANTS:
        rows = session.execute(text(f"SELECT practice_id, number FROM {one.view} ORDER BY number LIMIT {MOST}"))  # noqa: S608 - our own names
        found += [Broken(one, practice, number) for practice, number in rows]
    return found


def has_present(session: Session) -> bool:
    """Say whether something that was written down may be gone by now."""
    return session.scalar(select(BreachRow.id).where(BreachRow.gone_at.is_(None)).limit(1)) is not None


def write_down(session: Session, found: Sequence[Broken], *, as_of: datetime) -> list[tuple[int, str]]:
    """Store breaches that are new and stop what must stop; gives practice and promise of each new kind.

    What was released and is gone is forgotten: the same row breaking the promise again is a new breach.
    """
    events.lock_practices(session, sorted({one.practice_id for one in found}))
    query = select(BreachRow).where(BreachRow.gone_at.is_(None))
    known = {(row.invariant, row.number): row for row in session.scalars(query)}
    shown = {(one.invariant.key, one.number) for one in found}
    for key, row in known.items():
        if key not in shown and row.released_at is not None:
            row.gone_at = as_of
    new = [one for one in found if (one.invariant.key, one.number) not in known]
    session.add_all([_row(one, as_of) for one in new])
    session.flush()
    stopping = [one for one in new if one.invariant.stops_sending]
    carry_out(session, _stops(stopping, as_of), as_of=as_of)
    return sorted({(one.practice_id, one.invariant.key) for one in new})


def _row(one: Broken, as_of: datetime) -> BreachRow:
    return BreachRow(
        practice_id=one.practice_id,
        invariant=one.invariant.key,
        number=one.number,
        stops_sending=one.invariant.stops_sending,
        found_at=as_of,
    )


def _stops(new: Sequence[Broken], as_of: datetime) -> list[Outcome]:
    outcomes = []
    for practice in sorted({one.practice_id for one in new}):
        kinds = tuple(sorted({one.invariant.key for one in new if one.practice_id == practice}))
        notes, ask = stopped(kinds, as_of=as_of)
        outcomes.append(_outcome(practice, f"breach:{new_id()}", "golive", notes, ask))
    return outcomes


def _outcome(practice: int, key: str, actor: str, notes: tuple[Note, ...], effect: Effect) -> Outcome:
    return Outcome(practice, Process.PRACTICE, practice, key, actor, notes, (effect,))


def release(session: Session, practice: str, *, by: str, key: str, as_of: datetime) -> int | Refusal:
    """Let a practice's messages go out again, as one of our staff decided; gives how many breaches were looked at."""
    found = session.scalar(select(Practice).where(Practice.key == practice))
    if found is None:
        return Refusal("unknown_practice", UNKNOWN_PRACTICE.format(practice))
    if by not in active_staff(session):
        return Refusal("unknown_actor", UNKNOWN_ACTOR.format(by))
    heads = events.lock_practices(session, [found.id])
    seen = (
        update(BreachRow)
        .where(BreachRow.practice_id == found.id, IS_OPEN)
        .values(released_at=as_of, released_by=by)
        .returning(BreachRow.id)
        .execution_options(synchronize_session=False)
    )
    count = len(session.scalars(seen).all())
    if not count:
        return Refusal(
            "nothing_stopped", f"Nothing keeps the messages of {practice} back; there is nothing to release."
        )
    notes, effect = released(count)
    carry_out(session, [_outcome(found.id, key, by, notes, effect)], as_of=as_of, heads=heads)
    return count


def open_breaches(session: Session, *, limit: int = MOST) -> list[OpenBreach]:
    """List what nobody has released, the oldest first."""
    columns = (BreachRow.invariant, BreachRow.number, BreachRow.stops_sending, BreachRow.found_at)
    query = select(Practice.key, *columns).join(Practice, Practice.id == BreachRow.practice_id)
    rows = session.execute(query.where(IS_OPEN).order_by(BreachRow.found_at, BreachRow.id).limit(limit))
    return [OpenBreach(*row) for row in rows]
