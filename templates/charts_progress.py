"""The chart of a progress report: how much of each step is behind a practice, one bar per step."""

from collections.abc import Sequence

import altair as alt

from templates import charts
from templates.charts import Drawing, Picture, Row, rows_of

_ROW = 30
_COLORS = {"done": charts.MIDDLE, "skipped": charts.LINE, "open": charts.CORE, "closed": charts.LINE}


def steps_chart(rows: Sequence[Row], *, title: str, description: str) -> Picture:
    """Draw steps as bars that fill; rows: name, share (0 to 1), state, label."""
    return Picture(title, description, lambda width: _drawn(rows, width))


def _drawn(rows: Sequence[Row], width: int) -> Drawing:
    axis = alt.Axis(ticks=False, domain=False, labelPadding=8, labelLimit=190)
    order = [str(row["name"]) for row in rows]
    base = alt.Chart(rows_of(rows)).encode(y=alt.Y("name:N", sort=order, title=None, axis=axis))
    scale = alt.Scale(domain=[0, 1.5])
    whole = base.mark_bar(color=charts.LINE, height={"band": 0.55}).encode(x=alt.X(datum=1, scale=scale, axis=None))
    color = alt.Color("state:N", scale=alt.Scale(domain=[*_COLORS], range=[*_COLORS.values()]), legend=None)
    filled = base.mark_bar(height={"band": 0.55}).encode(x=alt.X("share:Q", scale=scale, axis=None), color=color)
    words = base.mark_text(align="left", dx=8, fontSize=12, color=charts.INK).encode(
        x=alt.X(datum=1, scale=scale, axis=None), text="label:N"
    )
    return alt.layer(whole, filled, words).properties(width=width, height=_ROW * max(len(rows), 1))
