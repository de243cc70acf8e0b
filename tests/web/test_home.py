"""The first page after signing in: what needs one today, in every practice that one sees, and nothing of others."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database
from models.reports.home import Home, Kind, Wanted, home
from models.rules.access import PortalRole, Who
from models.rules.decisions import Process
from models.rules.readiness_facts import TASK as GATE_TASK
from models.rules.reputation import ANSWER_LOW_STARS, LOOK_AFTER_REPLY
from models.rules.roles import Role
from models.store import work_items
from models.store.work_items import NewWorkItem
from models.tables.practices import Practice
from tests.factories import a_journey, an_intake
from tests.reports.journeys import BEGIN, Story, in_training, intake
from tests.web.conftest import Clock
from tests.web.enrollments import several_states
from tests.web.signed_in import SignedIn, member

NOW = BEGIN + timedelta(days=20)
OPENED = NOW - timedelta(days=4)
NAMES = {"aspen": "Aspen Allergy", "birch": "Birch Pediatrics"}
KEYS = (
    ("review", Process.APPOINTMENT, "Review an appointment request", "appointments/1"),
    ("text.answer", Process.TEXTING, "Answer a text", "messages"),
    ("text.doubt", Process.TEXTING, "Decide whether a text asks for no more texts", "messages"),
    (ANSWER_LOW_STARS, Process.REPUTATION, "Answer a review with one or two stars", "reputation"),
    (LOOK_AFTER_REPLY, Process.REPUTATION, "Look after a reply to a review", "reputation"),
    ("drift.patients", Process.PRACTICE, "Patients' records differ", "appointments?tab=all&status=drift"),
    ("possible_duplicates", Process.PRACTICE, "Look through possible duplicates", "appointments?tab=all&status=drift"),
    ("message.7", Process.APPOINTMENT, "A message did not arrive", "appointments/1"),
)
ROW = re.compile(r'<tr role="row"><th scope="row".*?</tr>', re.DOTALL)


def opens(db: Database, practice: str, *items: tuple[str, Process], due: datetime | None = NOW, **facts: Any) -> None:
    """Open work items of a practice, by default of its front office."""
    role = facts.get("role", Role.FRONT_OFFICE)

    def store(session: Session) -> None:
        number = session.scalars(select(Practice.id).where(Practice.key == practice)).one()
        made = [
            NewWorkItem(number, process, facts.get("number", place), key, role, role.party, due)
            for place, (key, process) in enumerate(items, 1)
        ]
        work_items.open_items(session, made, as_of=OPENED)

    db.transaction(store)


@pytest.fixture
def practices(db: Database, clock: Clock) -> dict[str, str]:
    """Give two practices without a journey's work."""
    clock.now = NOW
    for key, name in NAMES.items():
        a_journey(db, an_intake(key, name=name), as_of=BEGIN)
    close(db)
    return NAMES


def close(db: Database) -> None:
    """Close all work, so that a test sees its own only."""

    def store(session: Session) -> None:
        for one in work_items.open_for(session):
            outcomes = {one.key: "done"}
            work_items.settle(session, process=one.process, process_id=one.process_id, outcomes=outcomes, as_of=OPENED)

    db.transaction(store)


@pytest.fixture
def desk(db: Database, clock: Clock, practices: dict[str, str]) -> Iterator[SignedIn]:
    """Give the browser of somebody at the front desk of Aspen, who reads Spanish."""
    with SignedIn(create_site(now=clock), db, "desk", practice="aspen", raise_server_exceptions=False) as browser:
        yield browser


def rows_of(page: str) -> list[str]:
    """Give the lines as words."""
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in ROW.findall(page)]


def test_signing_in_leads_to_what_needs_one_today(client: TestClient, practices: dict[str, str]) -> None:
    assert client.get("/").headers["location"] == "/home"
    assert "<h1>What needs you today</h1>" in client.get("/home").text


