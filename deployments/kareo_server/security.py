"""Who may call for what: the security part that every answer carries."""

from dataclasses import dataclass
from typing import Final

from deployments.kareo_server.practice import Records
from deployments.kareo_server.rows import Login
from deployments.kareo_server.soap import Record

PERMISSIONS: Final = {
    "GetPractices": "Read Practice",
    "GetProviders": "Read Provider",
    "GetServiceLocations": "Read Service Location",
    "GetPatient": "Read Patient",
    "GetPatients": "Read Patient",
    "CreatePatient": "New Patient",
    "UpdatePatientsExternalID": "Edit Patient",
    "RegisterExternalVendor": "Edit External Vendor",
    "GetExternalVendors": "Read External Vendor",
    "GetAppointment": "Read Appointment",
    "GetAppointments": "Read Appointment",
    "CreateAppointment": "New Appointment",
    "UpdateAppointment": "Edit Appointment",
    "DeleteAppointment": "Delete Appointment",
    "GetCharges": "Read Encounter",
    "GetTransactions": "Read Transaction",
    "GetPayments": "Read Payment",
}
"""The permission that each operation needs; the words are the stand-in's own."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A security issue: what is wrong, and how far the caller came."""

    result: str
    key_valid: bool = True
    authenticated: bool = True
    missing: tuple[str, ...] = ()


WRONG_KEY: Final = Issue("The customer key is not valid.", key_valid=False, authenticated=False)
WRONG_PASSWORD: Final = Issue("The user or the password is not valid.", authenticated=False)
NOT_AUTHORISED: Final = Issue("The user is not authorized for this practice.")


def permission_missing(operation: str) -> Issue:
    """Say that the permission of one operation is missing."""
    return Issue("The user lacks a permission.", missing=(PERMISSIONS[operation],))


class RefusedError(Exception):
    """A call that security stops."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.result)
        self.issue = issue


def log_in(records: Records, header: Record | None, operation: str) -> Login:
    """Find who calls; raises RefusedError for a wrong key, a wrong password or a missing permission."""
    given = header or {}
    keyed = [each for each in records.logins if each.customer_key == given.get("CustomerKey")]
    if not keyed:
        raise RefusedError(WRONG_KEY)
    named = [each for each in keyed if (each.user, each.password) == (given.get("User"), given.get("Password"))]
    if not named:
        raise RefusedError(WRONG_PASSWORD)
    if PERMISSIONS[operation] in named[0].missing:
        raise RefusedError(permission_missing(operation))
    return named[0]


def must_reach(login: Login, practice: int) -> None:
    """Raise RefusedError where a practice is none of the caller's."""
    if practice not in login.practices:
        raise RefusedError(NOT_AUTHORISED)


def all_well(login: Login) -> Record:
    """Write the security part of an answer that security let through."""
    return _part(Issue(""), login, was_issue=False)


def refused(issue: Issue, login: Login | None) -> Record:
    """Write the security part of an answer that security stopped: "success" is true because an issue was found."""
    return _part(issue, login, was_issue=True)


def _part(issue: Issue, login: Login | None, *, was_issue: bool) -> Record:
    return {
        "Authenticated": issue.authenticated,
        "Authorized": not was_issue,
        "CustomerId": login.customer if login else 0,
        "CustomerKeyValid": issue.key_valid,
        "PermissionsMissing": {"Permission": {"string": list(issue.missing)}} if issue.missing else None,
        "PracticesAuthorized": {"PracticeID": {"int": sorted(login.practices)}} if login else None,
        "SecurityResult": issue.result or None,
        "SecurityResultSuccess": was_issue,
    }
