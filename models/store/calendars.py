"""Calendars of providers at locations: saved as a whole by whoever saw the newest version, and what they offer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from models.rules.availability import (
    Anchor,
    Block,
    CalendarSettings,
    Cell,
    DayHours,
    Why,
    check_settings,
    explain,
    offers,
    slots,
    toggle,
    week_grid,
)
from models.rules.calendars import local_moment
from models.rules.decisions import Note, Process, Refusal
from models.store import events
from models.store.effects import Outcome, carry_out
from models.store.slots import busy_of
from models.store.time_blocks import AROUND, blocks_of
from models.tables.base import new_id
from models.tables.booking import BookingReasonRow, CalendarRow, TimeBlockRow
from models.tables.practice_systems import CommunicationRow
from models.tables.practices import Location, Provider

MOST_DAYS: Final = 92
MOST_BLOCKS: Final = 300
DAY_MINUTES: Final = 24 * 60
_CALENDARS, _BLOCKS = (one.metadata.tables[one.__tablename__] for one in (CalendarRow, TimeBlockRow))

CHANGED_MEANWHILE: Final = Refusal(
    "changed_meanwhile",
    "Somebody else saved this calendar after you opened it, so nothing was saved now. "
    "Open it again, look at what changed, and repeat your change.",
)
NO_CALENDAR: Final = Refusal(
    "no_calendar",
    "There is no calendar for this provider at this location. Save its settings first.",
)


class Place(NamedTuple):
    """A provider at a location: what one calendar is for (A-60)."""

    practice_id: int
    provider_id: int
    location_id: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar as it was saved last; `version` is what the next one to save must have seen."""

    id: int
    place: Place
    version: int
    settings: CalendarSettings


@dataclass(frozen=True, slots=True)
class Edit:
    """Who saves which calendar, having seen which version; 0 when there was none yet."""

    place: Place
    version: int
    by: str


class Asked(NamedTuple):
    """What a visitor asks for: local days, and filters where there is a choice (A-16); `token` names the own hold."""

    first: date
    days: int
    reason: str = ""
    provider: int | None = None
    location: int | None = None
    is_virtual: bool = False
    token: str = ""


class Offer(NamedTuple):
    """A time that can be requested, in UTC."""

    provider_id: int
    location_id: int
    starts_at: datetime
    ends_at: datetime


def place_of(session: Session, practice_id: int, npi: str, key: str) -> Place | Refusal:
    """Find a place by its provider's NPI and its location's key; a refusal names those that there are (A-60)."""
    of_providers = select(Provider.npi, Provider.id).where(Provider.practice_id == practice_id)
    of_locations = select(Location.key, Location.id).where(Location.practice_id == practice_id)
    providers = dict(session.execute(of_providers).tuples().all())
    locations = dict(session.execute(of_locations).tuples().all())
    if npi not in providers:
        known = ", ".join(sorted(providers)) or "none yet"
        return Refusal("unknown_provider", f"This practice has no provider with the NPI {npi}. Choose one of: {known}.")
    if key not in locations:
        known = ", ".join(sorted(locations)) or "none yet"
        return Refusal("unknown_location", f"This practice has no location with the key {key}. Choose one of: {known}.")
    return Place(practice_id, providers[npi], locations[key])


def load(session: Session, place: Place) -> Calendar | None:
    """Load the calendar of a provider at a location; only what was saved is there (A-65)."""
    found = _calendars(session, place.practice_id, provider=place.provider_id, location=place.location_id)
    return found[0] if found else None


def load_all(session: Session, practice_id: int) -> list[Calendar]:
    """Load every calendar of a practice."""
    return _calendars(session, practice_id)


def _calendars(
    session: Session, practice_id: int, *, provider: int | None = None, location: int | None = None
) -> list[Calendar]:
    query = select(_CALENDARS).where(_CALENDARS.c.practice_id == practice_id).order_by(_CALENDARS.c.id)
    if provider is not None:
        query = query.where(_CALENDARS.c.provider_id == provider)
    if location is not None:
        query = query.where(_CALENDARS.c.location_id == location)
    return [_calendar(row) for row in session.execute(query)]


