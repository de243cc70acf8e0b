"""What is to be done, by whom and by when: for the pages as values, for artifacts as plain rows of keys and days."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.reports.onboarding_views import Task
from models.rules.calendars import local_day
from models.rules.decisions import Process
from models.rules.roles import Role
from models.store.work_items import OpenWorkItem, open_for
from models.tables.enrollment import PayerRow
from models.tables.practices import Practice

NOTHING: Final[Mapping[str, str]] = {}


def payers_of(session: Session, items: Collection[OpenWorkItem]) -> dict[str, str]:
    """Name the payers that work items of enrollments are about, by key."""
    keys = {_payer(item) for item in items if item.process is Process.ENROLLMENT}
    if not keys:
        return {}
    return dict(session.execute(select(PayerRow.key, PayerRow.name).where(PayerRow.key.in_(keys))).tuples().all())


def _payer(item: OpenWorkItem) -> str:
    return item.key.partition(".")[2].rpartition(":")[0]


def task_view(item: OpenWorkItem, zone: str, *, payers: Mapping[str, str] = NOTHING, as_of: datetime) -> Task:
    """Show one open work item with its local days; `payers` as `payers_of` names them."""
    return Task(
        practice=item.practice,
        key=item.key,
        role=item.role,
        party=item.party,
        opened_on=local_day(item.opened_at, zone),
        due_on=None if item.due_at is None else local_day(item.due_at, zone),
        is_late=item.due_at is not None and item.due_at < as_of,
        appointment=item.process_id if item.process is Process.APPOINTMENT else 0,
        payer=payers.get(_payer(item), "") if item.process is Process.ENROLLMENT else "",
    )


def open_tasks(session: Session, *, roles: Collection[Role] = (), as_of: datetime) -> list[Task]:
    """List what some roles, or all of them, have to do, the most urgent first; days are the practice's local ones."""
    zones = {row.key: row.zone for row in session.execute(select(Practice.key, Practice.zone))}
    found = open_for(session, roles=tuple(roles))
    payers = payers_of(session, found)
    return [task_view(item, zones[item.practice], payers=payers, as_of=as_of) for item in found]


def work_list(session: Session, *, roles: Collection[Role] = (), as_of: datetime) -> list[dict[str, str]]:
    """Give open tasks as plain rows for an artifact."""
    return [
        {
            "practice": task.practice,
            "task": task.key,
            "role": task.role.value,
            "waiting for": task.party.value,
            "open since": str(task.opened_on),
            "due": str(task.due_on or ""),
            "late": "late" if task.is_late else "",
        }
        for task in open_tasks(session, roles=roles, as_of=as_of)
    ]
