"""The page of one journey, for staff and for the practice: the same picture, in different depth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from deployments.web.pages import page
from deployments.web.timeline import DESK, PHONE, draw, says
from deployments.web.todo import Todo, todo, todo_of_several
from deployments.web.wording import Voice
from models.reports.onboarding_views import DATES_SHOWN, HistoryLine, JourneyView, Task, needed_from
from models.reports.readiness import GateGlance
from models.rules.onboarding import ItemKind
from models.rules.roles import Party, Role
from models.store.contacts import Contact

LANGUAGES = {"en": "English", "es": "Español"}


@dataclass(frozen=True, slots=True)
class ForStaff:
    """What only staff see around a journey: names by role, the practice's private link, and how its gate stood last."""

    people: Mapping[Role, str] = field(repr=False)
    private_link: str = field(repr=False)
    gate: GateGlance | None


@dataclass(frozen=True, slots=True)
class Own:
    """Where a practice's own pages are; the query keeps a language that was chosen.

    `practice` is its key where they are pages of the portal, empty where they stand behind a private link.
    """

    page: str = field(repr=False)
    query: str = ""
    practice: str = ""


def journey_page(
    view: JourneyView,
    voice: Voice,
    *,
    history: Sequence[HistoryLine],
    staff: ForStaff | None = None,
    coach: Contact | None = None,
    own: Own | None = None,
) -> Response:
    """Answer with the page; `staff` is for staff, `own` and `coach`, whom it can reach, are for the practice."""
    shown = what_is_shown(view, voice, history=history, people=staff.people if staff else None)
    link, gate = (staff.private_link, staff.gate) if staff else ("", None)
    return page("journey", voice, **shown, coach=coach, private_link=link, gate=gate, own=own)


def what_is_shown(
    view: JourneyView, voice: Voice, *, history: Sequence[HistoryLine], people: Mapping[Role, str] | None = None
) -> dict[str, object]:
    """Give the parts of the page: the picture for desk and phone, what is needed, dates, history."""
    payers = {payer.key: payer.name for payer in view.payers}
    return {
        "view": view,
        "charts": [draw(view, voice, frame) for frame in (DESK, PHONE)],
        "says": says,
        "needs": needed_from(view, Party.PRACTICE),
        "agendas": {step.key: sum(item.kind is ItemKind.AGENDA for item in step.open_items) for step in view.steps},
        "dates": view.next_dates[:DATES_SHOWN],
        "history": [(line.at, voice.told(line, payers)) for line in history],
        "payer_names": payers,
        "transactions": sorted({kind for payer in view.payers for kind in payer.transactions}, key=_order),
        "people": people or {},
        "other_tasks": _other_tasks(view, voice),
        "languages": LANGUAGES if voice.to_practice else {},
    }


def _other_tasks(view: JourneyView, voice: Voice) -> list[tuple[Task, Todo, int]]:
    """List what is not an item of a step; the same about several appointments is one line, with their number."""
    items = _item_keys(view)
    same: dict[str, list[Task]] = {}
    for task in view.tasks:
        if task.key not in items:
            same.setdefault(task.key, []).append(task)
    return [
        (tasks[0], (todo if len(tasks) == 1 else todo_of_several)(tasks[0], voice), len(tasks))
        for tasks in same.values()
    ]


def _item_keys(view: JourneyView) -> frozenset[str]:
    return frozenset(item.key for step in view.steps for item in step.open_items)


def _order(kind: str) -> int:
    return ("claims", "era", "eft", "portal").index(kind)
