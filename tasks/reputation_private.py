"""Answers to private feedback: drafted from files, released and taken back by a person; the outbox sends them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.db import transaction
from models.inputs.answers import Answer
from models.rules.decisions import Refusal
from models.rules.messages import Channel
from models.rules.reputation_private import AnswerState
from models.store import private_answers
from models.store.actors import Actor, actor_of
from models.store.private_answers import Standing
from tasks.intake_folder import IntakeFolderError, read_intake
from tasks.policy import effect

MOST_FAULTS_SAID: Final = 20
_HOW: Final = {
    AnswerState.DRAFT: "The answer cannot be released as it is; change the words.",
    AnswerState.CHECKED: "The check found nothing; the answer waits to be released.",
    AnswerState.RELEASED: "Released; it goes to the patient in the next allowed hour.",
    AnswerState.TAKEN_BACK: "The answer was taken back; nothing is sent.",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A person's command about the answer to one feedback."""

    practice: str
    feedback: int
    by: str


@effect()
def draft_answer(command: Command, file: str, *, as_of: datetime) -> Answer:
    """Draft an answer from a file of the intake folder: its words never pass through a form."""
    try:
        words = read_intake(file)
    except IntakeFolderError as error:
        return Answer.refused(error.sentence)
    return _commanded(command, lambda s, actor: private_answers.draft(s, command.feedback, words, actor, as_of=as_of))


@effect()
def release_answer(command: Command, channel: Channel, *, as_of: datetime) -> Answer:
    """Release an answer by one way."""
    return _commanded(
        command, lambda s, actor: private_answers.release(s, command.feedback, channel, actor, as_of=as_of)
    )


@effect()
def take_back_answer(command: Command, *, as_of: datetime) -> Answer:
    """Take an answer back that has not gone out."""
    return _commanded(command, lambda s, actor: private_answers.take_back(s, command.feedback, actor, as_of=as_of))


def _commanded(command: Command, order: Callable[[Session, Actor], Standing | Refusal]) -> Answer:
    def carry_out(session: Session) -> Answer:
        actor = actor_of(session, command.practice, command.by)
        done = actor if isinstance(actor, Refusal) else order(session, actor)
        if isinstance(done, Refusal):
            return Answer.refused(done.sentence)
        if done.is_repeated:
            return Answer.repeated()
        return Answer(is_done=True, sentence=_sentence(done), kinds=(f"private_answer_{done.state.value}",))

    return transaction(carry_out)


def _sentence(done: Standing) -> str:
    """Say how an answer stands and what the check found: places and reasons, not a word of it."""
    return " ".join([_HOW[done.state], *(finding.sentence for finding in done.findings[:MOST_FAULTS_SAID])])
