"""What comes next for an enrollment, in the words of whoever works through the list (E-04, E-10, E-16, E-20)."""

from datetime import date
from typing import Any

import pytest

from models.rules.enrollment import Need, State
from models.rules.enrollment_moves import CHASE, ESCALATED, UNKNOWN_WORD
from models.rules.enrollment_steps import next_look_on, next_step
from models.rules.enrollment_words import INTERFACES
from models.rules.onboarding_facts import Transaction
from tests.rules.enrollments import TODAY, an_enrollment, days_from

NEEDS = {Need.W9: False, Need.TAX_ID_LETTER: False, Need.BANK_LETTER: True, Need.CORRECTED_FORM: False}


@pytest.mark.parametrize(
    ("state", "facts", "tasks", "expected"),
    [
        (State.NOT_REQUIRED, {}, (), "Nothing: this payer needs no enrollment for it."),
        (State.DRAFT, {}, (), "Check the paperwork: prepare-enrollment."),
        (
            State.NEEDS_PRACTICE,
            {"needs": NEEDS},
            (),
            "The practice gives corrected form, the IRS letter, Form W-9: complete-enrollment-tasks.",
        ),
        (
            State.NEEDS_PRACTICE,
            {"needs": {}},
            (),
            "The practice gives what was asked for: complete-enrollment-tasks.",
        ),
        (State.READY, {}, (), "Send it in, then submit-enrollment."),
        (State.READY, {"cutover_on": TODAY}, (), f"Send it in from {TODAY} on, then submit-enrollment."),
        (
            State.READY,
            {"cutover_on": TODAY, "transaction": Transaction.EFT},
            (),
            "Send it in, then submit-enrollment.",
        ),
        (State.SUBMITTED, {}, (), "Wait until the clearinghouse passes it on: record-payer-answer."),
        (
            State.SUBMITTED,
            {"clearinghouse": min(INTERFACES)},
            (),
            "Nothing: the clearinghouse is asked by itself; record-payer-answer what comes another way.",
        ),
        (State.SUBMITTED, {}, (CHASE,), "Ask the clearinghouse now, then follow-up-enrollment."),
        (State.PENDING_PAYER, {}, (CHASE,), "Ask the payer now, then follow-up-enrollment."),
        (State.PENDING_PAYER, {}, (ESCALATED,), "A manager looks at it now: it waits too long."),
        (State.PENDING_PAYER, {}, (), "Wait for the payer: record-payer-answer."),
        (
            State.PENDING_PAYER,
            {},
            (CHASE, UNKNOWN_WORD),
            "Another system shows a status that is not known here: look there, then record what is true.",
        ),
        (State.TESTING, {}, (), "Do the payer's test, then record-payer-answer."),
        (State.APPROVED, {}, (), "Wait for the effective date."),
        (State.PROVING, {}, (), "Wait for the first proof from the payer."),
        (
            State.PROVING,
            {"transaction": Transaction.PORTAL},
            (),
            "Log in at the payer's portal, then record-portal-login.",
        ),
        (State.LIVE, {"transaction": Transaction.PORTAL}, (), "Nothing: it works."),
        (
            State.DEGRADED,
            {},
            (),
            "Find out what broke, then resubmit-enrollment; a proof repairs it by itself.",
        ),
        (
            State.RECERTIFYING,
            {},
            (),
            "The practice renews it: recertify-enrollment or lapse-enrollment.",
        ),
        (
            State.REJECTED,
            {},
            (),
            "Correct what was wrong, then resubmit-enrollment or withdraw-enrollment.",
        ),
        (
            State.REJECTED,
            {"attempt": 5},
            (),
            "It was sent in too often: a manager decides, withdraw-enrollment ends it.",
        ),
        (
            State.DISPLACED,
            {},
            (),
            "Nothing: the ERA goes elsewhere; reopen-enrollment brings it back.",
        ),
        (State.ENDED, {}, (), "It ran out: reopen-enrollment begins anew."),
        (State.WITHDRAWN, {}, (), "Nothing: it is not wanted; reopen-enrollment begins anew."),
    ],
)
def test_the_next_step_is_one_sentence(
    state: State, facts: dict[str, Any], tasks: tuple[str, ...], expected: str
) -> None:
    """E-04, E-10, E-16, E-20, E-21."""
    assert next_step(an_enrollment(state, **facts), tasks) == expected


@pytest.mark.parametrize(
    ("state", "day"),
    [(State.DRAFT, date(2026, 11, 25)), (State.PENDING_PAYER, days_from(TODAY, 21)), (State.WITHDRAWN, None)],
)
def test_the_next_look_is_told_as_a_local_day_e_20(state: State, day: date | None) -> None:
    assert next_look_on(an_enrollment(state)) == day
