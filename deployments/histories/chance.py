"""Chance that follows from a seed and a name alone, and how often what goes wrong."""

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from random import Random
from typing import Final

BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Chance:
    """The dice of one history: whatever else happens, and in whatever order, each name has the same throw."""

    seed: int
    _begun: blake2b = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin the hash of every name, which is asked for a thousand times in a history."""
        object.__setattr__(self, "_begun", blake2b(f"{self.seed}:".encode(), digest_size=BITS // 8))

    def of(self, name: str) -> float:
        """Give a number from 0 until before 1 for a name."""
        throw = self._begun.copy()
        throw.update(name.encode())
        return int.from_bytes(throw.digest(), "big") / (1 << BITS)

    def happens(self, name: str, share: float) -> bool:
        """Say whether what happens in this share of cases happens in this one."""
        return share > 0 and self.of(name) < share

    def dice(self, name: str) -> Random:
        """Give dice of its own for a name."""
        return Random(f"{self.seed}:{name}")  # noqa: S311 - a simulation, not a secret


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong, as shares of cases."""

    unavailable: float = 0.10  # a connector does nothing and says so
    refused: float = 0.03
    reply_lost: float = 0.05  # a connector does it, and nobody hears so
    doubled: float = 0.20  # an event comes twice
    late: float = 0.10  # an event comes after later ones
    latest: timedelta = timedelta(days=3)
    crash: float = 0.02  # before or after a commit, each
    clock_set_back: float = 0.02  # each night, by 90 seconds
    at_once: float = 0.03  # somebody acts while a worker is in the middle of its work


NONE: Final = Faults(0, 0, 0, 0, 0, timedelta(0), 0, 0, 0)
"""Everything works."""
