"""Files from payers as a whole: what is read, what is refused, and that nothing of a patient stays."""

import io
import os
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.inputs.payer_files import (
    SENTENCES,
    Kind,
    PayerFile,
    PayerFileRefused,
    Position,
    Proof,
    Refusal,
    Remittance,
    proves,
    remittance_key,
)
from tasks.connectors import x12, x12_envelope
from tasks.connectors.x12 import read_payer_file
from tests import edi

CASES = int(os.environ.get("GOLIVE_TEST_X12_CASES", "2000"))
"""How many mutated files the fuzz test tries; 100,000 in a long run."""
SIGNS = (
    edi.USUAL,
    edi.Signs(line_end="\n"),
    edi.Signs(line_end="\r\n"),
    edi.Signs(line_end="\r"),
    edi.Signs(line_end="\n\n"),
    edi.Signs(terminator="\n"),
    edi.Signs(terminator="\r", line_end="\n"),
    edi.Signs(element="|", repetition="!", component=">", terminator="\x1c"),
    edi.Signs(element="\x1d", repetition="\x1e", component="\x1f", terminator="'"),
)
MIXED = edi.interchange(
    edi.group(Kind.REMITTANCE, edi.remittance(), edi.remittance(adjustments=(500, -200), trace="880002")),
    edi.group(Kind.CLAIM_ACKNOWLEDGMENT, edi.claim_acknowledgment([edi.Answered(), edi.Answered("A3:21:85", "U")])),
    edi.group(Kind.SYNTAX_ACKNOWLEDGMENT, edi.syntax_acknowledgment("A", "E", "R")),
)
ONE = edi.interchange(edi.group(Kind.REMITTANCE, edi.remittance(adjustments=(500,))))


def read(content: bytes) -> PayerFile:
    return read_payer_file(io.BytesIO(content))


def refused(content: bytes) -> PayerFileRefused:
    with pytest.raises(PayerFileRefused) as caught:
        read(content)
    return caught.value


class Trickle:
    """Gives a few bytes at a time, as a pipe may."""

    def __init__(self, content: bytes, size: int) -> None:
        self._bytes = io.BytesIO(content)
        self._size = size

    def read(self, size: int, /) -> bytes:
        return self._bytes.read(min(size, self._size))


@pytest.mark.parametrize("signs", SIGNS, ids=repr)
def test_delimiters_and_line_ends_make_no_difference_e_30(signs: edi.Signs) -> None:
    usual, other = read(edi.encode(MIXED)), read(edi.encode(MIXED, signs))
    assert other.evidence == usual.evidence
    assert other.envelopes == usual.envelopes
    assert other.kinds == (Kind.REMITTANCE, Kind.CLAIM_ACKNOWLEDGMENT, Kind.SYNTAX_ACKNOWLEDGMENT)


@pytest.mark.parametrize("signs", SIGNS, ids=repr)
def test_the_end_of_the_last_line_may_be_missing_e_30(signs: edi.Signs) -> None:
    content = edi.encode(MIXED, signs)
    last = signs.terminator + signs.line_end
    for cut in range(len(last) + 1):
        assert read(content[: len(content) - cut]).evidence == read(content).evidence


def test_a_byte_order_mark_is_no_content_e_30() -> None:
    content = edi.encode(MIXED)
    mark = b"\xef\xbb\xbf"
    assert read(mark + content).evidence == read(content).evidence
    assert len(read(mark + content + b"\r\n" + mark + content).evidence) == 2 * len(read(content).evidence)


def test_latin_1_and_utf_8_both_show_the_payer_s_name_e_30() -> None:
    named = [segment.replace("EXAMPLE HEALTH", "SEGURO MÉDICO ÑANDÚ") for segment in ONE]
    for charset in ("latin-1", "utf-8"):
        (record,) = read(edi.encode(named, charset=charset)).evidence
        assert isinstance(record, Remittance)
        assert record.payer == "SEGURO MÉDICO ÑANDÚ PLAN"


