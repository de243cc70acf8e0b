"""The forecast of go-live: a range, repeatable, honest about what is already known."""

from datetime import date, timedelta

import pytest

from models.rules.onboarding_events import Cancel, Pause, RecordEnrollment
from models.rules.onboarding_facts import EnrollmentOutcome, PayerFacts, Reason, Transaction
from models.rules.onboarding_forecast import Forecast, forecast_go_live
from tests.rules.examples import START, finalised, playing, work_of
from tests.rules.play import Play

ORDER = ("service_agreement", "welcome_call", "handoff_call", "application_call", "enrollments")
MEDICARE = (PayerFacts("medicare", 10, (Transaction.CLAIMS,)),)


def forecast(play: Play) -> Forecast:
    found = forecast_go_live(play.journey, as_of=play.now)
    assert found is not None
    return found


@pytest.mark.parametrize("step", ORDER)
def test_the_forecast_is_a_range_ahead_and_the_same_every_time(step: str) -> None:
    """O-46."""
    play = playing(step)
    first = forecast(play)
    assert START.date() < first.earliest < first.likely < first.latest
    assert forecast(play) == first


def test_unknown_payers_take_thirty_to_a_hundred_and_sixty_days() -> None:
    """O-24, O-46."""
    play = playing("enrollments", payers=(PayerFacts("aetna", 10, (Transaction.CLAIMS,)),))
    play.do(*work_of("training", START.date()), *work_of("application_call", START.date()))
    play.do(*work_of("billing_rules_call", START.date()))
    found = forecast(play)
    for day, expected in ((found.earliest, 30), (found.likely, 90), (found.latest, 160)):
        assert abs((day - START.date()).days - expected) <= expected / 8


def test_medicare_takes_thirty_to_forty_five_days_from_submission() -> None:
    """O-24, O-46."""
    play = playing("enrollments", payers=MEDICARE)
    play.do(*work_of("training", START.date()), *work_of("application_call", START.date()))
    play.do(*work_of("billing_rules_call", START.date()))
    found = forecast(play)
    for day, expected in ((found.earliest, 30), (found.likely, 38), (found.latest, 45)):
        assert abs((day - START.date()).days - expected) <= 2


def test_go_live_waits_for_the_slowest_of_the_parallel_steps() -> None:
    """O-46."""
    few, many = (
        playing("enrollments", payers=tuple(PayerFacts(key, 10, kinds) for key in ("aetna", "cigna", "humana")))
        for kinds in ((Transaction.CLAIMS,), tuple(Transaction))
    )
    assert forecast(few).likely < forecast(many).likely


def test_what_is_finalised_no_longer_counts() -> None:
    """O-46."""
    play = playing("enrollments")
    before = forecast(play)
    play.do(*finalised(*play.journey.payers[1:3]))
    assert forecast(play).latest < before.latest


@pytest.mark.parametrize("step", ORDER)
def test_growing_older_never_moves_a_date_earlier(step: str) -> None:
    """O-46, E-42."""
    play = playing(step)
    known: Forecast | None = None
    for day in range(0, 300, 4):
        found = forecast_go_live(play.journey, as_of=START + timedelta(days=day))
        assert found is not None
        assert found.earliest > START.date() + timedelta(days=day)
        if known is not None:
            assert known.earliest <= found.earliest
            assert known.likely <= found.likely
            assert known.latest <= found.latest
        known = found


def test_there_is_no_forecast_once_the_practice_is_live_or_the_journey_closed() -> None:
    """O-46."""
    live, cancelled = playing("first_claim"), playing("training")
    cancelled.do(Cancel(Reason.AGREEMENT_ENDED))
    for play in (live, cancelled):
        assert forecast_go_live(play.journey, as_of=play.now) is None


def test_a_paused_journey_still_has_a_forecast() -> None:
    """O-46."""
    play = playing("training")
    play.do(Pause(Reason.PRACTICE_ASKED))
    assert forecast(play).likely > START.date()


def test_a_journey_that_is_overdue_beyond_measure_still_has_one() -> None:
    """O-46."""
    play = playing("enrollments", payers=MEDICARE)
    found = forecast_go_live(play.journey, as_of=START + timedelta(days=4000))
    assert found is not None
    assert found.latest > (START + timedelta(days=4000)).date()


def test_an_enrollment_in_trouble_is_still_to_be_finalised() -> None:
    """O-46."""
    play = playing("enrollments", payers=MEDICARE)
    before = forecast(play)
    play.do(RecordEnrollment("medicare", Transaction.CLAIMS, EnrollmentOutcome.IN_TROUBLE))
    assert forecast(play) == before
    assert isinstance(before.likely, date)
