"""What the pages of Reputation share: whose practice it is, who looks, how addresses are written, how forms come in."""

import hmac
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.web.access_pages import FORM_FIELD, Caller, Values, caller_of, show
from deployments.web.booking_form import UnreadableFormError, read_form
from deployments.web.booking_guard import is_own_form
from deployments.web.booking_voice import LANGUAGES
from deployments.web.cookies import form_token, session_token
from deployments.web.errors import Missing
from deployments.web.present import present_who
from deployments.web.reputation_voice import ReputationVoice
from deployments.web.session_guard import Place, guarded, who_of
from deployments.web.static import address_of_file
from models.db import read
from models.rules.access import Area, Right, Who
from models.rules.calendars import local_day
from models.settings import settings
from models.store.feedback_answers import count_unread
from models.store.keys import keys_of
from models.store.practices import find_practice
from models.tables.practices import Practice

LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Room:
    """One practice's Reputation, and who looks at it; `is_gone`: the practice's key was destroyed."""

    caller: Caller
    who: Who
    voice: ReputationVoice
    practice_id: int
    key: str
    name: str
    unread: int
    asked_language: str = ""
    is_gone: bool = False

    def address(self, path: str = "", /, **query: object) -> str:
        """Write the address of one of these pages; a language that was asked for goes along."""
        given = {"lang": self.asked_language} | query
        said = urlencode({name: value for name, value in given.items() if value not in ("", None)})
        place = f"/staff/practices/{self.key}/reputation{path}"
        return f"{place}?{said}" if said else place

    def may(self, area: Area, right: Right) -> bool:
        """Say whether who looks may do that much here; nothing can be written where nothing can be sealed any more."""
        if self.is_gone and area is Area.REPUTATION and right is Right.WRITE:
            return False
        return self.who.may(area, right, self.key)


def room_of(request: Request) -> Room:
    """Find whose Reputation a guarded page is about."""
    who, caller = who_of(request), caller_of(request, known=who_of(request).locale, in_session=True)
    found = read(partial(_practice, key=request.path_params["key"]))
    if found is None:
        raise Missing
    practice, unread, is_gone = found
    asked = request.query_params.get("lang", "")
    voice = ReputationVoice(caller.voice.locale, practice.zone, local_day(caller.as_of, practice.zone))
    asked_language = asked if asked in LANGUAGES else ""
    return Room(caller, who, voice, practice.id, practice.key, practice.name, unread, asked_language, is_gone)


def _practice(session: Session, *, key: str) -> tuple[Practice, int, bool] | None:
    practice = find_practice(session, key)
    if practice is None:
        return None
    return practice, count_unread(session, practice.id), keys_of(session, practice.id).is_gone


@dataclass(frozen=True, slots=True)
class At:
    """Where a page is, so that the same one can be shown in the other language."""

    tab: str
    path: str = ""
    query: Mapping[str, object] = field(default_factory=dict)


def show_room(room: Room, name: str, at: At, *, errors: Mapping[str, str] | None = None, **context: object) -> Response:
    """Answer with one page of Reputation; with `errors`, by field, it is a refusal unless another status is given."""
    said = errors or {}
    usual = HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK
    status = context.pop("status", usual)
    return show(
        room.caller,
        name,
        status=status if isinstance(status, int) else usual,
        v=room.voice,
        room=room,
        at=at,
        errors=said,
        who=present_who(),
        is_local=settings().mode == "local",
        sheet=address_of_file("reputation.css"),
        **context,
    )


def see(address: str) -> Response:
    """Lead to a page once a form has been taken."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form sent; `is_ours` says that it carried its token. Nothing is kept of another site's form."""

    values: Values = field(default_factory=dict, repr=False)
    is_ours: bool = False


Endpoint = Callable[[Request], Coroutine[None, None, Response]]


def takes(step: Callable[[Room, Posted], Response], area: Area) -> Endpoint:
    """Make the guarded answer to one form of a practice's pages."""

    async def page(request: Request) -> Response:
        request.state.body = await request.body()
        return await run_in_threadpool(shielded, request)

    def take(request: Request) -> Response:
        return step(room_of(request), _posted(request))

    shielded = guarded(take, area, right=Right.WRITE, place=Place.PRACTICE)
    page.need = shielded.need  # type: ignore[attr-defined]  # read by the matrix of routes
    return page


def _posted(request: Request) -> Posted:
    if not is_own_form(request.headers):
        return Posted()
    try:
        values = read_form(request.state.body, request.headers.get("content-type", ""), longest=LONGEST)
    except UnreadableFormError:
        return Posted()
    expected = form_token(session_token(request)).encode()
    return Posted(values, hmac.compare_digest(values.get(FORM_FIELD, "").encode(), expected))
