"""One journey as people see it: progress, waits, dates ahead, promises and history, at one moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.reports.onboarding_board import board, board_counts, board_entries, board_rows
from models.reports.onboarding_forecast import go_live_forecast
from models.reports.onboarding_history import history_lines
from models.reports.onboarding_levels import TIMER_OF_LEVEL, service_levels
from models.reports.onboarding_markdown import journey_markdown
from models.reports.onboarding_views import (
    CallDate,
    Happening,
    JourneyView,
    NextDate,
    OpenItem,
    PayerView,
    StepView,
    TopicProgress,
    Wait,
)
from models.reports.work_items import open_tasks, payers_of, task_view, work_list
from models.rules.calendars import business_days_between, local_day
from models.rules.decisions import Process
from models.rules.onboarding import Step
from models.rules.onboarding_evidence import LEARNED, top_payers
from models.rules.onboarding_facts import (
    SETTLED,
    CallState,
    ItemState,
    Journey,
    JourneyStatus,
    StepFacts,
    StepState,
    TrainingState,
    WaitFacts,
)
from models.rules.readiness import ACCEPTANCE
from models.rules.readiness_gate import step_warning
from models.rules.roles import Party
from models.store.onboarding import load_journey, payer_names
from models.store.readiness import gate_of, has_gate
from models.store.work_items import OpenWorkItem, open_for
from models.tables.onboarding import JourneyRow
from models.tables.practices import Practice
from models.tables.timers import Timer

__all__ = [
    "board",
    "board_counts",
    "board_entries",
    "board_rows",
    "history_lines",
    "journey_markdown",
    "journey_view",
    "open_tasks",
    "work_list",
]

_ON_THE_CALENDAR = frozenset({CallState.SCHEDULED, CallState.HELD})
_REPORT_TIMER = "progress_report"
_TAUGHT = frozenset({StepState.OPEN, StepState.DONE})


def journey_view(session: Session, journey_id: int, *, as_of: datetime) -> JourneyView:
    """Gather one journey for a page or an artifact, with one query per kind of fact.

    Raises:
        NoResultFound: there is no journey with this id.
    """
    row, practice = session.execute(
        select(JourneyRow, Practice)
        .join(Practice, Practice.id == JourneyRow.practice_id)
        .where(JourneyRow.id == journey_id)
    ).one()
    journey = load_journey(session, journey_id, as_of=as_of)
    timers = _latest_timers(session, journey_id)
    work = open_for(session, practice_id=row.practice_id)
    tasks = {item.key: item for item in work if item.process is Process.ONBOARDING}
    payers = payers_of(session, work)
    clock = journey.paused_at or as_of
    today = local_day(as_of, journey.zone)
    calls = tuple(_call_dates(journey))
    return JourneyView(
        journey_id=journey.id,
        practice_id=journey.practice_id,
        practice=journey.practice,
        name=practice.name,
        zone=journey.zone,
        locale=practice.locale,
        template_version=journey.template_version,
        status=journey.status,
        as_of=as_of,
        today=today,
        started_on=local_day(row.started_at, journey.zone),
        signed_on=journey.signed_on,
        paused_on=_day(journey.paused_at, journey.zone),
        went_live_on=journey.went_live_on,
        graduated_on=row.graduated_on,
        target_on=row.target_on,
        is_after_target=row.target_on is not None and (journey.went_live_on or today) > row.target_on,
        steps=_warned(
            session,
            journey,
            [_step(journey, step, calls, tasks, clock) for step in journey.template.steps.values()],
            as_of=as_of,
        ),
        calls=calls,
        next_dates=_next_dates(journey, calls, timers, as_of=as_of),
        training=_training(journey),
        payers=_payers(journey, payer_names(session, journey_id)),
        payment_issues=tuple(sorted(key for key, is_open in journey.payment_issues.items() if is_open)),
        forecast=go_live_forecast(session, journey, as_of=as_of),
        levels=service_levels(
            journey, {level: timers.get(kind) for level, kind in TIMER_OF_LEVEL.items()}, as_of=clock
        ),
        tasks=tuple(task_view(item, journey.zone, payers=payers, as_of=clock) for item in work),
        roles=journey.roles,
    )


def _latest_timers(session: Session, journey_id: int) -> dict[str, datetime]:
    """Say when each of the journey's clocks was set to ring last, whatever became of it."""
    query = (
        select(Timer.kind, Timer.due_at)
        .where(Timer.process == Process.ONBOARDING, Timer.process_id == journey_id)
        .where(Timer.kind.in_({*TIMER_OF_LEVEL.values(), _REPORT_TIMER}))
        .order_by(Timer.id)
    )
    return {row.kind: row.due_at for row in session.execute(query)}


def _day(moment: datetime | None, zone: str) -> date | None:
    return None if moment is None else local_day(moment, zone)


def _call_dates(journey: Journey) -> Iterator[CallDate]:
    ordered = sorted(journey.calls.items(), key=lambda each: each[1].starts_at)
    for (name, number), call in ordered:
        if call.state in _ON_THE_CALENDAR:
            on = local_day(call.starts_at, journey.zone)
            yield CallDate(name, number, call.state, call.starts_at, call.minutes, on)


