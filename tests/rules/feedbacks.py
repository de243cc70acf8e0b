"""Visits to ask about, and a stage on which one person's visits, timers and messages meet a virtual clock."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.rules.appointments import Status
from models.rules.decisions import CancelMessages, CancelTimers, Note, Say, SetTimer
from models.rules.feedback import CADENCE, OPEN, Ask, Outcome, Policy, RequestState, Why
from models.rules.feedback_decision import decide, still_fits
from models.rules.feedback_events import CheckOut, Due, Event, Refused, Sent, Stop, Withdrawn, event_of
from models.rules.feedback_facts import Attempt, Decision, Person, Request, Rival, Visit, after
from models.rules.feedback_windows import Place
from models.rules.messages import Channel

NEW_YORK = "America/New_York"
HOME = Place(NEW_YORK)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEXT, EMAIL = Channel.TEXT, Channel.EMAIL
POLICY = Policy(1)


def local(month: int, day: int, hour: int, minute: int = 0, zone: str = NEW_YORK, year: int = 2027) -> datetime:
    """Give a local wall time of 2027 in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


NOON = local(3, 2, 12)
"""A Tuesday; three hours later every usual window is open."""


def a_person(**facts: Any) -> Person:
    """Make somebody who can be reached in both ways."""
    known: dict[str, Any] = {"has_email": True, "has_phone": True, "allows_texts": True, "places": (HOME,)}
    return Person(**(known | facts))


def a_request(*, policy: Policy = POLICY, **facts: Any) -> Request:
    """Make the fresh request of a check-out at noon."""
    known: dict[str, Any] = {
        "id": 1,
        "practice_id": 1,
        "appointment_id": 1,
        "epoch": 1,
        "checked_out_at": NOON,
        "policy": policy,
    }
    return Request(**(known | facts))


def a_visit(**facts: Any) -> Visit:
    """Make a checked-out visit of a practice in New York."""
    known: dict[str, Any] = {"starts_at": NOON - HOUR, "zone": NEW_YORK, "person": a_person()}
    return Visit(**(known | facts))


def by(*ways: tuple[Channel, ...], **choices: Any) -> Policy:
    """Make a policy whose attempts go by these ways at the usual times."""
    asks = tuple(Ask(ask.after, way) for ask, way in zip(CADENCE, ways, strict=False))
    return replace(POLICY, asks=asks, **choices)


def state_of(decision: Decision) -> tuple[RequestState, Why | None]:
    """Give the state and the reason to which a decision leads."""
    now = after(a_request(), decision)
    return now.state, now.why


@dataclass
class Message:
    """What was queued; `handed_at` once its provider has it."""

    request: int
    number: int
    channel: Channel
    key: str
    queued_at: datetime
    handed_at: datetime | None = None


@dataclass
class Booked:
    """One appointment as the practice system shows it."""

    starts_at: datetime
    status: Status = Status.CONFIRMED
    is_test: bool = False
    epoch: int = 0


