"""What a front office without a vendor does in the practice calendar beside the port: providers, reasons, records."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from models.inputs.practice_system import (
    NewAppointment,
    SystemAppointment,
    SystemLocation,
    SystemPatient,
    SystemProvider,
    VisitReason,
)
from models.rules.appointments import LONGEST_APPOINTMENT
from tasks.connectors import practice_calendar_rows as rows
from tasks.connectors.ports import Connector, Rejected
from tasks.connectors.practice_calendar_store import CalendarFile, OpenCalendar, number

_COLOR: Final = re.compile(r"(#[0-9a-f]{6})?", re.IGNORECASE)
_KNOW_PROVIDER: Final = (
    "INSERT INTO provider (id, name, npi, is_active) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, npi = excluded.npi, is_active = excluded.is_active"
)
_KNOW_LOCATION: Final = (
    "INSERT INTO location (id, name, is_active) VALUES (?, ?, 1)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, is_active = 1"
)
_REASONS: Final = "SELECT id, name, minutes, color FROM reason ORDER BY name"
_REASON_NAMED: Final = "SELECT id, minutes, color FROM reason WHERE name = ?"


class FrontOffice(Connector):
    """The desk at one practice's calendar; raises as `PracticeCalendar`, and Rejected where a method says so."""

    vendor: ClassVar[str] = "calendar"

    def __init__(self, file: CalendarFile) -> None:
        self._file = file

    def register(self, providers: Sequence[SystemProvider], locations: Sequence[SystemLocation]) -> None:
        """Make the calendar where there is none, and let it know these providers and locations by our numbers.

        Whoever is not named any more becomes inactive; appointments stay.

        Raises:
            Rejected: "malformed" when an id is not a number.
        """
        self._file.make()
        self._file.write(lambda calendar: _register(calendar, providers, locations))

    def visit_reasons(self) -> Sequence[VisitReason]:
        """List the practice's visit reasons by name (A-79)."""
        return self._file.read(
            lambda calendar: [
                VisitReason(id=str(id_), name=name, minutes=minutes, color=color)
                for id_, name, minutes, color in calendar.connection.execute(_REASONS)
            ]
        )

    def add_visit_reason(self, name: str, *, minutes: int, color: str = "") -> VisitReason:
        """Add a visit reason (A-79); the same one again is the one that is there.

        Raises:
            Rejected: "malformed" (no name, minutes beyond 1 to 720, color unlike #2f80ed), "reason_exists" when the
                name is taken by another one.
        """
        wanted = _checked(VisitReason(id="", name=name, minutes=minutes, color=color))
        return self._file.write(lambda calendar: _added(calendar, wanted))

    def change_visit_reason(self, reason: VisitReason) -> VisitReason:
        """Change name, minutes and color of a reason (A-79); raises as `add_visit_reason`, or "unknown_reason"."""
        wanted = _checked(reason)
        self._file.write(lambda calendar: _changed_reason(calendar, wanted))
        return wanted

    def change_patient(self, patient: SystemPatient) -> SystemPatient:
        """Replace what a record says of a patient (A-75); our own id on it stays.

        Raises:
            Rejected: "malformed" when a name is empty, "unknown_patient".
        """
        return self._file.write(lambda calendar: _changed_patient(calendar, patient))

    def deactivate_patient(self, patient: str) -> SystemPatient:
        """Deactivate a record, such as a duplicate (A-74, A-98); raises Rejected("unknown_patient")."""

        def deactivated(calendar: OpenCalendar) -> SystemPatient:
            return _changed_patient(calendar, replace(_patient(calendar, patient), is_active=False))

        return self._file.write(deactivated)

    def book(self, wanted: Sequence[NewAppointment]) -> Sequence[SystemAppointment]:
        """Make many appointments in one go, all or none, each once per key; raises as `create_appointment`."""
        return self._file.write(lambda calendar: [rows.place(calendar, new) for new in wanted])


def _register(calendar: OpenCalendar, providers: Sequence[SystemProvider], locations: Sequence[SystemLocation]) -> None:
    calendar.connection.execute("UPDATE provider SET is_active = 0")
    calendar.connection.execute("UPDATE location SET is_active = 0")
    for provider in providers:
        id_ = _number(provider.id)
        name = calendar.keys.seal(provider.name, table="provider", column="name", row_id=id_)
        calendar.connection.execute(_KNOW_PROVIDER, (id_, name, provider.npi, provider.is_active))
    for location in locations:
        calendar.connection.execute(_KNOW_LOCATION, (_number(location.id), location.name))


def _number(ours: str) -> int:
    found = number(ours)
    if not found:
        raise Rejected(reason="malformed")
    return found


def _checked(reason: VisitReason) -> VisitReason:
    longest = LONGEST_APPOINTMENT.total_seconds() / 60
    if not reason.name.strip() or not 1 <= reason.minutes <= longest or not _COLOR.fullmatch(reason.color):
        raise Rejected(reason="malformed")
    return replace(reason, name=reason.name.strip(), color=reason.color.lower())


def _added(calendar: OpenCalendar, wanted: VisitReason) -> VisitReason:
    known = calendar.connection.execute(_REASON_NAMED, (wanted.name,)).fetchone()
    if known is not None:
        id_, *content = known
        if content != [wanted.minutes, wanted.color]:
            raise Rejected(reason="reason_exists")
        return replace(wanted, id=str(id_))
    id_ = calendar.new_id()
    calendar.connection.execute(
        "INSERT INTO reason (id, name, minutes, color) VALUES (?, ?, ?, ?)",
        (id_, wanted.name, wanted.minutes, wanted.color),
    )
    return replace(wanted, id=str(id_))


def _changed_reason(calendar: OpenCalendar, wanted: VisitReason) -> None:
    id_ = number(wanted.id)
    named = calendar.connection.execute(_REASON_NAMED, (wanted.name,)).fetchone()
    if named is not None and named[0] != id_:
        raise Rejected(reason="reason_exists")
    changed = calendar.connection.execute(
        "UPDATE reason SET name = ?, minutes = ?, color = ? WHERE id = ?",
        (wanted.name, wanted.minutes, wanted.color, id_),
    )
    if not changed.rowcount:
        raise Rejected(reason="unknown_reason")


def _patient(calendar: OpenCalendar, patient: str) -> SystemPatient:
    found = rows.patients(calendar, rows.PATIENT, number(patient))
    if not found:
        raise Rejected(reason="unknown_patient")
    return found[0]


def _changed_patient(calendar: OpenCalendar, wanted: SystemPatient) -> SystemPatient:
    id_ = number(_patient(calendar, wanted.id).id)
    person, born = rows.sealed_person(wanted, calendar.keys, row_id=id_)
    calendar.connection.execute(
        "UPDATE patient SET person = ?, born = ?, is_active = ? WHERE id = ?", (person, born, wanted.is_active, id_)
    )
    return _patient(calendar, wanted.id)
