"""Claim acknowledgments: how many claims of each provider were taken, and when the submitter is not approved."""

import io
from collections.abc import Sequence
from datetime import date

import pytest

from models.inputs.payer_files import (
    ClaimAcknowledgment,
    Identifier,
    Kind,
    PayerFileRefused,
    ProviderClaims,
    Refusal,
    Source,
    StatusCount,
    proves,
)
from tasks.connectors.x12 import read_payer_file
from tests import edi

GOOD, BAD = edi.Answered(), edi.Answered("A7:562:85", "U")


def read(inside: Sequence[str]) -> ClaimAcknowledgment:
    content = edi.encode(edi.interchange(edi.group(Kind.CLAIM_ACKNOWLEDGMENT, inside)))
    (record,) = read_payer_file(io.BytesIO(content)).evidence
    assert isinstance(record, ClaimAcknowledgment)
    return record


def refusal(inside: Sequence[str]) -> tuple[Refusal, str]:
    with pytest.raises(PayerFileRefused) as caught:
        read(inside)
    return caught.value.reason, caught.value.position.element


def test_an_acknowledgment_is_read_as_it_was_written() -> None:
    record = read(edi.claim_acknowledgment([GOOD, BAD, GOOD], [edi.Answered("A3:496:85", "U")]))
    providers = (
        ProviderClaims(
            edi.NPI, edi.TAX_ID, 2, 1, 0, 0, (StatusCount("A2", "20", "PR", 2), StatusCount("A7", "562", "85", 1))
        ),
        ProviderClaims(edi.NPI, edi.TAX_ID, 0, 1, 0, 1, (StatusCount("A3", "496", "85", 1),)),
    )
    assert record == ClaimAcknowledgment(
        envelope=record.envelope,
        source=Source.PAYER,
        source_id=Identifier("PI", "55555"),
        source_name="EXAMPLE HEALTH PLAN",
        submitter_id=Identifier("46", "S00077"),
        batch="BATCH77",
        received_on=date(2026, 2, 28),
        processed_on=date(2026, 3, 1),
        submitter_not_approved=False,
        statuses=(StatusCount("A1", "19", "PR", 1),),
        stated_accepted=2,
        stated_rejected=2,
        accepted_cents=30000,
        rejected_cents=30000,
        providers=providers,
    )
    assert record.envelope.kind is Kind.CLAIM_ACKNOWLEDGMENT


@pytest.mark.parametrize(
    ("status", "action", "counts"),
    [
        ("A1:19:PR", "WQ", (1, 0, 0)),
        ("A2:20", "WQ", (1, 0, 0)),
        ("A5:20:PR", "WQ", (1, 0, 0)),
        ("A2:20:PR", "U", (0, 0, 1)),
        ("A0:16:PR", "WQ", (0, 0, 1)),
        ("A4:35:PR", "WQ", (0, 0, 1)),
        ("A3:21:82", "U", (0, 1, 0)),
        ("A6:21:82", "U", (0, 1, 0)),
        ("A7:21:82", "U", (0, 1, 0)),
        ("A8:21:82", "", (0, 1, 0)),
        ("A3:21:82", "WQ", (0, 0, 1)),
        ("E1:1", "WQ", (0, 0, 1)),
    ],
)
def test_a_claim_counts_by_its_category_and_action_e_12(status: str, action: str, counts: tuple[int, int, int]) -> None:
    (provider,) = read(edi.claim_acknowledgment([edi.Answered(status, action)])).providers
    assert (provider.accepted, provider.rejected, provider.unclear) == counts


@pytest.mark.parametrize(
    ("source", "answers", "is_proof"),
    [("PR", [GOOD], True), ("PR", [BAD, GOOD], True), ("PR", [BAD], False), ("PR", [], False), ("AY", [GOOD], False)],
)
def test_only_an_accepted_claim_by_the_payer_itself_proves_claims_e_12(
    source: str, answers: list[edi.Answered], is_proof: bool
) -> None:
    assert bool(proves(read(edi.claim_acknowledgment(answers, source=source)))) is is_proof


@pytest.mark.parametrize("category", ["A3", "A7", "A8"])
@pytest.mark.parametrize(
    "status", ["496:85", "496:41", "496", "24:85", "24:41", "24:AY", "24:87", "24", "25:41", "25:85"]
)
def test_a_submitter_that_is_not_approved_is_told_e_13(category: str, status: str) -> None:
    answers = [edi.Answered(f"{category}:{status}", "U"), GOOD, edi.Answered(f"{category}:{status}", "U")]
    (provider,) = read(edi.claim_acknowledgment(answers)).providers
    assert (provider.not_approved, provider.rejected, provider.accepted) == (2, 2, 1)


@pytest.mark.parametrize(
    ("status", "action"),
    [("A3:25:82", "U"), ("A3:25", "U"), ("A3:24:82", "U"), ("A6:496:85", "U"), ("A2:496:85", "WQ"), ("A3:496:85", "WQ"),
     ("A3:21:85", "U"), ("A8:562:85", "U")],
)  # fmt: skip
def test_other_rejections_say_nothing_about_the_submitter_e_13(status: str, action: str) -> None:
    record = read(edi.claim_acknowledgment([edi.Answered(status, action)]))
    assert [provider.not_approved for provider in record.providers] == [0]
    assert not record.submitter_not_approved


