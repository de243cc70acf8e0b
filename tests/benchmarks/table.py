"""Prints measurements as one table, and keeps them for the page of benchmarks where `make bench` asks for it."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

KEPT_IN = "GOLIVE_TEST_BENCHMARKS"
"""The file to which measurements are added, one line of JSON each."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The seconds that the same work took, several times."""

    name: str
    rows: int
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds of the run in the middle."""
        return median(self.seconds)

    @property
    def fastest(self) -> float:
        """Seconds of the fastest run: what a busy machine disturbs least."""
        return min(self.seconds)

    @property
    def per_second(self) -> float:
        """Rows per second of the run in the middle."""
        return self.rows / self.median


def show(title: str, measured: Sequence[Measured]) -> None:
    """Write one line per measurement; the last one is the floor that the others are compared with."""
    floor = measured[-1].median
    lines = [title, f"{'work':<44}{'median s':>10}{'from':>8}{'to':>8}{'rows/s':>10}{'ratio':>7}"]
    lines += [
        f"{one.name:<44}{one.median:>10.3f}{min(one.seconds):>8.3f}{max(one.seconds):>8.3f}"
        f"{one.per_second:>10,.0f}{one.median / floor:>7.1f}"
        for one in measured
    ]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    keep(title, measured)


def keep(title: str, measured: Sequence[Measured]) -> None:
    """Add measurements of one work to the file of this run, the floor last; nothing happens where none is named."""
    if name := os.environ.get(KEPT_IN):
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"title": title, "measured": [asdict(one) for one in measured]}) + "\n")
