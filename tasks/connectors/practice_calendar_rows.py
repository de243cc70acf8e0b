"""The rows of the built-in practice calendar: how patients and appointments are sealed, stored and shown again."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from models.inputs.practice_system import (
    AppointmentChange,
    NewAppointment,
    NewPatient,
    SystemAppointment,
    SystemPatient,
    VisitType,
)
from models.rules.appointments import Sex, Status
from models.sealing import Keys
from tasks.connectors.ports import Rejected
from tasks.connectors.practice_calendar_store import OpenCalendar, microseconds, moment, number

Row = tuple[Any, ...]

_KEPT_AS: Final = {Status.LAPSED: Status.TENTATIVE, Status.DECLINED: Status.CANCELLED}
"""Words of the growth side; a practice system knows the ones beside them."""
_KNOWN: Final = {
    "provider": "SELECT 1 FROM provider WHERE id = ?",
    "location": "SELECT 1 FROM location WHERE id = ?",
    "patient": "SELECT 1 FROM patient WHERE id = ?",
    "reason": "SELECT 1 FROM reason WHERE id = ?",
}
_PATIENTS: Final = "SELECT id, external_id, is_active, person FROM patient"
_PLACE: Final = (
    "INSERT INTO appointment (status, starts_at, ends_at, visit, provider_id, location_id, patient_id, reason_id,"
    " notes, name, modified_at, id, key, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_REPLACE: Final = (
    "UPDATE appointment SET status = ?, starts_at = ?, ends_at = ?, visit = ?, provider_id = coalesce(?, provider_id),"
    " location_id = coalesce(?, location_id), patient_id = coalesce(?, patient_id),"
    " reason_id = coalesce(?, reason_id), notes = coalesce(nullif(?, ''), notes),"
    " name = coalesce(nullif(?, ''), name), modified_at = ? WHERE id = ?"
)
PATIENT: Final = f"{_PATIENTS} WHERE id = ?"
PATIENT_KNOWN_AS: Final = f"{_PATIENTS} WHERE external_id = ?"
PATIENTS_BORN: Final = f"{_PATIENTS} WHERE born = ? ORDER BY id"
_APPOINTMENTS: Final = (
    "SELECT id, key, status, starts_at, ends_at, created_at, modified_at,"
    " provider_id, location_id, patient_id, reason_id, visit, notes FROM appointment"
)
APPOINTMENT: Final = f"{_APPOINTMENTS} WHERE id = ?"
APPOINTMENT_OF_KEY: Final = f"{_APPOINTMENTS} WHERE key = ?"
IN_WINDOW: Final = f"{_APPOINTMENTS} WHERE starts_at >= ? AND starts_at < ? AND status <> ? ORDER BY starts_at, id"
CHANGED: Final = f"{_APPOINTMENTS} WHERE modified_at >= ? AND modified_at < ? AND status <> ? ORDER BY modified_at"


def patients(calendar: OpenCalendar, query: str, value: str | int) -> Sequence[SystemPatient]:
    """Read the patients that one of the queries above finds by one value."""
    return [shown_patient(row, calendar.keys) for row in calendar.connection.execute(query, (value,))]


def shown_patient(row: Row, keys: Keys) -> SystemPatient:
    """Unseal one patient."""
    id_, external_id, is_active, person = row
    plain = json.loads(keys.unseal(person, table="patient", column="person", row_id=id_))
    first, last, born, email, mobile, sex = plain
    return SystemPatient(
        id=str(id_),
        first=first,
        last=last,
        born=date.fromisoformat(born) if born else None,
        email=email,
        mobile=mobile,
        sex=Sex(sex),
        external_id=external_id or "",
        is_active=bool(is_active),
    )


def sealed_person(person: NewPatient | SystemPatient, keys: Keys, *, row_id: int) -> tuple[str, str]:
    """Seal what is personal, and give it with the look-up code of the date of birth.

    Raises:
        Rejected: "malformed" when a name is empty.
    """
    if not person.first.strip() or not person.last.strip():
        raise Rejected(reason="malformed")
    born = person.born.isoformat() if person.born else ""
    plain = json.dumps((person.first, person.last, born, person.email, person.mobile, person.sex), ensure_ascii=False)
    return keys.seal(plain, table="patient", column="person", row_id=row_id), born_code(person.born, keys)


def born_code(born: date | None, keys: Keys) -> str:
    """Give the look-up code of a date of birth."""
    return keys.blind(born.isoformat(), purpose="born") if born else ""


def appointments(calendar: OpenCalendar, query: str, values: Row) -> Sequence[SystemAppointment]:
    """Read the appointments that one of the queries above finds."""
    return [shown_appointment(row, calendar.keys) for row in calendar.connection.execute(query, values)]


def shown_appointment(row: Row, keys: Keys) -> SystemAppointment:
    """Unseal one appointment; every time is UTC."""
    id_, key, status, starts_at, ends_at, created_at, modified_at, *rest = row
    provider, location, patient, reason, visit, notes = rest
    return SystemAppointment(
        id=str(id_),
        status=Status(status),
        starts_at=moment(starts_at),
        ends_at=moment(ends_at),
        modified_at=moment(modified_at),
        provider=str(provider),
        location=str(location),
        patient=str(patient or ""),
        word=status,
        reason=str(reason or ""),
        visit=VisitType(visit),
        key=UUID(key),
        notes=keys.unseal(notes, table="appointment", column="notes", row_id=id_) if notes else "",
        created_at=moment(created_at),
    )


def place(calendar: OpenCalendar, new: NewAppointment) -> SystemAppointment:
    """Insert an appointment once per key; raises Rejected as `_content`."""
    known = appointments(calendar, APPOINTMENT_OF_KEY, (str(new.key),))
    if known:
        return known[0]
    if not new.provider or not new.location:
        raise Rejected(reason="malformed")
    id_, tick = calendar.new_id(), calendar.tick()
    content = _content(calendar, new, row_id=id_)
    calendar.connection.execute(_PLACE, (*content, tick, id_, str(new.key), tick))
    return appointments(calendar, APPOINTMENT, (id_,))[0]


def replace(calendar: OpenCalendar, change: AppointmentChange) -> SystemAppointment:
    """Replace what an appointment is; what the change leaves empty stays, as with every practice system.

    Raises:
        Rejected: "unknown_appointment", or as `_content`.
    """
    id_ = number(change.id)
    query = "SELECT 1 FROM appointment WHERE id = ? AND status <> ?"
    if calendar.connection.execute(query, (id_, Status.DELETED)).fetchone() is None:
        raise Rejected(reason="unknown_appointment")
    content = _content(calendar, change, row_id=id_)
    calendar.connection.execute(_REPLACE, (*content, calendar.tick(), id_))
    return appointments(calendar, APPOINTMENT, (id_,))[0]


def bury(calendar: OpenCalendar, appointment: str) -> None:
    """Leave a tombstone where an appointment was."""
    calendar.connection.execute(
        "UPDATE appointment SET status = :deleted, modified_at = :tick WHERE id = :id AND status <> :deleted",
        {"deleted": Status.DELETED, "tick": calendar.tick(), "id": number(appointment)},
    )


def _content(calendar: OpenCalendar, wanted: NewAppointment | AppointmentChange, *, row_id: int) -> Row:
    """Give the columns that creation and change share.

    Raises:
        Rejected: "malformed" (no end after the start, no offset, deleted as a status), "unknown_provider",
            "unknown_location", "unknown_patient" or "unknown_reason".
    """
    starts_at, ends_at = _aware(wanted.starts_at), _aware(wanted.ends_at)
    if starts_at >= ends_at or wanted.status is Status.DELETED:
        raise Rejected(reason="malformed")
    return (
        _KEPT_AS.get(wanted.status, wanted.status),
        microseconds(starts_at),
        microseconds(ends_at),
        wanted.visit,
        _reference(calendar, "provider", wanted.provider),
        _reference(calendar, "location", wanted.location),
        _reference(calendar, "patient", wanted.patient),
        _reference(calendar, "reason", wanted.reason_id),
        _sealed(calendar, "notes", wanted.notes, row_id=row_id),
        _sealed(calendar, "name", wanted.name, row_id=row_id),
    )


def _aware(when: datetime) -> datetime:
    if when.utcoffset() is None:
        raise Rejected(reason="malformed")
    return when.astimezone(UTC)


def _reference(calendar: OpenCalendar, table: str, id_: str) -> int | None:
    if not id_:
        return None
    found = number(id_)
    if calendar.connection.execute(_KNOWN[table], (found,)).fetchone() is None:
        raise Rejected(reason=f"unknown_{table}")
    return found


def _sealed(calendar: OpenCalendar, column: str, plain: str, *, row_id: int) -> str:
    return calendar.keys.seal(plain, table="appointment", column=column, row_id=row_id) if plain else ""
