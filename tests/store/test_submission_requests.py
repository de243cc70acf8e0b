"""What a clearinghouse is told of an enrollment: opened whole for one call, or said to be missing by a code."""

import pytest
from sqlalchemy import select, update

from models.db import Database
from models.inputs.enrollment_files import parse_payer_list
from models.rules.enrollment_events import (
    Acknowledge,
)
from models.rules.onboarding_facts import Transaction
from models.store import keys, submissions
from models.store.enrollment_begin import save_streets
from models.store.submission_requests import NotReadyError, request_of
from models.store.submissions import Submission
from models.tables.enrollment import BillingIdentityRow, EnrollmentRow, PayerIdRow
from models.tables.practices import Location
from tests.store.submitting import NOON, STREET, Applicant, an_applicant


def claimed(one: Applicant) -> Submission:
    """Take the only submission."""
    made = one.db.transaction(lambda s: submissions.claim_due(s, as_of=NOON, limit=1))
    (mine,) = one.db.read(lambda s: submissions.claimed(s, made))
    return mine


def test_what_is_told_is_opened_whole_e_02(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    mine = claimed(one)
    new = db.read(lambda s: request_of(s, mine, email="us@golive.example.com"))
    assert (new.key, new.payer_id, new.npi, new.tax_id) == (mine.key, "00000", "1234567893", "621874305")
    assert (new.name, new.payer_class, new.transaction) == (
        "Maple Street Family Medicine",
        "commercial",
        Transaction.ERA,
    )
    contact = new.contact
    assert (contact.street, contact.city, contact.state, contact.postal_code) == (STREET, "Albany", "NY", "12207")
    assert contact.email == "us@golive.example.com"
    assert not any(word in repr(new) for word in (STREET, "621874305", "Maple Street Family"))


def test_the_payers_id_of_a_route_is_that_of_its_transaction_else_of_any_e_02(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    mine = claimed(one)

    def told() -> str:
        return db.read(lambda s: request_of(s, mine, email="")).payer_id

    def know(transaction: str, payer_id: str) -> None:
        row = PayerIdRow(payer="payer-00", clearinghouse="built_in", transaction=transaction, payer_id=payer_id)
        db.transaction(lambda s: s.add(row))

    db.transaction(lambda s: s.execute(update(EnrollmentRow).values(payer_id="")))
    db.transaction(lambda s: s.execute(PayerIdRow.__table__.delete()))  # type: ignore[attr-defined]
    with pytest.raises(NotReadyError, match="no_payer_id"):
        told()
    know("", "00111")
    assert told() == "00111"
    know("era", "00222")
    assert told() == "00222"


def test_what_has_moved_on_is_not_sent_any_more(db: Database) -> None:
    one = an_applicant(db)
    one.submit()
    mine = claimed(one)
    one.do(Acknowledge())
    with pytest.raises(NotReadyError, match="overtaken"):
        db.read(lambda s: request_of(s, mine, email=""))


@pytest.mark.parametrize("missing", ["no_tax_id", "no_location", "cannot_unseal"])
def test_what_is_missing_is_said_by_a_code(db: Database, missing: str) -> None:
    one = an_applicant(db)
    one.submit()
    mine = claimed(one)
    match missing:
        case "no_tax_id":
            db.transaction(lambda s: s.execute(update(BillingIdentityRow).values(tax_id="")))
        case "no_location":
            db.transaction(lambda s: s.execute(Location.__table__.delete()))  # type: ignore[attr-defined]
        case _:
            db.transaction(lambda s: keys.destroy(s, one.practice))
    with pytest.raises(NotReadyError, match=missing) as failure:
        db.read(lambda s: request_of(s, mine, email=""))
    assert failure.value.__cause__ is None


def test_a_street_from_a_payer_list_is_sealed_and_told(db: Database) -> None:
    one = an_applicant(db, street="")
    db.transaction(lambda s: save_streets(s, one.practice, {"group": STREET, "nobody": "elsewhere"}))
    one.submit()
    mine = claimed(one)
    assert db.read(lambda s: request_of(s, mine, email="")).contact.street == STREET
    (stored,) = db.read(lambda s: s.scalars(select(BillingIdentityRow.street)).all())
    assert STREET not in stored


def test_a_payer_list_may_name_the_street() -> None:
    content = "practice,payer,street\nmaple-street,aetna,12 Maple Street\n"
    (line,), faults = parse_payer_list(content, file="payers.csv")
    assert (line.street, faults) == (STREET, [])
    assert STREET not in repr(line)
