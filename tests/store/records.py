"""Patients' records of one practice, with the few moves with which tests play duplicates and drift."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.practice_system import SystemPatient
from models.rules.appointments import Origin, Sex
from models.rules.decisions import Process, Refusal
from models.rules.roles import Role
from models.store import duplicates, events, patient_changes, patient_drift, patients, practices, work_items
from models.store.duplicates import Duplicate
from models.store.keys import keys_of
from models.store.patient_changes import Recorded, Wanted
from models.store.patients import Person
from models.tables.patients import PatientRow
from tests.factories import MONDAY, an_intake
from tests.scenes import kept

BORN = date(1985, 3, 4)
DESK = "desk"
"""One of the practice's own people."""


def a_person(**facts: Any) -> Person:
    """Give Jordan Example with the facts that a test is about."""
    usual: dict[str, Any] = {
        "first": "Jordan",
        "last": "Example",
        "born": BORN,
        "email": "jordan@example.com",
        "phone": "+12025550143",
        "sex": Sex.FEMALE,
    }
    return Person(**(usual | facts))


def a_record(number: str, **facts: Any) -> SystemPatient:
    """Give a record as the practice system shows it."""
    own = {name: facts.pop(name) for name in ("external_id", "is_active") if name in facts}
    person = a_person(**facts)
    details = (person.first, person.last, person.born, person.email, person.phone, person.sex)
    return SystemPatient(number, *details, **own)


@dataclass(frozen=True, slots=True)
class Records:
    """One practice in a database."""

    db: Database
    practice: int

    def add(self, *, system_id: str = "", **facts: Any) -> int:
        person = a_person(**facts)
        return self.db.transaction(
            lambda s: patients.add_patient(
                s, self.practice, person, origin=Origin.WIDGET, system_id=system_id, as_of=MONDAY
            )
        )

    def edit(self, patient: int, **facts: Any) -> None:
        """Change what our record says, as somebody does in PatientPop."""

        def write(session: Session) -> None:
            sealed = patients.seal_person(keys_of(session, self.practice), a_person(**facts), patient)
            patients.change(session, patient, **sealed)

        self.db.transaction(write)

    def find(self, *ids: int, others: tuple[SystemPatient, ...] = (), as_of: datetime = MONDAY) -> int:
        return self.db.transaction(
            lambda s: duplicates.find_duplicates(s, self.practice, ids, others=others, as_of=as_of)
        )

    def open(self) -> list[Duplicate]:
        return self.db.read(lambda s: duplicates.list_duplicates(s, self.practice))

    def compare(self, *shown: SystemPatient, as_of: datetime = MONDAY) -> int:
        return self.db.transaction(lambda s: patient_drift.compare(s, self.practice, shown, as_of=as_of))

    def drifts(self) -> list[tuple[int, str, tuple[str, ...]]]:
        found = self.db.read(lambda s: patient_drift.drifts(s, self.practice))
        return [(one.patient, one.drift.value, one.fields) for one in found]

    def do(self, command: Any, number: int, *, by: str = DESK, key: str = "", **chosen: Any) -> Recorded | Refusal:
        """Carry out a command of `patient_changes`, with a key of its own unless one is given."""
        wanted = Wanted(number, by, key or f"{command.__name__}:{number}:{len(self.kinds())}")
        args = chosen.pop("args", ())
        done: Recorded | Refusal = self.db.transaction(lambda s: command(s, wanted, *args, **chosen, as_of=MONDAY))
        return done

    def must(self, command: Any, number: int, **chosen: Any) -> Recorded:
        done = self.do(command, number, **chosen)
        assert isinstance(done, Recorded), done
        return done

    def settle(self, pair: int, outcome: Any, aside: Any, **chosen: Any) -> Recorded | Refusal:
        return self.do(patient_changes.settle, pair, args=(outcome,), aside=aside, **chosen)

    def row(self, patient: int) -> PatientRow:
        return self.db.read(lambda s: s.get_one(PatientRow, patient))

    def kinds(self) -> list[str]:
        lines = self.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=self.practice))
        return [line.kind for line in reversed(lines)]

    def tasks(self) -> list[str]:
        items = self.db.read(lambda s: work_items.open_for(s, roles=[Role.FRONT_OFFICE], practice_id=self.practice))
        return sorted(item.key for item in items)


@kept
def the_records(db: Database, *, key: str = "maple-street") -> Records:
    """Store a practice without patients."""
    intake = an_intake(key)

    def store(session: Any) -> int:
        practices.register_staff(session, intake.team, as_of=MONDAY)
        return practices.register_practice(session, intake, as_of=MONDAY).id

    return Records(db, db.transaction(store))
