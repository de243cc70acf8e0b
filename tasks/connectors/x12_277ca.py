"""Reads one 277CA, 005010X214: how many claims of each billing provider were accepted or rejected, and why."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from models.inputs.payer_files import ClaimAcknowledgment, Envelope, Identifier, ProviderClaims, Refusal, Source
from tasks.connectors.x12_segments import Segment, Stretch
from tasks.connectors.x12_statuses import ProviderTally, Statuses

_PROVIDER_IDS: Final = {"XX": "npi", "FI": "tax_id"}
_TAX_IDS: Final = frozenset({"TJ", "EI", "SY"})
_ORGANISATION: Final = b"2"
_STRUCTURE: Final = "0085"
"""What BHT01 says in a 277CA; other uses of 277 answer questions about a claim."""
_DAYS: Final = frozenset({b"050", b"009"})
"""Received, processed."""
_STATED_COUNTS: Final = frozenset({b"90", b"AA"})
_STATED_AMOUNTS: Final = frozenset({b"YU", b"YY"})
_BEGUN, _NAME = "BHT", "NM1"


class _Level(NamedTuple):
    """One kind of HL level: whose it is, what may stand in it, and on which level it may follow."""

    roles: frozenset[str]
    segments: frozenset[str]
    after: frozenset[str]


_SOURCE, _SUBMITTER, _PROVIDER, _PATIENT = "20", "21", "19", "PT"
_LEVELS: Final[Mapping[str, _Level]] = {
    _SOURCE: _Level(frozenset({"PR", "AY"}), frozenset({"TRN", "DTP"}), frozenset({_BEGUN})),
    _SUBMITTER: _Level(frozenset({"41"}), frozenset({"TRN", "STC", "QTY", "AMT"}), frozenset({_SOURCE})),
    _PROVIDER: _Level(
        frozenset({"85"}),
        frozenset({"TRN", "STC", "REF", "QTY", "AMT"}),
        frozenset({_SUBMITTER, _PROVIDER, _PATIENT}),
    ),
    _PATIENT: _Level(
        frozenset({"QC"}), frozenset({"TRN", "STC", "REF", "DTP", "SVC"}), frozenset({_PROVIDER, _PATIENT})
    ),
}
_PARENTS: Final[Mapping[str, str]] = {_SUBMITTER: _SOURCE, _PROVIDER: _SUBMITTER, _PATIENT: _PROVIDER}
_KNOWN: Final = frozenset({"BHT", "HL", "NM1"}).union(*(level.segments for level in _LEVELS.values()))


class ClaimAcknowledgmentReader:
    """Reads the inside of one 277CA."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._level = ""
        self._is_named = True
        self._count = self._kept = 0
        self._numbers = dict[str, int]()
        self._source = (Source.PAYER, Identifier("", ""), "")
        self._submitter = Identifier("", "")
        self._batch = ""
        self._days = dict[str, date]()
        self._statuses = Statuses()
        self._is_not_approved = False
        self._totals = dict[str, int]()
        self._providers = list[ProviderClaims]()
        self._provider: ProviderTally | None = None

    @property
    def parts(self) -> int:
        """How much is kept so far."""
        tally = len(self._provider.statuses) if self._provider else 0
        return self._kept + len(self._statuses) + tally

    def take(self, stretch: Stretch, start: int, end: int) -> None:
        """Read some segments that follow those taken before."""
        for index in range(start, end):
            self._read(stretch.read(index))

    def finish(self, closing: Segment) -> ClaimAcknowledgment:
        """Give what the acknowledgment says."""
        self._require_name(closing)
        if self._level in {"", _BEGUN, _SOURCE}:
            raise closing.missing("BHT" if not self._level else "HL")
        self._close_provider(closing)
        source, source_id, source_name = self._source
        return ClaimAcknowledgment(
            envelope=self._envelope,
            source=source,
            source_id=source_id,
            source_name=source_name,
            submitter_id=self._submitter,
            batch=self._batch,
            received_on=self._days.get("050"),
            processed_on=self._days.get("009"),
            submitter_not_approved=self._is_not_approved,
            statuses=self._statuses.counted(),
            stated_accepted=self._totals.get("90"),
            stated_rejected=self._totals.get("AA"),
            accepted_cents=self._totals.get("YU"),
            rejected_cents=self._totals.get("YY"),
            providers=tuple(self._providers),
        )

    def _read(self, segment: Segment) -> None:
        if segment.id not in _KNOWN:
            raise segment.refused(Refusal.UNKNOWN_SEGMENT)
        if segment.id == "BHT" and not self._level:
            if segment.text(1) != _STRUCTURE:
                raise segment.refused(Refusal.OTHER_TRANSACTION, 1)
            self._level = _BEGUN
        elif not self._level:
            raise segment.missing(_BEGUN)
        elif segment.id == "HL":
            self._require_name(segment)
            self._begin_level(segment)
        elif segment.id == "NM1":
            self._name(segment)
        else:
            self._require_name(segment)
            self._read_inside(segment)

    def _begin_level(self, segment: Segment) -> None:
        """Follow an HL segment; levels are numbered on, and name the one above."""
        name = segment.text(3, longest=2)
        level = _LEVELS.get(name)
        if level is None or self._level not in level.after:
            raise segment.refused(Refusal.MISPLACED)
        self._count += 1
        if segment.count(1) != self._count:
            raise segment.refused(Refusal.COUNT, 1)
        if name in _PARENTS and segment.count(2) != self._numbers[_PARENTS[name]]:
            raise segment.refused(Refusal.CONTROL_NUMBER, 2)
        self._numbers[name], self._level, self._is_named = self._count, name, False
        if name == _PROVIDER:
            self._close_provider(segment)
            self._provider = ProviderTally()
        elif self._provider is not None:
            self._provider.close_claim(segment)

    def _require_name(self, following: Segment) -> None:
        if not self._is_named:
            raise following.missing(_NAME)

    def _name(self, segment: Segment) -> None:
        """Read who a level is about; of a patient nothing is read (E-34)."""
        role = segment.text(1, longest=3)
        if self._is_named or role not in _LEVELS[self._level].roles:
            raise segment.refused(Refusal.MISPLACED)
        self._is_named = True
        if self._level == _PATIENT:
            return
        identifier = Identifier(segment.text(8, longest=2), segment.required(9))
        if self._level == _SOURCE:
            name = segment.text(3) if segment.raw(2) == _ORGANISATION else ""
            self._source = (Source.PAYER if role == "PR" else Source.CLEARINGHOUSE, identifier, name)
        elif self._level == _SUBMITTER:
            self._submitter = identifier
        elif self._provider is not None and identifier.qualifier in _PROVIDER_IDS:
            self._provider.ids[_PROVIDER_IDS[identifier.qualifier]] = identifier.id

    def _read_inside(self, segment: Segment) -> None:
        level = _LEVELS.get(self._level)
        if level is None or segment.id not in level.segments:
            raise segment.refused(Refusal.MISPLACED)
        if self._level == _PATIENT:
            self._read_claim(segment)
        elif self._level == _PROVIDER:
            self._read_provider(segment)
        elif self._level == _SUBMITTER:
            self._read_batch(segment)
        elif segment.id == "DTP" and segment.raw(1) in _DAYS:
            self._days[segment.text(1)] = segment.day(3)

    def _read_batch(self, segment: Segment) -> None:
        match segment.id:
            case "TRN":
                self._batch = segment.required(2)
            case "STC":
                self._is_not_approved |= self._statuses.add(segment)[1]
            case "QTY" if segment.raw(1) in _STATED_COUNTS:
                self._totals[segment.text(1)] = segment.count(2)
            case "AMT" if segment.raw(1) in _STATED_AMOUNTS:
                self._totals[segment.text(1)] = segment.cents(2)

    def _read_provider(self, segment: Segment) -> None:
        if self._provider is None:
            raise segment.refused(Refusal.MISPLACED)
        if segment.id == "STC":
            self._provider.read_own_status(segment)
        elif segment.id == "REF" and segment.text(1, longest=3) in _TAX_IDS:
            self._provider.ids["tax_id"] = segment.required(2)

    def _read_claim(self, segment: Segment) -> None:
        if self._provider is None:
            raise segment.refused(Refusal.MISPLACED)
        match segment.id:
            case "TRN":
                self._provider.begin_claim(segment)
            case "SVC":
                self._provider.begin_line(segment)
            case "STC":
                self._provider.read_claim_status(segment)

    def _close_provider(self, following: Segment) -> None:
        if self._provider is None:
            return
        self._provider.close_claim(following)
        self._providers.append(self._provider.claims())
        self._kept += 1 + len(self._provider.statuses)
        self._provider = None
