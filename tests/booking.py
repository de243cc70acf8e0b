"""A practice that takes requests: two providers, one location or more, calendars, reasons, insurances, recipients."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.booking import Submission
from models.rules.appointments import Origin, PatientType, Status
from models.rules.availability import CalendarSettings, DayHours
from models.rules.calendars import local_moment
from models.rules.decisions import Refusal
from models.rules.messages import Channel
from models.rules.roles import Role
from models.store import booking, calendars, practices, widgets
from models.store.booking import Choice, Submitted
from models.store.calendars import Asked, Calendar, Edit, Offer, Place
from models.store.keys import keys_of
from models.store.slots import Hold, Wish
from models.store.widgets import WidgetSettings
from models.tables.appointments import AppointmentRow
from models.tables.base import new_id
from models.tables.booking import AlertRecipientRow, BookingReasonRow, InsuranceRow
from models.tables.practice_systems import CommunicationRow
from models.tables.practices import Location, Provider
from tests.factories import an_intake
from tests.scenes import kept

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
"""A Friday, ten in the morning in New York."""
MONDAY = date(2026, 11, 23)
ZONE = "America/New_York"
NPIS = ("1234567893", "1555010101")
REASONS = (("annual-physical", "Annual physical", "Examen físico anual"), ("sick-visit", "Cold or flu", ""))
INSURANCES = (("medicare", "Medicare"), ("evergreen", "Evergreen Health Plan"))


def hours(*windows: tuple[int, int]) -> DayHours:
    """Give hours of a day, in minutes."""
    return DayHours(is_available=bool(windows), windows=windows)


def settings(**changed: Any) -> CalendarSettings:
    """Give a calendar from nine to five on weekdays, with slots of 30 minutes."""
    on, off = hours((540, 1020)), hours()
    plain = CalendarSettings(ZONE, 30, 0, 1440, (on, on, on, on, on, off, off), horizon_days=365)
    return replace(plain, **changed)


def at(clock: str, day: date = MONDAY) -> datetime:
    """Give a local time of the practice as UTC."""
    return local_moment(day, time.fromisoformat(clock), ZONE)


@dataclass(frozen=True)
class Booking:
    """The practice of a test, with the moves that a visitor makes."""

    db: Database
    practice: int
    providers: tuple[int, ...]
    locations: tuple[int, ...]

    @property
    def place(self) -> Place:
        """The first provider at the first location."""
        return Place(self.practice, self.providers[0], self.locations[0])

    def wish(self, start: datetime, minutes: int = 30, *, provider: int = 0) -> Wish:
        """Wish for a time."""
        end = start + timedelta(minutes=minutes)
        return Wish(self.practice, self.providers[provider], self.locations[0], start, end)

    def offers(self, *, as_of: datetime = NOW, first: date = MONDAY, days: int = 1, **asked: Any) -> list[Offer]:
        """List what is offered."""
        question = Asked(first, days, **asked)
        return self.db.read(lambda s: calendars.open_slots(s, self.practice, question, as_of=as_of))

    def choose(self, start: datetime, *, who: str = "visitor", as_of: datetime = NOW, **choice: Any) -> Hold | Refusal:
        """Click on a slot."""
        chosen: dict[str, Any] = {"provider": self.providers[0], "location": self.locations[0], "reason": "sick-visit"}
        clicked = Choice(starts_at=start, **(chosen | choice))
        return self.db.transaction(lambda s: booking.choose(s, self.practice, clicked, token=who, as_of=as_of))

    def submission(self, start: datetime, **told: Any) -> Submission:
        """Fill in the form."""
        form: dict[str, Any] = {
            "provider": self.providers[0],
            "location": self.locations[0],
            "starts_at": start,
            "reason": "sick-visit",
            "first": "Jordan",
            "last": "Example",
            "email": "jordan@example.com",
            "phone": "202-555-0143",
            "born": "1985-03-31",
            "sex": "female",
            "accepts_terms": True,
            "terms_version": "2026-11",
        }
        return Submission.model_validate(form | told)

    def submit(
        self, submission: Submission, *, key: str = "form-1", who: str = "visitor", as_of: datetime = NOW
    ) -> Submitted | Refusal:
        """Send the form."""
        return self.db.transaction(
            lambda s: booking.submit(s, self.practice, submission, key=key, token=who, as_of=as_of)
        )

    def submitted(self, submission: Submission, **sent: Any) -> Submitted:
        """Send the form, which must be taken in."""
        done = self.submit(submission, **sent)
        assert isinstance(done, Submitted), done
        return done

    def calendar(self, place: Place | None = None) -> Calendar:
        """Load a calendar, which must be there."""
        found = self.db.read(lambda s: calendars.load(s, place or self.place))
        assert found
        return found

    def edit(self, *, by: str = "coach-1") -> Edit:
        """Open the first calendar to change it."""
        return Edit(self.place, self.calendar().version, by)


@kept
def a_booking(
    db: Database,
    *,
    providers: int = 2,
    locations: int = 1,
    calendar: CalendarSettings | None = None,
    widget: WidgetSettings | None = None,
    telehealth: bool = False,
    recipients: bool = True,
    key: str = "maple-street",
) -> Booking:
    """Store a practice whose widget is open; each provider has a calendar at each location."""
    intake = an_intake(
        key,
        locations=[
            {"key": f"place-{n}", "name": f"Place {n}", "city": "Albany", "state": "NY", "postal_code": "12207"}
            for n in range(locations)
        ],
        providers=[{"npi": npi, "name": f"Dr. Avery No. {n}"} for n, npi in enumerate(NPIS[:providers])],
    )

    def store(session: Session) -> Booking:
        practices.register_staff(session, intake.team, as_of=NOW)
        practice = practices.register_practice(session, intake, as_of=NOW).id
        practices.assign(session, practice, Role.ONBOARDING_MANAGER, "manager-1", as_of=NOW)
        of_providers = select(Provider.id).where(Provider.practice_id == practice).order_by(Provider.id)
        of_locations = select(Location.id).where(Location.practice_id == practice).order_by(Location.id)
        made = Booking(db, practice, tuple(session.scalars(of_providers)), tuple(session.scalars(of_locations)))
        for provider in made.providers:
            for location in made.locations:
                edit = Edit(Place(practice, provider, location), 0, "coach-1")
                calendars.save_settings(session, edit, calendar or settings(), as_of=NOW)
        widgets.save_settings(session, practice, widget or WidgetSettings(), by="coach-1", as_of=NOW)
        _fill_lists(session, made, telehealth=telehealth, recipients=recipients)
        return made

    return db.transaction(store)


def _fill_lists(session: Session, made: Booking, *, telehealth: bool, recipients: bool) -> None:
    own = {"practice_id": made.practice}
    reasons = [{"key": key, "name": name, "name_es": spanish, **own} for key, name, spanish in REASONS]
    session.execute(insert(BookingReasonRow), reasons)
    session.execute(insert(InsuranceRow), [{"key": key, "name": name, **own} for key, name in INSURANCES])
    row = {"minutes_before": [1440], "has_telehealth": telehealth, "saved_at": NOW, **own}
    session.execute(insert(CommunicationRow), [row | {"provider_id": made.providers[0]}])
    keys = keys_of(session, made.practice)
    for channel, address in ((Channel.EMAIL, "desk@example.com"), (Channel.TEXT, "+12025550143")):
        row_id = new_id()
        sealed = keys.seal(address, table="alert_recipients", column="address", row_id=row_id)
        if recipients:
            values = {"id": row_id, "key": "front-desk", "channel": channel, "address": sealed, **own}
            session.execute(insert(AlertRecipientRow), [values])


def an_appointment(session: Session, made: Booking, wish: Wish, *, status: Status = Status.CONFIRMED) -> int:
    """Store the bare row of an appointment from the practice system."""
    row = {"id": new_id(), **wish._asdict(), "status": status, "origin": Origin.KAREO}
    row |= {"patient_type": PatientType.RETURNING, "requested_at": NOW}
    session.execute(insert(AppointmentRow), [row])
    return int(row["id"])
