"""What is ended when a practice leaves, step by step; each may run any number of times, and ends the rest."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, TextClause, func, select, text, update
from sqlalchemy.orm import Session

from models.rules.decisions import Process, Refusal
from models.rules.feedback import OPEN, Why
from models.rules.feedback_events import Stop
from models.rules.offboarding import WAIT
from models.rules.onboarding_events import Cancel
from models.rules.onboarding_facts import JourneyStatus, Reason
from models.rules.reputation_replies import ReplyState
from models.rules.roles import PRACTICE_ROLES
from models.store import events, feedback_changes, invitations, onboarding_changes
from models.store.messages import QUEUED, UNSURE, is_to_be_looked_up
from models.tables.appointments import AppointmentRow, SlotClaimRow
from models.tables.base import Base
from models.tables.booking import WidgetRow
from models.tables.enrollment import NoticeRow, SubmissionRow
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import Message, MessageState
from models.tables.onboarding import JourneyRow
from models.tables.practice_systems import FeedRow, PushRow, PushState
from models.tables.reputation import ReviewReplyRow
from models.tables.timers import Timer, TimerState
from models.tables.work_items import WorkItem

CAUSE: Final = "offboarding"
"""What is written as the reason of whatever is ended because its practice leaves."""
WITHHELD: Final = "practice_leaves"
_SIDE: Final = tuple(sorted(PRACTICE_ROLES))
ALL: Final = 1_000_000
"""More than any practice has of anything."""
_IS_PENDING = text("timers.state IN ('open', 'held')")
_UNSENT: Final = (PushState.PENDING, PushState.CLAIMED, PushState.UNKNOWN)


class Closing(NamedTuple):
    """Whose work is ended, by whose order; the key makes each line of history one."""

    practice_id: int
    key: str
    by: str
    as_of: datetime


Which = ColumnElement[bool] | TextClause
Step = Callable[[Session, Closing, int], int]


def _access(session: Session, one: Closing, limit: int) -> int:
    """End accounts, sessions and links of the practice's people."""
    _ = limit
    ended = invitations.end_of_practice(session, one.practice_id, by=one.by, key=f"{one.key}:access", as_of=one.as_of)
    _change(
        session, FeedRow, FeedRow.practice_id == one.practice_id, FeedRow.revoked_at.is_(None), revoked_at=one.as_of
    )
    return ended


def _messages(session: Session, one: Closing, limit: int) -> int:
    """Withhold what is queued for the practice and its patients; what is under way is never tried again."""
    _ = limit
    row = Message
    theirs = (row.practice_id == one.practice_id, row.to_role.in_(_SIDE))
    gone = {"state": MessageState.CANCELLED, "outcome": WITHHELD, "settled_at": one.as_of, "lease_until": None}
    withheld = _change(session, row, *theirs, row.state.in_(QUEUED), **gone)
    _change(session, row, *theirs, row.state.in_(UNSURE), on_retry=MessageState.CANCELLED)
    return withheld


def _journeys(session: Session, one: Closing, limit: int) -> int:
    """Cancel the journey under way, with its calls, timers, messages and work items (O-45)."""
    _ = limit
    row = JourneyRow
    query = select(row.id).where(row.practice_id == one.practice_id)
    found = session.scalars(query.where(row.status.in_((JourneyStatus.ACTIVE, JourneyStatus.PAUSED)))).all()
    for journey in found:
        command = onboarding_changes.Command(journey, Cancel(Reason.AGREEMENT_ENDED), one.by, f"{one.key}:{CAUSE}")
        done = onboarding_changes.carry_out_command(session, command, as_of=one.as_of)
        if isinstance(done, Refusal):
            raise TypeError(done.code)  # a journey under way can always be cancelled: a bug
    return len(found)


def _feedback(session: Session, one: Closing, limit: int) -> int:
    """End open requests for feedback: nobody is asked any more."""
    row = FeedbackRequestRow
    query = select(row.id).where(row.practice_id == one.practice_id, row.state.in_(OPEN)).order_by(row.id).limit(limit)
    told = [(request, Stop(Why.SENDING_STOPPED), one.key) for request in session.scalars(query).all()]
    feedback_changes.tell_each(session, told, by=one.by, as_of=one.as_of)
    return len(told)


