"""What a timer means when it falls due: silence, lateness, reports, calls that nobody recorded."""

from datetime import datetime, timedelta

from models.rules.calendars import (
    START_OF_BUSINESS,
    business_morning,
    local_day,
    local_moment,
)
from models.rules.decisions import Ask, Effect, Note, Say, SetTimer
from models.rules.messages import MessageKind
from models.rules.onboarding import CHECK_IN_DAYS, REPORT_DAYS, SILENCE, Rung
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import Due
from models.rules.onboarding_facts import CallState, Decision, Head, StepState, WaitFacts
from models.rules.onboarding_progress import schedule_check_in, silence_subject
from models.rules.roles import Party, Role

LIGHT_TIMERS = frozenset({"silence", "progress_report", "first_claim_late", "first_payment_late", "payments_late"})


def on_light_due(head: Head, due: Due, *, as_of: datetime) -> Decision:
    """Answer a timer that needs only the journey's head and the wait concerned."""
    match due.kind:
        case "silence":
            return _on_silence(head, due, as_of=as_of)
        case "progress_report":
            return _on_report(head, due, as_of=as_of)
        case _:
            return _on_late(head, due)


def _on_silence(head: Head, due: Due, *, as_of: datetime) -> Decision:
    """Climb one rung, skip rungs that an outage made late, and set the next (O-44)."""
    step, _, party_word = due.subject.partition(":")
    party = Party(party_word)
    wait = head.waits.get((step, party))
    if wait is None:
        return Decision()
    rung = _highest_due(head, wait, due.number, as_of=as_of)
    days, what = SILENCE[rung]
    effects: list[Effect] = [*_say_silence(head, step, party, wait, rung)]
    if rung + 1 < len(SILENCE) and not (party is Party.US and SILENCE[rung + 1][1] is Rung.PROPOSE_PAUSE):
        due_at = business_morning(wait.silent_since, SILENCE[rung + 1][0], zone=head.zone, calendar=head.calendar)
        effects.append(SetTimer("silence", due_at, due.subject, rung + 1))
    note = Note(f"silence_{what}", step, evidence={"party": party.value, "business_days": days})
    return Decision(notes=(note,), effects=tuple(effects))


def _highest_due(head: Head, wait: WaitFacts, rung: int, *, as_of: datetime) -> int:
    """Find the last rung whose day has come: after an outage one message goes out, not a burst."""
    while rung + 1 < len(SILENCE):
        later = business_morning(wait.silent_since, SILENCE[rung + 1][0], zone=head.zone, calendar=head.calendar)
        if later > as_of:
            break
        rung += 1
    return rung


def _say_silence(head: Head, step: str, party: Party, wait: WaitFacts, rung: int) -> list[Effect]:
    days, what = SILENCE[rung]
    subject = silence_subject(step, party)
    key = f"silence:{subject}:{wait.silent_since.isoformat()}:{days}"
    fields = {"step": step, "party": party.value, "waiting_days": days}
    owner = head.template.steps[step].owner
    owner = owner if owner in head.roles else Role.SUCCESS_COACH
    match what, party:
        case Rung.REMIND, Party.PRACTICE:
            return [Say(MessageKind.REMINDER, Role.PRIMARY_CONTACT, key, subject, "", fields)]
        case Rung.REMIND, _:
            return [Say(MessageKind.STAFF_REMINDER, owner, key, subject, "", fields)]
        case Rung.TELL_MANAGER, _:
            escalation = Say(MessageKind.STAFF_ESCALATION, Role.ONBOARDING_MANAGER, key, subject, "", fields)
            return [escalation, Ask(f"silent.{subject}", Role.ONBOARDING_MANAGER)]
        case _:
            proposal = Say(MessageKind.PAUSE_PROPOSAL, Role.SUCCESS_COACH, key, subject, "", fields)
            return [proposal, Ask(f"propose_pause.{subject}", Role.SUCCESS_COACH)]


def _on_report(head: Head, due: Due, *, as_of: datetime) -> Decision:
    """Send the bi-weekly progress report and set the next; missed ones are not made up for (O-36)."""
    next_day = local_day(due.due_at, head.zone) + timedelta(days=REPORT_DAYS)
    while next_day <= local_day(as_of, head.zone):
        next_day += timedelta(days=REPORT_DAYS)
    report = Say(MessageKind.PROGRESS_REPORT, Role.PRIMARY_CONTACT, f"progress_report:{due.number}")
    again = SetTimer("progress_report", local_moment(next_day, START_OF_BUSINESS, head.zone), number=due.number + 1)
    return Decision(notes=(Note("progress_reported", evidence={"number": due.number}),), effects=(report, again))


def _on_late(head: Head, due: Due) -> Decision:
    """Flag what should have happened by now; lateness is shown, never hidden (O-32, O-43)."""
    is_done = head.claims_confirmed_on if due.kind == "first_claim_late" else head.first_era_on
    if is_done is not None:
        return Decision()
    what = due.kind.removesuffix("_late")
    return Decision(notes=(Note(due.kind),), effects=(Ask(f"late.{what}", Role.SUCCESS_COACH, due.due_at),))


def on_due(draft: Draft, due: Due) -> None:
    """Answer a timer that needs the whole journey."""
    match due.kind:
        case "call_passed":
            _on_call_passed(draft, due)
        case "check_in":
            _on_check_in(draft, due)
        case "message_sent":
            _on_message_sent(draft, due)
        case _:
            message = f"no rule for a timer of kind {due.kind}"
            raise ValueError(message)


def _on_call_passed(draft: Draft, due: Due) -> None:
    """Ask the leader what came of a call whose time is over."""
    _, name, number = due.subject.split(":")
    if draft.calls[name, int(number)].state is CallState.SCHEDULED:
        draft.do(Ask(f"record.{due.subject}", draft.template.calls[name].led_by, draft.business_days(1)))
        draft.note("call_unrecorded", name, number=int(number))


def _on_check_in(draft: Draft, due: Due) -> None:
    """Schedule the next bi-weekly call; after an outage the next one that still lies ahead (O-31)."""
    if draft.went_live_on is None:
        return
    number = due.number
    while draft.went_live_on + timedelta(days=CHECK_IN_DAYS * number) <= draft.today:
        number += 1
    schedule_check_in(draft, draft.went_live_on, number=number)


def _on_message_sent(draft: Draft, due: Due) -> None:
    """Settle the item that a delivered message completes (O-28)."""
    item = due.subject
    is_open = item in draft.items and not draft.is_settled(item)
    if is_open and draft.steps[draft.template.step_of_item[item]].state is StepState.OPEN:
        draft.settle_item(item)
        draft.note("item_completed", item)