@dataclass
class Stage:
    """One person (all records together), any number of visits, one practice."""

    now: datetime = NOON
    policy: Policy = POLICY
    person: Person = field(default_factory=a_person)
    is_green: bool = True
    is_sending: bool = True
    is_delivering: bool = True
    provider: Callable[[Message], Outcome] = lambda _: Outcome.SENT
    booked: dict[int, Booked] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)
    timers: dict[tuple[int, str], SetTimer] = field(default_factory=dict)
    queue: list[Message] = field(default_factory=list)
    keys: set[tuple[int, str]] = field(default_factory=set)
    sends: list[Message] = field(default_factory=list)
    rows: dict[tuple[int, int, Channel | None], Attempt] = field(default_factory=dict)
    history: list[tuple[datetime, int, Note]] = field(default_factory=list)

    def show(self, appointment: int, status: Status, *, starts_at: datetime | None = None) -> Request | None:
        """Let the practice system show a status; give the request of the visit, if there is one."""
        visit = self.booked.setdefault(appointment, Booked(starts_at or self.now - HOUR))
        event = event_of(visit.status, status)
        visit.status = status
        if isinstance(event, CheckOut):
            visit.epoch += 1
            number = len(self.requests) + 1
            found = Request(number, 1, appointment, visit.epoch, self.now, self.policy)
            self.requests[number] = found
            self.tell(number, event)
        elif event is not None and (known := self.of(appointment)):
            self.tell(known.id, event)
        return self.of(appointment)

    def check_out(self, appointment: int = 1, *, starts_at: datetime | None = None) -> Request:
        """Check a visit out now."""
        request = self.show(appointment, Status.CHECKED_OUT, starts_at=starts_at)
        assert request is not None
        return request

    def of(self, appointment: int = 1) -> Request | None:
        """Give the request of the last check-out of a visit."""
        return next((one for one in reversed(self.requests.values()) if one.appointment_id == appointment), None)

    def the(self, appointment: int = 1) -> Request:
        """Give the request that is there."""
        request = self.of(appointment)
        assert request is not None
        return request

    def stop(self, why: Why) -> None:
        """Stop every open request of the person, as the toggle does at once."""
        for request in list(self.requests.values()):
            self.tell(request.id, Stop(why))

    def tell(self, request: int, event: Event) -> Decision:
        """Let something happen to a request now."""
        decision = decide(self.requests[request], self.visit(request), event, as_of=self.now)
        self.requests[request] = after(self.requests[request], decision)
        self.history += [(self.now, request, note) for note in decision.notes]
        self.rows |= {(request, one.number, one.channel): one for one in decision.attempts}
        for effect in decision.effects:
            self._apply(request, effect)
        return decision

    def visit(self, request: int, *, deciding: Message | None = None) -> Visit:
        """Gather the facts about a request's visit, as a store does."""
        own = self.requests[request]
        booked = self.booked[own.appointment_id]
        return Visit(
            booked.starts_at,
            NEW_YORK,
            is_checked_out=booked.status is Status.CHECKED_OUT and booked.epoch == own.epoch,
            is_deleted=booked.status is Status.DELETED,
            is_test=booked.is_test,
            is_checklist_green=self.is_green,
            is_sending=self.is_sending,
            person=self._person(own, deciding),
        )

    def _person(self, own: Request, deciding: Message | None) -> Person:
        others = [one for one in self.requests.values() if one.id != own.id]
        under_way = [one for one in self.queue if one is not deciding]
        asked = [one.first_sent_at for one in others if one.first_sent_at]
        asked += [one.queued_at for one in under_way if one.request != own.id]
        sent = [one.handed_at for one in self.sends if one.handed_at and one is not deciding]
        sent += [one.queued_at for one in under_way if one.request != own.id]
        busy = {one.request for one in self.queue}
        unsent = (one for one in others if one.state in OPEN and not one.first_sent_at and one.id not in busy)
        rivals = tuple(Rival(one.id, self.booked[one.appointment_id].starts_at) for one in unsent)
        recent = tuple(sorted(one for one in sent if self.now - one < 7 * DAY))
        return self.person._replace(asked_at=max(asked, default=None), recent_sends=recent, rivals=rivals)

    def wait(self, time: timedelta) -> None:
        """Let time pass, with everything that falls due meanwhile."""
        end = self.now + time
        while (due := self._next()) is not None and due[1].due_at <= end:
            self.now = max(self.now, due[1].due_at)
            self.fire(due[0])
        self.now = end

    def sleep(self, time: timedelta) -> None:
        """Let time pass while nothing runs, as in an outage."""
        self.now += time

    def fire(self, which: tuple[int, str]) -> None:
        """Let one timer fall due."""
        timer = self.timers.pop(which)
        self.tell(which[0], Due(timer.kind, timer.due_at, timer.number))
        if self.is_delivering:
            self.deliver()

    def deliver(self) -> None:
        """Claim what is queued, hand it over or withdraw it, and hear what became of it."""
        while fresh := [one for one in self.queue if one.handed_at is None]:
            self.claim(fresh[0])

    def claim(self, message: Message) -> None:
        """Deliver one message; an outcome that is lost stays under way until `settle`."""
        event = Withdrawn(message.number, message.channel)
        visit = self.visit(message.request, deciding=message)
        if not still_fits(self.requests[message.request], visit, event, as_of=self.now):
            self.queue.remove(message)
            self.tell(message.request, event)
            return
        message.handed_at = self.now
        outcome = self.provider(message)
        if outcome is Outcome.REFUSED:
            self.queue.remove(message)
            self.tell(message.request, Refused(message.number, message.channel))
            return
        self.sends.append(message)
        if outcome is Outcome.SENT:
            self.queue.remove(message)
            self.tell(message.request, Sent(message.number, message.channel, self.now))

    def settle(self, message: Message) -> None:
        """End the look-up of a lost outcome: it may have been sent, so it counts."""
        self.queue.remove(message)
        assert message.handed_at is not None
        self.tell(message.request, Sent(message.number, message.channel, message.handed_at, is_certain=False))

    def sent(self) -> list[tuple[int, Channel, datetime]]:
        """List what went out: attempt, way and moment."""
        return [(one.number, one.channel, one.handed_at) for one in self.sends if one.handed_at]

    def _next(self) -> tuple[tuple[int, str], SetTimer] | None:
        return min(self.timers.items(), key=lambda one: one[1].due_at, default=None)

    def _apply(self, request: int, effect: object) -> None:
        match effect:
            case SetTimer(kind=kind):
                self.timers[request, kind] = effect
            case CancelTimers(kind=kind):
                self.timers.pop((request, kind), None)
            case CancelMessages():
                self.queue = [one for one in self.queue if one.request != request or one.handed_at]
            case Say(key=key, subject=subject, channel=Channel() as channel):
                assert (request, key) not in self.keys, f"{key} would be lost: its key is used"
                self.keys.add((request, key))
                self.queue.append(Message(request, int(subject), channel, key, self.now))
            case _:
                raise AssertionError(effect)
