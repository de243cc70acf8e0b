"""Which pairs a person should look at, what is advised, and that the list decides nothing."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.matching import Candidate, Identity, Match, MatchOutcome, match
from models.rules.matching_duplicates import (
    DuplicateAction,
    DuplicateReason,
    PatientRecord,
    Possible,
    System,
    day_and_month_swapped,
    is_one_edit,
    possible_duplicates,
)

BORN = date(1984, 3, 9)
SWAPPED = date(1984, 9, 3)
PHONE = "202-555-0143"
EMAIL = "rosa@example.com"
ROSA = PatientRecord("1", "Rosa", "Quintero", BORN, PHONE, EMAIL)
STRANGER = PatientRecord("2", "Rosa", "Quintero", BORN)
TYPO, FIELDS = DuplicateReason.ONE_TYPO, DuplicateReason.SWAPPED_FIELDS
DAYS, SUFFIX = DuplicateReason.DAY_AND_MONTH_SWAPPED, DuplicateReason.SUFFIX_LEFT_OUT
SAME_PHONE, SAME_EMAIL = DuplicateReason.SAME_PHONE, DuplicateReason.SAME_EMAIL
AMBIGUOUS = DuplicateReason.AMBIGUOUS_MATCH
COMPARE, KEEP_BOTH = (DuplicateAction.COMPARE,), (DuplicateAction.KEEP_BOTH,)
ASIDE = (DuplicateAction.DEACTIVATE_IN_KAREO, DuplicateAction.ARCHIVE_IN_PATIENTPOP)

letters = st.text("abcd", max_size=6)
records = st.builds(
    PatientRecord,
    record=st.sampled_from("12345678"),
    first=st.sampled_from(["Rosa", "Rsoa", "Rose", "Quintero", "Vera", "Al", "Ali", "", "李"]),
    last=st.sampled_from(["Quintero", "Quintero Jr", "Quintero Sr", "Quinteros", "Rosa", "Vale", ""]),
    born=st.sampled_from([BORN, SWAPPED, date(1984, 3, 8), date(1954, 7, 21), date(1990, 7, 21), None]),
    phone=st.sampled_from(["", PHONE, "202-555-0199"]),
    email=st.sampled_from(["", EMAIL, "vera@example.com"]),
    active_in=st.sets(st.sampled_from(System)).map(frozenset),
)


def reasons(one: PatientRecord, other: PatientRecord) -> tuple[DuplicateReason, ...]:
    return next((possible.reasons for possible in possible_duplicates(one, [other])), ())


def actions(one: PatientRecord, other: PatientRecord) -> tuple[DuplicateAction, ...]:
    return next((possible.actions for possible in possible_duplicates(one, [other])), ())


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Rsoa", "Quintero"),
        ("Roza", "Quintero"),
        ("Ros", "Quintero"),
        ("Rosaa", "Quintero"),
        ("Rosa", "Quinteros"),
        ("Rosa", "Qiuntero"),
        ("rósa", "QUINTERA"),
    ],
)
def test_one_typo_in_one_name_is_worth_a_look(first: str, last: str) -> None:
    """A-103."""
    assert reasons(ROSA, replace(STRANGER, first=first, last=last)) == (TYPO,)


@pytest.mark.parametrize(
    ("first", "last"),
    [("Roza", "Quinteros"), ("Rozza", "Quintero"), ("Vera", "Quintero"), ("Rosa", "Vale"), ("", "Quintero")],
)
def test_more_than_one_typo_is_another_name(first: str, last: str) -> None:
    """A-103."""
    assert reasons(ROSA, replace(STRANGER, first=first, last=last)) == ()


@pytest.mark.parametrize(
    ("mine", "theirs", "is_listed"),
    [("Wu", "Xu", False), ("李", "王", False), ("Li", "Lin", False), ("Lee", "Leo", True)],
)
def test_very_short_names_have_no_typos(mine: str, theirs: str, is_listed: bool) -> None:
    """A-103."""
    assert (reasons(replace(ROSA, last=mine), replace(STRANGER, last=theirs)) == (TYPO,)) is is_listed


@pytest.mark.parametrize(("mine", "theirs"), [("Łukasz", "Lukasz"), ("Bjørn", "Bjorn"), ("I\u015f\u0131k", "Isik")])
def test_a_letter_that_folding_keeps_is_listed_as_a_typo(mine: str, theirs: str) -> None:
    """A-103."""
    assert reasons(replace(ROSA, first=mine), replace(STRANGER, first=theirs)) == (TYPO,)


def test_first_and_last_name_in_each_others_field_are_worth_a_look() -> None:
    """A-103."""
    assert reasons(ROSA, replace(STRANGER, first="Quintero", last="Rosa")) == (FIELDS,)
    assert reasons(ROSA, replace(STRANGER, first="Quintero", last="Rosa", born=SWAPPED)) == ()


def test_day_and_month_swapped_are_worth_a_look_under_the_same_name() -> None:
    """A-103."""
    assert reasons(ROSA, replace(STRANGER, born=SWAPPED)) == (DAYS,)
    assert reasons(ROSA, replace(STRANGER, born=SWAPPED, first="Roza")) == ()
    assert reasons(ROSA, replace(STRANGER, born=SWAPPED, first="Roza", phone=PHONE)) == (TYPO, DAYS, SAME_PHONE)


@pytest.mark.parametrize(
    ("born", "other"), [(BORN, SWAPPED), (date(1984, 3, 13), None), (date(1984, 5, 5), None), (date(2024, 2, 29), None)]
)
def test_only_another_real_date_is_a_swapped_one(born: date, other: date | None) -> None:
    """A-103."""
    assert day_and_month_swapped(born) == other


def test_a_suffix_left_out_is_worth_a_look() -> None:
    """A-103."""
    assert reasons(replace(ROSA, last="Quintero, Jr."), STRANGER) == (SUFFIX,)
    assert actions(replace(ROSA, last="Quintero, Jr."), replace(STRANGER, phone=PHONE)) == COMPARE


def test_jr_and_sr_are_kept_both() -> None:
    """A-103."""
    junior, senior = replace(ROSA, last="Quintero Jr"), replace(STRANGER, last="Quintero Sr.", phone=PHONE)
    assert possible_duplicates(junior, [senior]) == [Possible("2", (TYPO, SAME_PHONE), KEEP_BOTH)]
    assert reasons(junior, replace(senior, born=date(1954, 7, 21))) == ()


@pytest.mark.parametrize(
    ("phone", "email", "reason"),
    [
        ("+1 (202) 555-0143", "", SAME_PHONE),
        ("12025550143", "", SAME_PHONE),
        ("202-555-0199", " ROSA@example.com", SAME_EMAIL),
    ],
)
def test_the_same_phone_or_email_with_the_same_birthday_is_worth_a_look(
    phone: str, email: str, reason: DuplicateReason
) -> None:
    """A-103: a name that changed, or twins; only a person can tell."""
    married = PatientRecord("2", "Rosa", "Vale", BORN, phone, email)
    assert possible_duplicates(ROSA, [married]) == [Possible("2", (reason,), COMPARE)]
    assert possible_duplicates(married, [ROSA]) == [Possible("1", (reason,), COMPARE)]


@pytest.mark.parametrize("first", ["Vera", "Rosalia", "Roza"])
def test_a_family_shares_phone_and_email(first: str) -> None:
    """A-103: with another date of birth, not even a first name that is nearly the same makes a duplicate."""
    sister = PatientRecord("2", first, "Quintero", date(1990, 7, 21), PHONE, EMAIL)
    assert possible_duplicates(ROSA, [sister]) == []


@pytest.mark.parametrize(
    ("born", "advice"),
    [
        (date(1984, 3, 8), COMPARE),
        (date(1934, 3, 9), COMPARE),
        (date(1990, 7, 21), COMPARE),
        (None, COMPARE),
        (date(1954, 7, 21), KEEP_BOTH),
    ],
)
def test_one_name_with_one_phone_and_two_birthdays_is_worth_a_look(born: date | None, advice: object) -> None:
    """A-103: a generation apart it is rather parent and child."""
    assert reasons(ROSA, replace(STRANGER, born=born, phone=PHONE)) == (SAME_PHONE,)
    assert actions(ROSA, replace(STRANGER, born=born, phone=PHONE)) == advice
    assert reasons(ROSA, replace(STRANGER, born=born)) == ()


@pytest.mark.parametrize("born", [date(1984, 3, 8), None])
def test_a_near_name_with_the_same_email_and_a_doubtful_birthday_is_worth_a_look(born: date | None) -> None:
    """A-103."""
    near = PatientRecord("2", "Roza", "Quintero", born, email=EMAIL)
    assert possible_duplicates(ROSA, [near]) == [Possible("2", (TYPO, SAME_EMAIL), COMPARE)]


@pytest.mark.parametrize("born", [SWAPPED, date(1984, 3, 8), None])
def test_another_name_with_a_doubtful_birthday_is_another_patient(born: date | None) -> None:
    """A-103: a family shares the phone."""
    assert reasons(ROSA, PatientRecord("2", "Vera", "Quintero", born, PHONE, EMAIL)) == ()


@pytest.mark.parametrize(("first", "last"), [("", "Quintero"), ("Rosa", "-"), ("", "")])
def test_records_without_a_name_are_not_alike(first: str, last: str) -> None:
    """A-103."""
    blank = PatientRecord("3", first, last, BORN)
    assert reasons(blank, replace(blank, record="4")) == ()


@pytest.mark.parametrize("phone", ["", "000-000-0000", "9999999999", "555-0143", "none"])
def test_what_is_no_number_is_nobodys_phone(phone: str) -> None:
    """A-103."""
    assert reasons(replace(ROSA, phone=phone), PatientRecord("2", "Vera", "Vale", BORN, phone)) == ()


def test_records_that_made_a_match_ambiguous_are_listed() -> None:
    """A-72, A-74: they are put aside only when a phone or email says that they are the same patient."""
    known = [replace(STRANGER, record="2"), replace(STRANGER, record="3", email=EMAIL)]
    assert possible_duplicates(ROSA, known) == [
        Possible("3", (AMBIGUOUS, SAME_EMAIL), ASIDE),
        Possible("2", (AMBIGUOUS,), COMPARE),
    ]


@pytest.mark.parametrize(
    ("mine", "theirs", "advice"),
    [
        ({System.KAREO, System.PATIENTPOP}, {System.KAREO}, (DuplicateAction.DEACTIVATE_IN_KAREO,)),
        ({System.PATIENTPOP}, {System.KAREO, System.PATIENTPOP}, (DuplicateAction.ARCHIVE_IN_PATIENTPOP,)),
        ({System.PATIENTPOP}, {System.KAREO}, COMPARE),
    ],
)
def test_a_record_is_put_aside_where_both_stand(mine: set[System], theirs: set[System], advice: object) -> None:
    """A-73, A-74."""
    twin = replace(ROSA, record="2", active_in=frozenset(theirs))
    assert actions(replace(ROSA, active_in=frozenset(mine)), twin) == advice


@pytest.mark.parametrize(
    ("first", "last", "born", "advice"),
    [
        ("Rosa", "Quinteros", BORN, ASIDE),
        ("Quintero", "Rosa", BORN, ASIDE),
        ("Rosa", "Quintero", SWAPPED, ASIDE),
        ("Roza", "Quintero", BORN, COMPARE),
        ("Vera", "Quintero", BORN, COMPARE),
        ("Rosa", "Quinteros", SWAPPED, COMPARE),
    ],
)
def test_nobody_is_put_aside_who_could_be_a_twin(first: str, last: str, born: date, advice: object) -> None:
    """A-74."""
    assert actions(ROSA, PatientRecord("2", first, last, born, PHONE, EMAIL)) == advice


def test_archived_records_and_the_patients_own_are_not_listed() -> None:
    """A-98."""
    gone = replace(STRANGER, active_in=frozenset())
    assert possible_duplicates(ROSA, [gone, ROSA]) == []
    assert possible_duplicates(gone, [ROSA]) == []


@given(records, records)
def test_both_sides_of_a_pair_say_the_same(one: PatientRecord, other: PatientRecord) -> None:
    """A-103."""
    there, back = possible_duplicates(one, [other]), possible_duplicates(other, [one])
    assert [replace(possible, record=one.record) for possible in there] == back


@given(records, st.lists(records, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_of_others_do_not_count(
    person: PatientRecord, others: list[PatientRecord], chance: Random
) -> None:
    """A-103."""
    again = others * 2
    chance.shuffle(again)
    listed = possible_duplicates(person, others)
    assert possible_duplicates(person, again) == listed
    assert len({possible.record for possible in listed}) == len(listed)


@given(st.lists(records, max_size=8, unique_by=lambda one: one.record))
def test_the_list_never_changes_none_one_or_many(others: list[PatientRecord]) -> None:
    """A-103, I12: only what is listed as an ambiguous match was counted, and the near ones never were."""
    person = replace(ROSA, record="new")
    listed = possible_duplicates(person, others)
    near = {possible.record for possible in listed if AMBIGUOUS not in possible.reasons}
    identity = Identity(person.first, person.last, BORN)
    found = match(identity, [_candidate(one) for one in others])
    assert found == match(identity, [_candidate(one) for one in others if one.record not in near])
    assert found.candidates == len(listed) - len(near)


def test_a_pile_of_near_records_is_still_no_match() -> None:
    """A-70, A-103."""
    near = [replace(ROSA, record=str(number), first="Roza") for number in range(2, 6)]
    assert len(possible_duplicates(ROSA, near)) == len(near)
    found = match(Identity("Rosa", "Quintero", BORN), [_candidate(one) for one in near])
    assert found == Match(MatchOutcome.NEW, None, 0)


def _candidate(one: PatientRecord) -> Candidate:
    return Candidate(one.record, one.first, one.last, one.born, is_active=bool(one.active_in))


@given(letters, letters)
def test_one_edit_is_a_distance_of_one_with_neighbours_exchanged(one: str, other: str) -> None:
    assert is_one_edit(one, other) is (_distance(one, other) == 1)


@given(letters, st.integers(0, 6), st.sampled_from("abcd"))
def test_a_letter_more_is_one_edit(text: str, at: int, letter: str) -> None:
    longer = text[:at] + letter + text[at:]
    assert is_one_edit(text, longer)
    assert is_one_edit(longer, text)


def _distance(one: str, other: str) -> int:
    """Count by the textbook's full table what the rule finds in one pass."""
    table = {(row, 0): row for row in range(len(one) + 1)} | {(0, column): column for column in range(len(other) + 1)}
    for row, mine in enumerate(one, start=1):
        for column, theirs in enumerate(other, start=1):
            ways = [
                table[row - 1, column] + 1,
                table[row, column - 1] + 1,
                table[row - 1, column - 1] + (mine != theirs),
            ]
            if row > 1 and column > 1 and (mine, one[row - 2]) == (other[column - 2], theirs):
                ways.append(table[row - 2, column - 2] + 1)
            table[row, column] = min(ways)
    return table[len(one), len(other)]


def test_nobody_is_named_when_a_record_is_printed() -> None:
    text = repr(ROSA)
    assert not any(secret in text for secret in ("Rosa", "Quintero", "1984", PHONE, EMAIL))
