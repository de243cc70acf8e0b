"""Takes an X12 file apart into segments, block by block, whatever its delimiters and line ends (E-30)."""

import hashlib
import re
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

import numpy as np

from models.inputs.payer_files import PayerFileRefused, Position, Refusal
from tasks.connectors.x12_segments import Codes, Delimiters, Mask, Octets, Place, Places, Segment, Stretch, code_of

LONGEST_SEGMENT: Final = 10_000
SMALLEST_BLOCK: Final = 1 << 14
"""More than a segment may have, and no more: many small interchanges are not each looked through by the megabyte."""
LARGEST_BLOCK: Final = 1 << 20
ISA_LENGTH: Final = 106
_SEPARATORS: Final = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_REPETITION: Final = slice(82, 83)
_COMPONENT: Final = slice(104, 105)
_TERMINATOR: Final = slice(105, 106)
_NO_DELIMITER: Final = b" +-."  # they fill fixed fields and stand in amounts
_BREAKS: Final = b"\r\n"
_LINE_BREAKS: Final = re.compile(rb"[\r\n]*")
_BREAKS_BESIDE: Final = {b"\r": re.compile(rb"\n*"), b"\n": re.compile(rb"\r*")}
"""Line breaks that are no terminators, by the terminator that is one."""
_BLANKS: Final = re.compile(rb"[\r\n\t ]*(?:\xef\xbb\xbf[\r\n\t ]*)?")
_SHORTEST: Final = 3  # an id of two signs and its separator
_IEA: Final = code_of("IEA")


class ByteStream(Protocol):
    """Whatever gives bytes in turn, and none at its end."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes."""
        ...


