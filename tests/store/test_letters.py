"""Letters: loaded in sets, as many for one question as for fifty, and each for its own reader."""

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.letters import Letter
from models.rules.onboarding_events import RegisterForTraining
from models.rules.roles import Role
from models.store import letters, messages
from models.store.messages import ClaimedMessage
from models.tables.messages import Message
from models.tables.practices import Person
from tests.factories import MONDAY, a_signed_journey, an_intake
from tests.store.journeys import SIGNED, begun, plan_sessions, until_handoff
from tests.store.test_loading import statements

ADDRESS = "https://portal.example.com"
MOST_QUESTIONS = 30


def several(db: Database, count: int) -> None:
    for number in range(count):
        people = [
            {
                "key": "office",
                "name": f"Person No{number}",
                "email": f"person-{number}@example.com",
                "is_primary_contact": True,
            }
        ]
        a_signed_journey(db, an_intake(f"practice-{number:02}", name=f"Practice {number:02}", people=people))


def claimed(db: Database, limit: int) -> list[ClaimedMessage]:
    claim = db.transaction(lambda s: messages.claim_due(s, as_of=MONDAY, limit=limit))
    return db.read(lambda s: messages.claimed(s, claim))


def loading(some: list[ClaimedMessage]) -> Callable[[Session], dict[int, Letter | str]]:
    return lambda s: letters.load_letters(s, some, address=ADDRESS, as_of=MONDAY)


def test_fifty_messages_of_twenty_five_practices_take_no_more_questions_than_two(db: Database) -> None:
    several(db, 25)
    claimed_by_practice: dict[int, list[ClaimedMessage]] = {}
    for message in claimed(db, 100):
        claimed_by_practice.setdefault(message.practice_id, []).append(message)
    pairs = [sorted(some, key=lambda one: one.kind)[:2] for some in claimed_by_practice.values()]
    fifty = [message for pair in pairs for message in pair]
    assert (len(pairs), len(fifty)) == (25, 50)
    alone = statements(db, loading(pairs[0]))
    assert statements(db, loading(fifty)) == alone <= MOST_QUESTIONS


def test_every_reader_of_a_batch_is_greeted_by_the_own_name_and_practice(db: Database) -> None:
    several(db, 3)
    some = claimed(db, 50)
    found = db.read(loading(some))
    to_practice = [one for one in some if one.to_role is Role.PRIMARY_CONTACT]
    assert len(to_practice) == 6
    for message in to_practice:
        letter = found[message.id]
        assert isinstance(letter, Letter)
        number = int(letter.practice_name.removeprefix("Practice "))
        assert letter.recipient.address == f"person-{number}@example.com"
        assert letter.link.startswith(f"{ADDRESS}/j/")
        assert not letter.is_staff
    links = {found[one.id].link for one in to_practice}  # type: ignore[union-attr]
    assert len(links) == 3


def test_a_copy_for_our_own_people_is_marked_as_such_and_leads_to_the_staff_area(db: Database) -> None:
    a_signed_journey(db)
    some = claimed(db, 50)
    found = db.read(loading(some))
    (letter,) = (found[one.id] for one in some if one.to_role is Role.SUCCESS_COACH)
    assert isinstance(letter, Letter)
    assert letter.is_staff
    assert letter.link == f"{ADDRESS}/staff/practices/maple-street"


def test_names_of_payers_and_dates_of_sessions_belong_to_their_own_journey(db: Database) -> None:
    first, second = begun(db, "maple"), begun(db, "oak")
    until_handoff(first)
    plan_sessions(db)
    first.must(RegisterForTraining())
    second.must(SIGNED)
    claim = db.transaction(lambda s: messages.claim_due(s, as_of=first.now, limit=100))
    some = db.read(lambda s: messages.claimed(s, claim))
    found = db.read(lambda s: letters.load_letters(s, some, address=ADDRESS, as_of=first.now))
    for message in some:
        letter = found[message.id]
        assert isinstance(letter, Letter)
        assert letter.payers == {"medicare": "Medicare"}
        assert bool(letter.sessions) is (message.process_id == first.journey_id)


def test_a_name_that_cannot_be_opened_holds_back_its_own_letter_only(db: Database) -> None:
    several(db, 2)
    some = claimed(db, 50)
    broken = some[0].practice_id
    db.transaction(lambda s: s.execute(update(Person).where(Person.practice_id == broken).values(name="1.1.AAAA")))
    found = db.read(loading(some))
    codes = {(one.practice_id == broken, found[one.id]) for one in some if isinstance(found[one.id], str)}
    assert codes == {(True, letters.UNREADABLE)}
    assert all(isinstance(found[one.id], Letter) for one in some if one.practice_id != broken)


@pytest.mark.parametrize("who", ["office", "nobody"])
def test_a_message_reaches_the_person_that_it_names_or_nobody(db: Database, who: str) -> None:
    a_signed_journey(db)
    db.transaction(lambda s: s.execute(update(Message).values(to_role=Role.TRAINEE, to_person=who)))
    some = claimed(db, 1)
    letter = db.read(loading(some))[some[0].id]
    assert (letter == letters.NO_RECIPIENT) is (who == "nobody")


def test_nothing_is_loaded_for_no_message(db: Database) -> None:
    assert db.read(loading([])) == {}
