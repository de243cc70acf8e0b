"""What pages show of a practice's answer to private feedback: its words, how far it is, and its history (F-083)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.decisions import Process
from models.rules.feedback_windows import NoCommonWindowError
from models.rules.messages import Channel
from models.rules.reply_checker import Finding
from models.rules.reputation_private import AnswerState, Barrier
from models.store import events, private_answers
from models.store.findings import found
from models.store.keys import keys_of
from models.store.private_reach import reached
from models.store.sets import among
from models.tables.feedback import PrivateAnswerRow
from models.tables.messages import Message, MessageState

NONE: Final = "none"
_OUT: Final = {
    MessageState.SENDING: "going",
    MessageState.SENT: "sent",
    MessageState.UNKNOWN: "unknown",
    MessageState.REFUSED: "failed",
    MessageState.DEAD: "failed",
    MessageState.CANCELLED: "failed",
}
STANDINGS: Final = (NONE, *(one.value for one in AnswerState), *dict.fromkeys(_OUT.values()))


@dataclass(frozen=True, slots=True)
class Told:
    """One line of an answer's history."""

    kind: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The answer to one feedback; `barriers` say why a way is closed, empty where it is open."""

    standing: str = NONE
    edition: int = 0
    words: str = field(default="", repr=False)
    findings: tuple[Finding, ...] = ()
    channel: Channel | None = None
    moment: datetime | None = None
    history: tuple[Told, ...] = ()
    barriers: Mapping[Channel, str] = field(default_factory=dict)


def answer_view(session: Session, practice_id: int, request: int, *, as_of: datetime) -> AnswerView:
    """Open the answer to a feedback of a practice, with the ways that are open at a moment (UTC)."""
    barriers = _barriers(session, request, as_of=as_of)
    row = private_answers.answer_of(session, practice_id, request)
    if row is None:
        return AnswerView(barriers=barriers)
    message = None if row.message_id is None else session.get(Message, row.message_id, populate_existing=True)
    lines = events.history(session, process=Process.REPUTATION, process_id=row.id)
    keys = keys_of(session, practice_id)
    return AnswerView(
        _standing(row.state, message.state if message else None),
        row.edition,
        keys.shown(row.words, table=private_answers.TABLE, column="words", row_id=row.id),
        found(row.findings),
        row.channel,
        (message.settled_at or message.due_at) if message else None,
        tuple(Told(line.kind, line.actor, line.at) for line in lines),
        barriers,
    )


def _barriers(session: Session, request: int, *, as_of: datetime) -> dict[Channel, str]:
    try:
        way = reached(session, request, as_of=as_of)
    except NoCommonWindowError:
        return dict.fromkeys(Channel, private_answers.NO_WINDOW.code)
    return {channel: barrier.value if isinstance(barrier, Barrier) else "" for channel, barrier in way.barriers.items()}


def standings(session: Session, practice_id: int, requests: Collection[int]) -> dict[int, str]:
    """Say how far the answers to some feedback are; those without one are left out."""
    row = PrivateAnswerRow
    query = (
        select(row.request_id, row.state, Message.state)
        .outerjoin(Message, Message.id == row.message_id)
        .where(row.practice_id == practice_id, among(session, row.request_id, requests))
    )
    return {request: _standing(state, sent) for request, state, sent in session.execute(query)}


def _standing(state: AnswerState, message: MessageState | None) -> str:
    if state is not AnswerState.RELEASED or message is None:
        return state.value
    return _OUT.get(message, state.value)
