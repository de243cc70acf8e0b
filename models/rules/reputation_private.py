"""Answers to private feedback: written by the practice, released by a person, sent to that patient only (F-083)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.rules.decisions import Refusal
from models.rules.messages import Channel, MessageKind
from models.rules.reply_checker import Verdict

LONGEST_TEXT_WORDS: Final = 480
"""Characters of an answer that goes out by text, about three segments."""
LONGEST_WORDS: Final = 2_000
KINDS: Final[Mapping[Channel, MessageKind]] = MappingProxyType(
    {Channel.EMAIL: MessageKind.PRIVATE_ANSWER_EMAIL, Channel.TEXT: MessageKind.PRIVATE_ANSWER_TEXT}
)


class AnswerState(StrEnum):
    """Where an answer stands; what became of the message is the outbox's to say."""

    DRAFT = "draft"
    CHECKED = "checked"
    RELEASED = "released"
    TAKEN_BACK = "taken_back"


class Barrier(StrEnum):
    """Why a patient cannot be answered by one of the ways."""

    ARCHIVED = "archived"
    NO_ADDRESS = "no_address"
    NO_NUMBER = "no_number"
    MAIL_STOPPED = "mail_stopped"
    TEXT_STOPPED = "text_stopped"
    NO_CONSENT = "no_consent"


BARRIERS: Final[Mapping[Barrier, str]] = MappingProxyType(
    {
        Barrier.ARCHIVED: "The record of this patient is archived, inactive or gone, so nothing is sent.",
        Barrier.NO_ADDRESS: "No mail address of this patient is known; answer by text, or call.",
        Barrier.NO_NUMBER: "No mobile number of this patient is known; answer by mail, or call.",
        Barrier.MAIL_STOPPED: "This patient asked for no more mails; answer by text, or call.",
        Barrier.TEXT_STOPPED: "This patient asked for no more texts, or that is not decided yet; answer by mail.",
        Barrier.NO_CONSENT: "This patient has not agreed to texts; answer by mail, or call.",
    }
)


@dataclass(frozen=True, slots=True)
class Reach:
    """How the patient behind a feedback is reached now by one way, in words of the newest record (F-162)."""

    is_archived: bool = False
    has_address: bool = True
    is_stopped: bool = False
    has_agreed: bool = False


def barrier_to(channel: Channel, reach: Reach) -> Barrier | None:
    """Say why nothing can go out by a way; a text needs a recorded consent (F-160, F-201, F-205, F-207)."""
    is_text = channel is Channel.TEXT
    if reach.is_archived:
        return Barrier.ARCHIVED
    if not reach.has_address:
        return Barrier.NO_NUMBER if is_text else Barrier.NO_ADDRESS
    if reach.is_stopped:
        return Barrier.TEXT_STOPPED if is_text else Barrier.MAIL_STOPPED
    return Barrier.NO_CONSENT if is_text and not reach.has_agreed else None


@dataclass(frozen=True, slots=True)
class PrivateAnswer:
    """One answer to one patient's private feedback."""

    state: AnswerState
    verdict: Verdict


def may_draft(answer: PrivateAnswer | None) -> Refusal | None:
    """Refuse other words for an answer that somebody has released: it is taken back first."""
    if answer is not None and answer.state is AnswerState.RELEASED:
        sentence = "This answer was released already; take it back first, unless it has gone out."
        return Refusal("released", sentence)
    return None


def fits(words: str, channel: Channel) -> Refusal | None:
    """Refuse words that are too long for their way."""
    longest = LONGEST_TEXT_WORDS if channel is Channel.TEXT else LONGEST_WORDS
    if len(words) <= longest:
        return None
    return Refusal(
        "too_long", f"These words have more than {longest} characters; shorten them, or choose the other way."
    )


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
