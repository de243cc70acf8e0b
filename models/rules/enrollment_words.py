"""How other systems' words for an enrollment become our states, and which events lead there (E-15)."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from models.rules.enrollment import Happening, Need, Proof, RejectReason, State
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    CompleteTasks,
    Event,
    HearUnknownWord,
    NeedTest,
    Prove,
    RecordTest,
    Reject,
    RequestDevelopment,
    Submit,
)
from models.rules.enrollment_facts import Enrollment, Turnaround
from models.rules.onboarding_facts import Transaction

KAREO: Final = "kareo"
STEDI: Final = "stedi"
BUILT_IN: Final = "built_in"
INTERFACES: Final = frozenset({STEDI, BUILT_IN})
"""The clearinghouses that are told by an interface; every other way is one that people go by hand."""
_CLEARINGHOUSE: Final[Mapping[str, State]] = {
    "draft": State.SUBMITTED,
    "submitted": State.SUBMITTED,
    "stedi_action_required": State.SUBMITTED,
    "provider_action_required": State.NEEDS_PRACTICE,
    "provisioning": State.PENDING_PAYER,
    "live": State.PROVING,
    "rejected": State.REJECTED,
    "canceled": State.REJECTED,  # somebody ended it there; a person here sends it again or withdraws it
}
WORDS: Final[Mapping[str, Mapping[str, State]]] = {
    KAREO: {
        "request_received": State.SUBMITTED,
        "work_in_progress": State.DRAFT,
        "pending_insurance": State.PENDING_PAYER,
        "action_required": State.NEEDS_PRACTICE,
        "approved": State.APPROVED,
        "pending_first_era": State.PROVING,
        "era_received": State.LIVE,
    },
    STEDI: _CLEARINGHOUSE,
    BUILT_IN: {**_CLEARINGHOUSE, "test_required": State.TESTING},
}
"""What each system's word means; a word that is not here changes nothing and raises an alert."""
TROUBLE: Final = frozenset({State.NEEDS_PRACTICE, State.REJECTED})


class Asked(StrEnum):
    """What kind of thing a clearinghouse asks the practice for."""

    FORM = "form"
    INFORMATION = "information"
    ACTION = "action"
    OTHER = "other"


_ACKNOWLEDGED: Final = (Happening.ACKNOWLEDGED,)
_ANSWERED: Final = (Happening.TASKS_DONE,)
_APPROVED: Final = (Happening.APPROVE,)
_REJECTED: Final = (Happening.REJECT,)
_ASKED: Final = (Happening.DEVELOPMENT_REQUEST,)
_PROVED: Final = (Happening.EVIDENCE,)
_TO_THE_PAYER: Final[Mapping[State, tuple[Happening, ...]]] = {
    State.READY: (Happening.SUBMIT, *_ACKNOWLEDGED),
    State.SUBMITTED: _ACKNOWLEDGED,
    State.NEEDS_PRACTICE: _ANSWERED,
    State.PENDING_PAYER: (),
}
_TO_APPROVAL: Final[Mapping[State, tuple[Happening, ...]]] = {
    **{state: (*steps, *_APPROVED) for state, steps in _TO_THE_PAYER.items()},
    State.TESTING: (Happening.TEST_OK,),
}
STEPS: Final[Mapping[State, Mapping[State, tuple[Happening, ...]]]] = {
    State.DRAFT: {},
    State.SUBMITTED: {State.READY: (Happening.SUBMIT,), State.NEEDS_PRACTICE: _ANSWERED},
    State.PENDING_PAYER: {state: steps for state, steps in _TO_THE_PAYER.items() if steps},
    State.NEEDS_PRACTICE: {
        state: (*steps, *_ASKED) for state, steps in _TO_THE_PAYER.items() if state is not State.NEEDS_PRACTICE
    },
    State.TESTING: {state: (*steps, Happening.NEEDS_TEST) for state, steps in _TO_THE_PAYER.items()},
    State.APPROVED: _TO_APPROVAL,
    State.PROVING: _TO_APPROVAL,  # the effective date brings it there, by its own timer
    State.LIVE: {
        **{state: (*steps, *_PROVED) for state, steps in _TO_APPROVAL.items()},
        State.APPROVED: _PROVED,
        State.PROVING: _PROVED,
        State.DEGRADED: _PROVED,
    },
    State.REJECTED: {
        **{state: (*steps, *_REJECTED) for state, steps in _TO_THE_PAYER.items()},
        State.TESTING: (Happening.TEST_FAILED, *_REJECTED),
    },
}
"""By what is shown and by our present state: what must have happened meanwhile. What is not here is backwards."""
_APPROVED_STATES: Final = frozenset({State.APPROVED, State.PROVING, State.LIVE, State.DEGRADED, State.RECERTIFYING})
_REASONS: Final = (
    (RejectReason.DUPLICATE, r"duplicate|already (exists|on file|submitted)"),
    (
        RejectReason.ENROLLED_ELSEWHERE,
        r"(another|different|other|current) (clearinghouse|vendor)|enrolled (with|elsewh)",
    ),
    (RejectReason.NOT_CONTRACTED, r"contract|credential|participat|out.of.network"),
    (RejectReason.BANK_DETAILS, r"\bbank|routing|voided|\beft\b"),
    (RejectReason.SIGNATURE, r"signatur|\bsign(ed)?\b"),
    (RejectReason.TAX_ID_MISMATCH, r"tax.?(id|payer)|\btin\b|\bein\b"),
    (RejectReason.NPI_NOT_ON_FILE, r"\bnpi\b"),
    (RejectReason.NAME_MISMATCH, r"\bname|address"),
    (RejectReason.WRONG_FORM, r"wrong form|outdated|form version"),
    (RejectReason.MISSING_INFORMATION, r"missing|incomplete|required|not provided"),
)
_COMPILED: Final = tuple((reason, re.compile(words, re.IGNORECASE)) for reason, words in _REASONS)
_REFUSED: Final[Mapping[str, RejectReason]] = {
    "no_tax_id": RejectReason.MISSING_INFORMATION,
    "no_street": RejectReason.MISSING_INFORMATION,
    "no_phone": RejectReason.MISSING_INFORMATION,
    "no_location": RejectReason.MISSING_INFORMATION,
    "no_payer_id": RejectReason.MISSING_INFORMATION,
    "malformed": RejectReason.MISSING_INFORMATION,
    "unknown_payer": RejectReason.NOT_CONTRACTED,
    "duplicate": RejectReason.DUPLICATE,
}


