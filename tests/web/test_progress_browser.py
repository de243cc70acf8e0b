"""A practice's own pages at the portal in a real browser: phone and desk, both languages, by keyboard, no script."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from models.db import open_database, use_database
from models.settings import Settings
from tests.web.conftest import Clock
from tests.web.enrollments import several_states
from tests.web.front_desk import with_a_gate
from tests.web.signed_in import session_of, signed_in
from tests.web.test_browser import CHROMIUM, DESK, PHONE, _opened, _served
from tests.web.test_desk_browser import violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium at {CHROMIUM}"),
]
KEY = "cedar-hill"
PAGES = ("progress", "progress/enrollments", "progress/launch")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def base(own_settings: Settings, sqlite_template: Path, browser: Browser) -> Iterator[str]:
    shutil.copy(sqlite_template, own_settings.database_file)
    opened = open_database(own_settings.resolved_database_url)
    with use_database(opened):
        made = several_states(opened)
        clock = Clock()
        clock.now = with_a_gate(opened, KEY, as_of=made.now).now
        token = session_of(opened, "office", practice=KEY, as_of=clock.now)
        with _served(clock) as address, signed_in(browser, address, token):
            yield f"{address}/staff/practices/{KEY}"
    opened.close()


def test_no_page_shuts_anybody_out(browser: Browser, base: str) -> None:
    found: list[object] = []
    for name in PAGES:
        for size, scheme, lang in ((PHONE, "light", "es"), (DESK, "dark", "en"), ((320, 700), "light", "en")):
            page = _opened(browser, f"{base}/{name}?lang={lang}", size, scheme)
            assert page.locator("h1").count() == 1
            found += violations(page, f"{name}-{lang}", size)
            page.close()
    assert found == []


def test_the_keyboard_reaches_every_link(browser: Browser, base: str) -> None:
    page = _opened(browser, f"{base}/progress/launch", DESK)
    wanted = page.evaluate("document.querySelectorAll('a[href]').length")
    reached = set()
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML"))
    assert len(reached) == wanted
    page.close()


def test_the_pages_lead_to_each_other_without_a_script(browser: Browser, base: str) -> None:
    page = browser.new_page(java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{base}/progress?lang=en")
    page.get_by_role("link", name="See how each enrollment stands").click()
    page.get_by_role("link", name="Launch readiness").click()
    page.get_by_role("link", name="Español").click()
    assert page.get_by_role("heading", name="Lo que necesitamos de usted").is_visible()
    page.get_by_role("link", name="Incorporación").click()
    assert page.url.endswith("/progress")
    page.close()
