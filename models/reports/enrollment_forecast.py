"""How long a payer still takes: Kaplan-Meier of the installation's history, or a log-normal of the figures (E-40)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.rules.enrollment_facts import Turnaround
from models.rules.turnarounds import ENOUGH_CASES, shape_of
from models.store.turnarounds import Case, Ending, Place, pools_of

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int16]

LONGEST: Final = 2_000
"""Days; nothing is forecast to take longer than this."""
OLDEST: Final = 1_600
"""Days; who waits longer is forecast as if this had been reached today."""
FACES: Final = 1_024
"""So many equally likely numbers of days stand for a distribution when futures are thrown."""
_HARDLY: Final = 1e-9
_SHARES: Final = (np.arange(FACES) + 0.5) / FACES
_ANSWERS: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The share of cases that take longer than 0, 1, 2 ... calendar days; it falls to 0 in the end."""

    left: Floats

    def until(self, share: float) -> int:
        """Give the first day until which this share of cases is over."""
        return int(np.searchsorted(-self.left, -(1 - share)))


class Course(NamedTuple):
    """How one enrollment goes on: the payer's time, and what a rejection adds in some futures, none where none do."""

    decision: Curve
    again: Curve | None = None


def kaplan_meier(days: npt.ArrayLike, is_decided: npt.ArrayLike, *, more: int = 0) -> tuple[Floats, Floats]:
    """Estimate, at each number of days after which something was decided, the share that takes longer.

    The others are known only to take longer than their days. `more` cases are at risk all the time.
    """
    taken, decided = np.asarray(days, dtype=np.float64), np.asarray(is_decided, dtype=bool)
    times, ends = np.unique(taken[decided], return_counts=True)
    at_risk = taken.size - np.searchsorted(np.sort(taken), times, side="left") + more
    left: Floats = np.cumprod(1.0 - ends / at_risk, dtype=np.float64)
    return times, left


@lru_cache(maxsize=4096)
def curve_of(turnaround: Turnaround) -> Curve:
    """Draw the log-normal of low, typical and high figures."""
    shape = shape_of(turnaround)
    left = np.array([shape.share_left(day) for day in range(LONGEST + 1)])
    left[-1] = 0.0
    return Curve(left)


def fit(cases: Sequence[Case], beyond: Turnaround) -> Curve:
    """Fit a curve to a history.

    The case that is forecast counts as one more at risk, so that a part of it lies beyond the last decision. There
    the curve goes on in the shape of the figures `beyond`, stretched so that it meets the history. Between decisions
    it falls evenly.
    """
    days = np.minimum([one.days for one in cases], OLDEST)
    times, left = kaplan_meier(days, [one.ending is not Ending.NONE for one in cases], more=1)
    last, rest = float(times[-1]), float(left[-1])
    whole = np.interp(np.arange(LONGEST + 1), np.concatenate([[0.0], times]), np.concatenate([[1.0], left]))
    shape = shape_of(beyond)
    stretch = last / shape.days_until(1 - rest)
    tail = np.arange(int(last) + 1, LONGEST)
    whole[tail] = [shape.share_left(day / stretch) for day in tail]
    whole[-1] = 0.0
    return Curve(whole)


def summed_up(curve: Curve, *, cases: int) -> Turnaround:
    """Give the figures of a curve: 10, 50, 75 and 90 percent (E-20)."""
    low, typical, late, high = (curve.until(share) for share in (0.1, 0.5, 0.75, 0.9))
    source = f"own history of {cases} cases"
    return Turnaround(low, typical, late, high, high, source=source)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a history teaches: the payer's time, how often it rejects, and how many decided cases say so."""

    curve: Curve
    rejected: float
    cases: int


def learn(cases: Iterable[Case], beyond: Mapping[Place, Turnaround]) -> dict[Place, Learned]:
    """Fit every pool with enough decided cases: payer and transaction, the payer's class, all (E-40).

    `beyond` has the figures with which each pool goes on after its last decision.
    """
    pools: dict[Place, list[Case]] = {}
    for one in cases:
        for place in pools_of(one.asked):
            pools.setdefault(place, []).append(one)
    found = {}
    for place, several in pools.items():
        decided = [one for one in several if one.ending is not Ending.NONE]
        if len(decided) >= ENOUGH_CASES:
            rejected = sum(one.ending is Ending.REJECTED for one in decided) / len(decided)
            found[place] = Learned(fit(several, beyond[place]), rejected, len(decided))
    return found


def course_of(learned: Learned, *, before: Curve) -> Course:
    """Say how an enrollment goes on where histories know how often a rejection sends it round once more.

    `before` is the time until it is submitted again.
    """
    if not learned.rejected:
        return Course(learned.curve)
    once = _sum(_chances(before.left), _chances(learned.curve.left))
    never = np.zeros(LONGEST + 1)
    never[0] = 1 - learned.rejected
    again = never + learned.rejected * once
    for _ in range(2):
        again = never + learned.rejected * _sum(once, again)
    return Course(learned.curve, Curve(np.maximum(1 - np.cumsum(again), 0.0)))


def _chances(left: Floats) -> Floats:
    return -np.diff(left, prepend=1.0)


def _sum(some: Floats, others: Floats) -> Floats:
    """Give the chances of the sum of two numbers of days; what is beyond the longest counts as the longest."""
    both = np.convolve(some, others)
    both[LONGEST] = both[LONGEST:].sum()
    return both[: LONGEST + 1]


@lru_cache(maxsize=8192)
def die(curve: Curve, age: int) -> Days:
    """List equally likely numbers of days that are left after an age, at least one: the end is still to come.

    An enrollment that grows a day older never ends earlier for it (E-42).
    """
    reached = min(age, OLDEST, int(np.searchsorted(-curve.left, -_HARDLY)) - 1)
    ends = np.searchsorted(-curve.left, -curve.left[reached] * (1 - _SHARES))
    faces: Days = np.maximum(ends - reached, 1).astype(np.int16)
    return faces


@lru_cache(maxsize=1024)
def die_from_zero(curve: Curve) -> Days:
    """List equally likely numbers of days, none among them."""
    faces: Days = np.searchsorted(-curve.left, -(1 - _SHARES)).astype(np.int16)
    return faces


@lru_cache(maxsize=8192)
def die_after_answer(curve: Curve, age: int, answer: Curve, silent: int) -> Days:
    """List equally likely numbers of days where the payer waits for the practice's answer and cannot decide before.

    `silent`: for how many days the practice owes the answer.
    """
    answers = _every(die(answer, silent), _ANSWERS).tolist()
    ways = np.concatenate([days + _every(die(curve, age + days), FACES // _ANSWERS * 2) for days in answers])
    return _every(np.sort(ways), FACES)


def _every(faces: Days, count: int) -> Days:
    """Choose so many of the faces, evenly."""
    step = faces.size // count
    chosen: Days = faces[step // 2 :: step]
    return chosen
