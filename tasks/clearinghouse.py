"""Enrollments on their way to a clearinghouse and back: marked before each call, looked up when unsure, polled."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from models.db import DatabaseFailure, read, transaction
from models.inputs.answers import Answer
from models.inputs.clearinghouse import Finding, ForeignEnrollment, NewEnrollment
from models.rules.clearinghouse_failures import sentence_of
from models.settings import settings
from models.store import events, submission_answers, submissions
from models.store.claims import Claim
from models.store.submission_requests import OVERTAKEN, NotReadyError, request_of
from models.store.submissions import LOOK_AFTER, MOST_TRIES, QUEUED, REFUSED, SENT, UNKNOWN, Submission, pause_after
from tasks.batches import in_batches
from tasks.connectors import registry
from tasks.connectors.ports import Clearinghouse, OutsideError, Rejected, Unavailable, Unknown
from tasks.policy import Retry, effect
from tasks.stopwatch import Stopwatch

SUBMISSIONS_AT_ONCE: Final = 20
OVERLAP: Final = timedelta(hours=1)
"""So much of what was read already is read again: their clock may be off, and their list a little behind."""
FIRST_LOOK: Final = timedelta(days=200)
SHORTEST_REST: Final = timedelta(minutes=1)
NOT_IN_USE, THROTTLED, DUPLICATE = "not_in_use", "throttled", "duplicate"


class LostClaimError(Exception):
    """Somebody else took the submission over; whatever is done from here on would be done twice."""


class UnclearError(Exception):
    """The clearinghouse cannot say which enrollment is ours, or whether it is there; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Job:
    """One submission under way: to whom, under which fence."""

    submission: Submission
    system: Clearinghouse
    fence: int
    watch: Stopwatch


def claims_of_submissions(*, as_of: datetime, limit: int) -> Iterator[Claim]:
    """Claim submissions that are due, batch after batch until none is left."""
    return in_batches(
        lambda size: transaction(lambda session: submissions.claim_due(session, as_of=as_of, limit=size)),
        limit=limit,
        batch=SUBMISSIONS_AT_ONCE,
    )


@effect(Retry.OUTSIDE)
def push_submissions(claim: Claim, *, as_of: datetime) -> Counter[str]:
    """Make a batch of submissions, each settled by itself; counts by outcome."""
    watch = Stopwatch(as_of)
    name = registry.clearinghouse_in_use(settings())
    mine = read(lambda session: submissions.claimed(session, claim))
    counts = Counter[str]()
    for one in mine:
        if one.clearinghouse == name:
            counts[_push(_Job(one, registry.clearinghouse(settings()), claim.fence, watch))] += 1
        else:
            due_at = watch.moment() + timedelta(days=1)
            counts[_leave(one, NOT_IN_USE, claim.fence, due_at=due_at)] += 1
    return counts


def _push(job: _Job) -> str:
    try:
        found = _found(job) if job.submission.is_unsure else None
        return _sent(job, found or _create(job))
    except LostClaimError:
        return "lost"
    except NotReadyError as failure:
        return _not_ready(job, failure.code)
    except UnclearError as failure:
        return _stuck(job, failure.code)
    except OutsideError as failure:
        return _failed(job, failure)
    except Exception as error:  # noqa: BLE001 - one's failure is never another's, and its words may hold a tax id
        return _unsure(job, type(error).__name__)


def _found(job: _Job) -> ForeignEnrollment | None:
    """Look for what an earlier call may have made, before anything is made again."""
    try:
        return job.system.find(job.submission.key)
    except Rejected as refusal:
        code = refusal.reason
    raise UnclearError(code)


def _create(job: _Job) -> ForeignEnrollment:
    """Mark, then call; what is there already may be ours, from a call whose answer was lost."""
    new = _request(job)
    moment = job.watch.moment()
    if not transaction(lambda sql: submissions.mark(sql, job.submission.id, fence=job.fence, as_of=moment)):
        raise LostClaimError
    try:
        return job.system.create(new)
    except Rejected as refusal:
        if refusal.reason != DUPLICATE:
            raise
    found = _found(job)
    if found is None:
        raise Rejected(DUPLICATE)
    return found


