"""A practice's own pages behind its private link: its journey and its enrollments, without what is internal."""

import re
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.enrollments import enrollments_page
from deployments.web.errors import Missing
from deployments.web.journey import LANGUAGES, Own, journey_page
from deployments.web.pages import moment_of
from deployments.web.wording import voice_for
from models.db import read
from models.reports.enrollment import PracticeStatus, practice_status
from models.reports.onboarding import journey_view
from models.reports.onboarding_history import history_lines, told_to_practice
from models.reports.onboarding_views import HistoryLine, JourneyView, shown_to_practice
from models.rules.roles import Role
from models.store.contacts import Contact, contact_of
from models.store.onboarding import journey_of_link
from models.store.practices import TOKEN_LENGTH, hash_of_token

HISTORY_READ = 200
HISTORY_SHOWN = 40
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")


def show_journey(request: Request) -> Response:
    """Show the journey of a private link in the practice's language, or in the one asked for."""
    found = read(partial(_load, token=request.path_params["token"], as_of=moment_of(request)))
    if found is None:
        raise Missing
    view, lines, coach = found
    language = request.query_params.get("lang") or view.locale
    voice = voice_for(language, zone=view.zone, today=view.today, to_practice=True)
    shown, history = shown_to_practice(view), lines[:HISTORY_SHOWN]
    return journey_page(shown, voice, history=history, coach=coach, own=_own(request))


def show_enrollments(request: Request) -> Response:
    """Show how the enrollments of a private link's practice stand, and what it must do now."""
    as_of = moment_of(request)
    found = read(partial(_load_enrollments, token=request.path_params["token"], as_of=as_of))
    if found is None:
        raise Missing
    status, coach = found
    language = request.query_params.get("lang") or status.locale
    voice = voice_for(language, zone=status.zone, today=status.today, to_practice=True)
    return enrollments_page(status, voice, coach=coach, own=_own(request))


def _own(request: Request) -> Own:
    asked = request.query_params.get("lang", "")
    return Own(f"/j/{request.path_params['token']}", f"?lang={asked}" if asked in LANGUAGES else "")


Loaded = tuple[JourneyView, list[HistoryLine], Contact | None]


def _load(session: Session, *, token: str, as_of: datetime) -> Loaded | None:
    """Find what a link shows; a wrong token and an unknown one are the same."""
    journey = _journey_of(session, token)
    return None if journey is None else journey_of(session, journey, as_of=as_of)


def journey_of(session: Session, journey: int, *, as_of: datetime) -> Loaded:
    """Load a journey, what of its history its practice is told (the newest first), and whom the practice can reach."""
    view = journey_view(session, journey, as_of=as_of)
    lines = told_to_practice(history_lines(session, journey, limit=HISTORY_READ))
    return view, lines, contact_of(session, view.practice_id, role=Role.SUCCESS_COACH)


def _journey_of(session: Session, token: str) -> int | None:
    return journey_of_link(session, hash_of_token(token)) if _TOKEN.fullmatch(token) else None


def _load_enrollments(session: Session, *, token: str, as_of: datetime) -> tuple[PracticeStatus, Contact | None] | None:
    journey = _journey_of(session, token)
    return None if journey is None else enrollments_of(session, journey, as_of=as_of)


def enrollments_of(session: Session, journey: int, *, as_of: datetime) -> tuple[PracticeStatus, Contact | None]:
    """Load how the enrollments of a journey's practice stand, and whom the practice can reach."""
    status = practice_status(session, journey, as_of=as_of)
    return status, contact_of(session, status.practice_id, role=Role.SUCCESS_COACH)
