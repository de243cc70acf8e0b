"""The gate before a website launches, as our staff see it: every check with its evidence, and the one next step."""

from datetime import datetime
from functools import partial
from itertools import groupby

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page, staff_voice
from deployments.web.todo import flow_of
from models.db import read
from models.reports.readiness import ReadinessView, readiness_rows
from models.rules.calendars import local_day
from models.rules.readiness import BY_KEY
from models.rules.readiness_facts import SYSTEM, CheckState, Platform
from models.store.practices import find_practice
from models.store.readiness import has_gate

MARKS = {
    CheckState.PASSED: "done",
    CheckState.FAILED: "late",
    CheckState.OPEN: "closed",
    CheckState.NOT_APPLICABLE: "skipped",
}
WORDS = {
    CheckState.PASSED: "passed",
    CheckState.FAILED: "failed",
    CheckState.OPEN: "open",
    CheckState.NOT_APPLICABLE: "does not apply",
}
PLATFORMS = {Platform.PATIENTPOP: "PatientPop", Platform.KAREO: "Kareo", Platform.BOTH: "Both systems together"}
Loaded = tuple[str, bool, ReadinessView]


def show_readiness(request: Request) -> Response:
    """Show one practice's gate as it stands now (A-01)."""
    as_of, key = moment_of(request), request.path_params["key"]
    found = read(partial(_load, key=key, as_of=as_of))
    if found is None:
        raise Missing
    name, has_one, view = found
    platforms = groupby(view.lines, key=lambda line: Platform(line.platform))
    return page(
        "readiness",
        staff_voice(local_day(as_of, view.zone), zone=view.zone),
        name=name,
        practice=view.practice,
        has_gate=has_one,
        view=view,
        platforms=[(PLATFORMS[platform], list(lines)) for platform, lines in platforms],
        marks=MARKS,
        words=WORDS,
        flows={check: flow_of(check) for check in BY_KEY},
        system=SYSTEM,
    )


def _load(session: Session, *, key: str, as_of: datetime) -> Loaded | None:
    practice = find_practice(session, key)
    if practice is None:
        return None
    view = readiness_rows(session, practice.id, as_of=as_of)
    return practice.name, has_gate(session, practice.id), view
