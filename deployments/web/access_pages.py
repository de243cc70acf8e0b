"""How the pages of signing in leave the house, and how their forms are taken: ours only, with their token."""

import hmac
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from deployments.web.access_voice import AccessVoice, voice_of
from deployments.web.booking_form import UnreadableFormError, read_form
from deployments.web.booking_guard import is_own_form
from deployments.web.booking_voice import LANGUAGES
from deployments.web.cookies import form_secret, form_token, keep_form_secret, sent_form_secret, session_token
from deployments.web.pages import moment_of
from deployments.web.static import address_of_file
from models.settings import settings
from templates.render import render_page

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FORM_FIELD: Final = "form"
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Caller:
    """One request to these pages: when, in which language, and the secret behind its forms.

    `is_new` says that the browser is to keep the secret; with a session, its token is the secret.
    """

    request: Request
    as_of: datetime
    voice: AccessVoice
    secret: str
    is_new: bool

    @property
    def address(self) -> str:
        """Where the caller comes from."""
        return self.request.client.host if self.request.client else ""

    @property
    def is_phone(self) -> bool:
        """Say whether the browser calls itself one of a phone."""
        return "Mobi" in self.request.headers.get("user-agent", "")


def caller_of(request: Request, *, known: str = "en", in_session: bool = False) -> Caller:
    """Read who asks; `known` is the language of whoever has signed in."""
    as_of = moment_of(request)
    secret = session_token(request) if in_session else form_secret(request)
    is_new = not in_session and secret != sent_form_secret(request)
    return Caller(request, as_of, voice_of(request, as_of, known=known), secret, is_new)


def show(caller: Caller, name: str, *, status: int = HTTPStatus.OK, **context: object) -> Response:
    """Answer with one page, whose forms carry their token."""
    shared: dict[str, object] = {
        "v": caller.voice,
        "locale": caller.voice.locale,
        "languages": LANGUAGES,
        "organisation": settings().organisation,
        "token": form_token(caller.secret),
        "sheet": address_of_file("access.css"),
        "stylesheet": address_of_file("site.css"),
        "errors": {},
    }
    content = render_page(name, **shared | context)
    answer = HTMLResponse(content, status, headers={"Content-Security-Policy": POLICY})
    return keep_form_secret(answer, caller.secret) if caller.is_new else answer


def too_often(caller: Caller) -> Response:
    """Say that there were too many tries."""
    answer = show(caller, "access_too_often", status=HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = "900"
    return answer


def form(
    shown: Callable[[Request], Response],
    step: Callable[[Request, Values], Response],
    refused: Callable[[Request, str], Response],
) -> Callable[[Request], Coroutine[None, None, Response]]:
    """Make the page of one form: `shown` when it is opened, `step` with what it sent.

    `refused` answers a form that is not ours, with the code of a fault.
    """

    async def page(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(shown, request)
        return await run_in_threadpool(_take, request, await request.body(), step, refused)

    return page


def _take(
    request: Request,
    body: bytes,
    step: Callable[[Request, Values], Response],
    refused: Callable[[Request, str], Response],
) -> Response:
    values = own_values(request, body, sent_form_secret(request))
    return refused(request, "other_page") if values is None else step(request, values)


def own_values(request: Request, body: bytes, secret: str) -> Values | None:
    """Read a form of our own page that carries its token; None for every other."""
    if not secret or not is_own_form(request.headers):
        return None
    try:
        values = read_form(body, request.headers.get("content-type", ""))
    except UnreadableFormError:
        return None
    fits = hmac.compare_digest(values.get(FORM_FIELD, "").encode(), form_token(secret).encode())
    return values if fits else None
