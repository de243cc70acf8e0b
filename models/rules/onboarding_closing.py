"""How a journey stops for a while, goes on, ends early, or graduates (O-37, O-45)."""

from dataclasses import replace
from datetime import timedelta

from models.rules.calendars import add_business_days
from models.rules.decisions import CancelMessages, CancelTimers, Hold, Refusal, Release, SettleAll
from models.rules.messages import MessageKind
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import Cancel, Graduate, Pause, Resume
from models.rules.onboarding_facts import CallState, JourneyStatus, StepFacts, StepState, WaitFacts

INVITATIONS = (MessageKind.CALL_INVITATION,)


def on_pause(draft: Draft, event: Pause) -> None:
    """Stop the clocks; nothing is sent until the journey goes on, so calls lose their dates (O-45)."""
    draft.columns |= {"status": JourneyStatus.PAUSED, "paused_at": draft.as_of}
    for key in draft.scheduled_calls():
        draft.drop_call(key, CallState.ON_HOLD)
    draft.do(CancelMessages(INVITATIONS), Hold())
    draft.note("journey_paused", reason=event.reason)


def on_resume(draft: Draft, event: Resume) -> Refusal | None:
    """Let the clocks go on where they stopped; calls get new dates and updated invitations (O-45)."""
    _ = event
    paused_at = draft.journey.paused_at
    if draft.journey.status is not JourneyStatus.PAUSED or paused_at is None:
        return Refusal("not_paused", f"The journey of {draft.journey.practice} is not paused.")
    shift = draft.as_of - paused_at
    draft.columns |= {"status": JourneyStatus.ACTIVE, "paused_at": None}
    for key, wait in draft.waits.items():
        draft.waits[key] = _later(wait, shift)
    draft.do(Release(shift))
    draft.note("journey_resumed", days=shift.days)
    for key in [key for key, call in draft.calls.items() if call.state is CallState.ON_HOLD]:
        ahead = draft.template.calls[key[0]].days_ahead
        earliest = add_business_days(draft.today, ahead, draft.journey.calendar)
        draft.move_call(key, draft.propose_start(earliest, draft.calls[key].minutes))
    return None


def _later(wait: WaitFacts | None, shift: timedelta) -> WaitFacts | None:
    return wait and replace(wait, since=wait.since + shift, silent_since=wait.silent_since + shift)


def on_cancel(draft: Draft, event: Cancel) -> None:
    """End the journey early; nothing more is sent (O-45)."""
    draft.columns |= {"status": JourneyStatus.CANCELLED, "paused_at": None}
    _stop_everything(draft, "cancelled")
    draft.do(CancelMessages())
    draft.note("journey_cancelled", reason=event.reason)


def on_graduate(draft: Draft, event: Graduate) -> Refusal | None:
    """Hand the account to the Billing Team once everything is in order (O-37)."""
    _ = event
    if draft.steps.get("graduation", StepFacts()).state is not StepState.OPEN:
        unfinished = [step.title for key, step in draft.template.steps.items() if not draft.is_over(key)]
        return Refusal("too_early", f"Graduation is not open yet; still to be finished: {'; '.join(unfinished[:-1])}.")
    left = [item.title for step in draft.steps for item in draft.open_items(step) if item.key != "graduation.handover"]
    if left:
        return Refusal(
            "not_ready", f"{draft.journey.practice} cannot graduate before this is done or skipped: {'; '.join(left)}."
        )
    open_issues = sorted(key for key, is_open in draft.issues.items() if is_open)
    if open_issues:
        return Refusal("not_ready", f"Payment issues are still open: {', '.join(open_issues)}. Settle them first.")
    draft.settle_item("graduation.handover")
    draft.end_step("graduation", StepState.DONE)
    draft.columns |= {"status": JourneyStatus.GRADUATED, "graduated_on": draft.today}
    cancelled = [f"{name}:{number}" for name, number in draft.scheduled_calls()]
    _stop_everything(draft, "graduated")
    draft.do(CancelMessages(keep=(MessageKind.GRADUATION,)))
    draft.say(MessageKind.GRADUATION, "graduation", fields={"calls": ",".join(cancelled)})
    draft.note("graduated", on=draft.today.isoformat())
    return None


def _stop_everything(draft: Draft, outcome: str) -> None:
    """Take down timers, calls, waits and work items (O-37, O-45)."""
    for key in draft.scheduled_calls():
        draft.drop_call(key)
    for wait in draft.waits:
        draft.waits[wait] = None
    draft.do(CancelTimers(), SettleAll(outcome))
