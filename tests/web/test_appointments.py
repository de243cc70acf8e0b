"""A practice's own Appointments: what asks for action, one opened, decided by form; once, refused in words, kept."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from deployments.web.site import create_site
from models.db import Database
from models.rules.appointments import Origin, Status
from models.rules.calendars import local_moment
from models.rules.roles import Role
from models.store import slots
from models.store.slots import Time
from models.tables.practice_systems import PushRow, VisitReasonRow
from tests.booking import NOW, NPIS, ZONE, an_appointment, at
from tests.store.visits import add_patient
from tests.web.conftest import Clock
from tests.web.desk import BASE, Front, a_front
from tests.web.front_desk import booked, request
from tests.web.signed_in import SignedIn, member

pytestmark = pytest.mark.database
PAGE = f"{BASE}/appointments"
WORDS = "My <b>knee</b> hurts"
PRIVATE = ("Jordan", "jordan@example.com", "555-0143", "knee", "Rosalind", "Rosie", "asked@example.com")


@pytest.fixture
def front(db: Database, clock: Clock) -> Front:
    made = a_front(db, clock)
    made.asking.now = clock.now = NOW
    own = {"practice_id": made.asking.practice}
    reasons = [
        VisitReasonRow(**own, key="office-visit", name="Office visit", minutes=30),
        VisitReasonRow(**own, key="long-visit", name="Long visit", minutes=60),
    ]
    db.transaction(lambda s: s.add_all(reasons))
    return made


def asked(front: Front, clock: str = "10:00", **told: object) -> int:
    """Let a patient ask for a time on Monday; gives the number of the request."""
    booking = front.asking.booking
    form = booking.submission(at(clock), notes=WORDS, **({"says_new": True} | told))
    booking.choose(at(clock), who=clock)
    return booking.submitted(form, key=clock, who=clock).appointment_id


def wanted(front: Front, number: int) -> list[tuple[str, object]]:
    """List what was sent to the practice system about an appointment, beside its first writing."""
    query = select(PushRow.kind, PushRow.change).where(PushRow.appointment_id == number).order_by(PushRow.id)
    found = front.asking.db.read(lambda s: s.execute(query).all())
    return [(kind.value, change) for kind, change in found if kind.value != "place"]


def takes(front: Front, clock: str, minutes: int = 30) -> int:
    """Let the practice system have an appointment at a time of Monday (A-59)."""
    made = front.asking.booking

    def overlap(session: object) -> int:
        wish = made.wish(at(clock), minutes)
        number = an_appointment(session, made, wish)  # type: ignore[arg-type]  # it is a session
        slots.follow(session, [Time(number, *wish[:5], keeps_time=True)])  # type: ignore[arg-type]  # it is a session
        return number

    return made.db.transaction(overlap)


def test_what_asks_for_action_shows_every_column_to_its_own_people(front: Front) -> None:
    """A-46."""
    number = asked(front)
    seen = front.look(PAGE)
    assert "Action Required 1" in seen
    assert f"Mon, Nov 23, 10:00 AM : No. {number} 30 minutes" in seen
    assert "Jordan Example (202) 555-0143 jordan@example.com New" in seen
    assert "Dr. Avery No. 0 Place 0" in seen
    assert "Cold or flu in the office PatientPop widget, asked Fri, Nov 20, 10:00 AM" in seen
    assert "Waits for review PatientPop: Pending Request" in seen


def test_everything_of_both_systems_stands_under_all(front: Front) -> None:
    """A-47, A-48, A-49."""
    made = booked(front.asking.db, front.asking.practice, starts_at=at("11:00"), ends_at=at("11:30"))
    add_patient(made)
    seen = front.look(f"{PAGE}?tab=all")
    assert "Rosalind Quick" in seen
    assert "the practice's calendar" in seen
    assert "Confirmed PatientPop: Booked" in seen
    assert "No request waits for review." in front.look(PAGE)


def test_the_practice_still_sees_what_was_asked_for_first(front: Front) -> None:
    """A-49: confirmed with another visit reason, in the list and on the page of the visit."""
    reason = VisitReasonRow(practice_id=front.asking.practice, key="new", name="New patient, long", minutes=60)
    front.asking.db.transaction(lambda s: s.add(reason))
    facts = {"origin": Origin.WIDGET, "reason": "sick-visit", "visit_reason": "new"}
    visit = booked(front.asking.db, front.asking.practice, **facts)
    assert "Cold or flu in the office" in front.look(f"{PAGE}?tab=all")
    assert "New patient, long" not in front.seen()
    assert "Cold or flu" in front.look(f"{PAGE}/{visit.id}")


FILTERS = [
    ("tab=all&status=confirmed", {"booked"}),
    ("tab=all&status=tentative", {"request", "other"}),
    (f"tab=all&provider={NPIS[1]}", {"other"}),
    ("tab=all&location=place-0", {"request", "other", "booked"}),
    ("tab=all&location=elsewhere", set()),
    ("tab=all&day=2026-11-24", {"booked"}),
    ("day=2026-11-23", {"request", "other"}),
    ("tab=waiting&status=confirmed&provider=x&location=%3C&day=2026-99-99", {"request", "other"}),
]


def test_filters_keep_what_they_say(front: Front) -> None:
    """A-46, A-47."""
    db, practice, tuesday = front.asking.db, front.asking.practice, at("09:00", date(2026, 11, 24))
    other = request(db, practice, starts_at=at("12:00"), ends_at=at("12:30"))
    other.change(provider_id=front.asking.booking.providers[1])
    later = booked(db, practice, starts_at=tuesday, ends_at=tuesday + timedelta(minutes=30))
    numbers = {"request": asked(front), "other": other.id, "booked": later.id}
    for query, kept in FILTERS:
        front.look(f"{PAGE}?{query}")
        shown = {name for name, number in numbers.items() if f"/appointments/{number}" in front.page.text}
        assert (query, shown) == (query, kept)


def test_a_number_leads_to_its_one_line(front: Front) -> None:
    number = asked(front)
    asked(front, "11:00")
    assert f"No. {number}" in front.look(f"{PAGE}?number={number}")
    assert "11:00 AM" not in front.seen()
    assert "no appointment with this number" in front.look(f"{PAGE}?number=12345")


def test_what_was_removed_in_patientpop_leaves_the_lists_and_stays_under_differences(front: Front) -> None:
    """A-50, A-52, A-104."""
    gone = request(front.asking.db, front.asking.practice, portal_deleted_at=NOW)
    off = request(front.asking.db, front.asking.practice, portal_cancelled_at=NOW)
    assert "Action Required 0" in front.look(PAGE)
    front.look(f"{PAGE}?tab=all")
    assert [f"/appointments/{one.id}" in front.page.text for one in (gone, off)] == [False, True]
    seen = front.look(f"{PAGE}?tab=all&status=drift")
    assert "Deleted in PatientPop only" in seen
    assert "Cancelled in PatientPop only" in seen


def test_a_request_opens_with_the_patients_own_words(front: Front) -> None:
    """A-36, A-44."""
    number = asked(front, says_new=False)
    seen = front.look(f"{PAGE}/{number}")
    assert f"Reason for visit: Cold or flu Patient: existing Notes: {WORDS}" in seen
    assert "<b>knee" not in front.page.text
    assert "Jordan Example" in seen
    assert "March" not in seen
    assert "Mar 31, 1985" in seen


def test_a_conflict_says_what_takes_the_time_and_leads_there(front: Front) -> None:
    """A-35, A-102."""
    number = asked(front)
    other = takes(front, "10:15")
    seen = front.look(f"{PAGE}/{number}")
    assert "Conflict: this time is taken" in seen
    assert "Mon, Nov 23, 10:15 AM \N{EN DASH} 10:45 AM: an appointment" in seen
    assert f"/appointments/{other}" in front.page.text
    assert "Its time meets something else." in front.look(PAGE)


def test_our_own_people_read_it_without_names_and_words(front: Front, db: Database, clock: Clock) -> None:
    """A-46."""
    number = asked(front)
    other = takes(front, "10:15")
    for key, role in (("coach-9", Role.SUCCESS_COACH), ("manager-9", Role.ONBOARDING_MANAGER)):
        member(db, key, role, "maple-street", as_of=NOW)
        browser = SignedIn(create_site(now=clock), db, key, raise_server_exceptions=False)
        for address in (PAGE, f"{PAGE}?view=practice", f"{PAGE}/{number}", f"{PAGE}/{other}"):
            page = browser.get(address)
            assert page.status_code == 200
            assert [word for word in PRIVATE if word in page.text] == []
        assert "both systems side by side" in browser.get(PAGE).text
        assert 'method="post"' not in browser.get(f"{PAGE}/{number}").text


def test_a_request_is_confirmed_once_however_often_the_form_is_sent(front: Front) -> None:
    """A-37, A-40."""
    number = asked(front)
    front.look(f"{PAGE}/{number}")
    address, hidden = front.form("/confirm")
    form: dict[str, Any] = {
        "visit_reason": "long-visit",
        "day": "2026-11-23",
        "time": "10:00",
        "visit": "office",
        "forms": "",
    }
    front.send("/confirm", **form)
    assert "Confirmed; it is being written" in front.seen()
    assert "on its way: Confirmed" in front.seen()
    again = front.browser.post(address, data=hidden | form)
    assert again.status_code == 303
    ((kind, change),) = wanted(front, number)
    assert (kind, change["visit_reason"], change["ends_at"]) == (  # type: ignore[index]  # it is JSON
        "decide",
        "long-visit",
        at("11:00").isoformat(),
    )
    assert front.history("confirmation_decided") == [("confirmation_decided", "office")]


def test_of_two_people_at_once_the_second_is_told_and_nothing_is_lost(front: Front) -> None:
    """A-42."""
    number = asked(front)
    front.look(f"{PAGE}/{number}")
    late, hidden = front.form("/confirm")
    front.send("/decline", reason="insurance_not_accepted")
    assert "Declined; the patient will be told." in front.seen()
    form: dict[str, Any] = {"visit_reason": "office-visit", "day": "2026-11-23", "time": "10:00"}
    refused = front.browser.post(late, data=hidden | form)
    assert refused.status_code == 422
    assert "Somebody decided about this a moment ago" in refused.text
    other_words = front.browser.post(late.replace("/confirm", "/decline"), data=hidden | {"reason": "other"})
    assert other_words.status_code == 422
    assert [kind for kind, _ in wanted(front, number)] == ["decide"]
    assert front.history("confirmation_decided", "request_declined") == [("request_declined", "office")]


def test_another_time_is_confirmed_and_a_taken_one_asked_about_first(front: Front) -> None:
    """A-35, A-43."""
    number = asked(front)
    takes(front, "14:00")
    front.look(f"{PAGE}/{number}")
    form: dict[str, Any] = {"visit_reason": "office-visit", "day": "2026-11-23", "time": "14:15", "visit": "telehealth"}
    front.send("/confirm", 422, **form)
    assert "The provider has something else then." in front.seen()
    assert 'value="14:15"' in front.page.text
    assert 'value="telehealth" checked' in front.page.text
    assert wanted(front, number) == []
    front.send("/confirm", **form, fine="1")
    ((_, change),) = wanted(front, number)
    assert change["starts_at"] == at("14:15").isoformat()  # type: ignore[index]  # it is JSON
    assert change["is_virtual"] is True  # type: ignore[index]  # it is JSON


REFUSED = [
    ({"visit_reason": ""}, "Choose one of the practice system's visit reasons"),
    ({"day": "2026-11-19"}, "This time has passed."),
    ({"day": "2026-02-30"}, "There is no such day and time here"),
    ({"day": "", "time": ""}, "There is no such day and time here"),
    ({"day": "2027-03-14", "time": "02:30"}, "There is no such day and time here"),
    ({"forms": "New Patient!"}, "Write the keys of the forms"),
]


def test_what_cannot_be_confirmed_is_refused_at_its_field_and_stays(front: Front) -> None:
    """A-37, A-43."""
    number = asked(front)
    for typed, says in REFUSED:
        front.look(f"{PAGE}/{number}")
        form: dict[str, Any] = {
            "visit_reason": "long-visit",
            "day": "2026-11-23",
            "time": "10:00",
            "forms": "old-form",
        } | typed
        front.send("/confirm", 422, **form)
        assert says in front.seen()
        assert all(f'value="{form[name]}"' in front.page.text for name in ("day", "time", "forms") if form[name])
        assert ('value="long-visit" selected' in front.page.text) == bool(form["visit_reason"])
    assert wanted(front, number) == []


def test_a_request_within_a_repeated_hour_stays_where_it_is(front: Front) -> None:
    """A-43: the second half past one of November 7, 2027 is confirmed as it is."""
    second = local_moment(date(2027, 11, 7), datetime(2027, 11, 7, 1, 30).time(), ZONE) + timedelta(hours=1)  # noqa: DTZ001 - a wall time
    made = request(front.asking.db, front.asking.practice, starts_at=second, ends_at=second + timedelta(minutes=30))
    front.look(f"{PAGE}/{made.id}")
    assert 'value="01:30"' in front.page.text
    front.send("/confirm", visit_reason="office-visit", day="2027-11-07", time="01:30")
    ((_, change),) = wanted(front, made.id)
    assert change["starts_at"] == second.isoformat()  # type: ignore[index]  # it is JSON


def test_a_decline_needs_its_reason(front: Front) -> None:
    """A-42."""
    number = asked(front)
    front.look(f"{PAGE}/{number}")
    front.send("/decline", 422)
    assert "Choose a reason." in front.seen()
    assert wanted(front, number) == []


def test_a_confirmed_appointment_is_moved(front: Front) -> None:
    """A-54."""
    made = booked(front.asking.db, front.asking.practice, starts_at=at("11:00"), ends_at=at("11:30"))
    front.look(f"{PAGE}/{made.id}")
    front.send("/move", 422, day="2026-11-24", time="11:00", minutes="900")
    assert "An appointment lasts from 1 minute to 12 hours." in front.seen()
    assert 'value="900"' in front.page.text
    front.send("/move", day="2026-11-24", time="09:30", minutes="45")
    ((kind, change),) = wanted(front, made.id)
    tuesday = at("09:30", date(2026, 11, 24))
    assert (kind, change["starts_at"]) == ("change", tuesday.isoformat())  # type: ignore[index]  # it is JSON


def test_a_confirmed_appointment_is_cancelled_with_its_reason(front: Front) -> None:
    """A-54."""
    made = booked(front.asking.db, front.asking.practice)
    front.look(f"{PAGE}/{made.id}")
    front.send("/cancel", 422, why="weather")
    assert "Choose a reason." in front.seen()
    front.send("/cancel", why="by_patient")
    assert wanted(front, made.id) == [("change", {"status": "cancelled"})]


MARKS = [
    ("confirmed", True, ["checked_in", "checked_out", "no_show"]),
    ("confirmed", False, ["checked_in", "checked_out"]),
    ("checked_in", True, ["confirmed", "checked_out", "no_show"]),
    ("checked_out", True, ["confirmed", "checked_in", "no_show"]),
    ("cancelled", True, ["confirmed"]),
    ("declined", True, []),
    ("tentative", True, []),
]


def test_only_what_the_rules_allow_can_be_marked(front: Front) -> None:
    """A-85, A-100."""
    for status, has_begun, offered in MARKS:
        start = NOW - timedelta(minutes=10) if has_begun else NOW + timedelta(hours=2)
        ends = start + timedelta(minutes=30)
        made = booked(front.asking.db, front.asking.practice, status=Status(status), starts_at=start, ends_at=ends)
        front.look(f"{PAGE}/{made.id}")
        shown = front.page.text.partition('id="mark"')[2].partition("</form>")[0]
        assert (status, re.findall(r'name="to" value="(\w+)"', shown)) == (status, offered)
        for mark in offered[:1]:
            front.send("/mark", to=mark)
            assert wanted(front, made.id) == [("change", {"status": mark})]


def test_a_mark_that_came_too_late_is_refused(front: Front) -> None:
    """A-100."""
    made = booked(front.asking.db, front.asking.practice, starts_at=NOW, ends_at=NOW + timedelta(minutes=30))
    front.look(f"{PAGE}/{made.id}")
    address, hidden = front.form("/mark")
    made.change(status=Status.DECLINED)
    refused = front.browser.post(address, data=hidden | {"to": "checked_in"})
    assert refused.status_code == 422
    assert "From where the appointment stands now, this is not possible." in refused.text
    assert front.browser.post(address, data=hidden | {"to": "flown"}).status_code == 422
    assert wanted(front, made.id) == []


ASIDE = [
    ("withdrawn", "tentative", [("decide", {"status": "cancelled"})], "request_withdrawn"),
    ("cancelled_here", "confirmed", [], "cancelled_in_portal"),
    ("removed_here", "confirmed", [], "deleted_in_portal"),
    ("deleted", "confirmed", [("delete", {})], "deletion_decided"),
]


def test_what_needs_only_a_button_is_done_once(front: Front) -> None:
    """A-50, A-52."""
    for to, status, pushed, kind in ASIDE:
        made = booked(front.asking.db, front.asking.practice, status=Status(status))
        front.look(f"{PAGE}/{made.id}")
        address, hidden = front.form("/aside")
        front.send("/aside", to=to)
        assert front.browser.post(address, data=hidden | {"to": to}).status_code == 303
        assert (to, wanted(front, made.id)) == (to, pushed)
        assert front.history(kind) == [(kind, "office")]


def test_a_form_of_another_page_is_refused_and_what_was_typed_stays(front: Front) -> None:
    number = asked(front)
    front.look(f"{PAGE}/{number}")
    front.send("/confirm", 403, form="forged", visit_reason="long-visit", day="2026-11-24", time="10:00")
    assert "did not come from our page" in front.seen()
    assert 'value="2026-11-24"' in front.page.text
    assert wanted(front, number) == []


def test_it_is_read_in_spanish(front: Front) -> None:
    number = asked(front)
    takes(front, "10:15")
    assert "Por decidir 1" in front.look(f"{PAGE}?lang=es")
    seen = front.look(f"{PAGE}/{number}?lang=es")
    assert "Conflicto: esta hora está ocupada" in seen
    front.send("/confirm", 422, visit_reason="office-visit", day="2026-11-23", time="10:00")
    assert "El profesional tiene otra cosa a esa hora." in front.seen()
