"""A practice's appointments as its own people see them: what asks for action, everything, and one of them opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import partial
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.desk_pages import Desk, Values, desk_of, number_of, show_desk, status_of
from deployments.web.errors import Missing
from deployments.web.session_guard import who_of
from deployments.web.staff_appointments import show_appointments
from deployments.web.visit_lists import ALL, WAITING, Wanted, wanted_of, written
from models.db import read
from models.reports.appointments import VisitPage, choices_of, visit_page, waiting_count
from models.reports.visit_review import people_of, review
from models.rules.access import Area
from models.rules.appointments import CancelReason, DeclineReason, Status
from models.rules.calendars import local_day, local_moment, zone_of
from models.store.patients import Person
from templates.phone_numbers import written_number

OURS: Final = "practice"
DONE: Final = (
    "confirmed",
    "declined",
    "withdrawn",
    "moved",
    "cancelled",
    "marked",
    "cancelled_here",
    "removed_here",
    "deleted",
)
TYPED: Final = ("visit_reason", "day", "time", "minutes", "visit", "forms", "fine", "reason", "why")


@dataclass(frozen=True, slots=True)
class Listed:
    """What the list shows, from one look at the database."""

    page: VisitPage
    people: Mapping[int, Person] = field(repr=False)
    providers: Mapping[str, str] = field(repr=False)
    locations: Mapping[str, str]
    waiting: int


def show_list(request: Request) -> Response:
    """Show a practice its appointments (A-46, A-47); our own people see both systems unless they ask for this page."""
    if not is_own(request) and request.query_params.get("view") != OURS:
        return show_appointments(request)
    desk, wanted = desk_of(request), wanted_of(request.query_params)
    found = read(partial(_load, desk=desk, wanted=wanted))
    return show_desk(
        desk,
        "visits",
        "/appointments",
        found=found,
        wanted=wanted,
        tabs=(WAITING, ALL),
        statuses=list(Status),
        sees_people=is_own(request),
        phone=written_number,
        address=partial(_address, desk, wanted),
        earlier=written(found.page.earlier) if found.page.earlier else "",
        later=written(found.page.later) if found.page.later else "",
    )


def is_own(request: Request) -> bool:
    """Say whether who looks belongs to the practice whose page it is: only they see patients' names and words."""
    return who_of(request).own == str(request.path_params["key"])


def _load(session: Session, *, desk: Desk, wanted: Wanted) -> Listed:
    zone = desk.voice.zone
    today = local_moment(local_day(desk.as_of, zone), time.min, zone)
    page = visit_page(session, desk.practice_id, wanted.asked(today=today, zone=zone, is_shown=True), as_of=desk.as_of)
    numbers = [one.line.visit.id for one in page.lines] if is_own(desk.request) else []
    return Listed(
        page,
        people_of(session, desk.practice_id, numbers),
        *choices_of(session, desk.practice_id),
        waiting_count(session, desk.practice_id),
    )


def _address(desk: Desk, wanted: Wanted, **changed: str) -> str:
    """Write the address of the same list with something changed; it holds keys, codes, days and moments only."""
    said = ({} if is_own(desk.request) else {"view": OURS}) | wanted.query(**changed)
    return desk.address("/appointments" + (f"?{urlencode(said)}" if said else ""))


def show_one(request: Request) -> Response:
    """Show one appointment with what may be decided about it."""
    said = request.query_params.get("done", "")
    return visit_page_of(request, {}, done=said if said in DONE else "")


def visit_page_of(request: Request, typed: Values, *, fault: tuple[str, str] = ("", ""), done: str = "") -> Response:
    """Show one appointment; `fault` names a form or field and what is wrong there, and what was typed stays."""
    desk, number = desk_of(request), number_of(request, "appointment")
    sees_people = is_own(request)
    load = partial(review, practice_id=desk.practice_id, number=number, with_people=sees_people, as_of=desk.as_of)
    found = read(load)
    if found is None:
        raise Missing
    place, code = fault
    visit = found.one.line.visit
    start = visit.starts_at.astimezone(zone_of(desk.voice.zone))
    return show_desk(
        desk,
        "visit",
        f"/appointments/{number}",
        status=status_of(code),
        found=found,
        visit=visit,
        start_day=start.date().isoformat(),
        start_time=f"{start:%H:%M}",
        sees_people=sees_people,
        sees_records=sees_people and desk.may(Area.PATIENTS),
        may_act=desk.may(Area.APPOINTMENTS),
        is_over=visit.starts_at <= desk.as_of,
        phone=written_number,
        typed={name: typed.get(name, "") for name in TYPED},
        decline_reasons=list(DeclineReason),
        cancel_reasons=list(CancelReason),
        errors={place: desk.voice.tell(f"visit_faults.{code}")} if code else {},
        done=done,
    )
