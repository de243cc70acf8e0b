"""The counts behind Insights, aggregated by the database: a few grouped statements, small frames (F-090)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.reports.insight_definitions import HANDED_OVER, OPTED_OUT, UNDELIVERED
from models.rules.feedback import RequestState
from models.tables.appointments import AppointmentRow
from models.tables.base import Base
from models.tables.consent import StopRow
from models.tables.feedback import FeedbackAnswerRow, FeedbackAttemptRow, FeedbackRequestRow
from models.tables.patients import PatientRow

Moment = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
ALL: Final = 0
"""Instead of a practice: all of them together."""
OVER: Final = (RequestState.SUPPRESSED, RequestState.CANCELLED)
_REQUESTS, _ATTEMPTS, _ANSWERS = FeedbackRequestRow, FeedbackAttemptRow, FeedbackAnswerRow


@dataclass(frozen=True, slots=True)
class Span:
    """A period, half-open, in UTC, with the moments at which each of its parts begins; the first begins with it."""

    starts: tuple[datetime, ...]
    end: datetime

    @property
    def start(self) -> datetime:
        """When the period begins."""
        return self.starts[0]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the database counted.

    visits: all check-outs; undecided: those about which nothing was decided yet. reasons: why, count. reach:
    provider_id, location_id, locale, asked, answered, completed. ways: number, channel, sent, answered. answers: part
    (place in the period), is_satisfied, stars, count.
    """

    visits: int
    undecided: int
    reasons: pd.DataFrame
    reach: pd.DataFrame
    ways: pd.DataFrame
    answers: pd.DataFrame
    unreachable: int
    stops: int
    unread: int


def load_counts(session: Session, practice_id: int, span: Span) -> Counts:
    """Count what happened around feedback in a practice's period, or in all practices' (`ALL`)."""
    visits, undecided = session.execute(_visits(practice_id, span)).one()
    sent = _frame(session, _sent(practice_id, span))
    last = _frame(session, _last_before_answer(practice_id, span))
    ways = sent.merge(last, how="left", on=["number", "channel"]).fillna({"answered": 0}).astype({"answered": int})
    return Counts(
        visits,
        undecided,
        _frame(session, _reasons(practice_id, span)),
        _frame(session, _reach(practice_id, span)),
        ways.sort_values(["number", "channel"], ignore_index=True),
        _frame(session, _given(practice_id, span)),
        session.scalar(_unreachable(practice_id, span)) or 0,
        session.scalar(_stops(practice_id, span)) or 0,
        session.scalar(_unread(practice_id)) or 0,
    )


def _frame(session: Session, query: Select[Any]) -> pd.DataFrame:
    found = session.execute(query)
    return pd.DataFrame(found.all(), columns=list(found.keys()))


def _within(table: type[Base], moment: Moment, practice_id: int, span: Span) -> ColumnElement[bool]:
    """Say which rows of a table belong to a practice and, by one of their moments, to the period."""
    during = and_(moment >= span.start, moment < span.end)
    return and_(_own(table, practice_id), during) if practice_id else during


def _own(table: type[Base], practice_id: int) -> ColumnElement[bool]:
    of_one: ColumnElement[bool] = table.__table__.c.practice_id == practice_id
    return of_one


def _visits(practice_id: int, span: Span) -> Select[tuple[int, int]]:
    row = _REQUESTS
    is_new = and_(row.state == RequestState.PLANNED, row.due_at.is_(None), row.number == 0, row.waits_for.is_(None))
    columns = (func.count(), func.count(case((is_new, 1))))
    return select(*columns).where(_within(row, row.checked_out_at, practice_id, span))


def _reasons(practice_id: int, span: Span) -> Select[Any]:
    row = _REQUESTS
    return (
        select(row.why, func.count().label("count"))
        .where(_within(row, row.checked_out_at, practice_id, span))
        .where(row.why.is_not(None), row.first_sent_at.is_(None), row.state.in_(OVER))
        .group_by(row.why)
    )


