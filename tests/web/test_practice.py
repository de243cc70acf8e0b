"""A practice sees its own journey in its own language, and nothing that is internal."""

import pytest
from starlette.testclient import TestClient

from models.db import Database
from tests.reports.journeys import PEOPLE, Story, in_training, in_welcome, intake
from tests.web.conftest import Clock, private_link

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


def test_the_private_link_shows_what_is_needed_and_who_the_coach_is(
    client: TestClient, clock: Clock, story: Story
) -> None:
    clock.now = in_training(story).now
    page = client.get(private_link(story)).text
    for words in ("What we need from you", "Form W-9", "it cannot be read", "Cora Coach", "Expected go-live"):
        assert words in page
    assert '<html lang="en">' in page


def test_spanish_practices_read_spanish(client: TestClient, clock: Clock, db: Database) -> None:
    story = Story(db, intake("cedro", name="Clínica El Cedro", locale="es"))
    clock.now = in_welcome(story).now
    page = client.get(private_link(story)).text
    for words in ('<html lang="es">', "Lo que necesitamos de usted", "Llamada de bienvenida", "Lo que ha pasado"):
        assert words in page
    assert "Welcome Call" not in page


def test_the_language_can_be_chosen(client: TestClient, story: Story) -> None:
    link = private_link(story)
    assert "Sus diez etapas" in client.get(f"{link}?lang=es").text
    assert "Your ten steps" in client.get(f"{link}?lang=en").text
    assert "Your ten steps" in client.get(f"{link}?lang=%3Cscript%3E").text


def test_nothing_internal_is_shown_to_the_practice(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = in_training(story).after(20).now
    page = client.get(private_link(story)).text
    internal = (
        "Prepare with the Sales",
        "internal",
        "staff-1 ",
        "/staff",
        "Sal Sales",
        "reminded",
        "Open work",
        "maple<",
    )
    assert not [words for words in internal if words in page]
    assert not [name for name in PEOPLE if name in page]


def test_the_practice_page_in_welcome_hides_the_preparation(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = in_welcome(story).now
    link = private_link(story)
    assert "Prepare with the Sales Representative" not in client.get(link).text
    assert "Preparación con el representante" not in client.get(f"{link}?lang=es").text


WRONG = ("/j/", "/j/short", f"/j/{'A' * 22}", f"/j/{'A' * 23}", "/j/..%2Fstaff", "/j/%00", "/j/a/b", "/wp-login.php")


@pytest.mark.parametrize("path", WRONG)
def test_a_wrong_token_looks_like_any_missing_page(client: TestClient, story: Story, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.text == client.get("/nothing").text
    assert answer.headers == client.get("/nothing").headers


def test_another_machine_may_use_the_private_link(stranger: TestClient, story: Story) -> None:
    assert stranger.get(private_link(story)).status_code == 200


def test_hostile_names_are_only_text(client: TestClient, clock: Clock, db: Database) -> None:
    payers = [{"key": "evil", "name": HOSTILE, "expected_claims_per_month": 5}]
    story = Story(db, intake("hostile", name=HOSTILE, payers=payers))
    clock.now = in_welcome(story).now
    for path in (private_link(story), "/staff/practices/hostile", "/staff/"):
        page = client.get(path).text
        assert "<script" not in page
        assert "{{ 7*7 }}" in page
        assert "&lt;script&gt;" in page


def test_reading_changes_nothing(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = in_training(story).now
    first = client.get(private_link(story))
    assert client.get(private_link(story)).text == first.text
    assert client.head(private_link(story)).content == b""
    assert client.head(private_link(story)).status_code == 200
