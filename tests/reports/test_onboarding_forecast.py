"""The forecast of stored journeys: with what is stored of enrollments and payers, thrown again when that changes."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from models.db import Database
from models.inputs.turnarounds import Override
from models.reports.forecast_views import Forecast, What, WhatIf
from models.reports.forecast_words import forecast_markdown, forecast_row, what_if_sentence
from models.reports.go_live_forecast import forecast_go_live
from models.reports.go_live_plan import Plan
from models.reports.onboarding import board, board_rows, journey_view
from models.reports.onboarding_forecast import (
    forecast_of,
    forecasts_under_way,
    top_payers_of,
    what_if,
    what_ifs,
)
from models.rules.enrollment import RejectReason
from models.rules.enrollment_events import Acknowledge, Approve, Prepare, Reject, Submit
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.onboarding_events import Cancel
from models.rules.onboarding_facts import Reason
from models.store.turnarounds import save_override
from tests.factories import an_intake, record
from tests.reports.journeys import Story, after_handoff
from tests.store.enrolling import Enrolling, enrolling

PRACTICE = "maple-street"
SENT = (Prepare(), Submit(UNKNOWN_PAYER), Acknowledge())
TARGET = date(2027, 3, 31)


@pytest.fixture
def place(db: Database) -> Enrolling:
    """Give a practice whose three payers are enrolled for claims."""
    return enrolling(db, an_intake(target_date=TARGET))


def after(place: Enrolling, days: int = 0) -> Forecast:
    found = place.db.read(lambda s: forecast_of(s, PRACTICE, as_of=place.now + timedelta(days=days)))
    assert found is not None
    return found


def test_the_forecast_of_a_practice_follows_its_enrollments(place: Enrolling) -> None:
    """E-40, E-41, O-46."""
    first = after(place)
    assert (first.practice, first.as_of, first.target_on) == (PRACTICE, place.now.date(), TARGET)
    assert {str(one.state) for one in first.enrollments} == {"draft"}
    assert first.dates.chance is not None
    place.do("evergreen", *SENT)
    sent = after(place)
    assert sent.dates.likely < first.dates.likely
    place.do("evergreen", Reject(reason=RejectReason.SIGNATURE))
    assert after(place).dates.likely > sent.dates.likely
    for payer in ("medicare", "harbor"):
        place.do(payer, *SENT, Approve())
    left = after(place)
    assert [(one.payer, str(one.state)) for one in left.enrollments] == [("evergreen", "rejected")]
    assert left.dates.blocker is not None
    assert left.dates.blocker.subject == "evergreen:claims"


def test_growing_older_moves_no_date_of_a_stored_journey_earlier(place: Enrolling) -> None:
    """E-42."""
    place.do("medicare", *SENT)
    known = after(place).dates
    for days in (1, 2, 5, 30, 90):
        found = after(place, days).dates
        assert found.early >= known.early
        assert found.likely >= known.likely
        assert found.late >= known.late
        assert (found.chance or 0) <= (known.chance or 0)
        known = found


def test_a_figure_of_the_installation_moves_the_dates(place: Enrolling) -> None:
    """E-05, E-40."""
    before = after(place)
    slow = Override.model_validate({"payer": "evergreen", "typical": 300, "high": 500, "source": "told"})
    place.db.transaction(lambda s: save_override(s, slow, as_of=place.now))
    assert after(place).dates.likely > before.dates.likely + timedelta(days=100)


@pytest.fixture
def throws(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Give how many journeys were thrown, each time that any were; what copies of the scene threw is forgotten."""
    seen = list[int]()
    monkeypatch.setattr("models.reports.onboarding_forecast._memory._known", {})

    def counted(plans: list[Plan]) -> list[Forecast]:
        seen.append(len(plans))
        return forecast_go_live(plans)

    monkeypatch.setattr("models.reports.onboarding_forecast.forecast_go_live", counted)
    return iter([seen])


