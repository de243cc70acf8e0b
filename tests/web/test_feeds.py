"""Calendars behind private links, and the staff page that shows the links."""

from datetime import timedelta

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from deployments.web import feeds as pages
from models.db import Database
from models.rules.appointments import Status
from models.store import feeds
from tests.booking import NOW, NPIS, Booking, a_booking, an_appointment, at
from tests.web.conftest import Clock

PATIENT = ("Jordan", "Example", "jordan@example.com", "Cold or flu")


@pytest.fixture
def booking(db: Database, clock: Clock) -> Booking:
    clock.now = NOW
    return a_booking(db)


def link(booking: Booking, npi: str = NPIS[0]) -> str:
    booking.db.transaction(lambda s: feeds.make_feed(s, "maple-street", npi, by="coach-1", as_of=NOW))
    (token,) = (one.token for one in booking.db.read(lambda s: feeds.feeds_of(s, booking.practice)) if one.npi == npi)
    return f"/c/{token}.ics"


def book(booking: Booking, clock: str = "10:00", *, days: int = 0, status: Status = Status.CONFIRMED) -> int:
    wish = booking.wish(at(clock) + timedelta(days=days))
    return booking.db.transaction(lambda s: an_appointment(s, booking, wish, status=status))


def test_a_subscriber_sees_the_provider_s_days(stranger: TestClient, booking: Booking) -> None:
    wanted = [book(booking), book(booking, "11:00", status=Status.TENTATIVE), book(booking, days=116)]
    book(booking, days=-11)
    book(booking, days=119)
    answer = stranger.get(link(booking))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    assert [event["UID"] for event in events] == [f"appointment.{number}@golive.invalid" for number in wanted]
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "TENTATIVE", "CONFIRMED"]


def test_nothing_about_a_patient_is_in_it(stranger: TestClient, booking: Booking) -> None:
    booking.submitted(booking.submission(at("10:00"), notes="Private words"))
    content = stranger.get(link(booking)).text
    assert "Request (tentative)" in content
    assert not [word for word in (*PATIENT, "Private", "sick-visit") if word in content]


def test_a_calendar_that_did_not_change_is_not_sent_again(stranger: TestClient, booking: Booking) -> None:
    book(booking)
    address = link(booking)
    first = stranger.get(address)
    assert first.headers["cache-control"] == "private, no-cache"
    by_tag = stranger.get(address, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    by_date = stranger.get(address, headers={"If-Modified-Since": first.headers["last-modified"]})
    for again in (by_tag, by_date):
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    book(booking, "12:00")
    changed = stranger.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_every_line_of_the_history_and_every_day_changes_the_date(
    stranger: TestClient, booking: Booking, clock: Clock
) -> None:
    address = link(booking)
    known = {"If-Modified-Since": stranger.get(address).headers["last-modified"]}
    booking.submitted(booking.submission(at("10:00")), as_of=NOW + timedelta(seconds=5))
    assert stranger.get(address, headers=known).status_code == 200
    known = {"If-Modified-Since": stranger.get(address).headers["last-modified"]}
    assert stranger.get(address, headers=known).status_code == 304
    clock.now = NOW + timedelta(days=1)
    assert stranger.get(address, headers=known).status_code == 200


def test_a_head_request_has_no_body(stranger: TestClient, booking: Booking) -> None:
    answer = stranger.head(link(booking))
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["/c/", "/c/short.ics", f"/c/{'A' * 22}.ics", f"/c/{'A' * 22}", "/c/..%2Fstaff.ics"])
def test_a_wrong_link_looks_like_any_missing_page(stranger: TestClient, booking: Booking, path: str) -> None:
    answer, missing = stranger.get(path), stranger.get("/nothing")
    assert answer.status_code == 404
    assert (answer.text, answer.headers) == (missing.text, missing.headers)


def test_a_link_that_was_ended_looks_like_any_missing_page(stranger: TestClient, booking: Booking) -> None:
    address = link(booking)
    booking.db.transaction(lambda s: feeds.revoke_feed(s, "maple-street", NPIS[0], by="coach-1", as_of=NOW))
    answer, missing = stranger.get(address), stranger.get("/nothing")
    assert (answer.status_code, answer.text, answer.headers) == (404, missing.text, missing.headers)


def test_a_program_that_asks_without_end_is_held_up(
    stranger: TestClient, booking: Booking, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_AN_HOUR", 2)
    address = link(booking)
    assert [stranger.get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert stranger.get(address).headers["retry-after"] == "3600"
    assert stranger.get(link(booking, NPIS[1])).status_code == 200
    clock.now = NOW + timedelta(hours=1)
    assert stranger.get(address).status_code == 200


def test_staff_read_the_links_on_their_own_page(client: TestClient, stranger: TestClient, booking: Booking) -> None:
    address = link(booking)
    page = client.get("/staff/practices/maple-street/feeds")
    assert page.status_code == 200
    assert f'href="http://127.0.0.1:8080{address}"' in page.text
    assert "make-calendar-feed" in page.text  # for the provider without a link
    assert "Dr. Avery No. 1" in page.text
    assert stranger.get("/staff/practices/maple-street/feeds").headers["location"].startswith("/sign-in?")
    assert client.get("/staff/practices/nobody/feeds").status_code == 404
