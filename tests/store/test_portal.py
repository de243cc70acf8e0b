"""PatientPop's lists: every column, nothing left out, page after page."""

from dataclasses import fields

import pytest

from models.db import Database
from models.rules.appointment_events import CancelInPortal, DeleteInPortal
from models.rules.appointments import Origin, PatientType, PortalStatus, Status
from models.store import appointment_changes, portal
from models.store.portal import PortalLine
from tests.booking import NOW, Booking, a_booking, an_appointment, at

COLUMNS = {
    "number", "starts_at", "requested_at", "provider", "location", "reason", "patient_type", "status", "name",
    "email", "phone", "origin", "note",
}  # fmt: skip


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice that takes requests."""
    return a_booking(db)


def requested(made: Booking, clock: str = "10:00") -> int:
    made.choose(at(clock), who=clock)
    return made.submitted(made.submission(at(clock), says_new=True), key=clock, who=clock).appointment_id


def booked(made: Booking, clock: str, status: Status = Status.CONFIRMED) -> int:
    return made.db.transaction(lambda s: an_appointment(s, made, made.wish(at(clock)), status=status))


def action_required(made: Booking) -> list[PortalLine]:
    return made.db.read(lambda s: portal.action_required(s, made.practice))


def everything(made: Booking) -> list[PortalLine]:
    return made.db.read(lambda s: portal.all_appointments(s, made.practice))


def test_a_request_shows_every_column_before_anybody_matched_it_a46(made: Booking) -> None:
    request = requested(made)
    [line] = action_required(made)
    assert {one.name for one in fields(line)} == COLUMNS
    assert line == PortalLine(
        request,
        at("10:00"),
        NOW,
        "Dr. Avery No. 0",
        "Place 0",
        "Cold or flu",
        PatientType.NEW,
        PortalStatus.PENDING,
        "Jordan Example",
        "jordan@example.com",
        "+12025550143",
        Origin.WIDGET,
    )
    assert not any(word in repr(line) for word in ("Jordan", "Avery", "5550143", "jordan@"))


def test_all_appointments_lists_those_of_both_systems_a47_a48(made: Booking) -> None:
    request, theirs = requested(made), booked(made, "09:00")
    assert [(one.number, one.origin, one.status) for one in everything(made)] == [
        (theirs, Origin.KAREO, PortalStatus.BOOKED),
        (request, Origin.WIDGET, PortalStatus.PENDING),
    ]
    assert [one.number for one in action_required(made)] == [request]


@pytest.mark.parametrize(
    ("status", "shown", "note"),
    [
        (Status.LAPSED, PortalStatus.PENDING, ""),
        (Status.NO_SHOW, PortalStatus.BOOKED, "No-show"),
        (Status.DECLINED, PortalStatus.CANCELED, ""),
        (Status.DELETED, PortalStatus.CANCELED, ""),
    ],
)
def test_each_status_has_its_word_a47_a54_a95(made: Booking, status: Status, shown: PortalStatus, note: str) -> None:
    booked(made, "09:00", status)
    [line] = everything(made)
    assert (line.status, line.note) == (shown, note)


def test_what_is_cancelled_in_patientpop_leaves_action_required_and_what_is_deleted_leaves_all_a50_a52(
    made: Booking,
) -> None:
    first, second = requested(made), requested(made, "11:00")
    for visit, event in ((first, CancelInPortal()), (second, DeleteInPortal())):
        made.db.transaction(
            lambda s, visit=visit, event=event: appointment_changes.carry_out_command(  # type: ignore[misc]
                s, visit, event, by="office-1", key="a", as_of=NOW
            )
        )
    assert action_required(made) == []
    assert [(one.number, one.status) for one in everything(made)] == [(first, PortalStatus.CANCELED)]


def test_pages_follow_each_other_without_gap_or_repetition(made: Booking) -> None:
    for clock in ("09:00", "09:00", "09:00", "10:00", "11:00", "11:00", "12:00"):
        booked(made, clock)
    found, after = list[int](), None
    while True:
        page = made.db.read(lambda s, after=after: portal.all_appointments(s, made.practice, after=after, limit=2))  # type: ignore[misc]
        if not page:
            break
        assert len(page) <= 2
        found += [one.number for one in page]
        after = (page[-1].starts_at, page[-1].number)
    assert found == [one.number for one in everything(made)]
    assert len(set(found)) == 7


def test_another_practices_appointments_are_not_shown(db: Database, made: Booking) -> None:
    requested(a_booking(db, key="oak-street"))
    assert everything(made) == []
    assert made.db.read(lambda s: portal.waiting(s, made.practice)) == []


def test_the_review_list_holds_keys_instead_of_names(made: Booking) -> None:
    requested(made)
    [line] = made.db.read(lambda s: portal.waiting(s, made.practice))
    assert (line.npi, line.location, line.reason) == ("1234567893", "place-0", "sick-visit")
    assert "Jordan" not in repr(line)
