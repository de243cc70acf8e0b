"""What files, deposits and practice systems prove or contradict of one enrollment, and which payments need a person."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from models.rules.calendars import Calendar, add_business_days, subtract_business_days
from models.rules.enrollment import PROOFS, Contradiction, State
from models.rules.enrollment_events import Contradict, Prove, SeeClaim
from models.rules.enrollment_facts import Enrollment
from models.rules.onboarding_facts import PaymentIssue, Transaction

ERA_FOLLOWS_WITHIN: Final = 4
"""Business days of the Federal Reserve between the payment of a claim and its remittance (E-13, E-29)."""
DENIAL_PERCENT: Final = 20
"""Above it the denials of one remittance are an issue: payers usually deny one claim in ten or so at first."""
FEWEST_DENIALS: Final = 2
"""One denied claim is that claim's own matter, whatever its share of a small remittance is."""
GAPS_COUNTED: Final = 12
"""So many last gaps between remittances say how often they come (E-24)."""
CHECK: Final = "CHK"
ACH: Final = "ACH"

_BEFORE: Final = frozenset({State.SUBMITTED, State.NEEDS_PRACTICE, State.PENDING_PAYER, State.TESTING})
_AFTER: Final = frozenset({State.APPROVED, State.PROVING, State.LIVE, State.DEGRADED, State.RECERTIFYING})
_AT_WORK: Final = frozenset({State.PROVING, State.LIVE, State.DEGRADED})
_PROVED: Final = frozenset({State.LIVE, State.RECERTIFYING})
_FLOWING: Final = frozenset({Transaction.CLAIMS, Transaction.ERA, Transaction.EFT})


@dataclass(frozen=True, slots=True)
class Remitted:
    """One production remittance of a known practice and payer; money in whole cents.

    `deposited_on`: the day of the deposit with the same trace and amount. `is_payee`: every id of the payee in the
    file is that of the billing identity.
    """

    key: str
    paid_on: date
    amount_cents: int
    expected_cents: int
    method: str
    claims: int
    denials: int = 0
    reversals: int = 0
    is_payee: bool = True
    deposited_on: date | None = None

    @property
    def is_balanced(self) -> bool:
        """Say whether the payment is what its claims and adjustments add up to (E-33)."""
        return self.amount_cents == self.expected_cents


