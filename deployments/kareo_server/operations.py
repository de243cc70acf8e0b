"""One call from request to answer: who calls, what is done, and how a failure is told."""

from collections.abc import Callable, Mapping
from typing import Final

from deployments.kareo_server import (
    account_calls,
    appointment_calls,
    appointment_list,
    evidence_calls,
    patient_calls,
    security,
)
from deployments.kareo_server.failures import CallFailedError
from deployments.kareo_server.lists import Asked, ask
from deployments.kareo_server.rows import Login
from deployments.kareo_server.soap import Record, Request
from deployments.kareo_server.staff import State
from deployments.kareo_server.words import NotWrittenSoError

LISTS: Final[Mapping[str, Callable[[Asked], Record]]] = {
    "GetPractices": account_calls.get_practices,
    "GetProviders": account_calls.get_providers,
    "GetServiceLocations": account_calls.get_service_locations,
    "GetPatients": patient_calls.get_patients,
    "GetAppointments": appointment_list.get_appointments,
    "GetCharges": evidence_calls.get_charges,
    "GetTransactions": evidence_calls.get_transactions,
    "GetPayments": evidence_calls.get_payments,
}
SINGLE_CALLS: Final[Mapping[str, Callable[[State, Login, Record], Record]]] = {
    "GetPatient": patient_calls.get_patient,
    "CreatePatient": patient_calls.create_patient,
    "UpdatePatientsExternalID": patient_calls.update_external_ids,
    "RegisterExternalVendor": account_calls.register_external_vendor,
    "GetExternalVendors": account_calls.get_external_vendors,
    "GetAppointment": appointment_calls.get_appointment,
    "CreateAppointment": appointment_calls.create_appointment,
    "UpdateAppointment": appointment_calls.update_appointment,
    "DeleteAppointment": appointment_calls.delete_appointment,
}
_NO_ERROR: Final[Record] = {"IsError": False}


def answer(state: State, request: Request) -> Record:
    """Do what a request asks for, whole or not at all, and give the result with its error and security parts."""
    with state.lock:
        login: Login | None = None
        try:
            login = security.log_in(state, request.given.get("RequestHeader"), request.operation.name)
            done = _do(state, login, request)
        except security.RefusedError as refusal:
            return refuse(state, refusal.issue, login)
        except (CallFailedError, NotWrittenSoError) as failure:
            return fail(str(failure), login)
        return {"ErrorResponse": _NO_ERROR, "SecurityResponse": security.all_well(login), **done}


def _do(state: State, login: Login, request: Request) -> Record:
    name = request.operation.name
    if name in LISTS:
        return LISTS[name](ask(state, login, request.given))
    return SINGLE_CALLS[name](state, login, request.given)


def refuse(state: State, issue: security.Issue, login: Login | None) -> Record:
    """Give the answer of a call that security stopped."""
    error: Record = {"IsError": state.switches.security_is_error}
    if state.switches.security_is_error:
        error["ErrorMessage"] = issue.result
    return {"ErrorResponse": error, "SecurityResponse": security.refused(issue, login)}


def fail(message: str, login: Login | None) -> Record:
    """Give the answer of a call that failed."""
    error = {"IsError": True, "ErrorMessage": message, "StackTrace": "not shown"}
    return {"ErrorResponse": error, "SecurityResponse": security.all_well(login) if login else None}
