"""Letters about appointments: loaded in sets, each for its own reader, and a code where there is none."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from models.db import Database
from models.inputs.letters import VisitLetter
from models.rules.appointments import Status
from models.rules.decisions import Say
from models.rules.messages import Channel, MessageKind, Owner
from models.rules.roles import Role
from models.store import keys, messages
from models.store.appointment_letters import ARCHIVED, GONE, NOT_OURS, load_visit_letters
from models.store.letters import NO_RECIPIENT, UNREADABLE
from models.store.messages import ClaimedMessage
from models.tables.appointments import AppointmentRow
from models.tables.messages import Message, MessageState
from models.tables.patients import PatientRow
from tests.factories import MONDAY, an_intake
from tests.store.test_loading import statements
from tests.store.visits import (
    STARTS_AT,
    Visit,
    a_practice,
    a_visit,
    add_patient,
    add_recipient,
    add_request,
    add_widget,
    connect_kareo,
    set_owner,
)

ADDRESS = "https://portal.example.com"
SCHEDULED = MessageKind.APPOINTMENT_SCHEDULED
MOST_QUESTIONS = 20
ALERT = Say(
    MessageKind.REQUEST_ALERT,
    Role.FRONT_OFFICE,
    key="alert",
    person="desk",
    fields={"starts_at": STARTS_AT.isoformat(), "is_virtual": False},
    channel=Channel.TEXT,
)


@pytest.fixture
def visit(db: Database) -> Visit:
    """Give a confirmed appointment whose patient is known."""
    one = a_visit(db)
    add_patient(one)
    return one


def claimed(db: Database) -> list[ClaimedMessage]:
    claim = db.transaction(lambda s: messages.claim_due(s, as_of=MONDAY, limit=100))
    return db.read(lambda s: messages.claimed(s, claim))


def loaded(db: Database) -> VisitLetter | str:
    (message,) = claimed(db)
    return db.read(lambda s: load_visit_letters(s, [message], address=ADDRESS))[message.id]


def letter(db: Database) -> VisitLetter:
    found = loaded(db)
    assert isinstance(found, VisitLetter)
    return found


def test_a_patient_is_reached_as_the_record_says(visit: Visit) -> None:
    visit.tell(SCHEDULED)
    found = letter(visit.db)
    assert (found.reader.address, found.reader.first_name) == ("rosalind@example.com", "Rosalind")
    assert found.reader.name == "Rosalind Quick"
    assert found.provider == "Dr. Avery Stone"
    assert found.location == "Main, Albany, NY 12207"
    assert (found.practice_name, found.zone) == ("Maple Street Family Medicine", "America/New_York")
    assert (found.visit.status, found.visit.starts_at) == (Status.CONFIRMED, STARTS_AT)


def test_who_is_not_matched_yet_is_reached_as_the_request_says(db: Database) -> None:
    """A-26: the mail that a request was received does not wait for the match."""
    visit = a_visit(db, status=Status.TENTATIVE)
    add_request(visit, locale="es")
    visit.tell(MessageKind.REQUEST_RECEIVED)
    found = letter(db)
    assert (found.reader.address, found.reader.first_name) == ("asked@example.com", "Rosie")
    assert found.reader.locale == "es"


def test_the_record_wins_over_the_request_where_it_says_anything(visit: Visit) -> None:
    add_request(visit, locale="es")
    visit.tell(SCHEDULED)
    found = letter(visit.db)
    assert (found.reader.address, found.reader.first_name) == ("rosalind@example.com", "Rosalind")
    assert found.reader.locale == "es"


def test_a_record_without_an_address_is_reached_at_the_requests(db: Database) -> None:
    visit = a_visit(db)
    add_patient(visit, email="")
    visit.tell(SCHEDULED)
    (message,) = claimed(db)
    assert db.read(lambda s: load_visit_letters(s, [message], address=ADDRESS)) == {message.id: NO_RECIPIENT}
    add_request(visit)
    found = db.read(lambda s: load_visit_letters(s, [message], address=ADDRESS))[message.id]
    assert isinstance(found, VisitLetter)
    assert found.reader.address == "asked@example.com"


def test_nothing_of_a_person_shows_where_a_letter_is_printed(visit: Visit) -> None:
    add_request(visit)
    visit.tell(SCHEDULED)
    shown = repr(letter(visit.db))
    words = ("Rosalind", "Rosie", "Quick", "example.com", "5550143", "Avery", "Private", "1984")
    assert [word for word in words if word in shown] == []


def test_an_archived_patient_is_not_written_to(visit: Visit) -> None:
    """A-74."""
    visit.db.transaction(lambda s: s.execute(update(PatientRow).values(archived_at=MONDAY)))
    visit.tell(SCHEDULED)
    assert loaded(visit.db) == ARCHIVED


def test_a_destroyed_key_holds_back_its_own_letters_only(db: Database) -> None:
    visits = [a_visit(db, a_practice(db, an_intake(f"practice-{number}"))) for number in range(2)]
    for one in visits:
        add_patient(one)
        one.tell(SCHEDULED)
    db.transaction(lambda s: keys.destroy(s, visits[0].practice))
    some = claimed(db)
    found = db.read(lambda s: load_visit_letters(s, some, address=ADDRESS))
    assert {one.practice_id: found[one.id] == UNREADABLE for one in some} == {
        visits[0].practice: True,
        visits[1].practice: False,
    }


@pytest.mark.parametrize("person", ["1.1.AAAA", "nonsense"])
def test_a_record_that_cannot_be_opened_gives_a_code(visit: Visit, person: str) -> None:
    visit.db.transaction(lambda s: s.execute(update(PatientRow).values(person=person)))
    visit.tell(SCHEDULED)
    assert loaded(visit.db) == UNREADABLE


def test_a_message_about_an_appointment_that_is_not_there_gives_a_code(visit: Visit) -> None:
    visit.tell(SCHEDULED)
    visit.db.transaction(lambda s: s.execute(delete(AppointmentRow)))
    assert loaded(visit.db) == GONE


@pytest.mark.parametrize("kind", [SCHEDULED, MessageKind.APPOINTMENT_REMINDER, MessageKind.INTAKE_FORMS])
def test_what_kareo_sends_is_never_sent_from_here(visit: Visit, kind: MessageKind) -> None:
    """A-84, A-105, F-110, F-113: although it was queued, before the account was connected."""
    visit.tell(kind)
    connect_kareo(visit.db, visit.practice)
    assert loaded(visit.db) == NOT_OURS


def test_what_the_practice_gave_to_kareo_is_not_sent_from_here_either(visit: Visit) -> None:
    """A-105: the owner is a setting per kind."""
    visit.tell(SCHEDULED)
    set_owner(visit.db, visit.practice, SCHEDULED, Owner.KAREO)
    assert loaded(visit.db) == NOT_OURS


@pytest.mark.parametrize(("channel", "address"), [(Channel.TEXT, "+12025550199"), (Channel.EMAIL, "desk@example.com")])
def test_an_alert_goes_to_its_recipient_by_the_way_that_was_set(db: Database, channel: Channel, address: str) -> None:
    """A-27, F-120: the same recipient may be told both ways."""
    visit = a_visit(db, status=Status.TENTATIVE)
    add_recipient(db, visit.practice, "desk", Channel.TEXT, "+12025550199", locale="es")
    add_recipient(db, visit.practice, "desk", Channel.EMAIL, "desk@example.com", locale="es")
    visit.carry_out(ALERT._replace(channel=channel))
    found = letter(db)
    assert (found.reader.address, found.reader.locale, found.reader.first_name) == (address, "es", "")
    assert found.link == f"{ADDRESS}/staff/work"
    assert not found.is_in_kareo


def test_an_alert_is_ours_also_where_kareo_sends_the_rest(db: Database) -> None:
    """A-27, A-84."""
    visit = a_visit(db, status=Status.TENTATIVE)
    connect_kareo(db, visit.practice)
    add_recipient(db, visit.practice, "desk", Channel.TEXT, "+12025550199")
    visit.carry_out(ALERT)
    assert letter(db).is_in_kareo


def test_a_recipient_who_was_taken_off_the_list_is_not_alerted(db: Database) -> None:
    visit = a_visit(db, status=Status.TENTATIVE)
    add_recipient(db, visit.practice, "desk", Channel.EMAIL, "desk@example.com")
    visit.carry_out(ALERT)
    assert loaded(db) == NO_RECIPIENT


@pytest.mark.parametrize(
    ("widget", "link"),
    [
        (None, ""),
        ({"embedded_on": "https://maple.example.com https://www.maple.example.com"}, "https://maple.example.com"),
        ({}, f"{ADDRESS}/book/maple-street"),
        ({"is_open": False}, ""),
    ],
)
def test_a_patients_link_is_the_practices_own_page(visit: Visit, widget: dict[str, Any] | None, link: str) -> None:
    if widget is not None:
        add_widget(visit.db, visit.practice, **widget)
    visit.tell(SCHEDULED)
    assert letter(visit.db).link == link


def test_a_calendar_may_hold_the_visit_once_an_entry_went_out(visit: Visit) -> None:
    visit.tell(SCHEDULED)
    visit.db.transaction(lambda s: s.execute(update(Message).values(state=MessageState.UNKNOWN)))
    visit.change(status=Status.CANCELLED)
    visit.tell(MessageKind.APPOINTMENT_CANCELLED)
    assert letter(visit.db).is_in_calendar


def test_a_calendar_does_not_hold_a_visit_whose_entry_never_went_out(visit: Visit) -> None:
    visit.tell(SCHEDULED)
    visit.db.transaction(lambda s: s.execute(update(Message).values(state=MessageState.REFUSED)))
    visit.tell(MessageKind.APPOINTMENT_CANCELLED)
    assert not letter(visit.db).is_in_calendar


def test_forms_are_named_one_by_one(visit: Visit) -> None:
    """A-39."""
    visit.change(intake_forms="new_patient, consent")
    visit.tell(MessageKind.INTAKE_FORMS)
    assert letter(visit.db).forms == ("new_patient", "consent")


def test_many_letters_take_no_more_questions_than_one(db: Database) -> None:
    for number in range(5):
        practice = a_practice(db, an_intake(f"practice-{number}"))
        for _ in range(3):
            visit = a_visit(db, practice)
            add_patient(visit)
            add_request(visit)
            visit.tell(SCHEDULED)
    some = claimed(db)
    assert len(some) == 15
    alone = statements(db, lambda s: load_visit_letters(s, some[:1], address=ADDRESS))
    assert statements(db, lambda s: load_visit_letters(s, some, address=ADDRESS)) <= alone <= MOST_QUESTIONS
