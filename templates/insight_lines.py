"""The charts of Insights on pages, written straight as SVG: fast, remembered nowhere, as wide as they are asked for.

The style sheet gives colours and letters; every figure stands in the table beside the chart too.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from templates.charts import Row
from templates.charts_insights import Lines, LinesKind

_STEP: Final = 44
_FOOT: Final = 22
_EDGE: Final = 8
_TREND: Final = 240
_MONTH: Final = 64
_SCALE: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


def lines_svg(lines: Lines, *, key: str, width: int) -> str:
    """Draw a chart; `key` makes its title's id unique on the page. Every word of it is escaped."""
    match lines.kind:
        case LinesKind.TREND:
            height, drawn = _TREND, _trend(lines.rows, width)
        case LinesKind.COUNTS:
            height, drawn = _STEP * len(lines.rows) + 4, _counts(lines.rows, width)
        case LinesKind.SHARES:
            height, drawn = _STEP * len(lines.rows) + _FOOT, _shares(lines.rows, width)
    number = f"{escape(key)}-{width}"
    return (
        f'<svg class="lines" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{number}-title" '
        f'aria-describedby="{number}-words"><title id="{number}-title">{escape(lines.title)}</title>'
        f'<desc id="{number}-words">{escape(lines.description)}</desc>{drawn}</svg>'
    )


def _figure(row: Row, name: str) -> float:
    return float(str(row[name]))


def _head(place: int, row: Row, said: str, width: int) -> str:
    down = _STEP * place + 18
    return (
        f'<text x="{_EDGE}" y="{down}">{escape(str(row["name"]))}</text>'
        f'<text class="figure" x="{width - _EDGE}" y="{down}" text-anchor="end">{escape(said)}</text>'
    )


def _counts(rows: Sequence[Row], width: int) -> str:
    most = max((_figure(row, "count") for row in rows), default=1.0) or 1.0
    whole = width - 2 * _EDGE
    made = []
    for place, row in enumerate(rows):
        count, down = _figure(row, "count"), _STEP * place + 25
        made.append(
            f'{_head(place, row, f"{count:,.0f}", width)}<rect class="rail" x="{_EDGE}" y="{down}" width="{whole}" '
            f'height="11" rx="3"/><rect class="part" x="{_EDGE}" y="{down}" width="{whole * count / most:.1f}" '
            'height="11" rx="3"/>'
        )
    return "".join(made)


def _shares(rows: Sequence[Row], width: int) -> str:
    whole = width - 2 * _EDGE
    made = [
        f'<text class="scale" x="{_EDGE + whole * one:.1f}" y="{_STEP * len(rows) + 15}" '
        f'text-anchor="{_anchor(one)}">{one:.0%}</text>'
        for one in _SCALE
    ]
    for place, row in enumerate(rows):
        part, low, high = (_figure(row, name) for name in ("share", "low", "high"))
        down = _STEP * place + 30
        made.append(
            f"{_head(place, row, f'{part:.0%}', width)}"
            f'<rect class="rail" x="{_EDGE}" y="{down - 1}" width="{whole}" height="2"/>'
            f'<rect class="reach" x="{_EDGE + whole * low:.1f}" y="{down - 4}" width="{whole * (high - low):.1f}" '
            f'height="8" rx="4"/><circle class="dot" cx="{_EDGE + whole * part:.1f}" cy="{down}" r="6"/>'
        )
    return "".join(made)


def _anchor(share: float) -> str:
    return "start" if share == 0 else "end" if share == 1 else "middle"


def _trend(rows: Sequence[Row], width: int) -> str:
    left, top, bottom = 44, 12, _TREND - 34
    tall, wide = bottom - top, width - left - 2 * _EDGE
    middles = [left + wide * (place + 0.5) / max(len(rows), 1) for place in range(len(rows))]
    made = []
    for one in _SCALE:
        down = bottom - tall * one
        made.append(
            f'<rect class="rail" x="{left}" y="{down:.1f}" width="{wide}" height="1"/>'
            f'<text class="scale" x="{left - 6}" y="{down + 4:.1f}" text-anchor="end">{one:.0%}</text>'
        )
    every = max(1, -(-len(rows) * _MONTH // wide))
    for place, (row, across) in enumerate(zip(rows, middles, strict=True)):
        if place % every == 0:
            words = escape(str(row["name"]))
            made.append(f'<text class="scale" x="{across:.1f}" y="{bottom + 20}" text-anchor="middle">{words}</text>')
        if row["share"] is None:
            continue
        low, part, high = (bottom - tall * _figure(row, name) for name in ("low", "share", "high"))
        made.append(
            f'<rect class="reach" x="{across - 4:.1f}" y="{high:.1f}" width="8" height="{low - high:.1f}" rx="4"/>'
            f'<circle class="dot" cx="{across:.1f}" cy="{part:.1f}" r="6"/>'
        )
    return "".join(made)
