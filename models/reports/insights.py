"""Insights: have patients been satisfied with their visit, how many answer, who is not asked and why (F-090..F-092).

What each figure counts stands in `insight_definitions`. Figures come as small frames, one row per cell, with counts
and Wilson intervals. A cell with fewer than five, and what would give it away, is hidden: its figures are empty. Yes
and no, and stars, are what a cell says and no cells themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy.orm import Session

from models.reports.insight_counts import Counts, Span, load_counts
from models.reports.insight_definitions import GOOD_STARS
from models.reports.insight_periods import last_months
from models.rules.feedback import Why
from models.rules.insight_prompts import Facts, Prompt, prompts
from models.rules.insights import FEWEST, Difference, Share, compare, hidden, is_total_hidden, share
from models.rules.messages import Channel

STAGES: Final = ("checked_out", "decided", "asked", "delivered", "answered", "completed")
_WHOLE: Final = {"decided": "checked_out", "asked": "checked_out"}
"""What a stage is a share of; the later ones are shares of those that were asked."""
_FIGURES: Final = ["count", "of", "share", "low", "high"]
MOST_STARS: Final = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cells of one kind that have twenty and more each, and by how much the first exceeds the second."""

    kind: str
    one: str
    other: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Insights:
    """The figures of one period; `days` are the first local days of its parts.

    Frames have the columns key, count, of, share, low, high and is_hidden; shares are 0 to 1. funnel: by stage;
    satisfied and stars_by_part: by the first day of each part (stars: given, mean); reasons: by `Why`, of all
    check-outs; by attempt, way, language, provider (id), location (id): answered of asked.
    """

    practice_id: int
    as_of: datetime
    days: tuple[date, ...]
    funnel: pd.DataFrame
    satisfied: Share | None
    satisfied_by_part: pd.DataFrame
    stars_given: int
    stars_mean: float | None
    good_stars: Share | None
    stars: pd.DataFrame
    stars_by_part: pd.DataFrame
    by_attempt: pd.DataFrame
    by_way: pd.DataFrame
    by_language: pd.DataFrame
    by_provider: pd.DataFrame
    by_location: pd.DataFrame
    reasons: pd.DataFrame
    opt_outs: Share | None
    unread: int
    comparisons: tuple[Comparison, ...]
    prompts: tuple[Prompt, ...]


def insights(session: Session, practice_id: int, *, zone: str, as_of: datetime) -> Insights:
    """Give the figures of a practice's last twelve months; months are those of `zone`."""
    span, days = last_months(as_of, zone=zone)
    return insights_of(session, practice_id, span, days, as_of=as_of)


def insights_of(session: Session, practice_id: int, span: Span, days: tuple[date, ...], *, as_of: datetime) -> Insights:
    """Give the figures of a period whose parts begin on some local days; practice `ALL` means all of them."""
    counts = load_counts(session, practice_id, span)
    facts = _facts(counts)
    by_way = shares(counts.ways, "channel", "answered", "sent")
    by = {kind: shares(counts.reach, kind, "answered", "asked") for kind in ("locale", "provider_id", "location_id")}
    given = counts.answers[counts.answers["stars"].notna()]
    good = int(given.loc[given["stars"] >= GOOD_STARS, "count"].sum())
    total = int(given["count"].sum())
    return Insights(
        practice_id,
        as_of,
        days,
        _funnel(counts, facts),
        _shown(facts.satisfied, facts.answers),
        _by_part(counts.answers, days),
        total if total >= FEWEST else 0,
        _mean(given),
        _shown(good, total),
        _stars(given),
        _stars_by_part(given, days),
        shares(counts.ways, "number", "answered", "sent"),
        by_way,
        by["locale"],
        by["provider_id"],
        by["location_id"],
        _reasons(facts),
        _shown(min(facts.stops, facts.messages), facts.messages),
        facts.unread,
        (*_comparisons("way", by_way), *_comparisons("language", by["locale"])),
        prompts(facts),
    )


def shares(frame: pd.DataFrame, key: str, count: str, of: str) -> pd.DataFrame:
    """Sum a frame of counts by one of its columns; small cells are hidden, with what would give them away."""
    summed = frame[frame[key].notna()].groupby(key, sort=True)[[count, of]].sum()
    parts, wholes = _columns(summed, count, of)
    rows = [(one, int(part), int(whole)) for one, part, whole in zip(summed.index.tolist(), parts, wholes, strict=True)]
    return figures(rows, hidden([whole for _, _, whole in rows]))


def figures(rows: Sequence[tuple[Any, int, int]], places: frozenset[int]) -> pd.DataFrame:
    """Make a frame of (key, count, of) with intervals; the cells at some places are hidden."""
    made = []
    for place, (key, count, of) in enumerate(rows):
        one = share(count, of)
        is_hidden = place in places
        values = (None,) * len(_FIGURES) if is_hidden else (count, of, one.value, one.low, one.high)
        made.append((key, *values, is_hidden))
    frame = pd.DataFrame(made, columns=["key", *_FIGURES, "is_hidden"])
    types = {"count": "Int64", "of": "Int64", "share": "Float64", "low": "Float64", "high": "Float64"}
    return frame.astype({**types, "is_hidden": bool})


