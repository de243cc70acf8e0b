"""Whether the site can do its work, for whoever watches it."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from deployments.signs import own_alarms
from deployments.web.pages import moment_of
from models.db import DatabaseFailure, read
from models.settings import settings
from models.store.vital_signs import waits_since


def health(request: Request) -> Response:
    """Say whether the database answers, for how many seconds due work has been left lying, and which alarms stand.

    Dispatch leaves no trace while nothing is due; that nothing due is left lying is how it shows that it lives.
    """
    as_of = moment_of(request)
    try:
        since = read(waits_since)
    except DatabaseFailure:
        return JSONResponse({"ok": False, "database": "unreachable"}, HTTPStatus.SERVICE_UNAVAILABLE)
    behind = 0 if since is None else max(0, int((as_of - since).total_seconds()))
    alarms = [one.alarm.value for one in own_alarms(settings(), as_of=as_of)]
    return JSONResponse({"ok": True, "database": "reachable", "dispatch_seconds_behind": behind, "alarms": alarms})
