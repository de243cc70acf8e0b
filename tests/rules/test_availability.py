"""The rules of availability one by one, A-55 to A-68, with buffers, notice and horizon."""

from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime, timedelta
from inspect import signature

import pytest

from models.rules.availability import Anchor, Block, CalendarSettings, DayHours, explain, offers, slots
from tests.rules.availability_examples import (
    EVERY_HOUR,
    LONG_BEFORE,
    MONDAY,
    NINE_TO_ELEVEN,
    OFF,
    block,
    calendar,
    clocks,
    offered,
    on,
    utc,
)


@pytest.mark.parametrize("question", [slots, offers, explain])
def test_only_own_hours_own_blocks_and_busy_times_are_asked(question: object) -> None:
    """A-55, A-56, A-57, A-58: there is no way in for the hours and blocks of the practice system."""
    assert callable(question)
    assert list(signature(question).parameters)[:3] == ["settings", "blocks", "busy"]
    assert {one.name for one in fields(Block)} == {"day", "start", "end", "opens"}


def test_an_appointment_of_the_practice_system_takes_its_time_and_nothing_else() -> None:
    """A-59."""
    appointment = (utc(MONDAY, "09:45"), utc(MONDAY, "10:15"))
    assert clocks(offered(calendar(), busy=[appointment])) == ["09:00", "10:30"]


def test_each_calendar_has_its_own_settings() -> None:
    """A-60."""
    other = calendar(on((600, 660)), slot_minutes=20)
    assert clocks(offered(calendar())) == ["09:00", "09:30", "10:00", "10:30"]
    assert clocks(offered(other)) == ["10:00", "10:20", "10:40"]


def test_the_slot_duration_is_what_is_shown() -> None:
    """A-61."""
    found = offered(calendar(slot_minutes=45))
    assert clocks(found) == ["09:00", "09:45"]
    assert {one.ends_at - one.starts_at for one in found} == {timedelta(minutes=45)}


def test_another_length_starts_on_the_same_ladder_and_must_fit() -> None:
    """A-61."""
    found = offered(calendar(), minutes=60)
    assert clocks(found) == ["09:00", "09:30", "10:00"]
    assert found[-1].ends_at == utc(MONDAY, "11:00")


def test_start_time_and_end_time_bound_hours_and_blocks() -> None:
    """A-62."""
    bounded = calendar(on((480, 720)), day_start=540, day_end=630)
    assert clocks(offered(bounded, block(0, 1440, opens=True))) == ["09:00", "09:30", "10:00"]


def test_a_weekday_that_is_off_vanishes_and_comes_back() -> None:
    """A-63."""
    week = calendar().week
    off = calendar(week=(replace(NINE_TO_ELEVEN, is_available=False), *week[1:]))
    assert offered(off) == []
    assert len({one.starts_at.date() for one in offered(off, days=7)}) == 6
    assert len({one.starts_at.date() for one in offered(calendar(), days=7)}) == 7


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        (((540, 600), (630, 690)), ["09:00", "09:30", "10:30", "11:00"]),
        (((540, 600), (600, 660)), ["09:00", "09:30", "10:00", "10:30"]),
        (((540, 600), (615, 675)), ["09:00", "09:30", "10:15", "10:45"]),
        (((615, 675), (540, 600)), ["09:00", "09:30", "10:15", "10:45"]),
        (((540, 600),), ["09:00", "09:30"]),
        (((540, 565),), []),
        ((), []),
    ],
    ids=["a break", "windows that touch", "own ladder", "any order", "one removed", "too short", "all removed"],
)
def test_extra_slots_add_hours_and_gaps_are_breaks(windows: tuple[tuple[int, int], ...], expected: list[str]) -> None:
    """A-64."""
    assert clocks(offered(calendar(on(*windows)))) == expected


def test_a_slot_may_reach_over_windows_that_touch_and_over_midnight() -> None:
    """A-64."""
    touching = calendar(on((540, 580), (580, 640)), slot_minutes=20)
    assert clocks(offered(touching, minutes=40)) == ["09:00", "09:20", "09:40", "10:00"]
    assert clocks(offered(calendar(EVERY_HOUR), minutes=90))[-2:] == ["23:00", "23:30"]
    assert clocks(offered(calendar(on((1380, 1440)))))[-1] == "23:30"


