"""What the booking widget offers: set-up files, weekly hours, time blocks, and why a time is offered or not."""

from collections.abc import Callable
from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.calendar_forms import (
    KEPT,
    AnchorChoice,
    Clock,
    FormError,
    Hours,
    LocationKey,
    OptionalClock,
    OptionalDay,
    OptionalMinutes,
    Origins,
    SeenVersion,
    Switch,
    TermsVersion,
    day_of,
    origins_of,
    settings_change,
    window_of,
    windows_of,
)
from models.inputs.forms import ActorKey, FileName, NewMoment, PracticeKey, ProviderNpi
from models.rules.availability_commands import (
    AddSlot,
    BlockTime,
    CalendarCommand,
    ClearBlocks,
    RemoveSlot,
    SaveHours,
    SetWeekday,
    Weekday,
)
from tasks import availability
from tasks.availability import Which, WidgetChange
from tasks.commands import refuse, state_of
from tasks.moment import moment, now


@flow(flow_run_name="configure-booking {file}")
def configure_booking(file: FileName, by: ActorKey) -> State[Any]:
    """Put a practice's booking set-up into effect: widget, calendars, reasons, insurances, alerts, communications.

    The same file again changes nothing; faults are named by place and field. What it no longer lists is no longer
    offered, and calendars that it does not name stay.

    Args:
        file: Name of a YAML file in the intake folder, for instance maple-street-booking.yaml.
        by: Key of whoever applies it; alerts that are set up already are changed by the Onboarding Manager only.
    """
    as_of = now()
    practice, answer = availability.configure_booking(file, by=by, as_of=as_of)
    if answer.is_done:
        availability.show_calendar(practice, None, as_of=as_of)
    return state_of(answer)


