"""Statistics of small counts: how sure a share is, whether two shares differ, and which cells must stay hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

FEWEST: Final = 5
"""A cell with fewer is hidden: it could be told who is in it, and it says nothing."""
FEWEST_COMPARED: Final = 20
"""Both sides of a comparison have so many at least."""
Z: Final = 1.959963984540054  # of a normal distribution, 95 % lie between minus and plus this


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the interval in which the true share lies at 95 % (Wilson)."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself, 0 to 1; none of none is 0."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """The first share less the second, with the interval in which the true difference lies at 95 % (Newcombe)."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Say whether the shares differ by more than chance explains."""
        return self.low > 0 or self.high < 0


def share(count: int, of: int) -> Share:
    """Give a share with its Wilson interval, without correction for continuity; of none anything is possible.

    Raises:
        ValueError: the counts are no part and whole.
    """
    if not 0 <= count <= of:
        message = f"{count} of {of} is no share; the count must lie between 0 and the whole"
        raise ValueError(message)
    if of == 0:
        return Share(0, 0, 0.0, 1.0)
    part, square = count / of, Z * Z
    middle = (part + square / (2 * of)) / (1 + square / of)
    reach = Z / (1 + square / of) * sqrt(part * (1 - part) / of + square / (4 * of * of))
    low = 0.0 if count == 0 else max(0.0, middle - reach)
    high = 1.0 if count == of else min(1.0, middle + reach)
    return Share(count, of, low, high)


def difference(one: Share, other: Share) -> Difference:
    """Give the difference of two independent shares with Newcombe's interval, made of both Wilson intervals."""
    value = one.value - other.value
    down = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    up = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Difference(value, max(-1.0, value - down), min(1.0, value + up))


def compare(one: Share, other: Share) -> Difference | None:
    """Compare two shares; none where one of them is built on fewer than `FEWEST_COMPARED`."""
    if min(one.of, other.of) < FEWEST_COMPARED:
        return None
    return difference(one, other)


def hidden(counts: Sequence[int]) -> frozenset[int]:
    """Name the places of the cells to be hidden, where the cells and perhaps their sum are shown together.

    First every cell with 1 to `FEWEST` - 1. What was hidden must not follow from the sum: so at least two cells are
    hidden, together with `FEWEST` or more, and the smallest of the others are hidden too until that is so. An empty
    cell hides nobody and stays. Where no cell is left to hide, the sum must be hidden as well (`is_total_hidden`).
    """
    small = {place for place, count in enumerate(counts) if 0 < count < FEWEST}
    if not small:
        return frozenset()
    others = sorted((count, place) for place, count in enumerate(counts) if count >= FEWEST)
    for count, place in others:
        if len(small) > 1 and sum(counts[one] for one in small) >= FEWEST:
            break
        _ = count
        small.add(place)
    return frozenset(small)


def is_total_hidden(counts: Sequence[int]) -> bool:
    """Say whether the sum of cells gives away a hidden one: too few together, or a single one that is not empty."""
    places = hidden(counts)
    return bool(places) and (len(places) == 1 or sum(counts[one] for one in places) < FEWEST)
