"""Who may send the booking forms, how often, and where the pages may be shown."""

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from deployments.web import booking
from deployments.web.booking_form import UnreadableFormError, read_form, slot_word, typed_of
from deployments.web.booking_guard import HOLD, LOOK, SEND, Limit, is_own_form, network_of
from deployments.web.booking_voice import chosen_locale
from models.db import Database
from models.inputs.booking import SENTENCES
from models.rules.matching import RequestFault
from models.store.widgets import WidgetSettings
from templates.words_booking import BOOKING, FAULTS_ES, FAULTS_OF_FIELDS, NOTICES, REFUSALS
from templates.words_booking_texts import TEXTS
from tests.booking import NOW, a_booking, at
from tests.web.booking_visitor import PERSON, Visitor
from tests.web.conftest import Clock

TOKEN = "A" * 22
KIND = "application/x-www-form-urlencoded"


@pytest.fixture
def visitor(db: Database, client: TestClient, clock: Clock) -> Visitor:
    a_booking(db, widget=WidgetSettings(embedded_on="https://www.maple.example.com http://localhost:9000"))
    clock.now = NOW
    return Visitor(client)


@pytest.mark.parametrize("path", ["", "/privacy", "/terms", "/button", "/embed.js"])
@pytest.mark.parametrize("key", ["nobody", "Maple%20Street", "x" * 80, "..%2Fstaff"])
def test_an_unknown_practice_is_a_page_that_does_not_exist(client: TestClient, key: str, path: str) -> None:
    answer = client.get(f"/book/{key}{path}")
    assert answer.status_code == 404
    assert "This page does not exist" in answer.text


def test_a_step_without_its_form_leads_to_the_start(client: TestClient) -> None:
    for step in ("time", "details", "request"):
        answer = client.get(f"/book/maple-street/{step}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/book/maple-street")
    assert client.get("/book/EVIL/time").headers["location"] == "/"


@pytest.mark.parametrize("path", ["", "/privacy", "/button"])
def test_only_the_practices_own_pages_may_show_it_in_a_frame(visitor: Visitor, path: str) -> None:
    headers = visitor.open(path).answer.headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self' https://www.maple.example.com http://localhost:9000" in policy
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; ")
    assert "unsafe" not in policy
    assert "x-frame-options" not in headers
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "set-cookie" not in headers


def test_a_page_needs_nothing_from_elsewhere(visitor: Visitor) -> None:
    for page in (visitor.open(), visitor.at_details(), visitor.press(**PERSON), visitor.press()):
        markup = page.answer.text
        assert "style=" not in markup
        assert "<style" not in markup
        assert "onclick" not in markup
        assert "//" not in markup.replace("http://www.w3.org", "")


def test_the_script_for_a_practices_page_may_be_loaded_there(visitor: Visitor, client: TestClient) -> None:
    answer = client.get("/book/maple-street/embed.js")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert client.get("/static/booking.js").headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "https://book.example.com"}, True),
        ({"origin": "null"}, True),
        ({}, True),
        ({"origin": "https://evil.example.com"}, False),
    ],
)
def test_a_form_must_come_from_our_own_page(headers: dict[str, str], is_ours: bool) -> None:
    assert is_own_form(Headers({"host": "book.example.com", **headers})) is is_ours


def test_a_form_from_another_page_changes_nothing(visitor: Visitor) -> None:
    slot = visitor.open().slots[0]
    sent = {"token": TOKEN, "slot": slot, "reason": "sick-visit"}
    visitor.post("/time", sent, **{"sec-fetch-site": "cross-site"})
    assert (visitor.answer.status_code, visitor.title) == (403, "This form came from another page")
    assert slot in visitor.open().slots


@pytest.mark.parametrize(
    "body", [b"token=short", b"", b"token=%ff", b"a=1&" * 80, b"\xff\xfe", b"notes=" + b"x" * 5000]
)
@pytest.mark.parametrize("step", ["", "/time", "/details", "/request"])
def test_a_form_of_nobodys_is_refused_plainly(visitor: Visitor, client: TestClient, step: str, body: bytes) -> None:
    answer = client.post(f"/book/maple-street{step}", content=body, headers={"content-type": KIND})
    assert answer.status_code == 400
    assert "This form cannot be read" in answer.text


