"""One simulated practice: the journey's own rules decide, and everybody who is asked for something acts in turn."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from deployments.capacity.enrolling import Enrolling
from deployments.capacity.invented import ENDS_EARLY, PAUSES, Invented
from deployments.capacity.stage import Stage
from deployments.capacity.wanted import minutes_of
from deployments.histories.journey_store import JourneyStore, Line, State
from models.rules.calendars import local_day
from models.rules.decisions import Ask, Effect, Note, Refusal, Release, Say, SetTimer
from models.rules.messages import CATALOGUE
from models.rules.onboarding import ItemKind
from models.rules.onboarding_draft import call_subject
from models.rules.onboarding_events import (
    AnswerQuestions,
    Begin,
    Cancel,
    CompleteItem,
    ConfirmFirstClaims,
    Due,
    EstablishCustomerId,
    Event,
    Graduate,
    Pause,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordFirstEra,
    RegisterForTraining,
    Resume,
    SignAgreement,
)
from models.rules.onboarding_facts import (
    SETTLED,
    CallFacts,
    CallKey,
    CallOutcome,
    CallState,
    Decision,
    DocumentOutcome,
    ItemState,
    Journey,
    JourneyStatus,
    Reason,
    RegistrationFacts,
    StepState,
    TrainingKey,
    TrainingState,
)
from models.rules.roles import Role

SETTLED_BY_THEMSELVES: Final = frozenset({"first_claim.told", "application.register_team"})
NEED_SESSIONS: Final = (RegisterForTraining, RecordAttendance, Resume)
MISSES_CALL, MISSES_TRAINING, UNREADABLE = 0.06, 0.08, 0.08
ANSWERS: Final[dict[str, str | int | bool]] = {"providers": 2, "uses_ehr": True}
WATCHED: Final = (18, 24)
"""Business days for which a practice is watched before it graduates."""
FIRST_CLAIMS: Final = (2, 6)
FIRST_PAYMENT: Final = (5, 15)
"""Business days from go-live to the first claims, and from these to the first ERA."""
HANDOVER: Final = "graduation.handover"


class Practice(JourneyStore):
    """One practice from its agreement on."""

    def __init__(self, invented: Invented, stage: Stage) -> None:
        super().__init__(invented.journey, as_of=invented.starts_at)
        self.invented, self.stage = invented, stage
        self.enrolling = Enrolling(invented, stage, self)
        self.coach = stage.coach_of(invented.number)
        self.pauses: list[tuple[datetime, datetime]] = []
        self.live_at: datetime | None = None
        self.ended_at: datetime | None = None
        self._parked: list[Event] = []
        self._rejected: set[str] = set()
        self._is_graduating = False
        stage.at(invented.starts_at, partial(self.do, Begin("standard")))
        self._interrupt()

    def _interrupt(self) -> None:
        """Let a few practices pause for some weeks, and a few leave."""
        begins, of = self.invented.starts_at, self.invented.between
        if self.invented.of("pauses") < PAUSES:
            paused_at = begins + timedelta(days=of("pause", 10, 80), hours=1)
            self.stage.at(paused_at, partial(self.do, Pause(Reason.PRACTICE_ASKED)))
            self.stage.at(paused_at + timedelta(days=of("resume", 14, 45)), partial(self.do, Resume()))
        if self.invented.of("leaves") < ENDS_EARLY:
            self.stage.at(
                begins + timedelta(days=of("leave", 10, 120)), partial(self.do, Cancel(Reason.AGREEMENT_ENDED))
            )

    def do(self, event: Event) -> Decision | Refusal:
        """Let somebody record something; what comes while the journey is paused waits for it to go on."""
        self.now = self.stage.now
        told = self.tell(event, by="staff")
        if isinstance(told, Refusal) and told.code == "paused":
            self._parked.append(event)
        return told

    def hear(self, notes: Iterable[Note]) -> None:
        """Keep what happens to enrollments in the same history."""
        self.history += [Line(self.stage.now, "staff", note) for note in notes]

    def tell_together(self, events: Iterable[Event], *, by: str) -> int:
        """Hear what became of enrollments."""
        self.now = self.stage.now
        return super().tell_together(events, by=by)

    def _known(self, event: Event | None) -> Journey:
        """Load what this event needs: sessions where somebody is placed, and the other calls of a shared coach."""
        sessions = self.stage.sessions() if isinstance(event, NEED_SESSIONS) else ()
        busy = self.stage.calls_of(self.coach)
        if not sessions and not busy:
            return self.journey
        return replace(self.journey, sessions=sessions, busy=busy)

    def apply(self, decision: Decision, *, by: str) -> None:
        """Write down what was decided, and let everybody act upon what it asks of them."""
        super().apply(decision, by=by)
        for effect in decision.effects:
            self._plan(effect)
        for key, call in decision.calls.items():
            self.stage.note_call(self.coach, (self.invented.number, call_subject(key)), call)
        for item, facts in decision.items.items():
            if facts.state is ItemState.OPEN and self.journey.template.items[item].kind is ItemKind.FACT:
                self._await_fact(item)
        for place, booked in decision.training.items():
            self._await_training(place, booked)
        if decision.journey:
            self._follow_status(decision.journey)
        if decision.items and not self._is_graduating:
            self._perhaps_graduate()

    def _plan(self, effect: Effect) -> None:
        match effect:
            case SetTimer():
                self.stage.at(effect.due_at, partial(self._ring, effect))
            case Say():
                self.stage.at(effect.not_before or self.stage.now, partial(self._send, effect.key))
            case Ask():
                self._ask(effect)
            case Release():
                self._go_on()

    def _ring(self, effect: SetTimer) -> None:
        key = (effect.kind, effect.subject)
        timer = self.timers.get(key)
        if timer is not None and timer.set_as is effect and not timer.is_held and timer.due_at <= self.stage.now:
            self.now = self.stage.now
            self.fire(key)

    def _send(self, key: str) -> None:
        """Send one message, once; a message that completes an item is reported back."""
        message = self.messages[key]
        if message.state is not State.QUEUED:
            return
        self.now = self.stage.now
        message.state, message.since = State.SENT, self.now
        self.stage.tally.messages[self.stage.week, message.say.kind] += 1
        if completes := CATALOGUE[message.say.kind].completes:
            self._follow(Due("message_sent", self.now, completes))

    def _go_on(self) -> None:
        """Let everything go on that stood still while the journey was paused."""
        for timer in self.timers.values():
            self.stage.at(timer.due_at, partial(self._ring, timer.set_as))
        for key, message in self.messages.items():
            if message.state is State.QUEUED:
                self.stage.at(message.due_at, partial(self._send, key))
        parked, self._parked = self._parked, []
        for event in parked:
            self.stage.at(self.stage.now, partial(self.do, event))

    def _follow_status(self, changed: Mapping[str, object]) -> None:
        if "went_live_on" in changed:
            self.live_at = self.stage.now
            self.stage.at(self.stage.now + timedelta(days=2), self.enrolling.go_live)
        status = changed.get("status")
        if status is JourneyStatus.PAUSED:
            self.pauses.append((self.stage.now, self.stage.wanted.until))
        elif status is JourneyStatus.ACTIVE:
            self.pauses[-1] = (self.pauses[-1][0], self.stage.now)
        elif status is not None:
            self.ended_at = self.stage.now
            self.enrolling.is_over = status is JourneyStatus.CANCELLED

    def _ask(self, ask: Ask) -> None:
        """Let whoever is asked act: each kind of work item has its way of being done."""
        word = ask.key.partition(":")[0]
        if word in ("call", "record.call"):
            self._await_call(ask.key.removeprefix("record."), ask.due_at if word == "call" else None)
        elif ask.key.startswith("check."):
            self._work(ask, partial(self._check, ask.key.removeprefix("check.")))
        elif ask.key.startswith("document."):
            self._soon(ask.key, *self.invented.pace, RecordDocument(ask.key, DocumentOutcome.RECEIVED))
        elif ask.key == "handoff.trainings":
            self._work(ask, partial(self.do, RegisterForTraining()))
        elif ask.key == "enrollments.begun":
            self._work(ask, self.enrolling.begin)
        elif ask.key in self.journey.template.items:
            self._task(ask)
        elif ask.key.partition(".")[0] in ("late", "silent", "propose_pause"):
            self._work(ask, lambda: None)

    def _task(self, ask: Ask) -> None:
        if ask.key in SETTLED_BY_THEMSELVES:
            return
        done = partial(self.do, CompleteItem(ask.key))
        self._work(ask, done, days=WATCHED if ask.key.startswith("graduation.") else (0, 1))

    def _work(self, ask: Ask, done: Callable[[], object], *, days: tuple[int, int] = (0, 1)) -> None:
        """Let one of ours take it up within some business days, once it is its turn."""
        taken_up = self._later(f"work {ask.key}", *days)
        self.stage.at(taken_up, partial(self._take_up, ask, done))

    def _take_up(self, ask: Ask, done: Callable[[], object]) -> None:
        self.stage.work(ask.role, self.invented.number, minutes_of(ask.key), done)

    def _soon(self, name: str, low: int, high: int, event: Event) -> None:
        self.stage.at(self._later(name, low, high), partial(self.do, event))

    def _later(self, name: str, low: int, high: int) -> datetime:
        return self.invented.in_business_days(f"{name} {self.journey.version}", low, high, since=self.stage.now)

    def _check(self, document: str) -> None:
        """Look at a document; now and then the first one cannot be read."""
        is_unreadable = self.invented.of(f"unreadable {document}") < UNREADABLE
        if is_unreadable and document not in self._rejected:
            self._rejected.add(document)
            self.do(RecordDocument(document, DocumentOutcome.REJECTED, Reason.UNREADABLE))
        else:
            self.do(RecordDocument(document, DocumentOutcome.ACCEPTED))

    def _await_call(self, subject: str, over_at: datetime | None) -> None:
        _, name, number = subject.split(":")
        key = (name, int(number))
        at = self._later(f"record {subject}", 1, 1) if over_at is None else over_at
        self.stage.at(at, partial(self._record_call, key))

    def _record_call(self, key: CallKey) -> None:
        """Hold a call whose time is over; a few practices miss it, and what it needs must be done before."""
        call = self.journey.calls.get(key)
        if call is None or call.state is not CallState.SCHEDULED or _ends(call) > self.stage.now:
            return
        misses = self.invented.of(f"misses {key} {call.sequence}") < MISSES_CALL
        told = self.do(RecordCall(key[0], CallOutcome.NO_SHOW if misses else CallOutcome.HELD))
        if isinstance(told, Refusal):
            self.stage.at(self._later(f"again {key}", 1, 1), partial(self._record_call, key))
        else:
            self.stage.spend(self.journey.template.calls[key[0]].led_by, self.invented.number, call.minutes)

    def _await_fact(self, item: str) -> None:
        """Let the world do what an item waits for that nobody is asked for."""
        match item:
            case "agreement.signed":
                at = self._later(item, 1, 3)
                self.stage.at(at, partial(self.do, SignAgreement(local_day(at, self.journey.zone))))
            case "welcome.questions":
                self._soon(item, *self.invented.pace, AnswerQuestions(ANSWERS))
            case "welcome.customer_id":
                self._work(
                    Ask(item, Role.SUCCESS_COACH), partial(self.do, EstablishCustomerId(100_000 + self.invented.number))
                )
            case "first_claim.received":
                self._soon(item, *FIRST_CLAIMS, ConfirmFirstClaims(received=True, submitted=True))
            case "payments.first_era":
                at = self._later(item, *FIRST_PAYMENT)
                self.stage.at(at, partial(self.do, RecordFirstEra(local_day(at, self.journey.zone))))

    def _await_training(self, place: TrainingKey, booked: RegistrationFacts) -> None:
        if booked.state is not TrainingState.REGISTERED or booked.starts_at is None:
            return
        over_at = booked.starts_at + timedelta(minutes=50)
        self.stage.at(over_at, partial(self._attend, place, booked.sequence))

    def _attend(self, place: TrainingKey, sequence: int) -> None:
        booked = self.journey.training[place]
        if booked.state is not TrainingState.REGISTERED or booked.sequence != sequence:
            return
        self.stage.tally.seats[self.stage.week] += 1
        attended = self.invented.of(f"misses {place} {sequence}") >= MISSES_TRAINING
        self.do(RecordAttendance(*place, attended=attended))

    def _perhaps_graduate(self) -> None:
        """Let the coach hand the account over once nothing else is left to be done."""
        step = self.journey.steps.get("graduation")
        if step is None or step.state is not StepState.OPEN:
            return
        left = (key for key, facts in self.journey.items.items() if facts.state not in SETTLED)
        if all(key == HANDOVER for key in left):
            self._is_graduating = True
            self._work(Ask(HANDOVER, Role.SUCCESS_COACH), self._graduate)

    def _graduate(self) -> None:
        self._is_graduating = False
        self.do(Graduate())


def _ends(call: CallFacts) -> datetime:
    return call.starts_at + timedelta(minutes=call.minutes)
