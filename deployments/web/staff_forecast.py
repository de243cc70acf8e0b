"""When one practice is likely to go live, as our staff see it: the range, what is last, and what would change it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page, staff_voice
from deployments.web.staff_figures import drawn
from models.db import read
from models.reports.enrollment_figures import payer_names
from models.reports.forecast_views import Finish, Forecast, What, WhatIf
from models.reports.onboarding_forecast import forecast_of, top_payers_of, what_if
from models.rules.calendars import local_day
from models.store.practices import find_practice
from models.tables.practices import Practice
from templates.charts import Picture
from templates.charts_enrollment import TRANSACTION_WORDS, ranges

DELAY: Final = 30  # days that a payer is supposed to take longer
_WORDS: Final = {
    What.RETURNED_FORM: "A form of {payer} comes back once",
    What.PAYER_DELAYED: "{payer} takes 30 days longer",
    What.PAYER_DROPPED: "{payer} is no longer among the top three",
}


@dataclass(frozen=True, slots=True)
class Supposed:
    """One supposition in words, and the forecast as it would be; half of the futures meet it `days` later."""

    words: str
    forecast: Forecast
    days: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the page shows, from one look at the database."""

    practice: Practice
    forecast: Forecast | None
    supposed: tuple[Supposed, ...]
    payers: dict[str, str]


def show_forecast(request: Request) -> Response:
    """Show the forecast of a practice's go-live (E-41)."""
    as_of = moment_of(request)
    found = read(partial(_load, key=request.path_params["key"], as_of=as_of))
    if found is None:
        raise Missing
    practice, forecast = found.practice, found.forecast
    return page(
        "staff_forecast",
        staff_voice(local_day(as_of, practice.zone), zone=practice.zone),
        practice=practice.key,
        name=practice.name,
        forecast=forecast,
        supposed=found.supposed,
        payers=found.payers,
        transactions=TRANSACTION_WORDS,
        chart=drawn(_picture(forecast, found.payers)) if forecast else None,
    )


def _load(session: Session, *, key: str, as_of: datetime) -> Loaded | None:
    practice = find_practice(session, key)
    if practice is None:
        return None
    payers = payer_names(session)
    forecast = forecast_of(session, key, as_of=as_of)
    supposed = _suppose(session, forecast, payers, as_of=as_of) if forecast else ()
    return Loaded(practice, forecast, supposed, payers)


def _suppose(session: Session, forecast: Forecast, payers: dict[str, str], *, as_of: datetime) -> tuple[Supposed, ...]:
    """Ask what would be for each of the top three payers, one supposition at a time."""
    made = []
    waits = {one.payer for one in forecast.enrollments}
    for payer in top_payers_of(session, forecast.practice, as_of=as_of):
        for what, words in _WORDS.items():
            if what is not What.PAYER_DROPPED and payer not in waits:
                continue
            days = DELAY if what is What.PAYER_DELAYED else 0
            would_be = what_if(session, forecast.practice, WhatIf(what, payer, days), as_of=as_of)
            if would_be is not None:
                later = (would_be.dates.likely - forecast.dates.likely).days
                made.append(Supposed(words.format(payer=payers.get(payer, payer)), would_be, later))
    return tuple(made)


def _picture(forecast: Forecast, payers: dict[str, str]) -> Picture:
    dates = forecast.dates
    parts = ("early", "sooner", "likely", "later", "late")
    rows: list[dict[str, object]] = [{"name": "Go-live", **{one: getattr(dates, one).isoformat() for one in parts}}]
    rows += [_row(one, payers) for one in forecast.enrollments]
    return ranges(rows, title="Go-live, and the enrollments it waits for", target_on=forecast.target_on)


def _row(one: Finish, payers: dict[str, str]) -> dict[str, object]:
    name = f"{payers.get(one.payer, one.payer)}, {TRANSACTION_WORDS[one.transaction]}"
    return {"name": name, **{part: getattr(one, part).isoformat() for part in ("early", "likely", "late")}}
