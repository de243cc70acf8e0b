"""Insights of a practice answer whether patients were satisfied, with the report's numbers; files hold no formulas."""

import csv
import io
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from deployments.web import insights as pages
from deployments.web.site import create_site
from models.db import Database
from models.reports.insight_periods import last_days, week_of
from models.reports.insights import insights_of
from models.rules.feedback import RequestState, Why
from models.store.keys import keys_of
from models.tables.feedback import FeedbackAnswerRow, FeedbackRequestRow
from models.tables.practices import Location, Provider
from templates import charts
from templates.figures_insights import exhibits
from templates.report_paper import Paper, PaperUnavailableError
from templates.reputation_report import NAMED
from tests.reports.test_insights import Past
from tests.store.asking import DAY, an_asking
from tests.templates.test_exports import PAYLOADS
from tests.web.conftest import Clock
from tests.web.signed_in import SignedIn
from tests.web.test_home import statements

NOW = datetime(2026, 11, 25, 17, tzinfo=UTC)
RECENT = NOW - timedelta(days=6)
PAGE = "/staff/practices/maple-street/insights"
ZONE = "America/New_York"


@pytest.fixture
def past(db: Database, clock: Clock) -> Past:
    clock.now = NOW
    return Past(an_asking(db))


@pytest.fixture
def desk(db: Database, clock: Clock, past: Past) -> Iterator[SignedIn]:
    """Give the browser of somebody at the front desk, who reads Spanish."""
    with SignedIn(create_site(now=clock), db, "desk", practice="maple-street") as browser:
        yield browser


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def tables_of(page: str) -> list[list[list[str]]]:
    """Give the tables of a page as words, without their heads."""
    found = []
    for table in re.findall(r'<table class="figures-table">.*?</table>', page, re.DOTALL):
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        cells = [[unescape(one) for one in re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row)] for row in rows]
        found.append(cells[1:])
    return found


def busy(past: Past, at: datetime = RECENT) -> None:
    past.answers(18, stars=5, at=at, completed_at=at + DAY, links_shown=2)
    past.answers(6, stars=3, at=at, by="email")
    past.answers(6, at=at, completed_at=at + DAY, links_shown=2)
    past.asked(12, at=at, by="email")
    past.requests(20, RequestState.SUPPRESSED, at, why=Why.NO_CONSENT_AND_NO_EMAIL)


def test_the_cards_answer_in_a_sentence_first(client: TestClient, past: Past) -> None:
    """F-090, F-091."""
    busy(past)
    page = client.get(PAGE).text
    words = words_of(page)
    for title in ("Reputation Overview", "Patient Survey Sentiment"):
        assert f">{title}</h3>" in page
    answer = "24 of 30 patients who answered were satisfied with their visit: 80% (with 95 % certainty between 63% and"
    assert answer in words
    sentiment = page[page.index('id="card-sentiment"') :]
    assert sentiment.index("24 of 30 patients") < sentiment.index("<table")
    assert "Patients gave 4.5 of 5 stars on average (24 gave stars)." in words
    assert "Of 62 visits that were checked out, 42 patients were asked and 30 answered." in words


def test_the_next_best_step_is_told_with_its_figures(client: TestClient, past: Past) -> None:
    """F-092."""
    busy(past)
    words = words_of(client.get(PAGE).text)
    step = "32% of your visits have no consent to texts and no email: offer the box at the desk."
    assert f"Next best step {step}" in words


def test_the_span_is_chosen_by_links(client: TestClient, past: Past) -> None:
    past.answers(10, stars=5, at=NOW - timedelta(days=60))
    past.answers(7, stars=5, at=RECENT)
    said = {days: words_of(client.get(f"{PAGE}?days={days}").text) for days in (30, 90, 365)}
    assert "7 of 7 patients" in said[30]
    assert "17 of 17 patients" in said[90]
    assert "Nov 26, 2025 to Wed, Nov 25" in said[365]
    assert client.get(PAGE).text.count('aria-current="true">90 days') == 1
    assert client.get(f"{PAGE}?days=7").text == client.get(PAGE).text
    spanish = client.get(f"{PAGE}?days=30&lang=es").text
    assert 'href="?days=365&amp;lang=es"' in spanish


def test_the_page_has_the_numbers_of_the_weekly_report(client: TestClient, past: Past, db: Database) -> None:
    busy(past)
    monday = datetime(2026, 11, 16, tzinfo=UTC).date()
    week = week_of(monday, zone=ZONE)
    assert week.start <= RECENT < RECENT + DAY < week.end
    figures = db.read(lambda s: insights_of(s, past.asking.practice, week, (monday,), as_of=NOW))
    report = [one for one in exhibits(figures, locale="en") if one.key not in NAMED]
    shown = tables_of(client.get(f"{PAGE}?days=30").text)
    for one in report:
        assert [list(row) for row in one.table.rows] in shown, one.key


def test_the_page_has_the_numbers_of_its_frames(client: TestClient, past: Past, db: Database) -> None:
    busy(past)
    span, days = last_days(NOW, zone=ZONE, count=90)
    figures = db.read(lambda s: insights_of(s, past.asking.practice, span, days, as_of=NOW))
    shown = tables_of(client.get(PAGE).text)
    for one in exhibits(figures, locale="en"):
        if one.key not in NAMED:
            assert [list(row) for row in one.table.rows] in shown, one.key


