"""What people record about steps, items, calls, documents and roles."""

from models.rules.decisions import Refusal, Settle
from models.rules.messages import MessageKind
from models.rules.onboarding import Call, Item, ItemKind, Opens
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import (
    AnswerQuestions,
    AssignRole,
    Begin,
    CompleteItem,
    EstablishCustomerId,
    RecordCall,
    RecordDocument,
    ReopenItem,
    ReopenStep,
    SignAgreement,
    SkipItem,
    SkipStep,
)
from models.rules.onboarding_facts import (
    SETTLED,
    CallKey,
    CallOutcome,
    CallState,
    DocumentOutcome,
    ItemFacts,
    ItemState,
    JourneyStatus,
    StepFacts,
    StepState,
)
from models.rules.onboarding_progress import DERIVED
from models.rules.roles import PRACTICE_ROLES

RECORDED_BY = {
    "agreement.signed": "record-agreement",
    "welcome.held": "record-call",
    "welcome.questions": "record-account-details",
    "welcome.customer_id": "record-customer-id",
    "handoff.held": "record-call",
    "handoff.checklist": "record-call",
    "application.held": "record-call",
    "billing_rules.held": "record-call",
    "training.completed": "record-attendance",
    "enrollments.top_payers": "record-enrollment",
    "first_claim.received": "confirm-first-claims",
    "first_claim.submitted": "confirm-first-claims",
    "payments.first_era": "record-first-era",
    "graduation.one_week": "record-call",
    "graduation.enrollments": "record-enrollment",
    "graduation.handover": "graduate",
}
"""Items that follow from something else, and the flow that records it."""


def on_begin(draft: Draft, event: Begin) -> None:
    """Start the journey with its first step (O-01)."""
    draft.note("journey_started", terms=event.terms, template=draft.template.version)


def on_sign(draft: Draft, event: SignAgreement) -> Refusal | None:
    """Record the signature; everything else follows from the step's end (O-02)."""
    if refusal := _not_open(draft, "agreement.signed"):
        return refusal
    if event.signed_on > draft.today:
        return Refusal("future", f"The agreement cannot be signed on {event.signed_on}: that day is still to come.")
    draft.columns["signed_on"] = event.signed_on
    draft.settle_item("agreement.signed")
    draft.note("agreement_signed", on=event.signed_on.isoformat())
    return None


def on_answers(draft: Draft, event: AnswerQuestions) -> Refusal | None:
    """Keep the answers to the preliminary questions (O-04)."""
    if refusal := _not_open(draft, "welcome.questions"):
        return refusal
    draft.answers.update(event.answers)
    draft.settle_item("welcome.questions")
    draft.answered.add("welcome_call")
    draft.note("questions_answered", count=len(event.answers))
    return None


def on_customer_id(draft: Draft, event: EstablishCustomerId) -> Refusal | None:
    """Keep the Kareo Customer ID, which never changes once it is known (O-07)."""
    if draft.journey.customer_id is not None:
        known = draft.journey.customer_id
        return Refusal("already", f"The Kareo Customer ID is already {known}; reopen welcome.customer_id to change it.")
    if refusal := _not_open(draft, "welcome.customer_id"):
        return refusal
    draft.columns["customer_id"] = event.customer_id
    draft.settle_item("welcome.customer_id")
    draft.note("customer_id_established", customer_id=event.customer_id)
    return None


def on_call(draft: Draft, event: RecordCall) -> Refusal | None:
    """Record what came of a call (O-03, O-08, O-14, O-17, O-30, O-31)."""
    call = draft.template.calls[event.call]
    key = draft.latest_call(event.call)
    if key is None:
        return Refusal("not_scheduled", f"No {call.title} is scheduled yet; it is when its step opens.")
    if event.outcome is CallOutcome.HELD:
        return _on_held(draft, call, key, event)
    if draft.calls[key].state is not CallState.SCHEDULED:
        return Refusal("already", f"The {call.title} is {draft.calls[key].state} and has no date to change.")
    if event.new_start is not None and event.new_start <= draft.as_of:
        return Refusal(
            "past", f"The {call.title} cannot be moved to {draft.local_time(event.new_start)}: that is past."
        )
    if event.outcome is CallOutcome.NO_SHOW:
        draft.note("call_missed", event.call, number=key[1])
    draft.answered.update({step for name, step in draft.template.step_of_call.items() if name == event.call})
    draft.move_call(key, event.new_start)
    return None


