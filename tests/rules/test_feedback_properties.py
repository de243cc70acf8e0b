"""Whatever happens to a person's visits, in whatever order: what always holds."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.appointments import Status
from models.rules.calendars import local_day
from models.rules.feedback import CADENCE, Ask, Outcome, Policy, RelativeTo, RequestState, Why
from models.rules.feedback_decision import ASK, CLOSE
from models.rules.feedback_events import Answer, CheckOut, Due, Event, Refused, Sent, Stop
from models.rules.feedback_why import why
from models.rules.feedback_windows import Place
from tests.rules.feedbacks import DAY, EMAIL, HOUR, NEW_YORK, TEXT, Message, Stage, a_person, local

pytestmark = pytest.mark.slow

SEQUENCES = 300
PARTS = 4
STARTS = (local(3, 12, 11), local(11, 5, 11), local(6, 1, 8), local(12, 30, 17))
"""Days before both changes of daylight saving time, and others."""
PLACES = ((Place(NEW_YORK),), (Place(NEW_YORK), Place("America/Los_Angeles")), (Place("Pacific/Honolulu"),))
STATUSES = (Status.CONFIRMED, Status.CHECKED_OUT, Status.CHECKED_OUT, Status.CHECKED_IN, Status.DELETED)


class Life:
    """One random history, checked after every step."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        places = self.random.choice(PLACES)
        self.stage = Stage(self.random.choice(STARTS), a_policy(self.random), a_person(places=places))
        self.stage.provider = lambda _: self.random.choice([Outcome.SENT] * 6 + [Outcome.REFUSED, Outcome.UNSURE])
        self.calm = self.random.choice([2, 6, 20])
        self.over: dict[int, datetime] = {}
        self.excluded_at: list[datetime] = []

    def step(self) -> None:
        others = [self.show, self.hear, self.tell_nonsense, self.settle]
        self.random.choice([self.pass_time] * self.calm + others)()
        self.check()

    def pass_time(self) -> None:
        stage, random = self.stage, self.random
        stage.is_delivering = random.random() < 0.9
        time = random.choice([HOUR, 4 * HOUR, DAY, 2 * DAY, 20 * DAY]) * random.random()
        (stage.wait if random.random() < 0.85 else stage.sleep)(time)
        if stage.is_delivering:
            stage.deliver()

    def show(self) -> None:
        random, stage = self.random, self.stage
        stage.show(random.randint(1, 4), random.choice(STATUSES), starts_at=stage.now - HOUR * random.randint(1, 6))

    def hear(self) -> None:
        stage, random = self.stage, self.random
        choice = random.randint(0, 6)
        if choice == 0 and stage.requests:
            stage.tell(random.choice(list(stage.requests)), Answer())
        elif choice == 1:
            self.exclude()
        elif choice == 2:
            stage.is_green, stage.is_sending = random.random() < 0.8, random.random() < 0.8
        elif choice == 3:
            facts: dict[str, Any] = {"has_email": random.random() < 0.8, "allows_texts": random.random() < 0.7}
            facts |= {"is_text_stopped": random.random() < 0.1, "is_email_stopped": random.random() < 0.1}
            stage.person = stage.person._replace(is_held=random.random() < 0.1, **facts)
        elif choice == 4:
            stage.policy = a_policy(random)

    def exclude(self) -> None:
        """Set the toggle; sooner or later it is cleared."""
        stage = self.stage
        if stage.person.is_excluded or self.random.random() < 0.7:
            stage.person = stage.person._replace(is_excluded=False, included_again_at=stage.now)
        else:
            stage.person = stage.person._replace(is_excluded=True)
        stage.stop(Why.EXCLUDED)
        self.excluded_at.append(stage.now)

    def settle(self) -> None:
        for message in [one for one in self.stage.queue if one.handed_at]:
            self.stage.settle(message)

    def tell_nonsense(self) -> None:
        """Repeat what was told before, out of order; it must change nothing that matters."""
        stage, random = self.stage, self.random
        if not stage.requests:
            return
        request = stage.requests[random.choice(list(stage.requests))]
        number, way = random.randint(1, 3), random.choice([TEXT, EMAIL])
        if (number, way) == (request.number + 1, request.waits_for):
            return
        repeated: list[Event] = [Sent(number, way, stage.now), Refused(number, way), CheckOut()]
        if request.due_at is None or request.due_at > stage.now or request.waits_for:
            repeated.append(Due(ASK, stage.now, number))
        before = len(stage.queue)
        assert stage.tell(request.id, random.choice(repeated)).attempts == ()
        assert len(stage.queue) == before

    def check(self) -> None:
        stage = self.stage
        epochs = Counter((one.appointment_id, one.epoch) for one in stage.requests.values())
        assert set(epochs.values()) <= {1}
        for request in stage.requests.values():
            self.check_watched(request.id)
            if not request.is_open:
                self.over.setdefault(request.id, stage.now)
            assert why(request, [row for (of, *_), row in stage.rows.items() if of == request.id], zone=NEW_YORK)
            if request.state is RequestState.SUPPRESSED:
                assert request.why is not None
        self.check_sends()

    def check_watched(self, number: int) -> None:
        request, stage = self.stage.requests[number], self.stage
        timers = [kind for of, kind in stage.timers if of == number]
        waiting = [one for one in stage.queue if one.request == number]
        if not request.is_open:
            assert timers == []
            assert all(one.handed_at for one in waiting)
        elif request.waits_for:
            assert timers == []
            assert [one.channel for one in waiting] == [request.waits_for]
        else:
            assert waiting == []
            assert timers == ([CLOSE] if request.number == len(request.policy.asks) else [ASK])

    def check_sends(self) -> None:
        sends = sorted(self.stage.sends, key=moment)
        assert len({(one.request, one.number, one.channel) for one in sends}) == len(sends)
        for message in sends:
            self.check_send(message)
        for place in self.stage.person.places:
            days = Counter(local_day(moment(one), place.zone) for one in sends)
            assert set(days.values()) <= {1}, "F-202: one a day"
        for first, fourth in zip(sends, sends[3:], strict=False):
            assert moment(fourth) - moment(first) >= timedelta(days=7), "F-202: three a week"
        firsts = sorted({one.request: moment(one) for one in reversed(sends)}.values())
        least = min((one.policy.omission_days for one in self.stage.requests.values()), default=1)
        assert all(later - earlier >= least * DAY for earlier, later in pairwise(firsts))

    def check_send(self, message: Message) -> None:
        request, at = self.stage.requests[message.request], moment(message)
        assert at - request.checked_out_at >= 3 * HOUR
        assert message.request not in self.over or at <= self.over[message.request]
        assert all(at <= one for one in self.excluded_at if request.checked_out_at <= one)
        for place in self.stage.person.places:
            assert 9 <= at.astimezone(ZoneInfo(place.zone)).hour < 20
        before = [
            moment(one) for one in self.stage.sends if (one.request, one.number) == (request.id, message.number - 1)
        ]
        if before and request.policy.relative_to is RelativeTo.PREVIOUS:
            assert at - before[-1] >= request.policy.asks[message.number - 1].after


