"""Live group sessions: planned once per topic and moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.rules.onboarding import TOPICS
from models.tables.base import new_id
from models.tables.onboarding import TrainingSession

MINUTES = {topic.key: topic.minutes for topic in TOPICS}


def add_sessions(session: Session, planned: Sequence[tuple[str, datetime, int]]) -> int:
    """Add sessions (topic, start, seats) that do not exist yet; gives how many were added."""
    if not planned:
        return 0
    first = min(starts_at for _, starts_at, _ in planned)
    query = select(TrainingSession.topic, TrainingSession.starts_at).where(TrainingSession.starts_at >= first)
    known = {(topic, starts_at) for topic, starts_at in session.execute(query)}
    new = [
        {"id": new_id(), "topic": topic, "starts_at": starts_at, "minutes": MINUTES[topic], "seats": seats}
        for topic, starts_at, seats in planned
        if (topic, starts_at) not in known
    ]
    if new:
        session.execute(insert(TrainingSession), new)
    return len(new)
