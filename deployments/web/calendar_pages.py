"""A practice's calendar week by week: what makes each time unavailable, and slots that a click closes or opens."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.desk_pages import Desk, Values, desk_of, show_desk, status_of
from deployments.web.errors import Missing
from deployments.web.visit_lists import day_asked
from models.db import read
from models.reports.appointments import choices_of
from models.reports.calendar_week import DAYS, Week, pairs_with_calendars, week_of
from models.rules.access import Area, Right
from models.rules.availability_causes import Cause
from models.rules.decisions import Refusal
from models.store.calendars import Place, place_of

DONE: Final = ("blocked", "opened", "cleared", "saved")
TYPED: Final = ("day", "start", "end", "way")


@dataclass(frozen=True, slots=True)
class Which:
    """Which calendar is meant, by NPI and key, and the Monday of its week."""

    provider: str
    location: str
    place: Place
    first: date
    providers: dict[str, str] = field(repr=False)
    locations: dict[str, str]

    def address(self, rest: str = "", *, first: date | None = None, **more: str) -> str:
        """Write the end of the address of a page of this calendar; NPI, key and day only."""
        said = {"provider": self.provider, "location": self.location, "week": (first or self.first).isoformat(), **more}
        return f"/calendar{rest}?{urlencode(said)}"


def which_of(session: Session, desk: Desk, asked: Values) -> Which | None:
    """Find the calendar that is asked for, else the practice's first; none where it has no provider or location."""
    providers, locations = choices_of(session, desk.practice_id)
    known = pairs_with_calendars(session, desk.practice_id)
    first = known[0] if known else (min(providers, default=""), min(locations, default=""))
    npi = asked.get("provider") if asked.get("provider") in providers else first[0]
    own = [key for one, key in known if one == npi]
    key = asked.get("location") if asked.get("location") in locations else (own[0] if own else first[1])
    place = place_of(session, desk.practice_id, npi or "", key or "")
    if isinstance(place, Refusal):
        return None
    day = day_asked(asked.get("week", "")) or desk.voice.today
    return Which(npi or "", key or "", place, day - timedelta(days=day.weekday()), providers, locations)


def show_week(request: Request) -> Response:
    """Show one week of one calendar (A-55 to A-68)."""
    said = request.query_params.get("done", "")
    return week_page(request, dict(request.query_params), done=said if said in DONE else "")


def week_page(request: Request, asked: Values, *, fault: tuple[str, str] = ("", ""), done: str = "") -> Response:
    """Show a week; `fault` names a form or field and what is wrong there, and what was typed stays."""
    desk = desk_of(request)
    which, week = read(partial(_load, desk=desk, asked=asked))
    place, code = fault
    if which is None:
        return show_desk(desk, "calendar_none", "/calendar", status=status_of(code))
    return show_desk(
        desk,
        "calendar",
        "/calendar",
        status=status_of(code),
        which=which,
        week=week,
        days=[which.first + timedelta(days=number) for number in range(DAYS)],
        today=desk.voice.today,
        before=which.first - timedelta(days=DAYS),
        after=which.first + timedelta(days=DAYS),
        causes=list(Cause),
        may_act=desk.may(Area.CALENDAR),
        sees_visits=desk.may(Area.APPOINTMENTS, Right.READ),
        typed={name: asked.get(name, "") for name in TYPED} if code else dict.fromkeys(TYPED, ""),
        errors={place: desk.voice.tell(f"calendar_faults.{code}")} if code else {},
        done=done,
    )


def _load(session: Session, *, desk: Desk, asked: Values) -> tuple[Which | None, Week | None]:
    which = which_of(session, desk, asked)
    return which, week_of(session, which.place, first=which.first, as_of=desk.as_of) if which else None


def found_which(session: Session, desk: Desk, values: Values) -> Which:
    """Find the calendar that a form names; another practice's is not there."""
    which = which_of(session, desk, values)
    if which is None or (which.provider, which.location) != (values.get("provider"), values.get("location")):
        raise Missing
    return which