def _on_held(draft: Draft, call: Call, key: CallKey, event: RecordCall) -> Refusal | None:
    uncovered = [item.key for item in call.agenda if not draft.is_settled(item.key)]
    if draft.calls[key].state is CallState.HELD and not uncovered:
        return Refusal("already", f"The {call.title} was already recorded as held, with its whole agenda.")
    missing = [item for item in call.needs if not draft.is_settled(item)]
    if missing:
        names = _titles(draft, missing)
        return Refusal("not_ready", f"The {call.title} cannot be recorded as held before this is done: {names}.")
    unknown = [topic for topic in event.covered if topic not in {item.key for item in call.agenda}]
    if unknown:
        return Refusal("unknown", f"{', '.join(unknown)} is not on the agenda of the {call.title}.")
    _hold(draft, call, key)
    for topic in event.covered or uncovered:
        if not draft.is_settled(topic):
            draft.settle_item(topic)
    left = sum(not draft.is_settled(item.key) for item in call.agenda)
    draft.note("call_held", call.key, number=key[1], covered=len(call.agenda) - left, left=left)
    return None


def _hold(draft: Draft, call: Call, key: CallKey) -> None:
    """Mark a call as held and open what comes after it."""
    if draft.calls[key].state is CallState.SCHEDULED:
        draft.drop_call(key, CallState.HELD)
    step = draft.template.step_of_call.get(call.key)
    if step is None:
        return
    draft.answered.add(step)
    held = f"{call.key}.held"
    if not draft.is_settled(held):
        draft.settle_item(held)
    later = [item for item in draft.template.steps[step].items if item.opens is Opens.AFTER_CALL]
    for item in later:
        if item.key not in draft.items:
            draft.open_item(item)
    if call.key == "handoff" and not draft.is_settled("handoff.checklist"):
        draft.settle_item("handoff.checklist")
        draft.say(MessageKind.DOCUMENTS_CHECKLIST, "documents_checklist")
        draft.note("checklist_issued", count=sum(item.kind is ItemKind.DOCUMENT for item in later))


def on_complete_item(draft: Draft, event: CompleteItem) -> Refusal | None:
    """Close an item that a person finished."""
    item = draft.template.items.get(event.item)
    if item is not None and event.item in RECORDED_BY:
        flow = RECORDED_BY[event.item]
        return Refusal("by_itself", f"“{item.title}” is not ticked off by hand; record it with {flow}.")
    if item is not None and item.kind is ItemKind.DOCUMENT:
        return Refusal("by_itself", f"“{item.title}” is a document; record it with record-document.")
    if refusal := _not_open(draft, event.item):
        return refusal
    draft.settle_item(event.item)
    draft.note("item_completed", event.item)
    return None


def on_skip_item(draft: Draft, event: SkipItem) -> Refusal | None:
    """Close an item as not needed, with a reason and a name (O-41)."""
    if event.item in ("agreement.signed", "graduation.handover"):
        return Refusal("needed", f"{event.item} cannot be skipped: it is what its step is for.")
    if refusal := _not_open(draft, event.item):
        return refusal
    draft.settle_item(event.item, ItemState.SKIPPED, reason=event.reason)
    draft.note("item_skipped", event.item, reason=event.reason)
    return None


