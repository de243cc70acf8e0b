"""Both sides come to rest, whatever people do on them; and no minute sees more calls than the budget allows."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from deployments.kareo_server.faults import Kind
from models.db import Database
from models.inputs.practice_system import SystemAppointment
from models.rules.appointment_commands import NEXT
from models.rules.appointment_events import Cancel, Command, Confirm, Decline, Delete, Reschedule, SetStatus, Withdraw
from models.rules.appointments import CALLED_OFF, UNDECIDED, CancelReason, DeclineReason, Status
from models.rules.system_pace import burst_of, refilled
from models.store import events, systems
from models.tables.appointments import AppointmentRow, SlotClaimRow
from models.tables.practice_systems import CursorKind
from tasks import sync
from tests.booking import at
from tests.sides import CALENDAR, KAREO, Sides, both_sides

MINUTE = timedelta(minutes=1)
CLOCKS = ("09:00", "09:30", "10:00", "10:30", "11:00", "13:00", "13:30", "14:00", "15:00", "16:00")
THEIRS = (Status.CONFIRMED, Status.CHECKED_IN, Status.CHECKED_OUT, Status.NO_SHOW, Status.CANCELLED)
UNWRITTEN = {"seen_at", "watch_at"}


@pytest.fixture(params=[KAREO, CALENDAR])
def sides(db: Database, request: pytest.FixtureRequest) -> Iterator[Sides]:
    """Give a connected practice, once per practice system."""
    with both_sides(db, request.param) as made:
        yield made


class People:
    """What staff and patients do on either side, as chance has it."""

    def __init__(self, sides: Sides, seed: int) -> None:
        self.sides = sides
        self.chance = random.Random(seed)
        self.requests = list[int]()

    def act(self) -> None:
        """Do one thing."""
        self.sides.tick(milliseconds=self.chance.randint(1, 90_000))
        self.chance.choice(self._moves())()

    def _moves(self) -> list[Callable[[], object]]:
        on_our_side = [self.submit, self.submit, self.decide, self.decide, self.decide]
        on_theirs = [self.book, self.change, self.change, self.delete]
        return [*on_our_side, *on_theirs, self.sides.push, self.sides.watch, self.sides.changes]

    def submit(self) -> None:
        clock = self.chance.choice(CLOCKS)
        free = {one.starts_at for one in self.sides.booking.offers(as_of=self.sides.time)}
        if at(clock) in free:
            provider, name = self._free(at(clock)), self.chance.choice("AB")
            self.requests.append(self.sides.submit(clock, provider=provider, first=name))

    def _free(self, start: datetime) -> int:
        offers = self.sides.booking.offers(as_of=self.sides.time)
        return next(one.provider_id for one in offers if one.starts_at == start)

    def decide(self) -> None:
        visits = [*self.requests, *(visit.id for visit in self.sides.visits().values())]
        if not visits:
            return
        visit = self.sides.visit(self.chance.choice(visits))
        start = at(self.chance.choice(CLOCKS))
        likely: list[Command] = [Confirm("long-visit", 60), Confirm("office-visit", 30, start), Withdraw()]
        likely.append(Decline(DeclineReason.OTHER))
        if visit.status not in UNDECIDED:
            likely = [Reschedule(start), Cancel(CancelReason.BY_PATIENT), Delete()]
            likely += [SetStatus(status) for status in sorted(NEXT[visit.status])]
        self.sides.do(visit.id, self.chance.choice(likely))

    def _theirs(self) -> SystemAppointment | None:
        there = [one for one in self.sides.everything_there() if one.status is not Status.DELETED]
        return self.chance.choice(there) if there else None

    def book(self) -> None:
        self.sides.book_there(at(self.chance.choice(CLOCKS)), provider=self.chance.randint(0, 1))

    def change(self) -> None:
        one = self._theirs()
        if one is not None:
            start = self.chance.choice([None, at(self.chance.choice(CLOCKS))])
            self.sides.set_there(one.id, self.chance.choice(THEIRS), start=start, minutes=self.chance.choice([0, 60]))

    def delete(self) -> None:
        one = self._theirs()
        if one is not None and self.chance.random() < 0.5:
            self.sides.delete_there(one.id)


def ours(sides: Sides) -> list[tuple[Any, ...]]:
    """Give every row that tells something about appointments."""

    def look(session: Session) -> list[tuple[Any, ...]]:
        appointments, claims = AppointmentRow.__table__, SlotClaimRow.__table__
        names = [column for column in appointments.c if column.name not in UNWRITTEN]
        rows = session.execute(select(*names).order_by(appointments.c.id)).all()
        return [tuple(row) for row in (*rows, *session.execute(select(claims).order_by(claims.c.id)).all())]

    return sides.db.read(look)


def agrees(sides: Sides) -> None:
    """Every appointment of ours is what the practice system shows of it."""
    there = {one.id: one for one in sides.everything_there() if one.status is not Status.DELETED}
    here = sides.visits()
    assert set(there) <= set(here)
    for system_id, visit in here.items():
        shown = there.get(system_id)
        if shown is None:
            assert visit.status is Status.DELETED
            continue
        status = Status.CANCELLED if visit.status is Status.DECLINED else visit.status
        assert (status, visit.starts_at, visit.ends_at) == (shown.status, shown.starts_at, shown.ends_at)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_two_way_sync_comes_to_rest_in_two_rounds(sides: Sides, seed: int) -> None:
    """A-89, A-102: after two rounds both sides agree, and nothing more is written or changed on either."""
    people = People(sides, seed)
    for _ in range(25):
        people.act()
    for _ in range(2):
        sides.tick(minutes=11)
        sides.round()
    agrees(sides)
    here, there, said = ours(sides), sides.everything_there(), sides.said()
    for _ in range(2):
        sides.tick(minutes=11)
        assert set(sides.round()) <= {"unchanged"}
    assert (ours(sides), sides.everything_there(), sides.said()) == (here, there, said)
    assert sides.db.read(lambda s: events.check_chain(s, sides.booking.practice)).is_intact
    free = {visit.id for visit in sides.visits().values() if visit.status in CALLED_OFF}
    taken = sides.db.read(lambda s: set(s.scalars(select(SlotClaimRow.appointment_id))))
    assert not free & taken


def calls_per_minute(sides: Sides) -> int:
    """Give the most calls that came within any minute."""
    assert sides.kareo is not None
    times = [call.at for call in sides.kareo.log]
    return max(sum(start <= other < start + MINUTE for other in times) for start in times)


def test_no_minute_sees_more_calls_than_the_budget_allows(db: Database) -> None:
    """All kinds of work together, as fast as they can; and all of it is done in the end."""
    with both_sides(db, KAREO) as sides:
        assert sides.kareo is not None
        sides.tick(minutes=2)
        sides.allow(30)
        sides.kareo.log.clear()
        made = [sides.submit(clock) for clock in CLOCKS[:4]]
        for clock in CLOCKS[4:]:
            sides.book_there(at(clock))
        sides.kareo.log.clear()
        for _ in range(100):
            sides.tick(seconds=3)
            sides.push()
            sides.watch()
            sides.changes()
        assert calls_per_minute(sides) <= 30
        assert len(sides.kareo.log) > 100
        assert all(sides.visit(one).system_id for one in made)
        assert len(sides.visits()) == len(CLOCKS)
        assert not any(call.fault is Kind.THROTTLED for call in sides.kareo.log)


def test_looks_leave_calls_for_writes(db: Database) -> None:
    with both_sides(db, KAREO) as sides:
        sides.tick(minutes=2)
        sides.allow(60)
        for _ in range(30):
            sides.changes()
        assert sides.changes() == {"postponed": 1}
        sides.submit()
        assert sides.push()["written"] + sides.push_on(times=4, seconds=3)["written"] == 1


def test_the_comparison_at_night_waits_for_its_budget(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with both_sides(db, KAREO) as sides:
        assert sides.kareo is not None
        steady = [0.0]

        def pause(seconds: float) -> None:
            steady[0] += seconds
            sides.tick(seconds=seconds)

        monkeypatch.setattr("time.sleep", pause)
        monkeypatch.setattr("time.monotonic", lambda: steady[0])
        there = sides.book_there(at("10:00"))
        sides.tick(minutes=2)
        sides.allow(12)
        sides.kareo.log.clear()
        sides.db.transaction(lambda s: _whole_now(s, sides))
        [looks] = list(sync.looks_of_whole(as_of=sides.time, limit=1))
        assert sync.compare_whole.fn(looks, as_of=sides.time) == {"new": 1}
        assert set(sides.visits()) == {there}
        assert calls_per_minute(sides) <= 12
        assert steady[0] > 60


def _whole_now(session: Session, sides: Sides) -> None:
    systems.look_at_once(session, sides.booking.practice, CursorKind.WHOLE, as_of=sides.time)


def test_a_bucket_and_what_comes_back_in_a_minute_are_the_budget_together() -> None:
    now = datetime.fromisoformat("2026-11-23T15:00:00+00:00")
    for budget in (6, 10, 60, 600):
        tokens, counted = burst_of(budget), now
        spent = 0
        for tenth in range(600):
            tokens, counted = refilled(
                tokens, counted, calls_per_minute=budget, as_of=now + timedelta(seconds=tenth / 10)
            )
            spent, tokens = spent + tokens, 0
        assert budget * 0.8 <= spent <= budget
