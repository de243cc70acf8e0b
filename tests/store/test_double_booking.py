"""No overlap of live claims ever: in any order of moves, and with many at once (A-31, A-93)."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from threading import Barrier
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import HOLD
from models.rules.decisions import Refusal
from models.store import slots
from models.store.booking import Submitted
from models.store.slots import Hold, Time
from models.tables.appointments import AppointmentRow, ClaimKind, SlotClaimRow
from tests.booking import NOW, Booking, a_booking, an_appointment, at

PROJECT = Path(__file__).parents[2]
STEP = timedelta(minutes=15)
TOKENS = ("a", "b", "c")


class Move(NamedTuple):
    """One thing that happens: who, where, from which quarter of an hour on, how long, and how much later."""

    what: str
    who: int
    provider: int
    start: int
    length: int
    pause: int


MOVES = st.builds(
    Move,
    st.sampled_from(("hold", "hold", "hold", "renew", "release", "turn", "import", "follow", "follow", "end")),
    st.integers(0, 2),
    st.integers(0, 1),
    st.integers(0, 6),
    st.integers(1, 4),
    st.sampled_from((0, 0, 1, 6, 11)),
)


class World:
    """Plays moves, and remembers which appointments there are and which of them were requests."""

    def __init__(self, made: Booking, session: Session) -> None:
        self.made, self.session, self.now = made, session, NOW
        self.times: dict[int, Time] = {}

    def play(self, move: Move) -> None:
        self.now += timedelta(minutes=move.pause)
        token = TOKENS[move.who]
        wish = self.made.wish(at("10:00") + move.start * STEP, move.length * 15, provider=move.provider)
        match move.what:
            case "hold":
                self.hold(token, wish)
            case "renew":
                slots.renew(self.session, token, as_of=self.now)
            case "release":
                slots.release(self.session, token)
            case "turn":
                self.turn(token, wish)
            case "import":
                self.follow(Time(an_appointment(self.session, self.made, wish), *wish[:5], keeps_time=True))
            case _ if self.times:
                known = sorted(self.times)[move.who % len(self.times)]
                self.follow(Time(known, *wish[:5], keeps_time=move.what == "follow"))

    def hold(self, token: str, wish: slots.Wish) -> None:
        own = slots.hash_of(token)
        free = not any(
            one.provider_id == wish.provider_id and one.starts_at < wish.ends_at and one.ends_at > wish.starts_at
            for one in self.claims()
            if one.hold_hash != own and (one.expires_at is None or one.expires_at > self.now)
        )
        held = slots.hold(self.session, wish, token=token, as_of=self.now)
        assert isinstance(held, Hold) == free
        assert not isinstance(held, Hold) or held.expires_at <= self.now + HOLD

    def turn(self, token: str, wish: slots.Wish) -> None:
        appointment = an_appointment(self.session, self.made, wish)
        if slots.turn_into_request(self.session, token, appointment, as_of=self.now):
            claim = next(one for one in self.claims() if one.appointment_id == appointment)
            place = (claim.practice_id, claim.provider_id, claim.location_id)
            self.times[appointment] = Time(appointment, *place, claim.starts_at, claim.ends_at, keeps_time=True)

    def follow(self, time: Time) -> None:
        said = slots.follow(self.session, [time])
        self.times[time.appointment_id] = time
        live = [one for one in self.times.values() if one.keeps_time and one.appointment_id != time.appointment_id]
        meets = any(
            one.provider_id == time.provider_id and one.starts_at < time.ends_at and one.ends_at > time.starts_at
            for one in live
        )
        assert said == ({time.appointment_id} if meets and time.keeps_time else set())

    def claims(self) -> Sequence[SlotClaimRow]:
        query = select(SlotClaimRow).execution_options(populate_existing=True)
        return self.session.scalars(query).all()

    def check(self) -> None:
        claims = self.claims()
        assert not overlaps([one for one in claims if one.is_exclusive])
        kept = {one.appointment_id: (one.provider_id, one.starts_at, one.ends_at) for one in claims}
        kept.pop(None, None)
        wanted = [one for one in self.times.values() if one.keeps_time]
        assert kept == {one.appointment_id: (one.provider_id, one.starts_at, one.ends_at) for one in wanted}
        assert all(one.is_exclusive for one in claims if one.kind is ClaimKind.HOLD)
        assert not any(one.is_exclusive for one in claims if one.kind is ClaimKind.APPOINTMENT)


def overlaps(claims: Sequence[SlotClaimRow]) -> list[tuple[int, int]]:
    return [
        (one.id, other.id)
        for one, other in combinations(claims, 2)
        if one.provider_id == other.provider_id and one.starts_at < other.ends_at and one.ends_at > other.starts_at
    ]


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice with two providers."""
    return a_booking(db)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, min_size=3, max_size=25))
