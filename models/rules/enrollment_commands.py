"""What people and payers make of an enrollment: each command is one transition, or is refused in a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from models.rules.calendars import START_OF_BUSINESS, local_moment
from models.rules.decisions import Ask, Evidence, Note, Refusal, Settle
from models.rules.enrollment import Happening, Need, State
from models.rules.enrollment_events import (
    Acknowledge,
    Answer,
    Approve,
    Bounce,
    ChangeRoute,
    Command,
    CompleteTasks,
    Displace,
    FollowUp,
    Lapse,
    NeedTest,
    Prepare,
    Recertify,
    RecordTest,
    Reject,
    Reopen,
    RequestDevelopment,
    Resubmit,
    Submit,
    Waive,
    Withdraw,
)
from models.rules.enrollment_facts import Decision, Enrollment
from models.rules.enrollment_moves import (
    CHASE,
    ESCALATED,
    REPRESENTATIVE,
    business_days,
    does_not_fit,
    is_used_up,
    move,
    task_key,
    today,
    watch,
)
from models.rules.enrollment_watching import What, dates_from, look
from models.rules.onboarding import COACH_ACTS_WITHIN
from models.rules.onboarding_facts import Transaction

REQUIRES: Mapping[Transaction, frozenset[Need]] = {
    Transaction.EFT: frozenset({Need.BANK_LETTER, Need.W9}),
}
"""Documents of the journey's checklist without which a transaction cannot be prepared (O-13)."""
_FRESH: Mapping[str, object] = {
    "submitted_on": None,
    "approved_on": None,
    "effective_on": None,
    "expires_on": None,
    "dates": None,
    "first_claim_on": None,
    "last_claim_on": None,
    "last_proof_on": None,
    "contradicted_on": None,
    "median_gap_days": 0,
}
_MAY_BE_ASKED = frozenset({State.SUBMITTED, State.PENDING_PAYER, State.PROVING, State.DEGRADED})
_MAY_BE_ROUTED = frozenset(
    {State.DRAFT, State.NEEDS_PRACTICE, State.READY, State.DISPLACED, State.ENDED, State.WITHDRAWN, State.REJECTED}
)


def _prepare(enrollment: Enrollment, event: Prepare, *, as_of: datetime) -> Decision | Refusal:
    lacking = enrollment.lacking & REQUIRES.get(enrollment.transaction, frozenset())
    missing = sorted({*event.missing, *lacking})
    silent_since = _ready_from(enrollment, as_of)
    if not missing:
        return move(enrollment, Happening.CHECKED_OK, as_of=as_of, fields={"silent_since": silent_since})
    note = Note("", evidence={"missing": ",".join(missing)})
    return move(enrollment, Happening.CHECKED_MISSING, as_of=as_of, needs=dict.fromkeys(missing, False), note=note)


def _ready_from(enrollment: Enrollment, as_of: datetime) -> datetime:
    """Say from when a ready enrollment waits for us: an ERA from its cut-over date on (E-16)."""
    if enrollment.transaction is not Transaction.ERA or enrollment.cutover_on is None:
        return as_of
    return max(as_of, local_moment(enrollment.cutover_on, START_OF_BUSINESS, enrollment.zone))


def _complete(enrollment: Enrollment, event: CompleteTasks, *, as_of: datetime) -> Decision | Refusal:
    if enrollment.state is not State.NEEDS_PRACTICE:
        return does_not_fit(enrollment, Happening.TASKS_DONE)
    asked = [need for need, is_given in enrollment.needs.items() if not is_given]
    given = event.needs or tuple(asked)
    if strangers := [need for need in given if need not in enrollment.needs]:
        names = ", ".join(asked) or "nothing"
        return Refusal("not_asked", f"{', '.join(strangers)} was not asked for; still to be given is: {names}.")
    if asked and not set(given) & set(asked):
        return Refusal("already", f"{', '.join(given)} was given already; still to be given is: {', '.join(asked)}.")
    left = [need for need in asked if need not in given]
    note = Note("", evidence={"given": ",".join(given)})
    if not left:
        fields = {} if enrollment.is_submitted else {"silent_since": _ready_from(enrollment, as_of)}
        return move(
            enrollment, Happening.TASKS_DONE, as_of=as_of, fields=fields, needs=dict.fromkeys(given, True), note=note
        )
    line = Note("enrollment_task_done", enrollment.subject, evidence=note.evidence)
    return _begin_anew(enrollment, line, since=as_of)._replace(needs=dict.fromkeys(given, True))


