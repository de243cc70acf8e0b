"""What people record about calls: held with which agenda items, missed, moved (O-03, O-08, O-14, O-17, O-30, O-31)."""

from models.rules.decisions import Refusal
from models.rules.messages import MessageKind
from models.rules.onboarding import Call, ItemKind
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import RecordCall
from models.rules.onboarding_facts import CallKey, CallOutcome, CallState
from models.rules.roles import Party

CHECKLIST = "handoff.checklist"


def on_call(draft: Draft, event: RecordCall) -> Refusal | None:
    """Record what came of a call."""
    call = draft.template.calls.get(event.call)
    if call is None:
        known = ", ".join(draft.template.calls)
        return Refusal("unknown", f"There is no call “{event.call}” in a journey; its calls are: {known}.")
    key = draft.current_call(event.call)
    if key is None:
        return Refusal("not_scheduled", f"No {call.title} is scheduled yet; {_when(draft, call)}.")
    if draft.calls[key].state is CallState.CANCELLED:
        return Refusal("cancelled", f"The {call.title} was cancelled; reopen its step first, then it gets a new date.")
    if event.outcome is CallOutcome.HELD:
        return _on_held(draft, call, key, event.covered)
    return _on_moved(draft, call, key, event)


def _when(draft: Draft, call: Call) -> str:
    step = draft.template.step_of_call.get(call.key)
    if step is None:
        return "it is when the practice goes live"
    if draft.is_closed(step):
        return f"it is when {draft.template.steps[step].title} opens"
    return f"it is as soon as somebody is assigned as {call.led_by.replace('_', ' ')}"


def _on_moved(draft: Draft, call: Call, key: CallKey, event: RecordCall) -> Refusal | None:
    if draft.calls[key].state is CallState.HELD:
        return Refusal("already", f"The {call.title} was already recorded as held and has no date to change.")
    if event.new_start is not None and event.new_start <= draft.as_of:
        wanted = draft.local_time(event.new_start)
        return Refusal("past", f"The {call.title} cannot be moved to {wanted}: that is past.")
    step = draft.template.step_of_call.get(call.key)
    if event.outcome is CallOutcome.NO_SHOW:
        draft.note("call_missed", call.key, number=key[1])
    elif step is not None:
        draft.acted.add((step, Party.PRACTICE))
    draft.move_call(key, event.new_start)
    return None


def _on_held(draft: Draft, call: Call, key: CallKey, covered: tuple[str, ...]) -> Refusal | None:
    agenda = [item.key for item in call.agenda]
    uncovered = [item for item in agenda if not draft.is_settled(item)]
    is_known = draft.calls[key].state is CallState.HELD
    if is_known and not uncovered and not _misses_checklist(draft, call):
        return Refusal("already", f"The {call.title} was already recorded as held, with its whole agenda.")
    if missing := [draft.template.items[item].title for item in call.needs if not draft.is_settled(item)]:
        return Refusal(
            "not_ready", f"The {call.title} cannot be recorded as held before this is done: {'; '.join(missing)}."
        )
    if unknown := [topic for topic in covered if topic not in agenda]:
        return Refusal("unknown", f"{', '.join(unknown)} is not on the agenda of the {call.title}.")
    if is_known and covered and not set(covered) & set(uncovered):
        return Refusal("already", f"The {call.title} was already recorded as held, with these agenda items.")
    _hold(draft, call, key)
    for topic in covered or uncovered:
        if topic in uncovered and not draft.is_settled(topic):
            draft.settle_item(topic)
    left = sum(not draft.is_settled(item) for item in agenda)
    draft.note("call_held", call.key, number=key[1], covered=len(agenda) - left, left=left)
    if _misses_checklist(draft, call):
        _issue_checklist(draft)
    return None


def _misses_checklist(draft: Draft, call: Call) -> bool:
    step = draft.template.step_of_call.get(call.key)
    return step == draft.template.step_of_item[CHECKLIST] and not draft.is_settled(CHECKLIST)


def _hold(draft: Draft, call: Call, key: CallKey) -> None:
    """Mark a call as held, with what that settles by itself (O-09)."""
    if draft.calls[key].state is CallState.SCHEDULED:
        draft.hold_call(key)
    step = draft.template.step_of_call.get(call.key)
    if step is None:
        return
    draft.acted |= {(step, Party.PRACTICE), (step, Party.US)}
    if not draft.is_settled(f"{call.key}.held"):
        draft.settle_item(f"{call.key}.held")


def _issue_checklist(draft: Draft) -> None:
    """Send the Required Documents Checklist, again when it was reopened (O-13)."""
    opened_at = draft.items[CHECKLIST].opened_at or draft.as_of
    draft.settle_item(CHECKLIST)
    draft.say(MessageKind.DOCUMENTS_CHECKLIST, f"documents_checklist:{opened_at.isoformat()}")
    documents = [item for item in draft.template.items.values() if item.kind is ItemKind.DOCUMENT]
    draft.note("checklist_issued", count=len(documents))
