"""Copies of how the practice system says that patients are reached: read again with their records (F-162)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.inputs.practice_system import SystemPatient
from models.sealing import Keys
from models.store.sets import Named, insert_rows, listed, prepared, update_rows
from models.tables.consent import PatientContactRow

_CHANGED: Final = ("contact", "phone_index", "email_index", "read_at", "patient_id")


def keep_copies(session: Session, keys: Keys, shown: Mapping[int, SystemPatient], *, as_of: datetime) -> None:
    """Keep patients' contacts as their records were just read, by our number; our own records stay (A-75).

    Raises:
        KeyDestroyedError: the practice's key is gone.
    """
    row = PatientContactRow
    known = set(session.scalars(_known(session), listed(session, shown)))
    copies = {patient: _copy(keys, patient, record, as_of) for patient, record in shown.items()}
    update_rows(session, row, _CHANGED, [copies[patient] for patient in sorted(known)])
    new = [copies[patient] for patient in sorted(copies.keys() - known)]
    insert_rows(session, row, _CHANGED, new, constants={"practice_id": keys.practice_id})


@prepared
def _known(named: Named) -> Select[tuple[int]]:
    patient = PatientContactRow.metadata.tables[PatientContactRow.__tablename__].c.patient_id
    return select(patient).where(named(patient))


def _copy(keys: Keys, patient: int, record: SystemPatient, read_at: datetime) -> tuple[str, str, str, datetime, int]:
    plain = json.dumps({"email": record.email, "phone": record.mobile, "zip": record.zip_code})
    return (
        keys.seal(plain, table="patient_contacts", column="contact", row_id=patient),
        keys.blind(record.mobile, purpose="phone") if record.mobile else "",
        keys.blind(record.email.lower(), purpose="email") if record.email else "",
        read_at,
        patient,
    )
