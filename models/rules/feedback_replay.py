"""What another cadence would have done: the same rules played over past visits, with a clock of their own."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from models.rules.decisions import Say, SetTimer
from models.rules.feedback import Policy, Why
from models.rules.feedback_decision import ASK, decide
from models.rules.feedback_events import Answer, CheckOut, Due, Event, Sent
from models.rules.feedback_facts import Decision, Request, Rival, Visit, after
from models.rules.feedback_timing import WEEK, planned_at
from models.rules.messages import Channel

SHOWN_EVERY = 500
"""After so many events whoever waits is told how far it has come."""


@dataclass(frozen=True, slots=True)
class PastVisit:
    """One visit that was checked out; `person` is the same number for all records of a person (F-161).

    `visit` says how the patient can be reached, without what was sent. `answered_after` is how long after the first
    message the patient really answered; none for who was not asked, or did not answer.
    """

    id: int
    person: int
    checked_out_at: datetime
    visit: Visit
    answered_after: timedelta | None = None


@dataclass(slots=True)
class Played:
    """What a policy leads to: messages by attempt and way, shifts, people asked, and why others were not."""

    visits: int = 0
    messages: Counter[tuple[int, Channel]] = field(default_factory=Counter)
    shifts: list[timedelta] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)
    requests_asked: int = 0
    answered: int = 0
    not_asked: Counter[Why] = field(default_factory=Counter)
    left_out: Counter[Why] = field(default_factory=Counter)

    @property
    def texts(self) -> int:
        """Count the texts."""
        return sum(number for (_, way), number in self.messages.items() if way is Channel.TEXT)

    @property
    def mails(self) -> int:
        """Count the mails."""
        return sum(number for (_, way), number in self.messages.items() if way is Channel.EMAIL)

    @property
    def mean_shift(self) -> timedelta:
        """Give by how much messages were moved, where they were moved."""
        return sum(self.shifts, timedelta(0)) / len(self.shifts) if self.shifts else timedelta(0)


@dataclass(slots=True)
class _Replay:
    """The virtual clock with everything that is still to come, and what went to whom."""

    policy: Policy
    past: Mapping[int, PastVisit]
    first_sends: dict[int, datetime]
    told: Played = field(default_factory=Played)
    requests: dict[int, Request] = field(default_factory=dict)
    agenda: list[tuple[datetime, int, int, Event]] = field(default_factory=list)
    sends: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    of_person: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    order: Iterator[int] = field(default_factory=count)

    def plan(self, at: datetime, visit: int, event: Event) -> None:
        heapq.heappush(self.agenda, (at, next(self.order), visit, event))

    def step(self) -> None:
        """Let the next thing happen."""
        at, _, number, event = heapq.heappop(self.agenda)
        if isinstance(event, CheckOut):
            self.requests[number] = self._new(self.past[number])
            self.of_person[self.past[number].person].append(number)
        self._happen(number, event, at)

    def _new(self, past: PastVisit) -> Request:
        return Request(past.id, 0, past.id, 1, past.checked_out_at, self.policy)

    def _happen(self, number: int, event: Event, at: datetime) -> None:
        request = self.requests[number]
        decision = decide(request, self._visit(number, at), event, as_of=at)
        self.requests[number] = after(request, decision)
        for attempt in decision.attempts:
            if attempt.why is not None:
                self.told.left_out[attempt.why] += 1
        self._follow(number, request, decision, at)

    def _follow(self, number: int, before: Request, decision: Decision, at: datetime) -> None:
        for effect in decision.effects:
            match effect:
                case SetTimer(kind=kind, due_at=due_at, number=attempt) if kind == ASK:
                    self.plan(max(due_at, at), number, Due(kind, due_at, attempt))
                case Say(channel=Channel() as way):
                    self._send(number, before, way, at)

    def _send(self, number: int, before: Request, way: Channel, at: datetime) -> None:
        """Hand a message over at once; nobody refuses it."""
        past, attempt = self.past[number], before.number + 1
        if not before.tried and (shift := at - planned_at(before)) > timedelta(0):
            self.told.shifts.append(shift)
        if before.first_sent_at is None:
            self.told.asked.add(past.person)
            self.told.requests_asked += 1
            if past.answered_after is not None:
                self.plan(at + past.answered_after, number, Answer())
        self.told.messages[attempt, way] += 1
        self._happen(number, Sent(attempt, way, at), at)
        self.sends[past.person].append(at)
        self.first_sends[past.person] = max(self.first_sends.get(past.person, at), self._first(number))

    def _first(self, number: int) -> datetime:
        return self.requests[number].first_sent_at or self.past[number].checked_out_at

    def _visit(self, number: int, at: datetime) -> Visit:
        """Give a visit as it stands now: what went to its person, and which other visits may still ask."""
        past = self.past[number]
        request, others = self.requests[number], [one for one in self.of_person[past.person] if one != number]
        rivals = tuple(
            Rival(one, self.past[one].visit.starts_at)
            for one in others
            if self.requests[one].is_open and self.requests[one].first_sent_at is None
        )
        asked_at = None if request.first_sent_at else self.first_sends.get(past.person)
        recent = tuple(sorted(sent for sent in self.sends[past.person] if at - sent < WEEK))
        person = past.visit.person._replace(asked_at=asked_at, recent_sends=recent, rivals=rivals)
        return past.visit._replace(person=person)


def replay(
    past: Sequence[PastVisit],
    policy: Policy,
    *,
    asked_before: Mapping[int, datetime],
    tell: Callable[[int], None] = lambda _: None,
) -> Played:
    """Play past visits under a policy; gives what it would have led to.

    `asked_before` says when a person was asked last before the first of these visits. Every message is taken as handed
    over; who really answered answers as long after the first message as then. `tell` hears how many visits were
    checked out so far.
    """
    run = _Replay(policy, {one.id: one for one in past}, dict(asked_before))
    for one in sorted(past, key=lambda one: (one.checked_out_at, one.id)):
        run.plan(one.checked_out_at, one.id, CheckOut())
    for number in count(1):
        if not run.agenda:
            break
        run.step()
        if number % SHOWN_EVERY == 0:
            tell(len(run.requests))
    return _told(run)


def _told(run: _Replay) -> Played:
    told = run.told
    told.visits = len(run.past)
    told.answered = sum(request.answered_at is not None for request in run.requests.values())
    told.not_asked = Counter(
        request.why for request in run.requests.values() if request.why is not None and not request.sent
    )
    return told
