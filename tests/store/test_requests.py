"""Requests: opened for the time of placing them, matched once for ever, put under one patient."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import Origin, PatientType
from models.rules.matching import Match, MatchOutcome
from models.store import events, patients, requests
from models.store.requests import OpenRequest
from models.tables.appointments import AppointmentRow, RequestRow
from models.tables.patients import PatientRow
from tests.booking import NOW, Booking, a_booking, at
from tests.store.test_at_once import at_once

NEW = Match(MatchOutcome.NEW, None, 0)
KNOWN = Match(MatchOutcome.EXISTING, "R-7", 1)
MANY = Match(MatchOutcome.AMBIGUOUS, None, 2)
PERSONAL = ("Jordan", "Example", "1985-03-31", "jordan@example.com", "Knee hurts", "XJ-42")


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice that takes requests."""
    return a_booking(db)


def submitted(made: Booking, clock: str = "10:00", **told: object) -> int:
    form = made.submission(at(clock), **({"says_new": True} | told))
    made.choose(at(clock), who=clock)
    return made.submitted(form, key=clock, who=clock).appointment_id


def opened(made: Booking, request: int) -> OpenRequest:
    found = made.db.read(lambda s: requests.open_request(s, request))
    assert found is not None
    return found


def store(made: Booking, request: int, found: Match) -> bool:
    one = opened(made, request)
    return made.db.transaction(lambda s: requests.store_match(s, one, found, as_of=NOW))


def attach(made: Booking, one: OpenRequest) -> int:
    def put(session: Session) -> int:
        events.lock_practices(session, [made.practice])
        return requests.attach_patient(session, one, as_of=NOW)

    return made.db.transaction(put)


def test_a_request_is_opened_with_its_words_and_shows_none_of_them(made: Booking) -> None:
    request = submitted(made, notes="Knee hurts", insurance="medicare", member_id="XJ-42", referral="friend")
    one = opened(made, request)
    assert (one.person.first, one.person.last, one.says_new) == ("Jordan", "Example", True)
    assert "Insurance: Medicare, XJ-42" in one.note
    assert "Notes: Knee hurts" in one.note
    assert not any(word in repr(one) for word in PERSONAL)
    row = made.db.read(lambda s: s.scalars(select(RequestRow)).one())
    assert not any(word in row.details for word in PERSONAL)


def test_there_is_nothing_to_open_for_an_appointment_that_nobody_requested(made: Booking) -> None:
    assert made.db.read(lambda s: requests.open_request(s, 7)) is None


def test_a_match_is_stored_once_and_never_changed_a69_a70_a71_a72(made: Booking) -> None:
    request = submitted(made)
    assert store(made, request, NEW)
    assert not store(made, request, KNOWN)
    assert (opened(made, request).match, opened(made, request).match_record) == (MatchOutcome.NEW, "")


def test_two_who_look_up_at_once_store_one_decision(made: Booking) -> None:
    request = submitted(made)
    stored = at_once(lambda: store(made, request, NEW), lambda: store(made, request, MANY))
    assert sorted(stored) == [False, True]


@pytest.mark.parametrize(
    ("found", "kind", "record"),
    [(NEW, PatientType.NEW, ""), (MANY, PatientType.NEW, ""), (KNOWN, PatientType.RETURNING, "R-7")],
)
def test_a_matched_request_goes_under_its_patient_a29_a70_a71_a72(
    made: Booking, found: Match, kind: PatientType, record: str
) -> None:
    request = submitted(made, allows_texts=False, locale="es")
    store(made, request, found)
    patient = attach(made, opened(made, request))
    visit = made.db.read(lambda s: s.get_one(AppointmentRow, request))
    row = made.db.read(lambda s: s.get_one(PatientRow, patient))
    assert (visit.patient_id, visit.patient_type) == (patient, kind)
    assert (row.system_id, row.locale, row.texts_refused_at, row.texts_allowed_at) == (record, "es", NOW, None)


def test_two_workers_make_one_patient(made: Booking) -> None:
    request = submitted(made)
    store(made, request, NEW)
    one = opened(made, request)
    both = at_once(lambda: attach(made, one), lambda: attach(made, one))
    assert both[0] == both[1]
    assert made.db.read(lambda s: s.scalar(select(func.count()).select_from(PatientRow))) == 1


def test_requests_of_one_record_share_its_patient_a71(made: Booking) -> None:
    first, second = submitted(made), submitted(made, "11:00")
    for request in (first, second):
        store(made, request, KNOWN)
    assert attach(made, opened(made, first)) == attach(made, opened(made, second))


def test_a_record_that_came_in_before_we_knew_it_gives_way_to_the_patient(made: Booking) -> None:
    request = submitted(made)
    store(made, request, NEW)
    patient = attach(made, opened(made, request))
    later = NOW + timedelta(minutes=1)

    person = opened(made, request).person
    twin = made.db.transaction(
        lambda s: patients.add_patient(s, made.practice, person, origin=Origin.KAREO, system_id="R-9", as_of=NOW)
    )
    made.db.transaction(lambda s: patients.link(s, patient, "R-9", as_of=later))
    known = made.db.read(lambda s: patients.find_by_system(s, made.practice, ["R-9"]))
    assert known == {"R-9": patient}
    row = made.db.read(lambda s: s.get_one(PatientRow, twin))
    assert (row.system_id, row.archived_at) == ("", later)
