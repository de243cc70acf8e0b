"""Slots equal a brute-force map of minutes, in many zones and around the days on which clocks change."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.rules.availability import (
    Anchor,
    Block,
    CalendarSettings,
    DayHours,
    Reason,
    Slot,
    check_settings,
    explain,
    offers,
    sentence_of,
    slots,
)

pytestmark = pytest.mark.slow

PLACES = (
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Chicago", date(2026, 12, 31)),
    ("America/Phoenix", date(2026, 3, 8)),
    ("Pacific/Honolulu", date(2026, 6, 8)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 24)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/St_Johns", date(2010, 11, 6)),
    ("Asia/Kathmandu", date(2026, 6, 8)),
    ("Africa/Casablanca", date(2026, 3, 22)),
)
MINUTE = timedelta(minutes=1)
AROUND = 4
"""Days on either side of the one that matters that the map of minutes covers."""

Label = tuple[date, int]


@cache
def minutes_of(zone: str, day: date) -> list[tuple[datetime, Label]]:
    """Read the clock of a zone at every minute around a day."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=AROUND)
    moments = [start + n * MINUTE for n in range(2 * AROUND * 1440)]
    walls = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    return [(m, (wall.date(), 60 * wall.hour + wall.minute)) for m, wall in zip(moments, walls, strict=True)]


def painted(one: CalendarSettings, day: date, blocks: list[Block]) -> list[int | None]:
    """Write into each minute of a day's clock the start of the window that opens it, or None."""
    usual: list[int | None] = [None] * 1440
    hours = one.week[day.weekday()]
    for start, end in hours.windows if hours.is_available else ():
        for label in range(max(start, one.day_start), min(end, one.day_end)):
            usual[label] = max(start, one.day_start)
    now = usual.copy()
    for block in (b for b in blocks if b.day == day):
        added: int | None = None
        for label in range(max(block.start, one.day_start), min(block.end, one.day_end)):
            if not block.opens:
                now[label] = None
                continue
            is_new = now[label] is None and usual[label] is None
            added = (label if added is None else added) if is_new else None
            if now[label] is None:
                now[label] = added if is_new else usual[label]
    return now


class Case:
    """One calendar with its blocks and busy times, looked at minute by minute."""

    def __init__(
        self, one: CalendarSettings, day: date, blocks: list[Block], busy: list[tuple[datetime, datetime]]
    ) -> None:
        self.one, self.day, self.blocks, self.busy = one, day, blocks, busy
        self.clock = minutes_of(one.zone, day)
        days = {label[0] for _, label in self.clock}
        paint = {each: painted(one, each, blocks) for each in days}
        self.anchors = [paint[each][label] for _, (each, label) in self.clock]
        self.taken = bytearray(len(self.clock))
        for start, end in busy:
            for n in range(len(self.clock)) if start < end else ():
                moment = self.clock[n][0]
                self.taken[n] |= start < moment + MINUTE and moment < end

    def slots(self, *, first: date, days: int, as_of: datetime, minutes: int) -> list[Slot]:
        length = minutes or self.one.slot_minutes
        last = as_of.astimezone(ZoneInfo(self.one.zone)).date() + timedelta(days=self.one.horizon_days)
        earliest = as_of + self.one.minimum_notice_minutes * MINUTE
        found = []
        for n, (moment, (day, label)) in enumerate(self.clock):
            wanted = first <= day < first + timedelta(days=days) and day <= last and moment >= earliest
            if wanted and self._on_ladder(n, label) and self._is_free(n, length):
                found.append(Slot(moment, moment + length * MINUTE))
        return found

    def _on_ladder(self, n: int, label: int) -> bool:
        anchor = self.anchors[n]
        if anchor is None:
            return False
        foot = {Anchor.WINDOW: anchor, Anchor.HOUR: anchor - anchor % 60, Anchor.MIDNIGHT: 0}[self.one.anchor]
        return (label - foot) % self.one.slot_minutes == 0

    def _is_free(self, n: int, length: int) -> bool:
        is_open = all(anchor is not None for anchor in self.anchors[n : n + length])
        around = self.taken[n - self.one.buffer_before : n + length + self.one.buffer_after]
        return is_open and not any(around)