def test_the_submitter_may_be_rejected_with_the_whole_batch_e_13() -> None:
    record = read(edi.claim_acknowledgment(batch_status="A3:24:41", batch_action="U"))
    assert record.submitter_not_approved
    assert record.providers == ()


def test_the_submitter_may_be_rejected_for_a_provider_or_on_a_line_e_13() -> None:
    (provider,) = read(edi.claim_acknowledgment([], provider_status="A8:496:85")).providers
    assert (provider.not_approved, provider.rejected) == (1, 0)
    answer = edi.Answered("A3:21:85", "U", line_status="A3:496:85")
    (provider,) = read(edi.claim_acknowledgment([answer])).providers
    assert (provider.not_approved, provider.rejected) == (1, 1)


def test_a_line_s_status_decides_nothing_about_the_claim() -> None:
    (provider,) = read(edi.claim_acknowledgment([edi.Answered(line_status="A3:21:85")])).providers
    assert (provider.accepted, provider.rejected) == (1, 0)


def test_further_statuses_of_one_segment_count_too_e_13() -> None:
    inside = edi.claim_acknowledgment([BAD])
    inside = [f"{each}******A3:496:85" if each.startswith("STC*A7") else each for each in inside]
    assert [each.count("*") for each in inside if each.startswith("STC*A7")] == [10]
    (provider,) = read(inside).providers
    assert (provider.rejected, provider.not_approved) == (1, 1)


def test_several_claims_of_one_patient_are_counted_each() -> None:
    inside = edi.claim_acknowledgment([GOOD])
    (provider,) = read([*inside, "TRN*2*OTHER", "STC*A3:21:82*20260301*U*1"]).providers
    assert (provider.accepted, provider.rejected) == (1, 1)


@pytest.mark.parametrize("qualifier", ["XX*1999999999", "FI*990009999", "MI*", ""])
def test_a_patient_s_number_is_never_taken_for_the_provider_s_e_34(qualifier: str) -> None:
    inside = claims_of_one_patient(qualifier)
    (provider,) = read(inside).providers
    assert (provider.npi, provider.tax_id, provider.accepted) == (edi.NPI, edi.TAX_ID, 1)


def claims_of_one_patient(number: str) -> list[str]:
    inside = edi.claim_acknowledgment([GOOD])
    return [f"NM1*QC*1*DOE*JANE****{number}" if each.startswith("NM1*QC*") else each for each in inside]


def test_a_person_s_name_is_not_kept_even_of_a_source() -> None:
    inside = [
        each.replace("NM1*PR*2*EXAMPLE HEALTH PLAN*", "NM1*PR*1*RIVERA*SAM") for each in edi.claim_acknowledgment()
    ]
    assert read(inside).source_name == ""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("BHT*0085", "BHT*0010", (Refusal.OTHER_TRANSACTION, "BHT01")),
        ("BHT*0085", "REF*0085", (Refusal.MISSING, "BHT")),
        ("HL*2*1*21", "HL*3*1*21", (Refusal.COUNT, "HL01")),
        ("HL*2*1*21", "HL*2*2*21", (Refusal.CONTROL_NUMBER, "HL02")),
        ("HL*2*1*21", "HL*2*1*19", (Refusal.MISPLACED, "")),
        ("HL*4*3*PT", "HL*4*3*23", (Refusal.MISPLACED, "")),
        ("NM1*QC", "NM1*IL", (Refusal.MISPLACED, "")),
        ("NM1*41", "TRN*41", (Refusal.MISSING, "NM1")),
        ("DTP*050*D8*20260228", "DTP*050*D8*20260230", (Refusal.BAD_VALUE, "DTP03")),
        ("DTP*050*D8*20260228", "QTY*90*1", (Refusal.MISPLACED, "")),
        ("DTP*050*D8*20260228", "PLB*90*1", (Refusal.UNKNOWN_SEGMENT, "")),
        ("STC*A2:20:PR", "STC*A2", (Refusal.BAD_VALUE, "STC01")),
        ("STC*A2:20:PR", "STC*A2:20:DOE JANE", (Refusal.BAD_VALUE, "STC01")),
        ("STC*A2:20:PR", "REF*1K", (Refusal.MISSING, "STC")),
        (f"TRN*2*{edi.PATIENTS[3]}", "REF*1K*1", (Refusal.MISSING, "TRN")),
        ("QTY*90*1", "QTY*90*-1", (Refusal.BAD_VALUE, "QTY02")),
        ("AMT*YU*150", "AMT*YU*150,0", (Refusal.BAD_VALUE, "AMT02")),
    ],
)
def test_a_broken_acknowledgment_is_refused_e_30(old: str, new: str, reason: tuple[Refusal, str]) -> None:
    inside = edi.claim_acknowledgment([GOOD])
    assert any(old in each for each in inside)
    assert refusal([each.replace(old, new) for each in inside]) == reason


@pytest.mark.parametrize("count", [0, 1, 6])
def test_an_acknowledgment_that_stops_early_is_refused_e_30(count: int) -> None:
    assert refusal(edi.claim_acknowledgment([GOOD])[:count])[0] is Refusal.MISSING
