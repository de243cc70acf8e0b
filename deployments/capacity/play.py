"""Plays teams, one or several at a time, and adds up what they came to."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from deployments.capacity.enrolling import Case
from deployments.capacity.invented import invent
from deployments.capacity.people import Practice
from deployments.capacity.stage import Stage
from deployments.capacity.tally import Course, Tally
from deployments.capacity.wanted import WEEK, Team, Wanted, teams_of
from models.rules.calendars import local_day
from models.rules.enrollment import ACTS, USABLE, State
from models.rules.onboarding_facts import JourneyStatus

UNDER_WAY, PAUSED, LIVE, GRADUATED, CANCELLED = "under way", "paused", "live", "graduated", "ended early"
STATUSES: Final = (UNDER_WAY, PAUSED, LIVE, GRADUATED, CANCELLED)


def play(wanted: Wanted, *, jobs: int) -> Iterator[tuple[Team, Tally]]:
    """Play every team, in as many processes as wanted; they come in their order, and how many changes nothing."""
    teams = teams_of(wanted)
    if jobs == 1 or len(teams) == 1:
        yield from ((team, play_team(wanted, team)) for team in teams)
        return
    with ProcessPoolExecutor(min(jobs, len(teams))) as pool:
        yield from zip(teams, pool.map(play_team, [wanted] * len(teams), teams), strict=True)


def play_team(wanted: Wanted, team: Team) -> Tally:
    """Play one team's practices against one clock."""
    stage = Stage(wanted, team)
    practices = [
        Practice(invent(number, wanted, coach=f"coach-{stage.coach_of(number) or 0}"), stage)
        for number in team.practices
        if number < wanted.started
    ]
    stage.play()
    for practice in practices:
        _count(practice, stage.tally, wanted)
    return stage.tally


def _count(practice: Practice, tally: Tally, wanted: Wanted) -> None:
    if practice.invented.starts_at >= wanted.until:
        return
    tally.courses.append(_course(practice, wanted))
    for week, moment in enumerate(_week_ends(wanted)):
        if status := _status_at(practice, moment):
            tally.statuses[week, status] += 1
        for case in practice.enrolling.cases:
            state = case.state_at(moment)
            party = None if state is None else ACTS.get(state)
            if party is not None and not (practice.enrolling.is_over and _is_over(practice, moment)):
                tally.waiting[week, party] += 1
    for case in practice.enrolling.cases:
        _count_days(case, tally)


def _week_ends(wanted: Wanted) -> list[datetime]:
    """Give the last moment (UTC) of each week."""
    ends = (wanted.begins + timedelta(days=WEEK * (week + 1)) for week in range(wanted.weeks))
    return [min(end, wanted.until) - timedelta(seconds=1) for end in ends]


def _is_over(practice: Practice, moment: datetime) -> bool:
    return practice.ended_at is not None and practice.ended_at <= moment


def _status_at(practice: Practice, moment: datetime) -> str:
    if practice.invented.starts_at > moment:
        return ""
    if _is_over(practice, moment):
        return GRADUATED if practice.journey.status is JourneyStatus.GRADUATED else CANCELLED
    if any(begun <= moment < ended for begun, ended in practice.pauses):
        return PAUSED
    return LIVE if practice.live_at is not None and practice.live_at <= moment else UNDER_WAY


def _course(practice: Practice, wanted: Wanted) -> Course:
    journey = practice.journey
    ended_on = None if practice.ended_at is None else local_day(practice.ended_at, journey.zone)
    status = _status_at(practice, wanted.until - timedelta(seconds=1))
    starts_on = local_day(practice.invented.starts_at, journey.zone)
    return Course(practice.invented.number, starts_on, journey.signed_on, journey.went_live_on, ended_on, status)


def _count_days(case: Case, tally: Tally) -> None:
    """Add up on whom an enrollment that was approved had waited before."""
    usable = next((place for place, state in enumerate(case.states) if state in USABLE), None)
    if usable is None or case.states[usable] is State.NOT_REQUIRED:
        return
    tally.enrollments["approved at least once"] += 1
    for (since, until), state in zip(pairwise(case.since[: usable + 1]), case.states, strict=False):
        tally.hours_by_party[ACTS[state]] += round((until - since) / timedelta(hours=1))
