"""Pairs of records that may be one patient: found by look-up codes, kept once, never changing whose a request is."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from models.rules.matching import Match, MatchOutcome
from models.store import calendars, duplicates, events, patient_changes, patients, requests, work_items
from models.store.duplicates import Duplicate
from models.store.patient_changes import Recorded
from models.tables.patients import DuplicateState, PatientRow, PossibleDuplicateRow
from tests.booking import NOW, a_booking, at
from tests.factories import MONDAY
from tests.store.records import BORN, Records, a_record, the_records

SWAPPED = date(1985, 4, 3)


@pytest.fixture
def records(db: Database) -> Records:
    """Give a practice without patients."""
    return the_records(db)


def the_pair(records: Records) -> Duplicate:
    (pair,) = records.open()
    return pair


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        ({"phone": "", "email": ""}, ("ambiguous_match",)),
        ({"first": "Jordon", "phone": "", "email": ""}, ("one_typo",)),
        ({"first": "Example", "last": "Jordan", "phone": "", "email": ""}, ("swapped_fields",)),
        ({"born": SWAPPED, "phone": "", "email": ""}, ("day_and_month_swapped",)),
        ({"last": "Sample", "email": ""}, ("same_phone",)),
        ({"last": "Sample", "phone": ""}, ("same_email",)),
        ({"born": date(1985, 3, 5), "email": "other@example.com"}, ("same_phone",)),
        ({"phone": "+12025550167"}, ("ambiguous_match", "same_email")),
    ],
)
def test_records_that_look_alike_become_one_open_pair(
    records: Records, other: dict[str, Any], reasons: tuple[str, ...]
) -> None:
    """A-74, A-103."""
    first = records.add()
    second = records.add(**other)
    assert records.find(second) == 1
    pair = the_pair(records)
    assert (pair.first, pair.second) == (str(first), str(second))
    assert pair.reasons == reasons
    assert pair.suggestion
    assert records.tasks() == ["possible_duplicates"]


@pytest.mark.parametrize(
    "other",
    [
        {"first": "Robin", "last": "Sample", "phone": "", "email": ""},
        {"first": "Robin", "last": "Sample", "born": date(2001, 1, 2)},
        {"born": date(1991, 7, 9), "phone": "", "email": ""},
    ],
)
def test_a_birthday_a_household_or_a_name_alone_is_no_pair(records: Records, other: dict[str, Any]) -> None:
    """A-103."""
    records.add()
    assert records.find(records.add(**other)) == 0
    assert records.open() == []
    assert records.tasks() == []


def test_the_same_look_again_finds_nothing_new_and_asks_once(records: Records) -> None:
    first, second = records.add(), records.add()
    assert records.find(first, second) == 1
    assert records.find(second) == 0
    assert records.find(first) == 0
    assert len(records.open()) == 1
    assert records.tasks() == ["possible_duplicates"]
    assert records.kinds() == ["possible_duplicates_found"]


def test_one_task_stands_for_all_pairs_and_goes_with_the_last_one(records: Records) -> None:
    first, second, third = records.add(), records.add(), records.add()
    assert records.find(third) == 2
    assert records.find(first, second) == 1
    assert records.tasks() == ["possible_duplicates"]
    for pair in records.open():
        assert records.tasks() == ["possible_duplicates"]
        assert isinstance(records.settle(pair.id, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER), Recorded)
    assert records.tasks() == []


def test_a_settled_pair_is_never_asked_about_again(records: Records) -> None:
    """A-74."""
    first, second = records.add(), records.add()
    records.find(second)
    records.settle(the_pair(records).id, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER)
    assert records.find(first, second) == 0
    assert records.open() == []


def test_an_open_pair_learns_what_is_said_of_it_now(records: Records) -> None:
    records.add(phone="", email="")
    second = records.add(first="Jordon", phone="", email="")
    records.find(second)
    assert the_pair(records).reasons == ("one_typo",)
    records.edit(second, phone="", email="")
    assert records.find(second) == 0
    assert the_pair(records).reasons == ("ambiguous_match",)


def test_archived_records_are_left_out(records: Records) -> None:
    """A-98."""
    first, second = records.add(), records.add()
    records.must(patient_changes.archive, first)
    assert records.find(second) == 0
    assert records.find(first) == 0


def test_a_record_that_gave_way_to_its_twin_leaves_the_list(records: Records) -> None:
    """What the practice system showed before we knew that we had made it is archived when the two are linked."""
    mine, twin = records.add(), records.add(system_id="41")
    records.find(twin)
    records.db.transaction(lambda s: patients.link(s, mine, "41", as_of=MONDAY))
    assert records.open() == []
    third = records.add(first="Jordon", system_id="42")
    records.find(third)
    assert [(pair.first, pair.second) for pair in records.open()] == [(str(mine), str(third))]
    states = select(PossibleDuplicateRow.state).where(PossibleDuplicateRow.other_record == str(twin))
    assert records.db.read(lambda s: s.scalars(states).all()) == [DuplicateState.ARCHIVED]


def test_a_record_that_is_inactive_there_is_only_to_be_archived_here(records: Records) -> None:
    """A-74, A-98."""
    records.add(system_id="11")
    second = records.add(system_id="12")
    records.compare(a_record("12", is_active=False))
    records.find(second)
    assert the_pair(records).suggestion == ("archive_in_patientpop",)


def test_what_only_the_practice_system_has_is_listed_by_its_own_number(records: Records) -> None:
    """A-72, A-103."""
    mine = records.add()
    assert records.find(mine, others=(a_record("77"), a_record("78", is_active=False))) == 1
    pair = the_pair(records)
    assert (pair.first, pair.second, pair.second_in_system) == (str(mine), "", "77")
    assert pair.suggestion == ("deactivate_in_kareo",)


def test_a_pair_stays_the_same_pair_when_its_outside_record_comes_in(records: Records) -> None:
    """A-74."""
    mine = records.add()
    records.find(mine, others=(a_record("77"),))
    records.settle(the_pair(records).id, DuplicateOutcome.KEPT_BOTH, Aside.NEITHER)
    imported = records.add(system_id="77")
    assert records.find(imported) == 0
    assert records.find(mine, others=(a_record("77"),)) == 0
    assert records.open() == []


def test_our_own_record_is_not_its_own_duplicate(records: Records) -> None:
    """The record that was just made in the practice system carries our number."""
    mine = records.add(system_id="41")
    assert records.find(mine, others=(a_record("41", external_id=str(mine)),)) == 0


def test_a_number_that_many_share_tells_nothing(records: Records) -> None:
    for number in range(26):
        records.add(first="Robin", last="Sample", born=BORN + timedelta(days=3 * number + 40), email="")
    assert records.find(records.add(last="Sampel", first="Robin", email="")) == 0


def test_another_practice_is_never_looked_at(db: Database) -> None:
    first, second = the_records(db, key="elm-street"), the_records(db, key="oak-street")
    first.add()
    assert second.find(second.add()) == 0
    assert second.find(first.add()) == 0


def test_a_record_that_cannot_be_opened_stops_nobody(records: Records) -> None:
    broken, whole = records.add(), records.add()
    other = records.add()
    sealed = update(PatientRow).where(PatientRow.id == broken).values(person=records.row(whole).person)
    records.db.transaction(lambda s: s.execute(sealed))
    assert records.find(other, broken) == 1
    assert (the_pair(records).first, the_pair(records).second) == (str(whole), str(other))


def test_a_batch_finds_each_pair_once(records: Records) -> None:
    ids = [records.add(phone="", email="") for _ in range(4)]
    assert records.find(*ids) == 6
    assert len({frozenset({pair.first, pair.second}) for pair in records.open()}) == 6


def test_nobody_stands_in_the_open_table(records: Records) -> None:
    records.find(records.add(), records.add())
    shown = records.db.read(lambda s: s.execute(text("SELECT * FROM possible_duplicates")).mappings().one())
    assert not {"Jordan", "Example", "1985", "5550143"} & set(" ".join(map(str, shown.values())).split())
    assert "Jordan" not in repr(the_pair(records))


def test_no_function_merges_records() -> None:
    """A-73."""
    assert {one.value for one in DuplicateOutcome} == {"kept_both", "deactivated", "archived"}
    modules = (duplicates, patient_changes, requests, calendars, events, work_items)
    assert not [name for module in modules for name in vars(module) if "merge" in name.lower()]


def test_looking_never_touches_a_record(records: Records) -> None:
    """A-75, A-103."""
    first, second = records.add(system_id="11"), records.add(system_id="12")
    before = [(row.version, row.person, row.system_id) for row in (records.row(first), records.row(second))]
    records.find(first, second)
    after = [(row.version, row.person, row.system_id) for row in (records.row(first), records.row(second))]
    assert before == after
    count = select(func.count()).select_from(PatientRow)
    assert records.db.read(lambda s: s.scalar(count)) == 2


@pytest.mark.parametrize(("found", "record"), [(0, ""), (1, "11"), (2, "")])
def test_the_list_never_changes_whose_a_request_is(db: Database, found: int, record: str) -> None:
    """A-70 to A-72, A-103."""
    made = a_booking(db)
    submitted = made.submission(at("09:00"))
    made.choose(at("09:00"))
    number = made.submitted(submitted).appointment_id
    records = Records(db, made.practice)
    twins = [records.add(system_id=f"1{n}", phone=submitted.phone) for n in range(1, found + 1)]
    outcome = (MatchOutcome.NEW, MatchOutcome.EXISTING, MatchOutcome.AMBIGUOUS)[found]

    def place(session: Session) -> int:
        request = requests.open_request(session, number)
        assert request
        requests.store_match(session, request, Match(outcome, record or None, found), as_of=NOW)
        matched = requests.open_request(session, number)
        assert matched
        return requests.attach_patient(session, matched, as_of=NOW)

    patient = db.transaction(place)
    before = db.read(lambda s: requests.open_request(s, number))
    records.add(born=date(1985, 3, 13), email=submitted.email, phone=submitted.phone)
    records.find(patient, *twins)
    assert records.open()
    assert db.read(lambda s: requests.open_request(s, number)) == before
    assert before
    assert (before.match, before.match_record, before.patient_id) == (outcome, record, patient)


def test_every_open_pair_has_a_state_that_people_can_settle(records: Records) -> None:
    records.find(records.add(), records.add())
    state = records.db.read(lambda s: s.scalar(select(PossibleDuplicateRow.state)))
    assert state is DuplicateState.OPEN
    assert the_pair(records).found_at == MONDAY
