"""What a connected practice system shows of claims: asked at night, stored as counts, and believed by enrollments."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.onboarding_facts import Transaction
from models.sealing import INSTALLATION
from models.store import enrollment_begin
from models.store.enrollment_begin import Identity, Wanted
from models.store.keys import make_keys
from models.tables.payer_files import ClaimActivityRow
from tasks import billing_evidence
from tests import edi
from tests.sides import KAREO, Sides, both_sides

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
PATIENT = {"PatientName": "QUINTESSA ZEBULON", "PatientFullName": "QUINTESSA ZEBULON", "PatientID": "778899"}
EVERGREEN = {"PrimaryInsuranceCompanyName": "EVERGREEN HEALTH PLAN"}
pytestmark = pytest.mark.soap


@pytest.fixture
def kareo(db: Database) -> Iterator[Sides]:
    """Give a practice in Kareo with an enrollment."""
    with both_sides(db, KAREO) as sides:
        begin(sides)
        yield sides


def begin(sides: Sides) -> None:
    practice = sides.booking.practice

    def work(session: Session) -> None:
        make_keys(session, INSTALLATION, as_of=NOW)
        enrollment_begin.save_identities(session, practice, [Identity("group", edi.NPI)])
        wanted = [Wanted("evergreen", "Evergreen Health Plan", Transaction.CLAIMS)]
        enrollment_begin.begin_enrollments(session, practice, wanted, by="coach-1", key="list", as_of=NOW)

    sides.db.transaction(work)


def ask(sides: Sides) -> dict[str, int]:
    ((practice, is_known),) = billing_evidence.practices_to_ask()
    return dict(billing_evidence.read_billing.fn(practice, is_known=is_known, as_of=sides.time))


def stored(sides: Sides) -> list[tuple[str, date, int, int, int, int]]:
    row = ClaimActivityRow
    query = select(row.payer, row.day, row.charges, row.submitted, row.paid, row.posted).order_by(row.day)
    return [tuple(each) for each in sides.db.read(lambda s: s.execute(query).all())]


def test_charges_claims_and_payments_of_kareo_are_stored_as_counts(kareo: Sides) -> None:
    practice, today = next(iter(kareo.state.practices)), kareo.time.date()
    billed = {**EVERGREEN, "PrimaryInsuranceFirstBillDate": f"{kareo.time:%m/%d/%Y}"}
    kareo.state.post_charge(practice, served_at=kareo.time, columns={**billed, **PATIENT})
    kareo.state.post_charge(practice, served_at=kareo.time, columns={**EVERGREEN, **PATIENT})
    kareo.state.post_payment(practice, {"PayerName": "Evergreen Health Plan", "PayerType": "Insurance"})
    kareo.state.post_payment(practice, {"PayerName": "QUINTESSA ZEBULON", "PayerType": "Patient"})
    assert ask(kareo) == {"days": 1, "practices": 1}
    assert stored(kareo) == [("evergreen", today, 2, 1, 1, 1)]
    assert ask(kareo) == {"days": 1, "practices": 1}
    assert stored(kareo) == [("evergreen", today, 2, 1, 1, 1)]


def test_an_account_that_is_refused_is_counted_with_its_reason(kareo: Sides) -> None:
    kareo.state.logins.clear()
    counts = ask(kareo)
    assert list(counts.values()) == [1]
    assert next(iter(counts)).startswith(("Rejected:", "Unavailable:"))
    assert stored(kareo) == []


def test_the_built_in_calendar_cannot_tell(db: Database) -> None:
    with both_sides(db, "calendar") as sides:
        begin(sides)
        assert ask(sides) == {"cannot tell": 1}


def test_a_practice_without_enrollments_is_not_asked(db: Database) -> None:
    with both_sides(db, KAREO):
        assert billing_evidence.practices_to_ask() == []


def test_the_first_look_goes_back_farther_than_the_next(kareo: Sides) -> None:
    assert kareo.kareo is not None
    practice = next(iter(kareo.state.practices))
    kareo.state.set_time(kareo.time - timedelta(days=50))
    kareo.state.post_charge(practice, served_at=kareo.time, columns=EVERGREEN)
    kareo.state.set_time(kareo.time)
    assert ask(kareo)["days"] == 1
    assert ask(kareo) == {"practices": 1}
