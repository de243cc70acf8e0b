"""Adds up the claims of an 835, alone or many at once: counts and cents, never whose claim it is (E-33, E-34)."""

from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.inputs.payer_files import PayerFileRefused, Refusal
from tasks.connectors.x12_segments import Codes, Mask, Places, Segment, Stretch, Words, code_of

_CLP: Final = code_of("CLP")
_CAS: Final = code_of("CAS")
_LX: Final = code_of("LX")
SUMMARIES: Final = ("TS2", "TS3")
_SUMMARIES: Final = np.array([code_of(word) for word in SUMMARIES], np.int32)
DETAILS: Final = ("AMT", "CAS", "DTM", "LQ", "MIA", "MOA", "NM1", "PER", "QTY", "REF", "SVC")
_DETAILS: Final = np.array([code_of(word) for word in DETAILS], np.int32)
FEW: Final = 256
"""Fewer segments than this are read one by one, which is quicker than arrays of them."""
_STATUS_LENGTHS: Final = range(1, 3)
_ADJUSTED: Final = range(3, 19, 3)
"""The elements of CAS that are amounts."""
_MINUS, _TWO, _FOUR = b"-24"
_WORD: Final = 8
"""How many signs are read as one number; the last sign is its highest byte."""
_ALL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_ZEROS: Final = np.uint64(0x3030303030303030)
_SIXES: Final = np.uint64(0x0606060606060606)
_HIGH: Final = np.uint64(0xF0F0F0F0F0F0F0F0)
_SIGN, _POINT, _POINT_TO_ZERO, _NONE = np.uint64(0xFF), np.uint64(0x2E), np.uint64(0x2E ^ 0x30), np.uint64(0)
_TWO_LEFT, _ONE_LEFT = np.uint64(40), np.uint64(48)
"""How far the sign before the last two, and before the last one, stands up in a word."""


@dataclass(slots=True)
class ClaimTotals:
    """What the claims of one 835 add up to; `unbalanced` counts those whose charge, payment and adjustments differ."""

    claims: int = 0
    denials: int = 0
    reversals: int = 0
    charged_cents: int = 0
    paid_cents: int = 0
    unbalanced: int = 0
    _is_open: bool = False
    _left_cents: int = 0

    def add(self, stretch: Stretch, start: int, end: int) -> None:
        """Add some segments that follow those added before; a claim may go on in the next stretch.

        Raises:
            PayerFileRefused: a segment is unknown or misplaced, or an amount or a status cannot be read.
        """
        if end - start < FEW:
            for index in range(start, end):
                self._add_one(stretch.read(index))
        else:
            self._add_many(stretch, start, end)

    def finish(self) -> None:
        """Close the last claim."""
        self.unbalanced += self._left_cents != 0
        self._left_cents = 0

    def _add_one(self, segment: Segment) -> None:
        name = segment.id
        is_detail, is_summary = name in DETAILS, name in SUMMARIES
        if not (is_detail or is_summary or name in {"CLP", "LX"}):
            raise segment.refused(Refusal.UNKNOWN_SEGMENT)
        if (is_detail and not self._is_open) or (is_summary and self._is_open):
            raise segment.refused(Refusal.MISPLACED)
        self._is_open = is_detail or name == "CLP"
        if name == "CLP":
            self._begin(segment)
        elif name == "CAS":
            filled = (number for number in _ADJUSTED if number == _ADJUSTED.start or segment.raw(number))
            self._left_cents -= sum(segment.cents(number) for number in filled)

    def _begin(self, claim: Segment) -> None:
        self.finish()
        status = claim.raw(2)
        if len(status) not in _STATUS_LENGTHS:
            raise claim.refused(Refusal.BAD_VALUE, 2)
        charged, paid = claim.cents(3), claim.cents(4)
        self.claims += 1
        self.denials += status == b"4"
        self.reversals += status == b"22"
        self.charged_cents += charged
        self.paid_cents += paid
        self._left_cents = charged - paid

    def _add_many(self, stretch: Stretch, start: int, end: int) -> None:
        codes = stretch.codes[start:end]
        self._refuse_misplaced(stretch, start, codes)
        claims = np.flatnonzero(codes == _CLP) + start
        adjusted = np.flatnonzero(codes == _CAS) + start
        self._is_open = bool(codes[-1] != _LX and not np.isin(codes[-1:], _SUMMARIES)[0])
        if not claims.size and not adjusted.size:
            return
        left = np.zeros(end - start, np.int64)
        if claims.size:
            elements = _Elements(stretch, claims)
            self._count(elements)
            charged, paid = elements.cents(3), elements.cents(4)
            self.charged_cents += int(charged.sum())
            self.paid_cents += int(paid.sum())
            left[claims - start] = charged - paid
        _subtract_adjustments(stretch, adjusted, left, start)
        self._balance(left, claims - start)

    def _count(self, elements: "_Elements") -> None:
        begins, ends = elements.bounds(2)
        length, signs = ends - begins, elements.stretch.octets
        bad = (length < _STATUS_LENGTHS.start) | (length >= _STATUS_LENGTHS.stop)
        if bad.any():
            raise elements.refused(int(bad.argmax()), 2)
        first, second = signs[begins], signs[begins + 1]
        self.claims += len(begins)
        self.denials += int(((length == 1) & (first == _FOUR)).sum())
        self.reversals += int(((length != 1) & (first == _TWO) & (second == _TWO)).sum())

    def _balance(self, left: Places, claims: Places) -> None:
        """Carry what is left of each claim; whatever comes before the first claim belongs to the open one."""
        if not claims.size:
            self._left_cents += int(left.sum())
            return
        self._left_cents += int(left[: claims[0]].sum())
        self.finish()
        sums = np.add.reduceat(left, claims)
        self.unbalanced += int(np.count_nonzero(sums[:-1]))
        self._left_cents = int(sums[-1])

    def _refuse_misplaced(self, stretch: Stretch, start: int, codes: Codes) -> None:
        """Refuse details outside a claim, and summaries that do not follow an LX segment."""
        is_summary, is_detail = np.isin(codes, _SUMMARIES), np.isin(codes, _DETAILS)
        in_claim = is_detail | (codes == _CLP)
        was_open = np.concatenate((np.array([self._is_open]), in_claim[:-1]))
        is_unknown = ~(in_claim | is_summary | (codes == _LX))
        bad = is_unknown | (is_detail & ~was_open) | (is_summary & was_open)
        if bad.any():
            first = int(bad.argmax())
            reason = Refusal.UNKNOWN_SEGMENT if is_unknown[first] else Refusal.MISPLACED
            raise stretch.refused(reason, start + first)


