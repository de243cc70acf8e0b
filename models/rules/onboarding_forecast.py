"""When go-live is likely, as a range: many futures of what is still to be done, thrown like dice (O-46, E-41)."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import ceil, exp, log
from random import Random
from statistics import NormalDist

from models.rules.calendars import Calendar, business_days_between, is_business_day, local_day
from models.rules.onboarding import Step
from models.rules.onboarding_evidence import top_enrollments
from models.rules.onboarding_facts import OVER, EnrollmentOutcome, Journey, JourneyStatus, StepFacts, StepState

Range = tuple[int, int, int]
Die = tuple[int, ...]

DRAWS = 400
GO_LIVE = "first_claim"
ENROLLMENTS = "enrollments"
TURNAROUND: dict[str, Range] = {"medicare": (30, 38, 45)}
"""Calendar days from submission, low, typical and high, by how a payer's key begins (E-05)."""
UNKNOWN_PAYER: Range = (30, 90, 160)

_NORMAL = NormalDist()
_TENTH = _NORMAL.inv_cdf(0.9)
_HARDLY = 1e-12
_YEARS_AHEAD = 12
_FACES = 200


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days until which go-live comes with a chance of 10, 50 and 90 percent."""

    earliest: date
    likely: date
    latest: date


@dataclass(frozen=True, slots=True)
class _Part:
    """A remaining step: what it waits for, and the dice of its days, in business days unless told otherwise."""

    step: str
    after: tuple[str, ...]
    dice: tuple[Die, ...]
    in_business_days: bool


def forecast_go_live(journey: Journey, *, as_of: datetime, draws: int = DRAWS) -> Forecast | None:
    """Throw the remaining steps and enrollments `draws` times; None once the practice is live or the journey closed.

    The same journey on the same day gives the same dates, and growing older alone never moves one of them earlier.
    """
    is_closed = journey.status in (JourneyStatus.CANCELLED, JourneyStatus.GRADUATED)
    if is_closed or journey.went_live_on is not None or _facts(journey, GO_LIVE).state is not StepState.CLOSED:
        return None
    today = local_day(as_of, journey.zone)
    parts = [_part(journey, step, today) for step in _steps_before_go_live(journey)]
    dice = Random(journey.id)  # noqa: S311 - a forecast, not a secret
    ends = _throw(parts, today=today, calendar=journey.calendar, dice=dice, draws=draws)
    days = sorted(_latest([ends[step] for step in journey.template.steps[GO_LIVE].after if step in ends]))
    return Forecast(*(date.fromordinal(days[int(draws * share)]) for share in (0.1, 0.5, 0.9)))


def _facts(journey: Journey, step: str) -> StepFacts:
    return journey.steps.get(step, StepFacts())


def _steps_before_go_live(journey: Journey) -> list[Step]:
    """List the steps that are not over and on which go-live depends, each after those that it waits for."""
    steps = journey.template.steps
    found: dict[str, Step] = {}

    def visit(key: str) -> None:
        for earlier in steps[key].after:
            if earlier not in found and _facts(journey, earlier).state not in OVER:
                visit(earlier)
                found[earlier] = steps[earlier]

    visit(GO_LIVE)
    return list(found.values())


def _part(journey: Journey, step: Step, today: date) -> _Part:
    facts = _facts(journey, step.key)
    begun = local_day(facts.opened_at, journey.zone) if facts.opened_at else today
    after = step.after if facts.state is StepState.CLOSED else ()
    if step.key == ENROLLMENTS:
        age = (today - begun).days
        dice = tuple(_remaining(days, age, together) for days, together in _turnarounds(journey).items())
        return _Part(step.key, after, dice, in_business_days=False)
    age = business_days_between(begun, today, journey.calendar)
    return _Part(step.key, after, (_remaining(step.days, age, 1),), in_business_days=True)


def _turnarounds(journey: Journey) -> Counter[Range]:
    """Count the top payers' transactions that are still to be finalised, by how long they usually take."""
    left = (key for key in top_enrollments(journey) if journey.enrollments.get(key) is not EnrollmentOutcome.FINALISED)
    return Counter(_turnaround(payer) for payer, _ in left)


def _turnaround(payer: str) -> Range:
    known = (days for beginning, days in TURNAROUND.items() if payer.startswith(beginning))
    return next(known, UNKNOWN_PAYER)


@lru_cache(maxsize=4096)
def _remaining(days: Range, age: int, together: int) -> tuple[int, ...]:
    """List equally likely numbers of days until the last of `together` equal things of this age ends.

    The whole duration is log-normal on both sides of the typical one, with low and high as its 10 and 90 percent,
    and is known to be longer than the age already reached.
    """
    low, typical, high = days
    below, above = (max(log(typical / low), _HARDLY) / _TENTH, max(log(high / typical), _HARDLY) / _TENTH)
    over = _NORMAL.cdf(log(age / typical) / (below if age < typical else above)) if age else 0.0
    left = []
    for number in range(_FACES):
        share = over + (1 - over) * ((number + 0.5) / _FACES) ** (1 / together)
        distance = _NORMAL.inv_cdf(min(share, 1 - _HARDLY))
        whole = typical * exp(distance * (below if distance < 0 else above))
        left.append(max(ceil(whole) - age, 1))
    return tuple(left)


@lru_cache(maxsize=64)
def _open_days(year: int, calendar: Calendar) -> tuple[int, ...]:
    """List the business days of the coming years as ordinals."""
    first, beyond = date(year, 1, 1).toordinal(), date(year + _YEARS_AHEAD, 1, 1).toordinal()
    return tuple(day for day in range(first, beyond) if is_business_day(date.fromordinal(day), calendar))


def _throw(parts: list[_Part], *, today: date, calendar: Calendar, dice: Random, draws: int) -> dict[str, list[int]]:
    """Throw futures part by part: for each step the ordinals of the days on which it ends."""
    now, open_days = [today.toordinal()] * draws, _open_days(today.year, calendar)
    farthest = len(open_days) - 1
    ends: dict[str, list[int]] = {}
    for part in parts:
        begins = _latest([ends.get(earlier, now) for earlier in part.after]) or now
        takes = _latest([[die[int(dice.random() * _FACES)] for _ in now] for die in part.dice]) or [1] * draws
        futures = zip(begins, takes, strict=True)
        if part.in_business_days:
            nth = (bisect_right(open_days, begun) + days - 1 for begun, days in futures)
            ends[part.step] = [open_days[min(number, farthest)] for number in nth]
        else:
            ends[part.step] = [min(begun + days, open_days[-1]) for begun, days in futures]
    return ends


def _latest(columns: list[list[int]]) -> list[int]:
    """Give the greatest of each future."""
    return list(map(max, *columns)) if len(columns) > 1 else [each for column in columns for each in column]
