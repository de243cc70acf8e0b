"""The one question of onboarding: what does this event mean for this journey at this moment?"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from models.rules.decisions import Refusal
from models.rules.onboarding_calls import on_call
from models.rules.onboarding_closing import on_cancel, on_graduate, on_pause, on_resume
from models.rules.onboarding_commands import (
    on_answers,
    on_begin,
    on_complete_item,
    on_customer_id,
    on_reopen_item,
    on_reopen_step,
    on_role,
    on_sign,
    on_skip_item,
    on_skip_step,
)
from models.rules.onboarding_documents import on_document
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import (
    AddPayers,
    AnswerQuestions,
    AssignRole,
    Begin,
    Cancel,
    ChooseTopPayers,
    CompleteItem,
    ConfirmFirstClaims,
    Due,
    EstablishCustomerId,
    Event,
    ExcuseFromTraining,
    Graduate,
    Pause,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordEnrollment,
    RecordFirstEra,
    RecordPaymentIssue,
    RegisterForTraining,
    ReopenItem,
    ReopenStep,
    RescheduleTraining,
    Resume,
    SettlePaymentIssue,
    SignAgreement,
    SkipItem,
    SkipStep,
)
from models.rules.onboarding_facts import Decision, Head, Journey, JourneyStatus
from models.rules.onboarding_milestones import (
    on_add_payers,
    on_choose_payers,
    on_enrollment,
    on_first_claims,
    on_first_era,
    on_payment_issue,
    on_payment_issue_settled,
)
from models.rules.onboarding_progress import settle
from models.rules.onboarding_timers import LIGHT_TIMERS, on_due, on_light_due
from models.rules.onboarding_training import on_attendance, on_excuse, on_register, on_reschedule

HANDLERS: dict[type[Event], Callable[[Draft, Any], Refusal | None]] = {
    Begin: on_begin,
    SignAgreement: on_sign,
    AnswerQuestions: on_answers,
    EstablishCustomerId: on_customer_id,
    RecordCall: on_call,
    CompleteItem: on_complete_item,
    SkipItem: on_skip_item,
    ReopenItem: on_reopen_item,
    SkipStep: on_skip_step,
    ReopenStep: on_reopen_step,
    RecordDocument: on_document,
    RegisterForTraining: on_register,
    RecordAttendance: on_attendance,
    RescheduleTraining: on_reschedule,
    ExcuseFromTraining: on_excuse,
    AssignRole: on_role,
    Pause: on_pause,
    Resume: on_resume,
    Cancel: on_cancel,
    ChooseTopPayers: on_choose_payers,
    AddPayers: on_add_payers,
    RecordEnrollment: on_enrollment,
    ConfirmFirstClaims: on_first_claims,
    RecordFirstEra: on_first_era,
    RecordPaymentIssue: on_payment_issue,
    SettlePaymentIssue: on_payment_issue_settled,
    Graduate: on_graduate,
    Due: on_due,
}

ALLOWED_WHILE_PAUSED = (Resume, Cancel, AssignRole, AddPayers, RecordEnrollment)


def decide(facts: Head, event: Event, *, by: str, as_of: datetime) -> Decision | Refusal:
    """Say what an event leads to; the same facts, event and moment always give the same answer.

    `by` is the key of whoever acts. A due timer of `LIGHT_TIMERS` needs no more than the head of the journey;
    every other event needs the whole journey and raises TypeError without it.
    """
    if isinstance(event, Due):
        if facts.status is not JourneyStatus.ACTIVE and not _is_sent_while_paused(facts, event):
            return Decision()
        if event.kind in LIGHT_TIMERS:
            return on_light_due(facts, event, as_of=as_of)
    if not isinstance(facts, Journey):
        message = f"{type(event).__name__} needs the whole journey"
        raise TypeError(message)
    if not isinstance(event, Due) and (refusal := _closed(facts, event)):
        return refusal
    draft = Draft(facts, by=by, as_of=as_of)
    refusal = HANDLERS[type(event)](draft, event)
    if refusal is not None:
        return refusal
    if draft.columns.get("status", facts.status) is JourneyStatus.ACTIVE:
        settle(draft)
    return draft.finish()


def decide_together(journey: Journey, events: Iterable[Event], *, by: str, as_of: datetime) -> tuple[Decision, int]:
    """Say what several events lead to, as one decision; what is refused is left out. Gives how many were taken.

    For news that come together and none of which opens the way for another, like outcomes of enrollments.
    """
    draft = Draft(journey, by=by, as_of=as_of)
    taken = 0
    for event in events:
        refusal = _closed(journey, event) or HANDLERS[type(event)](draft, event)
        taken += refusal is None
    if taken and journey.status is JourneyStatus.ACTIVE:
        settle(draft)
    return draft.finish(), taken


def _is_sent_while_paused(head: Head, due: Due) -> bool:
    """Say whether a message that was under way when its journey was paused has gone out all the same."""
    return head.status is JourneyStatus.PAUSED and due.kind == "message_sent"


def _closed(journey: Journey, event: Event) -> Refusal | None:
    if not journey.steps and not isinstance(event, Begin):
        return Refusal("not_started", f"The journey of {journey.practice} has not started; start it with its intake.")
    match journey.status:
        case JourneyStatus.ACTIVE:
            return None
        case JourneyStatus.PAUSED if isinstance(event, ALLOWED_WHILE_PAUSED):
            return None
        case JourneyStatus.PAUSED:
            return Refusal("paused", f"The journey of {journey.practice} is paused; resume it first.")
        case JourneyStatus.CANCELLED:
            return Refusal(
                "cancelled", f"The journey of {journey.practice} was cancelled; nothing more can be recorded."
            )
        case JourneyStatus.GRADUATED:
            return Refusal("graduated", f"{journey.practice} has graduated; its Billing Team looks after it now.")
