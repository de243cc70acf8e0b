"""Payer enrollments: begun from the journey's payers or a list, prepared, sent in; lists of how they stand."""

from enum import StrEnum
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import (
    BillingKey,
    FileName,
    FormError,
    NeedChoice,
    OptionalDay,
    OptionalNpi,
    OptionalPracticeKey,
    PayerKey,
    PayerKeys,
    PracticeKey,
    StaffKey,
    day_of,
    keys_of,
    needs_of,
)
from models.inputs.intake import check_npi
from models.rules import enrollment_events as events
from models.rules.onboarding_events import ChooseTopPayers, RecordEnrollment
from models.rules.onboarding_facts import EnrollmentOutcome, Reason, Transaction
from tasks import enrollment, enrollment_files
from tasks.artifacts import begin_progress, go_on, show_journeys, show_rows
from tasks.enrolling import answered, enrolled, named, refuse, run_key, shown
from tasks.enrollment import Billing
from tasks.enrollment_files import Lines, Progress
from tasks.moment import moment, now


class BillsAs(StrEnum):
    """Under which identity a practice bills (E-01)."""

    GROUP = "group"
    EACH_PROVIDER = "each_provider"


@flow(flow_run_name="begin-enrollments {practice}")
def begin_enrollments(
    practice: PracticeKey, by: StaffKey, bills_as: BillsAs = BillsAs.GROUP, npi: OptionalNpi = ""
) -> State[Any]:
    """Begin the enrollments of the payers that a practice's journey plans; those that are begun stay as they are.

    The tax id is the one of the intake, and never part of a form.

    Args:
        practice: Short name of the practice.
        by: Key of the member of staff who begins them.
        bills_as: Whether the group bills, or each provider alone; then each payer has an enrollment per provider.
        npi: Billing NPI of the group; empty means the first provider's, or the one that is stored.
    """
    as_of = now()
    try:
        billing = Billing(check_npi(npi) if npi else "", bills_as is BillsAs.EACH_PROVIDER)
    except ValueError as error:
        return refuse(f"{npi} cannot be the billing NPI: {error}.")
    answer = enrollment.begin(practice, billing, by=by, key=run_key(as_of), as_of=as_of)
    if answer.is_done:
        _show(practice)
        show_journeys([practice], as_of=as_of)
    return answered(answer)


@flow(flow_run_name="load-payer-list {practice} {file}")
def load_payer_list(file: FileName, by: StaffKey, practice: OptionalPracticeKey = "") -> State[Any]:
    """Begin enrollments from a payer list in CSV; good lines are taken, faulty ones are named by line and reason.

    The same file again changes nothing. The columns: practice, payer, payer_name, payer_class, transactions, required,
    billing, billing_npi, tax_id, street, routing_number, clearinghouse, payer_id, cutover_on, expected_claims; only
    practice and payer must be there. A routing number is checked and not kept.

    Args:
        file: Name of a CSV file in the intake folder, for instance payer-list.csv.
        by: Key of the member of staff who loads it.
        practice: Short name of the only practice in the file; empty when the file names one on each line.
    """
    opened = enrollment_files.open_payer_list(file, by=by, practice=practice)
    if isinstance(opened, str):
        return refuse(opened)
    at = now()
    key = run_key(at)
    return _load(opened, lambda lines: enrollment_files.take_payer_list(lines, by=by, key=key, as_of=at))


@flow(flow_run_name="load-enrollment-statuses {file}")
def load_enrollment_statuses(file: FileName, by: StaffKey) -> State[Any]:
    """Take in status updates in CSV, in our words or in those of Kareo's enrollment screen; faults by line and reason.

    The same file again changes nothing. The columns: practice, payer, transaction, status (these must be there),
    billing, date, effective_on, expires_on, reason, needs.

    Args:
        file: Name of a CSV file in the intake folder, for instance enrollment-statuses.csv.
        by: Key of the member of staff who loads it.
    """
    opened = enrollment_files.open_statuses(file, by=by)
    if isinstance(opened, str):
        return refuse(opened)
    at = now()
    return _load(opened, lambda lines: enrollment_files.take_statuses(lines, by=by, as_of=at))


def _load(opened: tuple[Progress, list[Lines]], take: enrollment_files.Take) -> State[Any]:
    progress, batches = opened
    artifact = begin_progress("enrollment-file", f"Lines of {progress.file} that were taken in")
    for lines in batches:
        progress.add(lines, take(lines))
        go_on(artifact, progress.seen, of=progress.total)
    show_rows(progress.rows(), key="enrollment-file-faults", description=f"Lines of {progress.file} not taken")
    return answered(progress.answer())


