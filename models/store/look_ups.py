"""Look-ups of unknown outcomes: which are due, what a look said, and when nobody will ever know (F-221)."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.store import events
from models.store.messages import CLAIMED, ClaimedMessage, Outcome, is_to_be_looked_up
from models.tables.messages import Message, MessageState

SECOND_LOOK: Final = timedelta(seconds=60)
FINAL: Final = "unknown_final"
ABSENT_ONCE: Final = "absent_once"
DOUBTFUL_ONCE: Final = "doubtful_once"


class Doubtful(NamedTuple):
    """One attempt whose outcome nobody knows; `before` is what is written of it, the look before included."""

    message: ClaimedMessage
    before: str


def is_due(session: Session, *, as_of: datetime) -> bool:
    """Say whether an unknown outcome is to be looked up at a moment (UTC)."""
    query = select(Message.id).where(is_to_be_looked_up(), Message.due_at <= as_of).limit(1)
    return session.scalar(query) is not None


def due(session: Session, *, as_of: datetime, limit: int) -> list[Doubtful]:
    """Give the unknown outcomes that are to be looked up at a moment (UTC), the oldest first."""
    query = (
        select(*CLAIMED, Message.attempts, Message.fence, Message.outcome)
        .where(is_to_be_looked_up(), Message.due_at <= as_of)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
    )
    return [Doubtful(ClaimedMessage(*row), before) for *row, before in session.execute(query)]


def write(session: Session, doubtful: Doubtful, outcome: Outcome, *, as_of: datetime) -> MessageState | None:
    """Write down what a look led to, once; pending means as after an unavailable provider.

    Gives the message's state, which is cancelled where nobody wants it any more; none when somebody else looked
    meanwhile, or a person decided.
    """
    message = doubtful.message
    events.lock_practices(session, [message.practice_id])
    is_again = outcome.state is MessageState.PENDING
    looks_again = outcome.state is MessageState.UNKNOWN and outcome.code != FINAL
    settled = (
        update(Message)
        .where(Message.id == message.id, is_to_be_looked_up(), Message.outcome == doubtful.before)
        .values(
            state=Message.on_retry if is_again else outcome.state,
            outcome=outcome.code,
            settled_at=None if looks_again else as_of,
            due_at=as_of + SECOND_LOOK if looks_again else as_of,
        )
        .returning(Message.state)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(settled).first()
