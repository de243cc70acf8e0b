"""Reads one 999, 005010X231A1: which of our transaction sets were well formed, and nothing of what was in them."""

from collections.abc import Mapping
from typing import Final

from models.inputs.payer_files import Envelope, Refusal, SetAcknowledged, SyntaxAcknowledgment, Verdict
from tasks.connectors.x12_segments import Segment, Stretch

_NEXT: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"AK1"}),
    "AK1": frozenset({"AK2", "AK9"}),
    "AK2": frozenset({"IK3", "IK5"}),
    "IK3": frozenset({"CTX", "IK3", "IK4", "IK5"}),
    "CTX": frozenset({"CTX", "IK3", "IK4", "IK5"}),
    "IK4": frozenset({"CTX", "IK3", "IK4", "IK5"}),
    "IK5": frozenset({"AK2", "AK9"}),
    "AK9": frozenset(),
}
"""What may follow each segment."""
_VERDICTS: Final[Mapping[str, Verdict]] = {
    "A": Verdict.ACCEPTED,
    "E": Verdict.ACCEPTED_WITH_ERRORS,
    "P": Verdict.PARTLY_ACCEPTED,
    "R": Verdict.REJECTED,
    "M": Verdict.REJECTED,
    "W": Verdict.REJECTED,
    "X": Verdict.REJECTED,
}
"""The last three are refusals for a failed check of authenticity, assurance or decryption."""
_CODES: Final = 5
"""How many error codes a verdict may have."""


class SyntaxAcknowledgmentReader:
    """Reads the inside of one 999."""

    parts = 0

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._last = ""
        self._group = ("", "", "")
        self._set = ("", "")
        self._errors = {"IK3": 0, "IK4": 0}
        self._sets = list[SetAcknowledged]()
        self._verdict: tuple[Verdict, tuple[str, ...], tuple[int, int, int]] | None = None

    def take(self, stretch: Stretch, start: int, end: int) -> None:
        """Read some segments that follow those taken before."""
        for index in range(start, end):
            self._read(stretch.read(index))

    def finish(self, closing: Segment) -> SyntaxAcknowledgment:
        """Give what the acknowledgment says."""
        if self._verdict is None:
            raise closing.missing("AK9" if self._last else "AK1")
        verdict, codes, (included, received, accepted) = self._verdict
        return SyntaxAcknowledgment(
            envelope=self._envelope,
            group_kind=self._group[0],
            group_control=self._group[1],
            group_version=self._group[2],
            verdict=verdict,
            codes=codes,
            included=included,
            received=received,
            accepted=accepted,
            sets=tuple(self._sets),
        )

    def _read(self, segment: Segment) -> None:
        if segment.id not in _NEXT[self._last]:
            if segment.id not in _NEXT:
                raise segment.refused(Refusal.UNKNOWN_SEGMENT)
            raise segment.refused(Refusal.MISPLACED) if self._last else segment.missing("AK1")
        self._last = segment.id
        match segment.id:
            case "AK1":
                self._group = segment.required(1), str(segment.count(2)), segment.text(3)
            case "AK2":
                self._set = segment.required(1, longest=3), segment.required(2, longest=9)
                self._errors = {"IK3": 0, "IK4": 0}
            case "IK3" | "IK4":
                self._errors[segment.id] += 1
            case "IK5":
                self._close_set(segment)
            case "AK9":
                self._close_group(segment)

    def _close_set(self, segment: Segment) -> None:
        verdict = _verdict(segment)
        if verdict is Verdict.PARTLY_ACCEPTED:  # a set is taken whole
            raise segment.refused(Refusal.BAD_VALUE, 1)
        codes = _codes(segment, first=2)
        self._sets.append(SetAcknowledged(*self._set, verdict, codes, self._errors["IK3"], self._errors["IK4"]))
        self.parts += 1

    def _close_group(self, segment: Segment) -> None:
        """Read the group's verdict; accepted sets may go unmentioned, so there may be fewer than it counts."""
        included, received, accepted = segment.count(2), segment.count(3), segment.count(4)
        if len(self._sets) > received:
            raise segment.refused(Refusal.COUNT, 3)
        if accepted > received:
            raise segment.refused(Refusal.COUNT, 4)
        self._verdict = _verdict(segment), _codes(segment, first=5), (included, received, accepted)


def _verdict(segment: Segment) -> Verdict:
    found = _VERDICTS.get(segment.text(1))
    if found is None:
        raise segment.refused(Refusal.BAD_VALUE, 1)
    return found


def _codes(segment: Segment, *, first: int) -> tuple[str, ...]:
    """Give the error codes that stand beside a verdict."""
    found = (segment.text(number, longest=3) for number in range(first, first + _CODES))
    return tuple(code for code in found if code)
