"""How the pages of the front office leave the house: in its language, with forms that count once each."""

import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from deployments.web.access_pages import POLICY, own_values
from deployments.web.booking_form import UnreadableFormError, new_token, read_form
from deployments.web.booking_guard import is_own_form
from deployments.web.booking_voice import LANGUAGES
from deployments.web.cookies import form_token, session_token
from deployments.web.errors import Missing
from deployments.web.pages import moment_of
from deployments.web.reader import ReaderVoice, asked_locale, reader_voice
from deployments.web.session_guard import Place, guarded, who_of
from deployments.web.static import address_of_file, stylesheet_address
from models.db import read
from models.rules.access import Area, Right
from models.rules.calendars import local_day
from models.settings import settings
from models.store.keys import keys_of
from models.store.practices import find_practice
from models.tables.practices import Practice
from templates.render import render_page

Values = Mapping[str, str]
MOST: Final = 2**53
OTHER_PAGE: Final = "other_page"
_ONCE: Final = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Desk:
    """One request to a practice's page: which practice, when, who looks, in which language; is its key destroyed."""

    request: Request
    practice_id: int
    practice: str
    name: str
    as_of: datetime
    voice: ReaderVoice
    is_gone: bool = False

    @property
    def by(self) -> str:
        """The word under which history names who looks."""
        return who_of(self.request).by

    def may(self, area: Area, right: Right = Right.WRITE) -> bool:
        """Say whether who looks may do that much here."""
        return who_of(self.request).may(area, right, self.practice)

    def address(self, rest: str) -> str:
        """Give the address of one of the practice's pages, in the language that was asked for."""
        asked, joint = asked_locale(self.request), "&" if "?" in rest else "?"
        return f"/staff/practices/{self.practice}{rest}" + (f"{joint}lang={asked}" if asked else "")


def desk_of(request: Request) -> Desk:
    """Read who asks for which practice's page; the language is the one asked for, else the reader's own."""
    practice = read(partial(_practice, key=request.path_params["key"]))
    if practice is None:
        raise Missing
    found, is_gone = practice
    as_of = moment_of(request)
    voice = reader_voice(request, local_day(as_of, found.zone), zone=found.zone)
    return Desk(request, found.id, found.key, found.name, as_of, voice, is_gone)


def _practice(session: Session, *, key: str) -> tuple[Practice, bool] | None:
    found = find_practice(session, key)
    return None if found is None else (found, keys_of(session, found.id).is_gone)


def number_of(request: Request, name: str) -> int:
    """Read a number of an address; one that no record can have has no page."""
    number: int = request.path_params[name]
    if not 0 < number < MOST:
        raise Missing
    return number


def show_desk(desk: Desk, name: str, rest: str, *, status: int = HTTPStatus.OK, **context: object) -> Response:
    """Answer with one page, whose forms carry their token and, each time it is shown, a key of their own.

    `rest` is the end of the page's own address, which may differ from the one to which a form was sent.
    """
    shared: dict[str, object] = {
        "v": desk.voice,
        "locale": desk.voice.locale,
        "zone": desk.voice.zone,
        "organisation": settings().organisation,
        "who": who_of(desk.request),
        "is_local": settings().mode == "local",
        "languages": LANGUAGES,
        "stylesheet": stylesheet_address(),
        "sheet": address_of_file("desk.css"),
        "token": form_token(session_token(desk.request)),
        "once": new_token(),
        "practice": desk.practice,
        "name": desk.name,
        "at": desk.address,
        "own_page": f"/staff/practices/{desk.practice}{rest}",
        "day_of": partial(_day_of, desk.voice),
        "done": "",
        "errors": {},
        "is_gone": desk.is_gone,
    }
    return HTMLResponse(render_page(name, **shared | context), status, headers={"Content-Security-Policy": POLICY})


def _day_of(voice: ReaderVoice, moment: datetime) -> str:
    """Write the local day of a moment, with its year."""
    return voice.near_date(local_day(moment, voice.zone), with_year=True)


def status_of(code: str) -> HTTPStatus:
    """Give the status of a page that tells a fault; none is a page as asked for."""
    if not code:
        return HTTPStatus.OK
    return HTTPStatus.FORBIDDEN if code == OTHER_PAGE else HTTPStatus.UNPROCESSABLE_ENTITY


def onward(desk: Desk, rest: str) -> Response:
    """Lead on to a page after something was done, so that it is not done again when the page is loaded again."""
    return RedirectResponse(desk.address(rest), HTTPStatus.SEE_OTHER)


def key_of(form: str, values: Values) -> str:
    """Name what was pressed: the same form with the same words is one act, another on the same page is another."""
    words = "\n".join(
        [form, *(f"{field}={values[field]}" for field in sorted(values) if field not in {"form", "once"})]
    )
    return f"portal:{values['once']}:{sha256(words.encode()).hexdigest()[:12]}"


def act(
    change: Callable[[Request, Values], Response],
    refused: Callable[[Request, Values], Response],
    area: Area,
    right: Right = Right.WRITE,
) -> Callable[[Request], Coroutine[None, None, Response]]:
    """Make the answer to one form; `refused` shows its page again, with what was typed, when the form is not ours."""

    async def page(request: Request) -> Response:
        request.state.body = await request.body()
        return await run_in_threadpool(shielded, request)

    def take(request: Request) -> Response:
        values = own_values(request, request.state.body, session_token(request))
        if values is None or not _ONCE.fullmatch(values.get("once", "")):
            return refused(request, _typed(request))
        return change(request, values)

    shielded = guarded(take, area, right=right, place=Place.PRACTICE)
    page.need = shielded.need  # type: ignore[attr-defined]  # read by the matrix of routes
    return page


def _typed(request: Request) -> Values:
    """Read what was typed into a page of ours that has been open for too long; nothing from anywhere else."""
    if not is_own_form(request.headers):
        return {}
    try:
        return read_form(request.state.body, request.headers.get("content-type", ""))
    except UnreadableFormError:
        return {}
