"""Rotation of a practice's key in steps: a key made, in use, everything sealed anew, the older one destroyed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from models.rules.decisions import Process, Refusal
from models.rules.keeping import is_due, may_be_destroyed, may_seal
from models.sealing import INSTALLATION, LOOKUP_KEY
from models.store import events
from models.store.acting import UNKNOWN_ACTOR, UNKNOWN_PRACTICE
from models.store.keys import destroy_retired, keys_of, make_next, retired, switch
from models.store.practices import active_staff, find_practice
from models.store.sealed_places import Place, Resealed, is_sealed_by, places_of, reseal
from models.tables.keys import KeyRotation, KeyState, PracticeKey
from models.tables.practices import Practice

BY_ITSELF: Final = "golive"
INSTALLATION_KEY: Final = "golive-installation"
"""What the installation's own key is called where a practice is named."""
_UNDER_WAY: Final = (
    "The key of {} is being rotated already, since {:%Y-%m-%d %H:%M} UTC; rotate-keys goes on with it each hour."
)
_GONE: Final = "The keys of {} were destroyed when it left; there is nothing to rotate."


class Rotating(NamedTuple):
    """One rotation that is under way; moments are UTC."""

    id: int
    practice_id: int
    key_id: int
    begun_at: datetime
    switched_at: datetime | None


class Age(NamedTuple):
    """Since when (UTC) a practice's present key was made, and how far a rotation of it is."""

    practice: str
    made_at: datetime
    begun_at: datetime | None
    switched_at: datetime | None
    resealed: int


def begin(session: Session, practice: str, *, by: str, as_of: datetime) -> Refusal | None:
    """Begin the rotation of one practice's key, or of the installation's, as one of our staff asked."""
    if by not in active_staff(session):
        return Refusal("unknown_actor", UNKNOWN_ACTOR.format(by))
    if practice == INSTALLATION_KEY:
        return _begin(session, INSTALLATION, practice, by, as_of)
    found = find_practice(session, practice)
    if found is None:
        return Refusal("unknown_practice", UNKNOWN_PRACTICE.format(practice))
    return _begin(session, found.id, practice, by, as_of)


def begin_old_ones(session: Session, *, days: int, as_of: datetime) -> int:
    """Begin the rotation of every key that has been in use for so many days; gives how many."""
    ages = session.execute(_present_keys()).all()
    old = [number for number, made_at in ages if is_due(made_at, days=days, as_of=as_of)]
    return sum(_begin(session, number, "", BY_ITSELF, as_of) is None for number in old)


def _begin(session: Session, practice_id: int, name: str, by: str, as_of: datetime) -> Refusal | None:
    events.lock_practices(session, [practice_id])
    present = session.scalar(
        select(KeyRotation).where(KeyRotation.practice_id == practice_id, KeyRotation.ended_at.is_(None))
    )
    if present is not None:
        return Refusal("under_way", _UNDER_WAY.format(name, present.begun_at))
    if keys_of(session, practice_id).is_gone:
        return Refusal("destroyed", _GONE.format(name))
    key_id = make_next(session, practice_id, as_of=as_of)
    row = KeyRotation(practice_id=practice_id, key_id=key_id, begun_at=as_of, begun_by=by)
    session.add(row)
    session.flush()
    _note(session, Rotating(row.id, practice_id, key_id, as_of, None), "key_made", by=by, as_of=as_of)
    return None


def under_way(session: Session) -> list[Rotating]:
    """List the rotations that are under way, the oldest first."""
    row = KeyRotation
    query = select(row.id, row.practice_id, row.key_id, row.begun_at, row.switched_at).where(row.ended_at.is_(None))
    return [Rotating(*one) for one in session.execute(query.order_by(row.begun_at, row.id))]


