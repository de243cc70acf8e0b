"""Who is waited for in each step, and what their silence leads to (O-42, O-44)."""

from datetime import datetime, timedelta

from models.rules.calendars import (
    business_days_between,
    business_morning,
    local_day,
    local_moment,
    office_moment,
    subtract_business_days,
    zone_of,
)
from models.rules.decisions import Ask, CancelMessages, CancelTimers, Effect, Note, Say, SetTimer, Settle
from models.rules.messages import MessageKind
from models.rules.onboarding import SILENCE, Rung
from models.rules.onboarding_draft import Draft
from models.rules.onboarding_events import Due
from models.rules.onboarding_evidence import waits_for
from models.rules.onboarding_facts import CallState, Decision, Head, TrainingState, WaitFacts
from models.rules.roles import Party, Role

REMINDERS = (
    MessageKind.REMINDER,
    MessageKind.STAFF_REMINDER,
    MessageKind.STAFF_ESCALATION,
    MessageKind.PAUSE_PROPOSAL,
)


def count_waits(draft: Draft) -> None:
    """Keep one wait per step and side; its silence restarts when it begins, is answered or a date is set."""
    for step in draft.steps:
        parties = {waits_for(draft, item.key) for item in draft.open_items(step)}
        for party in Party:
            _count_wait(draft, step, party, is_waited_for=party in parties)


def _count_wait(draft: Draft, step: str, party: Party, *, is_waited_for: bool) -> None:
    old = draft.waits.get((step, party))
    if not is_waited_for:
        if old is not None:
            draft.waits[step, party] = None
            _stop_reminding(draft, step, party)
        return
    silent_since = max([_silent_since(draft, step, party, old), *_appointed(draft, step)])
    new = WaitFacts(old.since if old else draft.as_of, silent_since)
    if new == old:
        return
    draft.waits[step, party] = new
    if old is not None:
        _stop_reminding(draft, step, party)
    _remind(draft, step, party, rung=0)


def _silent_since(draft: Draft, step: str, party: Party, old: WaitFacts | None) -> datetime:
    if old is None or (step, party) in draft.acted:
        return draft.as_of
    return min(old.silent_since, draft.as_of)


def _appointed(draft: Draft, step: str) -> list[datetime]:
    """List the dates of a step that were agreed upon: nobody is silent before them."""
    if step == "training":
        booked = (place for place in draft.training.values() if place.state is TrainingState.REGISTERED)
        return [place.starts_at for place in booked if place.starts_at]
    call = draft.template.steps[step].call
    dates = [facts for (name, _), facts in draft.calls.items() if call and name == call.key]
    return [facts.starts_at + timedelta(minutes=facts.minutes) for facts in dates if facts.state is CallState.SCHEDULED]


def _stop_reminding(draft: Draft, step: str, party: Party) -> None:
    """Cancel what was pending because of a silence that is over."""
    subject = silence_subject(step, party)
    draft.do(CancelTimers("silence", subject), CancelMessages(REMINDERS, subject))
    draft.do(Settle(f"silent.{subject}"), Settle(f"propose_pause.{subject}"))


def _remind(draft: Draft, step: str, party: Party, *, rung: int) -> None:
    wait = draft.waits[step, party]
    if wait is not None and _has_rung(party, rung):
        draft.do(_timer(draft.journey, wait, silence_subject(step, party), rung))


def _has_rung(party: Party, rung: int) -> bool:
    """Say whether a side has such a rung: a payer is watched by E-20, and only a practice is proposed to be paused."""
    if party is Party.PAYER or rung >= len(SILENCE):
        return False
    return party is Party.PRACTICE or SILENCE[rung][1] is not Rung.PROPOSE_PAUSE


def _timer(head: Head, wait: WaitFacts, subject: str, rung: int) -> SetTimer:
    return SetTimer("silence", _morning(head, wait, rung), subject, rung)


def _morning(head: Head, wait: WaitFacts, rung: int) -> datetime:
    return business_morning(wait.silent_since, SILENCE[rung][0], zone=head.zone, calendar=head.calendar)


def silence_subject(step: str, party: Party) -> str:
    """Name a silence where timers, messages and work items need one word for it."""
    return f"{step}:{party}"


