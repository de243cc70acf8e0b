"""Who counts as known: folded names, the full date of birth, and the number of active records alone."""

import unicodedata
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.matching import (
    Candidate,
    Identity,
    Match,
    MatchOutcome,
    RequestFault,
    folded,
    match,
    match_key,
    refusals,
    says_new_but_matches,
)

BORN = date(1984, 3, 9)
NOW = datetime(2026, 11, 4, 15, 30, tzinfo=UTC)
TODAY = date(2026, 11, 4)
ROSA = Identity("Rosa", "Quintero", BORN)
SAME_NAME = [
    ("José", "JOSE"),
    ("Jose\u0301", "José"),
    ("Nuñez", "nunez"),
    ("O'Brien", "OBrien"),
    ("O\u2019Brien", "O'BRIEN"),
    ("O\u02bcBrien", "OBrien"),
    ("Ka\u02bbaihue", "Kaaihue"),
    ("Anne-Marie", "Annemarie"),
    ("Anne Marie", "Annemarie"),
    ("Straße", "STRASSE"),
    ("Zoë", "Zoe"),
    ("Smith, Jr.", "smith jr"),
    ("İpek", "ipek"),
    ("\uff2b\uff49\uff4d", "Kim"),
    ("\uf9e1", "李"),
    ("김", unicodedata.normalize("NFD", "김")),
    ("ΑΛΈΞΗΣ", "Αλέξης"),
    ("  Rosa\t", "Rosa"),
]
OTHER_NAME = [
    ("Łukasz", "Lukasz"),
    ("Bjørn", "Bjorn"),
    ("Æsa", "Aesa"),
    ("I\u015f\u0131k", "I\u015fik"),
    ("Müller", "Mueller"),
    ("Smith Jr", "Smith"),
    ("Smith Jr", "Smith Sr"),
    ("Smith II", "Smith III"),
    ("李", "王"),
    ("Rosa", "Rose"),
]
spellings = st.sampled_from(["Rosa", "ROSA", "Rósa", "R-osa", "Rosa.", "Rose", "Rosaa", ""])
pieces = st.text("ab|-1\u0301", max_size=4)
identities = st.builds(Identity, pieces, pieces, st.sampled_from([BORN, date(1984, 9, 3)]))
births = st.sampled_from([BORN, BORN + timedelta(days=1), date(1984, 9, 3), None])
candidates = st.lists(
    st.builds(
        Candidate,
        record=st.sampled_from("abcdef"),
        first=spellings,
        last=st.sampled_from(["Quintero", "quintero", "Quinteros"]),
        born=births,
        is_active=st.booleans(),
    ),
    max_size=8,
)


@pytest.mark.parametrize(("one", "other"), SAME_NAME)
def test_spelling_marks_case_and_signs_make_no_other_name(one: str, other: str) -> None:
    """A-103."""
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHER_NAME)
def test_other_letters_and_suffixes_make_another_name(one: str, other: str) -> None:
    """A-103."""
    assert folded(one) != folded(other)


def test_letters_that_cannot_be_taken_apart_stay() -> None:
    """A-103."""
    assert [folded(name) for name in ("Łukasz", "Søren", "李", "佐々木", "Đỗ")] == [
        "łukasz",
        "søren",
        "李",
        "佐々木",
        "đo",
    ]


@pytest.mark.parametrize("plane", [range(0x10000), range(0x10000, 0x20000)])
def test_folding_any_letter_twice_is_folding_it_once(plane: range) -> None:
    """A-103: letters are folded one by one, so this holds for every text of theirs."""
    once = [folded(chr(code)) for code in plane]
    assert [folded(text) for text in once] == once


@given(st.text(), st.text())
def test_folding_is_done_letter_by_letter_and_keeps_only_letters_and_digits(one: str, other: str) -> None:
    """A-103."""
    assert folded(one + other) == folded(one) + folded(other)
    assert folded(folded(one)) == folded(one)
    assert all(letter.isalnum() for letter in folded(one))


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_fold_as_all_letters_do(text: str) -> None:
    """A-103."""
    assert folded(text) == folded(text + "\u0301")


