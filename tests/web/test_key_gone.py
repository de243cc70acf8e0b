"""A practice left and its key was destroyed: its pages say so in plain words, and lists go on showing the others."""

import logging

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from models.db import Database
from models.store import keys
from models.store.practices import find_practice
from tests.reports.journeys import Story, in_training, intake
from tests.web.conftest import Clock, private_link

pytestmark = pytest.mark.database
PLAIN = ("The words of this practice are gone", "Its key was destroyed when it left", "Su clave se destruyó")
LISTS = ("/home", "/staff", "/staff?status=all", "/staff/work", "/staff/enrollments", "/staff/enrollments/figures")
OWN = (
    "",
    "/enrollments",
    "/forecast",
    "/readiness",
    "/progress",
    "/progress/enrollments",
    "/progress/launch",
    "/insights",
    "/feeds",
    "/appointments",
    "/calendar",
    "/appointments.fhir.json",
)


@pytest.fixture
def left(db: Database, clock: Clock, story: Story) -> str:
    """Let one of two practices leave, with its key; gives its private link."""
    in_training(story)
    clock.now = in_training(Story(db, intake("oak", name="Oak Dental"))).now
    link = private_link(story)

    def destroy(session: Session) -> None:
        practice = find_practice(session, "maple")
        assert practice is not None
        keys.destroy(session, practice.id)

    db.transaction(destroy)
    return link


def test_lists_of_several_practices_still_show_the_others(client: TestClient, left: str) -> None:
    for address in LISTS:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert PLAIN[0] not in answer.text
    assert "Oak Dental" in client.get("/staff").text
    assert "/staff/practices/oak" in client.get("/staff/work").text


def test_every_page_of_that_practice_is_shown_without_names_or_says_why_not(client: TestClient, left: str) -> None:
    said: dict[str, int] = {}
    for address in [*(f"/staff/practices/maple{rest}" for rest in OWN), left, f"{left}/enrollments"]:
        answer = client.get(address)
        said[address] = answer.status_code
        assert answer.status_code in (200, 404, 410), address
        assert all((words in answer.text) == (answer.status_code == 410) for words in PLAIN[::2]), address
        assert "Ana Example" not in answer.text
    assert said["/staff/practices/maple"] == 410
    assert {said[f"/staff/practices/maple{rest}"] for rest in ("/enrollments", "/appointments", "/insights")} == {200}


def test_a_page_that_is_gone_wakes_nobody(client: TestClient, left: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert client.get("/staff/practices/maple").status_code == 410
    said = [one for one in caplog.records if one.name == "golive.site"]
    assert [(one.levelname, one.getMessage()[:32]) for one in said] == [("INFO", "page refused: KeyDestroyedError ")]


def test_the_pages_of_the_others_are_as_they_were(client: TestClient, left: str) -> None:
    for rest in OWN:
        assert client.get(f"/staff/practices/oak{rest}").status_code in (200, 404), rest
    assert "Ana Example" in client.get("/staff/practices/oak").text
