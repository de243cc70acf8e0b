"""Payer enrollments: sent another way, tried again, given up, wanted again, or not needed after all."""

from collections.abc import Callable
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import (
    BillingKey,
    ClearinghouseKey,
    OptionalDay,
    OptionalPayerId,
    PayerKey,
    PracticeKey,
    StaffKey,
    day_of,
)
from models.rules import enrollment_events as events
from models.rules.onboarding_facts import Reason, Transaction
from tasks.enrolling import enrolled, named


@flow(flow_run_name="change-enrollment-route {practice} {payer} {transaction}")
def change_enrollment_route(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    clearinghouse: ClearinghouseKey,
    by: StaffKey,
    payer_id: OptionalPayerId = "",
    cutover_on: OptionalDay = "",
    billing: BillingKey = "",
) -> State[Any]:
    """Record that an enrollment goes another way; where none was required it begins.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        clearinghouse: Key of the clearinghouse; manual means by hand, as the payer wants it.
        by: Key of the member of staff who records it.
        payer_id: The payer's id at that clearinghouse, zeros included.
        cutover_on: For an ERA: first day of the new way, like 2026-12-01; it is not sent in before.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    which = named(practice, payer, transaction, billing)
    return enrolled(which, lambda: events.ChangeRoute(clearinghouse, payer_id, day_of(cutover_on)), by=by)


@flow(flow_run_name="resubmit-enrollment {practice} {payer} {transaction}")
def resubmit_enrollment(
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    reason: Reason,
    by: StaffKey,
    billing: BillingKey = "",
) -> State[Any]:
    """Begin another attempt at what was rejected or broke; after five a manager decides.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        reason: Why.
        by: Key of the member of staff who decided it.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    return enrolled(named(practice, payer, transaction, billing), _because(events.Resubmit, reason), by=by)


@flow(flow_run_name="withdraw-enrollment {practice} {payer} {transaction}")
def withdraw_enrollment(
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    reason: Reason,
    by: StaffKey,
    billing: BillingKey = "",
) -> State[Any]:
    """Record that an enrollment is not wanted any more; go-live does not wait for it.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        reason: Why.
        by: Key of the member of staff who decided it.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    return enrolled(named(practice, payer, transaction, billing), _because(events.Withdraw, reason), by=by)


@flow(flow_run_name="reopen-enrollment {practice} {payer} {transaction}")
def reopen_enrollment(
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    reason: Reason,
    by: StaffKey,
    billing: BillingKey = "",
) -> State[Any]:
    """Begin an enrollment anew that was withdrawn, ran out or went elsewhere.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        reason: Why.
        by: Key of the member of staff who decided it.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    return enrolled(named(practice, payer, transaction, billing), _because(events.Reopen, reason), by=by)


@flow(flow_run_name="waive-enrollment {practice} {payer} {transaction}")
def waive_enrollment(
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    reason: Reason,
    by: StaffKey,
    billing: BillingKey = "",
) -> State[Any]:
    """Record that a payer needs no enrollment for this after all: it is usable at once, and nobody is told.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        reason: Why.
        by: Key of the member of staff who decided it.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    return enrolled(named(practice, payer, transaction, billing), _because(events.Waive, reason), by=by)


def _because(event: Callable[[Reason], events.Command], reason: Reason) -> Callable[[], events.Command]:
    return lambda: event(reason)
