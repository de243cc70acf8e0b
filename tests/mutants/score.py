"""Counts what became of changes, and says with what certainty that holds for all of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

CERTAIN: Final = 1.959963984540054
"""Standard deviations on either side that hold 95 %."""


@dataclass(frozen=True)
class Row:
    """What is known of one module: how many changes it has, and of how many what became known."""

    module: str
    changes: int
    tried: int
    noticed: int
    equivalent: int
    unseen: int

    @property
    def counted(self) -> int:
        """Tell how many of the tried changes change something."""
        return self.tried - self.equivalent

    @property
    def weight(self) -> float:
        """Tell for how many changes of the module each counted one stands."""
        return self.changes * (self.counted / self.tried) / self.counted if self.counted else 0.0


def wilson(share: float, tried: float) -> tuple[float, float]:
    """Give the bounds between which a share lies with 95 % certainty, by Wilson."""
    square = CERTAIN**2
    middle = share + square / (2 * tried)
    reach = CERTAIN * math.sqrt(share * (1 - share) / tried + square / (4 * tried**2))
    return (middle - reach) / (1 + square / tried), (middle + reach) / (1 + square / tried)


def weighted(rows: Sequence[Row]) -> tuple[float, float]:
    """Give the share of all changes that would be noticed, and how many equal draws the sample is worth.

    A change stands for as many as its module has for each one tried. Uneven weights cost certainty: by Kish, the
    sample is worth the square of the sum of the weights over the sum of their squares.
    """
    total = sum(row.weight * row.counted for row in rows)
    squares = sum(row.weight**2 * row.counted for row in rows)
    return sum(row.weight * row.noticed for row in rows) / total, total**2 / squares


def page(rows: Sequence[Row], *, command: str, passed_over: Mapping[str, Sequence[str]], day: str) -> str:
    """Write the page: the score first, a line for each module, and what was not tried."""
    return "\n".join(
        [
            "# Small changes to the rules, tried",
            "",
            f"Written by `{command}` on {day}; [how golive proves itself](proof.md) says what is done.",
            "",
            *_told(rows),
            "",
            "| module | changes | tried | noticed | change nothing | not noticed | of these run by no test | noticed |",
            "|---|---|---|---|---|---|---|---|",
            *(_line(row) for row in rows if row.tried),
            "",
            "## What was not tried",
            "",
            *_untried(rows, passed_over),
            "",
        ]
    )


def _told(rows: Sequence[Row]) -> list[str]:
    """Say the score, with what certainty, and what it was counted from."""
    share, worth = weighted(rows)
    low, high = wilson(share, worth)
    tried, noticed, same = (sum(getattr(row, one) for row in rows) for one in ("tried", "noticed", "equivalent"))
    return [
        f"**{share:.1%} of all changes are noticed; with 95 % certainty between {low:.1%} and {high:.1%}.**",
        "",
        f"- Tried: {tried:,} of {sum(row.changes for row in rows):,} changes.",
        f"- Noticed by a test: {noticed:,}.",
        f"- Changing nothing that anybody could notice: {same:,}. They are left out of the score; the reason of each",
        "  stands in `tests/mutants/equivalent.toml`.",
        f"- Not noticed: {tried - noticed - same:,}.",
        "- A change counts for as many as its module has for each one tried. With these weights the sample is worth",
        f"  {worth:,.0f} equal draws (Kish); the bounds are Wilson's.",
    ]


def _line(row: Row) -> str:
    share = f"{row.noticed / row.counted:.0%}" if row.counted else "-"
    missed = row.counted - row.noticed
    cells = (f"`{row.module}`", row.changes, row.tried, row.noticed, row.equivalent, missed, row.unseen, share)
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _untried(rows: Sequence[Row], passed_over: Mapping[str, Sequence[str]]) -> list[str]:
    """Say which modules hold nothing to change, and what mutmut passes over."""
    bare = ", ".join(f"`{row.module}`" for row in rows if not row.changes)
    left = ", ".join(f"`{row.module}`" for row in rows if row.changes and not row.tried)
    functions = sum(len(names) for names in passed_over.values())
    return [
        f"- Modules of which no change was tried: {left or 'none'}.",
        f"- Modules without a function body that `mutmut` changes: {bare or 'none'}.",
        f"- {functions} decorated functions of {len(passed_over)} modules: properties, functions that keep answers.",
        "- Constants and tables at the top of modules: `mutmut` changes the bodies of functions only.",
    ]
