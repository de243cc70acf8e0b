"""Turnarounds and forecasts through the forms that people use."""

from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import forecast, turnarounds
from models.db import Database
from tasks.forecast import What
from tests.flows.conftest import Clock
from tests.store.enrolling import enrolling

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]


def run(flow: Any, *args: object, **fields: object) -> State[Any]:
    return flow(*args, return_state=True, **fields)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("prefect")
def test_a_figure_is_set_learned_listed_and_forecast_with(db: Database, clock: Clock) -> None:
    """E-05, E-40, E-41, O-46."""
    enrolling(db)
    told = run(turnarounds.set_turnaround, "harbor", 200, "told by phone", "coach-1", low=100, high=300)
    assert told.message == "Recorded: turnaround set."
    assert run(turnarounds.set_turnaround, "harbor", 20, "told", "coach-1", low=30).name == "Refused"
    assert run(turnarounds.learn_turnarounds).is_completed()
    assert run(turnarounds.list_turnarounds).is_completed()
    assert run(forecast.forecast_go_live).is_completed()
    told = run(forecast.forecast_go_live, "maple-street")
    assert (told.message or "").startswith("maple-street: go-live between ")
    told = run(forecast.suppose, "maple-street", What.PAYER_DROPPED, "harbor")
    assert (told.message or "").startswith(
        "If harbor is no longer among the top three, maple-street goes live between "
    )
    assert run(forecast.suppose, "maple-street", What.RETURNED_FORM, "nobody").name == "Refused"
    assert run(turnarounds.forget_turnaround, "harbor", "coach-1").message == "Recorded: turnaround forgotten."
    assert run(turnarounds.load_turnarounds, "gone.csv", "coach-1").name == "Refused"
