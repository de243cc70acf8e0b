"""What files from payers prove: payers, payees, traces, amounts, counts and dates; nothing of a patient (E-34).

Money is whole cents. Nothing here was judged by any other clock or record than the file itself.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias


class Kind(StrEnum):
    """The files that are read, X12 version 005010."""

    REMITTANCE = "835"
    CLAIM_ACKNOWLEDGMENT = "277CA"
    SYNTAX_ACKNOWLEDGMENT = "999"


class Refusal(StrEnum):
    """Why a file is refused whole (E-30)."""

    NO_INTERCHANGE = "no_interchange"
    TOO_LARGE = "too_large"
    TOO_MANY_PARTS = "too_many_parts"
    BROKEN_ISA = "broken_isa"
    DELIMITERS = "delimiters"
    VERSION = "version"
    OTHER_TRANSACTION = "other_transaction"
    UNFINISHED = "unfinished"
    JUNK_BETWEEN = "junk_between"
    SEGMENT_TOO_LONG = "segment_too_long"
    EMPTY_SEGMENT = "empty_segment"
    BROKEN_SEGMENT = "broken_segment"
    LINE_BREAK = "line_break"
    UNKNOWN_SEGMENT = "unknown_segment"
    MISPLACED = "misplaced"
    MISSING = "missing"
    COUNT = "count"
    CONTROL_NUMBER = "control_number"
    BAD_VALUE = "bad_value"


SENTENCES: Final[Mapping[Refusal, str]] = {
    Refusal.NO_INTERCHANGE: "This is no X12 file: it does not begin with an ISA segment. Send the payer's original.",
    Refusal.TOO_LARGE: "The file is larger than may be read. Ask the sender to split it.",
    Refusal.TOO_MANY_PARTS: "The file holds more interchanges, transactions or answers than may be read. Split it.",
    Refusal.BROKEN_ISA: "The ISA segment is not 106 characters in 16 fixed elements. Send the payer's original.",
    Refusal.DELIMITERS: "The delimiters in the ISA segment are alike, or letters, digits or signs of amounts.",
    Refusal.VERSION: "This is not X12 version 005010. Ask the sender for 005010.",
    Refusal.OTHER_TRANSACTION: "This is no 835, 277CA or 999 of version 005010, so it does not belong here.",
    Refusal.UNFINISHED: "The file ends before its IEA segment: it was cut. Fetch it again.",
    Refusal.JUNK_BETWEEN: "Something that is no ISA segment follows an interchange. Send the payer's original.",
    Refusal.SEGMENT_TOO_LONG: "A segment is longer than 10,000 characters. Send the payer's original.",
    Refusal.EMPTY_SEGMENT: "A segment is empty. Send the payer's original.",
    Refusal.BROKEN_SEGMENT: "A segment does not begin with an id of two or three signs. Send the payer's original.",
    Refusal.LINE_BREAK: "A line breaks inside a segment. Send the payer's original, not a wrapped copy.",
    Refusal.UNKNOWN_SEGMENT: "A segment does not belong into this kind of transaction. Report it to the sender.",
    Refusal.MISPLACED: "A segment stands where it may not. Report it to the sender.",
    Refusal.MISSING: "A required segment is missing before this place. Report it to the sender.",
    Refusal.COUNT: "A count does not agree with what the file holds: something was lost or doubled. Fetch it again.",
    Refusal.CONTROL_NUMBER: "The control numbers at begin and end differ: something was lost. Fetch it again.",
    Refusal.BAD_VALUE: "A value is missing or unreadable. Report it to the sender.",
}
"""What is wrong and what to do, without a word of the file."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a file was refused: ordinals from 1, 0 before the first; `offset` is in bytes from 0.

    Interchange and segment are counted through the file, the transaction within its interchange. `element` is the
    standard's name for the segment or element at fault, where one is meant.
    """

    interchange: int
    transaction: int
    segment: int
    offset: int
    element: str = ""


class PayerFileRefused(Exception):  # noqa: N818 - the rule's word
    """A file is refused whole; the sentence holds codes, counts and places, nothing of the file's content."""

    def __init__(self, reason: Refusal, position: Position) -> None:
        super().__init__(reason, position)
        self.reason = reason
        self.position = position

    @property
    def sentence(self) -> str:
        """Say what is wrong, what to do, and where to look."""
        at = self.position
        where = f"interchange {at.interchange}, transaction {at.transaction}, segment {at.segment}, byte {at.offset}"
        element = f", {at.element}" if at.element else ""
        return f"{SENTENCES[self.reason]} (At {where}{element}.)"

    def __str__(self) -> str:
        return f"{self.reason}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One functional group and the interchange around it; a test interchange proves nothing (E-32)."""

    kind: Kind
    is_test: bool
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    control: str
    group_sender: str
    group_receiver: str
    group_control: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """One id with the standard's qualifier that says whose numbering it is, such as XV or 2U."""

    qualifier: str
    id: str


