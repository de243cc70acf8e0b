"""The way out of feedback mails in a real browser: on a phone, by keyboard, without a script, in both languages."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from models.db import Database
from models.store.feedback_changes import tokens_of
from models.store.keys import keys_of
from tests.store.asking import Asking, an_asking
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, served, shown
from tests.web.conftest import Clock

pytestmark = IN_CHROMIUM


@pytest.fixture
def way_out(sqlite_db: Database) -> Iterator[tuple[Asking, str, int]]:
    asking = an_asking(sqlite_db)
    asking.patient()
    request = asking.check_out()
    clock = Clock()
    clock.now = asking.now
    token = tokens_of(sqlite_db.read(lambda s: keys_of(s, asking.practice)), request)[1]
    with served(clock) as base:
        yield asking, f"{base}/s/{token}", request


def test_the_pages_shut_nobody_out(browser: Browser, way_out: tuple[Asking, str, int]) -> None:
    """F-066, F-207: before and after, small and large, light and dark."""
    _, address, _ = way_out
    found = []
    for size, scheme in ((PHONE, "light"), (PHONE, "dark"), (DESK, "light"), ((320, 700), "dark")):
        page = shown(browser, f"{address}?lang=es", size, scheme)
        for _ in range(2):
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            answer = Axe().run(page).response
            found += [(size, scheme, one["id"], one["nodes"][0]["html"]) for one in answer["violations"]]
            if button := page.query_selector("main button"):
                button.click()
                page.wait_for_load_state()
        page.close()
    assert found == []


def test_a_reader_opts_out_by_keyboard_and_without_a_script(browser: Browser, way_out: tuple[Asking, str, int]) -> None:
    """F-207: look first, then press."""
    asking, address, request = way_out
    context = browser.new_context(java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    page.goto(address)
    assert not asking.scene(request).visit.person.is_email_stopped
    page.get_by_role("button", name="Stop these emails").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="You get no more of these emails").wait_for()
    assert asking.scene(request).visit.person.is_email_stopped
    context.close()
