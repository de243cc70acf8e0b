"""Whose a time is while somebody fills in the booking pages, what is shown when, and what happens when it is gone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from models.db import Database
from models.store.widgets import WidgetSettings
from models.tables.appointments import SlotClaimRow
from models.tables.booking import WidgetRow
from models.tables.practice_systems import CursorKind, CursorRow
from tests.booking import NOW, Booking, a_booking, settings
from tests.web.booking_visitor import PERSON, Visitor, requests
from tests.web.conftest import Clock

SENT = "Appointment Request Submitted"
Make = Callable[..., Booking]


@pytest.fixture
def visitor(client: TestClient, clock: Clock) -> Visitor:
    clock.now = NOW
    return Visitor(client)


@pytest.fixture
def other(client: TestClient, clock: Clock) -> Visitor:
    return Visitor(client)


@pytest.fixture
def make(db: Database) -> Make:
    def made(**facts: object) -> Booking:
        return a_booking(db, **facts)  # type: ignore[arg-type]  # each test names what it is about

    return made


def test_one_time_goes_to_one_visitor(visitor: Visitor, other: Visitor, make: Make) -> None:
    make(providers=1)
    visitor.open()
    other.open()
    wanted = other.slots[2]
    assert visitor.take(2).title == "About you"
    assert wanted not in Visitor(visitor._client).open().slots
    other.take(2)
    assert (other.answer.status_code, other.title) == (409, "This time is not free any more")
    assert wanted not in other.slots
    assert len(other.slots) == 6
    assert other.take(0).title == "About you"


def test_a_time_taken_while_typing_loses_nothing(
    visitor: Visitor, other: Visitor, make: Make, clock: Clock
) -> None:
    made = make(providers=1)
    visitor.at_cover(2)
    clock.now = NOW + timedelta(minutes=11)
    other.open().press("slot", visitor.values["slot"], reason="sick-visit")
    assert other.title == "About you"
    visitor.press(notes="Kept", insurance="medicare")
    assert visitor.title == "This time is not free any more"
    visitor.take(0)
    assert {name: visitor.values.get(name) for name in PERSON} == PERSON
    visitor.press().press()
    assert visitor.title == SENT
    details = requests(made)[0][2]
    assert (details["notes"], details["insurance"], details["first"]) == ("Kept", "medicare", "Rosalind")


def test_a_time_is_kept_ten_minutes_and_longer_for_those_who_go_on(visitor: Visitor, make: Make, clock: Clock) -> None:
    make()
    assert "We keep this time for you until 10:10 AM." in visitor.at_details().text
    clock.now = NOW + timedelta(minutes=8)
    assert "until 10:18 AM." in visitor.press(**PERSON).text
    clock.now = NOW + timedelta(minutes=16)
    assert "until 10:20 AM." in visitor.press("to", "back").text


def test_a_time_that_ran_out_is_taken_anew_and_said(visitor: Visitor, make: Make, clock: Clock) -> None:
    make()
    visitor.at_details(2)
    clock.now = NOW + timedelta(minutes=15)
    visitor.press(**PERSON)
    assert "Your time had run out, but it was still free: we keep it for you again, until 10:25 AM." in visitor.text
    assert visitor.press().title == SENT


def test_the_secret_is_stored_as_a_hash_only(visitor: Visitor, make: Make) -> None:
    made = make()
    token = visitor.at_details().values["token"]
    held = made.db.read(lambda s: s.scalars(select(SlotClaimRow)).all())
    assert len(token) == 22
    assert [len(one.hold_hash or "") for one in held] == [64]
    assert token.encode() not in made.db.read(lambda s: repr([vars(one) for one in held])).encode()


def test_choosing_another_time_gives_the_first_one_back(visitor: Visitor, make: Make) -> None:
    made = make(providers=1)
    first = visitor.at_details(0).values["slot"]
    visitor.press("to", "back", **PERSON)
    assert first in visitor.slots  # the own hold does not stand in the way
    assert visitor.take(3).values["first"] == PERSON["first"]
    assert made.db.read(lambda s: s.scalar(select(func.count()).select_from(SlotClaimRow))) == 1


def test_a_time_in_the_past_is_refused(visitor: Visitor, make: Make, clock: Clock) -> None:
    made = make()
    visitor.at_cover(0)
    clock.now = NOW + timedelta(hours=3)
    visitor.press()
    assert visitor.title == "This time is not free any more"
    assert requests(made) == []


def test_a_time_that_begins_before_a_form_is_filled_in_is_not_shown(visitor: Visitor, make: Make, clock: Clock) -> None:
    make(providers=1)
    clock.now = NOW - timedelta(minutes=11)
    assert visitor.open().slots[0].endswith("20261120T1500Z")
    clock.now = NOW + timedelta(minutes=20)
    assert visitor.open().slots[0].endswith("20261120T1600Z")


def test_times_are_the_practices_own(visitor: Visitor, make: Make) -> None:
    make(providers=1)
    visitor.open()
    assert "All times are the practice's own: Eastern Time." in visitor.text
    assert visitor.slots[0].endswith("20261120T1530Z")
    assert visitor.page.xpath("//ul[@class='slots']//button")[0].text_content().strip() == "10:30 AM"


def test_weeks_can_be_turned_up_to_the_horizon(visitor: Visitor, make: Make) -> None:
    make(calendar=settings(horizon_days=10))
    visitor.open()
    assert "Previous week" not in visitor.text
    visitor.press("week", "2026-11-27")
    assert "Fri, Nov 27 to Thu, Dec 3" in visitor.text
    assert max(slot.split(".")[2][:8] for slot in visitor.slots) == "20261130"
    assert "Next week" not in visitor.text
    assert "Fri, Nov 20 to" in visitor.press("week", "2026-11-20").text


def test_the_first_week_with_times_is_shown_first(visitor: Visitor, make: Make) -> None:
    make(calendar=settings(minimum_notice_minutes=20 * 24 * 60))
    assert "Fri, Dec 4 to Thu, Dec 10" in visitor.open().text
    visitor.press("week", "2026-11-27")
    assert "No times in this week." in visitor.text
    assert "First available: Thu, Dec 10, 10:00 AM" in visitor.text
    assert "Fri, Dec 4 to" in visitor.press("week", "first").text


def test_no_time_at_all_is_said_plainly(visitor: Visitor, make: Make, clock: Clock) -> None:
    make(calendar=settings(horizon_days=1))
    clock.now = NOW + timedelta(days=1)  # a Saturday
    assert "There is no time to request online for this choice." in visitor.open().text


def test_the_language_is_the_visitors_and_can_be_switched_with_nothing_lost(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor._client.headers["accept-language"] = "fr;q=1.0, es-MX;q=0.9, en;q=0.8"
    assert visitor.open().title == "Solicitar cita"
    assert visitor.options("reason") == ["Elija un motivo", "Examen físico anual", "Cold or flu"]
    visitor.take().press("to", "en", **{**PERSON, "email": "wrong"})
    assert (visitor.title, visitor.faults, visitor.values["email"]) == ("About you", {}, "wrong")
    visitor.press("to", "es").press()
    assert visitor.faults["email"] == ("Error: No es una dirección de correo. Escríbala como nombre@example.com.")
    visitor.press(email=PERSON["email"]).press()
    assert visitor.title == "Solicitud de cita enviada"
    assert requests(made)[0][1].locale == "es"


def heard(made: Booking, *, ago: timedelta) -> None:
    """Let the practice system have answered a while ago."""
    cursor = CursorRow(practice_id=made.practice, kind=CursorKind.CHANGES, due_at=NOW, failures=0, fence=0, problem="")
    cursor.succeeded_at = NOW - ago
    made.db.transaction(lambda s: s.add(cursor))


def test_doubtful_times_are_said_to_be_requests(visitor: Visitor, make: Make) -> None:
    made = make()
    assert "We cannot see the practice's newest calendar right now." in visitor.open().text
    heard(made, ago=timedelta(minutes=5))
    assert "newest calendar" not in visitor.open().text


def test_doubtful_times_close_the_widget_where_that_is_set(visitor: Visitor, make: Make) -> None:
    made = make(widget=WidgetSettings(closes_when_stale=True))
    assert visitor.open().title == "Please call the practice"
    heard(made, ago=timedelta(minutes=5))
    assert visitor.open().title == "Request Appointment"


def test_a_closed_widget_names_the_telephone(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor.at_cover()
    made.db.transaction(lambda s: s.execute(update(WidgetRow).values(is_open=False)))
    assert visitor.press().title == "Please call the practice"
    assert "Please call the practice" in visitor.open().text
    assert requests(made) == []


def test_what_was_sent_stays_sent_when_the_widget_closes(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor.at_cover().press()
    made.db.transaction(lambda s: s.execute(update(WidgetRow).values(is_open=False)))
    assert visitor.again().title == SENT


def test_nothing_about_a_person_stands_in_an_address_or_a_log(
    visitor: Visitor, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    make()
    caplog.set_level("DEBUG")
    visitor.at_details().press(**{**PERSON, "email": "no"})
    visitor.press("to", "back").take(1).press(email=PERSON["email"]).press(notes="Secret note").again()
    assert visitor.title == SENT
    written = " ".join(visitor.asked) + caplog.text
    token = visitor.bodies[-1]["token"]
    words = (*(PERSON[name] for name in ("first", "last", "email", "phone")), "1985", "Secret", token)
    assert [word for word in words if word in written] == []
