"""The month of an installation: what began and was sent, the scoreboards of coaches and payers, what patients said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.reports.coach_board import CoachScore, coach_scores
from models.reports.enrollment_figures import Figures, scoreboards
from models.reports.insight_counts import ALL, Span
from models.reports.insight_periods import month_before, month_of
from models.reports.insights import Insights, insights_of
from models.tables.appointments import AppointmentRow
from models.tables.enrollment import EnrollmentRow
from models.tables.feedback import FeedbackAnswerRow
from models.tables.messages import Message, MessageState
from models.tables.onboarding import JourneyRow
from models.tables.practices import Practice

ZONE: Final = "UTC"
_MOMENTS: Final[Mapping[str, InstrumentedAttribute[Any]]] = {
    "practices_registered": Practice.created_at,
    "journeys_started": JourneyRow.started_at,
    "visits_checked_out": AppointmentRow.checked_out_at,
    "answers_given": FeedbackAnswerRow.answered_at,
}
_DAYS: Final[Mapping[str, InstrumentedAttribute[Any]]] = {
    "practices_went_live": JourneyRow.went_live_on,
    "practices_graduated": JourneyRow.graduated_on,
    "enrollments_submitted": EnrollmentRow.submitted_on,
    "enrollments_approved": EnrollmentRow.approved_on,
}


@dataclass(frozen=True, slots=True)
class MonthOfAll:
    """The counts of one month (UTC) over all practices, its insights, and the scoreboards as they stand (E-43).

    Coaches stand there by key, payers by name; of practices there are numbers only.
    """

    first: date
    counts: dict[str, int]
    insights: Insights
    coaches: tuple[CoachScore, ...] = ()
    enrollments: Figures | None = None


def month_of_all(session: Session, month: date | None = None, *, as_of: datetime) -> MonthOfAll:
    """Gather the month that begins on a day, or the whole one before the present one; months are UTC."""
    span, first = month_before(as_of, zone=ZONE) if month is None else (month_of(month, zone=ZONE), month)
    return MonthOfAll(
        first,
        _counts(session, span),
        insights_of(session, ALL, span, (first,), as_of=as_of),
        coach_scores(session, first, span.end.date(), as_of=as_of),
        scoreboards(session, as_of=as_of),
    )


def _counts(session: Session, span: Span) -> dict[str, int]:
    """Count what happened in a month; days of payers are those that were recorded."""
    counts = {name: _between(session, column, span.start, span.end) for name, column in _MOMENTS.items()}
    counts |= {name: _between(session, column, span.start.date(), span.end.date()) for name, column in _DAYS.items()}
    sent = select(func.count()).select_from(Message).where(Message.state == MessageState.SENT)
    during = sent.where(Message.settled_at >= span.start, Message.settled_at < span.end)
    return counts | {"messages_sent": session.scalar(during) or 0}


def _between(session: Session, column: InstrumentedAttribute[Any], start: datetime | date, end: datetime | date) -> int:
    return session.scalar(select(func.count()).where(column >= start, column < end)) or 0
