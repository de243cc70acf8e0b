"""How fast changes of a practice system come in, beside the same rows written by bare SQL."""

import gc
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.practice_system import (
    NewAppointment,
    SystemAppointment,
    SystemLocation,
    SystemPatient,
    SystemProvider,
)
from models.rules.appointments import Origin, Status
from models.settings import settings
from models.store import patients, system_changes, systems
from models.store.system_changes import Taken
from models.tables.practice_systems import PracticeSystemRow
from tasks.connectors import registry
from tasks.sync import TAKEN_AT_ONCE
from tests.benchmarks.table import Measured
from tests.booking import NOW, NPIS, Booking, a_booking

PATIENTS = 500
QUARTER = timedelta(minutes=15)
EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Office:
    """One practice with a practice system that has many appointments."""

    booking: Booking

    @property
    def db(self) -> Database:
        """Our database."""
        return self.booking.db

    def take_in(self, seen: Sequence[SystemAppointment], minutes: int) -> Taken:
        """Take in what is shown, in batches as the sync does."""
        total, practice = Taken(), self.booking.practice
        moment = NOW + timedelta(minutes=minutes)
        for start in range(0, len(seen), TAKEN_AT_ONCE):
            some = seen[start : start + TAKEN_AT_ONCE]
            taken = self.db.transaction(
                lambda s, some=some: system_changes.take_in(s, practice, some, as_of=moment)  # type: ignore[misc]
            )
            total = system_changes.added(total, taken)
        return total


def an_office(db: Database, *, vendor: str = systems.KAREO) -> Office:
    """Store a practice whose practice system names two providers, one location and some patients."""
    booking = a_booking(db)
    providers = [SystemProvider(str(101 + n), f"Dr. Avery No. {n}", npi) for n, npi in enumerate(NPIS)]
    people = [SystemPatient(str(9000 + n), f"First{n}", "Last", date(1980, 1, 1)) for n in range(PATIENTS)]

    def connect(session: Session) -> None:
        row = PracticeSystemRow(practice_id=booking.practice, vendor=vendor, connected_at=NOW, problem="")
        systems.connect(session, row, as_of=NOW)
        systems.save_places(session, booking.practice, providers, [SystemLocation("201", "Place 0")])
        patients.add_from_system(session, booking.practice, people, origin=Origin.KAREO, as_of=NOW)

    db.transaction(connect)
    return Office(booking)


def shown(numbers: range, *, minutes: int, status: Status = Status.CONFIRMED) -> list[SystemAppointment]:
    """Show appointments back to back, two providers and many patients, modified at a minute after NOW."""
    return [
        SystemAppointment(
            str(n),
            status,
            NOW + timedelta(days=1) + n // 2 * QUARTER,
            NOW + timedelta(days=1) + (n // 2 + 1) * QUARTER,
            NOW + timedelta(minutes=minutes),
            provider=str(101 + n % 2),
            location="201",
            patient=str(9000 + n % PATIENTS),
            word="Scheduled",
        )
        for n in numbers
    ]


def measure_changes(office: Office, count: int, *, runs: int) -> tuple[Measured, Measured]:
    """Let half of what is shown have changed, in turns with the same rows written by bare SQL; CPU seconds."""
    office.take_in(shown(range(1, 2 * count + 1), minutes=0), 0)
    ours, floor = list[float](), list[float]()
    before = shown(range(count + 1, 2 * count + 1), minutes=0)
    for run in range(runs):
        status = (Status.CHECKED_IN, Status.CONFIRMED)[run % 2]
        changed = shown(range(1, count + 1), minutes=run + 1, status=status)
        seen = [one for pair in zip(changed, before, strict=True) for one in pair]
        gc.collect()
        start = time.process_time()
        taken = office.take_in(seen, run + 1)
        ours.append(time.process_time() - start)
        if (taken.changed, taken.unchanged) != (count, count):
            message = f"{taken.changed} changed and {taken.unchanged} did not, of {count} each"
            raise RuntimeError(message)
        floor.append(_floor(office, count, run))
    name = f"golive, {count:,} changed and as many not"
    return Measured(name, 2 * count, tuple(ours)), Measured("floor: bare SQL, no rules", 2 * count, tuple(floor))


_FLOOR = {
    "looked up": (
        "SELECT count(*) FROM appointments WHERE practice_id = :practice AND CAST(system_id AS INTEGER) <= 2 * :count"
    ),
    "changed": (
        "UPDATE appointments SET status = status, system_word = 'x', seen_at = :at "
        "WHERE practice_id = :practice AND CAST(system_id AS INTEGER) <= :count"
    ),
    "history": (
        "INSERT INTO events (practice_id, position, process, process_id, key, kind, subject, actor, reason, evidence, "
        "at, hash) SELECT practice_id, 10000000 * (1 + :run) + row_number() OVER (ORDER BY id), 'floor', id, "
        "'floor' || :run, 'x', '', "
        "'golive', '', '{}', :at, 'x' FROM appointments "
        "WHERE practice_id = :practice AND CAST(system_id AS INTEGER) <= :count"
    ),
}


def _floor(office: Office, count: int, run: int) -> float:
    """Write a changed row, a line of history, and look every row up, with one statement each and no rules."""
    values = {"practice": office.booking.practice, "count": count, "run": run, "at": "2026-11-20 15:00:00.000000"}

    def write(session: Session) -> None:
        for statement in _FLOOR.values():
            named = {name: one for name, one in values.items() if f":{name}" in statement}
            session.execute(text(statement), named)

    start = time.process_time()
    office.db.transaction(write)
    seconds = time.process_time() - start
    office.db.transaction(lambda s: s.execute(text("DELETE FROM events WHERE process = 'floor'")))
    return seconds


def fill_calendar(office: Office, count: int) -> None:
    """Book many appointments in the built-in calendar, spread over the window that is compared."""
    account = office.db.read(lambda s: systems.account_of(s, office.booking.practice))
    if account is None:
        message = "the practice has no practice system"
        raise RuntimeError(message)
    desk = registry.front_office(account, settings())
    places = office.db.read(lambda s: systems.places_of(s, office.booking.practice))
    mine = [places.provider_ids[one] for one in office.booking.providers]
    where = places.location_ids[office.booking.locations[0]]
    step = timedelta(days=110) / count
    for start in range(0, count, 5_000):
        made = [
            NewAppointment(
                UUID(int=n + 1), Status.CONFIRMED, NOW + n * step, NOW + n * step + EVERY, mine[n % 2], where, ""
            )
            for n in range(start, min(start + 5_000, count))
        ]
        desk.book(made)


def tidy(db: Database) -> None:
    """Let SQLite know how its tables are filled."""
    if db.is_sqlite:
        with closing(sqlite3.connect(db.file)) as plain:
            plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            plain.execute("ANALYZE")
