"""How the journeys of each Success Coach stand and what they reached in a stretch of days; coaches by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.reports.onboarding_board import board
from models.rules.onboarding_facts import JourneyStatus
from models.rules.roles import Role
from models.tables.onboarding import JourneyRow
from models.tables.practices import Practice, RoleAssignment, Staff

NOBODY: Final = ""
_UNDER_WAY: Final = (JourneyStatus.ACTIVE.value, JourneyStatus.PAUSED.value)


@dataclass(frozen=True, slots=True)
class CoachScore:
    """One coach's journeys as they stand, as the board shows them, and how many reached a milestone in those days.

    `longest` counts the business days of the longest wait; journeys that nobody coaches stand under an empty key.
    """

    coach: str
    under_way: int
    late: int
    paused: int
    longest: int
    went_live: int
    graduated: int


def coach_scores(session: Session, first: date, end: date, *, as_of: datetime) -> tuple[CoachScore, ...]:
    """Score the present coaches, by key; milestones count from the first day up to the one before `end`."""
    frame = board(session, as_of=as_of)
    coaches = _coaches(session)
    frame["coach"] = [coaches.get(practice, NOBODY) for practice in frame["practice"]]
    reached = {column: _reached(session, coaches, column, first, end) for column in ("went_live_on", "graduated_on")}
    return tuple(
        _score(coach, frame[frame["coach"] == coach], reached)
        for coach in sorted({*frame["coach"], *reached["went_live_on"], *reached["graduated_on"]})
    )


def _coaches(session: Session) -> dict[str, str]:
    """Give the present coach of each practice."""
    query = (
        select(Practice.key, Staff.key)
        .join(RoleAssignment, RoleAssignment.practice_id == Practice.id)
        .join(Staff, Staff.id == RoleAssignment.staff_id)
        .where(RoleAssignment.role == Role.SUCCESS_COACH, RoleAssignment.until.is_(None))
    )
    return dict(session.execute(query).tuples().all())


def _reached(session: Session, coaches: Mapping[str, str], column: str, first: date, end: date) -> Sequence[str]:
    """Name the coach of each journey that reached a milestone, once for each."""
    day = getattr(JourneyRow, column)
    query = select(Practice.key).join(JourneyRow, JourneyRow.practice_id == Practice.id)
    return [coaches.get(one, NOBODY) for one in session.scalars(query.where(day >= first, day < end))]


def _score(coach: str, own: pd.DataFrame, reached: Mapping[str, Sequence[str]]) -> CoachScore:
    open_ones = own[own["status"].isin(_UNDER_WAY)]
    return CoachScore(
        coach,
        len(open_ones),
        int(open_ones["is_late"].sum()),
        int((open_ones["status"] == JourneyStatus.PAUSED.value).sum()),
        int(open_ones["days"].max()) if len(open_ones) else 0,
        list(reached["went_live_on"]).count(coach),
        list(reached["graduated_on"]).count(coach),
    )
