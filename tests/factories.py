"""Makes the one fact that a test is about, and everything else that has to be there for it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.intake import Intake
from models.rules.calendars import local_day
from models.rules.decisions import Refusal
from models.rules.onboarding_events import Event, SignAgreement
from models.rules.onboarding_sessions import plan_sessions
from models.store import onboarding_changes, practices, training
from models.store.onboarding_changes import Command, Recorded
from tests.scenes import kept

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""Ten in the morning in New York."""

TEAM = (
    ("sales-1", "sales_representative"),
    ("coach-1", "success_coach"),
    ("coordinator-1", "success_coordinator"),
    ("manager-1", "onboarding_manager"),
    ("enroll-1", "enrollments_representative"),
    ("billing-1", "billing_team"),
    ("trainer-1", "training_team"),
    ("poster-1", "payment_posters"),
)
PAYERS = (("medicare", "Medicare", 90), ("evergreen", "Evergreen Health Plan", 60), ("harbor", "Harbor Mutual", 10))


def an_intake(key: str = "maple-street", *, zone: str = "America/New_York", **changes: object) -> Intake:
    """Give a practice with one office manager, one user to train, the whole team and three payers."""
    facts: dict[str, object] = {
        "key": key,
        "name": "Maple Street Family Medicine",
        "time_zone": zone,
        "people": [
            {"key": "office", "name": "Dana Whitaker", "email": "dana@example.com", "is_primary_contact": True},
            {"key": "desk", "name": "Luis Ortega", "email": "luis@example.com", "locale": "es", "is_trainee": True},
        ],
        "team": [
            {"key": who, "name": f"Staff {who}", "email": f"{who}@golive.example.com", "role": role}
            for who, role in TEAM
        ],
        "locations": [{"key": "main", "name": "Main", "city": "Albany", "state": "NY", "postal_code": "12207"}],
        "providers": [{"npi": "1234567893", "name": "Dr. Avery Stone"}],
        "payers": [
            {"key": payer, "name": name, "expected_claims_per_month": claims, "transactions": ["claims"]}
            for payer, name, claims in PAYERS
        ],
    }
    return Intake.model_validate(facts | changes)


@kept
def a_journey(db: Database, intake: Intake | None = None, *, as_of: datetime = MONDAY) -> int:
    """Store a practice and begin its journey."""
    chosen = intake or an_intake()

    def begin(session: Session) -> int:
        practices.register_staff(session, chosen.team, as_of=as_of)
        practice = practices.register_practice(session, chosen, as_of=as_of)
        training.add_sessions(session, plan_sessions(as_of=as_of))
        return onboarding_changes.begin_journey(
            session,
            practice.id,
            chosen,
            by="sales-1",
            key=f"intake:{chosen.key}",
            as_of=as_of,
        )

    return db.transaction(begin)


def record(
    db: Database, journey: int, event: Event, *, key: str = "", by: str = "coach-1", as_of: datetime = MONDAY
) -> Recorded | Refusal:
    """Carry out one command, with a key of its own unless one is given."""
    command = Command(journey, event, by, key or f"{type(event).__name__}:{hash(repr(event))}:{as_of.isoformat()}")
    return db.transaction(lambda session: onboarding_changes.carry_out_command(session, command, as_of=as_of))


@kept
def a_signed_journey(db: Database, intake: Intake | None = None, *, as_of: datetime = MONDAY) -> int:
    """Begin a journey whose agreement is signed: the welcome and the first invitations are queued."""
    journey = a_journey(db, intake, as_of=as_of)
    signed_on = local_day(as_of, (intake or an_intake()).time_zone)
    done = record(db, journey, SignAgreement(signed_on), as_of=as_of, by="sales-1")
    assert isinstance(done, Recorded)
    return journey


def play(db: Database, journey: int, events: Sequence[Event], *, as_of: datetime = MONDAY) -> None:
    """Carry out commands one after the other; each must be accepted."""
    for number, event in enumerate(events):
        done = record(db, journey, event, key=f"play:{as_of.isoformat()}:{number}:{event!r}"[:150], as_of=as_of)
        assert isinstance(done, Recorded), done