def test_settings_cannot_be_edited_in_place_so_what_is_not_saved_has_no_effect() -> None:
    """A-65."""
    saved = calendar()
    with pytest.raises(FrozenInstanceError):
        saved.slot_minutes = 60  # type: ignore[misc]  # that is what is refused
    edited = replace(saved, slot_minutes=60)
    assert len(offered(saved)) == 4
    assert len(offered(edited)) == 2


def test_a_block_is_for_its_day_and_leaves_the_default_hours() -> None:
    """A-66."""
    found = offered(calendar(), block(540, 600), days=8)
    assert clocks(found)[:2] == ["10:00", "10:30"]
    assert len(found) == 8 * 4 - 2


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([block(540, 600)], ["10:00", "10:30"]),
        ([block(570, 580)], ["09:00", "10:00", "10:30"]),
        ([block(480, 540, opens=True)], ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30"]),
        ([block(490, 540, opens=True)], ["08:10", "08:40", "09:00", "09:30", "10:00", "10:30"]),
        ([block(640, 700, opens=True)], ["09:00", "09:30", "10:00", "10:30", "11:00"]),
        ([block(540, 600), block(540, 570, opens=True)], ["09:00", "10:00", "10:30"]),
        ([block(540, 570, opens=True), block(540, 600)], ["10:00", "10:30"]),
        ([block(0, 1440), block(550, 640, opens=True)], ["09:30", "10:00"]),
        ([block(600, 600), block(630, 600)], ["09:00", "09:30", "10:00", "10:30"]),
        ([block(1380, 1440, opens=True)], ["09:00", "09:30", "10:00", "10:30", "23:00", "23:30"]),
    ],
    ids=[
        "closes",
        "closes a part without moving the rest",
        "adds before",
        "adds with its own ladder",
        "adds behind, what is open stays",
        "later opens",
        "later closes",
        "opens again on the old ladder",
        "empty or backward: nothing",
        "until the end of the day",
    ],
)
def test_blocks_close_and_add_and_the_later_wins(blocks: list[Block], expected: list[str]) -> None:
    """A-66, A-67."""
    assert clocks(offered(calendar(), *blocks)) == expected


def test_a_block_opens_a_weekday_that_is_off_for_this_day_only() -> None:
    """A-63, A-67."""
    assert clocks(offered(calendar(OFF), block(600, 660, opens=True), days=8)) == ["10:00", "10:30"]


def test_a_last_minute_block_takes_effect_at_once() -> None:
    """A-68."""
    now = utc(MONDAY, "09:10")
    assert clocks(offered(calendar(), as_of=now)) == ["09:30", "10:00", "10:30"]
    assert clocks(offered(calendar(), block(570, 630), as_of=now)) == ["10:30"]


@pytest.mark.parametrize(
    ("anchor", "minutes", "expected"),
    [
        (Anchor.WINDOW, 30, ["09:15", "09:45", "10:15"]),
        (Anchor.HOUR, 30, ["09:30", "10:00", "10:30"]),
        (Anchor.MIDNIGHT, 30, ["09:30", "10:00", "10:30"]),
        (Anchor.WINDOW, 50, ["09:15", "10:05"]),
        (Anchor.HOUR, 50, ["09:50"]),
        (Anchor.MIDNIGHT, 50, ["10:00"]),
    ],
)
def test_the_ladder_stands_on_the_window_the_hour_or_midnight(
    anchor: Anchor, minutes: int, expected: list[str]
) -> None:
    """A-61, A-62."""
    assert clocks(offered(calendar(on((555, 660)), anchor=anchor, slot_minutes=minutes))) == expected


@pytest.mark.parametrize(
    ("start", "end", "taken"),
    [
        ("09:30:00", "10:00:00", ["09:30"]),
        ("09:29:59", "10:00:00", ["09:00", "09:30"]),
        ("09:30:00", "10:00:01", ["09:30", "10:00"]),
        ("09:30:00", "09:30:00", []),
        ("10:00:00", "09:30:00", []),
    ],
    ids=["touching", "a second before", "a second after", "empty", "backward"],
)
def test_busy_time_is_half_open_and_counts_to_the_second(start: str, end: str, taken: list[str]) -> None:
    """A-31, A-59."""
    left = clocks(offered(calendar(), busy=[(utc(MONDAY, start), utc(MONDAY, end))]))
    assert sorted(left + taken) == ["09:00", "09:30", "10:00", "10:30"]