def windows(draw: st.DrawFn, start: int, end: int) -> tuple[tuple[int, int], ...]:
    edges = sorted(draw(st.sets(st.integers(start // 15, end // 15), min_size=2, max_size=6)))
    return tuple((15 * a, 15 * b) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, day = draw(st.sampled_from(PLACES))
    start, end = draw(st.sampled_from([(0, 1440), (0, 300), (480, 1080), (60, 1440)]))
    hours = tuple(DayHours(draw(st.booleans()), windows(draw, start, end)) for _ in range(7))
    one = CalendarSettings(
        zone=zone,
        slot_minutes=draw(st.sampled_from([5, 15, 20, 30, 45, 50, 60, 480])),
        day_start=start,
        day_end=end,
        week=hours,  # type: ignore[arg-type]  # seven of them
        anchor=draw(st.sampled_from(Anchor)),
        buffer_before=draw(st.sampled_from([0, 0, 5, 31])),
        buffer_after=draw(st.sampled_from([0, 0, 7, 60])),
        minimum_notice_minutes=draw(st.sampled_from([0, 0, 1, 90])),
        horizon_days=draw(st.sampled_from([0, 1, 60])),
    )
    spans = st.tuples(st.integers(-1, 2), st.integers(0, 1440), st.integers(0, 1440), st.booleans())
    blocks = [Block(day + timedelta(days=n), a, b, opens) for n, a, b, opens in draw(st.lists(spans, max_size=6))]
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    seconds = st.tuples(st.integers(-150_000, 150_000), st.integers(-60, 20_000))
    moments = [(noon + timedelta(seconds=a), noon + timedelta(seconds=a + b)) for a, b in draw(st.lists(seconds))]
    return Case(one, day, blocks, moments)


asked_minutes = st.sampled_from([0, 0, 10, 40, 200])
seconds_before = st.one_of(st.just(400_000), st.integers(-100_000, 100_000))


def as_of_for(case: Case, seconds: int) -> datetime:
    return datetime(case.day.year, case.day.month, case.day.day, 12, tzinfo=UTC) - timedelta(seconds=seconds)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), days=st.integers(1, 2), minutes=asked_minutes, before=seconds_before)
def test_slots_equal_the_map_of_minutes(case: Case, days: int, minutes: int, before: int) -> None:
    """A-55 to A-68."""
    assert check_settings(case.one) == ()
    as_of = as_of_for(case, before)
    found = slots(case.one, case.blocks, case.busy, first=case.day, days=days, as_of=as_of, minutes=minutes)
    assert found == case.slots(first=case.day, days=days, as_of=as_of, minutes=minutes)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), minutes=asked_minutes, before=seconds_before, step=st.sampled_from([7, 15, 20]))
def test_exactly_the_offered_starts_are_explained_as_offered(case: Case, minutes: int, before: int, step: int) -> None:
    """A-55 to A-68: and each other time has a sentence."""
    as_of = as_of_for(case, before)
    listed = slots(case.one, case.blocks, case.busy, first=case.day, days=1, as_of=as_of, minutes=minutes)
    starts = {one.starts_at for one in listed}
    of_day = [moment for moment, label in case.clock if label[0] == case.day]
    for moment in sorted({*starts, *of_day[::step]}):
        why = explain(case.one, case.blocks, case.busy, moment, as_of=as_of, minutes=minutes)
        assert (why.reason is Reason.OFFERED) == (moment in starts)
        assert offers(case.one, case.blocks, case.busy, moment, as_of=as_of, minutes=minutes) == (moment in starts)
        assert sentence_of(why, case.one.zone).endswith(".")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), seed=st.randoms(use_true_random=False))
def test_the_order_and_repetition_of_busy_times_change_nothing(case: Case, seed: Random) -> None:
    """A-59, A-102."""
    mixed = case.busy * 2
    seed.shuffle(mixed)
    as_of = as_of_for(case, 400_000)
    assert slots(case.one, case.blocks, mixed, first=case.day, days=2, as_of=as_of) == slots(
        case.one, case.blocks, case.busy, first=case.day, days=2, as_of=as_of
    )
