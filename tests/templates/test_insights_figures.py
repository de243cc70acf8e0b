"""Insights in words and charts as they were approved; set GOLDEN_UPDATE=1 to write them anew, then look."""

import os
import re
import zlib
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from lxml import etree

from models.reports.coach_board import CoachScore
from models.reports.insight_counts import Counts
from models.reports.insights import Insights, cells, insights_of
from models.reports.month import MonthOfAll
from models.rules.feedback import Why
from models.rules.insight_prompts import Prompt as NextStep
from models.rules.insight_prompts import Step
from models.rules.insights import share
from templates import charts
from templates.exports import csv_of
from templates.figures_insights import exhibits, lead, step_words
from templates.month_report import month_csv, month_pdf, month_xlsx
from templates.report_paper import Paper, report_html, report_pdf
from templates.words_insights import REASONS, STEPS

GOLDEN = Path(__file__).parent / "golden_insights"
DAYS = (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))
AS_OF = datetime(2026, 11, 25, 17, tzinfo=UTC)
pytestmark = pytest.mark.slow


def counts() -> Counts:
    """Give counts as the database gives them."""
    reach = [(71, 81, "en", 120, 40, 30), (71, 82, "es", 60, 9, 8), (72, 81, "en", 3, 1, 1), (73, 82, "en", 40, 10, 9)]
    ways = [(1, "text", 160, 30), (2, "email", 150, 18), (3, "email", 110, 12)]
    answers = [(part, True, stars, 4 + part + stars) for part in range(3) for stars in (3, 4, 5)]
    given = [*answers, (0, False, None, 4), (2, False, None, 7)]
    return Counts(
        visits=400,
        undecided=2,
        reasons=pd.DataFrame(
            [(Why.OMISSION, 90), (Why.NO_CONSENT_AND_NO_EMAIL, 70), (Why.ARCHIVED, 3)], columns=["why", "count"]
        ),
        reach=pd.DataFrame(reach, columns=["provider_id", "location_id", "locale", "asked", "answered", "completed"]),
        ways=pd.DataFrame(ways, columns=["number", "channel", "sent", "answered"]),
        answers=pd.DataFrame(given, columns=["part", "is_satisfied", "stars", "count"]),
        unreachable=8,
        stops=4,
        unread=12,
    )


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Insights:
    monkeypatch.setattr("models.reports.insights.load_counts", lambda *_: counts())
    return insights_of(None, 1, None, DAYS, as_of=AS_OF)  # type: ignore[arg-type]  # the counts are given


def same(name: str, content: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GOLDEN_UPDATE"):
        path.write_text(content, encoding="utf-8", newline="")
    assert content == path.read_bytes().decode()


@pytest.mark.parametrize("locale", ["en", "es"])
def test_the_tables_read_as_they_were_approved(figures: Insights, locale: str) -> None:
    tables = [(one.heading, one.table) for one in exhibits(figures, locale=locale)]
    same(f"tables.{locale}.csv", csv_of(tables).decode())


def test_the_frames_are_as_they_were_approved(figures: Insights) -> None:
    frames = {name: getattr(figures, name) for name in figures.__dataclass_fields__}
    shown = {name: one.to_csv(index=False) for name, one in frames.items() if isinstance(one, pd.DataFrame)}
    same("frames.txt", "\n".join(f"{name}\n{content}" for name, content in shown.items()))


def test_the_charts_look_as_they_were_approved(figures: Insights) -> None:
    for one in exhibits(figures, locale="en"):
        assert one.picture is not None
        same(f"{one.key}.svg", charts.paper_svg(one.picture))


def test_every_golden_file_is_compared(figures: Insights) -> None:
    expected = {
        "frames.txt",
        "tables.en.csv",
        "tables.es.csv",
        *(f"{one.key}.svg" for one in exhibits(figures, locale="en")),
    }
    assert {path.name for path in GOLDEN.iterdir()} == expected


def test_charts_take_their_colors_from_the_style_sheet(figures: Insights) -> None:
    for one in exhibits(figures, locale="es"):
        assert one.picture is not None
        drawn = charts.page_svg(one.picture, width=340)
        assert not re.search(r"#[0-9a-fA-F]{3,6}\b", drawn)
        assert etree.fromstring(drawn) is not None


def test_a_small_cell_is_in_no_table_and_no_chart(figures: Insights) -> None:
    """Provider 72 was asked three times: hidden, and so is the next smallest."""
    providers = {one["key"]: one["of"] for one in cells(figures.by_provider)}
    assert providers == {71: 180, 72: None, 73: None}
    (shown,) = [one for one in exhibits(figures, locale="en") if one.key == "providers"]
    assert [row[1] for row in shown.table.rows] == ["49", "hidden", "hidden"]
    assert shown.picture is not None
    assert "Provider 72" not in charts.paper_svg(shown.picture)


def test_names_stand_where_the_reader_may_know_them(figures: Insights) -> None:
    (shown,) = [
        one for one in exhibits(figures, locale="en", providers={"71": "Dr. Avery Stone"}) if one.key == "providers"
    ]
    assert [row[0] for row in shown.table.rows] == ["Dr. Avery Stone", "Provider 72", "Provider 73"]


def test_the_lead_answers_the_question(figures: Insights) -> None:
    """F-091."""
    assert lead(figures, locale="en").startswith("Patient Survey Sentiment: 88% (81 of 92")
    assert lead(figures, locale="es").startswith("Opinión de los pacientes: 88% (81 de 92")


@pytest.mark.parametrize("locale", ["en", "es"])
def test_every_step_is_said_with_its_figures(locale: str) -> None:
    """F-092."""
    for step in Step:
        words = step_words(NextStep(step, share(20, 40), share(3, 40)), locale=locale)
        assert "{" not in words
        assert re.search(r"50%|20|500", words)


def test_every_reason_and_every_step_has_words() -> None:
    assert set(REASONS) == {why.value for why in Why}
    assert set(STEPS) == {step.value for step in Step}


def test_paper_escapes_what_it_is_given(figures: Insights) -> None:
    page = report_html(Paper("<b>T</b>", "<i>", exhibits(figures, locale="en")[:1], '"; } <x>', "en", "<s>", ["<li>"]))
    assert "<b>T" not in page
    assert "<x>" not in page
    assert "<li><li>" not in page


def test_a_pdf_is_tagged_titled_and_the_same_each_time(figures: Insights) -> None:
    paper = Paper("Feedback", "Lead", exhibits(figures, locale="en")[:3], "golive", "en")
    made = report_pdf(paper)
    assert made == report_pdf(paper)
    streams = re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", made, re.DOTALL)
    content = made + b"".join(zlib.decompress(one) for one in streams)
    assert b"/StructTreeRoot" in content
    assert b"pdfuaid" in content
    assert b"/Marked true" in content


def test_a_month_report_is_the_same_each_time(figures: Insights) -> None:
    coaches = (CoachScore("coach-1", 12, 2, 1, 9, 3, 1), CoachScore("", 1, 0, 0, 2, 0, 0))
    month = MonthOfAll(DAYS[-1], {"practices_registered": 2, "messages_sent": 420}, figures, coaches)
    for make in (partial(month_pdf, foot="golive"), month_csv, month_xlsx):
        assert make(month, locale="en") == make(month, locale="en")
    tables = month_csv(month, locale="en").decode()
    assert '"Practices registered","2"' in tables
    assert '"coach-1","12","2","1","9","3","1"' in tables
    assert '"nobody yet","1","0","0","2","0","0"' in tables
