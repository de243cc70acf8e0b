"""Payer enrollments as people record them for the journey."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import PayerKey, PayerKeys, PracticeKey, StaffKey, keys_of
from models.rules import onboarding_events as events
from models.rules.onboarding_facts import EnrollmentOutcome, Reason, Transaction
from tasks.commands import command


@flow(flow_run_name="record-enrollment {practice} {payer} {transaction} {outcome}")
def record_enrollment(
    practice: PracticeKey, payer: PayerKey, transaction: Transaction, outcome: EnrollmentOutcome, by: StaffKey
) -> State[Any]:
    """Record how a payer enrollment stands; when claims, ERA or EFT are finalised the practice is told once.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer, as in the intake.
        transaction: What the enrollment is for.
        outcome: How it stands.
        by: Key of the member of staff who records it.
    """
    return command(practice, events.RecordEnrollment(payer, transaction, outcome), by=by)


@flow(flow_run_name="choose-top-payers {practice}")
def choose_top_payers(practice: PracticeKey, payers: PayerKeys, reason: Reason, by: StaffKey) -> State[Any]:
    """Choose which payers come first, instead of those with the most expected claims.

    Args:
        practice: Short name of the practice.
        payers: Keys of one to three payers, the first one first, separated by commas.
        reason: Why.
        by: Key of the member of staff who records it.
    """
    return command(practice, events.ChooseTopPayers(keys_of(payers), reason), by=by)
