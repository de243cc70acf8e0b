"""Charts in each form: SVG that follows a page's colours, PNG, and PDF of several sheets; their words are escaped."""

import math
import re
import struct
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from lxml import etree

from templates import charts, charts_enrollment
from templates.charts import Picture, Table
from templates.figures_enrollment import Exhibit, markdown_table, table_rows
from templates.paper import UnreadablePageError, joined
from templates.sheets import sheets

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"
NASTY = 'Humana <b>"Gold"</b> & Sons'


def parties() -> Picture:
    rows = [
        {"payer": payer, "party": party, "days": days}
        for payer in ("Medicare", NASTY)
        for party, days in (("practice", 4.2), ("us", 12.0), ("clearinghouse", 1.0), ("payer", 38.5))
    ]
    return charts_enrollment.days_by_party(rows)


def waiting() -> Picture:
    rows = [
        {"payer": payer, "days": day, "share": 1 - day / 50} for payer in ("Medicare", NASTY) for day in (0, 20, 40)
    ]
    return charts_enrollment.waiting(rows)


def ranges() -> Picture:
    days = {"early": "2026-12-01", "sooner": "2026-12-10", "likely": "2027-01-04", "later": "2027-02-01"}
    rows: list[dict[str, object]] = [{"name": NASTY, **days, "late": "2027-03-01", "target": "2027-01-29"}]
    return charts_enrollment.ranges(rows, title="Ranges", target_on=date(2027, 1, 29))


def approvals() -> Picture:
    rows = [
        {"week": week, "transaction": kind, "count": 2}
        for week in ("2026-11-02", "2026-11-23")
        for kind in ("era", "eft")
    ]
    return charts_enrollment.approvals(rows)


EVERY = pytest.mark.parametrize("made", [parties, waiting, ranges, approvals])


@EVERY
def test_a_chart_of_a_page_is_svg_with_a_title_and_a_description(made: Callable[[], Picture]) -> None:
    picture = made()
    root = etree.fromstring(charts.page_svg(picture, width=700))
    title, words = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert title is not None
    assert words is not None
    assert (title.text, words.text) == (picture.title, picture.description)
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == (title.get("id"), words.get("id"))
    assert root.get("viewBox", "").startswith("0 0 700")


@EVERY
def test_a_chart_of_a_page_takes_every_color_from_the_style_sheet(made: Callable[[], Picture]) -> None:
    """So it follows light and dark, and a content policy without styles of its own lets it through."""
    drawn = charts.page_svg(made(), width=700)
    assert not re.search(r"#[0-9a-fA-F]{3,6}\b", drawn)
    assert "var(--ink)" in drawn
    assert not re.search(r"<style| style=|font-family|<script|<image|href=", drawn)


def test_every_color_of_charts_is_named_in_the_style_sheet_for_light_and_dark() -> None:
    from deployments.web.static import stylesheet

    light, dark = stylesheet().split("prefers-color-scheme: dark", maxsplit=1)
    for name in charts._VARIABLES.values():
        assert f"{name}: #" in light, name
        assert f"{name}: #" in dark, name


@EVERY
def test_words_in_charts_are_escaped(made: Callable[[], Picture]) -> None:
    drawn = charts.page_svg(made(), width=340)
    assert "<b>" not in drawn
    assert etree.fromstring(drawn) is not None


def test_two_charts_on_a_page_have_names_of_their_own() -> None:
    names = re.findall(
        r'id="(chart-[^"]+)"', charts.page_svg(parties(), width=340) + charts.page_svg(parties(), width=340)
    )
    assert len(names) == len(set(names)) == 4


@EVERY
def test_a_chart_as_a_picture_is_png_of_twice_its_size_at_most(made: Callable[[], Picture]) -> None:
    picture = charts.png(made(), width=400)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    assert 400 <= width <= 800
    assert height > 80
    assert len(picture) < 150_000


def test_the_same_chart_is_drawn_once() -> None:
    before = charts._svg.cache_info().hits
    charts.page_svg(approvals(), width=512)
    charts.page_svg(approvals(), width=512)
    assert charts._svg.cache_info().hits > before


