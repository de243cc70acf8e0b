"""Whether the site can do its work, for whoever watches it."""

from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from deployments.signs import own_alarms
from deployments.web.pages import moment_of
from models.db import DatabaseFailure, read
from models.settings import settings
from models.store.retention import last_run
from models.store.vital_signs import waits_since
from models.tables.keeping import KeepingKind


def health(request: Request) -> Response:
    """Say whether the database answers, for how many seconds due work has been left lying, and which alarms stand.

    Dispatch leaves no trace while nothing is due; that nothing due is left lying is how it shows that it lives.
    """
    as_of = moment_of(request)
    try:
        since = read(waits_since)
        ran = {kind: read(partial(last_run, kind=kind)) for kind in KeepingKind}
    except DatabaseFailure:
        return JSONResponse({"ok": False, "database": "unreachable"}, HTTPStatus.SERVICE_UNAVAILABLE)
    behind = 0 if since is None else max(0, int((as_of - since).total_seconds()))
    alarms = [one.alarm.value for one in own_alarms(settings(), as_of=as_of)]
    return JSONResponse(
        {
            "ok": True,
            "database": "reachable",
            "dispatch_seconds_behind": behind,
            **{f"last_{kind.value}": at.isoformat() if at else "" for kind, at in ran.items()},
            "alarms": alarms,
        }
    )
