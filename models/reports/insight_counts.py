"""The counts behind Insights, aggregated by the database: a few grouped statements, small frames (F-090)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.reports.insight_definitions import HANDED_OVER, OPTED_OUT, UNDELIVERED
from models.rules.feedback import RequestState, Why
from models.rules.messages import Channel
from models.store.sets import is_sqlite
from models.tables.base import Base
from models.tables.consent import StopRow
from models.tables.feedback import MAY_HAVE_FAILED, FeedbackAnswerRow, FeedbackAttemptRow, FeedbackRequestRow

Moment = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
Within = Callable[[type[Base], Moment, int, "Span"], ColumnElement[bool]]
ALL: Final = 0
"""Instead of a practice: all of them together."""
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
    asks = session.scalar(_most_asks(practice_id)) or 0
    in_order = _in_order if is_sqlite(session) else _within
    reasons = _frame(session, _reasons(practice_id, span, in_order))
    sent = _frame(session, _sent(practice_id, span, asks)).query("sent > 0")
    last = _frame(session, _last_before_answer(practice_id, span))
    ways = sent.merge(last, how="left", on=["number", "channel"]).fillna({"answered": 0}).astype({"answered": int})
    return Counts(
        session.scalar(_visits(practice_id, span)) or 0,
        session.scalar(_undecided(practice_id, span)) or 0,
        reasons[reasons["why"].isin(list(Why))],
        _frame(session, _reach(practice_id, span, in_order)),
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


def _visits(practice_id: int, span: Span) -> Select[tuple[int]]:
    row = _REQUESTS
    return select(func.count()).select_from(row).where(_within(row, row.checked_out_at, practice_id, span))


def _in_order(table: type[Base], moment: Moment, practice_id: int, span: Span) -> ColumnElement[bool]:
    """Say the same where rows come in the order of their cells: SQLite would go by the moments, and then sort."""
    at = func.coalesce(moment, moment)  # no way into an index
    during = and_(at >= span.start, at < span.end)
    return and_(_own(table, practice_id), during) if practice_id else during


def _reasons(practice_id: int, span: Span, within: Within) -> Select[Any]:
    """Count those of which no message was sent by the reason with which they ended."""
    row = _REQUESTS
    why = type_coerce(row.why, String).label("why")
    is_left_out = (row.first_sent_at.is_(None), row.why.is_not(None))
    own = within(row, row.checked_out_at, practice_id, span)
    return select(why, func.count().label("count")).where(own, *is_left_out).group_by(why)


def _undecided(practice_id: int, span: Span) -> Select[tuple[int]]:
    """Count those about which it was not decided yet whether to ask: only what is open has no reason."""
    row = _REQUESTS
    is_new = (row.state == RequestState.PLANNED, row.due_at.is_(None), row.number == 0, row.waits_for.is_(None))
    own = (_within(row, row.checked_out_at, practice_id, span), row.first_sent_at.is_(None), row.why.is_(None))
    return select(func.count()).select_from(row).where(*own, *is_new)


def _reach(practice_id: int, span: Span, within: Within) -> Select[Any]:
    """Count cell by cell, in the order of the index that holds them."""
    row = _REQUESTS
    cell = (row.provider_id, row.location_id, row.locale)
    return (
        select(
            *cell,
            func.count().label("asked"),
            func.count(row.answered_at).label("answered"),
            func.count(_ANSWERS.completed_at).label("completed"),
        )
        .outerjoin(_ANSWERS, _ANSWERS.request_id == case((row.answered_at.is_not(None), row.id)))
        .where(within(row, row.checked_out_at, practice_id, span), row.first_sent_at.is_not(None))
        .group_by(*cell)
    )


def _handed_over() -> ColumnElement[bool]:
    """Say it in the words of the index: a value that is given later would not find it."""
    return _ATTEMPTS.outcome.in_(bindparam("handed_over", HANDED_OVER, expanding=True, literal_execute=True))


def _most_asks(practice_id: int) -> Select[tuple[int]]:
    own = [_own(_ATTEMPTS, practice_id)] if practice_id else []
    return select(func.max(_ATTEMPTS.number)).where(*own, _handed_over())


def _sent(practice_id: int, span: Span, asks: int) -> Select[Any]:
    """Count each attempt and way by itself: an index holds them one behind the other, by their moments."""
    row = _ATTEMPTS
    own = (_within(row, row.at, practice_id, span), _handed_over())
    parts = [
        select(
            literal_column(str(number), Integer).label("number"),
            literal_column(f"'{way.value}'", String).label("channel"),
            func.count().label("sent"),
        ).where(*own, row.number == number, row.channel == way.value)
        for number in range(1, max(asks, 1) + 1)
        for way in Channel
    ]
    together = union_all(*parts).subquery()
    return select(together)


def _last_before_answer(practice_id: int, span: Span) -> Select[Any]:
    """Count from the requests that were answered: which attempts lie in the period is no way in, there are far more."""
    row = _ATTEMPTS
    cell = (row.number, row.channel)
    of_last = and_(row.request_id == _REQUESTS.id, row.number == _REQUESTS.number)
    is_counted = and_(row.at >= span.start, row.at < span.end, _handed_over())
    return (
        select(*cell, func.count(case((is_counted, 1))).label("answered"))
        .select_from(_REQUESTS)
        .join(row, of_last)
        .where(_REQUESTS.answered_at.is_not(None), *([_own(_REQUESTS, practice_id)] if practice_id else []))
        .group_by(*cell)
    )


def _given(practice_id: int, span: Span) -> Select[Any]:
    """Count what was answered part by part: each is a stretch of one index."""
    row = _ANSWERS
    ends = (*span.starts[1:], span.end)
    cell = (row.is_satisfied, row.stars)
    parts = [
        select(literal_column(str(place), Integer).label("part"), *cell, func.count().label("count"))
        .where(_within(row, row.answered_at, practice_id, Span((start,), end)))
        .group_by(*cell)
        for place, (start, end) in enumerate(zip(span.starts, ends, strict=True))
    ]
    together = union_all(*parts).subquery()
    return select(together).order_by(together.c.part, together.c.is_satisfied, together.c.stars)


def _unreachable(practice_id: int, span: Span) -> Select[tuple[int]]:
    """Count requests of which every message was reported as undeliverable."""
    row = _ATTEMPTS
    failed = (
        select(row.request_id, func.count().label("failed"))
        .where(*([_own(row, practice_id)] if practice_id else []), _handed_over(), literal_column(MAY_HAVE_FAILED))
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
