"""Files from payers in the store: each once, matched whenever payers are known, told in whatever order they come."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select, text

from models.db import Database
from models.inputs.billing_evidence import BillingDay
from models.inputs.payer_files import Kind
from models.reports import payer_evidence as reports
from models.rules.enrollment import State
from models.rules.enrollment_events import Approve
from models.rules.onboarding_facts import PaymentIssue, Transaction
from models.store import payer_facts, payer_files
from models.tables.base import Base
from models.tables.enrollment import PayerIdRow
from models.tables.events import Event
from models.tables.payer_files import EvidenceRow, PayerFileRow, RemittanceRow
from tests import edi
from tests.store.payer_office import (
    MARCH,
    Office,
    acknowledgment,
    activity,
    an_office,
    check,
    count,
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


def test_the_first_production_remittance_makes_an_approved_era_live_e_12(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    assert office.take(remittance()) == {"file": 1, "remittances": 1}
    assert office.state(ERA) is State.LIVE
    assert office.facts(ERA).last_proof_on == PAID_ON


def test_a_test_remittance_proves_nothing_and_does_not_stand_in_the_way_e_32(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    assert office.take(remittance(test=True)) == {"file": 1, "remittances": 1, "test_file": 1}
    assert office.state(ERA) is State.APPROVED
    assert office.take(remittance()) == {"file": 1, "remittances": 1}
    assert office.state(ERA) is State.LIVE
    assert count(db, RemittanceRow) == 1


def test_the_same_file_and_the_same_remittance_in_another_file_are_nothing_new_e_31(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    office.take(remittance())
    before = count(db, Event), count(db, EvidenceRow)
    assert office.take(remittance()) == {"again": 1}
    other = read(edi.group(Kind.REMITTANCE, edi.remittance()), control=8)
    assert office.take(other) == {"file": 1, "known remittances": 1}
    assert (count(db, Event), count(db, EvidenceRow)) == before
    assert (count(db, PayerFileRow), count(db, RemittanceRow)) == (2, 1)


def test_the_same_check_number_with_another_amount_is_another_remittance_e_31(db: Database) -> None:
    office = an_office(db)
    office.take(remittance())
    assert office.take(remittance(claims=(edi.Claim(paid=8_000),)))["remittances"] == 1


@pytest.mark.parametrize("deposit_first", [True, False])
def test_eft_needs_the_deposit_of_the_same_trace_and_amount_e_12(db: Database, deposit_first: bool) -> None:
    office = an_office(db)
    office.approve(EFT)

    def deposit() -> None:
        assert office.deposit("880001", PAID - 1, PAID_ON) == {"new": 1}
        assert office.deposit("880002", PAID, PAID_ON) == {"new": 1}
        assert office.state(EFT) is State.APPROVED
        assert office.deposit("880001", PAID, PAID_ON) == {"new": 1}
        assert office.deposit("880001", PAID, PAID_ON) == {"known": 1}

    steps: list[Callable[[], object]] = [deposit, lambda: office.take(remittance())]
    for step in steps if deposit_first else reversed(steps):
        step()
    assert office.state(EFT) is State.LIVE


@pytest.mark.parametrize(
    ("facts", "is_live"),
    [({}, True), ({"source": "AY"}, False), ({"test": True}, False)],
    ids=["the payer's", "a clearinghouse's", "a test"],
)
def test_only_the_payer_s_277ca_makes_claims_live_e_12_e_32(db: Database, facts: dict[str, Any], is_live: bool) -> None:
    office = an_office(db)
    office.approve(CLAIMS)
    office.take(acknowledgment(*ACCEPTED, **facts))
    assert office.state(CLAIMS) is (State.LIVE if is_live else State.APPROVED)


def test_a_999_proves_nothing_e_12(db: Database) -> None:
    office = an_office(db)
    office.approve(CLAIMS)
    office.take(read(edi.group(Kind.SYNTAX_ACKNOWLEDGMENT, edi.syntax_acknowledgment("A"))))
    assert office.state(CLAIMS) is State.APPROVED


def test_an_unapproved_submitter_degrades_claims_with_a_task_e_13(db: Database) -> None:
    office = an_office(db)
    office.approve(CLAIMS)
    office.prove(CLAIMS)
    office.take(acknowledgment(*NOT_APPROVED))
    assert office.state(CLAIMS) is State.DEGRADED
    tasks = db.read(lambda s: s.execute(text("SELECT key FROM work_items WHERE closed_at IS NULL")).scalars().all())
    assert "repair.example:claims" in tasks


def test_a_check_after_the_approval_degrades_eft_and_a_later_deposit_repairs_it_e_13(db: Database) -> None:
    office = an_office(db)
    office.approve(EFT)
    office.prove(EFT)
    office.take(remittance(method="CHK"))
    assert office.state(EFT) is State.DEGRADED
    later = [each.replace("20260302", "20260309") for each in edi.remittance(trace="880002")]
    office.take(read(edi.group(Kind.REMITTANCE, later)))
    office.deposit("880002", PAID, date(2026, 3, 9))
    assert office.state(EFT) is State.LIVE


def test_a_check_before_the_effective_day_is_no_contradiction_e_13(db: Database) -> None:
    office = an_office(db)
    office.approve(EFT, effective_on=PAID_ON + timedelta(days=1))
    office.prove(EFT)
    office.take(remittance(method="CHK"))
    assert office.state(EFT) is State.PROVING


def test_late_doubled_and_reordered_evidence_ends_the_same_e_11(db: Database) -> None:
    names = [f"practice-{number}" for number in range(6)]
    npis = ("1000000004", "1000000012", "1000000020", "1000000038", "1000000046", "1000000053")
    ends = set()
    for name, npi, order in zip(names, npis, permutations(range(3)), strict=True):
        office = an_office(db, name, npi=npi, tax_id="")
        office.approve(ERA, EFT)
        office.prove(ERA)
        office.prove(EFT)
        steps: list[Callable[[Office, str], object]] = [
            lambda one, payee: one.take(remittance(payee=payee, trace=payee)),
            lambda one, payee: one.take(remittance(payee=payee, trace=f"C{payee}", method="CHK")),
            lambda one, payee: one.deposit(payee, PAID, PAID_ON + timedelta(days=1)),
        ]
        for step in (*order, *order):
            steps[step](office, npi)
        ends.add((office.state(ERA), office.state(EFT), office.facts(EFT).last_proof_on))
    assert ends == {(State.LIVE, State.LIVE, PAID_ON + timedelta(days=1))}


def test_evidence_that_came_before_the_approval_counts_after_it(db: Database) -> None:
    office = an_office(db)
    office.submit(ERA)
    office.take(remittance())
    assert office.state(ERA) is State.PENDING_PAYER
    office.command(ERA, Approve(on=PAID_ON), as_of=MARCH + timedelta(days=2))
    assert office.state(ERA) is State.APPROVED
    check(office, as_of=MARCH + timedelta(days=3))
    assert office.state(ERA) is State.LIVE
    assert check(office, as_of=MARCH + timedelta(days=4)) == {}


def test_a_paid_claim_without_its_remittance_degrades_the_era_after_four_business_days_e_13_e_29(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    office.prove(ERA)
    day = date(2026, 3, 9)
    seen = BillingDay("example  health PLAN", day, charges=2, submitted=2, paid=1)
    activity(office, seen, as_of=MARCH + timedelta(days=7))
    check(office, as_of=MARCH + timedelta(days=11))
    assert office.state(ERA) is State.PROVING, "March 13 is the fourth business day"
    check(office, as_of=MARCH + timedelta(days=12))
    assert office.state(ERA) is State.DEGRADED
    late = [each.replace("20260302", "20260306") for each in edi.remittance()]
    office.take(read(edi.group(Kind.REMITTANCE, late)), as_of=MARCH + timedelta(days=13))
    assert office.state(ERA) is State.LIVE


def test_claims_that_flow_are_remembered_since_the_approval_e_23(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    days = [BillingDay("Example Health Plan", PAID_ON - timedelta(days=n), submitted=1) for n in (0, 3, 30)]
    activity(office, *days, as_of=MARCH)
    facts = office.facts(ERA)
    assert (facts.first_claim_on, facts.last_claim_on) == (PAID_ON - timedelta(days=3), PAID_ON)


def test_claims_seen_before_the_approval_was_recorded_count_after_it_e_23(db: Database) -> None:
    office = an_office(db)
    office.submit(ERA)
    activity(office, BillingDay("Example Health Plan", PAID_ON, submitted=1), as_of=MARCH)
    assert office.facts(ERA).first_claim_on is None
    office.command(ERA, Approve(on=PAID_ON - timedelta(days=1)), as_of=MARCH + timedelta(days=2))
    check(office, as_of=MARCH + timedelta(days=3))
    assert office.facts(ERA).first_claim_on == PAID_ON


def test_the_median_gap_is_told_with_each_proof_e_24(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    for number, day in enumerate(("20260302", "20260309", "20260318")):
        paid = [each.replace("20260302", day) for each in edi.remittance(trace=f"T{number}")]
        office.take(read(edi.group(Kind.REMITTANCE, paid)))
    facts = office.facts(ERA)
    assert (facts.last_proof_on, facts.median_gap_days) == (date(2026, 3, 18), 8)


def test_a_payment_out_of_balance_is_shown_with_both_figures_e_33(db: Database) -> None:
    office = an_office(db)
    assert office.take(remittance(amount=8_950))["out_of_balance"] == 1
    (row,) = db.read(reports.rows_for_people)
    assert (row["what"], row["amount"]) == ("out of balance", "paid 89.50, claims less adjustments 90.00")


def test_issues_are_named_by_payer_e_35(db: Database) -> None:
    office = an_office(db)
    office.approve(EFT)

    office.take(remittance())
    assert issues(office) == set()
    denied = [edi.Claim(paid=0, status="4")] * 3
    office.take(remittance(claims=(*denied, edi.Claim(status="22")), trace="2", method="CHK"))
    office.take(remittance(claims=(edi.Claim(paid=0),), trace="3"))
    assert issues(office) == {
        PaymentIssue.MANY_DENIALS,
        PaymentIssue.REVERSAL,
        PaymentIssue.CHECK_AFTER_EFT,
        PaymentIssue.ZERO_PAY,
    }


def test_an_insurer_s_name_in_the_practice_system_can_be_said_to_be_a_payer_s(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    seen = BillingDay("EHP of Arizona", PAID_ON, submitted=1)
    assert activity(office, seen, as_of=MARCH) == {"days": 1, "without payer": 1}
    assert office.facts(ERA).first_claim_on is None
    db.transaction(lambda s: payer_facts.say_payer_id(s, "example", "EHP of Arizona", as_of=MARCH))
    assert activity(office, seen, as_of=MARCH) == {"days": 1}
    assert office.facts(ERA).first_claim_on == PAID_ON


def test_a_day_never_shows_less_than_it_did(db: Database) -> None:
    office = an_office(db)
    activity(office, BillingDay("Example Health Plan", PAID_ON, charges=3, submitted=2), as_of=MARCH)
    activity(office, BillingDay("Example Health Plan", PAID_ON, charges=1), as_of=MARCH)
    rows = db.read(lambda s: s.execute(text("SELECT charges, submitted FROM claim_activity")).all())
    assert [tuple(row) for row in rows] == [(3, 2)]


def test_a_refused_file_may_be_read_after_all(db: Database) -> None:
    file = remittance()

    def refuse() -> None:
        db.transaction(lambda s: payer_files.record_refusal(s, file.sha256, file.size, "Why.", as_of=MARCH))

    refuse()
    assert db.read(lambda s: payer_files.state_of_file(s, file.sha256)) == ("refused", "Why.")
    assert rows_for_people(db) == [f"refused file {file.sha256[:12]}"]
    office = an_office(db)
    assert office.take(file) == {"file": 1, "remittances": 1}
    refuse()
    assert db.read(lambda s: payer_files.state_of_file(s, file.sha256)) == ("read", "")


def test_many_payees_of_one_file_are_matched_at_once(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    many = [edi.remittance(trace=f"T{number}", payee=f"{number:010d}") for number in range(600)]
    file = read(edi.group(Kind.REMITTANCE, *many, edi.remittance()))
    assert office.take(file) == {"file": 1, "remittances": 601}
    assert office.state(ERA) is State.LIVE
    by_tax_id = db.read(lambda s: s.scalar(select(func.count()).where(RemittanceRow.practice_id == office.practice)))
    assert by_tax_id == 601, "their tax id is the practice's; their NPIs are not, so they prove nothing"
    assert issues(office) == {PaymentIssue.PAYEE_MISMATCH}


def test_nothing_of_a_patient_reaches_the_database_e_34(db: Database) -> None:
    office = an_office(db)
    office.approve()
    office.take(remittance(adjustments=(500,)))
    office.take(acknowledgment([edi.Answered(), *NOT_APPROVED[0]]))
    office.take(read(edi.group(Kind.SYNTAX_ACKNOWLEDGMENT, edi.syntax_acknowledgment("A", "E", "R"))))
    stored = db.read(
        lambda s: [str(tuple(row)) for table in Base.metadata.sorted_tables for row in s.execute(select(table)).all()]
    )
    assert count(db, RemittanceRow) == 1
    assert count(db, PayerIdRow) == 3
    marks = [*edi.PATIENTS, edi.TAX_ID]
    assert [mark for mark in marks for line in stored if mark in line] == []


def test_what_a_practice_has_from_its_payers_is_summed_up(db: Database) -> None:
    office = an_office(db)
    office.approve()
    office.take(remittance())
    office.deposit("880001", PAID, PAID_ON)
    office.take(acknowledgment(*ACCEPTED))
    paid, claims = db.read(lambda s: reports.rows_of_practice(s, practice="maple-street"))
    assert (paid["payer"], paid["count"], paid["amount"], paid["with deposit"]) == ("example", "1", "90.00", "1")
    assert (claims["payer"], claims["amount"]) == ("example", "1 accepted, 0 rejected")


def test_two_files_at_once_that_share_their_remittances_count_each_once(db: Database) -> None:
    office = an_office(db)
    office.approve(ERA)
    shared = [edi.remittance(trace=f"T{number}") for number in range(40)]
    files = [
        read(edi.group(Kind.REMITTANCE, *order), control=control)
        for control, order in enumerate((shared, shared[::-1], shared[20:] + shared[:20]), start=1)
    ]
    with ThreadPoolExecutor(len(files)) as threads:
        counts = list(threads.map(office.take, files))
    assert sum(each["remittances"] for each in counts) == 40
    assert sum(each["known remittances"] for each in counts) == 80
    assert (count(db, RemittanceRow), count(db, PayerFileRow)) == (40, 3)
    assert office.state(ERA) is State.LIVE
    assert count(db, EvidenceRow) == 1
