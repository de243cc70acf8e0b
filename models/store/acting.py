"""Who acts: whether a key belongs to somebody who may, and who saved a calendar last."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.decisions import Process, Refusal
from models.store.calendars import Calendar
from models.store.practices import active_staff
from models.tables.events import Event
from models.tables.practices import Person, Practice

UNKNOWN_ACTOR: Final = (
    "There is nobody with the key {}, neither of our staff nor of this practice; write who is acting."
)
UNKNOWN_PRACTICE: Final = "There is no practice with the key {}; start its journey from an intake first."


def acting_in(session: Session, practice: str, by: str) -> Practice | Refusal:
    """Find the practice in which somebody acts, one of our staff or of its own people."""
    found = session.scalar(select(Practice).where(Practice.key == practice))
    if found is None:
        return Refusal("unknown_practice", UNKNOWN_PRACTICE.format(practice))
    return refuse_stranger(session, found.id, by) or found


def refuse_stranger(session: Session, practice_id: int, by: str) -> Refusal | None:
    """Refuse who is neither of our staff nor one of the practice's people."""
    query = select(Person.id).where(Person.practice_id == practice_id, Person.key == by)
    if by in active_staff(session) or session.execute(query).first() is not None:
        return None
    return Refusal("unknown_actor", UNKNOWN_ACTOR.format(by))


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
