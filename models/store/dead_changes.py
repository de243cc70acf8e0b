"""Changes that could not be taken in: kept sealed, listed, and taken in again once a person says so."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from models.inputs.practice_system import SystemAppointment, VisitType
from models.rules.appointments import Status
from models.store.keys import keys_of
from models.store.sets import among
from models.store.system_changes import Taken, added, fingerprint_of, take_in
from models.tables.base import new_id
from models.tables.practice_systems import DeadChangeRow


def bury(session: Session, practice_id: int, one: SystemAppointment, problem: str, *, as_of: datetime) -> None:
    """Keep a change that could not be taken in, sealed, for a person to replay."""
    row_id = new_id()
    content = json.dumps(plain_of(one))
    fingerprint = fingerprint_of((content,))
    known = session.scalar(
        select(DeadChangeRow).where(
            DeadChangeRow.practice_id == practice_id,
            DeadChangeRow.system_id == one.id,
            DeadChangeRow.fingerprint == fingerprint,
        )
    )
    if known is not None:
        known.tries, known.problem, known.settled_at = known.tries + 1, problem[:60], None
        return
    sealed = keys_of(session, practice_id).seal(content, table="dead_changes", column="content", row_id=row_id)
    session.add(
        DeadChangeRow(
            id=row_id,
            practice_id=practice_id,
            system_id=one.id,
            fingerprint=fingerprint,
            content=sealed,
            problem=problem[:60],
            seen_at=as_of,
        )
    )


def plain_of(one: SystemAppointment) -> dict[str, Any]:
    """Write a seen appointment as JSON, without its notes."""
    return {
        "id": one.id,
        "status": one.status.value,
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat(),
        "modified_at": one.modified_at.isoformat(),
        "provider": one.provider,
        "location": one.location,
        "patient": one.patient,
        "word": one.word,
        "reason": one.reason,
        "visit": one.visit.value,
        "by_name": one.by_name,
        "is_group": one.is_group,
    }


def seen_of(plain: Mapping[str, Any]) -> SystemAppointment:
    """Read a seen appointment from its JSON."""
    read: dict[str, Any] = dict(plain)
    read |= {name: datetime.fromisoformat(plain[name]) for name in ("starts_at", "ends_at", "modified_at")}
    read |= {"status": Status(plain["status"]), "visit": VisitType(plain["visit"])}
    return SystemAppointment(**read)


def list_dead(session: Session, *, practice_id: int | None = None, limit: int = 200) -> Sequence[DeadChangeRow]:
    """List changes that could not be taken in."""
    query = select(DeadChangeRow).where(DeadChangeRow.settled_at.is_(None)).order_by(DeadChangeRow.seen_at).limit(limit)
    return session.scalars(
        query if practice_id is None else query.where(DeadChangeRow.practice_id == practice_id)
    ).all()


def open_dead_change(session: Session, row: DeadChangeRow) -> SystemAppointment:
    """Open a change that was kept."""
    keys = keys_of(session, row.practice_id)
    return seen_of(json.loads(keys.unseal(row.content, table="dead_changes", column="content", row_id=row.id)))


def take_in_each(session: Session, practice_id: int, seen: Sequence[SystemAppointment], *, as_of: datetime) -> Taken:
    """Take in one after the other, each behind a savepoint: one that fails is kept as a dead letter."""
    total = Taken()
    for one in seen:
        try:
            with session.begin_nested():
                total = added(total, take_in(session, practice_id, [one], as_of=as_of))
        except (IntegrityError, DataError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            bury(session, practice_id, one, type(error).__name__, as_of=as_of)
            total = added(total, Taken(dead=1))
    return total


def take_in_again(session: Session, ids: Collection[int], *, as_of: datetime) -> dict[int, bool]:
    """Take dead changes in once more, each by itself; says by number whether that is settled now.

    What may be a request of ours that is still on its way stays until that is known.
    """
    query = select(DeadChangeRow).where(among(session, DeadChangeRow.id, ids), DeadChangeRow.settled_at.is_(None))
    settled = {}
    for row in session.scalars(query).all():
        taken = take_in_each(session, row.practice_id, [open_dead_change(session, row)], as_of=as_of)
        settled[row.id] = not (taken.dead or taken.deferred)
        row.settled_at = as_of if settled[row.id] else None
    return settled
