"""Words of the staff area, which speaks English: by group and key, for what appointments and checks are called."""

from collections.abc import Mapping
from typing import Final

VISIT_STATES = {
    "tentative": "Tentative",
    "lapsed": "Lapsed",
    "confirmed": "Confirmed",
    "rescheduled": "Rescheduled",
    "checked_in": "Checked in",
    "checked_out": "Checked out",
    "no_show": "No-show",
    "declined": "Declined",
    "cancelled": "Cancelled",
    "deleted": "Deleted",
}

ORIGINS = {"widget": "PatientPop widget", "kareo": "Kareo", "other": "Other"}

PATIENT_TYPES = {"new": "New", "returning": "Returning"}

REMARKS = {
    "conflict": "Its time meets something else: see view-conflict, and ask the patient for another time.",
    "says_new": "The patient says new, but one record matches: it goes under that record.",
    "ambiguous": "Several records match: a new one is made.",
    "overlaps_own": "The same patient asked for another appointment at that time.",
    "not_reachable": "No email or no mobile number: automatic reminders do not reach the patient.",
    "lapsed": "Its time has passed: call the patient, confirm it for a new time or decline it.",
}
"""What a reviewer reads."""

DRIFTS = {
    "cancelled_in_portal": "Cancelled in PatientPop only: the practice system keeps it, the patient was told nothing.",
    "deleted_in_portal": "Deleted in PatientPop only: it is still in the practice system.",
}

VENDORS = {"kareo": "Kareo", "calendar": "the built-in practice calendar"}

WRITES = {
    "place": "enter the request",
    "decide": "write the decision",
    "change": "write a change",
    "delete": "delete it there",
}

WRITE_STATES = {
    "pending": "waits its turn",
    "claimed": "being made",
    "sending": "being made",
    "unknown": "nobody knows yet, it is looked up",
    "refused": "refused",
    "dead": "given up",
}

VISIT_WORK = {
    "review": "Review an appointment request",
    "lapsed": "A request was not decided before its time",
    "conflict": "An appointment's time is taken twice",
    "insurance": "Add a patient's insurance in the practice system",
    "not_written": "A decision may not be in the practice system",
    "drift.cancelled_in_portal": "Cancelled in PatientPop only",
    "drift.deleted_in_portal": "Deleted in PatientPop only",
    "drift.patients": "Patients' records differ between the two systems",
    "possible_duplicates": "Look through possible duplicates of patients",
    "message": "A message did not arrive",
    "offboarding.confirm": "Confirm that a practice's keys are destroyed",
    "text.doubt": "Decide whether a text asks for no more texts",
    "text.flagged": "Look at a text by which somebody asked for no more texts",
    "text.answer": "Answer a text",
    "answer_low_review": "Answer a review with one or two stars",
    "look_after_reply": "Look after a reply to a review",
    "sending_stopped": "The practice's messages are stopped",
}
"""What work items of appointments, patients, texts and reviews are called."""

VISIT_TODO = {
    "review": "The front office decides it on its page; otherwise confirm-request or decline-request.",
    "lapsed": "Call the patient, then confirm it for a new time or decline it on its page; or with confirm-request.",
    "conflict": "Its page says what takes the time. Agree on another one with the patient; reschedule-appointment.",
    "insurance": "Enter the insurance case there by hand, from what the request says.",
    "not_written": "Look in the practice system, then decide again, or replay-writes with the failed write's number.",
    "drift.cancelled_in_portal": "The patient was told nothing: its page, decline-request or cancel-appointment does.",
    "drift.deleted_in_portal": "If the practice system shall lose it too: its page, More; or delete-appointment.",
    "drift.patients": "Edit the record that is out of date by hand; archive-patient puts a record aside.",
    "possible_duplicates": "See list-duplicates, then settle-duplicate.",
    "message": "See show-dead-letters; call or correct the address, then replay-messages with the number {number}.",
    "offboarding.confirm": "Somebody other than whoever asked for it: confirm-destruction. golive offboard lists them.",
    "text.doubt": "Read it in the message center, then decide-about-stop.",
    "text.flagged": "Nothing more goes to this number; decide-about-stop if that was not meant.",
    "text.answer": "See list-texts, then answer-text or close-text.",
    "answer_low_review": "Write a reply with draft-reply, then release-reply; nothing is posted by itself.",
    "look_after_reply": "Look at the site; then draft-reply anew, take-back-reply or confirm-posted-by-hand.",
    "sending_stopped": "See what watch-invariants shows; repair it, then release-sending.",
}
"""What to do about them, and with which flow."""

STAFF: Final[Mapping[str, Mapping[str, str]]] = {
    "drifts": DRIFTS,
    "origins": ORIGINS,
    "patient_types": PATIENT_TYPES,
    "remarks": REMARKS,
    "vendors": VENDORS,
    "visit_states": VISIT_STATES,
    "visit_todo": VISIT_TODO,
    "visit_work": VISIT_WORK,
    "write_states": WRITE_STATES,
    "writes": WRITES,
}
