"""The Required Documents Checklist: each one requested, received, accepted or rejected with a reason (O-13)."""

from collections.abc import Callable

from models.rules.decisions import Ask, Refusal, Settle
from models.rules.messages import MessageKind
from models.rules.onboarding import COACH_ACTS_WITHIN, Item, ItemKind
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import RecordDocument
from models.rules.onboarding_facts import DocumentOutcome, ItemFacts, ItemState
from models.rules.roles import Party, Role

WORDS = {
    ItemState.RECEIVED: "received",
    ItemState.REJECTED: "rejected; record what arrives next as received",
    ItemState.DONE: "accepted",
    ItemState.SKIPPED: "skipped; reopen it first",
}
REPEATS = {
    DocumentOutcome.RECEIVED: frozenset({ItemState.RECEIVED, ItemState.DONE}),
    DocumentOutcome.ACCEPTED: frozenset({ItemState.DONE}),
    DocumentOutcome.REJECTED: frozenset({ItemState.REJECTED}),
}
"""In which states an outcome is nothing new."""


def on_document(draft: Draft, event: RecordDocument) -> Refusal | None:
    """Follow a required document from request to acceptance."""
    item = draft.template.items.get(event.document)
    if item is None or item.kind is not ItemKind.DOCUMENT:
        return Refusal("unknown", f"{event.document} is not on the Required Documents Checklist.")
    facts = draft.items.get(event.document)
    if facts is None:
        return Refusal("not_requested", f"“{item.title}” was not requested yet; that happens with the Handoff Call.")
    if facts.state is ItemState.SKIPPED or facts.state in REPEATS[event.outcome]:
        return Refusal("already", f"“{item.title}” is already {WORDS[facts.state]}.")
    if event.outcome is DocumentOutcome.REJECTED and event.reason is None:
        return Refusal("reason", f"“{item.title}” can only be rejected with a reason.")
    _RECORD[event.outcome](draft, item, event.reason or "")
    draft.note(f"document_{event.outcome}", event.document, reason=event.reason or "")
    return None


def _receive(draft: Draft, item: Item, _reason: str) -> None:
    """Let the practice off, and ask the coach to look."""
    draft.acted.add((draft.template.step_of_item[item.key], Party.PRACTICE))
    draft.items[item.key] = ItemFacts(ItemState.RECEIVED, draft.items[item.key].opened_at)
    draft.do(Settle(item.key, "received"))
    draft.do(Ask(f"check.{item.key}", Role.SUCCESS_COACH, draft.business_days(COACH_ACTS_WITHIN)))


def _accept(draft: Draft, item: Item, _reason: str) -> None:
    draft.settle_item(item.key)


def _reject(draft: Draft, item: Item, reason: str) -> None:
    """Request it again, and say why."""
    draft.acted.add((draft.template.step_of_item[item.key], Party.US))
    draft.do(Settle(f"check.{item.key}", "rejected"))
    draft.open_item(item)
    draft.items[item.key] = ItemFacts(ItemState.REJECTED, draft.as_of, reason=reason)
    key = f"document_rejected:{item.key}:{draft.as_of.isoformat()}"
    draft.say(
        MessageKind.DOCUMENT_REJECTED, key, subject=item.key, fields={"document": item.key, "reason": str(reason)}
    )


_RECORD: dict[DocumentOutcome, Callable[[Draft, Item, str], None]] = {
    DocumentOutcome.RECEIVED: _receive,
    DocumentOutcome.ACCEPTED: _accept,
    DocumentOutcome.REJECTED: _reject,
}