@flow(flow_run_name="show-calendar {practice}")
def show_calendar(practice: PracticeKey, first_day: OptionalDay = "", as_of: str = "") -> State[Any]:
    """Show a practice's saved calendars with one week each: what is Available, Blocked, Outside or Busy.

    Args:
        practice: Short name of the practice.
        first_day: First of the seven days, like 2026-12-01; empty means today.
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    try:
        return state_of(availability.show_calendar(practice, day_of(first_day), as_of=moment(as_of)))
    except FormError as error:
        return refuse(error.sentence)


@flow(flow_run_name="save-hours {practice} {weekday}")
def save_hours(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    provider: ProviderNpi,
    location: LocationKey,
    weekday: Weekday,
    hours: Hours,
    by: ActorKey,
    version: SeenVersion = 0,
) -> State[Any]:
    """Save the weekly hours of one weekday, and switch it on; a gap between hours is a break.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        weekday: Which day of the week.
        hours: All hours of the day, like 09:00-12:00, 13:00-17:00.
        by: Key of whoever saves.
        version: Version that show-calendar showed, to be told when somebody saved meanwhile; 0 saves in any case.
    """
    which = Which(practice, provider, location, by, version)
    return _save(which, lambda: SaveHours(weekday, windows_of(hours)))


@flow(flow_run_name="set-weekday {practice} {weekday}")
def set_weekday(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    provider: ProviderNpi,
    location: LocationKey,
    weekday: Weekday,
    available: bool,
    by: ActorKey,
    version: SeenVersion = 0,
) -> State[Any]:
    """Switch a weekday on or off: off, it vanishes from the widget; its hours are kept.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        weekday: Which day of the week.
        available: Ticked, the day is on.
        by: Key of whoever saves.
        version: Version that show-calendar showed, to be told when somebody saved meanwhile; 0 saves in any case.
    """
    which = Which(practice, provider, location, by, version)
    return _save(which, lambda: SetWeekday(weekday, available))


@flow(flow_run_name="add-time-slot {practice} {weekday}")
def add_time_slot(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    provider: ProviderNpi,
    location: LocationKey,
    weekday: Weekday,
    start: Clock,
    end: Clock,
    by: ActorKey,
    version: SeenVersion = 0,
) -> State[Any]:
    """Add hours to a weekday.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        weekday: Which day of the week.
        start: From when, like 09:00 or 9:00 AM.
        end: Until when.
        by: Key of whoever saves.
        version: Version that show-calendar showed, to be told when somebody saved meanwhile; 0 saves in any case.
    """
    which = Which(practice, provider, location, by, version)
    return _save(which, lambda: AddSlot(weekday, window_of(start, end)))


@flow(flow_run_name="remove-time-slot {practice} {weekday}")
def remove_time_slot(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    provider: ProviderNpi,
    location: LocationKey,
    weekday: Weekday,
    start: Clock,
    end: Clock,
    by: ActorKey,
    version: SeenVersion = 0,
) -> State[Any]:
    """Remove hours from a weekday, exactly as show-calendar lists them.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        weekday: Which day of the week.
        start: From when, like 09:00 or 9:00 AM.
        end: Until when.
        by: Key of whoever saves.
        version: Version that show-calendar showed, to be told when somebody saved meanwhile; 0 saves in any case.
    """
    which = Which(practice, provider, location, by, version)
    return _save(which, lambda: RemoveSlot(weekday, window_of(start, end)))


@flow(flow_run_name="calendar-settings {practice}")
def calendar_settings(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    provider: ProviderNpi,
    location: LocationKey,
    by: ActorKey,
    slot_minutes: OptionalMinutes = KEPT,
    start: OptionalClock = "",
    end: OptionalClock = "",
    anchor: AnchorChoice = AnchorChoice.KEEP,
    buffer_before: OptionalMinutes = KEPT,
    buffer_after: OptionalMinutes = KEPT,
    minimum_notice_minutes: OptionalMinutes = KEPT,
    horizon_days: OptionalMinutes = KEPT,
    version: SeenVersion = 0,
) -> State[Any]:
    """Save the settings of a provider's calendar at a location, or make it; what is left as it stands here is kept.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        by: Key of whoever saves.
        slot_minutes: Time Slot Duration in minutes; -1 keeps it.
        start: Start Time of the day, like 08:00; empty keeps it.
        end: End Time of the day; empty keeps it.
        anchor: Where slots start - window is the start of each window, hour the full hour, midnight the day's start.
        buffer_before: Minutes kept free before an appointment; -1 keeps them.
        buffer_after: Minutes kept free after an appointment; -1 keeps them.
        minimum_notice_minutes: How long before its start a time can be asked for; -1 keeps it.
        horizon_days: How many days ahead times are offered; -1 keeps it.
        version: Version that show-calendar showed, to be told when somebody saved meanwhile; 0 saves in any case.
    """
    which = Which(practice, provider, location, by, version)
    numbers = {
        "slot_minutes": slot_minutes,
        "buffer_before": buffer_before,
        "buffer_after": buffer_after,
        "minimum_notice_minutes": minimum_notice_minutes,
        "horizon_days": horizon_days,
    }
    return _save(which, lambda: settings_change(anchor, start, end, **numbers))


@flow(flow_run_name="block-time {practice} {day}")
def block_time(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    provider: ProviderNpi,
    location: LocationKey,
    day: date,
    start: Clock,
    end: Clock,
    by: ActorKey,
    version: SeenVersion = 0,
) -> State[Any]:
    """Close time of one day in the widget, for instance at the last minute; what is booked then stays.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        day: Which day, in the practice's time zone.
        start: From when, like 09:00 or 9:00 AM.
        end: Until when.
        by: Key of whoever saves.
        version: Version that show-calendar showed, to be told when somebody saved meanwhile; 0 saves in any case.
    """
    which = Which(practice, provider, location, by, version)
    return _save(which, lambda: BlockTime(day, window_of(start, end), opens=False), day=day)


@flow(flow_run_name="open-time {practice} {day}")
def open_time(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    provider: ProviderNpi,
    location: LocationKey,
    day: date,
    start: Clock,
    end: Clock,
    by: ActorKey,
    version: SeenVersion = 0,
) -> State[Any]:
    """Open time of one day in the widget, blocked or outside of the usual hours.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        day: Which day, in the practice's time zone.
        start: From when, like 09:00 or 9:00 AM.
        end: Until when.
        by: Key of whoever saves.
        version: Version that show-calendar showed, to be told when somebody saved meanwhile; 0 saves in any case.
    """
    which = Which(practice, provider, location, by, version)
    return _save(which, lambda: BlockTime(day, window_of(start, end), opens=True), day=day)


@flow(flow_run_name="clear-blocks {practice} {day}")
def clear_blocks(
    practice: PracticeKey,
    provider: ProviderNpi,
    location: LocationKey,
    day: date,
    by: ActorKey,
    version: SeenVersion = 0,
) -> State[Any]:
    """Take every time block of one day away, so that its usual hours hold again.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        day: Which day, in the practice's time zone.
        by: Key of whoever saves.
        version: Version that show-calendar showed, to be told when somebody saved meanwhile; 0 saves in any case.
    """
    return _save(Which(practice, provider, location, by, version), lambda: ClearBlocks(day), day=day)


@flow(flow_run_name="explain-slot {practice}")
def explain_slot(
    practice: PracticeKey, provider: ProviderNpi, location: LocationKey, start: NewMoment, as_of: str = ""
) -> State[Any]:
    """Say why a time is offered in the widget or not.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        location: Key of the location.
        start: Local date and time, like 2026-12-01 14:30.
        as_of: Moment to look at, ISO 8601 with offset; empty means now.
    """
    return state_of(availability.explain_slot(Which(practice, provider, location, ""), start, as_of=moment(as_of)))


@flow(flow_run_name="widget-settings {practice}")
def widget_settings(  # noqa: PLR0913, PLR0917 - the fields of the form
    practice: PracticeKey,
    by: ActorKey,
    is_open: Switch = Switch.KEEP,
    differentiates_patients: Switch = Switch.KEEP,
    closes_when_stale: Switch = Switch.KEEP,
    terms_version: TermsVersion = "",
    embedded_on: Origins = "",
) -> State[Any]:
    """Save how a practice's booking widget behaves; what is left as it stands here is kept.

    Args:
        practice: Short name of the practice.
        by: Key of whoever saves.
        is_open: Whether requests are taken at all.
        differentiates_patients: Whether the box "I'm a new patient" is shown.
        closes_when_stale: Whether the widget closes while the practice system is out of reach.
        terms_version: Version of the Privacy Policy and Terms that patients accept; empty keeps it.
        embedded_on: Websites that show the widget, like https://www.example.com; the word none for no website.
    """
    as_of = now()
    change = WidgetChange(
        is_open.chosen,
        differentiates_patients.chosen,
        closes_when_stale.chosen,
        terms_version or None,
        origins_of(embedded_on) if embedded_on.strip() else None,
    )
    answer = availability.save_widget(practice, change, by=by, as_of=as_of)
    if answer.is_done:
        availability.show_calendar(practice, None, as_of=as_of)
    return state_of(answer)


def _save(which: Which, read: Callable[[], CalendarCommand], *, day: date | None = None) -> State[Any]:
    """Read a form, save what it says, and show the calendar as it is now; refusals come back in plain words."""
    as_of = now()
    try:
        command = read()
    except FormError as error:
        return refuse(error.sentence)
    answer = availability.save(which, command, as_of=as_of)
    if answer.is_done:
        availability.show_calendar(which.practice, day, as_of=as_of)
    return state_of(answer)
