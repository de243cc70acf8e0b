"""Hostile words through every text field of the site: no page that shows them runs a script, in a real browser.

Pages are made by the site and shown without its headers, so that escaping alone keeps them harmless.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest
from httpx import Response
from lxml import html
from playwright.sync_api import Browser, Dialog, Page, sync_playwright
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database, open_database, use_database
from models.rules.roles import Role
from models.rules.texting import Line
from models.settings import Settings
from tests.booking import NOW, a_booking
from tests.store.reviewing import a_review
from tests.store.texting import OWN_LINE
from tests.web.answering import link_of
from tests.web.booking_visitor import PERSON
from tests.web.booking_visitor import Visitor as Booker
from tests.web.browsing import CHROMIUM, IN_CHROMIUM
from tests.web.conftest import Clock
from tests.web.desk import MESSAGES, PATIENTS, a_front
from tests.web.hostile import BATCHES, HOSTILE, SUM
from tests.web.reputation import BASE as REPUTATION
from tests.web.reputation import a_scene, browser_of
from tests.web.signed_in import member
from tests.web.visitor import PASSWORD, Visitor, invite, newest_link

pytestmark = IN_CHROMIUM
AT_ONCE = 20
TYPED = ("text", "email", "tel", "search", "password", "url", None)
SHOW = """async pages => {
  const noticed = new Set();
  window.ran = () => noticed.add(-1);
  const forbidden = ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'AUDIO', 'VIDEO', 'STYLE'];
  const ours = (one, name) => (one.getAttribute(name) || '').startsWith('/static/');
  const places = /^(href|src|action|formaction|data|xlink:href)$/;
  const active = /^[\\s\\x00-\\x1f]*([a-z\\s]*script|data):/i;
  const isBad = one => forbidden.includes(one.nodeName)
    || (one.nodeName === 'META' && one.httpEquiv !== '')
    || (one.nodeName === 'SCRIPT' && !ours(one, 'src')) || (one.nodeName === 'LINK' && !ours(one, 'href'))
    || [...one.attributes].some(({name, value}) => name.startsWith('on') || (places.test(name) && active.test(value)));
  const frames = pages.map(page => {
    const frame = document.createElement('iframe');
    frame.srcdoc = page;
    return frame;
  });
  await Promise.all(frames.map(frame => new Promise(done => {
    frame.addEventListener('load', done, {once: true});
    document.body.append(frame);
  })));
  await new Promise(done => setTimeout(done));
  frames.forEach((frame, number) => {
    const inside = frame.contentDocument;
    if (!inside || [...inside.querySelectorAll('*')].some(isBad)) noticed.add(number);
    frame.remove();
  });
  return [...noticed];
}"""
RAN = "a script ran"
ASKED = ("lang", "kind", "whose", "from", "status", "tab", "number", "done", "days")
PAGES = ("/appointments", "/insights", "/messages", "/patients", "/reputation", "/progress/launch")
Open = Callable[[], Response]


@pytest.fixture
def sqlite(own_settings: Settings, sqlite_template: Path) -> Iterator[Database]:
    """Give a fresh database on one engine: what pages escape does not depend on it."""
    shutil.copy(sqlite_template, own_settings.database_file)
    opened = open_database(own_settings.resolved_database_url)
    with use_database(opened):
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        started: Browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started.new_page()
        started.close()


def noticed(page: Page, documents: list[str]) -> list[str]:
    """Show pages in the browser, and give the starts of those that ran something, or hold what could."""
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.set_content("<body></body>")
    page.route("**/*", lambda route: route.abort())
    found = []
    for first in range(0, len(documents), AT_ONCE):
        part = documents[first : first + AT_ONCE]
        found += [RAN if number < 0 else part[number] for number in page.evaluate(SHOW, part)]
    assert dialogs == []
    return found


def fields_of(form: html.FormElement) -> list[str]:
    """Name the fields of a form in which people type."""
    typed = [one.get("name") for one in form.xpath(".//input") if one.get("type") in TYPED]
    return [name for name in (*typed, *(one.get("name") for one in form.xpath(".//textarea"))) if name]


def flood(client: TestClient, opened: Open, ending: str, **given: str) -> tuple[list[str], set[str]]:
    """Type each part of the strings into every field of a form, and give the pages that followed, and the fields."""
    shown, fields = [], set[str]()
    for words in BATCHES:
        answer = opened()
        form = next(
            one
            for one in html.fromstring(answer.text).forms
            if (one.get("action") or "").partition("?")[0].endswith(ending) and fields_of(one)
        )
        fields |= set(fields_of(form))
        values = {name: value for name, value in form.form_values() if name} | given
        values |= dict.fromkeys([name for name in fields_of(form) if name not in given], words)
        where = form.get("action") or ""
        path = answer.request.url.path + where if not where or where.startswith("?") else where
        answer = client.post(path, data=values)
        shown.append(answer.text)
        while answer.is_redirect:
            answer = client.get(answer.headers["location"])
            shown.append(answer.text)
    return shown, fields


def harmless(page: Page, shown: list[str], *, reached: int = 1) -> None:
    """Assert that pages which show hostile words run nothing and compute nothing."""
    assert sum("&lt;script" in one for one in shown) >= reached, "no page shows what was typed"
    assert not [one for one in shown if SUM in one]
    assert noticed(page, shown) == []


def test_the_check_would_notice(page: Page) -> None:
    assert len(set(HOSTILE)) == 60
    frames = ("<p>{}</p>", '<input value="{}">', "<input value='{}'>", "<input value={}>", '<a href="{}">x</a>')
    planted = {one: [f"<html><head></head><body>{frame.format(one)}" for frame in frames] for one in HOSTILE}
    missed = [one for one, documents in planted.items() if not noticed(page, documents)]
    assert len(missed) <= 8, missed
    assert noticed(page, ["<html><head></head><body><p>Plain words</p></body></html>"]) == []


def test_the_pages_of_the_front_office(page: Page, sqlite: Database) -> None:
    """Message Center, patients: what is typed there, and what strangers text."""
    front = a_front(sqlite, Clock())
    front.texting.own_line(line=Line.WEB_TO_TEXT)
    for number, words in enumerate(BATCHES):
        front.asking.now += timedelta(minutes=11)
        front.texting.text(words, sender=f"+121255501{number + 20}", to=OWN_LINE)
    front.clock.now = front.asking.now
    threads = [f"{MESSAGES}/{one.id}" for one in front.texting.threads()]
    addresses = (MESSAGES, *threads, "/home", "/home?whose=everybody")
    shown = [front.browser.get(address).text for address in addresses]
    answers, typed = flood(front.browser, lambda: front.browser.get(threads[0]), "/answer")
    searches, looked = flood(front.browser, lambda: front.browser.get(PATIENTS), "/patients")
    assert (typed, looked) == ({"words"}, {"first", "last", "born"})
    harmless(page, [*shown, *answers, *searches], reached=20)


def test_the_pages_of_reputation(page: Page, sqlite: Database) -> None:
    """What writers of reviews, patients and the practice itself write."""
    scene = a_scene(sqlite)
    for number, words in enumerate(BATCHES):
        scene.reviewing.take_in(a_review(f"h{number}", words=words, signed=words[:80]), as_of=scene.asking.now)
    office = browser_of(scene, "office")
    lists = [office.get(f"{REPUTATION}{rest}").text for rest in ("", "?stars=5", "/private", "/settings")]
    listed = html.fromstring(lists[0]).xpath("//a[contains(@href, 'review=')]/@href")
    following = cycle(dict.fromkeys(str(one) for one in listed))
    drafts, typed = flood(office, lambda: office.get(next(following)), "/draft")
    saved, chosen = flood(office, lambda: office.get(f"{REPUTATION}/settings"), "/save")
    assert (typed, chosen) == ({"words"}, {"omission_days"})
    patient = TestClient(create_site(now=scene.clock), base_url="http://127.0.0.1:8080", follow_redirects=False)
    link = link_of(scene.asking, scene.answers[2])
    told, written = flood(patient, lambda: patient.get(link), "/tell", stars="9")
    assert written == {"words"}
    patient.post(f"{link}/tell", data=_sent(patient, link) | {"words": BATCHES[0], "stars": "5"})
    private = office.get(f"{REPUTATION}/private").text
    assert "&lt;script" in private
    harmless(page, [*lists, *drafts, *saved, *told, private], reached=20)


def _sent(client: TestClient, address: str) -> dict[str, str]:
    form = html.fromstring(client.get(address).text).forms[0]
    return {name: value for name, value in form.form_values() if name}


def test_the_pages_of_booking(page: Page, sqlite: Database) -> None:
    """What somebody types who asks for an appointment."""
    clock = Clock()
    a_booking(sqlite)
    clock.now = NOW
    with TestClient(create_site(now=clock), base_url="http://127.0.0.1:8080", follow_redirects=False) as client:
        shown, fields = [], set[str]()
        for words in BATCHES:
            for step, known in (("details", {}), ("cover", PERSON)):
                visitor = Booker(client)
                visitor = visitor.at_cover() if known else visitor.at_details()
                names = fields_of(visitor.page.get_element_by_id("booking"))
                fields |= {f"{step}.{name}" for name in names}
                visitor.told(**dict.fromkeys(names, words))
                shown.append(visitor.answer.text)
                clock.now += timedelta(hours=1)
    assert {"details.first", "details.email", "cover.notes"} <= fields
    harmless(page, shown, reached=15)


def test_the_pages_of_signing_in_and_what_addresses_ask_for(page: Page, own_settings: object, sqlite: Database) -> None:
    front = a_front(sqlite, Clock())
    site = front.browser.app
    with TestClient(site, base_url="http://127.0.0.1:8080", follow_redirects=False) as nobody:

        def sign_in() -> Response:
            front.clock.now += timedelta(days=1)
            answer: Response = nobody.get("/sign-in")
            return answer

        tried, fields = flood(nobody, sign_in, "/sign-in")
    assert fields == {"email", "password"}
    front.clock.now += timedelta(days=1)
    places = ("/home", "/account", *(f"/staff/practices/maple-street{rest}" for rest in PAGES))
    shown = [
        front.browser.get(path, params=dict.fromkeys(ASKED, words)).text for words in BATCHES[::3] for path in places
    ]
    harmless(page, [*tried, *shown], reached=0)


def test_the_pages_of_the_first_visit_and_of_codes(page: Page, sqlite: Database) -> None:
    """The password of an invitation, the code that sets up a phone, the code of each visit: typed, and never shown."""
    front = a_front(sqlite, Clock())
    member(sqlite, "manager-of-the-site", Role.ONBOARDING_MANAGER)
    member(sqlite, "vera", Role.SUCCESS_COACH)
    invite(sqlite, "vera", as_of=front.clock.now)
    link, shown = newest_link(sqlite), list[str]()
    with TestClient(front.browser.app, base_url="http://127.0.0.1:8080", follow_redirects=False) as nobody:
        visitor = Visitor(nobody).open(link)
        assert set(fields_of(visitor.page.forms[0])) >= {"password", "again"}
        for words in BATCHES:
            shown.append(visitor.open(link).send(password=words, again=f"{words}.").answer.text)
        visitor.send(password=PASSWORD, again=PASSWORD)
        assert visitor.title == "Set up your codes"
        visitor.secret = visitor.keys[0].replace(" ", "")
        shown += [visitor.send(code=words).answer.text for words in BATCHES[:3]]
        assert visitor.send(code=visitor.code(front.clock.now)).title == "Your recovery codes"
        for words in BATCHES:
            nobody.cookies.clear()
            front.clock.now += timedelta(days=1)
            visitor.open("/sign-in").send(email="vera@staff.example.com", password=PASSWORD)
            assert fields_of(visitor.page.forms[0]) == ["code"]
            shown.append(visitor.send(code=words).answer.text)
    assert len(shown) == 33
    harmless(page, shown, reached=0)