def go_on_waiting(draft: Draft, paused_at: datetime) -> None:
    """Count silences on where a pause stopped them: as many business days are over as were before it (O-45)."""
    for (step, party), wait in draft.waits.items():
        if wait is not None:
            rung = _next_rung(draft.journey, wait, paused_at)
            draft.waits[step, party] = WaitFacts(wait.since, _after_pause(draft, wait, paused_at))
            _remind(draft, step, party, rung=rung)


def _next_rung(head: Head, wait: WaitFacts, paused_at: datetime) -> int:
    ahead = (rung for rung in range(len(SILENCE)) if _morning(head, wait, rung) > paused_at)
    return next(ahead, len(SILENCE))


def _after_pause(draft: Draft, wait: WaitFacts, paused_at: datetime) -> datetime:
    if wait.silent_since > paused_at:
        return draft.as_of
    zone, calendar = draft.journey.zone, draft.journey.calendar
    begun = wait.silent_since.astimezone(zone_of(zone))
    days = business_days_between(begun.date(), local_day(paused_at, zone), calendar)
    return min(local_moment(subtract_business_days(draft.today, days, calendar), begun.time(), zone), draft.as_of)


def on_silence(head: Head, due: Due, *, as_of: datetime) -> Decision:
    """Climb one rung, skip rungs that an outage made late, and set the next."""
    step, _, party_word = due.subject.partition(":")
    party = Party(party_word)
    wait = head.waits.get((step, party))
    if wait is None:
        return Decision()
    if _morning(head, wait, due.number) > as_of:
        return Decision(effects=(_timer(head, wait, due.subject, due.number),))
    rung, ahead = _highest_due(head, wait, party, due.number, as_of=as_of)
    days, what = SILENCE[rung]
    effects = _say_silence(head, due.subject, party, wait=wait, rung=rung, as_of=as_of)
    if ahead is not None:
        effects.append(SetTimer("silence", ahead, due.subject, rung + 1))
    note = Note(f"silence_{what}", step, evidence={"party": party_word, "business_days": days})
    return Decision(notes=(note,), effects=tuple(effects))


def _highest_due(
    head: Head, wait: WaitFacts, party: Party, rung: int, *, as_of: datetime
) -> tuple[int, datetime | None]:
    """Find the last rung whose day has come, and the morning of the one ahead, if there is one.

    After an outage one message goes out, not a burst.
    """
    while _has_rung(party, rung + 1):
        ahead = _morning(head, wait, rung + 1)
        if ahead > as_of:
            return rung, ahead
        rung += 1
    return rung, None


def _say_silence(
    head: Head, subject: str, party: Party, *, wait: WaitFacts, rung: int, as_of: datetime
) -> list[Effect]:
    days, what = SILENCE[rung]
    step, _, party_word = subject.partition(":")
    kind, to = _addressed(head, step, party, what)
    say = Say(
        kind,
        to,
        f"silence:{subject}:{wait.silent_since.isoformat()}:{days}",
        subject,
        fields={"step": step, "party": party_word, "waiting_days": days},
        not_before=office_moment(as_of, zone=head.zone, calendar=head.calendar),
    )
    match what:
        case Rung.REMIND:
            return [say]
        case Rung.TELL_MANAGER:
            return [say, Ask(f"silent.{subject}", Role.ONBOARDING_MANAGER)]
        case Rung.PROPOSE_PAUSE:
            return [say, Ask(f"propose_pause.{subject}", Role.SUCCESS_COACH)]


def _addressed(head: Head, step: str, party: Party, what: Rung) -> tuple[MessageKind, Role]:
    if what is Rung.TELL_MANAGER:
        return MessageKind.STAFF_ESCALATION, Role.ONBOARDING_MANAGER
    if what is Rung.PROPOSE_PAUSE:
        return MessageKind.PAUSE_PROPOSAL, Role.SUCCESS_COACH
    if party is Party.PRACTICE:
        return MessageKind.REMINDER, Role.PRIMARY_CONTACT
    owner = head.template.steps[step].owner
    return MessageKind.STAFF_REMINDER, owner if owner in head.roles else Role.SUCCESS_COACH
