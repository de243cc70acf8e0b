"""Every rule of an enrollment is named by a test that proves it."""

import re
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
OF_RULES = (1, 2, 4, 5, *range(10, 17), *range(20, 30))
"""The rules of the states, of evidence and of watching; the others concern files, figures and what is stored."""
NUMBER = re.compile(r"\b([EO])-(\d\d)(?:\.\.[EO]-(\d\d))?\b")


def named() -> Counter[str]:
    """Count how often the tests name each rule; `E-20..E-25` names all six."""
    found = Counter[str]()
    for file in TESTS.rglob("test_*.py"):
        for letter, first, last in NUMBER.findall(file.read_text()):
            found.update(f"{letter}-{number:02}" for number in range(int(first), int(last or first) + 1))
    return found


@pytest.mark.parametrize("number", OF_RULES)
def test_a_test_names_the_rule(number: int) -> None:
    assert named()[f"E-{number:02}"]
