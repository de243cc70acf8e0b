"""Enrollments on their way into a clearinghouse: queued once per attempt, claimed, marked before each call."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, case, func, or_, select, text, update
from sqlalchemy.orm import Session

from models.db import ring
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_words import INTERFACES
from models.store.claims import Claim
from models.store.restores import NOTHING_QUARANTINED
from models.store.sending_stops import leaving_practices
from models.store.sets import Constants, among, insert_rows
from models.tables.base import new_id
from models.tables.enrollment import EnrollmentRow, SubmissionRow

QUEUED, SENDING, UNKNOWN, SENT, REFUSED, STUCK = "queued", "sending", "unknown", "sent", "refused", "stuck"
LEASE: Final = timedelta(minutes=5)
LOOK_AFTER: Final = timedelta(minutes=5)
"""So long after a call whose outcome is unknown it is looked for: what is absent then was not made."""
RETRY_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long a clearinghouse is left alone after each failed try; the last pause is repeated."""
MOST_TRIES: Final = 8
"""So often an outcome may be unknown; then a person has to look."""
_NEW: Constants = {"state": QUEUED, "fence": 0, "tries": 0, "reason": "", "foreign_id": "", "status": ""}
# written into the SQL, since a partial index is used only where the statement itself says what the index says
_IS_OPEN = text("enrollment_submissions.state IN ('queued', 'sending', 'unknown')")


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission that is ours to make or to look for; `is_unsure` says that it may have been made already."""

    id: int
    practice_id: int
    enrollment_id: int
    generation: int
    attempt: int
    clearinghouse: str
    key: str
    state: str
    tries: int

    @property
    def is_unsure(self) -> bool:
        """Say whether an earlier call may have reached the clearinghouse."""
        return self.state in (SENDING, UNKNOWN)


def queue(session: Session, submitted: Sequence[Enrollment], *, as_of: datetime) -> None:
    """Queue what goes to a clearinghouse with an interface, once per attempt; one refused before goes out anew."""
    rows = [_row(one, as_of=as_of) for one in submitted if one.clearinghouse in INTERFACES]
    if not rows:
        return
    _queue_again(session, [row[2] for row in rows], as_of=as_of)
    names = ("id", "practice_id", "enrollment_id", "generation", "attempt", "clearinghouse", "key", "due_at")
    unless = "(enrollment_id, generation, attempt)"
    insert_rows(session, SubmissionRow, names, rows, constants=_NEW, unless=unless)
    ring(session)


def _row(enrollment: Enrollment, *, as_of: datetime) -> tuple[int, int, int, int, int, str, str, datetime]:
    number, generation, attempt = enrollment.id, enrollment.generation, enrollment.attempt
    key = f"golive-{number:x}-{generation}-{attempt}"
    return new_id(), enrollment.practice_id, number, generation, attempt, enrollment.clearinghouse, key, as_of


def _queue_again(session: Session, enrollments: Sequence[int], *, as_of: datetime) -> None:
    """Queue the present attempt once more where the clearinghouse had refused it; its way may be another one now."""
    now = (
        select(EnrollmentRow.clearinghouse)
        .where(EnrollmentRow.id == SubmissionRow.enrollment_id)
        .correlate(SubmissionRow)
        .scalar_subquery()
    )
    session.execute(
        update(SubmissionRow)
        .where(among(session, SubmissionRow.enrollment_id, enrollments), SubmissionRow.state == REFUSED)
        .where(_is_present())
        .values(state=QUEUED, due_at=as_of, tries=0, reason="", lease_until=None, clearinghouse=now)
        .execution_options(synchronize_session=False)
    )


def _is_present() -> ColumnElement[bool]:
    """Tell the submission of an enrollment's present attempt."""
    return (
        select(EnrollmentRow.id)
        .where(
            EnrollmentRow.id == SubmissionRow.enrollment_id,
            EnrollmentRow.generation == SubmissionRow.generation,
            EnrollmentRow.attempt == SubmissionRow.attempt,
        )
        .correlate(SubmissionRow)
        .exists()
    )


def claim_due(session: Session, *, as_of: datetime, limit: int, lease: timedelta = LEASE) -> Claim:
    """Claim submissions that are due, those of the top three payers first (E-04); also what a dead worker left."""
    is_free = or_(SubmissionRow.lease_until.is_(None), SubmissionRow.lease_until < as_of)
    chosen = (
        select(SubmissionRow.id)
        .join(EnrollmentRow, EnrollmentRow.id == SubmissionRow.enrollment_id)
        .where(_IS_OPEN, SubmissionRow.due_at <= as_of, is_free, NOTHING_QUARANTINED)
        .where(SubmissionRow.practice_id.not_in(leaving_practices()))
        .order_by(case((EnrollmentRow.rank == 0, 1), else_=0), SubmissionRow.due_at, SubmissionRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=SubmissionRow)
        .cte("chosen")
    )
    fence = new_id()
    claimed = (
        update(SubmissionRow)
        .where(SubmissionRow.id.in_(select(chosen.c.id)))
        .values(lease_until=as_of + lease, fence=fence)
        .returning(SubmissionRow.id)
        .execution_options(synchronize_session=False)
    )
    return Claim(fence, tuple(session.scalars(claimed)))


