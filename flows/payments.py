"""First claims, first remittances and payment-posting issues."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import PayerKey, PracticeKey, StaffKey
from models.rules import onboarding_events as events
from models.rules.onboarding_facts import PaymentIssue
from tasks.commands import command


@flow(flow_run_name="confirm-first-claims {practice}")
def confirm_first_claims(practice: PracticeKey, received: bool, submitted: bool, by: StaffKey) -> State[Any]:
    """Confirm that the first set of charges was received, and that it was submitted properly.

    Args:
        practice: Short name of the practice.
        received: Whether the charges arrived.
        submitted: Whether they went out properly.
        by: Key of the coach.
    """
    return command(practice, events.ConfirmFirstClaims(received, submitted), by=by)


@flow(flow_run_name="record-first-era {practice}")
def record_first_era(practice: PracticeKey, posted_on: date, by: StaffKey) -> State[Any]:
    """Record that the first ERAs were posted; the practice is told once.

    Args:
        practice: Short name of the practice.
        posted_on: Day of the posting, in the practice's time zone.
        by: Key of the payment poster.
    """
    return command(practice, events.RecordFirstEra(posted_on), by=by)


@flow(flow_run_name="record-payment-issue {practice} {payer} {issue}")
def record_payment_issue(practice: PracticeKey, payer: PayerKey, issue: PaymentIssue, by: StaffKey) -> State[Any]:
    """Record a payment-posting issue; the practice is told.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        issue: What is wrong.
        by: Key of the payment poster.
    """
    return command(practice, events.RecordPaymentIssue(payer, issue), by=by)


@flow(flow_run_name="settle-payment-issue {practice} {payer} {issue}")
def settle_payment_issue(practice: PracticeKey, payer: PayerKey, issue: PaymentIssue, by: StaffKey) -> State[Any]:
    """Record that a payment-posting issue is solved.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        issue: What was wrong.
        by: Key of the payment poster.
    """
    return command(practice, events.SettlePaymentIssue(payer, issue), by=by)
