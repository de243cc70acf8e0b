"""Calendars and the booking widget: set up from files, changed by people, explained and shown."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from prefect.artifacts import create_markdown_artifact
from pydantic import ValidationError
from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.booking_setup import SetupError, WidgetSetup, parse_setup
from models.inputs.calendar_forms import FormError, wall_of
from models.reports.calendars import calendars_markdown, calendars_view
from models.rules.availability import sentence_of
from models.rules.availability_commands import (
    AddSlot,
    BlockTime,
    CalendarCommand,
    ChangeSettings,
    RemoveSlot,
)
from models.rules.calendars import local_day, local_moment
from models.rules.decisions import Refusal
from models.store import acting, booking_setup, calendar_changes, calendars, events, practices, slots, systems, widgets
from models.store.calendar_changes import Opened
from models.store.calendars import Calendar, Edit, Place
from models.store.widgets import WidgetSettings
from models.tables.practices import Practice
from tasks.intake_folder import IntakeFolderError, read_intake
from tasks.policy import effect

JUST_NOW: Final = timedelta(minutes=30)
"""Who saved a calendar so shortly before somebody else is told of to the second one."""
NO_SYSTEM: Final = (
    "The practice has no practice system yet, so requests have nowhere to go: run use-built-in-calendar, "
    "or golive connect-kareo for a practice that has Kareo."
)
NO_WIDGET: Final = "The practice has no booking widget yet: configure-booking sets it up."
NO_CROSSING: Final = (
    "Kareo's calendar is unchanged, since time blocks do not cross: {} there as well where it is meant."
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which calendar somebody changes, by keys, having seen which version; 0 means whatever is saved last."""

    practice: str
    provider: str
    location: str
    by: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class WidgetChange:
    """What the widget's settings shall be; none keeps one as it is."""

    is_open: bool | None = None
    differentiates_patients: bool | None = None
    closes_when_stale: bool | None = None
    terms_version: str | None = None
    embedded_on: tuple[str, ...] | None = None


@effect()
def configure_booking(file: str, *, by: str, as_of: datetime) -> tuple[str, Answer]:
    """Put a booking set-up of the intake folder into effect; gives the practice's key with the answer."""
    try:
        setup = parse_setup(read_intake(file), file=file)
    except IntakeFolderError as error:
        return "", Answer.refused(error.sentence)
    except SetupError as error:
        return "", Answer.refused(" ".join(error.sentences))

    def apply(session: Session) -> Answer:
        practice = acting.acting_in(session, setup.practice, by)
        if isinstance(practice, Refusal):
            return Answer.refused(f"{file}: {practice.sentence}")
        applied = booking_setup.apply_setup(session, practice, setup, by=by, as_of=as_of)
        if isinstance(applied, Refusal):
            return Answer.refused(f"{file}: {applied.sentence}")
        vendor = systems.vendor_of(session, practice.id)
        return _set_up(setup.practice, dict(applied.changed), vendor)

    return setup.practice, transaction(apply)


def _set_up(practice: str, changed: dict[str, int], vendor: str) -> Answer:
    words = ", ".join(f"{part.replace('_', ' ')} {count}" for part, count in changed.items())
    told = [f"Booking of {practice} is set up: {words}." if words else f"Booking of {practice} was so already."]
    if not vendor:
        told.append(NO_SYSTEM)
    elif vendor == systems.CALENDAR and "visit_reasons" in changed:
        told.append("Run check-practice-system, so that the built-in calendar learns the visit reasons.")
    return Answer(is_done=True, sentence=" ".join(told), kinds=("booking_set_up",) * bool(changed))


@effect()
def save(which: Which, command: CalendarCommand, *, as_of: datetime) -> Answer:
    """Change one calendar (A-60 to A-68); refusals come back in plain words.

    A version that is not the newest is refused. Without one the last to save wins, and hears of who saved shortly
    before.
    """

    def change(session: Session) -> Answer:
        found = _found(session, which)
        if isinstance(found, Refusal):
            return Answer.refused(found.sentence)
        practice, place = found
        events.lock_practices(session, [practice.id])
        before = calendars.load(session, place)
        edit = Edit(place, which.version or (before.version if before else 0), which.by)
        saved = calendar_changes.change(session, Opened(edit, before, practice.zone), command, as_of=as_of)
        if isinstance(saved, Refusal):
            return Answer.refused(saved.sentence)
        if before and saved.version == before.version:
            return Answer.repeated("This is saved so already; nothing was changed.")
        told = _told(session, which, before, saved, command, as_of=as_of)
        sentence = f"Version {saved.version} of the calendar of {which.provider} at {which.location} is saved."
        return Answer(is_done=True, sentence=" ".join([sentence, *told]), kinds=("calendar_saved",))

    return transaction(change)


def _found(session: Session, which: Which) -> tuple[Practice, Place] | Refusal:
    practice = acting.acting_in(session, which.practice, which.by)
    if isinstance(practice, Refusal):
        return practice
    place = calendars.place_of(session, practice.id, which.provider, which.location)
    return place if isinstance(place, Refusal) else (practice, place)


