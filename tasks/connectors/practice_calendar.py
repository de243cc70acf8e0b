"""The built-in practice calendar: a whole practice system for practices that have no account with a vendor."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, Final

from models.inputs.practice_system import (
    AccountCheck,
    AppointmentChange,
    Listing,
    NewAppointment,
    NewPatient,
    SystemAppointment,
    SystemLocation,
    SystemPatient,
    SystemPractice,
    SystemProvider,
)
from models.rules.appointments import Status
from tasks.connectors import practice_calendar_rows as rows
from tasks.connectors.ports import Connector
from tasks.connectors.practice_calendar_store import CalendarFile, OpenCalendar, microseconds, number

_PROVIDERS: Final = "SELECT id, name, npi, is_active FROM provider ORDER BY id"
_LOCATIONS: Final = "SELECT id, name FROM location WHERE is_active ORDER BY id"


class PracticeCalendar(Connector):
    """Speaks the port of practice systems over one practice's file.

    Every method raises Unavailable("calendar_not_writable"), Rejected("calendar_missing", "calendar_unreadable",
    "calendar_too_new") or, where something was to be written and the disk failed, Unknown("calendar_unsure").
    """

    vendor: ClassVar[str] = "calendar"

    def __init__(self, file: CalendarFile, *, name: str = "") -> None:
        self._file = file
        self._name = name

    def check(self) -> AccountCheck:
        """Say which practice the calendar is kept for, once it can be opened."""
        self._file.read(lambda calendar: calendar.time())
        return AccountCheck(practices=(SystemPractice(id=str(self._file.practice), name=self._name),))

    def providers(self) -> Sequence[SystemProvider]:
        """List the providers, also those who left."""
        return self._file.read(_providers)

    def locations(self) -> Sequence[SystemLocation]:
        """List the locations that are in use."""

        def listed(calendar: OpenCalendar) -> Sequence[SystemLocation]:
            return [SystemLocation(id=str(id_), name=name) for id_, name in calendar.connection.execute(_LOCATIONS)]

        return self._file.read(listed)

    def patients_born(self, born: date) -> Sequence[SystemPatient]:
        """List the patients with a date of birth, inactive ones too (A-69)."""
        return self._file.read(
            lambda calendar: rows.patients(calendar, rows.PATIENTS_BORN, rows.born_code(born, calendar.keys))
        )

    def patient(self, patient: str) -> SystemPatient | None:
        """Read one patient."""
        found = self._file.read(lambda calendar: rows.patients(calendar, rows.PATIENT, number(patient)))
        return found[0] if found else None

    def patient_known_as(self, external_id: str) -> SystemPatient | None:
        """Find the patient that carries our own id."""
        found = self._file.read(lambda calendar: rows.patients(calendar, rows.PATIENT_KNOWN_AS, external_id))
        return found[0] if found else None

    def create_patient(self, new: NewPatient) -> SystemPatient:
        """Make a patient record once per id of ours; raises Rejected("malformed") when a name is empty."""
        return self._file.write(lambda calendar: _created(calendar, new))

    def appointment(self, appointment: str) -> SystemAppointment | None:
        """Read one appointment; a deleted one is shown by its tombstone, status deleted."""
        return self._one(rows.APPOINTMENT, number(appointment))

    def appointments(self, start: datetime, end: datetime) -> Listing:
        """List all appointments that start within a half-open window (UTC), by start; deleted ones are absent."""
        return self._listing(rows.IN_WINDOW, start, end)

    def appointments_changed(self, since: datetime, until: datetime) -> Listing:
        """List what was modified within a half-open window of the calendar's clock (UTC), oldest change first."""
        return self._listing(rows.CHANGED, since, until)

    def find_created(self, new: NewAppointment) -> SystemAppointment | None:
        """Look for an appointment by its key alone, which is unique here; a deleted one was created, too."""
        return self._one(rows.APPOINTMENT_OF_KEY, str(new.key))

    def create_appointment(self, new: NewAppointment) -> SystemAppointment:
        """Make an appointment once per key; it may overlap others (A-102).

        Raises:
            Rejected: "malformed", or what is not known here: "unknown_provider", "unknown_location",
                "unknown_patient", "unknown_reason".
        """
        return self._file.write(lambda calendar: rows.place(calendar, new))

    def update_appointment(self, change: AppointmentChange) -> SystemAppointment:
        """Replace an appointment, keeping what the change leaves empty.

        Raises:
            Rejected: as `create_appointment`, and "unknown_appointment".
        """
        return self._file.write(lambda calendar: rows.replace(calendar, change))

    def delete_appointment(self, appointment: str) -> None:
        """Delete an appointment; one that is absent already is no error."""
        self._file.write(lambda calendar: rows.bury(calendar, appointment))

    def billing_days(self, since: date, until: date) -> None:
        """Say that this cannot be told: the built-in calendar knows neither charges nor claims."""
        _ = since, until

    def _one(self, query: str, value: int | str) -> SystemAppointment | None:
        found = self._file.read(lambda calendar: rows.appointments(calendar, query, (value,)))
        return found[0] if found else None

    def _listing(self, query: str, start: datetime, end: datetime) -> Listing:
        window = (microseconds(start), microseconds(end), Status.DELETED)

        def listed(calendar: OpenCalendar) -> Listing:
            time = calendar.time()
            found = calendar.connection.execute(query, window).fetchall()
            calendar.let_others_write()
            return Listing([rows.shown_appointment(row, calendar.keys) for row in found], server_time=time)

        return self._file.read_alone(listed)


def _providers(calendar: OpenCalendar) -> Sequence[SystemProvider]:
    return [
        SystemProvider(
            id=str(id_),
            name=calendar.keys.unseal(name, table="provider", column="name", row_id=id_),
            npi=npi,
            is_active=bool(is_active),
        )
        for id_, name, npi, is_active in calendar.connection.execute(_PROVIDERS)
    ]


def _created(calendar: OpenCalendar, new: NewPatient) -> SystemPatient:
    known = rows.patients(calendar, rows.PATIENT_KNOWN_AS, new.external_id)
    if known:
        return known[0]
    id_ = calendar.new_id()
    person, born = rows.sealed_person(new, calendar.keys, row_id=id_)
    query = "INSERT INTO patient (id, external_id, person, born, is_active) VALUES (?, nullif(?, ''), ?, ?, 1)"
    calendar.connection.execute(query, (id_, new.external_id, person, born))
    return rows.patients(calendar, rows.PATIENT, id_)[0]
