"""Who gets to see a page: whoever signed in with a role that may, in a practice that is theirs; all others miss it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.web.cookies import drop_session, session_token
from deployments.web.errors import Missing
from deployments.web.pages import moment_of
from deployments.web.present import looking
from models.db import read, transaction
from models.inputs.sign_in_forms import place_of
from models.rules.access import Area, Right, Who
from models.rules.sign_in import EndReason, Stage
from models.scope import seeing_only
from models.settings import settings
from models.store import sessions
from models.store.enrollment import practice_of_enrollment
from models.store.isolation import scope_of
from models.store.sessions import Found

SIGN_IN: Final = "/sign-in"
HOME: Final = "/home"
Page = Callable[[Request], Response]


class Place(StrEnum):
    """What of a page's address says of which practice it is."""

    NONE = "none"
    PRACTICE = "practice"
    ENROLLMENT = "enrollment"


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody needs to see a page."""

    area: Area
    right: Right = Right.READ
    place: Place = Place.NONE


def guarded(page: Page, area: Area, *, right: Right = Right.READ, place: Place = Place.NONE) -> Page:
    """Put the guard before a page; a practice that is not theirs is to its reader like one that does not exist.

    Without a session, the way leads to the sign-in, whatever the address names.
    """
    need = Need(area, right, place)

    def answer(request: Request) -> Response:
        found = session_of(request, stage=Stage.FULL)
        if not isinstance(found, Found):
            return to_sign_in(request, found)
        if not (found.who.may(area, right) and found.who.may(area, right, _practice(request, place))):
            raise Missing
        request.state.who, request.state.session = found.who, found
        with looking(found.who), _seeing_own(found.who):
            return page(request)

    answer.need = need  # type: ignore[attr-defined]  # read by the matrix of routes
    return answer


def _seeing_own(who: Who) -> AbstractContextManager[None]:
    """Let a practice's person read rows of that practice only, whatever a page asks for."""
    return seeing_only(scope_of(who.own_id)) if who.own_id else nullcontext()


def _practice(request: Request, place: Place) -> str:
    match place:
        case Place.NONE:
            return ""
        case Place.PRACTICE:
            return str(request.path_params["key"])
        case Place.ENROLLMENT:
            practice = read(partial(practice_of_enrollment, number=request.path_params["number"]))
            if not practice:
                raise Missing
            return practice


def who_of(request: Request) -> Who:
    """Say who is looking at a guarded page."""
    who: Who = request.state.who
    return who


def idle() -> timedelta:
    """Say how long a session lasts without a page."""
    return timedelta(minutes=settings().idle_minutes)


def session_of(request: Request, *, stage: Stage) -> Found | EndReason | None:
    """Find the browser's session of a stage; one that came to its end is ended, and says why."""
    token, as_of = session_token(request), moment_of(request)
    if not token:
        return None
    found = read(partial(sessions.find, token=token, idle=idle(), as_of=as_of))
    if isinstance(found, EndReason):
        transaction(partial(sessions.end, token=token, reason=found, as_of=as_of))
        return found
    if found is None or found.stage is not stage:
        return None
    if found.is_stale:
        transaction(partial(sessions.touch, number=found.id, as_of=as_of))
    return found


def to_sign_in(request: Request, over: EndReason | None = None) -> Response:
    """Lead to the sign-in, and from there back to the page that was asked for."""
    asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    why = over.value if over in (EndReason.IDLE, EndReason.TOO_OLD) else ""
    query = {"next": place_of(asked) if request.method in ("GET", "HEAD") else "", "why": why}
    said = urlencode({name: value for name, value in query.items() if value})
    answer = RedirectResponse(f"{SIGN_IN}?{said}" if said else SIGN_IN, HTTPStatus.SEE_OTHER)
    return drop_session(answer) if over else answer


def landing(who: Who) -> str:
    """Give the first page of somebody who signed in: what needs them today."""
    return HOME if who.may(Area.HOME) else "/account"
