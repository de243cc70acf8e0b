"""Patients' records held against the practice system's when these are read; what differs is shown, never copied."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.inputs.practice_system import SystemPatient
from models.rules.appointments import Drift
from models.rules.decisions import Ask, Effect, Process, Settle
from models.rules.feedback import Why
from models.rules.patient_drift import Details, Standing, differences, drifts_of
from models.rules.roles import Role
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store import events
from models.store.contact_copies import keep_copies
from models.store.effects import Outcome, carry_out
from models.store.feedback_changes import stop_person
from models.store.keys import keys_of
from models.store.patients import Person, open_person
from models.store.sets import update_rows
from models.tables.base import new_id
from models.tables.patients import PatientRow

TASK: Final = "drift.patients"
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class PatientDrift:
    """One way in which a patient's two records differ; fields by name, without what is in them."""

    patient: int
    system_id: str
    drift: Drift
    fields: tuple[str, ...]
    compared_at: datetime | None


def compare(session: Session, practice_id: int, shown: Sequence[SystemPatient], *, as_of: datetime) -> int:
    """Hold records that the practice system has just shown against ours; gives how many stand otherwise than before.

    Neither side is changed (A-75); how everybody is reached there is kept beside ours (F-162). While anything differs,
    the front office is asked to look, once per practice.
    """
    heads = events.lock_practices(session, [practice_id])
    keys, written, count = keys_of(session, practice_id), [], 0
    gone, read = list[int](), dict[int, SystemPatient]()
    newest = {one.id: one for one in shown}
    for row in _rows(session, practice_id, list(newest)):
        record = newest[row.system_id]
        inactive_at = None if record.is_active else row.inactive_at or as_of
        differing = _differing(keys, row, record)
        count += (inactive_at, differing) != (row.inactive_at, row.differing)
        if inactive_at is not None and row.inactive_at is None:
            gone.append(row.id)
        written.append((differing, inactive_at, as_of, row.id))
        read[row.id] = record
    update_rows(session, PatientRow, ("differing", "inactive_at", "compared_at", "id"), written)
    with suppress(KeyDestroyedError):
        keep_copies(session, keys, read, as_of=as_of)
    if count:
        key = f"patients-compared:{new_id()}"
        task = task_of(session, practice_id, as_of=as_of)
        outcome = Outcome(practice_id, Process.PRACTICE, practice_id, key, "golive", (), (task,))
        carry_out(session, [outcome], as_of=as_of, heads=heads)
    for patient in gone:  # nobody is asked whose record was deactivated there (F-160)
        stop_person(session, patient, Why.ARCHIVED, key=f"inactive:{as_of.isoformat()}", as_of=as_of)
    return count


def _rows(session: Session, practice_id: int, records: Sequence[str]) -> list[PatientRow]:
    rows = list[PatientRow]()
    wanted = sorted({one for one in records if one})
    for start in range(0, len(wanted), AT_ONCE):
        some = PatientRow.system_id.in_(wanted[start : start + AT_ONCE])
        query = select(PatientRow).where(PatientRow.practice_id == practice_id, some)
        rows += session.scalars(query.execution_options(populate_existing=True))
    return rows


def _differing(keys: Keys, row: PatientRow, record: SystemPatient) -> str:
    """Name the fields that differ; what cannot be opened cannot be compared."""
    with suppress(SealBrokenError, KeyDestroyedError):
        return ",".join(differences(_details(open_person(keys, row)), _details(Person.of_system(record))))
    return row.differing


def _details(person: Person) -> Details:
    return Details(person.first, person.last, person.born, person.email, person.phone, person.sex)


def drifts(session: Session, practice_id: int, *, limit: int = 500) -> list[PatientDrift]:
    """List the patients of a practice whose two records differ so that somebody should know (A-104)."""
    row = PatientRow
    columns = (row.id, row.system_id, row.archived_at, row.inactive_at, row.differing, row.compared_at)
    may_differ = or_(row.archived_at.is_not(None), row.inactive_at.is_not(None), row.differing != "")
    query = select(*columns).where(row.practice_id == practice_id, row.system_id != "", may_differ)
    found = list[PatientDrift]()
    for number, system_id, archived_at, inactive_at, differing, compared_at in session.execute(query.order_by(row.id)):
        fields = tuple(one for one in differing.split(",") if one)
        standing = Standing(
            is_linked=True,
            is_archived=archived_at is not None,
            is_inactive=inactive_at is not None,
            differing=fields,
        )
        for drift in sorted(drifts_of(standing)):
            named = fields if drift is Drift.PATIENT_DIFFERS else ()
            found.append(PatientDrift(number, system_id, drift, named, compared_at))
    return found[:limit]


def task_of(session: Session, practice_id: int, *, as_of: datetime) -> Effect:
    """Ask the front office to look while records differ, once per practice (A-104)."""
    session.flush()
    return Ask(TASK, Role.FRONT_OFFICE, as_of) if drifts(session, practice_id, limit=1) else Settle(TASK, "repaired")


def archived_records(session: Session, practice_id: int, records: Collection[str]) -> frozenset[str]:
    """Name the practice system's records whose patient is archived here: they are no matches (A-98)."""
    found = set[str]()
    wanted = sorted({one for one in records if one})
    for start in range(0, len(wanted), AT_ONCE):
        some = PatientRow.system_id.in_(wanted[start : start + AT_ONCE])
        query = select(PatientRow.system_id).where(PatientRow.practice_id == practice_id, some)
        found |= set(session.scalars(query.where(PatientRow.archived_at.is_not(None))))
    return frozenset(found)
