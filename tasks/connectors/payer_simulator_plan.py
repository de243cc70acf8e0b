"""What a simulated payer will answer, and when: the whole plan follows from key, payer class, day and seed alone.

The waiting times are mixtures of quick, typical and slow cases, drawn after the sourced figures of the turnaround
table: networks that answer within two days, forms that take weeks, and those that lie about for months.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from models.rules.enrollment import RejectReason
from models.rules.enrollment_words import Asked
from models.rules.onboarding_facts import Transaction

RECEIVED: Final = "STEDI_ACTION_REQUIRED"
ASKED: Final = "PROVIDER_ACTION_REQUIRED"
PROVISIONING: Final = "PROVISIONING"
TEST_REQUIRED: Final = "TEST_REQUIRED"
LIVE: Final = "LIVE"
REJECTED: Final = "REJECTED"
CANCELED: Final = "CANCELED"


class Component(NamedTuple):
    """One part of a mixture: its share, and days from least over most often to most."""

    share: float
    least: float
    often: float
    most: float


LATENCIES: Final[Mapping[str, tuple[Component, Component, Component]]] = {
    "medicare": (Component(0.20, 5, 8, 12), Component(0.65, 30, 38, 45), Component(0.15, 45, 60, 80)),
    "medicaid": (Component(0.15, 7, 12, 18), Component(0.60, 18, 21, 40), Component(0.25, 45, 70, 120)),
    "commercial": (Component(0.30, 1, 2, 4), Component(0.50, 14, 28, 42), Component(0.20, 45, 60, 120)),
    "any": (Component(0.15, 1, 2, 28), Component(0.55, 30, 60, 90), Component(0.30, 90, 110, 160)),
}
"""Days from the clearinghouse's own work to the payer's answer, quick, typical and slow; by class of payer."""
PORTAL: Final = (Component(0.60, 1, 2, 5), Component(0.30, 5, 8, 14), Component(0.10, 20, 30, 45))
PRENOTE: Final = 10  # days more for EFT, until a test transfer has come back
RETURNED: Final = 0.12
DEVELOPED: Final = 0.10
TESTED: Final = 0.06
REFUSED: Final = 0.11
"""Shares of enrollments whose form comes back, that the payer asks about, tests first (claims only), or rejects."""
REASONS: Final = (
    (RejectReason.NAME_MISMATCH, 0.24),
    (RejectReason.TAX_ID_MISMATCH, 0.18),
    (RejectReason.NPI_NOT_ON_FILE, 0.18),
    (RejectReason.MISSING_INFORMATION, 0.14),
    (RejectReason.SIGNATURE, 0.10),
    (RejectReason.NOT_CONTRACTED, 0.08),
    (RejectReason.ENROLLED_ELSEWHERE, 0.05),
    (RejectReason.OTHER, 0.03),
)
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """One moment (UTC) of a plan; where something is asked, `answered_at` is when the practice would see to it."""

    at: datetime
    word: str
    asked: Asked | None = None
    reason: RejectReason | None = None
    answered_at: datetime | None = None


def plan(
    key: str, payer_class: str, transaction: Transaction, submitted_at: datetime, seed: int = 1
) -> tuple[Answer, ...]:
    """Give everything that a payer will answer to one enrollment, in order; the same arguments give the same plan."""
    draw = _Draw(f"{seed}:{key}")
    at = submitted_at + _days(draw.between("work", 0.1, 1.5))
    answers = [Answer(submitted_at, RECEIVED)]
    if draw.share("returned") < RETURNED:
        at = _ask(answers, at, Asked.FORM, draw)
    answers.append(Answer(at, PROVISIONING))
    days = draw.mixture("latency", _latency(payer_class, transaction)) + _more_days(transaction)
    if draw.share("developed") < DEVELOPED:
        part = draw.between("development", 0.3, 0.7)
        at = _ask(answers, at + _days(days * part), Asked.INFORMATION, draw)
        answers.append(Answer(at, PROVISIONING))
        days *= 1 - part
    return (*answers, *_end(draw, transaction, at + _days(days)))


def _latency(payer_class: str, transaction: Transaction) -> tuple[Component, ...]:
    return PORTAL if transaction is Transaction.PORTAL else LATENCIES.get(payer_class, LATENCIES["any"])


def _more_days(transaction: Transaction) -> int:
    return PRENOTE if transaction is Transaction.EFT else 0


def _ask(answers: list[Answer], at: datetime, asked: Asked, draw: "_Draw") -> datetime:
    """Ask the practice, and say when work goes on."""
    done = at + _days(draw.between(f"patience:{asked}", 1, 9))
    answers.append(Answer(at, ASKED, asked, answered_at=done))
    return done + _days(draw.between(f"resumed:{asked}", 0.05, 0.5))


def _end(draw: "_Draw", transaction: Transaction, at: datetime) -> tuple[Answer, ...]:
    if draw.share("refused") < REFUSED:
        return (Answer(at, REJECTED, reason=draw.reason()),)
    if transaction is Transaction.CLAIMS and draw.share("tested") < TESTED:
        return (Answer(at, TEST_REQUIRED), Answer(at + _days(draw.between("test", 2, 6)), LIVE))
    return (Answer(at, LIVE),)


def unfold(planned: Sequence[Answer], answered: Mapping[int, datetime]) -> tuple[Answer, ...]:
    """Move what follows an answer of the practice that came at another moment; by the place of what was asked."""
    moved, by = list[Answer](), timedelta(0)
    for place, one in enumerate(planned):
        at = one.at + by
        due = None if one.answered_at is None else one.answered_at + by
        if due is not None and place in answered:
            done = min(max(answered[place], at), due)
            by, due = by - (due - done), done
        moved.append(Answer(at, one.word, one.asked, one.reason, due))
    return tuple(moved)


def shown(answers: Sequence[Answer], *, as_of: datetime) -> int:
    """Name the place of what a plan shows at a moment: the last answer that has been given."""
    return max((place for place, one in enumerate(answers) if one.at <= as_of), default=0)


def _days(count: float) -> timedelta:
    return timedelta(seconds=round(count * _DAY))


class _Draw:
    """Numbers that follow from a seed and a name alone, in every process and version."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def share(self, what: str) -> float:
        """Draw a number from 0 to 1."""
        digest = hashlib.sha256(f"{self._seed}:{what}".encode()).digest()
        return int.from_bytes(digest[:7]) / 2**56

    def between(self, what: str, least: float, most: float) -> float:
        """Draw a number between two others."""
        return least + (most - least) * self.share(what)

    def mixture(self, what: str, components: Sequence[Component]) -> float:
        """Draw days from a mixture: first the component, then a triangular number within it."""
        left, chosen = self.share(f"{what}:component"), components[-1]
        for one in components:
            if left < one.share:
                chosen = one
                break
            left -= one.share
        return self._triangular(what, chosen)

    def reason(self) -> RejectReason:
        """Draw why a payer rejects."""
        left = self.share("reason")
        for reason, share in REASONS:
            if left < share:
                return reason
            left -= share
        return RejectReason.OTHER

    def _triangular(self, what: str, one: Component) -> float:
        share, width = self.share(what), one.most - one.least
        bend = (one.often - one.least) / width
        if share < bend:
            return float(one.least + (share * width * (one.often - one.least)) ** 0.5)
        return float(one.most - ((1 - share) * width * (one.most - one.often)) ** 0.5)
