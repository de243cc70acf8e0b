"""A practice with public reviews and private feedback, and its people at the pages of Reputation, without a script."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from httpx import Response
from lxml import html
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database
from models.inputs.feedback_forms import Told
from models.rules.reputation import ReviewSource
from models.store import feedback_answers
from tests.scenes import kept
from tests.store.asking import Asking
from tests.store.reviewing import Reviewing, a_review
from tests.web.answering import a_practice, ask, link_of
from tests.web.conftest import Clock
from tests.web.signed_in import SignedIn

KEY = "maple-street"
BASE = f"/staff/practices/{KEY}/reputation"
PRIVATE = "The knee of Rosalind Quickwater is fine again."
PRAISE, COMPLAINT = "Very friendly people.", "Nobody answered the phone for a week."


@dataclass
class Scene:
    """One practice with reviews in public and feedback in private."""

    asking: Asking
    reviewing: Reviewing
    answers: tuple[int, ...]

    @property
    def db(self) -> Database:
        """Our database."""
        return self.asking.db

    @property
    def clock(self) -> Clock:
        """A clock that stands a while after everything."""
        clock = Clock()
        clock.now = self.asking.now + timedelta(hours=4)
        return clock


@kept
def a_scene(db: Database) -> Scene:
    """Give three reviews, the newest with five stars, and three answers, two of them with words."""
    asking = a_practice(db)
    reviewing = Reviewing(db, asking.practice, KEY)
    answers = tuple(ask(asking, str(600 + n), patient=str(110 + n)) for n in range(3))
    reviewing.connect()
    days = [asking.now - timedelta(days=number) for number in (1, 2, 3)]
    facts: list[dict[str, Any]] = [
        {"stars": 5, "words": PRAISE, "signed": "Zoe K."},
        {"stars": 1, "words": COMPLAINT, "signed": "A. Reader"},
    ]
    for number, given in enumerate(facts):
        at = days[number]
        reviewing.take_in(a_review(f"r{number + 1}", written_at=at, changed_at=at, **given), as_of=asking.now)
    place, reviewing.place = reviewing.place, None
    other = {"source": ReviewSource.HEALTHGRADES, "stars": 3, "words": "", "signed": ""}
    reviewing.take_in(a_review("r3", written_at=days[2], changed_at=days[2], **other), as_of=asking.now)
    reviewing.place = place
    tell(asking, answers[0], is_satisfied=True, told=Told(5, "Kind and unhurried."))
    tell(asking, answers[1], is_satisfied=False, told=Told(None, PRIVATE))
    tell(asking, answers[2], is_satisfied=True)
    return Scene(asking, reviewing, answers)


def tell(asking: Asking, request: int, *, is_satisfied: bool, told: Told | None = None) -> None:
    """Answer a request a minute later, in full when something is told."""
    asking.now += timedelta(minutes=1)
    token = link_of(asking, request).rpartition("/")[2]
    asking.db.transaction(
        lambda s: feedback_answers.answer(s, token, is_satisfied=is_satisfied, locale="en", as_of=asking.now)
    )
    asked = asking.db.read(lambda s: feedback_answers.find_asked(s, token))
    assert asked is not None
    if told is not None:
        asking.db.transaction(lambda s: feedback_answers.complete(s, asked, told, locale="en", as_of=asking.now))


def browser_of(scene: Scene, key: str, *, practice: str = KEY) -> SignedIn:
    """Give the browser of somebody who has signed in; ours have no practice."""
    made = SignedIn(create_site(now=scene.clock), scene.db, key, practice=practice, raise_server_exceptions=False)
    made.headers["Accept-Language"] = "en"
    return made


class Reader:
    """One person at these pages: opens them, fills in a form and presses its button."""

    def __init__(self, client: TestClient, base: str = BASE) -> None:
        self.client, self.base = client, base
        self.answer: Response
        self.page: Any

    def open(self, path: str = "", **query: object) -> "Reader":
        """Open a page."""
        given = {name: str(value) for name, value in query.items()}
        return self._seen(self.client.get(f"{self.base}{path}", params=given))

    def press(self, step: str, number: int = 0, **typed: str) -> "Reader":
        """Fill in a form by the end of its address, and send it."""
        form = [one for one in self.page.forms if one.get("action").partition("?")[0].endswith(step)][number]
        values = {name: value for name, value in form.form_values() if name} | typed
        return self.post(form.get("action"), values)

    def post(self, address: str, values: dict[str, str], **headers: str) -> "Reader":
        """Send a form."""
        return self._seen(self.client.post(address, data=values, headers=headers))

    def _seen(self, answer: Response) -> "Reader":
        while answer.is_redirect:
            answer = self.client.get(answer.headers["location"])
        self.answer = answer
        self.page = html.fromstring(answer.text)
        return self

    @property
    def text(self) -> str:
        """What stands in the content of the page."""
        return " ".join(self.page.get_element_by_id("content").text_content().split())

    @property
    def buttons(self) -> list[str]:
        """The addresses of the forms that change something, by their ends."""
        found = (one for one in self.page.forms if one.method == "POST")
        return [one.get("action").partition("?")[0].removeprefix(self.base) for one in found]

    @property
    def faults(self) -> dict[str, str]:
        """What is said at fields."""
        found = self.page.xpath("//p[contains(@class, 'fault')]")
        return {one.get("id").removesuffix("-fault"): " ".join(one.text_content().split()) for one in found}

    @property
    def cards(self) -> list[str]:
        """What stands in each card of a list."""
        return [" ".join(one.text_content().split()) for one in self.page.xpath("//ul[@class='letters']/li")]

    def links(self, part: str) -> list[str]:
        """The addresses of links that hold some words."""
        found = (one.get("href") for one in self.page.xpath("//a[@href]"))
        return [one for one in found if part in one]
