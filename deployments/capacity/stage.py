"""The clock of one team: what happens next, to whichever of its practices; and the people whom they share."""

import heapq
from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import count

from deployments.capacity.desks import Desk
from deployments.capacity.tally import Tally
from deployments.capacity.wanted import REPRESENTATIVE, Team, Wanted
from deployments.histories.chance import Chance
from models.rules.onboarding_facts import CallFacts, CallState, SessionFacts
from models.rules.onboarding_sessions import WEEKS_AHEAD, plan_sessions
from models.rules.roles import Role

Act = Callable[[], object]
Span = tuple[datetime, datetime]
SEATS = 1_000_000
"""Training never lacks seats here; how many are taken is counted."""


class Stage:
    """One team's time: acts at moments, the same order whenever it is played."""

    def __init__(self, wanted: Wanted, team: Team) -> None:
        self.wanted, self.team = wanted, team
        self.chance = Chance(wanted.seed)
        self.now = wanted.begins
        self.tally = Tally()
        self.told: set[tuple[date, str]] = set()
        self._calls: dict[int, dict[tuple[int, str], Span]] = {number: {} for number in team.coaches}
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._order = count()
        self._coaches = {number: self._desk(1) for number in team.coaches}
        self._representatives, self._others = self._desk(team.enrollment_staff), self._desk(None)

    def _desk(self, people: float | None) -> Desk:
        wanted = self.wanted
        return Desk(people, hours_a_day=wanted.hours_a_day, begins_on=wanted.begins_on, days=wanted.days)

    @property
    def week(self) -> int:
        """Number the present week, the first one 0."""
        return self.wanted.week_of(self.now)

    def at(self, moment: datetime, act: Act) -> None:
        """Let something happen at a moment (UTC); what is past happens now, what is after the end never."""
        if moment < self.wanted.until:
            heapq.heappush(self._agenda, (max(moment, self.now), next(self._order), act))

    def play(self) -> None:
        """Let everything happen, in its order."""
        while self._agenda:
            self.now, _, act = heapq.heappop(self._agenda)
            self.tally.events += 1
            act()

    def coach_of(self, practice: int) -> int | None:
        """Name the coach to whom a practice is dealt; none where nobody waits for one."""
        return practice % self.wanted.coaches if self.wanted.coaches else None

    def calls_of(self, coach: int | None) -> tuple[Span, ...]:
        """List when a coach is in a call, whichever practice it is with."""
        return () if coach is None else tuple(self._calls[coach].values())

    def note_call(self, coach: int | None, key: tuple[int, str], call: CallFacts) -> None:
        """Keep a call of a practice in its coach's calendar while it lies ahead."""
        if coach is None:
            return
        self._calls[coach].pop(key, None)
        if call.state is CallState.SCHEDULED:
            self._calls[coach][key] = (call.starts_at, call.starts_at + timedelta(minutes=call.minutes))

    def work(self, role: Role, practice: int, minutes: int, done: Act) -> None:
        """Let somebody of a role do a piece of work for a practice once it is its turn, and say when it is done."""
        taken = self._desk_of(role, practice).take(minutes, as_of=self.now)
        self.tally.work(self.week, role, minutes, taken.waited)
        self.at(taken.ends_at, done)

    def spend(self, role: Role, practice: int, minutes: int) -> None:
        """Take somebody's time for a call with a date of its own."""
        self._desk_of(role, practice).occupy(minutes, as_of=self.now)
        self.tally.work(self.week, role, minutes)

    def _desk_of(self, role: Role, practice: int) -> Desk:
        if role is REPRESENTATIVE:
            return self._representatives
        coach = self.coach_of(practice) if role is Role.SUCCESS_COACH else None
        return self._others if coach is None else self._coaches[coach]

    def sessions(self) -> tuple[SessionFacts, ...]:
        """List the live sessions that can be booked now (O-20)."""
        known, starts = _sessions(self.wanted.begins, self.wanted.days)
        return known[bisect_right(starts, self.now) : bisect_right(starts, self.now + timedelta(weeks=WEEKS_AHEAD))]


@lru_cache(maxsize=4)
def _sessions(begins: datetime, days: int) -> tuple[tuple[SessionFacts, ...], list[datetime]]:
    """List every session of a simulation by its start, numbered."""
    plans = range(0, days + WEEKS_AHEAD * 7, WEEKS_AHEAD * 7)
    all_planned = {one[:2] for ahead in plans for one in plan_sessions(as_of=begins + timedelta(days=ahead))}
    planned = sorted((start, topic) for topic, start in all_planned)
    facts = tuple(SessionFacts(number, topic, start, SEATS) for number, (start, topic) in enumerate(planned, 1))
    return facts, [start for start, _ in planned]