def claimed(session: Session, claim: Claim) -> list[Submission]:
    """Read what a claim still holds, those of the top three payers first."""
    query = (
        select(*(getattr(SubmissionRow, one.name) for one in fields(Submission)))
        .join(EnrollmentRow, EnrollmentRow.id == SubmissionRow.enrollment_id)
        .where(_IS_OPEN, among(session, SubmissionRow.id, claim.ids), SubmissionRow.fence == claim.fence)
        .order_by(case((EnrollmentRow.rank == 0, 1), else_=0), SubmissionRow.due_at, SubmissionRow.id)
    )
    return [Submission(*row) for row in session.execute(query)]


def mark(session: Session, submission: int, *, fence: int, as_of: datetime, lease: timedelta = LEASE) -> bool:
    """Write down that a call is about to be made; False when the claim was lost."""
    return _write(session, submission, fence, state=SENDING, tries=SubmissionRow.tries + 1, lease_until=as_of + lease)


def settle(session: Session, submission: int, state: str, code: str, *, fence: int, foreign_id: str = "") -> bool:
    """Write down what became of a submission; False when somebody else has taken it over."""
    known = {"foreign_id": foreign_id[:80]} if foreign_id else {}
    return _write(session, submission, fence, state=state, reason=code[:60], lease_until=None, **known)


def put_off(session: Session, submission: Submission, state: str, code: str, *, fence: int, due_at: datetime) -> bool:
    """Leave a submission for later, queued or unknown, after one more try; False when the claim was lost."""
    values = {"state": state, "tries": submission.tries + 1, "reason": code[:60], "due_at": due_at}
    return _write(session, submission.id, fence, **values, lease_until=None)


def give_back(session: Session, submission: Submission, code: str, *, fence: int, due_at: datetime) -> bool:
    """Leave a submission as it was before a call that was not let through, which counts as no try."""
    state = UNKNOWN if submission.is_unsure else QUEUED
    values = {"state": state, "tries": submission.tries, "reason": code[:60], "due_at": due_at, "lease_until": None}
    return _write(session, submission.id, fence, **values)


def _write(session: Session, submission: int, fence: int, **values: object) -> bool:
    written = (
        update(SubmissionRow)
        .where(SubmissionRow.id == submission, SubmissionRow.fence == fence, _IS_OPEN)
        .values(**values)
        .returning(SubmissionRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(written).first() is not None


def rest(session: Session, clearinghouse: str, *, until: datetime) -> None:
    """Leave a clearinghouse alone for a while: nothing that is queued for it goes out before a moment (UTC)."""
    session.execute(
        update(SubmissionRow)
        .where(_IS_OPEN, SubmissionRow.clearinghouse == clearinghouse, SubmissionRow.lease_until.is_(None))
        .where(SubmissionRow.due_at < until)
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )


def is_anything_sent(session: Session, clearinghouse: str) -> bool:
    """Say whether a clearinghouse has anything of ours that could have changed."""
    query = select(SubmissionRow.id).where(SubmissionRow.clearinghouse == clearinghouse, SubmissionRow.foreign_id != "")
    return session.execute(query.limit(1)).first() is not None


def submission_of(session: Session, submission: int) -> Submission | None:
    """Read one submission."""
    row = session.get(SubmissionRow, submission, populate_existing=True)
    return None if row is None else Submission(*(getattr(row, one.name) for one in fields(Submission)))


def pause_after(tries: int) -> timedelta:
    """Say how long a clearinghouse is left alone after so many failed tries."""
    return RETRY_AFTER[min(max(tries, 1), len(RETRY_AFTER)) - 1]


def next_due(session: Session) -> datetime | None:
    """Say when the next submission can be made or looked for, or the next lease ends."""
    when = func.coalesce(SubmissionRow.lease_until, SubmissionRow.due_at)
    stays = SubmissionRow.practice_id.not_in(leaving_practices())
    found: datetime | None = session.scalar(select(when).where(_IS_OPEN, stays).order_by(when).limit(1))
    return found


def decide_stuck(session: Session, submission: int, state: str, *, foreign_id: str = "", as_of: datetime) -> bool:
    """Write down what a person found out about a submission whose outcome stayed unknown; False when it is not so."""
    known = {"foreign_id": foreign_id[:80]} if foreign_id else {}
    written = (
        update(SubmissionRow)
        .where(SubmissionRow.id == submission, SubmissionRow.state.in_((UNKNOWN, STUCK)))
        .values(state=state, reason="", due_at=as_of, tries=0, lease_until=None, fence=new_id(), **known)
        .returning(SubmissionRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(written).first() is not None


def listed(session: Session, *, limit: int = 500) -> Sequence[SubmissionRow]:
    """List submissions that are not sent, those that need a person first."""
    order = case({STUCK: 0, REFUSED: 1, UNKNOWN: 2}, value=SubmissionRow.state, else_=3)
    query = select(SubmissionRow).where(SubmissionRow.state != SENT).order_by(order, SubmissionRow.due_at)
    return session.scalars(query.limit(limit)).all()
