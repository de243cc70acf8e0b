"""Calendars: only what was saved counts, two people at once are told, and what the practice system shows makes busy."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.availability import Block, Cell, CellState, Reason, Why, sentence_of
from models.rules.calendars import zone_of
from models.rules.decisions import Process, Refusal
from models.store import calendars, events, slots
from models.store.calendars import Asked, Calendar, Edit, Offer, Place
from models.store.slots import Time
from tests.booking import MONDAY, NOW, ZONE, Booking, a_booking, an_appointment, at, hours, settings

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice with two providers."""
    return a_booking(db)


def done(made: Booking, change: Callable[..., Calendar | Refusal], *asked: Any, **named: Any) -> Calendar:
    """Change the first calendar, having seen its newest version."""
    saved = tried(made, change, *asked, **named)
    assert isinstance(saved, Calendar), saved
    return saved


def tried(made: Booking, change: Callable[..., Calendar | Refusal], *asked: Any, **named: Any) -> Calendar | Refusal:
    edit = made.edit()
    return made.db.transaction(lambda s: change(s, edit, *asked, **named, as_of=NOW))


def starts(offers: list[Offer]) -> list[str]:
    """Say when what is offered starts on the local clock."""
    return [f"{one.starts_at.astimezone(zone_of(ZONE)):%H:%M}" for one in offers]


def shown(made: Booking, **asked: Any) -> list[str]:
    """Say when the first provider's slots of Monday start."""
    return starts(made.offers(provider=made.providers[0], **asked))


def kinds(made: Booking) -> list[str]:
    """List the history of the practice, the oldest first."""
    lines = made.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=made.practice))
    return [line.kind for line in reversed(lines)]


def import_appointment(made: Booking, start: str, minutes: int) -> None:
    def take(session: Session) -> None:
        wish = made.wish(at(start), minutes)
        appointment = an_appointment(session, made, wish)
        slots.follow(session, [Time(appointment, *wish[:5], keeps_time=True)])

    made.db.transaction(take)


def test_settings_are_kept_per_provider_and_location(db: Database) -> None:
    """A-60."""
    made = a_booking(db, locations=2)
    there = Place(made.practice, made.providers[0], made.locations[1])
    edit = Edit(there, 1, "coach-1")
    changed = settings(slot_minutes=60)
    db.transaction(lambda s: calendars.save_settings(s, edit, changed, as_of=NOW))
    assert made.calendar(there) == Calendar(made.calendar(there).id, there, 2, changed)
    assert made.calendar().settings == settings()
    assert len(db.read(lambda s: calendars.load_all(s, made.practice))) == 4


def test_the_slot_duration_and_the_bounds_of_the_day_shape_what_is_offered(made: Booking) -> None:
    """A-61, A-62."""
    day, off = hours((600, 780)), hours()
    week = (day, day, day, day, day, off, off)
    done(made, calendars.save_settings, settings(slot_minutes=60, day_start=600, day_end=780, week=week))
    assert shown(made) == ["10:00", "11:00", "12:00"]


def test_impossible_settings_are_refused_in_plain_sentences(made: Booking) -> None:
    """A-62."""
    refusal = tried(made, calendars.save_settings, settings(day_end=960, slot_minutes=1))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "settings_wrong"
    assert "Monday: 9:00 AM to 5:00 PM lies outside Start Time and End Time." in refusal.sentence
    assert "Time Slot Duration: 1 minutes is not possible." in refusal.sentence
    assert made.calendar().settings == settings()


def test_a_weekday_that_is_switched_off_vanishes_and_comes_back_with_its_hours(made: Booking) -> None:
    """A-63."""
    before = shown(made)
    done(made, calendars.set_weekday, 0, is_available=False)
    assert shown(made) == []
    done(made, calendars.set_weekday, 0, is_available=True)
    assert shown(made) == before


def test_extra_hours_are_added_and_a_gap_is_a_break(made: Booking) -> None:
    """A-64."""
    done(made, calendars.add_window, 5, (540, 600))
    done(made, calendars.set_weekday, 5, is_available=True)
    saturday = MONDAY + timedelta(days=5)
    assert shown(made, first=saturday) == ["09:00", "09:30"]
    done(made, calendars.add_window, 5, (660, 690))
    assert shown(made, first=saturday) == ["09:00", "09:30", "11:00"]
    done(made, calendars.remove_window, 5, (540, 600))
    assert shown(made, first=saturday) == ["11:00"]
    gone = tried(made, calendars.remove_window, 5, (540, 600))
    assert isinstance(gone, Refusal)
    assert gone.code == "no_such_hours"
    overlapping = tried(made, calendars.add_window, 5, (670, 720))
    assert isinstance(overlapping, Refusal)
    assert "Saturday: 11:00 AM to 11:30 AM and 11:10 AM to noon overlap" in overlapping.sentence.replace(
        "12:00 PM", "noon"
    )


