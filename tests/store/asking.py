"""A practice that asks for feedback: patients, visits that are checked out, timers that fall due, messages queued."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.practice_system import SystemAppointment, SystemLocation, SystemPatient, SystemProvider
from models.rules.appointments import Origin, Status
from models.rules.consent import Source, StopReason
from models.rules.feedback import Destination, Policy
from models.rules.messages import Channel
from models.store import (
    feedback,
    feedback_changes,
    feedback_policies,
    feedback_sweep,
    patients,
    system_changes,
    systems,
)
from models.store.appointments import known_in_system
from models.store.feedback import Scene
from models.store.keys import keys_of
from models.tables.base import new_id
from models.tables.consent import ConsentRow, StopRow
from models.tables.feedback import FeedbackAttemptRow, FeedbackRequestRow
from models.tables.messages import Message
from models.tables.patients import PatientRow
from models.tables.practice_systems import PracticeSystemRow
from tests.booking import NPIS, Booking, a_booking, at
from tests.scenes import kept

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON: Final = at("12:00")
"""A Monday in New York, when a visit is checked out; three hours later every usual window is open."""
PHONE, EMAIL = "+12125550142", "rosa@example.com"


@dataclass
class Asking:
    """One practice with its moves; time stands still until a test moves it."""

    booking: Booking
    now: datetime = NOON
    modified: int = 0
    visits: dict[str, datetime] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        """Our database."""
        return self.booking.db

    @property
    def practice(self) -> int:
        """The practice's id."""
        return self.booking.practice

    def choose(self, addresses: dict[Destination, str] | None = None, **choices: Any) -> Policy:
        """Let the practice choose the next version of its policy."""
        before = self.db.read(lambda s: feedback_policies.present_policies(s, [self.practice]))[self.practice]
        usual = before.policy if before.policy.version else Policy(0)
        policy = replace(usual, version=before.policy.version + 1, **choices)
        known = dict(before.addresses) if addresses is None else addresses
        self.db.transaction(
            lambda s: feedback_policies.add_version(s, self.practice, policy, known, by="manager-1", as_of=self.now)
        )
        return policy

    def patient(self, number: str = "91", *, consents: bool = True, **facts: Any) -> int:
        """Let the practice system know a patient; a consent to texts comes from paper, an hour ago."""
        usual: dict[str, Any] = {"first": "Rosa", "last": "Marsh", "born": date(1984, 2, 3)}
        record = SystemPatient(number, **(usual | {"email": EMAIL, "mobile": PHONE} | facts))
        known = self.db.transaction(
            lambda s: patients.add_from_system(s, self.practice, [record], origin=Origin.KAREO, as_of=self.now)
        )
        if consents and record.mobile:
            self.consent(known[number])
        return known[number]

    def consent(self, patient: int, *, is_given: bool = True, at: datetime | None = None) -> None:
        """Write a line into the ledger for the patient's own number."""

        def write(session: Session) -> None:
            row = session.get_one(PatientRow, patient)
            session.add(
                ConsentRow(
                    practice_id=self.practice,
                    patient_id=patient,
                    appointment_id=None,
                    address_index=row.phone_index,
                    channel=Channel.TEXT,
                    is_given=is_given,
                    source=Source.PAPER,
                    wording="paper",
                    locale="en",
                    at=at or self.now - HOUR,
                )
            )

        self.db.transaction(write)

    def stop(self, patient: int, channel: Channel = Channel.TEXT, *, is_doubtful: bool = False) -> None:
        """Stop an address of a patient."""

        def write(session: Session) -> None:
            row = session.get_one(PatientRow, patient)
            index = row.phone_index if channel is Channel.TEXT else row.email_index
            session.add(
                StopRow(
                    id=new_id(),
                    practice_id=self.practice,
                    address_index=index,
                    channel=channel,
                    is_doubtful=is_doubtful,
                    reason=StopReason.DOUBT if is_doubtful else StopReason.KEYWORD,
                    since=self.now,
                )
            )

        self.db.transaction(write)

    def show(self, number: str, status: Status, *, patient: str = "91", starts_at: datetime | None = None) -> int:
        """Let the practice system show an appointment now; gives our number of it."""
        start = self.visits.setdefault(number, starts_at or self.now - HOUR)
        self.modified += 1
        one = SystemAppointment(
            number,
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            modified_at=self.now + timedelta(milliseconds=self.modified),
            status=status,
            provider="71",
            location="81",
            patient=patient,
        )
        self.db.transaction(lambda s: system_changes.take_in(s, self.practice, [one], as_of=self.now))
        return self.db.read(lambda s: known_in_system(s, self.practice, [number]))[number].id

    def check_out(self, number: str = "501", *, patient: str = "91", starts_at: datetime | None = None) -> int:
        """Let a visit happen and be checked out now; gives the number of its request."""
        if number not in self.visits:
            self.show(number, Status.CHECKED_IN, patient=patient, starts_at=starts_at)
        visit = self.show(number, Status.CHECKED_OUT, patient=patient)
        found = self.db.read(lambda s: feedback.find_request(s, visit))
        assert found is not None
        return found

    def sweep(self, *, limit: int = 1000) -> Counter[str]:
        """Act upon what is due now."""
        return self.db.transaction(lambda s: feedback_sweep.fire_timers(s, as_of=self.now, limit=limit))

    def wait(self, **span: float) -> Counter[str]:
        """Let time pass, then act upon what is due."""
        self.now += timedelta(**span)
        return self.sweep()

    def scene(self, request: int) -> Scene:
        """Look at one request as it stands."""
        return self.db.read(lambda s: feedback.load_scenes(s, [request], as_of=self.now))[request]

    def tell(self, request: int, event: Any, *, key: str = "") -> None:
        """Let something happen to a request."""
        name = key or f"test:{new_id()}"
        self.db.transaction(lambda s: feedback_changes.tell(s, request, event, key=name, as_of=self.now))

    def row(self, request: int) -> FeedbackRequestRow:
        """Give the row of a request."""
        return self.db.read(lambda s: s.get_one(FeedbackRequestRow, request))

    def messages(self, request: int) -> list[Message]:
        """List what was queued for a request."""
        query = select(Message).where(Message.process_id == request).order_by(Message.id)
        return list(self.db.read(lambda s: s.scalars(query).all()))

    def attempts(self, request: int) -> list[FeedbackAttemptRow]:
        """List a request's attempts as stored."""
        query = select(FeedbackAttemptRow).where(FeedbackAttemptRow.request_id == request)
        return list(self.db.read(lambda s: s.scalars(query.order_by(FeedbackAttemptRow.id)).all()))

    def change(self, patient: int, **values: Any) -> None:
        """Change a patient's row behind everybody's back."""
        self.db.transaction(lambda s: s.execute(update(PatientRow).where(PatientRow.id == patient).values(**values)))


@kept
def an_asking(db: Database, *, key: str = "maple-street", **choices: Any) -> Asking:
    """Give a practice that asks: its system's people and places are known, its policy is chosen, its gate is open."""
    booking = a_booking(db, key=key)
    providers = [SystemProvider(str(71 + n), f"Dr. No. {n}", npi) for n, npi in enumerate(NPIS)]

    def connect(session: Session) -> None:
        row = PracticeSystemRow(practice_id=booking.practice, vendor="calendar", connected_at=NOON, problem="")
        systems.connect(session, row, as_of=NOON)
        systems.save_places(session, booking.practice, providers, [SystemLocation("81", "Place 0")])
        keys_of(session, booking.practice)

    db.transaction(connect)
    asking = Asking(booking)
    asking.choose(**choices)
    return asking
