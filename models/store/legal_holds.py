"""Legal holds: while one stands, nothing of its practice is purged or destroyed."""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from models.rules.decisions import Note, Process, Refusal
from models.store import events
from models.store.acting import UNKNOWN_ACTOR, UNKNOWN_PRACTICE
from models.store.effects import Outcome, carry_out
from models.store.practices import active_staff, find_practice
from models.tables.keeping import LegalHold
from models.tables.practices import Practice

_STANDS: Final = "{} is under a legal hold for {} already, since {:%Y-%m-%d}, set by {}."
_NONE: Final = "{} is under no legal hold for {}; list-legal-holds shows those that stand."


class Standing(NamedTuple):
    """One hold that stands; `since` is UTC."""

    practice: str
    matter: str
    by: str
    since: datetime


class Order(NamedTuple):
    """Who sets or lifts a hold of which practice, for which matter; `key` makes it happen once."""

    practice: str
    matter: str
    by: str
    key: str


def set_hold(session: Session, order: Order, *, as_of: datetime) -> Refusal | None:
    """Stop every purge and destruction for a practice."""
    found = _practice(session, order)
    if isinstance(found, Refusal):
        return found
    heads = events.lock_practices(session, [found])
    row = session.scalar(_of(found).where(LegalHold.matter == order.matter))
    if row is not None:
        return Refusal("stands", _STANDS.format(order.practice, order.matter, row.set_at, row.set_by))
    session.add(LegalHold(practice_id=found, matter=order.matter, set_by=order.by, set_at=as_of))
    session.flush()
    _tell(session, found, order, "legal_hold_set", heads, as_of)
    return None


def lift_hold(session: Session, order: Order, *, as_of: datetime) -> Refusal | None:
    """Lift a hold: what is outlived goes with the next purge."""
    found = _practice(session, order)
    if isinstance(found, Refusal):
        return found
    heads = events.lock_practices(session, [found])
    lifted = session.execute(
        update(LegalHold)
        .where(LegalHold.practice_id == found, LegalHold.matter == order.matter, LegalHold.lifted_at.is_(None))
        .values(lifted_at=as_of, lifted_by=order.by)
        .returning(LegalHold.id)
        .execution_options(synchronize_session=False)
    ).first()
    if lifted is None:
        return Refusal("none", _NONE.format(order.practice, order.matter))
    _tell(session, found, order, "legal_hold_lifted", heads, as_of)
    return None


def standing(session: Session) -> list[Standing]:
    """List the holds that stand, the oldest first."""
    query = select(Practice.key, LegalHold.matter, LegalHold.set_by, LegalHold.set_at).join(
        Practice, Practice.id == LegalHold.practice_id
    )
    rows = session.execute(query.where(LegalHold.lifted_at.is_(None)).order_by(LegalHold.set_at, LegalHold.id))
    return [Standing(*row) for row in rows]


def is_held(session: Session, practice_id: int | None) -> bool:
    """Say whether a practice is under a hold; None asks whether any practice is."""
    query = select(LegalHold.id).where(LegalHold.lifted_at.is_(None)) if practice_id is None else _of(practice_id)
    return session.execute(query.limit(1)).first() is not None


def _of(practice_id: int) -> Select[tuple[LegalHold]]:
    return select(LegalHold).where(LegalHold.practice_id == practice_id, LegalHold.lifted_at.is_(None))


def _practice(session: Session, order: Order) -> int | Refusal:
    if order.by not in active_staff(session):
        return Refusal("unknown_actor", UNKNOWN_ACTOR.format(order.by))
    found = find_practice(session, order.practice)
    return Refusal("unknown_practice", UNKNOWN_PRACTICE.format(order.practice)) if found is None else found.id


def _tell(session: Session, practice: int, order: Order, kind: str, heads: events.Heads, as_of: datetime) -> None:
    note = Note(kind, order.matter)
    outcome = Outcome(practice, Process.PRACTICE, practice, order.key, order.by, (note,), ())
    carry_out(session, [outcome], as_of=as_of, heads=heads)
