"""All journeys at a glance: one row each, counts over them, and the work lists of roles."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.reports.forecast_views import GoLive
from models.reports.onboarding_forecast import go_live_forecasts
from models.reports.onboarding_levels import TIMER_OF_LEVEL, service_levels
from models.rules.calendars import business_days_between, local_day
from models.rules.decisions import Process
from models.rules.onboarding_facts import OVER, CallState, Head, JourneyStatus, StepState, TrainingState
from models.rules.onboarding_template import template
from models.rules.roles import Party, Role
from models.tables.onboarding import CallRow, JourneyRow, RegistrationRow, StepRow, WaitRow
from models.tables.practices import Practice
from models.tables.timers import Timer
from models.tables.work_items import WorkItem

UNDER_WAY = (JourneyStatus.ACTIVE, JourneyStatus.PAUSED)


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """Journeys by status; those under way by open step, and how many of them are late."""

    by_status: Mapping[str, int]
    by_step: Mapping[str, int]
    late: int
    total: int


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One journey on the board; days are the practice's local ones, `days` counts business days of waiting."""

    journey_id: int
    practice: str
    name: str
    status: str
    steps: tuple[str, ...]
    step_numbers: tuple[int, ...]
    steps_over: int
    steps_total: int
    waiting_for: str
    waiting_step: str
    since: date | None
    days: int
    next_on: date | None
    next_task: str
    next_role: str
    next_due: date | None
    late: tuple[str, ...]
    is_late: bool
    target_on: date | None
    went_live_on: date | None
    forecast_early: date | None
    forecast_likely: date | None
    forecast_late: date | None