def _begin_anew(enrollment: Enrollment, line: Note, *, since: datetime) -> Decision:
    """Count the silence of whoever acts from a new moment: they answered in part, or did something (O-44)."""
    fields = {"silent_since": since, "rung": 0}
    effects = (Settle(task_key(ESCALATED, enrollment)), *watch(replace(enrollment, silent_since=since, rung=0)))
    return Decision((line,), effects, fields, clears_notices=True)


def _submit(enrollment: Enrollment, event: Submit, *, as_of: datetime) -> Decision | Refusal:
    now = today(enrollment, as_of)
    day = event.on or now
    if enrollment.state is not State.READY:
        return does_not_fit(enrollment, Happening.SUBMIT)
    if day > now:
        return Refusal("future", f"{day} is still to come; record a submission on the day on which it went out.")
    cutover = enrollment.cutover_on
    if enrollment.transaction is Transaction.ERA and cutover is not None and day < cutover:
        return Refusal(
            "before_cutover",
            f"The ERA of {enrollment.payer} moves on {cutover}; submit it on that day or later, or change its route.",
        )
    fields = {"submitted_on": day, "dates": dates_from(day, event.turnaround)}
    evidence: dict[str, Evidence] = {"on": day.isoformat(), "attempt": enrollment.attempt}
    evidence["source"] = event.turnaround.source
    return move(enrollment, Happening.SUBMIT, as_of=as_of, fields=fields, note=Note("", evidence=evidence))


def _answered(enrollment: Enrollment, event: Answer, *, as_of: datetime) -> Decision | Refusal:
    """Take in an answer of a clearinghouse or payer; a late one changes nothing (E-11)."""
    day = event.on or today(enrollment, as_of)
    if refusal := _late(enrollment, event, day, as_of=as_of):
        return refusal
    match event:
        case Acknowledge():
            return move(enrollment, Happening.ACKNOWLEDGED, as_of=as_of)
        case Bounce(reason=reason, needs=needs):
            fields = {"submitted_on": None, "dates": None, "reason": reason}
            return _asked_for(enrollment, Happening.BOUNCED, needs, as_of=as_of, fields=fields, reason=reason)
        case RequestDevelopment(needs=needs):
            return _asked_for(enrollment, Happening.DEVELOPMENT_REQUEST, needs, as_of=as_of)
        case Approve():
            return _approve(enrollment, event, day, as_of=as_of)
        case Reject(reason=reason):
            note = Note("", reason=reason, evidence={"attempt": enrollment.attempt})
            return move(enrollment, Happening.REJECT, as_of=as_of, fields={"reason": reason}, note=note)
        case NeedTest():
            return move(enrollment, Happening.NEEDS_TEST, as_of=as_of)
        case RecordTest(is_passed=True):
            return move(enrollment, Happening.TEST_OK, as_of=as_of, fields={"approved_on": day, "effective_on": day})
        case RecordTest():
            return move(enrollment, Happening.TEST_FAILED, as_of=as_of)
        case _:
            message = f"no rule for {type(event).__name__}"
            raise TypeError(message)


