"""What people change in a calendar, by form or by flow: each command as one saved version, or why it is not."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from models.rules.availability import Block, CalendarSettings, week_grid
from models.rules.availability_commands import (
    AddSlot,
    BlockTime,
    CalendarCommand,
    ChangeSettings,
    ClearBlocks,
    RemoveSlot,
    SaveHours,
    SetWeekday,
    new_settings,
    span,
    with_hours,
    with_settings,
)
from models.rules.calendars import local_day
from models.rules.decisions import Refusal
from models.store import calendars
from models.store.calendars import NO_CALENDAR, Calendar, Edit
from models.store.time_blocks import blocks_of


@dataclass(frozen=True, slots=True)
class Opened:
    """The calendar that somebody changes, of a practice that is locked; there is none before its first settings."""

    edit: Edit
    before: Calendar | None
    zone: str


def change(session: Session, opened: Opened, command: CalendarCommand, *, as_of: datetime) -> Calendar | Refusal:
    """Save one command (A-60 to A-68); a calendar whose version did not grow was so already."""
    edit, before = opened.edit, opened.before
    if isinstance(command, ChangeSettings):
        settings = with_settings(before.settings if before else new_settings(opened.zone), command)
        return calendars.save_settings(session, edit, settings, as_of=as_of)
    if before is None:
        return Refusal(NO_CALENDAR.code, f"{NO_CALENDAR.sentence} calendar-settings does so.")
    match command:
        case SaveHours():
            return calendars.save_settings(session, edit, with_hours(before.settings, command), as_of=as_of)
        case BlockTime():
            return _blocked(session, edit, command, zone=opened.zone, as_of=as_of)
        case ClearBlocks(day=cleared):
            return calendars.clear_blocks(session, edit, cleared, as_of=as_of)
        case _:
            return _on_a_weekday(session, edit, before, command, as_of=as_of)


def _on_a_weekday(
    session: Session, edit: Edit, before: Calendar, command: SetWeekday | AddSlot | RemoveSlot, *, as_of: datetime
) -> Calendar | Refusal:
    match command:
        case SetWeekday(weekday=day, is_available=is_available):
            return calendars.set_weekday(session, edit, day.number, is_available=is_available, as_of=as_of)
        case AddSlot(weekday=day, window=window):
            if window in before.settings.week[day.number].windows:
                return before
            return calendars.add_window(session, edit, day.number, window, as_of=as_of)
        case RemoveSlot(weekday=day, window=window):
            removed = calendars.remove_window(session, edit, day.number, window, as_of=as_of)
            return _with_hours_of(removed, before.settings, command)


def _with_hours_of(saved: Calendar | Refusal, settings: CalendarSettings, command: RemoveSlot) -> Calendar | Refusal:
    if isinstance(saved, Calendar) or saved.code != "no_such_hours":
        return saved
    day = command.weekday.value.capitalize()
    hours = ", ".join(span(one) for one in settings.week[command.weekday.number].windows) or "none"
    return replace(saved, sentence=f"{day} has no hours {span(command.window)} to remove. Its hours are: {hours}.")


def _blocked(session: Session, edit: Edit, command: BlockTime, *, zone: str, as_of: datetime) -> Calendar | Refusal:
    if command.day < local_day(as_of, zone):
        return Refusal("day_past", f"{command.day} has passed. Choose today or a later day.")
    block = Block(command.day, *command.window, opens=command.opens)
    return calendars.save_blocks(session, edit, [block], as_of=as_of)


def change_unless_so(
    session: Session, opened: Opened, command: BlockTime | ClearBlocks, *, as_of: datetime
) -> Calendar | Refusal:
    """Save one command, unless it was pressed twice: upon an old version, what is so already stays as it is."""
    saved = change(session, opened, command, as_of=as_of)
    before = opened.before
    is_old = saved is calendars.CHANGED_MEANWHILE and before is not None
    return before if is_old and before and _is_so(session, before, command) else saved


def _is_so(session: Session, calendar: Calendar, command: BlockTime | ClearBlocks) -> bool:
    blocks = blocks_of(session, [calendar.id], command.day, 1)[calendar.id]
    on_day = [one for one in blocks if one.day == command.day]
    if isinstance(command, ClearBlocks):
        return not on_day
    low, high = command.window
    cells = week_grid(calendar.settings, on_day, (), first=command.day, days=1)
    met = [one for one in cells if low < one.end and one.start < high]
    return bool(met) and all(one.is_open == command.opens for one in met)
