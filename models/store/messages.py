"""The outbox: queued once, claimed, marked before the call and settled after it; unknown is never guessed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Insert, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.rules.decisions import Evidence, Process
from models.rules.messages import CATALOGUE, MessageKind
from models.rules.roles import Role
from models.store.claims import LEASE, Claim
from models.tables.base import new_id
from models.tables.messages import Message, MessageState

QUEUED = (MessageState.PENDING, MessageState.HELD, MessageState.CLAIMED)
UNDER_WAY = (MessageState.CLAIMED, MessageState.SENDING)
DEAD_LETTERS = (MessageState.REFUSED, MessageState.UNKNOWN, MessageState.DEAD)
RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""How long an unavailable provider is left alone after each try; after the last one the message is dead."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One message to be queued."""

    practice_id: int
    process: Process
    process_id: int
    key: str
    kind: MessageKind
    to_role: Role
    to_person: str
    subject: str
    fields: dict[str, Evidence]
    due_at: datetime
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """One message that is ours to deliver; `attempt` counts from 1."""

    id: int
    practice_id: int
    process: Process
    process_id: int
    kind: MessageKind
    to_role: Role
    to_person: str
    subject: str
    fields: dict[str, Evidence]
    attempt: int

    @property
    def message_id(self) -> str:
        """Name this attempt for ever: the Message-ID of a mail, the attempt id of a text."""
        return f"{self.id}.{self.attempt}@golive.invalid"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt."""

    state: MessageState
    code: str = ""
    reference: str = ""


def queue(session: Session, messages: Sequence[NewMessage], *, as_of: datetime) -> None:
    """Queue messages; one whose key was used before is not queued again, whatever became of it."""
    if messages:
        session.execute(_insert_once(session), [_row(message, as_of) for message in messages])


def _insert_once(session: Session) -> Insert:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(Message).on_conflict_do_nothing(index_elements=["process", "process_id", "key"])


def _row(message: NewMessage, as_of: datetime) -> dict[str, object]:
    return {
        "practice_id": message.practice_id,
        "process": message.process,
        "process_id": message.process_id,
        "key": message.key,
        "kind": message.kind,
        "channel": CATALOGUE[message.kind].channel,
        "to_role": message.to_role,
        "to_person": message.to_person,
        "subject": message.subject,
        "fields": message.fields,
        "state": MessageState.HELD if message.is_held else MessageState.PENDING,
        "queued_at": as_of,
        "due_at": message.due_at,
        "attempts": 0,
        "lease_until": None,
        "fence": 0,
        "settled_at": None,
        "outcome": "",
        "reference": "",
    }


def claim_due(session: Session, *, as_of: datetime, limit: int, lease: timedelta = LEASE) -> Claim:
    """Claim messages that are due, the oldest first."""
    due = (
        select(Message.id)
        .where(Message.state == MessageState.PENDING, Message.due_at <= as_of)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    fence = new_id()
    claimed = (
        update(Message)
        .where(Message.id.in_(due.scalar_subquery()))
        .values(state=MessageState.CLAIMED, lease_until=as_of + lease, fence=fence)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return Claim(fence, tuple(sorted(session.scalars(claimed))))


def claimed(session: Session, claim: Claim) -> list[ClaimedMessage]:
    """Read what a claim still holds."""
    query = (
        select(
            Message.id,
            Message.practice_id,
            Message.process,
            Message.process_id,
            Message.kind,
            Message.to_role,
            Message.to_person,
            Message.subject,
            Message.fields,
            Message.attempts + 1,
        )
        .where(Message.id.in_(claim.ids), Message.fence == claim.fence, Message.state == MessageState.CLAIMED)
        .order_by(Message.id)
    )
    return [ClaimedMessage(*row) for row in session.execute(query)]


def mark_sending(session: Session, message: int, *, fence: int, as_of: datetime, lease: timedelta = LEASE) -> bool:
    """Write down that the call is about to be made; False when the claim was lost or the message was cancelled."""
    marked = (
        update(Message)
        .where(Message.id == message, Message.fence == fence, Message.state == MessageState.CLAIMED)
        .values(state=MessageState.SENDING, attempts=Message.attempts + 1, lease_until=as_of + lease)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(marked).first() is not None


def record_outcome(session: Session, message: int, outcome: Outcome, *, fence: int, as_of: datetime) -> bool:
    """Write down what became of the attempt; False when somebody else settled it meanwhile."""
    settled = (
        update(Message)
        .where(Message.id == message, Message.fence == fence, Message.state.in_(UNDER_WAY))
        .values(
            state=outcome.state, outcome=outcome.code, reference=outcome.reference, settled_at=as_of, lease_until=None
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(settled).first() is not None


def try_later(session: Session, message: int, code: str, *, fence: int, as_of: datetime) -> MessageState:
    """Queue a message again after an unavailable provider, or give it up as dead after the last try."""
    attempts = session.scalar(select(Message.attempts).where(Message.id == message)) or 0
    if attempts > len(RETRY_AFTER):
        record_outcome(session, message, Outcome(MessageState.DEAD, code), fence=fence, as_of=as_of)
        return MessageState.DEAD
    session.execute(
        update(Message)
        .where(Message.id == message, Message.fence == fence, Message.state.in_(UNDER_WAY))
        .values(
            state=MessageState.PENDING,
            due_at=as_of + RETRY_AFTER[max(attempts, 1) - 1],
            outcome=code,
            lease_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    return MessageState.PENDING


def give_back(session: Session, claim: Claim) -> None:
    """Let go of messages that were claimed and not begun."""
    session.execute(
        update(Message)
        .where(Message.id.in_(claim.ids), Message.fence == claim.fence, Message.state == MessageState.CLAIMED)
        .values(state=MessageState.PENDING, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def recover(session: Session, *, as_of: datetime) -> tuple[int, int]:
    """Take over from workers that died: what was not begun is due again, what was under way is unknown.

    Gives both counts.
    """
    ended = Message.lease_until < as_of
    again = (
        update(Message)
        .where(Message.state == MessageState.CLAIMED, ended)
        .values(state=MessageState.PENDING, lease_until=None)
    )
    unknown = (
        update(Message)
        .where(Message.state == MessageState.SENDING, ended)
        .values(state=MessageState.UNKNOWN, outcome="worker_died", settled_at=as_of, lease_until=None)
    )
    options = {"synchronize_session": False}
    due_again = session.scalars(again.returning(Message.id).execution_options(**options)).all()
    doubtful = session.scalars(unknown.returning(Message.id).execution_options(**options)).all()
    return len(due_again), len(doubtful)


def cancel(
    session: Session,
    *,
    process: Process,
    process_id: int,
    kinds: Collection[MessageKind] = (),
    subject: str = "",
    keep: Collection[MessageKind] = (),
    because: str = "",
    as_of: datetime,
) -> None:
    """Cancel queued messages of a process, with the cause; what is already under way is not called back."""
    wanted = [Message.process == process, Message.process_id == process_id, Message.state.in_(QUEUED)]
    if kinds:
        wanted.append(Message.kind.in_(kinds))
    if keep:
        wanted.append(Message.kind.not_in(keep))
    if subject:
        wanted.append(Message.subject == subject)
    session.execute(
        update(Message)
        .where(*wanted)
        .values(state=MessageState.CANCELLED, outcome=because[:60], settled_at=as_of, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def hold(session: Session, *, process: Process, process_id: int) -> None:
    """Keep queued messages of a paused process back."""
    _move(
        session,
        process=process,
        process_id=process_id,
        old=(MessageState.PENDING, MessageState.CLAIMED),
        new=MessageState.HELD,
    )


def release(session: Session, *, process: Process, process_id: int) -> None:
    """Queue held messages again."""
    _move(session, process=process, process_id=process_id, old=(MessageState.HELD,), new=MessageState.PENDING)


def _move(
    session: Session, *, process: Process, process_id: int, old: Collection[MessageState], new: MessageState
) -> None:
    session.execute(
        update(Message)
        .where(Message.process == process, Message.process_id == process_id, Message.state.in_(old))
        .values(state=new, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def replay(session: Session, ids: Sequence[int], *, as_of: datetime) -> list[int]:
    """Queue dead letters once more, as a person decided; gives those that were dead letters."""
    again = (
        update(Message)
        .where(Message.id.in_(ids), Message.state.in_(DEAD_LETTERS))
        .values(state=MessageState.PENDING, due_at=as_of, attempts=Message.attempts, settled_at=None)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.scalars(again))


def dead_letters(session: Session, *, limit: int = 200) -> Sequence[Message]:
    """List messages that were refused, given up, or whose outcome nobody knows."""
    query = select(Message).where(Message.state.in_(DEAD_LETTERS)).order_by(Message.settled_at.desc()).limit(limit)
    return session.scalars(query).all()


def unknown(session: Session, *, limit: int) -> list[ClaimedMessage]:
    """Give the attempts whose outcome nobody knows, to be looked up."""
    query = (
        select(
            Message.id,
            Message.practice_id,
            Message.process,
            Message.process_id,
            Message.kind,
            Message.to_role,
            Message.to_person,
            Message.subject,
            Message.fields,
            Message.attempts,
        )
        .where(Message.state == MessageState.UNKNOWN, Message.outcome != "cannot_tell")
        .order_by(Message.id)
        .limit(limit)
    )
    return [ClaimedMessage(*row) for row in session.execute(query)]


def settle_unknown(session: Session, message: int, outcome: Outcome, *, as_of: datetime) -> bool:
    """Replace an unknown outcome by what a look-up found."""
    settled = (
        update(Message)
        .where(Message.id == message, Message.state == MessageState.UNKNOWN)
        .values(state=outcome.state, outcome=outcome.code, reference=outcome.reference, settled_at=as_of, due_at=as_of)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(settled).first() is not None


def next_due(session: Session) -> datetime | None:
    """Say when the next message falls due, or the next lease of one under way ends."""
    pending = session.scalar(select(func.min(Message.due_at)).where(Message.state == MessageState.PENDING))
    leased = session.scalar(select(func.min(Message.lease_until)).where(Message.state.in_(UNDER_WAY)))
    return min((moment for moment in (pending, leased) if moment is not None), default=None)


def counts(session: Session) -> dict[tuple[MessageKind, MessageState], int]:
    """Count messages by kind and state."""
    query = select(Message.kind, Message.state, func.count()).group_by(Message.kind, Message.state)
    return {(kind, state): count for kind, state, count in session.execute(query)}