def on_reopen_item(draft: Draft, event: ReopenItem) -> Refusal | None:
    """Open a settled item again, and its step if that was over because of it (O-41)."""
    item = draft.template.items.get(event.item)
    if item is None:
        return _unknown_item(draft, event.item)
    if not draft.is_settled(event.item):
        return Refusal("not_settled", f"“{item.title}” is not settled, so there is nothing to reopen.")
    if event.item in DERIVED and DERIVED[event.item](draft):
        return Refusal(
            "by_itself", f"“{item.title}” follows from what is recorded; change that with {RECORDED_BY[event.item]}."
        )
    if event.item == "graduation.handover":
        return Refusal("by_itself", "A handed-over account is not taken back; start a new journey.")
    _reopen(draft, item)
    if event.item == "welcome.customer_id":
        draft.columns["customer_id"] = None
    draft.note("item_reopened", event.item, reason=event.reason)
    return None


def _reopen(draft: Draft, item: Item) -> None:
    draft.open_item(item)
    step = draft.template.step_of_item[item.key]
    if item.gates and draft.is_over(step):
        draft.steps[step] = StepFacts(StepState.OPEN, draft.steps[step].opened_at)


def on_skip_step(draft: Draft, event: SkipStep) -> Refusal | None:
    """End a step without its work, with a reason and a name (O-41)."""
    step = draft.template.steps.get(event.step)
    if step is None:
        return _unknown_step(draft, event.step)
    if event.step in ("service_agreement", "graduation"):
        return Refusal("needed", f"{step.title} cannot be skipped; cancel the journey instead if it shall not go on.")
    if draft.is_over(event.step):
        return Refusal("already", f"{step.title} is already {draft.steps[event.step].state}.")
    for item in draft.open_items(event.step):
        draft.settle_item(item.key, ItemState.SKIPPED, reason=event.reason)
    if step.call is not None:
        key = draft.latest_call(step.call.key)
        if key is not None and draft.calls[key].state is CallState.SCHEDULED:
            draft.drop_call(key)
            draft.note("call_cancelled", key[0], number=key[1])
    draft.end_step(event.step, StepState.SKIPPED, reason=event.reason)
    return None


def on_reopen_step(draft: Draft, event: ReopenStep) -> Refusal | None:
    """Do a step again: its gating items open again, its call is held again; later steps stay as they are (O-41)."""
    step = draft.template.steps.get(event.step)
    if step is None:
        return _unknown_step(draft, event.step)
    if not draft.is_over(event.step):
        return Refusal("not_over", f"{step.title} is not over, so there is nothing to reopen.")
    gates = [item for item in (*step.items, *(step.call.agenda if step.call else ())) if item.gates]
    if all(item.key in DERIVED and DERIVED[item.key](draft) for item in gates):
        flow = RECORDED_BY[gates[0].key]
        return Refusal("by_itself", f"{step.title} ends by what is recorded; change that with {flow} instead.")
    draft.steps[event.step] = StepFacts(StepState.OPEN, draft.steps[event.step].opened_at)
    for item in gates:
        draft.open_item(item)
    if "welcome.customer_id" in {item.key for item in gates}:
        draft.columns["customer_id"] = None
    draft.note("step_reopened", event.step, reason=event.reason)
    return None


def on_document(draft: Draft, event: RecordDocument) -> Refusal | None:
    """Follow a required document from request to acceptance (O-13)."""
    item = draft.template.items.get(event.document)
    if item is None or item.kind is not ItemKind.DOCUMENT:
        return Refusal("unknown", f"{event.document} is not on the Required Documents Checklist.")
    facts = draft.items.get(event.document)
    if facts is None:
        return Refusal("not_requested", f"“{item.title}” was not requested yet; that happens with the Handoff Call.")
    if facts.state is ItemState.SKIPPED or (
        facts.state is ItemState.DONE and event.outcome is not DocumentOutcome.REJECTED
    ):
        return Refusal("already", f"“{item.title}” is already {_document_word(facts.state)}.")
    if event.outcome is DocumentOutcome.REJECTED and event.reason is None:
        return Refusal("reason", f"“{item.title}” can only be rejected with a reason.")
    _DOCUMENT[event.outcome](draft, item, event)
    draft.note(f"document_{event.outcome}", event.document, reason=event.reason or "")
    return None


