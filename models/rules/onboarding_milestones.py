"""Enrollment and payment facts as they reach the journey: payers, first claims, first ERA, issues."""

from dataclasses import replace

from models.rules.decisions import Ask, Refusal, Settle
from models.rules.messages import MessageKind
from models.rules.onboarding import COACH_ACTS_WITHIN, TOP_PAYERS
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import (
    AddPayers,
    ChooseTopPayers,
    ConfirmFirstClaims,
    RecordEnrollment,
    RecordFirstEra,
    RecordPaymentIssue,
    SettlePaymentIssue,
)
from models.rules.onboarding_facts import (
    EnrollmentOutcome,
    ItemState,
    PayerFacts,
    Transaction,
)
from models.rules.onboarding_progress import stop_being_late
from models.rules.roles import Role

TOLD_TRANSACTIONS = frozenset({Transaction.CLAIMS, Transaction.ERA, Transaction.EFT})
RECEIVED = "first_claim.received"
SUBMITTED = "first_claim.submitted"
FIRST_ERA = "payments.first_era"


def on_choose_payers(draft: Draft, event: ChooseTopPayers) -> Refusal | None:
    """Let the practice choose which payers come first; the choice and its reason are kept (E-04)."""
    if refusal := _unknown_payers(draft, event.payers):
        return refusal
    if not 1 <= len(event.payers) <= TOP_PAYERS or len(set(event.payers)) != len(event.payers):
        return Refusal("count", f"Choose one to {TOP_PAYERS} different payers; {len(event.payers)} were named.")
    if draft.is_over("enrollments"):
        return Refusal("already", "Enrollments Processing is over; the choice no longer changes anything.")
    chosen = {payer: rank for rank, payer in enumerate(event.payers, start=1)}
    payers = tuple(replace(payer, chosen_rank=chosen.get(payer.key, 0)) for payer in draft.payers)
    if payers == draft.payers:
        return Refusal("already", "These payers already come first, in this order.")
    draft.payers = payers
    draft.note("top_payers_chosen", reason=event.reason, payers=",".join(event.payers))
    return None


def on_add_payers(draft: Draft, event: AddPayers) -> Refusal | None:
    """Plan more payers, or more transactions of a payer (E-01)."""
    known = {payer.key: payer for payer in draft.payers}
    for key, kinds in event.transactions.items():
        payer = known.get(key, PayerFacts(key, event.expected_claims.get(key, 0), ()))
        more = tuple(kind for kind in kinds if kind not in payer.transactions)
        known[key] = replace(payer, transactions=(*payer.transactions, *more))
        draft.note("payer_planned", key, transactions=",".join(known[key].transactions))
    draft.payers = tuple(known.values())
    return None


def on_enrollment(draft: Draft, event: RecordEnrollment) -> Refusal | None:
    """Take in how an enrollment stands; each finished claims, ERA or EFT tells the practice once (O-27)."""
    if refusal := _cannot_enroll(draft, event):
        return refusal
    draft.enrollments[event.payer, event.transaction] = event.outcome
    if "enrollments.begun" in draft.items and draft.items["enrollments.begun"].state is ItemState.OPEN:
        draft.settle_item("enrollments.begun")
        draft.note("item_completed", "enrollments.begun")
    subject = f"{event.payer}:{event.transaction}"
    draft.note(f"enrollment_{event.outcome}", subject)
    trouble = f"enrollment.{subject}"
    if event.outcome is EnrollmentOutcome.IN_TROUBLE:
        draft.do(Ask(trouble, Role.ENROLLMENTS_REPRESENTATIVE, draft.business_days(COACH_ACTS_WITHIN)))
    else:
        draft.do(Settle(trouble, event.outcome.value))
    is_news = event.outcome is EnrollmentOutcome.FINALISED and event.is_approved
    if is_news and event.transaction in TOLD_TRANSACTIONS:
        fields = {"payer": event.payer, "transaction": event.transaction.value}
        draft.say(MessageKind.ENROLLMENT_FINISHED, f"enrollment:{subject}", subject=subject, fields=fields)
    return None


def _cannot_enroll(draft: Draft, event: RecordEnrollment) -> Refusal | None:
    if refusal := _unknown_payers(draft, (event.payer,)):
        return refusal
    planned = _payer(draft, event.payer).transactions
    if event.transaction not in planned:
        words = ", ".join(planned) or "none"
        return Refusal("not_planned", f"{event.transaction} is not planned for {event.payer}; planned are: {words}.")
    if draft.is_closed("enrollments"):
        return Refusal("too_early", "Enrollments begin with the Handoff Call; record that call first.")
    if draft.enrollments.get((event.payer, event.transaction)) is event.outcome:
        word = event.outcome.replace("_", " ")
        return Refusal("already", f"{event.payer} {event.transaction} is already recorded as {word}.")
    return None


