"""Every page, mail and report at a desk and on a phone, as docs/pictures.md shows them; `make pictures` writes them."""

from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.db import Database
from models.rules.sign_in import code_at, secret_of, step_of
from templates.report_paper import report_html
from tests.booking import NOW, a_booking
from tests.reports.journeys import Story, in_training
from tests.store.asking import Asking
from tests.web.answering import a_practice, ask, link_of
from tests.web.booking_visitor import PERSON
from tests.web.browsing import IN_CHROMIUM, served, window
from tests.web.conftest import Clock
from tests.web.pictures import ONLY_WHEN_ASKED, SIZES, keep, picture_all, pictured
from tests.web.signed_in import signed_in
from tests.web.test_booking_browser import fill
from tests.web.test_browser import addresses as staffed
from tests.web.test_desk_browser import front, pages
from tests.web.test_enrollments_browser import addresses as enrolled
from tests.web.test_insights_browser import INSIGHTS
from tests.web.test_insights_browser import Site as Figures
from tests.web.test_insights_browser import site as figures
from tests.web.test_office_browser import BASE, CALENDAR_PAGE, Office, a_morning, at_the_desk, office
from tests.web.test_progress_browser import base as progress
from tests.web.test_progress_report import mailed, reported
from tests.web.test_reputation_browser import Site as Reputation
from tests.web.test_reputation_browser import site as reputation
from tests.web.test_sign_in_browser import site as invited
from tests.web.test_staff_enrollments_browser import addresses as boards
from tests.web.test_unsubscribe_browser import way_out
from tests.web.visitor import PASSWORD

pytestmark = [*IN_CHROMIUM, ONLY_WHEN_ASKED]
__all__ = [
    "boards",
    "enrolled",
    "figures",
    "front",
    "invited",
    "office",
    "progress",
    "reputation",
    "staffed",
    "way_out",
]
GOLDEN = Path(__file__).parents[1] / "templates" / "golden"
MAILS = (
    "welcome.en",
    "enrollment_digest.en",
    "weekly_reputation.en",
    "request_alert.en",
    "appointment_scheduled.en",
    "feedback_email.es",
    "private_answer_email.en",
)
LETTER = (816, 1056)
"""A sheet of paper, as a browser counts it."""


def test_pages_of_booking(browser: Browser, sqlite_db: Database) -> None:
    a_booking(sqlite_db, locations=2, telehealth=True)
    clock = Clock()
    clock.now = NOW
    for turn, (size, measures) in enumerate(SIZES.items()):
        with served(clock) as base, window(browser, measures) as page:
            page.goto(f"{base}/book/maple-street?lang=en")
            page.select_option("#reason", "annual-physical")
            pictured(page, "booking-times", size)
            page.locator("button.slot:visible").nth(3 + turn).click()
            page.wait_for_selector("#first")
            fill(page)
            pictured(page, "booking-details", size)
            page.get_by_role("button", name="Continue").click()
            page.wait_for_selector("#notes")
            page.fill("#notes", PERSON.get("notes", "My knee hurts since Tuesday."))
            pictured(page, "booking-cover", size)
            page.get_by_role("button", name="Continue").click()
            page.wait_for_selector(".sent")
            pictured(page, "booking-sent", size)


def _answer(page: Page, made: Asking, base: str, size: str, number: int) -> None:
    first, second = (link_of(made, ask(made, str(500 + n), patient=str(91 + n))) for n in (number, number + 1))
    page.goto(f"{base}{first}?lang=en")
    pictured(page, "feedback-question", size)
    page.locator("button[value=yes]").click()
    page.wait_for_selector(".stars")
    page.locator("#stars-5").check()
    page.fill("#words", "Everybody was kind, and nobody rushed me.")
    pictured(page, "feedback-stars", size)
    page.get_by_role("button", name="Submit").click()
    page.wait_for_selector(".places")
    pictured(page, "feedback-thanks", size)
    page.goto(f"{base}{second}?lang=es")
    page.locator("button[value=no]").click()
    page.wait_for_selector("#words")
    pictured(page, "feedback-private", size)


def test_pages_of_feedback(browser: Browser, sqlite_db: Database) -> None:
    made = a_practice(sqlite_db)
    clock = Clock()
    clock.now = made.now + timedelta(hours=4)
    with served(clock) as base:
        for number, (size, measures) in enumerate(SIZES.items()):
            with window(browser, measures) as page:
                _answer(page, made, base, size, 2 * number)


def test_pages_of_opting_out(browser: Browser, way_out: tuple[Asking, str, int]) -> None:
    picture_all(browser, {"opting-out": f"{way_out[1]}?lang=en"})


def test_pages_of_staff(browser: Browser, staffed: dict[str, str]) -> None:
    names = {
        "staff-board": "board",
        "staff-work": "work",
        "staff-journey": "journey",
        "staff-launch": "readiness",
        "staff-both-systems": "all",
        "practice-journey": "practice-en",
        "mailbox": "mailbox",
    }
    picture_all(browser, {name: staffed[page] for name, page in names.items()})


def test_pages_of_enrollments(browser: Browser, boards: dict[str, str]) -> None:
    names = {
        "enrollments-board": "board",
        "enrollment-pending": "pending",
        "enrollments-figures": "figures",
        "enrollments-forecast": "forecast",
    }
    found = {name: boards[page] for name, page in names.items()}
    picture_all(browser, found | {"month": boards["board"].replace("/enrollments", "/month")})


def test_pages_of_a_practice_and_its_payers(browser: Browser, enrolled: dict[str, str]) -> None:
    picture_all(browser, {"practice-enrollments": enrolled["full-es"]})


