"""Milestones are put up by the transaction that makes them true, and taken down once."""

import pytest
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import Process
from models.rules.milestones import MILESTONES
from models.rules.onboarding_events import RecordCall, SignAgreement
from models.rules.onboarding_facts import CallOutcome
from models.store.announcements import Untold, take_down, untold
from models.store.onboarding_changes import Command, carry_out_command
from tests.factories import MONDAY, a_journey, a_signed_journey, record


def waiting(db: Database) -> list[Untold]:
    return db.read(lambda session: untold(session, limit=10))


def test_a_signed_agreement_is_put_up_once_and_names_no_person(db: Database) -> None:
    journey = a_signed_journey(db)
    (one,) = waiting(db)
    assert one[1:] == ("maple-street", Process.ONBOARDING, journey, "agreement_signed", MONDAY)
    assert len(one.mark) == 64


def test_what_is_no_milestone_is_not_put_up(db: Database) -> None:
    journey = a_signed_journey(db)
    record(db, journey, RecordCall("welcome", CallOutcome.HELD))
    assert [one.kind for one in waiting(db)] == ["agreement_signed"]


def test_what_is_rolled_back_was_never_put_up(db: Database) -> None:
    journey = a_journey(db)

    def signed_and_failed(session: Session) -> None:
        command = Command(journey, SignAgreement(MONDAY.date()), "sales-1", "signed")
        carry_out_command(session, command, as_of=MONDAY)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        db.transaction(signed_and_failed)
    assert waiting(db) == []


def test_of_two_who_told_it_one_takes_it_down(db: Database) -> None:
    a_signed_journey(db)
    marks = [one.mark for one in waiting(db)]
    assert [db.transaction(lambda session: take_down(session, marks)) for _ in range(2)] == [1, 0]
    assert waiting(db) == []


def test_every_event_has_a_name_of_ours() -> None:
    assert all(name.startswith("golive.") for name in MILESTONES.values())
    assert len(set(MILESTONES.values())) == len(MILESTONES)
