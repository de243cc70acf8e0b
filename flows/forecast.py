"""When practices go live, as a range, and what would change it."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import OptionalPracticeKey, PayerKey, PracticeKey
from models.inputs.turnaround_forms import OptionalDays
from tasks import forecast
from tasks.commands import state_of
from tasks.forecast import What, WhatIf
from tasks.moment import moment, now


@flow(flow_run_name="forecast-go-live {practice}")
def forecast_go_live(practice: OptionalPracticeKey = "", as_of: str = "") -> State[Any] | None:
    """Forecast go-live for one practice or all: range, chance to meet the target, what is last most often.

    Args:
        practice: Short name of the practice; empty means every practice under way.
        as_of: Moment to look from, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    if practice:
        return state_of(forecast.show_forecast(practice, as_of=at))
    forecast.show_forecasts(as_of=at)
    return None


@flow(flow_run_name="suppose {practice} {what} {payer}")
def suppose(practice: PracticeKey, what: What, payer: PayerKey, days: OptionalDays = 0) -> State[Any]:
    """Ask how the forecast would change if something happened to one of the top three payers; nothing is recorded.

    Args:
        practice: Short name of the practice.
        what: A form comes back to the practice today, the payer takes more days, or is not among the top three.
        payer: Key of the payer, as in the intake.
        days: How many calendar days more, where the payer is delayed.
    """
    return state_of(forecast.suppose(practice, WhatIf(what, payer, days), as_of=now()))
