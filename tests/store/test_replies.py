"""Replies in the database: checked against patients' names, released by persons who really are two (F-083, F-211)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import TextClause, select, text, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import Process, Refusal
from models.rules.reply_checker import Verdict
from models.rules.reply_words import Why
from models.rules.reputation import ANSWER_LOW_STARS
from models.rules.reputation_replies import Override, ReplyState
from models.store import events, patients
from models.store.keys import keys_of
from models.store.patients import Person
from models.store.replies import Standing
from models.tables.patients import PatientRow
from models.tables.practices import Person as PersonRow
from models.tables.practices import Staff
from models.tables.work_items import WorkItem
from tests.factories import MONDAY
from tests.store.reviewing import NEUTRAL, Reviewing, a_review, a_reviewing


@pytest.fixture
def there(db: Database) -> Reviewing:
    return a_reviewing(db)


def code(done: Standing | Refusal) -> str:
    return done.code if isinstance(done, Refusal) else done.state.value


def test_a_clean_reply_is_released_by_one_person(there: Reviewing) -> None:
    there.take_in(a_review())
    assert code(there.draft()) == "checked"
    assert code(there.release()) == "released"
    assert there.reply().releasers == "desk"


@pytest.mark.parametrize("stars", [1, 2])
def test_low_stars_need_two_different_persons(there: Reviewing, stars: int) -> None:
    there.take_in(a_review(stars=stars))
    there.draft()
    assert code(there.release(by="desk")) == "half_released"
    assert code(there.release(by="desk")) == "same_person"
    assert code(there.release(by="office")) == "released"


def test_one_person_with_two_keys_is_one_person(there: Reviewing) -> None:
    """The person of the practice and the member of staff have the same mail address."""

    def same_mail(session: Session) -> None:
        row = session.scalars(select(Staff).where(Staff.key == "coach-1")).one()
        sealed = keys_of(session).seal("Desk.Luis@example.com ", table="staff", column="email", row_id=row.id)
        session.execute(update(Staff).where(Staff.key == "coach-1").values(email=sealed))

    there.db.transaction(same_mail)
    there.db.transaction(lambda s: _mail(s, "desk", "desk.luis@example.com"))
    there.take_in(a_review(stars=1))
    there.draft()
    assert code(there.release(by="desk")) == "half_released"
    assert code(there.release(by="coach-1")) == "same_person"
    assert code(there.release(by="coordinator-1")) == "released"


def _mail(session: Session, key: str, mail: str) -> None:
    row = session.scalars(select(PersonRow).where(PersonRow.key == key)).one()
    sealed = keys_of(session, row.practice_id).seal(mail, table="people", column="email", row_id=row.id)
    session.execute(update(PersonRow).where(PersonRow.id == row.id).values(email=sealed))


def test_a_stranger_releases_nothing_and_another_practices_people_see_nothing(there: Reviewing) -> None:
    other = a_reviewing(there.db, connected=False, key="oak-lane")
    there.take_in(a_review())
    there.draft()
    assert code(there.release(by="nobody")) == "unknown_actor"
    there.key = other.key
    assert code(there.release(by="coach-1")) == "unknown_review"


def test_words_about_a_visit_cannot_be_released(there: Reviewing) -> None:
    there.take_in(a_review())
    done = there.draft("Thank you for your visit last Tuesday.")
    assert isinstance(done, Standing)
    assert [one.why for one in done.findings] == [Why.RECORD, Why.DATE]
    assert code(there.release(override=Override.OTHER_MEANING)) == "has_findings"
    assert code(there.draft()) == "checked"


def test_a_patients_name_blocks_and_a_single_one_needs_somebody_else_with_a_reason(there: Reviewing) -> None:
    there.patient("María Elena", "López-García")
    there.take_in(a_review())
    assert code(there.draft("Thank you, Maria Lopez.")) == "draft"
    assert code(there.draft("Thank you, Elena.")) == "doubtful"
    assert code(there.release(by="office", override=Override.OTHER_MEANING)) == "needs_second_person"
    assert code(there.release(by="desk")) == "needs_reason"
    assert code(there.release(by="desk", override=Override.OTHER_MEANING)) == "released"
    assert there.reply().override is Override.OTHER_MEANING


def test_our_own_doctors_and_places_may_be_named(there: Reviewing) -> None:
    there.patient("Avery", "Jones")
    there.patient("Dana", "Stone")
    there.take_in(a_review())
    assert code(there.draft("Dr. Avery Stone and Dana of Maple Street thank you.")) == "checked"
    assert code(there.draft("Dana Stone thanks you.")) == "draft"
    assert code(there.draft("Stone, Dana thanks you.")) == "draft"


def test_the_signed_name_is_doubtful(there: Reviewing) -> None:
    there.take_in(a_review(signed="Zoe K."))
    assert code(there.draft("Thank you, Zoe.")) == "doubtful"


def test_somebody_who_became_a_patient_since_is_found_at_the_release(there: Reviewing) -> None:
    there.take_in(a_review())
    assert code(there.draft("Thank you, Quentin Marsh-Hale.")) == "checked"
    number = there.patient("Quentin", "Marsh")
    there.db.transaction(lambda s: _rename(s, there.practice, number, "Quentin", "Hale"))
    assert code(there.release()) == "has_findings"
    assert there.state() is ReplyState.DRAFT
    assert there.reply().verdict is Verdict.BLOCKED


def _rename(session: Session, practice: int, number: int, first: str, last: str) -> None:
    person = Person(first, last, None)
    sealed = patients.seal_person(keys_of(session, practice), person, number)
    patients.change(session, number, **sealed)


def test_names_of_another_practices_patients_mean_nothing_here(there: Reviewing) -> None:
    other = a_reviewing(there.db, connected=False, key="oak-lane")
    other.patient("Quentin", "Marsh")
    there.take_in(a_review())
    assert code(there.draft("Thank you, Quentin Marsh.")) == "checked"


def test_names_stand_nowhere_in_clear(there: Reviewing) -> None:
    there.patient("Quentin", "Canaryname")
    there.take_in(a_review())
    there.draft("Canaryname wrote.")
    for table in ("patient_names", "review_replies", "events", "work_items"):
        query = text(f"SELECT * FROM {table}")  # noqa: S608 - names of our own tables
        assert "anaryname" not in str(there.db.read(partial(_all, query=query)))


def _all(session: Session, query: TextClause) -> list[Any]:
    return list(session.execute(query).all())


def test_an_edit_takes_earlier_releases_back(there: Reviewing) -> None:
    there.released()
    assert code(there.draft("Thank you for the kind words!")) == "checked"
    assert (there.reply().releasers, there.reply().edition) == ("", 2)


def test_the_same_words_again_change_nothing(there: Reviewing) -> None:
    there.released()
    done = there.draft()
    assert isinstance(done, Standing)
    assert done.is_repeated
    assert there.state() is ReplyState.RELEASED


def test_a_changed_review_takes_releases_back(there: Reviewing) -> None:
    there.released()
    there.take_in(a_review(stars=1))
    assert (there.state(), there.reply().releasers) == (ReplyState.CHECKED, "")
    assert code(there.release()) == "half_released"


def test_taking_back_needs_a_release(there: Reviewing) -> None:
    there.take_in(a_review())
    there.draft()
    assert code(there.take_back()) == "not_released"
    there.release()
    assert code(there.take_back()) == "checked"


def test_without_a_connector_a_person_posts_and_confirms(db: Database) -> None:
    there = a_reviewing(db, connected=False)
    there.take_in(a_review(stars=1))
    there.draft()
    assert code(there.confirm()) == "not_by_hand"
    there.release(by="office")
    assert code(there.confirm()) == "not_by_hand"
    there.release(by="desk")
    assert there.state() is ReplyState.BY_HAND
    assert code(there.confirm()) == "posted"
    closed = there.db.read(lambda s: s.scalars(select(WorkItem).where(WorkItem.key == ANSWER_LOW_STARS)).one())
    assert closed.outcome == "answered"


def test_the_history_names_every_person_and_the_chain_holds(there: Reviewing) -> None:
    """I10, I16."""
    there.released(stars=1)
    number = there.review()
    lines = there.db.read(lambda s: events.history(s, process=Process.REPUTATION, process_id=number))
    told = [(line.kind, line.actor) for line in reversed(lines)]
    assert told == [
        ("review_new", "golive"),
        ("reply_drafted", "office"),
        ("reply_released", "desk"),
        ("reply_released", "office"),
    ]
    assert there.db.read(lambda s: events.check_chain(s, there.practice)).is_intact
    assert NEUTRAL not in str([line.evidence for line in lines])


def test_the_names_of_many_patients_are_read_once(there: Reviewing) -> None:
    for letter in "abcde":
        there.patient(f"First{letter}", f"Last{letter}")
    there.take_in(a_review())
    there.draft("Hello.")
    read = there.db.read(lambda s: s.scalar(text("SELECT count(*) FROM patient_names_read")))
    assert read == 5 == there.db.read(lambda s: len(s.scalars(select(PatientRow.id)).all()))
    there.draft("Hello there.", as_of=MONDAY + timedelta(hours=1))
    assert there.db.read(lambda s: s.scalar(text("SELECT count(*) FROM patient_names"))) == 15