def put_into_use(session: Session, one: Rotating, *, as_of: datetime) -> bool:
    """Seal with the new key from now on; False when it is too early, or somebody did it before."""
    if not may_seal(one.begun_at, as_of=as_of):
        return False
    events.lock_practices(session, [one.practice_id])
    won = session.execute(
        update(KeyRotation)
        .where(KeyRotation.id == one.id, KeyRotation.switched_at.is_(None), KeyRotation.ended_at.is_(None))
        .values(switched_at=as_of)
        .returning(KeyRotation.id)
    ).first()
    if won is None:
        return False
    switch(session, one.practice_id)
    _note(session, one, "key_in_use", as_of=as_of)
    return True


def reseal_batch(session: Session, one: Rotating, place: Place, *, after: int, limit: int) -> Resealed:
    """Seal one batch of a place anew; nothing happens when the rotation is over."""
    events.lock_practices(session, [one.practice_id])
    older = retired(session, one.practice_id)
    if not older:
        return Resealed(0, 0, 0)
    done = reseal(session, keys_of(session, one.practice_id), place, older=older, after=after, limit=limit)
    if done.fields:
        counted = update(KeyRotation).where(KeyRotation.id == one.id)
        session.execute(counted.values(resealed=KeyRotation.resealed + done.fields))
    return done


def end(session: Session, one: Rotating, *, as_of: datetime) -> bool:
    """Destroy the older keys; False while it is too early, or anything still needs them."""
    if one.switched_at is None or not may_be_destroyed(one.switched_at, as_of=as_of):
        return False
    events.lock_practices(session, [one.practice_id])
    older = retired(session, one.practice_id)
    if older and is_sealed_by(session, one.practice_id, older):
        return False
    ended = session.execute(
        update(KeyRotation)
        .where(KeyRotation.id == one.id, KeyRotation.ended_at.is_(None))
        .values(ended_at=as_of)
        .returning(KeyRotation.id)
    ).first()
    if ended is None:
        return False
    destroy_retired(session, one.practice_id)
    _note(session, one, "older_keys_destroyed", as_of=as_of)
    return True


def abandon(session: Session, practice_id: int, *, as_of: datetime) -> None:
    """End a rotation of keys that are being destroyed: nothing is left to be sealed anew."""
    row = KeyRotation
    going_on = update(row).where(row.practice_id == practice_id, row.ended_at.is_(None))
    session.execute(going_on.values(ended_at=as_of).execution_options(synchronize_session=False))


def places(one: Rotating) -> tuple[Place, ...]:
    """List where the values of a rotation are."""
    return places_of(one.practice_id)


def ages(session: Session) -> Sequence[Age]:
    """Say of every practice and of the installation how old its key is, the oldest first."""
    present = _present_keys().subquery()
    query = (
        select(
            func.coalesce(Practice.key, INSTALLATION_KEY),
            present.c.made_at,
            KeyRotation.begun_at,
            KeyRotation.switched_at,
            func.coalesce(KeyRotation.resealed, 0),
        )
        .select_from(present)
        .outerjoin(Practice, Practice.id == present.c.practice_id)
        .outerjoin(KeyRotation, (KeyRotation.practice_id == present.c.practice_id) & KeyRotation.ended_at.is_(None))
        .order_by(present.c.made_at, present.c.practice_id)
    )
    return [Age(*row) for row in session.execute(query)]


def _present_keys() -> Select[tuple[int, datetime]]:
    return select(PracticeKey.practice_id, PracticeKey.created_at.label("made_at")).where(
        PracticeKey.state == KeyState.ACTIVE, PracticeKey.key_id != LOOKUP_KEY
    )


def _note(session: Session, one: Rotating, kind: str, *, by: str = BY_ITSELF, as_of: datetime) -> None:
    """Write a step into the practice's history; the installation has none, its rotations are rows of their own."""
    if one.practice_id == INSTALLATION:
        return
    key, evidence = f"key:{one.key_id}:{kind}#0", {"key": one.key_id}
    line = events.Line(one.practice_id, Process.PRACTICE, one.practice_id, key, kind, "", by, "", dict(evidence), as_of)
    events.append(session, [line])
