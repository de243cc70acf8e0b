"""The way out of feedback mails: a page that changes nothing, and a POST that stops them without login or cookie.

Known, unknown and malformed tokens get the very same page with the same status, before and after: it names no
practice and speaks the browser's language, since anything of the request would tell that its token exists.
"""

import re
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from deployments.web.booking_guard import network_of
from deployments.web.booking_voice import LANGUAGES, chosen_locale
from deployments.web.pages import moment_of
from deployments.web.static import stylesheet_address
from models.db import transaction
from models.sealing import INSTALLATION
from models.settings import settings
from models.store import rates, unsubscribing
from models.store.keys import make_keys
from models.store.practices import TOKEN_LENGTH
from templates.render import render_page
from templates.words_unsubscribe import UNSUBSCRIBE

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
MOST: Final = 300
WINDOW: Final = timedelta(minutes=1)
"""So often one network may press: mail providers press for all of their users."""
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")


def show_way_out(request: Request) -> Response:
    """Show the page with the button; mail scanners fetch it, so it does nothing (F-208)."""
    return _page(request, "ask", HTTPStatus.OK)


async def stop(request: Request) -> Response:
    """Stop feedback mails, by our button or by a mail program's one click (F-207, RFC 8058); twice is once."""
    await request.body()  # whatever it says: the token alone decides
    is_allowed = await run_in_threadpool(transaction, partial(_stop, request=request))
    return _page(request, "done", HTTPStatus.OK) if is_allowed else _page(request, "busy", HTTPStatus.TOO_MANY_REQUESTS)


def _stop(session: Session, *, request: Request) -> bool:
    as_of, token = moment_of(request), request.path_params["token"]
    keys = make_keys(session, INSTALLATION, as_of=as_of)
    caller = network_of(request.client.host if request.client else "")
    limited = keys.blind(f"unsubscribe|{caller}", purpose="rate")
    if not rates.allow(session, limited, limit=MOST, window=WINDOW, as_of=as_of):
        return False
    if _TOKEN.fullmatch(token):
        unsubscribing.stop_mails(session, token, as_of=as_of)
    return True


def _page(request: Request, part: str, status: HTTPStatus) -> Response:
    asked = request.query_params.get("lang", "")
    locale = chosen_locale(asked, request.headers.get("accept-language", ""), "en")
    words = {key: both[locale == "es"] for key, both in UNSUBSCRIBE.items()}
    content = render_page(
        "unsubscribe",
        part=part,
        words=words,
        locale=locale,
        languages=LANGUAGES,
        organisation=settings().organisation,
        stylesheet=stylesheet_address(),
    )
    headers = {"Content-Security-Policy": POLICY, "Vary": "Accept-Language"}
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return HTMLResponse(content, status_code=status, headers=headers)
