"""The booking pages in a real browser: on a phone and at a desk, in both languages, by keyboard, without a script."""

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from models.db import Database
from models.tables.appointments import RequestRow
from models.tables.booking import WidgetRow
from tests.booking import NOW, Booking, a_booking
from tests.web.booking_visitor import PERSON
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, served, window
from tests.web.conftest import Clock

LABELS = {"en": ("Continue", "Continue"), "es": ("Continuar", "Continuar")}
SMALLEST = """() => [...document.querySelectorAll("button, input, select, textarea, .tick, .day, .go, .quiet-go")]
  .filter((one) => one.checkVisibility() && !one.matches(".quiet, .tick input, .either input"))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height, one.getBoundingClientRect().width])
  .filter(([, height, width]) => height < 44 || width < 44)"""
pytestmark = IN_CHROMIUM


@pytest.fixture
def made(sqlite_db: Database) -> Booking:
    return a_booking(sqlite_db, locations=2, telehealth=True)


@pytest.fixture
def base(made: Booking) -> Iterator[str]:
    clock = Clock()
    clock.now = NOW
    with served(clock, level="info") as address:
        yield f"{address}/book/maple-street"


def fill(page: Page) -> None:
    """Type who the visit is for."""
    for name in ("first", "last", "email", "phone", "born_day", "born_year"):
        page.fill(f"#{name}", PERSON[name])
    page.select_option("#born_month", PERSON["born_month"])
    page.check("#sex-female")
    page.check("#accepts_terms")


def complaints(page: Page, where: str) -> list[tuple[str, str, str]]:
    """List what would shut somebody out: by axe, by width, by size of targets."""
    found = [(where, one["id"], one["nodes"][0]["html"]) for one in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append((where, "too wide", ""))
    return found + [(where, "small target", str(one)) for one in page.evaluate(SMALLEST)]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "light"), (PHONE, "dark")])
def test_no_page_shuts_anybody_out(
    browser: Browser, base: str, made: Booking, language: str, size: tuple[int, int], scheme: str
) -> None:
    go, send = LABELS[language]
    found = []
    with window(browser, size, color_scheme=scheme) as page:
        for name in ("privacy", "terms", "button"):
            page.goto(f"{base}/{name}?lang={language}")
            found += complaints(page, name)
        page.goto(f"{base}?lang={language}")
        found += complaints(page, "times")
        page.locator("button.slot:visible").nth(3).click()
        page.wait_for_selector(".errors")
        found += complaints(page, "a reason is missing")
        page.select_option("#reason", "annual-physical")
        page.locator(".errors .go").click()
        page.wait_for_selector("#first")
        found += complaints(page, "details")
        page.get_by_role("button", name=go).click()
        page.wait_for_selector(".errors")
        found += complaints(page, "details with faults")
        fill(page)
        page.get_by_role("button", name=go).click()
        page.wait_for_selector("#notes")
        found += complaints(page, "cover")
        page.get_by_role("button", name=send).click()
        page.wait_for_selector(".sent")
        found += complaints(page, "sent")
        made.db.transaction(lambda s: s.execute(update(WidgetRow).values(is_open=False)))
        page.goto(f"{base}?lang={language}")
        found += complaints(page, "closed")
    assert found == []


