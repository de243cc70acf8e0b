"""Forecasts of journeys that are played in memory, with the shipped figures unless a test brings its own."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from models.reports.enrollment_forecast import Course
from models.reports.forecast_views import Forecast, GoLive, WhatIf
from models.reports.go_live_forecast import DRAWS, forecast_go_live
from models.reports.go_live_plan import Around, Courses, Standing, plan
from models.reports.turnaround_courses import shipped_courses
from models.rules.enrollment import Finalised, State
from models.rules.onboarding_facts import Journey, Transaction


def forecast(
    journey: Journey,
    standings: Sequence[Standing] = (),
    *,
    as_of: datetime,
    draws: int = DRAWS,
    courses: Courses = shipped_courses,
    policy: Finalised = Finalised.APPROVED,
    supposed: WhatIf | None = None,
    target_on: date | None = None,
) -> Forecast | None:
    around = Around(courses, policy, supposed)
    planned = plan(journey, standings, around, target_on=target_on, as_of=as_of)
    return forecast_go_live([planned], draws=draws)[0] if planned else None


def some(found: Forecast | None) -> Forecast:
    assert found is not None
    return found


def ordered(dates: GoLive) -> bool:
    return dates.early <= dates.sooner <= dates.likely <= dates.later <= dates.late


def standing(payer: str, state: State, since: date, **days: Any) -> Standing:
    return Standing(payer, Transaction.CLAIMS, 1, state, since, **days)


def always(course: Course) -> Courses:
    return lambda payer, transaction: course
