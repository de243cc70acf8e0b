"""The figures of /metrics, read in one cheap pass: counts along partial indexes, words of ours, nobody's rows."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal, select, text
from sqlalchemy.orm import Session

from models.rules import metrics
from models.rules.messages import Channel
from models.rules.metrics import Measured, kind_of
from models.rules.watchdog import SILENT, Stored
from models.store import vital_signs
from models.store.invariants import INVARIANTS
from models.tables.enrollment import ClearinghouseCursorRow, SubmissionRow
from models.tables.messages import Message, MessageState
from models.tables.practice_systems import CursorRow, PushRow, PushState, SystemAccountRow
from models.tables.timers import Timer
from models.tables.work_items import WorkItem

MESSAGES, PUSHES, SUBMISSIONS = "messages", "practice_system", "clearinghouse"
"""The three queues."""
_PROVIDERS = {Channel.EMAIL: "mail", Channel.TEXT: "text"}
_PENDING = text("messages.state = 'pending'")
_UNDER_WAY = text("messages.state IN ('claimed', 'sending')")
_ENDED_BADLY = text("messages.state IN ('refused', 'unknown', 'dead')")
_OPEN_PUSHES = text("pushes.state IN ('pending', 'claimed', 'sending', 'unknown')")
_LEFT_SUBMISSIONS = ("queued", "sending", "unknown", "refused", "stuck")


def measure(session: Session, *, as_of: datetime) -> tuple[Stored, list[Measured]]:
    """Read what the watchdog judges, and every figure that the database knows; ages in seconds before `as_of`."""
    stored = vital_signs.stored_signs(session, as_of=as_of)
    figures = [
        *_ages(stored, as_of),
        *_timers(session, as_of),
        *_queues(session),
        *_work(session),
        *_sweeps(session, stored, as_of),
        *_errors(session),
    ]
    broken = vital_signs.open_breaches(session)
    figures += [Measured(metrics.BREACHES, broken.get(one.key, 0), (one.key,)) for one in INVARIANTS]
    return stored, figures


def _ages(stored: Stored, as_of: datetime) -> Iterator[Measured]:
    lain = 0.0 if stored.waits_since is None else (as_of - stored.waits_since).total_seconds()
    yield Measured(metrics.OLDEST_OVERDUE, max(lain, 0.0))
    if stored.oldest_key is not None:
        yield Measured(metrics.KEY_AGE, (as_of - stored.oldest_key).total_seconds())


def _timers(session: Session, as_of: datetime) -> Iterator[Measured]:
    yield Measured(metrics.TIMERS_OPEN, vital_signs.open_timers(session))
    lies = func.sum(case((Timer.due_at < as_of - SILENT, 1), else_=0))
    query = select(Timer.process, Timer.kind, func.count(), lies).where(text("timers.state = 'open'"))
    due, overdue = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for process, kind, count, late in session.execute(
        query.where(Timer.due_at <= as_of).group_by(Timer.process, Timer.kind)
    ):
        labels = (process.value, kind_of(kind))
        due[labels] += count
        overdue[labels] += late
    for which, count in due.items():
        yield Measured(metrics.TIMERS_DUE, count, which)
        yield Measured(metrics.TIMERS_OVERDUE, overdue[which], which)


def _queues(session: Session) -> Iterator[Measured]:
    """Count each queue by state; every state is told, so that a figure falls to nought instead of vanishing."""
    messages = _counted(session, select(literal(MessageState.PENDING.value), func.count(Message.id)).where(_PENDING))
    for condition in (_UNDER_WAY, _ENDED_BADLY):
        query = select(Message.state, func.count()).where(condition)
        messages |= _counted(session, query.group_by(Message.state))
    left = SubmissionRow.state.in_(_LEFT_SUBMISSIONS)
    rows = select(SubmissionRow.state, func.count()).where(left).group_by(SubmissionRow.state)
    pushes = select(PushRow.state, func.count()).where(_OPEN_PUSHES).group_by(PushRow.state)
    found = {MESSAGES: messages, PUSHES: _counted(session, pushes), SUBMISSIONS: _counted(session, rows)}
    for queue, states in _STATES.items():
        for state in states:
            yield Measured(metrics.QUEUE, found[queue].get(state, 0), (queue, state))
        yield Measured(metrics.UNKNOWN, found[queue].get("unknown", 0), (queue,))


_STATES = {
    MESSAGES: ("pending", "claimed", "sending", "refused", "unknown", "dead"),
    PUSHES: tuple(
        state.value for state in (PushState.PENDING, PushState.CLAIMED, PushState.SENDING, PushState.UNKNOWN)
    ),
    SUBMISSIONS: _LEFT_SUBMISSIONS,
}


def _counted(session: Session, query: Select[Any]) -> dict[str, int]:
    return {str(state): count for state, count in session.execute(query)}


def _work(session: Session) -> Iterator[Measured]:
    query = select(WorkItem.process, WorkItem.key, WorkItem.role, func.count())
    query = query.where(text("work_items.closed_at IS NULL")).group_by(WorkItem.process, WorkItem.key, WorkItem.role)
    counts = Counter[tuple[str, ...]]()
    for process, key, role, count in session.execute(query):
        counts[process.value, kind_of(key), role.value] += count
    return (Measured(metrics.WORK_ITEMS, count, labels) for labels, count in counts.items())


def _sweeps(session: Session, stored: Stored, as_of: datetime) -> Iterator[Measured]:
    answered = {
        "practice_systems": session.scalar(select(func.max(CursorRow.succeeded_at))),
        "clearinghouses": session.scalar(select(func.max(ClearinghouseCursorRow.polled_at))),
        "payer_files": stored.newest_payer_file,
    }
    for sweep, moment in answered.items():
        if moment is not None:
            yield Measured(metrics.SWEEP_AGE, (as_of - moment).total_seconds(), (sweep,))


def _errors(session: Session) -> Iterator[Measured]:
    """Count by provider and outcome only: a provider's own words never become a label."""
    query = select(Message.channel, Message.state, func.count()).where(_ENDED_BADLY)
    ended = {(row[0], row[1]): row[2] for row in session.execute(query.group_by(Message.channel, Message.state))}
    for channel, provider in _PROVIDERS.items():
        for state in (MessageState.REFUSED, MessageState.UNKNOWN, MessageState.DEAD):
            yield Measured(metrics.PROVIDER_ERRORS, ended.get((channel, state), 0), (provider, state.value))
    failing = session.scalar(select(func.count()).where(CursorRow.failures > 0)) or 0
    resting = session.scalar(select(func.count()).where(SystemAccountRow.problem != "")) or 0
    refused = session.scalar(select(func.count()).where(SubmissionRow.state.in_(("refused", "stuck")))) or 0
    yield Measured(metrics.PROVIDER_ERRORS, failing, (PUSHES, "failing"))
    yield Measured(metrics.PROVIDER_ERRORS, resting, (PUSHES, "resting"))
    yield Measured(metrics.PROVIDER_ERRORS, refused, (SUBMISSIONS, "refused"))
