"""Keys of practices: made with the practice, rotated, destroyed when it leaves."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
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
    ring = key_ring(settings())
    rows = _stored(session, practice_ids)
    own: dict[int, list[Any]] = {}
    for row in rows:
        own.setdefault(row.practice_id, []).append(row)
    missing = set(practice_ids) - own.keys()
    if missing:
        message = f"practice {min(missing)} has no keys; make them in the transaction that makes the practice"
        raise KeysMissingError(message)
    return {practice: _opened(ring, practice, stored) for practice, stored in own.items()}


def rotate(session: Session, practice_id: int, *, as_of: datetime) -> int:
    """Seal with a new key from now on and give its id; values of older keys stay readable."""
    rows = _stored(session, [practice_id])
    if not any(row.state is KeyState.ACTIVE for row in rows):
        message = f"practice {practice_id} has no keys to rotate"
        raise KeysMissingError(message)
    newest: int = rows[-1].key_id
    session.execute(
        update(PracticeKey)
        .where(PracticeKey.practice_id == practice_id, PracticeKey.key_id > LOOKUP_KEY)
        .where(PracticeKey.state == KeyState.ACTIVE)
        .values(state=KeyState.RETIRED)
    )
    _add(session, practice_id, key_id=newest + 1, as_of=as_of)
    return newest + 1


def destroy(session: Session, practice_id: int) -> None:
    """Destroy every key of a practice that left: nobody can read its personal fields any more."""
    session.execute(
        update(PracticeKey).where(PracticeKey.practice_id == practice_id).values(state=KeyState.DESTROYED, wrapped="")
    )


def _stored(session: Session, practice_ids: Collection[int]) -> Sequence[Any]:
    """Give rows of keys, never kept ones: a page asks for them at every visit."""
    return session.execute(_OF_PRACTICES, {"practices": list(practice_ids)}).all()


def _add(session: Session, practice_id: int, *, key_id: int, as_of: datetime) -> None:
    wrapped = key_ring(settings()).new_key(practice_id=practice_id, key_id=key_id)
    row = {"practice_id": practice_id, "key_id": key_id, "wrapped": wrapped, "created_at": as_of}
    session.execute(insert(PracticeKey), [row | {"state": KeyState.ACTIVE}])


def _opened(ring: KeyRing, practice_id: int, rows: Sequence[Any]) -> Keys:
    active = [row.key_id for row in rows if row.state is KeyState.ACTIVE and row.key_id != LOOKUP_KEY]
    keys = {
        row.key_id: None
        if row.state is KeyState.DESTROYED
        else ring.unwrap(row.wrapped, practice_id=practice_id, key_id=row.key_id)
        for row in rows
    }
    return Keys(practice_id, active=max(active, default=None), keys=keys)
