"""How fast free times are found, beside bare arithmetic on bits that finds the same starts."""

import gc
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from typing import TypeVar

from models.rules import availability_clock, availability_hours
from models.rules.availability import Block, CalendarSettings, DayHours, slots
from tests.benchmarks.table import Measured, keep

FIRST = date(2026, 6, 8)
MIDNIGHT = datetime(2026, 6, 8, 7, tzinfo=UTC)  # in Phoenix, where clocks never change
AS_OF = datetime(2026, 6, 7, 7, tzinfo=UTC)
MINUTES = 1440
RUNS = 100

Busy = list[tuple[datetime, datetime]]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Work:
    """Calendars of some providers with what is busy, for some days from a Monday on."""

    name: str
    target_ms: float
    days: int
    settings: CalendarSettings
    busy: tuple[Busy, ...]
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Timed:
    """The milliseconds of many runs of one work, and of its floor."""

    work: Work
    found: int
    ours: tuple[float, ...]
    floor: tuple[float, ...]
    cold: float

    @property
    def ratio(self) -> float:
        """How many times the floor the run in the middle takes."""
        return median(self.ours) / median(self.floor)


def _calendar(windows: tuple[tuple[int, int], ...], slot_minutes: int) -> CalendarSettings:
    day = DayHours(is_available=True, windows=windows)
    return CalendarSettings(
        "America/Phoenix", slot_minutes, 0, MINUTES, (day, day, day, day, day, day, day), horizon_days=730
    )


def _busy(seed: int, count: int, days: int) -> Busy:
    """Scatter appointments over the working hours of some days; some overlap, as in a real calendar."""
    chance = random.Random(seed)
    starts = [chance.randrange(days) * MINUTES + chance.randrange(480, 1080, 5) for _ in range(count)]
    lengths = [chance.choice((15, 20, 30, 45)) for _ in range(count)]
    return [
        (MIDNIGHT + timedelta(minutes=start), MIDNIGHT + timedelta(minutes=start + length))
        for start, length in zip(starts, lengths, strict=True)
    ]


OFFICE = _calendar(((480, 720), (780, 1080)), 15)
PATCHED = _calendar(tuple((n, n + 30) for n in range(360, 1200, 60)), 15)
LONG = 143
OPENED = tuple(
    Block(FIRST + timedelta(days=day), n, n + 30, opens=True) for day in range(LONG) for n in range(360, 1200, 60)
)
WORKS = (
    Work("1 provider x 30 days, 300 busy", 10, 30, OFFICE, (_busy(1, 300, 30),)),
    Work("10 providers x 14 days, 140 busy each", 40, 14, OFFICE, tuple(_busy(n, 140, 14) for n in range(10))),
    Work(f"{LONG * 14:,} windows, 300 busy", 40, LONG, PATCHED, (_busy(3, 300, LONG),)),
    Work(f"{len(OPENED):,} opening blocks, 300 busy", 40, LONG, _calendar((), 15), (_busy(3, 300, LONG),), OPENED),
)


def find(work: Work) -> list[datetime]:
    """Find every free start as the product does."""
    return [
        one.starts_at
        for busy in work.busy
        for one in slots(work.settings, work.blocks, busy, first=FIRST, days=work.days, as_of=AS_OF)
    ]


def prepare_floor(work: Work) -> tuple[list[int], list[list[list[tuple[int, int]]]]]:
    """Bring windows and busy times into minutes of their day beforehand: no zone, no dates, no settings."""
    opened = {block.day.toordinal() - FIRST.toordinal(): list[tuple[int, int]]() for block in work.blocks}
    for block in work.blocks:
        opened[block.day.toordinal() - FIRST.toordinal()].append((block.start, block.end))
    ladders = [
        sum(1 << n for low, high in (*work.settings.week[0].windows, *opened.get(day, ())) for n in _ladder(low, high))
        for day in range(work.days)
    ]
    return ladders, [_by_day(busy, work.days) for busy in work.busy]


def _ladder(low: int, high: int) -> range:
    return range(low, high - 14, 15)


def _by_day(busy: Busy, days: int) -> list[list[tuple[int, int]]]:
    found: list[list[tuple[int, int]]] = [[] for _ in range(days)]
    for start, end in busy:
        day, low = divmod((start - MIDNIGHT) // timedelta(minutes=1), MINUTES)
        found[day].append((max(0, low - 14), low + (end - start) // timedelta(minutes=1)))
    return found


def find_floor(ladders: Sequence[int], providers: Sequence[Sequence[Sequence[tuple[int, int]]]]) -> list[int]:
    """Find every free start, in minutes, as bits: one integer per provider and day."""
    found = list[int]()
    for days in providers:
        for day, (ladder, spans) in enumerate(zip(ladders, days, strict=True)):
            taken = 0
            for low, high in spans:
                taken |= (1 << high) - (1 << low)
            free = ladder & ~taken
            while free:
                lowest = free & -free
                found.append(day * MINUTES + lowest.bit_length() - 1)
                free ^= lowest
    return found


def measure(work: Work, *, runs: int = RUNS) -> Timed:
    """Run both ways in turns, after one run from empty caches; raises RuntimeError if they find different times."""
    for cached in (availability_clock.pieces, availability_clock.moment_of, availability_clock._offsets):
        cached.cache_clear()
    for remembered in (availability_hours._weekly, availability_hours._laid_over):
        remembered.cache_clear()
    cold, found = _timed(lambda: find(work))
    prepared = prepare_floor(work)
    ours, floor = list[float](), list[float]()
    gc.collect()
    gc.freeze()  # what the test run itself keeps in memory is not ours to look through
    for _ in range(runs):
        milliseconds, minutes = _timed(lambda: find_floor(*prepared))
        floor.append(milliseconds)
        milliseconds, found = _timed(lambda: find(work))
        ours.append(milliseconds)
    gc.unfreeze()
    if [MIDNIGHT + timedelta(minutes=n) for n in minutes] != found:
        message = f"{len(found)} times were found, {len(minutes)} by bits: {work.name}"
        raise RuntimeError(message)
    return Timed(work, len(found), tuple(ours), tuple(floor), cold)


def _timed(work: Callable[[], Found]) -> tuple[float, Found]:
    """Count milliseconds of the processor: others who are at work on this machine do not count."""
    start = time.process_time()
    found = work()
    return 1000 * (time.process_time() - start), found


def show(timed: Sequence[Timed]) -> None:
    """Write one line per work, in milliseconds."""
    columns = f"{'found':>8}{'median':>8}{'p95':>8}{'max':>8}{'cold':>8}{'floor':>8}{'p95':>8}{'ratio':>7}{'target':>8}"
    lines = [f"{'free times, ms':<40}{columns}"]
    lines += [
        f"{one.work.name:<40}{one.found:>8,}{median(one.ours):>8.2f}{_p95(one.ours):>8.2f}{max(one.ours):>8.2f}"
        f"{one.cold:>8.2f}{median(one.floor):>8.2f}{_p95(one.floor):>8.2f}{one.ratio:>7.1f}{one.work.target_ms:>8.0f}"
        for one in timed
    ]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    for one in timed:
        ours, floor = (tuple(each / 1000 for each in taken) for taken in (one.ours, one.floor))
        names = ("golive, slots found", "floor: bare bits")
        keep(
            f"free times: {one.work.name}", [Measured(names[0], one.found, ours), Measured(names[1], one.found, floor)]
        )


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]
