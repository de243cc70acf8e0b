"""Many futures of what is still to be done until go-live, thrown for many journeys at once (O-46, E-41, E-42)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import Final

import numpy as np
import numpy.typing as npt

from models.reports.enrollment_forecast import FACES, Days, curve_of, die
from models.reports.forecast_views import Finish, Forecast, GoLive, Last
from models.reports.go_live_plan import ENROLLMENTS, GO_LIVE, Dice, Part, Plan
from models.rules.calendars import Calendar, business_days_between, is_business_day, local_day
from models.rules.onboarding import Step
from models.rules.onboarding_facts import OVER, StepFacts, StepState
from models.rules.onboarding_template import Template, template
from models.rules.turnarounds import turnaround_of

DRAWS: Final = 2_000
SHARES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
_AT_ONCE: Final = 32  # journeys: their futures stay in the processor's cache
_YEARS_AHEAD: Final = 14
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_MIXING: Final = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST_SHIFT: Final = np.uint64(31)
_THROWS_OF_A_WORD: Final = 4

Ordinals = npt.NDArray[np.int32]
Throws = npt.NDArray[np.uint16]


def forecast_go_live(plans: Sequence[Plan], *, draws: int = DRAWS) -> list[Forecast]:
    """Throw the remaining steps and enrollments of each journey `draws` times, in the order of the plans.

    The same journey on the same day gives the same dates, and growing older alone never moves one of them earlier:
    each journey, and each of its enrollments, has throws of its own that stay the same from day to day.
    """
    found: dict[int, Forecast] = {}
    for numbers in _alike(plans):
        futures = _Futures([plans[number] for number in numbers], draws)
        found.update(zip(numbers, futures.forecasts(), strict=True))
    return [found[number] for number in range(len(plans))]


def _alike(plans: Sequence[Plan]) -> Iterator[list[int]]:
    """Group plans with the same steps and calendar, a few at a time."""
    groups: dict[tuple[int, Calendar], list[int]] = {}
    for number, plan in enumerate(plans):
        groups.setdefault((plan.journey.template_version, plan.journey.calendar), []).append(number)
    for numbers in groups.values():
        yield from (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))


@lru_cache(maxsize=64)
def _steps_before_go_live(version: int) -> tuple[Step, ...]:
    """List the steps on which go-live depends, each after those that it waits for."""
    steps = template(version).steps
    found: dict[str, Step] = {}

    def visit(key: str) -> None:
        for earlier in steps[key].after:
            if earlier not in found:
                visit(earlier)
                found[earlier] = steps[earlier]

    visit(GO_LIVE)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _OpenDays:
    """The business days of the coming years, and how many of them there are up to each day since `first`."""

    first: int
    days: Ordinals
    until: Ordinals

    def after(self, begun: Ordinals, count: Ordinals) -> Ordinals:
        """Count business days forward from days that themselves do not count."""
        place = np.minimum(begun - self.first, self.until.size - 1)
        found: Ordinals = self.days[np.minimum(self.until[place] + count - 1, self.days.size - 1)]
        return found


@lru_cache(maxsize=64)
def _open_days(year: int, calendar: Calendar) -> _OpenDays:
    first, beyond = date(year, 1, 1).toordinal(), date(year + _YEARS_AHEAD, 1, 1).toordinal()
    is_open = np.array([is_business_day(date.fromordinal(day), calendar) for day in range(first, beyond)])
    days = (np.flatnonzero(is_open) + first).astype(np.int32)
    return _OpenDays(first, days, np.cumsum(is_open, dtype=np.int32))


class _Futures:
    """Futures of a few journeys with the same steps: one row of draws per step or enrollment, as ordinals of days."""

    def __init__(self, plans: Sequence[Plan], draws: int) -> None:
        self._plans = plans
        self._draws = draws
        journey = plans[0].journey
        self._template: Template = journey.template
        self._steps = _steps_before_go_live(journey.template_version)
        today = [plan.today.toordinal() for plan in plans]
        self._today: Ordinals = np.array(today, dtype=np.int32)[:, None]
        self._open_days = _open_days(min(plan.today for plan in plans).year, journey.calendar)
        self._throws = _throws([f"{plan.journey.id}" for plan in plans], len(self._steps), draws)
        self._ends: dict[str, Ordinals] = {}
        self._parts = [plan.parts if self._facts(plan, ENROLLMENTS).state not in OVER else () for plan in plans]
        self._own = [step for step in self._template.steps[GO_LIVE].after if step != ENROLLMENTS]

    def forecasts(self) -> list[Forecast]:
        """Throw everything, and read the dates."""
        for number, step in enumerate(self._steps):
            begins = self._begins(step)
            if step.key == ENROLLMENTS:
                enrollments = begins
            else:
                self._ends[step.key] = self._ended(step, number, begins)
        rows, starts = self._rows(enrollments)
        return self._read(rows, starts)

    @staticmethod
    def _facts(plan: Plan, step: str) -> StepFacts:
        return plan.journey.steps.get(step, StepFacts())

    def _begins(self, step: Step) -> Ordinals:
        """Say when the work of a step begins: today where it is open, else once the steps before it are over."""
        waits = np.array([[self._facts(plan, step.key).state is StepState.CLOSED] for plan in self._plans])
        begins = self._today
        if waits.any():
            for earlier in step.after:
                begins = np.maximum(begins, np.where(waits, self._ends[earlier], 0))
        return begins

    def _ended(self, step: Step, number: int, begins: Ordinals) -> Ordinals:
        """Throw a step's business days; one that is over ended long ago."""
        takes = np.zeros((len(self._plans), self._draws), dtype=np.int32)
        is_over = np.zeros((len(self._plans), 1), dtype=bool)
        for row, plan in enumerate(self._plans):
            facts = self._facts(plan, step.key)
            is_over[row] = facts.state in OVER
            if facts.state not in OVER:
                takes[row] = _step_die(step.days, _age(plan, facts)).take(self._throws[row, number])
        ends: Ordinals = np.where(is_over, 0, self._open_days.after(begins, np.maximum(takes, 1)))
        return ends

    def _rows(self, enrollments: Ordinals) -> tuple[Ordinals, list[int]]:
        """Put everything for which go-live waits directly under each other, journey by journey."""
        counts = [len(parts) + 1 + len(self._own) for parts in self._parts]
        starts = [0, *accumulate(counts)][:-1]
        rows = np.zeros((sum(counts), self._draws), dtype=np.int32)
        for journey, (plan, parts) in enumerate(zip(self._plans, self._parts, strict=True)):
            at = starts[journey]
            names = [f"{plan.journey.id}:{part.payer}:{part.transaction}:{part.identity}" for part in parts]
            for part, throws in zip(parts, _throws(names, len(Dice._fields), self._draws), strict=True):
                rows[at] = _part(part, throws, self._today[journey], enrollments[journey])
                at += 1
            if not parts and self._facts(plan, ENROLLMENTS).state not in OVER:
                rows[at] = enrollments[journey] + 1
            for place, step in enumerate(self._own, start=1):
                rows[at + place] = self._ends[step][journey]
        return rows, starts

    def _read(self, rows: Ordinals, starts: list[int]) -> list[Forecast]:
        owner = np.repeat(np.arange(len(starts)), np.diff([*starts, len(rows)]))
        live: Ordinals = np.maximum(np.maximum.reduceat(rows, starts, axis=0), self._today + 1)
        is_last = rows == live[owner]
        together = np.add.reduceat(is_last, starts, axis=0, dtype=np.float32)
        weight = 1 / np.maximum(together, 1)
        shares = (is_last * weight[owner]).mean(axis=1).tolist()
        dates = _quantiles(live, SHARES)
        own = _quantiles(rows, (0.1, 0.5, 0.9))
        found = []
        for number, plan in enumerate(self._plans):
            here = slice(starts[number], starts[number] + len(self._parts[number]) + 1 + len(self._own))
            chance = None if plan.target_on is None else float((live[number] <= plan.target_on.toordinal()).mean())
            found.append(self._forecast(number, dates[number], chance, own[here], shares[here]))
        return found

    def _forecast(
        self, number: int, dates: list[date], chance: float | None, own: list[list[date]], shares: list[float]
    ) -> Forecast:
        plan, parts = self._plans[number], self._parts[number]
        names = [(ENROLLMENTS, part.payer, part.transaction) for part in parts]
        lasts = [Last(*name, share) for name, share in zip(names, shares, strict=False)]
        steps = [ENROLLMENTS, *self._own]
        lasts += [Last(step, "", None, share) for step, share in zip(steps, shares[len(parts) :], strict=True)]
        lasts = sorted(_together(lasts), key=lambda last: -last.share)
        early, sooner, likely, later, late = dates
        blocker = next((last for last in lasts if last.transaction is not None), None)
        return Forecast(
            practice=plan.journey.practice,
            as_of=plan.today,
            dates=GoLive(early, likely, late, sooner, later, chance, blocker),
            target_on=plan.target_on,
            lasts=tuple(lasts),
            enrollments=tuple(
                Finish(part.payer, part.transaction, part.state, first, middle, last, share)
                for part, (first, middle, last), share in zip(parts, own, shares, strict=False)
            ),
        )


