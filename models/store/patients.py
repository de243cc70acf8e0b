"""Patient records: sealed on the way in, found by blind indexes, linked to the practice system's records."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from models.inputs.practice_system import SystemPatient
from models.rules.appointments import Origin, Sex
from models.rules.matching import Identity, match_key
from models.sealing import Keys
from models.store.contact_copies import keep_copies
from models.store.keys import keys_of
from models.store.sets import among
from models.tables.appointments import AppointmentRow
from models.tables.base import new_id
from models.tables.patients import PatientRow

_PATIENTS: Final = PatientRow.metadata.tables[PatientRow.__tablename__].c
_OF_SYSTEM: Final = select(_PATIENTS.system_id, _PATIENTS.id).where(
    _PATIENTS.practice_id == bindparam("practice"), _PATIENTS.system_id.in_(bindparam("records", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who a patient is; held in memory only for as long as it is needed."""

    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date | None = field(repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    sex: Sex = Sex.UNKNOWN

    @classmethod
    def of_system(cls, record: SystemPatient) -> "Person":
        """Take a person over from the practice system's record."""
        return cls(record.first, record.last, record.born, record.email, record.mobile, record.sex)


def seal_person(keys: Keys, person: Person, row_id: int) -> dict[str, str]:
    """Give the sealed column of a person with its blind indexes."""
    plain = {
        "first": person.first,
        "last": person.last,
        "born": person.born.isoformat() if person.born else "",
        "email": person.email,
        "phone": person.phone,
        "sex": person.sex.value,
    }
    return {
        "person": keys.seal(json.dumps(plain), table="patients", column="person", row_id=row_id),
        "match_index": match_index(keys, person),
        "born_index": blind(keys, plain["born"], "born"),
        "phone_index": blind(keys, person.phone, "phone"),
        "email_index": blind(keys, person.email.lower(), "email"),
    }


def match_index(keys: Keys, person: Person) -> str:
    """Give the blind index of name and date of birth (A-103); empty when nothing can be compared."""
    if person.born is None:
        return ""
    return blind(keys, match_key(Identity(person.first, person.last, person.born)), "patient")


def blind(keys: Keys, value: str, purpose: str) -> str:
    """Give the look-up code of a value; empty for an empty one."""
    return keys.blind(value, purpose=purpose) if value else ""


def open_person(keys: Keys, row: PatientRow) -> Person:
    """Open who a patient is; raises as `Keys.unseal`."""
    return person_of(keys.unseal(row.person, table="patients", column="person", row_id=row.id))


def person_of(plain: str) -> Person:
    """Read a person from the JSON that was sealed."""
    read = json.loads(plain)
    born = date.fromisoformat(read["born"]) if read.get("born") else None
    return Person(read["first"], read["last"], born, read["email"], read["phone"], Sex(read["sex"]))


def add_patient(
    session: Session, practice_id: int, person: Person, *, origin: Origin, system_id: str = "", as_of: datetime
) -> int:
    """Store a new patient record, and give its id."""
    row = PatientRow(
        id=new_id(), practice_id=practice_id, origin=origin, system_id=system_id, created_at=as_of, locale="en"
    )
    for name, value in seal_person(keys_of(session, practice_id), person, row.id).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row.id


def find_by_system(session: Session, practice_id: int, records: Collection[str]) -> dict[str, int]:
    """Give our patients by the practice system's ids."""
    found = dict[str, int]()
    wanted = sorted({one for one in records if one})
    for start in range(0, len(wanted), 500):
        values = {"practice": practice_id, "records": wanted[start : start + 500]}
        found |= dict(session.execute(_OF_SYSTEM, values).tuples().all())
    return found


def add_from_system(
    session: Session, practice_id: int, records: Sequence[SystemPatient], *, origin: Origin, as_of: datetime
) -> dict[str, int]:
    """Store patients that the practice system knows and we do not yet; gives ours by its ids.

    What is known already stays as it is: edits do not travel between the systems (A-75); how everybody is reached
    there is kept beside it (F-162).
    """
    known = find_by_system(session, practice_id, [one.id for one in records])
    keys = keys_of(session, practice_id)
    for record in records:
        if record.id in known:
            continue
        row = PatientRow(
            id=new_id(), practice_id=practice_id, origin=origin, system_id=record.id, created_at=as_of, locale="en"
        )
        for name, value in seal_person(keys, Person.of_system(record), row.id).items():
            setattr(row, name, value)
        session.add(row)
        known[record.id] = row.id
    session.flush()
    keep_copies(session, keys, {known[one.id]: one for one in records}, as_of=as_of)
    return known


def link(session: Session, patient: int, system_id: str, *, as_of: datetime) -> None:
    """Write down under which id the practice system knows a patient, whose practice is locked.

    Where that record came in from there before we knew that it is the one we made, that row of ours gives way: there
    is one record, and its appointments are this patient's.
    """
    practice = select(PatientRow.practice_id).where(PatientRow.id == patient).scalar_subquery()
    is_twin = (PatientRow.practice_id == practice, PatientRow.system_id == system_id, PatientRow.id != patient)
    for twin in session.scalars(select(PatientRow.id).where(*is_twin)).all():
        change(session, twin, system_id="", archived_at=as_of)
        session.execute(
            update(AppointmentRow)
            .where(AppointmentRow.patient_id == twin)
            .values(patient_id=patient, fingerprint="", version=AppointmentRow.version + 1)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(PatientRow)
        .where(PatientRow.id == patient)
        .values(system_id=system_id, version=PatientRow.version + 1)
        .execution_options(synchronize_session=False)
    )


def load_patients(session: Session, ids: Collection[int]) -> Mapping[int, PatientRow]:
    """Load patient records by id, still sealed."""
    rows = session.scalars(select(PatientRow).where(among(session, PatientRow.id, ids)))
    return {row.id: row for row in rows}


def find_patient(session: Session, patient: int) -> PatientRow | None:
    """Find one patient record."""
    return session.get(PatientRow, patient)


def change(session: Session, patient: int, **values: Any) -> None:  # noqa: ANN401 - columns of the row
    """Change columns of one record."""
    session.execute(
        update(PatientRow)
        .where(PatientRow.id == patient)
        .values(version=PatientRow.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
