"""Counts what a 277CA says of claims: accepted, rejected, or the submitter not approved (E-12, E-13).

Which words reject the submitter (E-13): a rejection of category A3, A7 or A8 (payers differ in which one they use),
not A6, which asks for something missing, with
- 496, the submitter is not approved to send for this entity: whatever the entity, also when none is named;
- 24, the entity is not approved as an electronic submitter: submitter (41), clearinghouse (AY), billing provider
  (85), pay-to provider (87), or no entity named;
- 25, the entity is not approved: submitter, clearinghouse or billing provider, named. For a rendering or referring
  provider it says something about that person, not about the enrollment.
They count on the submitter's level (the whole batch), on the provider's, on a claim's and on a service line's.
"""

import re
from collections.abc import Mapping
from typing import Final

from models.inputs.payer_files import ProviderClaims, Refusal, StatusCount
from tasks.connectors.x12_segments import Segment

ACCEPTING: Final = frozenset({"A1", "A2", "A5"})
"""Received, accepted, and accepted but split; A0 was only forwarded, A4 is not found."""
REJECTING: Final = frozenset({"A3", "A6", "A7", "A8"})
_ACCEPT, _REJECT = b"WQ", b"U"
NOT_APPROVED: Final[Mapping[str, frozenset[str] | None]] = {
    "496": None,
    "24": frozenset({"41", "AY", "85", "87", ""}),
    "25": frozenset({"41", "AY", "85"}),
}
"""The entities for which a status code says that the submitter is not approved; none means any."""
_NOT_APPROVING: Final = frozenset({"A3", "A7", "A8"})
_TRACE, _STATUS = "TRN", "STC"
_CATEGORY: Final = re.compile(r"[A-Z][0-9A-Z]{1,2}")
_CODE: Final = re.compile(r"[0-9]{1,4}")
_ENTITY: Final = re.compile(r"[0-9A-Z]{0,3}")
_COMPOSITES: Final = (1, 10, 11)
"""The elements of STC that are statuses."""


class Statuses:
    """The statuses of one level, counted."""

    def __init__(self) -> None:
        self._times = dict[tuple[str, str, str], int]()

    def __len__(self) -> int:
        return len(self._times)

    def add(self, segment: Segment) -> tuple[str, bool]:
        """Count the statuses of one STC segment; give its first category, and whether it rejects the submitter."""
        found = [_status(segment, number) for number in _COMPOSITES if number == 1 or segment.raw(number)]
        for status in found:
            self._times[status] = self._times.get(status, 0) + 1
        is_rejected = segment.raw(3) != _ACCEPT
        return found[0][0], is_rejected and any(_rejects_submitter(*status) for status in found)

    def counted(self) -> tuple[StatusCount, ...]:
        """Give them in order, whatever the order in the file was."""
        return tuple(StatusCount(*status, times) for status, times in sorted(self._times.items()))


def _status(segment: Segment, number: int) -> tuple[str, str, str]:
    category, code, entity, *_ = [*segment.components(number), "", "", ""]
    if not (_CATEGORY.fullmatch(category) and _CODE.fullmatch(code) and _ENTITY.fullmatch(entity)):
        raise segment.refused(Refusal.BAD_VALUE, number)
    return category, code, entity


def _rejects_submitter(category: str, code: str, entity: str) -> bool:
    if category not in _NOT_APPROVING or code not in NOT_APPROVED:
        return False
    entities = NOT_APPROVED[code]
    return entities is None or entity in entities


class ProviderTally:
    """One billing provider while its claims are counted."""

    def __init__(self) -> None:
        self.ids = dict[str, str]()
        self.statuses = Statuses()
        self.accepted = self.rejected = self.unclear = self.not_approved = 0
        self._claim: set[str] | None = None
        self._is_line = False
        self._is_not_approved = False

    def begin_claim(self, segment: Segment) -> None:
        """Close the claim before, and begin the next."""
        self.close_claim(segment)
        self._claim, self._is_line = set(), False

    def begin_line(self, segment: Segment) -> None:
        """Begin a service line of the claim."""
        if self._claim is None:
            raise segment.missing(_TRACE)
        self._is_line = True

    def read_claim_status(self, segment: Segment) -> None:
        """Read the status of a claim, or of a service line, which decides nothing about the claim."""
        if self._claim is None:
            raise segment.missing(_TRACE)
        category, is_not_approved = self.statuses.add(segment)
        self._is_not_approved = self._is_not_approved or is_not_approved
        if not self._is_line:
            self._claim.add(_verdict(category, segment.raw(3)))

    def read_own_status(self, segment: Segment) -> None:
        """Read a status that is about the provider."""
        self.not_approved += self.statuses.add(segment)[1]

    def close_claim(self, following: Segment) -> None:
        """Count the claim that is open."""
        if self._claim is None:
            return
        if not self._claim:
            raise following.missing(_STATUS)
        self.rejected += "rejected" in self._claim
        self.accepted += self._claim == {"accepted"}
        self.unclear += "rejected" not in self._claim and self._claim != {"accepted"}
        self.not_approved += self._is_not_approved
        self._claim, self._is_not_approved = None, False

    def claims(self) -> ProviderClaims:
        """Give what was counted."""
        return ProviderClaims(
            npi=self.ids.get("npi", ""),
            tax_id=self.ids.get("tax_id", ""),
            accepted=self.accepted,
            rejected=self.rejected,
            unclear=self.unclear,
            not_approved=self.not_approved,
            statuses=self.statuses.counted(),
        )


def _verdict(category: str, action: bytes) -> str:
    """Judge a claim by its category and the action code beside it; words against each other decide nothing."""
    if category in REJECTING and action != _ACCEPT:
        return "rejected"
    return "accepted" if category in ACCEPTING and action != _REJECT else "unclear"
