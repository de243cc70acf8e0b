"""The charts of payer enrollments: days by party, who still waits, forecast ranges, approvals per week."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import altair as alt

from templates import charts
from templates.charts import Drawing, Picture, Row, rows_of

PARTY_WORDS: Final[Mapping[str, str]] = {
    "practice": "Practice",
    "us": "Us",
    "clearinghouse": "Clearinghouse",
    "payer": "Payer",
}
TRANSACTION_WORDS: Final[Mapping[str, str]] = {"claims": "E-claims", "era": "ERA", "eft": "EFT", "portal": "Portal"}
NARROW: Final = 480
MOST_LINES: Final = len(charts.LINES)
_DAY_WORDS: Final = (
    "utcmonth(datum.value) == 0 && utcdate(datum.value) == 1 ? utcFormat(datum.value, '%b %Y') "
    ": utcFormat(datum.value, '%b %-d')"
)
_BAR: Final = 26
_HEAD: Final = 74
_PERCENT: Final = alt.Axis(format="%", tickCount=5, title=None, values=[0, 0.25, 0.5, 0.75, 1])


def days_by_party(rows: Sequence[Row]) -> Picture:
    """Draw the mean days from the payer list to the approval, split by who was waited for (E-28).

    Rows: payer (its name), party, days; in the order in which the payers shall stand.
    """
    payers = list(dict.fromkeys(str(row["payer"]) for row in rows))
    ranks = {party: place for place, party in enumerate(PARTY_WORDS)}
    data = [{**row, "rank": ranks[str(row["party"])], "words": PARTY_WORDS[str(row["party"])]} for row in rows]
    longest = max((sum(_figure(row["days"]) for row in rows if row["payer"] == payer) for payer in payers), default=0)
    return Picture(
        "Days by who was waited for",
        "Stacked bars, one per payer: the mean days from the payer list to the approval. The table holds the figures.",
        lambda width: _bars_of_parties(data, payers, longest, width),
    )


def _bars_of_parties(data: Sequence[Row], payers: list[str], longest: float, width: int) -> Drawing:
    base = alt.Chart(rows_of(data)).encode(
        y=alt.Y("payer:N", sort=payers, title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8)),
        x=alt.X("days:Q", stack="zero", title="Days", axis=alt.Axis(tickCount=6 if width > NARROW else 4)),
        order=alt.Order("rank:Q"),
    )
    color = alt.Color(
        "words:N",
        title=None,
        scale=alt.Scale(domain=list(PARTY_WORDS.values()), range=list(charts.PARTIES.values())),
        legend=alt.Legend(columns=2 if width <= NARROW else 0, symbolType="square"),
    )
    bars = base.mark_bar(stroke=charts.SURFACE, strokeWidth=1.5, height={"band": 0.72}).encode(color=color)
    fits = longest * 26 / max(width - 170, 1)
    labels = base.transform_filter(alt.datum.days >= fits).transform_calculate(label="format(datum.days, '.0f')")
    ends = labels.mark_text(align="right", dx=-5, fontSize=11).encode(
        text="label:N",
        color=alt.Color(
            "words:N",
            legend=None,
            scale=alt.Scale(domain=list(PARTY_WORDS.values()), range=list(charts.ON_PARTIES.values())),
        ),
    )
    return _sized(alt.layer(bars, ends).resolve_scale(color="independent"), width, _HEAD + _BAR * len(payers))


def waiting(rows: Sequence[Row]) -> Picture:
    """Draw which share of the enrollments sent to each payer still waits after so many days (E-40).

    Rows: payer (its name), days, share; at most five payers, each beginning at day 0 with all.
    """
    payers = list(dict.fromkeys(str(row["payer"]) for row in rows))
    return Picture(
        "How long a decision takes",
        "One falling line per payer: the share of enrollments that still wait, by days since the submission. Open ones "
        "count as long as they are open. The table holds the figures.",
        lambda width: _falling_lines(rows, payers, width),
    )


def _falling_lines(rows: Sequence[Row], payers: list[str], width: int) -> Drawing:
    legend = alt.Legend(columns=1 if width <= NARROW else 0, symbolType="stroke", symbolSize=500)
    lines = (
        alt.Chart(rows_of(rows))
        .mark_line(interpolate="step-after", strokeWidth=2.4)
        .encode(
            x=alt.X("days:Q", title="Days since the submission", axis=alt.Axis(tickCount=6 if width > NARROW else 4)),
            y=alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=_PERCENT),
            color=alt.Color(
                "payer:N", title=None, legend=legend, scale=alt.Scale(domain=payers, range=charts.LINES[: len(payers)])
            ),
            strokeDash=alt.StrokeDash(
                "payer:N", title=None, legend=legend, scale=alt.Scale(domain=payers, range=charts.DASHES[: len(payers)])
            ),
        )
    )
    return _sized(lines, width, 300)


def ranges(rows: Sequence[Row], *, title: str, target_on: date | None = None) -> Picture:
    """Draw forecasts as ranges: 10 to 90 percent light, 25 to 75 percent dark where known, half marked (E-41).

    Rows: name, early, likely, late and, where known, sooner, later, target; days in ISO format.
    """
    data = [dict(row) for row in rows]
    goal = f" The dashed line is the target, {target_on.isoformat()}." if target_on else ""
    return Picture(
        title,
        "One bar per row, from the day that one in ten futures meets to the day that nine in ten meet; the mark is the "
        f"day that half of them meet.{goal} The table holds the days.",
        lambda width: _range_bars(data, target_on, width),
    )


def _range_bars(data: Sequence[Row], target_on: date | None, width: int) -> Drawing:
    names = list(dict.fromkeys(str(row["name"]) for row in data))
    axis = alt.Axis(labelExpr=_DAY_WORDS, tickCount=7 if width > NARROW else 3, title=None, labelOverlap=True)
    scale = alt.Scale(type="utc", zero=False, padding=8)
    base = alt.Chart(rows_of(data)).encode(
        y=alt.Y("name:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    )
    layers = [
        base.mark_bar(color=charts.RANGE, cornerRadius=3, height={"band": 0.55}).encode(
            x=alt.X("early:T", scale=scale, axis=axis), x2=alt.X2("late:T")
        )
    ]
    if any("sooner" in row for row in data):
        core = base.mark_bar(color=charts.CORE, height={"band": 0.55})
        layers.append(core.encode(x=alt.X("sooner:T", scale=scale, axis=axis), x2=alt.X2("later:T")))
    middle = base.mark_tick(color=charts.MIDDLE, thickness=3, height={"band": 0.8})
    layers.append(middle.encode(x=alt.X("likely:T", scale=scale, axis=axis)))
    if any(row.get("target") for row in data):
        diamonds = base.mark_point(shape="diamond", size=70, filled=True, color=charts.TARGET, opacity=1)
        layers.append(diamonds.encode(x=alt.X("target:T", scale=scale, axis=axis)))
    if target_on is not None:
        goal = alt.Chart(rows_of([{"target": target_on.isoformat()}]))
        layers.append(
            goal.mark_rule(color=charts.TARGET, strokeWidth=2, strokeDash=[5, 3]).encode(
                x=alt.X("target:T", scale=scale, axis=axis)
            )
        )
    return _sized(alt.layer(*layers), width, 46 + (_BAR + 6) * max(len(names), 1))


def approvals(rows: Sequence[Row]) -> Picture:
    """Draw approvals per week, stacked by transaction; rows: week (its Monday, ISO), transaction, count."""
    kinds = list(TRANSACTION_WORDS.values())
    weeks = _weeks(rows)
    data: list[Row] = [{**row, "kind": TRANSACTION_WORDS[str(row["transaction"])]} for row in rows]
    data += [{"week": week, "kind": kinds[0], "count": 0} for week in weeks]
    most = max((sum(_figure(row["count"]) for row in rows if row["week"] == week) for week in weeks), default=0)
    return Picture(
        "Approvals per week",
        "Bars, one per week, stacked by what was approved. The table holds the figures.",
        lambda width: _weekly_bars(data, kinds, most, width),
    )


def _weeks(rows: Sequence[Row]) -> list[str]:
    """List every week from the first to the last, those without approvals too."""
    known = [date.fromisoformat(str(row["week"])) for row in rows]
    if not known:
        return []
    count = (max(known) - min(known)).days // 7 + 1
    return [(min(known) + timedelta(days=7 * number)).isoformat() for number in range(count)]


def _weekly_bars(data: Sequence[Row], kinds: list[str], most: float, width: int) -> Drawing:
    axis = alt.Axis(
        title=None, labelAngle=0, labelExpr="utcFormat(toDate(datum.value), '%b %-d')", labelOverlap=True, ticks=False
    )
    legend = alt.Legend(columns=2 if width <= NARROW else 0, symbolType="square")
    whole = alt.Axis(title=None, format="d", tickCount=min(int(most), 5) or 1)
    bars = (
        alt.Chart(rows_of(data))
        .mark_bar(stroke=charts.SURFACE, strokeWidth=1)
        .encode(
            x=alt.X("week:O", axis=axis, scale=alt.Scale(paddingInner=0.25)),
            y=alt.Y("sum(count):Q", axis=whole),
            color=alt.Color(
                "kind:N",
                title=None,
                legend=legend,
                scale=alt.Scale(domain=kinds, range=list(charts.PARTIES.values())),
            ),
        )
    )
    return _sized(bars, width, 250)


def _sized(chart: Drawing, width: int, height: int) -> Drawing:
    return chart.properties(width=width, height=height)


def _figure(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0
