"""Whose a file is: payers and payees matched when they are known, across practices, and never mixed up."""

from collections import Counter
from datetime import date

from sqlalchemy import select

from models.db import Database
from models.inputs.payer_files import Kind
from models.reports import payer_evidence as reports
from models.rules.decisions import Refusal
from models.rules.enrollment import State
from models.rules.onboarding_facts import PaymentIssue, Transaction
from models.store import enrollment_begin, payer_facts
from models.store.enrollment_begin import Identity
from models.tables.payer_files import RemittanceRow
from tests import edi
from tests.store.payer_office import (
    MARCH,
    an_office,
    check,
    issues,
    read,
    remittance,
    rows_for_people,
)

CLAIMS, ERA, EFT = Transaction.CLAIMS, Transaction.ERA, Transaction.EFT
PAID_ON = date(2026, 3, 2)
PAID = 9_000
ACCEPTED = ([edi.Answered()],)
NOT_APPROVED = ([edi.Answered("A3:496:41", "U")],)
ONE, TWO = "1234567893", "1987654324"


def test_an_unknown_payer_waits_and_is_matched_when_somebody_says_whose_id_it_is(db: Database) -> None:
    office = an_office(db, payer_id="")
    office.approve(ERA)
    office.take(remittance())
    assert office.state(ERA) is State.APPROVED
    (row,) = db.read(reports.rows_for_people)
    assert row["payer"] == "EXAMPLE HEALTH PLAN 55555, 00123, 1990000002"
    assert "match-payer-id" in row["next step"]

    def say(payer: str, payer_id: str) -> Counter[str] | Refusal:
        return db.transaction(lambda s: payer_facts.say_payer_id(s, payer, payer_id, as_of=MARCH))

    assert isinstance(say("nobody", "00123"), Refusal)
    assert say("example", "123") == {"new": 1}, "zeros matter (E-02)"
    assert office.state(ERA) is State.APPROVED
    assert say("example", " 00123 ") == {"new": 1, "practices matched": 1}
    assert office.state(ERA) is State.LIVE
    assert say("example", "00123") == {"known": 1}
    assert rows_for_people(db) == []


def test_an_unknown_payee_waits_and_is_matched_when_the_identity_is_known(db: Database) -> None:
    office = an_office(db, npi=TWO, tax_id="")
    office.approve(ERA)
    office.take(remittance())
    assert rows_for_people(db) == ["unmatched remittance"]
    identity = Identity("group", edi.NPI)
    db.transaction(lambda s: enrollment_begin.save_identities(s, office.practice, [identity]))
    assert db.transaction(lambda s: payer_facts.match_again(s, as_of=MARCH)) == 1
    assert office.state(ERA) is State.LIVE
    assert db.transaction(lambda s: payer_facts.match_again(s, as_of=MARCH)) == 0


def test_a_payee_named_by_its_tax_id_is_found_by_the_blind_index(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    named = [
        each.replace(f"*XX*{edi.NPI}", f"*FI*{edi.TAX_ID}")
        for each in edi.remittance()
        if not each.startswith("REF*TJ")
    ]
    office.take(read(edi.group(Kind.REMITTANCE, named)))
    assert office.state(ERA) is State.LIVE
    stored = db.read(lambda s: s.execute(select(RemittanceRow.payee_npi, RemittanceRow.payee_tax_index)).one())
    assert stored[0] == ""
    assert edi.TAX_ID not in stored[1]


def test_each_practice_gets_its_own_and_payees_are_never_mixed_up(db: Database) -> None:
    one, other = an_office(db, "one"), an_office(db, "other", npi=TWO, tax_id="990000009")
    for office in (one, other):
        office.approve(ERA)
    one.take(remittance())
    assert (one.state(ERA), other.state(ERA)) == (State.LIVE, State.APPROVED)


def test_a_payee_whose_tax_id_is_another_s_proves_nothing_and_is_an_issue_e_35(db: Database) -> None:
    office = an_office(db, tax_id="12-3456789")
    office.approve(ERA)
    office.take(remittance())
    assert office.state(ERA) is State.APPROVED
    assert issues(office) == {PaymentIssue.PAYEE_MISMATCH}
    identity = Identity("group", edi.NPI, tax_id=edi.TAX_ID)
    db.transaction(lambda s: enrollment_begin.save_identities(s, office.practice, [identity]))
    check(office, as_of=MARCH)
    assert issues(office) == set()
    assert office.state(ERA) is State.LIVE


def test_an_npi_of_two_practices_is_told_apart_by_the_tax_id(db: Database) -> None:
    one, other = an_office(db, "one", tax_id="990000009"), an_office(db, "other")
    for office in (one, other):
        office.approve(ERA)
    other.take(remittance())
    assert (one.state(ERA), other.state(ERA)) == (State.APPROVED, State.LIVE)
