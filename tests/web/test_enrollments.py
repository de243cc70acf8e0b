"""A practice sees how its enrollments stand, in its own language, and nothing of ours."""

import pytest
from starlette.testclient import TestClient

from models.db import Database
from models.rules.onboarding_events import Pause
from models.rules.onboarding_facts import Reason
from models.store.practices import link_token
from tests.factories import play
from tests.reports.journeys import Story
from tests.store.enrolling import Enrolling
from tests.web.conftest import Clock, private_link
from tests.web.enrollments import several_states


@pytest.fixture
def enrollments(db: Database, clock: Clock) -> Enrolling:
    found = several_states(db)
    clock.now = found.now
    return found


def link_of(one: Enrolling) -> str:
    return f"/j/{one.db.read(lambda s: link_token(s, one.practice, one.journey))}"


def test_every_enrollment_says_in_plain_words_how_it_stands(client: TestClient, enrollments: Enrolling) -> None:
    page = client.get(f"{link_of(enrollments)}/enrollments").text
    for words in (
        "4 of 11 approved or active",
        "the payer is reviewing it",
        "answer expected Dec 31, 2026 to Jan 6, 2027",
        "sent in, on its way to the payer",
        "the clearinghouse",
        "since Mon, Nov 23",
        "in force from Fri, Jan 22, 2027",
        "goes out on Tue, Jan 12, 2027",
        "valid until Wed, Mar 1, 2028",
        "nothing to set up: it works as it is",
        "returned by the payer, we are correcting it",
        "Humana &lt;b&gt;Gold&lt;/b&gt;",
        "Staff coach-1",
    ):
        assert words in page


def test_what_the_practice_must_do_stands_on_top(client: TestClient, enrollments: Enrolling) -> None:
    page = client.get(f"{link_of(enrollments)}/enrollments").text
    places = [
        page.index(words)
        for words in (
            "What we need from you",
            "Medicare: Electronic payments (EFT)",
            "Your form W-9, a voided check or a letter from your bank",
            "please by Wed, Nov 25 · late",
            "Aetna: Electronic payments (EFT)",
            "Your answer to the payer&#39;s question",
            "the payer is reviewing it",
        )
    ]
    assert places == sorted(places)


INTERNAL = (
    "name_mismatch",
    "does not match",
    "attempt",
    "escalat",
    "manager",
    "/staff",
    "resubmit",
    "stedi",
    "00123",
    "277ca",
    "277CA",
    "withdrawn",
    "no longer planned",
    "enroll-1",
    "Enrollments Representative",
    "chase",
    "rung",
)


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_of_ours_is_shown(client: TestClient, enrollments: Enrolling, language: str) -> None:
    page = client.get(f"{link_of(enrollments)}/enrollments?lang={language}").text
    assert [words for words in INTERNAL if words in page] == []
    assert "Maple" not in page


def test_the_journey_page_tells_nothing_internal_of_enrollments(client: TestClient, enrollments: Enrolling) -> None:
    page = client.get(link_of(enrollments)).text
    assert [words for words in INTERNAL if words in page] == []


def test_spanish_practices_read_spanish(client: TestClient, clock: Clock, db: Database) -> None:
    found = several_states(db, locale="es")
    clock.now = found.now
    page = client.get(f"{link_of(found)}/enrollments").text
    for words in ('<html lang="es">', "Lo que necesitamos de usted", "Su formulario W-9", "la cámara de compensación"):
        assert words in page
    assert "reviewing" not in page


def test_a_chosen_language_is_kept_from_page_to_page(client: TestClient, enrollments: Enrolling) -> None:
    link = link_of(enrollments)
    assert f'href="{link}/enrollments"' in client.get(link).text
    assert f'href="{link}/enrollments?lang=es"' in client.get(f"{link}?lang=es").text
    assert f'href="{link}?lang=es"' in client.get(f"{link}/enrollments?lang=es").text
    assert "script" not in client.get(f"{link}/enrollments?lang=%3Cscript%3E").text


def test_a_practice_without_enrollments_gets_a_kind_sentence(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = story.now
    page = client.get(f"{private_link(story)}/enrollments").text
    assert "No enrollment has begun yet, and there is nothing for you to do." in page
    assert "<table" not in page


def test_nothing_is_asked_during_a_pause(client: TestClient, enrollments: Enrolling, db: Database) -> None:
    """O-45."""
    play(db, enrollments.journey, [Pause(Reason.PRACTICE_ASKED)], as_of=enrollments.now)
    page = client.get(f"{link_of(enrollments)}/enrollments").text
    assert "we ask nothing of you now" in page
    assert "Your form W-9" not in page


@pytest.mark.parametrize("token", ["short", "A" * 22, "A" * 23, "..%2Fstaff", "%00"])
def test_a_wrong_token_looks_like_any_missing_page(client: TestClient, enrollments: Enrolling, token: str) -> None:
    answer = client.get(f"/j/{token}/enrollments")
    assert answer.status_code == 404
    assert answer.text == client.get("/nothing").text


def test_another_machine_may_use_the_private_link(stranger: TestClient, enrollments: Enrolling) -> None:
    assert stranger.get(f"{link_of(enrollments)}/enrollments").status_code == 200


def test_reading_changes_nothing_and_writing_is_refused(client: TestClient, enrollments: Enrolling) -> None:
    address = f"{link_of(enrollments)}/enrollments"
    assert client.get(address).text == client.get(address).text
    assert client.post(address).status_code == 405


def test_work_lists_name_payer_and_transaction_and_the_flow(client: TestClient, enrollments: Enrolling) -> None:
    page = client.get("/staff/work").text
    for words in (
        "Correct a rejected enrollment: Cigna, ERA",
        "Correct what the payer named, then resubmit-enrollment",
        "The practice has to give something for the enrollment: Medicare, EFT",
        "Submit the enrollment: Aetna, ERA",
    ):
        assert words in page
    assert "correct.cigna" not in page
    assert "Correct a rejected enrollment: Cigna, ERA" in client.get("/staff/practices/cedar-hill").text