def state_shown(source: str, word: str) -> State | None:
    """Say which of our states a system's word means, however it is written; none when the word is not known."""
    return WORDS[source].get("_".join(word.casefold().replace("_", " ").split()))


def reason_in(words: str) -> RejectReason:
    """Reduce somebody's free text about a rejection to one of our reasons; the text itself goes no further."""
    return next((reason for reason, pattern in _COMPILED if pattern.search(words)), RejectReason.OTHER)


def needs_asked(asked: Collection[Asked]) -> tuple[Need, ...]:
    """Say what the practice must give for what a clearinghouse asks: a form, an answer, or both."""
    needs = {Need.CORRECTED_FORM if one is Asked.FORM else Need.ANSWER_TO_PAYER for one in asked}
    return tuple(sorted(needs)) or (Need.ANSWER_TO_PAYER,)


def events_towards(
    enrollment: Enrollment,
    target: State,
    *,
    reason: RejectReason = RejectReason.OTHER,
    on: date,
    needs: tuple[Need, ...] = (Need.ANSWER_TO_PAYER,),
    turnaround: Turnaround | None = None,
) -> tuple[Event, ...]:
    """Give the allowed events that lead from the present state to the one that is shown on a local day (E-15).

    Backwards or already there is nothing. Trouble that is shown after the approval has no way that could be taken by
    itself, so a person is alerted. A ready enrollment is submitted only where the payer's `turnaround` is given.
    """
    state = enrollment.state
    if target in TROUBLE and state in _APPROVED_STATES:
        return (HearUnknownWord(f"{target}_after_approval:{on}"),)
    steps = STEPS[target].get(state, ())
    if state is State.NEEDS_PRACTICE and not enrollment.is_submitted:
        steps = ()  # nobody but us has this attempt
    if Happening.SUBMIT in steps and turnaround is None:
        return ()
    shown = _Shown(on, reason, needs, turnaround)
    return tuple(event for event in (_event(step, enrollment, shown) for step in steps) if event is not None)


class _Shown(NamedTuple):
    """What is known of a status beside its word."""

    on: date
    reason: RejectReason
    needs: tuple[Need, ...]
    turnaround: Turnaround | None


def _event(step: Happening, enrollment: Enrollment, shown: _Shown) -> Event | None:
    on, attempt = shown.on, enrollment.attempt
    made: Mapping[Happening, Callable[[], Event | None]] = {
        Happening.SUBMIT: lambda: Submit(shown.turnaround, on) if shown.turnaround else None,
        Happening.ACKNOWLEDGED: lambda: Acknowledge(on=on, attempt=attempt),
        Happening.TASKS_DONE: CompleteTasks,
        Happening.DEVELOPMENT_REQUEST: lambda: RequestDevelopment(needs=shown.needs, on=on, attempt=attempt),
        Happening.APPROVE: lambda: Approve(on=on, attempt=attempt),
        Happening.REJECT: lambda: Reject(reason=shown.reason, on=on, attempt=attempt),
        Happening.NEEDS_TEST: lambda: NeedTest(on=on, attempt=attempt),
        Happening.TEST_OK: lambda: RecordTest(is_passed=True, on=on, attempt=attempt),
        Happening.TEST_FAILED: lambda: RecordTest(is_passed=False, on=on, attempt=attempt),
        Happening.EVIDENCE: lambda: _proof(enrollment, on),
    }
    return made[step]()


def _proof(enrollment: Enrollment, on: date) -> Prove | None:
    """Take the word that a first ERA came for the proof that it is; it proves nothing else (E-12)."""
    if enrollment.transaction is not Transaction.ERA:
        return None
    return Prove(Proof.REMITTANCE, on, key=f"shown:{on}")


def reason_refused(code: str) -> RejectReason:
    """Say why a clearinghouse did not take a submission, from the code of its refusal."""
    return _REFUSED.get(code, RejectReason.OTHER)