class Source:
    """The bytes of one file, hashed while they are read, never more than a block of them in memory."""

    def __init__(self, stream: ByteStream, *, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._hash = hashlib.sha256()
        self._held = bytearray()
        self._offset = 0
        self._has_ended = False
        self.size = 0
        self.place = Place()

    @property
    def sha256(self) -> str:
        """The hash of all bytes read so far, in hexadecimal."""
        return self._hash.hexdigest()

    def next_interchange(self) -> Segment | None:
        """Read the next ISA segment; none at the end of the file.

        Raises:
            PayerFileRefused: there is something else, or its delimiters cannot be told.
        """
        self._skip(_BLANKS)
        self._fill(ISA_LENGTH)
        if not self._held and self.place.interchange:
            return None
        if not self._held.startswith(b"ISA"):
            raise self._refused(Refusal.JUNK_BETWEEN if self.place.interchange else Refusal.NO_INTERCHANGE)
        self.place.interchange += 1
        self.place.transaction = 0
        head = bytes(self._held[:ISA_LENGTH])
        delimiters = self._delimiters(head)
        cut = _segments(head, delimiters)
        stretch = self._stretch(head, cut.first(1), delimiters)
        self._drop(ISA_LENGTH)
        return stretch.read(0)

    def stretches(self, delimiters: Delimiters) -> Iterator[Stretch]:
        """Give the segments after an ISA segment, up to and with its IEA segment.

        Raises:
            PayerFileRefused: a segment is too long, empty or broken, or the file ends too early.
        """
        size, is_last = SMALLEST_BLOCK, False
        while not is_last:
            text = self._whole_segments(delimiters, size)
            cut = _segments(text, delimiters)
            closing = np.flatnonzero(cut.codes == _IEA)
            is_last = closing.size > 0
            cut = cut.first(int(closing[0]) + 1) if is_last else cut
            sound = cut.sound()
            if sound:
                yield self._stretch(text, cut.first(sound), delimiters)
            if sound < len(cut.ends):
                raise self._refused(cut.fault(sound), ahead=int(cut.starts[sound]))
            self._drop(int(cut.ends[-1]) + 1)
            size = min(2 * size, LARGEST_BLOCK)

    def _whole_segments(self, delimiters: Delimiters, size: int) -> bytes:
        """Give the segments that end within a block, at least one; the file's last may lack its terminator."""
        self._skip(_BREAKS_BESIDE.get(delimiters.terminator, _LINE_BREAKS))
        self._fill(size)
        end = self._held.rfind(delimiters.terminator, 0, size)
        if end >= 0:
            with memoryview(self._held) as held:  # a slice of the array itself would be copied twice
                return bytes(held[: end + 1])
        if len(self._held) > LONGEST_SEGMENT:
            raise self._refused(Refusal.SEGMENT_TOO_LONG)
        if not self._held.startswith(b"IEA"):
            raise self._refused(Refusal.UNFINISHED)
        return bytes(self._held.rstrip(_BREAKS)) + delimiters.terminator

    def _stretch(self, text: bytes, cut: "_Cut", delimiters: Delimiters) -> Stretch:
        first = self.place.segment + 1
        self.place.segment += len(cut.ends)
        octets = np.frombuffer(text, np.uint8)
        return Stretch(text, octets, cut.starts, cut.ends, cut.codes, delimiters, self.place, first, self._offset)

    def _delimiters(self, head: bytes) -> Delimiters:
        """Tell the delimiters from an ISA segment, which has fixed places for them."""
        element = head[3:4]
        if len(head) < ISA_LENGTH or any(head[at : at + 1] != element for at in _SEPARATORS):
            raise self._refused(Refusal.BROKEN_ISA)
        found = Delimiters(element, head[_REPETITION], head[_COMPONENT], head[_TERMINATOR])
        signs = (found.element, found.repetition, found.component, found.terminator)
        if len(set(signs)) < len(signs) or not all(_may_delimit(sign) for sign in signs):
            raise self._refused(Refusal.DELIMITERS)
        return found

    def _fill(self, wanted: int) -> None:
        """Hold so many bytes, or all that are left."""
        while len(self._held) < wanted and not self._has_ended:
            got = self._stream.read(max(wanted - len(self._held), SMALLEST_BLOCK))
            self._has_ended = not got
            self.size += len(got)
            if self.size > self._limit:
                raise self._refused(Refusal.TOO_LARGE, ahead=self._limit - self._offset)
            self._hash.update(got)
            self._held += got

    def _skip(self, blanks: re.Pattern[bytes]) -> None:
        """Drop what may stand before a segment, however much of it there is."""
        while True:
            self._fill(SMALLEST_BLOCK)
            found = blanks.match(self._held)
            end = found.end() if found else 0
            self._drop(end)
            if not end or self._held:
                return

    def _drop(self, count: int) -> None:
        self._offset += count
        del self._held[:count]

    def _refused(self, reason: Refusal, *, ahead: int = 0) -> PayerFileRefused:
        """Give the error for the segment that would be read next."""
        at = self.place
        return PayerFileRefused(reason, Position(at.interchange, at.transaction, at.segment + 1, self._offset + ahead))


class _Cut(NamedTuple):
    """Where the segments of a block start and end, and what their ids are; `torn` have a line break inside."""

    starts: Places
    ends: Places
    codes: Codes
    broken: Mask
    torn: Mask

    def first(self, count: int) -> "_Cut":
        return _Cut(self.starts[:count], self.ends[:count], self.codes[:count], self.broken[:count], self.torn[:count])

    def sound(self) -> int:
        """Count the segments before the first that cannot be read."""
        bad = self.broken | self.torn | (self.ends - self.starts > LONGEST_SEGMENT)
        return int(bad.argmax()) if bad.any() else len(bad)

    def fault(self, index: int) -> Refusal:
        length = self.ends[index] - self.starts[index]
        if length > LONGEST_SEGMENT:
            return Refusal.SEGMENT_TOO_LONG
        if self.torn[index]:
            return Refusal.LINE_BREAK
        return Refusal.BROKEN_SEGMENT if length else Refusal.EMPTY_SEGMENT


def _segments(text: bytes, delimiters: Delimiters) -> _Cut:
    """Find the segments of a block that ends with a terminator."""
    octets = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(octets == delimiters.terminator[0])
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    torn = np.zeros(len(ends), np.bool_)
    if any(sign in text for sign in _BREAKS if sign != delimiters.terminator[0]):
        breaks = _breaks(octets, delimiters)
        before = np.searchsorted(breaks, starts)
        count = np.searchsorted(breaks, ends) - before
        # Breaks that lead a segment fill its first places without a gap.
        torn = (count > 0) & (breaks[np.maximum(before + count - 1, 0)] != starts + count - 1)
        starts = starts + np.where(torn, 0, count)
    codes, broken = _codes(octets, starts, ends, delimiters.element[0])
    return _Cut(starts, ends, codes, broken, torn)


def _codes(octets: Octets, starts: Places, ends: Places, element: int) -> tuple[Codes, Mask]:
    """Give each segment's id as a number, and which begin with no id of two or three signs."""
    last = len(octets) - 1
    one, two, three, four = (octets[np.minimum(starts + step, last)] for step in range(4))
    is_short = three == element
    codes = (one.astype(np.int32) << 16) | (two.astype(np.int32) << 8) | np.where(is_short, 0, three)
    broken = ~(is_short | (four == element)) | (ends - starts < _SHORTEST)
    return codes, broken


def _breaks(octets: Octets, delimiters: Delimiters) -> Places:
    """Find the line breaks that are no terminators."""
    found = np.flatnonzero(octets <= max(_BREAKS))
    signs = octets[found]
    are_breaks: Mask = ((signs == _BREAKS[0]) | (signs == _BREAKS[1])) & (signs != delimiters.terminator[0])
    return found[are_breaks]


def _may_delimit(sign: bytes) -> bool:
    return sign.isascii() and not sign.isalnum() and sign not in _NO_DELIMITER