def test_several_interchanges_with_other_delimiters_are_one_file_e_30() -> None:
    files = [
        edi.encode(edi.interchange(edi.group(Kind.REMITTANCE, edi.remittance()), control=n), signs)
        for n, signs in enumerate(SIGNS, start=1)
    ]
    whole = read(b"".join(files))
    assert [envelope.control for envelope in whole.envelopes] == [f"{n:09d}" for n in range(1, len(SIGNS) + 1)]
    assert len(whole.evidence) == len(SIGNS)


def test_an_interchange_may_only_acknowledge_another() -> None:
    note = edi.interchange()
    content = edi.encode([note[0], "TA1*000000007*260301*1200*A*000", *note[1:]])
    assert read(content).evidence == ()


@pytest.mark.parametrize(
    "content", [b"", b"\r\n \r\n", b"hello", b"ISB*00*", b"{}", b"%PDF-1.7", "ISA*00".encode("utf-16")]
)
def test_a_file_without_isa_is_reported_e_30(content: bytes) -> None:
    assert refused(content).reason is Refusal.NO_INTERCHANGE


@pytest.mark.parametrize("sign", ["A", "z", "0", " ", ".", "-", "\xe9", "*", ":"])
def test_a_delimiter_must_be_a_sign_of_its_own_e_30(sign: str) -> None:
    head = edi.encode(ONE)
    assert refused(head[:105] + sign.encode("latin-1") + head[106:]).reason is Refusal.DELIMITERS


@pytest.mark.parametrize("fault", edi.FAULTS, ids=lambda fault: fault.name)
def test_each_fault_is_refused_with_its_reason_and_place_e_30(fault: edi.Fault) -> None:
    content = edi.encode(edi.plant(ONE, [fault]))
    error = refused(content)
    assert error.reason is fault.reason
    assert content[: error.position.offset].count(b"~") + 1 == error.position.segment
    assert error.position.offset == 0 or content[error.position.offset - 1 :].startswith(b"~")


@settings(max_examples=200, deadline=None)
@given(faults=st.lists(st.sampled_from(edi.FAULTS), min_size=1, max_size=6, unique_by=lambda fault: fault.name))
def test_any_mix_of_faults_is_refused_for_one_of_them_e_30(faults: Sequence[edi.Fault]) -> None:
    mixed = edi.interchange(
        edi.group(Kind.REMITTANCE, edi.remittance(adjustments=(500,))), edi.group(Kind.SYNTAX_ACKNOWLEDGMENT)
    )
    assert refused(edi.encode(edi.plant(mixed, faults))).reason in {fault.reason for fault in faults}


def test_the_place_of_a_fault_is_counted_through_the_whole_file_e_30() -> None:
    first, second = edi.encode(MIXED), edi.encode(edi.plant(ONE, [edi.FAULTS[0]]))
    assert refused(second).position == Position(1, 1, 4, second.index(b"TRN*"), "BPR")
    at = first.count(b"~") + 4
    assert refused(first + second).position == Position(2, 1, at, len(first) + second.index(b"TRN*"), "BPR")


@pytest.mark.parametrize("cut", range(0, 900, 7))
def test_a_cut_file_is_refused_whole_e_30(cut: int) -> None:
    content = edi.encode(ONE)
    assert cut < len(content) - len("~")
    assert refused(content[:cut]).reason in {
        Refusal.NO_INTERCHANGE,
        Refusal.BROKEN_ISA,
        Refusal.UNFINISHED,
    }


def test_a_file_beyond_the_limit_is_refused_e_30() -> None:
    content = edi.encode(ONE)
    assert read_payer_file(io.BytesIO(content), limit=len(content)).size == len(content)
    with pytest.raises(PayerFileRefused) as caught:
        read_payer_file(io.BytesIO(content), limit=len(content) - 1)
    assert caught.value.reason is Refusal.TOO_LARGE
    assert x12.LARGEST_FILE == 50 * 1024 * 1024


