"""Payer enrollments: the states of one enrollment, who acts in each, and every way from one to another (E-01..E-16)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from models.rules.onboarding_facts import EnrollmentOutcome, Transaction
from models.rules.roles import Party

MOST_ATTEMPTS: Final = 5
"""So often an enrollment is sent in; then a person decides what becomes of it."""


class State(StrEnum):
    """Where one enrollment stands."""

    NOT_REQUIRED = "not_required"
    DRAFT = "draft"
    NEEDS_PRACTICE = "needs_practice"
    READY = "ready"
    SUBMITTED = "submitted"
    PENDING_PAYER = "pending_payer"
    TESTING = "testing"
    APPROVED = "approved"
    PROVING = "proving"
    LIVE = "live"
    DEGRADED = "degraded"
    RECERTIFYING = "recertifying"
    REJECTED = "rejected"
    DISPLACED = "displaced"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class Happening(StrEnum):
    """What moves an enrollment from one state to another."""

    ROUTE_CHANGED = "route_changed"
    WAIVED = "waived"
    CHECKED_OK = "checked_ok"
    CHECKED_MISSING = "checked_missing"
    TASKS_DONE = "tasks_done"
    SUBMIT = "submit"
    ACKNOWLEDGED = "acknowledged"
    BOUNCED = "bounced"
    DEVELOPMENT_REQUEST = "development_request"
    APPROVE = "approve"
    REJECT = "reject"
    NEEDS_TEST = "needs_test"
    TEST_OK = "test_ok"
    TEST_FAILED = "test_failed"
    EFFECTIVE_DATE_REACHED = "effective_date_reached"
    EVIDENCE = "evidence"
    CONTRADICTION = "contradiction"
    PROOF_OVERDUE = "proof_overdue"
    HEARTBEAT_LOST = "heartbeat_lost"
    RECERTIFICATION_DUE = "recertification_due"
    RECERTIFIED = "recertified"
    LAPSED = "lapsed"
    DISPLACED = "displaced"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


TRANSITIONS: Final[Mapping[State, Mapping[Happening, State]]] = {
    State.NOT_REQUIRED: {Happening.ROUTE_CHANGED: State.DRAFT},
    State.DRAFT: {
        Happening.CHECKED_OK: State.READY,
        Happening.CHECKED_MISSING: State.NEEDS_PRACTICE,
        Happening.WITHDRAW: State.WITHDRAWN,
        Happening.WAIVED: State.NOT_REQUIRED,
    },
    State.NEEDS_PRACTICE: {
        Happening.TASKS_DONE: State.READY,  # or pending_payer, see `target`
        Happening.WITHDRAW: State.WITHDRAWN,
        Happening.WAIVED: State.NOT_REQUIRED,
    },
    State.READY: {Happening.SUBMIT: State.SUBMITTED, Happening.WAIVED: State.NOT_REQUIRED},
    State.SUBMITTED: {Happening.ACKNOWLEDGED: State.PENDING_PAYER, Happening.BOUNCED: State.NEEDS_PRACTICE},
    State.PENDING_PAYER: {
        Happening.DEVELOPMENT_REQUEST: State.NEEDS_PRACTICE,
        Happening.APPROVE: State.APPROVED,
        Happening.REJECT: State.REJECTED,
        Happening.NEEDS_TEST: State.TESTING,
    },
    State.TESTING: {Happening.TEST_OK: State.APPROVED, Happening.TEST_FAILED: State.PENDING_PAYER},
    State.APPROVED: {Happening.EFFECTIVE_DATE_REACHED: State.PROVING, Happening.EVIDENCE: State.LIVE},
    State.PROVING: {
        Happening.EVIDENCE: State.LIVE,
        Happening.CONTRADICTION: State.DEGRADED,
        Happening.PROOF_OVERDUE: State.DEGRADED,
    },
    State.LIVE: {
        Happening.HEARTBEAT_LOST: State.DEGRADED,
        Happening.CONTRADICTION: State.DEGRADED,
        Happening.RECERTIFICATION_DUE: State.RECERTIFYING,
        Happening.DISPLACED: State.DISPLACED,
    },
    State.DEGRADED: {Happening.EVIDENCE: State.LIVE, Happening.RESUBMIT: State.DRAFT},
    State.RECERTIFYING: {Happening.RECERTIFIED: State.LIVE, Happening.LAPSED: State.ENDED},
    State.REJECTED: {Happening.RESUBMIT: State.DRAFT, Happening.WITHDRAW: State.WITHDRAWN},
    State.DISPLACED: {Happening.REOPEN: State.DRAFT},
    State.ENDED: {Happening.REOPEN: State.DRAFT},
    State.WITHDRAWN: {Happening.REOPEN: State.DRAFT},
}
"""Every allowed way; what is not here is refused (E-10). Waiving is ours: a payer that turns out to need nothing."""

ACTS: Final[Mapping[State, Party]] = {
    State.DRAFT: Party.US,
    State.NEEDS_PRACTICE: Party.PRACTICE,
    State.READY: Party.US,
    State.SUBMITTED: Party.CLEARINGHOUSE,
    State.PENDING_PAYER: Party.PAYER,
    State.TESTING: Party.US,
    State.APPROVED: Party.PAYER,
    State.PROVING: Party.PAYER,
    State.DEGRADED: Party.US,
    State.RECERTIFYING: Party.PRACTICE,
    State.REJECTED: Party.US,
}
"""Who is waited for; nobody in the states that are not named (E-28)."""

WAITING: Final = frozenset(ACTS)
"""The states that must never be forgotten: each has exactly one follow-up timer."""
UNDECIDED: Final = frozenset(ACTS) - {State.APPROVED, State.PROVING, State.DEGRADED, State.RECERTIFYING, State.REJECTED}
"""The states before the payer has decided: what a forecast is about (E-40)."""
USABLE: Final = frozenset({State.NOT_REQUIRED, State.APPROVED, State.PROVING, State.LIVE, State.RECERTIFYING})
PROVEN: Final = frozenset({State.NOT_REQUIRED, State.LIVE, State.RECERTIFYING})
IN_TROUBLE: Final = frozenset({State.DEGRADED, State.REJECTED, State.DISPLACED, State.ENDED})
PROVEN_BY_REMITTANCES: Final = frozenset({Transaction.ERA, Transaction.EFT})


class Finalised(StrEnum):
    """When go-live takes an enrollment for finalised: a policy of the installation (E-14)."""

    APPROVED = "approved"
    PROVEN = "proven"


class Need(StrEnum):
    """What a practice may have to give for an enrollment."""

    SIGNED_AGREEMENT = "signed_agreement"
    PROVIDER_SIGNATURE = "provider_signature"
    W9 = "w9"
    TAX_ID_LETTER = "tax_id_letter"
    BANK_LETTER = "bank_letter"
    PORTAL_ACCESS = "portal_access"
    CORRECTED_FORM = "corrected_form"
    ANSWER_TO_PAYER = "answer_to_payer"
    RECERTIFICATION_FORM = "recertification_form"


class RejectReason(StrEnum):
    """Why a clearinghouse or payer returned an enrollment."""

    MISSING_INFORMATION = "missing_information"
    NPI_NOT_ON_FILE = "npi_not_on_file"
    TAX_ID_MISMATCH = "tax_id_mismatch"
    NAME_MISMATCH = "name_mismatch"
    NOT_CONTRACTED = "not_contracted"
    ENROLLED_ELSEWHERE = "enrolled_elsewhere"
    WRONG_FORM = "wrong_form"
    SIGNATURE = "signature"
    BANK_DETAILS = "bank_details"
    DUPLICATE = "duplicate"
    OTHER = "other"


class Contradiction(StrEnum):
    """What shows that an enrollment does not work after all (E-13)."""

    SUBMITTER_NOT_APPROVED = "submitter_not_approved"
    CHECK_AFTER_EFT = "check_after_eft"
    PAID_WITHOUT_ERA = "paid_without_era"


class Proof(StrEnum):
    """What proves that an enrollment works (E-12)."""

    CLAIM_ACCEPTED_BY_PAYER = "claim_accepted_by_payer"
    REMITTANCE = "remittance"
    DEPOSIT = "deposit"
    PORTAL_LOGIN = "portal_login"


PROOFS: Final[Mapping[Transaction, Proof]] = {
    Transaction.CLAIMS: Proof.CLAIM_ACCEPTED_BY_PAYER,
    Transaction.ERA: Proof.REMITTANCE,
    Transaction.EFT: Proof.DEPOSIT,
    Transaction.PORTAL: Proof.PORTAL_LOGIN,
}


def target(state: State, happening: Happening, *, is_submitted: bool) -> State | None:
    """Name the state to which something leads, none where it does not fit.

    `is_submitted`: the payer or clearinghouse has the present attempt, so that a practice's answer goes on to it.
    """
    if state is State.NEEDS_PRACTICE and happening is Happening.TASKS_DONE and is_submitted:
        return State.PENDING_PAYER
    return TRANSITIONS[state].get(happening)


def outcome(state: State, policy: Finalised) -> EnrollmentOutcome:
    """Say what the journey needs to know of an enrollment (E-14); one withdrawn on purpose is not waited for."""
    if state in IN_TROUBLE:
        return EnrollmentOutcome.IN_TROUBLE
    enough = PROVEN if policy is Finalised.PROVEN else USABLE
    is_over = state in enough or state is State.WITHDRAWN
    return EnrollmentOutcome.FINALISED if is_over else EnrollmentOutcome.IN_PROGRESS
