"""How a journey stops for a while, goes on, ends early, or graduates (O-37, O-45)."""

from models.rules.decisions import CancelMessages, CancelTimers, Hold, Refusal, Release, SettleAll
from models.rules.messages import MessageKind
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import Cancel, Graduate, Pause, Resume
from models.rules.onboarding_facts import CallState, JourneyStatus, StepFacts, StepState
from models.rules.onboarding_silence import go_on_waiting
from models.rules.onboarding_training import rebook_missed_places

HANDOVER = "graduation.handover"


def on_pause(draft: Draft, event: Pause) -> None:
    """Stop the clocks; nothing is sent until the journey goes on, so calls lose their dates (O-45)."""
    draft.columns |= {"status": JourneyStatus.PAUSED, "paused_at": draft.as_of}
    for key in draft.scheduled_calls():
        draft.drop_call(key, CallState.ON_HOLD)
    draft.do(Hold())
    draft.note("journey_paused", reason=event.reason)


def on_resume(draft: Draft, event: Resume) -> Refusal | None:
    """Let the clocks go on where they stopped; calls get new dates and updated invitations (O-45)."""
    _ = event
    paused_at = draft.journey.paused_at
    if draft.journey.status is not JourneyStatus.PAUSED or paused_at is None:
        return Refusal("not_paused", f"The journey of {draft.journey.practice} is not paused.")
    draft.columns |= {"status": JourneyStatus.ACTIVE, "paused_at": None}
    draft.do(Release(draft.as_of - paused_at))
    draft.note("journey_resumed", days=(draft.as_of - paused_at).days)
    go_on_waiting(draft, paused_at)
    for key in [key for key, call in sorted(draft.calls.items()) if call.state is CallState.ON_HOLD]:
        draft.move_call(key, None)
    rebook_missed_places(draft)
    return None


def on_cancel(draft: Draft, event: Cancel) -> None:
    """End the journey early; nothing more is sent (O-45)."""
    draft.columns |= {"status": JourneyStatus.CANCELLED, "paused_at": None}
    _stop_everything(draft, "cancelled")
    draft.do(CancelMessages())
    draft.note("journey_cancelled", reason=event.reason)


def on_graduate(draft: Draft, event: Graduate) -> Refusal | None:
    """Hand the account to the Billing Team once everything is in order (O-37)."""
    _ = event
    if refusal := _not_ready(draft):
        return refusal
    draft.settle_item(HANDOVER)
    draft.end_step("graduation", StepState.DONE)
    draft.columns |= {"status": JourneyStatus.GRADUATED, "graduated_on": draft.today}
    cancelled = [f"{name}:{number}" for name, number in draft.scheduled_calls()]
    _stop_everything(draft, "graduated")
    draft.do(CancelMessages(keep=(MessageKind.GRADUATION,)))
    fields = {"graduated_on": draft.today.isoformat(), "calls": ",".join(cancelled)}
    draft.say(MessageKind.GRADUATION, "graduation", fields=fields)
    draft.note("graduated", cancelled_calls=len(cancelled))
    return None


def _not_ready(draft: Draft) -> Refusal | None:
    practice = draft.journey.practice
    if draft.steps.get("graduation", StepFacts()).state is not StepState.OPEN:
        titles = {key: step.title for key, step in draft.template.steps.items() if key != "graduation"}
        left = "; ".join(title for key, title in titles.items() if not draft.is_over(key))
        return Refusal("too_early", f"Graduation is not open yet; still to be finished: {left}.")
    items = (item for step in draft.steps for item in draft.open_items(step))
    if left := "; ".join(item.title for item in items if item.key != HANDOVER):
        return Refusal("not_ready", f"{practice} cannot graduate before this is done or skipped: {left}.")
    issues = sorted(key for key, is_open in draft.issues.items() if is_open)
    if issues:
        named = ", ".join(issue.replace(":", " ").replace("_", " ") for issue in issues)
        return Refusal("not_ready", f"{practice} cannot graduate with open payment issues: {named}. Settle them first.")
    return None


def _stop_everything(draft: Draft, outcome: str) -> None:
    """Take down timers, calls, waits and work items."""
    for key, call in sorted(draft.calls.items()):
        if call.state in (CallState.SCHEDULED, CallState.ON_HOLD):
            draft.drop_call(key)
    draft.waits = dict.fromkeys(draft.waits)
    draft.do(CancelTimers(), SettleAll(outcome))
