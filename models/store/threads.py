"""Conversations by text: one per number of a practice's, with its texts sealed, and the lines on which they come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.rules.decisions import Process
from models.rules.messages import Channel, MessageKind
from models.rules.texting import Line
from models.store.keys import keys_of
from models.store.message_stops import Place
from models.store.sets import among
from models.tables.base import new_id
from models.tables.feedback import FeedbackAttemptRow
from models.tables.messages import Message, MessageState
from models.tables.patients import PatientRow
from models.tables.practices import Practice
from models.tables.texting import TextLineRow, ThreadRow, ThreadTextRow

_Moments = Select[tuple[int, datetime]]
_OUT: Final = (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation; the number is opened only where it is needed."""

    id: int
    practice_id: int
    patient: int | None
    line: Line
    waits_for_us: bool
    newest_at: datetime
    place: Place
    address: str = field(default="", repr=False)


class ListedThread(NamedTuple):
    """One conversation as lists show it: numbers and counts, no words."""

    id: int
    practice: str
    patient: int | None
    line: Line
    waits_for_us: bool
    texts: int
    newest_at: datetime


class TextLine(NamedTuple):
    """A number (E.164) on which a practice takes texts."""

    id: int
    practice_id: int
    number: str
    line: Line


class NewText(NamedTuple):
    """One text to be kept; a text that came in names its event, one of ours its message and who wrote it."""

    words: str
    event: int | None = None
    message: int | None = None
    by: str = ""
    meaning: str = ""


def line_of(session: Session, number: str) -> TextLine | None:
    """Find the practice whose own line a number is (F-102)."""
    row = TextLineRow
    found = session.execute(select(row.id, row.practice_id, row.number, row.line).where(row.number == number)).first()
    return None if found is None else TextLine(*found)


def lines_of_practice(session: Session, practice_id: int) -> list[TextLine]:
    """List the lines of a practice."""
    row = TextLineRow
    query = select(row.id, row.practice_id, row.number, row.line).where(row.practice_id == practice_id)
    return [TextLine(*one) for one in session.execute(query.order_by(row.number))]


def add_line(session: Session, practice_id: int, number: str, line: Line, *, as_of: datetime) -> None:
    """Take texts on a number for a practice from now on."""
    session.add(TextLineRow(id=new_id(), practice_id=practice_id, number=number, line=line, since=as_of))
    session.flush()


def end_line(session: Session, line: int) -> None:
    """Take no more texts on a number; its conversations stay."""
    session.delete(session.get_one(TextLineRow, line))
    session.flush()


def last_texter(session: Session, known: Mapping[Place, Collection[int]]) -> Place | None:
    """Name the practice that texted a number last; else the one that knows it for the shortest time (F-100)."""
    by_practice = {place.practice_id: place for place in known}
    moments = dict[int, datetime]()
    for query in (_asked(session, known), _said(known)):
        for practice, moment in session.execute(query):
            moments[practice] = max(moment, moments.get(practice, moment))
    if not moments:
        everybody = [one for patients in known.values() for one in patients]
        query = (
            select(PatientRow.practice_id, func.max(PatientRow.created_at))
            .where(among(session, PatientRow.id, everybody))
            .group_by(PatientRow.practice_id)
        )
        moments = dict(session.execute(query).tuples().all())
    return by_practice[max(moments, key=lambda one: (moments[one], one))] if moments else None


def _asked(session: Session, known: Mapping[Place, Collection[int]]) -> _Moments:
    row, everybody = FeedbackAttemptRow, [one for patients in known.values() for one in patients]
    return (
        select(row.practice_id, func.max(row.at))
        .where(among(session, row.patient_id, everybody), row.channel == Channel.TEXT.value)
        .where(row.outcome.in_(("waiting", "sent", "unsure")))
        .group_by(row.practice_id)
    )


def _said(known: Mapping[Place, Collection[int]]) -> _Moments:
    return (
        select(ThreadRow.practice_id, func.max(Message.queued_at))
        .join(Message, Message.process_id == ThreadRow.id)
        .where(Message.process == Process.TEXTING, Message.state.in_(_OUT))
        .where(ThreadRow.practice_id.in_({place.practice_id for place in known}))
        .where(ThreadRow.address_index.in_({place.address_index for place in known}))
        .group_by(ThreadRow.practice_id)
    )


