"""What stands of processes and is changed by decisions: timers and messages called off, work items settled, in sets."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Row, TextClause, select, text
from sqlalchemy.orm import Session

from models.rules.decisions import CancelMessages, CancelTimers, Process
from models.store.messages import QUEUED, UNSURE
from models.store.sets import among, update_rows
from models.tables.base import Base
from models.tables.messages import Message, MessageState
from models.tables.timers import Timer, TimerState
from models.tables.work_items import WorkItem

_TIMERS, _MESSAGES, _ITEMS = (one.metadata.tables[one.__tablename__] for one in (Timer, Message, WorkItem))
# written into the SQL, since a partial index is used only where the statement itself says what the index says
_IS_PENDING = text("timers.state IN ('open', 'held')")


class Standing(NamedTuple):
    """What one decision changes of what stands, and its key, which is written down as the cause."""

    process: Process
    process_id: int
    because: str
    timers: Sequence[CancelTimers] = ()
    messages: Sequence[CancelMessages] = ()
    items: Mapping[str, str] = {}


def call_off(session: Session, changes: Sequence[Standing], *, as_of: datetime) -> None:
    """Change what stands, with a few statements for any number of decisions; the rows are locked until the commit."""
    _call_off_timers(session, [one for one in changes if one.timers])
    _call_off_messages(session, [one for one in changes if one.messages], as_of=as_of)
    _settle_items(session, [one for one in changes if one.items], as_of=as_of)


def _call_off_timers(session: Session, changes: Sequence[Standing]) -> None:
    columns = (_TIMERS.c.id, _TIMERS.c.process_id, _TIMERS.c.kind, _TIMERS.c.subject)
    rows = dict[int, tuple[Any, ...]]()
    for row, one in _found(session, Timer, columns, changes, _IS_PENDING):
        if any(gone.kind in ("", row.kind) and gone.subject in ("", row.subject) for gone in one.timers):
            rows.setdefault(row.id, (TimerState.CANCELLED, one.because, None, row.id))
    update_rows(session, Timer, ("state", "because", "lease_until", "id"), list(rows.values()))


def _call_off_messages(session: Session, changes: Sequence[Standing], *, as_of: datetime) -> None:
    """Cancel what is queued; what is under way is not called back, but neither tried again nor replayed."""
    names = ("id", "process_id", "kind", "subject", "to_person", "state")
    rows, unsure = dict[int, tuple[Any, ...]](), set[int]()
    is_open = _MESSAGES.c.state.in_((*QUEUED, *UNSURE))
    for row, one in _found(session, Message, [_MESSAGES.c[name] for name in names], changes, is_open):
        if not any(_silences(quiet, row) for quiet in one.messages):
            continue
        if row.state in UNSURE:
            unsure.add(row.id)
        else:
            rows.setdefault(row.id, (MessageState.CANCELLED, one.because[:60], as_of, None, row.id))
    update_rows(session, Message, ("state", "outcome", "settled_at", "lease_until", "id"), list(rows.values()))
    never_again = [(MessageState.CANCELLED, number) for number in sorted(unsure)]
    update_rows(session, Message, ("on_retry", "id"), never_again)


def _silences(quiet: CancelMessages, row: Row[Any]) -> bool:
    is_named = (not quiet.kinds or row.kind in quiet.kinds) and quiet.subject in ("", row.subject)
    return is_named and quiet.person in ("", row.to_person) and row.kind not in quiet.keep


def _settle_items(session: Session, changes: Sequence[Standing], *, as_of: datetime) -> None:
    columns = (_ITEMS.c.id, _ITEMS.c.process_id, _ITEMS.c.key)
    is_open = text("work_items.closed_at IS NULL")
    rows = dict[int, tuple[Any, ...]]()
    for row, one in _found(session, WorkItem, columns, changes, is_open):
        if row.key in one.items:
            rows.setdefault(row.id, (as_of, one.items[row.key], row.id))
    update_rows(session, WorkItem, ("closed_at", "outcome", "id"), list(rows.values()))


def _found(
    session: Session,
    table: type[Base],
    columns: Sequence[Column[Any]],
    changes: Sequence[Standing],
    is_open: ColumnElement[bool] | TextClause,
) -> Iterator[tuple[Row[Any], Standing]]:
    """Give every row of the changed processes with each decision about it, in the order of the decisions."""
    by_process: dict[Process, dict[int, list[Standing]]] = defaultdict(lambda: defaultdict(list))
    for one in changes:
        by_process[one.process][one.process_id].append(one)
    rows = table.metadata.tables[table.__tablename__]
    for process, mine in by_process.items():
        query = select(*columns).where(rows.c.process == process, among(session, rows.c.process_id, mine), is_open)
        for row in session.execute(query.order_by(rows.c.id).with_for_update()).all():
            for one in mine[row.process_id]:
                yield row, one
