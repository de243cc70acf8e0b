"""A practice whose enrollments go through a clearinghouse: what tests of submissions stand on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.clearinghouse import ForeignEnrollment
from models.rules.decisions import Process
from models.rules.enrollment import State
from models.rules.enrollment_events import Command, Prepare, Submit
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.onboarding_facts import Transaction
from models.sealing import INSTALLATION
from models.store import practices
from models.store.enrollment import load_enrollments
from models.store.enrollment_begin import Identity, Wanted, begin_enrollments, save_identities
from models.store.enrollment_changes import Done, carry_out_command
from models.store.keys import make_keys
from models.tables.enrollment import EnrollmentRow, SubmissionRow
from models.tables.events import Event as EventRow
from models.tables.work_items import WorkItem
from tests.factories import an_intake
from tests.scenes import kept

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
"""Noon in New York, Monday."""
TAX_ID = "62-1874305"
STREET = "12 Maple Street"


@dataclass
class Applicant:
    """A practice with one enrollment at each of some payers, in the order of their keys."""

    db: Database
    practice: int
    ids: tuple[int, ...]

    def facts(self, place: int = 0) -> Enrollment:
        return self.db.read(lambda s: load_enrollments(s, [self.ids[place]])[self.ids[place]])

    def state(self, place: int = 0) -> State:
        return self.facts(place).state

    def do(self, event: Command, place: int = 0, *, as_of: datetime = NOON) -> None:
        """Carry out one command; it must be accepted."""
        key = f"{type(event).__name__}:{as_of.isoformat()}:{self.facts(place).version}"
        number = self.ids[place]
        done = self.db.transaction(lambda s: carry_out_command(s, number, event, by="enroll-1", key=key, as_of=as_of))
        assert isinstance(done, Done), done

    def submit(self, *places: int, as_of: datetime = NOON) -> None:
        """Send enrollments out."""
        for place in places or range(len(self.ids)):
            if self.state(place) is State.DRAFT:
                self.do(Prepare(), place, as_of=as_of)
            self.do(Submit(UNKNOWN_PAYER), place, as_of=as_of)

    def rows(self) -> Sequence[SubmissionRow]:
        """Give submissions in the order of the enrollments."""
        query = select(SubmissionRow).order_by(SubmissionRow.enrollment_id, SubmissionRow.id)
        found = self.db.read(lambda s: s.scalars(query).all())
        return sorted(found, key=lambda row: (self.ids.index(row.enrollment_id), row.id))

    def row(self, place: int = 0) -> SubmissionRow:
        """Give the newest submission of an enrollment."""
        return [one for one in self.rows() if one.enrollment_id == self.ids[place]][-1]

    def kinds(self, place: int = 0) -> list[str]:
        """List what happened to an enrollment."""
        query = select(EventRow.kind).where(
            EventRow.process == Process.ENROLLMENT, EventRow.process_id == self.ids[place]
        )
        return [
            kind.removeprefix("enrollment_")
            for kind in self.db.read(lambda s: s.scalars(query.order_by(EventRow.position)).all())
        ]

    def tasks(self) -> list[str]:
        """List open work items by their words."""
        query = select(WorkItem.key).where(WorkItem.process == Process.ENROLLMENT, WorkItem.closed_at.is_(None))
        return sorted(key.partition(".")[0] for key in self.db.read(lambda s: s.scalars(query).all()))


def _wanted(number: int, clearinghouse: str, transaction: Transaction) -> Wanted:
    return Wanted(
        payer=f"payer-{number:02d}",
        name=f"Payer {number}",
        transaction=transaction,
        clearinghouse=clearinghouse,
        payer_id=f"00{number:03d}",
    )


@kept
def an_applicant(
    db: Database,
    key: str = "maple-street",
    *,
    payers: int = 1,
    clearinghouse: str = "built_in",
    transaction: Transaction = Transaction.ERA,
    street: str = STREET,
    as_of: datetime = NOON,
    **changes: object,
) -> Applicant:
    """Store a practice whose drafts go through a clearinghouse; the last payer is the only one of the top three."""
    place = {"key": "main", "name": "Main", "city": "Albany", "state": "NY", "postal_code": "12207"}
    usual = {"locations": [{**place, "phone": "+12025550143"}]}
    intake = an_intake(key, **usual | changes)  # type: ignore[arg-type]

    def begin(session: Session) -> tuple[int, tuple[int, ...]]:
        practices.register_staff(session, intake.team, as_of=as_of)
        practice = practices.register_practice(session, intake, as_of=as_of).id
        make_keys(session, INSTALLATION, as_of=as_of)
        identity = Identity("group", "1234567893", tax_id=TAX_ID, street=street)
        save_identities(session, practice, [identity])
        wanted = [_wanted(number, clearinghouse, transaction) for number in range(payers)]
        begin_enrollments(session, practice, wanted, by="enroll-1", key=f"list:{key}", as_of=as_of)
        query = select(EnrollmentRow.id).where(EnrollmentRow.practice_id == practice).order_by(EnrollmentRow.payer)
        ids = tuple(session.scalars(query))
        session.get_one(EnrollmentRow, ids[-1]).rank = 1
        return practice, ids

    return Applicant(db, *db.transaction(begin))


def shown(id_: str, word: str, *, minutes: float = 0, **facts: object) -> ForeignEnrollment:
    """Give an enrollment as a clearinghouse shows it, so many minutes after noon."""
    return ForeignEnrollment(id_, word, NOON + timedelta(minutes=minutes), **facts)  # type: ignore[arg-type]