def _calendar(row: Row[Any]) -> Calendar:
    place = Place(row.practice_id, row.provider_id, row.location_id)
    return Calendar(row.id, place, row.version, settings_of(row.settings))


def settings_of(stored: Mapping[str, Any]) -> CalendarSettings:
    """Read settings as they are stored."""
    week = (DayHours(day["is_available"], tuple((low, high) for low, high in day["windows"])) for day in stored["week"])
    return CalendarSettings(**{**stored, "week": tuple(week), "anchor": Anchor(stored["anchor"])})


def save_settings(session: Session, edit: Edit, settings: CalendarSettings, *, as_of: datetime) -> Calendar | Refusal:
    """Save the settings of a calendar, or make it; of two people at once one is told (A-60 to A-65)."""
    heads = events.lock_practices(session, [edit.place.practice_id])
    if faults := check_settings(settings):
        return Refusal("settings_wrong", " ".join(faults))
    before = load(session, edit.place)
    if before is None:
        return _make(session, edit, settings, as_of=as_of)
    if before.version != edit.version:
        return CHANGED_MEANWHILE
    if before.settings == settings:
        return before
    after = replace(before, version=before.version + 1, settings=settings)
    _write(session, after, as_of=as_of)
    _tell(session, after, edit.by, Note("calendar_saved"), as_of=as_of, heads=heads)
    return after


def _make(session: Session, edit: Edit, settings: CalendarSettings, *, as_of: datetime) -> Calendar | Refusal:
    if edit.version:
        return CHANGED_MEANWHILE
    practice, provider, location = edit.place
    known = (
        session.scalar(select(Provider.id).where(Provider.id == provider, Provider.practice_id == practice)),
        session.scalar(select(Location.id).where(Location.id == location, Location.practice_id == practice)),
    )
    if None in known:
        return Refusal("unknown_place", "This practice has no such provider or location. Choose from its own ones.")
    new = Calendar(new_id(), edit.place, 1, settings)
    row = {"id": new.id, **edit.place._asdict(), "version": 1, "settings": asdict(settings), "saved_at": as_of}
    session.execute(insert(_CALENDARS), [row])
    _tell(session, new, edit.by, Note("calendar_saved"), as_of=as_of)
    return new


def _write(session: Session, after: Calendar, *, as_of: datetime) -> None:
    values = {"version": after.version, "settings": asdict(after.settings), "saved_at": as_of}
    session.execute(update(_CALENDARS).where(_CALENDARS.c.id == after.id).values(values))


def _tell(
    session: Session, after: Calendar, by: str, note: Note, *, as_of: datetime, heads: events.Heads | None = None
) -> None:
    told = note._replace(
        subject=f"{after.place.provider_id}:{after.place.location_id}",
        evidence={**note.evidence, "version": after.version},
    )
    practice, key = after.place.practice_id, f"calendar:{after.id}:{after.version}"
    outcome = Outcome(practice, Process.PRACTICE, practice, key, by, (told,), ())
    carry_out(session, [outcome], as_of=as_of, heads=heads)


def add_window(
    session: Session, edit: Edit, weekday: int, window: tuple[int, int], *, as_of: datetime
) -> Calendar | Refusal:
    """Add hours to a weekday, Monday being 0, in minutes of its clock (A-64)."""
    return _change_day(session, edit, weekday, as_of=as_of, add=[window])


def remove_window(
    session: Session, edit: Edit, weekday: int, window: tuple[int, int], *, as_of: datetime
) -> Calendar | Refusal:
    """Remove hours from a weekday, so that a gap is a break (A-64)."""
    return _change_day(session, edit, weekday, as_of=as_of, remove=window)


def set_weekday(
    session: Session, edit: Edit, weekday: int, *, is_available: bool, as_of: datetime
) -> Calendar | Refusal:
    """Switch a weekday on or off; its hours are kept (A-63)."""
    return _change_day(session, edit, weekday, as_of=as_of, is_available=is_available)


