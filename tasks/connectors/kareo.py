"""Speaks with Kareo's practice management over its SOAP interface, for one practice of one account.

Lists are never left to their defaults: windows, the offset from GMT and every column are said each time. What the
interface cannot do is written beside the method that meets it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Final, TypeAlias, TypeVar

from models.inputs.billing_evidence import BillingDay
from models.inputs.practice_system import (
    AccountCheck,
    AppointmentChange,
    Listing,
    NewAppointment,
    NewPatient,
    SystemAccount,
    SystemAppointment,
    SystemLocation,
    SystemPatient,
    SystemProvider,
)
from models.rules.appointments import CALLED_OFF, UNDECIDED
from tasks.connectors.kareo_billing import billing_days
from tasks.connectors.kareo_failures import NOT_FOUND, PERMISSION_MISSING, Record
from tasks.connectors.kareo_records import (
    APPOINTMENT_FIELDS,
    LOCATION_FIELDS,
    PATIENT_FIELDS,
    PRACTICE_FIELDS,
    PROVIDER_FIELDS,
    appointment_in_list,
    appointment_in_record,
    appointment_to_create,
    appointment_to_update,
    belongs,
    location_in,
    number,
    patient_as_told,
    patient_in,
    patient_to_create,
    practice_in,
    provider_in,
    rows,
    text,
)
from tasks.connectors.kareo_wire import Answer, Credentials, Endpoint, wire_to
from tasks.connectors.kareo_words import NEVER, list_day, list_time, offset_at, offset_words, whole_days
from tasks.connectors.ports import Connector, OutsideError, Rejected, Unavailable, Unknown

SLICE: Final = timedelta(days=7)  # of a long window, per call
A_SECOND: Final = timedelta(seconds=1)  # lists know no fractions
A_DAY: Final = timedelta(days=1)
_LONG_AGO: Final = datetime(1990, 1, 1, tzinfo=UTC)
_NOBODY_BORN: Final = date(1850, 1, 1)

Content: TypeAlias = Mapping[str, object]
Seen = TypeVar("Seen")


class KareoSystem(Connector):
    """One practice in Kareo. `calls` counts what was asked, by operation, for the budget of the customer key."""

    vendor: ClassVar[str] = "kareo"

    def __init__(
        self,
        account: SystemAccount,
        *,
        connect_timeout: float = 10,
        answer_timeout: float = 60,
        before_call: Callable[[], None] | None = None,
    ) -> None:
        """Take an account; nothing is sent yet. Time-outs are in seconds.

        `before_call` is asked before each single call, and raises Unavailable when it must not be made now.
        """
        self.calls: Counter[str] = Counter()
        self._before_call = before_call
        self._account = account
        self._endpoint = Endpoint(account.address, connect_timeout, answer_timeout)
        self._anywhere = Credentials(account.customer_key, account.user, account.password)
        self._here = replace(self._anywhere, practice=_number_or_none(account.system_practice))
        self._known: frozenset[str] = frozenset()

    def check(self) -> AccountCheck:
        """Say which practices the account reaches, and which of our reading operations lack a permission.

        Permissions to write cannot be tried without writing; they show with the first write.
        """
        answer = self._ask("GetPractices", {"Fields": PRACTICE_FIELDS}, self._anywhere)
        probes: tuple[Callable[[], object], ...] = (
            self.providers,
            self.locations,
            lambda: self.patients_born(_NOBODY_BORN),
            lambda: self.appointments(_LONG_AGO, _LONG_AGO + A_SECOND),
        )
        missing = (_permission_missing(probe) for probe in probes)
        return AccountCheck(
            practices=[practice_in(row) for row in rows(answer.record.Practices, "PracticeData")],
            missing_permissions=tuple(operation for operation in missing if operation),
        )

    def providers(self) -> Sequence[SystemProvider]:
        """List the practice's providers, without the physicians elsewhere who only refer patients."""
        answer = self._ask("GetProviders", {"Fields": PROVIDER_FIELDS, "Filter": self._of_practice()})
        listed = self._mine(rows(answer.record.Providers, "ProviderData"), "PracticeID")
        found = [provider_in(row) for row in listed if "referring" not in text(row.Type).casefold()]
        self._known = frozenset(provider.name for provider in found)
        return found

    def locations(self) -> Sequence[SystemLocation]:
        """List the practice's service locations."""
        answer = self._ask("GetServiceLocations", {"Fields": LOCATION_FIELDS, "Filter": self._of_practice()})
        listed = rows(answer.record.ServiceLocations, "ServiceLocationData")
        return [location_in(row) for row in self._mine(listed, "PracticeID")]

    def patients_born(self, born: date) -> Sequence[SystemPatient]:
        """List the active patients with a date of birth (A-69, A-98); Kareo's list leaves inactive ones out."""
        window = {"FromDateOfBirth": list_day(born), "ToDateOfBirth": list_day(born)}
        filters = {**self._of_practice(), **window}
        answer = self._ask("GetPatients", {"Fields": PATIENT_FIELDS, "Filter": filters})
        found = [patient_in(row) for row in self._mine(rows(answer.record.Patients, "PatientData"), "PracticeId")]
        return [patient for patient in found if patient.born == born]

    def patient(self, patient: str) -> SystemPatient | None:
        """Read one patient by Kareo's id. Neither the external id nor whether it is active comes with it."""
        return self._patient({"PatientID": number(patient)})

    def patient_known_as(self, external_id: str) -> SystemPatient | None:
        """Find the patient that carries our own id.

        Raises:
            Rejected: "vendor_not_registered": without `register_vendor` no patient can carry one.
        """
        self._require_vendor()
        filters = {"ExternalID": external_id, "ExternalVendorID": self._account.vendor_number}
        return self._patient(filters, external_id=external_id)

    def create_patient(self, new: NewPatient) -> SystemPatient:
        """Make a patient record with our own id on it, and give it as Kareo shows it."""
        self._require_vendor()
        answer = self._tell("CreatePatient", {"Patient": patient_to_create(new, self._account)})
        identity = text(answer.record.PatientID)
        if not identity:
            raise Unknown(reason="no_reference")
        seen = _quietly(lambda: self._patient({"PatientID": number(identity)}, external_id=new.external_id))
        return seen or patient_as_told(new, identity)

    def appointment(self, appointment: str) -> SystemAppointment | None:
        """Read one appointment by id; none when it is absent, status deleted when Kareo still shows it so."""
        record = self._appointment(appointment)
        return None if record is None else appointment_in_record(record)

    def appointments(self, start: datetime, end: datetime) -> Listing:
        """List all appointments that start within a half-open window (UTC), a week per call.

        Tentative ones may be missing, because Kareo's guide does not list that status: they are watched by id. The
        time is the server's at the first call, so that a cursor never passes what changed during the others.

        Raises:
            ValueError: the window is empty.
        """
        if start >= end:
            message = "The window of appointments ends before it starts: give a later end."
            raise ValueError(message)
        found: dict[str, SystemAppointment] = {}
        times = []
        for first, last in _slices(start, end):
            listed, server_time = self._list(whole_days(first, last, self._account.zone), first)
            found.update({each.id: each for each in listed if first <= each.starts_at < last})
            times.append(server_time)
        return Listing(list(found.values()), _first_time(times, found.values(), otherwise=None))

    def appointments_changed(self, since: datetime, until: datetime) -> Listing:
        """List appointments last modified within a window (UTC), rounded outwards to seconds.

        Deletions are not among them: only a comparison of a whole window finds those. The overlap with the window
        before is the caller's.
        """
        offset, latest = offset_at(since, self._account.zone), until.replace(microsecond=0) + A_SECOND
        window = {
            "FromLastModifiedDate": list_time(since, offset),
            "ToLastModifiedDate": list_time(latest, offset),
        }
        listed, server_time = self._list(window, since)
        return Listing(listed, _first_time([server_time], listed, otherwise=since))

    def find_created(self, new: NewAppointment) -> SystemAppointment | None:
        """Look for what a creation with an unknown outcome made: by our key, else by provider, start and patient.

        Raises:
            Unknown: "not_listed" when a tentative one is not found and the list shows no other tentative one either:
                then its absence proves nothing, and a person has to look.
        """
        listed = self.appointments(new.starts_at - A_DAY, new.starts_at + A_DAY).appointments
        theirs = [each.id for each in listed if each.patient == new.patient]
        seen = [each for each in (self.appointment(identity) for identity in theirs) if each]
        by_key = [each for each in seen if each.key == new.key]
        alike = [each for each in seen if _is_same(each, new)]
        if by_key or alike:
            return (by_key or alike)[0]
        if new.status in UNDECIDED and not any(each.status in UNDECIDED for each in listed):
            raise Unknown(reason="not_listed")
        return None

    def create_appointment(self, new: NewAppointment) -> SystemAppointment:
        """Make an appointment, and give it as Kareo shows it; raises as the port says."""
        request = appointment_to_create(new, number(self._account.system_practice))
        return self._shown(self._tell("CreateAppointment", {"Appointment": request}))

    def update_appointment(self, change: AppointmentChange) -> SystemAppointment:
        """Replace an appointment, keeping what the change cannot name, and give it as Kareo shows it."""
        current = self._appointment(change.id)
        if current is None or current.IsDeleted:
            raise Rejected(reason=NOT_FOUND)
        return self._shown(self._tell("UpdateAppointment", {"Appointment": appointment_to_update(change, current)}))

    def delete_appointment(self, appointment: str) -> None:
        """Delete an appointment of this practice; one that is absent already is no error."""
        current = self._appointment(appointment)
        if current is None or current.IsDeleted:
            return
        try:
            answer = self._tell("DeleteAppointment", {"Appointment": {"AppointmentId": number(appointment)}})
        except Rejected as refusal:
            if refusal.reason != NOT_FOUND:
                raise
            return
        if not answer.record.Deleted:
            raise Unknown(reason="not_deleted")

    def billing_days(self, since: date, until: date) -> Sequence[BillingDay]:
        """Count charges, claims and payments by payer and day, both ends included; nothing of a patient is asked."""
        return billing_days(lambda *asked: self._ask(*asked).record, self._of_practice(), since, until)

    def register_vendor(self, name: str) -> int:
        """Give the number under which patients carry our own ids, registering us where that was never done."""
        answer = self._ask("GetExternalVendors", {}, self._anywhere)
        vendors = rows(answer.record.ExternalVendors, "ExternalVendorData")
        known = [each.ExternalVendorID for each in vendors if text(each.ExternalVendorName) == name]
        if known and known[0]:
            return int(known[0])
        wanted = {"ExternalVendor": {"ExternalVendorName": name}}
        told = self._tell("RegisterExternalVendor", wanted, self._anywhere)
        made = getattr(told.record.ExternalVendor, "ExternalVendorID", None)
        if not made:
            raise Unknown(reason="no_reference")
        return int(made)

    def _ask(self, operation: str, content: Content, credentials: Credentials | None = None) -> Answer:
        self._count(operation)
        return wire_to(self._endpoint).ask(operation, credentials or self._here, content)

    def _tell(self, operation: str, content: Content, credentials: Credentials | None = None) -> Answer:
        self._count(operation)
        return wire_to(self._endpoint).tell(operation, credentials or self._here, content)

    def _count(self, operation: str) -> None:
        if self._before_call is not None:
            self._before_call()
        self.calls[operation] += 1

    def _of_practice(self) -> dict[str, str | None]:
        return {"PracticeName": self._account.system_name or None, "PracticeID": self._account.system_practice or None}

    def _mine(self, listed: Sequence[Record], column: str) -> list[Record]:
        """Leave out rows of the account's other practices: names of practices need not be unique."""
        return [row for row in listed if belongs(getattr(row, column), self._account.system_practice)]

    def _list(self, days: Mapping[str, str], moment: datetime) -> tuple[list[SystemAppointment], datetime | None]:
        """Ask for one list of appointments, with the offset that the practice's zone has at a moment."""
        offset = offset_at(moment, self._account.zone)
        filters = {
            **days,
            "TimeZoneOffsetFromGMT": offset_words(offset),
            "PracticeName": self._account.system_name or None,
        }
        answer = self._ask("GetAppointments", {"Fields": APPOINTMENT_FIELDS, "Filter": filters})
        listed = self._mine(rows(answer.record.Appointments, "AppointmentData"), "PracticeID")
        return [appointment_in_list(row, offset, known=self._known) for row in listed], answer.server_time

    def _appointment(self, appointment: str) -> Record | None:
        content = {"Appointment": {"AppointmentId": number(appointment)}}
        answer = _or_absent(lambda: self._ask("GetAppointment", content))
        record = answer.record.Appointment if answer else None
        if record is None or not belongs(record.PracticeId, self._account.system_practice):
            return None
        return record

    def _patient(self, filters: Mapping[str, object], *, external_id: str = "") -> SystemPatient | None:
        answer = _or_absent(lambda: self._ask("GetPatient", {"Filter": filters}))
        row = answer.record.Patient if answer else None
        if row is None or not text(row.ID) or not belongs(row.PracticeId, self._account.system_practice):
            return None
        return patient_in(row, external_id=external_id)

    def _shown(self, told: Answer) -> SystemAppointment:
        """Read back what was written; where that fails, the answer to the writing shows it as well."""
        written = told.record.Appointment
        identity = text(getattr(written, "AppointmentId", None))
        if not identity:
            raise Unknown(reason="no_reference")
        seen = _quietly(lambda: self.appointment(identity)) or _quietly(lambda: appointment_in_record(written))
        if seen is None:
            raise Unknown(reason="not_read_back")
        return seen

    def _require_vendor(self) -> None:
        if not self._account.vendor_number:
            raise Rejected(reason="vendor_not_registered")


