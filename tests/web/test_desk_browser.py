"""Message Center and patients in a real browser: phone and desk, both languages, by keyboard, without any script."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from models.db import Database
from models.rules.texting import Line
from tests.store.texting import OWN_LINE
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, served, shown
from tests.web.conftest import Clock
from tests.web.desk import MESSAGES, PATIENTS, Front, a_front
from tests.web.signed_in import session_of, signed_in

pytestmark = IN_CHROMIUM
_MINUTES = timedelta(minutes=11)
CALLS_BACK = "+12025550156"
TEXTS = (
    ("+12125550171", CALLS_BACK, "You called me and I was driving, please call back after 3 pm"),
    ("+12125550172", OWN_LINE, "stop or not? I am not sure that I want these"),
    ("+12125550173", OWN_LINE, "Is the office open on the day after Thanksgiving?"),
)


def a_busy_morning(front: Front) -> dict[str, int]:
    """Let texts of several lines come in, one be answered, and a patient have a possible duplicate."""
    front.texting.own_line(line=Line.WEB_TO_TEXT)
    front.texting.own_line(CALLS_BACK, Line.CALL_TO_TEXT)
    front.texting.text("Can I come on Monday at four instead? My daughter has school until three.", to=OWN_LINE)
    rosa = front.thread
    front.texting.wait(minutes=7)
    front.look(f"{MESSAGES}/{rosa}")
    front.send("/answer", words="Yes, four is fine. Please bring the form that we mailed to you.")
    front.texting.wait(minutes=5)
    front.texting.text("Thank you! See you on Monday.", to=OWN_LINE)
    for sender, line, words in TEXTS:
        front.asking.now += _MINUTES
        front.texting.text(words, sender=sender, to=line)
    front.asking.check_out()
    front.twin()
    doubtful = next(one.id for one in front.texting.threads() if one.newest_at == front.asking.now - _MINUTES)
    return {"rosa": rosa, "doubtful": doubtful, "patient": front.patient()}


@pytest.fixture
def front(sqlite_db: Database, browser: Browser) -> Iterator[tuple[str, dict[str, int], Front]]:
    clock = Clock()
    made = a_front(sqlite_db, clock)
    numbers = a_busy_morning(made)
    clock.now = made.asking.now
    token = session_of(sqlite_db, "office", practice="maple-street", as_of=clock.now)
    with served(clock) as base, signed_in(browser, base, token):
        yield base, numbers, made


def pages(base: str, numbers: dict[str, int]) -> dict[str, str]:
    found = {
        "list": f"{base}{MESSAGES}",
        "talk": f"{base}{MESSAGES}/{numbers['rosa']}",
        "doubtful": f"{base}{MESSAGES}/{numbers['doubtful']}",
        "search": f"{base}{PATIENTS}",
        "record": f"{base}{PATIENTS}/{numbers['patient']}",
    }
    return {f"{name}-{lang}": f"{address}?lang={lang}" for name, address in found.items() for lang in ("en", "es")}


def violations(page: Page, name: str, size: tuple[int, int]) -> list[object]:
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    wider: list[object] = [(name, size, "wider than the screen", wide)] if wide > size[0] else []
    return wider + [(name, size, one["id"], one["nodes"][0]["html"]) for one in found]


def test_no_page_shuts_anybody_out(browser: Browser, front: tuple[str, dict[str, int], Front]) -> None:
    base, numbers, _ = front
    found: list[object] = []
    complaints: list[str] = []
    for name, address in pages(base, numbers).items():
        for size, scheme in ((PHONE, "light"), (DESK, "light"), (DESK, "dark"), ((320, 700), "dark")):
            page = shown(browser, address, size, scheme)
            page.on("console", lambda message: complaints.append(message.text))
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found += violations(page, name, size)
            page.close()
    assert (found, complaints) == ([], [])


def test_a_text_is_answered_by_keyboard_alone(browser: Browser, front: tuple[str, dict[str, int], Front]) -> None:
    """F-101: a refusal is where one types, and what was typed is still there."""
    base, numbers, _ = front
    page = shown(browser, pages(base, numbers)["talk-en"], DESK)
    page.locator("#words").focus()
    page.keyboard.type("x" * 481)
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "errors"
    assert violations(page, "refused", DESK) == []
    assert page.locator("#words").input_value() == "x" * 481
    page.locator("#words").fill("See you then.")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Your answer is on its way." in page.inner_text("main")
    page.close()


def test_a_patient_is_found_written_to_and_archived_without_any_script(
    browser: Browser, front: tuple[str, dict[str, int], Front]
) -> None:
    """F-085, A-74: Patients, record, Archive Patient, Yes, Archive."""
    base, numbers, _ = front
    page = browser.new_page(java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{base}{PATIENTS}")
    for name, word in (("first", "rosa"), ("last", "marsh"), ("born", "2/3/1984")):
        page.fill(f"#{name}", word)
    page.click("text=Search >> nth=-1")
    page.click("text=Rosa Marsh")
    page.click("summary >> nth=0")
    page.click("button#message")
    assert page.url == f"{base}{MESSAGES}/{numbers['rosa']}"
    page.click("text=Open the patient's record")
    page.click("summary >> nth=0")
    page.click("summary >> nth=1")
    page.click("text=Yes, Archive")
    assert "This record is archived." in page.inner_text("main")
    page.close()


def test_the_keyboard_reaches_everything(browser: Browser, front: tuple[str, dict[str, int], Front]) -> None:
    base, numbers, _ = front
    for name in ("list-en", "talk-en", "record-es"):
        page = shown(browser, pages(base, numbers)[name], DESK)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        wanted = page.evaluate(
            "[...document.querySelectorAll('a[href], summary, button, textarea, [name=choice][value=keep]')]"
            ".filter(one => one.checkVisibility()).length"
        )
        reached = 0
        for _ in range(wanted):
            page.keyboard.press("Tab")
            reached += page.evaluate("document.activeElement !== document.body")
        assert (name, reached) == (name, wanted)
        page.close()
