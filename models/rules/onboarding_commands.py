"""What people record about the agreement, account details, items, steps and roles."""

from models.rules.decisions import Refusal, Settle
from models.rules.onboarding import Item, ItemKind, step_items
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import (
    AnswerQuestions,
    AssignRole,
    Begin,
    CompleteItem,
    EstablishCustomerId,
    ReopenItem,
    ReopenStep,
    SignAgreement,
    SkipItem,
    SkipStep,
)
from models.rules.onboarding_evidence import DERIVED
from models.rules.onboarding_facts import (
    SETTLED,
    CallState,
    ItemState,
    StepFacts,
    StepState,
)
from models.rules.onboarding_progress import end_step
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

NEEDED_ITEMS = frozenset({"agreement.signed", "graduation.handover"})
NEEDED_STEPS = frozenset({"service_agreement", "graduation"})
CUSTOMER_ID = "welcome.customer_id"


def on_begin(draft: Draft, event: Begin) -> Refusal | None:
    """Start the journey with its first step (O-01)."""
    if draft.steps:
        return Refusal("already", f"The journey of {draft.journey.practice} has already started.")
    draft.note("journey_started", terms=event.terms, template=draft.template.version)
    return None


def on_sign(draft: Draft, event: SignAgreement) -> Refusal | None:
    """Record the signature; everything else follows from the step's end (O-02)."""
    if refusal := _not_open(draft, "agreement.signed"):
        return refusal
    if event.signed_on > draft.today:
        return Refusal("future", f"The agreement cannot be signed on {event.signed_on}: that day is still to come.")
    draft.signed_on = event.signed_on
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
    draft.note("questions_answered", count=len(event.answers))
    return None


def on_customer_id(draft: Draft, event: EstablishCustomerId) -> Refusal | None:
    """Keep the Kareo Customer ID, which never changes once it is known (O-07)."""
    if draft.journey.customer_id is not None:
        known = draft.journey.customer_id
        return Refusal("already", f"The Kareo Customer ID is already {known}; reopen {CUSTOMER_ID} to change it.")
    if refusal := _not_open(draft, CUSTOMER_ID):
        return refusal
    draft.columns["customer_id"] = event.customer_id
    draft.settle_item(CUSTOMER_ID)
    draft.note("customer_id_established", customer_id=event.customer_id)
    return None


def on_complete_item(draft: Draft, event: CompleteItem) -> Refusal | None:
    """Close an item that a person finished."""
    if refusal := _not_open(draft, event.item):
        return refusal
    item = draft.template.items[event.item]
    if flow := _recorded_by(item):
        return Refusal("by_itself", f"“{item.title}” is not ticked off by hand; record it with {flow}.")
    draft.settle_item(event.item)
    draft.note("item_completed", event.item)
    return None


def _recorded_by(item: Item) -> str:
    match item.kind:
        case ItemKind.DOCUMENT:
            return "record-document"
        case ItemKind.AGENDA:
            return "record-call"
        case _:
            return RECORDED_BY.get(item.key, "")


def on_skip_item(draft: Draft, event: SkipItem) -> Refusal | None:
    """Close an item as not needed, with a reason and a name (O-41)."""
    if refusal := _not_open(draft, event.item):
        return refusal
    item = draft.template.items[event.item]
    if event.item in NEEDED_ITEMS:
        return Refusal("needed", f"“{item.title}” cannot be skipped: it is what its step is for.")
    draft.settle_item(event.item, ItemState.SKIPPED, reason=event.reason)
    draft.note("item_skipped", event.item, reason=event.reason)
    step = draft.template.step_of_item[event.item]
    call = draft.call_of(step)
    if call is not None and event.item == f"{call.key}.held":
        _cancel_call(draft, call.key)
    return None


def _cancel_call(draft: Draft, call: str) -> None:
    key = draft.current_call(call)
    if key is not None and draft.calls[key].state is CallState.SCHEDULED:
        draft.call_off(key)


def on_reopen_item(draft: Draft, event: ReopenItem) -> Refusal | None:
    """Open a settled item again, and its step if that was over because of it (O-41)."""
    item = draft.template.items.get(event.item)
    if item is None:
        return _unknown(draft, "item", event.item)
    if not draft.is_settled(event.item):
        return Refusal("not_settled", f"“{item.title}” is not settled, so there is nothing to reopen.")
    if event.item in DERIVED and DERIVED[event.item](draft):
        flow = RECORDED_BY[event.item]
        return Refusal("by_itself", f"“{item.title}” follows from what is recorded; change that with {flow}.")
    _reopen(draft, [item])
    step = draft.template.step_of_item[item.key]
    if item.gates and draft.is_over(step):
        draft.steps[step] = StepFacts(StepState.OPEN, draft.steps[step].opened_at)
    draft.note("item_reopened", event.item, reason=event.reason)
    return None


