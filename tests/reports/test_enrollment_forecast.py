"""How long a payer still takes: the fitted curve, its tail, and the dice that are made of it."""

import warnings
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reports.enrollment_forecast import (
    FACES,
    LONGEST,
    course_of,
    curve_of,
    die,
    die_after_answer,
    die_from_zero,
    fit,
    kaplan_meier,
    learn,
    summed_up,
)
from models.reports.go_live_plan import ANSWER_CURVE, CHECK_CURVE
from models.rules.onboarding_facts import Transaction
from models.rules.turnarounds import turnaround_of
from models.store.turnarounds import Asked, Case, Ending, Place

pytestmark = pytest.mark.slow

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lifelines import KaplanMeierFitter

UNKNOWN = turnaround_of(90, low=30, high=160)
CLAIMS = Asked("a", Transaction.CLAIMS, "commercial")
HISTORY = st.lists(st.tuples(st.integers(1, 400), st.booleans()), min_size=1, max_size=60).filter(
    lambda cases: any(is_decided for _, is_decided in cases)
)


def cases_of(history: Sequence[tuple[int, bool]], asked: Asked = CLAIMS) -> list[Case]:
    return [Case(asked, days, Ending.APPROVED if is_decided else Ending.NONE) for days, is_decided in history]


@given(HISTORY)
@settings(max_examples=150, deadline=None)
def test_the_fitted_shares_are_those_of_kaplan_and_meier(history: list[tuple[int, bool]]) -> None:
    """E-40: against an independent library, to 1e-9."""
    days, decided = zip(*history, strict=True)
    times, left = kaplan_meier(days, decided)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = KaplanMeierFitter().fit(days, decided).survival_function_at_times(times)
    assert np.abs(left - theirs.to_numpy()).max() < 1e-9


@given(HISTORY)
@settings(max_examples=80, deadline=None)
def test_a_curve_falls_from_one_to_nothing_and_leaves_something_beyond_the_last_decision(
    history: list[tuple[int, bool]],
) -> None:
    """E-40: no history is so complete that the next case could not take longer."""
    curve = fit(cases_of(history), UNKNOWN)
    last = max(days for days, is_decided in history if is_decided)
    assert curve.left[0] == 1
    assert curve.left[-1] == 0
    assert (np.diff(curve.left) <= 1e-12).all()
    assert curve.left[last] >= 1 / (len(history) + 1) ** 2
    assert 0 < curve.left[last + 1] < curve.left[last]
    if last > 9:  # what ended after a few days falls by the day
        assert curve.left[last + 1] == pytest.approx(curve.left[last], rel=0.6)


def test_beyond_the_last_decision_the_figures_go_on_in_their_shape() -> None:
    """E-40: ten payers decided within twenty days, and one of eleven may take much longer."""
    curve = fit(cases_of([(2 * number, True) for number in range(1, 11)]), UNKNOWN)
    assert curve.left[20] == pytest.approx(1 / 11)
    assert 0.003 < curve.left[40] < 1 / 11
    assert curve.until(0.5) == 11


def test_a_curve_of_figures_is_log_normal_on_both_sides_of_the_typical_one() -> None:
    """E-05, E-40."""
    curve = curve_of(UNKNOWN)
    assert [curve.until(share) for share in (0.1, 0.5, 0.75, 0.9)] == [30, 90, 122, 160]
    assert curve.left[60] == pytest.approx(1 - 0.3180, abs=0.001)


def test_what_is_later_than_every_figure_is_not_due_tomorrow() -> None:
    """E-40: conditional on the age reached, an overdue case takes the longer the longer it is overdue."""
    curve = curve_of(turnaround_of(38, low=30, high=45))
    middles = [int(np.median(die(curve, age))) for age in (45, 90, 180)]
    assert middles == sorted(middles)
    assert middles[0] >= 2
    assert middles[2] >= 5


@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_no_face_of_a_die_moves_earlier_as_an_enrollment_grows_older(low: int, more: int, most: int) -> None:
    """E-42."""
    curve = curve_of(turnaround_of(low + more, low=low, high=low + more + most))
    ages = (0, 1, 2, 10, 50, 51, 400, 401, 1599, 1600, 1601, 5000)
    for younger, older in pairwise(ages):
        assert (die(curve, older).astype(int) + older >= die(curve, younger).astype(int) + younger).all()
    for younger, older in pairwise((0, 1, 5, 30, 31, 300)):
        some_days = die_after_answer(curve, younger + 20, ANSWER_CURVE, younger).astype(int) + younger
        assert (die_after_answer(curve, older + 20, ANSWER_CURVE, older).astype(int) + older >= some_days).all()


def test_a_die_shows_the_curve() -> None:
    """E-40."""
    curve = curve_of(UNKNOWN)
    faces = die(curve, 0)
    assert faces.size == FACES
    assert faces.min() >= 1
    assert faces.max() <= LONGEST
    for share, days in ((0.1, 30), (0.5, 90), (0.9, 160)):
        assert abs(float(np.quantile(faces, share)) - days) <= 1


def test_histories_are_learned_by_payer_then_class_then_all() -> None:
    """E-40: fewer than eight decided cases teach nothing of their own."""
    aetna, cigna = (Asked(key, Transaction.ERA, "commercial") for key in ("aetna", "cigna"))
    medicare = Asked("medicare", Transaction.ERA, "medicare")
    cases = [*cases_of([(10, True)] * 8, aetna), *cases_of([(30, True)] * 7 + [(5, False)] * 9, cigna)]
    cases += cases_of([(40, True)] * 7, medicare)
    places = {Place("aetna", "era"), Place("cigna", "era"), Place("medicare", "era")}
    places |= {Place("class:commercial", "any"), Place("class:medicare", "any"), Place("any", "any")}
    learned = learn(cases, dict.fromkeys(places, UNKNOWN))
    assert {place: one.cases for place, one in learned.items()} == {
        ("aetna", "era"): 8,
        ("class:commercial", "any"): 15,
        ("any", "any"): 22,
    }
    figures = summed_up(learned[Place("aetna", "era")].curve, cases=8)
    assert (figures.low, figures.typical) == (2, 6)
    assert figures.source == "own history of 8 cases"


def test_rejections_send_some_futures_round_once_more() -> None:
    """E-40."""
    asked, all_of_them = Asked("a", Transaction.ERA, "commercial"), Place("any", "any")
    approved, rejected = (Case(asked, 20, ending) for ending in (Ending.APPROVED, Ending.REJECTED))
    beyond = dict.fromkeys([Place("a", "era"), Place("class:commercial", "any"), all_of_them], UNKNOWN)
    mixed, never = (learn(cases, beyond)[all_of_them] for cases in ([approved] * 15 + [rejected] * 5, [approved] * 9))
    again = course_of(mixed, before=CHECK_CURVE).again
    assert again is not None
    faces = die_from_zero(again)
    assert (faces == 0).mean() == pytest.approx(0.75, abs=0.01)
    assert faces[faces > 0].min() >= 2
    assert course_of(never, before=CHECK_CURVE).again is None
