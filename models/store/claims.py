"""What a claim is: rows that one worker holds until a lease ends, recognised by a fence."""

from dataclasses import dataclass
from datetime import timedelta

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Claim:
    """Ids under one fence; every later write checks it, so that a late worker changes nothing."""

    fence: int
    ids: tuple[int, ...]

    def __bool__(self) -> bool:
        """Say whether anything was claimed."""
        return bool(self.ids)
