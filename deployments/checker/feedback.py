"""What was promised about asking for feedback, checked in a trace alone: I1 to I6, I11, I19, I20 and I22."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from deployments.checker.reading import Breach, Line, moment

THREE_HOURS, HOUR, DAY, WEEK = timedelta(hours=3), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
OPENS, CLOSES = 9, 20
MOST_A_WEEK = 3
OPEN: Final = ("planned", "asked")
RANK: Final = {"planned": 0, "asked": 1, "unanswered": 2, "suppressed": 2, "cancelled": 2, "answered": 3}
"""A request never goes back from a later one of these to an earlier one."""
CLOCK: Final = timedelta(minutes=2)
"""By how much a clock that was set back may let a later line look earlier."""


@dataclass(slots=True)
class Asked:
    """One request, as the trace shows it."""

    record: str
    checked_out_at: datetime
    state: str = "planned"
    number: int = 0
    sent: int = 0
    due_at: str = ""
    waits_for: str = ""
    since: datetime | None = None
    handed: dict[int, datetime] = field(default_factory=dict)
    is_answered: bool = False
    is_stopped: bool = False


@dataclass(slots=True)
class FeedbackWatcher:
    """Knows who was asked when, and what everybody had said before."""

    asks: list[tuple[timedelta, list[str]]] = field(default_factory=list)
    after_previous: bool = True
    omission: timedelta = 30 * DAY
    patients: dict[str, Line] = field(default_factory=dict)
    visits: dict[str, dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))
    requests: dict[str, Asked] = field(default_factory=dict)
    consents: dict[str, tuple[bool, datetime]] = field(default_factory=dict)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    lifted: dict[str, datetime] = field(default_factory=dict)
    excluded: dict[str, datetime] = field(default_factory=dict)
    included: dict[str, datetime] = field(default_factory=dict)
    of_person: dict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    keys: set[tuple[str, int, str]] = field(default_factory=set)
    asked_at: dict[str, datetime] = field(default_factory=dict)
    down: timedelta = timedelta(0)
    _down_since: datetime | None = None

    def read(self, line: Line) -> Iterator[Breach]:
        """Take in the next line."""
        reader = READERS.get(line["what"])
        yield from (reader(self, line) if reader else None) or ()

    def _policy(self, line: Line) -> None:
        self.asks = [(timedelta(hours=hours), ways) for hours, ways in line["asks"]]
        self.after_previous, self.omission = line["after"] == "previous", line["omission_days"] * DAY

    def _patient(self, line: Line) -> None:
        self.patients[line["record"]] = line

    def _shown(self, line: Line) -> None:
        """Remember when each visit was checked out, by the practice system's own clock."""
        self.visits[line["visit"]]["record"] = line["record"]
        if line["status"] == "checked_out":
            self.visits[line["visit"]].setdefault(line["changed_at"], moment(line["changed_at"]))
            self.visits[line["visit"]]["newest"] = moment(line["changed_at"])

    def _person_of(self, request: str) -> str:
        return str(self.patients[self.requests[request].record]["person"])

    def _request(self, line: Line) -> Iterator[Breach]:
        name, at = line["request"], moment(line["at"])
        known = self.requests.get(name)
        if known is None:
            visit = self.visits[name.partition("#")[0]]
            known = self.requests[name] = Asked(str(visit["record"]), visit["newest"])
        if RANK[line["state"]] < RANK[known.state] or line["number"] < known.number or line["sent"] < known.sent:
            yield Breach("I11", line["at"], f"request {name} went back from {known.state} to {line['state']}")
        yield from self._forgotten(name, known, at)
        is_nameless = line["state"] in ("suppressed", "cancelled") and not line["why"] and not line["sent"]
        if is_nameless:
            yield Breach("I6", line["at"], f"request {name} ended with nothing sent, and nothing says why")
        if line["sent"]:
            self.asked_at.setdefault(name, at)  # what may have been sent counts, whether it arrived or not
        for key in ("state", "number", "sent", "due_at", "waits_for"):
            setattr(known, key, line[key])
        known.since = at

    def _forgotten(self, name: str, known: Asked, at: datetime) -> Iterator[Breach]:
        """Say what lay there, due, for more than an hour of uptime."""
        due = self._due_since(known)
        if due is not None and at - due - self.down > HOUR + CLOCK:
            yield Breach("I6", at.isoformat(), f"request {name} was due at {due}, and nothing says why it waited")

    def _due_since(self, known: Asked) -> datetime | None:
        """Say since when a request should have moved on; what was down before does not count for it."""
        if known.state not in OPEN or known.since is None:
            return None
        patient = self.patients[known.record]
        addresses = {patient["phone"], patient["email"]}
        if any(address in addresses for address, _ in self.stopped):
            return None  # a stop, maybe a doubtful one, is the row that says why
        since = max((known.since, *(at + HOUR for address, at in self.lifted.items() if address in addresses)))
        if known.waits_for:
            return since
        return max(moment(known.due_at), since) if known.due_at else None

    def _put_off(self, line: Line) -> None:
        """A provider that was away is a reason; the next look is told of by the next line."""
        self.requests[line["request"]].since = moment(line["at"]) + 12 * HOUR

    def _consent(self, line: Line) -> None:
        self.consents[line["address"]] = (line["given"], moment(line["at"]))

    def _stop(self, line: Line) -> None:
        self.stopped.add((line["address"], line["way"]))

    def _lifted(self, line: Line) -> None:
        self.stopped.discard((line["address"], line["way"]))
        self.lifted[line["address"]] = moment(line["at"])

    def _excluded(self, line: Line) -> None:
        self.excluded[line["record"]] = moment(line["at"])

    def _included(self, line: Line) -> None:
        self.excluded.pop(line["record"], None)
        self.included[line["record"]] = moment(line["at"])

    def _answered(self, line: Line) -> None:
        self.requests[line["request"]].is_answered = True

    def _address(self, line: Line) -> str:
        patient = self.patients[self.requests[line["request"]].record]
        return str(patient["phone" if line["way"] == "text" else "email"])

    def _claimed(self, line: Line) -> Iterator[Breach]:
        """At the claim everything is looked at again: consents, stops, exclusions, answers."""
        address, at = self._address(line), moment(line["at"])
        if line["way"] == "text":
            given, since = self.consents.get(address, (False, at))
            if not given or since >= at + CLOCK:
                yield Breach("I3", line["at"], f"a text of {line['request']} without an older consent")
        yield from self._unwanted(line)

    def _marked(self, line: Line) -> Iterator[Breach]:
        yield from self._unwanted(line)

    def _unwanted(self, line: Line) -> Iterator[Breach]:
        """Say which no was given before a message began to go out."""
        name = line["request"]
        request = self.requests[name]
        if request.is_answered:
            yield Breach("I3", line["at"], f"{name} was answered before")
        if (self._address(line), line["way"]) in self.stopped:
            yield Breach("I3", line["at"], f"the address of {name} was stopped before")
        person = self._person_of(name)
        for record, patient in self.patients.items():
            if patient["person"] != person:
                continue
            is_covered = record in self.included and request.checked_out_at <= self.included[record]
            if record in self.excluded or is_covered:
                yield Breach("I3", line["at"], f"the patient of {name} was excluded before")

    def _handed(self, line: Line) -> Iterator[Breach]:
        name, number, at = line["request"], line["number"], moment(line["at"])
        request = self.requests[name]
        key = (name, number, line["way"])
        if key in self.keys:
            yield Breach("I5", line["at"], f"{name} reached its provider twice: attempt {number} by {line['way']}")
        self.keys.add(key)
        if at - request.checked_out_at < THREE_HOURS:
            yield Breach("I1", line["at"], f"{name} was asked {at - request.checked_out_at} after its check-out")
        yield from self._cadence(line, request, at)
        yield from self._window(line, request, at)
        yield from self._limits(line, at)
        request.handed.setdefault(number, at)
        self.asked_at.setdefault(name, at)
        self.of_person[self._person_of(name)].append((at, name))

    def _cadence(self, line: Line, request: Asked, at: datetime) -> Iterator[Breach]:
        number = line["number"]
        if not 1 <= number <= len(self.asks):
            yield Breach("I2", line["at"], f"{line['request']} has no attempt {number}")
            return
        pause = self.asks[number - 1][0]
        earlier = [one for known, one in request.handed.items() if known < number]
        if earlier and self.after_previous and at - max(earlier) < pause - CLOCK:
            yield Breach("I2", line["at"], f"attempt {number} of {line['request']} came {at - max(earlier)} after")
        if any(known > number for known in request.handed):
            yield Breach("I2", line["at"], f"attempt {number} of {line['request']} came after a later one")

    def _window(self, line: Line, request: Asked, at: datetime) -> Iterator[Breach]:
        for zone in self.patients[request.record]["zones"]:
            if not OPENS <= at.astimezone(ZoneInfo(zone)).hour < CLOSES:
                yield Breach("I22", line["at"], f"{line['request']} went out when it was too early or late in {zone}")

    def _limits(self, line: Line, at: datetime) -> Iterator[Breach]:
        name = line["request"]
        person = self._person_of(name)
        before = self.of_person[person]
        if name not in self.asked_at:
            others = [one for one, when in self.asked_at.items() if at - when < self.omission - CLOCK]
            if soon := [one for one in others if self._person_of(one) == person]:
                yield Breach("I4", line["at"], f"{name} came within the omission period of {soon[-1]}")
        zone = ZoneInfo(self.patients[self.requests[name].record]["zones"][0])
        days = Counter(when.astimezone(zone).date() for when, _ in before)
        if days[at.astimezone(zone).date()] >= 1:
            yield Breach("I4", line["at"], f"{name} was the second message of a day to one person")
        if sum(at - when < WEEK - CLOCK for when, _ in before) >= MOST_A_WEEK:
            yield Breach("I4", line["at"], f"{name} was the fourth message of a week to one person")

    def _down(self, line: Line) -> None:
        self._down_since = moment(line["at"])

    def _up(self, line: Line) -> None:
        if self._down_since is not None:
            self.down = moment(line["at"]) - self._down_since
            self._down_since = None

    def _end(self, line: Line) -> Iterator[Breach]:
        """Long after everything calmed down nothing is open, due or on its way (I20)."""
        if line["waits"]:
            yield Breach("I20", line["at"], "a timer or a message is left at the end")
        for name, request in self.requests.items():
            if request.state in OPEN:
                yield Breach("I20", line["at"], f"request {name} is still {request.state}, and nothing will end it")


READERS: Final[dict[str, Callable[[FeedbackWatcher, Line], Iterator[Breach] | None]]] = {
    name: getattr(FeedbackWatcher, f"_{name}")
    for name in (
        "policy",
        "patient",
        "shown",
        "request",
        "consent",
        "stop",
        "lifted",
        "excluded",
        "included",
        "answered",
        "claimed",
        "marked",
        "handed",
        "put_off",
        "down",
        "up",
        "end",
    )
}
"""What reads each kind of line; other lines promise nothing."""
