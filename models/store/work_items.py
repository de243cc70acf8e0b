"""Work items: opened once per key, settled with an outcome, listed per role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.rules.decisions import Process
from models.rules.roles import Party, Role
from models.store.sets import insert_rows, update_rows
from models.tables.practices import Practice
from models.tables.work_items import WorkItem


class NewWorkItem(NamedTuple):
    """One to-do to be opened."""

    practice_id: int
    process: Process
    process_id: int
    key: str
    role: Role
    party: Party
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenWorkItem:
    """One open to-do with the short name of its practice, and what it belongs to: a journey, an appointment."""

    practice: str
    key: str
    role: Role
    party: Party
    opened_at: datetime
    due_at: datetime | None
    process: Process
    process_id: int


def open_items(session: Session, items: Sequence[NewWorkItem], *, as_of: datetime) -> None:
    """Open work items; one whose key is open already stays as it is."""
    names = (*NewWorkItem._fields, "opened_at")
    unless = "(process, process_id, key) WHERE closed_at IS NULL"
    rows = [(*item, as_of) for item in items]
    insert_rows(session, WorkItem, names, rows, constants={"outcome": ""}, unless=unless)


def settle(session: Session, *, process: Process, process_id: int, outcomes: dict[str, str], as_of: datetime) -> None:
    """Close the open work items with these keys, each with its outcome."""
    for outcome in sorted(set(outcomes.values())):
        keys = [key for key, word in outcomes.items() if word == outcome]
        session.execute(
            update(WorkItem)
            .where(WorkItem.process == process, WorkItem.process_id == process_id)
            .where(WorkItem.key.in_(keys), WorkItem.closed_at.is_(None))
            .values(closed_at=as_of, outcome=outcome)
            .execution_options(synchronize_session=False)
        )


def settle_all(session: Session, *, process: Process, process_id: int, outcome: str, as_of: datetime) -> None:
    """Close every open work item of a process."""
    session.execute(
        update(WorkItem)
        .where(WorkItem.process == process, WorkItem.process_id == process_id, WorkItem.closed_at.is_(None))
        .values(closed_at=as_of, outcome=outcome)
        .execution_options(synchronize_session=False)
    )


def shift(session: Session, *, process: Process, process_id: int, span: timedelta, as_of: datetime) -> None:
    """Move the due dates of open work items by the span for which their process stood still until `as_of` (O-45).

    One that was opened meanwhile moves only by as long as it stood still itself.
    """
    query = (
        select(WorkItem.id, WorkItem.due_at, WorkItem.opened_at)
        .where(WorkItem.process == process, WorkItem.process_id == process_id)
        .where(WorkItem.closed_at.is_(None), WorkItem.due_at.is_not(None))
    )
    moved = [
        (due_at + min(span, as_of - opened_at), item)
        for item, due_at, opened_at in session.execute(query)
        if due_at is not None
    ]
    update_rows(session, WorkItem, ("due_at", "id"), moved)


def open_for(session: Session, *, roles: Sequence[Role] = (), practice_id: int | None = None) -> list[OpenWorkItem]:
    """List open work items, the most urgent first; no roles means every role."""
    query = (
        select(
            Practice.key,
            WorkItem.key,
            WorkItem.role,
            WorkItem.party,
            WorkItem.opened_at,
            WorkItem.due_at,
            WorkItem.process,
            WorkItem.process_id,
        )
        .join(Practice, Practice.id == WorkItem.practice_id)
        .where(WorkItem.closed_at.is_(None))
        .order_by(WorkItem.due_at.is_(None), WorkItem.due_at, WorkItem.id)
    )
    if roles:
        query = query.where(WorkItem.role.in_(roles))
    if practice_id is not None:
        query = query.where(WorkItem.practice_id == practice_id)
    return [OpenWorkItem(*row) for row in session.execute(query)]