def _number_or_none(practice: str) -> int:
    return int(practice) if practice.isdecimal() else 0


def _or_absent(ask: Callable[[], Answer]) -> Answer | None:
    try:
        return ask()
    except Rejected as refusal:
        if refusal.reason != NOT_FOUND:
            raise
        return None


def _quietly(read: Callable[[], Seen | None]) -> Seen | None:
    """Read back after a change that did happen: a failure now must not look like a failure of the change."""
    try:
        return read()
    except OutsideError:
        return None


def _permission_missing(probe: Callable[[], object]) -> str:
    try:
        probe()
    except Rejected as refusal:
        code, _, operation = refusal.reason.partition(":")
        if code not in (PERMISSION_MISSING, "practice_not_authorised"):
            raise
        return operation
    return ""


def _slices(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        last = min(start + SLICE, end)
        yield start, last
        start = last


def _first_time(
    times: Sequence[datetime | None], seen: Iterable[SystemAppointment], *, otherwise: datetime | None
) -> datetime:
    """Give the server's clock at its first answer; without one, the last change that it showed.

    Raises:
        Unavailable: neither is there: a cursor must not move by a guess.
    """
    told = [time for time in times if time]
    changes = [each.modified_at for each in seen if each.modified_at > NEVER]
    if told or changes:
        return told[0] if told else max(changes)
    if otherwise is None:
        raise Unavailable(reason="no_server_time")
    return otherwise


def _is_same(shown: SystemAppointment, new: NewAppointment) -> bool:
    """Compare what identifies a booking; one that was called off is no answer to a new request for the same time."""
    facts = (shown.provider, shown.patient, shown.starts_at)
    return facts == (new.provider, new.patient, new.starts_at) and shown.status not in CALLED_OFF
