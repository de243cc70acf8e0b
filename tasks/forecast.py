"""When practices go live: forecasts as people see them in Prefect, and what would change them (O-46, E-41)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from models.db import read
from models.inputs.answers import Answer
from models.reports.forecast_views import Forecast, What, WhatIf
from models.reports.forecast_words import DELAY, forecast_markdown, forecast_row, what_if_sentence
from models.reports.onboarding_forecast import (
    forecast_of,
    forecasts_under_way,
    top_payers_of,
    what_if,
    what_ifs,
)
from models.store.onboarding import present_journey
from tasks.policy import effect, safe

__all__ = ["What", "WhatIf"]


@effect()
def show_forecasts(*, as_of: datetime) -> int:
    """Show the forecasts of all practices under way in one table, with what would change them; gives their number."""
    found = read(partial(forecasts_under_way, as_of=as_of))
    supposed = {what: _supposed(found, what, as_of=as_of) for what in What}
    rows = [forecast_row(one, {what: of.get(one.practice) for what, of in supposed.items()}) for one in found]
    create_table_artifact(rows, key="go-live-forecast", description=f"Go-live as forecast on {as_of:%Y-%m-%d}")
    return len(rows)


def _supposed(found: Sequence[Forecast], what: What, *, as_of: datetime) -> Mapping[str, Forecast]:
    """Suppose something of the payer that each practice waits for last most often."""
    blockers = {one.practice: one.dates.blocker.payer for one in found if one.dates.blocker is not None}
    supposed = {practice: WhatIf(what, payer, DELAY) for practice, payer in blockers.items()}
    return read(partial(what_ifs, supposed=supposed, as_of=as_of))


@effect()
def show_forecast(practice: str, *, as_of: datetime) -> Answer:
    """Show the forecast of one practice on a page of its own."""
    found = read(partial(forecast_of, practice=practice, as_of=as_of))
    if found is None:
        return Answer.refused(_nothing(practice))
    key = f"go-live-forecast-{practice}"
    create_markdown_artifact(forecast_markdown(found), key=key, description=f"Go-live of {practice}")
    return Answer(is_done=True, sentence=f"{practice}: {_range(found)}.")


@effect()
def suppose(practice: str, supposed: WhatIf, *, as_of: datetime) -> Answer:
    """Say how a practice's forecast would change; nothing is recorded."""
    if refusal := _refused(practice, supposed, as_of=as_of):
        return Answer.refused(refusal)
    before = read(partial(forecast_of, practice=practice, as_of=as_of))
    after = read(partial(what_if, practice=practice, supposed=supposed, as_of=as_of))
    if before is None or after is None:
        return Answer.refused(_nothing(practice))
    return Answer(is_done=True, sentence=what_if_sentence(before, after, supposed))


def _refused(practice: str, supposed: WhatIf, *, as_of: datetime) -> str:
    top = read(partial(top_payers_of, practice=practice, as_of=as_of))
    if top and supposed.payer not in top:
        return f"{supposed.payer} is none of the payers that {practice} goes live with: {', '.join(top)}."
    if supposed.what is What.PAYER_DELAYED and not supposed.days:
        return "A payer that is delayed needs a number of days."
    return ""


@safe
def _nothing(practice: str) -> str:
    if read(partial(present_journey, practice=practice)) is None:
        return f"There is no journey of a practice with the key {practice}; start it from an intake."
    return f"There is nothing to forecast for {practice}: it is live, or its journey has ended."


def _range(found: Forecast) -> str:
    return f"go-live between {found.dates.early} and {found.dates.late}, most likely around {found.dates.likely}"