def _late(enrollment: Enrollment, event: Answer, day: date, *, as_of: datetime) -> Refusal | None:
    subject = enrollment.subject
    if event.generation and event.generation != enrollment.generation:
        return Refusal(
            "late",
            f"This answers {subject} as it was before it was begun anew; nothing was changed.",
        )
    if event.attempt and event.attempt != enrollment.attempt:
        return Refusal(
            "late",
            f"This answers attempt {event.attempt} of {subject}; the present one is {enrollment.attempt}, so nothing "
            "was changed.",
        )
    if day > today(enrollment, as_of):
        return Refusal("future", f"{day} is still to come; write the day on which the answer was given.")
    if enrollment.submitted_on is not None and day < enrollment.submitted_on:
        return Refusal(
            "late",
            f"The answer of {day} is older than the submission of {subject} on {enrollment.submitted_on}; "
            "nothing was changed.",
        )
    return None


def _asked_for(
    enrollment: Enrollment,
    happening: Happening,
    needs: tuple[Need, ...],
    *,
    as_of: datetime,
    fields: Mapping[str, object] | None = None,
    reason: str = "",
) -> Decision | Refusal:
    if not needs:
        return Refusal("nothing", "Name at least one thing that the practice must give.")
    note = Note("", reason=reason, evidence={"missing": ",".join(needs)})
    return move(enrollment, happening, as_of=as_of, fields=fields, needs=dict.fromkeys(needs, False), note=note)


def _approve(enrollment: Enrollment, event: Approve, day: date, *, as_of: datetime) -> Decision | Refusal:
    effective_on = event.effective_on or day
    if event.expires_on is not None and event.expires_on <= max(effective_on, day):
        return Refusal("expired", f"An approval that ends on {event.expires_on} is over before it begins; check it.")
    fields = {"approved_on": day, "effective_on": effective_on, "expires_on": event.expires_on}
    evidence = {"on": day.isoformat(), "effective_on": effective_on.isoformat()}
    return move(enrollment, Happening.APPROVE, as_of=as_of, fields=fields, note=Note("", evidence=evidence))


def _change_route(enrollment: Enrollment, event: ChangeRoute, *, as_of: datetime) -> Decision | Refusal:
    fields = {"clearinghouse": event.clearinghouse, "payer_id": event.payer_id, "cutover_on": event.cutover_on}
    evidence = {"clearinghouse": event.clearinghouse, "payer_id": event.payer_id}
    if event.cutover_on is not None:
        evidence["cutover_on"] = event.cutover_on.isoformat()
    if enrollment.state is State.NOT_REQUIRED:
        return move(enrollment, Happening.ROUTE_CHANGED, as_of=as_of, fields=fields, note=Note("", evidence=evidence))
    if enrollment.state not in _MAY_BE_ROUTED:
        return does_not_fit(enrollment, Happening.ROUTE_CHANGED)
    if all(getattr(enrollment, name) == value for name, value in fields.items()):
        return Refusal("already", f"{enrollment.subject} already goes this way.")
    line = Note(f"enrollment_{Happening.ROUTE_CHANGED}", enrollment.subject, evidence=evidence)
    if enrollment.state is not State.READY:
        return Decision(notes=(line,), fields=fields)
    since = _ready_from(replace(enrollment, cutover_on=event.cutover_on), as_of)
    waits = _begin_anew(enrollment, line, since=since)
    submit = task_key("submit", enrollment)
    due_at = business_days(enrollment, COACH_ACTS_WITHIN, since=since)
    effects = (Settle(submit, "moved"), *waits.effects, Ask(submit, REPRESENTATIVE, due_at))
    return waits._replace(fields={**fields, **waits.fields}, effects=effects)


def _follow_up(enrollment: Enrollment, _: FollowUp, *, as_of: datetime) -> Decision | Refusal:
    if enrollment.state not in _MAY_BE_ASKED:
        state = enrollment.state.replace("_", " ")
        return Refusal("does_not_fit", f"{enrollment.subject} is {state}; there is nobody to follow up with.")
    line = Note("enrollment_followed_up", enrollment.subject, evidence={"on": today(enrollment, as_of).isoformat()})
    chased = Settle(task_key(CHASE, enrollment))
    if enrollment.state is State.DEGRADED:
        acted = _begin_anew(enrollment, line, since=as_of)
        return acted._replace(effects=(chased, *acted.effects))
    last = look(enrollment, enrollment.rung - 1) if enrollment.rung else None
    is_for_manager = last is not None and last.what is What.ESCALATE
    return Decision(notes=(line,), effects=(chased,), clears_notices=not is_for_manager)


