"""Work items as pages show them: what is to be done, with which flow, and the page that says more."""

from dataclasses import dataclass, replace
from typing import Final

from deployments.web.present import present_who
from deployments.web.wording import Voice
from models.reports.onboarding_views import Task
from models.reports.reputation_letters import PORTAL
from models.rules.access import Area
from models.rules.offboarding import CONFIRM
from models.rules.readiness import BY_KEY, CHECKS, Check
from models.rules.readiness_facts import TASK as GATE_TASK
from models.rules.reputation import ANSWER_LOW_STARS, LOOK_AFTER_REPLY
from templates.words_enrollment import NEXT, SHORT, WORK
from templates.words_staff import VISIT_TODO, VISIT_WORK

_SEEN: Final = "golive sees it; check-readiness looks at once"
_SAVED: Final = dict.fromkeys(
    (
        "new_appointment_alerts",
        "insurances",
        "reasons_for_visit",
        "visit_reasons",
        "patient_communications",
        "surveys_off",
    ),
    "configure-booking",
) | {"calendar_hours": "save-hours or configure-booking"}
_BY_TASK: Final = {f"{GATE_TASK}{one}": check for check in CHECKS for one in (check.key, check.failed_task) if one}


@dataclass(frozen=True, slots=True)
class Todo:
    """One work item: what it is about, what to do, and a page with its words; the page is empty where there is none."""

    what: str
    how: str = ""
    address: str = ""
    place: str = ""


def todo_of_several(task: Task, voice: Voice) -> Todo:
    """Say what several work items of the same name ask for, of which one is handed in."""
    return todo(replace(task, appointment=0), voice)


def todo(task: Task, voice: Voice) -> Todo:
    """Say what a work item asks for; those of journeys are told by their name alone."""
    check = _BY_TASK.get(task.key)
    if check is not None:
        return _of_gate(task, check)
    if task.payer:
        return _of_enrollment(task)
    name = "message" if task.key.startswith("message.") else task.key
    if name not in VISIT_WORK:
        return Todo(voice.task(task.key))
    how = VISIT_TODO[name].format(number=task.key.rpartition(".")[2])
    if name in (ANSWER_LOW_STARS, LOOK_AFTER_REPLY):
        return Todo(VISIT_WORK[name], how, PORTAL.format(key=task.practice), "Reputation")
    if name == CONFIRM:
        return Todo(VISIT_WORK[name], how, "/staff/offboarding", "Practices that leave")
    if name == "message" and not task.appointment:
        return Todo(VISIT_WORK[name], how)
    about = f"No. {task.appointment}. {how}" if task.appointment else how
    address = _appointments(task)
    return Todo(VISIT_WORK[name], about, address, "Appointments" if address else "")


def _of_enrollment(task: Task) -> Todo:
    word, _, subject = task.key.partition(".")
    what = f"{WORK[word]}: {task.payer}, {SHORT[subject.rpartition(':')[2]]}"
    return Todo(what, NEXT[word], f"/staff/practices/{task.practice}/enrollments", "Enrollments")


def _appointments(task: Task) -> str:
    """Give the page of an appointment, or of all, to whoever may open it."""
    who = present_who()
    if who is not None and not who.may(Area.APPOINTMENTS, practice=task.practice):
        return ""
    only = f"/{task.appointment}" if task.appointment else ""
    return f"/staff/practices/{task.practice}/appointments{only}"


def _of_gate(task: Task, check: Check) -> Todo:
    asked = check.failed_todo if task.key == f"{GATE_TASK}{check.failed_task}" else check.todo
    how = f"{asked} Flow: {flow_of(check.key)}."
    return Todo(check.title, how, f"/staff/practices/{task.practice}/readiness", "Launch gate")


def flow_of(check: str) -> str:
    """Say with which flow a check comes to pass."""
    if BY_KEY[check].is_counted:
        return "record-form-count, then disable-form"
    return "sign-off-check" if BY_KEY[check].is_signed_off else _SAVED.get(check, _SEEN)
