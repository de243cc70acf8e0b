"""What stands of practices that leave: read as facts, and changed one step after the other."""

from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from models.rules.offboarding import Offboarding
from models.store import offboarding_stops
from models.store.legal_holds import is_held
from models.store.practices import find_practice
from models.store.sending_stops import IS_LEAVING
from models.tables.offboarding import OffboardingRow
from models.tables.practices import Practice

_STORED: Final = tuple(one.name for one in fields(Offboarding) if one.name not in {"practice", "under_way", "is_held"})


def present(session: Session) -> list[Offboarding]:
    """List the practices that leave or have left, the newest first."""
    return [_facts(session, row) for row in session.execute(_query().where(IS_LEAVING))]


def of_practice(session: Session, practice: str) -> Offboarding | None:
    """Give the newest offboarding of a practice."""
    found = find_practice(session, practice)
    return None if found is None else newest(session, found.id)


def _query() -> Select[Any]:
    row = OffboardingRow
    columns = [getattr(row, name) for name in _STORED]
    query = select(*columns, Practice.key).join(Practice, Practice.id == row.practice_id)
    return query.order_by(row.asked_at.desc(), row.id.desc())


def load(session: Session, practice_id: int) -> Offboarding | None:
    """Give the offboarding of a practice that leaves or has left; none when it stays, or was resumed."""
    row = session.execute(_query().where(OffboardingRow.practice_id == practice_id, IS_LEAVING)).first()
    return None if row is None else _facts(session, row)


def present_of(session: Session, practice_id: int) -> Offboarding:
    """Give the offboarding of a practice that surely leaves or has left."""
    row = session.execute(_query().where(OffboardingRow.practice_id == practice_id, IS_LEAVING)).one()
    return _facts(session, row)


def newest(session: Session, practice_id: int) -> Offboarding | None:
    """Give the newest offboarding of a practice, also one after which it was resumed."""
    row = session.execute(_query().where(OffboardingRow.practice_id == practice_id).limit(1)).first()
    return None if row is None else _facts(session, row)


def _facts(session: Session, row: Any) -> Offboarding:  # noqa: ANN401 - a row of any columns
    *stored, practice = row
    known: dict[str, Any] = dict(zip(_STORED, stored, strict=True))
    return Offboarding(
        **known,
        practice=practice,
        under_way=offboarding_stops.under_way(session, known["practice_id"]),
        is_held=is_held(session, known["practice_id"]),
    )


def step(session: Session, one: Offboarding, *which: Any, **new: object) -> bool:  # noqa: ANN401 - conditions of any shape
    """Write what happened, where the conditions still hold; False when they do not."""
    stepped = update(OffboardingRow).where(OffboardingRow.id == one.id, *which).values(**new)
    done = session.execute(stepped.returning(OffboardingRow.id).execution_options(synchronize_session=False))
    return done.first() is not None