def _displace(enrollment: Enrollment, _: Displace, *, as_of: datetime) -> Decision | Refusal:
    if enrollment.transaction is not Transaction.ERA:
        return Refusal("not_era", f"Only an ERA goes to one clearinghouse at a time; this is {enrollment.transaction}.")
    return move(enrollment, Happening.DISPLACED, as_of=as_of)


def _recertify(enrollment: Enrollment, event: Recertify, *, as_of: datetime) -> Decision | Refusal:
    if enrollment.state is not State.RECERTIFYING:
        return does_not_fit(enrollment, Happening.RECERTIFIED)
    if event.expires_on is not None and event.expires_on <= today(enrollment, as_of):
        return Refusal("expired", f"{event.expires_on} is not in the future; write the day until which it is renewed.")
    if event.expires_on is not None and event.expires_on <= (enrollment.expires_on or date.min):
        return Refusal("earlier", f"It already holds until {enrollment.expires_on}; write the new, later day.")
    return move(enrollment, Happening.RECERTIFIED, as_of=as_of, fields={"expires_on": event.expires_on})


def _resubmit(enrollment: Enrollment, event: Resubmit, *, as_of: datetime) -> Decision | Refusal:
    if is_used_up(enrollment):
        return Refusal(
            "attempts",
            f"{enrollment.subject} was sent in {enrollment.attempt} times; a manager decides now: withdraw it, and "
            "reopen it if it shall begin anew.",
        )
    fields = {**_FRESH, "attempt": enrollment.attempt + 1}
    return move(enrollment, Happening.RESUBMIT, as_of=as_of, fields=fields, note=Note("", reason=event.reason))


def _lapse(enrollment: Enrollment, _: Lapse, *, as_of: datetime) -> Decision | Refusal:
    return move(enrollment, Happening.LAPSED, as_of=as_of)


def _withdraw(enrollment: Enrollment, event: Withdraw, *, as_of: datetime) -> Decision | Refusal:
    note = Note("", reason=event.reason)
    return move(enrollment, Happening.WITHDRAW, as_of=as_of, needs=_nothing_more(enrollment), note=note)


def _waive(enrollment: Enrollment, event: Waive, *, as_of: datetime) -> Decision | Refusal:
    note = Note("", reason=event.reason)
    return move(enrollment, Happening.WAIVED, as_of=as_of, needs=_nothing_more(enrollment), note=note)


def _nothing_more(enrollment: Enrollment) -> Mapping[Need, bool]:
    """Take back what the practice was still asked for, so that a later request does not ask for it again."""
    return {need: True for need, is_given in enrollment.needs.items() if not is_given}


def _reopen(enrollment: Enrollment, event: Reopen, *, as_of: datetime) -> Decision | Refusal:
    fields = {**_FRESH, "generation": enrollment.generation + 1, "attempt": 1}
    return move(enrollment, Happening.REOPEN, as_of=as_of, fields=fields, note=Note("", reason=event.reason))


_HANDLERS: Final[Mapping[type[Any], Callable[..., Decision | Refusal]]] = {
    Prepare: _prepare,
    CompleteTasks: _complete,
    Submit: _submit,
    ChangeRoute: _change_route,
    FollowUp: _follow_up,
    Displace: _displace,
    Recertify: _recertify,
    Lapse: _lapse,
    Resubmit: _resubmit,
    Withdraw: _withdraw,
    Waive: _waive,
    Reopen: _reopen,
}


def decide_command(enrollment: Enrollment, event: Command, *, as_of: datetime) -> Decision | Refusal:
    """Say what a command leads to."""
    if isinstance(event, Answer):
        return _answered(enrollment, event, as_of=as_of)
    return _HANDLERS[type(event)](enrollment, event, as_of=as_of)
