"""The Message Center of a practice: its conversations by text, what waits first, and one of them with its words."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from models.rules.messages import Channel
from models.rules.texting import Line
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store import message_stops, text_commands, threads
from models.store.acting import people_named
from models.store.keys import keys_of
from models.store.message_stops import EVERYWHERE
from models.store.patients import load_patients, open_person
from models.store.sets import among
from models.store.threads import Thread
from models.tables.consent import StopRow
from models.tables.messages import Message, MessageState
from models.tables.texting import ThreadRow, ThreadTextRow

AT_ONCE: Final = 25
TEXTS_AT_ONCE: Final = 50


class Spot(NamedTuple):
    """A place in the list: what waits for us comes first, then the newest (UTC)."""

    waits: bool
    newest_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One conversation as the list shows it: with whom, on which line, and how its newest text begins."""

    spot: Spot
    line: Line
    is_undecided: bool
    name: str = field(repr=False)
    address: str = field(repr=False)
    words: str = field(repr=False)
    is_incoming: bool


class ListedPage(NamedTuple):
    """A page of the list; `later` is where the next one begins."""

    lines: list[Listed]
    later: Spot | None
    waiting: int


class Wanted(NamedTuple):
    """Which conversations a page shows."""

    only_waiting: bool = False
    line: Line | None = None
    after: Spot | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One text with its words; one of ours says by whom, and what became of it."""

    id: int
    is_incoming: bool
    words: str = field(repr=False)
    by: str
    name: str = field(repr=False)
    meaning: str
    state: MessageState | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation opened: the newest texts, older ones from `earlier` on, and whether an answer is allowed."""

    thread: Thread
    name: str = field(repr=False)
    texts: list[Text]
    earlier: int
    is_undecided: bool
    is_stopped: bool
    may_write: bool


def list_page(session: Session, practice_id: int, wanted: Wanted, *, at_once: int = AT_ONCE) -> ListedPage:
    """List a page of a practice's conversations, those that wait for us first, then the newest (F-100)."""
    after = wanted.after
    rows = list[ThreadRow]()
    if after is None or after.waits:
        rows += session.scalars(_part(practice_id, wanted, after, waits=True).limit(at_once + 1)).all()
    if not wanted.only_waiting and len(rows) <= at_once:
        rest = after if after is not None and not after.waits else None
        rows += session.scalars(_part(practice_id, wanted, rest, waits=False).limit(at_once + 1 - len(rows))).all()
    shown = rows[:at_once]
    last = shown[-1] if len(rows) > at_once else None
    counted = select(func.count()).where(ThreadRow.practice_id == practice_id, ThreadRow.waits_for_us)
    later = Spot(last.waits_for_us, last.newest_at, last.id) if last else None
    return ListedPage(_listed(session, practice_id, shown), later, session.scalar(counted) or 0)


def _part(practice_id: int, wanted: Wanted, after: Spot | None, *, waits: bool) -> Select[tuple[ThreadRow]]:
    row = ThreadRow
    query = select(row).where(row.practice_id == practice_id, row.waits_for_us.is_(waits))
    if wanted.line is not None:
        query = query.where(row.line == wanted.line)
    if after is not None:
        beside = and_(row.newest_at == after.newest_at, row.id > after.id)
        query = query.where(or_(row.newest_at < after.newest_at, beside))
    return query.order_by(row.newest_at.desc(), row.id)


def _listed(session: Session, practice_id: int, rows: Sequence[ThreadRow]) -> list[Listed]:
    keys, found = keys_of(session, practice_id), []
    names = names_of(session, keys, [row.patient_id for row in rows if row.patient_id is not None])
    newest = _newest_texts(session, [row.id for row in rows])
    undecided = _undecided(session, practice_id, [row.address_index for row in rows])
    for row in rows:
        text = newest.get(row.id)
        found.append(
            Listed(
                Spot(row.waits_for_us, row.newest_at, row.id),
                row.line,
                row.address_index in undecided,
                names.get(row.patient_id or 0, ""),
                keys.shown(row.address, table="threads", column="address", row_id=row.id),
                keys.shown(text.words, table="thread_texts", column="words", row_id=text.id) if text else "",
                is_incoming=bool(text and text.is_incoming),
            )
        )
    return found


