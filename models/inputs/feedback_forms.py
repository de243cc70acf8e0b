"""What a patient sends from the feedback page: yes or no, then stars and words."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models.rules.feedback_answers import STARS, AnswerFault, faults_in

_ANSWERS: Final = {"yes": True, "no": False}
_STARS: Final = {str(number): number for number in STARS}


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells beside yes or no; the words are personal."""

    stars: int | None = None
    words: str = field(default="", repr=False)


def read_answer(values: Mapping[str, str]) -> bool | None:
    """Read which button was pressed; none when it was neither (F-061)."""
    return _ANSWERS.get(values.get("answer", ""))


def read_told(values: Mapping[str, str]) -> Told:
    """Read stars and words as they were typed; what is no number of stars counts as none."""
    return Told(_STARS.get(values.get("stars", "")), written(values.get("words", "")))


def told_faults(told: Told, *, is_satisfied: bool) -> dict[str, AnswerFault]:
    """Say what is wrong, by field."""
    return dict(faults_in(told.stars, told.words, is_satisfied=is_satisfied))


def written(given: str) -> str:
    """Keep what people type, line ends as one sign each; signs that no keyboard makes are dropped."""
    text = unicodedata.normalize("NFC", given.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) != "Cc").strip()
