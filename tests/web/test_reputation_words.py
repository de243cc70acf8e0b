"""Reputation has words for whatever its rules can say, marks what was found, and reads its addresses."""

import re
from pathlib import Path

import pytest

from deployments.web.reputation_voice import Part, marked
from models.inputs.reputation_pages import numbers_in, place_in
from models.reports import reputation_pages
from models.rules.feedback import Signature
from models.rules.reply_checker import Finding, check
from models.rules.reply_words import Why
from models.rules.reputation import ReviewSource
from models.rules.reputation_replies import Override, ReplyState
from templates.words_feedback import SIGNATURES
from templates.words_reputation import ANSWERED, FAULTS, NEXT, OVERRIDES, REPUTATION, SITES, STATES
from templates.words_reputation_check import BECAUSE, INSTEAD


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((), [Part("abcdef")]),
        ((Finding(Why.DATE, 2, 4),), [Part("ab"), Part("cd", 1), Part("ef")]),
        ((Finding(Why.DATE, 0, 4), Finding(Why.VISIT, 2, 6, True)), [Part("abcd", 1), Part("ef", 2, True)]),
        ((Finding(Why.DATE, 0, 6), Finding(Why.VISIT, 2, 4)), [Part("abcdef", 1)]),
        ((Finding(Why.EMPTY, 0, 0),), [Part("abcdef")]),
    ],
)
def test_marks_keep_every_letter(findings: tuple[Finding, ...], expected: list[Part]) -> None:
    parts = list(marked("abcdef", findings))
    assert parts == expected
    assert "".join(part.words for part in parts) == "abcdef"


def test_there_are_words_for_whatever_the_rules_can_say() -> None:
    assert set(BECAUSE) == set(INSTEAD) == {one.value for one in Why}
    assert set(SITES) == {one.value for one in ReviewSource}
    assert set(OVERRIDES) == {one.value for one in Override}
    assert set(NEXT) == {one.value for one in ReplyState}
    assert set(STATES) == {one.value for one in ReplyState} | {"none", "there"}
    assert set(ANSWERED) == {one.value for one in reputation_pages.Answered}
    assert set(SIGNATURES) == {one.value for one in Signature}
    both = [phrase for group in REPUTATION.values() for phrase in group.values()]
    assert all(english.strip() and spanish.strip() for english, spanish in both)


def test_every_refusal_of_the_rules_has_its_sentence() -> None:
    named = set(re.findall(r'Refusal\(\s*"(\w+)"', source_of("models/rules/reputation_replies.py")))
    named |= set(re.findall(r'Refusal\(\s*"(\w+)"', source_of("models/store/replies.py"))) - {"unknown_review"}
    assert len(named) > 8
    assert named - {"not_under_way"} <= set(FAULTS)


def source_of(path: str) -> str:
    return (Path(__file__).parents[2] / path).read_text()


@pytest.mark.parametrize("why", list(Why))
def test_what_is_to_be_written_instead_passes_the_check_itself(why: Why) -> None:
    """F-211: in both languages."""
    assert [check(words) for words in INSTEAD[why]] == [(), ()]


@pytest.mark.parametrize("why", list(Why))
def test_the_pages_say_the_same_as_the_check(why: Why) -> None:
    assert (
        Finding(why, 0, 4).sentence == f'Characters 1 to 4: {BECAUSE[why][0]}. Write for instance: "{INSTEAD[why][0]}"'
    )


@pytest.mark.parametrize("word", ["", "Z_1", "2026-11-23_1", "2026-11-23T10:00:00Z_x", "9999-99-99T00:00:00Z_1"])
def test_a_place_that_nobody_wrote_is_no_place(word: str) -> None:
    assert place_in(word) is None


def test_numbers_are_whole_and_few() -> None:
    assert numbers_in("1,22") == [1, 22]
    assert numbers_in("1,,2") == numbers_in("-1") == numbers_in("0") == numbers_in(",".join(["1"] * 51)) == []