def test_of_two_people_at_once_one_is_told(made: Booking) -> None:
    """A-65."""
    mine, theirs = made.edit(by="coach-1"), made.edit(by="manager-1")
    made.db.transaction(lambda s: calendars.save_settings(s, theirs, settings(slot_minutes=20), as_of=NOW))
    for late in (
        partial(calendars.save_settings, edit=mine, settings=settings(slot_minutes=60)),
        partial(calendars.set_weekday, edit=mine, weekday=0, is_available=False),
        partial(calendars.save_blocks, edit=mine, blocks=[Block(MONDAY, 540, 600, opens=False)]),
        partial(calendars.clear_blocks, edit=mine, day=MONDAY),
        partial(calendars.save_settings, edit=Edit(made.place, 0, "coach-1"), settings=settings()),
    ):
        told = made.db.transaction(partial(late, as_of=NOW))
        assert isinstance(told, Refusal)
        assert told.code == "changed_meanwhile"
    assert made.calendar().settings.slot_minutes == 20


def test_saving_the_same_again_changes_nothing(made: Booking) -> None:
    before, lines = made.calendar(), len(kinds(made))
    assert done(made, calendars.save_settings, settings()) == before
    assert done(made, calendars.clear_blocks, MONDAY) == before
    assert done(made, calendars.save_blocks, []) == before
    assert len(kinds(made)) == lines


def test_a_calendar_is_made_only_for_the_practices_own_people_and_places(db: Database) -> None:
    made, other = a_booking(db), a_booking(db, key="elm-street")
    for place in (
        Place(made.practice, other.providers[0], made.locations[0]),
        Place(made.practice, made.providers[0], other.locations[0]),
    ):
        edit = Edit(place, 0, "coach-1")
        refusal = db.transaction(lambda s, e=edit: calendars.save_settings(s, e, settings(), as_of=NOW))  # type: ignore[misc]
        assert isinstance(refusal, Refusal)
        assert refusal.code == "unknown_place"
        gone = Edit(place, 3, "coach-1")
        late = db.transaction(lambda s, e=gone: calendars.save_settings(s, e, settings(), as_of=NOW))  # type: ignore[misc]
        assert late == calendars.CHANGED_MEANWHILE
        none = db.transaction(lambda s, e=gone: calendars.set_weekday(s, e, 0, is_available=False, as_of=NOW))  # type: ignore[misc]
        assert none == calendars.NO_CALENDAR


def test_a_time_block_closes_one_day_and_leaves_the_default_hours(made: Booking) -> None:
    """A-66, A-68."""
    done(made, calendars.save_blocks, [Block(MONDAY, 540, 960, opens=False)])
    assert shown(made) == ["16:00", "16:30"]
    assert len(shown(made, first=TUESDAY)) == 16
    assert made.calendar().settings == settings()
    done(made, calendars.clear_blocks, MONDAY)
    assert len(shown(made)) == 16


def test_a_click_closes_what_is_open_and_opens_what_is_closed(made: Booking) -> None:
    """A-67: a gray slot becomes white again, and blocks add time where there was none."""
    done(made, calendars.toggle_slots, MONDAY, [540, 1020])
    assert shown(made)[0] == "09:30"
    assert shown(made)[-1] == "17:00"
    states = {cell.start: cell.state for cell in cells(made)}
    assert states[540] is CellState.BLOCKED
    assert states[1020] is CellState.AVAILABLE
    assert states[1050] is CellState.OUTSIDE
    done(made, calendars.toggle_slots, MONDAY, [540, 1020])
    assert len(shown(made)) == 16
    unknown = tried(made, calendars.toggle_slots, MONDAY, [541])
    assert isinstance(unknown, Refusal)
    assert unknown.code == "no_such_slot"


def cells(made: Booking) -> tuple[Cell, ...]:
    return made.db.read(lambda s: calendars.week(s, made.place, first=MONDAY, days=1, as_of=NOW))


def test_a_block_that_ends_before_it_starts_is_refused(made: Booking) -> None:
    for start, end in ((600, 600), (700, 600), (-30, 60), (1400, 1500)):
        refusal = tried(made, calendars.save_blocks, [Block(MONDAY, start, end, opens=False)])
        assert isinstance(refusal, Refusal)
        assert refusal.code == "blocks_wrong"


def test_every_change_has_a_line_of_history(made: Booking) -> None:
    """A-65."""
    done(made, calendars.save_settings, settings(slot_minutes=20))
    done(made, calendars.save_blocks, [Block(MONDAY, 540, 600, opens=False), Block(MONDAY, 1020, 1080, opens=True)])
    done(made, calendars.clear_blocks, MONDAY)
    assert kinds(made)[-3:] == ["calendar_saved", "time_blocks_saved", "time_blocks_cleared"]
    lines = made.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=made.practice))
    assert lines[1].evidence == {"closed": 1, "opened": 1, "version": 3}
    assert lines[0].actor == "coach-1"
    assert made.db.read(lambda s: events.check_chain(s, made.practice)).is_intact


