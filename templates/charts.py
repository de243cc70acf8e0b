"""The one place that renders charts: SVG for pages, PNG for artifacts and mails, PDF for paper; no browser, no network.

Colours are named here and nowhere else. On pages each becomes a variable of the style sheet, so that a chart follows
light and dark; on paper and in pictures it is what it is here.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import count
from typing import Final, TypeAlias

import altair as alt
import vl_convert

from templates.paper import joined

INK, SOFT, LINE, SURFACE = "#18262a", "#52636a", "#dde2df", "#ffffff"
ON_DEEP, ON_PALE = "#fffffe", "#14201e"
PARTIES: Final[Mapping[str, str]] = {
    "practice": "#0072b2",
    "us": "#2fa58b",
    "clearinghouse": "#f2c14e",
    "payer": "#7a2e68",
}
"""As far apart in lightness as in hue, for whoever sees few colours; the order is that of the bars."""
ON_PARTIES: Final[Mapping[str, str]] = {
    "practice": ON_DEEP,
    "us": ON_PALE,
    "clearinghouse": ON_PALE,
    "payer": ON_DEEP,
}
LINES: Final[Sequence[str]] = ("#0072b3", "#b35c00", "#1b7f5c", "#7a2e69", "#5a6670")
DASHES: Final[Sequence[Sequence[float]]] = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4])
RANGE, CORE, MIDDLE, TARGET = "#b9cbe2", "#4f7fb8", "#0b2d55", "#a03a10"
_VARIABLES: Final[Mapping[str, str]] = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    SURFACE: "--surface",
    ON_DEEP: "--on-deep",
    ON_PALE: "--on-pale",
    **{color: f"--chart-{party}" for party, color in PARTIES.items()},
    **{color: f"--chart-line-{number}" for number, color in enumerate(LINES, 1)},
    RANGE: "--chart-range",
    CORE: "--chart-core",
    MIDDLE: "--chart-middle",
    TARGET: "--late",
}
_COLOR: Final = re.compile(r'"(#[0-9a-fA-F]{6})"')
_DROPPED: Final = re.compile(r' (font-family|role|aria-\w+)="[^"]*"')
_GROUND: Final = re.compile(r'<rect width="[\d.]+" height="[\d.]+" fill="[^"]*"/>')
_NUMBERS: Final = count(1)
FONT: Final = "Liberation Sans"  # the converter brings it along, and pages put their own in its place
PAPER_WIDTH: Final = 720
_REMEMBERED: Final = 128
_SHARP: Final = 1.25  # pixels per point: a picture inside an artifact stays below 100 kB

Row: TypeAlias = Mapping[str, object]
Drawing: TypeAlias = alt.LayerChart | alt.FacetChart | alt.Chart


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart as it is drawn at any width, with its words for whoever cannot see it."""

    title: str
    description: str
    draw: Callable[[int], Drawing]


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a chart, as words: the heads and the rows under them."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def rows_of(values: Sequence[Row]) -> alt.Data:
    """Hand rows to a chart."""
    return alt.Data(values=[dict(one) for one in values])  # type: ignore[no-untyped-call]  # altair leaves it so


def page_svg(picture: Picture, *, width: int) -> str:
    """Draw a chart for a page: colours and letters are those of the style sheet, its words are its title.

    What comes back is markup of ours in which every word was escaped; it needs no style of its own.
    """
    drawn = _svg(_spec(picture, width))
    drawn = _DROPPED.sub("", _GROUND.sub("", drawn, count=1))
    drawn = _COLOR.sub(lambda found: f'"var({_VARIABLES[found[1].lower()]})"', drawn)
    number = next(_NUMBERS)
    words = f'<title id="chart-{number}">{escape(picture.title)}</title>'
    words += f'<desc id="chart-{number}-words">{escape(picture.description)}</desc>'
    begin, _, rest = drawn.partition(">")
    begin = f'{begin} role="img" aria-labelledby="chart-{number}" aria-describedby="chart-{number}-words"'
    return f"{begin}>{words}{rest}"


def png(picture: Picture, *, width: int = 640) -> bytes:
    """Draw a chart with its title as a picture."""
    return _png(_spec(picture, width, has_title=True))


def paper_svg(picture: Picture) -> str:
    """Draw a chart for a sheet of paper, where it is set smaller than it is drawn."""
    return _svg(_spec(picture, PAPER_WIDTH))


def pdf(sheets: Sequence[str]) -> bytes:
    """Make one document of sheets that are SVG each: its words stay words, and its letters are inside."""
    return joined([_pdf(one) for one in sheets])


def _spec(picture: Picture, width: int, *, has_title: bool = False) -> str:
    """Write down a chart; the same chart gives the same words, under which its drawing is remembered."""
    chart = picture.draw(width).configure(
        aria=False,
        background=SURFACE,
        font=FONT,
        padding=4,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
    )
    chart = chart.configure_axis(
        labelColor=INK,
        titleColor=SOFT,
        gridColor=LINE,
        domainColor=LINE,
        tickColor=LINE,
        labelFontSize=12,
        titleFontSize=12,
        titleFontWeight="normal",
        labelLimit=150,
    )
    chart = chart.configure_legend(
        labelColor=INK,
        titleColor=SOFT,
        labelFontSize=12,
        titleFontSize=12,
        orient="top",
        titleFontWeight="normal",
        symbolStrokeWidth=2,
        labelLimit=150,
    )
    chart = chart.configure_view(stroke=None).configure_title(color=INK, fontSize=15, anchor="start", offset=12)
    written = chart.to_dict()
    if has_title:
        written["title"] = picture.title
    return json.dumps(written, sort_keys=True)


@lru_cache(maxsize=_REMEMBERED)
def _svg(spec: str) -> str:
    return str(vl_convert.vegalite_to_svg(spec))


@lru_cache(maxsize=_REMEMBERED // 4)
def _png(spec: str) -> bytes:
    return bytes(vl_convert.vegalite_to_png(spec, scale=_SHARP))


@lru_cache(maxsize=_REMEMBERED // 4)
def _pdf(sheet: str) -> bytes:
    return bytes(vl_convert.svg_to_pdf(sheet))
