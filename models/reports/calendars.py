"""A practice's booking calendars as staff see them: what is saved, and one week cell by cell; nobody's name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.availability import CalendarSettings, Cell, CellState
from models.rules.availability_commands import Weekday, span
from models.rules.calendars import zone_of
from models.store import calendars, widgets
from models.store.calendars import Calendar
from models.store.widgets import WidgetSettings
from models.tables.practices import Location, Practice, Provider

DAYS: Final = 7
WORDS: Final = {state: state.value.capitalize() for state in CellState}
NO_TIME: Final = "-"
"""What stands where the clocks jump over a time."""
_LEGEND: Final = (
    "Available: open and free. Blocked: a time block closes the usual hours. Outside: no hours. "
    "Busy: an appointment, a request, or somebody filling in the form. A change of one calendar names its version."
)


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    """One calendar with a week of its cells; provider by NPI, location by key."""

    provider: str
    location: str
    calendar: Calendar
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CalendarsView:
    """All calendars of a practice in the week from `first` on, and how its widget behaves."""

    practice: str
    zone: str
    as_of: datetime
    first: date
    widget: WidgetSettings | None
    weeks: tuple[CalendarWeek, ...]


def calendars_view(session: Session, practice_id: int, *, first: date, as_of: datetime) -> CalendarsView:
    """Gather the calendars of a practice.

    Raises:
        NoResultFound: there is no practice with this id.
    """
    practice = session.get_one(Practice, practice_id)
    npis = select(Provider.id, Provider.npi).where(Provider.practice_id == practice_id)
    keys = select(Location.id, Location.key).where(Location.practice_id == practice_id)
    providers = dict(session.execute(npis).tuples().all())
    locations = dict(session.execute(keys).tuples().all())
    weeks = (
        CalendarWeek(
            providers[one.place.provider_id],
            locations[one.place.location_id],
            one,
            calendars.week(session, one.place, first=first, days=DAYS, as_of=as_of),
        )
        for one in calendars.load_all(session, practice_id)
    )
    found = tuple(sorted(weeks, key=lambda one: (one.provider, one.location)))
    return CalendarsView(practice.key, practice.zone, as_of, first, widgets.load_settings(session, practice_id), found)


def calendars_markdown(view: CalendarsView) -> str:
    """Write a practice's calendars as Markdown for a Prefect artifact."""
    head = [
        f"# Calendars of {view.practice}",
        f"As of {view.as_of.astimezone(zone_of(view.zone)):%Y-%m-%d %H:%M}, times of {view.zone}. {_widget(view)}",
    ]
    parts = [part for week in view.weeks for part in _week(week, view.first)]
    nothing = ["There is no calendar yet. Apply a booking set-up with configure-booking, or save calendar-settings."]
    return "\n\n".join([*head, *(parts or nothing), *([_LEGEND] if parts else [])]) + "\n"


def _widget(view: CalendarsView) -> str:
    widget = view.widget
    if widget is None:
        return "The practice has no booking widget yet: configure-booking sets it up."
    new = "asks" if widget.differentiates_patients else "does not ask"
    stale = "closes" if widget.closes_when_stale else "stays open"
    return (
        f"The booking widget is {'open' if widget.is_open else 'closed'}; it {new} whether a patient is new, "
        f"and {stale} while the practice system is out of reach. Terms: {widget.terms_version}. "
        f"Embedded on: {widget.embedded_on or 'its own page only'}."
    )


def _week(week: CalendarWeek, first: date) -> Iterator[str]:
    yield f"## Provider {week.provider} at {week.location}, version {week.calendar.version}"
    yield _table(("setting", "saved"), _settings(week.calendar.settings))
    days = [first + timedelta(days=number) for number in range(DAYS)]
    rows = week_rows(week.cells, days)
    if rows:
        yield _table(("time", *(f"{day:%a %m-%d}" for day in days)), rows)
    else:
        yield "Nothing is open or booked in these seven days."


def _settings(settings: CalendarSettings) -> Iterator[tuple[str, str]]:
    yield "Time Slot Duration", f"{settings.slot_minutes} min, from the {_FEET[settings.anchor.value]}"
    yield "Start Time and End Time", span((settings.day_start, settings.day_end))
    for weekday, hours in zip(Weekday, settings.week, strict=True):
        windows = ", ".join(span(one) for one in hours.windows)
        yield weekday.value.capitalize(), windows if hours.is_available else f"off ({windows})" if windows else "off"
    yield "kept free around appointments", f"{settings.buffer_before} min before, {settings.buffer_after} min after"
    yield "minimum notice", f"{settings.minimum_notice_minutes} min"
    yield "horizon", f"{settings.horizon_days} days"


_FEET = {"window": "start of each window", "hour": "full hour", "midnight": "start of the day"}


def week_rows(cells: Sequence[Cell], days: Sequence[date]) -> list[tuple[str, ...]]:
    """Give one row per span of time in which no day changes: the span, then a word for each day.

    What is outside on every day is left out at the top and at the bottom.
    """
    edges = sorted({edge for cell in cells for edge in (cell.start, cell.end)})
    spans = [(low, high, tuple(_word(cells, day, low, high) for day in days)) for low, high in pairwise(edges)]
    merged = []
    for words, same in groupby(spans, key=lambda one: one[2]):
        some = list(same)
        merged.append((some[0][0], some[-1][1], words))
    shown = [number for number, (*_, words) in enumerate(merged) if set(words) - {WORDS[CellState.OUTSIDE], NO_TIME}]
    kept = merged[shown[0] : shown[-1] + 1] if shown else []
    return [(span((low, high)), *words) for low, high, words in kept]


def _word(cells: Sequence[Cell], day: date, low: int, high: int) -> str:
    states = (one.state for one in cells if one.day == day and one.start <= low and high <= one.end)
    return next((WORDS[state] for state in states), NO_TIME)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ("---",) * len(head), *rows))
