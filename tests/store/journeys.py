"""One invented practice, and the few moves with which tests of the store play its journey."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.intake import Intake, parse_intake
from models.rules.decisions import Refusal, SetTimer
from models.rules.messages import CATALOGUE
from models.rules.onboarding import DOCUMENTS, TOPICS, ItemKind
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
    SignAgreement,
)
from models.rules.onboarding_facts import (
    CallOutcome,
    DocumentOutcome,
    EnrollmentOutcome,
    ItemState,
    Journey,
    Transaction,
)
from models.store import messages, onboarding, practices
from models.store.effects import Outcome as Written
from models.store.effects import carry_out
from models.store.messages import Outcome
from models.store.onboarding_changes import Command, Recorded, begin_journey, carry_out_command
from models.store.onboarding_sweep import claim_heavy, fire_heavy, fire_light, is_light_due
from models.tables.base import new_id
from models.tables.messages import MessageState
from models.tables.onboarding import TrainingSession
from tests.scenes import kept, light

MONDAY = datetime(2026, 6, 1, 15, tzinfo=UTC)
SIGNED = SignAgreement(MONDAY.date())
INTAKE = """
key: {key}
name: Maple Street Family Medicine
time_zone: America/New_York
people:
  - {{key: p1, name: Ana Example, email: ana@example.com, is_primary_contact: true}}
  - {{key: t1, name: Tom Example, email: tom@example.com, is_trainee: true}}
team:
  - {{key: coach-1, name: Cora Coach, email: cora@example.com, role: success_coach}}
  - {{key: sales-1, name: Sal Sales, email: sal@example.com, role: sales_representative}}
  - {{key: coord-1, name: Cor Dinate, email: cor@example.com, role: success_coordinator}}
  - {{key: bill-1, name: Bill Billing, email: bill@example.com, role: billing_team}}