def test_another_kind_of_body_is_none_of_ours() -> None:
    with pytest.raises(UnreadableFormError):
        read_form(b'{"token": 1}', "application/json")
    with pytest.raises(UnreadableFormError):
        typed_of({})


def test_a_body_that_is_too_large_is_refused(visitor: Visitor, client: TestClient) -> None:
    answer = client.post("/book/maple-street/request", content=b"x" * 70_000, headers={"content-type": KIND})
    assert answer.status_code == 413


@pytest.mark.parametrize("slot", ["", "1.2.3", "1.2.20261399T9999Z", "x", "9" * 40])
@pytest.mark.parametrize("step", ["/time", "/details"])
def test_a_time_that_nobody_can_read_is_asked_again(visitor: Visitor, step: str, slot: str) -> None:
    visitor.post(step, {"token": TOKEN, "slot": slot, "reason": "sick-visit"})
    assert visitor.answer.status_code == 400
    assert "This time cannot be read. Please choose a time again." in visitor.text


def test_a_time_of_another_practices_provider_is_not_given(visitor: Visitor, db: Database) -> None:
    other = a_booking(db, key="cedar")
    slot = slot_word(other.providers[0], other.locations[0], at("10:00"))
    visitor.post("/time", {"token": TOKEN, "slot": slot, "reason": "sick-visit"})
    assert (visitor.answer.status_code, visitor.title) == (409, "This time is not free any more")


@pytest.mark.parametrize("limit", [LOOK, HOLD, SEND])
def test_too_often_is_said_plainly(visitor: Visitor, monkeypatch: pytest.MonkeyPatch, limit: Limit) -> None:
    monkeypatch.setattr(booking, limit.name.upper(), limit._replace(visitor=3))
    seen = []
    for number in range(5):
        if limit is SEND:
            visitor.at_cover(number).press()
        elif limit is HOLD:
            visitor.open().take(number)
        else:
            visitor.open()
        seen.append(visitor.answer.status_code)
        if seen[-1] == 429:
            break
    assert seen == [200, 200, 200, 429]
    assert visitor.title == "That was a lot at once"
    assert int(visitor.answer.headers["retry-after"]) == limit.window.total_seconds()


def test_a_practice_as_a_whole_is_limited_too(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booking, "LOOK", LOOK._replace(practice=1))
    assert visitor.open().answer.status_code == 200
    assert visitor.open().answer.status_code == 429


def test_a_window_later_all_is_well_again(visitor: Visitor, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(booking, "LOOK", LOOK._replace(visitor=1))
    assert [visitor.open().answer.status_code for _ in range(2)] == [200, 429]
    clock.now = NOW + LOOK.window
    assert visitor.open().answer.status_code == 200


def test_one_visitor_is_one_network() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    assert network_of("203.0.113.9") != network_of("203.0.113.10")
    assert network_of("somewhere") == "somewhere"


@pytest.mark.parametrize(
    ("asked", "accepted", "usual", "locale"),
    [
        ("es", "en", "en", "es"),
        ("xx", "es-MX,es;q=0.9", "en", "es"),
        ("", "fr, en;q=0.4, es;q=0.5", "en", "es"),
        ("", "es;q=0, en", "es", "en"),
        ("", "*;q=nonsense", "es", "es"),
        ("", "", "", "en"),
    ],
)
def test_the_language_is_what_the_visitor_wants_and_we_speak(
    asked: str, accepted: str, usual: str, locale: str
) -> None:
    assert chosen_locale(asked, accepted, usual) == locale


def test_every_fault_and_refusal_is_said_in_both_languages() -> None:
    assert set(FAULTS_ES) == set(SENTENCES)
    assert set(FAULTS_ES) >= {fault.value for fault in RequestFault}
    pairs = [*BOOKING.values(), *REFUSALS.values(), *FAULTS_OF_FIELDS.values()]
    pairs += [both for notice in NOTICES.values() for both in notice]
    assert all(english.strip() and spanish.strip() for english, spanish in pairs)
    for text in TEXTS.values():
        assert len(text["en"]) == len(text["es"])
