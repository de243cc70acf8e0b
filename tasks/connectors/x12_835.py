"""Reads one 835, 005010X221A1: who pays whom how much, segment by segment, and the claims' totals (E-33)."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from models.inputs.payer_files import Envelope, Identifier, PayerFileRefused, Refusal, Remittance
from tasks.connectors.x12_claims import DETAILS, SUMMARIES, ClaimTotals
from tasks.connectors.x12_segments import Segment, Stretch, code_of

_PLB: Final = code_of("PLB")
_AFTER_HEADER: Final = frozenset(map(code_of, ("LX", "CLP", "PLB")))
_ADJUSTED: Final = range(4, 15, 2)
"""The elements of PLB that are amounts."""
_PAYMENT, _PAYER, _PAYEE, _NOTHING = "BPR", "N1*PR", "N1*PE", ""
_HEADER: Final[Mapping[str, frozenset[str]]] = {
    _PAYMENT: frozenset({"BPR"}),
    _PAYER: frozenset({"NTE", "TRN", "CUR", "REF", "DTM", "N1"}),
    _PAYEE: frozenset({"N3", "N4", "REF", "PER", "N1"}),
    _NOTHING: frozenset({"N3", "N4", "REF", "RDM"}),
}
"""What may come next in the header, by the segment that is still awaited."""
_KNOWN: Final = frozenset({"LX", "CLP", "PLB", *SUMMARIES, *DETAILS}).union(*_HEADER.values())
_PAYER_REFERENCES: Final = frozenset({"2U", "EO", "HI", "NF"})
_NPI, _OTHER_TAX_ID, _TAX_ID = "XX", "FI", "TJ"
_TRACE: Final = "TRN"
_MOST_PAYER_IDS: Final = 9


class RemittanceReader:
    """Reads the inside of one 835."""

    parts = 0

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._payment = _Payment()
        self._is_header = True
        self._totals = ClaimTotals()
        self._adjustments_cents = 0
        self._has_adjustments = False

    def take(self, stretch: Stretch, start: int, end: int) -> None:
        """Read some segments that follow those taken before."""
        if self._is_header:
            start = self._take_header(stretch, start, end)
        adjustments = np.flatnonzero(stretch.codes[start:end] == _PLB)
        first = start + int(adjustments[0]) if adjustments.size else end
        if self._has_adjustments and first > start:
            raise _out_of_place(stretch.read(start))
        if first > start:
            self._totals.add(stretch, start, first)
        for index in range(first, end):
            self._adjust(stretch.read(index))

    def finish(self, closing: Segment) -> Remittance:
        """Give what the remittance proves."""
        self._payment.require_whole(closing)
        self._totals.finish()
        totals = self._totals
        return self._payment.remittance(self._envelope, totals, self._adjustments_cents)

    def _take_header(self, stretch: Stretch, start: int, end: int) -> int:
        """Read up to the claims, and give the index of what follows."""
        first = start
        while first < end and int(stretch.codes[first]) not in _AFTER_HEADER:
            self._payment.read(stretch.read(first))
            first += 1
        if first < end:
            self._payment.require_whole(stretch.read(first))
            self._is_header = False
        return first

    def _adjust(self, segment: Segment) -> None:
        if segment.id != "PLB":
            raise _out_of_place(segment)
        self._has_adjustments = True
        for number in _ADJUSTED:
            if number == _ADJUSTED.start or segment.raw(number):
                self._adjustments_cents += segment.cents(number)


class _Money(NamedTuple):
    """What a BPR segment says."""

    handling: str
    cents: int
    direction: str
    method: str
    form: str
    paid_on: date

    @classmethod
    def read(cls, segment: Segment) -> "_Money":
        return cls(
            segment.required(1, longest=2),
            segment.cents(2),
            segment.required(3, longest=1),
            segment.required(4, longest=3),
            segment.text(5, longest=10),
            segment.day(16),
        )


class _Payment:
    """What stands before the claims."""

    def __init__(self) -> None:
        self._awaited = _PAYMENT
        self._money: _Money | None = None
        self._trace: tuple[str, str] | None = None
        self._produced_on: date | None = None
        self._payer = ""
        self._payer_ids = list[Identifier]()
        self._payee = dict[str, str]()

    def read(self, segment: Segment) -> None:
        """Read one segment, when it may come next."""
        if segment.id not in _HEADER[self._awaited]:
            is_early = segment.id in _KNOWN and self._awaited == _PAYMENT
            raise segment.missing(_PAYMENT) if is_early else _out_of_place(segment)
        match segment.id:
            case "BPR":
                self._money, self._awaited = _Money.read(segment), _PAYER
            case "TRN" if self._trace is None:
                self._trace = segment.required(2), segment.required(3)
            case "TRN":
                raise segment.refused(Refusal.MISPLACED)
            case "DTM" if segment.raw(1) == b"405":
                self._produced_on = segment.day(2)
            case "N1":
                self._read_party(segment)
            case "REF":
                self._read_reference(segment)

    def require_whole(self, following: Segment) -> None:
        """Refuse claims, or the end, before payment, trace, payer and payee are told."""
        if self._money is not None and self._trace is None:
            raise following.missing(_TRACE)
        if self._awaited:
            raise following.missing(self._awaited)

    def remittance(self, envelope: Envelope, totals: ClaimTotals, adjustments_cents: int) -> Remittance:
        """Give the whole, once nothing is missing."""
        if self._money is None or self._trace is None:
            message = "the payment was not required to be whole"
            raise RuntimeError(message)
        return Remittance(
            envelope=envelope,
            payer=self._payer,
            payer_ids=tuple(self._payer_ids),
            payee_npi=self._payee.get(_NPI, ""),
            payee_tax_id=self._payee.get(_TAX_ID) or self._payee.get(_OTHER_TAX_ID, ""),
            handling=self._money.handling,
            amount_cents=self._money.cents,
            credit_or_debit=self._money.direction,
            method=self._money.method,
            method_format=self._money.form,
            paid_on=self._money.paid_on,
            trace=self._trace[0],
            trace_payer=self._trace[1],
            produced_on=self._produced_on,
            claims=totals.claims,
            denials=totals.denials,
            reversals=totals.reversals,
            charged_cents=totals.charged_cents,
            claims_paid_cents=totals.paid_cents,
            adjustments_cents=adjustments_cents,
            unbalanced_claims=totals.unbalanced,
        )

    def _read_party(self, segment: Segment) -> None:
        """Read the payer, then the payee."""
        party = f"N1*{segment.text(1, longest=3)}"
        if self._trace is None:
            raise segment.missing(_TRACE)
        if party != self._awaited:
            is_early = party == _PAYEE and self._awaited == _PAYER
            raise segment.missing(_PAYER) if is_early else segment.refused(Refusal.MISPLACED)
        qualifier, number = segment.text(3, longest=2), segment.text(4)
        if party == _PAYEE:
            self._awaited = _NOTHING
            self._payee[qualifier] = number
            return
        self._awaited, self._payer = _PAYEE, segment.text(2)
        if number:
            self._payer_ids.append(Identifier(qualifier, number))

    def _read_reference(self, segment: Segment) -> None:
        """Keep further ids of the payer, and the payee's tax id."""
        qualifier = segment.text(1, longest=3)
        if self._awaited == _NOTHING and qualifier == _TAX_ID:
            self._payee[qualifier] = segment.required(2)
        if self._awaited == _PAYEE and qualifier in _PAYER_REFERENCES:
            if len(self._payer_ids) == _MOST_PAYER_IDS:
                raise segment.refused(Refusal.TOO_MANY_PARTS)
            self._payer_ids.append(Identifier(qualifier, segment.required(2)))


def _out_of_place(segment: Segment) -> PayerFileRefused:
    return segment.refused(Refusal.MISPLACED if segment.id in _KNOWN else Refusal.UNKNOWN_SEGMENT)