def _receive(draft: Draft, item: Item, event: RecordDocument) -> None:
    _ = event
    draft.items[item.key] = ItemFacts(ItemState.RECEIVED, draft.items[item.key].opened_at)
    draft.do(Settle(item.key, "received"))
    draft.answered.add(draft.template.step_of_item[item.key])


def _accept(draft: Draft, item: Item, event: RecordDocument) -> None:
    _ = event
    draft.settle_item(item.key)
    draft.answered.add(draft.template.step_of_item[item.key])


def _reject(draft: Draft, item: Item, event: RecordDocument) -> None:
    draft.open_item(item)
    reason = event.reason.value if event.reason else ""
    draft.items[item.key] = ItemFacts(ItemState.REJECTED, draft.items[item.key].opened_at, reason=reason)
    fields = {"document": item.key, "reason": reason}
    key = f"document_rejected:{item.key}:{draft.as_of.isoformat()}"
    draft.say(MessageKind.DOCUMENT_REJECTED, key, subject=item.key, fields=fields)


_DOCUMENT = {
    DocumentOutcome.RECEIVED: _receive,
    DocumentOutcome.ACCEPTED: _accept,
    DocumentOutcome.REJECTED: _reject,
}


def _document_word(state: ItemState) -> str:
    return "accepted" if state is ItemState.DONE else state.value


def on_role(draft: Draft, event: AssignRole) -> Refusal | None:
    """Give a role to a member of staff; upcoming calls are theirs from now on."""
    if event.role in PRACTICE_ROLES:
        return Refusal(
            "practice_role", f"{event.role} is a role of the practice's own people; change it in the intake."
        )
    if event.staff not in draft.journey.staff:
        return Refusal("unknown", f"There is no member of staff with the key {event.staff}.")
    before = draft.roles.get(event.role, "")
    if before == event.staff:
        return Refusal("already", f"{event.staff} already is the {event.role} of {draft.journey.practice}.")
    draft.roles[event.role] = event.staff
    draft.do(Settle(f"assign.{event.role}"))
    draft.note("role_assigned", event.role.value, staff=event.staff, before=before)
    if draft.journey.status is JourneyStatus.ACTIVE:
        for key in draft.scheduled_calls():
            if event.role in draft.template.calls[key[0]].attendees:
                draft.do(draft.invitation(key, event.role))
    return None


def _not_open(draft: Draft, item: str) -> Refusal | None:
    """Refuse what is unknown, too early or already settled, and say so."""
    known = draft.template.items.get(item)
    if known is None:
        return _unknown_item(draft, item)
    facts = draft.items.get(item)
    if facts is None:
        step = draft.template.steps[draft.template.step_of_item[item]]
        blockers = [draft.template.steps[key].title for key in step.after if not draft.is_over(key)]
        wait = f"finish {' and '.join(blockers)} first" if blockers else "its call has to be held first"
        return Refusal("too_early", f"“{known.title}” is not open yet: {wait}.")
    if facts.state in SETTLED:
        when = draft.local_time(facts.settled_at) if facts.settled_at else ""
        return Refusal("already", f"“{known.title}” was already {facts.state} by {facts.by} on {when}.")
    return None


def _unknown_item(draft: Draft, item: str) -> Refusal:
    return Refusal("unknown", f"The journey of {draft.journey.practice} has no item “{item}”.")


def _unknown_step(draft: Draft, step: str) -> Refusal:
    return Refusal("unknown", f"The journey of {draft.journey.practice} has no step “{step}”.")


def _titles(draft: Draft, items: list[str]) -> str:
    return "; ".join(draft.template.items[item].title for item in items)
