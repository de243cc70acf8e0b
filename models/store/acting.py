"""Who acts: one of our staff or a practice's person, never both under one word; and who saved a calendar last."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.acting import is_person, key_in, word_of_person
from models.rules.decisions import Process, Refusal
from models.store.calendars import Calendar
from models.tables.events import Event
from models.tables.practices import Person, Practice, Staff

UNKNOWN_ACTOR: Final = (
    "There is nobody with the key {}, neither of our staff nor of this practice; write who is acting."
)
HAS_LEFT: Final = (
    "The key {0} belongs to one of our staff who has left; for the practice's own person write person:{0}."
)
UNKNOWN_PRACTICE: Final = "There is no practice with the key {}; start its journey from an intake first."


def who_acts(session: Session, practice_id: int, by: str) -> Staff | Person | None:
    """Find who acts under a word: a key of our staff is theirs alone, a person's equal key is marked as a person's."""
    if not is_person(by):
        staff = session.scalar(select(Staff).where(Staff.key == by))
        if staff is not None:
            return staff if staff.is_active else None
    return session.scalar(select(Person).where(Person.practice_id == practice_id, Person.key == key_in(by)))


def acting_in(session: Session, practice: str, by: str) -> Practice | Refusal:
    """Find the practice in which somebody acts, one of our staff or of its own people."""
    found = session.scalar(select(Practice).where(Practice.key == practice))
    if found is None:
        return Refusal("unknown_practice", UNKNOWN_PRACTICE.format(practice))
    return refuse_stranger(session, found.id, by) or found


def refuse_stranger(session: Session, practice_id: int, by: str) -> Refusal | None:
    """Refuse who is neither of our staff nor one of the practice's people."""
    if who_acts(session, practice_id, by) is not None:
        return None
    is_gone = session.scalar(select(Staff.id).where(Staff.key == by)) is not None
    return Refusal("unknown_actor", (HAS_LEFT if is_gone else UNKNOWN_ACTOR).format(by))


def shared_keys(session: Session, keys: Collection[str]) -> frozenset[str]:
    """Choose the keys that one of our staff has, or had."""
    return frozenset(session.scalars(select(Staff.key).where(Staff.key.in_(sorted(keys)))))


def people_named(session: Session, practice_id: int, words: Collection[str]) -> dict[str, Person]:
    """Find a practice's people by the words under which they acted; a key of our staff means none of them."""
    keys = {key_in(word) for word in words}
    shared = shared_keys(session, keys)
    query = select(Person).where(Person.practice_id == practice_id, Person.key.in_(sorted(keys)))
    found = {word_of_person(row.key, is_shared=row.key in shared): row for row in session.scalars(query)}
    return {word: row for word, row in found.items() if word in words}


def last_saved(session: Session, calendar: Calendar) -> tuple[str, datetime] | None:
    """Say who saved the present version of a calendar, and when (UTC)."""
    practice = calendar.place.practice_id
    query = select(Event.actor, Event.at).where(
        Event.process == Process.PRACTICE,
        Event.process_id == practice,
        Event.key == f"calendar:{calendar.id}:{calendar.version}#0",
    )
    found = session.execute(query).first()
    return None if found is None else (found.actor, found.at)
