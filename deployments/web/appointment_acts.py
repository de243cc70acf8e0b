"""What the front office decides about one appointment: each form once, refused in words, with what was typed kept."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.appointments import visit_page_of
from deployments.web.desk_pages import OTHER_PAGE, Desk, Values, act, desk_of, key_of, number_of, onward
from deployments.web.errors import Missing
from models.db import transaction
from models.inputs.forms import KEYS, keys_of, moment_of
from models.rules import appointment_events as events
from models.rules.access import Area
from models.rules.appointment_events import Command
from models.rules.appointment_facts import Appointment
from models.rules.appointments import CancelReason, DeclineReason, Status
from models.rules.calendars import zone_of
from models.rules.decisions import Refusal
from models.store import appointment_changes, appointment_plans, appointments
from models.store.appointment_plans import Wished
from models.store.events import lock_practices

Form = Callable[[Session, Appointment, Desk, Values], Command | Refusal]
LONGEST_MINUTES: Final = 4
MARKS: Final = {str(one): one for one in (Status.CONFIRMED, Status.CHECKED_IN, Status.CHECKED_OUT, Status.NO_SHOW)}
ASIDE: Final[dict[str, Command]] = {
    "withdrawn": events.Withdraw(),
    "cancelled_here": events.CancelInPortal(),
    "removed_here": events.DeleteInPortal(),
    "deleted": events.Delete(),
}
"""What needs nothing but a button: what was done, and the command."""
_FIELDS: Final = {
    "no_visit_reason": "visit_reason",
    "bad_forms": "forms",
    "conflict": "fine",
    "no_such_time": "day",
    "in_the_past": "day",
    "bad_length": "minutes",
}
"""At which field a refusal is told; at the head of its form unless it is here."""


def _carry_out(form: Form, name: str, said: str, request: Request, values: Values) -> Response:
    """Decide once per form: plan and decision look at the same moment of a practice that is locked."""
    desk, number = desk_of(request), number_of(request, "appointment")

    def decide(session: Session) -> Refusal | None:
        lock_practices(session, [desk.practice_id])
        visit = appointments.load_appointment(session, number)
        if visit is None or visit.practice_id != desk.practice_id:
            raise Missing
        command = form(session, visit, desk, values)
        if isinstance(command, Refusal):
            return command
        key = key_of(name, values)
        done = appointment_changes.carry_out_command(session, number, command, by=desk.by, key=key, as_of=desk.as_of)
        return done if isinstance(done, Refusal) else None

    refusal = transaction(decide)
    if refusal is None:
        return onward(desk, f"/appointments/{number}?done={said or values.get('to', '')}")
    field = _FIELDS.get(refusal.code, "")
    return visit_page_of(request, values, fault=(f"{name}-{field}" if field else name, refusal.code))


def _start(visit: Appointment, desk: Desk, values: Values) -> datetime | Refusal:
    """Read a day and a time of the practice's clock; one that the clocks jump over does not exist."""
    typed = f"{values.get('day', '').strip()} {values.get('time', '').strip()}"
    if typed == _written(visit.starts_at, desk):
        return visit.starts_at  # in a repeated hour the words alone would not tell which one it is
    start = moment_of(typed, desk.voice.zone)
    if start is None or _written(start, desk) != typed:
        return Refusal("no_such_time", "There is no such date and time.")
    return start


def _written(moment: datetime, desk: Desk) -> str:
    return f"{moment.astimezone(zone_of(desk.voice.zone)):%Y-%m-%d %H:%M}"


def _confirmation(session: Session, visit: Appointment, desk: Desk, values: Values) -> Command | Refusal:
    """Read the form of a confirmation; the day and time of the request mean that it stays where it is (A-43)."""
    start, forms = _start(visit, desk, values), values.get("forms", "").strip()
    if isinstance(start, Refusal):
        return start
    if not re.fullmatch(KEYS, forms):
        return Refusal("bad_forms", "Intake forms are named by their keys.")
    wished = Wished(
        values.get("visit_reason", ""),
        None if start == visit.starts_at else start,
        {"office": False, "telehealth": True}.get(values.get("visit", "")),
        keys_of(forms),
        values.get("fine") == "1",
    )
    return appointment_plans.confirmation(session, visit, wished, as_of=desk.as_of)


def _move(session: Session, visit: Appointment, desk: Desk, values: Values) -> Command | Refusal:
    start, typed = _start(visit, desk, values), values.get("minutes", "").strip()
    if isinstance(start, Refusal):
        return start
    if not (typed.isascii() and typed.isdecimal() and len(typed) < LONGEST_MINUTES and int(typed)):
        return Refusal("bad_length", "An appointment lasts from 1 minute to 12 hours.")
    is_fine = values.get("fine") == "1"
    return appointment_plans.move(session, visit, start, int(typed), despite_conflict=is_fine, as_of=desk.as_of)


def _decline(_session: Session, _visit: Appointment, _desk: Desk, values: Values) -> Command | Refusal:
    reason = next((one for one in DeclineReason if one == values.get("reason")), None)
    return events.Decline(reason) if reason else Refusal("no_reason", "Choose a reason.")


def _cancel(_session: Session, _visit: Appointment, _desk: Desk, values: Values) -> Command | Refusal:
    reason = next((one for one in CancelReason if one == values.get("why")), None)
    return events.Cancel(reason) if reason else Refusal("no_reason", "Choose a reason.")


def _mark(_session: Session, _visit: Appointment, _desk: Desk, values: Values) -> Command | Refusal:
    status = MARKS.get(values.get("to", ""))
    return events.SetStatus(status) if status else Refusal("no_choice", "Press one of the buttons.")


def _aside(_session: Session, _visit: Appointment, _desk: Desk, values: Values) -> Command | Refusal:
    return ASIDE.get(values.get("to", "")) or Refusal("no_choice", "Press one of the buttons.")


def _refused(name: str, request: Request, typed: Values) -> Response:
    return visit_page_of(request, typed, fault=(name, OTHER_PAGE))


confirm = act(
    partial(_carry_out, _confirmation, "confirm", "confirmed"), partial(_refused, "confirm"), Area.APPOINTMENTS
)
decline = act(partial(_carry_out, _decline, "decline", "declined"), partial(_refused, "decline"), Area.APPOINTMENTS)
move = act(partial(_carry_out, _move, "move", "moved"), partial(_refused, "move"), Area.APPOINTMENTS)
cancel = act(partial(_carry_out, _cancel, "cancel", "cancelled"), partial(_refused, "cancel"), Area.APPOINTMENTS)
mark = act(partial(_carry_out, _mark, "mark", "marked"), partial(_refused, "mark"), Area.APPOINTMENTS)
aside = act(partial(_carry_out, _aside, "aside", ""), partial(_refused, "aside"), Area.APPOINTMENTS)
