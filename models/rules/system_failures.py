"""What a practice system's failure means to people: for each code what is wrong, and what to do."""

from collections.abc import Mapping
from typing import Final

_LATER: Final = "We try again by ourselves; if it lasts for more than a day, ask the vendor."
_LOOK: Final = "Look in the practice system whether it is there before anybody does it again."
_OURS: Final = "Tell the maintainers of this system."

SENTENCES: Final[Mapping[str, str]] = {
    "wrong_key": "The practice system does not know the customer key. "
    "Enter the key again as its administrator shows it under its integration settings.",
    "wrong_login": "The practice system refuses the user name or the password. "
    "Enter both again, and check that the user is not locked.",
    "permission_missing": "The user of the practice system lacks a permission. "
    "Ask its administrator to give the user's role the permission.",
    "practice_not_authorised": "The user may not work for this practice in the practice system. "
    "Ask its administrator to open the practice to the user, or choose another practice.",
    "not_authorised": "The practice system refuses the user. Ask its administrator what the user may do.",
    "vendor_not_registered": "Our own patient numbers are not registered in the practice system yet. "
    "Set up the connection again, which registers them.",
    "address_not_private": "The address of the practice system is not encrypted. "
    "Enter an address that begins with https.",
    "wrong_address": "The address of the practice system cannot be used. Enter it again, beginning with https.",
    "redirected": "The practice system has another address now. Enter the address that the vendor names.",
    "connection_refused": f"The practice system cannot be reached. Check the address. {_LATER}",
    "no_answer": f"The practice system did not answer in time. {_LATER}",
    "throttled": "The practice system asks us to come less often. We wait and go on by ourselves; "
    "if it happens every day, ask whether other programs use the same customer key.",
    "kareo_error": f"The practice system reported an error of its own. {_LATER}",
    "answer_too_large": "The practice system answered with more than we accept at once (10 MiB). "
    "Ask for a shorter time span.",
    "answer_not_safe": "The practice system's answer has a form that we refuse for safety. "
    "Check that the address is the right one, then ask the vendor.",
    "malformed_answer": f"The practice system's answer cannot be read. {_LATER}",
    "no_server_time": "The practice system's answer does not say when it was given. "
    "Check whether a proxy stands between, which must keep the Date header.",
    "description_not_safe": "The practice system's description of itself has a form that we refuse for safety. "
    "Check that the address is the right one, then ask the vendor.",
    "description_not_readable": "The practice system's description of itself cannot be read. "
    "Check that the address is the right one and ends with ?singleWsdl.",
    "description_refers_elsewhere": "The practice system's description of itself refers to another address. "
    "Enter the address that gives it whole, which ends with ?singleWsdl.",
    "description_differs": f"The practice system has changed what it can be asked. {_OURS}",
    "not_found": "The practice system does not have one of the records any more, or has it in another practice. "
    "Look there for the patient, provider, location, visit reason and appointment.",
    "refused": "The practice system refused the change. Try the same there by hand; it says what it does not accept.",
    "malformed_id": "One of the numbers under which the practice system knows its records is not a number. "
    "Choose the practice, provider and location again.",
    "no_reference": f"The practice system accepted a change without saying what came of it. {_LOOK}",
    "not_read_back": f"The practice system accepted a change that it did not show us afterwards. {_LOOK}",
    "not_deleted": f"The practice system did not say whether it deleted the appointment. {_LOOK}",
    "not_listed": "We asked the practice system for a request for an appointment and had no answer, and its list "
    f"does not show requests. {_LOOK}",
    "overtaken": "Somebody decided otherwise in the practice system before our change reached it. What stands there "
    "counts; if it is not what you want, decide again.",
    "budget": "The practice system is asked as often as its account allows. We wait and go on by ourselves.",
    "no_practice_system": "The practice is not connected with a practice system. Connect it, then replay the write.",
    "provider_not_mapped": "The practice system does not know the provider of the appointment. Give the provider the "
    "same NPI on both sides, run check-practice-system, then replay the write.",
    "location_not_mapped": "The practice system does not know the location of the appointment. Give the location the "
    "same name on both sides, run check-practice-system, then replay the write.",
    "not_placed_yet": "The request is not in the practice system, so nothing could be changed there. "
    "Replay the write that places it first.",
    "no_date_of_birth": "The request has no date of birth, without which nobody can be looked up. "
    "Call the patient and enter the appointment in the practice system.",
    "no_request": f"What the patient submitted is not there. {_OURS}",
    "malformed": "What we wanted to enter is not complete, or its times do not fit. "
    "Check the record and enter it again.",
    "reason_exists": "There is a visit reason of this name already. Use it, or choose another name.",
    "calendar_missing": "The built-in practice calendar has no file yet. Start the system once, then try again.",
    "calendar_too_new": "The built-in practice calendar was written by a newer version. Install that version.",
    "calendar_unreadable": "The file of the built-in practice calendar cannot be read. Restore it from a backup.",
    "calendar_not_writable": "The built-in practice calendar cannot be written at the moment. "
    "Check that the disk has room and that the folder may be written; we try again by ourselves.",
    "calendar_refused": "The built-in practice calendar refused the change. Check the record and enter it again.",
    "calendar_unsure": f"The built-in practice calendar broke off during a change. {_LOOK}",
}
"""By the code of a failure, without what stands after a colon."""

_OPERATIONS: Final[Mapping[str, str]] = {
    "GetPractices": "read practices",
    "GetProviders": "read providers",
    "GetServiceLocations": "read service locations",
    "GetPatient": "read patients",
    "GetPatients": "read patients",
    "CreatePatient": "create patients",
    "GetAppointment": "read appointments",
    "GetAppointments": "read appointments",
    "CreateAppointment": "create appointments",
    "UpdateAppointment": "edit appointments",
    "DeleteAppointment": "delete appointments",
    "GetExternalVendors": "read external vendors",
    "RegisterExternalVendor": "register external vendors",
}


def sentence_of(reason: str) -> str:
    """Say what is wrong and what to do about the reason of a failed call; unknown codes get a general sentence."""
    code, _, operation = reason.partition(":")
    if code == "permission_missing" and operation:
        return (
            f"The user of the practice system lacks the permission to {_may_not(operation)}. "
            "Ask its administrator to give the user's role this permission."
        )
    if code.startswith("unknown_"):
        return SENTENCES["not_found"]
    status = code.removeprefix("http_")
    if status != code and status.isdecimal():
        return f"The practice system answered with the HTTP status {status}. Check the address. {_LATER}"
    return SENTENCES.get(code, "The practice system failed in a way that we do not know. " + _OURS)


def _may_not(operation: str) -> str:
    """Say in plain words what a missing permission forbids."""
    return _OPERATIONS.get(operation, f"call {operation}" if operation.isalpha() else "do this")