locations: [{{key: main, name: Main, city: Albany, state: NY, postal_code: "12207"}}]
providers: [{{npi: "1234567893", name: Dr Example}}]
payers: [{{key: medicare, name: Medicare, expected_claims_per_month: 100, transactions: [claims, era]}}]
"""
PAYER = "medicare"


def intake(key: str = "maple") -> Intake:
    return parse_intake(INTAKE.format(key=key), file="maple.yaml")


@dataclass(slots=True)
class Play:
    """One journey in a database, with a clock that only moves when told."""

    db: Database
    journey_id: int
    practice_id: int
    now: datetime = MONDAY
    numbers: Iterator[int] = field(default_factory=count)

    def do(self, event: Event, *, key: str = "", by: str = "coach-1") -> Recorded | Refusal:
        command = Command(self.journey_id, event, by, key or f"command-{next(self.numbers)}")
        return self.db.transaction(lambda s: carry_out_command(s, command, as_of=self.now))

    def must(self, *wanted: Event) -> None:
        for event in wanted:
            done = self.do(event)
            assert isinstance(done, Recorded), (event, done)

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def look(self) -> Journey:
        return self.db.read(lambda s: onboarding.load_journey(s, self.journey_id, as_of=self.now))

    def sweep(self) -> list[str]:
        """Fire everything that is due; give the kinds."""
        return sweep(self.db, as_of=self.now)

    def send(self) -> list[messages.ClaimedMessage]:
        """Deliver everything that is due to nobody in particular."""
        claim = self.db.transaction(lambda s: messages.claim_due(s, as_of=self.now, limit=500))
        mine = self.db.read(lambda s: messages.claimed(s, claim))

        def settle(s: Session) -> None:
            for one in mine:
                assert messages.mark_sending(s, [one.id], fence=claim.fence, as_of=self.now)
                assert messages.record_outcomes(s, {one.id: SENT}, fence=claim.fence, as_of=self.now)

        self.db.transaction(settle)
        return mine

    def deliver(self) -> None:
        """Deliver everything and let what was delivered complete its items, as delivery does."""
        for one in self.send():
            if completes := CATALOGUE[one.kind].completes:
                timer = Written(
                    one.practice_id,
                    one.process,
                    one.process_id,
                    f"sent:{one.id}",
                    "golive",
                    (),
                    (SetTimer("message_sent", self.now, completes),),
                )
                self.db.transaction(lambda s, timer=timer: carry_out(s, [timer], as_of=self.now))  # type: ignore[misc]
        self.sweep()


SENT = Outcome(MessageState.SENT, "accepted", "reference")


def sweep(db: Database, *, as_of: datetime, limit: int = 100) -> list[str]:
    kinds = list[str]()
    while db.transaction(lambda s: is_light_due(s, as_of=as_of)):
        kinds += sorted(db.transaction(partial(fire_light, as_of=as_of, limit=limit)).elements())
    while heavy := db.transaction(lambda s: claim_heavy(s, as_of=as_of, limit=limit)):
        kinds += [db.transaction(partial(fire_heavy, claim=heavy, timer=one, as_of=as_of)) for one in heavy.ids]
    return kinds


@kept
def begun(db: Database, key: str = "maple", *, as_of: datetime = MONDAY) -> Play:
    """Register a practice and begin its journey."""
    wanted = intake(key)

    def begin(session: Session) -> tuple[int, int]:
        practices.register_staff(session, wanted.team, as_of=as_of)
        practice = practices.register_practice(session, wanted, as_of=as_of)
        return begin_journey(session, practice.id, wanted, by="sales-1", key="begin", as_of=as_of), practice.id

    return Play(db, *db.transaction(begin), now=as_of)


@light
def plan_sessions(db: Database, *, seats: int = 10, days: Iterable[int] = (30,), start: datetime = MONDAY) -> None:
    """Plan one session of every topic on each of these days from the start."""
    rows = [
        {"id": new_id(), "topic": topic.key, "starts_at": start + timedelta(days=day), "minutes": 45, "seats": seats}
        for topic in TOPICS
        for day in days
    ]
    db.transaction(lambda s: s.execute(insert(TrainingSession), rows))


HELD = CallOutcome.HELD


def until_handoff(play: Play) -> None:
    """Play from the agreement until the Handoff Call was held."""
    play.must(SIGNED)
    play.later(days=1)
    play.must(AnswerQuestions({"providers": 2}), EstablishCustomerId(4711))
    play.must(CompleteItem("welcome.preparation"), CompleteItem("welcome.handoff_agenda"))
    play.must(RecordCall("welcome", HELD))
    play.later(days=3)
    play.must(RecordCall("handoff", HELD))


def until_go_live(play: Play) -> None:
    """Play on until the practice is live."""
    plan_sessions(play.db, days=(30,))
    play.must(RegisterForTraining())
    play.later(days=3)
    play.must(RecordCall("application", HELD))
    play.later(days=3)
    play.must(RecordCall("billing_rules", HELD))
    play.later(days=30)
    play.must(*(RecordAttendance("t1", topic.key, attended=True) for topic in TOPICS))
    for kind in (Transaction.CLAIMS, Transaction.ERA):
        play.must(RecordEnrollment(PAYER, kind, EnrollmentOutcome.FINALISED))
    complete_tasks(play)


def until_graduation(play: Play) -> None:
    """Play on from go-live until the account is handed over."""
    play.deliver()
    play.must(ConfirmFirstClaims(received=True, submitted=True))
    play.later(days=8)
    play.must(RecordCall("one_week", HELD), RecordFirstEra(date(2026, 7, 14)))
    complete_tasks(play)
    for document in DOCUMENTS:
        play.must(RecordDocument(document.key, DocumentOutcome.ACCEPTED))
    complete_tasks(play)
    play.must(Graduate())


def complete_tasks(play: Play) -> None:
    """Tick off every open task."""
    journey = play.look()
    for key, facts in journey.items.items():
        if facts.state is ItemState.OPEN and journey.template.items[key].kind is ItemKind.TASK:
            play.must(CompleteItem(key))
