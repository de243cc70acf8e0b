"""Quarantine of a restored database: nothing is sent, and what may have been sent since the backup is doubted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, insert, or_, select, text, update
from sqlalchemy.orm import Session

from models.tables.base import new_id
from models.tables.enrollment import SubmissionRow
from models.tables.messages import Message, MessageState
from models.tables.practice_systems import PushKind, PushRow, PushState
from models.tables.restores import RestoreRow

DOUBTED: Final = "restored"
SURELY_ABSENT: Final = "restored_absent"
"""What is written of a message that its provider surely never got: it is due again once the database is released."""
PLACED_BEFORE: Final = "restored"
"""The stage of a placement that may have been made since the backup: patient and appointment are looked for first."""
NOTHING_QUARANTINED: Final = text("NOT EXISTS (SELECT 1 FROM restores WHERE released_at IS NULL)")
"""Part of every statement that marks a call to the outside: in quarantine it marks nothing, so nothing is called."""
_UNSETTLED: Final = (MessageState.PENDING, MessageState.HELD, MessageState.CLAIMED, MessageState.SENDING)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A restore that is not released yet; moments are UTC."""

    id: int
    made_at: datetime
    stopped_at: datetime
    restored_at: datetime
    reconciled_at: datetime | None


def begin(session: Session, *, made_at: datetime, stopped_at: datetime, as_of: datetime) -> None:
    """Put a restored database into quarantine."""
    row = {"id": new_id(), "made_at": made_at, "stopped_at": stopped_at, "restored_at": as_of}
    session.execute(insert(RestoreRow), [row | {"counts": {}, "released_by": ""}])


def quarantine(session: Session) -> Quarantine | None:
    """Give the quarantine that the database is in; none when it may send."""
    row = RestoreRow
    query = select(row.id, row.made_at, row.stopped_at, row.restored_at, row.reconciled_at)
    found = session.execute(query.where(text("released_at IS NULL")).order_by(row.restored_at.desc())).first()
    return None if found is None else Quarantine(*found)


def doubt_messages(session: Session, since: Quarantine, *, as_of: datetime) -> int:
    """Mark as unknown whatever may have been sent since the backup; gives how many messages that are.

    That is what was due before the lost database stopped, and all that was queued in quarantine, since it follows from
    what happened before: only a look-up or a person lets it go out.
    """
    may_be_out = and_(
        Message.state.in_(_UNSETTLED),
        Message.outcome != SURELY_ABSENT,
        or_(Message.queued_at > since.made_at, Message.due_at <= since.stopped_at),
    )
    is_unknown = and_(Message.state == MessageState.UNKNOWN, Message.settled_at.is_(None), Message.outcome != DOUBTED)
    doubted = (
        update(Message)
        .where(or_(may_be_out, is_unknown))
        .values(
            on_retry=case((Message.state == MessageState.HELD, MessageState.HELD.value), else_=Message.on_retry),
            state=MessageState.UNKNOWN,
            outcome=DOUBTED,
            due_at=as_of,
            settled_at=None,
            lease_until=None,
            fence=new_id(),
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(doubted).all())


def doubt_writes(session: Session, *, as_of: datetime) -> dict[str, int]:
    """Let every open write to practice systems and clearinghouses be looked up before it is made; counts them."""
    open_pushes = PushRow.state.in_((PushState.PENDING, PushState.CLAIMED, PushState.SENDING, PushState.UNKNOWN))
    pushes = (
        update(PushRow)
        .where(open_pushes)
        .values(
            state=PushState.UNKNOWN,
            stage=case((PushRow.kind == PushKind.PLACE, PLACED_BEFORE), else_=PushRow.stage),
            due_at=as_of,
            lease_until=None,
            fence=new_id(),
        )
        .returning(PushRow.id)
        .execution_options(synchronize_session=False)
    )
    submissions = (
        update(SubmissionRow)
        .where(_is_open())
        .values(state="unknown", due_at=as_of, tries=0, lease_until=None, fence=new_id())
        .returning(SubmissionRow.id)
        .execution_options(synchronize_session=False)
    )
    return {
        "writes": len(session.scalars(pushes).all()),
        "submissions": len(session.scalars(submissions).all()),
    }


def _is_open() -> ColumnElement[bool]:
    return SubmissionRow.state.in_(("queued", "sending", "unknown"))


def note_reconciled(session: Session, restore: int, counts: dict[str, int], *, as_of: datetime) -> None:
    """Write down that everything doubtful was looked at, and what it led to; a second time replaces the first."""
    session.execute(
        update(RestoreRow)
        .where(RestoreRow.id == restore, RestoreRow.released_at.is_(None))
        .values(reconciled_at=as_of, counts=counts)
    )


def release(session: Session, restore: int, *, by: str, as_of: datetime) -> bool:
    """Let the database send again; False when somebody released it before, or it was not reconciled."""
    released = (
        update(RestoreRow)
        .where(RestoreRow.id == restore, RestoreRow.released_at.is_(None), RestoreRow.reconciled_at.is_not(None))
        .values(released_at=as_of, released_by=by)
        .returning(RestoreRow.id)
    )
    return session.execute(released).first() is not None


def waiting_messages(session: Session, since: Quarantine) -> int:
    """Count messages that came after the look at all of them: they have to be looked at as well."""
    query = select(Message.id).where(
        Message.state.in_(_UNSETTLED), Message.outcome != SURELY_ABSENT, Message.queued_at > since.made_at
    )
    return len(session.scalars(query).all())
