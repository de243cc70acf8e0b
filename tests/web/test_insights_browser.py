"""The first page and Insights in a real browser: phone and desk, light and dark, by keyboard, without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from deployments.web.cookies import SESSION
from models.db import Database
from models.rules.decisions import Process
from models.rules.reputation import ANSWER_LOW_STARS
from models.tables.feedback import FeedbackRequestRow
from models.tables.practices import Provider
from tests.reports.test_insights import Past
from tests.store.asking import an_asking
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, looks, served, widths
from tests.web.conftest import Clock
from tests.web.signed_in import session_of
from tests.web.test_home import opens
from tests.web.test_insights import busy

pytestmark = IN_CHROMIUM
NOW = datetime(2026, 11, 25, 17, tzinfo=UTC)
INSIGHTS = "/staff/practices/maple-street/insights"
PAGES = ("/home?lang=en", "/home?lang=es", f"{INSIGHTS}?days=365&lang=en", f"{INSIGHTS}?days=365&lang=es")


class Site(NamedTuple):
    """Where the site is, with a token of somebody at the desk."""

    base: str
    token: str


@pytest.fixture
def site(sqlite_db: Database) -> Iterator[Site]:
    past = Past(an_asking(sqlite_db))
    for months in range(5):
        busy(past, NOW - timedelta(days=6 + 30 * months))
    past.attempts(past.asked(25, NOW - timedelta(days=9)), 2, "email", NOW - timedelta(days=8))
    of_both_providers(sqlite_db)
    late, soon = NOW - timedelta(days=1), NOW + timedelta(days=2)
    for number in (41, 42, 43):
        opens(sqlite_db, "maple-street", ("review", Process.APPOINTMENT), due=late, number=number)
    opens(sqlite_db, "maple-street", ("text.answer", Process.TEXTING), ("text.doubt", Process.TEXTING), due=late)
    opens(sqlite_db, "maple-street", (ANSWER_LOW_STARS, Process.REPUTATION), ("message.9", Process.FEEDBACK), due=soon)
    opens(sqlite_db, "maple-street", ("drift.patients", Process.PRACTICE), due=None)
    clock = Clock()
    clock.now = NOW
    with served(clock) as base:
        yield Site(base, session_of(sqlite_db, "desk", practice="maple-street", as_of=NOW))


def of_both_providers(db: Database) -> None:
    """Share the requests between the two providers of the practice."""

    def store(session: Session) -> None:
        one, other = session.scalars(select(Provider.id).order_by(Provider.id)).all()
        row = FeedbackRequestRow
        session.execute(update(row).values(provider_id=case((row.id % 3 == 0, one), else_=other)))

    db.transaction(store)


def open_at(browser: Browser, site: Site, path: str, size: tuple[int, int], **chosen: object) -> Page:
    """Open a page of the site as somebody at the desk."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **chosen)  # type: ignore[arg-type]  # the rest is named where it is used
    context.add_cookies([{"name": SESSION, "value": site.token, "url": site.base}])
    page = context.new_page()
    page.goto(site.base + path)
    return page


def test_no_page_shuts_anybody_out(browser: Browser, site: Site) -> None:
    found = []
    for path in PAGES:
        page = open_at(browser, site, path, PHONE)
        for size, scheme, broken in looks(page):
            found += [(path, size, scheme, *one) for one in broken]
        page.context.close()
    assert found == []


def test_no_page_is_wider_than_the_screen(browser: Browser, site: Site) -> None:
    for path in PAGES:
        page = open_at(browser, site, path, PHONE)
        for width, wanted in widths(page):
            assert wanted <= width, (path, width)
        page.context.close()


def test_the_keyboard_reaches_every_link_and_every_table(browser: Browser, site: Site) -> None:
    for path in PAGES[:3:2]:
        page = open_at(browser, site, path, DESK)
        wanted = page.evaluate(
            "[...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')]"
            ".filter(one => one.checkVisibility()).length"
        )
        reached = 0
        for _ in range(wanted):
            page.keyboard.press("Tab")
            reached += page.evaluate("document.activeElement !== document.body")
        assert (path, reached) == (path, wanted)
        page.context.close()


def test_everything_works_without_scripts(browser: Browser, site: Site) -> None:
    page = open_at(browser, site, "/home?lang=en", PHONE, java_script_enabled=False)
    page.click("text=Doubtful stops")
    assert page.locator("table.todo tbody tr").count() == 1
    page.goto(f"{site.base}{INSIGHTS}?lang=en")
    page.click("text=30 days")
    assert page.url.endswith("?days=30&lang=en")
    assert page.locator(".chart-phone svg.lines").first.is_visible()
    assert not page.locator(".chart-desk svg.lines").first.is_visible()
    assert "patients who answered were satisfied" in page.inner_text("#card-sentiment + p")
    page.context.close()


def test_nothing_is_blocked_and_nothing_comes_from_elsewhere(browser: Browser, site: Site) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page = open_at(browser, site, PAGES[0], DESK)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(site.base + path)
    assert complaints == []
    assert asked
    assert all(url.startswith(site.base) for url in asked)
    page.context.close()
