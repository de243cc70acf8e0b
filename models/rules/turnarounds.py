"""How long a payer takes, read from a low, a typical and a high figure: log-normal, split at the typical one (E-05)."""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import erfc, exp, log, sqrt
from statistics import NormalDist
from typing import Final

from models.rules.enrollment_facts import Turnaround

ENOUGH_CASES: Final = 8
"""So many decided cases make a history; fewer back off to payers of the same class, then to all (E-40)."""
LOW_OF_TYPICAL: Final = 30 / 90
HIGH_OF_TYPICAL: Final = 160 / 90
"""What a source leaves out stands to its typical figure as with unknown payers: 30 / 90 / 160 (E-05)."""
CALENDAR_DAYS_OF_BUSINESS_DAYS: Final = 7 / 5
LONGEST: Final = 730  # days; a longer figure is a mistake

_NORMAL: Final = NormalDist()
_TENTH: Final = _NORMAL.inv_cdf(0.9)
_LATE, _VERY_LATE = 0.75, 0.9
_HARDLY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Shape:
    """A turnaround as a distribution of calendar days from submission.

    Log-normal on both sides of the typical figure, with low and high as its 10 and 90 percent. Beyond the high one a
    power tail of the same steepness goes on: what is later than every figure is not due tomorrow.
    """

    typical: float
    below: float
    above: float

    def share_left(self, days: float) -> float:
        """Say which share of cases takes longer."""
        if days <= 0:
            return 1.0
        distance = log(days / self.typical)
        if distance <= 0:
            return erfc(distance / self.below / sqrt(2)) / 2
        if distance <= self._bend:
            return erfc(distance / self.above / sqrt(2)) / 2
        return (1 - _VERY_LATE) * exp(-self._steepness * (distance - self._bend))

    def days_until(self, share: float) -> float:
        """Say until when this share of cases (more than 0, less than 1) is decided."""
        if share > _VERY_LATE:
            return self.typical * exp(self._bend + log((1 - _VERY_LATE) / (1 - share)) / self._steepness)
        distance = _NORMAL.inv_cdf(share)
        return self.typical * exp(distance * (self.below if distance < 0 else self.above))

    @property
    def _bend(self) -> float:
        return _TENTH * self.above

    @property
    def _steepness(self) -> float:
        return _NORMAL.pdf(_TENTH) / ((1 - _VERY_LATE) * self.above)


@lru_cache(maxsize=4096)
def shape_of(turnaround: Turnaround) -> Shape:
    """Read low, typical and high as 10, 50 and 90 percent, in calendar days."""
    typical = max(turnaround.typical, 1)
    days = typical * (CALENDAR_DAYS_OF_BUSINESS_DAYS if turnaround.is_business_days else 1)
    below = max(log(typical / max(turnaround.low, 1)), _HARDLY) / _TENTH
    above = max(log(max(turnaround.high, 1) / typical), _HARDLY) / _TENTH
    return Shape(days, below, above)


def turnaround_of(
    typical: int, *, low: int | None = None, high: int | None = None, is_business_days: bool = False, source: str = ""
) -> Turnaround:
    """Complete the figures of a source, and add the days on which the payer is asked again (E-20).

    A low or high figure that is missing stands to the typical one as 30 and 160 stand to 90.
    """
    low = max(round(typical * LOW_OF_TYPICAL), 1) if low is None else low
    high = round(typical * HIGH_OF_TYPICAL) if high is None else high
    known = Turnaround(low, typical, typical, high, high, is_business_days, source)
    calendar = shape_of(replace(known, is_business_days=False))
    return replace(known, late=min(max(round(calendar.days_until(_LATE)), typical), high))


def class_of(payer: str) -> str:
    """Guess the class of a payer that is only planned from its key; those of stored payers are known."""
    beginnings = ("medicare", "medicaid")
    return next((beginning for beginning in beginnings if payer.startswith(beginning)), "commercial")
