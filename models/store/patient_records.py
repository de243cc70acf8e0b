"""One patient's record as the front office reads it: found by exact name and date of birth, opened for the moment."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.appointments import Origin
from models.rules.feedback import RequestState
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store import consents
from models.store.contact import Contact, load_contacts
from models.store.conversation_commands import Barrier, barrier_of
from models.store.duplicates import OUTSIDE, pairs_of
from models.store.keys import keys_of
from models.store.patients import Person, blind, find_patient, match_index, open_person
from models.tables.feedback import FeedbackRequestRow
from models.tables.patients import DuplicateState, PatientRow

MOST_FOUND: Final = 50
MOST_ASKED: Final = 50


@dataclass(frozen=True, slots=True)
class Opened:
    """One record, opened; there is no person where nobody can read it any more."""

    id: int
    person: Person | None
    origin: Origin
    system_id: str
    created_at: datetime
    archived_at: datetime | None
    inactive_at: datetime | None
    is_excluded: bool
    differing: tuple[str, ...]
    locale: str


@dataclass(frozen=True, slots=True)
class OpenedPair:
    """A record that may be the same patient's; it stands first or second in the pair, or only in the other system."""

    id: int
    other: Opened | None
    system_id: str
    is_first: bool
    reasons: tuple[str, ...]
    suggestion: tuple[str, ...]
    state: DuplicateState
    settled_at: datetime | None


class Asked(NamedTuple):
    """One visit that was decided about: when it was checked out (UTC), and where its request stands."""

    checked_out_at: datetime
    state: RequestState


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that the page of one record shows; `contact` is how the patient is reached (F-162)."""

    own: Opened
    contact: Contact | None = field(repr=False)
    agreed_to_texts: bool | None
    barrier: Barrier | None
    pairs: list[OpenedPair]
    asked: list[Asked]


def search(session: Session, practice_id: int, person: Person) -> list[Opened]:
    """Find a practice's records with exactly this name and date of birth, the newest first (A-69, A-103)."""
    keys = keys_of(session, practice_id)
    try:
        index = match_index(keys, person)
    except KeyDestroyedError:
        return []
    if not index:
        return []
    row = PatientRow
    query = select(row).where(row.practice_id == practice_id, row.match_index == index)
    rows = session.scalars(query.order_by(row.archived_at.is_not(None), row.id.desc()).limit(MOST_FOUND))
    return [_opened(keys, one) for one in rows]


def _opened(keys: Keys, row: PatientRow) -> Opened:
    person = None
    with suppress(KeyDestroyedError, SealBrokenError):
        person = open_person(keys, row)
    return Opened(
        row.id,
        person,
        row.origin,
        row.system_id,
        row.created_at,
        row.archived_at,
        row.inactive_at,
        row.is_excluded_from_surveys,
        tuple(filter(None, row.differing.split(","))),
        row.locale,
    )


def has_record(session: Session, practice_id: int, patient: int) -> bool:
    """Say whether a number is one of a practice's own records."""
    row = find_patient(session, patient)
    return row is not None and row.practice_id == practice_id


def find_record(session: Session, practice_id: int, patient: int) -> Record | None:
    """Open one record of a practice with what belongs to it: pairs, feedback as states only."""
    row = find_patient(session, patient)
    if row is None or row.practice_id != practice_id:
        return None
    keys = keys_of(session, practice_id)
    contact = load_contacts(session, [patient], {practice_id: keys}).get(patient)
    return Record(
        _opened(keys, row),
        contact,
        _agreed(session, keys, contact),
        barrier_of(session, row),
        _pairs(session, keys, row),
        _asked(session, patient),
    )


def _agreed(session: Session, keys: Keys, contact: Contact | None) -> bool | None:
    """Say what the ledger's newest line about the number says; None where it holds none."""
    if contact is None or not contact.phone:
        return None
    newest = consents.newest(session, contact.practice_id, blind(keys, contact.phone, "phone"))
    return None if newest is None else newest.is_given


def _asked(session: Session, patient: int) -> list[Asked]:
    row = FeedbackRequestRow
    query = select(row.checked_out_at, row.state).where(row.patient_id == patient)
    rows = session.execute(query.order_by(row.checked_out_at.desc(), row.id.desc()).limit(MOST_ASKED))
    return [Asked(*one) for one in rows]


def _pairs(session: Session, keys: Keys, row: PatientRow) -> list[OpenedPair]:
    found = []
    for pair in pairs_of(session, row.practice_id, row.id):
        is_first = pair.patient_id != row.id
        name = str(pair.patient_id) if is_first else pair.other_record
        other = None if name.startswith(OUTSIDE) else find_patient(session, int(name))
        found.append(
            OpenedPair(
                pair.id,
                _opened(keys, other) if other is not None else None,
                name.removeprefix(OUTSIDE) if name.startswith(OUTSIDE) else other.system_id if other else "",
                is_first,
                tuple(filter(None, pair.reasons.split(","))),
                tuple(filter(None, pair.suggestion.split(","))),
                pair.state,
                pair.settled_at,
            )
        )
    return sorted(found, key=lambda one: (one.state is not DuplicateState.OPEN, one.id))


def pair_of(session: Session, practice_id: int, patient: int, pair: int) -> OpenedPair | None:
    """Give one pair of a practice's patient; none where it is not this patient's."""
    row = find_patient(session, patient)
    if row is None or row.practice_id != practice_id:
        return None
    keys = keys_of(session, practice_id)
    return next((one for one in _pairs(session, keys, row) if one.id == pair), None)