@pytest.mark.parametrize("name", ["", " ", "-", "'", "\u0301", "...", "\U0001f642"])
def test_a_name_of_signs_alone_folds_to_nothing(name: str) -> None:
    """A-99."""
    assert folded(name) == ""


def test_the_key_is_both_folded_names_and_the_full_date() -> None:
    """A-69."""
    assert match_key(Identity(" José ", "O'Brien-Nuñez Jr.", BORN)) == "jose|obriennunezjr|1984-03-09"


@given(identities, identities)
def test_equal_keys_mean_equal_names_and_dates(one: Identity, other: Identity) -> None:
    """A-69: no sign of a name can be taken for the key's own."""
    parts, others = [(folded(who.first), folded(who.last), who.born) for who in (one, other)]
    assert bool(match_key(one)) is all(parts)
    assert (match_key(one) == match_key(other) != "") is (parts == others and all(parts))


@pytest.mark.parametrize(("first", "last"), [("", "Quintero"), ("Rosa", ""), ("-", "Quintero"), ("Rosa", "'")])
def test_a_name_that_folds_to_nothing_matches_nobody(first: str, last: str) -> None:
    """A-69, A-103: not even a record with the same gap."""
    nobody = Identity(first, last, BORN)
    assert match_key(nobody) == ""
    assert match(nobody, [Candidate("1", first, last, BORN)]) == Match(MatchOutcome.NEW, None, 0)


def test_no_equal_record_makes_a_new_one_in_both_systems() -> None:
    """A-70."""
    found = match(ROSA, [Candidate("1", "Rose", "Quintero", BORN), Candidate("2", "Rosa", "Quintana", BORN)])
    assert found == Match(MatchOutcome.NEW, None, 0)
    assert found.outcome.makes_a_record


def test_one_equal_record_takes_the_request() -> None:
    """A-71."""
    found = match(ROSA, [Candidate("1", "RÓSA", "Quintero", BORN), Candidate("2", "Rosa", "Quintana", BORN)])
    assert found == Match(MatchOutcome.EXISTING, "1", 1)
    assert not found.outcome.makes_a_record


def test_several_equal_records_make_a_new_one_in_both_systems() -> None:
    """A-72."""
    found = match(ROSA, [Candidate("1", "Rosa", "Quintero", BORN), Candidate("2", "rosa", "QUINTERO", BORN)])
    assert found == Match(MatchOutcome.AMBIGUOUS, None, 2)
    assert found.outcome.makes_a_record


@pytest.mark.parametrize("born", [None, date(1984, 9, 3), date(1984, 3, 8)])
def test_the_full_date_of_birth_decides_whatever_the_look_up_found(born: date | None) -> None:
    """A-69, A-103."""
    assert match(ROSA, [Candidate("1", "Rosa", "Quintero", born)]).outcome is MatchOutcome.NEW


def test_jr_is_not_sr() -> None:
    """A-103."""
    son = Identity("Owen", "Smith Jr", BORN)
    family = [Candidate("1", "Owen", "Smith Sr", BORN), Candidate("2", "Owen", "Smith", BORN)]
    assert match(son, family).outcome is MatchOutcome.NEW
    assert match(son, [*family, Candidate("3", "Owen", "Smith, JR.", BORN)]).record == "3"


def test_inactive_records_do_not_count() -> None:
    """A-98."""
    gone = Candidate("1", "Rosa", "Quintero", BORN, is_active=False)
    assert match(ROSA, [gone]).outcome is MatchOutcome.NEW
    assert match(ROSA, [gone, Candidate("2", "Rosa", "Quintero", BORN)]).record == "2"


@given(candidates)
def test_the_outcome_depends_on_the_number_of_active_equal_records_alone(found: list[Candidate]) -> None:
    """A-70 to A-72, I12."""
    equal = {
        one.record
        for one in found
        if one.is_active and one.born == BORN and one.last != "Quinteros" and folded(one.first) == "rosa"
    }
    expected = [MatchOutcome.NEW, MatchOutcome.EXISTING, MatchOutcome.AMBIGUOUS][min(len(equal), 2)]
    record = next(iter(equal)) if len(equal) == 1 else None
    assert match(ROSA, found) == Match(expected, record, len(equal))


