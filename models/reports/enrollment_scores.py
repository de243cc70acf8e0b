"""Scoreboards of payer enrollments: how long decisions take, what comes back, who is waited for (E-28, E-43).

Figures come as tidy frames, one row per cell. A cell that is built on fewer than `FEWEST` practices is marked
`is_small` for our own people and hidden from practices; `for_practice` names the reading one, none means our staff.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.orm import Session

from models.rules.enrollment import UNDECIDED, State
from models.tables.enrollment import EnrollmentRow, SpanRow

FEWEST: Final = 3
CELL: Final = ["payer", "transaction"]
QUANTILES: Final = {"median": 0.5, "p75": 0.75, "p90": 0.9}
OPEN: Final = "open"
BOUNCED: Final = "bounced"
ASKED: Final = "development_request"
_DAY: Final = 86_400  # seconds
NEARLY_NONE: Final = 1e-9
_WITH_THEM: Final = frozenset({State.SUBMITTED, State.PENDING_PAYER, State.TESTING, State.NEEDS_PRACTICE})
_DECISIONS: Final = (State.APPROVED.value, State.REJECTED.value)
_RETURNED: Final = (State.REJECTED.value, BOUNCED)
_BEFORE_APPROVAL: Final = frozenset({*UNDECIDED, State.REJECTED})
_SENDING: Final = ["enrollment_id", "sending"]
_SPANS, _ROWS = SpanRow.__table__.c, EnrollmentRow.__table__.c
_OWN: Final = (_SPANS.id, _SPANS.enrollment_id, _SPANS.generation, _SPANS.attempt)
_OF_SPAN: Final = (_SPANS.state, _SPANS.party, _SPANS.reason, _SPANS.since, _SPANS.until)
_OF_ROW: Final = (
    _ROWS.id.label("enrollment_id"),
    _ROWS.practice_id,
    _ROWS.generation.label("present_generation"),
    _ROWS.attempt.label("present_attempt"),
)
_ROW_WORDS: Final = (_ROWS.payer, _ROWS.transaction, _ROWS.submitted_on, _ROWS.approved_on)


@dataclass(frozen=True, slots=True)
class History:
    """Every span of every enrollment, and every sending of one to its payer; moments are UTC.

    A sending is open until the payer decides; what was bounced or withdrawn before is neither open nor decided. Days
    are whole: local days where both were recorded as days, else elapsed time, rounded.
    """

    spans: pd.DataFrame
    sendings: pd.DataFrame


def load_history(session: Session, *, as_of: datetime) -> History:
    """Read what happened to all enrollments until a moment."""
    spans = _read_spans(session)
    now = pd.Timestamp(as_of)
    spans = spans[spans["since"] <= now].sort_values(["enrollment_id", "since", "id"], ignore_index=True)
    spans["until"] = spans["until"].where(spans["until"] <= now)
    spans["days"] = (spans["until"].fillna(now) - spans["since"]).dt.total_seconds() / _DAY
    return History(spans, _sendings(spans, now))


def of_practice(history: History, practice: int) -> History:
    """Keep what happened to one practice's enrollments."""
    spans, sendings = (one[one["practice_id"] == practice] for one in (history.spans, history.sendings))
    return History(spans, sendings)


def of_practices(history: History, practices: Collection[int]) -> History:
    """Keep what happened to the enrollments of some practices."""
    spans, sendings = (one[one["practice_id"].isin(list(practices))] for one in (history.spans, history.sendings))
    return History(spans, sendings)


def _read_spans(session: Session) -> pd.DataFrame:
    """Read spans as the database gives them: to turn each value into an object takes longer than the rest."""
    spans = _table(session, select(*_OWN, *(type_coerce(one, String).label(one.key) for one in _OF_SPAN)))
    rows = _table(session, select(*_OF_ROW, *(type_coerce(one, String).label(one.key) for one in _ROW_WORDS)))
    for name in ("since", "until"):
        spans[name] = pd.to_datetime(spans[name], utc=True, format="ISO8601")
    for name in ("submitted_on", "approved_on"):
        rows[name] = pd.to_datetime(rows[name], utc=True, format="ISO8601")
    spans = spans.astype({"state": "category", "party": "category"})
    rows = rows.astype({"payer": "category", "transaction": "category"})
    return spans.merge(rows, on="enrollment_id")


def _table(session: Session, query: Select[Any]) -> pd.DataFrame:
    found = session.execute(query)
    names = list(found.keys())
    return pd.DataFrame([tuple(one) for one in found.fetchall()], columns=names)


