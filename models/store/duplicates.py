"""Pairs of records that may be one patient: found by blind indexes, kept for people to settle, remembered for ever.

Nothing here changes whose a request is (A-103), and nothing merges records (A-73).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.inputs.practice_system import SystemPatient
from models.rules.calendars import business_deadline
from models.rules.decisions import Ask, Effect, Note, Process, Settle
from models.rules.matching_duplicates import PatientRecord, Possible, System, day_and_month_swapped, possible_duplicates
from models.rules.roles import Role
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store import events
from models.store.effects import Outcome, carry_out
from models.store.keys import keys_of
from models.store.patients import Person, blind, find_by_system, open_person
from models.store.sets import among
from models.tables.base import new_id
from models.tables.patients import DuplicateState, PatientRow, PossibleDuplicateRow
from models.tables.practices import Practice

TASK: Final = "possible_duplicates"
DAYS_TO_SETTLE: Final = 5
"""Business days within which the front office looks through the list."""
OUTSIDE: Final = "system:"
"""How records are named that only the practice system has."""
AT_ONCE: Final = 300
_MOST: Final[Mapping[str, int]] = {"match_index": 10_000, "born_index": 500, "phone_index": 25, "email_index": 25}
"""What more records share tells nothing: the practice's own number, a birthday that was made up."""
Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """One record of ours, opened."""

    row: PatientRow
    record: PatientRecord = field(repr=False)
    looked_for: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One pair as it is listed: numbers and codes, nobody's name."""

    id: int
    first: str
    second: str
    first_in_system: str
    second_in_system: str
    reasons: tuple[str, ...]
    suggestion: tuple[str, ...]
    state: DuplicateState
    found_at: datetime


def find_duplicates(
    session: Session,
    practice_id: int,
    patient_ids: Collection[int],
    *,
    others: Sequence[SystemPatient] = (),
    as_of: datetime,
) -> int:
    """Look for records that may be these patients', and give how many pairs are new (A-74, A-103).

    `others` are records that the practice system has just shown, whether we have them or not. Archived records are
    left out (A-98). A pair that people settled stays settled.
    """
    heads = events.lock_practices(session, [practice_id])
    keys = keys_of(session, practice_id)
    people = _opened(keys, _rows(session, practice_id, patient_ids))
    if not people:
        return 0
    nearby = _nearby(session, practice_id, keys, people)
    outside = _outside(session, practice_id, others)
    found: dict[Pair, Possible] = {}
    for one in people:
        around = chain((known.record for known in nearby(one)), outside)
        for possible in possible_duplicates(one.record, around):
            found.setdefault(frozenset({one.record.record, possible.record}), possible)
    count = _store(session, practice_id, found, as_of=as_of)
    if count:
        key, note = f"duplicates:{new_id()}", Note("possible_duplicates_found", evidence={"pairs": count})
        task = task_of(session, practice_id, as_of=as_of)
        outcome = Outcome(practice_id, Process.PRACTICE, practice_id, key, "golive", (note,), (task,))
        carry_out(session, [outcome], as_of=as_of, heads=heads)
    return count


def _rows(session: Session, practice_id: int, ids: Collection[int]) -> Sequence[PatientRow]:
    mine = select(PatientRow).where(PatientRow.practice_id == practice_id, PatientRow.archived_at.is_(None))
    return session.scalars(mine.where(among(session, PatientRow.id, ids)).order_by(PatientRow.id)).all()


def _opened(keys: Keys, rows: Sequence[PatientRow]) -> list[_Known]:
    """Open records; one that cannot be opened cannot be compared, and must not keep a request from its patient."""
    found = []
    for row in rows:
        with suppress(SealBrokenError, KeyDestroyedError):
            person = open_person(keys, row)
            found.append(_Known(row, _record(row, person), tuple(_looked_for(keys, row, person))))
    return found


def _record(row: PatientRow, person: Person) -> PatientRecord:
    there = frozenset() if row.inactive_at is not None else frozenset({System.KAREO})
    here = frozenset() if row.archived_at is not None else frozenset({System.PATIENTPOP})
    details = (person.first, person.last, person.born, person.phone, person.email)
    return PatientRecord(str(row.id), *details, active_in=there | here)


