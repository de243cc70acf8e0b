"""What the practice's staff do in Kareo's own screens, as plain calls; each stamps the server's clock."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from deployments.kareo_server.description import INTERFACE, KAREO, Name
from deployments.kareo_server.practice import Records
from deployments.kareo_server.rows import Appointment, Evidence, Patient, Reason

STATUSES: Final = INTERFACE.choices[Name(KAREO, "AppointmentStatus")].words
TENTATIVE: Final = "Tentative"
NOT_FILLED_IN: Final = 0


class State(Records):
    """The whole state of one server, with the hands of the front office."""

    def appointment(self, appointment: int) -> Appointment:
        """Give one appointment as it stands; an unknown id raises KeyError."""
        return self.appointments[appointment]

    def tentative(self) -> list[Appointment]:
        """List what waits for review (A-32), by its start."""
        with self.lock:
            waiting = [each for each in self.appointments.values() if each.status == TENTATIVE and not each.is_deleted]
        return sorted(waiting, key=lambda each: each.starts_at)

    def confirm(
        self, appointment: int, *, reason: str = "", minutes: int = NOT_FILLED_IN, start: datetime | None = None
    ) -> Appointment:
        """Confirm a request: its visit reason sets its length (A-37), the time may be edited (A-43).

        `start` is an aware moment; an unknown appointment or reason raises KeyError.
        """
        with self.lock:
            kept = self.appointment(appointment)
            length = kept.ends_at - kept.starts_at
            if reason:
                chosen = self._reason_named(kept.practice, reason)
                kept.reason, length = chosen.id, timedelta(minutes=chosen.minutes)
            if minutes:
                length = timedelta(minutes=minutes)
            kept.starts_at = start or kept.starts_at
            kept.ends_at = kept.starts_at + length
            return self.set_status(appointment, "Scheduled")

    def _reason_named(self, practice: int, name: str) -> Reason:
        return {each.name: each for each in self.owned_by(practice, self.reasons)}[name]

    def decline(self, appointment: int) -> Appointment:
        """Decline a request (A-42)."""
        return self.set_status(appointment, "Cancelled")

    def cancel(self, appointment: int) -> Appointment:
        """Cancel an appointment."""
        return self.set_status(appointment, "Cancelled")

    def reschedule(self, appointment: int, *, start: datetime, minutes: int = NOT_FILLED_IN) -> Appointment:
        """Move an appointment to another time (UTC), with another length where one is given."""
        with self.lock:
            kept = self.appointment(appointment)
            length = timedelta(minutes=minutes) if minutes else kept.ends_at - kept.starts_at
            kept.starts_at, kept.ends_at = start, start + length
            return self.set_status(appointment, "Rescheduled")

    def check_in(self, appointment: int) -> Appointment:
        """Note that the patient has come (A-85)."""
        return self.set_status(appointment, "CheckedIn")

    def check_out(self, appointment: int) -> Appointment:
        """Note that the visit is over (A-85)."""
        return self.set_status(appointment, "CheckedOut")

    def no_show(self, appointment: int) -> Appointment:
        """Note that the patient did not come."""
        return self.set_status(appointment, "NoShow")

    def set_status(self, appointment: int, status: str) -> Appointment:
        """Give an appointment any status of single calls; another word raises ValueError."""
        if status not in STATUSES:
            message = f"{status} is no status of Kareo's."
            raise ValueError(message)
        with self.lock:
            kept = self.appointment(appointment)
            kept.status = status
            return self.touch(kept)

    def change_provider(self, appointment: int, provider: int) -> Appointment:
        """Give an appointment to another provider."""
        with self.lock:
            kept = self.appointment(appointment)
            kept.provider = provider
            return self.touch(kept)

    def delete(self, appointment: int) -> Appointment:
        """Delete an appointment: it vanishes from the list."""
        with self.lock:
            kept = self.appointment(appointment)
            kept.is_deleted = True
            return self.touch(kept)

    def touch(self, kept: Appointment) -> Appointment:
        """Stamp an appointment with the server's clock."""
        kept.modified_at = self.now()
        return kept

    def book(
        self,
        patient: int,
        *,
        provider: int,
        start: datetime,
        minutes: int = 30,
        reason: str = "",
        status: str = "Scheduled",
    ) -> Appointment:
        """Make an appointment in Kareo's calendar (A-48), at the practice's first location."""
        with self.lock:
            practice = self.providers[provider].practice
            blank = self._blank(practice, start, minutes)
            blank.provider, blank.patient, blank.status = provider, patient, status
            blank.reason = self._reason_named(practice, reason).id if reason else NOT_FILLED_IN
            return self.keep_appointment(blank)

    def book_group(self, patients: list[int], *, provider: int, start: datetime, minutes: int = 60) -> Appointment:
        """Make a group appointment (A-59)."""
        with self.lock:
            blank = self._blank(self.providers[provider].practice, start, minutes)
            blank.provider, blank.is_group, blank.most_attendees = provider, True, max(len(patients), 10)
            blank.attendees = dict.fromkeys(patients, "PRESENT")
            return self.keep_appointment(blank)

    def _blank(self, practice: int, start: datetime, minutes: int) -> Appointment:
        location = next(self.owned_by(practice, self.locations)).id
        now = self.now()
        return Appointment(0, practice, location, start, start + timedelta(minutes=minutes), now, now)

    def add_patient(self, practice: int, first: str, last: str, *, born: date, **facts: Any) -> Patient:  # noqa: ANN401 - fields of the record
        """Make a patient record in Kareo; `facts` are other fields of the record."""
        now = self.now()
        return self.keep_patient(Patient(0, practice, first, last, now, now, born=born, **facts))

    def edit_patient(self, patient: int, **facts: Any) -> Patient:  # noqa: ANN401 - fields of the record
        """Change fields of a patient record; an unknown field raises AttributeError."""
        with self.lock:
            kept = self.patients[patient]
            for name, value in facts.items():
                setattr(kept, name, value)
            kept.modified_at = self.now()
            return kept

    def deactivate_patient(self, patient: int) -> Patient:
        """Deactivate a duplicate (A-74): lists leave it out."""
        return self.edit_patient(patient, is_active=False)

    def post_charge(self, practice: int, *, served_at: datetime, columns: Mapping[str, str]) -> Evidence:
        """Post a charge now, for a service of an earlier moment; `columns` are columns of the list."""
        with self.lock:
            made = self._evidence(practice, columns, {"Service": served_at})
            self.charges.append(made)
            return made

    def post_payment(self, practice: int, columns: Mapping[str, str]) -> Evidence:
        """Post a payment now."""
        with self.lock:
            made = self._evidence(practice, columns, {"Post": self.now()})
            self.payments.append(made)
            return made

    def post_transaction(self, practice: int, *, served_at: datetime, columns: Mapping[str, str]) -> Evidence:
        """Post a transaction now, for a service of an earlier moment."""
        with self.lock:
            made = self._evidence(practice, columns, {"Service": served_at, "Transaction": self.now()})
            self.transactions.append(made)
            return made

    def _evidence(self, practice: int, columns: Mapping[str, str], days: Mapping[str, datetime]) -> Evidence:
        now = self.now()
        usual = {"Created": now, "LastModified": now, "Posting": now}
        return Evidence(practice, {"ID": str(self.next_number()), **columns}, {**usual, **days})
