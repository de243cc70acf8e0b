"""What is kept for how long: classes of personal words and files, each with its period and the reason for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Kept(StrEnum):
    """A class of what is stored, purged when its period is over."""

    REPORTS = "reports"
    CHANGES = "changes"
    REQUESTS = "requests"
    CONVERSATIONS = "conversations"
    FEEDBACK = "feedback"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a class is, and why it is kept for so long unless a setting says otherwise."""

    kind: Kept
    days: int
    what: str
    why: str


_FOUR_YEARS: Final = 4 * 365 + 1
_SIX_YEARS: Final = 6 * 365 + 2
_SEVEN_YEARS: Final = 7 * 365 + 2
KEEPINGS: Final = (
    Keeping(Kept.REPORTS, 90, "What providers of texts reported, as it came", "its words stand in the conversation"),
    Keeping(Kept.CHANGES, 90, "Changes of a practice system that were settled by hand", "the appointment has them"),
    Keeping(Kept.REQUESTS, 365, "What visitors typed when they asked for an appointment", "the chart has the patient"),
    Keeping(Kept.CONVERSATIONS, _FOUR_YEARS, "Words of texts with patients", "claims about texts: 28 U.S.C. 1658(a)"),
    Keeping(Kept.FEEDBACK, _SIX_YEARS, "Words of feedback and of answers to it", "records: 45 CFR 164.316(b)(2)(i)"),
    Keeping(Kept.FILES, _SEVEN_YEARS, "Files of payers that were read", "billing records: 42 CFR 424.516(f)"),
)
"""In the order in which people are told; the history and the logs of signing in are kept for ever."""


def before(days: int, *, as_of: datetime) -> datetime | None:
    """Say up to which moment (UTC) something is over; None where it is kept for ever."""
    return as_of - timedelta(days=days) if days else None


def days_of(kind: Kept) -> int:
    """Give for how many days a class is kept unless a setting says otherwise."""
    return _BY_KIND[kind].days


def meaning_of(kind: Kept) -> str:
    """Say what the setting of a class means."""
    return f"{_BY_KIND[kind].what}: days until they are purged; 0: kept for ever"


_BY_KIND: Final = {one.kind: one for one in KEEPINGS}