def _looked_for(keys: Keys, row: PatientRow, person: Person) -> Iterator[tuple[str, str]]:
    """Say under which look-up codes records worth comparing are found."""
    for name in _MOST:
        yield name, getattr(row, name)
    swapped = day_and_month_swapped(person.born) if person.born else None
    if swapped is not None:
        yield "born_index", blind(keys, swapped.isoformat(), "born")


class _Nearby:
    """Records by their look-up codes, so that nobody is compared with the whole practice."""

    def __init__(self, known: Sequence[_Known], too_common: Collection[tuple[str, str]]) -> None:
        self._too_common = too_common
        self._by_code: defaultdict[tuple[str, str], list[_Known]] = defaultdict(list)
        for one in known:
            for name in _MOST:
                self._by_code[name, getattr(one.row, name)].append(one)

    def __call__(self, person: _Known) -> Iterator[_Known]:
        """Give the records to compare a patient with, each once."""
        seen = {person.row.id}
        for name, code in person.looked_for:
            for one in self._by_code[name, code] if code and (name, code) not in self._too_common else ():
                if one.row.id not in seen:
                    seen.add(one.row.id)
                    yield one


def _nearby(session: Session, practice_id: int, keys: Keys, people: Sequence[_Known]) -> _Nearby:
    ids, too_common = set[int](), set[tuple[str, str]]()
    for name, most in _MOST.items():
        column: InstrumentedAttribute[str] = getattr(PatientRow, name)
        codes = sorted({code for one in people for kind, code in one.looked_for if kind == name and code})
        for start in range(0, len(codes), AT_ONCE):
            is_wanted = (PatientRow.practice_id == practice_id, column.in_(codes[start : start + AT_ONCE]))
            common = select(column).where(*is_wanted).group_by(column).having(func.count() > most)
            shared = set(session.scalars(common))
            too_common |= {(name, code) for code in shared}
            ids |= set(session.scalars(select(PatientRow.id).where(*is_wanted, column.not_in(shared))))
    return _Nearby(_opened(keys, _rows(session, practice_id, ids)), too_common)


def _outside(session: Session, practice_id: int, others: Sequence[SystemPatient]) -> list[PatientRecord]:
    """Take over what the practice system shows and we have no record of."""
    known = find_by_system(session, practice_id, [one.id for one in others])
    ours = {str(number) for number in known.values()}
    return [
        PatientRecord(
            f"{OUTSIDE}{one.id}",
            one.first,
            one.last,
            one.born,
            one.mobile,
            one.email,
            active_in=frozenset({System.KAREO}) if one.is_active else frozenset(),
        )
        for one in others
        if one.id not in known and one.external_id not in ours
    ]


def _store(session: Session, practice_id: int, found: Mapping[Pair, Possible], *, as_of: datetime) -> int:
    """Keep new pairs, and what is said of open ones; whatever people settled stays as they settled it."""
    known, count = _known(session, practice_id, found), 0
    for pair, possible in found.items():
        said = {"reasons": ",".join(possible.reasons), "suggestion": ",".join(possible.actions)}
        row = known.get(pair)
        if row is None:
            ours, other = _ordered(pair)
            own = {"id": new_id(), "practice_id": practice_id, "found_at": as_of, "state": DuplicateState.OPEN}
            session.add(PossibleDuplicateRow(patient_id=int(ours), other_record=other, **own, **said))
            count += 1
        elif row.state is DuplicateState.OPEN:
            row.reasons, row.suggestion = said["reasons"], said["suggestion"]
    session.flush()
    return count


def _ordered(pair: Pair) -> tuple[str, str]:
    """Name our record first; of two the older one."""
    first, second = sorted(pair, key=lambda name: (name.startswith(OUTSIDE), len(name), name))
    return first, second