@dataclass(frozen=True, slots=True)
class Remittance:
    """One 835: who paid whom how much, by what means, and whether it adds up (E-33)."""

    envelope: Envelope
    payer: str
    payer_ids: tuple[Identifier, ...]
    payee_npi: str
    payee_tax_id: str = field(repr=False)  # it may be the social security number of a person
    handling: str
    amount_cents: int
    credit_or_debit: str
    method: str
    method_format: str
    paid_on: date
    trace: str
    trace_payer: str
    produced_on: date | None
    claims: int
    denials: int
    reversals: int
    charged_cents: int
    claims_paid_cents: int
    adjustments_cents: int
    unbalanced_claims: int
    """Claims whose charge less payment is not the sum of their adjustments."""

    @property
    def expected_cents(self) -> int:
        """What the payment should be: the claims' payments less the provider's adjustments (E-33)."""
        return self.claims_paid_cents - self.adjustments_cents

    @property
    def is_balanced(self) -> bool:
        """Whether the payment is what its claims and adjustments add up to."""
        return self.amount_cents == self.expected_cents


class Source(StrEnum):
    """Who wrote a claim acknowledgment; only the payer's own proves that the payer takes claims (E-12)."""

    PAYER = "payer"
    CLEARINGHOUSE = "clearinghouse"


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How often one status was said: category (A3), status code (496) and entity (85), empty when not said."""

    category: str
    code: str
    entity: str
    times: int


@dataclass(frozen=True, slots=True)
class ProviderClaims:
    """What a claim acknowledgment says of one billing provider's claims.

    `unclear` are claims with other words: forwarded, not found, or a word against its action code.
    """

    npi: str
    tax_id: str = field(repr=False)
    accepted: int
    rejected: int
    unclear: int
    not_approved: int
    """Rejected because the submitter may not send claims for this provider (E-13)."""
    statuses: tuple[StatusCount, ...]


@dataclass(frozen=True, slots=True)
class ClaimAcknowledgment:
    """One 277CA; totals are as its sender states them, none where not stated."""

    envelope: Envelope
    source: Source
    source_id: Identifier
    source_name: str
    submitter_id: Identifier
    batch: str
    received_on: date | None
    processed_on: date | None
    submitter_not_approved: bool
    """The whole batch was rejected because the submitter is not approved (E-13)."""
    statuses: tuple[StatusCount, ...]
    stated_accepted: int | None
    stated_rejected: int | None
    accepted_cents: int | None
    rejected_cents: int | None
    providers: tuple[ProviderClaims, ...]


class Verdict(StrEnum):
    """What a 999 says of the syntax of a transaction set or a group."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SetAcknowledged:
    """What a 999 says of one transaction set of ours."""

    transaction: str
    control: str
    verdict: Verdict
    codes: tuple[str, ...]
    segment_errors: int
    element_errors: int


@dataclass(frozen=True, slots=True)
class SyntaxAcknowledgment:
    """One 999: the syntax of a group of ours; it proves nothing else (E-12)."""

    envelope: Envelope
    group_kind: str
    group_control: str
    group_version: str
    verdict: Verdict
    codes: tuple[str, ...]
    included: int
    received: int
    accepted: int
    sets: tuple[SetAcknowledged, ...]


