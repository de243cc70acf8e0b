"""Minutes of UTC beside the labels of local clocks: where they run together, jump and repeat."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from models.rules.calendars import zone_of

DAY = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_EPOCH_DAY = EPOCH.toordinal()
_FAR = 2**40


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a local day in which labels and UTC run side by side: minute of UTC = label + shift."""

    start: int
    end: int
    shift: int


@lru_cache(maxsize=1 << 15)
def moment_of(minute: int) -> datetime:
    """Turn a minute since 1970 into a moment in UTC."""
    return EPOCH + minute * MINUTE


def in_utc(moment: datetime) -> datetime:
    """Name a moment in UTC; raises TypeError for one without a zone."""
    return EPOCH + (moment - EPOCH)


def minute_of(moment: datetime) -> int:
    """Name the minute of UTC that a moment lies in."""
    return (moment - EPOCH) // MINUTE


def minute_from(moment: datetime) -> int:
    """Name the first minute of UTC that starts at a moment or after it."""
    return -((EPOCH - moment) // MINUTE)


def label_of(minute: int, zone: str) -> tuple[date, int]:
    """Read the local clock at a minute of UTC: the day, and the minute of its clock."""
    local = moment_of(minute).astimezone(zone_of(zone))
    return local.date(), local.hour * 60 + local.minute


def is_skipped(moment: datetime) -> bool:
    """Say whether a wall time, with its zone, is one that the clocks of the zone jump over."""
    real = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return real.replace(tzinfo=None, fold=0) != moment.replace(tzinfo=None, fold=0)


def _offset(minute: int, zone: str) -> int:
    """Read the offset from UTC in minutes; since 1972 no zone has had seconds in it."""
    return (moment_of(minute).astimezone(zone_of(zone)).utcoffset() or timedelta()) // MINUTE


@lru_cache(maxsize=512)
def _offsets(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """List since which minute of UTC which offset holds, from two days before a year until after it."""
    first = (date(year, 1, 1).toordinal() - _EPOCH_DAY - 2) * DAY
    found = [(first, _offset(first, zone))]
    for before, after in pairwise(range(first, first + 371 * DAY, DAY)):
        new = _offset(after, zone)
        if new != found[-1][1]:
            found.append((_change(before, after, zone), new))
    return tuple(found)


def _change(before: int, after: int, zone: str) -> int:
    """Find the minute at which the offset becomes what it is afterwards."""
    new = _offset(after, zone)
    has_changed = True  # what the key gives from the change on
    return before + bisect_left(range(before, after), has_changed, key=lambda minute: _offset(minute, zone) == new)


@lru_cache(maxsize=1 << 14)
def pieces(day: date, zone: str) -> tuple[Piece, ...]:
    """List the parts of a local day in their real order: one as a rule, two when clocks change, none if it is skipped.

    A repeated hour is in two pieces, a skipped one in none.
    """
    midnight = (day.toordinal() - _EPOCH_DAY) * DAY
    offsets = _offsets(zone, day.year)
    untils = (*(since for since, _ in offsets[1:]), _FAR)
    found = (
        Piece(max(0, since + offset - midnight), min(DAY, until + offset - midnight), midnight - offset)
        for (since, offset), until in zip(offsets, untils, strict=True)
    )
    return tuple(piece for piece in found if piece.start < piece.end)
