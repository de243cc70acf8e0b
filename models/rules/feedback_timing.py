"""When a patient is asked: the cadence, then limits and windows, and how long an attempt stays fresh."""

from datetime import datetime, time, timedelta
from typing import Final, NamedTuple

from models.rules.calendars import local_day, local_moment
from models.rules.feedback import LINK_VALID, MOST_A_DAY, MOST_A_WEEK, TOO_LATE, RelativeTo
from models.rules.feedback_facts import Person, Request, Visit
from models.rules.feedback_windows import next_allowed

WEEK: Final = timedelta(days=7)


class Slot(NamedTuple):
    """When an attempt is to be looked at, and until when it may still be sent (UTC)."""

    due_at: datetime
    fresh_until: datetime


def planned_at(request: Request) -> datetime:
    """Give the moment of the next attempt before limits and windows are applied (F-003, F-010, F-011)."""
    asks = request.policy.asks
    previous = request.previous_at
    if previous is None or request.policy.relative_to is RelativeTo.CHECKOUT:
        return request.checked_out_at + sum((ask.after for ask in asks[: request.number + 1]), timedelta(0))
    return previous + asks[request.number].after


def slot(planned: datetime, visit: Visit, *, as_of: datetime) -> Slot:
    """Place an attempt: what is late already when it is planned keeps its lateness (F-212)."""
    meant = allowed_from(planned, visit)
    due_at = meant if meant >= as_of else allowed_from(as_of, visit)
    lateness = max(as_of - meant, timedelta(0))
    return Slot(due_at, due_at + TOO_LATE - lateness)


def moved(request: Request, due_at: datetime, *, as_of: datetime) -> datetime:
    """Give the new end of freshness when limits or windows move an attempt: they cost it none, an outage did."""
    return (request.fresh_until or as_of + TOO_LATE) + (due_at - as_of)


def is_too_late(request: Request, *, as_of: datetime) -> bool:
    """Say whether an attempt's time has passed by more than a day (F-212)."""
    return request.fresh_until is not None and as_of > request.fresh_until


def is_link_valid(sent_at: datetime, *, as_of: datetime) -> bool:
    """Say whether the link of a message that went out at `sent_at` still opens the page (F-215)."""
    return as_of - sent_at < LINK_VALID


def allowed_from(moment: datetime, visit: Visit) -> datetime:
    """Give the first moment from `moment` on that limits and windows both allow (F-202, F-203, F-204)."""
    while True:
        free = _free_of_limits(moment, visit.person)
        allowed = next_allowed(free, visit.person.places, practice=visit.window, laws=visit.laws)
        if allowed == moment:
            return allowed
        moment = allowed


def _free_of_limits(moment: datetime, person: Person) -> datetime:
    """Give the first moment at which one more message keeps within one a day and three a week."""
    if not person.recent_sends:
        return moment
    free = moment
    for place in person.places:
        day = local_day(moment, place.zone)
        if sum(local_day(sent, place.zone) == day for sent in person.recent_sends) >= MOST_A_DAY:
            free = max(free, local_moment(day + timedelta(days=1), time(0), place.zone))
    week = sorted(sent for sent in person.recent_sends if moment - sent < WEEK)
    if len(week) >= MOST_A_WEEK:
        free = max(free, week[-MOST_A_WEEK] + WEEK)
    return free
