"""Milestones to be told: put up with their line of the history, taken down once they were told."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.rules.decisions import Process
from models.store.sets import insert_rows
from models.tables.announcements import Announcement
from models.tables.practices import Practice

Row = tuple[str, int, Process, int, str, datetime]
_NAMES: Final = ("mark", "practice_id", "process", "process_id", "kind", "at")


class Untold(NamedTuple):
    """One milestone; `practice` is the short name, `number` that of the journey or appointment, `at` UTC."""

    mark: str
    practice: str
    process: Process
    number: int
    kind: str
    at: datetime


def put_up(session: Session, rows: Sequence[Row]) -> None:
    """Write milestones down in the transaction of their lines, so that none is told that was rolled back."""
    insert_rows(session, Announcement, _NAMES, rows)


def untold(session: Session, *, limit: int) -> list[Untold]:
    """Give what is to be told, the oldest first."""
    row = Announcement
    columns = (row.mark, Practice.key, row.process, row.process_id, row.kind, row.at)
    query = select(*columns).join(Practice, Practice.id == row.practice_id).order_by(row.at, row.mark).limit(limit)
    return [Untold(*one) for one in session.execute(query)]


def take_down(session: Session, marks: Collection[str]) -> int:
    """Forget what was told; gives how many nobody else had forgotten."""
    gone = delete(Announcement).where(Announcement.mark.in_(marks)).returning(Announcement.mark)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())
