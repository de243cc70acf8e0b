"""The web site of practices and staff; it works while Prefect is down."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from deployments.web import mailbox, practice, staff
from deployments.web.boundary import Boundary, HideLinks, answer_http_error
from deployments.web.health import health
from deployments.web.static import static

ROUTES = (
    Route("/", staff.home),
    Route("/health", health),
    Route("/static/{name}", static),
    Route("/j/{token}", practice.show_journey),
    Route("/staff", staff.show_board),
    Route("/staff/", staff.show_board),
    Route("/staff/work", staff.show_work),
    Route("/staff/practices/{key}", staff.show_journey),
    Route("/mailbox", mailbox.show_list),
    Route("/mailbox/", mailbox.show_list),
    Route("/mailbox/{mail}", mailbox.show_mail),
    Route("/mailbox/{mail}/html", mailbox.show_html),
    Route("/mailbox/{mail}/calendar/{number:int}", mailbox.give_calendar),
)


def _now() -> datetime:
    return datetime.now(UTC)


def create_site(*, now: Callable[[], datetime] = _now) -> Starlette:
    """Build the ASGI application; `now` is the clock that pages are shown at (aware UTC)."""
    logging.getLogger("uvicorn.access").addFilter(HideLinks())
    site = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Boundary)],
        exception_handlers={HTTPException: answer_http_error},
    )
    site.router.redirect_slashes = False
    site.state.now = now
    return site
