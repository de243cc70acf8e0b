"""How patients are reached, opened: the practice system's words where it has any, else ours (F-162)."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from models.inputs.practice_system import SystemPatient
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store.contact_copies import keep_copies
from models.store.patients import person_of
from models.store.sets import Named, listed, prepared
from models.tables.consent import PatientContactRow
from models.tables.patients import PatientRow

_PATIENTS, _COPIES = (one.metadata.tables[one.__tablename__] for one in (PatientRow, PatientContactRow))


@dataclass(frozen=True, slots=True)
class Contact:
    """How one patient is reached; held in memory only for as long as it is needed."""

    patient: int
    practice_id: int
    locale: str
    first: str = field(default="", repr=False)
    last: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    zip_code: str = field(default="", repr=False)


def load_contacts(session: Session, patients: Collection[int], keys: Mapping[int, Keys]) -> dict[int, Contact]:
    """Open patients' contacts; one that cannot be read any more is left out."""
    rows = session.execute(_patients(session), listed(session, patients)).all()
    shown = dict(session.execute(_copies(session), listed(session, patients)).tuples().all())
    found = dict[int, Contact]()
    for row in rows:
        with suppress(KeyDestroyedError, SealBrokenError):
            found[row.id] = _contact(keys[row.practice_id], row, shown.get(row.id))
    return found


@prepared
def _patients(named: Named) -> Select[Any]:
    row = _PATIENTS.c
    return select(row.id, row.practice_id, row.locale, row.person).where(named(row.id))


@prepared
def _copies(named: Named) -> Select[tuple[int, str]]:
    return select(_COPIES.c.patient_id, _COPIES.c.contact).where(named(_COPIES.c.patient_id))


def _contact(keys: Keys, row: Row[Any], copy: str | None) -> Contact:
    number, practice, locale, sealed = row
    person = person_of(keys.unseal(sealed, table="patients", column="person", row_id=number))
    shown: dict[str, str] = {}
    if copy is not None:
        shown = json.loads(keys.unseal(copy, table="patient_contacts", column="contact", row_id=number))
    return Contact(
        number,
        practice,
        locale,
        person.first,
        person.last,
        shown.get("email") or person.email,
        shown.get("phone") or person.phone,
        shown.get("zip", ""),
    )


def keep_contact(session: Session, keys: Keys, patient: int, record: SystemPatient, *, as_of: datetime) -> None:
    """Keep how the practice system says that a patient is reached, as it was just read (F-162)."""
    keep_copies(session, keys, {patient: record}, as_of=as_of)
