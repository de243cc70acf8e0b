"""Every rule of an enrollment is named by a test that proves it."""

import re
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
OF_RULES = (*range(1, 6), *range(10, 17), *range(20, 36), *range(40, 45))
"""Every rule: E-06 to E-09, E-17 to E-19 and E-36 to E-39 do not exist."""
IN_NAMES = re.compile(r"_e_(\d\d)")
NUMBER = re.compile(r"\b([EO])-(\d\d)(?:\.\.[EO]-(\d\d))?\b")


def named() -> Counter[str]:
    """Count how often the tests name each rule; `E-20..E-25` names all six, and names of tests end with `_e_30`."""
    found = Counter[str]()
    for file in TESTS.rglob("test_*.py"):
        content = file.read_text()
        for letter, first, last in NUMBER.findall(content):
            found.update(f"{letter}-{number:02}" for number in range(int(first), int(last or first) + 1))
        found.update(f"E-{number}" for number in IN_NAMES.findall(content))
    return found


@pytest.mark.parametrize("number", OF_RULES)
def test_a_test_names_the_rule(number: int) -> None:
    assert named()[f"E-{number:02}"]
