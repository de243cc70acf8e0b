"""The charts of Insights: shares with their intervals, stars, stages, and how satisfaction moves by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import altair as alt

from templates import charts
from templates.charts import Drawing, Picture, Row, rows_of

NARROW: Final = 480
_BAR: Final = 30
_HEAD: Final = 52
_PERCENTS: Final = [0, 0.25, 0.5, 0.75, 1]


class LinesKind(StrEnum):
    """How the rows of a chart are drawn."""

    SHARES = "shares"
    COUNTS = "counts"
    TREND = "trend"


@dataclass(frozen=True, slots=True)
class Lines(Picture):
    """A chart with its rows, so that a page can draw them without the converter."""

    kind: LinesKind
    rows: Sequence[Row]


def shares(rows: Sequence[Row], *, title: str, description: str) -> Lines:
    """Draw shares as dots with their intervals, one line each; rows: name, share, low, high."""
    return Lines(title, description, lambda width: _dots(rows, width), LinesKind.SHARES, rows)


def counts(rows: Sequence[Row], *, title: str, description: str) -> Lines:
    """Draw counts as bars with the number at their end, in the order given; rows: name, count."""
    return Lines(title, description, lambda width: _bars(rows, width), LinesKind.COUNTS, rows)


def trend(rows: Sequence[Row], *, title: str, description: str) -> Lines:
    """Draw shares by month with their intervals; rows: name (the month), share, low, high; months without are gaps."""
    return Lines(title, description, lambda width: _months(rows, width), LinesKind.TREND, rows)


def _names(rows: Sequence[Row]) -> list[str]:
    return [str(row["name"]) for row in rows]


def _by_name(rows: Sequence[Row]) -> alt.Chart:
    axis = alt.Axis(ticks=False, domain=False, labelPadding=8, labelLimit=170)
    return alt.Chart(rows_of(rows)).encode(y=alt.Y("name:N", sort=_names(rows), title=None, axis=axis))


def _dots(rows: Sequence[Row], width: int) -> Drawing:
    base = _by_name(rows)
    scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(format="%", values=_PERCENTS, title=None)
    reach = base.mark_rule(color=charts.CORE, strokeWidth=6, strokeCap="round").encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high:Q")
    )
    dot = base.mark_point(filled=True, size=90, opacity=1, color=charts.MIDDLE).encode(
        x=alt.X("share:Q", scale=scale, axis=axis)
    )
    label = base.transform_calculate(label="format(datum.share, '.0%')").mark_text(
        dy=-12, fontSize=11, color=charts.INK
    )
    words = label.encode(x=alt.X("share:Q", scale=scale, axis=axis), text="label:N")
    return _sized(alt.layer(reach, dot, words), width, _HEAD + (_BAR + 8) * max(len(rows), 1))


def _bars(rows: Sequence[Row], width: int) -> Drawing:
    most = max((float(str(row["count"])) for row in rows), default=1.0)
    base = _by_name(rows)
    scale = alt.Scale(domain=[0, max(most, 1.0) * 1.15])
    axis = alt.Axis(tickCount=6 if width > NARROW else 3, title=None, format=",d", tickMinStep=1)
    bars = base.mark_bar(color=charts.CORE, height={"band": 0.7}).encode(x=alt.X("count:Q", scale=scale, axis=axis))
    label = base.transform_calculate(label="format(datum.count, ',')").mark_text(align="left", dx=5, fontSize=12)
    words = label.encode(x=alt.X("count:Q", scale=scale, axis=axis), text="label:N", color=alt.value(charts.INK))
    return _sized(alt.layer(bars, words), width, _HEAD + _BAR * max(len(rows), 1))


def _months(rows: Sequence[Row], width: int) -> Drawing:
    axis = alt.Axis(title=None, labelAngle=0, labelOverlap=True, ticks=False)
    base = alt.Chart(rows_of(rows)).encode(x=alt.X("name:N", sort=_names(rows), axis=axis))
    scale, percents = alt.Scale(domain=[0, 1]), alt.Axis(format="%", values=_PERCENTS, title=None)
    reach = base.mark_rule(color=charts.RANGE, strokeWidth=9, strokeCap="round").encode(
        y=alt.Y("low:Q", scale=scale, axis=percents), y2=alt.Y2("high:Q")
    )
    line = base.mark_line(color=charts.MIDDLE, strokeWidth=2.2, point=alt.OverlayMarkDef(size=45, color=charts.MIDDLE))
    drawn = line.encode(y=alt.Y("share:Q", scale=scale, axis=percents))
    return _sized(alt.layer(reach, drawn), width, 260)


def _sized(chart: alt.LayerChart | alt.FacetChart, width: int, height: int) -> Drawing:
    return chart.properties(width=width, height=height)