def _told(
    session: Session,
    which: Which,
    before: Calendar | None,
    saved: Calendar,
    command: CalendarCommand,
    *,
    as_of: datetime,
) -> Iterator[str]:
    """Say what whoever saved should know besides."""
    last = acting.last_saved(session, before) if before and not which.version else None
    if last and last[0] != which.by and as_of - last[1] <= JUST_NOW:
        minutes = int((as_of - last[1]).total_seconds() // 60)
        yield (
            f"{last[0]} had saved this calendar {minutes} min before; your change was made on top of that. "
            "Look at show-calendar."
        )
    match command:
        case AddSlot(weekday=day) | RemoveSlot(weekday=day) if not saved.settings.week[day.number].is_available:
            yield f"{day.value.capitalize()} is switched off: set-weekday switches it on."
        case ChangeSettings() if not any(day.is_available for day in saved.settings.week):
            yield "No weekday is on yet: save-hours gives each its hours."
        case BlockTime():
            yield from _about_block(session, saved, command, as_of=as_of)
        case _:
            pass


def _about_block(session: Session, saved: Calendar, command: BlockTime, *, as_of: datetime) -> Iterator[str]:
    low, high = (_moment(command.day, minute, saved.settings.zone) for minute in command.window)
    provider = saved.place.provider_id
    booked = len(slots.busy_of(session, [provider], low, high, as_of=as_of)[provider])
    if booked and not command.opens:
        yield f"Booked or asked for within this time already: {booked}. They stay; agree with the patients on moves."
    if systems.vendor_of(session, saved.place.practice_id) == systems.KAREO:
        yield NO_CROSSING.format("open it" if command.opens else "block it")


def _moment(day: date, minute: int, zone: str) -> datetime:
    days, rest = divmod(minute, 24 * 60)
    return local_moment(day + timedelta(days=days), time(rest // 60, rest % 60), zone)


@effect()
def explain_slot(which: Which, start: str, *, as_of: datetime) -> Answer:
    """Say why a local time is offered or not, or why it cannot be told; nobody has to be named for it."""

    def explain(session: Session) -> Answer:
        practice = practices.find_practice(session, which.practice)
        if practice is None:
            return Answer.refused(acting.UNKNOWN_PRACTICE.format(which.practice))
        place = calendars.place_of(session, practice.id, which.provider, which.location)
        if isinstance(place, Refusal):
            return Answer.refused(place.sentence)
        try:
            wall = wall_of(start, practice.zone)
        except FormError as error:
            return Answer.refused(error.sentence)
        why = calendars.why_not(session, *place, wall, as_of=as_of)
        if isinstance(why, Refusal):
            return Answer.refused(why.sentence)
        return Answer(is_done=True, sentence=f"{sentence_of(why, practice.zone)}{_closed(session, practice.id)}")

    return read(explain)


def _closed(session: Session, practice_id: int) -> str:
    """Say when nothing is offered at all, whatever the calendar says."""
    widget = widgets.load_settings(session, practice_id)
    if widget is None:
        return f" {NO_WIDGET}"
    return "" if widget.is_open else " But the booking widget is closed: widget-settings opens it."


@effect()
def save_widget(practice: str, change: WidgetChange, *, by: str, as_of: datetime) -> Answer:
    """Change how a practice's booking widget behaves; what is none stays."""

    def write(session: Session) -> Answer:
        found = acting.acting_in(session, practice, by)
        if isinstance(found, Refusal):
            return Answer.refused(found.sentence)
        before = widgets.load_settings(session, found.id)
        if before is None:
            return Answer.refused(NO_WIDGET)
        wanted = _widget(before, change)
        if isinstance(wanted, str):
            return Answer.refused(wanted)
        if wanted == before:
            return Answer.repeated("This is saved so already; nothing was changed.")
        widgets.save_settings(session, found.id, wanted, by=by, as_of=as_of)
        state = "open" if wanted.is_open else "closed: nobody can ask for an appointment"
        return Answer(is_done=True, sentence=f"Saved. The booking widget is {state}.", kinds=("widget_saved",))

    return transaction(write)


def _widget(before: WidgetSettings, change: WidgetChange) -> WidgetSettings | str:
    given = {name: value for name, value in asdict(change).items() if value is not None}
    plain = asdict(before) | {"embedded_on": tuple(before.embedded_on.split())}
    try:
        wanted = WidgetSetup.model_validate(plain | given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return " ".join(_plain(one["loc"], one["msg"]) for one in faults)
    return WidgetSettings(**(wanted.model_dump() | {"embedded_on": " ".join(wanted.embedded_on)}))


def _plain(place: Sequence[int | str], words: str) -> str:
    where = str(place[0]).replace("_", " ") if place else "widget"
    return f"{where.capitalize()}: {words.removeprefix('Value error, ').rstrip('.')}."


@effect()
def show_calendar(practice: str, first: date | None, *, as_of: datetime) -> Answer:
    """Show a practice's calendars for seven days, from today unless told otherwise: settings and cells, no names."""

    def page(session: Session) -> str | None:
        found = practices.find_practice(session, practice)
        if found is None:
            return None
        day = first or local_day(as_of, found.zone)
        return calendars_markdown(calendars_view(session, found.id, first=day, as_of=as_of))

    markdown = read(page)
    if markdown is None:
        return Answer.refused(acting.UNKNOWN_PRACTICE.format(practice))
    key = f"calendar-{practice}"
    create_markdown_artifact(markdown, key=key, description=f"Calendars of {practice}")
    return Answer(is_done=True, sentence=f"Look at the artifact {key}.")
