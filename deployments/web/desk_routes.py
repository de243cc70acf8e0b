"""Where the pages of the front office are, each with what it asks for."""

from typing import Final

from starlette.routing import Route

from deployments.web import (
    appointment_acts,
    appointments,
    calendar_acts,
    calendar_pages,
    calendar_settings,
    message_center,
    patient_acts,
    patients,
)
from deployments.web.session_guard import Place, guarded
from models.rules.access import Area

_MESSAGES: Final = "/staff/practices/{key}/messages"
_PATIENTS: Final = "/staff/practices/{key}/patients"
_VISITS: Final = "/staff/practices/{key}/appointments"
_VISIT: Final = f"{_VISITS}/{{appointment:int}}"
_CALENDAR: Final = "/staff/practices/{key}/calendar"

DESK: Final = (
    Route(_CALENDAR, guarded(calendar_pages.show_week, Area.CALENDAR, place=Place.PRACTICE)),
    Route(f"{_CALENDAR}/slot", calendar_acts.slot, methods=["POST"]),
    Route(f"{_CALENDAR}/block", calendar_acts.block, methods=["POST"]),
    Route(f"{_CALENDAR}/clear", calendar_acts.clear, methods=["POST"]),
    Route(f"{_CALENDAR}/settings", guarded(calendar_settings.show_settings, Area.CALENDAR, place=Place.PRACTICE)),
    Route(f"{_CALENDAR}/settings", calendar_settings.save, methods=["POST"]),
    Route(_VISITS, guarded(appointments.show_list, Area.APPOINTMENTS, place=Place.PRACTICE)),
    Route(_VISIT, guarded(appointments.show_one, Area.APPOINTMENTS, place=Place.PRACTICE)),
    Route(f"{_VISIT}/confirm", appointment_acts.confirm, methods=["POST"]),
    Route(f"{_VISIT}/decline", appointment_acts.decline, methods=["POST"]),
    Route(f"{_VISIT}/move", appointment_acts.move, methods=["POST"]),
    Route(f"{_VISIT}/cancel", appointment_acts.cancel, methods=["POST"]),
    Route(f"{_VISIT}/mark", appointment_acts.mark, methods=["POST"]),
    Route(f"{_VISIT}/aside", appointment_acts.aside, methods=["POST"]),
    Route(_MESSAGES, guarded(message_center.show_list, Area.MESSAGES, place=Place.PRACTICE)),
    Route(
        f"{_MESSAGES}/{{thread:int}}",
        guarded(message_center.show_conversation, Area.MESSAGES, place=Place.PRACTICE),
    ),
    Route(f"{_MESSAGES}/{{thread:int}}/answer", message_center.answer, methods=["POST"]),
    Route(f"{_MESSAGES}/{{thread:int}}/close", message_center.close, methods=["POST"]),
    Route(f"{_MESSAGES}/{{thread:int}}/stop", message_center.decide, methods=["POST"]),
    Route(_PATIENTS, guarded(patients.show_search, Area.PATIENTS, place=Place.PRACTICE)),
    Route(_PATIENTS, patients.search, methods=["POST"]),
    Route(f"{_PATIENTS}/{{patient:int}}", guarded(patients.show_record, Area.PATIENTS, place=Place.PRACTICE)),
    Route(f"{_PATIENTS}/{{patient:int}}/surveys", patient_acts.surveys, methods=["POST"]),
    Route(f"{_PATIENTS}/{{patient:int}}/archive", patient_acts.archive, methods=["POST"]),
    Route(f"{_PATIENTS}/{{patient:int}}/message", patient_acts.message, methods=["POST"]),
    Route(f"{_PATIENTS}/{{patient:int}}/duplicates", patient_acts.settle, methods=["POST"]),
)