def test_a_segment_of_ten_thousand_signs_is_the_longest_e_30() -> None:
    longest = "N3*" + "X" * (x12_envelope.LONGEST_SEGMENT - 3)
    whole = [longest if segment.startswith("N3*") else segment for segment in ONE]
    assert read(edi.encode(whole)).evidence == read(edi.encode(ONE)).evidence
    whole = [f"{longest}X" if segment.startswith("N3*") else segment for segment in ONE]
    assert refused(edi.encode(whole)).reason is Refusal.SEGMENT_TOO_LONG
    assert refused(edi.encode(ONE) + b"\n" * 99 + edi.encode(ONE)[:300] + b"X" * 40_000).reason is (
        Refusal.SEGMENT_TOO_LONG
    )


def test_what_is_kept_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x12, "MOST_PARTS", 8)
    few = edi.interchange(edi.group(Kind.SYNTAX_ACKNOWLEDGMENT, edi.syntax_acknowledgment(*"AAAAA")))
    assert len(read(edi.encode(few)).evidence) == 1
    for kind, inside in (
        (Kind.SYNTAX_ACKNOWLEDGMENT, edi.syntax_acknowledgment(*"AAAAAA")),
        (Kind.CLAIM_ACKNOWLEDGMENT, edi.claim_acknowledgment([edi.Answered()], [edi.Answered()], [edi.Answered()])),
    ):
        assert refused(edi.encode(edi.interchange(edi.group(kind, inside)))).reason is Refusal.TOO_MANY_PARTS
    many = edi.interchange(edi.group(Kind.REMITTANCE, *[edi.remittance()] * 7))
    assert refused(edi.encode(many)).reason is Refusal.TOO_MANY_PARTS


@pytest.mark.parametrize("size", [1, 7, 105, 106, 4096])
def test_it_does_not_matter_in_which_pieces_bytes_arrive(size: int) -> None:
    content = edi.encode(MIXED, edi.Signs(line_end="\r\n"))
    assert read_payer_file(Trickle(content, size)) == read(content)


@pytest.mark.parametrize("signs", SIGNS[:3], ids=repr)
def test_it_does_not_matter_where_blocks_end(monkeypatch: pytest.MonkeyPatch, signs: edi.Signs) -> None:
    content = edi.encode(MIXED, signs)
    whole = read(content)
    for size in range(130, 400, 11):
        monkeypatch.setattr(x12_envelope, "SMALLEST_BLOCK", size)
        monkeypatch.setattr(x12_envelope, "LARGEST_BLOCK", size)
        assert read(content) == whole


def test_a_path_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    content = edi.encode(MIXED)
    (tmp_path / "era.835").write_bytes(content)
    assert read_payer_file(tmp_path / "era.835") == read(content)


def test_the_same_remittance_twice_has_one_key_e_31() -> None:
    (first,), (again,) = (read(edi.encode(ONE, signs)).evidence for signs in SIGNS[:2])
    assert isinstance(first, Remittance)
    assert isinstance(again, Remittance)
    assert remittance_key(first) == remittance_key(again)
    assert read(edi.encode(ONE)).sha256 == read(edi.encode(ONE)).sha256
    assert read(edi.encode(ONE)).sha256 != read(edi.encode(ONE, SIGNS[1])).sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("*ZZ*CLEARINGHOUSE  ", "*30*CLEARINGHOUSE  "),
        ("*ZZ*CLEARINGHOUSE  ", "*ZZ*OTHER HOUSE    "),
        ("TRN*1*880001*1990000002", "TRN*1*880001*1990000003"),
        ("TRN*1*880001", "TRN*1*880002"),
        ("*20260302", "*20260303"),
        ("BPR*I*85*", "BPR*I*85.01*"),
    ],
)
def test_the_check_number_alone_is_no_key_e_31(old: str, new: str) -> None:
    (record,) = read(edi.encode(ONE)).evidence
    (other,) = read(edi.encode(ONE).replace(old.encode(), new.encode())).evidence
    assert isinstance(record, Remittance)
    assert isinstance(other, Remittance)
    assert remittance_key(record) != remittance_key(other)


