"""Staff see a practice's gate before launch: every check with its evidence, and the one next step."""

import re
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from models.db import Database
from models.rules.readiness_commands import Exempt, Fail, Launch, Look, SignOff
from models.rules.readiness_facts import Finding, Proof
from tests.reports.journeys import Story, in_training, in_welcome, intake, plan_sessions
from tests.store.gates import NPI, Site, a_site
from tests.web.conftest import Clock, private_link
from tests.web.front_desk import site_of, with_a_gate

PAGE = "/staff/practices/maple-street/readiness"
NOTHING = "\N{EN DASH}"
ROW = re.compile(r'<tr role="row"><th scope="row".*?</tr>', re.DOTALL)


@pytest.fixture
def site(db: Database, clock: Clock) -> Site:
    """Give a practice with Kareo, everything that golive can see itself saved."""
    made = a_site(db)
    made.use_kareo()
    made.set_up()
    clock.now = made.now
    return made


def row_of(page: str, title: str) -> str:
    """Give the row of a check as words."""
    row = next(row for row in ROW.findall(page) if title in row)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).replace(NOTHING, "").split())


def test_a_red_gate_says_so_in_words_and_names_the_one_next_step(client: TestClient, site: Site) -> None:
    """A-01."""
    page = client.get(PAGE).text
    assert "red: shut" in page
    assert "green" not in page
    assert "11 of 16" in page
    assert "A-06 Post-appointment feedback questions: Configure the feedback questions, then sign this off." in page
    assert "not launched" in page


def test_every_check_tells_state_evidence_checker_and_what_to_do(client: TestClient, site: Site) -> None:
    """A-01 to A-12, A-81, A-105."""
    page = client.get(PAGE).text
    assert row_of(page, "Calendar holds").endswith(f"A-02 {NPI} passed Hours are saved at 1 location. golive just now")
    asked = "Configure the provider's office hours in Kareo, then sign this off. Flow: sign-off-check"
    assert row_of(page, "Office hours are configured").endswith(f"A-09 {NPI} open Nobody has looked yet. {asked}")
    assert "does not apply The practice does not subscribe to Kareo Engage." in row_of(page, "Forms are disabled")
    assert "Comes after: Provider Profiles are unpublished." in row_of(page, "Online scheduler")
    for rule in (*(f"A-{number:02}" for number in range(2, 13)), "A-81", "A-105"):
        assert f'<span class="below">{rule}</span>' in page
    for platform in ("PatientPop", "Kareo", "Both systems together"):
        assert f">{platform}</h2>" in page


def test_what_failed_says_what_was_found_by_whom_and_when(client: TestClient, site: Site, clock: Clock) -> None:
    """A-12."""
    site.must(
        SignOff("profiles_unpublished", Proof.SEEN_ON_SCREEN), SignOff("scheduler_disabled", Proof.SEEN_ON_SCREEN)
    )
    site.must(Fail("presence_disabled", Finding.STILL_ON))
    clock.now += timedelta(hours=2)
    row = row_of(client.get(PAGE).text, "Online Presence")
    assert "failed Found: still on. coach-1 Mon, Nov 23, 10:00 AM Contact Kareo Support" in row


def test_states_are_told_apart_by_marks_and_words_not_by_color_alone(client: TestClient, site: Site) -> None:
    site.add(site.communications(has_surveys=True))
    page = client.get(PAGE).text
    marks = dict(re.findall(r'class="state is-(\w+)"><svg[^>]*><use href="#m-(\w+)"></use></svg>', page))
    assert marks["passed"] == "done"
    assert len({marks[state] for state in ("passed", "failed", "open", "not_applicable")}) == 4


def test_a_green_gate_asks_for_the_launch_and_then_for_nothing(client: TestClient, site: Site) -> None:
    """A-01."""
    site.sign_everything()
    page = client.get(PAGE).text
    assert "green: open" in page
    assert "16 of 16" in page
    assert "Launch the website." in page
    assert "Flow: launch-website" in page
    site.must(Launch())
    launched = client.get(PAGE).text
    assert "Nothing is to be done." in launched
    assert 'launched<span class="below">Mon, Nov 23, 10:00 AM</span>' in launched


def test_a_provider_that_a_check_does_not_apply_to_is_named(client: TestClient, site: Site) -> None:
    """A-11."""
    site.must(Exempt("profiles_unpublished", NPI))
    assert "does not apply Does not apply to this provider." in row_of(client.get(PAGE).text, "Provider Profiles")


def test_a_practice_without_a_gate_is_not_pressed(client: TestClient, db: Database) -> None:
    a_site(db, "plain", subscriptions=())
    assert "nobody is asked for anything" in client.get("/staff/practices/plain/readiness").text


def test_a_gate_is_for_who_signed_in_and_known_practices_only(
    client: TestClient, stranger: TestClient, site: Site
) -> None:
    assert client.get("/staff/practices/nobody/readiness").status_code == 404
    assert stranger.get(PAGE).headers["location"].startswith("/sign-in?")


def test_the_board_and_the_journey_show_how_the_gate_stood_last(client: TestClient, clock: Clock, story: Story) -> None:
    """A-01."""
    clock.now = in_welcome(story).now
    assert "gate red" not in client.get("/staff/").text
    site = with_a_gate(story.db, "maple", as_of=clock.now)
    missing = f"gate red, {len(site.gate.missing)} missing"
    for path in ("/staff/", "/staff/practices/maple"):
        page = client.get(path).text
        assert missing in page
        assert 'href="/staff/practices/maple/readiness"' in page
    site.add(site.communications())
    site.sign_everything()
    site.must(Launch())
    assert "gate green" in client.get("/staff/").text
    assert "website launched" in client.get("/staff/practices/maple").text


def test_a_step_that_is_not_accepted_warns_staff_and_not_the_practice(
    client: TestClient, clock: Clock, db: Database
) -> None:
    """A-91."""
    plan_sessions(db)
    story = in_training(Story(db, intake(subscriptions=["patientpop"])))
    clock.now = story.now
    warning = "Calendar and appointment settings:"
    page = client.get("/staff/practices/maple").text
    assert page.count(warning) == 2, "the Application Call and Training"
    assert warning not in client.get(private_link(story)).text


def test_work_items_of_the_gate_say_what_to_do_and_with_which_flow(
    client: TestClient, clock: Clock, story: Story
) -> None:
    """A-01, A-11."""
    clock.now = in_welcome(story).now
    with_a_gate(story.db, "maple", as_of=clock.now)
    for path in ("/staff/work", "/staff/practices/maple"):
        page = client.get(path).text
        assert "readiness." not in page
        assert "Surveys are off (red border)" in page
        assert "turn surveys off, and record it here. Flow: configure-booking." in page
    assert "Launch gate" in client.get("/staff/work").text


def test_a_failed_check_asks_for_what_helps(client: TestClient, clock: Clock, story: Story) -> None:
    """A-12."""
    clock.now = in_welcome(story).now
    site = site_of(story.db, "maple", now=clock.now)
    site.use_kareo()
    site.must(Look(), SignOff("profiles_unpublished", Proof.SEEN_ON_SCREEN))
    site.must(SignOff("scheduler_disabled", Proof.SEEN_ON_SCREEN), Fail("presence_disabled", Finding.STILL_ON))
    assert "Contact Kareo Support to disable Online Presence" in client.get("/staff/work").text
