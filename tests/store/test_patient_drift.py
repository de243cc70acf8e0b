"""Records held against the practice system's: what differs is listed and asked for, and nothing is ever copied."""

from datetime import timedelta
from typing import Any

import pytest

from models.db import Database
from models.store import patient_changes
from models.store.keys import keys_of
from models.store.patients import Person, open_person
from tests.factories import MONDAY
from tests.store.records import Records, a_person, a_record, the_records

LATER = MONDAY + timedelta(days=1)


@pytest.fixture
def records(db: Database) -> Records:
    """Give a practice without patients."""
    return the_records(db)


def opened(records: Records, patient: int) -> Person:
    row = records.row(patient)
    return records.db.read(lambda s: open_person(keys_of(s, records.practice), row))


def test_what_differs_is_named_and_neither_side_is_changed(records: Records) -> None:
    """A-75, A-104."""
    patient = records.add(system_id="11")
    before = records.row(patient)
    assert records.compare(a_record("11", email="new@example.com", phone="+12025550167")) == 1
    assert records.drifts() == [(patient, "patient_differs", ("email", "phone"))]
    after = records.row(patient)
    assert (after.person, after.version, after.email_index) == (before.person, before.version, before.email_index)
    assert opened(records, patient) == a_person()


def test_one_task_asks_for_the_repair_and_goes_when_both_sides_agree(records: Records) -> None:
    """A-75, A-104."""
    first, second = records.add(system_id="11"), records.add(system_id="12", first="Robin")
    records.compare(a_record("11", last="Sample"), a_record("12", first="Robin", last="Sample"))
    assert records.tasks() == ["drift.patients"]
    assert [patient for patient, *_ in records.drifts()] == [first, second]
    records.compare(a_record("11"), as_of=LATER)
    assert records.tasks() == ["drift.patients"]
    records.compare(a_record("12", first="Robin"), as_of=LATER)
    assert records.tasks() == []
    assert records.drifts() == []
    assert records.row(first).compared_at == LATER


@pytest.mark.parametrize(
    "same",
    [
        {"first": "JORDAN"},
        {"last": "Éxample"},
        {"phone": "(202) 555-0143"},
        {"email": "Jordan@Example.com "},
        {"sex": "unknown"},
    ],
)
def test_spelling_alone_is_no_difference(records: Records, same: dict[str, Any]) -> None:
    """A-75."""
    records.add(system_id="11")
    assert records.compare(a_record("11", **same)) == 0
    assert records.drifts() == []


def test_a_record_that_is_inactive_there_is_listed_until_it_is_archived_here(records: Records) -> None:
    """A-74, A-98, A-104."""
    patient = records.add(system_id="11")
    records.compare(a_record("11", is_active=False))
    records.compare(a_record("11", is_active=False), as_of=LATER)
    assert records.row(patient).inactive_at == MONDAY
    assert records.drifts() == [(patient, "inactive_in_system", ())]
    records.must(patient_changes.archive, patient)
    assert records.drifts() == []
    assert records.tasks() == []


def test_a_record_that_is_archived_here_is_listed_while_it_is_active_there(records: Records) -> None:
    """A-74, A-104."""
    patient = records.add(system_id="11")
    records.must(patient_changes.archive, patient)
    assert records.drifts() == [(patient, "archived_in_portal", ())]
    assert records.tasks() == ["drift.patients"]
    records.compare(a_record("11", is_active=False))
    assert records.drifts() == []
    assert records.tasks() == []


def test_a_record_that_the_practice_system_does_not_have_cannot_differ(records: Records) -> None:
    records.must(patient_changes.archive, records.add())
    assert records.compare(a_record("11")) == 0
    assert records.drifts() == []


def test_active_again_is_forgotten(records: Records) -> None:
    patient = records.add(system_id="11")
    records.compare(a_record("11", is_active=False))
    assert records.compare(a_record("11")) == 1
    assert records.row(patient).inactive_at is None
