"""Where the pages of the front office are, each with what it asks for."""

from typing import Final

from starlette.routing import Route

from deployments.web import message_center, patient_acts, patients
from deployments.web.session_guard import Place, guarded
from models.rules.access import Area

_MESSAGES: Final = "/staff/practices/{key}/messages"
_PATIENTS: Final = "/staff/practices/{key}/patients"

DESK: Final = (
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
