"""Whether and how a patient is asked: every condition is looked at again at the moment of sending."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.rules.calendars import local_day
from models.rules.feedback import Ask, Why
from models.rules.feedback_facts import Person, Request, Rival, Visit
from models.rules.messages import Channel


def never(request: Request, visit: Visit) -> Why | None:
    """Say why nothing may be sent for this visit at all, first of all for what the visit is (F-213)."""
    person = visit.person
    conditions = (
        (visit.is_deleted, Why.DELETED),
        (visit.is_test, Why.TEST_APPOINTMENT),
        (not visit.is_checked_out, Why.CHECK_OUT_UNDONE),
        (not visit.has_patient, Why.NO_PATIENT),
        (person.is_archived, Why.ARCHIVED),
        (person.is_excluded or _was_excluded(request, person), Why.EXCLUDED),
        (not request.policy.asks, Why.NO_CADENCE),
    )
    return next((why for holds, why in conditions if holds), None)


def _was_excluded(request: Request, person: Person) -> bool:
    """Say whether the visit was checked out before the patient was included again (F-035)."""
    return person.included_again_at is not None and request.checked_out_at <= person.included_again_at


def for_now(visit: Visit) -> Why | None:
    """Say what may pass by itself: an attempt waits for it until it is too late (F-157, F-205)."""
    conditions = (
        (not visit.is_checklist_green, Why.CHECKLIST_RED),
        (not visit.is_sending, Why.SENDING_STOPPED),
        (visit.person.is_held, Why.HELD_FOR_A_PERSON),
    )
    return next((why for holds, why in conditions if holds), None)


def already_asked(request: Request, visit: Visit, *, as_of: datetime) -> Why | None:
    """Say why a person is not asked once more; what a request has begun, no other one ends (F-040, F-043)."""
    if request.first_sent_at is not None:
        return None
    if is_omitted(request, visit.person, as_of=as_of):
        return Why.OMISSION
    return Why.DUPLICATE_PERSON if gives_way(request, visit) else None


def is_omitted(request: Request, person: Person, *, as_of: datetime) -> bool:
    """Say whether the patient was asked too short a time ago: exactly N x 24 hours end it (F-040, F-161)."""
    omission = timedelta(days=request.policy.omission_days)
    return person.asked_at is not None and as_of - person.asked_at < omission


def gives_way(request: Request, visit: Visit) -> bool:
    """Say whether another request to the same person goes first: of one day the later visit's, else the older day's.

    The order is total, so of any number of requests to one person exactly one goes on, whoever looks first.
    """
    own = _rank(Rival(request.id, visit.starts_at), visit.zone)
    return any(_rank(rival, visit.zone) < own for rival in visit.person.rivals)


def _rank(rival: Rival, zone: str) -> tuple[int, float, int]:
    return local_day(rival.starts_at, zone).toordinal(), -rival.starts_at.timestamp(), rival.id


def first_refusal(request: Request, visit: Visit, *, as_of: datetime) -> Why | None:
    """Say why a check-out is not followed by a request (F-213)."""
    if why := never(request, visit) or already_asked(request, visit, as_of=as_of):
        return why
    if not visit.is_checklist_green:
        return Why.CHECKLIST_RED
    if not visit.is_sending:
        return Why.SENDING_STOPPED
    return no_way(request.policy.asks, visit.person)


def no_way(asks: Iterable[Ask], person: Person) -> Why | None:
    """Say why a person can be reached by none of these attempts; nothing where one reaches it."""
    channels = {channel for ask in asks for channel in ask.channels}
    if any(_way(channel, person) for channel in channels):
        return None
    if not person.has_email and not person.has_phone:
        return Why.NO_CONTACT
    if person.has_email or (person.is_text_stopped and Channel.TEXT in channels):
        return Why.OPTED_OUT
    return Why.NO_CONSENT_AND_NO_EMAIL if Channel.TEXT in channels else Why.NO_EMAIL


def may_be_texted(person: Person) -> bool:
    """Say whether feedback texts may go to this person: a number, a consent, and no stop (F-031, F-201)."""
    return person.has_phone and person.allows_texts and not person.is_text_stopped


def may_be_mailed(person: Person) -> bool:
    """Say whether feedback mails may go to this person."""
    return person.has_email and not person.is_email_stopped


def ways(ask: Ask, person: Person) -> tuple[Channel, ...]:
    """Name the ways of an attempt for this person: a text without consent becomes a mail, where there is an address."""
    chosen = [way for channel in ask.channels if (way := _way(channel, person)) is not None]
    return tuple(dict.fromkeys(chosen))


def ways_left(request: Request, person: Person) -> tuple[Channel, ...]:
    """Name the ways of the present attempt that are still to be gone, whatever changed since it began."""
    return tuple(way for way in ways(request.policy.asks[request.number], person) if way not in request.tried)


def second_way(request: Request, person: Person) -> Channel | None:
    """Name the way that is not the practice's choice but may be tried after a definite refusal, once (F-221)."""
    return next((one for one in Channel if one not in request.tried and _is_open(one, person)), None)


def _way(channel: Channel, person: Person) -> Channel | None:
    if _is_open(channel, person):
        return channel
    return Channel.EMAIL if channel is Channel.TEXT and may_be_mailed(person) else None


def _is_open(channel: Channel, person: Person) -> bool:
    return may_be_texted(person) if channel is Channel.TEXT else may_be_mailed(person)
