"""One practice's patients over months against a virtual clock: the same script for dictionaries and for databases."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final, NamedTuple, Protocol

from deployments.histories.chance import Chance, Faults
from deployments.histories.feedback_script import (
    RECORDS,
    Act,
    Record,
    Shown,
    begins_at,
    consents_at_first,
    policy_of,
    script,
)
from deployments.histories.trace import Trace
from models.inputs.places import candidate_places
from models.rules.feedback import Policy
from models.rules.feedback_windows import Place
from models.rules.messages import Channel
from tasks.connectors.ports import Sight

HOME: Final = Place("America/New_York", "NY")
RESTART: Final = timedelta(minutes=3)
"""After a crash the next worker stands by after so long: longer than a lease."""
SET_BACK: Final = timedelta(seconds=90)
CALM: Final = timedelta(days=62)
"""How long nothing happens any more at the end: the last link has expired, and everything is over."""
ANSWERS, REFUSED_FOR_GOOD = 0.3, "provider_says_no"


class Letter(NamedTuple):
    """One message of a request, as everybody names it."""

    request: str
    number: int
    channel: Channel


class Standing(NamedTuple):
    """How a request stands, in plain words."""

    state: str
    number: int
    sent: int
    due_at: str
    waits_for: str
    why: str


class Result(NamedTuple):
    """What a connector said: `sent`, `refused`, `unavailable`, or nothing (`unknown`)."""

    word: str
    is_taken: bool


class Side(Protocol):
    """A store with our rules over it."""

    def begin(self, policy: Policy, consents: Iterable[Record], *, as_of: datetime) -> None:
        """Let the practice choose, and know its people."""

    def show(self, shown: Shown, *, as_of: datetime) -> None:
        """Take in what the practice system shows."""

    def act(self, act: Act, *, as_of: datetime) -> bool:
        """Let somebody act; says whether that changed anything."""
        ...

    def answer(self, request: str, *, as_of: datetime) -> None:
        """Let a patient answer."""

    def sweep(self, *, as_of: datetime, crashes: bool) -> None:
        """Act upon due timers; a crash comes before the commit."""

    def claim(self, *, as_of: datetime) -> Letter | None:
        """Claim one message that is due and fits; what does not is taken back."""
        ...

    def mark(self, letter: Letter, *, as_of: datetime) -> bool:
        """Mark the claimed message before the call; says whether it is still wanted."""
        ...

    def settle(self, letter: Letter, result: Result, *, as_of: datetime) -> None:
        """Write down what the connector said."""

    def recover(self, *, as_of: datetime) -> None:
        """Take over what a dead worker left."""

    def doubtful(self, *, as_of: datetime) -> list[Letter]:
        """List what must be looked up now."""
        ...

    def look(self, letter: Letter, sight: Sight, *, as_of: datetime) -> None:
        """Write down what a look-up found."""

    def next_due(self) -> datetime | None:
        """Say when a worker is needed next."""
        ...

    def standings(self) -> Mapping[str, Standing]:
        """Say how requests stand: all, or those that may have changed."""
        ...


@dataclass
class FeedbackPlay:
    """One history. Everything that goes wrong follows from names, so both sides meet the same."""

    side: Side
    chance: Chance
    faults: Faults
    days: int
    trace: Trace = field(default_factory=Trace)
    now: datetime = field(init=False)
    _agenda: list[tuple[datetime, int, Shown | Act | str]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)
    _known: dict[str, Standing] = field(default_factory=dict)
    _taken: set[Letter] = field(default_factory=set)
    _tries: dict[str, int] = field(default_factory=dict)
    _down_until: datetime | None = None

    def play(self) -> Trace:
        """Play the history to its end, and give its trace."""
        self.now = begins_at(self.chance.seed)
        self._begin()
        for at, what in script(self.chance, self.faults, days=self.days):
            self._plan(at, what)
        end = self.now + timedelta(days=self.days) + CALM
        while (upcoming := self._next()) is not None and upcoming <= end:
            self.now = upcoming
            self._happen()
            self._work()
            self._set_clock_back()
        self.trace.tell(max(self.now, end), "end", waits=self.side.next_due() is not None)
        return self.trace

    def _begin(self) -> None:
        policy = policy_of(self.chance)
        consents = list(consents_at_first(self.chance))
        self.side.begin(policy, consents, as_of=self.now)
        asks = [[one.after.total_seconds() / 3600, list(one.channels)] for one in policy.asks]
        self.trace.tell(self.now, "policy", asks=asks, after=policy.relative_to, omission_days=policy.omission_days)
        for one in RECORDS:
            zones = sorted({place.zone for place in candidate_places(zip_code="", phone=one.phone, practice=HOME)})
            known = {"record": one.number, "person": one.person, "phone": one.phone, "email": one.email}
            self.trace.tell(self.now, "patient", zones=zones, **known)
        for one in consents:
            self.trace.tell(self.now - timedelta(hours=1), "consent", address=one.phone, given=True)

    def _plan(self, at: datetime, what: Shown | Act | str) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), what))

    def _next(self) -> datetime | None:
        worker = self.side.next_due()
        if worker is not None:
            worker = max(worker, self._down_until or self.now + timedelta(seconds=1))
        moments = [self._agenda[0][0]] if self._agenda else []
        moments += [worker] if worker is not None else []
        return max(min(moments), self.now) if moments else None

    def _set_clock_back(self) -> None:
        """Let the machine's clock run through the last minute and a half again, now and then, with a worker awake."""
        if self.chance.happens(f"clock {self.now}", self.faults.clock_set_back):
            self.now -= SET_BACK
            self.trace.tell(self.now, "clock_set_back", seconds=90)
            self._work()

    def _happen(self) -> None:
        while self._agenda and self._agenda[0][0] <= self.now:
            self._do(heapq.heappop(self._agenda)[2])

    def _do(self, what: Shown | Act | str) -> None:
        match what:
            case Shown():
                facts = {"visit": what.visit, "record": what.record.number, "status": what.status}
                self.trace.tell(self.now, "shown", changed_at=what.modified_at.isoformat(), **facts)
                self.side.show(what, as_of=self.now)
            case Act():
                if self.side.act(what, as_of=self.now):
                    self._tell_act(what)
            case str():
                self._answer(what)
        self._tell_changes()

    def _tell_act(self, act: Act) -> None:
        record = act.record
        address = record.phone if act.channel is Channel.TEXT else record.email
        match act.does:
            case "exclude" | "include":
                self.trace.tell(self.now, f"{act.does}d", person=record.person, record=record.number)
            case "stop" | "lift":
                self.trace.tell(self.now, "stop" if act.does == "stop" else "lifted", address=address, way=act.channel)
            case _:
                self.trace.tell(self.now, "consent", address=record.phone, given=act.does == "consent")

    def _answer(self, request: str) -> None:
        self.side.answer(request, as_of=self.now)
        self.trace.tell(self.now, "answered", request=request)

    def _work(self) -> None:
        """Do what a standing worker does, unless it just died."""
        if self._down_until is not None:
            if self.now < self._down_until:
                return
            self._down_until = None
            self.trace.tell(self.now, "up")
            self.side.recover(as_of=self.now)
        due = self.side.next_due()
        if due is None or due > self.now:
            return
        moment = str(self.now)
        if self._crashes(f"sweep {moment}"):
            self.side.sweep(as_of=self.now, crashes=True)
            self._die()
            return
        self._sweep()
        if self._crashes(f"swept {moment}"):
            self._die()
            return
        self.side.recover(as_of=self.now)
        self._look_up()
        while self._is_up() and (letter := self.side.claim(as_of=self.now)) is not None:
            self._tell_changes()
            self._deliver(letter)
        self._tell_changes()

    def _sweep(self) -> None:
        """Sweep twice at the same moment, as two workers would: nothing may happen twice (I19)."""
        for _ in range(2):
            self.side.sweep(as_of=self.now, crashes=False)
            self._tell_changes()

    def _deliver(self, letter: Letter) -> None:
        """Deliver one message, or die at some point of it."""
        name = f"{letter.request} {letter.number} {letter.channel}"
        tries = self._tries[name] = self._tries.get(name, 0) + 1
        name = f"{name} {tries}"
        facts = {"request": letter.request, "number": letter.number, "way": letter.channel}
        self.trace.tell(self.now, "claimed", **facts)
        if self._crashes(f"claimed {name}"):
            self._die()
            return
        self._somebody_acts(f"before {name}")
        if not self.side.mark(letter, as_of=self.now):
            return
        self.trace.tell(self.now, "marked", **facts)
        if self._crashes(f"marked {name}"):
            self._die()
            return
        self._somebody_acts(f"during {name}")
        result = self._hand_over(letter, name)
        if self._crashes(f"called {name}"):
            self._die()
            return
        self.side.settle(letter, result, as_of=self.now)
        self._tell_changes()

    def _hand_over(self, letter: Letter, name: str) -> Result:
        """Be the provider, which keeps a log of its own."""
        if self.chance.happens(f"unavailable {name}", self.faults.unavailable):
            self.trace.tell(self.now, "put_off", request=letter.request)
            return Result("unavailable", is_taken=False)
        if self.chance.happens(f"refused {name}", self.faults.refused):
            return Result("refused", is_taken=False)
        self._taken.add(letter)
        self.trace.tell(self.now, "handed", request=letter.request, number=letter.number, way=letter.channel)
        self._react(letter)
        return Result(
            "unknown" if self.chance.happens(f"lost {name}", self.faults.reply_lost) else "sent", is_taken=True
        )

    def _react(self, letter: Letter) -> None:
        """Let the patient answer some time after a message, or not; now and then just when the next one is due."""
        dice = self.chance.dice(f"reacts {letter.request} {letter.number}")
        if dice.random() < ANSWERS:
            after = dice.choice((timedelta(minutes=20), timedelta(hours=9), timedelta(days=1), timedelta(days=5)))
            self._plan(self.now + after, letter.request)

    def _somebody_acts(self, name: str) -> None:
        """Let what people would do next happen right now, in the middle of a worker's work."""
        if self.chance.happens(name, self.faults.at_once) and self._agenda:
            self._do(heapq.heappop(self._agenda)[2])

    def _look_up(self) -> None:
        for letter in self.side.doubtful(as_of=self.now):
            is_blind = letter.channel is Channel.EMAIL or self.chance.happens(
                f"blind {letter} {self.now:%j %H:%M}", 0.1
            )
            found = Sight.FOUND if letter in self._taken else Sight.ABSENT
            self.side.look(letter, Sight.CANNOT_TELL if is_blind else found, as_of=self.now)
            self._tell_changes()

    def _is_up(self) -> bool:
        return self._down_until is None

    def _crashes(self, name: str) -> bool:
        return self.chance.happens(f"crash {name}", self.faults.crash)

    def _die(self) -> None:
        self._down_until = self.now + RESTART
        self.trace.tell(self.now, "down")

    def _tell_changes(self) -> None:
        if not (told := self.side.standings()):
            return
        for request, standing in sorted(told.items()):
            if self._known.get(request) != standing:
                self._known[request] = standing
                self.trace.tell(self.now, "request", request=request, **standing._asdict())