def _known(session: Session, practice_id: int, pairs: Collection[Pair]) -> dict[Pair, PossibleDuplicateRow]:
    """Find pairs that were found before, also when one of them had no record of ours then."""
    ours = {int(name) for pair in pairs for name in pair if not name.startswith(OUTSIDE)}
    records = select(PatientRow.system_id, PatientRow.id).where(among(session, PatientRow.id, ours))
    alias = {f"{OUTSIDE}{record}": str(number) for record, number in session.execute(records) if record}
    names = [*map(str, sorted(ours)), *sorted(alias)]
    rows = set(
        session.scalars(select(PossibleDuplicateRow).where(among(session, PossibleDuplicateRow.patient_id, ours)))
    )
    for start in range(0, len(names), AT_ONCE):
        some = PossibleDuplicateRow.other_record.in_(names[start : start + AT_ONCE])
        rows |= set(
            session.scalars(select(PossibleDuplicateRow).where(PossibleDuplicateRow.practice_id == practice_id, some))
        )
    return {frozenset({str(row.patient_id), alias.get(row.other_record, row.other_record)}): row for row in rows}


def task_of(session: Session, practice_id: int, *, as_of: datetime) -> Effect:
    """Ask the front office to look through the list while something is open, once per practice."""
    if not _open_pairs(session, practice_id, limit=None, as_of=as_of):
        return Settle(TASK, "settled")
    practice = session.get_one(Practice, practice_id)
    due = business_deadline(as_of, DAYS_TO_SETTLE, zone=practice.zone, calendar=practice.calendar)
    return Ask(TASK, Role.FRONT_OFFICE, due)


def _open_pairs(
    session: Session, practice_id: int, *, limit: int | None, as_of: datetime | None = None
) -> list[PossibleDuplicateRow]:
    """Give open pairs, the oldest first; those with a record that was archived meanwhile are settled at `as_of`."""
    row = PossibleDuplicateRow
    query = select(row).where(row.practice_id == practice_id, row.state == DuplicateState.OPEN)
    rows = session.scalars(query.order_by(row.found_at, row.id).limit(limit)).all()
    records = select(PatientRow.id).where(
        among(session, PatientRow.id, _ours(rows)), PatientRow.archived_at.is_not(None)
    )
    archived = {str(number) for number in session.scalars(records)}
    gone = [one for one in rows if {str(one.patient_id), one.other_record} & archived]
    if as_of is not None:
        for one in gone:
            one.state, one.settled_at = DuplicateState.ARCHIVED, as_of
    return [one for one in rows if one not in gone]


def _ours(rows: Sequence[PossibleDuplicateRow]) -> set[int]:
    return {row.patient_id for row in rows} | {int(row.other_record) for row in rows if row.other_record.isdecimal()}


def list_duplicates(session: Session, practice_id: int, *, limit: int = 500) -> list[Duplicate]:
    """List the open pairs of a practice, the oldest first."""
    rows = _open_pairs(session, practice_id, limit=limit)
    records = select(PatientRow.id, PatientRow.system_id).where(among(session, PatientRow.id, _ours(rows)))
    of_system = {str(number): record for number, record in session.execute(records)}
    return [_duplicate(one, of_system) for one in rows]


def _duplicate(row: PossibleDuplicateRow, of_system: Mapping[str, str]) -> Duplicate:
    first, second = str(row.patient_id), row.other_record
    is_outside = second.startswith(OUTSIDE)
    return Duplicate(
        row.id,
        first,
        "" if is_outside else second,
        of_system.get(first, ""),
        second.removeprefix(OUTSIDE) if is_outside else of_system.get(second, ""),
        tuple(row.reasons.split(",")),
        tuple(row.suggestion.split(",")),
        row.state,
        row.found_at,
    )


def pairs_of(session: Session, practice_id: int, patient: int) -> Sequence[PossibleDuplicateRow]:
    """Give every pair of a patient, settled or not."""
    row = PossibleDuplicateRow
    is_one = (row.patient_id == patient) | (row.other_record == str(patient))
    return session.scalars(select(row).where(row.practice_id == practice_id, is_one).order_by(row.id)).all()
