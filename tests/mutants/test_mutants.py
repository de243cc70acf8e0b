"""How a sample of small changes is drawn and scored, and that each one called harmless says why."""

from collections import Counter

import pytest

from tests.mutants.changes import ROOT, RULES, Change, drawn
from tests.mutants.equivalent import Equivalent, is_equivalent, listed
from tests.mutants.score import Row, page, weighted, wilson


def some(module: str, count: int) -> list[Change]:
    source = "def it(now):\n    return now + 1\n"
    return [
        Change(f"models.rules.{module}.x_it__mutmut_{one}", module, source, source.replace("1", str(one)))
        for one in range(2, count + 2)
    ]


ALL = {"large": some("large", 900), "small": some("small", 90), "tiny": some("tiny", 3)}


def test_each_module_has_a_few_and_the_rest_goes_by_size() -> None:
    counts = Counter(one.module for one in drawn(ALL, of=100, least=4, seed=1))
    assert counts == {"large": 91, "small": 9, "tiny": 3}


def test_the_same_seed_draws_the_same_ones_and_more_hold_all_that_fewer_hold() -> None:
    few, many = (drawn(ALL, of=size, least=4, seed=1) for size in (100, 300))
    assert few == drawn(ALL, of=100, least=4, seed=1)
    assert {one.mark for one in few} < {one.mark for one in many}
    assert few != drawn(ALL, of=100, least=4, seed=2)
    assert len(drawn(ALL, of=0, least=4, seed=1)) == 993


def test_a_change_is_known_by_its_lines_and_a_method_by_its_class() -> None:
    (one,) = some("large", 1)
    method = Change("models.rules.large.xǁHoursǁat__mutmut_4", "large", one.original, one.changed)
    assert one.lines == ("return now + 1", "return now + 2")
    assert (one.function, method.function) == ("it", "Hours.at")


def test_wilsons_bounds_are_those_of_the_books() -> None:
    assert wilson(0.9, 100) == pytest.approx((0.82563, 0.94477), abs=1e-5)
    assert wilson(1.0, 24) == pytest.approx((0.86203, 1.0), abs=1e-5)


def test_a_change_counts_for_as_many_as_its_module_has_for_each_one_tried() -> None:
    rows = [Row("large", 900, 9, 9, 0, 0), Row("small", 100, 10, 6, 2, 1)]
    share, worth = weighted(rows)
    assert share == pytest.approx((900 + 60) / (900 + 80))
    assert worth == pytest.approx((900 + 80) ** 2 / (9 * 100**2 + 8 * 10**2))
    assert "98.0% of all changes are noticed" in page(rows, command="it", passed_over={}, day="today")


def test_a_harmless_change_is_found_again_by_its_lines() -> None:
    one, other = some("large", 2)
    known = [Equivalent("large", "it", "return now + 1", "return now + 2", "somebody says so")]
    assert is_equivalent(one, known)
    assert not is_equivalent(other, known)


@pytest.mark.parametrize("one", listed(), ids=lambda one: f"{one.module}.{one.function}")
def test_each_harmless_change_stands_in_the_rules_and_says_why(one: Equivalent) -> None:
    words = " ".join((ROOT / RULES / f"{one.module}.py").read_text().split())
    assert one.was in words
    assert one.was != one.now
    assert len(one.reason.split()) > 4
    assert one.reason.endswith(".")
