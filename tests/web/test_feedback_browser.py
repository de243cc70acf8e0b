"""The feedback pages in a real browser: on a phone and at a desk, in both languages, by keyboard, without a script."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from models.db import Database
from tests.store.asking import Asking
from tests.web.answering import ADDRESSES, a_practice, ask, link_of, row_of
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, served, window
from tests.web.conftest import Clock

SUBMIT = {"en": "Submit", "es": "Enviar"}
SMALLEST = """() => [...document.querySelectorAll("button, input, textarea, a")]
  .filter((one) => one.checkVisibility() && !one.matches(".skip"))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height, one.getBoundingClientRect().width])
  .filter(([, height, width]) => height < 44 || width < 44)"""
pytestmark = IN_CHROMIUM


@pytest.fixture
def made(sqlite_db: Database) -> Asking:
    return a_practice(sqlite_db)


@pytest.fixture
def origin(made: Asking) -> Iterator[str]:
    clock = Clock()
    clock.now = made.now + timedelta(hours=4)
    with served(clock) as address:
        yield address


def complaints(page: Page, where: str) -> list[tuple[str, str, str]]:
    """List what would shut somebody out: by axe, by width, by size of targets."""
    found = [(where, one["id"], one["nodes"][0]["html"]) for one in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append((where, "too wide", ""))
    return found + [(where, "small target", str(one)) for one in page.evaluate(SMALLEST)]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), ((320, 640), "light"), (DESK, "light"), (PHONE, "dark")]
)
def test_no_page_shuts_anybody_out(
    browser: Browser, origin: str, made: Asking, language: str, size: tuple[int, int], scheme: str
) -> None:
    """F-066."""
    links = [link_of(made, ask(made, str(500 + n), patient=str(91 + n))) for n in range(2)]
    found = []
    with window(browser, size, color_scheme=scheme) as page:
        page.goto(f"{origin}{links[0]}?lang={language}")
        found += complaints(page, "question")
        page.locator("button[value=yes]").click()
        page.wait_for_selector(".stars")
        found += complaints(page, "stars")
        page.get_by_role("button", name=SUBMIT[language]).click()
        page.wait_for_selector(".has-fault")
        found += complaints(page, "stars with a fault")
        page.locator("#stars-4").check()
        found += complaints(page, "four stars")
        page.get_by_role("button", name=SUBMIT[language]).click()
        page.wait_for_selector(".places")
        found += complaints(page, "thanks")
        page.goto(f"{origin}{links[0]}?lang={language}")
        found += complaints(page, "closed")
        page.goto(f"{origin}{links[1]}?lang={language}")
        page.locator("button[value=no]").click()
        page.wait_for_selector("#words")
        found += complaints(page, "private feedback")
    assert found == []


def test_both_answers_weigh_the_same(browser: Browser, origin: str, made: Asking) -> None:
    """F-061, F-210: same size, same colours."""
    link = link_of(made, ask(made))
    looks = """one => { const style = getComputedStyle(one), box = one.getBoundingClientRect();
      return [Math.round(box.width), box.height, box.top, style.color, style.backgroundColor, style.borderColor,
        style.fontSize] }"""
    with window(browser, PHONE) as page:
        page.goto(origin + link)
        yes, no = (page.locator(f"button[value={one}]").evaluate(looks) for one in ("yes", "no"))
    assert yes == no


def test_a_whole_answer_by_keyboard_alone(browser: Browser, origin: str, made: Asking) -> None:
    """F-063, F-066: stars are one stop, chosen by arrows, and read out with their number."""
    request = ask(made)
    with window(browser, DESK) as page:
        page.goto(origin + link_of(made, request))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        _tab_to(page, "button[value=yes]")
        page.keyboard.press("Enter")
        page.wait_for_selector(".stars")
        _tab_to(page, "#stars-1")
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert page.get_by_role("radio", name="4 stars").is_checked()
        _tab_to(page, "#words")
        page.keyboard.type("Kind.")
        _tab_to(page, ".go")
        page.keyboard.press("Enter")
        page.wait_for_selector(".places")
    row = row_of(made, request)
    assert row is not None
    assert row.stars == 4


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(30):
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(selector)


def test_everything_works_without_a_script_and_twice_is_once(browser: Browser, origin: str, made: Asking) -> None:
    """F-066, F-215."""
    request = ask(made)
    asked: list[str] = []
    with window(browser, PHONE, java_script_enabled=False) as page:
        page.on("request", lambda one: asked.append(one.url))
        page.goto(origin + link_of(made, request))
        page.locator("button[value=yes]").dblclick()
        page.wait_for_selector(".stars")
        page.reload()
        page.locator("#stars-5").check()
        page.fill("#words", "Good,\nand kind")
        page.get_by_role("button", name="Español").click()
        assert page.input_value("#words") == "Good,\nand kind"
        assert page.locator("#stars-5").is_checked()
        page.get_by_role("button", name="Enviar").dblclick()
        page.wait_for_selector(".places")
        page.reload()
        assert page.locator("h1").inner_text() == "Ya tenemos su opinión"
        assert page.locator(".places a").evaluate_all("all => all.map((one) => one.href)") == list(ADDRESSES.values())
    assert all(url.startswith(origin) for url in asked)
    row = row_of(made, request)
    assert row is not None
    assert (row.stars, row.locale, row.links_shown) == (5, "es", 3)


def test_chosen_stars_fill_up_to_the_one_that_was_pressed(browser: Browser, origin: str, made: Asking) -> None:
    with window(browser, PHONE) as page:
        page.goto(origin + link_of(made, ask(made)))
        page.locator("button[value=yes]").click()
        page.locator("label.star").nth(2).click()
        fills = page.locator(".star .mark").evaluate_all("all => all.map((one) => getComputedStyle(one).fill)")
    assert [fill != "none" for fill in fills] == [True, True, True, False, False]


def test_nothing_is_blocked_and_nothing_comes_from_elsewhere(browser: Browser, origin: str, made: Asking) -> None:
    said: list[str] = []
    with window(browser, DESK) as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(origin + link_of(made, ask(made)))
        page.locator("button[value=no]").click()
        page.get_by_role("button", name="Submit").click()
        page.wait_for_selector(".places")
    assert said == []
