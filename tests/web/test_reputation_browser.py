"""Reputation in a real browser: on a phone and at a desk, both languages, light and dark, by keyboard, no script."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.reputation_replies import ReplyState
from models.store import private_answers
from models.store.actors import Actor, actor_of
from tests.web.browsing import DESK, IN_CHROMIUM, PHONE, looks, served, shown, widths
from tests.web.reputation import BASE, KEY, Scene, a_scene
from tests.web.signed_in import session_of, signed_in

SMALLEST = """() => [...document.querySelectorAll(".reputation button, .reputation select, .reputation input, \
.reputation textarea, .reputation a:not(.to-finding):not(.errors a)")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden")
  .map((one) => (one.type === "radio" ? one.closest("label") : one))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])
  .filter(([, height]) => height < 44)"""
FOUND = "Dear Zoe, thank you for your visit last Tuesday. We treated you well."
SAFE = "Thank you for telling us. We take every comment seriously."
pytestmark = IN_CHROMIUM


@dataclass
class Site:
    """A served site with a scene; somebody of the practice has signed in."""

    scene: Scene
    base: str

    def page(self, path: str = "", **query: object) -> str:
        """Give the address of a page."""
        said = "&".join(f"{name}={value}" for name, value in query.items())
        return f"{self.base}{BASE}{path}?{said}"

    def pages(self, locale: str) -> dict[str, str]:
        """Give the addresses of every kind of page in one language."""
        reviewing = self.scene.reviewing
        return {
            "public": self.page(lang=locale),
            "nothing": self.page(stars=2, lang=locale),
            "found": self.page(review=reviewing.review("r1"), lang=locale),
            "half": self.page(review=reviewing.review("r2"), lang=locale),
            "new": self.page(review=reviewing.review("r3"), lang=locale),
            "private": self.page("/private", lang=locale),
            "unanswered": self.page("/private", feedback=self.scene.answers[2], lang=locale),
            "findings": self.page("/private", feedback=self.scene.answers[1], lang=locale),
            "checked": self.page("/private", feedback=self.scene.answers[0], lang=locale),
            "settings": self.page("/settings", lang=locale),
        }


@pytest.fixture
def site(sqlite_db: Database, browser: Browser) -> Iterator[Site]:
    """Serve a practice with a reply that the check objects to, and one that was released once."""
    scene = a_scene(sqlite_db)
    at = scene.asking.now
    scene.reviewing.draft(FOUND, by="desk", review="r1", as_of=at)
    scene.reviewing.draft(SAFE, by="desk", review="r2", as_of=at)
    scene.reviewing.release(by="desk", review="r2", as_of=at)
    for number, words in ((0, SAFE), (1, FOUND)):
        drafted(scene, scene.answers[number], words)
    token = session_of(sqlite_db, "office", practice=KEY, as_of=scene.clock.now)
    with served(scene.clock) as base, signed_in(browser, base, token):
        yield Site(scene, base)


def drafted(scene: Scene, feedback: int, words: str) -> None:
    """Let the front office draft an answer to private feedback."""

    def work(session: Session) -> None:
        actor = actor_of(session, KEY, "office")
        assert isinstance(actor, Actor)
        private_answers.draft(session, feedback, words, actor, as_of=scene.asking.now)

    scene.db.transaction(work)


@pytest.mark.parametrize("locale", ["en", "es"])
def test_no_page_shuts_anybody_out(browser: Browser, site: Site, locale: str) -> None:
    found = []
    for name, address in site.pages(locale).items():
        page = shown(browser, address, PHONE)
        for size, scheme, broken in looks(page):
            found += [(name, size, scheme, *one) for one in broken]
            found += [(name, size, scheme, "small", str(one)) for one in page.evaluate(SMALLEST)]
        page.close()
    assert found == []


def test_no_page_is_wider_than_the_screen(browser: Browser, site: Site) -> None:
    for name, address in site.pages("es").items():
        page = shown(browser, address, PHONE)
        for width, wanted in widths(page):
            assert wanted <= width, (name, width)
        page.close()


def test_nothing_is_blocked_and_nothing_comes_from_elsewhere(browser: Browser, site: Site) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for address in site.pages("en").values():
        page.goto(address)
    page.close()
    assert complaints == []
    assert all(url.startswith("http://127.0.0.1:") for url in asked)
    assert not any(url.partition("?")[0].endswith(".js") for url in asked)


def test_the_keyboard_reaches_everything(browser: Browser, site: Site) -> None:
    for name in ("public", "found", "half", "private", "findings", "checked", "settings"):
        page = shown(browser, site.pages("en")[name], DESK)
        wanted = page.evaluate(
            "[...document.querySelectorAll('a[href], summary, button, select, textarea, input:not([type=hidden])')]"
            ".filter((one) => one.checkVisibility() && (one.type !== 'radio' || one.checked)).length"
        )
        reached = 0
        for _ in range(wanted):
            page.keyboard.press("Tab")
            reached += page.evaluate("document.activeElement !== document.body")
        assert (name, reached) == (name, wanted)
        page.close()


def _unscripted(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False)
    page.goto(address)
    return page


def test_a_reply_is_changed_checked_and_released_by_keyboard_without_a_script(browser: Browser, site: Site) -> None:
    """F-083, F-211: what was found is said, then it is put right."""
    page = _unscripted(browser, site.page(review=site.scene.reviewing.review("r1")))
    assert page.locator("ol.findings li").count() >= 3
    page.get_by_label("Your reply").fill(SAFE)
    page.get_by_role("button", name="Save and check").press("Enter")
    page.wait_for_url("**#reply")
    assert page.get_by_text("The check found nothing.").is_visible()
    page.get_by_role("button", name="Release the reply").press("Enter")
    page.get_by_text("About to be posted").wait_for()
    page.close()
    assert site.scene.reviewing.state("r1") is ReplyState.RELEASED


def test_reviews_are_chosen_without_a_script(browser: Browser, site: Site) -> None:
    """F-080."""
    page = _unscripted(browser, site.page())
    page.get_by_label("Stars").select_option("1")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**stars=1**")
    assert page.locator("ul.letters > li").count() == 1
    page.close()


def test_feedback_is_marked_and_settings_are_saved_without_a_script(browser: Browser, site: Site) -> None:
    """F-081, F-084."""
    page = _unscripted(browser, site.page("/private"))
    page.get_by_role("button", name="Mark all on this page as read").press("Enter")
    page.get_by_text("Read Mon, Nov 23").first.wait_for()
    page.goto(site.page("/settings"))
    page.get_by_label("Omission period, in days").fill("0")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_role("link", name="a whole number from 1 to 365").wait_for()
    page.get_by_label("Omission period, in days").fill("45")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_role("status").wait_for()
    page.close()


def test_a_refusal_is_announced_and_leads_to_its_field(browser: Browser, site: Site) -> None:
    page = shown(browser, site.page("/settings"), PHONE)
    page.get_by_label("Omission period, in days").fill("1.5")
    page.get_by_role("button", name="Save").press("Enter")
    page.locator(".errors").wait_for()
    assert page.evaluate("document.activeElement.className") == "errors"
    assert Axe().run(page).response["violations"] == []
    page.locator(".errors a").press("Enter")
    assert page.evaluate("document.activeElement.id || location.hash").endswith("omission_days")
    page.close()
