"""Work items: opened once per key, settled with an outcome, listed per role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.rules.decisions import Process
from models.rules.roles import Party, Role
from models.tables.practices import Practice
from models.tables.work_items import WorkItem


@dataclass(frozen=True, slots=True)
class NewWorkItem:
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
    """One open to-do with the short name of its practice."""

    practice: str
    key: str
    role: Role
    party: Party
    opened_at: datetime
    due_at: datetime | None


def open_items(session: Session, items: Sequence[NewWorkItem], *, as_of: datetime) -> None:
    """Open work items; one whose key is open already stays as it is."""
    if not items:
        return
    rows = [
        {
            "practice_id": item.practice_id,
            "process": item.process,
            "process_id": item.process_id,
            "key": item.key,
            "role": item.role,
            "party": item.party,
            "opened_at": as_of,
            "due_at": item.due_at,
            "closed_at": None,
            "outcome": "",
        }
        for item in items
    ]
    session.execute(_insert_unless_open(session), rows)


def _insert_unless_open(session: Session) -> Insert:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(WorkItem).on_conflict_do_nothing(
        index_elements=["process", "process_id", "key"], index_where=text("closed_at IS NULL")
    )


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


def open_for(session: Session, *, roles: Sequence[Role] = (), practice_id: int | None = None) -> list[OpenWorkItem]:
    """List open work items, the most urgent first; no roles means every role."""
    query = (
        select(Practice.key, WorkItem.key, WorkItem.role, WorkItem.party, WorkItem.opened_at, WorkItem.due_at)
        .join(Practice, Practice.id == WorkItem.practice_id)
        .where(WorkItem.closed_at.is_(None))
        .order_by(WorkItem.due_at.is_(None), WorkItem.due_at, WorkItem.id)
    )
    if roles:
        query = query.where(WorkItem.role.in_(roles))
    if practice_id is not None:
        query = query.where(WorkItem.practice_id == practice_id)
    return [OpenWorkItem(*row) for row in session.execute(query)]
