"""Appointments: requests reviewed, confirmed and declined; what the front office records; both systems' lists."""

from enum import StrEnum
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import (
    ActorKey,
    AppointmentNumber,
    FormKeys,
    LocalMoment,
    NewMoment,
    PracticeKey,
    VisitReasonKey,
    keys_of,
)
from models.rules import appointment_events as events
from models.rules.appointments import CancelReason, DeclineReason, Status
from tasks import appointments, patients
from tasks.artifacts import show_rows
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined
from tasks.visits import decided, refuse


class VisitKind(StrEnum):
    """How the visit takes place; as requested unless staff choose otherwise (A-38)."""

    AS_REQUESTED = "as_requested"
    OFFICE = "office"
    TELEHEALTH = "telehealth"


class OnConflict(StrEnum):
    """What to do when the provider has something else then (A-35)."""

    STOP = "stop_and_tell_me"
    GO_ON = "go_on_it_is_fine"


class FrontOfficeStatus(StrEnum):
    """What the front office can put right (A-100)."""

    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    NO_SHOW = "no_show"


_IS_VIRTUAL = {VisitKind.AS_REQUESTED: None, VisitKind.OFFICE: False, VisitKind.TELEHEALTH: True}


@flow(flow_run_name="list-requests {practice}")
def list_requests(practice: PracticeKey, as_of: str = "") -> int | State[Any]:
    """List the appointment requests that wait for review, with conflicts and notes for the reviewer.

    Args:
        practice: Short name of the practice.
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    if missing := appointments.unknown_practice(practice):
        return refuse(missing)
    rows = appointments.waiting_rows(practice, as_of=moment(as_of))
    show_rows(rows, key=f"requests-{practice}", description=f"Requests of {practice} that wait for review")
    return len(rows)


@flow(flow_run_name="list-appointments {practice}")
def list_appointments(practice: PracticeKey, days: int = 14, as_of: str = "") -> int | State[Any]:
    """List a practice's appointments with the status that each system shows.

    Args:
        practice: Short name of the practice.
        days: How many days ahead.
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    if missing := appointments.unknown_practice(practice):
        return refuse(missing)
    rows = appointments.appointment_rows(practice, days, as_of=moment(as_of))
    show_rows(rows, key=f"appointments-{practice}", description=f"Appointments of {practice} in both systems")
    return len(rows)


@flow(flow_run_name="view-conflict {appointment}")
def view_conflict(appointment: AppointmentNumber) -> int:
    """Show what else the provider has at the time of a request (View Conflict).

    Args:
        appointment: Number of the request, from list-requests.
    """
    rows = appointments.conflict_rows(appointment, as_of=now())
    show_rows(rows, key=f"conflict-{appointment}", description=f"What request {appointment} collides with")
    return len(rows)


@flow(flow_run_name="confirm-request {appointment}")
def confirm_request(  # noqa: PLR0913, PLR0917 - the fields of the form
    appointment: AppointmentNumber,
    visit_reason: VisitReasonKey,
    by: ActorKey,
    new_start: LocalMoment = "",
    visit: VisitKind = VisitKind.AS_REQUESTED,
    intake_forms: FormKeys = "",
    on_conflict: OnConflict = OnConflict.STOP,
) -> State[Any]:
    """Confirm an appointment request: the practice system gets it, the patient is told, PatientPop shows Booked.

    Args:
        appointment: Number of the request, from list-requests.
        visit_reason: The practice system's visit reason; its minutes become the duration.
        by: Key of whoever confirms.
        new_start: Another local date and time, like 2026-12-01 14:30; empty keeps the requested one.
        visit: In the office or by telehealth; as requested unless chosen otherwise.
        intake_forms: Keys of the intake forms to send, separated by commas (Kareo Engage).
        on_conflict: What to do when the provider has something else then.
    """
    at = now()
    event = appointments.confirmation(
        appointment,
        visit_reason,
        new_start,
        is_virtual=_IS_VIRTUAL[visit],
        forms=keys_of(intake_forms),
        despite_conflict=on_conflict is OnConflict.GO_ON,
        as_of=at,
    )
    return refuse(event) if isinstance(event, str) else decided(appointment, event, by=by, as_of=at)


@flow(flow_run_name="decline-request {appointment}")
def decline_request(appointment: AppointmentNumber, reason: DeclineReason, by: ActorKey) -> State[Any]:
    """Decline an appointment request: the patient is told, PatientPop shows Canceled.

    Args:
        appointment: Number of the request, from list-requests.
        reason: Why; for the history only.
        by: Key of whoever declines.
    """
    return decided(appointment, events.Decline(reason), by=by, as_of=now())


@flow(flow_run_name="withdraw-request {appointment}")
def withdraw_request(appointment: AppointmentNumber, by: ActorKey) -> State[Any]:
    """Record that the patient does not want the request any more; its time is free again.

    Args:
        appointment: Number of the request, from list-requests.
        by: Key of whoever records it.
    """
    return decided(appointment, events.Withdraw(), by=by, as_of=now())


