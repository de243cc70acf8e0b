"""Forecasts as people ask for them: a page, suppositions, refusals in plain words."""

from typing import Any

import pytest

from models.db import Database
from models.rules.onboarding_events import Cancel
from models.rules.onboarding_facts import Reason
from tasks import forecast
from tasks.forecast import What, WhatIf
from tests.factories import MONDAY, record
from tests.store.enrolling import Enrolling, enrolling

PRACTICE = "maple-street"


@pytest.fixture
def place(db: Database) -> Enrolling:
    """Give a practice whose three payers are enrolled for claims."""
    return enrolling(db)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give what would be shown in Prefect, by key."""
    seen: dict[str, Any] = {}

    def show(what: Any, *, key: str, description: str) -> None:
        seen[key] = what

    monkeypatch.setattr(forecast, "create_markdown_artifact", show)
    monkeypatch.setattr(forecast, "create_table_artifact", show)
    return seen


def test_the_table_has_a_line_per_practice_with_what_would_change_it(place: Enrolling, shown: dict[str, Any]) -> None:
    """E-41, O-46."""
    assert forecast.show_forecasts.fn(as_of=MONDAY) == 1
    (row,) = shown["go-live-forecast"]
    assert row["practice"] == PRACTICE
    assert row["10 %"] < row["25 %"] < row["50 %"] < row["75 %"] < row["90 %"]
    assert row["last"].split(":")[0] in ("medicare", "evergreen", "harbor")
    assert "+14 days" not in row["if its form comes back"]
    assert row["if it takes 14 days more"].endswith(" days)")
    assert row["if it is not among the top three"].endswith(" days)")


def test_one_practice_has_a_page(place: Enrolling, shown: dict[str, Any]) -> None:
    """E-41."""
    told = forecast.show_forecast.fn(PRACTICE, as_of=MONDAY)
    assert told.sentence.startswith("maple-street: go-live between ")
    assert shown[f"go-live-forecast-{PRACTICE}"].startswith("# Go-live of maple-street\n\nAs forecast on 2026-11-23: ")


def test_a_supposition_is_answered_in_a_sentence(place: Enrolling) -> None:
    """E-41."""
    told = forecast.suppose.fn(PRACTICE, WhatIf(What.PAYER_DELAYED, "harbor", 90), as_of=MONDAY)
    assert told.is_done
    assert told.sentence.startswith("If harbor takes 90 days more, maple-street goes live between ")
    dropped = forecast.suppose.fn(PRACTICE, WhatIf(What.PAYER_DROPPED, "harbor"), as_of=MONDAY)
    assert dropped.sentence.startswith("If harbor is no longer among the top three, ")


def test_what_cannot_be_supposed_is_refused_in_plain_words(place: Enrolling) -> None:
    """E-41."""

    def refused(practice: str, supposed: WhatIf) -> str:
        told = forecast.suppose.fn(practice, supposed, as_of=MONDAY)
        assert not told.is_done
        return told.sentence

    assert refused(PRACTICE, WhatIf(What.RETURNED_FORM, "nobody")) == (
        "nobody is none of the payers that maple-street goes live with: medicare, evergreen, harbor."
    )
    assert refused(PRACTICE, WhatIf(What.PAYER_DELAYED, "harbor")) == "A payer that is delayed needs a number of days."
    unknown = "There is no journey of a practice with the key nobody; start it from an intake."
    assert refused("nobody", WhatIf(What.RETURNED_FORM, "harbor")) == unknown
    assert forecast.show_forecast.fn("nobody", as_of=MONDAY).sentence == unknown
    record(place.db, place.journey, Cancel(Reason.AGREEMENT_ENDED))
    ended = forecast.show_forecast.fn(PRACTICE, as_of=MONDAY)
    assert ended.sentence == "There is nothing to forecast for maple-street: it is live, or its journey has ended."
