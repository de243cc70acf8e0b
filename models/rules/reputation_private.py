"""Answers to private feedback: written by the practice, released by a person, sent to that patient only (F-083)."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NewType

from models.rules.decisions import Refusal
from models.rules.reply_checker import Verdict

AnswerId = NewType("AnswerId", int)
"""An answer to private feedback; never a `ReviewId` (F-082)."""
LONGEST_TEXT_WORDS: Final = 480
"""Characters of an answer that goes out by text, about three segments."""
LONGEST_WORDS: Final = 2_000


class AnswerState(StrEnum):
    """Where an answer stands; what became of the message is the outbox's to say."""

    DRAFT = "draft"
    CHECKED = "checked"
    RELEASED = "released"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class PrivateAnswer:
    """One answer to one patient's private feedback."""

    state: AnswerState
    verdict: Verdict


def drafted(verdict: Verdict) -> PrivateAnswer:
    """Begin an answer whose words were checked: it must carry nothing about health, dates or money (F-209)."""
    return PrivateAnswer(AnswerState.CHECKED if verdict is Verdict.CLEAN else AnswerState.DRAFT, verdict)


def release(answer: PrivateAnswer) -> PrivateAnswer | Refusal:
    """Let an answer go out; it never does so by itself."""
    if answer.verdict is not Verdict.CLEAN:
        sentence = "The answer speaks of health, dates or money, which no text or mail may carry; change the words."
        return Refusal("has_findings", sentence)
    if answer.state is not AnswerState.CHECKED:
        return Refusal("not_waiting", "This answer does not wait for a release.")
    return replace(answer, state=AnswerState.RELEASED)


def take_back(answer: PrivateAnswer, *, is_out: bool) -> PrivateAnswer | Refusal:
    """Take an answer back that has not gone out yet."""
    if answer.state is not AnswerState.RELEASED:
        return Refusal("not_released", "Nobody has released this answer, so there is nothing to take back.")
    if is_out:
        return Refusal("sent", "This answer has gone out already; call the patient instead.")
    return replace(answer, state=AnswerState.TAKEN_BACK)
