"""Figures on paper: headings, notes, charts and tables set on Letter sheets, each sheet one SVG."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Final

from templates.charts import INK, LINE, SOFT, Table, paper_svg, pdf
from templates.figures_enrollment import Exhibit

WIDTH, HEIGHT, MARGIN = 612, 792, 40
_INNER: Final = WIDTH - 2 * MARGIN
_BOTTOM: Final = HEIGHT - 52
_FONT: Final = "Liberation Sans, Arial, sans-serif"
_ROW: Final = 15
_LETTER: Final = 0.5  # how wide a letter is on average, as a share of its size
_SIZE: Final = re.compile(r' width="([\d.]+)" height="([\d.]+)"')


@dataclass(slots=True)
class _Sheets:
    """Sheets as they fill up; `top` is where the next thing goes."""

    foot: str
    done: list[list[str]] = field(default_factory=list)
    top: float = 0

    def need(self, height: float) -> bool:
        """Begin another sheet where the rest of this one is too short; says whether it did."""
        is_new = not self.done or self.top + height > _BOTTOM
        if is_new:
            self.done.append([])
            self.top = MARGIN
        return is_new

    def write(self, words: str, *, size: float, x: float = MARGIN, style: str = f'fill="{INK}"') -> None:
        """Write one line at the present height."""
        self.done[-1].append(
            f'<text x="{x:g}" y="{self.top + size:g}" font-size="{size:g}" {style}>{escape(words)}</text>'
        )

    def finished(self) -> list[str]:
        """Give the sheets with their numbers."""
        total = len(self.done)
        return [
            _sheet(parts, f"{self.foot} \N{MIDDLE DOT} {number} of {total}")
            for number, parts in enumerate(self.done, 1)
        ]


def _sheet(parts: Sequence[str], foot: str) -> str:
    last = f'<text x="{MARGIN}" y="{HEIGHT - 26}" font-size="8" fill="{SOFT}">{escape(foot)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="{_FONT}">{"".join(parts)}{last}</svg>'
    )


def paper(title: str, lead: str, shown: Sequence[Exhibit], *, foot: str) -> bytes:
    """Set exhibits on sheets and make one PDF of them."""
    return pdf(sheets(title, lead, shown, foot=foot))


def sheets(title: str, lead: str, shown: Sequence[Exhibit], *, foot: str) -> list[str]:
    """Set exhibits on sheets, one SVG each; a table that is too long goes on under its heads on the next."""
    made = _Sheets(foot)
    made.need(HEIGHT)
    made.write(title, size=20, style=f'font-weight="bold" fill="{INK}"')
    made.top += 28
    _paragraph(made, lead, size=10.5)
    for exhibit in shown:
        _exhibit(made, exhibit)
    return made.finished()


def _exhibit(made: _Sheets, exhibit: Exhibit) -> None:
    drawn = paper_svg(exhibit.picture) if exhibit.picture else ""
    height = _height(drawn) if drawn else 0
    made.top += 18
    made.need(40 + height + 4 * _ROW)
    made.write(exhibit.heading, size=13, style=f'font-weight="bold" fill="{INK}"')
    made.top += 19
    _paragraph(made, exhibit.note, size=8.5)
    if drawn:
        made.done[-1].append(_placed(drawn, made.top + 4))
        made.top += height + 10
    _table(made, exhibit.table, exhibit.words)


def _paragraph(made: _Sheets, words: str, *, size: float) -> None:
    for line in wrap(words, int(_INNER / (size * _LETTER * 0.97))):
        made.write(line, size=size, style=f'fill="{SOFT}"')
        made.top += size * 1.4


def _height(drawn: str) -> float:
    """Say how high a chart is when it is as wide as its sheet."""
    found = _SIZE.search(drawn)
    return float(found[2]) / float(found[1]) * _INNER if found else 0


def _placed(drawn: str, top: float) -> str:
    size = f' x="{MARGIN}" y="{top:g}" width="{_INNER}" height="{_height(drawn):g}"'
    return _SIZE.sub(size, drawn, count=1)


def _table(made: _Sheets, table: Table, words: int) -> None:
    columns = _columns(table, words)
    _heads(made, table, columns, words)
    for row in table.rows:
        if made.need(_ROW):
            _heads(made, table, columns, words)
        _line(made)
        _row(made, row, columns, words, f'fill="{INK}"')


def _heads(made: _Sheets, table: Table, columns: Sequence[float], words: int) -> None:
    _row(made, table.heads, columns, words, f'fill="{SOFT}"')


def _line(made: _Sheets) -> None:
    y = made.top + 1
    made.done[-1].append(f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y:g}" y2="{y:g}" stroke="{LINE}"/>')


def _columns(table: Table, words: int) -> list[float]:
    """Give the left edge of each column and the right one of the last: words get what their longest entry needs."""
    needed = [
        max(len(line[place]) for line in (table.heads, *table.rows)) + (3 if place < words else 2)
        for place in range(len(table.heads))
    ]
    scale = _INNER / sum(needed)
    edges = [float(MARGIN)]
    for one in needed:
        edges.append(edges[-1] + one * scale)
    return edges


def _row(made: _Sheets, row: Sequence[str], columns: Sequence[float], words: int, style: str) -> None:
    """Write one row: words begin at the left of their column, figures end at its right."""
    made.top += 3
    for place, word in enumerate(row):
        room = int((columns[place + 1] - columns[place]) / (8.5 * _LETTER))
        shown = word if len(word) <= room else f"{word[: max(1, room - 1)]}\N{HORIZONTAL ELLIPSIS}"
        if place < words:
            made.write(shown, size=8.5, x=columns[place], style=style)
        else:
            made.write(shown, size=8.5, x=columns[place + 1], style=f'{style} text-anchor="end"')
    made.top += _ROW - 3
