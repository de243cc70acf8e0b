"""The list of appointments: texts, the list's own words for statuses, providers by name."""

from collections.abc import Iterator
from functools import partial

from deployments.kareo_server.lists import Asked, Column, Row, appointment_window
from deployments.kareo_server.rows import Appointment
from deployments.kareo_server.soap import Record
from deployments.kareo_server.staff import TENTATIVE, State
from deployments.kareo_server.words import LIST_TYPES, LIST_WORDS, NO, list_moment, list_truth

MOST_RESOURCES = 10


def get_appointments(asked: Asked) -> Record:
    """List appointments that start within the window; deleted ones are never there, tentative ones by switch."""
    return {"Appointments": {"AppointmentData": asked.written(_row(asked, each) for each in _found(asked))}}


def _found(asked: Asked) -> Iterator[Appointment]:
    state = asked.state
    start, end = appointment_window(asked)
    for practice in asked.practices():
        for each in state.owned_by(practice, state.appointments):
            in_window = (start is None or start <= each.starts_at) and (end is None or each.starts_at <= end)
            if in_window and _is_shown(state, each) and _is_wanted(asked, each):
                yield each


def _is_shown(state: State, each: Appointment) -> bool:
    return not each.is_deleted and (each.status != TENTATIVE or state.switches.tentative_is_listed)


def _is_wanted(asked: Asked, each: Appointment) -> bool:
    state, names = asked.state, _resource_names(asked.state, each)
    return (
        asked.within("Created", each.created_at)
        and asked.within("LastModified", each.modified_at)
        and asked.equal("PatientID", str(each.patient))
        and asked.equal("ConfirmationStatus", _status(each))
        and asked.equal("Type", LIST_TYPES[each.type])
        and asked.equal("ServiceLocationName", state.locations[each.location].name)
        and asked.equal("AppointmentReason", _reason(state, each))
        and asked.equal("PatientFullName", _patient_name(state, each))
        and any(asked.equal("ResourceName", name) for name in names or [""])
    )


def _status(each: Appointment) -> str:
    return LIST_WORDS.get(each.status, each.status)


def _reason(state: State, each: Appointment) -> str:
    return state.reasons[each.reason].name if each.reason in state.reasons else ""


def _patient_name(state: State, each: Appointment) -> str:
    return state.patients[each.patient].full_name if each.patient in state.patients else ""


def _resource_names(state: State, each: Appointment) -> list[str]:
    provider = [state.providers[each.provider].full_name] if each.provider in state.providers else []
    return [*provider, *(state.resources[one].name for one in each.resources if one in state.resources)]


def _row(asked: Asked, each: Appointment) -> Row:
    state, names = asked.state, _resource_names(asked.state, each)
    row: dict[str, Column] = {
        "AllDay": lambda: list_truth(value=each.is_all_day),
        "AppointmentReason1": lambda: _reason(state, each),
        "ConfirmationStatus": lambda: _status(each),
        "CreatedDate": lambda: list_moment(each.created_at, asked.offset),
        "EndDate": lambda: list_moment(each.ends_at, asked.offset),
        "ID": lambda: str(each.id),
        "LastModifiedDate": lambda: list_moment(each.modified_at, asked.offset),
        "Notes": lambda: each.notes,
        "PatientFullName": lambda: _patient_name(state, each),
        "PatientID": lambda: str(each.patient or ""),
        "PracticeID": lambda: str(each.practice),
        "PracticeName": lambda: state.practices[each.practice].name,
        "Recurring": lambda: NO,
        "ServiceLocationName": lambda: state.locations[each.location].name,
        "StartDate": lambda: list_moment(each.starts_at, asked.offset),
        "Type": lambda: LIST_TYPES[each.type],
    }
    for number, name in enumerate(names[:MOST_RESOURCES], start=1):
        row[f"ResourceName{number}"] = partial(str, name)
    return row
