"""The pages in a real browser: nothing that shuts anybody out, on a phone and at a desk."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from models.db import Database
from models.rules.roles import Role
from tests.reports.journeys import Story, in_training, intake, live, plan_sessions
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, looks, served, shown, widths
from tests.web.conftest import Clock, Send, private_link
from tests.web.front_desk import a_busy_week, heard, with_a_gate
from tests.web.signed_in import member, session_of, signed_in

pytestmark = IN_CHROMIUM


@pytest.fixture
def addresses(sqlite_db: Database, send: Send, browser: Browser) -> Iterator[dict[str, str]]:
    """Serve a site with some journeys and a mail, and name its pages."""
    plan_sessions(sqlite_db)
    story = in_training(Story(sqlite_db, intake(subscriptions=["patientpop"])))
    live(Story(sqlite_db, intake("cedro", name="Clínica El Cedro", locale="es")))
    mail = send("Welcome", html='<p>Hello</p><a href="https://example.com">Look</a>')
    clock = Clock()
    clock.now = story.after(3).now
    site = with_a_gate(sqlite_db, "maple", as_of=clock.now)
    a_busy_week(sqlite_db, site.practice_id, as_of=clock.now)
    heard(sqlite_db, site.practice_id, clock.now - timedelta(hours=3), problem="no_answer")
    manager = member(sqlite_db, "manager-of-the-site", Role.ONBOARDING_MANAGER)
    token = session_of(sqlite_db, manager, as_of=clock.now)
    with served(clock) as base, signed_in(browser, base, token):
        link = private_link(story)
        yield {
            "board": f"{base}/staff/",
            "work": f"{base}/staff/work",
            "journey": f"{base}/staff/practices/maple",
            "readiness": f"{base}/staff/practices/maple/readiness",
            "waiting": f"{base}/staff/practices/maple/appointments",
            "all": f"{base}/staff/practices/maple/appointments?tab=all",
            "none": f"{base}/staff/practices/cedro/appointments?tab=all&status=drift",
            "live": f"{base}/staff/practices/cedro",
            "feeds": f"{base}/staff/practices/maple/feeds",
            "practice-en": f"{base}{link}?lang=en",
            "practice-es": f"{base}{link}?lang=es",
            "mailbox": f"{base}/mailbox/",
            "account": f"{base}/account",
            "mail": f"{base}/mailbox/{mail}",
            "missing": f"{base}/nothing",
        }


def test_no_page_shuts_anybody_out(browser: Browser, addresses: dict[str, str]) -> None:
    found = []
    for name, address in addresses.items():
        page = shown(browser, address, PHONE)
        for size, scheme, broken in looks(page):
            found += [(name, size, scheme, *one) for one in broken]
        page.close()
    assert found == []


def test_the_check_would_notice(browser: Browser, addresses: dict[str, str]) -> None:
    page = shown(browser, addresses["board"], DESK)
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=\"/static/mark.svg\">'")
    assert {one["id"] for one in Axe().run(page).response["violations"]} >= {"image-alt"}
    page.close()


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
    for name, address in addresses.items():
        if name != "missing":  # the browser itself complains about a 404
            page.goto(address)
    assert complaints == []
    assert len(asked) > len(addresses)
    assert all(url.startswith("http://127.0.0.1:") for url in asked)
    page.close()


def test_the_keyboard_reaches_every_link(browser: Browser, addresses: dict[str, str]) -> None:
    for name in ("board", "journey", "readiness", "all", "practice-en", "mail"):
        page = shown(browser, addresses[name], DESK)
        page.wait_for_load_state("networkidle")  # a frame that is still loading takes no focus
        wanted = page.evaluate("document.querySelectorAll('a[href], summary, iframe, [tabindex=\"0\"]').length")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        reached = 1
        for _ in range(wanted - 1):
            page.keyboard.press("Tab")
            reached += page.evaluate("document.activeElement !== document.body")
        assert (name, reached) == (name, wanted)
        page.close()


def test_the_skip_link_leads_to_the_content(browser: Browser, addresses: dict[str, str]) -> None:
    page = shown(browser, addresses["journey"], DESK)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.close()
