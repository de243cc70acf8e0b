"""What an incoming text leads to: a stop, a start, an answer of ours, or something for a person (F-205, F-206)."""

import re
from dataclasses import dataclass
from typing import Final

from models.rules.consent import StopReason
from models.rules.feedback_texts import Meaning, Reading
from models.rules.messages import MessageKind

CONFIRMED_BY_PROVIDER: Final = {
    Meaning.STOP: frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}),
    Meaning.START: frozenset({"START", "YES", "UNSTOP"}),
    Meaning.HELP: frozenset({"HELP", "INFO"}),
}
"""Keywords that text providers answer by themselves, unless they are told otherwise; they know no phrases."""
ANSWERS: Final = {
    Meaning.STOP: MessageKind.TEXT_STOPPED,
    Meaning.START: MessageKind.TEXT_STARTED,
    Meaning.HELP: MessageKind.TEXT_HELP,
}
DOUBT_TASK: Final = "text.doubt"
FLAGGED_TASK: Final = "text.flagged"
ANSWER_TASK: Final = "text.answer"
TASKS: Final = (DOUBT_TASK, FLAGGED_TASK, ANSWER_TASK)


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """What one text leads to; `stops` is why an address stops, `task` what a person is asked, empty for nothing.

    `is_kept`: its words are kept for the practice to read; a mere keyword says nothing that a person should read.
    """

    stops: StopReason | None = None
    is_doubtful: bool = False
    is_flagged: bool = False
    starts: bool = False
    says: MessageKind | None = None
    task: str = ""
    is_kept: bool = False


def answer_to(reading: Reading, text: str, *, provider_confirms: bool, is_confirmed: bool = False) -> TextAnswer:
    """Say what a text leads to; `is_confirmed`: the provider tells that it answered this very text already.

    Whoever has a wrong number hears nothing more, not even a confirmation: it would name the practice again.
    """
    keyword = re.sub(r"[^A-Z]", "", text.upper())
    is_told = is_confirmed or (provider_confirms and keyword in CONFIRMED_BY_PROVIDER.get(reading.meaning, ()))
    says = None if is_told else ANSWERS.get(reading.meaning)
    match reading.meaning:
        case Meaning.STOP:
            why = StopReason.PHRASE if reading.is_flagged else StopReason.KEYWORD
            task = FLAGGED_TASK if reading.is_flagged else ""
            return TextAnswer(why, is_flagged=reading.is_flagged, says=says, task=task, is_kept=reading.is_flagged)
        case Meaning.WRONG_NUMBER:
            return TextAnswer(StopReason.WRONG_NUMBER, is_flagged=True, task=FLAGGED_TASK, is_kept=True)
        case Meaning.DOUBT:
            return TextAnswer(StopReason.DOUBT, is_doubtful=True, is_flagged=True, task=DOUBT_TASK, is_kept=True)
        case Meaning.START:
            return TextAnswer(starts=True, says=says)
        case Meaning.HELP:
            return TextAnswer(says=says)
        case Meaning.OTHER:
            return TextAnswer(task=ANSWER_TASK, is_kept=True)


def may_be_answered(*, has_written: bool, newest: bool | None) -> bool:
    """Say whether a conversation may get words of ours: the person wrote there, or agreed to texts (F-101, F-201).

    `newest` is what the newest line of the ledger says for the number, none where it has no line.
    """
    return has_written or newest is True


def may_start(*, toggles: tuple[bool, ...], was_stopped: bool, newest: bool | None) -> bool:
    """Say whether START opens a practice's texts again: only while no patient with the number is excluded (F-206).

    It opens what was open before and gives no consent to a practice that never had any: a stop is lifted, or the
    newest line of the ledger was a withdrawal.
    """
    return not any(toggles) and (was_stopped or newest is False)
