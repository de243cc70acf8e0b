"""What a provider took, noted at once and settled a little later with many others: a kill in between loses nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session

from models.store.claims import LEASE
from models.store.messages import CLAIMED, ClaimedMessage, Outcome
from models.store.sets import is_sqlite
from models.tables.base import new_id
from models.tables.messages import Message, MessageState

ACCEPTED: Final = "accepted"
_ROWS: Final = Message.metadata.tables[Message.__tablename__]
_NOTE: Final = (
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("number"), _ROWS.c.fence == bindparam("mine"))
    .where(_ROWS.c.state == MessageState.SENDING)
    .values(outcome=ACCEPTED, reference=bindparam("name"), settled_at=bindparam("at"))
)
_NOTE_AT_ONCE: Final = text(
    "UPDATE messages SET outcome = :accepted, reference = new.name, settled_at = new.at "
    "FROM unnest(CAST(:numbers AS bigint[]), CAST(:names AS text[]), CAST(:times AS timestamptz[])) "
    "AS new (number, name, at) "
    "WHERE messages.id = new.number AND messages.fence = :mine AND messages.state = :sending"
)
"""The row stays `sending`: who takes it over finds that it was sent, not a doubt."""


class Taken(NamedTuple):
    """One attempt that its provider took: the message, the provider's own id, and when (UTC)."""

    message: int
    reference: str
    at: datetime


def note_accepted(session: Session, taken: Sequence[Taken], *, fence: int) -> None:
    """Note what providers took, one cheap statement for several messages."""
    if not is_sqlite(session):
        numbers, names, times = (list(column) for column in zip(*taken, strict=True))
        values = {"accepted": ACCEPTED, "sending": MessageState.SENDING.value, "mine": fence}
        session.connection().execute(_NOTE_AT_ONCE, values | {"numbers": numbers, "names": names, "times": times})
        return
    rows = [{"number": one.message, "mine": fence, "name": one.reference, "at": one.at} for one in taken]
    session.connection().execute(_NOTE, rows)


def take_over(session: Session, *, as_of: datetime, limit: int) -> list[tuple[ClaimedMessage, Outcome]]:
    """Take over what dead workers had noted and not settled; gives each message with its outcome."""
    left_behind = (
        select(Message.id)
        .where(Message.state == MessageState.SENDING, Message.lease_until < as_of, Message.outcome == ACCEPTED)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("left_behind")
    )
    fence = new_id()
    taken_over = (
        update(Message)
        .where(Message.id.in_(select(left_behind.c.id)))
        .values(fence=fence, lease_until=as_of + LEASE)
        .returning(*CLAIMED, Message.attempts, Message.fence, Message.reference, Message.settled_at)
        .execution_options(synchronize_session=False)
    )
    return [
        (ClaimedMessage(*row), Outcome(MessageState.SENT, ACCEPTED, reference, at))
        for *row, reference, at in session.execute(taken_over).all()
    ]