def _undecided(session: Session, practice_id: int, addresses: Collection[str]) -> set[str]:
    """Choose the addresses about whose stop a person has to decide (F-205)."""
    row = StopRow
    query = select(row.address_index).where(row.practice_id == practice_id, row.address_index.in_(addresses))
    return set(session.scalars(query.where(*_is_undecided())))


def _is_undecided() -> tuple[ColumnElement[bool], ...]:
    is_open = StopRow.lifted_at.is_(None)
    return StopRow.channel == Channel.TEXT, is_open, or_(StopRow.is_doubtful, StopRow.is_flagged)


def _newest_texts(session: Session, ids: Collection[int]) -> dict[int, ThreadTextRow]:
    row = ThreadTextRow
    last = (
        select(row.id)
        .where(row.thread_id == ThreadRow.id)
        .order_by(row.at.desc(), row.id.desc())
        .limit(1)
        .correlate(ThreadRow)
        .scalar_subquery()
    )
    query = select(row).join(ThreadRow, ThreadRow.id == row.thread_id).where(among(session, ThreadRow.id, ids))
    return {one.thread_id: one for one in session.scalars(query.where(row.id == last))}


def names_of(session: Session, keys: Keys, patients: Collection[int]) -> dict[int, str]:
    """Open patients' names; one that cannot be read any more is left out."""
    found = dict[int, str]()
    for number, row in load_patients(session, patients).items():
        with suppress(KeyDestroyedError, SealBrokenError):
            person = open_person(keys, row)
            found[number] = f"{person.first} {person.last}".strip()
    return found


def has_conversation(session: Session, practice_id: int, number: int) -> bool:
    """Say whether a number is one of a practice's own conversations."""
    row = session.get(ThreadRow, number)
    return row is not None and row.practice_id == practice_id


def find_conversation(session: Session, practice_id: int, number: int, *, before: int = 0) -> Conversation | None:
    """Open one conversation of a practice with its words, the newest or those before a text (F-101).

    Raises:
        KeyDestroyedError: the practice's key is gone, and with it who the conversation was with.
    """
    if not has_conversation(session, practice_id, number):
        return None
    try:
        thread = threads.find_thread(session, number)
    except SealBrokenError:
        return None
    if thread is None:
        return None
    keys = keys_of(session, practice_id)
    texts, earlier = _texts(session, keys, thread, before)
    names = names_of(session, keys, [thread.patient] if thread.patient is not None else [])
    places = message_stops.places_of(session, thread.address, Channel.TEXT, [practice_id, EVERYWHERE])
    stops = [stop for place in places.values() if (stop := message_stops.present_stop(session, place))]
    return Conversation(
        thread,
        names.get(thread.patient or 0, ""),
        texts,
        earlier,
        is_undecided=any(stop.is_doubtful or stop.is_flagged for stop in stops),
        is_stopped=bool(stops),
        may_write=not stops and text_commands.may_write(session, thread),
    )


def _texts(session: Session, keys: Keys, thread: Thread, before: int) -> tuple[list[Text], int]:
    row = ThreadTextRow
    query = select(row, Message.state).outerjoin(Message, Message.id == row.message_id)
    query = query.where(row.thread_id == thread.id)
    mark = session.get(row, before) if before else None
    if mark is not None and mark.thread_id == thread.id:
        query = query.where(or_(row.at < mark.at, and_(row.at == mark.at, row.id < mark.id)))
    found = session.execute(query.order_by(row.at.desc(), row.id.desc()).limit(TEXTS_AT_ONCE + 1)).all()
    shown = found[:TEXTS_AT_ONCE]
    people = _people(session, keys, thread.practice_id, {text.by for text, _ in shown if text.by})
    texts = [
        Text(
            text.id,
            text.is_incoming,
            keys.shown(text.words, table="thread_texts", column="words", row_id=text.id),
            text.by,
            people.get(text.by, text.by),
            text.meaning,
            state,
            text.at,
        )
        for text, state in reversed(shown)
    ]
    return texts, shown[-1][0].id if len(found) > TEXTS_AT_ONCE else 0


def _people(session: Session, keys: Keys, practice_id: int, wanted: Collection[str]) -> dict[str, str]:
    """Name the people of a practice by the words under which they wrote."""
    found = people_named(session, practice_id, wanted)
    opened = {word: keys.shown(row.name, table="people", column="name", row_id=row.id) for word, row in found.items()}
    return {word: name for word, name in opened.items() if name}