@flow(flow_run_name="prepare-enrollment {practice} {payer} {transaction}")
def prepare_enrollment(
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    by: StaffKey,
    missing: tuple[NeedChoice, ...] = (),
    billing: BillingKey = "",
) -> State[Any]:
    """Record that the paperwork was checked: it is ready to be sent in, or the practice is asked for what is missing.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        by: Key of the member of staff who checked it.
        missing: What the practice must still give; none means that everything is there.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    which = named(practice, payer, transaction, billing)
    return enrolled(which, lambda: events.Prepare(needs_of(missing)), by=by)


@flow(flow_run_name="complete-enrollment-tasks {practice} {payer} {transaction}")
def complete_enrollment_tasks(
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    by: StaffKey,
    given: tuple[NeedChoice, ...] = (),
    billing: BillingKey = "",
) -> State[Any]:
    """Record what the practice gave for an enrollment; when nothing is missing any more it goes on.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        by: Key of the member of staff who records it.
        given: What was given; none means everything that was asked for.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    which = named(practice, payer, transaction, billing)
    return enrolled(which, lambda: events.CompleteTasks(needs_of(given)), by=by)


@flow(flow_run_name="submit-enrollment {practice} {payer} {transaction}")
def submit_enrollment(
    practice: PracticeKey,
    payer: PayerKey,
    transaction: Transaction,
    by: StaffKey,
    submitted_on: OptionalDay = "",
    billing: BillingKey = "",
) -> State[Any]:
    """Record that an enrollment was sent in; from then on the payer is asked when its usual time is over.

    Where its clearinghouse has an interface, golive sends it itself.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        by: Key of the member of staff who sent it in.
        submitted_on: Day on which it went out, like 2026-12-01; empty means today.
        billing: Who bills, where there are several: group, or a provider's NPI.
    """
    as_of = now()
    which = named(practice, payer, transaction, billing)
    try:
        day = day_of(submitted_on)
    except FormError as error:
        return refuse(error.sentence)
    answer = enrollment.submit(which, day, by=by, key=run_key(as_of), as_of=as_of)
    return shown(which, answer, as_of=as_of)


@flow(flow_run_name="record-enrollment {practice} {payer} {transaction} {outcome}")
def record_enrollment(
    practice: PracticeKey, payer: PayerKey, transaction: Transaction, outcome: EnrollmentOutcome, by: StaffKey
) -> State[Any]:
    """Record how an enrollment stands that is not followed here; when it is finalised the practice is told once.

    Refused where begin-enrollments or a payer list has begun it: then its journey follows by itself.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer, as in the intake.
        transaction: What the enrollment is for.
        outcome: How it stands.
        by: Key of the member of staff who records it.
    """
    return _in_journey(practice, RecordEnrollment(payer, transaction, outcome), by=by)


@flow(flow_run_name="choose-top-payers {practice}")
def choose_top_payers(practice: PracticeKey, payers: PayerKeys, reason: Reason, by: StaffKey) -> State[Any]:
    """Choose which payers come first, instead of those with the most expected claims.

    Args:
        practice: Short name of the practice.
        payers: Keys of one to three payers, the first one first, separated by commas.
        reason: Why.
        by: Key of the member of staff who records it.
    """
    return _in_journey(practice, ChooseTopPayers(keys_of(payers), reason), by=by)


def _in_journey(practice: str, event: RecordEnrollment | ChooseTopPayers, *, by: str) -> State[Any]:
    as_of = now()
    answer = enrollment.record_in_journey(practice, event, by=by, key=run_key(as_of), as_of=as_of)
    if answer.is_done:
        show_journeys([practice], as_of=as_of)
    return answered(answer)


@flow(flow_run_name="list-enrollments {practice}")
def list_enrollments(practice: OptionalPracticeKey = "") -> int:
    """List enrollments: the top three payers first, who is waited for since when, the next date, the one next step.

    Args:
        practice: Short name of the practice; empty means all.
    """
    return _show(practice)


def _show(practice: str) -> int:
    rows = enrollment.rows(practice)
    show_rows(rows, key=f"enrollments-{practice or 'all'}", description=f"Enrollments of {practice or 'all practices'}")
    return len(rows)


@flow(flow_run_name="show-enrollment {practice} {payer} {transaction}")
def show_enrollment(
    practice: PracticeKey, payer: PayerKey, transaction: Transaction, billing: BillingKey = "", as_of: str = ""
) -> int | State[Any]:
    """Show one enrollment: how it stands, its whole history, and for how many days each party was waited for.

    Args:
        practice: Short name of the practice.
        payer: Key of the payer.
        transaction: What the enrollment is for.
        billing: Who bills, where there are several: group, or a provider's NPI.
        as_of: Moment until which days are counted, ISO 8601 with offset; empty means now.
    """
    told = enrollment.story(named(practice, payer, transaction, billing), as_of=moment(as_of))
    if isinstance(told, str):
        return refuse(told)
    key, about = f"enrollment-{practice}-{payer}-{transaction}", f"{payer} {transaction} of {practice}"
    present, history, days = told
    show_rows(present, key=key, description=about)
    show_rows(history, key=f"{key}-history", description=f"What happened: {about}")
    show_rows(days, key=f"{key}-days", description=f"Days by who was waited for: {about}")
    return len(history)
