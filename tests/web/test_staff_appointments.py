"""Staff see a practice's appointments in both systems side by side, what waits, what failed, and no patient."""

import re
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from models.db import Database
from models.rules.appointments import Origin, PatientType, Status
from models.rules.decisions import Ask
from models.rules.matching import MatchOutcome
from models.rules.reputation import ANSWER_LOW_STARS, LOOK_AFTER_REPLY
from models.rules.roles import Role
from models.store import slots
from models.store.slots import Time
from models.store.widgets import WidgetSettings
from models.tables.appointments import AppointmentRow, RequestRow
from models.tables.practice_systems import DeadChangeRow, PracticeSystemRow, PushState, SystemAccountRow, VisitReasonRow
from models.tables.work_items import WorkItem
from templates.words_staff import VISIT_WORK
from tests.booking import NOW, NPIS, Booking, a_booking, an_appointment, at
from tests.reports.journeys import Story, in_welcome
from tests.store.visits import Visit
from tests.web.conftest import Clock
from tests.web.front_desk import PATIENT, a_busy_week, asks, booked, heard, practice_of_journey, push, request

PAGE = "/staff/practices/maple-street/appointments"
ALL = f"{PAGE}?tab=all"
ROW = re.compile(r'<tr role="row"><th scope="row".*?</tr>', re.DOTALL)
OF_REVIEWS = (ANSWER_LOW_STARS, LOOK_AFTER_REPLY)
OF_PRACTICES = ("offboarding.confirm",)  # told with no appointment's number
SECRET = ("Jordan", "jordan@example.com", "5550143", "555-0143", "1985-03-31", "Avery No. 0, private", *PATIENT)


@pytest.fixture
def made(db: Database, clock: Clock) -> Booking:
    """Give a practice that takes requests."""
    clock.now = NOW
    return a_booking(db)


def words(html: str) -> str:
    """Give what a reader sees."""
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def rows(page: str) -> list[str]:
    """Give the lines of the list as words."""
    return [words(row) for row in ROW.findall(page)]


def row_of(client: TestClient, number: int) -> str:
    """Give the line of one appointment as words."""
    (row,) = rows(client.get(f"{PAGE}?number={number}").text)
    return row


def test_a_request_shows_every_column_that_staff_may_see(client: TestClient, made: Booking) -> None:
    """A-32, A-46."""
    number = made.submitted(made.submission(at("10:00"), notes="Private words", says_new=True)).appointment_id
    row = row_of(client, number)
    assert row.startswith(f"Mon, Nov 23, 10:00 AM EST 30 minutes No. {number} Dr. Avery No. 0 NPI {NPIS[0]} Place 0")
    assert "Cold or flu New · office not there yet here: tentative Pending Request PatientPop widget" in row
    assert "asked Fri, Nov 20, 10:00 AM" in row
    assert row.endswith("confirm-request or decline-request")
    assert row in rows(client.get(PAGE).text)


def test_no_page_of_staff_names_a_patient(client: TestClient, made: Booking) -> None:
    """A-46, A-47."""
    made.submitted(made.submission(at("10:00"), notes="Private words"))
    a_busy_week(made.db, made.practice, as_of=NOW)
    for address in (PAGE, ALL, "/staff/work"):
        page = client.get(address).text
        assert [secret for secret in SECRET if secret in page] == []


def test_an_appointment_of_kareo_is_among_all_with_its_origin(client: TestClient, made: Booking) -> None:
    """A-47, A-48."""
    number = made.db.transaction(lambda s: an_appointment(s, made, made.wish(at("11:00"))))
    (row,) = rows(client.get(ALL).text)
    assert f"No. {number}" in row
    assert "Returning · office" in row
    assert "Booked Kareo asked" in row
    assert "No request waits for review." in client.get(PAGE).text


def test_another_visit_reason_leaves_the_original_one_shown(client: TestClient, made: Booking) -> None:
    """A-36, A-49."""
    reason = VisitReasonRow(practice_id=made.practice, key="new", name="New patient, long", minutes=60)
    made.db.transaction(lambda s: s.add(reason))
    visit = booked(made.db, made.practice, origin=Origin.WIDGET, reason="sick-visit", visit_reason="new")
    assert "Cold or flu New · office there: New patient, long Confirmed Booked" in row_of(client, visit.id)


