"""Calendars that show only what matters to a test."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from models.rules.availability import Block, CalendarSettings, DayHours, Slot, slots

NEW_YORK = "America/New_York"
MONDAY = date(2026, 6, 8)
LONG_BEFORE = datetime(2026, 6, 1, tzinfo=UTC)
OFF = DayHours(is_available=False, windows=())
NINE_TO_ELEVEN = DayHours(is_available=True, windows=((540, 660),))
EVERY_HOUR = DayHours(is_available=True, windows=((0, 1440),))


def on(*windows: tuple[int, int]) -> DayHours:
    return DayHours(is_available=True, windows=windows)


def calendar(hours: DayHours = NINE_TO_ELEVEN, **changed: Any) -> CalendarSettings:
    """A calendar in New York, the same on each day, with slots of 30 minutes."""
    week = (hours, hours, hours, hours, hours, hours, hours)
    plain = CalendarSettings(zone=NEW_YORK, slot_minutes=30, day_start=0, day_end=1440, week=week, horizon_days=365)
    return replace(plain, **changed)


def local(day: date, clock: str, zone: str = NEW_YORK, *, fold: int = 0) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).replace(fold=fold)


def utc(day: date, clock: str, zone: str = NEW_YORK, *, fold: int = 0) -> datetime:
    return local(day, clock, zone, fold=fold).astimezone(UTC)


def block(start: int, end: int, *, opens: bool = False, day: date = MONDAY) -> Block:
    return Block(day, start, end, opens)


def offered(settings: CalendarSettings, *blocks: Block, **asked: Any) -> list[Slot]:
    given: dict[str, Any] = {"busy": [], "first": MONDAY, "days": 1, "as_of": LONG_BEFORE} | asked
    return slots(settings, blocks, given.pop("busy"), **given)


def clocks(found: list[Slot], zone: str = NEW_YORK) -> list[str]:
    """Say when slots start on the local clock."""
    return [f"{one.starts_at.astimezone(ZoneInfo(zone)):%H:%M}" for one in found]
