"""The one question about a request for feedback: given what happened, what becomes of it?"""

from datetime import datetime, timedelta
from typing import Any, Final

from models.rules.decisions import CancelMessages, CancelTimers, Evidence, Note, Say, SetTimer
from models.rules.feedback import LINK_VALID, Outcome, RequestState, Why
from models.rules.feedback_asking import (
    already_asked,
    first_refusal,
    for_now,
    never,
    no_way,
    second_way,
    ways_left,
)
from models.rules.feedback_events import Answer, CheckOut, Due, Event, Refused, Sent, Stop, Withdrawn
from models.rules.feedback_facts import Attempt, Decision, Request, Visit, after
from models.rules.feedback_timing import allowed_from, is_too_late, moved, planned_at, slot
from models.rules.messages import Channel, MessageKind
from models.rules.roles import Role

ASK: Final = "ask"
CLOSE: Final = "close"
LOOK_AGAIN: Final = timedelta(hours=1)
KINDS: Final = {Channel.TEXT: MessageKind.FEEDBACK_TEXT, Channel.EMAIL: MessageKind.FEEDBACK_EMAIL}
_OVER: Final = (CancelTimers(ASK), CancelTimers(CLOSE), CancelMessages(tuple(KINDS.values())))
_NO_MORE: Final[dict[str, Any]] = {"due_at": None, "fresh_until": None}
_SUPPRESSED_LATER: Final = frozenset({Why.OMISSION, Why.DUPLICATE_PERSON})


def decide(request: Request, visit: Visit, event: Event, *, as_of: datetime) -> Decision:
    """Say what an event leads to at the moment `as_of` (UTC); what no longer fits leads to nothing."""
    match event:
        case CheckOut():
            return _begin(request, visit, as_of=as_of) if request.is_new else Decision()
        case Due():
            return _due(request, visit, event, as_of=as_of) if request.is_open else Decision()
        case Sent() | Refused() | Withdrawn():
            is_the_one = event.number == request.number + 1 and event.channel is request.waits_for
            return _outcome(request, visit, event, as_of=as_of) if is_the_one else Decision()
        case Answer():
            return _answered(request, as_of=as_of)
        case Stop(why=why):
            return _end(RequestState.CANCELLED, why) if request.is_open else Decision()


def still_fits(request: Request, visit: Visit, event: Withdrawn, *, as_of: datetime) -> bool:
    """Say at the claim whether a waiting message may go out now; if not, it is withdrawn (F-012, F-033, F-203)."""
    if not request.is_open or event.number != request.number + 1 or event.channel is not request.waits_for:
        return False
    if _stops(request, visit, as_of=as_of) or is_too_late(request, as_of=as_of) or for_now(visit):
        return False
    possible = (*ways_left(request, visit.person), second_way(request, visit.person) if request.tried else None)
    return event.channel in possible and allowed_from(as_of, visit) == as_of


def _begin(request: Request, visit: Visit, *, as_of: datetime) -> Decision:
    """Decide once, at the check-out, whether and when the patient is asked (F-001, F-213)."""
    if why := first_refusal(request, visit, as_of=as_of):
        return _end(RequestState.SUPPRESSED, why)
    planned = _plan(request, visit, planned_at(request), as_of=as_of)
    if is_too_late(after(request, planned), as_of=as_of):
        return _end(RequestState.SUPPRESSED, Why.STALE)
    return planned


def _plan(request: Request, visit: Visit, planned: datetime, *, as_of: datetime) -> Decision:
    """Set the timer of the present attempt."""
    number = request.number + 1
    due_at, fresh_until = slot(planned, visit, as_of=as_of)
    note = Note("feedback_planned", str(number), evidence={"due_at": due_at.isoformat()})
    fields = {"due_at": due_at, "fresh_until": fresh_until}
    return Decision((note,), (SetTimer(ASK, due_at, number=number),), fields)


