"""Keys of practices: made with the practice, rotated, destroyed when it leaves."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, tuple_, update
from sqlalchemy.orm import Session

from models.sealing import INSTALLATION, LOOKUP_KEY, KeyRing, Keys, key_ring
from models.settings import settings
from models.tables.keys import KeyState, PracticeKey

_KEYS = PracticeKey.metadata.tables[PracticeKey.__tablename__]
_OF_PRACTICES: Final = (
    select(_KEYS.c.practice_id, _KEYS.c.key_id, _KEYS.c.state, _KEYS.c.wrapped)
    .where(_KEYS.c.practice_id.in_(bindparam("practices", expanding=True)))
    .order_by(_KEYS.c.key_id)
)


class KeysMissingError(LookupError):
    """A practice has no keys yet: a bug, they are made in the transaction that makes the practice."""


def make_keys(session: Session, practice_id: int, *, as_of: datetime) -> Keys:
    """Make the first key of a practice and the one of its blind indexes, unless it has them."""
    if not _stored(session, [practice_id]):
        for key_id in (LOOKUP_KEY, LOOKUP_KEY + 1):
            _add(session, practice_id, key_id=key_id, as_of=as_of)
    return keys_of(session, practice_id)


def keys_of(session: Session, practice_id: int = INSTALLATION) -> Keys:
    """Give the keys of one practice, or of the installation.

    Raises:
        KeysMissingError: it has none.
        WrongMasterKeyError: the master key does not fit this database.
    """
    return keys_of_many(session, [practice_id])[practice_id]


def keys_of_many(session: Session, practice_ids: Collection[int]) -> dict[int, Keys]:
    """Give the keys of several practices with one query; raises as `keys_of`."""
    rows = _stored(session, practice_ids)
    ring = key_ring(settings())  # after the rows: a master key is in its file before anything is wrapped by it
    own: dict[int, list[Any]] = {}
    for row in rows:
        own.setdefault(row.practice_id, []).append(row)
    missing = set(practice_ids) - own.keys()
    if missing:
        message = f"practice {min(missing)} has no keys; make them in the transaction that makes the practice"
        raise KeysMissingError(message)
    return {practice: _opened(ring, practice, stored) for practice, stored in own.items()}


def make_next(session: Session, practice_id: int, *, as_of: datetime) -> int:
    """Make the key that comes next and give its id; it seals nothing until `switch`, so that all readers know it.

    Raises:
        KeysMissingError: the practice has no active key.
    """
    rows = _stored(session, [practice_id])
    if not any(row.state is KeyState.ACTIVE and row.key_id != LOOKUP_KEY for row in rows):
        message = f"practice {practice_id} has no keys to rotate"
        raise KeysMissingError(message)
    newest: int = rows[-1].key_id
    _add(session, practice_id, key_id=newest + 1, state=KeyState.NEXT, as_of=as_of)
    return newest + 1


def switch(session: Session, practice_id: int) -> None:
    """Seal with the next key from now on; what older ones sealed stays readable."""
    for before, after in ((KeyState.ACTIVE, KeyState.RETIRED), (KeyState.NEXT, KeyState.ACTIVE)):
        session.execute(
            update(PracticeKey)
            .where(PracticeKey.practice_id == practice_id, PracticeKey.key_id > LOOKUP_KEY)
            .where(PracticeKey.state == before)
            .values(state=after)
        )


def retired(session: Session, practice_id: int) -> list[int]:
    """List the older keys of a practice that are still readable."""
    return [row.key_id for row in _stored(session, [practice_id]) if row.state is KeyState.RETIRED]


def destroy_retired(session: Session, practice_id: int) -> None:
    """Destroy the older keys of a practice, which nothing needs any more."""
    old = update(PracticeKey).where(PracticeKey.practice_id == practice_id, PracticeKey.state == KeyState.RETIRED)
    session.execute(old.values(state=KeyState.DESTROYED, wrapped=""))


def wrap_anew(session: Session, *, after: tuple[int, int], limit: int) -> tuple[tuple[int, int] | None, int]:
    """Wrap stored keys by the present master key; gives where the next batch begins (None: the end), and how many.

    Raises:
        WrongMasterKeyError: one was wrapped by neither the present nor the earlier master key.
    """
    ring = key_ring(settings())
    query = (
        select(_KEYS.c.practice_id, _KEYS.c.key_id, _KEYS.c.wrapped)
        .where(tuple_(_KEYS.c.practice_id, _KEYS.c.key_id) > after, _KEYS.c.wrapped != "")
        .order_by(_KEYS.c.practice_id, _KEYS.c.key_id)
        .limit(limit)
    )
    rows, changed = session.execute(query).all(), 0
    for practice_id, key_id, old in rows:
        new = ring.rewrapped(old, practice_id=practice_id, key_id=key_id)
        if new != old:
            changed += 1
            place = (_KEYS.c.practice_id == practice_id, _KEYS.c.key_id == key_id, _KEYS.c.wrapped == old)
            session.execute(update(_KEYS).where(*place).values(wrapped=new))
    end = (rows[-1].practice_id, rows[-1].key_id) if len(rows) == limit else None
    return end, changed


def destroy(session: Session, practice_id: int) -> None:
    """Destroy every key of a practice that left: nobody can read its personal fields any more."""
    session.execute(
        update(PracticeKey).where(PracticeKey.practice_id == practice_id).values(state=KeyState.DESTROYED, wrapped="")
    )


def _stored(session: Session, practice_ids: Collection[int]) -> Sequence[Any]:
    """Give rows of keys, never kept ones: a page asks for them at every visit."""
    return session.execute(_OF_PRACTICES, {"practices": list(practice_ids)}).all()


def _add(
    session: Session, practice_id: int, *, key_id: int, state: KeyState = KeyState.ACTIVE, as_of: datetime
) -> None:
    wrapped = key_ring(settings()).new_key(practice_id=practice_id, key_id=key_id)
    row = {"practice_id": practice_id, "key_id": key_id, "wrapped": wrapped, "created_at": as_of}
    session.execute(insert(PracticeKey), [row | {"state": state}])


def _opened(ring: KeyRing, practice_id: int, rows: Sequence[Any]) -> Keys:
    active = [row.key_id for row in rows if row.state is KeyState.ACTIVE and row.key_id != LOOKUP_KEY]
    keys = {
        row.key_id: None
        if row.state is KeyState.DESTROYED
        else ring.unwrap(row.wrapped, practice_id=practice_id, key_id=row.key_id)
        for row in rows
    }
    return Keys(practice_id, active=max(active, default=None), keys=keys)
