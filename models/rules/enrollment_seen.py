"""What files, deposits and other systems show of an enrollment: proofs decide live, contradictions degraded."""

from datetime import datetime

from models.rules.calendars import START_OF_BUSINESS, local_day, local_moment
from models.rules.decisions import Ask, CancelTimers, Note, Refusal
from models.rules.enrollment import PROOFS, Happening, State
from models.rules.enrollment_events import Contradict, Create, HearUnknownWord, Prove, Rank, SeeClaim
from models.rules.enrollment_facts import Decision, Enrollment, NoticeKind
from models.rules.enrollment_moves import (
    CHASE,
    REPRESENTATIVE,
    UNKNOWN_WORD,
    after,
    business_days,
    move,
    notice,
    task_key,
    watch,
)
from models.rules.enrollment_watching import WATCH, WATCH_TOP
from models.rules.onboarding import COACH_ACTS_WITHIN
from models.rules.onboarding_facts import Transaction

_PROVABLE = frozenset({State.APPROVED, State.PROVING, State.DEGRADED})
_PROVED = frozenset({State.LIVE, State.RECERTIFYING})
_UNDECIDED = frozenset({State.NEEDS_PRACTICE, State.SUBMITTED, State.PENDING_PAYER, State.TESTING, State.REJECTED})


def create(enrollment: Enrollment, event: Create, *, as_of: datetime) -> Decision:
    """Begin an enrollment whose row was just made as a draft; one that needs nothing is usable at once (E-01)."""
    line = Note("enrollment_created", enrollment.subject, evidence={"required": event.is_required})
    if not event.is_required:
        return Decision((line,), fields={"state": State.NOT_REQUIRED, "state_since": as_of})
    due_at = business_days(enrollment, COACH_ACTS_WITHIN, since=as_of)
    ask = Ask(task_key("prepare", enrollment), REPRESENTATIVE, due_at)
    return Decision((line,), (*watch(enrollment), ask))


def rank(enrollment: Enrollment, event: Rank) -> Decision:
    """Put an enrollment among the top three, or take it out; its timer moves to the other kind (E-04)."""
    if event.rank == enrollment.rank:
        return Decision()
    decision = Decision(fields={"rank": event.rank})
    line = Note("enrollment_ranked", enrollment.subject, evidence={"rank": event.rank})
    timers = (CancelTimers(WATCH), CancelTimers(WATCH_TOP), *watch(after(enrollment, decision)))
    return Decision((line,), timers, decision.fields)


def prove(enrollment: Enrollment, event: Prove, *, as_of: datetime) -> Decision | Refusal:
    """Take in a proof: what was approved goes live, what is live stays so (E-12).

    What is degraded is repaired by a proof that is newer than all that was seen before. One that comes before the
    approval is kept in mind, and somebody asks the payer.
    """
    if event.proof is not PROOFS[enrollment.transaction]:
        message = f"{event.proof} does not prove {enrollment.transaction}"
        raise ValueError(message)
    newest = max(event.on, enrollment.last_proof_on or event.on)
    fields: dict[str, object] = {"last_proof_on": newest, "median_gap_days": event.median_gap_days}
    if enrollment.state in _PROVABLE and not _is_older(enrollment, event):
        note = Note("", evidence={"proof": event.proof.value, "on": event.on.isoformat(), "key": event.key})
        return move(enrollment, Happening.EVIDENCE, as_of=as_of, fields=fields, note=note)
    if newest == enrollment.last_proof_on:
        return Decision()
    if enrollment.state is State.LIVE and enrollment.transaction is Transaction.ERA:
        fields["rung"] = 0
        return Decision(effects=watch(after(enrollment, Decision(fields=fields))), fields=fields)
    if enrollment.state in _PROVED:
        return Decision(fields=fields)
    if enrollment.is_submitted and enrollment.state in _UNDECIDED:
        return _early(enrollment, event, fields, as_of=as_of)
    return Decision()


def _is_older(enrollment: Enrollment, event: Prove) -> bool:
    known = (enrollment.contradicted_on, enrollment.last_proof_on)
    return enrollment.state is State.DEGRADED and any(day is not None and event.on <= day for day in known)


def _early(enrollment: Enrollment, event: Prove, fields: dict[str, object], *, as_of: datetime) -> Decision:
    evidence = {"proof": event.proof.value, "on": event.on.isoformat(), "key": event.key}
    due_at = business_days(enrollment, COACH_ACTS_WITHIN, since=as_of)
    ask = Ask(task_key(CHASE, enrollment), REPRESENTATIVE, due_at)
    return Decision((Note("enrollment_proof_before_approval", enrollment.subject, evidence=evidence),), (ask,), fields)


def contradict(enrollment: Enrollment, event: Contradict, *, as_of: datetime) -> Decision | Refusal:
    """Take in what shows that an enrollment does not work; what is older than the newest proof is late (E-13)."""
    begun = enrollment.works_from
    is_late = enrollment.last_proof_on is not None and event.on < enrollment.last_proof_on
    if is_late or begun is None or event.on < begun:
        return Decision()
    if enrollment.state is State.DEGRADED and event.on > (enrollment.contradicted_on or begun):
        return Decision(fields={"contradicted_on": event.on, "reason": event.what.value})
    if enrollment.state not in (State.PROVING, State.LIVE):
        return Decision()
    note = Note("", reason=event.what.value, evidence={"on": event.on.isoformat(), "key": event.key})
    fields = {"contradicted_on": event.on, "reason": event.what.value}
    return move(enrollment, Happening.CONTRADICTION, as_of=as_of, fields=fields, note=note)


def see_claim(enrollment: Enrollment, event: SeeClaim) -> Decision:
    """Remember that claims go to this payer since its approval, and until when (E-23, E-24)."""
    if enrollment.approved_on is None or event.on < enrollment.approved_on:
        return Decision()
    first = min(event.on, enrollment.first_claim_on or event.on)
    last = max(event.on, enrollment.last_claim_on or event.on)
    if (first, last) == (enrollment.first_claim_on, enrollment.last_claim_on):
        return Decision()
    fields: dict[str, object] = {"first_claim_on": first, "last_claim_on": last}
    is_first_since_proof = not enrollment.has_open_claims and after(enrollment, Decision(fields=fields)).has_open_claims
    if enrollment.state is State.LIVE and is_first_since_proof:  # an answer is waited for from now on
        fields["silent_since"] = local_moment(event.on, START_OF_BUSINESS, enrollment.zone)
    return Decision(fields=fields)


def hear_unknown_word(enrollment: Enrollment, event: HearUnknownWord, *, as_of: datetime) -> Decision:
    """Change nothing, and let a person look (E-15)."""
    line = Note("enrollment_unknown_word", enrollment.subject, evidence={"on": str(local_day(as_of, enrollment.zone))})
    due_at = business_days(enrollment, COACH_ACTS_WITHIN, since=as_of)
    ask = Ask(task_key(UNKNOWN_WORD, enrollment), REPRESENTATIVE, due_at)
    told = notice(enrollment, NoticeKind.UNKNOWN_WORD, REPRESENTATIVE, event.key)
    return Decision((line,), (ask,), notices=(told,))
