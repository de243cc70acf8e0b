"""The month of the installation: only who sees every practice reads it, and its numbers are those of the portal."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from lxml import html
from starlette.testclient import TestClient

from models.db import Database
from models.reports.coach_board import coach_scores
from models.reports.onboarding_board import board
from models.rules.enrollment_events import Acknowledge, Prepare, Submit
from models.rules.roles import Role
from tests.factories import an_intake
from tests.reports.journeys import BEGIN, Story, in_training, intake, live
from tests.store.enrolling import enrolling
from tests.templates.test_exports import PAYLOADS
from tests.templates.test_exports import parts as parts_of
from tests.web.conftest import Clock
from tests.web.enrollments import USUAL, several_states
from tests.web.signed_in import member

PAGE = "/staff/month"
Tables = dict[str, list[list[str]]]


def tables_of(content: bytes) -> Tables:
    """Read the tables of a CSV file by their headings; their heads come first."""
    found: Tables = {}
    rows: list[list[str]] = []
    for line in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        if len(line) == 1:
            rows = found.setdefault(line[0], [])
        elif line:
            rows.append([word.removeprefix("'") for word in line])
    return found


def table_of(page: str, key: str) -> list[list[str]]:
    """Read the table of one exhibit of a page."""
    rows = html.fromstring(page).xpath(f"//section[@aria-labelledby='{key}']//table//tr")
    return [[" ".join("".join(cell.itertext()).split()) for cell in row.xpath("th|td")] for row in rows]


@pytest.fixture
def busy(db: Database, clock: Clock, client: TestClient) -> TestClient:
    """Give the pages of an installation with enrollments in about every state."""
    clock.now = several_states(db).now
    return client


def test_the_scoreboard_of_payers_is_that_of_the_portal(busy: TestClient) -> None:
    figures = busy.get("/staff/enrollments/figures").text
    made = tables_of(busy.get(f"{PAGE}.csv").content)
    page = busy.get(PAGE).text
    for key, heading in (("scores", "Turnaround by payer"), ("parties", "Days by who was waited for")):
        shown = table_of(figures, key)
        assert len(shown) > 1
        assert made[heading] == shown == table_of(page, f"enrollment-{key}")


def test_the_files_hold_what_the_page_shows(busy: TestClient) -> None:
    made = tables_of(busy.get(f"{PAGE}.csv").content)
    page = busy.get(PAGE).text
    keys = {one.text_content(): one.get("id") for one in html.fromstring(page).xpath("//section/h2")}
    assert set(made) == set(keys)
    assert all(made[heading] == table_of(page, key) for heading, key in keys.items())
    assert busy.get(f"{PAGE}.xlsx").content.startswith(b"PK")
    assert busy.get(f"{PAGE}.pdf").content.startswith(b"%PDF")


def test_a_coach_is_scored_by_the_journeys_of_the_board(db: Database, story: Story) -> None:
    now = in_training(story).now
    other = Story(db, intake("oak", name="Oak Dental"))
    in_training(other)
    member(db, "another-coach", Role.SUCCESS_COACH, "oak")
    scores = {
        one.coach: one for one in db.read(lambda s: coach_scores(s, date(2026, 10, 1), date(2026, 11, 1), as_of=now))
    }
    frame = db.read(lambda s: board(s, as_of=now))
    rows = {row["practice"]: row for row in frame.to_dict("records")}
    for coach, practice in (("staff-1", "maple"), ("another-coach", "oak")):
        one = scores[coach]
        assert (one.under_way, one.late, one.longest) == (1, int(rows[practice]["is_late"]), rows[practice]["days"])
        assert (one.went_live, one.graduated) == (0, 0)


def test_milestones_count_in_the_month_in_which_they_were_reached(db: Database, story: Story, clock: Clock) -> None:
    """O-28."""
    now = live(story).now
    frame = db.read(lambda s: board(s, as_of=now))
    first = frame["went_live_on"].iloc[0].replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    scores = db.read(
        lambda s: (coach_scores(s, first, after, as_of=now), coach_scores(s, BEGIN.date(), first, as_of=now))
    )
    assert [sum(one.went_live for one in each) for each in scores] == [1, 0]
    assert [sum(one.under_way for one in each) for each in scores] == [1, 1]


def test_no_name_of_a_payer_becomes_a_formula(db: Database, clock: Clock, client: TestClient) -> None:
    names = {f"p{number}": words for number, words in enumerate(PAYLOADS)}
    payers = [{"key": key, "name": words, "expected_claims_per_month": 5} for key, words in names.items()]
    one = enrolling(db, an_intake("cedar-hill", payers=payers))
    for key in names:
        one.do(key, Prepare(), Submit(USUAL), Acknowledge())
    clock.now = one.now + timedelta(days=30)
    content = client.get(f"{PAGE}.csv").content.decode("utf-8-sig")
    cells = {cell for row in csv.reader(io.StringIO(content, newline="")) for cell in row}
    assert sum(cell.startswith("'") for cell in cells) >= len(PAYLOADS) - 1  # two names are one once they are tidied
    assert not [cell for cell in cells if re.match(r"[\s\ufeff\u200b]*[=+\-@|\uff1d\uff0b\uff0d\uff20]", cell)]
    parts = parts_of(client.get(f"{PAGE}.xlsx").content)
    sheets = b"".join(part for name, part in parts.items() if "worksheets" in name).decode()
    assert "<f>" not in sheets
    assert set(re.findall(r' t="(\w+)"', sheets)) == {"inlineStr"}
    assert "=1+1" in sheets


@pytest.mark.parametrize("asked", ["2026-13", "2026-9", "x", "0001-01", "9999-12", "2026-11", "2026-10-01", "%00"])
def test_a_month_that_is_none_or_not_over_has_no_page(client: TestClient, clock: Clock, asked: str) -> None:
    clock.now = BEGIN + timedelta(days=20)
    answer = client.get(f"{PAGE}?month={asked}")
    assert (answer.status_code, answer.content) == (404, client.get("/nothing").content)


def test_earlier_months_are_one_link_away(client: TestClient, clock: Clock) -> None:
    clock.now = BEGIN.replace(year=2027, month=1, day=3)
    page = client.get(PAGE).text
    assert "December 2026" in page
    assert f'href="{PAGE}?month=2026-11"' in page
    assert "November 2026" in client.get(f"{PAGE}?month=2026-11").text
    assert f'href="{PAGE}?month=2025-12"' in client.get(f"{PAGE}?month=2026-01").text
