"""The web site of patients, practices and staff; it works while Prefect is down."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from deployments.web import (
    booking,
    booking_embed,
    exports,
    feeds,
    mailbox,
    practice,
    staff,
    staff_appointments,
    staff_enrollments,
    staff_figures,
    staff_forecast,
    staff_readiness,
)
from deployments.web.boundary import Boundary, HideLinks, answer_http_error
from deployments.web.health import health
from deployments.web.static import static

ROUTES = (
    Route("/", staff.home),
    Route("/health", health),
    Route("/static/{name}", static),
    Route("/j/{token}", practice.show_journey),
    Route("/j/{token}/enrollments", practice.show_enrollments),
    Route("/c/{token}.ics", feeds.give_feed),
    Route("/book/{key}", booking.show_times),
    Route("/book/{key}", booking.search, methods=["POST"]),
    Route("/book/{key}/time", booking.choose, methods=["GET", "POST"]),
    Route("/book/{key}/details", booking.details, methods=["GET", "POST"]),
    Route("/book/{key}/request", booking.send, methods=["GET", "POST"]),
    Route("/book/{key}/privacy", booking_embed.show_text),
    Route("/book/{key}/terms", booking_embed.show_text),
    Route("/book/{key}/button", booking_embed.show_button),
    Route("/book/{key}/embed.js", booking_embed.give_script),
    Route("/staff", staff.show_board),
    Route("/staff/", staff.show_board),
    Route("/staff/work", staff.show_work),
    Route("/staff/enrollments", staff_enrollments.show_board),
    Route("/staff/enrollments/figures", staff_figures.show_figures),
    Route("/staff/enrollments/figures.pdf", staff_figures.give_pdf),
    Route("/staff/enrollments/{number:int}", staff_enrollments.show_enrollment),
    Route("/staff/practices/{key}", staff.show_journey),
    Route("/staff/practices/{key}/enrollments", staff_enrollments.show_practice),
    Route("/staff/practices/{key}/forecast", staff_forecast.show_forecast),
    Route("/staff/practices/{key}/readiness", staff_readiness.show_readiness),
    Route("/staff/practices/{key}/appointments", staff_appointments.show_appointments),
    Route("/staff/practices/{key}/feeds", feeds.show_feeds),
    Route("/staff/practices/{key}/appointments.fhir.json", exports.give_appointments),
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
