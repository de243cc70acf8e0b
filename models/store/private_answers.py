"""Answers to private feedback: sealed words, checked, released by a person, queued for that patient once (F-083)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules import reputation_private
from models.rules.decisions import CancelMessages, Effect, Note, Process, Refusal, Say, Settle
from models.rules.feedback_windows import NoCommonWindowError
from models.rules.messages import Channel
from models.rules.reply_checker import Finding, check_private, verdict_of
from models.rules.reputation_private import BARRIERS, KINDS, AnswerState, PrivateAnswer
from models.rules.roles import Role
from models.sealing import Keys
from models.store import effects, events, feedback_answers
from models.store.actors import Actor
from models.store.effects import Outcome
from models.store.findings import found, kept
from models.store.keys import keys_of
from models.store.messages import MAY_BE_OUT
from models.store.private_reach import reached
from models.tables.base import new_id
from models.tables.feedback import FeedbackAnswerRow, PrivateAnswerRow
from models.tables.messages import Message

TABLE: Final = PrivateAnswerRow.__tablename__
NO_FEEDBACK: Final = Refusal(
    "unknown_feedback",
    "This practice has no feedback with that number; list-feedback-requests shows which requests were answered.",
)
NO_ANSWER: Final = Refusal("no_answer", "Nobody has written an answer to this feedback yet; write one first.")
MOVED: Final = Refusal("moved", "Somebody changed this answer meanwhile; read it as it is now, and decide again.")
NO_WINDOW: Final = Refusal("no_window", "There is no hour at which this patient may be written to; call instead.")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an answer stands after a command, and what the check found; `is_repeated` says that nothing was changed."""

    state: AnswerState
    findings: tuple[Finding, ...] = ()
    is_repeated: bool = False


def draft(session: Session, request: int, words: str, actor: Actor, *, as_of: datetime) -> Standing | Refusal:
    """Write or change the words of an answer, and check them; nothing goes out by this (F-209)."""
    row = _place(session, request, actor)
    if isinstance(row, Refusal):
        return row
    keys, words = keys_of(session, actor.practice_id), words.strip()
    if refusal := reputation_private.fits(words, Channel.EMAIL):
        return refusal
    if row is not None and row.state is not AnswerState.TAKEN_BACK and opened(keys, row) == words:
        return Standing(row.state, found(row.findings), is_repeated=True)
    if refusal := reputation_private.may_draft(as_answer(row) if row else None):
        return refusal
    findings = check_private(words)
    row = row or PrivateAnswerRow(id=new_id(), practice_id=actor.practice_id, request_id=request, edition=0, releases=0)
    row.words = keys.seal(words, table=TABLE, column="words", row_id=row.id)
    row.edition, row.findings, row.channel, row.message_id = row.edition + 1, kept(findings), None, None
    _write(session, row, reputation_private.drafted(verdict_of(findings)))
    _tell(session, row, "private_answer_drafted", by=actor.key, as_of=as_of)
    return Standing(row.state, findings)


def release(session: Session, request: int, channel: Channel, actor: Actor, *, as_of: datetime) -> Standing | Refusal:
    """Let an answer go out by one way, at the next allowed hour; refused where the patient cannot be reached by it."""
    row = _drafted(session, request, actor)
    if isinstance(row, Refusal):
        return row
    decided = reputation_private.release(as_answer(row))
    if isinstance(decided, Refusal):
        return decided
    if refusal := reputation_private.fits(opened(keys_of(session, row.practice_id), row), channel):
        return refusal
    try:
        way = reached(session, request, as_of=as_of)
    except NoCommonWindowError:
        return NO_WINDOW
    if barrier := way.barriers[channel]:
        return Refusal(barrier.value, BARRIERS[barrier])
    row.channel, row.releases = channel, row.releases + 1
    _write(session, row, decided)
    key = f"answer:{row.releases}"
    said = Say(KINDS[channel], Role.PATIENT, key=key, channel=channel, not_before=way.allowed_at)
    _tell(session, row, "private_answer_released", said, by=actor.key, as_of=as_of)
    row.message_id = _message_named(session, row.id, key)
    feedback_answers.mark_read(session, row.practice_id, [request], as_of=as_of)
    session.flush()
    return Standing(row.state, found(row.findings))


def take_back(session: Session, request: int, actor: Actor, *, as_of: datetime) -> Standing | Refusal:
    """Take an answer back that has not gone out; one that is going out at this moment has."""
    row = _drafted(session, request, actor)
    if isinstance(row, Refusal):
        return row
    message = None if row.message_id is None else session.get(Message, row.message_id, populate_existing=True)
    is_out = message is not None and message.state in MAY_BE_OUT
    decided = reputation_private.take_back(as_answer(row), is_out=is_out)
    if isinstance(decided, Refusal):
        return decided
    _write(session, row, decided)
    undone = (CancelMessages(), Settle(f"message.{row.message_id}", "taken_back"))
    _tell(session, row, "private_answer_taken_back", *undone, by=actor.key, as_of=as_of)
    return Standing(row.state, found(row.findings))


def refuse_unseen(session: Session, request: int, actor: Actor, *, edition: int) -> Refusal | None:
    """Refuse whoever saw other words of an answer than stand there now; nobody changes them after."""
    row = _place(session, request, actor)
    if isinstance(row, Refusal):
        return row
    return None if (row.edition if row else 0) == edition else MOVED


def answer_of(session: Session, practice_id: int, request: int) -> PrivateAnswerRow | None:
    """Find the answer of a practice to a feedback."""
    row = PrivateAnswerRow
    return session.scalars(select(row).where(row.request_id == request, row.practice_id == practice_id)).one_or_none()


def opened(keys: Keys, row: PrivateAnswerRow) -> str:
    """Open the words of an answer, empty once they were purged; raises as `Keys.unseal`."""
    return keys.unseal(row.words, table=TABLE, column="words", row_id=row.id) if row.words else ""


def as_answer(row: PrivateAnswerRow) -> PrivateAnswer:
    """Give the facts of a row."""
    return PrivateAnswer(row.state, row.verdict)


def _place(session: Session, request: int, actor: Actor) -> PrivateAnswerRow | Refusal | None:
    """Find the answer to a feedback of the actor's practice, while nobody else changes it."""
    events.lock_practices(session, [actor.practice_id])
    feedback = session.get(FeedbackAnswerRow, request)
    if feedback is None or feedback.practice_id != actor.practice_id:
        return NO_FEEDBACK
    return answer_of(session, actor.practice_id, request)


def _drafted(session: Session, request: int, actor: Actor) -> PrivateAnswerRow | Refusal:
    row = _place(session, request, actor)
    return NO_ANSWER if row is None else row


def _write(session: Session, row: PrivateAnswerRow, answer: PrivateAnswer) -> None:
    row.state, row.verdict = answer.state, answer.verdict
    session.add(row)
    session.flush()


def _tell(session: Session, row: PrivateAnswerRow, kind: str, *effects_of_it: Effect, by: str, as_of: datetime) -> None:
    evidence = {"request": row.request_id, "edition": row.edition, "state": row.state.value}
    if row.channel is not None:
        evidence["channel"] = row.channel.value
    key = f"{kind}:{new_id()}"
    line = Outcome(
        row.practice_id, Process.REPUTATION, row.id, key, by, (Note(kind, evidence=evidence),), effects_of_it
    )
    effects.carry_out(session, [line], as_of=as_of)


def _message_named(session: Session, answer: int, key: str) -> int:
    query = select(Message.id).where(Message.process == Process.REPUTATION, Message.process_id == answer)
    return session.scalars(query.where(Message.key == key)).one()
