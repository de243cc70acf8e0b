"""What clearinghouses answer: outcomes of submissions and changed statuses, each taken in once, the newest counts."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.inputs.clearinghouse import ForeignEnrollment
from models.rules.calendars import local_day
from models.rules.enrollment import RejectReason, State
from models.rules.enrollment_events import Bounce, Event, HearUnknownWord
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_words import events_towards, needs_asked, reason_refused, state_shown
from models.store import events, submissions
from models.store.enrollment import load_enrollments
from models.store.enrollment_changes import Seen, apply
from models.store.submissions import REFUSED, SENT, STUCK, Submission
from models.tables.enrollment import ClearinghouseCursorRow, SubmissionRow

UNREADABLE: Final = "unreadable"
_WORD: Final = re.compile(r"[A-Za-z0-9_ -]{1,60}")


class _Shown(NamedTuple):
    """One enrollment there, and the submission of ours that it came from."""

    there: ForeignEnrollment
    row: SubmissionRow


def sent(session: Session, submission: Submission, there: ForeignEnrollment, *, fence: int, as_of: datetime) -> str:
    """Write down that a submission arrived, and take in what is shown of it."""
    events.lock_practices(session, [submission.practice_id])
    if not submissions.settle(session, submission.id, SENT, "", fence=fence, foreign_id=there.id):
        return "lost"
    take_in(session, submission.clearinghouse, [there], as_of=as_of)
    return SENT


def refused(session: Session, submission: Submission, code: str, *, fence: int, as_of: datetime) -> str:
    """Write down that a submission will never be accepted as it is; the enrollment goes back to the practice."""
    events.lock_practices(session, [submission.practice_id])
    if not submissions.settle(session, submission.id, REFUSED, code, fence=fence):
        return "lost"
    bounce(session, submission.enrollment_id, code, key=f"refused:{submission.id}:{fence}", as_of=as_of)
    return REFUSED


def bounce(session: Session, enrollment: int, code: str, *, key: str, as_of: datetime) -> None:
    """Return an enrollment that waits for its clearinghouse, with the reason; one that has moved on stays."""
    found = load_enrollments(session, [enrollment])[enrollment]
    if found.state is State.SUBMITTED:
        back = Bounce(reason=reason_refused(code), attempt=found.attempt)
        apply(session, [Seen(enrollment, back, key)], as_of=as_of)


def overtaken(session: Session, submission: Submission, code: str, *, fence: int) -> str:
    """Write down that a submission is not wanted any more."""
    return "overtaken" if submissions.settle(session, submission.id, REFUSED, code, fence=fence) else "lost"


def stuck(session: Session, submission: Submission, code: str, *, fence: int, as_of: datetime) -> str:
    """Give an outcome that stays unknown to a person, and nothing more is tried."""
    events.lock_practices(session, [submission.practice_id])
    if not submissions.settle(session, submission.id, STUCK, code, fence=fence):
        return "lost"
    alert = HearUnknownWord(f"submission_unknown:{submission.id}")
    apply(session, [Seen(submission.enrollment_id, alert, f"stuck:{submission.id}:{fence}")], as_of=as_of)
    return STUCK


def take_in(
    session: Session, clearinghouse: str, seen: Iterable[ForeignEnrollment], *, as_of: datetime
) -> Counter[str]:
    """Take in statuses of enrollments there, in any order and however often; those of the top three first (E-04).

    Gives counts: "not_ours", "late" for what is not newer than what was seen, the words, and what they led to.
    """
    newest: dict[str, ForeignEnrollment] = {}
    for one in seen:
        if one.id not in newest or newest[one.id].changed_at < one.changed_at:
            newest[one.id] = one
    rows = _rows(session, clearinghouse, newest)
    events.lock_practices(session, {row.practice_id for row in rows.values()})
    rows = _rows(session, clearinghouse, newest)  # nobody changes them from here on
    counts = Counter(not_ours=len(newest) - len(rows))
    fresh = [_Shown(newest[id_], row) for id_, row in rows.items() if _is_news(row, newest[id_])]
    counts["late"] = len(rows) - len(fresh)
    enrollments = load_enrollments(session, {one.row.enrollment_id for one in fresh})
    fresh.sort(key=lambda shown: (not enrollments[shown.row.enrollment_id].is_top, shown.row.id))
    found = list[Seen]()
    for shown in fresh:
        found += _seen(shown, enrollments[shown.row.enrollment_id], as_of=as_of)
        counts[f"status_{shown.row.status.lower()}"] += 1
    session.flush()
    return +(counts + apply(session, found, as_of=as_of)) if found else +counts


def _rows(session: Session, clearinghouse: str, ids: Mapping[str, ForeignEnrollment]) -> dict[str, SubmissionRow]:
    query = select(SubmissionRow).where(
        SubmissionRow.clearinghouse == clearinghouse, SubmissionRow.foreign_id.in_(list(ids))
    )
    found = session.scalars(query.execution_options(populate_existing=True))
    return {row.foreign_id: row for row in found}


def _is_news(row: SubmissionRow, there: ForeignEnrollment) -> bool:
    return row.status_at is None or there.changed_at > row.status_at


def _seen(shown: _Shown, enrollment: Enrollment, *, as_of: datetime) -> list[Seen]:
    """Remember the newest status, and say what it means for the enrollment; an earlier attempt's means nothing."""
    row, before = shown.row, shown.row.status
    row.status = shown.there.word if _WORD.fullmatch(shown.there.word) else UNREADABLE
    row.status_at = shown.there.changed_at
    if (row.generation, row.attempt) != (enrollment.generation, enrollment.attempt):
        return []
    found = _events(shown, enrollment, before=before, as_of=as_of)
    key = f"status:{row.id}:{shown.there.changed_at.isoformat()}"
    return [Seen(enrollment.id, each, f"{key}:{number}") for number, each in enumerate(found)]


