"""How patients are reached, opened: the practice system's words where it has any, else ours (F-162)."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.inputs.practice_system import SystemPatient
from models.sealing import KeyDestroyedError, Keys, SealBrokenError
from models.store.contact_copies import keep_copies
from models.store.patients import open_person
from models.store.sets import Named, listed, prepared
from models.tables.consent import PatientContactRow
from models.tables.patients import PatientRow


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
    rows = session.scalars(_patients(session), listed(session, patients))
    copies = session.scalars(_copies(session), listed(session, patients))
    shown = {copy.patient_id: copy for copy in copies}
    found = dict[int, Contact]()
    for row in rows:
        with suppress(KeyDestroyedError, SealBrokenError):
            found[row.id] = _contact(keys[row.practice_id], row, shown.get(row.id))
    return found


@prepared
def _patients(named: Named) -> Select[tuple[PatientRow]]:
    return select(PatientRow).where(named(PatientRow.id))


@prepared
def _copies(named: Named) -> Select[tuple[PatientContactRow]]:
    return select(PatientContactRow).where(named(PatientContactRow.patient_id))


def _contact(keys: Keys, row: PatientRow, copy: PatientContactRow | None) -> Contact:
    person = open_person(keys, row)
    shown: dict[str, str] = {}
    if copy is not None:
        place = copy.patient_id
        sealed = keys.unseal(copy.contact, table="patient_contacts", column="contact", row_id=place)
        shown = json.loads(sealed)
    return Contact(
        row.id,
        row.practice_id,
        row.locale,
        person.first,
        person.last,
        shown.get("email") or person.email,
        shown.get("phone") or person.phone,
        shown.get("zip", ""),
    )


def keep_contact(session: Session, keys: Keys, patient: int, record: SystemPatient, *, as_of: datetime) -> None:
    """Keep how the practice system says that a patient is reached, as it was just read (F-162)."""
    keep_copies(session, keys, {patient: record}, as_of=as_of)
