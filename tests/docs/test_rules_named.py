"""Every rule of an enrollment, and every one of asking for feedback, is named by a test that proves it."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
OF_ENROLLMENT = (*range(1, 6), *range(10, 17), *range(20, 36), *range(40, 45))
"""Every rule: E-06 to E-09, E-17 to E-19 and E-36 to E-39 do not exist."""
OF_VISITS_AND_ASKING = (1, 2, 3, 4, 5, 6, 7, *range(10, 17), *range(20, 25), *range(30, 37), *range(40, 44))
OF_WORDS_AND_THE_PAGE = (*range(50, 54), *range(60, 67), *range(70, 73))
OF_TEXTS_AND_MESSAGES = (*range(100, 104), *range(110, 117), *range(120, 134))
OF_CHECKLISTS_AND_RECORDS = (*range(140, 147), *range(150, 158), *range(160, 164))
OF_LAWS_AND_SENDING_ONCE = (*range(201, 211), *range(212, 216), *range(220, 224))
OF_FEEDBACK = (
    *OF_VISITS_AND_ASKING,
    *OF_WORDS_AND_THE_PAGE,
    *OF_TEXTS_AND_MESSAGES,
    *OF_CHECKLISTS_AND_RECORDS,
    *OF_LAWS_AND_SENDING_ONCE,
)
"""Every rule but those about the practice's own pages: F-080 to F-092 and F-211."""
OF_APPOINTMENTS = (87, 88, 90)
"""Rules of appointments that are about asking for feedback."""
IN_NAMES = re.compile(r"_([ef])_(\d{2,3})(?=\D|$)")
NUMBER = re.compile(r"\b([AEFO])-(\d{2,3})(?:\.\.[AEFO]-(\d{2,3}))?\b")


@cache
def named() -> Counter[str]:
    """Count how often the tests name each rule; `E-20..E-25` names all six, and names of tests end with `_e_30`."""
    found = Counter[str]()
    for file in TESTS.rglob("test_*.py"):
        content = file.read_text()
        for letter, first, last in NUMBER.findall(content):
            found.update(f"{letter}-{number}" for number in range(int(first), int(last or first) + 1))
        found.update(f"{letter.upper()}-{int(number)}" for letter, number in IN_NAMES.findall(content))
    return found


@pytest.mark.parametrize("number", OF_ENROLLMENT)
def test_a_test_names_the_rule(number: int) -> None:
    assert named()[f"E-{number}"]


@pytest.mark.parametrize("number", OF_FEEDBACK)
def test_a_test_names_the_rule_of_feedback(number: int) -> None:
    assert named()[f"F-{number}"]


@pytest.mark.parametrize("number", OF_APPOINTMENTS)
def test_a_test_names_the_rule_of_appointments_about_feedback(number: int) -> None:
    assert named()[f"A-{number}"]
