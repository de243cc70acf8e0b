"""The charts of feedback: why nobody was asked, and what another cadence would send."""

from collections.abc import Mapping, Sequence
from typing import Final

import altair as alt

from templates import charts
from templates.charts import Drawing, Picture, Row, rows_of

_BAR: Final = 26
_HEAD: Final = 60
_SIDES: Final[Sequence[str]] = ("present settings", "other settings")


def reasons_why(counts: Mapping[str, int]) -> Picture:
    """Draw how often each reason was the one why nobody was asked; most frequent first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    data = [{"why": why.replace("_", " "), "requests": number} for why, number in ordered]
    return Picture(
        "Why nobody was asked",
        "One bar per reason: the number of visits after which nobody was asked, or not further.",
        lambda width: _bars(data, width),
    )


def _bars(data: Sequence[Row], width: int) -> Drawing:
    base = alt.Chart(rows_of(data)).encode(
        y=alt.Y("why:N", sort=[str(row["why"]) for row in data], title=None, axis=alt.Axis(ticks=False, domain=False)),
        x=alt.X("requests:Q", title="Visits", axis=alt.Axis(tickMinStep=1)),
    )
    bars = base.mark_bar(color=charts.CORE, height={"band": 0.72})
    ends = base.mark_text(align="left", dx=4, fontSize=11, color=charts.INK).encode(text="requests:Q")
    return alt.layer(bars, ends).properties(width=width, height=_HEAD + _BAR * len(data))


def messages_by_side(present: Mapping[str, int], other: Mapping[str, int]) -> Picture:
    """Draw how many messages go out by attempt and way, under the present settings and under others."""
    kinds = sorted({*present, *other})
    data = [
        {"kind": kind, "side": side, "messages": counts.get(kind, 0)}
        for side, counts in zip(_SIDES, (present, other), strict=True)
        for kind in kinds
    ]
    return Picture(
        "Messages by attempt and way",
        "Two bars per attempt and way: the messages under the present settings and under the others.",
        lambda width: _pairs(data, kinds, width),
    )


def _pairs(data: Sequence[Row], kinds: Sequence[str], width: int) -> Drawing:
    color = alt.Color(
        "side:N",
        title=None,
        scale=alt.Scale(domain=list(_SIDES), range=[charts.RANGE, charts.CORE]),
        legend=alt.Legend(symbolType="square"),
    )
    drawn: alt.Chart = (
        alt.Chart(rows_of(data))
        .mark_bar()
        .encode(
            y=alt.Y("kind:N", sort=list(kinds), title=None, axis=alt.Axis(ticks=False, domain=False)),
            x=alt.X("messages:Q", title="Messages", axis=alt.Axis(tickMinStep=1)),
            yOffset=alt.YOffset("side:N", sort=list(_SIDES)),
            color=color,
        )
        .properties(width=width, height=_HEAD + 2 * _BAR * max(len(kinds), 1))
    )
    return drawn
