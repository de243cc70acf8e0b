"""Rows for measuring the portal: a practice group with many appointments of two years and of the next weeks."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import Origin, PatientType, Status
from models.store.keys import keys_of
from models.store.patients import Person, seal_person
from models.tables.practices import Location, Provider
from tests.benchmarks.rows import table, tidy

PAST, NEXT = timedelta(days=700), timedelta(days=60)
EACH_PATIENT: Final = 4
"""How often each patient comes."""
CHUNK: Final = 5_000
WAITING: Final = 200
"""One of so many that are still to come waits for a decision."""
_FIRST = ("Ana", "Ben", "Clara", "Dora", "Emil", "Flora", "Gil", "Hana")
_LAST = ("Adler", "Brook", "Castle", "Dale", "Ember", "Field", "Grove", "Hollow")


def add_appointments(db: Database, practice: int, count: int, *, as_of: datetime) -> None:
    """Put in patients and appointments, shuffled over providers and locations; the last ones are still to come."""
    chosen = random.Random(7)
    patients = max(count // EACH_PATIENT, 1)
    _in_chunks(db, patients, lambda s, numbers: _patients(s, practice, numbers, as_of))
    _in_chunks(db, count, lambda s, numbers: _visits(s, practice, numbers, (count, patients, as_of), chosen))
    tidy(db)


def _in_chunks(db: Database, count: int, store: Callable[[Session, range], None]) -> None:
    for first in range(1, count + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, count + 1))
        db.transaction(lambda s, n=numbers: store(s, n))  # type: ignore[misc]  # it runs before the next turn


def _patients(session: Session, practice: int, numbers: range, as_of: datetime) -> None:
    keys = keys_of(session, practice)
    rows = []
    for n in numbers:
        name = (_FIRST[n % 8], f"{_LAST[n // 8 % 8]}-{n}")
        person = Person(*name, date(1950, 1, 1) + timedelta(days=n % 20_000), phone=f"+1202555{n % 10_000:04}")
        own = {"id": n, "practice_id": practice, "origin": Origin.KAREO, "created_at": as_of}
        rows.append(own | seal_person(keys, person, n))
    session.execute(insert(table("patients")), rows)


def _visits(
    session: Session, practice: int, numbers: range, whole: tuple[int, int, datetime], chosen: random.Random
) -> None:
    count, patients, as_of = whole
    providers = session.scalars(select(Provider.id).where(Provider.practice_id == practice)).all()
    locations = session.scalars(select(Location.id).where(Location.practice_id == practice)).all()
    rows = []
    for n in numbers:
        starts_at = as_of - PAST + (PAST + NEXT) * n / count
        rows.append(
            {
                "id": n,
                "practice_id": practice,
                "origin": Origin.KAREO,
                "patient_type": PatientType.RETURNING,
                "provider_id": chosen.choice(providers),
                "location_id": chosen.choice(locations),
                "patient_id": chosen.randint(1, patients),
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(minutes=30),
                "requested_at": starts_at - timedelta(days=20),
                **_state(n, is_over=starts_at < as_of, at=starts_at),
            }
        )
    session.execute(insert(table("appointments")), rows)


def _state(n: int, *, is_over: bool, at: datetime) -> dict[str, Any]:
    plain = {"system_id": str(n), "portal_cancelled_at": None}
    if not is_over and n % WAITING == 0:
        return plain | {"status": Status.TENTATIVE, "origin": Origin.WIDGET, "system_id": ""}
    if n % 1_000 == 1:
        return plain | {"status": Status.CONFIRMED, "portal_cancelled_at": at - timedelta(days=2)}
    if n % 12 == 0:
        return plain | {"status": Status.CANCELLED}
    return plain | {"status": Status.CHECKED_OUT if is_over else Status.CONFIRMED}
