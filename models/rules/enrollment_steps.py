"""The one next step of an enrollment, as a sentence for whoever works through the list."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from models.rules.calendars import local_day
from models.rules.enrollment import ACTS, Need, State
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_moves import CHASE, ESCALATED, UNKNOWN_WORD, is_used_up
from models.rules.enrollment_watching import look
from models.rules.enrollment_words import INTERFACES
from models.rules.onboarding_facts import Transaction
from models.rules.roles import Party

_STEPS: Final[Mapping[State, str]] = {
    State.NOT_REQUIRED: "Nothing: this payer needs no enrollment for it.",
    State.DRAFT: "Check the paperwork: prepare-enrollment.",
    State.READY: "Send it in, then submit-enrollment.",
    State.SUBMITTED: "Wait until the clearinghouse passes it on: record-payer-answer.",
    State.PENDING_PAYER: "Wait for the payer: record-payer-answer.",
    State.TESTING: "Do the payer's test, then record-payer-answer.",
    State.APPROVED: "Wait for the effective date.",
    State.PROVING: "Wait for the first proof from the payer.",
    State.LIVE: "Nothing: it works.",
    State.DEGRADED: "Find out what broke, then resubmit-enrollment; a proof repairs it by itself.",
    State.RECERTIFYING: "The practice renews it: recertify-enrollment or lapse-enrollment.",
    State.REJECTED: "Correct what was wrong, then resubmit-enrollment or withdraw-enrollment.",
    State.DISPLACED: "Nothing: the ERA goes elsewhere; reopen-enrollment brings it back.",
    State.ENDED: "It ran out: reopen-enrollment begins anew.",
    State.WITHDRAWN: "Nothing: it is not wanted; reopen-enrollment begins anew.",
}

_POLLED: Final = frozenset({State.SUBMITTED, State.PENDING_PAYER})
_SPELLED: Final[Mapping[Need, str]] = {Need.W9: "Form W-9", Need.TAX_ID_LETTER: "the IRS letter"}


def next_step(enrollment: Enrollment, tasks: Collection[str] = ()) -> str:
    """Say what comes next for an enrollment; `tasks` are the words of its open work items."""
    state = enrollment.state
    if UNKNOWN_WORD in tasks:
        return "Another system shows a status that is not known here: look there, then record what is true."
    if is_used_up(enrollment):
        return "It was sent in too often: a manager decides, withdraw-enrollment ends it."
    if CHASE in tasks:
        whom = "clearinghouse" if ACTS.get(state) is Party.CLEARINGHOUSE else "payer"
        return f"Ask the {whom} now, then follow-up-enrollment."
    if ESCALATED in tasks:
        return "A manager looks at it now: it waits too long."
    if state is State.NEEDS_PRACTICE:
        asked = ", ".join(_words(need) for need, is_given in sorted(enrollment.needs.items()) if not is_given)
        return f"The practice gives {asked or 'what was asked for'}: complete-enrollment-tasks."
    if state is State.PROVING and enrollment.transaction is Transaction.PORTAL:
        return "Log in at the payer's portal, then record-portal-login."
    if state is State.READY and enrollment.transaction is Transaction.ERA and enrollment.cutover_on is not None:
        return f"Send it in from {enrollment.cutover_on} on, then submit-enrollment."
    if state in _POLLED and enrollment.clearinghouse in INTERFACES:
        return "Nothing: the clearinghouse is asked by itself; record-payer-answer what comes another way."
    return _STEPS[state]


def _words(need: Need) -> str:
    """Write a need as its words in English."""
    return _SPELLED.get(need, need.replace("_", " "))


def next_look_on(enrollment: Enrollment) -> date | None:
    """Give the local day of the next look, none where nothing is waited for."""
    ahead = look(enrollment, enrollment.rung)
    return None if ahead is None else local_day(ahead.at, enrollment.zone)
