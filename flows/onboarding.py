"""The journey from agreement to graduation: what coaches record, and the sweeps that move it on."""

from collections import Counter
from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import (
    AgendaChoice,
    CallChoice,
    DocumentChoice,
    FileName,
    HandItemChoice,
    ItemChoice,
    LocalMoment,
    OptionalStaffKey,
    PracticeKey,
    Specialty,
    StaffKey,
    StaffRoleChoice,
    StepChoice,
)
from models.rules import onboarding_events as events
from models.rules.onboarding_facts import CallOutcome, DocumentOutcome, Reason
from models.rules.roles import Role
from tasks import artifacts, onboarding
from tasks.artifacts import show_board, show_counts
from tasks.commands import command, local_moment, refuse, state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined


@flow(flow_run_name="start-journey {file}")
def start_journey(file: FileName, by: OptionalStaffKey = "") -> State[Any]:
    """Start a practice's journey from its intake file.

    The same file again changes nothing; faults are named by field.

    Args:
        file: Name of a YAML or JSON file in the intake folder, for instance maple-street.yaml.
        by: Key of the member of staff who starts it; empty when it comes from a form outside.
    """
    as_of = now()
    answer = onboarding.start_journey(file, by=by, as_of=as_of)
    show_board(as_of=as_of)
    return state_of(answer)


@flow(flow_run_name="start-journeys {file}")
def start_journeys(file: FileName, by: OptionalStaffKey = "") -> State[Any]:
    """Start many practices' journeys from one CSV file.

    Good lines are taken, faulty ones are named by line and field; the same file again changes nothing.

    Args:
        file: Name of a CSV file in the intake folder.
        by: Key of the member of staff who starts them.
    """
    as_of = now()
    answer = onboarding.start_journeys(file, by=by, as_of=as_of)
    show_board(as_of=as_of)
    return state_of(answer)


@flow(flow_run_name="record-agreement {practice}")
def record_agreement(practice: PracticeKey, signed_on: date, by: StaffKey) -> State[Any]:
    """Record that the practice signed the Service Agreement: the coach is assigned and the welcome goes out.

    Args:
        practice: Short name of the practice.
        signed_on: Day of the signature, in the practice's time zone.
        by: Key of the member of staff who records it.
    """
    return command(practice, events.SignAgreement(signed_on), by=by)


@flow(flow_run_name="record-account-details {practice}")
def record_account_details(
    practice: PracticeKey, specialty: Specialty, providers: int, claims_per_month: int, uses_ehr: bool, by: StaffKey
) -> State[Any]:
    """Record the answers to the Welcome Call's preliminary questions.

    Args:
        practice: Short name of the practice.
        specialty: What the practice does.
        providers: How many providers see patients.
        claims_per_month: How many claims the practice expects to send each month.
        uses_ehr: Whether the practice uses an EHR that shall be connected.
        by: Key of the member of staff who records it.
    """
    answers = {
        "specialty": specialty.value,
        "providers": providers,
        "claims_per_month": claims_per_month,
        "uses_ehr": uses_ehr,
    }
    return command(practice, events.AnswerQuestions(answers), by=by)


@flow(flow_run_name="record-customer-id {practice}")
def record_customer_id(practice: PracticeKey, customer_id: int, by: StaffKey) -> State[Any]:
    """Record the Kareo Customer ID of the practice.

    Args:
        practice: Short name of the practice.
        customer_id: The number that Kareo gave.
        by: Key of the member of staff who records it.
    """
    return command(practice, events.EstablishCustomerId(customer_id), by=by)


@flow(flow_run_name="record-call {practice} {call} {outcome}")
def record_call(
    practice: PracticeKey,
    call: CallChoice,
    outcome: CallOutcome,
    by: StaffKey,
    covered: tuple[AgendaChoice, ...] = (),
    new_start: LocalMoment = "",
) -> State[Any]:
    """Record what came of a call: held, nobody came, or moved to another date.

    Args:
        practice: Short name of the practice.
        call: Which call.
        outcome: What came of it.
        by: Key of the member of staff who records it.
        covered: Agenda items that were covered; none means the whole agenda.
        new_start: New local date and time, like 2026-12-01 14:30; empty takes the next free one.
    """
    start = local_moment(practice, new_start)
    if new_start and start is None:
        return refuse(f"There is no such date and time as {new_start}; write it like 2026-12-01 14:30.")
    return command(practice, events.RecordCall(call, outcome, covered, start), by=by)


@flow(flow_run_name="complete-item {practice} {item}")
def complete_item(practice: PracticeKey, item: HandItemChoice, by: StaffKey) -> State[Any]:
    """Record that a task or agenda item is done.

    Args:
        practice: Short name of the practice.
        item: What is done.
        by: Key of the member of staff who did it.
    """
    return command(practice, events.CompleteItem(item), by=by)