def moment(message: Message) -> datetime:
    assert message.handed_at is not None
    return message.handed_at


def a_policy(random: Random) -> Policy:
    ways = ((TEXT,), (EMAIL,), (TEXT, EMAIL), (EMAIL, TEXT))
    asks = tuple(Ask(one.after, random.choice(ways)) for one in CADENCE[: random.choice([2, 3, 3])])
    relative_to = random.choice([RelativeTo.PREVIOUS, RelativeTo.PREVIOUS, RelativeTo.CHECKOUT])
    return Policy(1, asks, relative_to, omission_days=random.choice([1, 7, 30, 30]))


def live(seed: int, steps: int = 40) -> Life:
    life = Life(seed)
    for _ in range(steps):
        life.step()
    return life


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_keeps_the_promises_f_001_f_012_f_033_f_202_f_203(part: int) -> None:
    lives = [live(part * SEQUENCES + seed) for seed in range(SEQUENCES)]
    assert sum(len(one.stage.sends) for one in lives) > SEQUENCES
    ends = Counter(request.state for one in lives for request in one.stage.requests.values())
    assert set(ends) == set(RequestState)
    assert {one.number for life in lives for one in life.stage.sends} == {1, 2, 3}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(min_value=10**6))
def test_any_other_history_keeps_them_too(seed: int) -> None:
    live(seed, steps=60)


def test_a_history_that_is_left_alone_comes_to_an_end_f_213() -> None:
    for seed in range(100):
        life = live(seed)
        life.settle()
        life.stage.is_delivering, life.stage.provider = True, lambda _: Outcome.SENT
        life.stage.deliver()
        life.stage.wait(60 * DAY)
        assert all(not one.is_open for one in life.stage.requests.values()), seed
        assert life.stage.timers == {}


def test_a_stop_of_a_request_that_is_over_changes_nothing() -> None:
    stage = Stage()
    request = stage.check_out()
    stage.tell(request.id, Stop(Why.ARCHIVED))
    assert stage.tell(request.id, Stop(Why.EXCLUDED)).fields == {}
