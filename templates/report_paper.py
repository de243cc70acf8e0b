"""Reports on paper: one HTML page, set by WeasyPrint as tagged PDF; the same content gives the same bytes."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from types import ModuleType
from typing import Final

from templates.charts import FONT, INK, LINE, SOFT, Table, paper_svg
from templates.figures_enrollment import Exhibit

_STYLE: Final = f"""
@page {{ size: Letter; margin: 18mm 16mm 20mm; @bottom-left {{ content: var(--foot); font: 8pt {FONT}; color: {SOFT} }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font: 8pt {FONT}; color: {SOFT} }} }}
body {{ font: 9.5pt {FONT}, Arial, sans-serif; color: {INK} }}
h1 {{ font-size: 18pt; margin: 0 0 2mm }}
h2 {{ font-size: 12.5pt; margin: 7mm 0 1mm; break-after: avoid }}
p {{ margin: 0 0 2mm; color: {SOFT} }}
figure {{ margin: 2mm 0; break-inside: avoid }}
img {{ width: 100% }}
ul {{ margin: 1mm 0 3mm; padding-left: 5mm }}
table {{ width: 100%; border-collapse: collapse; font-size: 8.5pt }}
th {{ text-align: right; color: {SOFT}; font-weight: normal }}
td {{ text-align: right; border-top: .3pt solid {LINE}; padding: .8mm 0 }}
tr {{ break-inside: avoid }}
.word {{ text-align: left }}
"""


class PaperUnavailableError(RuntimeError):
    """The machine has no Pango; reports go out without their PDF until it is installed."""

    def __init__(self) -> None:
        super().__init__("A PDF needs the Pango library on this machine. Install Pango, then make the report again.")


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on the sheets of one report; `steps` are listed below the lead."""

    title: str
    lead: str
    exhibits: Sequence[Exhibit]
    foot: str
    locale: str = "en"
    steps_title: str = ""
    steps: Sequence[str] = ()


def report_pdf(paper: Paper) -> bytes:
    """Set a report as PDF/UA: titled, tagged, with its language; no network is asked for anything.

    Raises:
        PaperUnavailableError: the machine has no Pango.
    """
    weasyprint = _weasyprint()
    inside = weasyprint.URLFetcher(allowed_protocols=["data"])
    return bytes(weasyprint.HTML(string=report_html(paper), url_fetcher=inside).write_pdf(pdf_variant="pdf/ua-1"))


def report_html(paper: Paper) -> str:
    """Write a report as the page that is set; every word is escaped."""
    steps = "".join(f"<li>{escape(step)}</li>" for step in paper.steps)
    listed = f"<h2>{escape(paper.steps_title)}</h2><ul>{steps}</ul>" if steps else ""
    foot = escape(paper.foot.replace("\\", "").replace('"', "'").replace("\n", " "), quote=False)
    return (
        f'<!doctype html><html lang="{escape(paper.locale)}"><head><meta charset="utf-8"><title>{escape(paper.title)}'
        f'</title><style>:root {{ --foot: "{foot}" }}{_STYLE}</style></head><body><h1>{escape(paper.title)}</h1>'
        f"<p>{escape(paper.lead)}</p>{listed}{''.join(_exhibit(one) for one in paper.exhibits)}</body></html>"
    )


def _exhibit(one: Exhibit) -> str:
    drawn = f"<figure>{_picture(one)}</figure>" if one.picture else ""
    words = f"<h2>{escape(one.heading)}</h2><p>{escape(one.note)}</p>"
    return f"<section>{words}{drawn}{_table(one.table, one.words)}</section>"


def _picture(one: Exhibit) -> str:
    """Put the chart in as a picture with its words: its own letters would be read out one by one."""
    if one.picture is None:
        return ""
    drawn = paper_svg(one.picture).replace("#", "%23").replace('"', "'").replace("\n", " ")
    return f'<img src="data:image/svg+xml;utf8,{escape(drawn)}" alt="{escape(one.picture.description)}">'


def _table(table: Table, words: int) -> str:
    heads = "".join(_cell("th", word, is_word=place < words) for place, word in enumerate(table.heads))
    rows = "".join(
        f"<tr>{''.join(_cell('td', word, is_word=place < words) for place, word in enumerate(row))}</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(tag: str, word: str, *, is_word: bool) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    kind = ' class="word"' if is_word else ""
    return f"<{tag}{scope}{kind}>{escape(word)}</{tag}>"


def _weasyprint() -> ModuleType:
    try:
        return importlib.import_module("weasyprint")  # loaded where a PDF is made
    except OSError:
        raise PaperUnavailableError from None
