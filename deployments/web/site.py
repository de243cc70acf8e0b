"""The web site of patients, practices and staff; it works while Prefect is down."""

import gc
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from deployments.web import (
    account,
    booking,
    booking_embed,
    exports,
    feedback,
    feeds,
    home,
    hooks,
    insights,
    invited,
    mailbox,
    practice,
    progress,
    sign_in,
    staff,
    staff_enrollments,
    staff_figures,
    staff_forecast,
    staff_month,
    staff_offboarding,
    staff_readiness,
    unsubscribe,
)
from deployments.web.boundary import Boundary, HideLinks, answer_http_error
from deployments.web.desk_routes import DESK
from deployments.web.health import health
from deployments.web.metrics import PageTimes, show_metrics
from deployments.web.reputation_routes import REPUTATION
from deployments.web.session_guard import HOME, Place, guarded
from deployments.web.static import static
from models.rules.access import Area
from templates.render import compile_pages

STAFF = (
    Route(HOME, guarded(home.show_home, Area.HOME)),
    Route("/staff", guarded(staff.show_board, Area.BOARD)),
    Route("/staff/", guarded(staff.show_board, Area.BOARD)),
    Route("/staff/work", guarded(staff.show_work, Area.WORK)),
    Route("/staff/enrollments", guarded(staff_enrollments.show_board, Area.ENROLLMENTS)),
    Route("/staff/enrollments/figures", guarded(staff_figures.show_figures, Area.FIGURES)),
    Route("/staff/enrollments/figures.pdf", guarded(staff_figures.give_pdf, Area.FIGURES)),
    Route("/staff/offboarding", guarded(staff_offboarding.show_offboardings, Area.OFFBOARDING)),
    Route("/staff/month", guarded(staff_month.show_month, Area.MONTH)),
    Route("/staff/month.pdf", guarded(staff_month.give_pdf, Area.MONTH)),
    Route("/staff/month.csv", guarded(staff_month.give_csv, Area.MONTH)),
    Route("/staff/month.xlsx", guarded(staff_month.give_xlsx, Area.MONTH)),
    Route(
        "/staff/enrollments/{number:int}",
        guarded(staff_enrollments.show_enrollment, Area.ENROLLMENTS, place=Place.ENROLLMENT),
    ),
    *(
        Route(f"/staff/practices/{{key}}{rest}", guarded(shown, area, place=Place.PRACTICE))
        for rest, shown, area in (
            ("", staff.show_journey, Area.JOURNEY),
            ("/enrollments", staff_enrollments.show_practice, Area.ENROLLMENTS),
            ("/forecast", staff_forecast.show_forecast, Area.FORECAST),
            ("/readiness", staff_readiness.show_readiness, Area.READINESS),
            ("/progress", progress.show_progress, Area.PROGRESS),
            ("/progress/enrollments", progress.show_enrollments, Area.PROGRESS),
            ("/progress/launch", progress.show_launch, Area.PROGRESS),
            ("/insights", insights.show_insights, Area.INSIGHTS),
            ("/insights.pdf", insights.give_pdf, Area.INSIGHTS),
            ("/insights.csv", insights.give_csv, Area.INSIGHTS),
            ("/insights.xlsx", insights.give_xlsx, Area.INSIGHTS),
            ("/feeds", feeds.show_feeds, Area.CALENDAR_LINKS),
            ("/appointments.fhir.json", exports.give_appointments, Area.EXPORTS),
        )
    ),
    *REPUTATION,
    *DESK,
)
"""The pages of who signed in, each with what it asks for."""

ROUTES = (
    Route("/", sign_in.home),
    Route("/health", health),
    Route("/metrics", show_metrics),
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
    Route("/f/{token}", feedback.show),
    Route("/f/{token}", feedback.take_answer, methods=["POST"]),
    Route("/f/{token}/tell", feedback.take_details, methods=["GET", "POST"]),
    Route("/f/{token}/thanks/{key}", feedback.show_thanks),
    Route("/sign-in", sign_in.sign_in, methods=["GET", "POST"]),
    Route("/sign-in/code", sign_in.code, methods=["GET", "POST"]),
    Route("/sign-in/set-up", invited.set_up, methods=["GET", "POST"]),
    Route("/i/{token}", invited.choose_password, methods=["GET", "POST"]),
    Route("/l/{token}", invited.use_local_link, methods=["GET", "POST"]),
    Route("/account", guarded(account.show_account, Area.ACCOUNT)),
    Route("/account/sign-out", account.sign_out, methods=["POST"]),
    Route("/account/end-others", account.end_others, methods=["POST"]),
    *STAFF,
    Route("/s/{token}", unsubscribe.show_way_out),
    Route("/s/{token}", unsubscribe.stop, methods=["POST"]),
    Route("/hooks/twilio/texts", hooks.take_text, methods=["POST"]),
    Route("/hooks/twilio/status/{attempt}", hooks.take_report, methods=["POST"]),
    Route("/mailbox", mailbox.show_list),
    Route("/mailbox/texts/{text}", mailbox.answer_text, methods=["POST"]),
    Route("/mailbox/", mailbox.show_list),
    Route("/mailbox/{mail}", mailbox.show_mail),
    Route("/mailbox/{mail}/html", mailbox.show_html),
    Route("/mailbox/{mail}/calendar/{number:int}", mailbox.give_calendar),
)


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def _warmed(_site: Starlette) -> AsyncIterator[None]:
    """Do before the first visitor what many visitors at once would all wait for."""
    compile_pages()
    gc.freeze()  # what stays for good is not looked through again and again
    yield


def create_site(*, now: Callable[[], datetime] = _now) -> Starlette:
    """Build the ASGI application; `now` is the clock that pages are shown at (aware UTC)."""
    logging.getLogger("uvicorn.access").addFilter(HideLinks())
    times = PageTimes()
    site = Starlette(
        routes=[times.around(route) for route in ROUTES],
        middleware=[Middleware(Boundary)],
        exception_handlers={HTTPException: answer_http_error},
        lifespan=_warmed,
    )
    site.router.redirect_slashes = False
    site.state.now = now
    site.state.page_times = times.registry
    return site
