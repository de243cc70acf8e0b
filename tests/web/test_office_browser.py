"""Appointments and Calendar in a real browser, and one day of a front office from the request to the released reply."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from models.db import open_database, use_database
from models.rules.appointments import Status
from models.rules.messages import MessageKind
from models.rules.reputation_replies import ReplyState
from models.settings import Settings
from models.store import feedback
from tests.booking import NPIS, at
from tests.sides import CALENDAR, Sides, both_sides
from tests.store.asking import Asking
from tests.store.reviewing import NEUTRAL, Reviewing, a_review
from tests.web.answering import ADDRESSES, link_of
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, served, shown
from tests.web.conftest import Clock
from tests.web.signed_in import session_of, signed_in

pytestmark = IN_CHROMIUM
BASE = "/staff/practices/maple-street"
CALENDAR_PAGE = f"{BASE}/calendar?provider={NPIS[0]}&location=place-0&week=2026-11-23"
NOTES = "My knee hurts since Tuesday."


class Office:
    """A practice with the built-in calendar, its front office at a browser, and a clock that both share."""

    def __init__(self, sides: Sides, clock: Clock, base: str) -> None:
        self.sides, self.clock, self.base = sides, clock, base

    def at(self, path: str) -> str:
        """Give the whole address of a page."""
        return f"{self.base}{path}"

    def time(self) -> None:
        """Let the site have the same moment as both systems, and write there what is due."""
        self.sides.push_on(times=1, seconds=5)
        self.clock.now = self.sides.time

    def shows(self, number: int) -> Status:
        """Say what the practice's own calendar shows of an appointment."""
        return self.sides.shown(number).status


@pytest.fixture
def office(own_settings: Settings, sqlite_template: Path, browser: Browser) -> Iterator[Office]:
    shutil.copy(sqlite_template, own_settings.database_file)
    opened = open_database(own_settings.resolved_database_url)
    with use_database(opened), both_sides(opened, CALENDAR) as sides:
        clock = Clock()
        clock.now = sides.time
        with served(clock) as base:
            yield Office(sides, clock, base)
    opened.close()


@contextmanager
def at_the_desk(browser: Browser, office: Office) -> Iterator[None]:
    """Let the front office sign in now."""
    token = session_of(office.sides.db, "desk", practice="maple-street", as_of=office.clock.now)
    with signed_in(browser, office.base, token):
        yield


def a_morning(office: Office) -> dict[str, int]:
    """Let there be a request, one in conflict, a booked appointment and a block."""
    sides = office.sides
    asked = sides.submit("10:00", notes=NOTES)
    conflict = sides.submit("11:00", first="Alex", notes="")
    office.time()
    sides.book_there(at("11:15"))
    sides.changes()
    office.time()
    return {"asked": asked, "conflict": conflict}


def violations(page: Page, name: str, size: tuple[int, int]) -> list[object]:
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    wider: list[object] = [(name, size, "wider than the screen", wide)] if wide > size[0] else []
    return wider + [(name, size, one["id"], one["nodes"][0]["html"]) for one in found]


def test_no_page_shuts_anybody_out(browser: Browser, office: Office) -> None:
    numbers = a_morning(office)
    found: list[object] = []
    complaints: list[str] = []
    pages = {
        "list": f"{BASE}/appointments?",
        "all": f"{BASE}/appointments?tab=all",
        "conflict": f"{BASE}/appointments/{numbers['conflict']}?",
        "week": CALENDAR_PAGE,
        "settings": CALENDAR_PAGE.replace("/calendar?", "/calendar/settings?"),
    }
    with at_the_desk(browser, office):
        for name, address in pages.items():
            for size, scheme, lang in (
                (PHONE, "light", "es"),
                (DESK, "light", "en"),
                (DESK, "dark", "es"),
                ((320, 700), "dark", "en"),
            ):
                page = shown(browser, office.at(f"{address}&lang={lang}"), size, scheme)
                page.on("console", lambda message: complaints.append(message.text))
                page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
                found += violations(page, f"{name}-{lang}", size)
                page.close()
    assert (found, complaints) == ([], [])