Evidence: TypeAlias = Remittance | ClaimAcknowledgment | SyntaxAcknowledgment


@dataclass(frozen=True, slots=True)
class PayerFile:
    """A file that was read whole; `sha256` is of its bytes, in hexadecimal (E-31)."""

    sha256: str
    size: int
    kinds: tuple[Kind, ...]
    envelopes: tuple[Envelope, ...]
    evidence: tuple[Evidence, ...]


class Proof(StrEnum):
    """What a record speaks for; whether it is about an enrollment is for its ids to say (E-12)."""

    SYNTAX = "syntax"
    CLAIMS = "claims"
    ERA = "era"
    EFT = "eft"
    """Only together with the deposit of the same trace and amount."""


def proves(evidence: Evidence) -> frozenset[Proof]:
    """Say what one record proves (E-12, E-32)."""
    if evidence.envelope.is_test:
        return frozenset()
    match evidence:
        case SyntaxAcknowledgment():
            return frozenset({Proof.SYNTAX})
        case ClaimAcknowledgment():
            accepted = any(provider.accepted for provider in evidence.providers)
            return frozenset({Proof.CLAIMS} if accepted and evidence.source is Source.PAYER else ())
        case Remittance():
            is_eft = evidence.method == "ACH" and evidence.amount_cents > 0
            return frozenset({Proof.ERA, Proof.EFT} if is_eft else {Proof.ERA})


def remittance_key(remittance: Remittance) -> str:
    """Give the key by which the same remittance is one, in hexadecimal: never the check number alone (E-31)."""
    parts = (
        remittance.envelope.sender_qualifier,
        remittance.envelope.sender,
        remittance.trace_payer,
        remittance.trace,
        remittance.paid_on.isoformat(),
        str(remittance.amount_cents),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class Finding(StrEnum):
    """What a person should know of a remittance (E-35, E-33, E-32)."""

    TEST_FILE = "test_file"
    OUT_OF_BALANCE = "out_of_balance"
    CLAIMS_OUT_OF_BALANCE = "claims_out_of_balance"
    REVERSAL = "reversal"
    ZERO_PAY = "zero_pay"
    DENIAL_SHARE = "denial_share"
    PAYEE_MISMATCH = "payee_mismatch"
    CHECK_AFTER_EFT = "check_after_eft"


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of the practice that a remittance came for."""

    npis: frozenset[str]
    tax_ids: frozenset[str] = field(default=frozenset(), repr=False)
    eft_is_approved: bool = False


def findings(remittance: Remittance, *, denial_percent: int, expected: Expected | None = None) -> tuple[Finding, ...]:
    """Give what a person should know of one remittance (E-35).

    A denial share is one above `denial_percent` of the claims. Payee and means of payment are judged only against
    something expected.
    """
    denied = remittance.denials * 100 > denial_percent * remittance.claims
    found = {
        Finding.TEST_FILE: remittance.envelope.is_test,
        Finding.OUT_OF_BALANCE: not remittance.is_balanced,
        Finding.CLAIMS_OUT_OF_BALANCE: remittance.unbalanced_claims > 0,
        Finding.REVERSAL: remittance.reversals > 0,
        Finding.ZERO_PAY: remittance.amount_cents == 0,
        Finding.DENIAL_SHARE: denied,
        Finding.PAYEE_MISMATCH: expected is not None and not _is_payee(remittance, expected),
        Finding.CHECK_AFTER_EFT: expected is not None and expected.eft_is_approved and remittance.method == "CHK",
    }
    return tuple(finding for finding, is_found in found.items() if is_found)


def _is_payee(remittance: Remittance, expected: Expected) -> bool:
    """Compare each id that the file names; a file that names none of them is about somebody else."""
    by_npi = remittance.payee_npi in expected.npis if remittance.payee_npi else None
    by_tax_id = remittance.payee_tax_id in expected.tax_ids if remittance.payee_tax_id and expected.tax_ids else None
    judged = [each for each in (by_npi, by_tax_id) if each is not None]
    return bool(judged) and all(judged)
