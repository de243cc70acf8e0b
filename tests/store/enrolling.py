"""Practices on their journeys with enrollments, moved by what people record: what digests and pages are about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.intake import Intake
from models.rules.decisions import Refusal
from models.rules.enrollment_events import Acknowledge, Command, Prepare, Reject, Submit
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.onboarding_facts import Transaction
from models.sealing import INSTALLATION
from models.store import enrollment, enrollment_begin, enrollment_changes, onboarding_changes, practices
from models.store.enrollment_begin import Identity, Wanted
from models.store.keys import make_keys
from models.tables.enrollment import DigestRow, NoticeRow
from tests.factories import MONDAY, an_intake
from tests.scenes import kept

NUMBERS: Iterator[int] = count(1)


@dataclass
class Enrolling:
    """One practice with its journey and enrollments, by payer and transaction."""

    db: Database
    journey: int
    practice: int
    intake: Intake
    now: datetime = MONDAY
    numbers: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def number(self, payer: str, transaction: str = "claims") -> int:
        return self.numbers[payer, transaction]

    def do(self, payer: str, *events: Command, transaction: str = "claims", as_of: datetime | None = None) -> None:
        """Record what happened to one enrollment; a refusal is a mistake of the test."""
        for event in events:
            done = self.db.transaction(
                lambda s, event=event: enrollment_changes.carry_out_command(  # type: ignore[misc]
                    s,
                    self.number(payer, transaction),
                    event,
                    by="enroll-1",
                    key=f"t{next(NUMBERS)}",
                    as_of=as_of or self.now,
                )
            )
            assert not isinstance(done, Refusal), done.sentence

    def reject(self, payer: str, reason: object, *, transaction: str = "claims", as_of: datetime | None = None) -> None:
        """Let an enrollment be prepared, sent in and rejected."""
        events = (Prepare(), Submit(UNKNOWN_PAYER), Acknowledge(), Reject(reason=reason))  # type: ignore[arg-type]
        self.do(payer, *events, transaction=transaction, as_of=as_of)

    def look(self, payer: str, transaction: str = "claims") -> Enrollment:
        number = self.number(payer, transaction)
        return self.db.read(lambda s: enrollment.load_enrollments(s, [number]))[number]


@kept
def enrolling(db: Database, intake: Intake | None = None, *, as_of: datetime = MONDAY) -> Enrolling:
    """Begin a journey and the enrollments of its payer list."""
    chosen = intake or an_intake()

    def begin(session: Session) -> tuple[int, int]:
        practices.register_staff(session, chosen.team, as_of=as_of)
        practice = practices.register_practice(session, chosen, as_of=as_of)
        key = f"intake:{chosen.key}"
        journey = onboarding_changes.begin_journey(session, practice.id, chosen, by="sales-1", key=key, as_of=as_of)
        make_keys(session, INSTALLATION, as_of=as_of)
        enrollment_begin.save_identities(session, practice.id, [Identity("group", chosen.providers[0].npi)])
        wanted = [Wanted(one.key, one.name, Transaction(kind)) for one in chosen.payers for kind in one.transactions]
        enrollment_begin.begin_enrollments(session, practice.id, wanted, by="coach-1", key="list", as_of=as_of)
        return journey, practice.id

    journey, practice = db.transaction(begin)
    found = db.read(lambda s: enrollment.of_practices(s, [practice]))[practice]
    numbers = {(one.payer, one.transaction.value): one.id for one in found}
    return Enrolling(db, journey, practice, chosen, as_of, numbers)


def digests(db: Database) -> list[tuple[str, str, int]]:
    """List digests by reader, day and number of lines; a practice's reader is only called so."""
    rows = db.read(lambda s: s.execute(select(DigestRow.reader, DigestRow.day, DigestRow.lines)).tuples().all())
    return sorted(
        (reader.partition(":")[2] if "staff" in reader else "practice", str(day), n) for reader, day, n in rows
    )


def notices(db: Database) -> list[str]:
    """List the states of lines."""
    return sorted(db.read(lambda s: s.scalars(select(NoticeRow.state)).all()))
