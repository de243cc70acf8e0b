"""A practice's people follow their own way at the portal: journey, enrollments, launch; nothing of ours or others'."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise

import pytest
from sqlalchemy import delete
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database
from models.rules.readiness import CHECKS
from models.rules.readiness_commands import Fail, SignOff
from models.rules.readiness_facts import Finding, Proof
from models.rules.roles import Party
from models.store.practices import find_practice
from models.tables.practice_systems import ReadinessRow
from templates.words import name
from templates.words_progress import LAUNCH_TODO
from tests.factories import a_journey, an_intake
from tests.reports.journeys import PEOPLE, Story, in_training
from tests.store.gates import NPI, Site, a_site
from tests.web.conftest import Clock, private_link
from tests.web.front_desk import with_a_gate
from tests.web.signed_in import SignedIn
from tests.web.test_staff_readiness import row_of

BASE = "/staff/practices/maple-street/progress"
OURS = ("sign-off-check", "Flow", "coach-1", "golive sees", "Nobody has looked yet", "A-09", "Evidence", "internal")


@pytest.fixture
def site(db: Database, clock: Clock) -> Site:
    made = a_site(db)
    made.use_kareo()
    made.set_up()
    clock.now = made.now
    return made


@pytest.fixture
def office(db: Database, clock: Clock) -> Iterator[SignedIn]:
    """Give the browser of the practice's owner."""
    made = create_site(now=clock)
    with SignedIn(made, db, "office", practice="maple-street", raise_server_exceptions=False) as browser:
        yield browser


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def test_the_launch_page_says_what_the_practice_does_now_and_who_acts_on_the_rest(site: Site, office: SignedIn) -> None:
    """A-01: what it can do now stands first, in words for it."""
    page = office.get(f"{BASE}/launch").text
    said = words_of(page)
    assert "11 of 16 settled" in said
    assert "Set each provider's office hours in Kareo. still for: Dr. " in said
    assert "not ready yet" in said
    assert " you " in row_of(page, "Office hours are configured")
    assert row_of(page, "Online scheduler is disabled").endswith("our team")
    assert "comes after another line" in row_of(page, "Online scheduler is disabled")
    assert "does not concern you" in row_of(page, "Forms are disabled")


def test_what_is_done_is_asked_no_longer(site: Site, office: SignedIn) -> None:
    site.must(SignOff("office_hours", Proof.TOLD_BY_PRACTICE, NPI))
    said = words_of(office.get(f"{BASE}/launch").text)
    assert "12 of 16 settled" in said
    assert "Nothing at the moment." in said


def test_nothing_of_ours_stands_on_the_launch_page(site: Site, office: SignedIn) -> None:
    site.must(
        SignOff("profiles_unpublished", Proof.SEEN_ON_SCREEN, NPI),
        SignOff("scheduler_disabled", Proof.SEEN_ON_SCREEN),
        Fail("presence_disabled", Finding.STILL_ON),
    )
    page = office.get(f"{BASE}/launch").text
    assert "has to be corrected" in row_of(page, "Online Presence")
    assert not [words for words in (*OURS, "still on", NPI) if words in page]


def test_a_practice_reads_in_its_own_language(site: Site, office: SignedIn) -> None:
    page = office.get(f"{BASE}/launch?lang=es").text
    assert '<html lang="es">' in page
    assert "Configure en Kareo el horario" in page
    assert not [check.title for check in CHECKS if check.title in page]


def test_every_check_has_a_spanish_title_and_those_of_the_practice_say_what_to_do() -> None:
    assert all(name("gate_work", check.key, locale="es") != check.key for check in CHECKS)
    assert set(LAUNCH_TODO) == {check.key for check in CHECKS if check.role.party is Party.PRACTICE}


def test_a_practice_without_a_gate_is_asked_for_nothing(db: Database, site: Site, office: SignedIn) -> None:
    a_journey(db, an_intake("plain", subscriptions=[]), as_of=site.now)
    db.transaction(lambda s: s.execute(delete(ReadinessRow)))
    with SignedIn(office.app, db, "office", practice="plain") as browser:  # type: ignore[arg-type]  # it is our site
        said = words_of(browser.get("/staff/practices/plain/progress/launch").text)
    assert "nothing is asked of you" in said
    assert "What we need from you" not in said


def test_the_journey_is_the_one_of_the_private_link_inside_the_portal(
    db: Database, clock: Clock, story: Story, client: TestClient
) -> None:
    clock.now = in_training(story).after(20).now
    with SignedIn(create_site(now=clock), db, "p1", practice="maple") as office:
        page = office.get("/staff/practices/maple/progress").text
    behind = client.get(private_link(story)).text
    assert words_of(page).partition(" Maple ")[2] == words_of(behind).partition(" Maple ")[2]
    assert 'aria-current="page">Journey' in page
    assert "/j/" not in page
    assert not [one for one in (*PEOPLE, "Prepare with the Sales", "Sal Sales", "internal") if one in page]


def test_the_status_of_enrollments_is_the_practices_view_of_them(db: Database, clock: Clock, story: Story) -> None:
    clock.now = in_training(story).now
    with SignedIn(create_site(now=clock), db, "t1", practice="maple") as desk:
        page = desk.get("/staff/practices/maple/progress/enrollments?lang=en").text
        assert "Your enrollments with payers" in page
        assert "/staff/enrollments" not in page
        assert desk.get("/staff/practices/maple/progress/enrollments?lang=es").text.count("Sus inscripciones") > 0


def test_a_practice_without_a_journey_reads_that_nothing_has_begun(db: Database, site: Site, office: SignedIn) -> None:
    assert db.read(lambda s: find_practice(s, "maple-street")) is not None
    for path in ("", "/enrollments"):
        answer = office.get(f"{BASE}{path}")
        assert answer.status_code == 200
        assert "has not begun yet" in answer.text


def test_its_people_find_the_three_pages_in_the_navigation_and_ours_do_not(
    db: Database, clock: Clock, story: Story, client: TestClient
) -> None:
    clock.now = with_a_gate(db, "maple", as_of=in_training(story).now).now
    with SignedIn(create_site(now=clock), db, "p1", practice="maple") as office:
        tabs = office.get("/staff/practices/maple/progress").text.partition("of-practice")[2].partition("</ul>")[0]
    links = re.findall(r'href="([^"]+)"', tabs)
    assert links[:3] == [f"/staff/practices/maple/progress{rest}" for rest in ("", "/enrollments", "/launch")]
    assert "/staff/practices/maple/readiness" not in links
    ours = client.get("/staff/practices/maple").text.partition("of-practice")[2].partition("</ul>")[0]
    assert "/progress" not in ours


def test_our_own_people_see_what_the_practice_reads(site: Site, client: TestClient) -> None:
    page = client.get(f"{BASE}/launch").text
    assert "What we need from you" in page
    assert not [words for words in OURS if words in page]


def test_heads_of_a_page_follow_each_other(site: Site, office: SignedIn) -> None:
    levels = [int(one) for one in re.findall(r"<h(\d)", office.get(f"{BASE}/launch").text)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
