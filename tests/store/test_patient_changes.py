"""What people decide about patients' records: once per key, with a line of history, and never in the other system."""

import pytest

from models.db import Database
from models.rules.decisions import Process, Refusal
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from models.store import events, patient_changes, patient_drift, patients
from models.store.patient_changes import Recorded
from tests.factories import MONDAY
from tests.store.records import DESK, Records, a_record, the_records


@pytest.fixture
def records(db: Database) -> Records:
    """Give a practice without patients."""
    return the_records(db)


def a_pair(records: Records) -> tuple[int, int, int]:
    """Give two linked records that look alike, and the number of their pair."""
    first, second = records.add(system_id="11"), records.add(system_id="12")
    records.find(second)
    return first, second, records.open()[0].id


def test_archiving_is_written_down_and_can_be_taken_back(records: Records) -> None:
    """A-74."""
    patient = records.add()
    assert records.must(patient_changes.archive, patient) == Recorded(records.practice, ("patient_archived",))
    assert records.row(patient).archived_at == MONDAY
    records.must(patient_changes.restore, patient)
    assert records.row(patient).archived_at is None
    assert records.kinds() == ["patient_archived", "patient_restored"]


def test_an_archived_record_is_no_match(records: Records) -> None:
    """A-98."""
    archived, kept = records.add(system_id="11"), records.add(system_id="12")
    records.must(patient_changes.archive, archived)
    asked = ["11", "12", "13", ""]
    named = records.db.read(lambda s: patient_drift.archived_records(s, records.practice, asked))
    assert named == {"11"}
    assert records.row(kept).archived_at is None


def test_archiving_settles_its_pairs_and_restoring_opens_them_again(records: Records) -> None:
    """A-74."""
    _, second, pair = a_pair(records)
    records.must(patient_changes.archive, second)
    assert records.open() == []
    assert "possible_duplicates" not in records.tasks()
    records.must(patient_changes.restore, second)
    assert [one.id for one in records.open()] == [pair]
    assert records.tasks() == ["possible_duplicates"]


def test_restoring_leaves_alone_what_people_settled_otherwise(records: Records) -> None:
    """A-74."""
    _, second, pair = a_pair(records)
    records.settle(pair, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER)
    records.must(patient_changes.archive, second)
    records.must(patient_changes.restore, second)
    assert records.open() == []


def test_a_pair_whose_other_record_is_archived_stays_settled(records: Records) -> None:
    first, second, _ = a_pair(records)
    records.must(patient_changes.archive, first)
    records.must(patient_changes.archive, second)
    records.must(patient_changes.restore, second)
    assert records.open() == []


def test_surveys_are_switched_off_and_on_for_one_patient(records: Records) -> None:
    """A-86."""
    patient, other = records.add(), records.add(first="Robin")
    records.must(patient_changes.exclude_from_surveys, patient)
    assert records.row(patient).is_excluded_from_surveys
    assert not records.row(other).is_excluded_from_surveys
    assert records.must(patient_changes.exclude_from_surveys, patient).again
    records.must(patient_changes.include_in_surveys, patient)
    assert not records.row(patient).is_excluded_from_surveys
    assert records.kinds() == ["patient_excluded_from_surveys", "patient_included_in_surveys"]


def test_refused_texts_stay_refused_when_surveys_are_on_again(records: Records) -> None:
    """A-21, A-86."""
    patient = records.add()
    records.db.transaction(lambda s: patients.change(s, patient, texts_refused_at=MONDAY))
    records.must(patient_changes.exclude_from_surveys, patient)
    records.must(patient_changes.include_in_surveys, patient)
    assert records.row(patient).texts_refused_at == MONDAY


def test_the_same_key_again_changes_nothing(records: Records) -> None:
    patient = records.add()
    records.must(patient_changes.archive, patient, key="run:1")
    records.must(patient_changes.restore, patient, key="run:2")
    assert records.must(patient_changes.archive, patient, key="run:1").again
    assert records.row(patient).archived_at is None


