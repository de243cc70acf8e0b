"""A practice whose patients were asked for feedback, and a patient at their page, whose browser runs no script."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from httpx import Response
from lxml import html
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from models.db import Database
from models.rules.feedback import Destination
from models.rules.feedback_events import Sent
from models.rules.messages import Channel
from models.store import feedback_changes
from models.store.keys import keys_of
from models.tables.feedback import FeedbackAnswerRow
from models.tables.patients import PatientRow
from tests.scenes import kept
from tests.store.asking import NOON, Asking, an_asking

ADDRESSES = {
    Destination.GOOGLE: "https://reviews.example.com/google?place=maple&lang=en",
    Destination.HEALTHGRADES: "https://healthgrades.example.com/maple",
    Destination.OWN_SITE: "https://maple.example.com/reviews",
}
NOBODY = "/f/" + "A" * 22
WORDS = "Kind and unhurried; the knee of Rosalind Quickwater is fine again."


@kept
def a_practice(db: Database, **choices: Any) -> Asking:
    """Give a practice that asks for feedback and offers three public links."""
    chosen = {"destinations": tuple(ADDRESSES)} | choices
    asking = an_asking(db, **chosen)
    asking.choose(addresses=ADDRESSES, omission_days=29)
    return asking


def ask(asking: Asking, number: str = "501", *, patient: str = "91", is_sent: bool = True, **facts: Any) -> int:
    """Let a visit be checked out at noon and its first message go out three hours later; gives the request.

    Every patient but the usual one is a person of their own.
    """
    other: dict[str, Any] = {
        "email": "",
        "mobile": f"+121255501{patient[-2:]}",
        "born": date(1900 + int(patient) % 100, 2, 3),
    }
    asking.now = NOON
    asking.patient(patient, **({} if patient == "91" else other), **facts)
    request = asking.check_out(number, patient=patient)
    asking.wait(hours=3, minutes=1)
    assert asking.row(request).waits_for is Channel.TEXT
    if is_sent:
        asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    return request


def link_of(asking: Asking, request: int) -> str:
    """Give the address of a request's page."""

    def token(session: Session) -> str:
        return feedback_changes.tokens_of(keys_of(session, asking.practice), request)[0]

    return f"/f/{asking.db.read(token)}"


def row_of(asking: Asking, request: int) -> FeedbackAnswerRow | None:
    """Give the stored answer."""
    return asking.db.read(lambda s: s.get(FeedbackAnswerRow, request))


def speak(asking: Asking, patient_locale: str) -> None:
    """Let every patient speak a language."""
    asking.db.transaction(lambda s: s.execute(update(PatientRow).values(locale=patient_locale)))


class Patient:
    """One person at the page of one link: reads, fills in and presses."""

    def __init__(self, client: TestClient, link: str) -> None:
        self._client = client
        self.link = link
        self.asked: list[str] = []
        self.answer: Response
        self.page: Any

    def open(self, address: str = "", **query: str) -> "Patient":
        """Open the page."""
        return self._seen(self._client.get(f"{self.link}{address}", params=query))

    def post(self, address: str, values: Mapping[str, str], **headers: str) -> "Patient":
        """Send a form."""
        return self._seen(self._client.post(f"{self.link}{address}", data=dict(values), headers=headers))

    def again(self) -> "Patient":
        """Load the page again."""
        return self._seen(self._client.get(self.asked[-1]))

    def _seen(self, answer: Response) -> "Patient":
        self.asked.append(str(answer.request.url))
        while answer.is_redirect:
            answer = self._client.get(answer.headers["location"])
            self.asked.append(str(answer.request.url))
        self.answer = answer
        self.page = html.fromstring(answer.text)
        return self

    @property
    def text(self) -> str:
        """What stands on the page."""
        return " ".join(self.page.text_content().split())

    @property
    def title(self) -> str:
        """The heading."""
        return " ".join(self.page.find(".//h1").text_content().split())

    @property
    def values(self) -> dict[str, str]:
        """What the form would send, without a button."""
        return {name: value.removeprefix("\n") for name, value in self.page.find(".//form").form_values()}

    @property
    def faults(self) -> dict[str, str]:
        """What is said beside fields, by field."""
        found = self.page.xpath("//p[contains(@class, 'fault')]")
        return {one.get("id").removesuffix("-fault"): " ".join(one.text_content().split()) for one in found}

    @property
    def links(self) -> list[tuple[str, str]]:
        """The public links: what they are called, and where they lead."""
        found = self.page.xpath("//ul[contains(@class, 'places')]//a")
        return [(" ".join(one.text_content().split()), one.get("href")) for one in found]

    def press(self, name: str = "", value: str = "", **typed: str) -> "Patient":
        """Type, and press a button: the only one without a name unless one is named."""
        form = self.page.find(".//form")
        wanted = f"//button[@name='{name}' and @value='{value}']" if name else "//button[not(@name)]"
        assert self.page.xpath(wanted), self.text
        sent = {**self.values, **typed, **({name: value} if name else {})}
        return self._seen(self._client.post(form.get("action"), data=sent))

    def says(self, answer: str) -> "Patient":
        """Open the link and answer."""
        return self.open().press("answer", answer)


Come = Callable[..., Patient]
"""Lets a patient come by the link of a request, or of a new one."""