class _Elements:
    """Where the elements of some segments begin and end."""

    def __init__(self, stretch: Stretch, segments: Places) -> None:
        self.stretch = stretch
        self.segments = segments
        self.ends = stretch.ends[segments]
        self._separators = stretch.separators
        self.first = np.searchsorted(self._separators, stretch.starts[segments])

    def only(self, chosen: Mask) -> "_Elements":
        """Give the same of some of the segments."""
        part = copy(self)
        part.segments, part.ends, part.first = self.segments[chosen], self.ends[chosen], self.first[chosen]
        return part

    def reaching(self, number: int) -> "_Elements":
        """Give those of the segments that have one element, be it empty."""
        return self.only(self._separators[self.first + number - 1] < self.ends)

    def bounds(self, number: int) -> tuple[Places, Places]:
        """Give begin and end of one element in each segment; both are the segment's end where it is absent."""
        after = self.first + number
        begins, ends = self._separators[after - 1] + 1, self._separators[after]
        return np.minimum(begins, self.ends), np.minimum(ends, self.ends)

    def cents(self, number: int) -> Places:
        """Give the amount in one element of each segment; what is no plain one is read, or refused, one by one."""
        begins, ends = self.bounds(number)
        is_minus = (self.stretch.octets[begins] == _MINUS) & (begins < ends)
        values, are_plain = _plain_cents(self.stretch.text, begins + is_minus, ends)
        values = np.where(is_minus, -values, values)
        for which in np.flatnonzero(~are_plain).tolist():
            values[which] = self.stretch.read(int(self.segments[which])).cents(number)
        return values

    def refused(self, which: int, number: int) -> PayerFileRefused:
        """Give the error for one element of one of the segments."""
        return self.stretch.read(int(self.segments[which])).refused(Refusal.BAD_VALUE, number)


def _subtract_adjustments(stretch: Stretch, adjusted: Places, left: Places, start: int) -> None:
    """Take the amounts of each CAS segment off; only the first of up to six must be there."""
    elements = _Elements(stretch, adjusted)
    for number in _ADJUSTED:
        if not elements.segments.size:
            return
        filled = elements
        if number > _ADJUSTED.start:
            begins, ends = elements.bounds(number)
            filled = elements.only(begins < ends)
        left[filled.segments - start] -= filled.cents(number)
        elements = elements.reaching(number + 1)


def _plain_cents(text: bytes, begins: Places, ends: Places) -> tuple[Places, Mask]:
    """Read amounts of at most eight signs, all at once, eight signs as one number; and say which are such amounts.

    An amount is plain that has digits, and perhaps a point with one or two of them behind it.
    """
    if len(text) < _WORD:
        return np.zeros(len(begins), np.int64), np.zeros(len(begins), np.bool_)
    words = np.ndarray((len(text) - _WORD + 1,), "<u8", text, strides=(1,))[np.maximum(ends - _WORD, 0)]
    width = ends - begins
    meant = _ALL << (np.clip(_WORD - width, 0, _WORD - 1) * 8).astype(np.uint64)
    words = (words & meant) | (_ZEROS & ~meant)  # zeros lead where other elements stand
    has_two, has_one = (words >> _TWO_LEFT) & _SIGN == _POINT, (words >> _ONE_LEFT) & _SIGN == _POINT
    words ^= np.where(has_two, _POINT_TO_ZERO << _TWO_LEFT, np.where(has_one, _POINT_TO_ZERO << _ONE_LEFT, _NONE))
    are_digits = ((words & _HIGH) == _ZEROS) & (((words + _SIXES) & _HIGH) == _ZEROS)
    number = _eight_digits(words)
    # With the point as a zero, 12.34 is now 12034 and 12.3 is 1203.
    cents = np.where(
        has_two,
        number - number // 1000 * 900,
        np.where(has_one, number * 10 - number // 100 * 900, number * 100),
    )
    return cents, are_digits & (width > 0) & (width <= _WORD) & (ends >= _WORD)


def _eight_digits(words: Words) -> Places:
    """Give the number that eight decimal digits say: pairs, then fours, then all are put together at once."""
    pairs = (words & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(10 * 2**8 + 1) >> np.uint64(8)
    fours = (pairs & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(100 * 2**16 + 1) >> np.uint64(16)
    whole = (fours & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(10_000 * 2**32 + 1) >> np.uint64(32)
    return whole.astype(np.int64)