def test_no_order_of_moves_leads_to_an_overlap(made: Booking, moves: list[Move]) -> None:
    """A-31, A-59, A-92, A-93, A-101, A-102."""

    def play(session: Session) -> None:
        world = World(made, session)
        for move in moves:
            world.play(move)
            world.check()
        session.execute(delete(SlotClaimRow))
        session.execute(delete(AppointmentRow))

    made.db.transaction(play)


@pytest.mark.slow
def test_four_processes_wish_for_one_provider_without_overlap_or_deadlock(made: Booking) -> None:
    """A-31, A-93: 4 x 300 wishes; every one has a clear answer."""
    url = made.db.url.render_as_string(hide_password=False)
    facts = [str(one) for one in (made.practice, made.providers[0], made.locations[0])]
    start = time.monotonic()
    workers = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.store.wisher", url, *facts, f"w{number}", "300"],
            cwd=PROJECT,
            env={**os.environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    said = [worker.communicate(timeout=240) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4, said
    counts = Counter[str]()
    for line, _ in said:
        counts.update({word: int(number) for word, _, number in (pair.partition("=") for pair in line.split())})
    print(made.db.engine.dialect.name, dict(counts), f"{time.monotonic() - start:.1f} s")  # noqa: T201 - seen with -s
    claims = made.db.read(lambda s: s.scalars(select(SlotClaimRow)).all())
    assert counts.total() == 1200
    assert set(counts) == {"held", "requested", "taken"}
    assert len(claims) == counts["held"] + counts["requested"]
    assert not overlaps(claims)


def test_one_of_two_simultaneous_submissions_wins_and_the_other_leaves_nothing(made: Booking) -> None:
    """A-31, A-93."""
    start = Barrier(4)

    def send(number: int) -> Submitted | Refusal:
        start.wait(timeout=10)
        person = made.submission(at("10:00"), first=f"Jordan {number}")
        return made.submit(person, key=f"form-{number}", who=f"visitor-{number}")

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(send, range(4)))
    assert sum(isinstance(one, Submitted) for one in done) == 1
    assert {one.code for one in done if isinstance(one, Refusal)} == {"slot_taken"}
    assert len(made.db.read(lambda s: s.scalars(select(AppointmentRow.id)).all())) == 1
    assert len(made.db.read(lambda s: s.scalars(select(SlotClaimRow.id)).all())) == 1


def test_visitors_who_exchange_their_choices_do_not_wait_in_a_circle(made: Booking) -> None:
    """Holds are replaced across two providers while both of them have expired holds to be cleared."""
    start = Barrier(4)

    def click(number: int) -> set[str]:
        start.wait(timeout=10)
        outcomes = set[str]()
        for turn in range(25):
            moment: datetime = NOW + turn * HOLD
            wish = made.wish(at("10:00") + (number + turn) % 4 * 2 * STEP, provider=(number + turn) % 2)
            held = made.db.transaction(
                lambda s, w=wish, m=moment: slots.hold(s, w, token=TOKENS[number % 3], as_of=m)  # type: ignore[misc]
            )
            outcomes.add(type(held).__name__)
        return outcomes

    with ThreadPoolExecutor(4) as pool:
        done = set().union(*pool.map(click, range(4)))
    assert done <= {"Hold", "Taken"}
    assert not overlaps(made.db.read(lambda s: s.scalars(select(SlotClaimRow)).all()))