def _reopen(draft: Draft, items: list[Item]) -> None:
    for item in items:
        draft.open_item(item)
        draft.acted.add((draft.template.step_of_item[item.key], item.party))
        if item.key == CUSTOMER_ID:
            draft.columns["customer_id"] = None


def on_skip_step(draft: Draft, event: SkipStep) -> Refusal | None:
    """End an open step without its work, with a reason and a name (O-41)."""
    step = draft.template.steps.get(event.step)
    if step is None:
        return _unknown(draft, "step", event.step)
    if event.step in NEEDED_STEPS:
        return Refusal("needed", f"{step.title} cannot be skipped; cancel the journey if it shall not go on.")
    if draft.is_over(event.step):
        return Refusal("already", f"{step.title} is already {draft.steps[event.step].state}.")
    if draft.is_closed(event.step):
        return Refusal("too_early", f"{step.title} is not open yet: {_blockers(draft, event.step)}.")
    for item in draft.open_items(event.step):
        draft.settle_item(item.key, ItemState.SKIPPED, reason=event.reason)
    if step.call is not None:
        _cancel_call(draft, step.call.key)
    end_step(draft, event.step, StepState.SKIPPED, reason=event.reason)
    return None


def on_reopen_step(draft: Draft, event: ReopenStep) -> Refusal | None:
    """Do a step again: its gating items open again, its call is held again; later steps stay as they are (O-41)."""
    step = draft.template.steps.get(event.step)
    if step is None:
        return _unknown(draft, "step", event.step)
    if not draft.is_over(event.step):
        return Refusal("not_over", f"{step.title} is not over, so there is nothing to reopen.")
    gates = [item for item in step_items(step) if item.gates]
    if all(item.key in DERIVED and DERIVED[item.key](draft) for item in gates):
        return Refusal("by_itself", f"{step.title} ends by what is recorded; record something else instead.")
    draft.steps[event.step] = StepFacts(StepState.OPEN, draft.steps[event.step].opened_at)
    _reopen(draft, gates)
    draft.note("step_reopened", event.step, reason=event.reason)
    return None


def on_role(draft: Draft, event: AssignRole) -> Refusal | None:
    """Give a role to a member of staff; upcoming calls are theirs from now on."""
    if event.role in PRACTICE_ROLES:
        return Refusal("practice_role", f"{_words(event.role)} is one of the practice's own; change it in the intake.")
    if event.staff not in draft.journey.staff:
        return Refusal("unknown", f"There is no member of staff with the key {event.staff}.")
    before = draft.roles.get(event.role, "")
    if before == event.staff:
        return Refusal("already", f"{event.staff} already is {_words(event.role)} of {draft.journey.practice}.")
    draft.roles[event.role] = event.staff
    draft.do(Settle(f"assign.{event.role}"))
    draft.note("role_assigned", event.role.value, staff=event.staff, before=before)
    for key, call in sorted(draft.calls.items()):
        is_upcoming = call.state in (CallState.SCHEDULED, CallState.ON_HOLD)
        if is_upcoming and event.role in draft.template.calls[key[0]].attendees:
            draft.hand_over_call(key, event.role, before=before)
    return None


def _words(key: str) -> str:
    return key.replace("_", " ")


def _not_open(draft: Draft, item: str) -> Refusal | None:
    """Refuse what is unknown, too early or already settled, and say so."""
    known = draft.template.items.get(item)
    if known is None:
        return _unknown(draft, "item", item)
    facts = draft.items.get(item)
    if facts is None:
        return Refusal("too_early", f"“{known.title}” is not open yet: {_why_closed(draft, item)}.")
    if facts.state in SETTLED:
        when = draft.local_time(facts.settled_at) if facts.settled_at else "an earlier day"
        return Refusal("already", f"“{known.title}” was already {facts.state} by {facts.by} on {when}.")
    return None


def _why_closed(draft: Draft, item: str) -> str:
    step = draft.template.step_of_item[item]
    if draft.is_closed(step):
        return _blockers(draft, step)
    if draft.is_over(step):
        return f"{draft.template.steps[step].title} was skipped, reopen it first"
    return "its call has to be held first"


def _blockers(draft: Draft, step: str) -> str:
    """Say which steps have to be over before this one opens."""
    blockers = [draft.template.steps[key].title for key in draft.template.steps[step].after if not draft.is_over(key)]
    return f"finish {' and '.join(blockers)} first"


def _unknown(draft: Draft, what: str, key: str) -> Refusal:
    return Refusal("unknown", f"The journey of {draft.journey.practice} has no {what} “{key}”.")
