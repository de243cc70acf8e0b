"""Why a visit's patient was or was not asked for feedback, told for one appointment (F-213)."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.appointments import Status
from models.rules.feedback_why import why
from models.store.feedback import find_request, load_attempts, load_scenes
from models.store.feedback_policies import present_policies
from models.tables.appointments import AppointmentRow
from models.tables.feedback import FeedbackRequestRow

_NOT_CHECKED_OUT = (
    "This appointment is {}, not checked out: a patient is asked for feedback only after a visit was checked out."
)
_BEFORE = (
    "This visit was checked out before golive took part in it, so nothing was decided about it and the patient was "
    "not asked."
)
_AGAIN = "The visit was checked out {} times; this is about the last one."
_STOPPED = "The practice has stopped asking for feedback for now."


def explain(session: Session, appointment: int, *, as_of: datetime) -> tuple[str, ...]:
    """Tell about one appointment in sentences what was decided, and why; nothing when there is no such appointment."""
    row = session.get(AppointmentRow, appointment)
    if row is None:
        return ()
    number = find_request(session, appointment)
    if number is None:
        return (_without_request(row.status),)
    scene = load_scenes(session, [number], as_of=as_of)[number]
    told = why(scene.request, load_attempts(session, number), zone=scene.visit.zone)
    times = session.scalar(
        select(func.count()).select_from(FeedbackRequestRow).where(FeedbackRequestRow.appointment_id == appointment)
    )
    again = (_AGAIN.format(times),) if times and times > 1 else ()
    is_stopped = scene.request.is_open and not _is_sending(session, scene.request.practice_id)
    return (*again, *told, *((_STOPPED,) if is_stopped else ()))


def _is_sending(session: Session, practice_id: int) -> bool:
    return present_policies(session, [practice_id])[practice_id].policy.is_sending


def _without_request(status: Status) -> str:
    if status is Status.CHECKED_OUT:
        return _BEFORE
    return _NOT_CHECKED_OUT.format(status.replace("_", " "))