def test_appointments_of_the_practice_system_take_their_time_and_nothing_else_does(made: Booking) -> None:
    """A-55, A-56, A-57, A-59."""
    import_appointment(made, "09:15", 60)
    assert shown(made)[0] == "10:30"
    assert [cell.start for cell in cells(made) if cell.state is CellState.BUSY] == [540, 570, 600]
    assert len(made.offers(provider=made.providers[1])) == 16


def test_a_visitor_still_sees_the_own_held_slot(made: Booking) -> None:
    """A-92."""
    made.choose(at("09:00"))
    assert shown(made)[0] == "09:30"
    assert shown(made, token="visitor")[0] == "09:00"
    assert shown(made, as_of=NOW + timedelta(minutes=10))[0] == "09:00"


def test_filters_narrow_what_is_offered_each_alone_and_together(db: Database) -> None:
    """A-16."""
    made = a_booking(db, locations=2)
    assert len(made.offers()) == 4 * 16
    first, there = made.providers[0], made.locations[1]
    assert {one.provider_id for one in made.offers(provider=first)} == {first}
    assert {one.location_id for one in made.offers(location=there)} == {there}
    assert {one[:2] for one in made.offers(provider=first, location=there, reason="sick-visit")} == {(first, there)}
    everything = made.offers()
    assert everything == sorted(everything, key=lambda one: one.starts_at)


def test_only_the_widgets_own_reasons_lead_to_slots(made: Booking) -> None:
    """A-17."""
    assert made.offers(reason="annual-physical") == made.offers()
    assert made.offers(reason="office-visit") == []


def test_virtual_visits_are_offered_by_those_who_have_telehealth(db: Database) -> None:
    """A-18."""
    made = a_booking(db, telehealth=True)
    assert {one.provider_id for one in made.offers(is_virtual=True)} == {made.providers[0]}
    assert a_booking(db, key="elm-street").offers(is_virtual=True) == []


def test_other_practices_are_out_of_reach(db: Database) -> None:
    made, other = a_booking(db), a_booking(db, key="elm-street")
    assert made.offers(provider=other.providers[0]) == []
    strange = Place(made.practice, other.providers[0], other.locations[0])
    assert db.read(lambda s: calendars.find_offer(s, strange, at("09:00"), as_of=NOW)) is None
    assert db.read(lambda s: calendars.week(s, strange, first=MONDAY, as_of=NOW)) == ()


def test_one_question_lists_no_more_than_three_months(made: Booking) -> None:
    asked = Asked(MONDAY, 100_000, provider=made.providers[0])
    found = made.db.read(lambda s: calendars.open_slots(s, made.practice, asked, as_of=NOW))
    assert found[-1].starts_at < NOW + timedelta(days=calendars.MOST_DAYS + 5)


def test_a_time_is_offered_exactly_where_it_is_listed(made: Booking) -> None:
    import_appointment(made, "11:00", 45)
    done(made, calendars.save_settings, settings(buffer_before=10, minimum_notice_minutes=60))
    listed = {one.starts_at for one in made.offers(provider=made.providers[0])}
    for minute in range(0, 24 * 60, 15):
        moment = at("00:00") + timedelta(minutes=minute)
        found = made.db.read(lambda s, m=moment: calendars.find_offer(s, made.place, m, as_of=NOW))  # type: ignore[misc]
        assert (found is not None) == (moment in listed)


def test_why_a_time_is_not_offered_is_explained(made: Booking) -> None:
    """A-63 to A-66."""
    import_appointment(made, "11:00", 30)
    done(made, calendars.save_blocks, [Block(MONDAY, 540, 600, opens=False)])

    def why(clock: str, location: int = made.locations[0]) -> Why | Refusal:
        asked = (made.practice, made.providers[0], location, at(clock))
        return made.db.read(lambda s: calendars.why_not(s, *asked, as_of=NOW))

    answers = [why(clock) for clock in ("10:00", "09:00", "11:00", "10:10", "20:00")]
    reasons = [Reason.OFFERED, Reason.BLOCKED, Reason.BUSY, Reason.OFF_GRID, Reason.OUTSIDE_HOURS]
    assert [one.reason for one in answers if isinstance(one, Why)] == reasons
    assert isinstance(answers[2], Why)
    assert sentence_of(answers[2], ZONE).endswith("11:30 AM is busy. Choose another time.")
    assert why("10:00", 1) == calendars.NO_CALENDAR


def test_the_zone_decides_which_local_day_is_asked_for(db: Database) -> None:
    made = a_booking(db, calendar=replace(settings(), zone="Pacific/Honolulu"))
    offered = made.offers(provider=made.providers[0])
    assert offered[0].starts_at == at("14:00")
    assert len(offered) == 16
