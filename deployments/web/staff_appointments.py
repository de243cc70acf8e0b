"""A practice's appointments as our staff see them: what waits for review, everything, and how the systems agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page, staff_voice
from models.db import read
from models.reports.appointments import Asked, Place, VisitCounts, VisitPage, visit_counts, visit_page
from models.reports.sync import SyncView, sync_view
from models.rules.appointments import UNDECIDED, Status
from models.rules.calendars import local_day, local_moment
from models.store.practices import find_practice
from models.store.widgets import WidgetSettings, load_settings
from models.tables.practices import Practice

WAITING: Final = "waiting"
ALL: Final = "all"
DRIFT: Final = "drift"
MOST_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for: a tab, in it a status or what drifted, one number alone, and a place in the list."""

    tab: str
    status: str = ""
    number: int = 0
    after: Place | None = None
    before: Place | None = None

    def asked(self, *, today: datetime) -> Asked:
        """Say which lines that means; the list of all begins with today (UTC) unless something else is said."""
        if self.number:
            return Asked(number=self.number)
        if self.tab == WAITING:
            return Asked(UNDECIDED, after=self.after, before=self.before)
        is_drift = self.status == DRIFT
        statuses = frozenset({Status(self.status)}) if self.status and not is_drift else frozenset()
        starts_today = None if is_drift or self.after or self.before else Place(today)
        return Asked(statuses, is_drift, after=self.after or starts_today, before=self.before)

    def address(self, **changed: str) -> str:
        """Write the address of the same list with something changed."""
        plain = {"tab": "" if self.tab == WAITING else self.tab, "status": self.status}
        return "?" + urlencode({name: word for name, word in (plain | changed).items() if word})


def show_appointments(request: Request) -> Response:
    """Show a page of a practice's appointments in both systems (A-46, A-47, A-104); keys and times, no patient."""
    as_of, wanted = moment_of(request), _wanted(request.query_params)
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
        earlier=wanted.address(before=_written(listed.earlier)) if listed.earlier else "",
        later=wanted.address(after=_written(listed.later)) if listed.later else "",
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
        visit_page(session, practice.id, wanted.asked(today=today), as_of=as_of),
        visit_counts(session, practice.id),
        sync_view(session, practice.id, as_of=as_of),
        load_settings(session, practice.id),
    )


def _wanted(asked: Mapping[str, str]) -> Wanted:
    """Read an address; what is not understood counts as not said."""
    number = asked.get("number", "")
    if number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS:
        return Wanted(ALL, number=int(number))
    tab = ALL if asked.get("tab") == ALL else WAITING
    known = (*Status, DRIFT) if tab == ALL else ()
    status = next((str(one) for one in known if one == asked.get("status")), "")
    return Wanted(tab, status, after=_read(asked.get("after", "")), before=_read(asked.get("before", "")))


def _written(place: Place) -> str:
    return f"{place.starts_at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z_{place.number}"


def _read(word: str) -> Place | None:
    moment, _, number = word.rpartition("_")
    if not (moment.endswith("Z") and number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS):
        return None
    try:
        return Place(datetime.fromisoformat(moment).astimezone(UTC), int(number))
    except (ValueError, OverflowError):
        return None


def ago(moment: datetime, *, as_of: datetime) -> str:
    """Say how long ago something was, roughly."""
    gone = max(as_of - moment, timedelta())
    for unit, span in _UNITS:
        if gone >= span * (2 if unit == "day" else 1):
            count = gone // span
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


_UNITS: Final = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))