def _step(
    journey: Journey, step: Step, calls: Sequence[CallDate], tasks: Mapping[str, OpenWorkItem], clock: datetime
) -> StepView:
    facts = journey.steps.get(step.key, StepFacts())
    counted = [
        key
        for key, owner in journey.template.step_of_item.items()
        if owner == step.key and not journey.template.items[key].internal
    ]
    settled = (key for key in counted if key in journey.items and journey.items[key].state in SETTLED)
    waits = (_wait(journey, party, journey.waits.get((step.key, party)), clock) for party in Party)
    return StepView(
        number=journey.template.numbers[step.key],
        key=step.key,
        owner=step.owner,
        state=facts.state,
        opened_on=_day(facts.opened_at, journey.zone),
        ended_on=_day(facts.ended_at, journey.zone),
        milestone=step.milestone,
        after=step.after,
        waits=tuple(wait for wait in waits if wait is not None),
        open_items=tuple(_open_items(journey, step.key, tasks, clock)),
        settled=sum(1 for _ in settled),
        total=len(counted),
        calls=tuple(call for call in calls if step.call is not None and call.key == step.call.key),
    )


def _warned(session: Session, journey: Journey, steps: Sequence[StepView], *, as_of: datetime) -> tuple[StepView, ...]:
    """Say at the steps under way or over what the gate before launch misses of what they teach (A-91)."""
    if not any(one.key in ACCEPTANCE and one.state in _TAUGHT for one in steps):
        return tuple(steps)
    if not has_gate(session, journey.practice_id):
        return tuple(steps)
    found = gate_of(session, journey.practice_id, as_of=as_of)
    return tuple(replace(one, warning=step_warning(found, one.key)) if one.state in _TAUGHT else one for one in steps)


def _wait(journey: Journey, party: Party, wait: WaitFacts | None, clock: datetime) -> Wait | None:
    if wait is None:
        return None
    since_on = local_day(wait.since, journey.zone)
    days = business_days_between(since_on, local_day(clock, journey.zone), journey.calendar)
    return Wait(party, wait.since, since_on, days)


def _open_items(journey: Journey, step: str, tasks: Mapping[str, OpenWorkItem], clock: datetime) -> Iterator[OpenItem]:
    for key, item in journey.template.items.items():
        facts = journey.items.get(key)
        if journey.template.step_of_item[key] != step or facts is None or facts.state in SETTLED:
            continue
        due_at = tasks[key].due_at if key in tasks else None
        yield OpenItem(
            key=key,
            kind=item.kind,
            state=facts.state,
            role=item.role,
            party=Party.US if facts.state is ItemState.RECEIVED else item.party,
            due_on=_day(due_at, journey.zone),
            is_late=due_at is not None and due_at < clock,
            is_internal=item.internal,
            reason=facts.reason,
        )


def _next_dates(
    journey: Journey, calls: Sequence[CallDate], timers: Mapping[str, datetime], *, as_of: datetime
) -> tuple[NextDate, ...]:
    """List calls, sessions and the next report ahead, the nearest first."""
    dates = [
        NextDate(Happening.CALL, call.key, call.starts_at, call.on)
        for call in calls
        if call.state is CallState.SCHEDULED and call.starts_at + timedelta(minutes=call.minutes) > as_of
    ]
    seats: dict[tuple[str, datetime], int] = {}
    for (_, topic), place in journey.training.items():
        if place.state is TrainingState.REGISTERED and place.starts_at is not None and place.starts_at > as_of:
            seats[topic, place.starts_at] = seats.get((topic, place.starts_at), 0) + 1
    for (topic, starts_at), people in seats.items():
        dates.append(NextDate(Happening.SESSION, topic, starts_at, local_day(starts_at, journey.zone), people))
    report_at = timers.get(_REPORT_TIMER)
    if report_at is not None and report_at > as_of and journey.paused_at is None and not _is_over(journey):
        dates.append(NextDate(Happening.REPORT, _REPORT_TIMER, report_at, local_day(report_at, journey.zone)))
    return tuple(sorted(dates, key=lambda each: (each.at, each.kind, each.key)))


def _is_over(journey: Journey) -> bool:
    return journey.status in (JourneyStatus.CANCELLED, JourneyStatus.GRADUATED)


def _training(journey: Journey) -> tuple[TopicProgress, ...]:
    people = {person for person, _ in journey.training} | set(journey.trainees)
    return tuple(_topic(journey, topic, people) for topic in journey.template.topics)


def _topic(journey: Journey, topic: str, people: set[str]) -> TopicProgress:
    states = [journey.training[person, topic].state for person in people if (person, topic) in journey.training]
    return TopicProgress(
        key=topic,
        learned=sum(state in LEARNED for state in states),
        booked=states.count(TrainingState.REGISTERED),
        missed=states.count(TrainingState.MISSED),
        people=len(people),
    )


def _payers(journey: Journey, names: Mapping[str, str]) -> tuple[PayerView, ...]:
    """List payers, the top three first, in the order of the rules (O-25)."""
    top = top_payers(journey.payers)
    others = sorted(set(journey.payers) - set(top), key=lambda payer: (-payer.expected_claims, payer.key))
    return tuple(
        PayerView(
            payer.key,
            names[payer.key],
            payer in top,
            {kind: journey.enrollments.get((payer.key, kind)) for kind in payer.transactions},
        )
        for payer in (*top, *others)
    )