def _events(one: _Shown, enrollment: Enrollment, *, before: str, as_of: datetime) -> tuple[Event, ...]:
    source, word = one.row.clearinghouse, one.row.status
    target = state_shown(source, word)
    if target is None:
        return (HearUnknownWord(f"{source}:{word}"),)
    if enrollment.state is State.NEEDS_PRACTICE and not _may_be_answered(one, enrollment, before):
        return ()
    return events_towards(
        enrollment,
        target,
        reason=one.there.reason or RejectReason.OTHER,
        on=_day(one.there, enrollment, as_of=as_of),
        needs=needs_asked(one.there.asked),
    )


def _may_be_answered(one: _Shown, enrollment: Enrollment, before: str) -> bool:
    """Say whether a word can mean that the practice answered: asked there, or shown after we began to wait here."""
    was_asked = state_shown(one.row.clearinghouse, before) is State.NEEDS_PRACTICE if before else False
    return was_asked or one.there.changed_at > enrollment.state_since


def _day(there: ForeignEnrollment, enrollment: Enrollment, *, as_of: datetime) -> date:
    """Give the practice's day of a status; a clock there that is a little off puts it neither ahead nor too early."""
    day = min(local_day(there.changed_at, enrollment.zone), local_day(as_of, enrollment.zone))
    return max(day, enrollment.submitted_on or day)


def read_until(session: Session, clearinghouse: str) -> datetime | None:
    """Say until when the statuses of a clearinghouse were read (UTC)."""
    row = session.get(ClearinghouseCursorRow, clearinghouse)
    return row.read_until if row else None


def move_cursor(session: Session, clearinghouse: str, *, to: datetime, as_of: datetime) -> None:
    """Remember until when the statuses of a clearinghouse were read; it never goes back."""
    changed = (
        update(ClearinghouseCursorRow)
        .where(ClearinghouseCursorRow.clearinghouse == clearinghouse)
        .values(polled_at=as_of)
        .returning(ClearinghouseCursorRow.read_until)
    )
    known = session.scalar(changed)
    if known is None:
        session.add(ClearinghouseCursorRow(clearinghouse=clearinghouse, read_until=to, polled_at=as_of))
    elif known < to:
        session.get_one(ClearinghouseCursorRow, clearinghouse, populate_existing=True).read_until = to
    session.flush()