def test_busy_times_overlap_come_in_any_order_and_in_any_zone() -> None:
    """A-59, A-102."""
    inside = (utc(MONDAY, "09:40").astimezone(), utc(MONDAY, "09:45").astimezone())
    around = (utc(MONDAY, "09:00"), utc(MONDAY, "10:00"))
    late = (utc(MONDAY, "10:30"), utc(MONDAY, "10:45"))
    assert clocks(offered(calendar(), busy=[late, inside, around])) == ["10:00"]


def test_buffers_must_be_free_but_need_not_be_open() -> None:
    buffered = calendar(buffer_before=10, buffer_after=20)
    assert clocks(offered(buffered)) == ["09:00", "09:30", "10:00", "10:30"]
    appointment = (utc(MONDAY, "10:00"), utc(MONDAY, "10:15"))
    assert clocks(offered(buffered, busy=[appointment])) == ["09:00", "10:30"]
    early = (utc(MONDAY, "08:00"), utc(MONDAY, "08:51"))
    assert clocks(offered(buffered, busy=[early])) == ["09:30", "10:00", "10:30"]


def test_buffers_hold_between_two_busy_times() -> None:
    around = [(utc(MONDAY, "09:00"), utc(MONDAY, "09:25")), (utc(MONDAY, "10:05"), utc(MONDAY, "11:00"))]
    assert clocks(offered(calendar(buffer_before=5, buffer_after=5), busy=around)) == ["09:30"]
    assert offered(calendar(buffer_before=6, buffer_after=5), busy=around) == []
    assert offered(calendar(buffer_before=5, buffer_after=6), busy=around) == []


def test_the_past_and_the_minimum_notice_are_not_offered() -> None:
    """A-99."""
    assert clocks(offered(calendar(), as_of=utc(MONDAY, "09:30"))) == ["09:30", "10:00", "10:30"]
    assert clocks(offered(calendar(), as_of=utc(MONDAY, "09:30:01"))) == ["10:00", "10:30"]
    assert clocks(offered(calendar(minimum_notice_minutes=60), as_of=utc(MONDAY, "09:00"))) == ["10:00", "10:30"]


def test_the_horizon_counts_local_days() -> None:
    evening = utc(MONDAY, "23:30")  # already Tuesday in UTC
    found = offered(calendar(horizon_days=2), as_of=evening, days=30)
    assert [one.starts_at.date() - MONDAY for one in found[::4]] == [timedelta(days=1), timedelta(days=2)]
    assert offered(calendar(horizon_days=0), as_of=evening, days=30) == []
    assert len(offered(calendar(horizon_days=0), as_of=utc(MONDAY, "00:00"), days=30)) == 4


def test_no_days_and_days_long_ago_offer_nothing() -> None:
    assert offered(calendar(), days=0) == []
    assert offered(calendar(), first=MONDAY - timedelta(days=4000), days=10) == []


def test_one_time_is_offered_as_in_the_list() -> None:
    appointment = (utc(MONDAY, "09:45"), utc(MONDAY, "10:15"))
    asked = {minute: utc(MONDAY, "08:30") + timedelta(minutes=minute) for minute in range(0, 180, 5)}
    found = [at for at in asked.values() if offers(calendar(), [], [appointment], at, as_of=LONG_BEFORE)]
    assert found == [one.starts_at for one in offered(calendar(), busy=[appointment])]
    assert not offers(calendar(), [], [], utc(MONDAY, "09:00:30"), as_of=LONG_BEFORE)


def test_a_naive_time_is_refused() -> None:
    naive = datetime(2026, 6, 8, 9)  # noqa: DTZ001 - that is what is refused
    with pytest.raises(TypeError):
        offered(calendar(), as_of=naive)
    with pytest.raises(TypeError):
        offers(calendar(), [], [], naive, as_of=LONG_BEFORE)
    with pytest.raises(TypeError):
        explain(calendar(), [], [], naive, as_of=LONG_BEFORE)
    with pytest.raises(TypeError):
        offered(calendar(), busy=[(naive, datetime(2026, 6, 8, 12, tzinfo=UTC))])


def test_settings_compare_by_value() -> None:
    assert calendar() == calendar()
    assert isinstance(calendar(), CalendarSettings)
    assert hash(DayHours(is_available=True, windows=((540, 660),))) == hash(NINE_TO_ELEVEN)