@given(candidates, st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_repetition_of_candidates_do_not_count(found: list[Candidate], chance: Random, times: int) -> None:
    """A-69: a list that was read in pages may repeat itself."""
    again = found * times
    chance.shuffle(again)
    assert match(ROSA, again) == match(ROSA, found)


@pytest.mark.parametrize(
    ("outcome", "says_new", "is_noted"),
    [
        (MatchOutcome.EXISTING, True, True),
        (MatchOutcome.EXISTING, False, False),
        (MatchOutcome.NEW, True, False),
        (MatchOutcome.AMBIGUOUS, True, False),
    ],
)
def test_a_new_patient_who_is_known_is_noted_for_the_reviewer(
    outcome: MatchOutcome, says_new: bool, is_noted: bool
) -> None:
    """A-97."""
    assert says_new_but_matches(Match(outcome, None, 0), says_new=says_new) is is_noted


def test_a_sound_request_is_not_refused() -> None:
    """A-99."""
    assert refusals("Rosa", "Quintero", BORN, NOW + timedelta(minutes=1), today=TODAY, as_of=NOW) == ()


@pytest.mark.parametrize(("first", "last"), [("李", "王"), ("Ł", "Ø"), ("Ng", "O"), ("김", "ישי")])
def test_a_short_name_in_any_script_is_a_name(first: str, last: str) -> None:
    """A-99."""
    assert refusals(first, last, BORN, NOW + timedelta(days=1), today=TODAY, as_of=NOW) == ()


@pytest.mark.parametrize(
    ("born", "fault"),
    [
        (TODAY, None),
        (TODAY + timedelta(days=1), RequestFault.BORN_IN_THE_FUTURE),
        (date(1896, 11, 4), None),
        (date(1896, 11, 3), RequestFault.BORN_TOO_LONG_AGO),
        (date(1, 1, 1), RequestFault.BORN_TOO_LONG_AGO),
        (date.max, RequestFault.BORN_IN_THE_FUTURE),
    ],
)
def test_a_birth_in_the_future_or_over_130_years_ago_is_refused(born: date, fault: RequestFault | None) -> None:
    """A-99."""
    faults = refusals("Rosa", "Quintero", born, NOW + timedelta(days=1), today=TODAY, as_of=NOW)
    assert faults == ((fault,) if fault else ())


def test_a_birth_on_29_february_is_130_years_old_on_1_march() -> None:
    """A-99."""
    born, slot = date(1896, 2, 29), NOW + timedelta(days=1)
    assert not refusals("Rosa", "Quintero", born, slot, today=date(2026, 2, 28), as_of=NOW)
    assert refusals("Rosa", "Quintero", born, slot, today=date(2026, 3, 1), as_of=NOW)


@pytest.mark.parametrize(("minutes", "is_past"), [(-1, True), (0, True), (1, False)])
def test_a_slot_that_has_begun_is_refused(minutes: int, is_past: bool) -> None:
    """A-99."""
    faults = refusals("Rosa", "Quintero", BORN, NOW + timedelta(minutes=minutes), today=TODAY, as_of=NOW)
    assert faults == ((RequestFault.SLOT_IN_THE_PAST,) if is_past else ())


def test_all_faults_are_named_at_once() -> None:
    """A-99: nobody corrects a form field by field."""
    faults = refusals(" ", "--", TODAY + timedelta(days=9), NOW - timedelta(days=1), today=TODAY, as_of=NOW)
    assert faults == (
        RequestFault.FIRST_NAME_EMPTY,
        RequestFault.LAST_NAME_EMPTY,
        RequestFault.BORN_IN_THE_FUTURE,
        RequestFault.SLOT_IN_THE_PAST,
    )


def test_nobody_is_named_when_an_identity_is_printed() -> None:
    assert repr(ROSA) == "Identity()"
    assert repr(Candidate("7", "Rosa", "Quintero", BORN)) == "Candidate(record='7', is_active=True)"
