"""A simulated half-year: a virtual clock, invented people who act, and the product's own rules, store and delivery."""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from models.db import read, transaction
from models.rules.calendars import Calendar, add_business_days, local_day, local_moment
from models.rules.decisions import Refusal
from models.rules.onboarding import ItemKind
from models.rules.onboarding_events import (
    AnswerQuestions,
    CompleteItem,
    ConfirmFirstClaims,
    EstablishCustomerId,
    Event,
    Graduate,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordEnrollment,
    RecordFirstEra,
    RegisterForTraining,
    RescheduleTraining,
    SignAgreement,
)
from models.rules.onboarding_facts import (
    CallOutcome,
    CallState,
    DocumentOutcome,
    EnrollmentOutcome,
    ItemState,
    Journey,
    JourneyStatus,
    Reason,
    StepFacts,
    StepState,
    TrainingState,
)
from models.rules.onboarding_sessions import plan_sessions
from models.store import messages, onboarding, onboarding_changes, timers, training
from models.store.onboarding_changes import Command
from tasks import messages as delivery
from tasks import onboarding as sweeps

DAYS = {"medicare": (30, 38, 45)}
ANY_PAYER = (30, 90, 160)
SETTLED_BY_THEMSELVES = ("first_claim.told", "handoff.trainings", "application.register_team")
Plan = tuple[datetime, str, Event]


