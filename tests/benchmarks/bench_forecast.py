"""How fast the go-live of many journeys is forecast, beside the bare throws and sums of the same futures."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np

from models.reports.enrollment_forecast import FACES
from models.reports.go_live_forecast import DRAWS, forecast_go_live
from models.reports.go_live_plan import Around, Plan, Standing, plan
from models.reports.turnaround_courses import shipped_courses
from models.rules.enrollment import State
from models.rules.onboarding_facts import Journey, PayerFacts, Transaction
from tests.benchmarks.table import Measured
from tests.rules.examples import START, playing

JOURNEYS = 950
RUNS = 5
KINDS = (Transaction.CLAIMS, Transaction.ERA, Transaction.EFT)
PAYERS = tuple(PayerFacts(key, 40 - place, KINDS) for place, key in enumerate(("medicare", "aetna", "cigna", "humana")))
STATES = (State.DRAFT, State.READY, State.SUBMITTED, State.PENDING_PAYER, State.NEEDS_PRACTICE, State.REJECTED)


@cache
def _example() -> tuple[Journey, ...]:
    steps = ("welcome_call", "handoff_call", "application_call", "enrollments")
    return tuple(playing(step, payers=PAYERS).journey for step in steps)


def journeys(count: int) -> list[tuple[Journey, list[Standing]]]:
    """Make journeys in different steps, with nine enrollments of the top three payers in different states and ages."""
    examples = _example()
    return [
        (replace(examples[number % len(examples)], id=number + 1, practice=f"p{number}"), _standings(number))
        for number in range(count)
    ]


def _standings(number: int) -> list[Standing]:
    today = START.date()
    found = []
    for place, (payer, kind) in enumerate((payer.key, kind) for payer in PAYERS for kind in KINDS):
        state = STATES[(number + place) % len(STATES)]
        since = today - timedelta(days=(number * 7 + place * 5) % 90)
        sent = since if state in (State.SUBMITTED, State.PENDING_PAYER, State.NEEDS_PRACTICE) else None
        found.append(Standing(payer, kind, 1, state, since, submitted_on=sent))
    return found


def planned(of: Sequence[tuple[Journey, list[Standing]]]) -> list[Plan]:
    """Say what each journey still waits for."""
    around = Around(shipped_courses)
    plans = (plan(journey, standings, around, target_on=None, as_of=START) for journey, standings in of)
    return [one for one in plans if one is not None]


def throw_bare(plans: Sequence[Plan], *, draws: int = DRAWS) -> int:
    """Throw the same dice, add and compare, without steps, calendars, dates, shares or anything said."""
    dice = np.random.default_rng(1)
    total = 0
    for one in plans:
        rows = []
        for part in one.parts:
            faces = [each for each in part.dice if each is not None]
            throws = dice.integers(0, FACES, size=(len(faces), draws), dtype=np.uint16)
            rows.append(sum(each.take(row).astype(np.int32) for each, row in zip(faces, throws, strict=True)))
        ends = np.max(np.stack(rows), axis=0)
        total += len(np.sort(ends))
    return total


def measure(count: int = JOURNEYS, *, draws: int = DRAWS, runs: int = RUNS) -> tuple[Measured, Measured]:
    """Run both in turns; ours has everything from facts to forecasts, the floor begins with the dice at hand."""
    given = journeys(count)
    plans = planned(given)
    ours, floor = list[float](), list[float]()
    for _ in range(runs):
        start = time.perf_counter()
        thrown = throw_bare(plans, draws=draws)
        middle = time.perf_counter()
        found = forecast_go_live(planned(given), draws=draws)
        ours.append(time.perf_counter() - middle)
        floor.append(middle - start)
        if len(found) != count or thrown != count * draws:
            message = f"{len(found)} forecasts and {thrown} futures of {count} journeys"
            raise RuntimeError(message)
    name = f"golive, {draws:,} futures per journey"
    return Measured(name, count, tuple(ours)), Measured("floor: bare throws and sums in numpy", count, tuple(floor))
