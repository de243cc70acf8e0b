"""Why a time is offered or not, as a front office reads it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.rules.availability import Block, CalendarSettings, Reason, Why, explain, sentence_of
from models.rules.availability_sentences import SENTENCES
from tests.rules.availability_examples import (
    EVERY_HOUR,
    LONG_BEFORE,
    MONDAY,
    NEW_YORK,
    OFF,
    block,
    calendar,
    local,
    on,
    utc,
)

AUTUMN = date(2026, 11, 1)


def ask(settings: CalendarSettings, clock: str, *blocks: Block, **given: Any) -> Why:
    busy, as_of = given.pop("busy", []), given.pop("as_of", LONG_BEFORE)
    return explain(settings, blocks, busy, utc(MONDAY, clock), as_of=as_of, **given)


@pytest.mark.parametrize(
    ("settings", "clock", "blocks", "reason"),
    [
        (calendar(), "09:00", (), Reason.OFFERED),
        (calendar(), "08:30", (), Reason.OUTSIDE_HOURS),
        (calendar(), "11:00", (), Reason.OUTSIDE_HOURS),
        (calendar(day_start=540), "08:30", (), Reason.OUTSIDE_DAY),
        (calendar(day_end=660), "11:00", (), Reason.OUTSIDE_DAY),
        (calendar(OFF), "09:00", (), Reason.WEEKDAY_OFF),
        (calendar(OFF), "09:00", (block(540, 570, opens=True),), Reason.OFFERED),
        (calendar(OFF), "09:00", (block(540, 570, opens=True), block(540, 570)), Reason.BLOCKED),
        (calendar(OFF), "09:00", (block(540, 570),), Reason.WEEKDAY_OFF),
        (calendar(), "08:30", (block(480, 570),), Reason.OUTSIDE_HOURS),
        (calendar(), "09:00", (block(540, 570),), Reason.BLOCKED),
        (calendar(), "09:30", (block(580, 590),), Reason.BLOCKED),
        (calendar(), "09:00", (block(540, 570), block(540, 570, opens=True)), Reason.OFFERED),
        (calendar(), "09:10", (), Reason.OFF_GRID),
        (calendar(), "10:45", (), Reason.DOES_NOT_FIT),
        (calendar(on((540, 570), (585, 660))), "09:10", (), Reason.DOES_NOT_FIT),
        (calendar(EVERY_HOUR, day_end=1400), "23:00", (), Reason.DOES_NOT_FIT),
    ],
)
def test_the_calendar_says_why(
    settings: CalendarSettings, clock: str, blocks: tuple[Block, ...], reason: Reason
) -> None:
    """A-55, A-62 to A-67."""
    assert ask(settings, clock, *blocks).reason is reason


def test_a_collision_names_its_times() -> None:
    """A-59."""
    met = (utc(MONDAY, "09:15"), utc(MONDAY, "09:20"))
    why = ask(calendar(), "09:00", busy=[(met[1], met[1]), met, (utc(MONDAY, "09:30"), utc(MONDAY, "10:00"))])
    assert (why.reason, why.collides_with) == (Reason.BUSY, (met,))


def test_a_buffer_is_told_apart_from_the_appointment_itself() -> None:
    met = (utc(MONDAY, "09:35"), utc(MONDAY, "10:00"))
    why = ask(calendar(buffer_after=10), "09:00", busy=[met])
    assert (why.reason, why.collides_with) == (Reason.BUFFER, (met,))


def test_a_block_names_its_times() -> None:
    """A-66."""
    why = ask(calendar(), "09:30", block(540, 600))
    assert why.collides_with == ((utc(MONDAY, "09:00"), utc(MONDAY, "10:00")),)


def test_of_several_blocks_the_one_saved_last_is_named() -> None:
    """A-67."""
    why = ask(calendar(), "09:30", block(540, 600), block(570, 585))
    assert why.collides_with == ((utc(MONDAY, "09:30"), utc(MONDAY, "09:45")),)


def test_a_block_in_the_repeated_hour_has_two_times() -> None:
    at = local(AUTUMN, "01:30", fold=1)
    why = explain(calendar(EVERY_HOUR), [block(60, 120, day=AUTUMN)], [], at, as_of=LONG_BEFORE)
    assert why.reason is Reason.BLOCKED
    assert len(why.collides_with) == 2


def test_what_comes_first_is_told_first() -> None:
    """A-99."""
    settings = calendar(OFF, minimum_notice_minutes=60, horizon_days=1)
    reasons = [
        ask(settings, "09:00", as_of=utc(MONDAY, "09:01")).reason,
        ask(settings, "09:00", as_of=utc(MONDAY, "08:01")).reason,
        ask(settings, "09:00", as_of=utc(MONDAY, "08:00") - timedelta(days=2)).reason,
        ask(settings, "09:00", as_of=utc(MONDAY, "08:00") - timedelta(days=1)).reason,
    ]
    assert reasons == [Reason.IN_THE_PAST, Reason.TOO_SOON, Reason.BEYOND_HORIZON, Reason.WEEKDAY_OFF]


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        (ask(calendar(), "09:00"), "Monday, June 8, 2026 at 9:00 AM is offered."),
        (
            ask(calendar(), "09:00", busy=[(utc(MONDAY, "09:15"), utc(MONDAY, "13:00"))]),
            "Monday, June 8, 2026 at 9:00 AM is taken: 9:15 AM to 1:00 PM is busy. Choose another time.",
        ),
        (
            ask(calendar(), "09:30", block(540, 1440)),
            (
                "Monday, June 8, 2026 at 9:30 AM is not free: a time block covers 9:00 AM to "
                "Tuesday, June 9, 2026 at 12:00 AM. Choose another time, or open that time in the calendar."
            ),
        ),
        (
            ask(calendar(), "10:30", minutes=60),
            (
                "60 minutes from Monday, June 8, 2026 at 10:30 AM do not fit: the calendar is open until "
                "11:00 AM. Choose an earlier time."
            ),
        ),
        (
            ask(calendar(), "09:10"),
            "No slot starts at Monday, June 8, 2026 at 9:10 AM. The next one starts at 9:30 AM.",
        ),
        (
            ask(calendar(OFF), "09:00"),
            (
                "Monday, June 8, 2026 at 9:00 AM is not offered: Monday is switched off in this calendar. "
                "Choose another day, or open that time in the calendar."
            ),
        ),
        (
            ask(calendar(horizon_days=2), "09:00"),
            (
                "Monday, June 8, 2026 at 9:00 AM is too far ahead: this calendar offers times before "
                "Wednesday, June 3, 2026 at 12:00 AM. Choose an earlier time."
            ),
        ),
    ],
)
def test_a_sentence_says_what_is_wrong_and_what_to_do(why: Why, sentence: str) -> None:
    assert sentence_of(why, NEW_YORK) == sentence


def test_a_repeated_time_is_told_with_the_name_of_its_clock() -> None:
    at = local(AUTUMN, "01:30", fold=1)
    why = explain(calendar(EVERY_HOUR), [], [], at, as_of=LONG_BEFORE)
    assert sentence_of(why, NEW_YORK) == "Sunday, November 1, 2026 at 1:30 AM EST is offered."


def test_a_skipped_time_is_told_with_what_the_clocks_show_instead() -> None:
    at = local(date(2026, 3, 8), "02:30")
    why = explain(calendar(EVERY_HOUR), [], [], at, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    assert sentence_of(why, NEW_YORK).startswith("There is no such time: the clocks jump over it, to Sunday, March 8")
    assert "3:30 AM" in sentence_of(why, NEW_YORK)