def test_a_slot_is_closed_and_hours_are_saved_by_keyboard_without_a_script(browser: Browser, office: Office) -> None:
    """A-64, A-65, A-67."""
    with at_the_desk(browser, office):
        page = browser.new_page(java_script_enabled=False, viewport={"width": DESK[0], "height": DESK[1]})
        page.goto(office.at(f"{CALENDAR_PAGE}&lang=en"))
        page.locator('.week-desk button[value="2026-11-23/600/630/block"]').press("Enter")
        page.get_by_role("status").wait_for()
        assert page.locator('.week-desk button[value="2026-11-23/600/630/open"]').count() == 1
        page.get_by_role("link", name="Calendar settings").click()
        page.get_by_label("Hours on Monday").fill("08:00-25:00")
        page.get_by_role("button", name="Save Settings").press("Enter")
        page.locator(".errors").wait_for()
        assert page.get_by_label("Hours on Monday").input_value() == "08:00-25:00"
        page.get_by_label("Hours on Monday").fill("08:00-12:00")
        page.get_by_role("button", name="Save Settings").press("Enter")
        page.get_by_role("status").wait_for()
        page.close()
    assert office.sides.booking.calendar().settings.week[0].windows == ((480, 720),)


def test_a_day_of_a_front_office(browser: Browser, office: Office) -> None:
    """A-25, A-32 to A-41, A-85, F-083, F-211: from the request to the reply that a person released."""
    sides = office.sides
    asking = Asking(sides.booking, now=sides.time)
    asking.choose(addresses=ADDRESSES, destinations=tuple(ADDRESSES))
    number = sides.submit("10:00", notes=NOTES, allows_texts=True)
    office.time()
    _request_is_reviewed(browser, office, number)
    sides.tick(seconds=(at("09:55") - sides.time).total_seconds())
    _patient_comes_and_goes(browser, office, number)
    asking.now = sides.time
    request = sides.db.read(lambda s: feedback.find_request(s, number))
    assert request is not None
    asking.wait(hours=3, minutes=1)
    _patient_answers(browser, office.at(link_of(asking, request)))
    sides.time = office.clock.now = asking.now + timedelta(minutes=5)
    reviewing = Reviewing(sides.db, sides.booking.practice)
    reviewing.connect()
    reviewing.take_in(a_review("r1", written_at=sides.time, changed_at=sides.time), as_of=sides.time)
    _reply_is_released(browser, office)
    assert reviewing.reply("r1").state is ReplyState.RELEASED


def _request_is_reviewed(browser: Browser, office: Office, number: int) -> None:
    """Lead from the first page to the request, read the patient's words, and confirm it."""
    with at_the_desk(browser, office):
        page = shown(browser, office.at("/home"), DESK)
        with page.expect_navigation():
            page.locator(f'a[href="{BASE}/appointments/{number}"]').press("Enter")
        page.goto(f"{page.url}?lang=en")
        assert NOTES in page.inner_text("main")
        page.get_by_label("Visit reason of the practice system").select_option("office-visit")
        with page.expect_navigation():
            page.get_by_role("button", name="Confirm", exact=True).click()
        assert "Confirmed; it is being written" in page.inner_text("main")
        office.time()
        page.reload()
        assert "PatientPop: Booked" in page.inner_text("main")
        page.goto(office.at("/home"))
        assert page.locator(f'a[href="{BASE}/appointments/{number}"]').count() == 0
        page.close()
    assert office.shows(number) is Status.CONFIRMED
    assert office.sides.said()[MessageKind.APPOINTMENT_SCHEDULED] == 1


def _patient_comes_and_goes(browser: Browser, office: Office, number: int) -> None:
    """Check the patient in and out on a phone; the practice's own calendar follows."""
    office.time()
    with at_the_desk(browser, office):
        page = shown(browser, office.at(f"{BASE}/appointments/{number}?lang=en"), PHONE)
        for words, status in (("Check in", Status.CHECKED_IN), ("Check out", Status.CHECKED_OUT)):
            with page.expect_navigation():
                page.get_by_role("button", name=words).click()
            office.time()
            assert office.shows(number) is status
            page.reload()
        page.close()


def _patient_answers(browser: Browser, link: str) -> None:
    """Answer at the patient's own page, where nobody has signed in."""
    page = browser.new_page()
    page.goto(link)
    page.locator("button[value=yes]").click()
    page.locator("#stars-5").check()
    page.fill("#words", "Kind and unhurried.")
    page.get_by_role("button", name="Submit").click()
    page.close()


def _reply_is_released(browser: Browser, office: Office) -> None:
    """Read what the patient said in private, then draft and release a reply to the public review."""
    with at_the_desk(browser, office):
        page = shown(browser, office.at(f"{BASE}/reputation/private?lang=en"), DESK)
        assert "Kind and unhurried." in page.inner_text("main")
        page.goto(office.at(f"{BASE}/reputation?lang=en"))
        page.locator('ul.letters a[href*="review="]').first.click()
        page.get_by_label("Your reply").fill(NEUTRAL)
        page.get_by_role("button", name="Save and check").click()
        page.get_by_text("The check found nothing.").wait_for()
        page.get_by_role("button", name="Release the reply").click()
        page.get_by_text("About to be posted").wait_for()
        page.close()
