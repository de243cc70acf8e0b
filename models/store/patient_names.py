"""Which words of a public reply are names here: patients' by blind indexes, our own people's opened for the moment."""

from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.rules.reply_checker import Own
from models.rules.reply_names import KnownNames, candidates, name_words, pairs_within, whole_names
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store.keys import keys_of
from models.store.patients import Person, open_person
from models.store.sets import among, insert_rows
from models.tables.patients import PatientRow
from models.tables.practices import Location, Practice, Provider
from models.tables.practices import Person as PersonRow
from models.tables.reputation import PatientNameRow, PatientNamesReadRow

AT_ONCE: Final = 2_000
_PURPOSE: Final = "patient_name"


def known_names(session: Session, practice: Practice, text: str, *, signed: str = "") -> tuple[KnownNames, Own]:
    """Say which words of a reply are names, once every patient's present names are known; and our own numbers."""
    keys = keys_of(session, practice.id)
    read_names(session, keys)
    asked = {keys.blind(one, purpose=_PURPOSE): one for one in candidates(text)}
    query = select(PatientNameRow.mark, PatientNameRow.is_whole).where(PatientNameRow.practice_id == practice.id)
    marks = sorted(asked)
    found = [
        (asked[mark], is_whole)
        for start in range(0, len(marks), 500)
        for mark, is_whole in session.execute(query.where(PatientNameRow.mark.in_(marks[start : start + 500])))
    ]
    whole = frozenset(words for words, is_whole in found if is_whole)
    single = frozenset(words for words, is_whole in found if not is_whole)
    names = _own_names(session, keys, practice)
    own = frozenset[str]().union(*(name_words(one) for one in names))
    pairs = frozenset[str]().union(*(pairs_within(one) for one in names))
    return KnownNames(whole, single, own, pairs, name_words(signed)), Own(_own_phones(session, practice.id))


def read_names(session: Session, keys: Keys) -> int:
    """Index the names of patients whose records are new or were changed; gives how many were read."""
    total = 0
    while rows := _unread(session, keys.practice_id):
        marks = dict[str, bool]()
        for row in rows:
            marks |= _marks(keys, row)
        names = ("practice_id", "mark", "is_whole")
        lines = [(keys.practice_id, mark, is_whole) for mark, is_whole in sorted(marks.items())]
        insert_rows(session, PatientNameRow, names, lines, unless="(practice_id, mark)")
        _remember(session, rows)
        total += len(rows)
    return total


def _unread(session: Session, practice_id: int) -> list[PatientRow]:
    is_read = (
        select(PatientNamesReadRow.patient_id)
        .where(PatientNamesReadRow.patient_id == PatientRow.id, PatientNamesReadRow.version == PatientRow.version)
        .exists()
    )
    query = select(PatientRow).where(PatientRow.practice_id == practice_id, ~is_read).order_by(PatientRow.id)
    return list(session.scalars(query.limit(AT_ONCE)))


def _remember(session: Session, rows: list[PatientRow]) -> None:
    session.query(PatientNamesReadRow).where(
        among(session, PatientNamesReadRow.patient_id, [row.id for row in rows])
    ).delete(synchronize_session=False)
    session.execute(insert(PatientNamesReadRow), [{"patient_id": row.id, "version": row.version} for row in rows])


def _marks(keys: Keys, row: PatientRow) -> dict[str, bool]:
    try:
        person: Person = open_person(keys, row)
    except (KeyDestroyedError, SealBrokenError):
        return {}  # nobody can read this name any more
    single = name_words(f"{person.first} {person.last}")
    whole = whole_names(person.first, person.last)
    marked = {keys.blind(one, purpose=_PURPOSE): False for one in single}
    return marked | {keys.blind(one, purpose=_PURPOSE): True for one in whole}


def _own_names(session: Session, keys: Keys, practice: Practice) -> list[str]:
    """Open the names that a practice may say of itself: its own, its places', its providers' and its people's."""
    places = session.execute(select(Location.name, Location.city).where(Location.practice_id == practice.id))
    names = [practice.name, *(word for place in places for word in place)]
    providers = session.execute(select(Provider.id, Provider.name).where(Provider.practice_id == practice.id)).tuples()
    names += [keys.unseal(name, table="providers", column="name", row_id=one) for one, name in providers]
    people = session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.practice_id == practice.id)).tuples()
    return names + [keys.unseal(name, table="people", column="name", row_id=one) for one, name in people]


def _own_phones(session: Session, practice_id: int) -> frozenset[str]:
    phones = session.scalars(select(Location.phone).where(Location.practice_id == practice_id))
    return frozenset("".join(filter(str.isdigit, phone))[-10:] for phone in phones if phone)
