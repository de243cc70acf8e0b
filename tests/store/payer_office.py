"""One practice with enrollments, and files that speak of it: what tests of evidence from payers stand on."""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.billing_evidence import BillingDay
from models.inputs.payer_files import Kind, PayerFile
from models.reports import payer_evidence as reports
from models.rules.enrollment import State
from models.rules.enrollment_events import Acknowledge, Approve, Command, Prepare, Submit
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.onboarding_facts import PaymentIssue, Transaction
from models.sealing import INSTALLATION
from models.store import enrollment_begin, payer_facts, payer_files, payer_telling, practices
from models.store.enrollment import load_enrollments
from models.store.enrollment_begin import Identity, Wanted
from models.store.enrollment_changes import Done, carry_out_command
from models.store.keys import make_keys
from models.tables.base import Base
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow
from models.tables.payer_files import PaymentFindingRow
from tasks.connectors.x12 import read_payer_file
from tests import edi
from tests.factories import an_intake
from tests.scenes import kept

MARCH = datetime(2026, 3, 2, 15, tzinfo=UTC)
"""Ten in the morning in New York, Monday; the day on which the files of `edi` are paid."""
KINDS = (Transaction.CLAIMS, Transaction.ERA, Transaction.EFT)


def read(*groups: Sequence[str], test: bool = False, control: int = 7) -> PayerFile:
    """Give a file as the product reads it."""
    return read_payer_file(io.BytesIO(edi.encode(edi.interchange(*groups, test=test, control=control))))


def remittance(test: bool = False, **facts: object) -> PayerFile:
    """Give a file with one 835."""
    return read(edi.group(Kind.REMITTANCE, edi.remittance(**facts)), test=test)  # type: ignore[arg-type]


def acknowledgment(*providers: Sequence[edi.Answered], test: bool = False, **facts: str) -> PayerFile:
    """Give a file with one 277CA."""
    return read(edi.group(Kind.CLAIM_ACKNOWLEDGMENT, edi.claim_acknowledgment(*providers, **facts)), test=test)


@dataclass
class Office:
    """A practice that bills as one group at one payer."""

    db: Database
    practice: int
    enrollments: dict[Transaction, int] = field(default_factory=dict)

    def take(self, file: PayerFile, *, as_of: datetime = MARCH) -> Counter[str]:
        """Record a file."""
        return self.db.transaction(lambda s: payer_files.record_file(s, file, as_of=as_of))

    def facts(self, kind: Transaction) -> Enrollment:
        """Give what is known of an enrollment."""
        number = self.enrollments[kind]
        return self.db.read(lambda s: load_enrollments(s, [number])[number])

    def state(self, kind: Transaction) -> State:
        """Say where an enrollment stands."""
        return self.facts(kind).state

    def command(self, kind: Transaction, event: Command, *, as_of: datetime) -> None:
        """Carry out one command."""
        key = f"{type(event).__name__}:{as_of.isoformat()}"
        number = self.enrollments[kind]
        done = self.db.transaction(lambda s: carry_out_command(s, number, event, by="enroll-1", key=key, as_of=as_of))
        assert isinstance(done, Done), done

    def submit(self, kind: Transaction, *, as_of: datetime = MARCH - timedelta(days=40)) -> None:
        """Bring an enrollment to the payer."""
        self.command(kind, Prepare(), as_of=as_of)
        self.command(kind, Submit(UNKNOWN_PAYER), as_of=as_of)
        self.command(kind, Acknowledge(), as_of=as_of)

    def approve(
        self,
        *kinds: Transaction,
        as_of: datetime = MARCH - timedelta(days=10),
        effective_on: date | None = None,
    ) -> None:
        """Have enrollments approved."""
        for kind in kinds or KINDS:
            if self.state(kind) is State.DRAFT:
                self.submit(kind, as_of=as_of - timedelta(days=30))
            self.command(kind, Approve(effective_on=effective_on), as_of=as_of)

    def prove(self, kind: Transaction) -> None:
        """Let an approved enrollment be in effect."""
        number = self.enrollments[kind]
        self.db.transaction(
            lambda s: s.execute(
                EnrollmentRow.__table__.update()  # type: ignore[attr-defined]
                .where(EnrollmentRow.id == number)
                .values(state=State.PROVING)
            )
        )

    def deposit(self, trace: str, cents: int, on: date, *, as_of: datetime = MARCH) -> Counter[str]:
        """Record a deposit."""
        one = payer_facts.Deposit(self.practice, trace, cents, on)
        return self.db.transaction(lambda s: payer_facts.record_deposits(s, [one], by="poster-1", as_of=as_of))


@kept
def an_office(
    db: Database, key: str = "maple-street", *, npi: str = edi.NPI, tax_id: str = edi.TAX_ID, payer_id: str = "55555"
) -> Office:
    """Store a practice with one group identity and enrollments at one payer, whose id in files is known."""
    as_of = MARCH - timedelta(days=60)
    intake = an_intake(key)

    def begin(session: Session) -> tuple[int, dict[Transaction, int]]:
        make_keys(session, INSTALLATION, as_of=as_of)
        practice = practices.register_practice(session, intake, as_of=as_of).id
        enrollment_begin.save_identities(session, practice, [Identity("group", npi, tax_id=tax_id)])
        wanted = [Wanted("example", "Example Health Plan", kind, payer_id=payer_id) for kind in KINDS]
        enrollment_begin.begin_enrollments(session, practice, wanted, by="enroll-1", key="list", as_of=as_of)
        query = select(EnrollmentRow.transaction, EnrollmentRow.id).where(EnrollmentRow.practice_id == practice)
        return practice, dict(session.execute(query).tuples().all())

    return Office(db, *db.transaction(begin))


def identities(db: Database, practice: int) -> dict[str, int]:
    """Give the billing identities by key."""
    query = select(BillingIdentityRow.key, BillingIdentityRow.id).where(BillingIdentityRow.practice_id == practice)
    return db.read(lambda s: dict(s.execute(query).tuples().all()))


def count(db: Database, table: type[Base]) -> int:
    """Count the rows of a table."""
    return db.read(lambda s: s.scalar(select(func.count()).select_from(table))) or 0


def check(office: Office, *, as_of: datetime) -> Counter[str]:
    """Look as the daily check does."""
    return office.db.transaction(lambda s: payer_telling.tell(s, [office.practice], as_of=as_of))


def issues(office: Office) -> set[PaymentIssue]:
    """Name the payment issues that were found for the practice."""
    query = select(PaymentFindingRow.issue).where(PaymentFindingRow.practice_id == office.practice)
    return set(office.db.read(lambda s: s.scalars(query).all()))


def activity(office: Office, *days: BillingDay, as_of: datetime) -> Counter[str]:
    """Store what a practice system shows of claims."""
    return office.db.transaction(lambda s: payer_facts.save_activity(s, office.practice, "kareo", days, as_of=as_of))


def rows_for_people(db: Database) -> list[str]:
    """Say what people are shown."""
    return [row["what"] for row in db.read(reports.rows_for_people)]
