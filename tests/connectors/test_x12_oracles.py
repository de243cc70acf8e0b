"""Files that we write are good X12 for two other readers, and all three agree about what is in them."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations

import oxedi
import pytest
import pyx12.params
import pyx12.x12n_document
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.payer_files_writer import (
    Acknowledgment,
    Answers,
    Fault,
    PaidClaim,
    Payee,
    Payer,
    Payment,
    Sender,
    write_277ca,
    write_835,
    write_999,
)
from models.inputs.payer_files import ClaimAcknowledgment, PayerFile, PayerFileRefused, Remittance, SyntaxAcknowledgment
from tasks.connectors.x12 import read_payer_file
from tests import edi

pytestmark = pytest.mark.slow

SENDER = Sender(datetime(2026, 3, 2, 12, tzinfo=UTC))
PAYER, PAYEE = Payer("Example Health Plan", "55555"), Payee("Example Clinic", edi.NPI)
ON = date(2026, 3, 2)
PAYMENT = Payment(PAYER, PAYEE, ON, "880001", (PaidClaim(15000, 9000), PaidClaim(20000, 0)))
ANSWERS = (Answers(PAYEE, accepted=2, rejected=1), Answers(PAYEE, not_approved=1))
ACKNOWLEDGMENT = Acknowledgment(PAYER, ON, ANSWERS)


def read(content: bytes) -> PayerFile:
    return read_payer_file(io.BytesIO(content))


def complaints(content: bytes) -> str:
    """Let pyx12 check a file against its maps; empty when it finds nothing."""
    said = io.StringIO()
    is_valid = pyx12.x12n_document.x12n_document(
        pyx12.params.ParamsBase(), io.StringIO(content.decode()), None, None, fd_json=said
    )
    return "" if is_valid else said.getvalue()[:2_000]


@pytest.mark.parametrize("method", ["ACH", "CHK", "NON"])
def test_pyx12_accepts_every_835_that_we_write(method: str) -> None:
    paid = PAYMENT.claims if method != "NON" else (PaidClaim(15000, 0),)
    one = replace(PAYMENT, method=method, claims=paid)
    content = write_835(SENDER, one, replace(one, trace="880002", claims=(PaidClaim(5000, 5000),)))
    assert complaints(content) == ""


def test_pyx12_accepts_every_277ca_and_999_that_we_write() -> None:
    assert complaints(write_277ca(SENDER, ACKNOWLEDGMENT, replace(ACKNOWLEDGMENT, is_payers=False))) == ""
    for accepted, rejected in ((3, 0), (1, 2), (0, 2)):
        assert complaints(write_999(SENDER, accepted=accepted, rejected=rejected)) == ""


@settings(max_examples=50, deadline=None)
@given(
    claims=st.lists(
        st.builds(PaidClaim, charged=st.integers(10_000, 90_000), paid=st.integers(0, 10_000)), min_size=1, max_size=6
    ),
    adjustments=st.lists(st.integers(-5_000, 5_000).filter(bool), max_size=3),
)
def test_oxedi_reads_the_same_payment_and_claims(claims: list[PaidClaim], adjustments: list[int]) -> None:
    content = write_835(SENDER, replace(PAYMENT, claims=claims, adjustments=adjustments))
    (ours,) = read(content).evidence
    theirs = oxedi.parse(content)
    assert [each.kind for each in theirs.diagnostics] == []
    assert isinstance(ours, Remittance)
    assert (ours.claims, ours.is_balanced) == (len(claims), True)
    assert (theirs.count_claims(), round(float(theirs.sum_payments()) * 100)) == (ours.claims, ours.amount_cents)


def test_our_reader_gives_what_was_written() -> None:
    payment, claims, syntax = (
        read(content).evidence[0]
        for content in (
            write_835(SENDER, replace(PAYMENT, adjustments=(500,))),
            write_277ca(SENDER, ACKNOWLEDGMENT),
            write_999(SENDER, accepted=2, rejected=1),
        )
    )
    assert isinstance(payment, Remittance)
    assert isinstance(claims, ClaimAcknowledgment)
    assert isinstance(syntax, SyntaxAcknowledgment)
    assert (payment.amount_cents, payment.trace, payment.payee_npi, payment.denials) == (8500, "880001", edi.NPI, 1)
    assert [(one.accepted, one.rejected, one.not_approved) for one in claims.providers] == [(2, 1, 0), (0, 1, 1)]
    assert (syntax.received, syntax.accepted) == (3, 2)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert write_835(SENDER, PAYMENT) == write_835(SENDER, PAYMENT)


WRITERS = {
    "835": lambda faults: write_835(SENDER, PAYMENT, faults=faults),
    "277CA": lambda faults: write_277ca(SENDER, ACKNOWLEDGMENT, faults=faults),
    "999": lambda faults: write_999(SENDER, accepted=1, rejected=1, faults=faults),
}
MIXES = [mix for size in (1, 2, 3) for mix in combinations(Fault, size)]


@pytest.mark.parametrize("kind", WRITERS)
def test_any_mix_of_faults_is_refused_e_30(kind: str) -> None:
    for mix in MIXES:
        with pytest.raises(PayerFileRefused):
            read(WRITERS[kind](mix))
