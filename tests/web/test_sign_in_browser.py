"""The way of somebody new in a real browser: mail, password, codes, a staff page, and logged off at the end."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from re import search

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from models.db import Database
from models.rules.access import Whom
from models.rules.sign_in import code_at, secret_of, step_of
from models.settings import Settings
from tasks import access, messages
from tests.factories import MONDAY, a_journey
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, served
from tests.web.conftest import Clock
from tests.web.visitor import PASSWORD, STEP

pytestmark = IN_CHROMIUM


@pytest.fixture
def site(own_settings: Settings, sqlite_db: Database) -> Iterator[tuple[str, str, Clock]]:
    """Serve a site, invite a coach by mail, and give the site's address, the mail's link and the clock."""
    clock = Clock()
    clock.now = MONDAY
    a_journey(sqlite_db)
    assert access.invite.fn(Whom("coach-1", "", "manager-1", "run:1"), as_of=clock.now).is_done
    for claim in messages.claims_of_messages(as_of=clock.now, limit=10):
        messages.deliver_messages.fn(claim, as_of=clock.now)
    with served(clock) as base:
        yield base, _link(own_settings.mailbox_folder), clock


def _link(folder: Path) -> str:
    (mail,) = folder.rglob("*.eml")
    body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    found = search(r"/i/[\w-]{22}", str(body.get_content()))
    assert found is not None
    return found[0]


def _check(page: Page) -> None:
    """Look at a page on a phone and at a desk: nothing that shuts anybody out, nothing wider than the screen."""
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        found = [(one["id"], one["nodes"][0]["html"]) for one in Axe().run(page).response["violations"]]
        assert (page.url, width, found) == (page.url, width, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def _typed(page: Page, *words: str) -> None:
    """Fill in the form by keyboard alone, and send it with Enter."""
    page.locator(".access form input:not([type=hidden]):not([readonly])").first.focus()
    for number, word in enumerate(words):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(word)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_from_the_mail_to_a_staff_page_and_logged_off_at_the_end(
    browser: Browser, site: tuple[str, str, Clock]
) -> None:
    base, link, clock = site
    page = browser.new_context(java_script_enabled=True).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(base + link)
    _check(page)
    _typed(page, PASSWORD, PASSWORD)
    assert page.title().startswith("Set up your codes")
    _check(page)
    secret = page.locator(".key").inner_text().replace(" ", "")
    _typed(page, code_at(secret_of(secret), step_of(clock.now)))
    assert page.locator("li .key").count() == 10
    _check(page)
    page.click("text=Go on to your pages")
    assert page.url == f"{base}/home"
    page.click("text=Account")
    _check(page)
    page.click("button >> nth=0")
    assert "You are signed out" in page.inner_text("main")
    _come_back(page, base, clock, secret)
    assert complaints == []
    page.context.close()


def _come_back(page: Page, base: str, clock: Clock, secret: str) -> None:
    """Sign in again, and leave the page alone until the session is over."""
    clock.now += STEP
    page.goto(f"{base}/staff/work")
    _check(page)
    _typed(page, "coach-1@golive.example.com", PASSWORD)
    _check(page)
    _typed(page, code_at(secret_of(secret), step_of(clock.now)))
    assert page.url == f"{base}/staff/work"

    clock.now += timedelta(minutes=15)
    page.reload()
    assert page.url.startswith(f"{base}/sign-in")
    assert "You were logged off" in page.inner_text("main")
    _check(page)


def test_what_is_wrong_is_said_on_top_and_beside_the_field(browser: Browser, site: tuple[str, str, Clock]) -> None:
    base, link, _ = site
    page = browser.new_context(java_script_enabled=True).new_page()
    page.goto(base + link)
    _typed(page, "password2026", "password2026")
    assert page.evaluate("document.activeElement.className") == "errors"
    assert page.get_attribute("#password", "aria-invalid") == "true"
    _check(page)
    page.goto(f"{base}/sign-in?lang=es")
    _typed(page, "nobody@example.com", "x")
    assert "no coinciden" in page.inner_text(".errors")
    _check(page)
    page.context.close()


def test_the_whole_way_works_without_scripts(browser: Browser, site: tuple[str, str, Clock]) -> None:
    base, link, clock = site
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(base + link)
    for name in ("password", "again"):
        page.fill(f"#{name}", PASSWORD)
    page.click("button")
    secret = page.locator(".key").inner_text().replace(" ", "")
    page.fill("#code", code_at(secret_of(secret), step_of(clock.now)))
    page.click("button")
    page.click("text=Go on to your pages")
    assert page.url == f"{base}/home"
    page.context.close()
