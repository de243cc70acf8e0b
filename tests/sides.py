"""Both sides of one practice: our database, and its practice system, which is the stand-in for Kareo or the calendar.

Time stands still until a test moves it, on both sides at once.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from deployments.kareo_server.server import KareoServer
from deployments.kareo_server.staff import State
from models.db import Database
from models.inputs.answers import Answer
from models.inputs.practice_system import (
    AppointmentChange,
    NewAppointment,
    NewPatient,
    SystemAccount,
    SystemAppointment,
)
from models.rules.appointment_events import Command
from models.rules.appointment_facts import Appointment
from models.rules.appointments import Sex, Status
from models.rules.decisions import Process
from models.settings import settings
from models.store import appointments, portal, systems
from models.store.portal import PortalLine
from models.store.systems import Login, Places
from models.tables.base import new_id
from models.tables.messages import Message
from models.tables.practice_systems import PushRow, SystemAccountRow, VisitReasonRow
from models.tables.work_items import WorkItem
from tasks import appointments as desk
from tasks import practice_system, sync, system_setup
from tasks.connectors import registry
from tasks.connectors.ports import PracticeSystem
from tasks.moment import standing_at
from tests.booking import NOW, NPIS, Booking, a_booking, at
from tests.kareo import CUSTOMER_KEY, PASSWORD, USER, running_kareo

KEY: Final = "maple-street"
SYSTEM_NAME: Final = "Maple Street Family Medicine"
REASONS: Final = (("office-visit", "Office visit", 30), ("long-visit", "Long visit", 60))
KAREO, CALENDAR = "kareo", "calendar"
WORDS: Final = {
    Status.TENTATIVE: "Tentative",
    Status.CONFIRMED: "Scheduled",
    Status.RESCHEDULED: "Rescheduled",
    Status.CHECKED_IN: "CheckedIn",
    Status.CHECKED_OUT: "CheckedOut",
    Status.NO_SHOW: "NoShow",
    Status.CANCELLED: "Cancelled",
}


@dataclass
class Sides:
    """What tests do on both sides."""

    booking: Booking
    kareo: KareoServer | None
    time: datetime = NOW

    @property
    def db(self) -> Database:
        """Our database."""
        return self.booking.db

    @property
    def state(self) -> State:
        """What the stand-in for Kareo holds."""
        assert self.kareo is not None
        return self.kareo.state

    def tick(self, **span: float) -> None:
        """Let time pass on both sides; a millisecond when nothing is said."""
        self.time += timedelta(**(span or {"milliseconds": 1}))
        if self.kareo is not None:
            self.kareo.state.set_time(self.time)

    # our side

    def submit(self, start: str = "10:00", *, key: str = "", **told: Any) -> int:
        """Send a patient's request; gives its number."""
        who = key or f"k{new_id()}"
        form = self.booking.submission(at(start), **({"says_new": True} | told))
        choice = {"provider": form.provider, "is_virtual": form.is_virtual}
        self.booking.choose(at(start), who=who, as_of=self.time, **choice)
        return self.booking.submitted(form, key=who, who=who, as_of=self.time).appointment_id

    def push(self) -> Counter[str]:
        """Make all writes that are due."""
        counts = Counter[str](practice_system.recover_pushes(as_of=self.time))
        for claim in practice_system.claims_of_pushes(as_of=self.time, limit=1_000):
            counts += practice_system.push_appointments.fn(claim, as_of=self.time)
        return counts

    def push_on(self, *, times: int = 12, **span: float) -> Counter[str]:
        """Let time pass and make the writes that are due then, again and again."""
        counts = Counter[str]()
        for _ in range(times):
            self.tick(**(span or {"hours": 4}))
            counts += self.push()
        return counts

    def watch(self) -> Counter[str]:
        """Look at the undecided requests that are due."""
        counts = Counter[str]()
        for watched in sync.watched_requests(as_of=self.time, limit=1_000):
            counts += sync.look_at_requests.fn(watched, as_of=self.time)
        return counts

    def changes(self) -> Counter[str]:
        """Ask for changes now."""
        sync.bring_forward.fn(KEY, whole=False, as_of=self.time)
        counts = Counter[str]()
        for looks in sync.looks_of_changes(as_of=self.time, limit=20):
            counts += sync.look_for_changes.fn(looks, as_of=self.time)
        return counts

    def whole(self) -> Counter[str]:
        """Compare the whole window now."""
        sync.bring_forward.fn(KEY, whole=True, as_of=self.time)
        counts = Counter[str]()
        for looks in sync.looks_of_whole(as_of=self.time, limit=1):
            counts += sync.compare_whole.fn(looks, as_of=self.time)
        return counts

    def round(self) -> Counter[str]:
        """Do all that the standing dispatch and the night do, once."""
        return self.push() + self.watch() + self.changes() + self.whole()

    def do(self, appointment: int, event: Command, *, by: str = "coach-1", key: str = "") -> Answer:
        """Let a person decide."""
        said = key or f"c{new_id()}"
        return desk.record.fn(appointment, event, by=by, key=said, as_of=self.time)

    def visit(self, appointment: int) -> Appointment:
        """Give an appointment as we know it."""
        found = self.db.read(lambda s: appointments.load_appointment(s, appointment))
        assert found is not None
        return found

    def visits(self) -> dict[str, Appointment]:
        """Give all appointments that the practice system names, by its ids."""
        everything = self.db.read(lambda s: portal.upcoming(s, self.booking.practice, *self.window(), limit=1_000))
        return {line.visit.system_id: line.visit for line in everything if line.visit.system_id}

    def window(self) -> tuple[datetime, datetime]:
        """Give a span that holds all appointments of a test."""
        return NOW - timedelta(days=30), NOW + timedelta(days=90)

    def lines(self) -> list[PortalLine]:
        """Give PatientPop's list of all appointments."""
        return self.db.read(lambda s: portal.all_appointments(s, self.booking.practice))

    def write_of(self, appointment: int) -> PushRow:
        """Give the latest write of an appointment."""
        query = select(PushRow).where(PushRow.appointment_id == appointment).order_by(PushRow.id.desc()).limit(1)
        return self.db.read(lambda s: s.scalars(query).one())

    def tasks(self) -> list[tuple[int, str]]:
        """List the open tasks of appointments."""
        query = select(WorkItem.process_id, WorkItem.key).where(
            WorkItem.process == Process.APPOINTMENT, WorkItem.closed_at.is_(None)
        )
        return sorted(self.db.read(lambda s: s.execute(query).tuples().all()))

    def said(self) -> Counter[str]:
        """Count the messages of appointments by kind."""
        query = select(Message.kind, func.count()).where(Message.process == Process.APPOINTMENT).group_by(Message.kind)
        return Counter({kind.value: count for kind, count in self.db.read(lambda s: s.execute(query).all())})

    # the practice system

    def account(self) -> SystemAccount:
        """Open how the practice reaches its system."""
        found = self.db.read(lambda s: systems.account_of(s, self.booking.practice))
        assert found is not None
        return found

    def system(self) -> PracticeSystem:
        """Speak with the practice system past everything that is tested."""
        return registry.practice_system(self.account(), settings())

    def places(self) -> Places:
        """Say who is who there."""
        return self.db.read(lambda s: systems.places_of(s, self.booking.practice))

    def shown(self, appointment: int) -> SystemAppointment:
        """Give what the practice system shows of an appointment of ours."""
        found = self.system().appointment(self.visit(appointment).system_id)
        assert found is not None
        return found

    def everything_there(self) -> list[SystemAppointment]:
        """Read all appointments there, whatever lists leave out."""
        if self.kareo is not None:
            ids = [str(one.id) for one in self.state.appointments.values() if not one.is_deleted]
            found = [self.system().appointment(one) for one in ids]
            return [one for one in found if one is not None]
        return sorted(self.system().appointments(*self.window()).appointments, key=lambda one: int(one.id))

    def patients_there(self, first: str = "Jordan", last: str = "Example") -> int:
        """Count the patient records of one name."""
        born = self.booking.submission(at("10:00")).born
        return sum((one.first, one.last) == (first, last) for one in self.system().patients_born(born))

    def known_there(self, first: str = "Jordan", last: str = "Example", **facts: Any) -> str:
        """Let the practice know a patient already; gives the id there."""
        usual: dict[str, Any] = {"born": self.booking.submission(at("10:00")).born, "sex": Sex.FEMALE}
        if self.kareo is not None:
            practice = int(self.account().system_practice)
            return str(self.state.add_patient(practice, first, last, born=(usual | facts)["born"]).id)
        new = NewPatient(f"theirs-{new_id()}", first, last, **(usual | facts))
        return self.system().create_patient(new).id

    def book_there(self, start: datetime, *, minutes: int = 30, patient: str = "", provider: int = 0) -> str:
        """Let the practice's staff book something in their own calendar; gives its id."""
        self.tick()
        someone = patient or self.known_there("Robin", f"Walk{new_id()}")
        ours = self.booking.providers[provider]
        where = self.places()
        if self.kareo is not None:
            made = self.state.book(int(someone), provider=int(where.provider_ids[ours]), start=start, minutes=minutes)
            return str(made.id)
        location = where.location_ids[self.booking.locations[0]]
        end = start + timedelta(minutes=minutes)
        key = UUID(int=new_id())
        new = NewAppointment(key, Status.CONFIRMED, start, end, where.provider_ids[ours], location, someone)
        return self.system().create_appointment(new).id

    def set_there(self, system_id: str, status: Status, *, start: datetime | None = None, minutes: int = 0) -> None:
        """Let the practice's staff change an appointment in their own calendar."""
        self.tick()
        shown = self.system().appointment(system_id)
        assert shown is not None
        begins = start or shown.starts_at
        ends = begins + (timedelta(minutes=minutes) if minutes else shown.ends_at - shown.starts_at)
        if self.kareo is not None:
            kept = self.state.appointment(int(system_id))
            kept.starts_at, kept.ends_at = begins, ends
            self.state.set_status(int(system_id), WORDS[status])
            return
        change = AppointmentChange(
            system_id, status, begins, ends, shown.provider, shown.location, shown.patient, visit=shown.visit
        )
        self.system().update_appointment(change)

    def delete_there(self, system_id: str) -> None:
        """Let the practice's staff delete an appointment."""
        self.tick()
        if self.kareo is not None:
            self.state.delete(int(system_id))
        else:
            self.system().delete_appointment(system_id)

    def allow(self, calls_per_minute: int) -> None:
        """Give the account another budget."""

        def change(session: Session) -> None:
            for row in session.scalars(select(SystemAccountRow)):
                row.calls_per_minute = row.tokens = calls_per_minute

        self.db.transaction(change)

    def account_row(self) -> SystemAccountRow:
        """Give the row of the account."""
        return self.db.read(lambda s: s.scalars(select(SystemAccountRow)).one())


