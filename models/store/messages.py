"""The outbox: queued once, claimed, marked before the call and settled after it; unknown is never guessed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from models.rules.decisions import CancelMessages, Evidence, Process
from models.rules.messages import CATALOGUE, Channel, MessageKind
from models.rules.roles import Role
from models.store import events
from models.store.claims import LEASE, Claim
from models.store.restores import NOTHING_QUARANTINED
from models.store.sending_stops import stays_or_is_ours, stopped_practices
from models.store.sets import Constants, Named, among, insert_rows, listed, prepared, update_rows
from models.tables.base import new_id
from models.tables.messages import Message, MessageState

QUEUED = (MessageState.PENDING, MessageState.HELD, MessageState.CLAIMED)
UNDER_WAY = (MessageState.CLAIMED, MessageState.SENDING)
DEAD_LETTERS = (MessageState.REFUSED, MessageState.UNKNOWN, MessageState.DEAD)
SETTLED = (MessageState.SENT, MessageState.CANCELLED, *DEAD_LETTERS)
MAY_BE_OUT = (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)
UNSURE = (MessageState.SENDING, *DEAD_LETTERS)
_STATE = {True: MessageState.HELD, False: MessageState.PENDING}
_NEW: Constants = {"on_retry": MessageState.PENDING.value, "attempts": 0, "fence": 0, "outcome": "", "reference": ""}
# written into the SQL, since a partial index is used only where the statement itself says what the index says
_IS_PENDING = text("messages.state = 'pending'")
_IS_UNDER_WAY = text("messages.state IN ('claimed', 'sending')")
_IS_DEAD_LETTER = text("messages.state IN ('refused', 'unknown', 'dead')")
RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""How long an unavailable provider is left alone after each try; after the last one the message is dead."""
FIRST_LOOK: Final[Mapping[Channel, timedelta]] = {Channel.TEXT: timedelta(seconds=120), Channel.EMAIL: timedelta(0)}
"""How long after an unknown outcome the provider is asked: a text may be late in its lists, a mail server has none."""

CLAIMED: Final = (
    Message.id,
    Message.practice_id,
    Message.process,
    Message.process_id,
    Message.kind,
    Message.to_role,
    Message.to_person,
    Message.subject,
    Message.fields,
    Message.channel,
    Message.queued_at,
)


_ROWS: Final = Message.metadata.tables[Message.__tablename__]

