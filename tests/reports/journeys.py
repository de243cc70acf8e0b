"""Journeys to report about: one practice, told event by event."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.intake import Intake
from models.rules.decisions import Refusal
from models.rules.onboarding import TOPICS
from models.rules.onboarding_events import (
    AnswerQuestions,
    CompleteItem,
    ConfirmFirstClaims,
    EstablishCustomerId,
    Event,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordEnrollment,
    RegisterForTraining,
    SignAgreement,
)
from models.rules.onboarding_facts import (
    CallOutcome,
    DocumentOutcome,
    EnrollmentOutcome,
    Reason,
    Transaction,
)
from models.rules.roles import Role
from models.store import onboarding_changes, practices
from models.tables.onboarding import TrainingSession
from tests.scenes import light

BEGIN = datetime(2026, 10, 26, 15, tzinfo=UTC)
PEOPLE = ("Ana Example", "Tom Example", "Uma Example")
STAFF = ("Cora Coach", "Sal Sales", "Kim Kind", "Eli Enroll", "Bill Billing")


def intake(key: str = "maple", **changes: object) -> Intake:
    """Give the intake of an invented practice."""
    given: dict[str, object] = {
        "key": key,
        "name": "Maple Street Family Medicine",
        "time_zone": "America/New_York",
        "target_date": date(2026, 12, 17),
        "people": [
            {"key": "p1", "name": PEOPLE[0], "email": f"ana@{key}.example.com", "is_primary_contact": True},
            {"key": "t1", "name": PEOPLE[1], "email": f"tom@{key}.example.com", "is_trainee": True},
            {"key": "t2", "name": PEOPLE[2], "email": f"uma@{key}.example.com", "is_trainee": True},
        ],
        "team": [
            {"key": f"staff-{number}", "name": name, "email": f"staff-{number}@example.com", "role": role}
            for number, (name, role) in enumerate(
                zip(
                    STAFF,
                    (
                        Role.SUCCESS_COACH,
                        Role.SALES_REPRESENTATIVE,
                        Role.SUCCESS_COORDINATOR,
                        Role.ENROLLMENTS_REPRESENTATIVE,
                        Role.BILLING_TEAM,
                    ),
                    strict=True,
                ),
                start=1,
            )
        ],
        "locations": [{"key": "main", "name": "Main", "city": "Albany", "state": "NY", "postal_code": "12207"}],
        "providers": [{"npi": "1234567893", "name": "Dr Example"}],
        "payers": [
            {"key": "medicare", "name": "Medicare", "expected_claims_per_month": 240},
            {"key": "aetna", "name": "Aetna", "expected_claims_per_month": 160},
            {"key": "cigna", "name": "Cigna", "expected_claims_per_month": 60},
            {"key": "humana", "name": "Humana", "expected_claims_per_month": 20},
        ],
    }
    return Intake.model_validate(given | changes)


@dataclass
class Story:
    """One journey and the moment that it has reached."""

    db: Database
    intake: Intake
    now: datetime = BEGIN
    id: int = 0
    _told: int = field(default=0)

    def __post_init__(self) -> None:
        self.id = self.db.transaction(self._begun)

    def _begun(self, session: Session) -> int:
        practices.register_staff(session, self.intake.team, as_of=self.now)
        practice = practices.register_practice(session, self.intake, as_of=self.now)
        return onboarding_changes.begin_journey(
            session, practice.id, self.intake, by="staff-2", key="begin", as_of=self.now
        )

    def after(self, days: float) -> "Story":
        """Let time pass."""
        self.now += timedelta(days=days)
        return self

    def tell(self, *events: Event) -> "Story":
        """Record what happened; a refusal is a mistake of the test."""
        for event in events:
            self._told += 1
            self._record(onboarding_changes.Command(self.id, event, "staff-1", f"k{self._told}"))
        return self

    def _record(self, command: onboarding_changes.Command) -> None:
        answer = self.db.transaction(
            lambda session: onboarding_changes.carry_out_command(session, command, as_of=self.now)
        )
        assert not isinstance(answer, Refusal), answer.sentence


@light
def plan_sessions(db: Database) -> None:
    """Plan a session of every topic for each of the next weeks."""

    def plan(session: Session) -> None:
        for number, topic in enumerate(TOPICS):
            for week in range(1, 20):
                starts_at = BEGIN + timedelta(days=7 * week, hours=number % 4, minutes=1)
                session.add(TrainingSession(topic=topic.key, starts_at=starts_at, minutes=45, seats=50))

    db.transaction(plan)


def in_welcome(story: Story) -> Story:
    """Sign the agreement."""
    return story.tell(SignAgreement(story.now.date()))


def after_handoff(story: Story) -> Story:
    """Go on until the Handoff Call was held."""
    in_welcome(story).after(2)
    story.tell(RecordCall("welcome", CallOutcome.HELD), AnswerQuestions({"software": "other"}))
    story.tell(EstablishCustomerId(48213), CompleteItem("welcome.handoff_agenda"))
    story.tell(CompleteItem("welcome.preparation")).after(4)
    return story.tell(RecordCall("handoff", CallOutcome.HELD))


def in_training(story: Story) -> Story:
    """Go on to training and enrollments, with one rejected document and one enrollment in trouble."""
    after_handoff(story).after(1)
    story.tell(RegisterForTraining(), CompleteItem("handoff.account"))
    story.tell(RecordDocument("document.w9", DocumentOutcome.RECEIVED))
    story.tell(RecordDocument("document.w9", DocumentOutcome.REJECTED, Reason.UNREADABLE)).after(2)
    story.tell(RecordCall("application", CallOutcome.HELD)).after(2)
    story.tell(RecordCall("billing_rules", CallOutcome.HELD), CompleteItem("billing_rules.configured")).after(2)
    story.tell(RecordAttendance("t1", "dashboard", attended=True))
    story.tell(RecordEnrollment("medicare", Transaction.CLAIMS, EnrollmentOutcome.FINALISED))
    return story.tell(RecordEnrollment("aetna", Transaction.ERA, EnrollmentOutcome.IN_TROUBLE))


def live(story: Story) -> Story:
    """Go on until the first claims are confirmed."""
    in_training(story).after(10)
    for person in ("t1", "t2"):
        for topic in TOPICS:
            if (person, topic.key) != ("t1", "dashboard"):
                story.tell(RecordAttendance(person, topic.key, attended=True))
    for payer in ("medicare", "aetna", "cigna"):
        for kind in (Transaction.CLAIMS, Transaction.ERA, Transaction.EFT):
            if (payer, kind) != ("medicare", Transaction.CLAIMS):
                story.tell(RecordEnrollment(payer, kind, EnrollmentOutcome.FINALISED))
    return story.tell(CompleteItem("first_claim.told"), ConfirmFirstClaims(received=True, submitted=True))


Chapter = Callable[[Story], Story]