def _columns(frame: pd.DataFrame, *names: str) -> list[list[Any]]:
    return [frame[name].tolist() for name in names]


def _facts(counts: Counts) -> Facts:
    reach, answers = counts.reach, counts.answers
    ways = counts.ways.groupby("channel")[["answered", "sent"]].sum()
    return Facts(
        visits=counts.visits,
        asked=int(reach["asked"].sum()),
        unreachable=counts.unreachable,
        answered=int(reach["answered"].sum()),
        answers=int(answers["count"].sum()),
        satisfied=sum(answers.loc[answers["is_satisfied"].astype(bool), "count"].tolist()),
        unread=counts.unread,
        messages=int(counts.ways["sent"].sum()),
        stops=counts.stops,
        reasons={
            Why(str(why)): int(count) for why, count in zip(*_columns(counts.reasons, "why", "count"), strict=True)
        },
        texts=_way(ways, Channel.TEXT),
        mails=_way(ways, Channel.EMAIL),
    )


def _way(ways: pd.DataFrame, channel: Channel) -> Share:
    if channel.value not in ways.index:
        return share(0, 0)
    found = dict(zip(ways.index.tolist(), zip(*_columns(ways, "answered", "sent"), strict=True), strict=True))
    answered, sent = found[channel.value]
    return share(int(answered), int(sent))


def _shown(count: int, of: int) -> Share | None:
    return share(count, of) if of >= FEWEST else None


def _funnel(counts: Counts, facts: Facts) -> pd.DataFrame:
    """Count each stage; all of them are hidden where fewer than five visits were checked out."""
    found = {
        "checked_out": facts.visits,
        "decided": facts.visits - counts.undecided,
        "asked": facts.asked,
        "delivered": facts.asked - facts.unreachable,
        "answered": facts.answered,
        "completed": int(counts.reach["completed"].sum()),
    }
    rows = [
        (stage, found[stage], found[_WHOLE.get(stage, "asked" if place > 1 else stage)])
        for place, stage in enumerate(STAGES)
    ]
    small = frozenset(place for place, (_, _, of) in enumerate(rows) if 0 < of < FEWEST)
    if facts.visits < FEWEST:
        small = frozenset(range(len(rows)))
    return figures(rows, small)


def _by_part(answers: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    rows = []
    for place, day in enumerate(days):
        own = answers[answers["part"] == place]
        rows.append((day, int(own.loc[own["is_satisfied"].astype(bool), "count"].sum()), int(own["count"].sum())))
    return figures(rows, hidden([of for _, _, of in rows]))


def _mean(given: pd.DataFrame) -> float | None:
    total = int(given["count"].sum())
    if total < FEWEST:
        return None
    return float((given["stars"].astype(int) * given["count"].astype(int)).sum()) / total


def _stars(given: pd.DataFrame) -> pd.DataFrame:
    total = int(given["count"].sum())
    summed = given.groupby("stars")["count"].sum()
    rows = [(number, int(summed.get(number, 0)), total) for number in range(MOST_STARS, 0, -1)]
    return figures(rows, frozenset() if total >= FEWEST else frozenset(range(MOST_STARS)))


def _stars_by_part(given: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    counted = [int(given.loc[given["part"] == place, "count"].sum()) for place in range(len(days))]
    places = hidden(counted)
    rows = []
    for place, day in enumerate(days):
        own = given[given["part"] == place]
        is_hidden = place in places
        rows.append((day, None if is_hidden else counted[place], None if is_hidden else _mean(own), is_hidden))
    frame = pd.DataFrame(rows, columns=["key", "given", "mean", "is_hidden"])
    return frame.astype({"given": "Int64", "mean": "Float64", "is_hidden": bool})


def _reasons(facts: Facts) -> pd.DataFrame:
    """Count the reasons, the most frequent first; here the counts are the cells, for they add up."""
    ranked = sorted(facts.reasons.items(), key=lambda one: (-one[1], one[0]))
    rows = [(why.value, count, facts.visits) for why, count in ranked]
    counts = [count for _, count, _ in rows]
    places = frozenset(range(len(rows))) if is_total_hidden(counts) else hidden(counts)
    return figures(rows, places)


def _comparisons(kind: str, frame: pd.DataFrame) -> list[Comparison]:
    """Compare the cells of a kind in pairs; those with fewer than twenty are left out."""
    shown = frame[~frame["is_hidden"]]
    cells = [(str(row["key"]), share(int(row["count"]), int(row["of"]))) for row in shown.to_dict("records")]
    pairs = [(one, other) for place, one in enumerate(cells) for other in cells[place + 1 :]]
    found = ((one, other, compare(one[1], other[1])) for one, other in pairs)
    return [Comparison(kind, one[0], other[0], gap) for one, other, gap in found if gap is not None]


def cells(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    """Give the rows of a frame as plain values, empty ones as none."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