@pytest.mark.parametrize(("key", "process", "words", "page"), KEYS)
def test_each_kind_of_work_has_words_a_next_step_and_a_page(
    desk: SignedIn, db: Database, key: str, process: Process, words: str, page: str
) -> None:
    opens(db, "aspen", (key, process))
    text = desk.get("/home?lang=en").text
    (row,) = rows_of(text)
    assert row.startswith(words)
    step = row.removeprefix(words).partition("due")[0].strip()
    assert step.endswith(".")
    assert key not in row
    assert f'href="/staff/practices/aspen/{page}"' in unescape(text)
    (spanish,) = rows_of(desk.get("/home").text)
    assert words not in spanish
    assert "abierto desde el" in spanish


def test_what_is_overdue_comes_first_and_is_counted_first(desk: SignedIn, db: Database) -> None:
    opens(db, "aspen", ("text.answer", Process.TEXTING), due=NOW + timedelta(days=1))
    opens(db, "aspen", (ANSWER_LOW_STARS, Process.REPUTATION), due=NOW - timedelta(days=1))
    opens(db, "aspen", ("insurance", Process.APPOINTMENT), due=None)
    page = desk.get("/home?lang=en").text
    assert rows_of(page)[0].startswith("Answer a review")
    assert "Add a patient" in rows_of(page)[-1]
    assert page.index('id="overdue"') < page.index('id="next"')
    assert page.index("1 overdue") < page.index('id="overdue"')


def test_the_same_work_of_a_practice_is_one_line_with_its_number(desk: SignedIn, db: Database) -> None:
    for number in (11, 12, 13):
        opens(db, "aspen", ("review", Process.APPOINTMENT), number=number)
    page = desk.get("/home?lang=en").text
    (row,) = rows_of(page)
    assert "3 of them" in row
    assert 'href="/staff/practices/aspen/appointments"' in page
    assert "For you <b>3</b>" in page


def test_fifty_lines_are_shown_and_the_others_are_one_link_away(desk: SignedIn, db: Database) -> None:
    opens(db, "aspen", *((f"message.{number}", Process.APPOINTMENT) for number in range(100, 160)))
    page = desk.get("/home?lang=en").text
    assert len(rows_of(page)) == 50
    assert "For you <b>60</b>" in page
    (more,) = re.findall(r'<a href="([^"]+)" rel="next">More</a>', page)
    rest = desk.get(unescape(more)).text
    assert len(rows_of(rest)) == 10
    assert 'rel="next"' not in rest
    assert 'href="/home?lang=en">Back to the first lines' in rest


@pytest.mark.parametrize("query", ["from=-1", "from=x", "from=99999999999999999999", "kind=x", "whose=x", "lang=xx"])
def test_whatever_the_address_says_the_page_is_there(desk: SignedIn, query: str) -> None:
    assert desk.get(f"/home?{query}").status_code == 200


def test_a_practice_reads_nothing_of_ours_and_nothing_of_others(desk: SignedIn, db: Database) -> None:
    opens(db, "aspen", ("silent.training:practice", Process.ONBOARDING), role=Role.ONBOARDING_MANAGER)
    opens(db, "aspen", ("chase.medicare:claims", Process.ENROLLMENT), role=Role.ENROLLMENTS_REPRESENTATIVE)
    opens(db, "birch", ("text.answer", Process.TEXTING))
    page = desk.get("/home?whose=everybody").text
    assert rows_of(page) == []
    assert "Birch" not in page
    assert "No hay nada abierto." in page


def test_a_practice_is_led_to_its_own_pages_of_the_journey(desk: SignedIn, db: Database) -> None:
    opens(db, "aspen", ("document.w9", Process.ONBOARDING), ("give.medicare:claims", Process.ENROLLMENT))
    opens(db, "aspen", (f"{GATE_TASK}office_hours", Process.PRACTICE))
    page = desk.get("/home").text
    rows = page.partition("<tbody")[2]
    links = re.findall(r'href="/staff/practices/aspen(/progress[^"]*)"', rows)
    assert sorted(links) == ["/progress", "/progress/enrollments", "/progress/launch"]
    assert all(desk.get(f"/staff/practices/aspen{one}").status_code == 200 for one in links)
    assert "Preparación del inicio" in rows


