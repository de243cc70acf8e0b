"""The calls about patients."""

from datetime import datetime, timedelta

from deployments.kareo_server import security
from deployments.kareo_server.failures import CallFailedError, found, required
from deployments.kareo_server.lists import Asked, Row
from deployments.kareo_server.rows import Login, Patient
from deployments.kareo_server.soap import Record
from deployments.kareo_server.staff import State
from deployments.kareo_server.words import list_day, list_moment, read_moment


def get_patients(asked: Asked) -> Record:
    """List active patients by name, date of birth and dates of change."""
    state = asked.state
    mine = [each for practice in asked.practices() for each in state.owned_by(practice, state.patients)]
    wanted = [each for each in mine if each.is_active and _is_named(asked, each) and _is_in_time(asked, each)]
    return {"Patients": {"PatientData": asked.written(_patient(state, each, asked.offset) for each in wanted)}}


def _is_named(asked: Asked, patient: Patient) -> bool:
    return (
        asked.equal("FirstName", patient.first)
        and asked.equal("LastName", patient.last)
        and asked.equal("MiddleName", patient.middle)
        and asked.equal("FullName", patient.full_name)
        and asked.equal("Gender", patient.gender)
    )


def _is_in_time(asked: Asked, patient: Patient) -> bool:
    return (
        _was_born(asked, patient)
        and asked.within("Created", patient.created_at)
        and asked.within("LastModified", patient.modified_at)
    )


def _was_born(asked: Asked, patient: Patient) -> bool:
    """Compare whole days, which no offset moves."""
    start, end = asked.filter.get("FromDateOfBirth"), asked.filter.get("ToDateOfBirth")
    if not (start or end):
        return True
    if patient.born is None:
        return False
    earliest = read_moment(start, timedelta(0)).date() if start else patient.born
    latest = read_moment(end, timedelta(0)).date() if end else patient.born
    return earliest <= patient.born <= latest


def get_patient(state: State, login: Login, given: Record) -> Record:
    """Read one patient by its number, or by another system's id and that system's number."""
    wanted = given.get("Filter") or {}
    patient = _find(state, login, wanted)
    if patient is None:
        if state.switches.absent_patient_is_error:
            found(patient, "The patient")
        return {"Patient": None}
    security.must_reach(login, patient.practice)
    row = _patient(state, patient, state.switches.list_offset)
    return {"Patient": {name: column() for name, column in row.items()}}


def _find(state: State, login: Login, wanted: Record) -> Patient | None:
    if wanted.get("PatientID") is not None:
        return state.patients.get(wanted["PatientID"])
    vendor, known_as = wanted.get("ExternalVendorID"), wanted.get("ExternalID")
    if vendor is None or not known_as:
        message = "PatientID, or ExternalID with ExternalVendorID, is required."
        raise CallFailedError(message)
    mine = [each for each in state.patients.values() if each.practice in login.practices]
    return next((each for each in mine if each.external.get(vendor) == known_as), None)


def _patient(state: State, patient: Patient, offset: timedelta) -> Row:
    return {
        "CreatedDate": lambda: list_moment(patient.created_at, offset),
        "DOB": lambda: list_day(patient.born) if patient.born else "",
        "EmailAddress": lambda: patient.email,
        "FirstName": lambda: patient.first,
        "Gender": lambda: patient.gender,
        "HomePhone": lambda: patient.home,
        "ID": lambda: str(patient.id),
        "LastModifiedDate": lambda: list_moment(patient.modified_at, offset),
        "LastName": lambda: patient.last,
        "MiddleName": lambda: patient.middle,
        "MobilePhone": lambda: patient.mobile,
        "PatientFullName": lambda: patient.full_name,
        "PracticeId": lambda: str(patient.practice),
        "PracticeName": lambda: state.practices[patient.practice].name,
    }


def create_patient(state: State, login: Login, given: Record) -> Record:
    """Make a patient record; nothing is looked for first, so that a second call makes a second record."""
    wanted = required(given.get("Patient"), "Patient")
    practice = _practice(state, login, required(wanted.get("Practice"), "Practice"))
    vendor, known_as = wanted.get("ExternalVendorID"), wanted.get("PatientExternalID")
    if known_as:
        found(state.vendors.get(vendor), "The external vendor")
    patient = state.keep_patient(_new(state, practice, wanted, {vendor: known_as} if known_as else {}))
    return {
        "ExternalVendorID": vendor,
        "PatientExternalID": known_as,
        "PatientID": patient.id,
        "PracticeID": practice,
        "PracticeName": state.practices[practice].name,
    }


def _practice(state: State, login: Login, wanted: Record) -> int:
    number, name = wanted.get("PracticeID"), (wanted.get("PracticeName") or "").casefold()
    rows = [
        each for each in state.practices.values() if each.id == number or (not number and each.name.casefold() == name)
    ]
    practice = found(rows[0] if rows else None, "The practice").id
    security.must_reach(login, practice)
    return practice


def _new(state: State, practice: int, wanted: Record, external: dict[int, str]) -> Patient:
    born: datetime | None = wanted.get("DateofBirth")
    now = state.now()
    return Patient(
        0,
        practice,
        required(wanted.get("FirstName") or None, "FirstName"),
        required(wanted.get("LastName") or None, "LastName"),
        now,
        now,
        born=born.date() if born else None,
        middle=wanted.get("MiddleName") or "",
        gender=wanted.get("Gender") or "Unknown",
        email=wanted.get("EmailAddress") or "",
        mobile=wanted.get("MobilePhone") or "",
        home=wanted.get("HomePhone") or "",
        note=wanted.get("Note") or "",
        external=external,
    )


def update_external_ids(state: State, login: Login, given: Record) -> Record:
    """Write other systems' ids onto patient records, one batch."""
    batch = ((given.get("Updates") or {}).get("UpdateBatch") or {}).get("PatientExternalIDSetting") or []
    for each in batch:
        patient = found(state.patients.get(each.get("patientID")), "The patient")
        found(state.vendors.get(each.get("externalVendorID")), "The external vendor")
        security.must_reach(login, patient.practice)
    for each in batch:
        state.edit_patient(each["patientID"]).external[each["externalVendorID"]] = each.get("externalID") or ""
    return {"ItemsUpdated": {"PatientExternalIDSetting": batch}}
