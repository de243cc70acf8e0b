"""The person behind the key that somebody acts under: two keys with one mail address are one person."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from models.rules.decisions import Refusal
from models.store.acting import acting_in, who_acts
from models.store.keys import keys_of
from models.tables.practices import Person


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts for a practice: the key used, and a mark of the person behind it, whatever other keys that one has."""

    practice_id: int
    key: str
    mark: str = field(repr=False)


def actor_of(session: Session, practice: str, by: str) -> Actor | Refusal:
    """Say who acts for a practice, one of our staff or of its own people; raises as `Keys.unseal`."""
    found = acting_in(session, practice, by)
    if isinstance(found, Refusal):
        return found
    keys = keys_of(session, found.id)
    mail = keys_mail(session, found.id, by)
    mark = keys.blind(mail, purpose="actor") if mail else keys.blind(f"key:{by}", purpose="actor")
    return Actor(found.id, by, mark)


def keys_mail(session: Session, practice_id: int, by: str) -> str:
    """Open the mail address of somebody, folded; empty where there is none."""
    found = who_acts(session, practice_id, by)
    if found is None or not found.email:
        return ""
    is_theirs = isinstance(found, Person)
    keys = keys_of(session, practice_id) if is_theirs else keys_of(session)
    mail = keys.unseal(found.email, table=found.__tablename__, column="email", row_id=found.id)
    return mail.strip().casefold()
