"""The page of a practice's enrollments in a real browser: on a phone and at a desk, by keyboard, without a script."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from models.db import open_database, use_database
from models.settings import Settings
from models.store.practices import link_token
from tests.store.enrolling import enrolling
from tests.web.conftest import Clock
from tests.web.enrollments import several_states
from tests.web.signed_in import session_of, signed_in
from tests.web.test_browser import CHROMIUM, DESK, PHONE, _opened, _served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def addresses(own_settings: Settings, sqlite_template: Path, browser: Browser) -> Iterator[dict[str, str]]:
    shutil.copy(sqlite_template, own_settings.database_file)
    opened = open_database(own_settings.resolved_database_url)
    with use_database(opened):
        made = {"full": several_states(opened), "plain": enrolling(opened)}
        clock = Clock()
        clock.now = made["full"].now
        signed = session_of(opened, "manager-1", as_of=clock.now)
        with _served(clock) as base, signed_in(browser, base, signed):
            found = dict[str, str]()
            for name, one in made.items():
                token = opened.read(lambda s, one=one: link_token(s, one.practice, one.journey))  # type: ignore[misc]
                found |= {f"{name}-{lang}": f"{base}/j/{token}/enrollments?lang={lang}" for lang in ("en", "es")}
            yield found | {"work": f"{base}/staff/work"}
    opened.close()


def test_no_page_shuts_anybody_out(browser: Browser, addresses: dict[str, str]) -> None:
    found = []
    for name, address in addresses.items():
        for size, scheme in ((PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark")):
            page = _opened(browser, address, size, scheme)
            answer = Axe().run(page).response
            found += [(name, size, scheme, one["id"], one["nodes"][0]["html"]) for one in answer["violations"]]
            page.close()
    assert found == []


def test_no_page_is_wider_than_the_screen(browser: Browser, addresses: dict[str, str]) -> None:
    for name, address in addresses.items():
        for size in ((320, 700), PHONE, DESK):
            page = _opened(browser, address, size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (name, size)
            page.close()


def test_the_keyboard_reaches_every_link(browser: Browser, addresses: dict[str, str]) -> None:
    page = _opened(browser, addresses["full-en"], PHONE)
    wanted = page.evaluate("document.querySelectorAll('a[href]').length")
    reached = set()
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML"))
    assert len(reached) == wanted == 6
    page.close()


def test_the_pages_work_without_a_script_and_lead_to_each_other(browser: Browser, addresses: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    page.goto(addresses["full-en"])
    page.get_by_role("link", name="Your onboarding").click()
    page.get_by_role("link", name="See how each enrollment stands").click()
    assert page.get_by_role("heading", name="What we need from you").is_visible()
    page.get_by_role("link", name="Español").click()
    assert page.get_by_role("heading", name="Lo que necesitamos de usted").is_visible()
    context.close()