def _part(part: Part, throws: Throws, today: Ordinals, enrollments: Ordinals) -> Ordinals:
    """Throw one enrollment: until it is submitted, until the payer decides, and what a rejection adds."""
    before, decision, again = part.dice
    ends = enrollments if part.waits else today
    if before is not None:
        ends = ends + before.take(throws[0])
    if part.not_before is not None:
        ends = np.maximum(ends, part.not_before.toordinal())
    for faces, row in ((decision, throws[1]), (again, throws[2])):
        if faces is not None:
            ends = ends + faces.take(row)
    return ends + part.more


def _together(lasts: Sequence[Last]) -> Iterator[Last]:
    """Sum up what has the same name, as the enrollments of several billing identities; leave out what is never last."""
    sums: dict[tuple[str, str, object], Last] = {}
    for last in lasts:
        name = (last.step, last.payer, last.transaction)
        share = last.share + (sums[name].share if name in sums else 0)
        sums[name] = Last(last.step, last.payer, last.transaction, share)
    return (last for last in sums.values() if last.share > 0)


def _quantiles(rows: Ordinals, shares: Sequence[float]) -> list[list[date]]:
    places = [int(rows.shape[1] * share) for share in shares]
    found = np.sort(rows, axis=1)[:, places]
    return [[date.fromordinal(max(day, 1)) for day in row] for row in found.tolist()]


def _throws(names: Sequence[str], rows: int, draws: int) -> Throws:
    """Throw rows of dice for each name, the same ones for ever: SplitMix64 from a seed made of the name."""
    seeds = [int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little") for name in names]
    count = -(-rows * draws // _THROWS_OF_A_WORD)
    words = np.array(seeds, dtype=np.uint64)[:, None] + np.arange(1, count + 1, dtype=np.uint64) * _STEP
    for shift, factor in _MIXING:
        words ^= words >> shift
        words *= factor
    words ^= words >> _LAST_SHIFT
    throws: Throws = words.view(np.uint16)[:, : rows * draws].reshape(len(seeds), rows, draws) % FACES
    return throws


@lru_cache(maxsize=4096)
def _step_die(days: tuple[int, int, int], age: int) -> Days:
    low, typical, high = days
    return die(curve_of(turnaround_of(typical, low=low, high=high)), age)


def _age(plan: Plan, facts: StepFacts) -> int:
    """Count the business days for which a step is open."""
    if facts.opened_at is None or facts.state is StepState.CLOSED:
        return 0
    begun = local_day(facts.opened_at, plan.journey.zone)
    return business_days_between(begun, plan.today, plan.journey.calendar)