def _enrollments(session: Session, one: Closing, limit: int) -> int:
    """Let the watches of enrollments stand still; what waits for a digest is dropped (E-26)."""
    _ = limit
    session.execute(
        NoticeRow.__table__.delete().where(NoticeRow.practice_id == one.practice_id, NoticeRow.state == "pending")  # type: ignore[attr-defined]  # a table, whatever the class attribute's type says
    )
    theirs = (Timer.practice_id == one.practice_id, Timer.process == Process.ENROLLMENT, text("timers.state = 'open'"))
    return _change(session, Timer, *theirs, state=TimerState.HELD, lease_until=None)


def _writes(session: Session, one: Closing, limit: int) -> int:
    """Give up what was not written to the practice system yet, and look at no request there any more."""
    _ = limit
    gone = {"state": PushState.CANCELLED, "outcome": CAUSE, "settled_at": one.as_of, "lease_until": None}
    pushes = _change(session, PushRow, PushRow.practice_id == one.practice_id, PushRow.state.in_(_UNSENT), **gone)
    visits = AppointmentRow
    _change(session, visits, visits.practice_id == one.practice_id, visits.watch_at.is_not(None), watch_at=None)
    return pushes


def _replies(session: Session, one: Closing, limit: int) -> int:
    """Take back replies to reviews that were released and not posted yet."""
    _ = limit
    row = ReviewReplyRow
    free = (row.practice_id == one.practice_id, row.state == ReplyState.RELEASED, row.lease_until.is_(None))
    return _change(session, row, *free, state=ReplyState.CHECKED)


def _booking(session: Session, one: Closing, limit: int) -> int:
    """Close the booking widget, and free times that visitors hold."""
    _ = limit
    held = (SlotClaimRow.practice_id == one.practice_id, SlotClaimRow.expires_at.is_not(None))
    session.execute(SlotClaimRow.__table__.delete().where(*held))  # type: ignore[attr-defined]  # as above
    widget = WidgetRow
    return _change(session, widget, widget.practice_id == one.practice_id, widget.is_open.is_(True), is_open=False)


def _timers(session: Session, one: Closing, limit: int) -> int:
    """Cancel every other timer; the watches of enrollments stand still, and our own goes on."""
    _ = limit
    row = Timer
    others = (row.practice_id == one.practice_id, row.process != Process.ENROLLMENT, row.kind != WAIT, _IS_PENDING)
    return _change(session, row, *others, state=TimerState.CANCELLED, because=CAUSE, lease_until=None)


def _work(session: Session, one: Closing, limit: int) -> int:
    """Close what somebody was to do."""
    _ = limit
    row = WorkItem
    theirs = (row.practice_id == one.practice_id, row.closed_at.is_(None), row.key.not_like(f"{CAUSE}.%"))
    return _change(session, row, *theirs, closed_at=one.as_of, outcome=CAUSE)


AT_ONCE: Final[tuple[Step, ...]] = (_access, _messages)
"""What is ended in the transaction in which it is asked for."""
STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("accounts", _access),
    ("messages", _messages),
    ("journeys", _journeys),
    ("feedback requests", _feedback),
    ("enrollment watches", _enrollments),
    ("writes", _writes),
    ("replies", _replies),
    ("booking", _booking),
    ("timers", _timers),
    ("work items", _work),
)
"""In this order, each in transactions of its own."""


def close_batch(session: Session, step: Step, one: Closing, *, limit: int) -> int:
    """End up to `limit` things of one kind while nobody else changes the practice; gives how many."""
    events.lock_practices(session, [one.practice_id])
    return step(session, one, limit)


def under_way(session: Session, practice_id: int) -> int:
    """Count messages and writes of a practice whose outcome is still to come."""
    states = (
        (Message, text("messages.state IN ('claimed', 'sending')")),
        (Message, is_to_be_looked_up()),
        (PushRow, PushRow.state == PushState.SENDING),
        (SubmissionRow, SubmissionRow.state == "sending"),
        (ReviewReplyRow, ReviewReplyRow.state == ReplyState.SENDING),
    )
    counts = (_count(session, table, practice_id, which) for table, which in states)
    return sum(counts)


def _count(session: Session, table: type[Base], practice_id: int, which: Which) -> int:
    rows = table.metadata.tables[table.__tablename__]
    query = select(func.count()).select_from(rows).where(rows.c.practice_id == practice_id, which)
    return session.scalar(query) or 0


def _change(session: Session, table: type[Base], *which: Which, **new: object) -> int:
    changed = update(table).where(*which).values(**new).returning(*table.__table__.primary_key)
    return len(session.execute(changed.execution_options(synchronize_session=False)).all())
