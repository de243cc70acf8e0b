"""Possible duplicates, archives and surveys as forms answer them: numbers and plain sentences, nobody's name."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.answers import Answer
from models.inputs.practice_system import NewPatient, SystemAccount
from models.rules.appointments import Sex
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from models.settings import settings
from models.store import patients as store
from models.store import systems
from models.tables.practice_systems import PracticeSystemRow, SystemAccountRow
from tasks import patients
from tasks.connectors import registry
from tasks.system_setup import use_built_in_calendar
from tests.factories import MONDAY
from tests.store.records import BORN, DESK, Records, a_record, the_records

P = "maple-street"
NAMES = ("Jordan", "Example", "jordan@", "5550143", "1985")


@pytest.fixture
def records(db: Database) -> Records:
    """Give a practice without patients."""
    return the_records(db)


def act(task: Any, number: int, *args: object, by: str = DESK, key: str = "") -> Answer:
    answer: Answer = task.fn(number, *args, by=by, key=key or f"run:{task.name}:{number}", as_of=MONDAY)[1]
    return answer


def a_pair(records: Records) -> tuple[int, int, int]:
    first, second = records.add(system_id="11"), records.add(system_id="12")
    records.find(second)
    return first, second, records.open()[0].id


def use_kareo(records: Records) -> None:
    def store(session: Session) -> None:
        sealed = dict.fromkeys(("key", "address", "customer_key", "user", "password"), "x")
        session.add(SystemAccountRow(id=1, vendor=systems.KAREO, counted_at=MONDAY, **sealed))
        session.flush()
        row = {"vendor": systems.KAREO, "account_id": 1, "connected_at": MONDAY}
        session.add(PracticeSystemRow(practice_id=records.practice, **row))

    records.db.transaction(store)


def test_the_list_shows_numbers_reasons_and_advice_only(records: Records) -> None:
    """A-74, A-103."""
    first, second, pair = a_pair(records)
    (row,) = patients.duplicate_rows.fn(P)
    assert row == {
        "number": str(pair),
        "first": str(first),
        "second": str(second),
        "first in practice system": "11",
        "second in practice system": "12",
        "why": "same name and date of birth; same phone; same email",
        "suggestion": "deactivate one in the practice system; archive one in PatientPop",
        "found": "2026-11-23",
        "next": "settle-duplicate",
    }
    assert not [name for name in NAMES if name in str(row)]


def test_kareo_is_called_by_its_name(records: Records) -> None:
    a_pair(records)
    records.find(records.add(system_id="13"), others=(a_record("77"),))
    use_kareo(records)
    rows = patients.duplicate_rows.fn(P)
    assert {row["suggestion"] for row in rows} >= {"deactivate one in Kareo; archive one in PatientPop"}
    assert [row["second"] for row in rows if row["second in practice system"] == "77"] == ["not in PatientPop"]


def test_every_reason_and_every_advice_has_words(records: Records) -> None:
    assert set(patients.REASONS) == set(type(next(iter(patients.REASONS))))
    assert set(patients.ADVICE) == set(type(next(iter(patients.ADVICE))))
    assert patients.duplicate_rows.fn("elm-street") == []


def test_a_pair_is_settled_by_form_and_remembered(records: Records) -> None:
    """A-74."""
    *_, pair = a_pair(records)
    unclear = act(patients.settle_duplicate, pair, DuplicateOutcome.ARCHIVED, Aside.NEITHER)
    assert unclear.sentence == "Choose which of the two records is put aside, the first or the second one."
    done = act(patients.settle_duplicate, pair, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER)
    assert done.sentence == "Recorded: duplicate settled."
    assert patients.duplicate_rows.fn(P) == []


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (patients.archive_patient, "Recorded: patient archived."),
        (patients.exclude_from_surveys, "Recorded: patient excluded from surveys."),
    ],
)
def test_the_same_run_again_records_nothing_twice(records: Records, task: Callable[..., Any], sentence: str) -> None:
    """A-74, A-86."""
    patient = records.add()
    assert act(task, patient).sentence == sentence
    assert act(task, patient).sentence == "This was recorded before; nothing was changed."
    assert len(records.kinds()) == 1


def test_archives_and_surveys_can_be_taken_back(records: Records) -> None:
    """A-74, A-86."""
    patient = records.add()
    act(patients.archive_patient, patient)
    act(patients.exclude_from_surveys, patient)
    assert act(patients.restore_patient, patient).sentence == "Recorded: patient restored."
    assert act(patients.include_in_surveys, patient).sentence == "Recorded: patient included in surveys."
    row = records.row(patient)
    assert (row.archived_at, row.is_excluded_from_surveys) == (None, False)


def test_strangers_and_unknown_numbers_are_refused_in_plain_words(records: Records) -> None:
    patient = records.add()
    assert "There is nobody with the key nobody" in act(patients.archive_patient, patient, by="nobody").sentence
    unknown = act(patients.archive_patient, 7)
    assert unknown.sentence == (
        "There is no patient with the number 7. Take it from list-appointments or list-duplicates."
    )
    assert act(patients.deactivate_patient, 7) == unknown
    assert "nobody with the key" in act(patients.deactivate_patient, patient, by="nobody").sentence


def test_kareo_deactivates_its_own_records(records: Records) -> None:
    """A-74."""
    use_kareo(records)
    patient = records.add(system_id="11")
    answer = act(patients.deactivate_patient, patient)
    assert not answer.is_done
    assert answer.sentence.startswith("This practice uses Kareo, where only its own staff deactivate a patient")
    assert records.kinds() == []


def test_without_a_record_there_nothing_can_be_deactivated(records: Records) -> None:
    assert act(patients.deactivate_patient, records.add(system_id="11")).sentence == patients.NOT_THERE


def test_the_built_in_calendar_deactivates_a_record_and_settles_its_pairs(records: Records) -> None:
    """A-74, A-98."""
    assert use_built_in_calendar.fn(P, as_of=MONDAY).is_done
    account = records.db.read(lambda s: systems.account_of(s, records.practice))
    assert isinstance(account, SystemAccount)
    system = registry.practice_system(account, settings())
    kept, double = records.add(), records.add()
    new = [NewPatient(str(one), "Jordan", "Example", BORN, Sex.FEMALE) for one in (kept, double)]
    linked = [system.create_patient(one) for one in new]
    for patient, there in zip((kept, double), linked, strict=True):
        records.db.transaction(partial(store.link, patient=patient, system_id=there.id, as_of=MONDAY))
    records.find(double)
    assert act(patients.deactivate_patient, double).sentence == "Recorded: patient deactivated."
    active = {one.external_id: one.is_active for one in system.patients_born(BORN)}
    assert active == {str(kept): True, str(double): False}
    assert records.row(double).archived_at is None
    assert records.open() == []
    assert act(patients.deactivate_patient, double).sentence == "This was recorded before; nothing was changed."


def test_drift_is_shown_by_number_and_field(records: Records) -> None:
    """A-75, A-104."""
    patient = records.add(system_id="11")
    records.compare(a_record("11", last="Sample", email="new@example.com"))
    (row,) = patients.drift_rows.fn(P)
    assert row == {
        "patient": str(patient),
        "practice system": "11",
        "drift": "patient differs",
        "fields": "last, email",
        "compared": "2026-11-23",
        "repair": "Edit whichever record is out of date, by hand; the practice system is the source of truth.",
    }
    assert patients.drift_rows.fn("elm-street") == []