@pytest.mark.parametrize("by", ["desk", "office", "coach-1"])
def test_staff_and_the_practices_own_people_may_act(records: Records, by: str) -> None:
    patient = records.add()
    records.must(patient_changes.archive, patient, by=by)
    (line,) = records.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=records.practice))
    assert (line.actor, line.subject) == (by, str(patient))


def test_a_stranger_an_unknown_patient_and_an_unknown_pair_are_refused(records: Records) -> None:
    patient = records.add()
    stranger = records.do(patient_changes.archive, patient, by="nobody")
    unknown = records.do(patient_changes.archive, 7)
    pair = records.settle(7, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER)
    assert [one.code for one in (stranger, unknown, pair) if isinstance(one, Refusal)] == [
        "unknown_actor",
        "unknown_patient",
        "unknown_pair",
    ]
    assert records.kinds() == []


def test_settling_as_archived_archives_the_chosen_record(records: Records) -> None:
    """A-74."""
    first, second, pair = a_pair(records)
    done = records.settle(pair, DuplicateOutcome.ARCHIVED, Aside.SECOND)
    assert done == Recorded(records.practice, ("duplicate_settled",))
    assert records.row(second).archived_at == MONDAY
    assert records.row(first).archived_at is None
    assert records.open() == []
    assert records.drifts() == [(second, "archived_in_portal", ())]


def test_settling_as_deactivated_remembers_which_record_it_was(records: Records) -> None:
    """A-74."""
    first, _, pair = a_pair(records)
    records.settle(pair, DuplicateOutcome.DEACTIVATED, Aside.FIRST)
    assert records.row(first).inactive_at == MONDAY
    assert records.row(first).archived_at is None
    assert records.open() == []


def test_what_was_settled_is_told_by_whom_and_how(records: Records) -> None:
    first, second, pair = a_pair(records)
    records.settle(pair, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER, by="office")
    line = records.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=records.practice))[0]
    assert (line.kind, line.reason, line.actor) == ("duplicate_settled", "kept_both", "office")
    assert line.evidence == {"patient": first, "other": str(second), "aside": "neither"}


def test_a_decision_can_be_corrected_and_the_same_twice_is_once(records: Records) -> None:
    _, second, pair = a_pair(records)
    records.settle(pair, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER)
    again = records.settle(pair, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER)
    assert isinstance(again, Recorded)
    assert again.again
    records.settle(pair, DuplicateOutcome.ARCHIVED, Aside.SECOND)
    assert records.row(second).archived_at == MONDAY


@pytest.mark.parametrize(
    ("outcome", "aside"),
    [
        (DuplicateOutcome.ARCHIVED, Aside.NEITHER),
        (DuplicateOutcome.DEACTIVATED, Aside.NEITHER),
        (DuplicateOutcome.KEPT_BOTH, Aside.FIRST),
    ],
)
def test_an_unclear_decision_is_refused(records: Records, outcome: DuplicateOutcome, aside: Aside) -> None:
    *_, pair = a_pair(records)
    refused = records.settle(pair, outcome, aside)
    assert isinstance(refused, Refusal)
    assert refused.code == "which_record"
    assert len(records.open()) == 1


def test_a_record_that_is_not_here_cannot_be_archived_here(records: Records) -> None:
    """A-74."""
    records.find(records.add(), others=(a_record("77"),))
    pair = records.open()[0].id
    refused = records.settle(pair, DuplicateOutcome.ARCHIVED, Aside.SECOND)
    assert isinstance(refused, Refusal)
    assert refused.code == "only_outside"
    assert isinstance(records.settle(pair, DuplicateOutcome.DEACTIVATED, Aside.SECOND), Recorded)


def test_deactivating_settles_the_pairs_of_the_record(records: Records) -> None:
    """A-74, A-98."""
    first, _, _ = a_pair(records)
    records.must(patient_changes.deactivated, first, by=DESK)
    assert records.open() == []
    assert records.row(first).inactive_at == MONDAY
    assert records.kinds()[-1] == "patient_deactivated"
