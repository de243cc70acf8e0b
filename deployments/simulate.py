"""A simulated half-year: a virtual clock, invented people and payers who act, and the product's own rules and tasks."""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol

from models.db import read, transaction
from models.rules.calendars import Calendar, add_business_days, local_day, local_moment
from models.rules.onboarding_facts import Journey, JourneyStatus
from models.rules.onboarding_sessions import plan_sessions
from models.store import events, messages, onboarding, timers, training
from tasks import enrollment, feedback
from tasks import messages as delivery
from tasks import onboarding as sweeps
from tasks.moment import standing_at

AT_ONCE = 10_000
Act = Callable[[datetime], str]
"""What somebody does at a moment; gives the sentence of a refusal, nothing when it was done."""


class Plan(NamedTuple):
    """What somebody will do, and when (UTC); what has a name is planned once."""

    at: datetime
    name: str
    act: Act


@dataclass(slots=True)
class World:
    """What everybody in a simulation shares: the moment, and chance that follows from the seed and a name alone."""

    seed: int
    now: datetime
    zone: str
    practice_id: int
    journey_id: int
    journey: Journey
    _seen: tuple[int, date] | None = None

    def look(self) -> bool:
        """Load the journey anew where something was written or a day began since; says whether that was so."""
        length = read(lambda session: events.length_of(session, self.practice_id))
        seen = (length, self.now.date())
        if seen == self._seen:
            return False
        self._seen = seen
        self.journey = read(lambda session: onboarding.load_journey(session, self.journey_id, as_of=self.now))
        return True

    def chance(self, name: str) -> random.Random:
        """Give the chance of one act: whatever else happens, and in whatever order, it stays the same."""
        return random.Random(f"{self.seed}:{name}")  # noqa: S311 - a simulation, not a secret

    def in_business_days(self, name: str, low: int, high: int) -> datetime:
        """Give a moment in office hours so many business days from now."""
        chance = self.chance(name)
        day = add_business_days(local_day(self.now, self.zone), chance.randint(low, high), Calendar.GOVERNMENT)
        return local_moment(day, time(chance.randint(9, 16), chance.choice((5, 20, 35, 50))), self.zone)


class Players(Protocol):
    """People, payers or chores that say what they will do about everything that is open now."""

    def plans(self) -> Iterator[Plan]:
        """Say it anew at any time; what was planned before stays planned."""
        ...


@dataclass(slots=True)
class Simulation:
    """Somebody's half-year played against a virtual clock; the same seed gives the same half-year."""

    world: World
    players: Sequence[Players]
    until: datetime
    on_day: Callable[[datetime], None] = lambda _: None
    counts: Counter[str] = field(default_factory=Counter)
    _planned: set[str] = field(default_factory=set)
    _agenda: list[tuple[datetime, str, Act]] = field(default_factory=list)

    def play(self) -> Counter[str]:
        """Let people, time and mail act in turn until everything is over or the time is."""
        with standing_at(lambda: self.world.now):
            while self.world.now < self.until:
                self.drain()
                if self.world.look():
                    if self.world.journey.status is not JourneyStatus.ACTIVE:
                        break
                    self._ask()
                self._step()
            self.drain()
        return self.counts

    def drain(self) -> None:
        """Do what the standing dispatch does, at the virtual moment."""
        timer, message = self._due()
        if timer is not None and timer <= self.world.now:
            self._advance(self.world.now)
            _, message = self._due()
        if message is not None and message <= self.world.now:
            self._deliver(self.world.now)

    def _due(self) -> tuple[datetime | None, datetime | None]:
        return read(lambda session: (timers.next_due(session), messages.next_due(session)))

    def _advance(self, now: datetime) -> None:
        for size in sweeps.batches_of_journeys(as_of=now, limit=AT_ONCE):
            self.counts.update({"timers": sum(sweeps.advance_journeys.fn(size, as_of=now).values())})
        for claim in sweeps.claims_of_whole_journeys(as_of=now, limit=AT_ONCE):
            self.counts.update({"timers": sum(sweeps.advance_whole_journeys.fn(claim, as_of=now).values())})
        for size in enrollment.batches_of_enrollments(as_of=now, limit=AT_ONCE):
            self.counts.update({"timers": sum(enrollment.watch_enrollments.fn(size, as_of=now).values())})
        for size in feedback.batches_of_requests(as_of=now, limit=AT_ONCE):
            self.counts.update({"timers": sum(feedback.ask_for_feedback.fn(size, as_of=now).values())})

    def _deliver(self, now: datetime) -> None:
        delivery.recover_messages(as_of=now)
        for claim in delivery.claims_of_messages(as_of=now, limit=AT_ONCE):
            told = delivery.deliver_messages.fn(claim, as_of=now)
            self.counts.update({f"messages {word}": count for word, count in told.items()})

    def _ask(self) -> None:
        for players in self.players:
            for plan in players.plans():
                if plan.name not in self._planned:
                    self._planned.add(plan.name)
                    heapq.heappush(self._agenda, (max(plan.at, self.world.now), plan.name, plan.act))

    def act(self, plan_name: str, act: Act) -> None:
        """Let somebody act; what is refused may be planned again."""
        refusal = act(self.world.now)
        self.counts[f"refused: {refusal}" if refusal else "acts of people"] += 1
        if refusal:
            self._planned.discard(plan_name)

    def _step(self) -> None:
        """Go to whatever comes next: somebody's act, a due timer, a due message, or tomorrow."""
        before = self.world.now
        tomorrow = datetime.combine(before.date() + timedelta(days=1), time(0), tzinfo=UTC)
        nexts = [tomorrow, *(moment for moment in self._due() if moment is not None)]
        if self._agenda:
            nexts.append(self._agenda[0][0])
        self.world.now = max(min(nexts), before)
        if self.world.now.date() != before.date():
            self.on_day(self.world.now)
            self._plan_sessions()
        while self._agenda and self._agenda[0][0] <= self.world.now:
            _, name, act = heapq.heappop(self._agenda)
            self.act(name, act)

    def _plan_sessions(self) -> None:
        if self.world.now.weekday() == 0:
            sessions = plan_sessions(as_of=self.world.now)
            transaction(lambda session: training.add_sessions(session, sessions))