def test_each_of_us_sees_the_own_work_first_and_others_when_asked(client: TestClient, story: Story) -> None:
    in_training(story)
    mine = client.get("/home").text
    every = client.get("/home?whose=everybody").text
    assert len(rows_of(every)) > len(rows_of(mine))
    assert "For: Success Coach." in every
    assert 'href="/staff/practices/maple"' in every


def test_an_auditor_sees_everybodys_work(db: Database, clock: Clock, practices: dict[str, str]) -> None:
    opens(db, "birch", ("text.answer", Process.TEXTING))
    member(db, "auditor-1", Role.AUDITOR)
    with SignedIn(create_site(now=clock), db, "auditor-1") as browser:
        page = browser.get("/home").text
        assert "Birch Pediatrics" in page
        assert "For you" not in page
        assert browser.get("/staff/practices/birch/appointments").status_code == 200


def test_whoever_has_nothing_to_do_reads_so(desk: SignedIn, db: Database) -> None:
    assert "Nothing waits for you. Have a good day." in desk.get("/home?lang=en").text
    opens(db, "aspen", ("document.w9", Process.ONBOARDING), role=Role.PRIMARY_CONTACT)
    page = desk.get("/home?lang=en").text
    assert 'href="/home?whose=everybody&amp;lang=en">1 wait for others.' in page


def test_kinds_narrow_the_list(desk: SignedIn, db: Database) -> None:
    opens(db, "aspen", ("text.answer", Process.TEXTING), (ANSWER_LOW_STARS, Process.REPUTATION))
    (row,) = rows_of(desk.get("/home?lang=en&kind=review").text)
    assert row.startswith("Answer a review")


def test_a_check_before_launch_is_named(desk: SignedIn, db: Database) -> None:
    opens(db, "aspen", (f"{GATE_TASK}surveys_off", Process.PRACTICE))
    (row,) = rows_of(desk.get("/home").text)
    assert row.startswith("Las encuestas están apagadas en Kareo Debe estar en verde")


def statements(db: Database, look: Callable[[], object]) -> int:
    """Count the statements that something makes."""
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    engine = db.read(lambda s: s.get_bind())
    event.listen(engine, "before_cursor_execute", count)
    try:
        look()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return asked


def test_more_practices_ask_the_database_no_more_often(db: Database) -> None:
    who = Who(1, "manager-1", frozenset({PortalRole.ONBOARDING_MANAGER}), frozenset())

    def look() -> Home:
        return db.read(lambda s: home(s, who, Wanted(is_everybody=True), as_of=NOW))

    def add(key: str) -> None:
        a_journey(db, an_intake(key), as_of=BEGIN)
        number = int(key[-1])
        opens(db, key, ("document.w9", Process.ONBOARDING), number=number)
        opens(db, key, ("submit.medicare:claims", Process.ENROLLMENT), number=number)

    add("practice-0")
    before = statements(db, look)
    for number in range(1, 8):
        add(f"practice-{number}")
    assert statements(db, look) == before
    found = look()
    assert len({line.practice for line in found.lines}) == 8
    assert found.everybody.count == sum(one.count for one in found.counts.values()) == 16
    assert found.counts[Kind.JOURNEY].count == 8


def test_work_of_an_enrollment_names_its_payer_and_leads_to_it(db: Database, client: TestClient, clock: Clock) -> None:
    made = several_states(db)
    clock.now = made.now
    page = client.get("/home?whose=everybody&kind=enrollment").text
    row = next(row for row in rows_of(page) if "Enrollments Representative" in row)
    assert "See the enrollment for what is missing. For: Enrollments Representative." in row
    assert any(
        row.startswith("The practice has to give something for the enrollment: Medicare, EFT") for row in rows_of(page)
    )
    (first, *_) = re.findall(r'href="(/staff/enrollments/\d+)"', page)
    assert client.get(first).status_code == 200


def test_our_journeys_are_linked_by_practice(client: TestClient, clock: Clock, story: Story) -> None:
    in_training(Story(story.db, intake("cedar", name="Cedar Hill")))
    page = client.get("/home?whose=everybody").text
    assert '<h3><a href="/staff/practices/cedar">Cedar Hill</a></h3>' in page
