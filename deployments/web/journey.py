"""The page of one journey, for staff and for the practice: the same picture, in different depth."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from deployments.web.pages import page
from deployments.web.timeline import DESK, PHONE, draw, says
from deployments.web.wording import Voice
from models.reports.onboarding_views import HistoryLine, JourneyView, OpenItem
from models.rules.onboarding import ItemKind
from models.rules.roles import Party, Role
from models.store.contacts import Contact

LANGUAGES = {"en": "English", "es": "Español"}
DATES_SHOWN = 10


def journey_page(
    view: JourneyView,
    voice: Voice,
    *,
    history: Sequence[HistoryLine],
    people: Mapping[Role, str] | None = None,
    coach: Contact | None = None,
    private_link: str = "",
) -> Response:
    """Answer with the page; `people` holds names by role and is for staff, `coach` is whom the practice can reach."""
    shown = what_is_shown(view, voice, history=history, people=people)
    return page("journey", voice, **shown, coach=coach, private_link=private_link)


def what_is_shown(
    view: JourneyView, voice: Voice, *, history: Sequence[HistoryLine], people: Mapping[Role, str] | None = None
) -> dict[str, object]:
    """Give the parts of the page: the picture for desk and phone, what is needed, dates, history."""
    payers = {payer.key: payer.name for payer in view.payers}
    return {
        "view": view,
        "charts": [draw(view, voice, frame) for frame in (DESK, PHONE)],
        "says": says,
        "needs": _items(view, Party.PRACTICE),
        "agendas": {step.key: sum(item.kind is ItemKind.AGENDA for item in step.open_items) for step in view.steps},
        "dates": view.next_dates[:DATES_SHOWN],
        "history": [(line.at, voice.told(line, payers)) for line in history],
        "payer_names": payers,
        "transactions": sorted({kind for payer in view.payers for kind in payer.transactions}, key=_order),
        "people": people or {},
        "other_tasks": [task for task in view.tasks if task.key not in _item_keys(view)],
        "languages": LANGUAGES if voice.to_practice else {},
    }


def _items(view: JourneyView, party: Party) -> list[OpenItem]:
    """List what one side has to do, what was sent back first, then by its day."""
    items = [item for step in view.steps for item in step.open_items if item.party is party and not item.is_internal]
    return sorted(items, key=lambda item: (item.state != "rejected", item.due_on is None, item.due_on or view.today))


def _item_keys(view: JourneyView) -> frozenset[str]:
    return frozenset(item.key for step in view.steps for item in step.open_items)


def _order(kind: str) -> int:
    return ("claims", "era", "eft", "portal").index(kind)
