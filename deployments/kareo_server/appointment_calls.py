"""The calls about one appointment: moments in UTC, statuses in the words of single calls, providers by number."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Final

from deployments.kareo_server import security
from deployments.kareo_server.failures import CallFailedError, found, in_order, required
from deployments.kareo_server.practice import DeletedAs, Owned
from deployments.kareo_server.rows import Appointment, Login, Patient
from deployments.kareo_server.soap import Record
from deployments.kareo_server.staff import State

_NEEDED_TO_CREATE: Final = ("WasCreatedOnline",)
_NEEDED_TO_UPDATE: Final = (
    "AppointmentStatus",
    "StartTime",
    "EndTime",
    "AppointmentReasonId",
    "ResourceId",
    "AppointmentName",
    "MaxAttendees",
)
"""What a call must say although its description does not oblige it to; nil and zero do say something."""
_GENDERS: Final = {"Unknown": 0, "Male": 1, "Female": 2}
_NEVER_OTHERWISE: Final = {"CreatedBy": 0, "ForRecare": False, "IsRecurring": False, "UpdatedBy": 0}
_ABSENT: Final = "The appointment"


def get_appointment(state: State, login: Login, given: Record) -> Record:
    """Read one appointment; a deleted one is shown with its flag, or fails, by switch."""
    number = required(given.get("Appointment"), "Appointment")["AppointmentId"]
    kept = found(state.appointments.get(number), _ABSENT)
    security.must_reach(login, kept.practice)
    if kept.is_deleted and state.switches.deleted_as is DeletedAs.ERROR:
        found(None, _ABSENT)
    return {"Appointment": _written(state, login, kept)}


def create_appointment(state: State, login: Login, given: Record) -> Record:
    """Make an appointment; nothing is looked for first, so that a second call makes a second one."""
    wanted = required(given.get("Appointment"), "Appointment")
    for name in _NEEDED_TO_CREATE:
        required(wanted.get(name), name)
    practice = found(state.practices.get(wanted["PracticeId"]), "The practice").id
    security.must_reach(login, practice)
    now = state.now()
    is_group = bool(wanted.get("IsGroupAppointment"))
    made = Appointment(0, practice, 0, now, now, now, now, is_group=is_group)
    made.type = wanted["AppointmentType"]
    made.key = wanted.get("AppointmentUUID")
    made.is_online = wanted["WasCreatedOnline"]
    patient = (wanted.get("PatientSummary") or {}).get("PatientId") or 0
    _fill(state, made, wanted, patient)
    if is_group:
        made.attendees = {each["PatientId"]: each.get("Status") or "PRESENT" for each in _attendees(wanted)}
    return {"Appointment": _written(state, login, state.keep_appointment(made))}


def _attendees(wanted: Record) -> list[Record]:
    attendees: list[Record] = (wanted.get("PatientSummaries") or {}).get("GroupPatientSummary") or []
    return attendees


def update_appointment(state: State, login: Login, given: Record) -> Record:
    """Replace an appointment by what is given: what is left out becomes empty."""
    wanted = required(given.get("Appointment"), "Appointment")
    kept = found(state.appointments.get(wanted["AppointmentId"]), _ABSENT)
    security.must_reach(login, kept.practice)
    if kept.is_deleted:
        found(None, _ABSENT)
    for name in _NEEDED_TO_UPDATE:
        if name not in wanted:
            required(None, name)
    _fill(state, kept, wanted, wanted["PatientId"])
    return {"Appointment": _written(state, login, state.touch(kept))}


def delete_appointment(state: State, login: Login, given: Record) -> Record:
    """Delete an appointment; one that is gone already is an error."""
    number = required(given.get("Appointment"), "Appointment")["AppointmentId"]
    kept = found(state.appointments.get(number), _ABSENT)
    security.must_reach(login, kept.practice)
    if kept.is_deleted:
        found(None, _ABSENT)
    state.delete(number)
    return {"AppointmentId": number, "Deleted": True}


def _fill(state: State, row: Appointment, wanted: Record, patient: int) -> None:
    """Check everything first and write it then, so that a failing call changes nothing."""
    start, end = required(wanted.get("StartTime"), "StartTime"), required(wanted.get("EndTime"), "EndTime")
    in_order(start, end)
    provider, reason, resources = (
        wanted.get("ProviderId") or 0,
        wanted.get("AppointmentReasonId") or 0,
        _resources(wanted),
    )
    location = _owned(row, state.locations, wanted["ServiceLocationId"], "The service location")
    if not provider and not resources:
        message = "An appointment needs a provider or a resource."
        raise CallFailedError(message)
    _all_owned(row, state.providers, [provider] if provider else [], "The provider")
    _all_owned(row, state.reasons, [reason] if reason else [], "The appointment reason")
    _all_owned(row, state.resources, resources, "The resource")
    _all_owned(row, state.patients, [] if row.is_group or row.type != "P" else [patient], "The patient")
    row.location, row.starts_at, row.ends_at, row.patient = location.id, start, end, patient
    row.provider, row.reason, row.resources = provider, reason, resources
    row.status, row.most_attendees = wanted["AppointmentStatus"], wanted.get("MaxAttendees") or 1
    row.name, row.notes = wanted.get("AppointmentName") or "", wanted.get("Notes") or ""


def _resources(wanted: Record) -> tuple[int, ...]:
    many = (wanted.get("ResourceIds") or {}).get("long") or []
    return tuple(dict.fromkeys(number for number in [wanted.get("ResourceId") or 0, *many] if number))


def _owned(row: Appointment, rows: dict[int, Owned], number: int, name: str) -> Owned:
    kept = rows.get(number)
    return found(kept if kept and kept.practice == row.practice else None, name)


def _all_owned(row: Appointment, rows: dict[int, Owned], numbers: Iterable[int], name: str) -> None:
    for number in numbers:
        _owned(row, rows, number, name)


def _written(state: State, login: Login, row: Appointment) -> Record:
    return {
        "AppointmentId": row.id,
        "AppointmentName": row.name or None,
        "AppointmentReasonId": row.reason,
        "AppointmentStatus": row.status,
        "AppointmentType": row.type,
        "AppointmentUUID": row.key,
        "AttendeesCount": len(row.attendees),
        "CreatedAt": row.created_at,
        "CustomerId": login.customer,
        "EndTime": row.ends_at,
        "IsDeleted": row.is_deleted,
        "IsGroupAppointment": row.is_group,
        "MaxAttendees": row.most_attendees,
        "Notes": row.notes or None,
        "PatientSummaries": _group(state, row),
        "PatientSummary": _summary(state.patients.get(row.patient)),
        "PracticeId": row.practice,
        "ProviderId": row.provider,
        "ResourceId": row.resources[0] if row.resources else 0,
        "ResourceIds": {"long": list(row.resources)},
        "ServiceLocationId": row.location,
        "StartTime": row.starts_at,
        "UpdatedAt": row.modified_at,
        **_NEVER_OTHERWISE,
        "WasCreatedOnline": row.is_online,
    }


def _group(state: State, row: Appointment) -> Record | None:
    summaries = ((_summary(state.patients.get(each)), status) for each, status in row.attendees.items())
    known = [{**summary, "Status": status} for summary, status in summaries if summary]
    return {"GroupPatientSummary": known} if row.is_group else None


def _summary(patient: Patient | None) -> Record | None:
    if patient is None:
        return None
    return {
        "DateOfBirth": datetime.combine(patient.born, time()) if patient.born else None,
        "Email": patient.email or None,
        "FirstName": patient.first,
        "GenderId": _GENDERS.get(patient.gender, 0),
        "HomePhone": patient.home or None,
        "LastName": patient.last,
        "MiddleName": patient.middle or None,
        "MobilePhone": patient.mobile or None,
        "PatientId": patient.id,
        "PracticeId": patient.practice,
    }
