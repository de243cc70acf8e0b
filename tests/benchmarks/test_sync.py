"""The sync beside its floor: what is promised, and the figures for whoever asks for them."""

import resource
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from statistics import median, quantiles

import pytest
from sqlalchemy import func, select

from models.db import Database
from models.rules.appointment_facts import Appointment
from models.rules.appointments import PortalStatus, Status
from models.rules.system_pace import FRESH, WATCH_FRESH, next_watch
from models.tables.appointments import AppointmentRow
from tasks import sync, system_setup
from tests.benchmarks.bench_sync import Office, an_office, fill_calendar, measure_changes, tidy
from tests.benchmarks.table import show
from tests.booking import NOW, a_booking, at
from tests.sides import KAREO, KEY, both_sides

PER_SECOND = 2_000
RECONCILED, SECONDS, MEGABYTES = 50_000, 90, 400
PLACED_WITHIN, SEEN_WITHIN = 3.0, timedelta(seconds=60)


def _say(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["kareo", "calendar"])
def test_changes_come_in_at_two_thousand_a_second_with_matching(db: Database, vendor: str) -> None:
    if not db.is_sqlite:
        pytest.skip("the promise is about SQLite")
    office = an_office(db, vendor=vendor)
    ours, floor = measure_changes(office, 10_000, runs=3)
    show(
        f"{db.engine.dialect.name}, {vendor}: changes taken in, in batches of {sync.TAKEN_AT_ONCE}, CPU seconds",
        [ours, floor],
    )
    assert ours.per_second >= PER_SECOND


def test_both_ways_take_in_the_same_number(db: Database) -> None:
    ours, floor = measure_changes(an_office(db), 20, runs=2)
    assert ours.rows == floor.rows == 40


@pytest.mark.bench
@pytest.mark.slow
def test_fifty_thousand_appointments_are_compared_within_ninety_seconds(db: Database) -> None:
    if not db.is_sqlite:
        pytest.skip("the promise is about SQLite")
    made = a_booking(db, key=KEY)
    assert system_setup.use_built_in_calendar.fn(KEY, as_of=NOW).is_done
    fill_calendar(Office(made), RECONCILED)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for run in ("all new", "all known"):
        sync.bring_forward.fn(KEY, whole=True, as_of=NOW)
        start, counts = time.perf_counter(), Counter[str]()
        for looks in sync.looks_of_whole(as_of=NOW, limit=1):
            counts += sync.compare_whole.fn(looks, as_of=NOW)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        grown = (peak - before) / 1024
        _say(f"compared {RECONCILED:,} ({run}): {seconds:.1f} s, {RECONCILED / seconds:,.0f}/s, peak {peak >> 10} MB")
        assert counts == {"new" if run == "all new" else "unchanged": RECONCILED}
        assert seconds < SECONDS
        assert grown < MEGABYTES
        tidy(db)
    assert db.read(lambda s: s.scalar(select(func.count()).select_from(AppointmentRow))) == RECONCILED


@pytest.mark.bench
@pytest.mark.slow
def test_a_request_is_tentative_in_kareo_within_three_seconds(db: Database) -> None:
    with both_sides(db, KAREO) as sides:
        took = []
        for day in range(4):
            for clock in ("09:00", "10:00", "11:00", "13:00", "14:00"):
                sides.tick(seconds=1)
                start = at(clock) + timedelta(days=day)
                form = sides.booking.submission(start, says_new=True, first=f"Name{day}{clock}")
                sides.booking.choose(start, who="v", as_of=sides.time)
                begun = time.perf_counter()
                sides.booking.submitted(form, key=f"{start}", who="v", as_of=sides.time)
                assert sides.push() == {"written": 1}
                took.append(time.perf_counter() - begun)
        assert len(sides.state.tentative()) == len(took)
        p95 = quantiles(took, n=20)[-1]
        _say(f"{db.engine.dialect.name}: submitted to tentative: median {median(took):.3f} s, p95 {p95:.3f} s")
        assert p95 < PLACED_WITHIN


@pytest.mark.bench
@pytest.mark.slow
def test_a_confirmation_in_kareo_is_booked_in_the_portal_within_a_minute_while_watched(db: Database) -> None:
    with both_sides(db, KAREO) as sides:
        request = sides.submit()
        sides.push()
        took = list[timedelta]()
        for _ in range(5):
            pause, cost = _longest_pause(sides.visit(request), sides.time), time.perf_counter()
            sides.tick(seconds=pause.total_seconds() + 0.5)
            sides.watch()
            took.append(pause + timedelta(seconds=time.perf_counter() - cost))
        sides.set_there(sides.visit(request).system_id, Status.CONFIRMED)
        sides.tick(seconds=WATCH_FRESH.total_seconds() + 1)
        assert sides.watch() == {"changed": 1}
        assert sides.lines()[0].status is PortalStatus.BOOKED
        _say(f"{db.engine.dialect.name}: confirmed to Booked: at most {max(took).total_seconds():.1f} s while fresh")
        assert max(took) < SEEN_WITHIN


def _longest_pause(visit: Appointment, as_of: datetime) -> timedelta:
    again = next_watch(visit, as_of=as_of)
    assert again is not None
    assert as_of - NOW < FRESH
    return again - as_of
