"""What a timer means when it falls due: silence, lateness, reports, calls that nobody recorded."""

from datetime import datetime, timedelta

from models.rules.calendars import START_OF_BUSINESS, local_day, local_moment, office_moment
from models.rules.decisions import Ask, Note, Say, SetTimer
from models.rules.messages import MessageKind
from models.rules.onboarding import CHECK_IN_DAYS, COACH_ACTS_WITHIN, REPORT_DAYS
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import Due
from models.rules.onboarding_facts import CallState, Decision, Head, StepState
from models.rules.onboarding_progress import schedule_check_in
from models.rules.onboarding_silence import on_silence
from models.rules.roles import Role

LIGHT_TIMERS = frozenset({"silence", "progress_report", "first_claim_late", "first_payment_late", "payments_late"})


def on_light_due(head: Head, due: Due, *, as_of: datetime) -> Decision:
    """Answer a timer that needs only the journey's head and the wait concerned."""
    match due.kind:
        case "silence":
            return on_silence(head, due, as_of=as_of)
        case "progress_report":
            return _on_report(head, due, as_of=as_of)
        case _:
            return _on_late(head, due)


def _on_report(head: Head, due: Due, *, as_of: datetime) -> Decision:
    """Send the bi-weekly progress report and set the next; missed ones are not made up for (O-36)."""
    next_day = local_day(due.due_at, head.zone) + timedelta(days=REPORT_DAYS)
    while next_day <= local_day(as_of, head.zone):
        next_day += timedelta(days=REPORT_DAYS)
    report = Say(
        MessageKind.PROGRESS_REPORT,
        Role.PRIMARY_CONTACT,
        f"progress_report:{due.number}",
        not_before=office_moment(as_of, zone=head.zone, calendar=head.calendar),
    )
    again = SetTimer("progress_report", local_moment(next_day, START_OF_BUSINESS, head.zone), number=due.number + 1)
    return Decision(notes=(Note("progress_reported", evidence={"number": due.number}),), effects=(report, again))


def _on_late(head: Head, due: Due) -> Decision:
    """Flag what should have happened by now; lateness is shown, never hidden (O-32, O-43)."""
    is_done = head.claims_confirmed_on if due.kind == "first_claim_late" else head.first_era_on
    if is_done is not None:
        return Decision()
    what = due.kind.removesuffix("_late")
    return Decision(notes=(Note(due.kind),), effects=(Ask(f"late.{what}", Role.SUCCESS_COACH, due.due_at),))


def on_due(draft: Draft, due: Due) -> None:
    """Answer a timer that needs the whole journey."""
    match due.kind:
        case "call_passed":
            _on_call_passed(draft, due)
        case "check_in":
            _on_check_in(draft, due)
        case "message_sent":
            _on_message_sent(draft, due)
        case _:
            message = f"no rule for a timer of kind {due.kind}"
            raise ValueError(message)


def _on_call_passed(draft: Draft, due: Due) -> None:
    """Ask the leader what came of a call whose time is over."""
    _, name, number = due.subject.split(":")
    call = draft.calls.get((name, int(number)))
    if call is not None and call.state is CallState.SCHEDULED:
        leader = draft.template.calls[name].led_by
        draft.do(Ask(f"record.{due.subject}", leader, draft.business_days(COACH_ACTS_WITHIN)))
        draft.note("call_unrecorded", name, number=int(number))


def _on_check_in(draft: Draft, due: Due) -> None:
    """Schedule the next bi-weekly call; after an outage the next one that still lies ahead (O-31)."""
    latest = draft.latest_call("check_in")
    if draft.went_live_on is None or (latest is not None and latest[1] >= due.number):
        return
    number = due.number
    while draft.went_live_on + timedelta(days=CHECK_IN_DAYS * number) <= draft.today:
        number += 1
    schedule_check_in(draft, draft.went_live_on, number=number)


def _on_message_sent(draft: Draft, due: Due) -> None:
    """Settle the item that a delivered message completes (O-28)."""
    item = due.subject
    is_open = item in draft.items and not draft.is_settled(item)
    if is_open and draft.steps[draft.template.step_of_item[item]].state is StepState.OPEN:
        draft.settle_item(item)
        draft.note("item_completed", item)
