"""Reads files from payers, X12 005010: 835, 277CA and 999, whole or not at all, as evidence only (E-30, E-34)."""

import re
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from models.inputs.payer_files import Envelope, Evidence, Kind, PayerFile, Refusal
from tasks.connectors.x12_277ca import ClaimAcknowledgmentReader
from tasks.connectors.x12_835 import RemittanceReader
from tasks.connectors.x12_999 import SyntaxAcknowledgmentReader
from tasks.connectors.x12_envelope import ByteStream, Source
from tasks.connectors.x12_segments import Segment, Stretch, code_of

LARGEST_FILE: Final = 50 * 1024 * 1024
MOST_PARTS: Final = 50_000
"""Interchanges, groups, transactions, and answers within them: what is kept must stay small too."""
_INTERCHANGE_VERSION: Final = "00501"
_CONTROL_NUMBER: Final = re.compile(r"[0-9]{9}")
_KINDS: Final = (
    (Kind.REMITTANCE, "HP", "835", re.compile(r"005010X221(?:[AE][0-9])?")),
    (Kind.CLAIM_ACKNOWLEDGMENT, "HN", "277", re.compile(r"005010X214(?:[AE][0-9])?")),
    (Kind.SYNTAX_ACKNOWLEDGMENT, "FA", "999", re.compile(r"005010X231(?:[AE][0-9])?")),
)
_ENVELOPE: Final = np.array([code_of(word) for word in ("ISA", "TA1", "GS", "ST", "SE", "GE", "IEA")], np.int32)


class TransactionReader(Protocol):
    """Reads the inside of one transaction."""

    @property
    def parts(self) -> int:
        """How much of what it keeps grows with the file."""
        ...

    def take(self, stretch: Stretch, start: int, end: int) -> None:
        """Read some segments that follow those taken before."""
        ...

    def finish(self, closing: Segment) -> Evidence:
        """Give what the transaction proves; `closing` is its SE segment."""
        ...


def read_payer_file(stream: ByteStream | Path, *, limit: int = LARGEST_FILE) -> PayerFile:
    """Read one file in a single pass (E-30); `limit` is in bytes.

    Raises:
        PayerFileRefused: the file is refused whole, whatever its bytes are; the error says nothing of its content.
    """
    if isinstance(stream, Path):
        with stream.open("rb") as opened:
            return read_payer_file(opened, limit=limit)
    source = Source(stream, limit=limit)
    walk = _Walk()
    while (header := source.next_interchange()) is not None:
        walk.begin_interchange(header)
        for stretch in source.stretches(header.stretch.delimiters):
            walk.follow(stretch)
    kinds = tuple(dict.fromkeys(envelope.kind for envelope in walk.envelopes))
    return PayerFile(source.sha256, source.size, kinds, tuple(walk.envelopes), tuple(walk.evidence))


