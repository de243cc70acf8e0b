"""Syntax acknowledgments: what became of each transaction set and of the group."""

import io
from collections.abc import Sequence

import pytest

from models.inputs.payer_files import (
    Kind,
    PayerFileRefused,
    Proof,
    Refusal,
    SetAcknowledged,
    SyntaxAcknowledgment,
    Verdict,
    proves,
)
from tasks.connectors.x12 import read_payer_file
from tests import edi


def read(inside: Sequence[str]) -> SyntaxAcknowledgment:
    content = edi.encode(edi.interchange(edi.group(Kind.SYNTAX_ACKNOWLEDGMENT, inside)))
    (record,) = read_payer_file(io.BytesIO(content)).evidence
    assert isinstance(record, SyntaxAcknowledgment)
    return record


def test_an_acknowledgment_is_read_as_it_was_written() -> None:
    record = read(edi.syntax_acknowledgment("A", "E", "R"))
    assert record == SyntaxAcknowledgment(
        envelope=record.envelope,
        group_kind="HC",
        group_control="77",
        group_version="005010X222A1",
        verdict=Verdict.PARTLY_ACCEPTED,
        codes=(),
        included=3,
        received=3,
        accepted=2,
        sets=(
            SetAcknowledged("837", "0001", Verdict.ACCEPTED, (), 0, 0),
            SetAcknowledged("837", "0002", Verdict.ACCEPTED_WITH_ERRORS, ("5",), 1, 1),
            SetAcknowledged("837", "0003", Verdict.REJECTED, ("5",), 1, 1),
        ),
    )


@pytest.mark.parametrize(
    ("letter", "verdict"),
    [
        ("A", Verdict.ACCEPTED),
        ("E", Verdict.ACCEPTED_WITH_ERRORS),
        ("P", Verdict.PARTLY_ACCEPTED),
        ("R", Verdict.REJECTED),
        ("M", Verdict.REJECTED),
        ("W", Verdict.REJECTED),
        ("X", Verdict.REJECTED),
    ],
)
def test_each_letter_has_its_verdict(letter: str, verdict: Verdict) -> None:
    assert read(edi.syntax_acknowledgment(group=letter)).verdict is verdict
    if verdict is not Verdict.PARTLY_ACCEPTED:
        assert read(edi.syntax_acknowledgment(letter)).sets[0].verdict is verdict


def test_an_accepted_syntax_proves_the_syntax_only_e_12() -> None:
    assert proves(read(edi.syntax_acknowledgment("A", "A"))) == {Proof.SYNTAX}


def test_accepted_sets_may_go_unmentioned() -> None:
    record = read(edi.syntax_acknowledgment("A", received=3))
    assert (record.received, len(record.sets)) == (3, 1)


@pytest.mark.parametrize(
    ("old", "new", "reason", "element"),
    [
        ("AK1*HC", "AK2*HC", Refusal.MISSING, "AK1"),
        ("AK1*HC*77", "AK1*HC*one", Refusal.BAD_VALUE, "AK102"),
        ("AK2*837", "IK3*837", Refusal.MISPLACED, ""),
        ("AK2*837", "AK3*837", Refusal.UNKNOWN_SEGMENT, ""),
        ("IK5*R", "IK5*P", Refusal.BAD_VALUE, "IK501"),
        ("IK5*R", "IK5*Q", Refusal.BAD_VALUE, "IK501"),
        ("IK5*R", "AK9*R", Refusal.MISPLACED, ""),
        ("AK9*R*1*1*0", "AK9*R*1*0*0", Refusal.COUNT, "AK903"),
        ("AK9*R*1*1*0", "AK9*R*1*1*2", Refusal.COUNT, "AK904"),
        ("AK9*R*1*1*0", "AK9*R*1*1*", Refusal.BAD_VALUE, "AK904"),
        ("AK9*R*1*1*0", "AK2*837*0002", Refusal.MISSING, "AK9"),
    ],
)
def test_a_broken_acknowledgment_is_refused_e_30(old: str, new: str, reason: Refusal, element: str) -> None:
    inside = edi.syntax_acknowledgment("R")
    assert any(old in each for each in inside)
    with pytest.raises(PayerFileRefused) as caught:
        read([each.replace(old, new) for each in inside])
    assert (caught.value.reason, caught.value.position.element) == (reason, element)
