"""What the forms of Reputation send: words of a reply, which one was seen, and what a practice chooses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from models.inputs.feedback_forms import written
from models.rules.feedback import LEAST_OMISSION, MOST_OMISSION, Signature
from models.rules.messages import Channel
from models.rules.reputation import LONGEST_REPLY_BYTES
from models.rules.reputation_replies import Override

MOST_DIGITS: Final = 16
MOST_NUMBERS: Final = 50
_NUMBER: Final = re.compile(rf"[0-9]{{1,{MOST_DIGITS}}}")
_KEY: Final = re.compile(r"[0-9a-f]{32}")


class Seen(NamedTuple):
    """Which words somebody had before them: the review, its version, and the edition of the reply."""

    review: int
    version: int
    edition: int


def number_in(word: str) -> int:
    """Read a whole number; anything else is 0."""
    return int(word) if _NUMBER.fullmatch(word) else 0


def numbers_in(word: str) -> list[int]:
    """Read a list of numbers with commas between them; anything else is an empty list."""
    parts = word.split(",")
    found = [number_in(part) for part in parts]
    return found if len(found) <= MOST_NUMBERS and all(found) else []


def place_in(word: str) -> tuple[datetime, int] | None:
    """Read a place in a list, as `place_word` writes it; anything else is none."""
    moment, _, number = word.rpartition("_")
    if not moment.endswith("Z") or not number_in(number):
        return None
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), number_in(number)
    except (ValueError, OverflowError):
        return None


def place_word(at: datetime, number: int) -> str:
    """Write a place in a list for an address: a moment in UTC and a number."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z_{number}"


def seen_in(values: Mapping[str, str]) -> Seen:
    """Read which words somebody had before them."""
    return Seen(*(number_in(values.get(name, "")) for name in ("review", "version", "edition")))


class SeenAnswer(NamedTuple):
    """Which words of an answer to private feedback somebody had before them, and in which edition."""

    feedback: int
    edition: int


def answer_seen_in(values: Mapping[str, str]) -> SeenAnswer:
    """Read which answer to private feedback somebody had before them."""
    return SeenAnswer(number_in(values.get("feedback", "")), number_in(values.get("edition", "")))


def channel_in(values: Mapping[str, str]) -> Channel | None:
    """Read by which way an answer is to go; none where nothing was chosen."""
    return next((one for one in Channel if one == values.get("channel")), None)


def reply_in(values: Mapping[str, str]) -> str:
    """Read the words of a reply as they were typed."""
    return written(values.get("words", ""))


def reply_fault(words: str) -> str:
    """Name what keeps words from being a reply at all; empty where nothing does."""
    if not words:
        return "empty"
    return "too_long" if len(words.encode()) > LONGEST_REPLY_BYTES else ""


def override_in(values: Mapping[str, str]) -> Override | None:
    """Read why doubtful words may stand; none where nothing was chosen."""
    return next((one for one in Override if one == values.get("override")), None)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody typed into the settings, and the version that they saw."""

    omission_days: str
    signature: str
    version: int
    key: str = field(repr=False)

    @property
    def faults(self) -> dict[str, str]:
        """Say by field what cannot be saved (F-041, F-052)."""
        found = {}
        if not LEAST_OMISSION <= self.days <= MOST_OMISSION:
            found["omission_days"] = "omission_days"
        if self.signature not in set(Signature):
            found["signature"] = "signature"
        return found

    @property
    def days(self) -> int:
        """The omission period; 0 where no whole number was typed."""
        return number_in(self.omission_days)


def chosen_in(values: Mapping[str, str]) -> Chosen:
    """Read the form of the settings; its key makes that it counts once."""
    key = values.get("key", "")
    return Chosen(
        values.get("omission_days", "").strip()[:40],
        values.get("signature", ""),
        number_in(values.get("version", "")),
        key if _KEY.fullmatch(key) else "",
    )