@flow(flow_run_name="reschedule-appointment {appointment}")
def reschedule_appointment(
    appointment: AppointmentNumber,
    new_start: NewMoment,
    by: ActorKey,
    minutes: int = 0,
    on_conflict: OnConflict = OnConflict.STOP,
) -> State[Any]:
    """Move a confirmed appointment in the practice system; reminders follow the new time.

    Args:
        appointment: Number of the appointment, from list-appointments.
        new_start: New local date and time, like 2026-12-01 14:30.
        by: Key of whoever moves it.
        minutes: New length; 0 keeps it.
        on_conflict: What to do when the provider has something else then.
    """
    at = now()
    is_fine = on_conflict is OnConflict.GO_ON
    event = appointments.move(appointment, new_start, minutes, despite_conflict=is_fine, as_of=at)
    return refuse(event) if isinstance(event, str) else decided(appointment, event, by=by, as_of=at)


@flow(flow_run_name="cancel-appointment {appointment}")
def cancel_appointment(appointment: AppointmentNumber, reason: CancelReason, by: ActorKey) -> State[Any]:
    """Cancel a confirmed appointment in the practice system; PatientPop shows Canceled.

    Args:
        appointment: Number of the appointment, from list-appointments.
        reason: Why; for the history only.
        by: Key of whoever cancels.
    """
    return decided(appointment, events.Cancel(reason), by=by, as_of=now())


@flow(flow_run_name="check-in {appointment}")
def check_in(appointment: AppointmentNumber, by: ActorKey) -> State[Any]:
    """Check a patient in.

    Args:
        appointment: Number of the appointment, from list-appointments.
        by: Key of whoever records it.
    """
    return decided(appointment, events.SetStatus(Status.CHECKED_IN), by=by, as_of=now())


@flow(flow_run_name="check-out {appointment}")
def check_out(appointment: AppointmentNumber, by: ActorKey) -> State[Any]:
    """Check a patient out: the moment from which feedback is asked for.

    Args:
        appointment: Number of the appointment, from list-appointments.
        by: Key of whoever records it.
    """
    return decided(appointment, events.SetStatus(Status.CHECKED_OUT), by=by, as_of=now())


@flow(flow_run_name="record-no-show {appointment}")
def record_no_show(appointment: AppointmentNumber, by: ActorKey) -> State[Any]:
    """Record that the patient did not come.

    Args:
        appointment: Number of the appointment, from list-appointments.
        by: Key of whoever records it.
    """
    return decided(appointment, events.SetStatus(Status.NO_SHOW), by=by, as_of=now())


@flow(flow_run_name="correct-status {appointment}")
def correct_status(appointment: AppointmentNumber, status: FrontOfficeStatus, by: ActorKey) -> State[Any]:
    """Put a status right that was set by mistake; a check-out that is undone cancels feedback not sent yet.

    Args:
        appointment: Number of the appointment, from list-appointments.
        status: What is true.
        by: Key of whoever corrects it.
    """
    return decided(appointment, events.SetStatus(Status(status)), by=by, as_of=now())


@flow(flow_run_name="delete-appointment {appointment}")
def delete_appointment(appointment: AppointmentNumber, by: ActorKey) -> State[Any]:
    """Delete an appointment in the practice system, for instance a test.

    Args:
        appointment: Number of the appointment, from list-appointments.
        by: Key of whoever deletes it.
    """
    return decided(appointment, events.Delete(), by=by, as_of=now())


@flow(flow_run_name="cancel-in-patientpop {appointment}")
def cancel_in_patientpop(appointment: AppointmentNumber, by: ActorKey) -> State[Any]:
    """Show an appointment as Canceled in PatientPop only: the practice system keeps it, the patient is told nothing.

    Args:
        appointment: Number of the appointment, from list-appointments.
        by: Key of whoever cancels it there.
    """
    return decided(appointment, events.CancelInPortal(), by=by, as_of=now())


@flow(flow_run_name="delete-in-patientpop {appointment}")
def delete_in_patientpop(appointment: AppointmentNumber, by: ActorKey) -> State[Any]:
    """Take an invalid or test appointment out of PatientPop's lists only; the practice system keeps it.

    Args:
        appointment: Number of the appointment, from list-appointments.
        by: Key of whoever deletes it there.
    """
    return decided(appointment, events.DeleteInPortal(), by=by, as_of=now())


@flow(flow_run_name="show-drift {practice}")
def show_drift(practice: PracticeKey, as_of: str = "") -> int | State[Any]:
    """List where the two systems differ as documented and somebody should know, with the repair.

    Args:
        practice: Short name of the practice.
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    if missing := appointments.unknown_practice(practice):
        return refuse(missing)
    rows = appointments.drift_rows(practice, as_of=moment(as_of))
    show_rows(rows, key=f"drift-{practice}", description=f"Where the two systems of {practice} differ")
    records = patients.drift_rows(practice)
    show_rows(records, key=f"patient-drift-{practice}", description=f"Where patient records of {practice} differ")
    return len(rows) + len(records)


@flow(flow_run_name="advance-appointments")
@unless_quarantined
def advance_appointments(as_of: str = "", limit: int = 1_000) -> dict[str, int]:
    """Let undecided requests lapse and send due reminders, beside the standing dispatch.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most timers that this run takes.
    """
    at = moment(as_of)
    counts: dict[str, int] = {}
    for size in appointments.batches_of_visits(as_of=at, limit=limit):
        for kind, count in appointments.advance_visits(size, as_of=at).items():
            counts[kind] = counts.get(kind, 0) + count
    return counts
