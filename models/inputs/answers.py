"""What a person's command is answered: done, done before, or refused, always in a plain sentence."""

from dataclasses import dataclass
from typing import Self

_WORDS = "Recorded: {}."


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; it holds keys, enums and dates, never a person's name."""

    is_done: bool
    sentence: str
    kinds: tuple[str, ...] = ()

    @classmethod
    def done(cls, kinds: tuple[str, ...]) -> Self:
        """Say what was recorded."""
        return cls(
            is_done=True, sentence=_WORDS.format(", ".join(kind.replace("_", " ") for kind in kinds)), kinds=kinds
        )

    @classmethod
    def repeated(cls, sentence: str = "This was recorded before; nothing was changed.") -> Self:
        """Say that nothing had to be done."""
        return cls(is_done=True, sentence=sentence)

    @classmethod
    def refused(cls, sentence: str) -> Self:
        """Say why nothing was recorded, and what to do."""
        return cls(is_done=False, sentence=sentence)
