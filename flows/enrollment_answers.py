"""Payer enrollments: what payers and clearinghouses answer, proofs, questions to payers, renewals."""

from datetime import date
from enum import StrEnum
from typing import Any, assert_never

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import (
    Attempt,
    BillingKey,
    FormError,
    NeedChoice,
    OptionalDay,
    PayerKey,
    PracticeKey,
    StaffKey,
    day_of,
    needs_of,
)
from models.rules import enrollment_events as events
from models.rules.enrollment import Need, RejectReason
from models.rules.onboarding_facts import Transaction
from tasks import enrollment
from tasks.enrolling import enrolled, named, refuse, run_key, shown
from tasks.moment import now


class PayerAnswer(StrEnum):
    """What a clearinghouse or payer says."""

    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_by_clearinghouse"
    WANTS_MORE = "wants_more"
    APPROVED = "approved"
    REJECTED = "rejected"
    WANTS_TEST = "wants_test"
    TEST_PASSED = "test_passed"
    TEST_FAILED = "test_failed"


@flow(flow_run_name="record-payer-answer {practice} {payer} {transaction} {answer}")
def record_payer_answer(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    answer: PayerAnswer,
    by: StaffKey,
    answered_on: OptionalDay = "",
    effective_on: OptionalDay = "",
    expires_on: OptionalDay = "",
    reason: RejectReason = RejectReason.OTHER,
    needs: tuple[NeedChoice, ...] = (),
    attempt: Attempt = 0,
    billing: BillingKey = "",
) -> State[Any]:
    """Record what a payer or clearinghouse answered; an answer to an earlier attempt is late and changes nothing.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        answer: What was answered; returned_by_clearinghouse means that the payer never saw it.
        by: Key of the member of staff who records it.
        answered_on: Day of the answer, like 2026-12-01; empty means today.
        effective_on: For approved: first day on which it holds, like 2026-12-01; empty means the day of the answer.
        expires_on: For approved: day on which it must be renewed, like 2031-12-01; empty means never.
        reason: For rejected and returned: why.
        needs: For wants_more and returned: what the practice must give; none means an answer, or a corrected form.
        attempt: Which attempt is answered, as the list shows; 0 means the present one.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    which = named(practice, payer, transaction, billing)

    def made() -> events.Command:
        asked, on = needs_of(needs), day_of(answered_on)
        if answer is PayerAnswer.APPROVED:
            first, last = day_of(effective_on), day_of(expires_on)
            return events.Approve(on=on, attempt=attempt, effective_on=first, expires_on=last)
        return _event(answer, on, attempt, reason, asked)

    return enrolled(which, made, by=by)


def _event(
    answer: PayerAnswer, on: date | None, attempt: int, reason: RejectReason, needs: tuple[Need, ...]
) -> events.Command:
    match answer:
        case PayerAnswer.ACKNOWLEDGED:
            return events.Acknowledge(on=on, attempt=attempt)
        case PayerAnswer.RETURNED:
            return events.Bounce(on=on, attempt=attempt, reason=reason, needs=needs or (Need.CORRECTED_FORM,))
        case PayerAnswer.WANTS_MORE:
            return events.RequestDevelopment(on=on, attempt=attempt, needs=needs or (Need.ANSWER_TO_PAYER,))
        case PayerAnswer.APPROVED:
            return events.Approve(on=on, attempt=attempt)
        case PayerAnswer.REJECTED:
            return events.Reject(on=on, attempt=attempt, reason=reason)
        case PayerAnswer.WANTS_TEST:
            return events.NeedTest(on=on, attempt=attempt)
        case PayerAnswer.TEST_PASSED | PayerAnswer.TEST_FAILED:
            return events.RecordTest(on=on, attempt=attempt, is_passed=answer is PayerAnswer.TEST_PASSED)
        case _:
            assert_never(answer)


@flow(flow_run_name="record-portal-login {practice} {payer}")
def record_portal_login(
    practice: PracticeKey, payer: PayerKey, by: StaffKey, logged_in_on: OptionalDay = "", billing: BillingKey = ""
) -> State[Any]:
    """Record a successful login at a payer's portal, or a document from it: the proof that the account works.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        by: Key of the member of staff who logged in.
        logged_in_on: Day of the login, like 2026-12-01; empty means today.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    as_of = now()
    which = named(practice, payer, Transaction.PORTAL, billing)
    try:
        day = day_of(logged_in_on)
    except FormError as error:
        return refuse(error.sentence)
    answer = enrollment.record_login(which, day, by=by, key=run_key(as_of), as_of=as_of)
    return shown(which, answer, as_of=as_of)


@flow(flow_run_name="follow-up-enrollment {practice} {payer} {transaction}")
def follow_up_enrollment(
    practice: PracticeKey, payer: PayerKey, transaction: Transaction, by: StaffKey, billing: BillingKey = ""
) -> State[Any]:
    """Record that the payer or clearinghouse was asked how an enrollment stands, without an answer yet.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        by: Key of the member of staff who asked.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    return enrolled(named(practice, payer, transaction, billing), events.FollowUp, by=by)


@flow(flow_run_name="displace-era {practice} {payer}")
def displace_era(practice: PracticeKey, payer: PayerKey, by: StaffKey, billing: BillingKey = "") -> State[Any]:
    """Record that a payer's ERA goes to another clearinghouse now: an ERA goes to one at a time.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        by: Key of the member of staff who records it.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    return enrolled(named(practice, payer, Transaction.ERA, billing), events.Displace, by=by)


@flow(flow_run_name="recertify-enrollment {practice} {payer} {transaction}")
def recertify_enrollment(
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    by: StaffKey,
    expires_on: OptionalDay = "",
    billing: BillingKey = "",
) -> State[Any]:
    """Record that the payer renewed an enrollment.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        by: Key of the member of staff who records it.
        expires_on: Day until which it holds now, like 2031-12-01; empty means that it need not be renewed any more.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    which = named(practice, payer, transaction, billing)
    return enrolled(which, lambda: events.Recertify(day_of(expires_on)), by=by)


@flow(flow_run_name="lapse-enrollment {practice} {payer} {transaction}")
def lapse_enrollment(
    practice: PracticeKey, payer: PayerKey, transaction: Transaction, by: StaffKey, billing: BillingKey = ""
) -> State[Any]:
    """Record that an enrollment was not renewed and has ended.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        by: Key of the member of staff who records it.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    return enrolled(named(practice, payer, transaction, billing), events.Lapse, by=by)
