"""In quarantine whatever the clock starts does nothing, and says why."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from deployments.declared import read_declared
from deployments.environment import PREFECT_YAML
from models.db import Database
from models.store import restores
from tasks.quarantine import MARK, QUARANTINED, SENTENCE, unless_quarantined
from tests.factories import MONDAY

HARMLESS = {
    "back-up",
    "check-histories",
    "forecast-go-live",
    "learn-turnarounds",
    "month-report",
    "plan-training",
    "report-enrollments",
    "show-insights",
    "show-journeys",
    "tidy-up",
    "watch-invariants",
}
"""They look, count or plan; nobody is written to because of them."""
SCHEDULED = [one for one in read_declared(PREFECT_YAML) if {"scheduled", "standing"} & set(one.tags)]


@pytest.mark.parametrize("name", [one.name for one in SCHEDULED if one.name not in HARMLESS])
def test_what_the_clock_starts_is_gated(name: str) -> None:
    [declared] = [one for one in SCHEDULED if one.name == name]
    assert getattr(declared.flow().fn, MARK, False)


def test_a_gated_flow_does_nothing_until_the_release(db: Database) -> None:
    done: list[str] = []

    def send(to: str) -> str:
        """Send."""
        done.append(to)
        return to

    gated: Callable[[str], Any] = unless_quarantined(send)
    before = MONDAY - timedelta(days=1)
    db.transaction(lambda s: restores.begin(s, made_at=before, stopped_at=MONDAY, as_of=MONDAY))
    state = gated("somebody")
    assert (state.name, state.message, done) == (QUARANTINED, SENTENCE, [])
    assert state.is_completed(), "a failure would start standing flows again and again"
    since = db.read(restores.quarantine)
    assert since is not None
    assert not db.transaction(lambda s: restores.release(s, since.id, by="coach-1", as_of=MONDAY))
    db.transaction(lambda s: restores.note_reconciled(s, since.id, {}, as_of=MONDAY))
    assert db.transaction(lambda s: restores.release(s, since.id, by="coach-1", as_of=MONDAY))
    assert gated("somebody") == "somebody"
