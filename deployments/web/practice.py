"""A practice's own page behind its private link: the same journey, without what is internal."""

import re
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.journey import journey_page
from deployments.web.pages import moment_of
from deployments.web.wording import voice_for
from models.db import read
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
    return journey_page(shown_to_practice(view), voice, history=lines[:HISTORY_SHOWN], coach=coach)


Loaded = tuple[JourneyView, list[HistoryLine], Contact | None]


def _load(session: Session, *, token: str, as_of: datetime) -> Loaded | None:
    """Find what a link shows; a wrong token and an unknown one are the same."""
    journey = journey_of_link(session, hash_of_token(token)) if _TOKEN.fullmatch(token) else None
    if journey is None:
        return None
    view = journey_view(session, journey, as_of=as_of)
    lines = told_to_practice(history_lines(session, journey, limit=HISTORY_READ))
    return view, lines, contact_of(session, view.practice_id, role=Role.SUCCESS_COACH)
