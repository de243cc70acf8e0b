"""What a practice's booking widget shows, and how it is set."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models.rules.decisions import Note, Process
from models.store import events
from models.store.effects import Outcome, carry_out
from models.store.keys import keys_of
from models.tables.base import new_id
from models.tables.booking import BookingReasonRow, CalendarRow, InsuranceRow, WidgetRow
from models.tables.practice_systems import CommunicationRow
from models.tables.practices import Location, Practice, Provider

LOCALES = ("en", "es")


class Step(StrEnum):
    """One page or filter of the widget, in the order in which people meet them (A-14)."""

    REASON = "reason"
    LOCATION = "location"
    PROVIDER = "provider"
    SLOT = "slot"
    PERSON = "person"
    INSURANCE = "insurance"


@dataclass(frozen=True, slots=True)
class WidgetSettings:
    """How a widget behaves; `embedded_on` holds the origins of the practice's own pages, separated by spaces."""

    is_open: bool = True
    differentiates_patients: bool = True
    closes_when_stale: bool = False
    terms_version: str = "2026-11"
    embedded_on: str = ""


@dataclass(frozen=True, slots=True)
class ShownProvider:
    """A provider who can be chosen, at which locations, and whether by video (A-18)."""

    id: int
    name: str = field(repr=False)
    locations: tuple[int, ...]
    has_telehealth: bool


@dataclass(frozen=True, slots=True)
class ShownLocation:
    """A location that can be chosen."""

    id: int
    name: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """A reason or an insurance; the Spanish name is empty where there is none."""

    key: str
    name: str
    name_es: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a widget shows before times are asked for."""

    practice_id: int
    key: str
    name: str
    zone: str
    locale: str
    settings: WidgetSettings
    providers: tuple[ShownProvider, ...]
    locations: tuple[ShownLocation, ...]
    reasons: tuple[ShownChoice, ...]
    insurances: tuple[ShownChoice, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """List what is asked: filters only where there is a choice (A-14, A-16), insurances where there are any."""
        is_asked = {
            Step.REASON: len(self.reasons) > 1,
            Step.LOCATION: len(self.locations) > 1,
            Step.PROVIDER: len(self.providers) > 1,
            Step.INSURANCE: bool(self.insurances),
        }
        return tuple(step for step in Step if is_asked.get(step, True))

    @property
    def offers_virtual(self) -> bool:
        """Say whether a virtual visit can be chosen at all (A-18)."""
        return any(one.has_telehealth for one in self.providers)

    @property
    def asks_whether_new(self) -> bool:
        """Say whether there is a box "I'm a new patient", ticked at first (A-15)."""
        return self.settings.differentiates_patients


def load_settings(session: Session, practice_id: int) -> WidgetSettings | None:
    """Load how a practice's widget is set; none when it has no widget."""
    row = session.get(WidgetRow, practice_id, populate_existing=True)
    return None if row is None else WidgetSettings(**{name: getattr(row, name) for name in asdict(WidgetSettings())})


def save_settings(
    session: Session, practice_id: int, chosen: WidgetSettings, *, by: str, as_of: datetime
) -> WidgetSettings:
    """Save how a widget behaves, with a line of history when anything changes."""
    heads = events.lock_practices(session, [practice_id])
    before = load_settings(session, practice_id)
    if before == chosen:
        return chosen
    values = {**asdict(chosen), "saved_at": as_of}
    if before is None:
        session.execute(insert(WidgetRow), [{"practice_id": practice_id, **values}])
    else:
        session.execute(update(WidgetRow).where(WidgetRow.practice_id == practice_id).values(values))
    note = Note("widget_saved", evidence={"is_open": chosen.is_open, "terms_version": chosen.terms_version})
    outcome = Outcome(practice_id, Process.PRACTICE, practice_id, f"widget:{new_id()}", by, (note,), ())
    carry_out(session, [outcome], as_of=as_of, heads=heads)
    return chosen


def load_shown(session: Session, key: str) -> Shown | None:
    """Load what the widget of a practice shows, by the practice's short name; none when it has no widget.

    Only providers and locations that have a calendar are there, and only the growth side's own reasons and insurances
    (A-17, A-22).
    """
    practice = session.scalar(select(Practice).where(Practice.key == key))
    settings = load_settings(session, practice.id) if practice else None
    if practice is None or settings is None:
        return None
    places = _places(session, practice.id)
    return Shown(
        practice_id=practice.id,
        key=practice.key,
        name=practice.name,
        zone=practice.zone,
        locale=practice.locale,
        settings=settings,
        providers=_providers(session, practice.id, places),
        locations=_locations(session, practice.id, places),
        reasons=_reasons(session, practice.id),
        insurances=_insurances(session, practice.id),
    )


def _places(session: Session, practice_id: int) -> dict[int, tuple[int, ...]]:
    """Say at which locations providers have calendars."""
    found: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    query = select(CalendarRow.provider_id, CalendarRow.location_id).where(CalendarRow.practice_id == practice_id)
    for provider, location in session.execute(query.order_by(CalendarRow.id)):
        found[provider] += (location,)
    return found


def _providers(session: Session, practice_id: int, places: dict[int, tuple[int, ...]]) -> tuple[ShownProvider, ...]:
    keys = keys_of(session, practice_id)
    query = (
        select(Provider.id, Provider.name, CommunicationRow.has_telehealth)
        .outerjoin(CommunicationRow, CommunicationRow.provider_id == Provider.id)
        .where(Provider.practice_id == practice_id)
        .order_by(Provider.id)
    )
    return tuple(
        ShownProvider(
            provider,
            keys.unseal(name, table="providers", column="name", row_id=provider),
            places[provider],
            bool(has_telehealth),
        )
        for provider, name, has_telehealth in session.execute(query)
        if provider in places
    )


def _locations(session: Session, practice_id: int, places: dict[int, tuple[int, ...]]) -> tuple[ShownLocation, ...]:
    used = {location for some in places.values() for location in some}
    query = select(Location.id, Location.name, Location.city, Location.state, Location.postal_code)
    rows = session.execute(query.where(Location.practice_id == practice_id).order_by(Location.id))
    return tuple(ShownLocation(*row) for row in rows if row.id in used)


def _reasons(session: Session, practice_id: int) -> tuple[ShownChoice, ...]:
    query = select(BookingReasonRow.key, BookingReasonRow.name, BookingReasonRow.name_es)
    offered = query.where(BookingReasonRow.practice_id == practice_id, BookingReasonRow.is_offered)
    rows = session.execute(offered.order_by(BookingReasonRow.position, BookingReasonRow.id))
    return tuple(ShownChoice(*row) for row in rows)


def _insurances(session: Session, practice_id: int) -> tuple[ShownChoice, ...]:
    query = select(InsuranceRow.key, InsuranceRow.name)
    offered = query.where(InsuranceRow.practice_id == practice_id, InsuranceRow.is_offered)
    rows = session.execute(offered.order_by(InsuranceRow.position, InsuranceRow.id))
    return tuple(ShownChoice(*row) for row in rows)