@dataclass(slots=True)
class Simulation:
    """One journey played against a virtual clock; the same seed gives the same half-year."""

    journey_id: int
    seed: int
    now: datetime
    until: datetime
    on_day: Callable[[datetime], None] = lambda _: None
    counts: Counter[str] = field(default_factory=Counter)
    _chance: random.Random = field(init=False)
    _planned: set[str] = field(default_factory=set)
    _agenda: list[tuple[datetime, int, str, Event]] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        """Seed the one source of chance."""
        self._chance = random.Random(self.seed)  # noqa: S311 - a simulation, not a secret

    def play(self) -> Counter[str]:
        """Let people, time and mail act in turn until graduation or the end of the time."""
        while self.now < self.until:
            self._drain()
            journey = self._journey()
            if journey.status is not JourneyStatus.ACTIVE:
                break
            for at, name, event in self._plans(journey):
                self._plan(at, name, event)
            self._step()
        self._drain()
        return self.counts

    def _journey(self) -> Journey:
        return read(lambda session: onboarding.load_journey(session, self.journey_id, as_of=self.now))

    def _drain(self) -> None:
        """Do what the standing dispatch does, at the virtual moment."""
        for size in sweeps.batches_of_journeys(as_of=self.now, limit=10_000):
            self.counts.update({"timers": sum(sweeps.advance_journeys.fn(size, as_of=self.now).values())})
        for claim in sweeps.claims_of_whole_journeys(as_of=self.now, limit=10_000):
            self.counts.update({"timers": sum(sweeps.advance_whole_journeys.fn(claim, as_of=self.now).values())})
        for claim in delivery.claims_of_messages(as_of=self.now, limit=10_000):
            self.counts.update(
                {f"messages {k}": n for k, n in delivery.deliver_messages.fn(claim, as_of=self.now).items()}
            )

    def _step(self) -> None:
        """Go to whatever comes next: a person's act, a due timer, a due message, or tomorrow."""
        due = read(lambda session: (timers.next_due(session), messages.next_due(session)))
        tomorrow = datetime.combine(self.now.date() + timedelta(days=1), time(0), tzinfo=UTC)
        nexts = [tomorrow, *(moment for moment in due if moment is not None)]
        if self._agenda:
            nexts.append(self._agenda[0][0])
        before = self.now
        self.now = max(min(nexts), self.now)
        if self.now.date() != before.date():
            self.on_day(self.now)
            self._plan_sessions()
        while self._agenda and self._agenda[0][0] <= self.now:
            self._act(*heapq.heappop(self._agenda)[2:])

    def _plan_sessions(self) -> None:
        if self.now.weekday() == 0:
            transaction(lambda session: training.add_sessions(session, plan_sessions(as_of=self.now)))

    def _act(self, name: str, event: Event) -> None:
        command = Command(self.journey_id, event, _actor(event), f"simulated:{name}")
        done = transaction(lambda session: onboarding_changes.carry_out_command(session, command, as_of=self.now))
        self.counts[f"refused: {done.sentence}" if isinstance(done, Refusal) else "acts of people"] += 1
        if isinstance(done, Refusal):
            self._planned.discard(name)

    def _plan(self, at: datetime, name: str, event: Event) -> None:
        if name not in self._planned:
            self._planned.add(name)
            self._number += 1
            heapq.heappush(self._agenda, (max(at, self.now), self._number, name, event))

    def _in_business_days(self, journey: Journey, low: int, high: int) -> datetime:
        day = add_business_days(local_day(self.now, journey.zone), self._chance.randint(low, high), Calendar.GOVERNMENT)
        return local_moment(day, time(self._chance.randint(9, 16), self._chance.choice((5, 20, 35, 50))), journey.zone)

    def _plans(self, journey: Journey) -> Iterator[Plan]:
        """Say what people will do about everything that is open now; what was planned before stays planned."""
        yield from self._plan_calls(journey)
        yield from self._plan_items(journey)
        yield from self._plan_training(journey)
        yield from self._plan_payers(journey)
        yield from self._plan_milestones(journey)

    def _plan_calls(self, journey: Journey) -> Iterator[Plan]:
        for (call, number), facts in journey.calls.items():
            if facts.state is CallState.SCHEDULED:
                missed = facts.sequence == 0 and call == "application"
                outcome = CallOutcome.NO_SHOW if missed else CallOutcome.HELD
                ends_at = facts.starts_at + timedelta(minutes=facts.minutes)
                yield ends_at, f"call {call} {number} {facts.sequence}", RecordCall(call, outcome)

    def _plan_items(self, journey: Journey) -> Iterator[Plan]:
        for key, facts in journey.items.items():
            item = journey.template.items[key]
            if item.kind is ItemKind.DOCUMENT:
                yield from self._plan_document(journey, key, facts.state)
            elif facts.state is ItemState.OPEN and item.kind is ItemKind.TASK and key not in SETTLED_BY_THEMSELVES:
                yield self._in_business_days(journey, *_pace(key)), f"complete {key}", CompleteItem(key)
            elif key == "agreement.signed" and facts.state is ItemState.OPEN:
                signed = self._in_business_days(journey, 1, 3)
                yield signed, key, SignAgreement(local_day(signed, journey.zone))

    def _plan_document(self, journey: Journey, key: str, state: ItemState) -> Iterator[Plan]:
        """The superbill keeps everybody waiting, and the bank letter cannot be read the first time."""
        if state in (ItemState.OPEN, ItemState.REJECTED):
            days = (12, 12) if key == "document.superbill" else (1, 6)
            yield (
                self._in_business_days(journey, *days),
                f"{state} {key}",
                RecordDocument(key, DocumentOutcome.RECEIVED),
            )
        if state is ItemState.RECEIVED:
            again = f"reject {key}" in self._planned
            if key == "document.bank_letter" and not again:
                rejected = RecordDocument(key, DocumentOutcome.REJECTED, Reason.UNREADABLE)
                yield self._in_business_days(journey, 0, 1), f"reject {key}", rejected
            elif key != "document.bank_letter" or f"rejected {key}" in self._planned:
                yield (
                    self._in_business_days(journey, 0, 1),
                    f"accept {key}",
                    RecordDocument(key, DocumentOutcome.ACCEPTED),
                )

    def _plan_training(self, journey: Journey) -> Iterator[Plan]:
        if "handoff.trainings" in journey.items:
            yield self._in_business_days(journey, 0, 1), "register", RegisterForTraining()
        for (person, topic), place in journey.training.items():
            if place.state is not TrainingState.REGISTERED or place.starts_at is None:
                continue
            if topic == "reports" and place.sequence == 0:
                yield place.starts_at - timedelta(hours=20), f"conflict {person}", RescheduleTraining(person, topic)
            else:
                over = place.starts_at + timedelta(minutes=50)
                yield over, f"attend {person} {topic} {place.sequence}", RecordAttendance(person, topic, attended=True)

    def _plan_payers(self, journey: Journey) -> Iterator[Plan]:
        if journey.steps.get("enrollments", StepFacts()).state is StepState.CLOSED:
            return
        for payer in journey.payers:
            low, typical, high = DAYS.get(payer.key, ANY_PAYER)
            for transaction_kind in payer.transactions:
                days = self._chance.triangular(low, high, typical)
                name = f"enrollment {payer.key} {transaction_kind}"
                event = RecordEnrollment(payer.key, transaction_kind, EnrollmentOutcome.FINALISED)
                yield self.now + timedelta(days=days), name, event

    def _plan_milestones(self, journey: Journey) -> Iterator[Plan]:
        items = journey.items
        if _is_open(items, "welcome.questions") and _is_done(items, "welcome.held"):
            answers: dict[str, str | int | bool] = {
                "specialty": "family_medicine",
                "providers": 2,
                "claims_per_month": 545,
                "uses_ehr": True,
            }
            yield self._in_business_days(journey, 0, 0), "questions", AnswerQuestions(answers)
        if _is_open(items, "welcome.customer_id"):
            yield self._in_business_days(journey, 1, 2), "customer", EstablishCustomerId(104_731)
        if _is_open(items, "first_claim.received"):
            yield self._in_business_days(journey, 2, 3), "received", ConfirmFirstClaims(received=True, submitted=False)
            yield self._in_business_days(journey, 4, 5), "submitted", ConfirmFirstClaims(received=True, submitted=True)
        if _is_open(items, "payments.first_era"):
            posted = self._in_business_days(journey, 5, 7)
            yield posted, "first era", RecordFirstEra(local_day(posted, journey.zone))
        gates = ("graduation.claims", "graduation.reimbursements", "graduation.review", "graduation.one_week")
        if all(_is_done(items, gate) for gate in gates):
            yield self._in_business_days(journey, 1, 2), f"graduate {self.now.date()}", Graduate()


def _pace(item: str) -> tuple[int, int]:
    """Say how many business days a task takes; a practice is watched for a month before it graduates."""
    if item.startswith("graduation."):
        return (18, 24)
    return (0, 1) if item.startswith("welcome.") else (1, 4)


def _is_open(items: object, key: str) -> bool:
    return isinstance(items, dict) and key in items and items[key].state is ItemState.OPEN


def _is_done(items: object, key: str) -> bool:
    return isinstance(items, dict) and key in items and items[key].state in (ItemState.DONE, ItemState.SKIPPED)


def _actor(event: Event) -> str:
    match event:
        case SignAgreement():
            return "sales-1"
        case RecordEnrollment():
            return "enroll-1"
        case RecordFirstEra():
            return "poster-1"
        case _:
            return "coach-1"
