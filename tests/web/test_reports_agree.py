"""What reports say by mail and in Prefect is what the portal says of the same week and month (F-092, E-43)."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database
from models.reports import onboarding_forecast
from models.reports.enrollment_figures import enrollment_figures, scoreboards
from tasks import reports
from tests.reports.test_insights import Past
from tests.reports.test_weekly_reputation import IN_THE_WEEK, MONDAY, queued, written
from tests.store.asking import an_asking
from tests.web.conftest import Clock
from tests.web.enrollments import several_states
from tests.web.signed_in import SignedIn
from tests.web.test_insights import words_of
from tests.web.test_staff_month import table_of, tables_of

INSIGHTS = "/staff/practices/maple-street/insights"
Shown = dict[str, Any]


@pytest.fixture
def past(db: Database, clock: Clock) -> Past:
    """Give a practice whose patients answered in the last week, and some before and after it."""
    clock.now = MONDAY + timedelta(hours=6)
    made = Past(an_asking(db))
    made.answers(9, stars=5, at=IN_THE_WEEK)
    made.answers(3, at=IN_THE_WEEK)
    made.answers(8, stars=1, at=IN_THE_WEEK - timedelta(days=8))
    made.asked(11, IN_THE_WEEK)
    return made


@pytest.fixture
def office(db: Database, clock: Clock, past: Past) -> Iterator[TestClient]:
    with SignedIn(create_site(now=clock), db, "office", practice="maple-street") as browser:
        yield browser


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Give what would be shown in Prefect, by key."""
    kept: Shown = {}
    for kind in ("table", "markdown"):
        monkeypatch.setattr(
            reports, f"create_{kind}_artifact", lambda content, *, key, description: kept.update({key: content})
        )
    monkeypatch.setattr(reports, "create_link_artifact", lambda link, *, link_text, key: kept.update({key: link}))
    return kept


def test_the_weekly_mail_has_the_numbers_of_the_same_week_at_the_portal(db: Database, office: TestClient) -> None:
    """F-092: in its words and in every table of its files."""
    queued(db)
    letter, mail = written(db)
    page = words_of(office.get(f"{INSIGHTS}?week={letter.first.isoformat()}&lang=en").text)
    portal = tables_of(office.get(f"{INSIGHTS}.csv?week={letter.first.isoformat()}&lang=en").content)
    sent = tables_of(next(one.content for one in mail.attachments if one.name.endswith(".csv")))
    assert len(sent) >= 4
    assert {heading: portal[heading] for heading in sent} == sent
    assert "75% (9 of 12" in mail.text
    assert "9 of 12 patients who answered were satisfied" in page
    assert "Unread: 20" in mail.text
    assert f"{letter.figures.unread} " in page
    steps = [line.removeprefix("- ") for line in mail.text.splitlines() if line.startswith("- ")]
    assert [one for one in steps if one not in page] == []


def written_table(content: str) -> list[list[str]]:
    """Read the table of a page in Markdown."""
    lines = [unescape(line).strip("|").split("|") for line in content.splitlines() if line.startswith("|")]
    return [[" ".join(cell.split()) for cell in line] for line in lines if set(line[0].strip()) != {"-"}]


def test_the_portal_leads_to_the_last_week(office: TestClient) -> None:
    page = office.get(f"{INSIGHTS}?lang=en").text
    assert 'href="?week=2026-11-30&amp;lang=en">Last week</a>' in page
    week = office.get(f"{INSIGHTS}?week=2026-11-30&lang=en").text
    assert 'aria-current="true">Last week</a>' in week
    assert "insights.csv?week=2026-11-30&amp;lang=en" in week
    assert "Mon, Nov 30 to Sun, Dec 6" in words_of(week)
    pdf = office.get(f"{INSIGHTS}.xlsx?week=2026-11-30")
    assert "insights-maple-street-2026-11-30-2026-12-06.xlsx" in pdf.headers["content-disposition"]


@pytest.mark.parametrize("asked", ["2026-12-01", "2026-12-14", "x", "20261130", "0001-01-01", "9999-12-27", "%00"])
def test_what_is_no_week_has_no_page(office: TestClient, asked: str) -> None:
    assert office.get(f"{INSIGHTS}?week={asked}").status_code == 404


def test_the_month_in_prefect_has_the_numbers_of_its_page(
    db: Database, clock: Clock, client: TestClient, shown: Shown
) -> None:
    """E-43: counts, the scoreboards of coaches and payers, and what patients answered."""
    Past(an_asking(db)).answers(9, stars=5, at=IN_THE_WEEK)
    clock.now = max(several_states(db).now, MONDAY.replace(year=2027, month=1))
    reports.show_month.fn(as_of=clock.now)
    page = client.get("/staff/month").text
    assert shown.pop("month-files").endswith("/staff/month?month=2026-12")
    assert len(shown) > 5
    for key, content in shown.items():
        heads, *rows = table_of(page, key.removeprefix("month-").replace("_", "-")) or table_of(
            page, key.removeprefix("month-").replace("-", "_")
        )
        if isinstance(content, list):
            assert [list(row.values()) for row in content] == rows
        else:
            assert written_table(content) == [heads, *rows]


def test_the_month_forecasts_nothing_since_it_shows_no_forecast(
    db: Database, clock: Clock, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = several_states(db).now
    shown, whole = db.read(lambda s: (scoreboards(s, as_of=clock.now), enrollment_figures(s, as_of=clock.now)))
    assert (shown.scores, shown.parties, shown.reasons) == (whole.scores, whole.parties, whole.reasons)
    assert (len(shown.forecasts), len(shown.names)) == (0, 0)
    assert len(whole.forecasts) > 0
    thrown: list[object] = []

    def throw(plans: list[object]) -> list[object]:
        thrown.extend(plans)
        return []

    monkeypatch.setattr(onboarding_forecast, "forecast_go_live", throw)
    assert client.get("/staff/month").status_code == 200
    assert thrown == []
