"""The history in plain English: one sentence per line, without its date (O-41)."""

from collections.abc import Mapping

from models.rules.decisions import Evidence
from models.rules.onboarding_template import Template

SYSTEM = "golive"
PARTIES = {"practice": "the practice", "us": "our team", "payer": "the payer"}
TRANSACTIONS = {"claims": "claims", "era": "ERA", "eft": "EFT", "portal": "portal account"}
_SMALL = frozenset({"and", "of"})

Values = Mapping[str, str]

SENTENCES: Mapping[str, str] = {
    "journey_started": "{who} started the journey under the terms “{terms}”.",
    "agreement_signed": "{who} recorded that the Service Agreement was signed on {on}.",
    "role_assigned": "{staff} became {role}{instead}.",
    "step_opened": "{step} opened.",
    "step_done": "{step} was completed.",
    "step_skipped": "{who} skipped the step {step}{why}.",
    "step_reopened": "{who} reopened the step {step}{why}.",
    "item_completed": "{who} completed “{item}”.",
    "item_skipped": "{who} skipped “{item}”{why}.",
    "item_reopened": "{who} reopened “{item}”{why}.",
    "questions_answered": "{who} recorded {count} answer{s} to the preliminary questions.",
    "customer_id_established": "{who} established the Kareo Customer ID {customer_id}.",
    "call_scheduled": "The {call} was scheduled for {starts_at}.",
    "call_moved": "The {call} was moved to {starts_at}.",
    "call_missed": "{who} recorded that nobody came to the {call}.",
    "call_held": "{who} recorded the {call} as held{agenda}.",
    "call_cancelled": "The {call} was cancelled.",
    "call_unrecorded": "The time of the {call} is over, and nobody has recorded what came of it.",
    "checklist_issued": "The Required Documents Checklist with {count} document{s} was issued.",
    "document_received": "{who} recorded “{item}” as received.",
    "document_accepted": "{who} accepted “{item}”.",
    "document_rejected": "{who} rejected “{item}”{why}.",
    "registered_for_training": "{who} booked {count} training place{s}{unplaced}.",
    "training_attended": "{person} completed the training “{topic}”.",
    "training_missed": "{person} missed the training “{topic}”.",
    "training_rebooked": "{person} got a place in the next session of “{topic}”.",
    "training_conflict": "{who} moved {person} to the next session of “{topic}” because of a conflict.",
    "training_excused": "{who} excused {person} from the training “{topic}”{why}.",
    "top_payers_chosen": "{who} put these payers first: {payers}{why}.",
    "enrollment_in_progress": "{who} recorded the {transaction} enrollment with {payer} as in progress.",
    "enrollment_finalised": "{who} recorded the {transaction} enrollment with {payer} as finalised.",
    "enrollment_in_trouble": "{who} recorded the {transaction} enrollment with {payer} as in trouble.",
    "went_live": "The practice went live.",
    "first_claims_confirmed": "{who} confirmed “{item}”.",
    "first_era_posted": "{who} recorded that the first ERAs were posted on {on}.",
    "payment_issue_found": "{who} found a payment issue with {payer}: {issue}.",
    "payment_issue_settled": "{who} settled the payment issue with {payer}: {issue}.",
    "progress_reported": "Progress report number {number} was queued for the practice.",
    "silence_remind": "{Party} had not answered in {step} for {business_days} business days and was reminded.",
    "silence_tell_manager": "{Party} had not answered in {step} for {business_days} business days; "
    "the Onboarding Manager was told.",
    "silence_propose_pause": "{Party} had not answered in {step} for {business_days} business days; "
    "a pause was proposed.",
    "first_claim_late": "The first claim is late: it was due 30 business days after the agreement.",
    "first_payment_late": "The first payment is late: it was due 45 business days after the agreement.",
    "payments_late": "Payments are late: they were expected within two weeks after go-live.",
    "journey_paused": "{who} paused the journey{why}.",
    "journey_resumed": "{who} resumed the journey after a pause of {days} day{s}.",
    "journey_cancelled": "{who} cancelled the journey{why}.",
    "graduated": "{who} graduated the practice; its Billing Team looks after it now.",
}
"""What each kind of line says."""


def sentence(
    kind: str,
    *,
    subject: str,
    reason: str,
    actor: str,
    evidence: Mapping[str, Evidence],
    template: Template,
) -> str:
    """Tell one line of the history; raises KeyError for a kind that no rule notes."""
    values = {key: str(value) for key, value in evidence.items()}
    values |= _named(subject, template) | _phrased(values)
    values["who"] = "The system" if actor == SYSTEM else actor
    values["why"] = f" (reason: {_words(reason)})" if reason else ""
    return SENTENCES[kind].format_map(values)


def _words(key: str) -> str:
    return key.replace("_", " ").replace("-", " ")


def _title(key: str) -> str:
    return " ".join(word if word in _SMALL else word.capitalize() for word in _words(key).split())


def _named(subject: str, template: Template) -> dict[str, str]:
    """Read a subject in every way in which its kind of line may mean it."""
    first, _, second = subject.partition(":")
    step, item, call, topic = (
        named.get(key)
        for named, key in (
            (template.steps, subject),
            (template.items, subject),
            (template.calls, subject),
            (template.topics, second),
        )
    )
    return {
        "step": step.title if step else _title(subject),
        "item": item.title if item else _title(subject.replace(".", " ")),
        "call": call.title if call else _title(subject),
        "topic": topic.title if topic else _title(second),
        "person": first,
        "payer": _title(first),
        "transaction": TRANSACTIONS.get(second, _words(second)),
        "issue": _words(second),
        "role": _title(subject),
    }


def _phrased(values: Values) -> dict[str, str]:
    """Put into words what a plain value of the evidence would not say."""
    covered, left = int(values.get("covered", 0)), int(values.get("left", 0))
    party = PARTIES.get(values.get("party", ""), "")
    before = values.get("before", "")
    return {
        "agenda": f", {covered} of {covered + left} agenda items covered" if covered + left else "",
        "instead": f" instead of {before}" if before else "",
        "Party": party[:1].upper() + party[1:],
        "payers": ", ".join(map(_title, values.get("payers", "").split(","))),
        "s": "" if values.get("count", values.get("days")) == "1" else "s",
        "unplaced": f"; for {left} more no session with a free seat is planned" if left else "",
    }
