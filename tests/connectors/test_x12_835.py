"""Remittances: who paid whom how much, whether it adds up, and what a person should know of it."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.inputs.payer_files import (
    Envelope,
    Expected,
    Finding,
    Identifier,
    Kind,
    PayerFile,
    PayerFileRefused,
    Position,
    Proof,
    Refusal,
    Remittance,
    findings,
    proves,
)
from tasks.connectors import x12_claims, x12_envelope
from tasks.connectors.x12 import read_payer_file
from tests import edi

PRACTICE = Expected(npis=frozenset({edi.NPI}), tax_ids=frozenset({edi.TAX_ID}))


def outcome(content: bytes) -> PayerFile | tuple[Refusal, Position]:
    try:
        return read_payer_file(io.BytesIO(content))
    except PayerFileRefused as error:
        return error.reason, error.position


def read(inside: Sequence[str], *, test: bool = False) -> Remittance:
    content = edi.encode(edi.interchange(edi.group(Kind.REMITTANCE, inside), test=test))
    (record,) = read_payer_file(io.BytesIO(content)).evidence
    assert isinstance(record, Remittance)
    return record


def test_a_remittance_is_read_as_it_was_written() -> None:
    claims = (
        edi.Claim(),
        edi.Claim(charged=20050, paid=0, status="4"),
        edi.Claim(charged=-8000, paid=-5075, status="22"),
    )
    assert read(edi.remittance(claims, adjustments=(500, -125))) == Remittance(
        envelope=Envelope(
            kind=Kind.REMITTANCE,
            is_test=False,
            sender_qualifier="ZZ",
            sender="CLEARINGHOUSE",
            receiver_qualifier="ZZ",
            receiver="PRACTICE",
            control="000000007",
            group_sender="CLEARINGHOUSE",
            group_receiver="PRACTICE",
            group_control="1",
        ),
        payer="EXAMPLE HEALTH PLAN",
        payer_ids=(Identifier("XV", "55555"), Identifier("2U", "00123")),
        payee_npi=edi.NPI,
        payee_tax_id=edi.TAX_ID,
        handling="I",
        amount_cents=3550,
        credit_or_debit="C",
        method="ACH",
        method_format="CCP",
        paid_on=date(2026, 3, 2),
        trace="880001",
        trace_payer=edi.PAYER_TAX_ID,
        produced_on=date(2026, 3, 1),
        claims=3,
        denials=1,
        reversals=1,
        charged_cents=27050,
        claims_paid_cents=3925,
        adjustments_cents=375,
        unbalanced_claims=0,
    )


def test_a_payee_named_by_tax_id_has_no_npi() -> None:
    inside = [
        f"N1*PE*EXAMPLE CLINIC*FI*{edi.TAX_ID}" if each.startswith("N1*PE*") else each for each in edi.remittance()
    ]
    record = read([each for each in inside if not each.startswith("REF*TJ*")])
    assert (record.payee_npi, record.payee_tax_id) == ("", edi.TAX_ID)


def test_a_remittance_without_claims_may_only_adjust() -> None:
    record = read(edi.remittance((), adjustments=(-2500,)))
    assert (record.claims, record.amount_cents, record.is_balanced) == (0, 2500, True)


def test_each_of_six_adjustments_of_a_provider_counts_e_33() -> None:
    six = "*".join(f"WO:{number}*{number}" for number in range(1, 7))
    record = read([*edi.remittance(), f"PLB*{edi.NPI}*20261231*{six}", f"PLB*{edi.NPI}*20261231*FB*-1.5"])
    assert record.adjustments_cents == 1950


def test_both_figures_of_a_payment_out_of_balance_are_told_e_33() -> None:
    record = read(edi.remittance((edi.Claim(), edi.Claim()), adjustments=(500,), amount=17000))
    assert (record.amount_cents, record.expected_cents, record.is_balanced) == (17000, 17500, False)
    assert findings(record, denial_percent=100) == (Finding.OUT_OF_BALANCE,)


def test_a_claim_out_of_balance_is_counted_e_33() -> None:
    off = edi.Claim(adjusted=5999)
    for claims, count in (((off,), 1), ((edi.Claim(), off, edi.Claim()), 1), ((off, off, edi.Claim()), 2)):
        record = read(edi.remittance(claims))
        assert record.unbalanced_claims == count
        assert record.is_balanced
        assert findings(record, denial_percent=100) == (Finding.CLAIMS_OUT_OF_BALANCE,)


CLAIMS = st.builds(
    edi.Claim,
    charged=st.integers(-99_999_999, 99_999_999),
    paid=st.integers(-99_999_999, 99_999_999),
    status=st.sampled_from(["1", "2", "3", "4", "19", "20", "21", "22", "23", "25"]),
    adjusted=st.none() | st.integers(-99_999, 99_999),
    lines=st.integers(1, 4),
)


@settings(max_examples=100, deadline=None)
@given(claims=st.lists(CLAIMS, max_size=30), adjustments=st.lists(st.integers(-99_999, 99_999), max_size=5))
def test_sums_are_exact_to_the_cent_e_33(claims: list[edi.Claim], adjustments: list[int]) -> None:
    record = read(edi.remittance(claims, adjustments=adjustments))
    assert record.claims == len(claims)
    assert record.denials == sum(claim.status == "4" for claim in claims)
    assert record.reversals == sum(claim.status == "22" for claim in claims)
    assert record.charged_cents == sum(claim.charged for claim in claims)
    assert record.claims_paid_cents == sum(claim.paid for claim in claims)
    assert record.adjustments_cents == sum(adjustments)
    assert record.unbalanced_claims == sum(
        claim.adjusted is not None and claim.adjusted != claim.charged - claim.paid for claim in claims
    )
    assert record.is_balanced


@settings(max_examples=100, deadline=None)
@given(
    claims=st.lists(CLAIMS, max_size=12),
    fault=st.none() | st.sampled_from([fault for fault in edi.FAULTS if fault.is_shape or fault.name.startswith("C")]),
)
def test_many_claims_at_once_are_read_as_each_alone(claims: list[edi.Claim], fault: edi.Fault | None) -> None:
    inside = edi.remittance(claims)
    whole = edi.interchange(edi.group(Kind.REMITTANCE, inside))
    content = edi.encode(edi.plant(whole, [fault]) if fault else whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(x12_claims, "FEW", 10**6)
        alone = outcome(content)
        patch.setattr(x12_claims, "FEW", 0)
        assert outcome(content) == alone


def test_claims_that_go_on_in_the_next_block_are_added_up_once_e_33(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = edi.remittance([edi.Claim(), edi.Claim(adjusted=1), edi.Claim(status="4")] * 5, adjustments=(500,))
    whole = read(inside)
    assert whole.unbalanced_claims == 5
    for size in range(130, 400, 13):
        monkeypatch.setattr(x12_claims, "FEW", size % 2 * 100)
        monkeypatch.setattr(x12_envelope, "SMALLEST_BLOCK", size)
        monkeypatch.setattr(x12_envelope, "LARGEST_BLOCK", size)
        assert read(inside) == whole


def read_or_reason(inside: Sequence[str]) -> Remittance | Refusal:
    try:
        return read(inside)
    except PayerFileRefused as error:
        return error.reason


AMOUNTS = st.text("0123456789.-", max_size=7) | st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{0,3})?", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(amount=AMOUNTS)
def test_amounts_of_claims_and_of_adjustments_are_read_alike(amount: str) -> None:
    base = edi.remittance(())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(x12_claims, "FEW", 0)
        in_claim = read_or_reason([*base, f"CLP*1*1*0*{amount}*0"])
    in_adjustment = read_or_reason([*base, f"PLB*{edi.NPI}*20261231*WO:1*{amount}"])
    if isinstance(in_claim, Remittance) and isinstance(in_adjustment, Remittance):
        assert in_claim.claims_paid_cents == in_adjustment.adjustments_cents
    else:
        assert in_claim is in_adjustment is Refusal.BAD_VALUE


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0", 0),
        ("12", 1200),
        ("12.", 1200),
        ("12.5", 1250),
        (".5", 50),
        ("-.05", -5),
        ("99999999999.99", 9_999_999_999_999),
    ],
)
def test_an_amount_is_read_however_it_is_shortened(amount: str, cents: int) -> None:
    assert read([*edi.remittance(()), f"CLP*1*1*{amount}*{amount}"]).claims_paid_cents == cents


@pytest.mark.parametrize("few", [0, 256])
def test_each_of_six_adjustments_of_one_segment_counts_e_33(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(x12_claims, "FEW", few)
    six = "**".join(f"{number}*{number}" for number in range(1, 7))
    for charged, unbalanced in ((21, 0), (15, 1), (1, 1)):
        assert read([*edi.remittance(()), f"CLP*1*1*{charged}*0", f"CAS*CO*{six}"]).unbalanced_claims == unbalanced


@pytest.mark.parametrize("few", [0, 256])
@pytest.mark.parametrize(
    "place", ["CLP*1*1*0*0~LX*2~CAS*PR*1*1", "CAS*PR*1*1", "TS2*1", "CLP*1*1*0*0~LX*2~TS2*1~NM1*QC"]
)
def test_details_belong_to_a_claim(monkeypatch: pytest.MonkeyPatch, few: int, place: str) -> None:
    monkeypatch.setattr(x12_claims, "FEW", few)
    assert read_or_reason([*edi.remittance(()), *place.split("~")]) is Refusal.MISPLACED


@pytest.mark.parametrize(
    ("method", "proof"), [("ACH", {Proof.ERA, Proof.EFT}), ("CHK", {Proof.ERA}), ("NON", {Proof.ERA})]
)
def test_an_era_proves_eft_only_when_it_paid_by_ach_e_12(method: str, proof: set[Proof]) -> None:
    assert proves(read(edi.remittance(method=method))) == proof


def test_an_ach_remittance_without_money_proves_no_eft_e_12() -> None:
    assert proves(read(edi.remittance((edi.Claim(paid=0),)))) == {Proof.ERA}


def test_nothing_is_found_in_a_good_remittance_e_35() -> None:
    assert findings(read(edi.remittance()), denial_percent=20, expected=PRACTICE) == ()


@pytest.mark.parametrize(("denied", "is_found"), [(0, False), (2, False), (3, True), (10, True)])
def test_a_denial_share_above_the_threshold_is_found_e_35(denied: int, is_found: bool) -> None:
    claims = [edi.Claim(status="4", paid=0)] * denied + [edi.Claim()] * (10 - denied)
    found = findings(read(edi.remittance([*claims])), denial_percent=20)
    assert (Finding.DENIAL_SHARE in found) is is_found


def test_reversals_and_zero_payments_are_found_e_35() -> None:
    claims = (edi.Claim(), edi.Claim(charged=-15000, paid=-9000, status="22"))
    assert findings(read(edi.remittance(claims)), denial_percent=20) == (Finding.REVERSAL, Finding.ZERO_PAY)


@pytest.mark.parametrize(
    ("expected", "is_found"),
    [
        (PRACTICE, False),
        (Expected(npis=frozenset({edi.NPI})), False),
        (Expected(npis=frozenset({"1999999999"}), tax_ids=frozenset({edi.TAX_ID})), True),
        (Expected(npis=frozenset({edi.NPI}), tax_ids=frozenset({"990000009"})), True),
        (Expected(npis=frozenset()), True),
    ],
)
def test_another_payee_is_found_e_35(expected: Expected, is_found: bool) -> None:
    record = read(edi.remittance())
    assert (Finding.PAYEE_MISMATCH in findings(record, denial_percent=20, expected=expected)) is is_found
    assert Finding.PAYEE_MISMATCH not in findings(record, denial_percent=20)


def test_a_payee_without_any_id_is_another_e_35() -> None:
    record = replace(read(edi.remittance()), payee_npi="", payee_tax_id="")
    assert findings(record, denial_percent=20, expected=PRACTICE) == (Finding.PAYEE_MISMATCH,)


@pytest.mark.parametrize(
    ("method", "is_approved", "is_found"), [("CHK", True, True), ("CHK", False, False), ("ACH", True, False)]
)
def test_a_check_after_eft_approval_is_found_e_13_e_35(method: str, is_approved: bool, is_found: bool) -> None:
    expected = replace(PRACTICE, eft_is_approved=is_approved)
    found = findings(read(edi.remittance(method=method)), denial_percent=20, expected=expected)
    assert (Finding.CHECK_AFTER_EFT in found) is is_found


def test_a_test_remittance_is_found_e_32() -> None:
    assert findings(read(edi.remittance(), test=True), denial_percent=20) == (Finding.TEST_FILE,)
