"""Plays journeys in memory as the database would keep them: decisions in, rows out, no clock of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.rules.decisions import (
    Ask,
    CancelMessages,
    CancelTimers,
    Effect,
    Hold,
    Note,
    Refusal,
    Release,
    Say,
    SetTimer,
    Settle,
    SettleAll,
)
from models.rules.messages import CATALOGUE, MessageKind
from models.rules.onboarding_decision import decide
from models.rules.onboarding_events import Due, Event
from models.rules.onboarding_facts import (
    Decision,
    Journey,
    JourneyStatus,
    SessionFacts,
    StepFacts,
    StepState,
    TrainingState,
)
from models.rules.roles import Role

COACH = "coach-1"
SYSTEM = "golive"
COLUMNS = frozenset(field.name for field in fields(Journey))


class State(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    HELD = "held"
    SENT = "sent"
    CANCELLED = "cancelled"


@dataclass
class Timer:
    """One pending wait; a held one has stopped with its journey."""

    set_as: SetTimer
    due_at: datetime
    is_held: bool = False


@dataclass
class Message:
    """One message of the outbox; `since` is when it got its state."""

    say: Say
    state: State
    due_at: datetime
    since: datetime


@dataclass(frozen=True)
class Line:
    """One line of the history."""

    at: datetime
    by: str
    note: Note


class Play:
    """One journey with its timers, messages, work items and history."""

    def __init__(self, journey: Journey, *, as_of: datetime) -> None:
        self.journey = journey
        self.now = as_of
        self.sessions = journey.sessions
        self.timers: dict[tuple[str, str], Timer] = {}
        self.messages: dict[str, Message] = {}
        self.work: dict[str, Ask] = {}
        self.history: list[Line] = []
        self.said_again: list[Say] = []

    def tell(self, event: Event, *, by: str = COACH) -> Decision | Refusal:
        """Let something happen now; a refusal changes nothing."""
        decision = decide(self._known(), event, by=by, as_of=self.now)
        if isinstance(decision, Decision):
            self._apply(decision, by)
        return decision

    def do(self, *events: Event, by: str = COACH) -> Decision:
        """Let things happen one after the other, none of which may be refused."""
        decision = Decision()
        for event in events:
            told = self.tell(event, by=by)
            assert isinstance(told, Decision), f"{event} was refused: {told.sentence}"
            decision = told
        return decision

    def refuses(self, event: Event, *, by: str = COACH) -> Refusal:
        """Give the refusal of something that must not happen."""
        told = self.tell(event, by=by)
        assert isinstance(told, Refusal), f"{event} was not refused"
        return told

    def wait(self, **span: float) -> None:
        """Let time pass, with everything that falls due meanwhile."""
        self.until(self.now + timedelta(**span))

    def until(self, moment: datetime) -> None:
        """Let time pass up to a moment: messages go out and timers fall due, each at its own moment."""
        while (upcoming := self._next_moment()) is not None and upcoming <= moment:
            self.now = max(self.now, upcoming)
            self.catch_up()
        self.now = moment

    def sleep_until(self, moment: datetime) -> None:
        """Let time pass while nothing runs, as in an outage; `catch_up` then does what fell due."""
        self.now = moment

    def catch_up(self) -> None:
        """Do what is due by now: deliver messages, fire timers, oldest first, once each."""
        self.deliver()
        for key in sorted(self.due_timers(), key=lambda each: self.timers[each].due_at):
            if key in self.timers:
                self.fire(key)
        self.deliver()

    def due_timers(self) -> list[tuple[str, str]]:
        """List the timers that are due by now."""
        return [key for key, timer in self.timers.items() if not timer.is_held and timer.due_at <= self.now]

    def fire(self, key: tuple[str, str]) -> None:
        """Let one timer fall due."""
        timer = self.timers.pop(key)
        self.do(Due(timer.set_as.kind, timer.due_at, timer.set_as.subject, timer.set_as.number), by=SYSTEM)

    def deliver(self) -> None:
        """Send what is queued and due; a message that completes an item is reported back."""
        for message in [each for each in self.messages.values() if each.state is State.QUEUED]:
            if message.state is State.QUEUED and message.due_at <= self.now:
                message.state, message.since = State.SENT, self.now
                if completes := CATALOGUE[message.say.kind].completes:
                    self.do(Due("message_sent", self.now, completes), by=SYSTEM)

    def sent(self, kind: MessageKind, to: Role | None = None) -> list[Message]:
        """List the messages of a kind that went out, or are about to."""
        wanted = (State.QUEUED, State.SENT)
        found = [message for message in self.messages.values() if message.say.kind is kind and message.state in wanted]
        return [message for message in found if to in (None, message.say.to)]

    def notes(self, kind: str) -> list[Note]:
        """List the history's lines of a kind."""
        return [line.note for line in self.history if line.note.kind == kind]

    def step(self, key: str) -> StepState:
        """Say where a step stands."""
        return self.journey.steps.get(key, StepFacts()).state

    def state_of(self, key: str) -> State:
        """Say where a message stands, by its key."""
        return self.messages[key].state

    def timer(self, kind: str, subject: str = "") -> Timer | None:
        """Give a pending timer."""
        return self.timers.get((kind, subject))

    def _known(self) -> Journey:
        return replace(self.journey, sessions=tuple(self._free_sessions()))

    def _free_sessions(self) -> Iterator[SessionFacts]:
        booked = [place.session for place in self.journey.training.values() if place.state is TrainingState.REGISTERED]
        for session in self.sessions:
            if session.starts_at > self.now:
                yield replace(session, seats_left=session.seats_left - booked.count(session.id))

    def _next_moment(self) -> datetime | None:
        timers = (timer.due_at for timer in self.timers.values() if not timer.is_held)
        messages = (message.due_at for message in self.messages.values() if message.state is State.QUEUED)
        return min((*timers, *messages), default=None)

    def _apply(self, decision: Decision, by: str) -> None:
        old = self.journey
        changes: dict[str, Any] = {name: new for name, new in decision.journey.items() if name in COLUMNS}
        for name in ("roles", "steps", "items", "calls", "training", "enrollments", "payment_issues"):
            changes[name] = {**getattr(old, name), **getattr(decision, name)}
        changes["waits"] = {key: wait for key, wait in {**old.waits, **decision.waits}.items() if wait is not None}
        changes["payers"] = tuple(decision.payers.get(payer.key, payer) for payer in old.payers)
        self.journey = replace(old, version=old.version + 1, **changes)
        self.history.extend(Line(self.now, by, note) for note in decision.notes)
        for effect in decision.effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Say():
                self._queue(effect)
            case CancelMessages():
                self._move_messages((State.QUEUED, State.HELD), State.CANCELLED, effect)
            case Ask():
                self.work.setdefault(effect.key, effect)
            case Settle():
                self.work.pop(effect.key, None)
            case SettleAll():
                self.work.clear()
            case _:
                self._turn_clocks(effect)

    def _turn_clocks(self, effect: SetTimer | CancelTimers | Hold | Release) -> None:
        match effect:
            case SetTimer():
                self.timers[effect.kind, effect.subject] = Timer(effect, effect.due_at)
            case CancelTimers():
                self.timers = {key: timer for key, timer in self.timers.items() if not _cancels(effect, key)}
            case Hold():
                for timer in self.timers.values():
                    timer.is_held = True
                self._move_messages((State.QUEUED,), State.HELD)
            case Release():
                self._release(effect.shift)

    def _queue(self, say: Say) -> None:
        if say.key in self.messages:
            self.said_again.append(say)
            return
        state = State.HELD if self.journey.status is JourneyStatus.PAUSED else State.QUEUED
        self.messages[say.key] = Message(say, state, say.not_before or self.now, self.now)

    def _release(self, shift: timedelta) -> None:
        for timer in self.timers.values():
            if timer.is_held:
                timer.due_at, timer.is_held = timer.due_at + shift, False
        self._move_messages((State.HELD,), State.QUEUED)

    def _move_messages(self, old: tuple[State, ...], new: State, about: CancelMessages | None = None) -> None:
        for message in self.messages.values():
            if message.state in old and (about is None or _silences(about, message.say)):
                message.state, message.since = new, self.now


def _cancels(effect: CancelTimers, key: tuple[str, str]) -> bool:
    return effect.kind in ("", key[0]) and effect.subject in ("", key[1])


def _silences(effect: CancelMessages, say: Say) -> bool:
    is_named = (not effect.kinds or say.kind in effect.kinds) and effect.subject in ("", say.subject)
    return is_named and effect.person in ("", say.person) and say.kind not in effect.keep