def kareo_state() -> State:
    """Make the state of a practice of Kareo with the providers, the location and the visit reasons of ours."""
    state = State()
    state.set_time(NOW)
    practice = state.add_practice(SYSTEM_NAME).id
    state.add_login(CUSTOMER_KEY, USER, PASSWORD)
    state.add_location(practice, "Place 0")
    for number, npi in enumerate(NPIS):
        state.add_provider(practice, f"Dr. Avery No. {number}", npi=npi)
    for _, name, minutes in REASONS:
        state.add_reason(practice, name, minutes=minutes)
    return state


def _save_reasons(session: Session, practice: int, state: State | None) -> None:
    there = {one.name: str(one.id) for one in state.reasons.values()} if state else {}
    rows = [
        {"id": new_id(), "practice_id": practice, "key": key, "name": name, "minutes": minutes}
        | {"system_id": there.get(name, "")}
        for key, name, minutes in REASONS
    ]
    session.execute(insert(VisitReasonRow), rows)


def connect(made: Booking, kareo: KareoServer | None) -> None:
    """Connect our practice with its practice system, as people do."""
    made.db.transaction(lambda s: _save_reasons(s, made.practice, kareo.state if kareo else None))
    if kareo is None:
        done = system_setup.use_built_in_calendar.fn(KEY, as_of=NOW)
    else:
        login = Login("acme", KAREO, kareo.description, CUSTOMER_KEY, USER, PASSWORD, calls_per_minute=100_000)
        number = str(next(iter(kareo.state.practices)))
        done = system_setup.connect_kareo(KEY, login, system_practice=number, system_name=SYSTEM_NAME, as_of=NOW)
    assert done.is_done, done.sentence


@contextmanager
def both_sides(db: Database, kind: str) -> Iterator[Sides]:
    """Give a practice that is connected with one of the practice systems."""
    with ExitStack() as stack:
        kareo = stack.enter_context(running_kareo(kareo_state())) if kind == KAREO else None
        if kareo is not None:
            kareo.faults.hang_for = 0.2
        made = Sides(a_booking(db, key=KEY), kareo)
        stack.enter_context(standing_at(lambda: made.time))
        connect(made.booking, kareo)
        made.tick(seconds=1)
        yield made