def _due(request: Request, visit: Visit, event: Due, *, as_of: datetime) -> Decision:
    if event.kind == CLOSE:
        return _end(RequestState.UNANSWERED, None)
    if request.waits_for is not None or request.due_at is None or event.number != request.number + 1:
        return Decision()
    if as_of < request.due_at:
        return Decision(effects=(SetTimer(ASK, request.due_at, number=event.number),))
    return _ask(request, visit, as_of=as_of)


def _ask(request: Request, visit: Visit, *, as_of: datetime) -> Decision:
    """Ask now, later, in another way, or not at all: everything is looked at again (F-012, F-033, F-040, F-160)."""
    if why := _stops(request, visit, as_of=as_of):
        return _end(RequestState.SUPPRESSED if why in _SUPPRESSED_LATER else RequestState.CANCELLED, why)
    waits = for_now(visit)
    if is_too_late(request, as_of=as_of):
        return _over(request, visit, waits or Why.STALE, as_of=as_of)
    if waits:
        return Decision(effects=(SetTimer(ASK, as_of + LOOK_AGAIN, number=request.number + 1),))
    chosen = ways_left(request, visit.person)
    if not chosen:
        return _without_way(request, visit, as_of=as_of)
    due_at = allowed_from(as_of, visit)
    if due_at > as_of:
        fields = {"due_at": due_at, "fresh_until": moved(request, due_at, as_of=as_of)}
        return Decision(effects=(SetTimer(ASK, due_at, number=request.number + 1),), fields=fields)
    return _say(request, chosen[0], as_of=as_of)


def _without_way(request: Request, visit: Visit, *, as_of: datetime) -> Decision:
    """Go on where the present attempt has no way that is left, and end where no later one will have one either."""
    if request.is_handed_over:
        return _go_on(request, visit, as_of=as_of)
    if no_way(request.policy.asks[request.number :], visit.person) is Why.OPTED_OUT:
        return _end(RequestState.CANCELLED, Why.OPTED_OUT)
    refused = Why.REFUSED if request.tried else None
    why = refused or no_way((request.policy.asks[request.number],), visit.person) or Why.NO_CONTACT
    return _over(request, visit, why, as_of=as_of)


def _stops(request: Request, visit: Visit, *, as_of: datetime) -> Why | None:
    return never(request, visit) or already_asked(request, visit, as_of=as_of)


def _say(request: Request, channel: Channel, *, as_of: datetime) -> Decision:
    """Queue one message; from here its outcome is waited for, and no timer runs (F-220)."""
    number = request.number + 1
    key = f"ask:{number}:{channel}" + (f":{request.withdrawn}" if request.withdrawn else "")
    said = Say(KINDS[channel], Role.PATIENT, key=key, subject=str(number), channel=channel)
    note = Note("feedback_asked", str(number), evidence={"channel": channel.value})
    fields = {"state": RequestState.ASKED, "waits_for": channel}
    return Decision((note,), (said,), fields, (Attempt(number, channel, Outcome.WAITING, as_of),))


def _over(request: Request, visit: Visit, why: Why, *, as_of: datetime) -> Decision:
    """Leave what is left of an attempt out and go on with the next: never in a burst (F-212)."""
    following = _go_on(request._replace(previous_at=as_of), visit, as_of=as_of, why=why)
    note = Note("feedback_left_out", str(request.number + 1), why.value)
    return following._replace(
        notes=(note, *following.notes),
        fields={"previous_at": as_of, **following.fields},
        attempts=(Attempt(request.number + 1, None, Outcome.LEFT_OUT, as_of, why),),
    )


def _go_on(request: Request, visit: Visit, *, as_of: datetime, why: Why | None = None) -> Decision:
    """Plan the next attempt; after the last one wait for an answer, or say why nobody was asked (F-213)."""
    fields: dict[str, Any] = {"number": request.number + 1, "tried": (), "is_handed_over": False}
    following = request._replace(**fields)
    if following.number < len(request.policy.asks):
        decision = _plan(following, visit, planned_at(following), as_of=as_of)
    elif request.sent:
        closes_at = (request.previous_at or as_of) + LINK_VALID
        decision = Decision(effects=(SetTimer(CLOSE, closes_at),), fields=_NO_MORE)
    else:
        decision = _end(RequestState.SUPPRESSED, why)
    return decision._replace(fields=fields | dict(decision.fields))


