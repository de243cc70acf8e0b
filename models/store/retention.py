"""Purging of words whose period is over: what a class is in the database, counted, and blanked in batches."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Column, ColumnElement, and_, exists, func, insert, select, update
from sqlalchemy.orm import Session

from models.rules.reputation_private import AnswerState
from models.rules.retention import Kept
from models.store import events, provider_events
from models.store.legal_holds import is_held
from models.store.sealed_places import Place
from models.tables.base import Base, new_id
from models.tables.keeping import KeepingKind, KeepingRun
from models.tables.messages import MessageState
from models.tables.practice_systems import PushState

_T: Final = Base.metadata.tables
_SETTLED: Final = (MessageState.SENT, MessageState.REFUSED, MessageState.DEAD, MessageState.CANCELLED)
_UNWRITTEN: Final = (PushState.PENDING, PushState.CLAIMED, PushState.SENDING, PushState.UNKNOWN)
_OPEN_ANSWER: Final = (AnswerState.DRAFT, AnswerState.CHECKED)


class Outlived(NamedTuple):
    """Where a class lies, and which of its rows no open matter needs once they are older than a moment (UTC)."""

    kind: Kept
    place: Place
    is_over: Callable[[datetime], ColumnElement[bool]]

    @property
    def sealed(self) -> Column[str]:
        """The column that is blanked."""
        return self.place.rows.c[self.place.column]

    def chosen(self, before: datetime) -> ColumnElement[bool]:
        """Choose what is purged."""
        return and_(self.sealed != "", self.is_over(before))


def _reports(before: datetime) -> ColumnElement[bool]:
    """Choose reports that were acted upon; those that wait for a person stay."""
    row = _T["provider_events"].c
    is_for_people = (row.outcome == provider_events.UNATTRIBUTED) | row.outcome.startswith(provider_events.FAILED)
    return and_(row.handled_at < before, ~is_for_people)


def _changes(before: datetime) -> ColumnElement[bool]:
    return _T["dead_changes"].c.settled_at < before


def _requests(before: datetime) -> ColumnElement[bool]:
    """Choose requests for times that are long past, with nothing left to be written or done about them."""
    row, visit, push, item = (_T[name].c for name in ("appointment_requests", "appointments", "pushes", "work_items"))
    is_past = exists().where(visit.id == row.appointment_id, visit.ends_at < before)
    is_written = exists().where(push.appointment_id == row.appointment_id, push.state.in_(_UNWRITTEN))
    is_asked = exists().where(
        item.process == "appointment", item.process_id == row.appointment_id, item.closed_at.is_(None)
    )
    return and_(is_past, ~is_written, ~is_asked)


def _conversations(before: datetime) -> ColumnElement[bool]:
    """Choose texts of conversations in which nobody waits for us, except ones that are still to be sent."""
    row, thread = _T["thread_texts"].c, _T["threads"].c
    waits = exists().where(thread.id == row.thread_id, thread.waits_for_us)
    return and_(row.at < before, ~waits, ~_is_to_be_sent(row.message_id))


def _feedback(before: datetime) -> ColumnElement[bool]:
    """Choose words of patients whom nobody is about to answer."""
    row, answer = _T["feedback_answers"].c, _T["private_answers"].c
    is_open = exists().where(answer.request_id == row.request_id, answer.state.in_(_OPEN_ANSWER))
    return and_(row.answered_at < before, ~is_open)


def _answers(before: datetime) -> ColumnElement[bool]:
    row, answered = _T["private_answers"].c, _T["feedback_answers"].c
    is_old = exists().where(answered.request_id == row.request_id, answered.answered_at < before)
    return and_(is_old, row.state.not_in(_OPEN_ANSWER), ~_is_to_be_sent(row.message_id))


def _is_to_be_sent(message: ColumnElement[int]) -> ColumnElement[bool]:
    row = _T["messages"].c
    return exists().where(row.id == message, row.state.not_in(_SETTLED))


OUTLIVED: Final = (
    Outlived(Kept.REPORTS, Place("provider_events", "content", owner=""), _reports),
    Outlived(Kept.CHANGES, Place("dead_changes", "content"), _changes),
    Outlived(Kept.REQUESTS, Place("appointment_requests", "details", "appointment_id"), _requests),
    Outlived(Kept.CONVERSATIONS, Place("thread_texts", "words"), _conversations),
    Outlived(Kept.FEEDBACK, Place("feedback_answers", "words", "request_id"), _feedback),
    Outlived(Kept.FEEDBACK, Place("private_answers", "words"), _answers),
)


def outlived(session: Session, one: Outlived, *, before: datetime) -> dict[int | None, int]:
    """Count what may be purged by practice, without those under a legal hold; None is the installation."""
    if not one.place.owner:
        count = session.scalar(select(func.count()).select_from(one.place.rows).where(one.chosen(before))) or 0
        return {None: count} if count and not is_held(session, None) else {}
    owner = one.place.rows.c[one.place.owner]
    rows = session.execute(select(owner, func.count()).where(one.chosen(before)).group_by(owner).order_by(owner))
    return {practice: count for practice, count in rows if not is_held(session, practice)}


def purge_batch(session: Session, one: Outlived, practice: int | None, *, before: datetime, limit: int) -> int:
    """Blank up to `limit` values of a practice; gives how many, none while it is under a legal hold."""
    if practice is not None:
        events.lock_practices(session, [practice])
    if is_held(session, practice):
        return 0
    number = one.place.rows.c[one.place.number]
    chosen = select(number).where(one.chosen(before)).order_by(number).limit(limit)
    if practice is not None:
        chosen = chosen.where(one.place.rows.c[one.place.owner] == practice)
    numbers = session.scalars(chosen).all()
    gone = update(one.place.rows).where(number.in_(numbers), one.chosen(before)).values({one.place.column: ""})
    return len(session.execute(gone.returning(number)).all())


def note_run(session: Session, kind: KeepingKind, counts: dict[str, int], *, as_of: datetime) -> None:
    """Write down that a purge or a drill came to its end."""
    session.execute(insert(KeepingRun), [{"id": new_id(), "kind": kind, "ran_at": as_of, "counts": counts}])


def last_run(session: Session, kind: KeepingKind) -> datetime | None:
    """Say when (UTC) a purge or a drill came to its end last; None before the first."""
    return session.scalar(select(func.max(KeepingRun.ran_at)).where(KeepingRun.kind == kind))