COLUMNS = tuple(field.name for field in fields(BoardRow))
Waits = dict[int, list[tuple[datetime, Party, str]]]


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the queries found, by journey."""

    steps: dict[int, dict[str, StepState]]
    waits: Waits
    next_at: dict[int, datetime]
    tasks: dict[int, tuple[str, Role, datetime | None]]
    timers: dict[int, dict[str, datetime]]
    forecasts: dict[int, GoLive]


def board(session: Session, *, as_of: datetime) -> pd.DataFrame:
    """Give one row per journey: those under way first, late before punctual, long waits before short ones."""
    heads = session.execute(
        select(JourneyRow, Practice).join(Practice, Practice.id == JourneyRow.practice_id).order_by(JourneyRow.id)
    ).all()
    ahead = {
        row.id: (row.version, practice.zone)
        for row, practice in heads
        if row.status in UNDER_WAY and row.went_live_on is None
    }
    sources = _Sources(
        steps=_steps(session),
        waits=_waits(session),
        next_at=_next_dates(session, as_of=as_of),
        tasks=_first_tasks(session),
        timers=_timers(session),
        forecasts=go_live_forecasts(session, ahead, as_of=as_of),
    )
    rows = [_row(journey, practice, sources, as_of=as_of) for journey, practice in heads]
    rows.sort(key=lambda row: (row.status not in UNDER_WAY, not row.is_late, -row.days, row.practice))
    return pd.DataFrame({name: pd.Series([getattr(row, name) for row in rows], dtype=object) for name in COLUMNS})


def _steps(session: Session) -> dict[int, dict[str, StepState]]:
    found: dict[int, dict[str, StepState]] = {}
    for journey, step, state in session.execute(select(StepRow.journey_id, StepRow.step, StepRow.state)):
        found.setdefault(journey, {})[step] = state
    return found


def _waits(session: Session) -> Waits:
    found: Waits = {}
    for journey, since, party, step in session.execute(
        select(WaitRow.journey_id, WaitRow.since, WaitRow.party, WaitRow.step)
    ):
        found.setdefault(journey, []).append((since, party, step))
    return found


def _next_dates(session: Session, *, as_of: datetime) -> dict[int, datetime]:
    """Say when the next call or training session of each journey is."""
    calls = (
        select(CallRow.journey_id, func.min(CallRow.starts_at))
        .where(CallRow.state == CallState.SCHEDULED, CallRow.starts_at > as_of)
        .group_by(CallRow.journey_id)
    )
    sessions = (
        select(RegistrationRow.journey_id, func.min(RegistrationRow.starts_at))
        .where(RegistrationRow.state == TrainingState.REGISTERED, RegistrationRow.starts_at > as_of)
        .group_by(RegistrationRow.journey_id)
    )
    found: dict[int, datetime] = {}
    for query in (calls, sessions):
        for journey, starts_at in session.execute(query):
            found[journey] = min(starts_at, found.get(journey, starts_at))
    return found


def _first_tasks(session: Session) -> dict[int, tuple[str, Role, datetime | None]]:
    """Name the most urgent open work item of each journey."""
    query = (
        select(WorkItem.process_id, WorkItem.key, WorkItem.role, WorkItem.due_at)
        .where(WorkItem.process == Process.ONBOARDING, WorkItem.closed_at.is_(None))
        .order_by(WorkItem.due_at.is_(None), WorkItem.due_at, WorkItem.id)
    )
    found: dict[int, tuple[str, Role, datetime | None]] = {}
    for journey, key, role, due_at in session.execute(query):
        found.setdefault(journey, (key, role, due_at))
    return found


def _timers(session: Session) -> dict[int, dict[str, datetime]]:
    query = (
        select(Timer.process_id, Timer.kind, Timer.due_at)
        .where(Timer.process == Process.ONBOARDING, Timer.kind.in_(TIMER_OF_LEVEL.values()))
        .order_by(Timer.id)
    )
    found: dict[int, dict[str, datetime]] = {}
    for journey, kind, due_at in session.execute(query):
        found.setdefault(journey, {})[kind] = due_at
    return found


def _row(journey: JourneyRow, practice: Practice, sources: _Sources, *, as_of: datetime) -> BoardRow:
    steps = template(journey.template_version)
    states = sources.steps.get(journey.id, {})
    is_under_way = journey.status in UNDER_WAY
    open_steps = tuple(key for key in steps.steps if is_under_way and states.get(key) is StepState.OPEN)
    clock = journey.paused_at or as_of
    since, party, waiting_step = min(sources.waits.get(journey.id, []), default=(None, "", ""))
    task, role, due_at = sources.tasks.get(journey.id, ("", "", None))
    next_at = sources.next_at.get(journey.id) if is_under_way else None
    late = _late(journey, practice, sources, as_of=clock) if is_under_way else ()
    forecast = sources.forecasts.get(journey.id)
    return BoardRow(
        journey_id=journey.id,
        practice=practice.key,
        name=practice.name,
        status=journey.status.value,
        steps=open_steps,
        step_numbers=tuple(steps.numbers[key] for key in open_steps),
        steps_over=sum(state in OVER for state in states.values()),
        steps_total=len(steps.steps),
        waiting_for=str(party),
        waiting_step=waiting_step,
        since=since and local_day(since, practice.zone),
        days=_days(since, practice, as_of=clock),
        next_on=next_at and local_day(next_at, practice.zone),
        next_task=task,
        next_role=str(role),
        next_due=due_at and local_day(due_at, practice.zone),
        late=late,
        is_late=bool(late),
        target_on=journey.target_on,
        went_live_on=journey.went_live_on,
        forecast_early=forecast.early if forecast else None,
        forecast_likely=forecast.likely if forecast else None,
        forecast_late=forecast.late if forecast else None,
    )


def _days(since: datetime | None, practice: Practice, *, as_of: datetime) -> int:
    if since is None:
        return 0
    first, last = local_day(since, practice.zone), local_day(as_of, practice.zone)
    return business_days_between(first, last, practice.calendar)


def _late(journey: JourneyRow, practice: Practice, sources: _Sources, *, as_of: datetime) -> tuple[str, ...]:
    """Name what is overdue now: promises about time, and the target date."""
    due_at = sources.timers.get(journey.id, {})
    levels = service_levels(
        _head(journey, practice), {level: due_at.get(kind) for level, kind in TIMER_OF_LEVEL.items()}, as_of=as_of
    )
    late = [level.key.value for level in levels if level.is_late and level.met_on is None]
    is_after_target = journey.target_on is not None and local_day(as_of, practice.zone) > journey.target_on
    return (*late, "target") if is_after_target and journey.went_live_on is None else tuple(late)


def _head(journey: JourneyRow, practice: Practice) -> Head:
    return Head(
        id=journey.id,
        practice_id=practice.id,
        practice=practice.key,
        zone=practice.zone,
        calendar=practice.calendar,
        status=journey.status,
        version=journey.version,
        template_version=journey.template_version,
        roles={},
        signed_on=journey.signed_on,
        went_live_on=journey.went_live_on,
        claims_confirmed_on=journey.claims_confirmed_on,
        first_era_on=journey.first_era_on,
        paused_at=journey.paused_at,
    )


def board_counts(frame: pd.DataFrame) -> BoardCounts:
    """Count a board's journeys by status, and those under way by open step and lateness."""
    open_steps = frame["steps"].explode().dropna()
    return BoardCounts(
        by_status={str(status): int(count) for status, count in frame["status"].value_counts().items()},
        by_step={str(step): int(count) for step, count in open_steps.value_counts().items()},
        late=int(frame["is_late"].sum()),
        total=len(frame),
    )


def board_entries(frame: pd.DataFrame) -> list[BoardRow]:
    """Give a board's rows as values."""
    return [BoardRow(**{str(name): value for name, value in row.items()}) for row in frame.to_dict("records")]


def board_rows(frame: pd.DataFrame) -> list[dict[str, str | int]]:
    """Give the board as plain rows for an artifact: keys, days and counts, no name of anybody."""
    return [
        {
            "practice": row.practice,
            "status": row.status,
            "steps done": f"{row.steps_over} of {row.steps_total}",
            "open steps": ", ".join(str(number) for number in row.step_numbers),
            "waiting for": row.waiting_for,
            "since": str(row.since or ""),
            "business days": row.days,
            "next date": str(row.next_on or ""),
            "late": ", ".join(row.late),
            "go-live": str(row.went_live_on or _range(row.forecast_early, row.forecast_late)),
        }
        for row in board_entries(frame)
    ]


def _range(first: date | None, last: date | None) -> str:
    return f"{first} to {last}" if first and last else ""