def test_pages_of_progress(browser: Browser, progress: str) -> None:
    named = {
        "progress": "progress",
        "progress-enrollments": "progress/enrollments",
        "progress-launch": "progress/launch",
    }
    picture_all(browser, {name: f"{progress}/{page}?lang=en" for name, page in named.items()})


def test_pages_of_the_front_office(browser: Browser, front: tuple[str, dict[str, int], object]) -> None:
    base, numbers, _ = front
    found = pages(base, numbers)
    chosen = {"messages": "list-en", "message": "talk-en", "patient": "record-es"}
    picture_all(browser, {name: found[page] for name, page in chosen.items()})
    for size, measures in SIZES.items():
        page = browser.new_page(viewport={"width": measures[0], "height": measures[1]})
        page.goto(found["search-en"])
        for name, word in (("first", "rosa"), ("last", "marsh"), ("born", "2/3/1984")):
            page.fill(f"#{name}", word)
        page.get_by_role("button", name="Search").click()
        page.wait_for_load_state()
        pictured(page, "patients-found", size)
        page.close()


def test_pages_of_appointments_and_calendar(browser: Browser, office: Office) -> None:
    numbers = a_morning(office)
    named = {
        "appointments-waiting": f"{BASE}/appointments?lang=en",
        "appointments-all": f"{BASE}/appointments?tab=all&lang=en",
        "appointment": f"{BASE}/appointments/{numbers['conflict']}?lang=en",
        "appointment-es": f"{BASE}/appointments/{numbers['asked']}?lang=es",
        "calendar": f"{CALENDAR_PAGE}&lang=en",
        "calendar-settings": f"{CALENDAR_PAGE.replace('/calendar?', '/calendar/settings?')}&lang=en",
    }
    with at_the_desk(browser, office):
        picture_all(browser, {name: office.at(address) for name, address in named.items()})


def test_pages_of_insights_and_the_first_page(browser: Browser, figures: Figures) -> None:
    with signed_in(browser, figures.base, figures.token):
        named = {"home": "/home?lang=en", "insights": f"{INSIGHTS}?days=365&lang=en"}
        picture_all(browser, {name: figures.base + path for name, path in named.items()})


def test_pages_of_reputation(browser: Browser, reputation: Reputation) -> None:
    found = reputation.pages("en")
    named = {
        "reputation": "public",
        "reputation-reply": "found",
        "reputation-private": "private",
        "reputation-answer": "findings",
        "reputation-settings": "settings",
    }
    picture_all(browser, {name: found[page] for name, page in named.items()})


def _both(page: Page, name: str) -> None:
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        pictured(page, name, size)


def test_pages_of_signing_in(browser: Browser, invited: tuple[str, str, Clock]) -> None:
    base, link, clock = invited
    page = browser.new_page()
    page.goto(f"{base}/sign-in")
    _both(page, "sign-in")
    page.goto(base + link)
    _both(page, "sign-in-invited")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_selector(".key")
    _both(page, "sign-in-codes")
    secret = page.locator(".key").inner_text().replace(" ", "")
    page.locator(".access form input:not([type=hidden]):not([readonly])").first.fill(
        code_at(secret_of(secret), step_of(clock.now))
    )
    page.locator("main form button").first.click()
    page.wait_for_selector("li .key")
    _both(page, "sign-in-recovery")
    page.close()


def test_mails(browser: Browser) -> None:
    """The mails as they were approved, in the widths of a reader at a desk and on a phone."""
    for size, measures in SIZES.items():
        with window(browser, measures) as page:
            for mail in MAILS:
                page.set_content((GOLDEN / f"{mail}.html").read_text(encoding="utf-8"))
                pictured(page, f"mail-{mail.partition('.')[0].replace('_', '-')}", size)


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_mail_with_a_chart(browser: Browser, db: Database, clock: Clock, story: Story) -> None:
    """O-36: as mail programs show it, with the picture that travels along."""
    clock.now = in_training(story).now
    mail = mailed(reported(db, story.id, clock), clock)
    [chart] = mail.pictures
    html = mail.html.replace(f"cid:{chart.content_id}", f"data:image/png;base64,{b64encode(chart.content).decode()}")
    for size, measures in SIZES.items():
        with window(browser, measures) as page:
            page.set_content(html)
            pictured(page, "mail-progress-report", size)


@pytest.fixture
def on_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give reports as the page that is set for paper, since this browser shows no PDF."""
    for module in ("deployments.web.insights", "templates.month_report"):
        monkeypatch.setattr(f"{module}.report_pdf", lambda paper: report_html(paper).encode())


def _sheet(browser: Browser, address: str, name: str) -> None:
    page = browser.new_page(viewport={"width": LETTER[0], "height": LETTER[1]})
    page.set_content(page.request.get(address).text())
    page.add_style_tag(content="body { margin: 68px 60px }")
    keep(page.screenshot(full_page=True), name, LETTER[1])
    page.close()


@pytest.mark.usefixtures("on_paper")
def test_insights_on_paper(browser: Browser, figures: Figures) -> None:
    with signed_in(browser, figures.base, figures.token):
        _sheet(browser, f"{figures.base}{INSIGHTS}.pdf?days=365&lang=en", "paper-insights")


@pytest.mark.usefixtures("on_paper")
def test_the_month_on_paper(browser: Browser, boards: dict[str, str]) -> None:
    _sheet(browser, boards["board"].replace("/enrollments", "/month.pdf"), "paper-month")
