"""Whether the site can do its work, for whoever watches it."""

from datetime import datetime
from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from deployments.web.pages import moment_of
from models.db import DatabaseFailure, read
from models.store import messages, timers


def health(request: Request) -> Response:
    """Say whether the database answers, and for how many seconds due work has been left lying.

    Dispatch leaves no trace while nothing is due; that nothing due is left lying is how it shows that it lives.
    """
    as_of = moment_of(request)
    try:
        behind = read(lambda session: _seconds_behind(session, as_of=as_of))
    except DatabaseFailure:
        return JSONResponse({"ok": False, "database": "unreachable"}, HTTPStatus.SERVICE_UNAVAILABLE)
    return JSONResponse({"ok": True, "database": "reachable", "dispatch_seconds_behind": behind})


def _seconds_behind(session: Session, *, as_of: datetime) -> int:
    due = [moment for moment in (timers.next_due(session), messages.next_due(session)) if moment is not None]
    return max([0, *(int((as_of - moment).total_seconds()) for moment in due)])
