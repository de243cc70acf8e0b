"""The staff area shows everything of every journey, to whoever signed in and may see it."""

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from models.rules.onboarding_events import Cancel
from models.rules.onboarding_facts import Reason
from models.settings import Settings, use_settings
from tests.reports.journeys import Story, after_handoff, in_training, in_welcome, intake, live
from tests.web.conftest import Clock

PAGES = ("/staff", "/staff/", "/staff/work", "/staff/practices/maple", "/mailbox", "/mailbox/")


def test_the_board_lists_journeys_with_what_is_waited_for(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = after_handoff(story).after(1).now
    page = client.get("/staff/").text
    assert 'href="/staff/practices/maple">Maple Street Family Medicine</a>' in page
    assert "our team" in page
    assert "3 of 10 over" in page


def test_the_board_is_filtered_by_status(client: TestClient, clock: Clock, story: Story) -> None:
    in_welcome(Story(story.db, intake("aspen", name="Aspen Allergy"))).tell(Cancel(Reason.AGREEMENT_ENDED))
    assert "Aspen Allergy" not in client.get("/staff/").text
    cancelled = client.get("/staff/?status=cancelled").text
    assert "Aspen Allergy" in cancelled
    assert "Maple Street" not in cancelled
    assert client.get("/staff/?status=nonsense").text == client.get("/staff/").text


def test_the_journey_page_shows_picture_items_names_and_history(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = in_training(story).now
    page = client.get("/staff/practices/maple").text
    for words in ("Cora Coach", "Ana Example", "Form W-9", "it cannot be read", "needs attention", "The ten steps"):
        assert words in page
    assert page.count('<svg class="timeline') == 2
    assert "staff-1 recorded the Billing Rules Call as held" in page


def test_internal_items_are_marked_for_staff(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = in_welcome(story).now
    page = client.get("/staff/practices/maple").text
    assert "Prepare with the Sales Representative" in page
    assert '<span class="tag">internal</span>' in page


def test_late_promises_and_missed_targets_are_said_in_words(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = after_handoff(story).after(60).now
    page = client.get("/staff/practices/maple").text
    assert "later than planned" in page
    assert "passed" in page
    assert "first claim" in client.get("/staff/").text


def test_a_live_practice_shows_its_day_instead_of_a_forecast(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = live(story).now
    page = client.get("/staff/practices/maple").text
    assert "Live since" in page
    assert "Expected go-live" not in page
    assert "between" in page


def test_work_lists_name_tasks_in_words(client: TestClient, clock: Clock, story: Story) -> None:
    clock.now = after_handoff(story).now
    page = client.get("/staff/work").text
    assert "Hold the Application Call" in page
    assert "Success Coordinator" in page
    narrowed = client.get("/staff/work?role=primary_contact").text
    assert "Form W-9" in narrowed
    assert "Hold the Application Call" not in narrowed


def test_nothing_in_the_staff_area_is_a_form(client: TestClient, story: Story) -> None:
    for path in PAGES:
        assert "<form" not in client.get(path).text
        assert "<script" not in client.get(path).text


def test_an_unknown_practice_is_missing(client: TestClient) -> None:
    assert client.get("/staff/practices/nobody").status_code == 404


LOCAL_PAGES = ("/mailbox", "/mailbox/", "/l/Zk3vQ9xTn2Lw8RbYh5CdFg")
STAFF_PAGES = tuple(path for path in PAGES if path.startswith("/staff"))


@pytest.mark.parametrize("path", LOCAL_PAGES)
def test_another_machine_finds_nothing_that_is_for_this_one(stranger: TestClient, story: Story, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 404
    assert answer.text == stranger.get("/nothing/here").text
    assert stranger.post(path).status_code == 404


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_whoever_has_not_signed_in_is_led_to_the_sign_in(nobody: TestClient, story: Story, path: str) -> None:
    answer = nobody.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={quote(path, safe='')}")
    assert not answer.content
    missing = nobody.get("/staff/practices/nobody")
    assert missing.headers["location"] == "/sign-in?next=%2Fstaff%2Fpractices%2Fnobody"


def test_a_session_counts_on_every_machine(client: TestClient, stranger: TestClient, story: Story) -> None:
    client.get("/staff/")
    stranger.cookies.update(client.cookies)
    assert stranger.get("/staff/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.example.com", "127.0.0.1@example.com", ""])
def test_a_foreign_name_for_this_machine_finds_no_mailbox(client: TestClient, host: str) -> None:
    assert client.get("/mailbox/", headers={"host": host}).status_code == 404


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_this_machine_finds_it_by_all_its_own_names(client: TestClient, host: str) -> None:
    assert client.get("/mailbox/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", LOCAL_PAGES)
def test_in_server_mode_nobody_finds_what_is_for_one_machine(
    client: TestClient, own_settings: Settings, path: str
) -> None:
    with use_settings(own_settings.model_copy(update={"mode": "server"})):
        assert client.get(path).status_code == 404


def test_the_front_door_leads_who_signed_in_to_the_first_page_and_others_to_the_sign_in(
    client: TestClient, stranger: TestClient
) -> None:
    assert client.get("/").headers["location"] == "/home"
    assert stranger.get("/").headers["location"] == "/sign-in"
