"""What can happen to a request for feedback: check-outs, due attempts, outcomes of sending, answers, stops."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from models.rules.appointments import Status
from models.rules.feedback import Why
from models.rules.messages import Channel


@dataclass(frozen=True, slots=True)
class CheckOut:
    """The practice system shows that the visit is checked out (F-001); its request row was just made."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A provider took a message of an attempt, or may have taken it: then nothing is sent again (F-221)."""

    number: int
    channel: Channel
    at: datetime
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """A provider refused a message for good; the other way may be tried (F-221)."""

    number: int
    channel: Channel


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A message that waited to be sent no longer fitted at its claim, and was taken back unsent."""

    number: int
    channel: Channel


@dataclass(frozen=True, slots=True)
class Answer:
    """The patient answered (F-012); a late answer counts (F-215)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Something makes that nothing more may be sent, at once (F-033, F-160, F-163)."""

    why: Why


class Due(NamedTuple):
    """A timer fell due; its number is the attempt."""

    kind: str
    due_at: datetime
    number: int = 0


Event = CheckOut | Sent | Refused | Withdrawn | Answer | Stop | Due


def event_of(before: Status | None, now: Status) -> CheckOut | Stop | None:
    """Say what a status in the practice system means for feedback (F-001, F-002, F-005).

    A check-out is for a new request with the next epoch; a stop is for the one of the last check-out.
    """
    if before is now:
        return None
    if now is Status.CHECKED_OUT:
        return CheckOut()
    if before is not Status.CHECKED_OUT:
        return None
    return Stop(Why.DELETED if now is Status.DELETED else Why.CHECK_OUT_UNDONE)