@pytest.mark.parametrize("width", [320, 768])
def test_no_page_is_wider_than_the_screen(browser: Browser, base: str, width: int) -> None:
    with window(browser, (width, 700)) as page:
        page.goto(f"{base}?lang=es")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.select_option("#reason", "sick-visit")
        page.locator("button.slot:visible").first.click()
        page.wait_for_selector("#first")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_whole_booking_by_keyboard_alone(
    browser: Browser, base: str, made: Booking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    asked: list[str] = []
    with window(browser, DESK) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{base}?lang=en")
        _choose_by_keyboard(page)
        _tell_by_keyboard(page)
        _tab_to(page, "#insurance")
        page.keyboard.type("Medi")
        _tab_to(page, "main form .go")
        page.keyboard.press("Enter")
        page.wait_for_selector(".sent")
        assert page.locator("h1").inner_text() == "Appointment Request Submitted"
    rows = made.db.read(lambda s: s.scalars(select(RequestRow)).all())
    assert [(row.says_new, row.has_insurance) for row in rows] == [(False, True)]
    written = " ".join(asked) + caplog.text
    assert "/book/maple-street/request" in caplog.text  # the access log was on
    assert [PERSON[name] for name in ("first", "last", "email", "phone") if PERSON[name] in written] == []


def _choose_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    _tab_to(page, "#says_new")
    page.keyboard.press("Space")
    _tab_to(page, "#reason")
    page.keyboard.type("Cold")
    _tab_to(page, "#day-0")
    page.keyboard.press("ArrowRight")  # over the weekend, to Monday
    assert page.locator(".offered:visible h3").inner_text().startswith("Monday, November 23")
    _tab_to(page, "button.slot")
    page.keyboard.press("Enter")
    page.wait_for_selector("#first")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert not page.is_checked("#says_new")


def _tell_by_keyboard(page: Page) -> None:
    """Leave two things out at first, and be led to them."""
    for name in ("first", "last", "email", "phone"):
        _tab_to(page, f"#{name}")
        page.keyboard.type(PERSON[name])
    _tab_to(page, "#born_month")
    for typed in ("Mar", "Tab", PERSON["born_day"], "Tab", PERSON["born_year"], "Enter"):
        if typed in {"Tab", "Enter"}:
            page.keyboard.press(typed)
        else:
            page.keyboard.type(typed)
    page.wait_for_selector(".errors")
    assert page.evaluate("document.activeElement.className") == "errors"
    for selector in ("#sex-female", "#accepts_terms"):
        _tab_to(page, selector)
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("#insurance")


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(selector)


def test_everything_works_without_a_script(browser: Browser, base: str, made: Booking) -> None:
    with window(browser, PHONE, java_script_enabled=False) as page:
        page.goto(base)
        page.select_option("#reason", "sick-visit")
        page.check("#virtual-1", force=True)
        page.get_by_role("button", name="Show times").click()
        assert page.url.endswith("?reason=sick-visit&virtual=1&lang=en")
        page.locator("label[for=day-4]").click()
        page.locator("button.slot:visible").first.click()
        assert page.locator(".held").inner_text().strip() == "We keep this time for you until 10:10 AM."
        page.get_by_role("button", name="Continue").click()
        assert page.locator(".fault").count() == 7
        fill(page)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Continue").dblclick()
        page.wait_for_selector(".sent")
        page.reload()
        assert page.locator("h1").inner_text() == "Appointment Request Submitted"
    assert len(made.db.read(lambda s: s.scalars(select(RequestRow)).all())) == 1


def test_going_back_and_on_again_keeps_what_was_typed(browser: Browser, base: str) -> None:
    with window(browser, PHONE) as page:
        page.goto(base)
        page.select_option("#reason", "sick-visit")
        page.locator("button.slot:visible").first.click()
        page.wait_for_selector("#first")
        fill(page)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_selector("#notes")
        page.fill("#notes", "Kept")
        page.go_back()
        page.wait_for_selector("#first")
        assert page.input_value("#first") == PERSON["first"]
        assert "left)" in page.locator(".left").inner_text()
        page.go_back()
        page.wait_for_selector("#reason")
        assert page.input_value("#reason") == "sick-visit"
        page.go_forward()
        page.go_forward()
        page.wait_for_selector("#notes")
        assert page.input_value("#notes") == "Kept"
        page.get_by_role("button", name="Continue").dblclick()
        page.wait_for_selector(".sent")


def test_nothing_is_blocked_and_nothing_comes_from_elsewhere(browser: Browser, base: str) -> None:
    said: list[str] = []
    asked: list[str] = []
    with window(browser, DESK) as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(base)
        page.select_option("#reason", "sick-visit")
        page.locator("button.slot:visible").first.click()
        page.wait_for_selector("#first")
        page.goto(f"{base}/button")
    assert said == []
    assert all(url.startswith("http://127.0.0.1:") for url in asked)


class _PracticePage(BaseHTTPRequestHandler):
    """The practice's own page, at another address."""

    content = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def practice_page(base: str, made: Booking) -> Iterator[str]:
    page = f"""<!doctype html><html lang="es"><title>Maple Street</title><h1>Maple Street</h1>
    <p><a href="{base}">Book Online</a> <a href="{base}?reason=sick-visit">Request Appointment</a></p>
    <div data-booking></div><script src="{base}/embed.js" defer></script></html>"""
    handler = type("Page", (_PracticePage,), {"content": page.encode()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://localhost:{server.server_address[1]}"
    made.db.transaction(lambda s: s.execute(update(WidgetRow).values(embedded_on=origin)))
    yield origin
    server.shutdown()


def test_the_pages_open_in_a_dialog_of_the_practices_page(browser: Browser, practice_page: str) -> None:
    for label in ("Book Online", "Request Appointment"):
        with window(browser, PHONE) as page:
            page.goto(practice_page)
            page.get_by_role("link", name=label).click()
            frame = page.frame_locator("dialog iframe")
            frame.locator("#reason").wait_for()
            assert frame.locator("h1").inner_text() == "Solicitar cita"
            frame.locator("#reason").select_option("sick-visit")
            frame.locator("button.slot:visible").first.click()
            frame.locator("#first").wait_for()
            page.get_by_role("button", name="Cerrar").click()
            page.locator("dialog").wait_for(state="detached")


def test_the_pages_stand_in_the_practices_page_at_their_full_height(browser: Browser, practice_page: str) -> None:
    with window(browser, DESK) as page:
        page.goto(practice_page)
        page.frame_locator("[data-booking] iframe").locator("#reason").wait_for()
        page.wait_for_function("document.querySelector('[data-booking] iframe').clientHeight > 1200")


def test_a_foreign_page_cannot_show_them(browser: Browser, practice_page: str, made: Booking) -> None:
    made.db.transaction(lambda s: s.execute(update(WidgetRow).values(embedded_on="https://other.example.com")))
    with window(browser, DESK) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(practice_page)
        page.wait_for_timeout(500)
        assert page.frame_locator("[data-booking] iframe").locator("#reason").count() == 0
        assert any("frame-ancestors" in one for one in said)