STATUSES = [
    ("A-41", {"status": Status.CONFIRMED}, "Confirmed Booked Kareo"),
    ("A-42", {"status": Status.DECLINED}, "Declined Canceled Kareo"),
    ("A-95", {"status": Status.NO_SHOW}, "No-show Booked no-show Kareo"),
    ("A-95", {"status": Status.DELETED}, "Deleted Canceled Kareo"),
    ("A-54", {"status": Status.CHECKED_OUT, "system_word": "CheckedOut"}, "Checked out Booked Kareo"),
    ("A-95", {"status": Status.NO_SHOW, "system_word": "NoShow"}, "No-show Booked no-show Kareo"),
    ("A-40", {"system_word": "ReminderSent"}, "Confirmed its word: ReminderSent Booked Kareo"),
    ("A-40", {"status": Status.TENTATIVE, "wanted": Status.CONFIRMED}, "Tentative on its way: confirmed Pending"),
    ("A-50", {"portal_cancelled_at": NOW}, "Confirmed Canceled Kareo"),
    ("A-52", {"portal_deleted_at": NOW}, "Confirmed Deleted Kareo"),
]


@pytest.mark.parametrize(("rule", "facts", "said"), STATUSES)
def test_both_systems_stand_side_by_side(
    client: TestClient, made: Booking, rule: str, facts: dict[str, object], said: str
) -> None:
    """A-40 to A-42, A-50, A-52, A-54, A-95."""
    assert rule
    visit = booked(made.db, made.practice, **facts)
    assert said in row_of(client, visit.id)


def test_what_differs_between_the_systems_is_marked_and_can_be_listed(client: TestClient, made: Booking) -> None:
    """A-50, A-51, A-52, A-104."""
    gone = booked(made.db, made.practice, portal_cancelled_at=NOW)
    trashed = booked(made.db, made.practice, portal_deleted_at=NOW)
    booked(made.db, made.practice)
    booked(made.db, made.practice, status=Status.CANCELLED, portal_cancelled_at=NOW)
    page = client.get(PAGE).text
    assert "Systems differ <b>2</b>" in page
    listed = rows(client.get(f"{PAGE}?tab=all&status=drift").text)
    assert [f"No. {one.id}" in row for one, row in zip((gone, trashed), listed, strict=True)] == [True, True]
    assert listed[0].endswith("the practice system keeps it, the patient was told nothing. cancel-appointment")
    assert listed[1].endswith("it is still in the practice system. delete-appointment")


def test_a_conflict_names_the_time_that_is_taken_and_nobody(client: TestClient, made: Booking) -> None:
    """A-35, A-102."""
    number = made.submitted(made.submission(at("10:00"))).appointment_id

    def overlap(session: Session) -> None:
        wish = made.wish(at("10:15"))
        slots.follow(session, [Time(an_appointment(session, made, wish), *wish[:5], keeps_time=True)])

    made.db.transaction(overlap)
    row = row_of(client, number)
    assert "see view-conflict" in row
    assert "taken: Mon, Nov 23, 10:15 AM to 10:45 AM" in row


def test_a_reviewer_reads_the_notes(client: TestClient, made: Booking) -> None:
    """A-72, A-94, A-96, A-97."""
    visit = request(made.db, made.practice, status=Status.LAPSED)
    special = {"says_new": True, "match": MatchOutcome.EXISTING, "overlaps_own": True}
    made.db.transaction(lambda s: s.execute(update(RequestRow).values(**special)))
    row = row_of(client, visit.id)
    for note in ("says new, but one record matches", "asked for another appointment", "Its time has passed"):
        assert note in row


def test_the_waiting_list_holds_what_nobody_decided_and_nothing_else(client: TestClient, made: Booking) -> None:
    """A-33, A-46."""
    week = a_busy_week(made.db, made.practice, as_of=NOW)
    listed = rows(client.get(PAGE).text)
    wanted = [week[name].id for name in ("lapsed", "request", "conflict")]
    assert len(listed) == 3
    assert all(f"No. {number} " in row for number, row in zip(wanted, listed, strict=True))
    assert "Waiting for review <b>3</b>" in client.get(PAGE).text


def test_all_appointments_begin_with_today_and_can_be_narrowed_to_a_status(client: TestClient, made: Booking) -> None:
    """A-47."""
    week = a_busy_week(made.db, made.practice, as_of=NOW)
    page = client.get(ALL).text
    assert f"No. {week['lapsed'].id} " not in words(page), "yesterday"
    assert len(rows(page)) == 7
    declined = client.get(f"{ALL}&status=declined").text
    assert [f"No. {week['declined'].id} " in row for row in rows(declined)] == [True]
    assert 'aria-current="page">Declined <b>1</b>' in declined
    earlier = re.search(r'href="([^"]*)" rel="prev"', page)
    assert earlier is not None
    assert len(rows(client.get(PAGE + unescape(earlier[1])).text)) == 1


