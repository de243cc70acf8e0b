"""A visitor whose browser runs no script: reads pages, fills in their forms and presses their buttons."""

import json
from collections.abc import Mapping
from typing import Any

from httpx import Response
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from models.store.keys import keys_of
from models.tables.appointments import AppointmentRow, RequestRow
from tests.booking import Booking

PERSON = {
    "first": "Rosalind",
    "last": "Quickwater",
    "email": "rosalind.quickwater@example.com",
    "phone": "202-555-0143",
    "born_month": "3",
    "born_day": "31",
    "born_year": "1985",
    "sex": "female",
    "accepts_terms": "1",
}
"""Somebody who does not exist."""


class Visitor:
    """One person at the booking pages of one practice; `asked` lists the addresses that were opened."""

    def __init__(self, client: TestClient, key: str = "maple-street") -> None:
        self._client = client
        self._base = f"/book/{key}"
        self.asked: list[str] = []
        self.bodies: list[Mapping[str, str]] = []
        self.answer: Response
        self.page: Any

    def open(self, address: str = "", **query: str) -> "Visitor":
        """Open a page."""
        return self._seen(self._client.get(f"{self._base}{address}", params=query))

    def post(self, step: str, values: Mapping[str, str], **headers: str) -> "Visitor":
        """Send a form that is no page's."""
        self.bodies.append(dict(values))
        return self._seen(self._client.post(f"{self._base}{step}", data=dict(values), headers=headers))

    def _seen(self, answer: Response) -> "Visitor":
        self.asked.append(str(answer.request.url))
        while answer.is_redirect:
            answer = self._client.get(answer.headers["location"])
            self.asked.append(str(answer.request.url))
        self.answer = answer
        self.page = html.fromstring(answer.text)
        return self

    @property
    def text(self) -> str:
        """What stands on the page, without its form's values."""
        return " ".join(self.page.text_content().split())

    @property
    def title(self) -> str:
        """The heading of the page."""
        return " ".join(self.page.find(".//h1").text_content().split())

    @property
    def faults(self) -> dict[str, str]:
        """What is said beside fields, by field."""
        found = self.page.xpath("//p[contains(@class, 'fault')]")
        return {one.get("id").removesuffix("-fault"): " ".join(one.text_content().split()) for one in found}

    @property
    def values(self) -> dict[str, str]:
        """What the form would send, without a button."""
        form = self.page.get_element_by_id("booking")
        return {name: value.removeprefix("\n") for name, value in form.form_values()}  # as browsers read a text area

    def has(self, name: str) -> bool:
        """Say whether the page asks for something."""
        return bool(self.page.xpath(f"//*[@name='{name}' and not(@type='hidden')]"))

    def options(self, name: str) -> list[str]:
        """List what can be chosen."""
        return [one.text_content().strip() for one in self.page.xpath(f"//select[@name='{name}']/option")]

    def is_ticked(self, name: str) -> bool:
        """Say whether a box is ticked."""
        return bool(self.page.xpath(f"//input[@name='{name}' and @checked]"))

    @property
    def slots(self) -> list[str]:
        """List the values of the times that can be clicked on."""
        return [str(one) for one in self.page.xpath("//button[@name='slot' and contains(@class, 'slot')]/@value")]

    def press(self, name: str = "", value: str = "", **typed: str | None) -> "Visitor":
        """Press a button, the first one unless one is named, after typing; None clears a field."""
        form = self.page.get_element_by_id("booking")
        wanted = f"//button[@name='{name}' and @value='{value}']" if name else ".//button[not(@name)]"
        button = form.xpath(wanted)[0]
        sent = {**self.values, **typed, **({name: value} if name else {})}
        self.bodies.append({key: word for key, word in sent.items() if word is not None})
        address = button.get("formaction") or form.get("action")
        return self._seen(self._client.post(address, data=self.bodies[-1]))

    def told(self, **typed: str | None) -> "Visitor":
        """Type, and go on."""
        return self.press("", "", **typed)

    def take(self, number: int = 0, **typed: str | None) -> "Visitor":
        """Click on a time."""
        return self.press("slot", self.slots[number], **{"reason": "sick-visit", **typed})

    def at_details(self, number: int = 0, **typed: str | None) -> "Visitor":
        """Come as far as the page that asks who the visit is for."""
        visitor = self.open().take(number, **typed)
        assert visitor.title == "About you", visitor.text
        return visitor

    def at_cover(self, number: int = 0, **typed: str | None) -> "Visitor":
        """Come as far as insurance and notes."""
        told: dict[str, str | None] = {**PERSON, **typed}
        visitor = self.at_details(number).told(**told)
        assert visitor.title == "Insurance and notes", visitor.text
        return visitor

    def again(self) -> "Visitor":
        """Load the answer to the last form again."""
        request = self.answer.request
        return self._seen(self._client.post(str(request.url), data=dict(self.bodies[-1])))


def requests(made: Booking) -> list[tuple[AppointmentRow, RequestRow, dict[str, str]]]:
    """Give what was submitted, opened."""

    def load(session: Session) -> list[tuple[AppointmentRow, RequestRow, dict[str, str]]]:
        keys = keys_of(session, made.practice)
        query = select(AppointmentRow, RequestRow).join(RequestRow, RequestRow.appointment_id == AppointmentRow.id)
        return [
            (
                row,
                request,
                json.loads(keys.unseal(request.details, table="appointment_requests", column="details", row_id=row.id)),
            )
            for row, request in session.execute(query).tuples()
        ]

    return made.db.read(load)
