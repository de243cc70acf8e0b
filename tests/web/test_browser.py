"""The pages in a real browser: nothing that shuts anybody out, on a phone and at a desk."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from deployments.web.site import create_site
from models.db import open_database, use_database
from models.rules.roles import Role
from models.settings import Settings
from tests.reports.journeys import Story, in_training, intake, live, plan_sessions
from tests.web.conftest import Clock, Send, private_link
from tests.web.front_desk import a_busy_week, heard, with_a_gate
from tests.web.signed_in import member, session_of, signed_in

CHROMIUM = Path("/usr/bin/chromium")
PHONE = (390, 844)
DESK = (1280, 900)
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
def addresses(own_settings: Settings, sqlite_template: Path, send: Send, browser: Browser) -> Iterator[dict[str, str]]:
    """Serve a site with some journeys and a mail, and name its pages."""
    shutil.copy(sqlite_template, own_settings.database_file)
    opened = open_database(own_settings.resolved_database_url)
    with use_database(opened):
        plan_sessions(opened)
        story = in_training(Story(opened, intake(subscriptions=["patientpop"])))
        live(Story(opened, intake("cedro", name="Clínica El Cedro", locale="es")))
        mail = send("Welcome", html='<p>Hello</p><a href="https://example.com">Look</a>')
        clock = Clock()
        clock.now = story.after(3).now
        site = with_a_gate(opened, "maple", as_of=clock.now)
        a_busy_week(opened, site.practice_id, as_of=clock.now)
        heard(opened, site.practice_id, clock.now - timedelta(hours=3), problem="no_answer")
        manager = member(opened, "manager-of-the-site", Role.ONBOARDING_MANAGER)
        token = session_of(opened, manager, as_of=clock.now)
        with _served(clock) as base, signed_in(browser, base, token):
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
    opened.close()


@contextmanager
def _served(clock: Clock) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_site(now=clock), log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def _opened(browser: Browser, address: str, size: tuple[int, int], scheme: str = "light") -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]  # "light" or "dark"
    page.goto(address)
    return page


def test_no_page_shuts_anybody_out(browser: Browser, addresses: dict[str, str]) -> None:
    found = []
    for name, address in addresses.items():
        for size, scheme in ((PHONE, "light"), (DESK, "light"), (DESK, "dark")):
            page = _opened(browser, address, size, scheme)
            answer = Axe().run(page).response
            found += [(name, size, scheme, one["id"], one["nodes"][0]["html"]) for one in answer["violations"]]
            page.close()
    assert found == []


def test_the_check_would_notice(browser: Browser, addresses: dict[str, str]) -> None:
    page = _opened(browser, addresses["board"], DESK)
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=\"/static/mark.svg\">'")
    assert {one["id"] for one in Axe().run(page).response["violations"]} >= {"image-alt"}
    page.close()


def test_no_page_is_wider_than_the_screen(browser: Browser, addresses: dict[str, str]) -> None:
    for name, address in addresses.items():
        for size in ((320, 700), PHONE, DESK):
            page = _opened(browser, address, size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (name, size)
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
        page = _opened(browser, addresses[name], DESK)
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
    page = _opened(browser, addresses["journey"], DESK)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.close()