def _sendings(spans: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Find each sending and how it ended."""
    is_sent = spans["state"] == State.SUBMITTED
    marked = spans.assign(sending=is_sent.groupby(spans["enrollment_id"]).cumsum())
    marked = marked[marked["sending"] > 0]
    is_bounce = (marked["state"] == State.NEEDS_PRACTICE) & (marked["state"].shift() == State.SUBMITTED)
    is_end = is_bounce | ~marked["state"].isin(_WITH_THEM)
    ends = marked[is_end].drop_duplicates(_SENDING)
    ends = ends.assign(outcome=ends["state"].astype(object).where(~is_bounce, BOUNCED)).rename(
        columns={"since": "ended_at"}
    )
    begun = marked.drop_duplicates(_SENDING).rename(columns={"since": "sent_at"})
    asked = marked[(marked["state"] == State.NEEDS_PRACTICE) & ~is_end].drop_duplicates(_SENDING)
    sent = begun.drop(columns=["approved_on", "state", "party", "reason", "until", "days"]).merge(
        ends[[*_SENDING, "ended_at", "outcome", "approved_on", "reason"]], on=_SENDING, how="left"
    )
    sent = sent.merge(asked[_SENDING].assign(is_asked=True), on=_SENDING, how="left")
    return _judged(sent, now)


def _judged(sent: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    known = [*_DECISIONS, BOUNCED]
    outcome = sent["outcome"].where(sent["outcome"].isin(known), State.WITHDRAWN.value)
    outcome = outcome.where(sent["ended_at"].notna(), OPEN)
    is_asked = sent["is_asked"].eq(other=True)
    is_last = ~sent.duplicated(["enrollment_id"], keep="last") & _is_present(sent)
    first = sent["submitted_on"].where(is_last).fillna(sent["sent_at"])
    is_dated = is_last & (outcome == State.APPROVED)
    last = sent["approved_on"].where(is_dated).fillna(sent["ended_at"]).fillna(now)
    is_first = ~sent.duplicated(["enrollment_id", "generation"])
    is_known = outcome.isin(known)  # what was asked and not decided yet would count returns before approvals
    passed = ((outcome == State.APPROVED) & ~is_asked).where(is_first & is_known)
    return sent.assign(
        outcome=outcome,
        is_asked=is_asked,
        is_decided=outcome.isin(_DECISIONS),
        days=((last - first).dt.total_seconds() / _DAY).round().clip(lower=0).astype(int),
        month=first.dt.strftime("%Y-%m"),
        first_pass=passed.astype("Float64"),
    )


def _is_present(sent: pd.DataFrame) -> "pd.Series[bool]":
    """Say which sendings belong to the present attempt, whose days are kept on the enrollment."""
    return (sent["attempt"] == sent["present_attempt"]) & (sent["generation"] == sent["present_generation"])


def waiting_shares(sendings: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Give the share that still waits after each day with an event, by Kaplan and Meier: open ones count while open.

    Columns: `by`, days, at_risk, decided, share.
    """
    counted = (
        sendings.groupby([*by, "days"], observed=True, sort=True)["is_decided"]
        .agg(decided="sum", left="size")
        .reset_index()
    )
    gone = counted.groupby(list(by), observed=True)["left"]
    counted["at_risk"] = gone.transform("sum") - gone.cumsum() + counted["left"]
    stays = 1 - counted["decided"] / counted["at_risk"]
    counted["share"] = stays.groupby([counted[name] for name in by], observed=True).cumprod()
    return counted.drop(columns="left")


def _percentiles(sendings: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Give the days after which half, three quarters and nine tenths are decided; none where that is still to come."""
    shares = waiting_shares(sendings, by)
    found = [
        shares[shares["share"] <= 1 - part + NEARLY_NONE].groupby(list(by), observed=True)["days"].first().rename(name)
        for name, part in QUANTILES.items()
    ]
    return pd.concat(found, axis=1).astype("Float64")


def scoreboard(history: History, *, for_practice: int | None = None) -> pd.DataFrame:
    """Give each payer and transaction its turnaround, counts and first-pass share, the most used payer first (E-43).

    Columns: payer, transaction, practices, sent, decided, open, approved, rejected, bounced, median, p75, p90,
    oldest_open, first_known, first_pass, is_small, is_hidden.
    """
    found = _scores(history.sendings, CELL)
    found["used"] = found.groupby("payer", observed=True)["sent"].transform("sum")
    found = found.astype(dict.fromkeys(CELL, str)).sort_values(["used", *CELL], ascending=[False, True, True])
    return _hide(found.drop(columns="used"), history.sendings, CELL, for_practice)


def by_month(history: History, *, cell: Sequence[str] = CELL, for_practice: int | None = None) -> pd.DataFrame:
    """Give the scoreboard of each month of submission, the newest first; columns as `scoreboard`, with `month`.

    `cell` is what months are told apart for: payer and transaction, one of them, or nothing.
    """
    by = [*cell, "month"]
    found = _scores(history.sendings, by).sort_values(["month", *cell], ascending=[False, *(True for _ in cell)])
    return _hide(found, history.sendings, by, for_practice, within=cell)


def _scores(sendings: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    columns = {one: sendings["outcome"] == one for one in (OPEN, *_DECISIONS, BOUNCED)}
    marked = sendings.assign(**columns, open_days=sendings["days"].where(columns[OPEN]))
    groups = marked.groupby(by, observed=True)
    sums = groups[["is_decided", *columns]].sum().rename(columns={"is_decided": "decided"})
    practices = groups["practice_id"].nunique().rename("practices")
    rest = groups.agg(
        sent=("outcome", "size"),
        oldest_open=("open_days", "max"),
        first_known=("first_pass", "count"),
        first_pass=("first_pass", "mean"),
    )
    found = pd.concat([practices, rest, sums, _percentiles(sendings, by)], axis=1)
    return found.reset_index()


def reasons(history: History, *, for_practice: int | None = None) -> pd.DataFrame:
    """Count why payers and clearinghouses sent enrollments back or asked for more, the most frequent first.

    Columns: payer, transaction, reason, practices, count, is_small, is_hidden.
    """
    sent = history.sendings
    returned = sent[sent["outcome"].isin(_RETURNED)]
    returned = returned.assign(reason=returned["reason"].replace("", "other").fillna("other"))
    told = pd.concat([returned, sent[sent["is_asked"]].assign(reason=ASKED)])
    by = [*CELL, "reason"]
    groups = told.groupby(by, observed=True)["practice_id"]
    found = groups.agg(practices="nunique", count="size").reset_index()
    found = found.sort_values(["count", *by], ascending=[False, True, True, True])
    return _hide(found, told, by, for_practice, within=CELL)


def days_by_party(history: History, *, cell: Sequence[str] = CELL, for_practice: int | None = None) -> pd.DataFrame:
    """Split the days from the payer list to the approval by who was waited for (E-28).

    Columns: `cell` (payer, transaction), party, practices, days (sum), mean_days (per enrollment), share, is_small,
    is_hidden.
    """
    spans = history.spans
    spans = spans[spans["state"].isin(_BEFORE_APPROVAL) & spans["party"].notna()]
    by = [*cell, "party"]
    groups = spans.groupby(by, observed=True)
    found = groups.agg(practices=("practice_id", "nunique"), days=("days", "sum")).reset_index()
    wholes = spans.groupby(list(cell), observed=True).agg(all_days=("days", "sum"), many=("enrollment_id", "nunique"))
    found = found.join(wholes, on=list(cell))
    found["mean_days"] = found["days"] / found["many"]
    found["share"] = found["days"] / found["all_days"].where(found["all_days"] > 0)
    found = found.drop(columns=["all_days", "many"]).sort_values(by)
    return _hide(found, spans, by, for_practice, within=cell)


def approvals_by_week(history: History, *, for_practice: int | None = None) -> pd.DataFrame:
    """Count approvals per week and transaction; columns: week (its Monday), transaction, practices, count, marks."""
    sent = history.sendings
    approved = sent[sent["outcome"] == State.APPROVED]
    monday = approved["ended_at"].dt.normalize() - pd.to_timedelta(approved["ended_at"].dt.day_of_week * _DAY, unit="s")
    approved = approved.assign(week=monday.dt.strftime("%Y-%m-%d"))
    by = ["week", "transaction"]
    found = approved.groupby(by, observed=True)["practice_id"].agg(practices="nunique", count="size").reset_index()
    return _hide(found.sort_values(by), approved, by, for_practice, within=["transaction"])


def waiting_curves(history: History, *, for_practice: int | None = None) -> pd.DataFrame:
    """Give each payer's share that still waits by day; columns: payer, days, at_risk, decided, share, marks.

    Payers with hidden cells have no curve for practices.
    """
    sent = history.sendings
    cells = sent.groupby("payer", observed=True)["practice_id"].agg(practices="nunique").reset_index()
    marked = _hide(cells, sent, ["payer"], for_practice)
    shown = marked.loc[~marked["is_hidden"], ["payer", "is_small"]]
    return waiting_shares(sent, ["payer"]).merge(shown, on="payer")


def _hide(
    found: pd.DataFrame, source: pd.DataFrame, by: list[str], for_practice: int | None, within: Sequence[str] = ()
) -> pd.DataFrame:
    """Mark small cells, and take their figures away for a practice unless the cell is that practice's own.

    Hidden cells `within` a whole could be told from its sum: where they hold too few practices together, the whole
    is hidden.
    """
    found = found.reset_index(drop=True).assign(is_small=found["practices"].to_numpy() < FEWEST, is_hidden=False)
    if for_practice is None or found.empty:
        return found
    own = source.loc[source["practice_id"] == for_practice, by].drop_duplicates().assign(is_own=True)
    is_own = found.merge(own, on=by, how="left")["is_own"].eq(other=True) & (found["practices"] == 1)
    hidden = found["is_small"] & ~is_own
    if within:
        hidden |= _could_be_told(found, source.merge(found.loc[hidden, by], on=by), within)
    figures = [name for name in found.columns if name not in {*by, "is_small", "is_hidden"}]
    return found.assign(is_hidden=hidden, **{name: found[name].astype("Float64").mask(hidden) for name in figures})


def _could_be_told(found: pd.DataFrame, rest: pd.DataFrame, within: Sequence[str]) -> "pd.Series[bool]":
    """Say which cells belong to a whole whose hidden cells hold too few practices together."""
    together = rest.groupby(list(within), observed=True)["practice_id"].nunique()
    told = together[together < FEWEST].reset_index()[list(within)].assign(is_told=True)
    return found.merge(told, on=list(within), how="left")["is_told"].eq(other=True)
