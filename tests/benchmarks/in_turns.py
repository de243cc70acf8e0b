"""Measures our way of doing due work beside bare SQL that writes the same rows."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.benchmarks.table import Measured


@dataclass(frozen=True, slots=True)
class Work:
    """What is due, what must be written for it, and how to bring back the state before a run."""

    due: int
    expected: Mapping[str, int]
    written: Callable[[], Mapping[str, int]]
    undo: Callable[[], None]


def measure_in_turns(
    work: Work, ours: Callable[[], int], floor: Callable[[], int], *, batch: int, runs: int
) -> tuple[Measured, Measured]:
    """Run both ways in turns; each gives how many rows it acted upon."""
    seconds, least = list[float](), list[float]()
    for _ in range(runs):
        least.append(_timed(work, floor))
        seconds.append(_timed(work, ours))
    name = f"golive, rules in Python, batches of {batch}"
    return Measured(name, work.due, tuple(seconds)), Measured("floor: bare SQL, no rules", work.due, tuple(least))


def _timed(work: Work, way: Callable[[], int]) -> float:
    start = time.perf_counter()
    done = way()
    seconds = time.perf_counter() - start
    written = work.written()
    if done != work.due or written != work.expected:
        message = f"{done} of {work.due} timers led to {written} instead of {work.expected}"
        raise RuntimeError(message)
    work.undo()
    return seconds