def test_what_was_thrown_is_remembered_until_something_changes(place: Enrolling, throws: Iterator[list[int]]) -> None:
    """O-46: the same journey on the same day gives the same answer, at once."""
    seen = next(throws)
    first = after(place)
    assert after(place) is first
    view = place.db.read(lambda s: journey_view(s, place.journey, as_of=place.now))
    rows = place.db.read(lambda s: board(s, as_of=place.now))
    assert view.forecast == first.dates
    assert (rows.forecast_early[0], rows.forecast_late[0]) == (first.dates.early, first.dates.late)
    assert board_rows(rows)
    assert seen == [1]
    place.do("medicare", *SENT)
    assert after(place) != first
    after(place, 1)
    assert seen == [1, 1, 1]


def test_suppositions_are_told_beside_the_forecast(place: Enrolling) -> None:
    """E-41."""
    for payer in ("medicare", "evergreen"):
        place.do(payer, *SENT)
    before = after(place)

    def suppose(supposed: WhatIf) -> Forecast:
        found = place.db.read(lambda s: what_if(s, PRACTICE, supposed, as_of=place.now))
        assert found is not None
        return found

    delayed = WhatIf(What.PAYER_DELAYED, "evergreen", 60)
    assert suppose(delayed).dates.likely > before.dates.likely
    assert after(place) == before
    sentence = what_if_sentence(before, suppose(delayed), delayed)
    assert sentence.startswith("If evergreen takes 60 days more, maple-street goes live between ")
    assert f" instead of {before.dates.likely}. The chance to meet 2027-03-31 is " in sentence
    returned = place.db.read(
        lambda s: what_ifs(s, {PRACTICE: WhatIf(What.RETURNED_FORM, "evergreen")}, as_of=place.now)
    )
    assert returned[PRACTICE].dates.likely > before.dates.likely
    row = forecast_row(before, {What.RETURNED_FORM: returned[PRACTICE], What.PAYER_DELAYED: before})
    assert row["if its form comes back"].endswith(" days)")
    assert row["if it takes 14 days more"] == "no change"
    assert row["if it is not among the top three"] == ""
    assert place.db.read(lambda s: top_payers_of(s, PRACTICE, as_of=place.now)) == ("medicare", "evergreen", "harbor")


def test_the_page_names_range_chance_blocker_and_enrollments(place: Enrolling) -> None:
    """E-41."""
    found = after(place)
    page = forecast_markdown(found)
    assert f"half before {found.dates.likely}" in page
    assert "The chance to meet the target, 2027-03-31, is " in page
    assert "| evergreen claims | draft |" in page
    assert "\n\n| what | share |\n|---|---|\n| " in page


def test_all_practices_under_way_are_forecast_and_closed_ones_are_not(place: Enrolling) -> None:
    """O-46."""
    other = Story(place.db, an_intake("oak", target_date=None), now=place.now)
    found = place.db.read(lambda s: forecasts_under_way(s, as_of=place.now))
    assert [one.practice for one in found] == [PRACTICE, "oak"]
    assert found[1].dates.chance is None
    assert {one.state for one in found[1].enrollments} == {None}
    record(place.db, other.id, Cancel(Reason.AGREEMENT_ENDED), as_of=place.now)
    assert len(place.db.read(lambda s: forecasts_under_way(s, as_of=place.now))) == 1
    assert place.db.read(lambda s: forecast_of(s, "oak", as_of=place.now)) is None
    assert place.db.read(lambda s: forecast_of(s, "nobody", as_of=place.now)) is None
    assert place.db.read(lambda s: top_payers_of(s, "nobody", as_of=place.now)) == ()


def test_payers_that_are_only_planned_count_from_the_day_on_which_enrollments_began(db: Database) -> None:
    """E-05, O-24."""
    story = after_handoff(Story(db, an_intake("elm", payers=[_payer("medicare"), _payer("medicare-b")])))
    found = db.read(lambda s: forecast_of(s, "elm", as_of=story.now))
    assert found is not None
    for one in found.enrollments:
        assert abs((one.likely - story.now.date()).days - 38) <= 2
    later = db.read(lambda s: forecast_of(s, "elm", as_of=story.now + timedelta(days=30)))
    assert later is not None
    assert abs((later.enrollments[0].likely - story.now.date()).days - 39) <= 2


def _payer(key: str) -> dict[str, object]:
    return {"key": key, "name": key, "expected_claims_per_month": 9, "transactions": ["claims"]}
