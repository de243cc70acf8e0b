"""Which times of a calendar are offered: its saved settings and time blocks, less what is busy (A-55 to A-68).

Hours and time blocks of the practice system are no input; its appointments are, as busy time (A-56, A-57, A-59).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from models.rules.availability_busy import collisions, free_starts, taken
from models.rules.availability_clock import DAY, MINUTE, in_utc, is_skipped, label_of, minute_from, minute_of, moment_of
from models.rules.availability_facts import Anchor, Block, CalendarSettings, DayHours, Slot, Times
from models.rules.availability_faults import SettingsFault, check_settings, settings_faults
from models.rules.availability_hours import openings
from models.rules.availability_reasons import Reason, Why, explain
from models.rules.availability_sentences import sentence_of
from models.rules.availability_week import Cell, CellState, real_times, toggle, week_grid

__all__ = [
    "Anchor",
    "Block",
    "CalendarSettings",
    "Cell",
    "CellState",
    "DayHours",
    "Reason",
    "SettingsFault",
    "Slot",
    "Times",
    "Why",
    "check_settings",
    "explain",
    "offers",
    "real_times",
    "sentence_of",
    "settings_faults",
    "slots",
    "toggle",
    "week_grid",
]


def slots(  # noqa: PLR0913 - a calendar, what is busy, and the question
    settings: CalendarSettings,
    blocks: Sequence[Block],
    busy: Sequence[Times],
    *,
    first: date,
    days: int,
    as_of: datetime,
    minutes: int = 0,
) -> list[Slot]:
    """List what is offered from a local day on, in order; `minutes` asks for another length, on the same ladder.

    Busy times are aware, in any order; they may overlap. Blocks come in the order in which they were saved.
    """
    length = minutes or settings.slot_minutes
    asked = range(first.toordinal(), first.toordinal() + days)
    starts = _starts(settings, blocks, _offered_days(settings, asked, as_of), length)
    earliest = minute_from(as_of + settings.minimum_notice_minutes * MINUTE)
    free = free_starts(starts, [(0, earliest), *taken(settings, busy, length)])
    return [Slot(moment_of(start), moment_of(start + length)) for start in free]


def offers(
    settings: CalendarSettings,
    blocks: Sequence[Block],
    busy: Sequence[Times],
    starts_at: datetime,
    *,
    as_of: datetime,
    minutes: int = 0,
) -> bool:
    """Say whether one time is offered, as `slots` would, looking at its day only."""
    length = minutes or settings.slot_minutes
    start = in_utc(starts_at)
    if is_skipped(starts_at) or start < as_of + settings.minimum_notice_minutes * MINUTE:
        return False
    number = label_of(minute_of(start), settings.zone)[0].toordinal()
    day = _offered_days(settings, range(number, number + 1), as_of)
    on_ladder = start == moment_of(minute_of(start)) and minute_of(start) in _starts(settings, blocks, day, length)
    return on_ladder and not any(collisions(settings, busy, start, start + length * MINUTE))


def _offered_days(settings: CalendarSettings, asked: range, as_of: datetime) -> range:
    """Leave out the local days before yesterday and behind the horizon."""
    today = label_of(minute_of(as_of), settings.zone)[0].toordinal()
    return range(max(asked.start, today - 1), min(asked.stop, today + settings.horizon_days + 1))


def _starts(settings: CalendarSettings, blocks: Iterable[Block], days: range, length: int) -> list[int]:
    """List the starts on the ladders of some days whose whole time is open, before anything is busy.

    A slot may reach over midnight when the next day is open from there on.
    """
    if not days:
        return []
    around = range(days.start - 1, days.stop + 1 + length // DAY)
    starts = list[int]()
    for one in openings(settings, blocks, around):
        if one.day in days:
            starts.extend(range(one.first, min(one.end, one.until - length + 1), settings.slot_minutes))
    return starts
