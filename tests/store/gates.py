"""A practice's settings in the database, and the few moves with which tests play its gate before launch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from models.db import Database
from models.rules.decisions import Process, Refusal
from models.rules.feedback import Policy
from models.rules.messages import Channel
from models.rules.readiness import CHECKS
from models.rules.readiness_commands import Command, CountForms, SignOff
from models.rules.readiness_facts import GateState, Proof
from models.rules.readiness_gate import Gate
from models.store import calendars, events, feedback_policies, practices, readiness, work_items
from models.store.calendars import Edit, Place
from models.store.readiness import Recorded, Wanted
from models.tables.booking import AlertRecipientRow, BookingReasonRow, InsuranceRow
from models.tables.events import Event
from models.tables.practice_systems import (
    CommunicationRow,
    PracticeSystemRow,
    SystemAccountRow,
    VisitReasonRow,
)
from models.tables.practices import Location, Provider
from tests.factories import MONDAY, an_intake
from tests.rules.availability_examples import calendar
from tests.scenes import kept

COACH = "coach-1"
NPI = "1234567893"


@dataclass(slots=True)
class Site:
    """One practice in a database, with a clock that only moves when told."""

    db: Database
    practice_id: int
    provider_id: int
    location_id: int
    now: datetime = MONDAY
    count: list[int] = field(default_factory=lambda: [0])

    def add(self, *rows: object) -> None:
        def store(session: Any) -> None:
            for row in rows:
                session.merge(row)

        self.db.transaction(store)

    def do(self, command: Command, *, key: str = "", by: str = COACH) -> Recorded | Refusal:
        self.count[0] += 1
        wanted = Wanted(self.practice_id, command, by, key or f"command-{self.count[0]}")
        return self.db.transaction(lambda s: readiness.carry_out_command(s, wanted, as_of=self.now))

    def must(self, *commands: Command) -> None:
        for command in commands:
            assert isinstance(self.do(command), Recorded), command

    @property
    def gate(self) -> Gate:
        return self.db.read(lambda s: readiness.gate_of(s, self.practice_id, as_of=self.now))

    def stands(self) -> GateState:
        return self.gate.state

    def tasks(self) -> dict[str, str]:
        found = self.db.read(lambda s: work_items.open_for(s, practice_id=self.practice_id))
        return {item.key: item.role.value for item in found}

    def history(self) -> list[Event]:
        found = self.db.read(
            lambda s: events.history(s, process=Process.PRACTICE, process_id=self.practice_id, limit=500)
        )
        return list(reversed(found))

    def use_kareo(self) -> None:
        """Connect the practice to a Kareo account."""
        account = SystemAccountRow(
            id=7,
            key="account",
            vendor="kareo",
            address="https://kareo.test",
            customer_key="x",
            user="x",
            password="x",
            calls_per_minute=60,
            tokens=60,
            counted_at=self.now,
            rest_seconds=0,
            problem="",
        )
        self.add(account)
        self.add(PracticeSystemRow(practice_id=self.practice_id, vendor="kareo", account_id=7, connected_at=self.now))

    def set_up(self) -> None:
        """Save everything that golive can see itself."""
        place = Place(self.practice_id, self.provider_id, self.location_id)
        saved = self.db.transaction(
            lambda s: calendars.save_settings(s, Edit(place, 0, COACH), calendar(), as_of=self.now)
        )
        assert not isinstance(saved, Refusal)
        own: Mapping[str, Any] = {"practice_id": self.practice_id}
        self.add(
            AlertRecipientRow(id=1, **own, key="desk", channel=Channel.EMAIL, address="sealed", locale="en"),
            InsuranceRow(id=2, **own, key="medicare", name="Medicare", is_offered=True),
            BookingReasonRow(id=3, **own, key="checkup", name="Check-up", is_offered=True),
            VisitReasonRow(id=4, **own, key="new", name="New patient", minutes=30, is_active=True),
            self.communications(),
        )
        self.choose_cadence()

    def choose_cadence(self) -> None:
        """Choose the usual cadence of feedback (F-015)."""
        self.db.transaction(
            lambda s: feedback_policies.add_version(s, self.practice_id, Policy(1), {}, by="manager-1", as_of=self.now)
        )

    def communications(self, **changed: Any) -> CommunicationRow:
        plain: dict[str, Any] = {"is_on": True, "minutes_before": [2880], "has_surveys": False}
        return CommunicationRow(
            provider_id=self.provider_id, practice_id=self.practice_id, saved_at=self.now, **(plain | changed)
        )

    def sign_everything(self) -> None:
        """Sign off what people see to, in its order."""
        applying = {one.check.key for one in self.gate.standings if one.state.value != "not_applicable"}
        for check in CHECKS:
            if check.is_counted and check.key in applying:
                self.must(CountForms(0))
            elif check.is_signed_off and check.key in applying:
                self.must(SignOff(check.key, Proof.SEEN_ON_SCREEN))


@kept
def a_site(db: Database, key: str = "maple-street", *, subscriptions: tuple[str, ...] = ("patientpop",)) -> Site:
    """Store a practice with one provider at one location, without a journey."""
    intake = an_intake(key, subscriptions=list(subscriptions))

    def store(session: Any) -> Site:
        practices.register_staff(session, intake.team, as_of=MONDAY)
        practice = practices.register_practice(session, intake, as_of=MONDAY)
        of_practice = (
            select(Provider.id).where(Provider.practice_id == practice.id),
            select(Location.id).where(Location.practice_id == practice.id),
        )
        return Site(db, practice.id, *(session.scalars(query).one() for query in of_practice))

    return db.transaction(store)


def records_of(site: Site) -> dict[tuple[str, str], dict[str, Any]]:
    """Give what is recorded, by check and subject."""
    facts = site.db.read(lambda s: readiness.load_facts(s, site.practice_id))
    return {key: asdict(record) for key, record in facts.records.items()}
