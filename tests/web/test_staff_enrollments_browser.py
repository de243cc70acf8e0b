"""The staff's pages of enrollments in a real browser: on a phone and at a desk, light and dark, by keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from models.db import Database
from tests.reports.payer_history import a_practice, an_enrollment, approved, waiting
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, looks, served, shown, widths
from tests.web.conftest import Clock
from tests.web.enrollments import several_states
from tests.web.signed_in import session_of, signed_in

pytestmark = IN_CHROMIUM


@pytest.fixture
def addresses(sqlite_db: Database, browser: Browser) -> Iterator[dict[str, str]]:
    made = several_states(sqlite_db)
    for number in range(4):
        practice = a_practice(sqlite_db, f"practice-{number}")
        an_enrollment(sqlite_db, practice, approved(200 + number, 240 + 7 * number))
        an_enrollment(sqlite_db, practice, waiting(230), payer="united-behavioral-health-of-new-york")
    clock = Clock()
    clock.now = made.now
    token = session_of(sqlite_db, "manager-1", as_of=clock.now)
    with served(clock) as base, signed_in(browser, base, token):
        staff = f"{base}/staff"
        yield {
            "board": f"{staff}/enrollments",
            "late": f"{staff}/enrollments?late=yes&payer=cigna",
            "practice": f"{staff}/practices/cedar-hill/enrollments",
            "pending": f"{staff}/enrollments/{made.number('medicare')}",
            "needs": f"{staff}/enrollments/{made.number('medicare', 'eft')}",
            "live": f"{staff}/enrollments/{made.number('aetna')}",
            "figures": f"{staff}/enrollments/figures",
            "forecast": f"{staff}/practices/cedar-hill/forecast",
            "month": f"{staff}/month",
        }


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


def test_nothing_is_blocked_and_nothing_comes_from_elsewhere(browser: Browser, addresses: dict[str, str]) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for address in addresses.values():
        page.goto(address)
    assert complaints == []
    assert all(url.startswith("http://127.0.0.1:") for url in asked)
    page.close()


def test_charts_follow_light_and_dark_and_fit_the_screen(browser: Browser, addresses: dict[str, str]) -> None:
    for size, place in ((PHONE, ".chart-phone svg"), (DESK, ".chart-desk svg")):
        inks = set()
        for scheme in ("light", "dark"):
            page = shown(browser, addresses["figures"], size, scheme)
            chart = page.locator(place).first
            assert chart.is_visible()
            letters = chart.locator("text").first
            inks.add(letters.evaluate("one => getComputedStyle(one).fill"))
            box = letters.evaluate("one => one.getBoundingClientRect().left")
            assert box >= 0
            assert letters.evaluate("one => one.getBoundingClientRect().height") >= 9
            page.close()
        assert len(inks) == 2


def test_the_keyboard_reaches_every_link_and_every_wide_table(browser: Browser, addresses: dict[str, str]) -> None:
    for name in ("board", "practice", "figures", "forecast", "month"):
        page = shown(browser, addresses[name], DESK)
        wanted = page.evaluate(
            "[...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')]"
            ".filter(one => one.checkVisibility()).length"
        )
        reached = 0
        for _ in range(wanted):
            page.keyboard.press("Tab")
            reached += page.evaluate("document.activeElement !== document.body")
        assert (name, reached) == (name, wanted)
        page.close()


def test_payers_open_by_keyboard_and_narrow_the_board(browser: Browser, addresses: dict[str, str]) -> None:
    page = shown(browser, addresses["board"], DESK)
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Cigna 2").press("Enter")
    page.wait_for_url("**/staff/enrollments?payer=cigna")
    assert page.locator("table.open-ones tbody tr").count() == 2
    page.get_by_role("link", name="Cigna, ERA").click()
    assert page.locator("h1").inner_text() == "Cigna, ERA"
    page.close()