def test_a_test_interchange_proves_nothing_e_32() -> None:
    groups = (
        edi.group(Kind.REMITTANCE, edi.remittance()),
        edi.group(Kind.CLAIM_ACKNOWLEDGMENT, edi.claim_acknowledgment([edi.Answered()])),
        edi.group(Kind.SYNTAX_ACKNOWLEDGMENT, edi.syntax_acknowledgment("A")),
    )
    for record in read(edi.encode(edi.interchange(*groups, test=True))).evidence:
        assert record.envelope.is_test
        assert proves(record) == frozenset()
    for record in read(edi.encode(edi.interchange(*groups))).evidence:
        assert proves(record)


def test_each_kind_proves_its_own_e_12() -> None:
    remittance, _, claims, syntax = read(edi.encode(MIXED)).evidence
    assert proves(remittance) == {Proof.ERA, Proof.EFT}
    assert proves(claims) == {Proof.CLAIMS}
    assert proves(syntax) == {Proof.SYNTAX}


def outcome(content: bytes) -> PayerFile | PayerFileRefused:
    """Read a file, and give whatever comes of it; only the one error is no accident."""
    try:
        return read(content)
    except PayerFileRefused as error:
        return error


def shown(content: bytes) -> str:
    """Give all that could be logged or stored of a file that is read or refused."""
    result = outcome(content)
    if isinstance(result, PayerFileRefused):
        assert result.__cause__ is None
        assert result.__context__ is None
        return "".join([repr(result), str(result), result.sentence, *traceback.format_exception(result)])
    return repr(result) + repr([asdict(record) for record in result.evidence])


def test_nothing_of_a_patient_is_kept_e_34() -> None:
    content = edi.encode(MIXED)
    assert all(canary.encode() in content for canary in edi.PATIENTS)
    assert [canary for canary in edi.PATIENTS if canary in shown(content)] == []
    assert edi.NPI in shown(content)


@pytest.mark.parametrize("fault", edi.FAULTS, ids=lambda fault: fault.name)
def test_no_error_says_a_word_of_a_patient_e_34(fault: edi.Fault) -> None:
    words = shown(edi.encode(edi.plant(ONE, [fault])))
    assert [canary for canary in edi.PATIENTS if canary in words] == []


def test_every_patient_value_in_every_place_stays_out_of_errors_e_34() -> None:
    for number, segment in enumerate(MIXED[1:], start=1):
        elements = segment.split("*")
        for element in range(1, len(elements)):
            changed = [*elements[:element], edi.PATIENTS[1] + "\x00", *elements[element + 1 :]]
            words = shown(edi.encode([*MIXED[:number], "*".join(changed), *MIXED[number + 1 :]]))
            assert edi.PATIENTS[1] not in words


def test_a_tax_id_is_not_shown() -> None:
    assert edi.TAX_ID not in repr(read(edi.encode(MIXED)))


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Refusal)
    assert str(refused(b"")).endswith("(At interchange 0, transaction 0, segment 1, byte 0.)")


BASES = tuple(edi.encode(MIXED, signs) for signs in SIGNS)
PLACES = st.integers(0, max(map(len, BASES)))
PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"~", b"*", b"\r\n", b"ISA*", b"IEA*1*000000007~", b"SE*3*0001~", b"CLP*1*4*-1*.5~", b"\xef\xbb\xbf"]
    ),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a file with some bytes replaced, dropped, doubled or put in."""
    content = draw(st.sampled_from(BASES))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(PLACES) % (len(content) + 1)
        end = at + draw(st.integers(0, 40))
        piece = draw(st.one_of(PIECES, st.just(content[at:end] * 2)))
        content = content[:at] + piece + content[end:]
    return content


@pytest.mark.slow
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(mutated(), mutated(), mutated(), st.binary(max_size=400)))
def test_whatever_the_bytes_are_a_file_is_read_or_refused_e_30(content: bytes) -> None:
    result = outcome(content)
    if isinstance(result, PayerFileRefused):
        assert 0 <= result.position.offset <= len(content)
        assert result.__context__ is None
    else:
        assert result.size == len(content)
