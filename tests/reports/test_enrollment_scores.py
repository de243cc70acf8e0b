"""Scoreboards against cases counted by hand: open ones stay open, small cells stay hidden (E-28, E-43)."""

from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from models.db import Database
from models.reports import enrollment_scores as scores
from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction
from tests.reports.payer_history import a_practice, an_enrollment, approved, at, day_of, waiting

SENT, PENDING, NEEDS, READY = State.SUBMITTED, State.PENDING_PAYER, State.NEEDS_PRACTICE, State.READY


@pytest.fixture
def practices(db: Database) -> list[int]:
    return [a_practice(db, key) for key in ("maple", "cedar", "birch", "alder")]


def history(db: Database, day: int = 100) -> scores.History:
    return db.read(lambda session: scores.load_history(session, as_of=at(day)))


def the_row(frame: pd.DataFrame, **which: str) -> dict[str, Any]:
    found = frame
    for column, value in which.items():
        found = found[found[column] == value]
    (row,) = found.to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_percentiles_are_those_of_the_days_from_submission_to_the_decision(db: Database, practices: list[int]) -> None:
    """E-43."""
    for practice, days in zip(practices, (10, 20, 30, 40), strict=True):
        an_enrollment(db, practice, approved(on=days))
    row = the_row(scores.scoreboard(history(db)), payer="medicare", transaction="era")
    assert (row["median"], row["p75"], row["p90"]) == (20, 30, 40)
    assert (row["sent"], row["decided"], row["open"], row["approved"], row["practices"]) == (4, 4, 0, 4, 4)


def test_open_cases_count_as_open_and_make_the_figures_longer(db: Database, practices: list[int]) -> None:
    """E-43: two decided after 10 and 20 days, two open for 100: half are decided, three quarters are not."""
    an_enrollment(db, practices[0], approved(on=10))
    an_enrollment(db, practices[1], approved(on=20))
    for practice in practices[2:]:
        an_enrollment(db, practice, waiting())
    row = the_row(scores.scoreboard(history(db)), payer="medicare")
    assert (row["decided"], row["open"], row["oldest_open"]) == (2, 2, 100)
    assert row["median"] == 20
    assert pd.isna(row["p75"])
    assert pd.isna(row["p90"])


def test_a_young_open_case_says_nothing_about_later_days(db: Database, practices: list[int]) -> None:
    """Kaplan and Meier: who was sent in five days ago is no longer at risk on day 20."""
    for practice, days in zip(practices[:3], (10, 20, 30), strict=True):
        an_enrollment(db, practice, approved(on=days))
    an_enrollment(db, practices[3], waiting(sent=95))
    curve = scores.waiting_curves(history(db))
    assert list(curve["days"]) == [5, 10, 20, 30]
    assert list(curve["at_risk"]) == [4, 3, 2, 1]
    assert [round(share, 3) for share in curve["share"]] == [1.0, 0.667, 0.333, 0.0]


