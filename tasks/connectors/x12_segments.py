"""One segment of an X12 file, its place, and its elements as values; no error says a word of the file."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from models.inputs.payer_files import PayerFileRefused, Position, Refusal

Octets: TypeAlias = npt.NDArray[np.uint8]
Places: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.int32]
Words: TypeAlias = npt.NDArray[np.uint64]
Mask: TypeAlias = npt.NDArray[np.bool_]

LONGEST_ID: Final = 3
_MOST_ELEMENTS: Final = 32
_LONGEST_TEXT: Final = 80
_NOT_KEPT: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_MONEY: Final = re.compile(rb"(-?)([0-9]{0,11})(?:\.([0-9]{0,2}))?")
_DAY: Final = re.compile(rb"([0-9]{4})([0-9]{2})([0-9]{2})")
_COUNT: Final = re.compile(rb"[0-9]{1,10}")


def code_of(word: str) -> int:
    """Give the number by which a segment id is known among the codes of a stretch."""
    return int.from_bytes(word.encode().ljust(LONGEST_ID, b"\0"))


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The four signs that an ISA segment names."""

    element: bytes
    repetition: bytes
    component: bytes
    terminator: bytes


@dataclass(slots=True)
class Place:
    """How far reading has come, counted as a `Position` is."""

    interchange: int = 0
    transaction: int = 0
    segment: int = 0


@dataclass(slots=True)
class Stretch:
    """Whole segments of one interchange that follow each other.

    `starts`, `ends` and `codes` have one entry per segment; `segment` and `offset` are those of the first in the file.
    """

    text: bytes
    octets: Octets
    starts: Places
    ends: Places
    codes: Codes
    delimiters: Delimiters
    place: Place
    segment: int
    offset: int
    _separators: Places | None = None

    @property
    def separators(self) -> Places:
        """Where element separators stand, and then more places after the end than a segment has elements."""
        if self._separators is None:
            found = np.flatnonzero(self.octets == self.delimiters.element[0])
            self._separators = np.concatenate((found, np.full(_MOST_ELEMENTS, len(self.octets))))
        return self._separators

    def read(self, index: int) -> "Segment":
        """Take one segment apart."""
        text = self.text[self.starts[index] : self.ends[index]]
        return Segment(self, index, text.split(self.delimiters.element))

    def refused(self, reason: Refusal, index: int, element: str = "") -> PayerFileRefused:
        """Give the error for one segment."""
        at, offset = self.place, self.offset + int(self.starts[index])
        position = Position(at.interchange, at.transaction, self.segment + index, offset, element)
        return PayerFileRefused(reason, position)


@dataclass(slots=True)
class Segment:
    """One segment; elements are counted from 1 as the standard does, and absent ones are empty."""

    stretch: Stretch
    index: int
    elements: list[bytes]

    @property
    def id(self) -> str:
        """Its two or three signs."""
        return self.elements[0].decode("latin-1")

    def refused(self, reason: Refusal, number: int = 0) -> PayerFileRefused:
        """Give the error for this segment, or for one of its elements."""
        return self.stretch.refused(reason, self.index, f"{self.id}{number:02d}" if number else "")

    def missing(self, element: str) -> PayerFileRefused:
        """Give the error for a segment that should have come before this one."""
        return self.stretch.refused(Refusal.MISSING, self.index, element)

    def raw(self, number: int) -> bytes:
        """Give one element as it stands."""
        return self.elements[number] if number < len(self.elements) else b""

    def text(self, number: int, *, longest: int = _LONGEST_TEXT) -> str:
        """Give one element as text, UTF-8 or else Latin-1, empty when absent; refuses control characters."""
        raw = self.raw(number)
        try:
            words = raw.decode()
        except UnicodeDecodeError:
            words = raw.decode("latin-1")
        is_plain = words.isprintable() or not any(unicodedata.category(sign) in _NOT_KEPT for sign in words)
        if len(words) > longest or not is_plain:
            raise self.refused(Refusal.BAD_VALUE, number)
        return words.strip()

    def required(self, number: int, *, longest: int = _LONGEST_TEXT) -> str:
        """Give one element as text that may not be empty."""
        words = self.text(number, longest=longest)
        if not words:
            raise self.refused(Refusal.BAD_VALUE, number)
        return words

    def cents(self, number: int) -> int:
        """Give one amount in cents; refuses what is no amount."""
        found = _MONEY.fullmatch(self.raw(number))
        if found is None or not (found[2] or found[3]):
            raise self.refused(Refusal.BAD_VALUE, number)
        value = int(found[2] or 0) * 100 + int((found[3] or b"").ljust(2, b"0"))
        return -value if found[1] else value

    def count(self, number: int) -> int:
        """Give one whole number that is not negative; refuses what is none."""
        raw = self.raw(number)
        if not _COUNT.fullmatch(raw):
            raise self.refused(Refusal.BAD_VALUE, number)
        return int(raw)

    def day(self, number: int) -> date:
        """Give one date, written CCYYMMDD; refuses what is none."""
        found = _DAY.fullmatch(self.raw(number))
        try:
            if found:
                return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass  # the error must not quote the value
        raise self.refused(Refusal.BAD_VALUE, number)

    def components(self, number: int) -> list[str]:
        """Give the parts of one composite element."""
        return [part.decode("latin-1") for part in self.raw(number).split(self.stretch.delimiters.component)]
