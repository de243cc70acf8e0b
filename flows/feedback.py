"""Feedback from patients: due requests asked, deliveries reconciled, why a visit was followed by a request or not."""

from collections import Counter
from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.feedback_policy_forms import AttemptNumber, ListLength, SpanOfDays, StateChoice
from models.inputs.forms import ActorKey, AppointmentNumber, PracticeKey
from models.rules.messages import Channel
from tasks import appointments, feedback, messages, texting
from tasks.artifacts import show_counts, show_rows
from tasks.commands import refuse, state_of
from tasks.feedback import Trial
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined


@flow(flow_run_name="ask-for-feedback")
@unless_quarantined
def ask_for_feedback(as_of: str = "", limit: int = 10_000) -> dict[str, int]:
    """Act upon requests for feedback that are due, beside the standing dispatch; messages are queued, not yet sent.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most timers that this run takes.
    """
    at = moment(as_of)
    counts = Counter[str]()
    for size in feedback.batches_of_requests(as_of=at, limit=limit):
        counts.update(feedback.ask_for_feedback(size, as_of=at))
    show_counts(counts, key="ask-for-feedback", as_of=at)
    return dict(counts)


@flow(flow_run_name="reconcile-deliveries")
@unless_quarantined
def reconcile_deliveries(as_of: str = "", limit: int = 10_000) -> dict[str, int]:
    """Ask providers about messages whose outcome nobody knows, as far as they are due, and take in what they reported.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most reports that this run takes.
    """
    at = moment(as_of)
    counts = Counter(texting.drain_provider_events(as_of=at, limit=limit))
    counts.update(messages.look_up_unknown(as_of=at))
    show_counts(counts, key="reconcile-deliveries", as_of=at)
    return dict(counts)


@flow(flow_run_name="why-feedback {appointment}")
def why_feedback(appointment: AppointmentNumber) -> State[Any]:
    """Say in sentences why a visit's patient was asked for feedback, or was not.

    Args:
        appointment: Number of the appointment, from list-appointments.
    """
    return state_of(feedback.why(appointment, as_of=now()))


@flow(flow_run_name="list-feedback-requests {practice}")
def list_feedback_requests(practice: PracticeKey, state: StateChoice = "", limit: ListLength = 200) -> int | State[Any]:
    """List a practice's requests for feedback: states, reasons, next attempts; numbers, nobody's name.

    Args:
        practice: Short name of the practice.
        state: Only requests in this state; empty means all.
        limit: Most requests that are shown, newest check-outs first.
    """
    if missing := appointments.unknown_practice(practice):
        return refuse(missing)
    rows = feedback.request_rows(practice, state, limit=limit)
    show_rows(rows, key=f"feedback-requests-{practice}", description=f"Requests of {practice} for feedback")
    return len(rows)


@flow(flow_run_name="feedback-overview {practice}")
def feedback_overview(practice: PracticeKey, days: SpanOfDays = 90, as_of: str = "") -> State[Any]:
    """Count what became of the requests of some days: how they stand, why nobody was asked, what was sent.

    Args:
        practice: Short name of the practice.
        days: So many days before the moment.
        as_of: Moment to look from, ISO 8601 with offset; empty means now.
    """
    return state_of(feedback.show_overview(practice, days=days, as_of=moment(as_of)))


@flow(flow_run_name="mark-test-appointment {appointment}")
def mark_test_appointment(appointment: AppointmentNumber, by: ActorKey) -> State[Any]:
    """Mark an appointment as a test: nobody is asked for feedback about it, also where that was planned.

    Args:
        appointment: Number of the appointment, from list-appointments.
        by: Key of whoever marks it.
    """
    as_of = now()
    return state_of(feedback.mark_test(appointment, by=by, key=_key(as_of), as_of=as_of))


@flow(flow_run_name="send-test-message {practice}")
def send_test_message(
    practice: PracticeKey, by: ActorKey, attempt: AttemptNumber = 1, channel: Channel = Channel.EMAIL
) -> State[Any]:
    """Send yourself the message of one attempt as patients get it, marked as a test; its link belongs to no visit.

    Args:
        practice: Short name of the practice.
        by: Key of whoever gets it, of the practice's people or our staff.
        attempt: Which attempt.
        channel: By text or by email; a text needs a mobile number.
    """
    as_of = now()
    trial = Trial(attempt, channel)
    return state_of(feedback.send_test(practice, trial, by=by, key=_key(as_of), as_of=as_of))


def _key(as_of: datetime) -> str:
    """Give the run's own id, so that a run tried again records nothing twice."""
    return f"run:{flow_run.id or as_of.isoformat()}"
