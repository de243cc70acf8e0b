"""What a database holds of a practice's journey and enrollments, told as lines for the checker."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deployments.histories.journey_trace import payers_told, told
from deployments.histories.trace import Line
from models.rules.decisions import Note, Process
from models.store import onboarding
from models.tables.enrollment import EnrollmentRow
from models.tables.events import Event
from models.tables.timers import Timer, TimerState

ONE_RUN = timedelta(seconds=10)
"""A batch begins at the moment of its run, and each of its steps a little later: so far lines may overlap."""


def journey_lines(session: Session, journey: int, *, as_of: datetime) -> list[Line]:
    """Tell a journey and its enrollments in the order of their history, and how the timers stand now."""
    facts = onboarding.load_journey(session, journey, as_of=as_of)
    rows = session.scalars(select(Event).where(Event.practice_id == facts.practice_id).order_by(Event.position)).all()
    kept = [one for one in rows if one.process in (Process.ONBOARDING, Process.ENROLLMENT)]
    lines, at = list(payers_told(facts.payers, at=kept[0].at)), kept[0].at
    for one in kept:
        assert at - one.at < ONE_RUN, (one.position, one.at)
        at = max(at, one.at)
        note = Note(one.kind, one.subject, one.reason, one.evidence)
        lines.append(told(at, one.actor, note, f"{one.subject}:{one.process_id}"))
    lines += _watched(session, facts.practice_id, as_of)
    return [*lines, {"at": as_of.isoformat(), "what": "end", "subject": ""}]


def _watched(session: Session, practice: int, as_of: datetime) -> list[Line]:
    """Count the open follow-up timers of each enrollment."""
    counted = (
        select(Timer.process_id, func.count().label("number"))
        .where(Timer.process == Process.ENROLLMENT, Timer.state == TimerState.OPEN)
        .group_by(Timer.process_id)
        .subquery()
    )
    row = EnrollmentRow
    query = select(row.id, row.state, counted.c.number).outerjoin(counted, counted.c.process_id == row.id)
    found = session.execute(query.where(row.practice_id == practice)).tuples().all()
    return [
        told(as_of, "", Note("watched", "", evidence={"state": str(state), "timers": number or 0}), str(one))
        for one, state, number in found
    ]
