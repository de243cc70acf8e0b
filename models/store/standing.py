"""What stands of processes and is changed by decisions: timers and messages called off, work items settled, in sets."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, select, text
from sqlalchemy.orm import Session

from models.rules.decisions import CancelMessages, CancelTimers, Process
from models.store.messages import QUEUED, UNSURE
from models.store.sets import Named, listed, prepared, update_rows
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
    rows = dict[int, tuple[Any, ...]]()
    for row, one in _found(session, _pending_timers, changes):
        if any(gone.kind in ("", row.kind) and gone.subject in ("", row.subject) for gone in one.timers):
            rows.setdefault(row.id, (TimerState.CANCELLED, one.because, None, row.id))
    update_rows(session, Timer, ("state", "because", "lease_until", "id"), list(rows.values()))


def _call_off_messages(session: Session, changes: Sequence[Standing], *, as_of: datetime) -> None:
    """Cancel what is queued; what is under way is not called back, but neither tried again nor replayed."""
    rows, unsure = dict[int, tuple[Any, ...]](), set[int]()
    for row, one in _found(session, _open_messages, changes):
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
    rows = dict[int, tuple[Any, ...]]()
    for row, one in _found(session, _open_items, changes):
        if row.key in one.items:
            rows.setdefault(row.id, (as_of, one.items[row.key], row.id))
    update_rows(session, WorkItem, ("closed_at", "outcome", "id"), list(rows.values()))


@prepared
def _pending_timers(named: Named) -> Select[Any]:
    row = _TIMERS.c
    query = select(row.id, row.process_id, row.kind, row.subject)
    query = query.where(row.process == bindparam("process"), named(row.process_id), _IS_PENDING)
    return query.order_by(row.id).with_for_update()


@prepared
def _open_messages(named: Named) -> Select[Any]:
    row = _MESSAGES.c
    query = select(row.id, row.process_id, row.kind, row.subject, row.to_person, row.state)
    query = query.where(row.process == bindparam("process"), named(row.process_id))
    return query.where(row.state.in_((*QUEUED, *UNSURE))).order_by(row.id).with_for_update()


@prepared
def _open_items(named: Named) -> Select[Any]:
    row = _ITEMS.c
    query = select(row.id, row.process_id, row.key)
    query = query.where(
        row.process == bindparam("process"), named(row.process_id), text("work_items.closed_at IS NULL")
    )
    return query.order_by(row.id).with_for_update()


def _found(
    session: Session, wanted: Callable[[Session], Select[Any]], changes: Sequence[Standing]
) -> Iterator[tuple[Row[Any], Standing]]:
    """Give every row of the changed processes with each decision about it, in the order of the decisions."""
    by_process: dict[Process, dict[int, list[Standing]]] = defaultdict(lambda: defaultdict(list))
    for one in changes:
        by_process[one.process][one.process_id].append(one)
    for process, mine in by_process.items():
        for row in session.execute(wanted(session), listed(session, mine) | {"process": process}).all():
            for one in mine[row.process_id]:
                yield row, one