def _change_day(  # noqa: PLR0913 - one of three changes
    session: Session,
    edit: Edit,
    weekday: int,
    *,
    as_of: datetime,
    add: Iterable[tuple[int, int]] = (),
    remove: tuple[int, int] | None = None,
    is_available: bool | None = None,
) -> Calendar | Refusal:
    calendar = _opened(session, edit)
    if isinstance(calendar, Refusal):
        return calendar
    days = list(calendar.settings.week)
    day = days[weekday]
    if remove is not None and remove not in day.windows:
        return Refusal("no_such_hours", "These hours are not in the calendar any more. Open it again.")
    windows = tuple(sorted([*(one for one in day.windows if one != remove), *add]))
    days[weekday] = DayHours(day.is_available if is_available is None else is_available, windows)
    changed = settings_of({**asdict(calendar.settings), "week": [asdict(one) for one in days]})
    return save_settings(session, edit, changed, as_of=as_of)


def save_blocks(session: Session, edit: Edit, blocks: Sequence[Block], *, as_of: datetime) -> Calendar | Refusal:
    """Save time blocks, in the order in which they were made; default hours stay as they are (A-66 to A-68)."""
    if any(not 0 <= one.start < one.end <= DAY_MINUTES for one in blocks) or len(blocks) > MOST_BLOCKS:
        return Refusal(
            "blocks_wrong",
            "A time block ends before it starts or lies outside of its day, or there are too many at once. "
            f"Choose times from midnight to midnight, and at most {MOST_BLOCKS} blocks.",
        )
    calendar = _opened(session, edit)
    if isinstance(calendar, Refusal) or not blocks:
        return calendar
    after = replace(calendar, version=calendar.version + 1)
    _write(session, after, as_of=as_of)
    own = {"practice_id": edit.place.practice_id, "calendar_id": after.id, "saved_at": as_of}
    session.execute(insert(_BLOCKS), [{"id": new_id(), **own, **asdict(one)} for one in blocks])
    closed = sum(not one.opens for one in blocks)
    note = Note("time_blocks_saved", evidence={"closed": closed, "opened": len(blocks) - closed})
    _tell(session, after, edit.by, note, as_of=as_of)
    return after


def clear_blocks(session: Session, edit: Edit, day: date, *, as_of: datetime) -> Calendar | Refusal:
    """Take away every time block of a local day, so that its default hours hold again (A-66)."""
    calendar = _opened(session, edit)
    if isinstance(calendar, Refusal):
        return calendar
    gone = delete(_BLOCKS).where(_BLOCKS.c.calendar_id == calendar.id, _BLOCKS.c.day == day).returning(_BLOCKS.c.id)
    count = len(session.execute(gone).all())
    if not count:
        return calendar
    after = replace(calendar, version=calendar.version + 1)
    _write(session, after, as_of=as_of)
    _tell(session, after, edit.by, Note("time_blocks_cleared", evidence={"blocks": count}), as_of=as_of)
    return after


def toggle_slots(
    session: Session, edit: Edit, day: date, starts: Sequence[int], *, as_of: datetime
) -> Calendar | Refusal:
    """Close the open cells of a day that start at these minutes of its clock, and open the closed ones (A-67)."""
    cells = {cell.start: cell for cell in week(session, edit.place, first=day, days=1, as_of=as_of)}
    if not set(starts) <= set(cells):
        return Refusal("no_such_slot", "One of these slots is not in the calendar any more. Open it again.")
    return save_blocks(session, edit, [toggle(cells[start]) for start in starts], as_of=as_of)


def week(session: Session, place: Place, *, first: date, days: int = 7, as_of: datetime) -> tuple[Cell, ...]:
    """Show local days of a calendar cell by cell; nothing where there is no calendar."""
    calendar = load(session, place)
    if calendar is None:
        return ()
    blocks = blocks_of(session, [calendar.id], first, days)[calendar.id]
    start, end = _span(calendar, first, days)
    busy = busy_of(session, [place.provider_id], start, end, as_of=as_of)[place.provider_id]
    return week_grid(calendar.settings, blocks, busy, first=first, days=days)


