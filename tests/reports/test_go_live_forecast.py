"""The forecast of go-live: a range, repeatable, honest about what is already known."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reports.forecast_views import Forecast, What, WhatIf
from models.reports.go_live_plan import Standing
from models.rules.enrollment import Finalised, State
from models.rules.onboarding_events import Cancel, Pause, RecordEnrollment, SkipStep
from models.rules.onboarding_facts import EnrollmentOutcome, PayerFacts, Reason, Transaction
from tests.reports.forecasts import forecast, ordered, some, standing
from tests.rules.examples import START, finalised, playing, work_of
from tests.rules.play import Play

pytestmark = pytest.mark.slow

ORDER = ("service_agreement", "welcome_call", "handoff_call", "application_call", "enrollments")
TODAY = START.date()
MEDICARE = (PayerFacts("medicare", 10, (Transaction.CLAIMS,)),)
THREE = tuple(PayerFacts(key, 30 - 10 * place, (Transaction.CLAIMS,)) for place, key in enumerate("abc"))
FOUR = (*THREE, PayerFacts("d", 1, (Transaction.CLAIMS,)))


def forecast_now(play: Play) -> Forecast:
    return some(forecast(play.journey, as_of=play.now))


def enrolling(*payers: PayerFacts) -> Play:
    """A journey in which only enrollments are left."""
    play = playing("enrollments", payers=payers)
    for step in ("training", "application_call", "billing_rules_call"):
        play.do(*work_of(step, TODAY))
    return play


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize("step", ORDER)
def test_the_forecast_is_a_range_ahead_and_the_same_every_time(step: str) -> None:
    """O-46, E-41."""
    play = playing(step)
    first = forecast_now(play)
    assert TODAY < first.dates.early < first.dates.likely < first.dates.late
    assert ordered(first.dates)
    assert forecast_now(play) == first


@pytest.mark.parametrize(
    ("payer", "expected", "tolerance"), [("aetna", (30, 90, 160), 5), ("medicare", (30, 38, 45), 2)]
)
def test_only_planned_payers_take_what_the_figures_say(
    payer: str, expected: tuple[int, int, int], tolerance: int
) -> None:
    """E-05, O-24: unknown ones 30 / 90 / 160 days, Medicare 30 / 38 / 45."""
    dates = forecast_now(enrolling(PayerFacts(payer, 10, (Transaction.CLAIMS,)))).dates
    for day, days in zip((dates.early, dates.likely, dates.late), expected, strict=True):
        assert abs((day - TODAY).days - days) <= tolerance


def test_go_live_waits_for_the_slowest_of_the_parallel_steps() -> None:
    """O-46."""
    few, many = (
        playing("enrollments", payers=tuple(PayerFacts(key, 10, kinds) for key in ("aetna", "cigna", "humana")))
        for kinds in ((Transaction.CLAIMS,), tuple(Transaction))
    )
    assert forecast_now(few).dates.likely < forecast_now(many).dates.likely


def test_what_is_finalised_no_longer_counts() -> None:
    """O-46."""
    play = playing("enrollments")
    before = forecast_now(play)
    play.do(*finalised(*play.journey.payers[1:3]))
    after = forecast_now(play)
    assert after.dates.late < before.dates.late
    assert {one.payer for one in after.enrollments} == {"medicare"}


@pytest.mark.parametrize("step", ORDER)
def test_growing_older_never_moves_a_date_earlier(step: str) -> None:
    """O-46, E-42."""
    play, known = playing(step), (TODAY,) * 5
    for day in range(0, 300, 4):
        dates = some(forecast(play.journey, as_of=START + timedelta(days=day))).dates
        found = (dates.early, dates.sooner, dates.likely, dates.later, dates.late)
        assert dates.early > TODAY + timedelta(days=day)
        assert all(new >= old for new, old in zip(found, known, strict=True))
        known = found


ENROLLING_ABC = enrolling(*(PayerFacts(key, 10, (Transaction.ERA,)) for key in "abc"))
STATES = st.sampled_from([state for state in State if state is not State.NOT_REQUIRED])
STANDINGS = st.builds(
    lambda payer, state, since, submitted, cutover: Standing(
        payer,
        Transaction.ERA,
        1,
        state,
        ago(since),
        submitted_on=None if submitted is None or state is State.READY else ago(since + submitted),
        approved_on=ago(since),
        cutover_on=None if cutover is None else ago(-cutover),
    ),
    st.sampled_from("abc"),
    STATES,
    st.integers(0, 90),
    st.none() | st.integers(0, 90),
    st.none() | st.integers(-20, 60),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STANDINGS, max_size=6, unique_by=lambda one: one.payer), st.sampled_from(Finalised), st.data())
def test_growing_older_moves_no_date_of_any_enrollment_earlier(
    standings: list[Standing], policy: Finalised, data: st.DataObject
) -> None:
    """E-42: whatever states they are in, also beside a supposition; the chance to meet the target never rises."""
    journey = ENROLLING_ABC.journey
    supposed = data.draw(st.none() | st.builds(WhatIf, st.sampled_from(What), st.sampled_from("abc"), st.just(9)))
    known, chance = (TODAY,) * 5, 1.0
    for day in (0, 1, 2, 3, 7, 30, 31, 200, 1700, 1701):
        as_of = START + timedelta(days=day)
        found = some(
            forecast(journey, standings, as_of=as_of, draws=200, policy=policy, supposed=supposed, target_on=ago(-60))
        )
        dates = found.dates
        now = (dates.early, dates.sooner, dates.likely, dates.later, dates.late)
        assert all(new >= old for new, old in zip(now, known, strict=True))
        assert dates.chance is not None
        assert dates.chance <= chance
        known, chance = now, dates.chance


@settings(max_examples=40, deadline=None)
@given(STANDINGS, st.sampled_from([What.RETURNED_FORM, What.PAYER_DELAYED]))
def test_what_goes_wrong_never_makes_go_live_sooner(standing: Standing, what: What) -> None:
    """E-41: a what-if shows what a mishap costs, in whatever state the enrollment is."""
    journey = ENROLLING_ABC.journey
    before, after = (
        some(forecast(journey, [standing], as_of=START, draws=400, supposed=supposed)).dates
        for supposed in (None, WhatIf(what, standing.payer, 9))
    )
    assert (after.early, after.likely, after.late) >= (before.early, before.likely, before.late)
    assert after.likely >= before.likely


def test_there_is_no_forecast_once_the_practice_is_live_or_the_journey_closed() -> None:
    """O-46."""
    live, cancelled = playing("first_claim"), playing("training")
    cancelled.do(Cancel(Reason.AGREEMENT_ENDED))
    for play in (live, cancelled):
        assert forecast(play.journey, as_of=play.now) is None


def test_a_paused_journey_still_has_a_forecast() -> None:
    """O-46."""
    play = playing("training")
    play.do(Pause(Reason.PRACTICE_ASKED))
    assert forecast_now(play).dates.likely > TODAY


def test_a_journey_that_is_overdue_beyond_measure_still_has_one() -> None:
    """O-46."""
    play = playing("enrollments", payers=MEDICARE)
    found = some(forecast(play.journey, as_of=START + timedelta(days=4000)))
    assert found.dates.late > TODAY + timedelta(days=4000)


def test_an_enrollment_in_trouble_that_is_only_planned_is_still_to_be_finalised() -> None:
    """O-46."""
    play = playing("enrollments", payers=MEDICARE)
    before = forecast_now(play)
    play.do(RecordEnrollment("medicare", Transaction.CLAIMS, EnrollmentOutcome.IN_TROUBLE))
    assert forecast_now(play) == before


def test_skipped_enrollments_hold_nothing_up() -> None:
    """O-41."""
    play = playing("enrollments")
    before = forecast_now(play)
    play.do(SkipStep("enrollments", Reason.NOT_NEEDED))
    after = forecast_now(play)
    assert after.dates.late < before.dates.late
    assert not after.enrollments
    assert after.dates.blocker is None


def test_the_state_of_each_enrollment_decides_how_long_it_still_takes() -> None:
    """E-40: with the payer for long, just submitted, still in our hands, with the practice, rejected."""
    journey = enrolling(*MEDICARE).journey
    likely = [
        some(forecast(journey, [one], as_of=START)).dates.likely
        for one in (
            standing("medicare", State.APPROVED, ago(1), submitted_on=ago(40), approved_on=ago(1)),
            standing("medicare", State.PENDING_PAYER, ago(30), submitted_on=ago(31)),
            standing("medicare", State.NEEDS_PRACTICE, ago(0), submitted_on=ago(31)),
            standing("medicare", State.SUBMITTED, ago(0), submitted_on=ago(0)),
            standing("medicare", State.READY, ago(0)),
            standing("medicare", State.DRAFT, ago(0)),
        )
    ]
    assert likely == sorted(likely)
    assert len(set(likely)) == len(likely)
    rejected = standing("medicare", State.REJECTED, ago(0), submitted_on=ago(300))
    assert some(forecast(journey, [rejected], as_of=START)).dates.likely == likely[-1]


def test_where_proofs_are_wanted_an_approval_is_not_the_end() -> None:
    """E-14, E-23."""
    journey = enrolling(*MEDICARE).journey
    approved = standing("medicare", State.PROVING, ago(5), submitted_on=ago(40), approved_on=ago(5))
    found = some(forecast(journey, [approved], as_of=START, policy=Finalised.PROVEN))
    assert abs((found.dates.likely - TODAY).days - 32) <= 1


def test_an_era_is_not_submitted_before_its_cut_over_day() -> None:
    """E-16."""
    journey = enrolling(PayerFacts("medicare", 10, (Transaction.ERA,))).journey
    ready = Standing("medicare", Transaction.ERA, 1, State.READY, ago(3), cutover_on=ago(-50))
    assert some(forecast(journey, [ready], as_of=START)).dates.early > ago(-50 - 25)


def test_the_enrollment_that_is_last_most_often_is_named_with_its_share() -> None:
    """E-41."""
    journey = enrolling(*THREE).journey
    standings = [
        standing("a", State.PENDING_PAYER, ago(100), submitted_on=ago(100)),
        standing("b", State.PENDING_PAYER, ago(100), submitted_on=ago(100)),
        standing("c", State.DRAFT, ago(1)),
    ]
    found = some(forecast(journey, standings, as_of=START))
    assert found.dates.blocker == found.lasts[0]
    assert found.lasts[0].subject == "c:claims"
    assert found.lasts[0].share > 0.5
    assert sum(last.share for last in found.lasts) == pytest.approx(1, abs=1e-5)
    assert [one.payer for one in found.enrollments] == ["a", "b", "c"]
    assert all(
        one.early <= one.likely <= one.late <= found.dates.late + timedelta(days=400) for one in found.enrollments
    )


def test_the_chance_is_the_share_of_futures_that_meet_the_target() -> None:
    """E-41."""
    journey = enrolling(*MEDICARE).journey
    dates = some(forecast(journey, as_of=START)).dates
    assert dates.chance is None
    for share, day in ((0.1, dates.early), (0.5, dates.likely), (0.9, dates.late)):
        found = some(forecast(journey, as_of=START, target_on=day)).dates.chance
        assert found is not None
        assert share <= found <= share + 0.12


def test_a_returned_form_a_delay_and_a_dropped_payer_move_the_dates() -> None:
    """E-41: only what is supposed differs, since the same futures are thrown."""
    journey = enrolling(*FOUR).journey
    standings = [standing(key, State.PENDING_PAYER, ago(60), submitted_on=ago(60)) for key in "abc"]
    standings.append(standing("d", State.APPROVED, ago(1), submitted_on=ago(60), approved_on=ago(1)))
    before = some(forecast(journey, standings, as_of=START)).dates

    def suppose(what: What, payer: str, days: int = 0) -> Forecast:
        return some(forecast(journey, standings, as_of=START, supposed=WhatIf(what, payer, days)))

    assert suppose(What.RETURNED_FORM, "a").dates.likely > before.likely
    delayed = suppose(What.PAYER_DELAYED, "b", 30)
    assert before.late < delayed.dates.late <= before.late + timedelta(days=30)
    assert delayed.dates.blocker is not None
    assert delayed.dates.blocker.payer == "b"
    dropped = suppose(What.PAYER_DROPPED, "c")
    assert dropped.dates.likely < before.likely
    assert {one.payer for one in dropped.enrollments} == {"a", "b"}
    assert suppose(What.PAYER_DELAYED, "a").dates == before


def test_several_billing_identities_of_one_payer_are_waited_for_together() -> None:
    """E-01."""
    journey = enrolling(*MEDICARE).journey
    group, provider = (Standing("medicare", Transaction.CLAIMS, one, State.SUBMITTED, TODAY, TODAY) for one in (1, 2))
    one, both = (some(forecast(journey, of, as_of=START)) for of in ([group], [group, provider]))
    assert both.dates.likely > one.dates.likely
    assert [last.subject for last in both.lasts] == ["medicare:claims"]
