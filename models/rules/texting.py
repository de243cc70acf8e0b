"""Texts between a practice and its patients: the lines on which they come, and what providers report (F-100, F-223)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from models.rules.consent import StopReason

CONFIRMED_WITHIN: Final = timedelta(minutes=5)
"""An answer to a stop, a start or a call for help that is older is not sent any more (F-206)."""
LONGEST_REPLY: Final = 480
"""Characters of an answer that a person writes: three parts of a text."""


class Line(StrEnum):
    """On which of the practice's products a conversation began (F-102)."""

    FEEDBACK = "feedback"
    TWO_WAY = "two_way"
    WEB_TO_TEXT = "web_to_text"
    CALL_TO_TEXT = "call_to_text"


class ProviderEventKind(StrEnum):
    """What a provider reports of texts."""

    TEXT_RECEIVED = "text_received"
    DELIVERY = "delivery"


PERMANENT: Final[Mapping[str, StopReason]] = {
    "21211": StopReason.UNDELIVERABLE,
    "21610": StopReason.PROVIDER,
    "21614": StopReason.UNDELIVERABLE,
    "30005": StopReason.UNDELIVERABLE,
    "30006": StopReason.UNDELIVERABLE,
}
"""Codes of failures that no later text can overcome: no such number, a landline, or opted out at the provider."""
_RANKS: Final = ("queued", "accepted", "scheduled", "sending", "sent", "failed", "undelivered", "delivered", "read")
FAILED: Final = frozenset({"failed", "undelivered"})
STATUSES: Final = frozenset(_RANKS)


def later_report(known: str, told: str) -> str:
    """Choose the report that says more, in whatever order two arrive (F-223); each is a status and maybe a code."""
    return max(known, told, key=lambda one: (_rank(one), one))


def _rank(report: str) -> int:
    status = report.partition(":")[0]
    return _RANKS.index(status) if status in STATUSES else -1
