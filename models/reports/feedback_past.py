"""Past visits as a simulation plays them again: who was checked out when, and how each patient is reached today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.feedback_replay import PastVisit
from models.store.feedback import Scene, load_scenes
from models.store.sets import among
from models.tables.feedback import FeedbackRequestRow

AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True)
class Past:
    """The visits of a span, and when each of their people was asked last before it."""

    visits: tuple[PastVisit, ...]
    asked_before: Mapping[int, datetime]


def load_past(session: Session, practice_id: int, *, since: datetime, until: datetime) -> Past:
    """Load the visits of a practice that were checked out in a span (UTC, half-open), each with its last check-out.

    Consents, addresses, exclusions and windows are those of `until`; the practice asks, and its checklist is green.
    """
    scenes = _scenes(session, practice_id, since=since, until=until)
    people = _people(scenes)
    visits = tuple(_past(scene, people.get(scene.patient or 0, 0)) for scene in scenes)
    return Past(visits, _asked_before(session, people, since=since))


def _scenes(session: Session, practice_id: int, *, since: datetime, until: datetime) -> list[Scene]:
    row = FeedbackRequestRow
    newest = (
        select(func.max(row.id))
        .where(row.practice_id == practice_id, row.checked_out_at >= since, row.checked_out_at < until)
        .group_by(row.appointment_id)
    )
    ids = sorted(session.scalars(newest))
    found = list[Scene]()
    for start in range(0, len(ids), AT_ONCE):
        found += load_scenes(session, ids[start : start + AT_ONCE], as_of=until).values()
    return found


def _people(scenes: Iterable[Scene]) -> dict[int, int]:
    """Name each person by one of its records, however these hang together (F-161)."""
    above = dict[int, int]()

    def name(record: int) -> int:
        while above.setdefault(record, record) != record:
            above[record] = above[above[record]]
            record = above[record]
        return record

    for scene in scenes:
        for record in scene.group:
            above[name(record)] = name(scene.patient or record)
    return {record: name(record) for record in list(above)}


def _past(scene: Scene, person: int) -> PastVisit:
    request = scene.request
    answered = request.answered_at - request.first_sent_at if request.answered_at and request.first_sent_at else None
    visit = scene.visit._replace(is_checklist_green=True, is_sending=True)
    return PastVisit(request.id, person or -request.id, request.checked_out_at, visit, answered)


def _asked_before(session: Session, people: Mapping[int, int], *, since: datetime) -> dict[int, datetime]:
    row = FeedbackRequestRow
    query = (
        select(row.patient_id, func.max(row.first_sent_at))
        .where(among(session, row.patient_id, list(people)), row.first_sent_at < since)
        .group_by(row.patient_id)
    )
    found = dict[int, datetime]()
    for patient, asked_at in session.execute(query):
        name = people[patient]
        found[name] = max(found.get(name, asked_at), asked_at)
    return found
