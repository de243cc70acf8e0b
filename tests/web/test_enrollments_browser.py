"""The page of a practice's enrollments in a real browser: on a phone and at a desk, by keyboard, without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from models.db import Database
from models.store.practices import link_token
from tests.store.enrolling import enrolling
from tests.web.browsing import IN_CHROMIUM, PHONE, looks, served, shown, widths
from tests.web.conftest import Clock
from tests.web.enrollments import several_states
from tests.web.signed_in import session_of, signed_in

pytestmark = IN_CHROMIUM


@pytest.fixture
def addresses(sqlite_db: Database, browser: Browser) -> Iterator[dict[str, str]]:
    made = {"full": several_states(sqlite_db), "plain": enrolling(sqlite_db)}
    clock = Clock()
    clock.now = made["full"].now
    signed = session_of(sqlite_db, "manager-1", as_of=clock.now)
    with served(clock) as base, signed_in(browser, base, signed):
        found = dict[str, str]()
        for name, one in made.items():
            token = sqlite_db.read(lambda s, one=one: link_token(s, one.practice, one.journey))  # type: ignore[misc]
            found |= {f"{name}-{lang}": f"{base}/j/{token}/enrollments?lang={lang}" for lang in ("en", "es")}
        yield found | {"work": f"{base}/staff/work"}


def test_no_page_shuts_anybody_out(browser: Browser, addresses: dict[str, str]) -> None:
    found = []
    for name, address in addresses.items():
        page = shown(browser, address, PHONE)
        for size, scheme, broken in looks(page):
            found += [(name, size, scheme, *one) for one in broken]
        page.close()
    assert found == []


def test_no_page_is_wider_than_the_screen(browser: Browser, addresses: dict[str, str]) -> None:
    for name, address in addresses.items():
        page = shown(browser, address, PHONE)
        for width, wanted in widths(page):
            assert wanted <= width, (name, width)
        page.close()


def test_the_keyboard_reaches_every_link(browser: Browser, addresses: dict[str, str]) -> None:
    page = shown(browser, addresses["full-en"], PHONE)
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
