"""The staff area: the board over all practices, work lists per role, one journey with everything in it."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.journey import ForStaff, journey_page
from deployments.web.pages import moment_of, page, staff_voice
from deployments.web.session_guard import who_of
from deployments.web.todo import todo
from models.db import read
from models.reports.onboarding import board, board_counts, board_entries, history_lines, journey_view, open_tasks
from models.reports.onboarding_views import HistoryLine, JourneyView
from models.reports.readiness import GateGlance, gates_at_a_glance
from models.rules.access import Area
from models.rules.onboarding import STEPS
from models.rules.onboarding_facts import JourneyStatus
from models.rules.roles import PRACTICE_ROLES, Role
from models.store.contacts import load_contacts
from models.store.onboarding import present_journey
from models.store.practices import link_token

HISTORY_SHOWN = 60
UNDER_WAY = (JourneyStatus.ACTIVE.value, JourneyStatus.PAUSED.value)


def show_board(request: Request) -> Response:
    """Show all journeys, those under way unless another status is asked for."""
    as_of = moment_of(request)
    chosen = _chosen(request.query_params.get("status", ""), (*JourneyStatus, "all"))
    every, gates = read(lambda session: (board(session, as_of=as_of), gates_at_a_glance(session)))
    scope = who_of(request).scope(Area.BOARD)
    frame = every if scope is None else every[every["practice"].isin(scope)]
    shown = frame if chosen == "all" else frame[frame["status"].isin([chosen] if chosen else UNDER_WAY)]
    return page(
        "board",
        staff_voice(as_of.date()),
        rows=board_entries(shown),
        gates=gates,
        counts=board_counts(frame),
        steps=[step.key for step in STEPS],
        statuses=list(JourneyStatus),
        chosen=chosen,
    )


def _chosen(word: str, known: Iterable[str]) -> str:
    return next((str(one) for one in known if one == word), "")


def show_work(request: Request) -> Response:
    """Show what each role has to do."""
    as_of = moment_of(request)
    chosen = _chosen(request.query_params.get("role", ""), Role)
    voice = staff_voice(as_of.date())
    scope = who_of(request).scope(Area.WORK)
    found = read(partial(open_tasks, as_of=as_of))
    tasks = [task for task in found if scope is None or task.practice in scope]
    lists = {role: [task for task in tasks if task.role is role] for role in Role}
    return page(
        "work",
        voice,
        todo=partial(todo, voice=voice),
        lists={role: found for role, found in lists.items() if found and chosen in ("", role)},
        counts={role: len(found) for role, found in lists.items() if found},
        late_counts={role: sum(task.is_late for task in found) for role, found in lists.items()},
        chosen=chosen,
        practice_roles=PRACTICE_ROLES,
    )


def show_journey(request: Request) -> Response:
    """Show one practice's newest journey with internal items, open work and history."""
    as_of = moment_of(request)
    found = read(partial(_load, key=request.path_params["key"], as_of=as_of))
    if found is None:
        raise Missing
    view, lines, people, token, gate = found
    voice = staff_voice(view.today, zone=view.zone)
    return journey_page(view, voice, history=lines, staff=ForStaff(people, f"/j/{token}", gate))


Loaded = tuple[JourneyView, list[HistoryLine], dict[Role, str], str, GateGlance | None]


def _load(session: Session, *, key: str, as_of: datetime) -> Loaded | None:
    journey = present_journey(session, key)
    if journey is None:
        return None
    view = journey_view(session, journey, as_of=as_of)
    lines = history_lines(session, journey, limit=HISTORY_SHOWN)
    contacts = load_contacts(session, [view.practice_id])
    found = ((role, contacts.of(view.practice_id, role=role)) for role in (Role.PRIMARY_CONTACT, *view.roles))
    people = {role: contact.name for role, contact in found if contact is not None}
    gate = gates_at_a_glance(session, key).get(key)
    return view, lines, people, link_token(session, view.practice_id, journey), gate