def _reach(practice_id: int, span: Span) -> Select[Any]:
    row = _REQUESTS
    cell = (row.provider_id, AppointmentRow.location_id, PatientRow.locale)
    return (
        select(
            *cell,
            func.count().label("asked"),
            func.count(row.answered_at).label("answered"),
            func.count(_ANSWERS.completed_at).label("completed"),
        )
        .join(AppointmentRow, AppointmentRow.id == row.appointment_id)
        .outerjoin(PatientRow, PatientRow.id == row.patient_id)
        .outerjoin(_ANSWERS, _ANSWERS.request_id == row.id)
        .where(_within(row, row.checked_out_at, practice_id, span), row.first_sent_at.is_not(None))
        .group_by(*cell)
    )


def _handed_over() -> ColumnElement[bool]:
    return _ATTEMPTS.outcome.in_(HANDED_OVER)


def _sent(practice_id: int, span: Span) -> Select[Any]:
    row = _ATTEMPTS
    cell = (row.number, row.channel)
    return (
        select(*cell, func.count().label("sent"))
        .where(_within(row, row.at, practice_id, span), _handed_over())
        .group_by(*cell)
    )


def _last_before_answer(practice_id: int, span: Span) -> Select[Any]:
    row = _ATTEMPTS
    cell = (row.number, row.channel)
    of_last = and_(row.request_id == _REQUESTS.id, row.number == _REQUESTS.number)
    return (
        select(*cell, func.count().label("answered"))
        .select_from(_ANSWERS)
        .join(_REQUESTS, _REQUESTS.id == _ANSWERS.request_id)
        .join(row, of_last)
        .where(row.at >= span.start, row.at < span.end, _handed_over())
        .where(*([_own(_ANSWERS, practice_id)] if practice_id else []))
        .group_by(*cell)
    )


def _given(practice_id: int, span: Span) -> Select[Any]:
    row = _ANSWERS
    part = _part(row.answered_at, span.starts).label("part")
    cell = (part, row.is_satisfied, row.stars)
    return (
        select(*cell, func.count().label("count"))
        .where(_within(row, row.answered_at, practice_id, span))
        .group_by(*cell)
        .order_by(*cell)
    )


def _part(moment: Moment, starts: Sequence[datetime]) -> ColumnElement[int]:
    """Number the part of the period in which a moment lies."""
    later: list[tuple[ColumnElement[bool], ColumnElement[int]]] = [
        (moment >= start, literal_column(str(place))) for place, start in reversed(list(enumerate(starts)))
    ]
    return case(*(later[:-1] or later), else_=literal_column("0"))  # a bare number would name a column to group by


def _unreachable(practice_id: int, span: Span) -> Select[tuple[int]]:
    """Count requests of which every message was reported as undeliverable."""
    row = _ATTEMPTS
    failed = (
        select(row.request_id, func.count().label("failed"))
        .where(*([_own(row, practice_id)] if practice_id else []), _handed_over())
        .where(or_(*(row.delivery.startswith(status) for status in UNDELIVERED)))
        .group_by(row.request_id)
        .subquery()
    )
    request = _REQUESTS
    return (
        select(func.count())
        .select_from(failed)
        .join(request, request.id == failed.c.request_id)
        .where(_within(request, request.checked_out_at, practice_id, span), request.sent == failed.c.failed)
    )


def _stops(practice_id: int, span: Span) -> Select[tuple[int]]:
    row = StopRow
    wanted = (row.reason.in_(OPTED_OUT), row.is_doubtful.is_(False))
    return select(func.count()).select_from(row).where(_within(row, row.since, practice_id, span), *wanted)


def _unread(practice_id: int) -> Select[tuple[int]]:
    row = _ANSWERS
    own = [_own(row, practice_id)] if practice_id else []
    return select(func.count()).select_from(row).where(*own, row.read_at.is_(None))
