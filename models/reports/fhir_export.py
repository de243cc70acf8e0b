"""A practice's appointments of some days as one FHIR Bundle, read page by page while it is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from models.db import read
from models.reports.fhir import Source, collection
from models.rules.calendars import local_moment
from models.store import exports, practices
from models.store.exports import PAGE, Exported, Meanings

PIECE: Final = 64 * 1024


class ExportRefusedError(ValueError):
    """What was asked for cannot be given; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Days:
    """Local days of a practice, both included."""

    first: date
    last: date


def days_of(first: str, last: str) -> Days:
    """Read the days that were asked for.

    Raises:
        ExportRefusedError: one of them is no day, or they are the wrong way round.
    """
    try:
        days = Days(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        days = None
    if days is None or days.last == date.max:
        message = "The days must be written like from 2026-12-01 to 2026-12-31; give both."
        raise ExportRefusedError(message)
    if days.last < days.first:
        message = "The last day lies before the first one; exchange them."
        raise ExportRefusedError(message)
    return days


def export_bundle(practice: str, days: Days, *, address: str, as_of: datetime) -> Iterator[bytes]:
    """Give the Bundle in pieces of about 64 KiB; deleted appointments are in it as entered in error.

    The list of numbers is one snapshot, so no appointment comes twice; each page shows them as they stand then.

    Raises:
        ExportRefusedError: there is no such practice.
    """
    found = read(lambda session: practices.find_practice(session, practice))
    if found is None:
        message = f"There is no practice with the key {practice}; golive knows it once its journey was started."
        raise ExportRefusedError(message)
    start = local_moment(days.first, time.min, found.zone)
    end = local_moment(days.last + timedelta(days=1), time.min, found.zone)
    numbers = read(lambda session: exports.numbers_between(session, found.id, start, end))
    meanings = read(lambda session: exports.meanings_of(session, found.id))
    pages = _pages(numbers, meanings)
    return _joined(collection(pages, Source(address, meanings.vendor), as_of=as_of))


def _pages(numbers: Sequence[int], meanings: Meanings) -> Iterator[Exported]:
    for start in range(0, len(numbers), PAGE):
        page = list(numbers[start : start + PAGE])
        yield from read(partial(exports.load_exported, numbers=page, meanings=meanings))


def _joined(parts: Iterator[bytes]) -> Iterator[bytes]:
    kept = bytearray()
    for part in parts:
        kept += part
        if len(kept) >= PIECE:
            yield bytes(kept)
            kept.clear()
    yield bytes(kept)
