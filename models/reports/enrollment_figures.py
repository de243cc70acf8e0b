"""The figures of payer enrollments as plain rows, for pages, artifacts and paper: of all practices, or of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.reports import enrollment_scores as scores
from models.reports.enrollment_scores import History
from models.reports.forecast_views import Forecast
from models.reports.onboarding_forecast import forecast_of, forecasts_under_way
from models.store.practices import find_practice
from models.tables.enrollment import PayerRow
from models.tables.practices import Practice

MOST_SCORES: Final = 60
MOST_BARS: Final = 10
MOST_LINES: Final = 5
MOST_RANGES: Final = 12
MONTHS: Final = 12
WEEKS: Final = 26
SHOWN_DAYS: Final = (15, 30, 45, 60, 90, 120, 160)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown: rows of plain values, none where there is no figure; `practice` is empty for all of them.

    scores: as `scoreboard` gives them; months: the same by month; reasons: reason, count, practices, is_small.
    parties: payer, party, days (mean per enrollment), is_small; weeks: week, transaction, count.
    curves: payer, days, share; waiting: payer, sent, and per day of `SHOWN_DAYS` the share that still waits.
    Payers are written by their names.
    """

    as_of: date
    practice: str
    sent: int
    decided: int
    open: int
    practices: int
    scores: Sequence[Row]
    months: Sequence[Row]
    reasons: Sequence[Row]
    parties: Sequence[Row]
    weeks: Sequence[Row]
    curves: Sequence[Row]
    waiting: Sequence[Row]
    forecasts: Sequence[Forecast]
    names: Mapping[str, str]


def enrollment_figures(
    session: Session, *, practice: str = "", scope: frozenset[str] | None = None, as_of: datetime
) -> Figures:
    """Gather the figures of all enrollments, or of one practice's, as our own people see them (E-43).

    `scope` names the practices that the reader may see; None is all of them.
    """
    return replace(
        scoreboards(session, practice=practice, scope=scope, as_of=as_of),
        forecasts=_forecasts(session, practice, scope, as_of=as_of),
        names=dict(session.execute(select(Practice.key, Practice.name)).tuples().all()),
    )


def scoreboards(
    session: Session, *, practice: str = "", scope: frozenset[str] | None = None, as_of: datetime
) -> Figures:
    """Gather the same figures without forecasts, which take longest, and without the names of practices."""
    history = scores.load_history(session, as_of=as_of)
    if scope is not None:
        own = select(Practice.id).where(Practice.key.in_(sorted(scope)))
        history = scores.of_practices(history, session.scalars(own).all())
    if practice:
        found = find_practice(session, practice)
        history = scores.of_practice(history, found.id if found is not None else 0)
    names = payer_names(session)
    sent = history.sendings
    order = list(sent["payer"].value_counts(sort=True).index.astype(str)[:MOST_BARS])
    board = scores.scoreboard(history).head(MOST_SCORES)
    curves = scores.waiting_curves(history)
    return Figures(
        as_of=as_of.date(),
        practice=practice,
        sent=len(sent),
        decided=int(sent["is_decided"].sum()),
        open=int((sent["outcome"] == scores.OPEN).sum()),
        practices=int(sent["practice_id"].nunique()),
        scores=_rows(board, names),
        months=_rows(scores.by_month(history, cell=()).head(MONTHS), names),
        reasons=_rows(_reasons(history), names),
        parties=_rows(_parties(history, order), names),
        weeks=_rows(_weeks(history, as_of), names),
        curves=_rows(_curves(curves, order), names),
        waiting=_waiting(curves, history, order, names),
        forecasts=(),
        names={},
    )


def payer_names(session: Session) -> dict[str, str]:
    """Give the names of all payers by their keys."""
    return dict(session.execute(select(PayerRow.key, PayerRow.name)).tuples().all())


def _rows(frame: pd.DataFrame, names: Mapping[str, str]) -> list[Row]:
    """Give the rows of a frame as plain values."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {str(name): names.get(value, value) if name == "payer" else value for name, value in row.items()}
        for row in rows
    ]


def _reasons(history: History) -> pd.DataFrame:
    """Count reasons over all payers, the most frequent first."""
    told = scores.reasons(history)
    counted = told.groupby("reason", observed=True).agg(count=("count", "sum"), payers=("payer", "nunique"))
    return counted.reset_index().sort_values(["count", "reason"], ascending=[False, True])


def _parties(history: History, order: Sequence[str]) -> pd.DataFrame:
    split = scores.days_by_party(history, cell=["payer"])
    shown = split[split["payer"].isin(order)].assign(days=split["mean_days"])
    place = shown["payer"].astype(str).map({payer: number for number, payer in enumerate(order)})
    return shown.assign(place=place).sort_values(["place", "party"])[["payer", "party", "days", "is_small"]]


def _weeks(history: History, as_of: datetime) -> pd.DataFrame:
    weeks = scores.approvals_by_week(history)
    first = (pd.Timestamp(as_of) - pd.Timedelta(weeks=WEEKS)).strftime("%Y-%m-%d")
    return weeks.loc[weeks["week"] >= first, ["week", "transaction", "count"]]


def _curves(curves: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Give the curves of the most used payers; each begins at day 0, where all wait."""
    shown = curves.loc[curves["payer"].isin(order[:MOST_LINES]), ["payer", "days", "share"]]
    start = pd.DataFrame({"payer": order[:MOST_LINES], "days": 0, "share": 1.0})
    both = pd.concat([start, shown.astype({"payer": str})])
    place = both["payer"].map({payer: number for number, payer in enumerate(order)})
    return both.assign(place=place).sort_values(["place", "days"], kind="stable").drop(columns="place")


def _waiting(curves: pd.DataFrame, history: History, order: Sequence[str], names: Mapping[str, str]) -> list[Row]:
    """Give the share that still waits after some days, none after the longest time that was seen."""
    sent = history.sendings["payer"].value_counts()
    rows: list[Row] = []
    for payer in order[:MOST_LINES]:
        own = curves[curves["payer"] == payer]
        seen = own["days"].max() if len(own) else 0
        row: dict[str, Any] = {"payer": names.get(payer, payer), "sent": int(sent[payer])}
        for day in SHOWN_DAYS:
            before = own.loc[own["days"] <= day, "share"]
            share = float(before.iloc[-1]) if len(before) else 1.0
            row[str(day)] = share if day <= seen or share < scores.NEARLY_NONE else None
        rows.append(row)
    return rows


def _forecasts(session: Session, practice: str, scope: frozenset[str] | None, *, as_of: datetime) -> Sequence[Forecast]:
    if practice:
        found = forecast_of(session, practice, as_of=as_of)
        return [found] if found is not None else []
    ahead = sorted(forecasts_under_way(session, as_of=as_of), key=lambda one: (one.dates.likely, one.practice))
    return [one for one in ahead if scope is None or one.practice in scope][:MOST_RANGES]