def open_thread(
    session: Session, place: Place, address: str, *, line: Line, patients: Collection[int] = (), as_of: datetime
) -> Thread:
    """Find the conversation of a practice with a number, or begin it; its practice is locked."""
    row = session.scalar(
        select(ThreadRow).where(
            ThreadRow.practice_id == place.practice_id, ThreadRow.address_index == place.address_index
        )
    )
    if row is None:
        number = new_id()
        sealed = keys_of(session, place.practice_id).seal(address, table="threads", column="address", row_id=number)
        row = ThreadRow(
            id=number,
            practice_id=place.practice_id,
            patient_id=next(iter(patients)) if len(patients) == 1 else None,
            address_index=place.address_index,
            address=sealed,
            line=line,
            newest_at=as_of,
        )
        session.add(row)
        session.flush()
    return _thread(session, row)


def find_thread(session: Session, number: int) -> Thread | None:
    """Open one conversation with its number; raises as `Keys.unseal`."""
    row = session.get(ThreadRow, number, populate_existing=True)
    return None if row is None else _thread(session, row)


def _thread(session: Session, row: ThreadRow) -> Thread:
    keys = keys_of(session, row.practice_id)
    return Thread(
        row.id,
        row.practice_id,
        row.patient_id,
        row.line,
        row.waits_for_us,
        row.newest_at,
        Place(row.practice_id, row.address_index),
        keys.unseal(row.address, table="threads", column="address", row_id=row.id),
    )


def keep_text(session: Session, thread: Thread, new: NewText, *, as_of: datetime) -> int:
    """Keep one text of a conversation, sealed; one that came in waits for us, one of ours ends that."""
    number, keys = new_id(), keys_of(session, thread.practice_id)
    session.add(
        ThreadTextRow(
            id=number,
            practice_id=thread.practice_id,
            thread_id=thread.id,
            is_incoming=new.event is not None,
            words=keys.seal(new.words, table="thread_texts", column="words", row_id=number),
            by=new.by,
            message_id=new.message,
            event_id=new.event,
            meaning=new.meaning,
            at=as_of,
        )
    )
    row = session.get_one(ThreadRow, thread.id)
    row.waits_for_us, row.newest_at = new.event is not None, as_of
    session.flush()
    return number


def has_written(session: Session, thread: int) -> bool:
    """Say whether a person ever wrote in a conversation."""
    query = select(ThreadTextRow.id).where(ThreadTextRow.thread_id == thread, ThreadTextRow.is_incoming).limit(1)
    return session.scalar(query) is not None


def close(session: Session, thread: int) -> None:
    """Wait no longer for an answer of ours."""
    session.get_one(ThreadRow, thread).waits_for_us = False
    session.flush()


def words_of(session: Session, message: int) -> str | None:
    """Open the words of a message of ours; none when there are none. Raises as `Keys.unseal`."""
    row = session.scalar(select(ThreadTextRow).where(ThreadTextRow.message_id == message))
    if row is None:
        return None
    return keys_of(session, row.practice_id).unseal(row.words, table="thread_texts", column="words", row_id=row.id)


def message_named(session: Session, thread: int, key: str) -> int:
    """Give the message of a conversation that was queued under a key."""
    query = select(Message.id).where(Message.process == Process.TEXTING, Message.process_id == thread)
    return session.scalars(query.where(Message.key == key, Message.kind == MessageKind.TEXT_REPLY)).one()


def list_threads(session: Session, *, practice: str = "", limit: int = 200) -> list[ListedThread]:
    """List conversations, those that wait for us first, then the newest first."""
    row = ThreadRow
    texts = select(func.count()).where(ThreadTextRow.thread_id == row.id).correlate(row).scalar_subquery()
    query = (
        select(row.id, Practice.key, row.patient_id, row.line, row.waits_for_us, texts, row.newest_at)
        .join(Practice, Practice.id == row.practice_id)
        .order_by(row.waits_for_us.desc(), row.newest_at.desc(), row.id)
        .limit(limit)
    )
    if practice:
        query = query.where(Practice.key == practice)
    return [ListedThread(*one) for one in session.execute(query)]