class _Walk:
    """Goes through the envelopes of a file, checks their counts and numbers, and hands on what is inside."""

    def __init__(self) -> None:
        self.envelopes = list[Envelope]()
        self.evidence = list[Evidence]()
        self._parts = 0
        self._header: Segment | None = None
        self._groups = 0
        self._group: Segment | None = None
        self._transactions = 0
        self._opening: Segment | None = None
        self._segments = 0
        self._reader: TransactionReader | None = None

    def begin_interchange(self, header: Segment) -> None:
        """Check an ISA segment."""
        if header.text(12) != _INTERCHANGE_VERSION:
            raise header.refused(Refusal.VERSION, 12)
        if not _CONTROL_NUMBER.fullmatch(header.text(13)):
            raise header.refused(Refusal.BAD_VALUE, 13)
        if header.text(15) not in {"P", "T"}:
            raise header.refused(Refusal.BAD_VALUE, 15)
        self._header, self._groups = header, 0
        self._keep(header, 1)

    def follow(self, stretch: Stretch) -> None:
        """Follow some segments of an interchange."""
        marks = np.flatnonzero(np.isin(stretch.codes, _ENVELOPE)).tolist()
        done = 0
        for mark in [*marks, len(stretch.codes)]:
            if mark > done:
                self._inside(stretch, done, mark)
            if mark < len(stretch.codes):
                self._envelope(stretch.read(mark))
            done = mark + 1

    def _inside(self, stretch: Stretch, start: int, end: int) -> None:
        if self._reader is None:
            raise stretch.refused(Refusal.MISPLACED, start)
        self._segments += end - start
        self._reader.take(stretch, start, end)
        if self._parts + self._reader.parts > MOST_PARTS:
            raise stretch.refused(Refusal.TOO_MANY_PARTS, end - 1)

    def _envelope(self, segment: Segment) -> None:
        match segment.id:
            case "GS":
                self._begin_group(segment)
            case "ST":
                self._begin_transaction(segment)
            case "SE":
                self._end_transaction(segment)
            case "GE":
                self._end_group(segment)
            case "IEA":
                self._end_interchange(segment)
            case "TA1" if self._group is None and not self._groups:
                return  # it says that an interchange of ours arrived, and proves nothing
            case _:
                raise segment.refused(Refusal.MISPLACED)

    def _begin_group(self, segment: Segment) -> None:
        header = self._header
        if header is None or self._group is not None:
            raise segment.refused(Refusal.MISPLACED)
        self._keep(segment, 1)
        self._group, self._transactions = segment, 0
        self._groups += 1
        self.envelopes.append(
            Envelope(
                kind=_kind(segment),
                is_test=header.text(15) == "T",
                sender_qualifier=header.text(5),
                sender=header.required(6),
                receiver_qualifier=header.text(7),
                receiver=header.text(8),
                control=header.text(13),
                group_sender=segment.text(2),
                group_receiver=segment.text(3),
                group_control=str(segment.count(6)),
            )
        )

    def _begin_transaction(self, segment: Segment) -> None:
        if self._group is None or self._reader is not None:
            raise segment.refused(Refusal.MISPLACED)
        segment.stretch.place.transaction += 1
        self._keep(segment, 1)
        self._reader = _reader(segment, self.envelopes[-1])
        segment.required(2, longest=9)
        self._opening, self._segments = segment, 1
        self._transactions += 1

    def _end_transaction(self, segment: Segment) -> None:
        if self._reader is None or self._opening is None:
            raise segment.refused(Refusal.MISPLACED)
        if segment.count(1) != self._segments + 1:
            raise segment.refused(Refusal.COUNT, 1)
        if segment.text(2) != self._opening.text(2):
            raise segment.refused(Refusal.CONTROL_NUMBER, 2)
        self.evidence.append(self._reader.finish(segment))
        self._keep(segment, self._reader.parts)
        self._reader = self._opening = None

    def _end_group(self, segment: Segment) -> None:
        if self._group is None or self._reader is not None:
            raise segment.refused(Refusal.MISPLACED)
        if segment.count(1) != self._transactions:
            raise segment.refused(Refusal.COUNT, 1)
        if segment.count(2) != self._group.count(6):
            raise segment.refused(Refusal.CONTROL_NUMBER, 2)
        self._group = None

    def _end_interchange(self, segment: Segment) -> None:
        if self._header is None or self._group is not None:
            raise segment.refused(Refusal.MISPLACED)
        if segment.count(1) != self._groups:
            raise segment.refused(Refusal.COUNT, 1)
        if segment.text(2) != self._header.text(13):
            raise segment.refused(Refusal.CONTROL_NUMBER, 2)
        self._header = None

    def _keep(self, segment: Segment, parts: int) -> None:
        """Count what is kept."""
        self._parts += parts
        if self._parts > MOST_PARTS:
            raise segment.refused(Refusal.TOO_MANY_PARTS)


def _kind(group: Segment) -> Kind:
    """Tell what a group holds by its code and version."""
    code, version = group.text(1), group.text(8)
    for kind, group_code, _, versions in _KINDS:
        if versions.fullmatch(version) and code == group_code:
            return kind
    raise group.refused(Refusal.OTHER_TRANSACTION, 8 if any(code == known for _, known, _, _ in _KINDS) else 1)


def _reader(opening: Segment, envelope: Envelope) -> TransactionReader:
    """Give the reader of one transaction, when it is what its group says; ST03 may be left out in an 835."""
    for kind, _, number, versions in _KINDS:
        if kind is envelope.kind and opening.text(1) != number:
            raise opening.refused(Refusal.OTHER_TRANSACTION, 1)
        if kind is envelope.kind and opening.raw(3) and not versions.fullmatch(opening.text(3)):
            raise opening.refused(Refusal.OTHER_TRANSACTION, 3)
    match envelope.kind:
        case Kind.REMITTANCE:
            return RemittanceReader(envelope)
        case Kind.CLAIM_ACKNOWLEDGMENT:
            return ClaimAcknowledgmentReader(envelope)
        case Kind.SYNTAX_ACKNOWLEDGMENT:
            return SyntaxAcknowledgmentReader(envelope)