def test_parties_differ_in_lightness_and_not_in_hue_alone() -> None:
    """For whoever sees few colours: neighbours in a bar are far apart in grey, too."""

    def grey(color: str) -> float:
        red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
        return 0.2126 * math.pow(red, 2.2) + 0.7152 * math.pow(green, 2.2) + 0.0722 * math.pow(blue, 2.2)

    shades = [grey(color) for color in charts.PARTIES.values()]
    for one, other in pairwise(shades):
        light, dark = max(one, other), min(one, other)
        assert (light + 0.05) / (dark + 0.05) > 1.5


def exhibit(rows: int, *, picture: Picture | None = None) -> Exhibit:
    table = Table(("Payer", "Sent", "Open"), [(f"Payer {number} {NASTY}", "7", "3") for number in range(rows)])
    return Exhibit("payers", "By payer", "What the figures mean. " * 12, table, picture)


def test_a_long_table_goes_on_under_its_heads_on_the_next_sheet() -> None:
    made = sheets("Figures", "Seven", [exhibit(120)], foot="golive")
    assert len(made) == 3
    for number, sheet in enumerate(made, 1):
        texts = ["".join(one.itertext()) for one in etree.fromstring(sheet).iter(f"{SVG}text")]
        assert f"golive \N{MIDDLE DOT} {number} of 3" in texts
        assert "Sent" in texts
    assert sum(sheet.count(">7<") for sheet in made) == 120


def test_nothing_is_set_beyond_the_edges_of_a_sheet() -> None:
    for sheet in sheets("Figures", "Seven", [exhibit(40, picture=parties()), exhibit(5)], foot="golive"):
        own = re.sub(r"<svg x=.*?</svg>", "", sheet)
        places = [(float(x), float(y)) for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"', own)]
        assert all(40 <= x <= 572 and 0 < y <= 770 for x, y in places)


def test_a_document_has_its_sheets_in_order_and_every_reference_leads_somewhere() -> None:
    made = sheets("Figures", "Seven", [exhibit(60, picture=parties()), exhibit(20, picture=waiting())], foot="golive")
    document = charts.pdf(made)
    assert document.startswith(b"%PDF-1.7")
    assert document.endswith(b"%%EOF\n")
    place = int(re.findall(rb"startxref\s+(\d+)", document)[-1])
    assert document[place : place + 4] == b"xref"
    offsets = [int(one) for one in re.findall(rb"(\d{10}) 00000 n", document[place:])]
    for number, offset in enumerate(offsets, 1):
        assert document[offset:].startswith(b"%d 0 obj" % number)
    tree = document[offsets[1] : offsets[2]]
    kids = [int(one) for one in re.findall(rb"(\d+) 0 R", tree)]
    assert len(kids) == len(made)
    for kid in kids:
        assert re.search(rb"/Type\s*/Page\b", document[offsets[kid - 1] :][:900])
        assert b"/Parent 2 0 R" in document[offsets[kid - 1] :][:900]
    heads = re.sub(rb"stream\r?\n.*?endstream", b"", document[:place], flags=re.DOTALL)
    assert all(0 < int(one) <= len(offsets) for one in re.findall(rb"(\d+) 0 R\b", heads))


@pytest.mark.parametrize("page", [b"", b"%PDF-1.7 nothing", b"%PDF\n1 0 obj\n<<>>\nxref\n0 1\ntrailer\n"])
def test_a_page_of_an_unknown_form_is_refused(page: bytes) -> None:
    with pytest.raises(UnreadablePageError):
        joined([page])


def test_tables_become_markdown_and_rows() -> None:
    table = Table(("Payer", "Sent"), [("A | <b>", "7")])
    assert markdown_table(table) == "| Payer | Sent |\n| --- | --- |\n| A \\| &lt;b&gt; | 7 |"
    assert table_rows(table) == [{"Payer": "A | <b>", "Sent": "7"}]


def test_a_chart_without_rows_is_drawn_too() -> None:
    for picture in (
        charts_enrollment.days_by_party([]),
        charts_enrollment.waiting([]),
        charts_enrollment.ranges([], title="Nothing"),
        charts_enrollment.approvals([]),
    ):
        assert etree.fromstring(charts.page_svg(picture, width=340)) is not None
