"""What journeys share: seats of training sessions and the calendars of our own people."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.rules.onboarding_facts import (
    CallState,
    Decision,
    Head,
    Journey,
    SessionFacts,
    TrainingState,
)
from models.rules.roles import Role
from models.tables.onboarding import CallRow, JourneyRow, RegistrationRow, TrainingSession
from models.tables.practices import RoleAssignment, Staff

Busy = tuple[datetime, datetime]
LEADERS = (Role.SUCCESS_COACH, Role.SUCCESS_COORDINATOR)


def sessions_ahead(session: Session, *, as_of: datetime) -> tuple[SessionFacts, ...]:
    """List the sessions that can still be booked, with their free seats."""
    taken = (
        select(func.count())
        .where(RegistrationRow.session_id == TrainingSession.id, RegistrationRow.state == TrainingState.REGISTERED)
        .scalar_subquery()
    )
    query = (
        select(TrainingSession.id, TrainingSession.topic, TrainingSession.starts_at, TrainingSession.seats - taken)
        .where(TrainingSession.starts_at > as_of)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )
    return tuple(SessionFacts(*row) for row in session.execute(query))


def leaders_of(roles: Mapping[Role, str], candidate: str = "") -> frozenset[str]:
    """Name the members of our staff whose calendars a journey's calls must fit: whoever leads, or is about to."""
    coach = {} if Role.SUCCESS_COACH in roles or not candidate else {Role.SUCCESS_COACH: candidate}
    held = {**roles, **coach}
    return frozenset(held[role] for role in LEADERS if role in held)


def busy_of(session: Session, leaders: Mapping[int, frozenset[str]], *, as_of: datetime) -> dict[int, tuple[Busy, ...]]:
    """List, by journey, when its leaders already have calls with other practices."""
    query = (
        select(Staff.key, CallRow.journey_id, CallRow.starts_at, CallRow.minutes)
        .join(RoleAssignment, and_(RoleAssignment.staff_id == Staff.id, RoleAssignment.until.is_(None)))
        .join(JourneyRow, JourneyRow.practice_id == RoleAssignment.practice_id)
        .join(CallRow, CallRow.journey_id == JourneyRow.id)
        .where(Staff.key.in_(sorted(frozenset().union(*leaders.values()))), RoleAssignment.role.in_(LEADERS))
        .where(CallRow.state == CallState.SCHEDULED, CallRow.starts_at > as_of)
    )
    calls: defaultdict[str, set[tuple[int, datetime, int]]] = defaultdict(set)
    for staff, journey, start, minutes in session.execute(query):
        calls[staff].add((journey, start, minutes))
    return {
        journey: _busy(journey, (call for one in staff for call in calls[one])) for journey, staff in leaders.items()
    }


def _busy(journey: int, calls: Iterable[tuple[int, datetime, int]]) -> tuple[Busy, ...]:
    return tuple(
        sorted({(start, start + timedelta(minutes=minutes)) for other, start, minutes in calls if other != journey})
    )


def is_still_free(session: Session, journey: Head, decision: Decision, *, as_of: datetime) -> bool:
    """Lock the calendars and seats that a decision takes; False when somebody took one since the journey was loaded."""
    if not isinstance(journey, Journey):
        return True
    return _calendars_are_free(session, journey, decision, as_of=as_of) and _seats_are_free(session, journey, decision)


def _calendars_are_free(session: Session, journey: Journey, decision: Decision, *, as_of: datetime) -> bool:
    new = [call for call in decision.calls.values() if call.state is CallState.SCHEDULED]
    leaders = leaders_of(journey.roles, journey.coach_candidate)
    if not new or not leaders:
        return True
    staff = select(Staff.id).where(Staff.key.in_(sorted(leaders))).order_by(Staff.id)
    session.execute(staff.with_for_update(key_share=True)).all()
    known = set(journey.busy)
    taken = [one for one in busy_of(session, {journey.id: leaders}, as_of=as_of)[journey.id] if one not in known]
    ours = [(call.starts_at, call.starts_at + timedelta(minutes=call.minutes)) for call in new]
    return not any(begin < ended and begun < end for begin, end in ours for begun, ended in taken)


def _seats_are_free(session: Session, journey: Journey, decision: Decision) -> bool:
    wanted = Counter(
        facts.session
        for key, facts in decision.training.items()
        if facts.session is not None and facts.state is TrainingState.REGISTERED
        if key not in journey.training or journey.training[key].session != facts.session
    )
    if not wanted:
        return True
    rows = select(TrainingSession.id, TrainingSession.seats).where(TrainingSession.id.in_(sorted(wanted)))
    seats = dict(session.execute(rows.order_by(TrainingSession.id).with_for_update(key_share=True)).tuples().all())
    taken = (
        select(RegistrationRow.session_id, func.count())
        .where(RegistrationRow.session_id.in_(sorted(wanted)), RegistrationRow.state == TrainingState.REGISTERED)
        .group_by(RegistrationRow.session_id)
    )
    booked = dict(session.execute(taken).tuples().all())
    return all(seats[one] - booked.get(one, 0) >= count for one, count in wanted.items())