@dataclass(frozen=True, slots=True)
class Answered:
    """What one production 277CA says of the claims of a billing identity on a day; a 999 is never one (E-12)."""

    key: str
    on: date
    is_from_payer: bool
    accepted: int
    not_approved: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one billing identity at one payer.

    `paid_days` are those on which a practice system shows claims of the practice as paid by this payer, `era_days`
    those of the payer's remittances to whichever of its identities. `told` are the keys of evidence that the
    enrollment was told before.
    """

    remittances: Sequence[Remitted] = ()
    answers: Sequence[Answered] = ()
    paid_days: Collection[date] = ()
    era_days: Collection[date] = ()
    told: Collection[str] = field(default=frozenset(), repr=False)


class Found(NamedTuple):
    """One proof or contradiction that the enrollment has not heard of; the key makes it happen once."""

    key: str
    kind: str
    event: Prove | Contradict


class _Sign(NamedTuple):
    """One proof or contradiction by its day and key."""

    on: date
    key: str


def news(enrollment: Enrollment, known: Known, *, today: date) -> tuple[Found, ...]:
    """Give the newest proof and the newest contradiction that an enrollment was not told of, the older one first.

    It depends on what is known and not on the order in which that came, so it may be asked at any time (E-11).
    """
    found = [
        *_newest(enrollment, _proofs(enrollment, known), known, "proof"),
        *_newest(enrollment, _contradictions(enrollment, known, today=today), known, "contradiction"),
    ]
    gap = median_gap(each.paid_on for each in known.remittances if each.is_payee)
    return tuple(
        _found(enrollment, what, stage, sign, gap) for what, stage, sign in sorted(found, key=lambda it: it[2])
    )


def _newest(
    enrollment: Enrollment, signs: Iterable[_Sign], known: Known, what: str
) -> Iterable[tuple[str, str, _Sign]]:
    newest = max(signs, default=None)
    stage = f"{'early' if enrollment.state in _BEFORE else what}:{enrollment.generation}.{enrollment.attempt}"
    if newest is not None and f"{stage}:{newest.key}" not in known.told:
        yield what, stage, newest


def _found(enrollment: Enrollment, what: str, stage: str, sign: _Sign, gap: int) -> Found:
    key = f"{stage}:{sign.key}"
    if what == "proof":
        proof = PROOFS[enrollment.transaction]
        return Found(key, proof.value, Prove(proof, sign.on, sign.key, gap))
    contradiction = _CONTRADICTIONS[enrollment.transaction]
    return Found(key, contradiction.value, Contradict(contradiction, sign.on, sign.key))


_CONTRADICTIONS: Final[Mapping[Transaction, Contradiction]] = {
    Transaction.CLAIMS: Contradiction.SUBMITTER_NOT_APPROVED,
    Transaction.ERA: Contradiction.PAID_WITHOUT_ERA,
    Transaction.EFT: Contradiction.CHECK_AFTER_EFT,
}


def _proofs(enrollment: Enrollment, known: Known) -> Iterable[_Sign]:
    """Give what proves an enrollment that was submitted; what is older than the submission is about another way."""
    since = enrollment.submitted_on
    if since is None or enrollment.state not in _BEFORE | _AFTER:
        return []
    proofs = [sign for sign in _signs(enrollment.transaction, known) if sign.on >= since]
    seen = enrollment.last_proof_on
    if seen is None or enrollment.state not in _BEFORE | _PROVED:
        return proofs
    return [sign for sign in proofs if sign.on > seen]


def _signs(transaction: Transaction, known: Known) -> Iterable[_Sign]:
    """Say what proves each transaction (E-12)."""
    match transaction:
        case Transaction.CLAIMS:
            return [_Sign(one.on, one.key) for one in known.answers if one.is_from_payer and one.accepted]
        case Transaction.ERA:
            return [_Sign(one.paid_on, one.key) for one in known.remittances if one.is_payee]
        case Transaction.EFT:
            paid = (one for one in known.remittances if one.is_payee and one.method == ACH and one.amount_cents > 0)
            return [_Sign(one.deposited_on, one.key) for one in paid if one.deposited_on is not None]
        case Transaction.PORTAL:
            return []


def _contradictions(enrollment: Enrollment, known: Known, *, today: date) -> Iterable[_Sign]:
    """Give what contradicts an enrollment at work; what is older than its newest proof is over (E-13)."""
    begun = works_from(enrollment)
    if begun is None or enrollment.state not in _AT_WORK:
        return []
    since = max(begun, enrollment.last_proof_on or begun)
    return [sign for sign in _doubts(enrollment.transaction, known, today=today) if sign.on >= since]


def works_from(enrollment: Enrollment) -> date | None:
    """Give the day from which an approved enrollment should work: its approval, or its effective day when later."""
    if enrollment.approved_on is None:
        return None
    return max(enrollment.approved_on, enrollment.effective_on or enrollment.approved_on)


def _doubts(transaction: Transaction, known: Known, *, today: date) -> Iterable[_Sign]:
    match transaction:
        case Transaction.CLAIMS:
            return [_Sign(one.on, one.key) for one in known.answers if one.not_approved]
        case Transaction.ERA:
            lacking = [day for day in known.paid_days if lacks_era(day, known.era_days, today=today)]
            return [_Sign(covered_from(day) - timedelta(days=1), f"paid:{day}") for day in lacking]
        case Transaction.EFT:
            checks = [one for one in known.remittances if one.is_payee and _is_check(one)]
            return [_Sign(one.paid_on, one.key) for one in checks]
        case Transaction.PORTAL:
            return []


def _is_check(remitted: Remitted) -> bool:
    return remitted.method == CHECK and remitted.amount_cents > 0


def covered_from(paid_on: date) -> date:
    """Give the earliest day of payment of a remittance that can be about a claim paid on a day.

    Practice systems may show the day of the posting instead, which is later. The day before is that of the
    contradiction, so that any remittance which would have shown it to be wrong repairs it.
    """
    return add_business_days(subtract_business_days(paid_on, ERA_FOLLOWS_WITHIN, Calendar.RESERVE), 0, Calendar.RESERVE)


def lacks_era(paid_on: date, era_days: Iterable[date], *, today: date) -> bool:
    """Say whether a claim was paid and four business days went by without a remittance (E-13)."""
    is_over = add_business_days(paid_on, ERA_FOLLOWS_WITHIN, Calendar.RESERVE) < today
    return is_over and not any(day >= covered_from(paid_on) for day in era_days)


def claims_seen(enrollment: Enrollment, first: date | None, last: date | None) -> tuple[SeeClaim, ...]:
    """Say between which days claims went to the payer since the approval, where the enrollment does not know it."""
    if first is None or last is None or enrollment.transaction not in _FLOWING or enrollment.approved_on is None:
        return ()
    known = (enrollment.first_claim_on, enrollment.last_claim_on)
    is_news = enrollment.state in _AFTER and (
        known[0] is None or known[1] is None or first < known[0] or last > known[1]
    )
    return tuple(SeeClaim(day) for day in sorted({first, last})) if is_news else ()


def median_gap(days: Iterable[date]) -> int:
    """Give the median of the last gaps between remittances in days, rounded up; 0 while there is none (E-24)."""
    dated = sorted(set(days))[-GAPS_COUNTED - 1 :]
    gaps = sorted((later - earlier).days for earlier, later in pairwise(dated))
    if not gaps:
        return 0
    middle = len(gaps) // 2
    return gaps[middle] if len(gaps) % 2 else -(-(gaps[middle - 1] + gaps[middle]) // 2)


def issues(remitted: Remitted, *, eft_from: date | None = None) -> frozenset[PaymentIssue]:
    """Name what a person has to look at in one remittance; `eft_from` is the day from which EFT should work (E-35)."""
    found = {
        PaymentIssue.REVERSAL: remitted.reversals > 0,
        PaymentIssue.ZERO_PAY: remitted.amount_cents == 0 and remitted.claims > 0,
        PaymentIssue.MANY_DENIALS: _has_many_denials(remitted),
        PaymentIssue.PAYEE_MISMATCH: not remitted.is_payee,
        PaymentIssue.CHECK_AFTER_EFT: eft_from is not None and _is_check(remitted) and remitted.paid_on >= eft_from,
    }
    return frozenset(issue for issue, is_found in found.items() if is_found)


def _has_many_denials(remitted: Remitted) -> bool:
    is_above = remitted.denials * 100 > DENIAL_PERCENT * remitted.claims
    return is_above and remitted.denials >= FEWEST_DENIALS


class Unmatched(StrEnum):
    """Why a remittance or acknowledgment cannot be given to anybody yet."""

    UNKNOWN_PAYER = "unknown_payer"
    SEVERAL_PAYERS = "several_payers"
    UNKNOWN_PAYEE = "unknown_payee"


NEXT_STEPS: Final[Mapping[Unmatched, str]] = {
    Unmatched.UNKNOWN_PAYER: "Say whose id it is with match-payer-id.",
    Unmatched.SEVERAL_PAYERS: "Several payers use these ids: name the one with match-payer-id and a finer id.",
    Unmatched.UNKNOWN_PAYEE: "No practice bills with this NPI: add it to the payer list of the practice that does.",
}
"""What a person does next about each."""


def payer_named(ids: Iterable[str], known: Mapping[str, Collection[str]], planned: Collection[str]) -> str | Unmatched:
    """Name the one payer that all known ids of a file agree upon.

    Ids may be shared by payers: what all ids agree upon counts, then what the practice has enrollments with
    (`planned`). Ids that speak of different payers name nobody.
    """
    named = [frozenset(known[one]) for one in ids if known.get(one)]
    if not named:
        return Unmatched.UNKNOWN_PAYER
    agreed = frozenset.intersection(*named)
    if len(agreed) > 1:
        agreed &= frozenset(planned)
    return next(iter(agreed)) if len(agreed) == 1 else Unmatched.SEVERAL_PAYERS