def test_the_files_hold_what_the_page_shows(client: TestClient, past: Past) -> None:
    busy(past)
    shown = tables_of(client.get(PAGE).text)
    content = client.get(f"{PAGE}.csv").content.decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(content)) if row]
    for table in shown:
        for row in table:
            assert row in rows
    with zipfile.ZipFile(io.BytesIO(client.get(f"{PAGE}.xlsx").content)) as book:
        sheets = "".join(book.read(name).decode() for name in book.namelist() if "sheet" in name)
    assert all(word in unescape(sheets) for table in shown for row in table for word in row)
    paper = client.get(f"{PAGE}.pdf")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    name = 'attachment; filename="insights-maple-street-2026-08-28-2026-11-25.csv"'
    assert client.get(f"{PAGE}.csv").headers["content-disposition"] == name


@pytest.mark.parametrize("words", PAYLOADS)
def test_no_name_becomes_a_formula(client: TestClient, past: Past, db: Database, words: str) -> None:
    named(past, db, words)
    content = client.get(f"{PAGE}.csv").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(content)) for cell in row]
    assert f"'{words}" in cells
    assert words not in cells
    with zipfile.ZipFile(io.BytesIO(client.get(f"{PAGE}.xlsx").content)) as book:
        sheets = "".join(book.read(name).decode() for name in book.namelist() if "worksheets" in name)
    assert "<f>" not in sheets
    assert set(re.findall(r' t="(\w+)"', sheets)) == {"inlineStr"}


def named(past: Past, db: Database, words: str) -> None:
    """Give the practice's providers and locations a name, and answers of them."""
    past.answers(10, stars=5, at=RECENT)

    def store(session: Session) -> None:
        keys = keys_of(session, past.asking.practice)
        number = session.scalars(select(Provider.id)).first()
        session.execute(update(FeedbackRequestRow).values(provider_id=number))
        for row in session.scalars(select(Provider)):
            row.name = keys.seal(words, table="providers", column="name", row_id=row.id)
        session.execute(update(Location).values(name=words))
        place = session.scalars(select(Location.id)).first()
        session.execute(update(FeedbackRequestRow).values(location_id=place))

    db.transaction(store)


def test_names_are_escaped_on_the_page(client: TestClient, past: Past, db: Database) -> None:
    named(past, db, "Dr. <b>Stone</b> & Co")
    page = client.get(PAGE).text
    assert "<b>Stone" not in page
    assert page.count("Dr. &lt;b&gt;Stone&lt;/b&gt; &amp; Co") >= 4


def test_small_cells_stay_hidden(client: TestClient, past: Past) -> None:
    past.answers(4, stars=1, at=RECENT)
    words = words_of(client.get(PAGE).text)
    assert "Too few patients answered to say whether they were satisfied" in words
    assert "Fewer than five patients gave stars." in words
    assert "4 of 4" not in words
    assert not re.search(r"\b4 4 100", words)


def test_the_gate_meter_shows_the_rate_of_links_for_yes_and_for_no(
    client: TestClient, past: Past, db: Database
) -> None:
    """F-210."""
    busy(past)
    shown = tables_of(client.get(PAGE).text)
    assert [row[:4] for row in shown[-1]] == [
        ["Answered yes", "18", "18", "100.0%"],
        ["Answered no", "6", "6", "100.0%"],
    ]
    assert "People were shown different links" not in client.get(PAGE).text
    gated = update(FeedbackAnswerRow).where(FeedbackAnswerRow.is_satisfied.is_(False)).values(links_shown=0)
    db.transaction(lambda s: s.execute(gated))
    assert "People were shown different links under the same settings." in client.get(PAGE).text


def test_a_practice_reads_them_in_its_language(desk: SignedIn, past: Past) -> None:
    busy(past)
    words = words_of(desk.get(PAGE).text)
    for said in (
        "24 de 30 pacientes que respondieron quedaron satisfechos con su visita: 80%",
        "El mejor próximo paso",
        "Quién vio los enlaces públicos",
        "Estadísticas",
        "bajas por cada 1,000 mensajes",
    ):
        assert said in words
    assert "Satisfied" not in words


def test_a_period_without_visits_says_so(client: TestClient, past: Past) -> None:
    words = words_of(client.get(PAGE).text)
    assert "Fewer than five visits were checked out in this period" in words
    assert client.get(f"{PAGE}.csv").status_code == 200


def test_nothing_of_a_page_is_remembered(client: TestClient, past: Past, db: Database) -> None:
    named(past, db, "Dr. Avery Stone")
    before = charts._svg.cache_info()
    page = client.get(PAGE)
    assert "Dr. Avery Stone" in page.text
    assert charts._svg.cache_info() == before
    assert page.headers["cache-control"] == "no-store"


def test_a_machine_without_pango_says_so_on_the_page(
    client: TestClient, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_paper(_paper: Paper) -> bytes:
        raise PaperUnavailableError

    monkeypatch.setattr(pages, "report_pdf", no_paper)
    answer = client.get(f"{PAGE}.pdf")
    assert answer.status_code == 503
    assert "No PDF can be made on this machine" in answer.text
    assert ">Table (CSV)</a>" in answer.text


def test_a_page_takes_less_than_a_second(client: TestClient, past: Past) -> None:
    for months in range(10):
        busy(past, RECENT - timedelta(days=30 * months))
        past.answers(150, stars=4, at=RECENT - timedelta(days=30 * months + 3))
    client.get(PAGE)
    begun = time.process_time()
    assert client.get(f"{PAGE}?days=365").status_code == 200
    assert time.process_time() - begun < 1


def test_a_year_of_answers_asks_the_database_no_more_often_than_a_month(client: TestClient, past: Past) -> None:
    asked = []
    for months in (range(1), range(1, 10)):
        for month in months:
            busy(past, RECENT - timedelta(days=30 * month))
            past.answers(150, stars=4, at=RECENT - timedelta(days=30 * month + 3))
        client.get(f"{PAGE}?days=365")  # the first look warms up
        asked.append(statements(past.asking.db, lambda: client.get(f"{PAGE}?days=365")))
    assert asked[0] == asked[1]
