"""The people of a simulated journey: calls, tasks, documents, training, and what they record at the milestones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from deployments.simulate import Plan, World
from models.db import transaction
from models.rules.calendars import local_day
from models.rules.decisions import Refusal
from models.rules.onboarding import ItemKind
from models.rules.onboarding_events import (
    AnswerQuestions,
    CompleteItem,
    EstablishCustomerId,
    Event,
    Graduate,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RegisterForTraining,
    RescheduleTraining,
    SettlePaymentIssue,
    SignAgreement,
)
from models.rules.onboarding_facts import (
    CallOutcome,
    CallState,
    DocumentOutcome,
    EnrollmentOutcome,
    ItemFacts,
    ItemState,
    Journey,
    PaymentIssue,
    Reason,
    TrainingState,
    Transaction,
)
from models.store import onboarding_changes
from models.store.onboarding_changes import Command

SETTLED_BY_THEMSELVES = ("first_claim.told", "handoff.trainings", "application.register_team")
GRADUATION_GATES = ("graduation.claims", "graduation.reimbursements", "graduation.review", "graduation.one_week")
ANSWERS: dict[str, str | int | bool] = {
    "specialty": "family_medicine",
    "providers": 2,
    "claims_per_month": 545,
    "uses_ehr": True,
}


@dataclass(slots=True)
class JourneyPeople:
    """Everybody who acts in one journey, on both sides; enrollments are worked by others."""

    world: World
    was_rejected: bool = False

    def plans(self) -> Iterator[Plan]:
        """Say what people will do about everything that is open."""
        journey = self.world.journey
        yield from self._calls(journey)
        yield from self._items(journey)
        yield from self._training(journey)
        yield from self._milestones(journey)
        yield from self._payment_issues(journey)

    def _does(self, at: datetime, name: str, event: Event) -> Plan:
        return Plan(at, name, partial(self._act, name, event))

    def _soon(self, name: str, low: int, high: int, event: Event) -> Plan:
        return self._does(self.world.in_business_days(name, low, high), name, event)

    def _act(self, name: str, event: Event, as_of: datetime) -> str:
        command = Command(self.world.journey_id, event, _actor(event), f"simulated:{name}")
        done = transaction(lambda session: onboarding_changes.carry_out_command(session, command, as_of=as_of))
        return done.sentence if isinstance(done, Refusal) else ""

    def _calls(self, journey: Journey) -> Iterator[Plan]:
        for (call, number), facts in journey.calls.items():
            if facts.state is CallState.SCHEDULED:
                missed = facts.sequence == 0 and call == "application"
                outcome = CallOutcome.NO_SHOW if missed else CallOutcome.HELD
                ends_at = facts.starts_at + timedelta(minutes=facts.minutes)
                yield self._does(ends_at, f"call {call} {number} {facts.sequence}", RecordCall(call, outcome))

    def _items(self, journey: Journey) -> Iterator[Plan]:
        for key, facts in journey.items.items():
            item = journey.template.items[key]
            if item.kind is ItemKind.DOCUMENT:
                yield from self._document(key, facts.state)
            elif facts.state is ItemState.OPEN and item.kind is ItemKind.TASK and key not in SETTLED_BY_THEMSELVES:
                yield self._soon(f"complete {key}", *_pace(key), CompleteItem(key))
            elif key == "agreement.signed" and facts.state is ItemState.OPEN:
                at = self.world.in_business_days(key, 1, 3)
                yield self._does(at, key, SignAgreement(local_day(at, journey.zone)))

    def _document(self, key: str, state: ItemState) -> Iterator[Plan]:
        """The superbill keeps everybody waiting, and the bank letter cannot be read the first time."""
        if state in (ItemState.OPEN, ItemState.REJECTED):
            self.was_rejected |= state is ItemState.REJECTED
            days = (12, 12) if key == "document.superbill" else (1, 6)
            yield self._soon(f"{state} {key}", *days, RecordDocument(key, DocumentOutcome.RECEIVED))
        elif state is ItemState.RECEIVED and key == "document.bank_letter" and not self.was_rejected:
            rejected = RecordDocument(key, DocumentOutcome.REJECTED, Reason.UNREADABLE)
            yield self._soon(f"reject {key}", 0, 1, rejected)
        elif state is ItemState.RECEIVED:
            yield self._soon(f"accept {key}", 0, 1, RecordDocument(key, DocumentOutcome.ACCEPTED))

    def _training(self, journey: Journey) -> Iterator[Plan]:
        if "handoff.trainings" in journey.items:
            yield self._soon("register", 0, 1, RegisterForTraining())
        for (person, topic), place in journey.training.items():
            if place.state is not TrainingState.REGISTERED or place.starts_at is None:
                continue
            if topic == "reports" and place.sequence == 0:
                moved = RescheduleTraining(person, topic)
                yield self._does(place.starts_at - timedelta(hours=20), f"conflict {person}", moved)
            else:
                over = place.starts_at + timedelta(minutes=50)
                came = RecordAttendance(person, topic, attended=True)
                yield self._does(over, f"attend {person} {topic} {place.sequence}", came)

    def _milestones(self, journey: Journey) -> Iterator[Plan]:
        items = journey.items
        if _is_open(items, "welcome.questions") and _is_done(items, "welcome.held"):
            yield self._soon("questions", 0, 0, AnswerQuestions(ANSWERS))
        if _is_open(items, "welcome.customer_id"):
            yield self._soon("customer", 1, 2, EstablishCustomerId(104_731))
        stands_in_the_way = EnrollmentOutcome.IN_TROUBLE in journey.enrollments.values() or any(
            journey.payment_issues.values()
        )
        if not stands_in_the_way and all(_is_done(items, gate) for gate in GRADUATION_GATES):
            yield self._soon(f"graduate {local_day(self.world.now, journey.zone)}", 1, 2, Graduate())

    def _payment_issues(self, journey: Journey) -> Iterator[Plan]:
        """Posters see to what files showed of a payment (O-34); a check that should be EFT ends with its enrollment."""
        for issue, is_open in journey.payment_issues.items():
            payer, _, what = issue.partition(":")
            is_repaired = journey.enrollments.get((payer, Transaction.EFT)) is EnrollmentOutcome.FINALISED
            if is_open and (is_repaired or what != PaymentIssue.CHECK_AFTER_EFT):
                name = f"settle {issue} {local_day(self.world.now, journey.zone):%G-%V}"
                yield self._soon(name, 2, 4, SettlePaymentIssue(payer, PaymentIssue(what)))


def _pace(item: str) -> tuple[int, int]:
    """Say how many business days a task takes; a practice is watched for a month before it graduates."""
    if item.startswith("graduation."):
        return (18, 24)
    return (0, 1) if item.startswith("welcome.") else (1, 4)


def _is_open(items: Mapping[str, ItemFacts], key: str) -> bool:
    return key in items and items[key].state is ItemState.OPEN


def _is_done(items: Mapping[str, ItemFacts], key: str) -> bool:
    return key in items and items[key].state in (ItemState.DONE, ItemState.SKIPPED)


def _actor(event: Event) -> str:
    match event:
        case SignAgreement():
            return "sales-1"
        case SettlePaymentIssue():
            return "poster-1"
        case _:
            return "coach-1"
