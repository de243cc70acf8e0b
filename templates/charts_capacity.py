"""The charts of a simulated capacity: week by week in stacks or lines, and how long go-live takes."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from templates import charts
from templates.charts import Drawing, Picture, Row, rows_of

NARROW: Final = 480
HEIGHT: Final = 260
_WEEK_WORDS: Final = "utcFormat(toDate(datum.value), '%b %-d')"


def stacks(rows: Sequence[Row], kinds: Sequence[str], *, title: str, description: str) -> Picture:
    """Draw counts per week, stacked by kind; rows: week (its Monday, ISO), kind, count; at most five kinds."""
    return Picture(title, description, lambda width: _stacks(rows, list(kinds), width))


def lines(rows: Sequence[Row], kinds: Sequence[str], *, title: str, description: str, unit: str) -> Picture:
    """Draw figures per week as lines; rows: week (its Monday, ISO), kind, value; at most five kinds."""
    return Picture(title, description, lambda width: _lines(rows, list(kinds), unit, width))


def spread(rows: Sequence[Row], *, title: str, description: str, unit: str) -> Picture:
    """Draw how many fall between two figures; rows: begin, end, count."""
    return Picture(title, description, lambda width: _spread(rows, unit, width))


def _week() -> alt.X:
    axis = alt.Axis(title=None, labelAngle=0, labelExpr=_WEEK_WORDS, labelOverlap=True, ticks=False)
    return alt.X("week:O", axis=axis)


def _legend(width: int) -> alt.Legend:
    return alt.Legend(columns=2 if width <= NARROW else 0)


def _color(kinds: list[str], width: int) -> alt.Color:
    scale = alt.Scale(domain=kinds, range=list(charts.LINES[: len(kinds)]))
    return alt.Color("kind:N", title=None, legend=_legend(width), scale=scale)


def _stacks(rows: Sequence[Row], kinds: list[str], width: int) -> Drawing:
    ranks = {kind: place for place, kind in enumerate(kinds)}
    data = [{**row, "rank": ranks[str(row["kind"])]} for row in rows]
    bars = alt.Chart(rows_of(data)).mark_bar(stroke=charts.SURFACE, strokeWidth=0.5)
    drawn = bars.encode(
        x=_week(),
        y=alt.Y("sum(count):Q", axis=alt.Axis(title=None, format=",d", tickCount=5)),
        color=_color(kinds, width),
        order=alt.Order("rank:Q"),
    )
    return _sized(drawn, width)


def _lines(rows: Sequence[Row], kinds: list[str], unit: str, width: int) -> Drawing:
    scale = alt.Scale(domain=kinds, range=[list(one) for one in charts.DASHES[: len(kinds)]])
    drawn = (
        alt.Chart(rows_of(rows))
        .mark_line(strokeWidth=2.4)
        .encode(
            x=_week(),
            y=alt.Y("value:Q", axis=alt.Axis(title=unit, tickCount=5), scale=alt.Scale(zero=True)),
            color=_color(kinds, width),
            strokeDash=alt.StrokeDash("kind:N", title=None, legend=None, scale=scale),
        )
    )
    return _sized(drawn, width)


def _spread(rows: Sequence[Row], unit: str, width: int) -> Drawing:
    base = alt.Chart(rows_of(rows))
    bars = base.mark_bar(color=charts.CORE, stroke=charts.SURFACE).encode(
        x=alt.X("begin:Q", axis=alt.Axis(title=unit, tickCount=8 if width > NARROW else 4, grid=False)),
        x2=alt.X2("end:Q"),
        y2=alt.Y2Datum(0),
        y=alt.Y("count:Q", axis=alt.Axis(title=None, format="d", tickCount=5, tickMinStep=1)),
    )
    return _sized(bars, width)


def _sized(chart: Drawing, width: int) -> Drawing:
    return chart.properties(width=width, height=HEIGHT)
