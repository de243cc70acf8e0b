"""Plays journeys in memory: people act, time passes, and nothing may be refused that a test wants done."""

from datetime import datetime, timedelta

from deployments.histories.journey_store import JourneyStore, Line, Message, State, Timer
from models.rules.decisions import Note, Refusal
from models.rules.messages import MessageKind
from models.rules.onboarding_events import Event
from models.rules.onboarding_facts import Decision, StepFacts, StepState
from models.rules.roles import Role

__all__ = ["COACH", "Line", "Message", "Play", "State", "Timer"]

COACH = "coach-1"


class Play(JourneyStore):
    """One journey as its database would keep it, and the time that passes."""

    def tell(self, event: Event, *, by: str = COACH) -> Decision | Refusal:
        """Let something happen now; a refusal changes nothing."""
        return super().tell(event, by=by)

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

    def _next_moment(self) -> datetime | None:
        timers = (timer.due_at for timer in self.timers.values() if not timer.is_held)
        messages = (message.due_at for message in self.messages.values() if message.state is State.QUEUED)
        return min((*timers, *messages), default=None)