_MAY_GO: Final = and_(_IS_PENDING, _ROWS.c.practice_id.not_in(stopped_practices()), stays_or_is_ours())
_IS_DOUBTFUL: Final = and_(_IS_DEAD_LETTER, _ROWS.c.settled_at.is_(None), _ROWS.c.state == MessageState.UNKNOWN)
_CHOSEN: Final = (
    select(_ROWS.c.id)
    .where(_MAY_GO, _ROWS.c.due_at <= bindparam("as_of"), NOTHING_QUARANTINED)
    .order_by(_ROWS.c.due_at, _ROWS.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("chosen")  # PostgreSQL runs it once; as a mere subquery it may run again and lock too many
)
_CLAIM: Final = (
    update(_ROWS)
    .where(_ROWS.c.id.in_(select(_CHOSEN.c.id)))
    .values(state=MessageState.CLAIMED, lease_until=bindparam("until"), fence=bindparam("mine"))
    .returning(_ROWS.c.id)
)
_FIRST_PENDING: Final = select(func.min(_ROWS.c.due_at)).where(_MAY_GO)
_FIRST_LEASE: Final = select(func.min(_ROWS.c.lease_until)).where(_IS_UNDER_WAY)
_FIRST_DOUBTFUL: Final = select(func.min(_ROWS.c.due_at)).where(_IS_DOUBTFUL)


class NewMessage(NamedTuple):
    """One message to be queued; without a channel it travels as the catalogue says."""

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
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """One message that is ours to deliver; `attempt` counts from 1, `queued_at` is UTC."""

    id: int
    practice_id: int
    process: Process
    process_id: int
    kind: MessageKind
    to_role: Role
    to_person: str
    subject: str
    fields: dict[str, Evidence]
    channel: Channel
    queued_at: datetime
    attempt: int
    fence: int = 0

    @property
    def message_id(self) -> str:
        """Name this attempt for ever: the Message-ID of a mail, the attempt id of a text."""
        return f"{self.id}.{self.attempt}@golive.invalid"

    def message_ids(self, count: int) -> list[str]:
        """Name this attempt, or the first one, and those that may have followed it."""
        first = max(self.attempt, 1)
        return [f"{self.id}.{attempt}@golive.invalid" for attempt in range(first, first + count)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt; `at` is when the provider said so (UTC), unless that is now."""

    state: MessageState
    code: str = ""
    reference: str = ""
    at: datetime | None = None


def queue(session: Session, messages: Sequence[NewMessage], *, as_of: datetime) -> None:
    """Queue messages; one whose key was used before is not queued again, whatever became of it."""
    names = (*NewMessage._fields[:-2], "state", "id", "channel", "queued_at")
    rows = [
        (*one[:-2], _STATE[one.is_held], new_id(), one.channel or CATALOGUE[one.kind].channel, as_of)
        for one in messages
    ]
    insert_rows(session, Message, names, rows, constants=_NEW, unless="(process, process_id, key)")


def claim_due(session: Session, *, as_of: datetime, limit: int, lease: timedelta = LEASE) -> Claim:
    """Claim messages that are due, the oldest first; those of practices that are stopped or leave stay."""
    fence = new_id()
    values = {"as_of": as_of, "most": limit, "until": as_of + lease, "mine": fence}
    return Claim(fence, tuple(sorted(session.scalars(_CLAIM, values))))


def claimed(session: Session, claim: Claim) -> list[ClaimedMessage]:
    """Read what a claim still holds."""
    query = select(*CLAIMED, Message.attempts + 1, Message.fence)
    query = query.where(_is_ours(session, claim)).order_by(Message.id)
    return [ClaimedMessage(*row) for row in session.execute(query)]


def mark_sending(
    session: Session, ids: Collection[int], *, fence: int, as_of: datetime, lease: timedelta = LEASE
) -> frozenset[int]:
    """Write down that calls are about to be made; what a lost claim or a cancelled message names is left out."""
    values = listed(session, ids) | {"mine": fence, "until": as_of + lease}
    return frozenset(session.connection().scalars(_mark(session), values))


@prepared
def _mark(named: Named) -> ReturningUpdate[tuple[int]]:
    return (
        update(_ROWS)
        .where(named(_ROWS.c.id), _ROWS.c.fence == bindparam("mine"))
        .where(_ROWS.c.state == MessageState.CLAIMED, NOTHING_QUARANTINED, stays_or_is_ours())
        .values(state=MessageState.SENDING, attempts=_ROWS.c.attempts + 1, lease_until=bindparam("until"), outcome="")
        .returning(_ROWS.c.id)
    )


def unmark(session: Session, ids: Collection[int], *, fence: int, as_of: datetime) -> frozenset[int]:
    """Take marks back of calls that were not made, so that they are due again; gives those nobody wants any more."""
    ours = and_(among(session, Message.id, ids), Message.fence == fence, Message.state == MessageState.SENDING)
    again = {"attempts": Message.attempts - 1, "lease_until": None, "state": Message.on_retry}
    unwanted = (
        update(Message)
        .where(ours, Message.on_retry == MessageState.CANCELLED)
        .values(**again, settled_at=as_of)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    cancelled = frozenset(session.scalars(unwanted))
    _change(session, ours, **again)
    return cancelled


def record_outcomes(
    session: Session, outcomes: Mapping[int, Outcome], *, fence: int, as_of: datetime
) -> frozenset[int]:
    """Write down what became of attempts, by message; gives those that nobody else had settled meanwhile.

    An unknown one is not settled yet: it is looked up first (F-221).
    """
    wanted = listed(session, outcomes) | {"mine": fence}
    events.lock_practices(session, set(session.scalars(_practices_of_ours(session), wanted)))
    found = session.execute(_ours(session), wanted).all()
    rows = []
    for number, channel, due_at in found:
        one = outcomes[number]
        is_unknown = one.state is MessageState.UNKNOWN
        times = (as_of + FIRST_LOOK[channel], None) if is_unknown else (due_at, one.at or as_of)
        rows.append((one.state, one.code, one.reference, *times, None, number))
    update_rows(session, Message, ("state", "outcome", "reference", "due_at", "settled_at", "lease_until", "id"), rows)
    return frozenset(number for number, *_ in found)


def _is_under_way(named: Named) -> ColumnElement[bool]:
    return and_(named(Message.id), Message.fence == bindparam("mine"), Message.state.in_(UNDER_WAY))


@prepared
def _practices_of_ours(named: Named) -> Select[tuple[int]]:
    return select(Message.practice_id).where(_is_under_way(named)).distinct()


@prepared
def _ours(named: Named) -> Select[Any]:
    return select(Message.id, Message.channel, Message.due_at).where(_is_under_way(named)).with_for_update()


def _lock_practice_of(session: Session, message: int) -> None:
    practice = session.scalar(select(Message.practice_id).where(Message.id == message))
    if practice is not None:
        events.lock_practices(session, [practice])


def try_later(session: Session, message: int, code: str, *, fence: int, as_of: datetime) -> MessageState:
    """Queue a message again after an unavailable provider, or give it up as dead after the last try.

    It is held or cancelled instead when its process was paused or ended meanwhile. Gives the state that it has now.
    """
    _lock_practice_of(session, message)
    query = select(Message.attempts, Message.on_retry).where(Message.id == message)
    attempts, state = session.execute(query).one()
    if attempts > len(RETRY_AFTER):
        state = MessageState.DEAD
    later = (
        update(Message)
        .where(Message.id == message, Message.fence == fence, Message.state.in_(UNDER_WAY))
        .values(
            state=state,
            due_at=as_of + RETRY_AFTER[min(max(attempts, 1), len(RETRY_AFTER)) - 1],
            outcome=code,
            settled_at=as_of if state in SETTLED else None,
            lease_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(later)
    return session.scalars(select(Message.state).where(Message.id == message)).one()


def give_back(session: Session, claim: Claim) -> None:
    """Let go of messages that were claimed and not begun."""
    session.execute(
        update(Message)
        .where(_is_ours(session, claim))
        .values(state=MessageState.PENDING, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def put_back(session: Session, message: ClaimedMessage, *, until: datetime) -> None:
    """Let a claimed message wait until a later moment (UTC): this is not the hour for it."""
    ours = and_(Message.id == message.id, Message.fence == message.fence, Message.state == MessageState.CLAIMED)
    _change(session, ours, state=MessageState.PENDING, due_at=until, lease_until=None)


def _is_ours(session: Session, claim: Claim) -> ColumnElement[bool]:
    mine = Message.fence == claim.fence
    return and_(among(session, Message.id, claim.ids), mine, Message.state == MessageState.CLAIMED)


def recover(session: Session, *, as_of: datetime) -> tuple[int, int]:
    """Take over from workers that died: what was not begun is due again, what was under way is unknown.

    What a provider had taken already is not among it (`noted.take_over`). Gives both counts. The new fence keeps a
    worker that was only slow from writing any more.
    """
    again = _take_over(session, Message.state == MessageState.CLAIMED, as_of=as_of, state=MessageState.PENDING)
    doubtful = 0
    for channel, pause in FIRST_LOOK.items():
        under_way = and_(Message.state == MessageState.SENDING, Message.channel == channel, Message.outcome == "")
        new = {"state": MessageState.UNKNOWN, "outcome": "worker_died", "due_at": as_of + pause}
        doubtful += _take_over(session, under_way, as_of=as_of, settled_at=None, **new)
    return again, doubtful


def _take_over(session: Session, which: ColumnElement[bool], *, as_of: datetime, **new: object) -> int:
    left_behind = (
        select(Message.id)
        .where(_IS_UNDER_WAY, which, Message.lease_until < as_of)
        .with_for_update(skip_locked=True)
        .cte("left_behind")
    )
    taken_over = (
        update(Message)
        .where(Message.id.in_(select(left_behind.c.id)))
        .values(lease_until=None, fence=new_id(), **new)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(taken_over).all())


def cancel(
    session: Session, quiet: CancelMessages, *, process: Process, process_id: int, because: str = "", as_of: datetime
) -> None:
    """Cancel queued messages of a process, with the cause.

    What is under way is not called back; but it is not tried again, nor is a dead letter replayed.
    """
    wanted = [Message.process == process, Message.process_id == process_id]
    if quiet.kinds:
        wanted.append(Message.kind.in_(quiet.kinds))
    if quiet.keep:
        wanted.append(Message.kind.not_in(quiet.keep))
    if quiet.subject:
        wanted.append(Message.subject == quiet.subject)
    if quiet.person:
        wanted.append(Message.to_person == quiet.person)
    _change(
        session,
        and_(*wanted, Message.state.in_(QUEUED)),
        state=MessageState.CANCELLED,
        outcome=because[:60],
        settled_at=as_of,
        lease_until=None,
    )
    _change(session, and_(*wanted, Message.state.in_(UNSURE)), on_retry=MessageState.CANCELLED)


def hold(session: Session, *, process: Process, process_id: int) -> None:
    """Keep queued messages of a paused process back, and those whose attempt fails from now on."""
    ours = and_(Message.process == process, Message.process_id == process_id)
    waiting = (MessageState.PENDING, MessageState.CLAIMED)
    _change(session, and_(ours, Message.state.in_(waiting)), state=MessageState.HELD, lease_until=None)
    unsure = and_(ours, Message.state.in_(UNSURE), Message.on_retry == MessageState.PENDING)
    _change(session, unsure, on_retry=MessageState.HELD)


def release(session: Session, *, process: Process, process_id: int) -> None:
    """Queue held messages again."""
    ours = and_(Message.process == process, Message.process_id == process_id)
    _change(session, and_(ours, Message.state == MessageState.HELD), state=MessageState.PENDING)
    _change(session, and_(ours, Message.on_retry == MessageState.HELD), on_retry=MessageState.PENDING)


def _change(session: Session, which: ColumnElement[bool], **new: object) -> None:
    session.execute(update(Message).where(which).values(**new).execution_options(synchronize_session=False))


def replay(session: Session, ids: Sequence[int], *, as_of: datetime) -> list[int]:
    """Queue dead letters once more, as a person decided; gives those that are queued or held now.

    The count of attempts goes on, so that every attempt has a Message-ID of its own. A message that its process no
    longer wants stays where it is.
    """
    again = (
        update(Message)
        .where(among(session, Message.id, ids), Message.state.in_(DEAD_LETTERS))
        .where(Message.on_retry != MessageState.CANCELLED)
        .values(state=Message.on_retry, due_at=as_of, settled_at=None, lease_until=None)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.scalars(again))


def dead_letters(session: Session, *, limit: int = 200) -> Sequence[Message]:
    """List messages that were refused, given up, or whose outcome nobody knows, the newest first."""
    newest = Message.settled_at.desc().nulls_first()
    query = select(Message).where(_IS_DEAD_LETTER).order_by(newest, Message.id).limit(limit)
    return session.scalars(query).all()


def next_due(session: Session) -> datetime | None:
    """Say when the next message or look-up falls due, or the next lease of one under way ends."""
    moments = [session.scalar(first) for first in (_FIRST_PENDING, _FIRST_LEASE, _FIRST_DOUBTFUL)]
    return min((moment for moment in moments if moment is not None), default=None)


def is_to_be_looked_up() -> ColumnElement[bool]:
    """Choose the unknown outcomes that are not final: they are the only dead letters that nothing has settled."""
    return _IS_DOUBTFUL


def counts(session: Session) -> dict[tuple[MessageKind, MessageState], int]:
    """Count messages by kind and state."""
    query = select(Message.kind, Message.state, func.count()).group_by(Message.kind, Message.state)
    return {(kind, state): count for kind, state, count in session.execute(query)}
