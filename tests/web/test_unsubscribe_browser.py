"""The way out of feedback mails in a real browser: on a phone, by keyboard, without a script, in both languages."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from models.db import open_database, use_database
from models.settings import Settings
from models.store.feedback_changes import tokens_of
from models.store.keys import keys_of
from tests.store.asking import Asking, an_asking
from tests.web.conftest import Clock
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
def served(own_settings: Settings, sqlite_template: Path) -> Iterator[tuple[Asking, str, int]]:
    shutil.copy(sqlite_template, own_settings.database_file)
    opened = open_database(own_settings.resolved_database_url)
    with use_database(opened):
        asking = an_asking(opened)
        asking.patient()
        request = asking.check_out()
        clock = Clock()
        clock.now = asking.now
        token = tokens_of(opened.read(lambda s: keys_of(s, asking.practice)), request)[1]
        with _served(clock) as base:
            yield asking, f"{base}/s/{token}", request
    opened.close()


def test_the_pages_shut_nobody_out(browser: Browser, served: tuple[Asking, str, int]) -> None:
    """F-066, F-207: before and after, small and large, light and dark."""
    _, address, _ = served
    found = []
    for size, scheme in ((PHONE, "light"), (PHONE, "dark"), (DESK, "light"), ((320, 700), "dark")):
        page = _opened(browser, f"{address}?lang=es", size, scheme)
        for _ in range(2):
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            answer = Axe().run(page).response
            found += [(size, scheme, one["id"], one["nodes"][0]["html"]) for one in answer["violations"]]
            if button := page.query_selector("main button"):
                button.click()
                page.wait_for_load_state()
        page.close()
    assert found == []


def test_a_reader_opts_out_by_keyboard_and_without_a_script(browser: Browser, served: tuple[Asking, str, int]) -> None:
    """F-207: look first, then press."""
    asking, address, request = served
    context = browser.new_context(java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    page.goto(address)
    assert not asking.scene(request).visit.person.is_email_stopped
    page.get_by_role("button", name="Stop these emails").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="You get no more of these emails").wait_for()
    assert asking.scene(request).visit.person.is_email_stopped
    context.close()
