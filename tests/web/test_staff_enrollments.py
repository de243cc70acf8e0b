"""Staff see every enrollment that waits, the top three first, with one next step; and one with everything in it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from models.db import Database
from models.reports.enrollment_board import PAGE
from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction
from tests.reports.payer_history import a_practice, an_enrollment, waiting
from tests.store.enrolling import Enrolling, enrolling
from tests.web.conftest import Clock
from tests.web.enrollments import several_states

BOARD = "/staff/enrollments"
ROW = re.compile(r'<tr role="row"><th scope="row".*?</tr>', re.DOTALL)


@pytest.fixture
def desk(db: Database, clock: Clock) -> Enrolling:
    """Give a practice whose enrollments stand in about every state."""
    made = several_states(db)
    clock.now = made.now
    return made


def words(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def rows(page: str) -> list[str]:
    return [words(row) for row in ROW.findall(page)]


def row_of(page: str, title: str) -> str:
    return next(row for row in rows(page) if title in row)


def test_the_board_lists_the_top_three_first_and_then_by_the_next_date(client: TestClient, desk: Enrolling) -> None:
    """E-04."""
    shown = rows(client.get(BOARD).text)
    is_top = [row.startswith("Top payer.") for row in shown]
    assert is_top == sorted(is_top, reverse=True)
    assert is_top.count(True) == 7
    assert [row.split(" No.")[0] for row in shown[-2:]] == [
        "Humana <b>Gold</b> , claims Cedar Hill Family Medicine".replace(" ,", ","),
        "Humana <b>Gold</b>, ERA Cedar Hill Family Medicine",
    ]


def test_every_line_names_state_party_next_date_and_the_one_step_with_its_flow(
    client: TestClient, desk: Enrolling
) -> None:
    page = client.get(BOARD).text
    sent = row_of(page, "Medicare, claims")
    assert "Pending with the payer the payer 30 days, since Mon, Nov 23" in sent
    assert "Thu, Dec 31 Wait for the payer: record-payer-answer." in sent
    assert "The practice gives bank letter, Form W-9: complete-enrollment-tasks." in row_of(page, "Medicare, EFT")
    assert "late" in row_of(page, "Medicare, EFT")


def test_filters_narrow_the_board_and_keep_each_other(client: TestClient, desk: Enrolling) -> None:
    for query, count in (
        ("", 9),
        ("?party=practice", 2),
        ("?state=approved", 2),
        ("?late=yes", 4),
        ("?payer=cigna", 2),
        ("?payer=cigna&late=yes", 1),
        ("?practice=cedar-hill", 9),
        ("?practice=nobody", 0),
        ("?state=live", 9),
        ("?state=nonsense&party=nobody&page=x", 9),
    ):
        assert len(rows(client.get(BOARD + query).text)) == count, query
    page = client.get(f"{BOARD}?payer=cigna").text
    assert 'href="/staff/enrollments?payer=cigna&amp;party=us"' in page
    assert "No enrollment waits for this." in client.get(f"{BOARD}?practice=nobody").text


def test_what_is_live_or_over_is_not_on_the_board(client: TestClient, desk: Enrolling) -> None:
    page = client.get(BOARD).text
    assert "Aetna, claims" not in page
    assert "Medicare, portal" not in page


def test_thousands_of_rows_come_page_by_page(client: TestClient, db: Database, clock: Clock) -> None:
    for number in range(15):
        practice = a_practice(db, f"practice-{number}")
        for kind in Transaction:
            an_enrollment(db, practice, waiting(), kind=kind, days={"rank": 1 if number == 7 else 0})
    clock.now += timedelta(days=1)
    first = client.get(BOARD).text
    assert len(rows(first)) == PAGE
    assert "Page 1 of 2" in first
    assert 'href="/staff/enrollments?page=2" rel="next"' in first
    second = client.get(f"{BOARD}?page=2").text
    assert len(rows(second)) == 60 - PAGE
    numbers = [re.search(r"No\. (\d+)", row) for row in (*rows(first), *rows(second))]
    assert len({found[1] for found in numbers if found}) == 60
    assert all("Top payer." in row for row in rows(first)[:4])
    assert "Page 2 of 2" in client.get(f"{BOARD}?page=99").text


def test_one_practice_is_a_matrix_and_a_list(client: TestClient, desk: Enrolling) -> None:
    page = client.get("/staff/practices/cedar-hill/enrollments").text
    shown = rows(page)
    assert shown[0].startswith("Top payer. Medicare Pending with the payer 30 days")
    assert len(shown) == 4 + 12
    assert "Live" in row_of(page, "Top payer. Aetna")
    assert f'href="/staff/enrollments/{desk.number("aetna")}"' in page
    assert "Humana <b>Gold</b>" not in page, "names are escaped"


def test_a_practice_without_a_payer_list_is_told_how_to_begin(client: TestClient, db: Database) -> None:
    a_practice(db, "plain")
    assert "Flow: begin-enrollments" in client.get("/staff/practices/plain/enrollments").text


def test_one_enrollment_shows_its_way_dates_sources_needs_and_history(client: TestClient, desk: Enrolling) -> None:
    """E-05, E-28."""
    page = client.get(f"{BOARD}/{desk.number('medicare')}").text
    text = words(page)
    assert re.search(r'<li class="is-here" aria-current="step">.*?Payer', page)
    assert "Prepare , behind it Mon, Nov 23" in text
    assert "Approved , ahead" in text
    assert "number 1 of the top three payers" in text
    assert "Thu, Dec 31 its typical time" in text
    assert "at its submission: example" in text
    assert "The clearinghouse passed it on to the payer. enroll-1" in text
    assert re.search(r"the payer 30\.0", text)
    assert "attempt 1 · source example" in text


def test_needs_reasons_and_evidence_are_told_in_words(client: TestClient, desk: Enrolling) -> None:
    asked = words(client.get(f"{BOARD}/{desk.number('medicare', 'eft')}").text)
    assert "a voided check or a letter from your bank (missing)" in asked
    returned = words(client.get(f"{BOARD}/{desk.number('cigna', 'era')}").text)
    assert "Rejected the name does not match" in returned
    proven = words(client.get(f"{BOARD}/{desk.number('aetna')}").text)
    assert "It is proven to work." in proven
    assert "nothing is waited for" not in proven, "it expires one day, so golive looks at it again"


def test_pages_of_enrollments_are_for_who_signed_in_and_known_ones_only(
    client: TestClient, stranger: TestClient, desk: Enrolling
) -> None:
    pages = [BOARD, f"{BOARD}/figures", f"{BOARD}/figures.pdf", f"{BOARD}/{desk.number('aetna')}"]
    pages += [f"/staff/practices/cedar-hill/{page}" for page in ("enrollments", "forecast")]
    for page in pages:
        assert client.get(page).status_code == 200, page
        assert stranger.get(page).headers["location"].startswith("/sign-in?"), page
    for page in ("/staff/enrollments/7", "/staff/practices/nobody/enrollments", "/staff/practices/nobody/forecast"):
        assert client.get(page).status_code == 404, page
    assert client.get(f"{BOARD}/figures?practice=nobody").status_code == 404


def test_no_address_on_the_pages_names_a_person(client: TestClient, desk: Enrolling) -> None:
    """Addresses hold keys, numbers and words of ours."""
    pages = (
        BOARD,
        f"{BOARD}/figures",
        "/staff/practices/cedar-hill/enrollments",
        "/staff/practices/cedar-hill/forecast",
    )
    for page in pages:
        for address in re.findall(r'href="([^"]+)"', client.get(page).text):
            assert re.fullmatch(r"[#?/a-zA-Z0-9._=&;-]+", address), address
            assert not re.search("avery|whitaker|ortega|1234567893", address, re.IGNORECASE)


def test_figures_show_each_chart_with_the_same_figures_in_a_table(client: TestClient, desk: Enrolling) -> None:
    """E-43."""
    page = client.get(f"{BOARD}/figures").text
    assert page.count('<figure class="chart">') == 4
    assert page.count("<caption") >= 6
    assert 'role="img"' in page
    assert "7 submissions of 1 practice: 4 decided, 3 open." in page
    assert "Fewer than 3 practices" in page
    assert "Humana <b>" not in page


def test_an_installation_without_submissions_has_no_figures_yet(client: TestClient, db: Database) -> None:
    assert "Nothing was submitted yet" in client.get(f"{BOARD}/figures").text
    assert client.get(f"{BOARD}/figures.pdf").content.startswith(b"%PDF-")


def test_figures_of_one_practice_are_its_own(client: TestClient, desk: Enrolling, db: Database) -> None:
    an_enrollment(db, a_practice(db, "other"), waiting())
    assert "1 submission of other" in client.get(f"{BOARD}/figures?practice=other").text
    assert "of 2 practices" in client.get(f"{BOARD}/figures").text


def test_the_figures_on_paper_are_a_document_of_several_pages(client: TestClient, desk: Enrolling) -> None:
    answer = client.get(f"{BOARD}/figures.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="enrollments-2026-12-23.pdf"'
    assert answer.content.startswith(b"%PDF-1.7")
    assert len(re.findall(rb"/Type\s*/Page\b", answer.content)) == int(
        re.findall(rb"/Type\s*/Pages\s*/Count (\d+)", answer.content)[0]
    )


def test_the_forecast_shows_range_chance_what_is_last_and_what_would_change_it(
    client: TestClient, desk: Enrolling
) -> None:
    """E-41."""
    text = words(client.get("/staff/practices/cedar-hill/forecast").text)
    for part in (
        "Likely (50 %)",
        "Range (10 to 90 %)",
        "Most often the last",
        "What go-live waits for last",
        "What if",
    ):
        assert part in text
    assert "Medicare takes 30 days longer" in text
    assert "Cigna is no longer among the top three" in text
    assert re.search(r"\d+ days later", text)


def test_a_practice_without_a_journey_has_nothing_to_forecast(client: TestClient, db: Database) -> None:
    a_practice(db, "plain")
    assert "there is nothing to forecast" in client.get("/staff/practices/plain/forecast").text


def test_a_practice_that_has_only_begun_shows_drafts(client: TestClient, db: Database, clock: Clock) -> None:
    made = enrolling(db)
    clock.now = made.now
    assert all("Draft" in row for row in rows(client.get(BOARD).text))
    assert made.look("medicare").state is State.DRAFT