def _request(job: _Job) -> NewEnrollment:
    chosen = settings()
    email = chosen.stedi_email or chosen.mail_sender
    return read(lambda session: request_of(session, job.submission, email=email))


def _sent(job: _Job, there: ForeignEnrollment) -> str:
    moment = job.watch.moment()
    return transaction(
        partial(submission_answers.sent, submission=job.submission, there=there, fence=job.fence, as_of=moment)
    )


def _not_ready(job: _Job, code: str) -> str:
    if code == OVERTAKEN:
        return transaction(lambda session: submission_answers.overtaken(session, job.submission, code, fence=job.fence))
    return _refused(job, code)


def _refused(job: _Job, code: str) -> str:
    moment = job.watch.moment()
    return transaction(
        partial(submission_answers.refused, submission=job.submission, code=code, fence=job.fence, as_of=moment)
    )


def _failed(job: _Job, failure: OutsideError) -> str:
    """Write down what became of a submission that the clearinghouse did not answer with success."""
    match failure:
        case Unknown():
            return _unsure(job, failure.reason)
        case Rejected():
            return _refused(job, failure.reason)
        case Unavailable(reason="throttled"):
            return _rest(job, timedelta(seconds=failure.retry_after))
        case _:
            state = UNKNOWN if job.submission.is_unsure else QUEUED
            due_at = job.watch.moment() + pause_after(job.submission.tries + 1)
            return "later" if _put_off(job, state, failure.reason, due_at=due_at) else "lost"


def _unsure(job: _Job, code: str) -> str:
    """Look for it later; what stays unknown too often is given to a person."""
    if job.submission.tries + 1 >= MOST_TRIES:
        return _stuck(job, code)
    return UNKNOWN if _put_off(job, UNKNOWN, code, due_at=job.watch.moment() + LOOK_AFTER) else "lost"


def _put_off(job: _Job, state: str, code: str, *, due_at: datetime) -> bool:
    one = job.submission
    return transaction(lambda sql: submissions.put_off(sql, one, state, code, fence=job.fence, due_at=due_at))


def _stuck(job: _Job, code: str) -> str:
    moment = job.watch.moment()
    return transaction(
        partial(submission_answers.stuck, submission=job.submission, code=code, fence=job.fence, as_of=moment)
    )


def _rest(job: _Job, asked: timedelta) -> str:
    """Leave a clearinghouse alone that asked us to wait; that counts as no try."""
    until = job.watch.moment() + max(asked, SHORTEST_REST)

    def write(session: Session) -> bool:
        submissions.rest(session, job.submission.clearinghouse, until=until)
        return submissions.give_back(session, job.submission, THROTTLED, fence=job.fence, due_at=until)

    return "later" if transaction(write) else "lost"


def _leave(one: Submission, code: str, fence: int, *, due_at: datetime) -> str:
    left = partial(submissions.give_back, submission=one, code=code, fence=fence, due_at=due_at)
    return code if transaction(left) else "lost"


@effect(Retry.OUTSIDE)
def poll_statuses(*, as_of: datetime) -> Counter[str]:
    """Read what changed at the clearinghouse since the last time, a little before it included; counts by outcome.

    Pages that came before a failure stay taken in, and are read again the next time.
    """
    watch, name = Stopwatch(as_of), registry.clearinghouse_in_use(settings())
    if not name or not read(lambda session: submissions.is_anything_sent(session, name)):
        return Counter()
    known = read(lambda session: submission_answers.read_until(session, name))
    since = known - OVERLAP if known else as_of - FIRST_LOOK
    counts = Counter[str]()
    for page in registry.clearinghouse(settings()).changed_since(since):
        counts.update(_take_in(name, page, watch))
    if not counts["failed"]:
        done = watch.moment()
        transaction(lambda session: submission_answers.move_cursor(session, name, to=as_of, as_of=done))
    return counts


