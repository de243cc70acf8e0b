"""What follows when something is stored that must never be: the practice's sending stops until a person releases it."""

from datetime import datetime
from typing import Final

from models.rules.decisions import Ask, Note, Settle
from models.rules.roles import Role

SENDING_STOPPED: Final = "sending_stopped"
"""The work item of a practice whose messages are kept back."""


def stopped(kinds: tuple[str, ...], *, as_of: datetime) -> tuple[tuple[Note, ...], Ask]:
    """Write down which promises were found broken, and ask the Onboarding Manager to look at once."""
    notes = tuple(Note("promise_broken", kind) for kind in kinds)
    return notes, Ask(SENDING_STOPPED, Role.ONBOARDING_MANAGER, as_of)


def released(count: int) -> tuple[tuple[Note, ...], Settle]:
    """Write down that somebody looked and let messages go out again."""
    return (Note("sending_released", evidence={"count": count}),), Settle(SENDING_STOPPED, "released")
