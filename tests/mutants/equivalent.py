"""Reads the list of changes that change nothing which anybody could see, each with its reason."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutants.changes import Change

LIST: Final = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True)
class Equivalent:
    """One change of the list: where it is, the lines without and with it, and why they mean the same."""

    module: str
    function: str
    was: str
    now: str
    reason: str

    def names(self, change: Change) -> bool:
        """Tell whether this is the change that is meant."""
        return (self.module, self.function, self.was, self.now) == (change.module, change.function, *change.lines)


def listed() -> list[Equivalent]:
    """Read the list."""
    return [Equivalent(**one) for one in tomllib.loads(LIST.read_text())["change"]]


def is_equivalent(change: Change, known: list[Equivalent]) -> bool:
    """Tell whether a change is in the list."""
    return any(one.names(change) for one in known)
