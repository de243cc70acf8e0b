"""A practice's own pages at the portal in a real browser: phone and desk, both languages, by keyboard, no script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from models.db import Database
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, served, shown
from tests.web.conftest import Clock
from tests.web.enrollments import several_states
from tests.web.front_desk import with_a_gate
from tests.web.signed_in import session_of, signed_in
from tests.web.test_desk_browser import violations

pytestmark = IN_CHROMIUM
KEY = "cedar-hill"
PAGES = ("progress", "progress/enrollments", "progress/launch")


@pytest.fixture
def base(sqlite_db: Database, browser: Browser) -> Iterator[str]:
    made = several_states(sqlite_db)
    clock = Clock()
    clock.now = with_a_gate(sqlite_db, KEY, as_of=made.now).now
    token = session_of(sqlite_db, "office", practice=KEY, as_of=clock.now)
    with served(clock) as address, signed_in(browser, address, token):
        yield f"{address}/staff/practices/{KEY}"


def test_no_page_shuts_anybody_out(browser: Browser, base: str) -> None:
    found: list[object] = []
    for name in PAGES:
        for size, scheme, lang in ((PHONE, "light", "es"), (DESK, "dark", "en"), ((320, 700), "light", "en")):
            page = shown(browser, f"{base}/{name}?lang={lang}", size, scheme)
            assert page.locator("h1").count() == 1
            found += violations(page, f"{name}-{lang}", size)
            page.close()
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_every_link(browser: Browser, base: str, name: str) -> None:
    page = shown(browser, f"{base}/{name}", DESK)
    wanted = page.evaluate("[...document.querySelectorAll('a[href]')].filter(one => one.checkVisibility()).length")
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