def _outcome(request: Request, visit: Visit, event: Sent | Refused | Withdrawn, *, as_of: datetime) -> Decision:
    """Take in what became of the message that was waited for; each outcome counts once."""
    match event:
        case Sent(at=at, is_certain=is_certain):
            fields = _count(request, at)
            attempt = Attempt(event.number, event.channel, Outcome.SENT if is_certain else Outcome.UNSURE, at)
        case Refused():
            fields = {"waits_for": None, "tried": (*request.tried, event.channel)}
            attempt = Attempt(event.number, event.channel, Outcome.REFUSED, as_of)
        case Withdrawn():
            fields = {"waits_for": None, "withdrawn": request.withdrawn + 1}
            attempt = Attempt(event.number, event.channel, Outcome.WITHDRAWN, as_of)
    now = request._replace(**fields)
    following = _after(now, visit, event, as_of=as_of) if request.is_open else Decision()
    note = Note(f"feedback_{attempt.outcome}", str(event.number), evidence={"channel": event.channel.value})
    return following._replace(
        notes=(note, *following.notes),
        fields=fields | dict(following.fields),
        attempts=(attempt, *following.attempts),
    )


def _count(request: Request, at: datetime) -> dict[str, Any]:
    return {
        "waits_for": None,
        "is_handed_over": True,
        "tried": (*request.tried, request.waits_for),
        "sent": request.sent + 1,
        "first_sent_at": request.first_sent_at or at,
        "previous_at": at,
    }


def _after(request: Request, visit: Visit, event: Sent | Refused | Withdrawn, *, as_of: datetime) -> Decision:
    """Go on after an outcome: with the attempt's other way, a second way, or the next attempt (F-010, F-221)."""
    match event:
        case Withdrawn():
            return _ask(request, visit, as_of=as_of)
        case Sent(at=at):
            sends = {*visit.person.recent_sends, at}
            known = visit._replace(person=visit.person._replace(recent_sends=tuple(sorted(sends))))
            if ways_left(request, known.person):
                return _plan(request, known, at, as_of=at)
            return _go_on(request, known, as_of=at)
        case Refused():
            return _after_refusal(request, visit, as_of=as_of)


def _after_refusal(request: Request, visit: Visit, *, as_of: datetime) -> Decision:
    """Try the attempt's other way, or in the same window a second one, else leave the attempt out (F-221)."""
    if ways_left(request, visit.person) or _stops(request, visit, as_of=as_of):
        return _ask(request, visit, as_of=as_of)
    second = second_way(request, visit.person)
    is_now = not for_now(visit) and not is_too_late(request, as_of=as_of) and allowed_from(as_of, visit) == as_of
    if second is not None and is_now:
        return _say(request, second, as_of=as_of)
    return _over(request, visit, Why.REFUSED, as_of=as_of)


def _answered(request: Request, *, as_of: datetime) -> Decision:
    """Take in the one answer; one that comes after the last attempt counts too, a second changes nothing (F-215)."""
    was_asked = request.sent > 0 or request.waits_for is not None
    if request.answered_at is not None or not was_asked:
        return Decision()
    evidence: dict[str, Evidence] = {"sent": request.sent, "state": request.state.value}
    note = Note("feedback_answered", evidence=evidence)
    fields = {"state": RequestState.ANSWERED, "answered_at": as_of, "why": None}
    return Decision((note,), _OVER, fields | _NO_MORE)


def _end(state: RequestState, why: Why | None) -> Decision:
    """Close a request; a message that is under way already still brings its outcome."""
    note = Note(f"feedback_{state}", reason=why.value if why else "")
    return Decision((note,), _OVER, {"state": state, "why": why, **_NO_MORE})
