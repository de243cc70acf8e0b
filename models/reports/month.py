"""The month of an installation: what began, went live and ended, what payers decided, and how patients answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.reports.insight_counts import Span
from models.reports.insights import Insights
from models.tables.appointments import AppointmentRow
from models.tables.enrollment import EnrollmentRow
from models.tables.feedback import FeedbackAnswerRow
from models.tables.messages import Message, MessageState
from models.tables.onboarding import JourneyRow
from models.tables.practices import Practice

_MOMENTS: Final[Mapping[str, InstrumentedAttribute[Any]]] = {
    "practices_registered": Practice.created_at,
    "journeys_started": JourneyRow.started_at,
    "visits_checked_out": AppointmentRow.checked_out_at,
    "answers_given": FeedbackAnswerRow.answered_at,
}
_DAYS: Final[Mapping[str, InstrumentedAttribute[Any]]] = {
    "enrollments_submitted": EnrollmentRow.submitted_on,
    "enrollments_approved": EnrollmentRow.approved_on,
}


@dataclass(frozen=True, slots=True)
class MonthOfAll:
    """The counts of one month (UTC) over all practices, and its insights."""

    first: date
    counts: dict[str, int]
    insights: Insights


def month_of_all(session: Session, span: Span, first: date, figures: Insights) -> MonthOfAll:
    """Count what happened in a month; days of payers are those that were recorded."""
    counts = {name: _between(session, column, span.start, span.end) for name, column in _MOMENTS.items()}
    counts |= {name: _between(session, column, span.start.date(), span.end.date()) for name, column in _DAYS.items()}
    sent = select(func.count()).select_from(Message).where(Message.state == MessageState.SENT)
    during = sent.where(Message.settled_at >= span.start, Message.settled_at < span.end)
    return MonthOfAll(first, counts | {"messages_sent": session.scalar(during) or 0}, figures)


def _between(session: Session, column: InstrumentedAttribute[Any], start: datetime | date, end: datetime | date) -> int:
    return session.scalar(select(func.count()).where(column >= start, column < end)) or 0