@flow(flow_run_name="skip-item {practice} {item}")
def skip_item(practice: PracticeKey, item: ItemChoice, reason: Reason, by: StaffKey) -> State[Any]:
    """Record that an item is not needed; the history keeps the reason and the name.

    Args:
        practice: Short name of the practice.
        item: What is not needed.
        reason: Why.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.SkipItem(item, reason), by=by)


@flow(flow_run_name="reopen-item {practice} {item}")
def reopen_item(practice: PracticeKey, item: ItemChoice, reason: Reason, by: StaffKey) -> State[Any]:
    """Open a finished item again; the history keeps both.

    Args:
        practice: Short name of the practice.
        item: What must be done again.
        reason: Why.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.ReopenItem(item, reason), by=by)


@flow(flow_run_name="skip-step {practice} {step}")
def skip_step(practice: PracticeKey, step: StepChoice, reason: Reason, by: StaffKey) -> State[Any]:
    """End a step without its work; the history keeps the reason and the name.

    Args:
        practice: Short name of the practice.
        step: Which step.
        reason: Why.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.SkipStep(step, reason), by=by)


@flow(flow_run_name="reopen-step {practice} {step}")
def reopen_step(practice: PracticeKey, step: StepChoice, reason: Reason, by: StaffKey) -> State[Any]:
    """Do a step again; later steps stay as they are.

    Args:
        practice: Short name of the practice.
        step: Which step.
        reason: Why.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.ReopenStep(step, reason), by=by)


@flow(flow_run_name="record-document {practice} {document} {outcome}")
def record_document(
    practice: PracticeKey,
    document: DocumentChoice,
    outcome: DocumentOutcome,
    by: StaffKey,
    reason: Reason = Reason.INCOMPLETE,
) -> State[Any]:
    """Record that a required document was received, accepted or rejected.

    Args:
        practice: Short name of the practice.
        document: Which document.
        outcome: What happened to it.
        by: Key of the member of staff who records it.
        reason: Why it was rejected; the practice is told. Without meaning otherwise.
    """
    why = reason if outcome is DocumentOutcome.REJECTED else None
    return command(practice, events.RecordDocument(document, outcome, why), by=by)


@flow(flow_run_name="assign-role {practice} {role}")
def assign_role(practice: PracticeKey, role: StaffRoleChoice, staff: StaffKey, by: StaffKey) -> State[Any]:
    """Give a role of a practice's journey to a member of staff; upcoming calls are theirs from now on.

    Args:
        practice: Short name of the practice.
        role: Which role.
        staff: Key of the member of staff who takes it.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.AssignRole(Role(role), staff), by=by)


@flow(flow_run_name="pause-journey {practice}")
def pause_journey(practice: PracticeKey, reason: Reason, by: StaffKey) -> State[Any]:
    """Stop a journey for a while: its clocks stop and nothing is sent.

    Args:
        practice: Short name of the practice.
        reason: Why.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.Pause(reason), by=by)


@flow(flow_run_name="resume-journey {practice}")
def resume_journey(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Let a paused journey go on: its clocks go on where they stopped, calls get new dates.

    Args:
        practice: Short name of the practice.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.Resume(), by=by)


@flow(flow_run_name="cancel-journey {practice}")
def cancel_journey(practice: PracticeKey, reason: Reason, by: StaffKey) -> State[Any]:
    """End a journey without graduation; nothing more is sent.

    Args:
        practice: Short name of the practice.
        reason: Why.
        by: Key of the member of staff who decided it.
    """
    return command(practice, events.Cancel(reason), by=by)


@flow(flow_run_name="graduate {practice}")
def graduate(practice: PracticeKey, by: StaffKey) -> State[Any]:
    """Graduate a practice: the account goes to the Billing Team, calls and reports stop.

    Args:
        practice: Short name of the practice.
        by: Key of the coach.
    """
    return command(practice, events.Graduate(), by=by)


@flow(flow_run_name="advance-journeys")
@unless_quarantined
def advance_journeys(as_of: str = "", limit: int = 10_000) -> dict[str, int]:
    """Act upon everything in the journeys that is due: silence, lateness, reports, calls, check-ins.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most timers that this run takes.
    """
    at = moment(as_of)
    counts = Counter[str]()
    for size in onboarding.batches_of_journeys(as_of=at, limit=limit):
        counts.update(onboarding.advance_journeys(size, as_of=at))
    for claim in onboarding.claims_of_whole_journeys(as_of=at, limit=limit):
        counts.update(onboarding.advance_whole_journeys(claim, as_of=at))
    show_counts(counts, key="advance-journeys", as_of=at)
    return dict(counts)


@flow(flow_run_name="show-journeys")
def show_journeys(as_of: str = "") -> int:
    """Refresh what people look at: the board over all practices, the work lists, one page per practice.

    Args:
        as_of: Moment to show, ISO 8601 with offset; empty means now.
    """
    at = moment(as_of)
    artifacts.show_journeys(onboarding.journeys_to_show(), as_of=at)
    return show_board(as_of=at)