def on_first_claims(draft: Draft, event: ConfirmFirstClaims) -> Refusal | None:
    """Confirm that the first charges are in, and that they went out properly (O-29)."""
    wanted = {RECEIVED: event.received, SUBMITTED: event.submitted}
    if not any(wanted.values()):
        return Refusal("nothing", "Neither received nor submitted is ticked; nothing was recorded.")
    if RECEIVED not in draft.items:
        return Refusal(
            "too_early", "First Claim is not open yet: go-live comes when the top three payers are finalised."
        )
    new = [item for item, is_seen in wanted.items() if is_seen and not draft.is_settled(item)]
    if not new:
        return Refusal("already", "This was already confirmed for the first charges.")
    if SUBMITTED in new and not (event.received or draft.is_settled(RECEIVED)):
        return Refusal("order", "Charges cannot be submitted before they are received; tick both or received first.")
    for item in new:
        draft.settle_item(item)
        draft.note("first_claims_confirmed", item)
    if draft.is_settled(RECEIVED) and draft.is_settled(SUBMITTED):
        draft.columns["claims_confirmed_on"] = draft.today
        stop_being_late(draft, "first_claim_late")
    return None


def on_first_era(draft: Draft, event: RecordFirstEra) -> Refusal | None:
    """Record that the first ERAs were posted; the practice hears of it once (O-35)."""
    known = draft.journey.first_era_on
    if event.posted_on > draft.today:
        return Refusal("future", f"The first ERA cannot be posted on {event.posted_on}: that day is still to come.")
    if FIRST_ERA not in draft.items:
        return Refusal("too_early", "Payments / Reimbursements is not open yet: confirm the first claims first.")
    if known is not None and draft.is_settled(FIRST_ERA):
        return Refusal("already", f"The first ERA was already recorded as posted on {known}.")
    draft.columns["first_era_on"] = event.posted_on
    if not draft.is_settled(FIRST_ERA):
        draft.settle_item(FIRST_ERA)
    stop_being_late(draft, "payments_late", "first_payment_late")
    if known is None:
        draft.say(MessageKind.FIRST_ERA_POSTED, "first_era_posted", fields={"posted_on": event.posted_on.isoformat()})
    draft.note("first_era_posted", on=event.posted_on.isoformat())
    return None


def on_payment_issue(draft: Draft, event: RecordPaymentIssue) -> Refusal | None:
    """Tell the practice of a payment-posting issue, once until it is settled (O-34)."""
    if refusal := _unknown_payers(draft, (event.payer,)):
        return refusal
    if draft.went_live_on is None:
        return Refusal("too_early", "There are no payments before go-live, so there is no payment issue to record.")
    key = f"{event.payer}:{event.issue}"
    if draft.issues.get(key):
        return Refusal("already", f"This issue with {event.payer} is already open; the practice was told.")
    draft.issues[key] = True
    fields = {"payer": event.payer, "issue": event.issue.value}
    draft.say(MessageKind.PAYMENT_ISSUE, f"payment_issue:{key}:{draft.as_of.isoformat()}", subject=key, fields=fields)
    draft.do(Ask(f"payment_issue.{key}", Role.PAYMENT_POSTERS, draft.business_days(COACH_ACTS_WITHIN)))
    draft.need(Role.PAYMENT_POSTERS)
    draft.note("payment_issue_found", key)
    return None


def on_payment_issue_settled(draft: Draft, event: SettlePaymentIssue) -> Refusal | None:
    """Close a payment-posting issue."""
    key = f"{event.payer}:{event.issue}"
    if not draft.issues.get(key):
        return Refusal("not_open", f"No issue of this kind with {event.payer} is open.")
    draft.issues[key] = False
    draft.do(Settle(f"payment_issue.{key}"))
    draft.note("payment_issue_settled", key)
    return None


def _payer(draft: Draft, key: str) -> PayerFacts:
    return next(payer for payer in draft.payers if payer.key == key)


def _unknown_payers(draft: Draft, payers: tuple[str, ...]) -> Refusal | None:
    known = sorted(payer.key for payer in draft.payers)
    if strangers := [payer for payer in payers if payer not in known]:
        names = ", ".join(known) or "none"
        return Refusal("unknown", f"{', '.join(strangers)} is not a payer of this practice; its payers are: {names}.")
    return None
