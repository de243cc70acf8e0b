"""Short words that are kept or counted: who acted, kinds of work, wordings of a consent (O-41, F-201)."""

import pytest

from models.rules.acting import PERSON, is_person, key_in, word_of_person
from models.rules.consent import OWN_FORM, PAPER_WORDING, START_WORDING, WORDINGS, full_words
from models.rules.metrics import OTHER, kind_of


def test_somebody_acts_under_a_key_which_says_whose_it_is_where_two_have_it_o_41() -> None:
    assert word_of_person("dana", is_shared=False) == "dana"
    assert word_of_person("dana", is_shared=True) == f"{PERSON}dana"
    assert key_in(f"{PERSON}dana") == key_in("dana") == "dana"
    assert is_person(f"{PERSON}dana")
    assert not is_person("dana")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("review", "review"),
        ("chase.medicare:claims", "chase"),
        ("silent.training:us.more", "silent"),
        ("a" * 40, "a" * 40),
        ("a" * 41, OTHER),
        ("call:welcome:1", OTHER),
        ("Dana", OTHER),
        (".review", OTHER),
        ("", OTHER),
    ],
)
def test_work_is_counted_by_words_of_ours_alone(key: str, kind: str) -> None:
    assert kind_of(key) == kind


@pytest.mark.parametrize("wording", WORDINGS)
def test_each_wording_is_kept_in_both_languages_f_201(wording: str) -> None:
    assert full_words(wording, "en") != full_words(wording, "es")
    assert full_words(wording, "fr") == full_words(wording, "en")


def test_the_words_of_a_practices_own_form_are_with_the_practice_f_201() -> None:
    assert full_words("our-form/2020", "en") == full_words("our-form/2020", "es") == OWN_FORM
    assert full_words(PAPER_WORDING, "en").startswith("The practice may ask me")
    assert full_words(START_WORDING, "es").startswith("La persona escribió")