def test_pages_lead_through_everything_once_forward_and_back(client: TestClient, made: Booking) -> None:
    """A-47."""

    def fill(session: Session) -> None:
        for number in range(57):
            an_appointment(session, made, made.wish(at("09:00") + timedelta(minutes=10 * (number // 3))))

    made.db.transaction(fill)
    shown = list[str]()
    address, pages = ALL, 0
    while address:
        page = client.get(address).text
        shown += re.findall(r"No\.\xa0(\d+)", unescape(page))
        found = re.search(r'href="([^"]*)" rel="next"', page)
        address, pages = (PAGE + unescape(found[1]) if found else ""), pages + 1
    assert (pages, len(shown), len(set(shown))) == (3, 57, 57)
    back = re.search(r'href="([^"]*)" rel="prev"', page)
    assert back is not None
    before = re.findall(r"No\.\xa0(\d+)", unescape(client.get(PAGE + unescape(back[1])).text))
    assert before == shown[25:50]


def test_whatever_stands_in_the_address_shows_a_page(client: TestClient, made: Booking) -> None:
    visit = booked(made.db, made.practice)
    other = a_booking(made.db, key="oak-street")
    for asked in ("tab=x", "status=x", "tab=all&status=x", "after=x", "after=Z_1", "before=9999-99-99T00:00:00Z_1"):
        assert client.get(f"{PAGE}?{asked}").status_code == 200
    for number in ("0", "-1", "x", "²", "9" * 40, str(visit.id + 1)):
        assert client.get(f"{PAGE}?number={number}").status_code == 200
    foreign = client.get(f"/staff/practices/oak-street/appointments?number={visit.id}").text
    assert f"This practice has no appointment with the number {visit.id}." in foreign
    assert rows(foreign) == []
    assert other.practice != made.practice


@pytest.mark.parametrize(
    ("heard_before", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(minutes=45), "45 minutes ago"),
        (timedelta(minutes=46), "46 minutes ago too long ago"),
        (timedelta(hours=1, minutes=5), "1 hour ago too long ago"),
        (timedelta(days=3), "3 days ago too long ago"),
        (None, "never too long ago"),
    ],
)
def test_the_freshness_of_the_practice_system_is_said_in_words(
    client: TestClient, made: Booking, heard_before: timedelta | None, said: str
) -> None:
    """A-89."""
    heard(made.db, made.practice, None if heard_before is None else NOW - heard_before)
    page = words(client.get(PAGE).text)
    assert f"Last heard of {said}" in page
    assert ("too long ago" in page) == ("too long ago" in said)


@pytest.mark.parametrize(("closes", "said"), [(True, "is closed until"), (False, "warns its visitors until")])
def test_a_stale_practice_system_says_what_the_widget_does(
    client: TestClient, db: Database, clock: Clock, *, closes: bool, said: str
) -> None:
    """A-89."""
    clock.now = NOW
    made = a_booking(db, widget=WidgetSettings(closes_when_stale=closes))
    heard(db, made.practice, NOW - timedelta(hours=2), problem="no_answer")
    page = client.get(PAGE).text
    assert f"The booking widget {said} the practice system answers." in page
    assert "The practice system did not answer in time." in page
    assert "The built-in practice calendar" in page


def test_a_practice_without_a_practice_system_is_told_how_to_get_one(client: TestClient, made: Booking) -> None:
    page = client.get(PAGE).text
    assert "Flow: use-built-in-calendar" in page
    assert "too long ago" not in page


def test_an_account_that_rests_says_until_when(client: TestClient, made: Booking) -> None:
    def connect(session: Session) -> None:
        login = {"address": "", "customer_key": "", "user": "", "password": ""}
        rests = {"rests_until": NOW + timedelta(minutes=5), "counted_at": NOW}
        session.add(SystemAccountRow(id=7, key="account", vendor="kareo", **login, **rests))
        session.flush()
        session.add(PracticeSystemRow(practice_id=made.practice, vendor="kareo", account_id=7, connected_at=NOW))

    made.db.transaction(connect)
    assert "Kareo left alone until Fri, Nov 20, 10:05 AM EST" in words(client.get(PAGE).text)


def test_writes_on_their_way_and_failed_ones_say_what_is_wrong_and_what_to_do(
    client: TestClient, made: Booking
) -> None:
    visit = booked(made.db, made.practice)
    push(visit, PushState.UNKNOWN, outcome="no_reference", at=NOW - timedelta(minutes=2))
    refused = push(
        visit, PushState.REFUSED, outcome="permission_missing:UpdateAppointment", at=NOW - timedelta(hours=1)
    )
    push(visit, PushState.DONE, at=NOW)
    page = words(client.get(ALL).text)
    assert f"appointment {visit.id} : refused The user of the practice system lacks the permission to edit" in page
    assert f"1 hour ago. To make it once more: replay-writes with the number {refused}" in page
    assert "nobody knows yet, it is looked up The practice system accepted a change without saying" in page
    assert page.count("Write the decision") == 2


def test_changes_that_could_not_be_taken_in_are_shown_by_number(client: TestClient, made: Booking) -> None:
    row = {"practice_id": made.practice, "fingerprint": "f", "content": "sealed", "problem": "ValueError"}
    made.db.transaction(lambda s: s.add(DeadChangeRow(id=77, system_id="501", seen_at=NOW, **row)))
    page = words(client.get(PAGE).text)
    assert "number 501 in the practice system Seen just now, tried 1 time." in page
    assert "replay-changes with the number 77" in page
    assert "sealed" not in page


def test_appointments_are_for_who_signed_in_and_known_practices_only(
    client: TestClient, stranger: TestClient, made: Booking
) -> None:
    assert client.get("/staff/practices/nobody/appointments").status_code == 404
    assert stranger.get(PAGE).headers["location"].startswith("/sign-in?")
    assert "<form" not in client.get(PAGE).text


def test_times_are_local_with_their_zone_on_both_sides_of_a_clock_change(client: TestClient, made: Booking) -> None:
    day = date(2027, 3, 12)
    for starts_at, said in (
        (at("09:00", day), "Fri, Mar 12, 2027, 9:00 AM EST"),
        (at("09:00", day + timedelta(days=3)), "Mon, Mar 15, 2027, 9:00 AM EDT"),
    ):
        visit = booked(made.db, made.practice, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30))
        assert row_of(client, visit.id).startswith(said)


@pytest.fixture
def visit(client: TestClient, clock: Clock, story: Story) -> Visit:
    """Give an appointment of a practice on its journey."""
    clock.now = in_welcome(story).now
    return booked(story.db, practice_of_journey(story.db, "maple"), patient_type=PatientType.NEW)


def test_every_work_item_of_an_appointment_is_told_in_words_with_its_flow(client: TestClient, visit: Visit) -> None:
    """A-36, A-43, A-44, A-94, A-104."""
    keys = [key if key != "message" else "message.812" for key in VISIT_WORK]
    visit.carry_out(*(Ask(key, Role.FRONT_OFFICE) for key in keys), as_of=visit.facts().requested_at)
    for path in ("/staff/work", "/staff/practices/maple"):
        page = unescape(client.get(path).text)
        assert [key for key in keys if f">{key}<" in page] == []
        assert [told for told in VISIT_WORK.values() if told not in page] == []
        assert page.count(f"No. {visit.id}. ") == len(keys) - len(OF_REVIEWS) - len(OF_PRACTICES)
        assert f"/staff/practices/maple/appointments/{visit.id}" in page
        in_the_tabs = path.endswith("maple")
        assert page.count('"/staff/practices/maple/reputation"') == len(OF_REVIEWS) + in_the_tabs
        assert "replay-messages with the number 812." in page


def test_many_requests_are_one_line_of_the_journey_and_each_a_line_of_the_work_list(
    client: TestClient, visit: Visit
) -> None:
    for _ in range(3):
        request(visit.db, visit.practice)
    asks(visit.db, visit.practice, "possible_duplicates", as_of=visit.facts().requested_at)
    journey, work = client.get("/staff/practices/maple").text, client.get("/staff/work").text
    assert journey.count("Review an appointment request") == 1
    assert '<span class="count">3 times</span>' in journey
    assert work.count("Review an appointment request") == 3
    assert 'href="/staff/practices/maple/appointments"' in work
    found = visit.db.read(lambda s: s.scalars(select(WorkItem.key).where(WorkItem.closed_at.is_(None))).all())
    assert sorted(found).count("review") == 3


def test_reading_changes_nothing(client: TestClient, made: Booking) -> None:
    a_busy_week(made.db, made.practice, as_of=NOW)

    def versions(session: Session) -> list[tuple[int, datetime]]:
        return list(session.execute(select(AppointmentRow.version, AppointmentRow.starts_at)).tuples())

    before = made.db.read(versions)
    assert client.get(ALL).text == client.get(ALL).text
    assert made.db.read(versions) == before