def _opened(session: Session, edit: Edit) -> Calendar | Refusal:
    """Load a calendar to change it, while nobody else can."""
    events.lock_practices(session, [edit.place.practice_id])
    calendar = load(session, edit.place)
    if calendar is None:
        return NO_CALENDAR
    return calendar if calendar.version == edit.version else CHANGED_MEANWHILE


def open_slots(session: Session, practice_id: int, asked: Asked, *, as_of: datetime) -> list[Offer]:
    """List what a practice's calendars offer, by time; hours and blocks of the practice system count nowhere (A-55)."""
    calendars = _asked_for(session, practice_id, asked)
    if not calendars:
        return []
    days = min(asked.days, MOST_DAYS)
    blocks = blocks_of(session, [one.id for one in calendars], asked.first, days)
    start, end = _span(calendars[0], asked.first, days)
    providers = {one.place.provider_id for one in calendars}
    busy = busy_of(session, providers, start, end, as_of=as_of, token=asked.token)
    found = [
        Offer(one.place.provider_id, one.place.location_id, slot.starts_at, slot.ends_at)
        for one in calendars
        for slot in slots(
            one.settings, blocks[one.id], busy[one.place.provider_id], first=asked.first, days=days, as_of=as_of
        )
    ]
    return sorted(found, key=lambda offer: offer.starts_at)


def _asked_for(session: Session, practice_id: int, asked: Asked) -> list[Calendar]:
    """Load the calendars that the filters leave; a reason that is not offered leaves none (A-16 to A-18)."""
    query = select(_CALENDARS).where(_CALENDARS.c.practice_id == practice_id)
    if asked.provider is not None:
        query = query.where(_CALENDARS.c.provider_id == asked.provider)
    if asked.location is not None:
        query = query.where(_CALENDARS.c.location_id == asked.location)
    if asked.is_virtual:
        query = query.join(CommunicationRow, CommunicationRow.provider_id == _CALENDARS.c.provider_id)
        query = query.where(CommunicationRow.has_telehealth)
    if asked.reason:
        is_offered = (BookingReasonRow.key == asked.reason, BookingReasonRow.is_offered)
        query = query.where(exists().where(BookingReasonRow.practice_id == practice_id, *is_offered))
    return [_calendar(row) for row in session.execute(query.order_by(_CALENDARS.c.id))]


def _span(calendar: Calendar, first: date, days: int) -> tuple[datetime, datetime]:
    start = local_moment(first, time(), calendar.settings.zone)
    return start - AROUND, start + timedelta(days=days) + AROUND


def find_offer(
    session: Session, place: Place, starts_at: datetime, *, token: str = "", as_of: datetime
) -> Offer | None:
    """Find what is offered at one moment (UTC), the token's own hold left out; none when it is not."""
    calendar = load(session, place)
    if calendar is None:
        return None
    blocks, busy = _around(session, calendar, starts_at, token=token, as_of=as_of)
    if not offers(calendar.settings, blocks, busy, starts_at, as_of=as_of):
        return None
    return Offer(*place[1:], starts_at, starts_at + timedelta(minutes=calendar.settings.slot_minutes))


def _around(
    session: Session, calendar: Calendar, starts_at: datetime, *, token: str = "", as_of: datetime
) -> tuple[list[Block], list[tuple[datetime, datetime]]]:
    first, days = starts_at.date() - timedelta(days=1), 3
    blocks = blocks_of(session, [calendar.id], first, days)[calendar.id]
    provider = calendar.place.provider_id
    start, end = starts_at - AROUND, starts_at + AROUND
    return blocks, busy_of(session, [provider], start, end, as_of=as_of, token=token)[provider]


def why_not(
    session: Session, practice_id: int, provider: int, location: int, starts_at: datetime, *, as_of: datetime
) -> Why | Refusal:
    """Explain why a time is offered or not; `sentence_of` tells it in the zone of the calendar."""
    calendar = load(session, Place(practice_id, provider, location))
    if calendar is None:
        return NO_CALENDAR
    return explain(calendar.settings, *_around(session, calendar, starts_at, as_of=as_of), starts_at, as_of=as_of)
