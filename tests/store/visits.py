"""Makes one appointment with the fact that a test is about, and everything around it that has to be there."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.intake import Intake
from models.rules.appointment_facts import Appointment, Communications
from models.rules.appointment_messages import tell_patient
from models.rules.appointments import Origin, PatientType, Status
from models.rules.decisions import Effect, Process
from models.rules.messages import Channel, MessageKind, Owner
from models.store import practices
from models.store.effects import Outcome, carry_out
from models.store.keys import keys_of
from models.tables.appointments import AppointmentRow, RequestRow
from models.tables.base import new_id
from models.tables.booking import AlertRecipientRow, WidgetRow
from models.tables.patients import PatientRow
from models.tables.practice_systems import MessageOwnerRow, PracticeSystemRow, SystemAccountRow
from models.tables.practices import Location, Provider
from tests.factories import MONDAY, an_intake
from tests.scenes import kept

STARTS_AT = MONDAY + timedelta(days=8)
"""Tuesday, December 1, 2026 at 10:00 in New York."""
OURS = Communications(dict.fromkeys(MessageKind, Owner.GOLIVE), (2880, 120))
PERSON = {"first": "Rosalind", "last": "Quick", "born": "1984-02-29", "phone": "+12025550143", "sex": "female"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment in a database."""

    db: Database
    practice: int
    provider: int
    id: int

    def facts(self, **changes: Any) -> Appointment:
        """Give what the rules know about it."""
        row = self.db.read(lambda s: s.get_one(AppointmentRow, self.id))
        known: dict[str, Any] = {
            name: getattr(row, name)
            for name in ("status", "origin", "patient_type", "starts_at", "ends_at", "requested_at", "is_virtual")
        }
        known |= {"version": row.version, "patient_id": row.patient_id, "intake_forms": row.intake_forms}
        return Appointment(self.id, self.practice, **(known | {"communications": OURS} | changes))

    def tell(self, kind: MessageKind, *, key: str = "", as_of: datetime = MONDAY, **changes: Any) -> None:
        """Queue a message to the patient, as the rules do."""
        said = tell_patient(self.facts(**({"patient_id": 1} | changes)), kind, key=key or "1")
        assert said
        self.carry_out(*said, as_of=as_of)

    def carry_out(self, *effects: Effect, as_of: datetime = MONDAY) -> None:
        """Write the effects of one decision."""
        outcome = Outcome(self.practice, Process.APPOINTMENT, self.id, f"t{new_id()}", "office-1", (), effects)
        self.db.transaction(lambda s: carry_out(s, [outcome], as_of=as_of))

    def change(self, **values: Any) -> None:
        """Change its row."""
        query = update(AppointmentRow).where(AppointmentRow.id == self.id).values(**values)
        self.db.transaction(lambda s: s.execute(query))


@kept
def a_practice(db: Database, intake: Intake | None = None) -> int:
    """Store a practice without any journey."""
    chosen = intake or an_intake()
    return db.transaction(lambda s: practices.register_practice(s, chosen, as_of=MONDAY).id)


@kept
def a_visit(db: Database, practice: int | None = None, **facts: Any) -> Visit:
    """Store an appointment of the practice's provider at its location, without a patient."""
    owner = practice if practice is not None else a_practice(db)

    def store(session: Session) -> Visit:
        provider = session.scalars(select(Provider.id).where(Provider.practice_id == owner)).first()
        location = session.scalars(select(Location.id).where(Location.practice_id == owner)).first()
        row: dict[str, Any] = {
            "id": new_id(),
            "practice_id": owner,
            "status": Status.CONFIRMED,
            "origin": Origin.WIDGET,
            "patient_type": PatientType.NEW,
            "provider_id": provider,
            "location_id": location,
            "starts_at": STARTS_AT,
            "ends_at": STARTS_AT + timedelta(minutes=30),
            "requested_at": MONDAY,
            "reason": "Private matter",
        }
        session.add(AppointmentRow(**(row | facts)))
        assert provider is not None
        return Visit(db, owner, provider, row["id"])

    return db.transaction(store)


def add_patient(visit: Visit, *, email: str = "rosalind@example.com", **facts: Any) -> int:
    """Link a patient record to an appointment."""
    number = new_id()

    def store(session: Session) -> None:
        person = json.dumps(PERSON | {"email": email})
        sealed = keys_of(session, visit.practice).seal(person, table="patients", column="person", row_id=number)
        row: dict[str, Any] = {"origin": Origin.WIDGET, "match_index": "m", "born_index": "b", "created_at": MONDAY}
        session.add(PatientRow(id=number, practice_id=visit.practice, person=sealed, **(row | facts)))

    visit.db.transaction(store)
    visit.change(patient_id=number)
    return number


def add_request(visit: Visit, *, locale: str = "en", email: str = "asked@example.com") -> None:
    """Add what the patient submitted."""

    def store(session: Session) -> None:
        words = json.dumps(PERSON | {"email": email, "first": "Rosie", "notes": "Private words"})
        keys = keys_of(session, visit.practice)
        session.add(
            RequestRow(
                appointment_id=visit.id,
                practice_id=visit.practice,
                submission_key=str(visit.id),
                body_hash="",
                details=keys.seal(words, table="appointment_requests", column="details", row_id=visit.id),
                locale=locale,
                says_new=True,
                terms_version="2026-11",
                terms_accepted_at=MONDAY,
                allows_texts=True,
                requested_starts_at=STARTS_AT,
            )
        )

    visit.db.transaction(store)


def add_recipient(db: Database, practice: int, key: str, channel: Channel, address: str, *, locale: str = "en") -> None:
    """Put somebody on a practice's list for alerts."""
    number = new_id()

    def store(session: Session) -> None:
        sealed = keys_of(session, practice).seal(address, table="alert_recipients", column="address", row_id=number)
        session.add(
            AlertRecipientRow(id=number, practice_id=practice, key=key, channel=channel, address=sealed, locale=locale)
        )

    db.transaction(store)


def add_widget(db: Database, practice: int, **facts: Any) -> None:
    """Give a practice a widget."""
    row = WidgetRow(practice_id=practice, saved_at=MONDAY, **facts)
    db.transaction(lambda s: s.add(row))


def connect_kareo(db: Database, practice: int) -> None:
    """Give a practice an account at Kareo."""
    account = new_id()

    def store(session: Session) -> None:
        login = {"address": "", "customer_key": "", "user": "", "password": ""}
        session.add(SystemAccountRow(id=account, key=f"kareo-{account}", vendor="kareo", counted_at=MONDAY, **login))
        session.flush()
        session.add(PracticeSystemRow(practice_id=practice, vendor="kareo", account_id=account, connected_at=MONDAY))

    db.transaction(store)


def set_owner(db: Database, practice: int, kind: MessageKind, *owners: Owner) -> None:
    """Set who sends a kind of message for a practice."""
    rows = [MessageOwnerRow(practice_id=practice, kind=kind, owner=owner) for owner in owners]
    db.transaction(lambda s: s.add_all(rows))