def test_the_curves_are_those_of_an_independent_library(db: Database, practices: list[int]) -> None:
    """E-40, E-43: against lifelines."""
    from lifelines import KaplanMeierFitter

    kinds = list(Transaction)
    pasts = [approved(0, 7), approved(3, 30), waiting(60), waiting(10), approved(50, 97), waiting(99), approved(2, 32)]
    pasts.append(approved(1, 62))
    for number, past in enumerate(pasts):
        an_enrollment(db, practices[number % 4], past, kind=kinds[number // 4])
    found = history(db)
    fitted = KaplanMeierFitter().fit(found.sendings["days"], found.sendings["is_decided"])
    expected = fitted.survival_function_["KM_estimate"]
    for row in scores.waiting_curves(found).to_dict("records"):
        assert row["share"] == pytest.approx(expected[row["days"]])
    percentiles = scores._percentiles(found.sendings, ["payer"]).loc["medicare"]
    assert percentiles["median"] == fitted.median_survival_time_
    assert percentiles["p75"] == fitted.percentile(0.25)


def test_recorded_days_count_and_not_the_day_of_recording(db: Database, practices: list[int]) -> None:
    """What people enter later was still sent and approved on its day."""
    days = {"submitted_on": day_of(0), "approved_on": day_of(33)}
    an_enrollment(db, practices[0], approved(sent=50, on=51), days=days)
    assert the_row(scores.scoreboard(history(db)))["median"] == 33


def test_first_pass_is_an_approval_without_anything_coming_back(db: Database, practices: list[int]) -> None:
    """E-43: one passes, one is asked for more, one is rejected, one bounces, one is still open."""
    asked = ((0, SENT), (1, PENDING), (9, NEEDS), (12, PENDING), (30, State.APPROVED))
    rejected = ((0, State.DRAFT), (0, SENT), (1, PENDING), (20, State.REJECTED, "signature"), (21, State.DRAFT))
    again = (*rejected, (22, SENT), (22, PENDING), (40, State.APPROVED))
    bounced = ((0, SENT), (2, NEEDS, "wrong_form"), (4, READY), (5, SENT), (6, PENDING), (35, State.APPROVED))
    for practice, past in zip(practices, (approved(), asked, again, bounced), strict=True):
        an_enrollment(db, practice, past)
    an_enrollment(db, practices[0], waiting(), payer="harbor")
    found = history(db)
    row = the_row(scores.scoreboard(found), payer="medicare")
    assert (row["first_pass"], row["first_known"]) == (0.25, 4)
    assert (row["sent"], row["approved"], row["rejected"], row["bounced"]) == (6, 4, 1, 1)
    open_one = the_row(scores.scoreboard(found), payer="harbor")
    assert open_one["first_known"] == 0
    assert pd.isna(open_one["first_pass"])
    why = scores.reasons(found)
    assert dict(zip(why["reason"], why["count"], strict=True)) == {
        "development_request": 1,
        "signature": 1,
        "wrong_form": 1,
    }


def test_days_are_split_by_who_was_waited_for(db: Database, practices: list[int]) -> None:
    """E-28: 3 days ours, 2 the practice's, 1 the clearinghouse's, 24 and then 50 the payer's."""
    past = ((0, State.DRAFT), (2, NEEDS), (4, READY), (5, SENT), (6, PENDING), (30, State.APPROVED))
    an_enrollment(db, practices[0], past)
    an_enrollment(db, practices[1], ((50, PENDING),))
    split = scores.days_by_party(history(db))
    days = dict(zip(split["party"], split["days"].round(6), strict=True))
    assert days == {"us": 3, "practice": 2, "clearinghouse": 1, "payer": 74}
    assert the_row(split, party="payer")["mean_days"] == pytest.approx(37)
    assert split["share"].sum() == pytest.approx(1)


def test_what_happened_later_is_not_seen(db: Database, practices: list[int]) -> None:
    an_enrollment(db, practices[0], approved(on=30))
    row = the_row(scores.scoreboard(history(db, day=12)))
    assert (row["decided"], row["open"], row["oldest_open"]) == (0, 1, 12)


def test_months_are_those_of_the_submission(db: Database, practices: list[int]) -> None:
    """E-43."""
    an_enrollment(db, practices[0], approved(sent=0, on=60))
    an_enrollment(db, practices[1], waiting(sent=35))
    months = scores.by_month(history(db))
    assert list(zip(months["month"], months["decided"], months["open"], strict=True)) == [
        ("2026-04", 0, 1),
        ("2026-03", 1, 0),
    ]


def test_approvals_are_counted_by_week(db: Database, practices: list[int]) -> None:
    for practice, day in zip(practices, (30, 31, 37, 38), strict=True):
        an_enrollment(db, practice, approved(on=day))
    weeks = scores.approvals_by_week(history(db))
    assert list(zip(weeks["week"], weeks["count"], strict=True)) == [("2026-03-30", 2), ("2026-04-06", 2)]


def test_cells_of_fewer_than_three_practices_are_hidden_from_other_practices(
    db: Database, practices: list[int]
) -> None:
    """E-43: staff see them, marked; a practice sees big cells and what is all its own."""
    for practice in practices[:3]:
        an_enrollment(db, practice, approved(on=30))
    for practice in practices[:2]:
        an_enrollment(db, practice, approved(on=40), payer="harbor")
    an_enrollment(db, practices[3], approved(on=50), payer="evergreen")
    found = history(db)
    staff = scores.scoreboard(found)
    assert dict(zip(staff["payer"], staff["is_small"], strict=True)) == {
        "medicare": False,
        "harbor": True,
        "evergreen": True,
    }
    assert not staff["is_hidden"].any()
    theirs = scores.scoreboard(found, for_practice=practices[3])
    assert the_row(theirs, payer="medicare")["median"] == 30
    assert the_row(theirs, payer="evergreen")["median"] == 50
    hidden = the_row(theirs, payer="harbor")
    assert hidden["is_hidden"]
    figures = set(hidden) - {"payer", "transaction", "is_small", "is_hidden"}
    assert all(pd.isna(hidden[name]) for name in figures)
    assert scores.scoreboard(found, for_practice=practices[0])["is_hidden"].tolist() == [False, True, True]
    assert set(scores.waiting_curves(found, for_practice=practices[0])["payer"]) == {"medicare"}


def test_a_hidden_part_cannot_be_told_from_the_whole(db: Database, practices: list[int]) -> None:
    """E-43: three practices in March and one in April: April is all minus March, so March is hidden too."""
    for practice in practices[:3]:
        an_enrollment(db, practice, approved(on=20))
    an_enrollment(db, practices[0], approved(sent=40, on=70), kind=Transaction.CLAIMS)
    an_enrollment(db, practices[3], approved(sent=40, on=70))
    months = scores.by_month(history(db), for_practice=practices[1])
    era = months[months["transaction"] == "era"]
    assert era["is_hidden"].tolist() == [True, True]
    assert not scores.by_month(history(db))["is_hidden"].any()


def test_everything_works_without_any_enrollment(db: Database) -> None:
    empty = history(db)
    for frame in (scores.scoreboard, scores.by_month, scores.reasons, scores.days_by_party, scores.approvals_by_week):
        assert frame(empty, for_practice=1).empty
        assert frame(empty).empty
    assert scores.waiting_curves(empty).empty


def test_a_curve_never_rises(db: Database, practices: list[int]) -> None:
    for number, practice in enumerate(practices):
        an_enrollment(db, practice, approved(on=5 + 7 * number))
        an_enrollment(db, practice, waiting(sent=20 * number), payer="harbor")
    curve = scores.waiting_curves(history(db))
    for _, one in curve.groupby("payer"):
        assert all(early >= late for early, late in pairwise(one["share"]))