def _take_in(name: str, page: Sequence[ForeignEnrollment], watch: Stopwatch) -> Counter[str]:
    """Take in one page; when that fails, one by one, so that only the faulty one is left behind."""
    moment = watch.moment()
    try:
        return transaction(partial(submission_answers.take_in, clearinghouse=name, seen=page, as_of=moment))
    except (DatabaseFailure, ArithmeticError, LookupError, TypeError, ValueError):
        if len(page) == 1:
            return Counter(failed=1)
    counts = Counter[str]()
    for one in page:
        counts.update(_take_in(name, [one], watch))
    return counts


@effect()
def submission_rows() -> list[dict[str, str]]:
    """List submissions that are not sent: numbers, words and what to do."""

    def rows(session: Session) -> list[dict[str, str]]:
        return [
            {
                "number": str(one.id),
                "enrollment": str(one.enrollment_id),
                "clearinghouse": one.clearinghouse,
                "state": one.state,
                "tries": str(one.tries),
                "next": f"{one.due_at:%Y-%m-%d %H:%M} UTC" if one.state in (QUEUED, UNKNOWN) else "",
                "why": sentence_of(one.reason),
            }
            for one in submissions.listed(session)
        ]

    return read(rows)


@effect(Retry.OUTSIDE)
def resolve_submission(submission: int, finding: Finding, *, there: str, as_of: datetime) -> Answer:
    """Take in what a person found out about a submission whose outcome stayed unknown."""
    one = read(lambda session: submissions.submission_of(session, submission))
    if one is None or one.state not in (UNKNOWN, submissions.STUCK):
        return Answer.refused(
            f"Submission {submission} is not one whose outcome is unknown; list-submissions shows them."
        )
    if finding is Finding.NOT_THERE:
        return _resolved(one, QUEUED, "It goes out again.", as_of=as_of)
    if finding is Finding.GIVEN_UP:
        return _resolved(one, REFUSED, "The enrollment is back with us.", as_of=as_of)
    if not there:
        return Answer.refused("Write the number that the enrollment has at the clearinghouse.")
    if registry.clearinghouse_in_use(settings()) != one.clearinghouse:
        return Answer.refused(sentence_of(NOT_IN_USE))
    found = _looked_at(there)
    if isinstance(found, str):
        return Answer.refused(sentence_of(found))
    if found is None:
        return Answer.refused(f"The clearinghouse does not know an enrollment {there}; check the number.")
    return _resolved(one, SENT, "It is known as sent, and its status is taken in.", found=found, as_of=as_of)


def _looked_at(there: str) -> ForeignEnrollment | str | None:
    try:
        return registry.clearinghouse(settings()).enrollment(there)
    except Unavailable:
        raise
    except OutsideError as failure:
        return failure.reason


def _resolved(
    one: Submission, state: str, sentence: str, *, as_of: datetime, found: ForeignEnrollment | None = None
) -> Answer:
    def write(session: Session) -> Answer:
        events.lock_practices(session, [one.practice_id])
        there = found.id if found else ""
        if not submissions.decide_stuck(session, one.id, state, foreign_id=there, as_of=as_of):
            return Answer.refused(f"Submission {one.id} was resolved meanwhile; list-submissions shows what is left.")
        if state == REFUSED:
            key = f"given_up:{one.id}:{as_of.isoformat()}"
            submission_answers.bounce(session, one.enrollment_id, "given_up", key=key, as_of=as_of)
        if found is not None:
            submission_answers.take_in(session, one.clearinghouse, [found], as_of=as_of)
        return Answer(is_done=True, sentence=f"Submission {one.id} is resolved. {sentence}")

    return transaction(write)
