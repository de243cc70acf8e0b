"""A journey kept in memory as the database would keep it: decisions in, rows out, no clock of its own."""

from collections.abc import Iterable, Iterator
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
from models.rules.messages import CATALOGUE
from models.rules.onboarding_decision import decide, decide_together
from models.rules.onboarding_events import Due, Event
from models.rules.onboarding_facts import Decision, Journey, JourneyStatus, SessionFacts, TrainingState

SYSTEM = "golive"
COLUMNS = frozenset(field.name for field in fields(Journey))
MAPPINGS = ("roles", "steps", "items", "calls", "training", "enrollments", "payment_issues")


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


class JourneyStore:
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

    def tell(self, event: Event, *, by: str) -> Decision | Refusal:
        """Let something happen now; a refusal changes nothing."""
        decision = decide(self._known(event), event, by=by, as_of=self.now)
        if isinstance(decision, Decision):
            self.apply(decision, by=by)
        return decision

    def tell_together(self, events: Iterable[Event], *, by: str) -> int:
        """Let news that come together happen now; what is refused is left out. Gives how many were taken."""
        decision, taken = decide_together(self._known(None), events, by=by, as_of=self.now)
        self.apply(decision, by=by)
        return taken

    def due_timers(self) -> list[tuple[str, str]]:
        """List the timers that are due by now."""
        return [key for key, timer in self.timers.items() if not timer.is_held and timer.due_at <= self.now]

    def fire(self, key: tuple[str, str]) -> None:
        """Let one timer fall due."""
        timer = self.timers.pop(key)
        self._follow(Due(timer.set_as.kind, timer.due_at, timer.set_as.subject, timer.set_as.number))

    def deliver(self) -> None:
        """Send what is queued and due; a message that completes an item is reported back."""
        for message in [each for each in self.messages.values() if each.state is State.QUEUED]:
            if message.state is State.QUEUED and message.due_at <= self.now:
                message.state, message.since = State.SENT, self.now
                if completes := CATALOGUE[message.say.kind].completes:
                    self._follow(Due("message_sent", self.now, completes))

    def _follow(self, due: Due) -> None:
        told = self.tell(due, by=SYSTEM)
        if isinstance(told, Refusal):
            message = f"what falls due is never refused, but {due.kind} was: {told.code}"
            raise TypeError(message)

    def _known(self, event: Event | None) -> Journey:
        """Give the journey as it is loaded for an event; several at once have none."""
        _ = event
        return replace(self.journey, sessions=tuple(self._free_sessions()))

    def _free_sessions(self) -> Iterator[SessionFacts]:
        booked = [place.session for place in self.journey.training.values() if place.state is TrainingState.REGISTERED]
        for session in self.sessions:
            if session.starts_at > self.now:
                yield replace(session, seats_left=session.seats_left - booked.count(session.id))

    def apply(self, decision: Decision, *, by: str) -> None:
        """Write down what a decision changes, and carry out its effects."""
        old = self.journey
        changes: dict[str, Any] = {name: new for name, new in decision.journey.items() if name in COLUMNS}
        for name in MAPPINGS:
            if new := getattr(decision, name):
                changes[name] = {**getattr(old, name), **new}
        if decision.waits:
            changes["waits"] = {key: one for key, one in {**old.waits, **decision.waits}.items() if one is not None}
        if decision.payers:
            changes["payers"] = tuple({**{payer.key: payer for payer in old.payers}, **decision.payers}.values())
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
