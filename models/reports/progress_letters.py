"""Bi-weekly progress reports: what the practice's own pages say at the moment they are sent (O-36)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.inputs.letters import Letter
from models.reports.enrollment import PracticeStatus, practice_status
from models.reports.onboarding import journey_view
from models.reports.onboarding_history import history_lines, told_to_practice
from models.reports.onboarding_views import HistoryLine, JourneyView, shown_to_practice
from models.rules.messages import MessageKind
from models.rules.onboarding import REPORT_DAYS

_HISTORY_READ = 200


@dataclass(frozen=True, slots=True)
class ProgressLetter:
    """One progress report: journey and enrollments as the practice sees them, and its newest history, newest first."""

    letter: Letter
    view: JourneyView
    status: PracticeStatus
    lines: tuple[HistoryLine, ...]


def with_progress(
    session: Session, found: Mapping[int, Letter | str], *, as_of: datetime
) -> dict[int, Letter | ProgressLetter | str]:
    """Add to progress reports what pages show at the same moment; all other letters stay as they are."""
    return {number: _reported(session, one, as_of) for number, one in found.items()}


def _reported(session: Session, letter: Letter | str, as_of: datetime) -> Letter | ProgressLetter | str:
    if isinstance(letter, str) or letter.kind is not MessageKind.PROGRESS_REPORT:
        return letter
    journey = letter.journey.id
    told = told_to_practice(history_lines(session, journey, limit=_HISTORY_READ))
    return ProgressLetter(
        letter,
        shown_to_practice(journey_view(session, journey, as_of=as_of)),
        practice_status(session, journey, as_of=as_of),
        tuple(line for line in told if line.at > as_of - timedelta(days=REPORT_DAYS)),
    )
