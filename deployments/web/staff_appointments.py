"""A practice's appointments as our staff see them: what waits for review, everything, and how the systems agree."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page, staff_voice
from deployments.web.visit_lists import Wanted, wanted_of, written
from models.db import read
from models.reports.appointments import VisitCounts, VisitPage, visit_counts, visit_page
from models.reports.sync import SyncView, sync_view
from models.rules.appointments import Status
from models.rules.calendars import local_day, local_moment
from models.store.practices import find_practice
from models.store.widgets import WidgetSettings, load_settings
from models.tables.practices import Practice


def show_appointments(request: Request) -> Response:
    """Show a page of a practice's appointments in both systems (A-46, A-47, A-104); keys and times, no patient."""
    as_of, wanted = moment_of(request), wanted_of(request.query_params)
    found = read(partial(_load, key=request.path_params["key"], wanted=wanted, as_of=as_of))
    if found is None:
        raise Missing
    practice, listed = found.practice, found.page
    return page(
        "appointments",
        staff_voice(local_day(as_of, practice.zone), zone=practice.zone),
        name=practice.name,
        practice=practice.key,
        as_of=as_of,
        wanted=wanted,
        lines=listed.lines,
        earlier=wanted.address(before=written(listed.earlier)) if listed.earlier else "",
        later=wanted.address(after=written(listed.later)) if listed.later else "",
        counts=found.counts,
        statuses=[status for status in Status if found.counts.by_status.get(status)],
        sync=found.sync,
        ago=partial(ago, as_of=as_of),
        widget=found.widget,
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the page shows, from one look at the database."""

    practice: Practice
    page: VisitPage
    counts: VisitCounts
    sync: SyncView
    widget: WidgetSettings | None


def _load(session: Session, *, key: str, wanted: Wanted, as_of: datetime) -> Loaded | None:
    practice = find_practice(session, key)
    if practice is None:
        return None
    today = local_moment(local_day(as_of, practice.zone), time.min, practice.zone)
    return Loaded(
        practice,
        visit_page(session, practice.id, wanted.asked(today=today, zone=practice.zone), as_of=as_of),
        visit_counts(session, practice.id),
        sync_view(session, practice.id, as_of=as_of),
        load_settings(session, practice.id),
    )


def ago(moment: datetime, *, as_of: datetime) -> str:
    """Say how long ago something was, roughly."""
    gone = max(as_of - moment, timedelta())
    for unit, span in _UNITS:
        if gone >= span * (2 if unit == "day" else 1):
            count = gone // span
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


_UNITS: Final = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))
