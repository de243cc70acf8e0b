"""Keeps journeys up to date with enrollments and payments: what is true now, told where the journey lacks it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.enrollment import Finalised
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_journey import Paid, news_for
from models.rules.onboarding_decision import decide_together
from models.rules.onboarding_events import Event
from models.rules.onboarding_facts import Journey, JourneyStatus
from models.settings import settings
from models.store import events, payments_seen
from models.store.effects import Outcome, carry_out
from models.store.enrollment import of_practices
from models.store.onboarding import load_journeys
from models.store.onboarding_changes import change_journey, outcome_of
from models.store.sets import among
from models.tables.onboarding import JourneyRow

_ACTOR: Final = "golive"
_UNDER_WAY: Final = (JourneyStatus.ACTIVE, JourneyStatus.PAUSED)


def feed_journeys(session: Session, practices: Collection[int], *, as_of: datetime) -> int:
    """Tell the journeys of practices what they lack of their enrollments and payments; gives how many events that were.

    Each takes them together, in one change. What a journey refuses because it comes too early is told another time.
    """
    if not practices:
        return 0
    events.lock_practices(session, practices)
    journeys = load_journeys(session, _present(session, practices), as_of=as_of)
    enrollments = of_practices(session, {one.practice_id for one in journeys.values()})
    outcomes, told = list[Outcome](), 0
    for journey in journeys.values():
        news = _news(session, journey, enrollments[journey.practice_id], as_of=as_of)
        decision, taken = decide_together(journey, news, by=_ACTOR, as_of=as_of)
        if taken:
            change_journey(session, journey, decision, as_of=as_of)
            key = f"enrollments:{journey.version}"  # the same may happen again in the life of a journey
            outcomes.append(outcome_of(journey, decision, by=_ACTOR, key=key))
            told += taken
    carry_out(session, outcomes, as_of=as_of)
    return told


def _present(session: Session, practices: Collection[int]) -> Collection[int]:
    query = select(JourneyRow.id).where(
        among(session, JourneyRow.practice_id, practices), JourneyRow.status.in_(_UNDER_WAY)
    )
    return session.scalars(query).all()


def _news(
    session: Session, journey: Journey, enrollments: Iterable[Enrollment], *, as_of: datetime
) -> tuple[Event, ...]:
    paid = payments_seen.paid_since_go_live(session, journey, as_of=as_of) if journey.went_live_on else Paid()
    return news_for(journey, enrollments, paid, policy=Finalised(settings().enrollment_finalised))


def practices_with_journeys(session: Session) -> Collection[int]:
    """Name the practices whose journeys are under way and have enrollments or payments to hear of."""
    query = select(JourneyRow.practice_id).where(JourneyRow.status.in_(_UNDER_WAY))
    return session.scalars(query.group_by(JourneyRow.practice_id).order_by(func.min(JourneyRow.id))).all()
