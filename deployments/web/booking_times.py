"""The times of one week as a page shows them: day by day, by provider and location, within what can be asked for."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from deployments.web.booking_form import Filters
from models.rules.appointments import HOLD
from models.rules.calendars import local_day
from models.store import calendars
from models.store.booking import Choice
from models.store.calendars import Asked, Offer
from models.store.widgets import Shown, ShownLocation, ShownProvider

WEEK: Final = 7
LOOK_AHEAD: Final = 14
FARTHEST_LOOK: Final = 84
"""The first free time is looked for this many days ahead, in pieces of two weeks."""
NEAREST: Final = 6
NEAR_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Group:
    """What one provider offers at one location on one day."""

    provider: ShownProvider
    location: ShownLocation
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One local day."""

    day: date
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        """How many times it has."""
        return sum(len(group.offers) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days; `opened` is the day to show, `earliest` the first time of all where this week has none."""

    days: tuple[Day, ...]
    opened: date
    previous: date | None
    following: date | None
    earliest: Offer | None = None

    @property
    def first(self) -> date:
        """The first day."""
        return self.days[0].day

    @property
    def last(self) -> date:
        """The last day."""
        return self.days[-1].day

    @property
    def has_times(self) -> bool:
        """Say whether any time can be asked for."""
        return any(day.groups for day in self.days)


class Looked(NamedTuple):
    """Who looks for what, and when that is."""

    shown: Shown
    filters: Filters
    token: str
    as_of: datetime

    @property
    def today(self) -> date:
        """The practice's day."""
        return local_day(self.as_of, self.shown.zone)


def find_week(session: Session, looked: Looked, *, wanted: date | None, opened: date | None = None) -> Week:
    """Find the week that is wanted, or the first one that has times."""
    end = looked.today + timedelta(days=_horizon(session, looked.shown.practice_id))
    if wanted is None:
        offers = _first_offers(session, looked, end)
        first = _week_start(looked, local_day(offers[0].starts_at, looked.shown.zone)) if offers else looked.today
        return _week(looked, first, offers, end=end, opened=opened)
    first = _week_start(looked, min(max(wanted, looked.today), end))
    offers = _offers(session, looked, first, WEEK)
    later = None if offers else next(iter(_first_offers(session, looked, end)), None)
    return _week(looked, first, offers, end=end, opened=opened, earliest=later)


def nearest(session: Session, looked: Looked, choice: Choice) -> list[Offer]:
    """Find other times near one that is gone, in order."""
    day = local_day(choice.starts_at, looked.shown.zone)
    first = max(looked.today, day - timedelta(days=NEAR_DAYS))
    offers = _offers(session, looked, first, 2 * NEAR_DAYS + 1)
    taken = (choice.provider, choice.starts_at)
    others = [one for one in offers if (one.provider_id, one.starts_at) != taken]
    others.sort(key=lambda one: abs(one.starts_at - choice.starts_at))
    return sorted(others[:NEAREST], key=lambda one: one.starts_at)


def _horizon(session: Session, practice_id: int) -> int:
    return max((one.settings.horizon_days for one in calendars.load_all(session, practice_id)), default=0)


def _week_start(looked: Looked, day: date) -> date:
    """Count weeks from today, so that the first one is always whole."""
    return day - timedelta(days=(day - looked.today).days % WEEK)


def _first_offers(session: Session, looked: Looked, end: date) -> list[Offer]:
    """Find the two weeks with the first free time; a week never reaches over their border."""
    ahead = min((end - looked.today).days + 1, FARTHEST_LOOK)
    for days in range(0, ahead, LOOK_AHEAD):
        if found := _offers(session, looked, looked.today + timedelta(days=days), LOOK_AHEAD):
            return found
    return []


def _offers(session: Session, looked: Looked, first: date, days: int) -> list[Offer]:
    reason, location, provider, is_virtual = looked.filters
    asked = Asked(first, days, "", provider, location, is_virtual, looked.token)
    if reason and any(one.key == reason for one in looked.shown.reasons):
        asked = asked._replace(reason=reason)
    found = calendars.open_slots(session, looked.shown.practice_id, asked, as_of=looked.as_of)
    return [one for one in found if one.starts_at > looked.as_of + HOLD]  # a form takes its time


def _week(
    looked: Looked,
    first: date,
    offers: Sequence[Offer],
    *,
    end: date,
    opened: date | None,
    earliest: Offer | None = None,
) -> Week:
    groups = _grouped(looked.shown, offers)
    days = tuple(Day(day, groups.get(day, ())) for day in (first + timedelta(days=n) for n in range(WEEK)))
    free = [one.day for one in days if one.groups]
    back, on = first - timedelta(days=WEEK), first + timedelta(days=WEEK)
    return Week(
        days,
        opened if opened in free else next(iter(free), first),
        back if back >= looked.today else None,
        on if on <= end else None,
        earliest,
    )


def _grouped(shown: Shown, offers: Sequence[Offer]) -> dict[date, tuple[Group, ...]]:
    providers = {one.id: one for one in shown.providers}
    locations = {one.id: one for one in shown.locations}
    found: defaultdict[date, defaultdict[tuple[int, int], list[Offer]]] = defaultdict(lambda: defaultdict(list))
    for offer in offers:
        found[local_day(offer.starts_at, shown.zone)][offer.provider_id, offer.location_id].append(offer)
    return {
        day: tuple(
            Group(providers[provider], locations[location], tuple(some))
            for (provider, location), some in sorted(places.items())
        )
        for day, places in found.items()
    }
