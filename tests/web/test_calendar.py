"""A practice's Calendar: what makes each time unavailable, closed and opened by a click, settings saved as a whole."""

import re
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest

from models.db import Database
from models.reports.calendar_week import Part, Week, week_of
from models.rules.availability_causes import Cause
from models.rules.calendars import local_moment
from models.store import calendars, slots
from models.store.calendars import Edit
from models.store.slots import Time
from tests.booking import MONDAY, NOW, NPIS, ZONE, an_appointment, at, hours, settings
from tests.web.conftest import Clock
from tests.web.desk import BASE, Front, a_front

pytestmark = pytest.mark.database
PAGE = f"{BASE}/calendar"
WEEK = f"{PAGE}?provider={NPIS[0]}&location=place-0&week=2026-11-23"
FORM = f"{PAGE}/settings?provider={NPIS[0]}&location=place-0"


@pytest.fixture
def front(db: Database, clock: Clock) -> Front:
    made = a_front(db, clock)
    made.asking.now = clock.now = NOW
    return made


def saved(front: Front, **changed: Any) -> None:
    """Save the first calendar with something else."""
    booking = front.asking.booking
    edit = Edit(booking.place, booking.calendar().version, "coach-1")
    done = front.asking.db.transaction(lambda s: calendars.save_settings(s, edit, settings(**changed), as_of=NOW))
    assert isinstance(done, calendars.Calendar)


def week(front: Front, first: date = MONDAY, *, as_of: datetime = NOW) -> Week:
    """Look at the week of the first calendar."""
    found = front.asking.db.read(partial(week_of, place=front.asking.booking.place, first=first, as_of=as_of))
    assert found
    return found


def part(found: Week, clock: str, day: date = MONDAY) -> Part:
    """Give the part of a day that begins at a time."""
    minute = time.fromisoformat(clock).hour * 60 + time.fromisoformat(clock).minute
    return next(one for one in found.parts if (one.cell.day, one.cell.start) == (day, minute))


def takes(front: Front, start: datetime, minutes: int = 30) -> int:
    """Let the practice system have an appointment at a time (A-59)."""
    made = front.asking.booking

    def follow(session: Any) -> int:
        wish = made.wish(start, minutes)
        number = an_appointment(session, made, wish)
        slots.follow(session, [Time(number, *wish[:5], keeps_time=True)])
        return number

    return made.db.transaction(follow)


def test_each_time_says_what_makes_it_unavailable(front: Front) -> None:
    """A-55 to A-64, A-92, A-93."""
    booking = front.asking.booking
    week_of_hours = (hours((540, 720), (780, 1020)), *(hours((540, 1020)),) * 4, hours(), hours())
    saved(front, week=week_of_hours, buffer_after=30, minimum_notice_minutes=75 * 60, horizon_days=6)
    number = takes(front, at("15:00"))
    booking.choose(at("16:30"), who="somebody", as_of=NOW)
    seen = week(front)
    said = {clock: part(seen, clock).cause for clock in ("09:00", "12:00", "13:30", "14:30", "15:00", "15:30")}
    assert said == {
        "09:00": Cause.TOO_SOON,
        "12:00": Cause.OUTSIDE_HOURS,
        "13:30": Cause.OFFERED,
        "14:30": Cause.BUFFER,
        "15:00": Cause.BUSY,
        "15:30": Cause.OFFERED,
    }
    assert [(one.kind.value, one.appointment) for one in part(seen, "15:00").claims] == [("appointment", number)]
    assert [one.kind.value for one in part(seen, "16:30").claims] == ["hold"]
    assert part(seen, "09:00", date(2026, 11, 28)).cause is Cause.WEEKDAY_OFF
    assert part(seen, "09:00", date(2026, 11, 27)).cause is Cause.BEYOND_HORIZON
    past = week(front, date(2026, 11, 16))
    assert part(past, "09:00", date(2026, 11, 19)).cause is Cause.IN_THE_PAST


def test_a_slot_too_short_before_the_end_of_hours_is_named(front: Front) -> None:
    """A-61, A-62."""
    saved(front, week=(hours((540, 615)), *(hours(),) * 6))
    assert part(week(front), "10:00").cause is Cause.DOES_NOT_FIT


def test_a_skipped_hour_is_a_gap_and_a_repeated_one_stands_once(front: Front) -> None:
    """A-55: March 14 and November 7, 2027 in New York."""
    saved(front, week=(hours((0, 240)),) * 7, slot_minutes=60)
    spring = week(front, date(2027, 3, 8))
    sunday = date(2027, 3, 14)
    assert [one.cell.start for one in spring.of_day(sunday)] == [0, 60, 180, 240]
    row = next(one for one in spring.rows if one.start == 120)
    assert [bool(one) for one in row.parts] == [True] * 6 + [False]
    assert row.parts[6] == ()
    second = local_moment(date(2027, 11, 7), time(1), ZONE) + timedelta(hours=1)
    takes(front, second, 60)
    autumn = week(front, date(2027, 11, 1))
    assert part(autumn, "01:00", date(2027, 11, 7)).cause is Cause.BUSY
    assert [one.cell.start for one in autumn.of_day(date(2027, 11, 7))] == [0, 60, 120, 180, 240]


def test_parts_of_different_length_share_the_rows_of_one_table(front: Front) -> None:
    """A-66."""
    front.look(WEEK)
    front.send("/block", day="2026-11-24", start="9:15 AM", end="09:20", way="block")
    found = week(front)
    lengths = {
        day: sum(one.cell.end - one.cell.start for one in found.of_day(day)) for day in (MONDAY, MONDAY + timedelta(1))
    }
    assert len(set(lengths.values())) == 1
    for place in range(7):
        begun = [one for row in found.rows if isinstance(one := row.parts[place], Part)]
        assert sum(one.rows for one in begun) == len(found.rows)


def test_a_click_closes_a_slot_and_another_opens_it(front: Front) -> None:
    """A-66, A-67, A-68."""
    front.look(WEEK)
    assert 'value="2026-11-23/540/570/block"' in front.page.text
    front.send("/slot", slot="2026-11-23/540/570/block")
    assert "This time is closed." in front.seen()
    assert part(week(front), "09:00").cause is Cause.BLOCKED
    front.send("/slot", slot="2026-11-23/540/570/open")
    assert "This time is open." in front.seen()
    assert part(week(front), "09:00").cause is Cause.OFFERED
    assert front.history("time_blocks_saved") == [("time_blocks_saved", "office")] * 2


def test_a_click_opens_time_outside_of_the_usual_hours_and_a_day_is_cleared(front: Front) -> None:
    """A-66, A-67."""
    front.look(WEEK)
    front.send("/slot", slot="2026-11-28/600/630/open")
    saturday = date(2026, 11, 28)
    front.look(WEEK)
    assert part(week(front), "10:00", saturday).cause is Cause.OFFERED
    front.send("/clear", cleared="2026-11-28")
    assert "The usual hours of that day hold again." in front.seen()
    assert part(week(front), "10:00", saturday).cause is Cause.WEEKDAY_OFF


def test_a_click_made_twice_is_one_and_somebody_elses_change_is_told(front: Front) -> None:
    """A-65."""
    front.look(WEEK)
    address, hidden = front.form("/slot")
    front.send("/slot", slot="2026-11-23/540/570/block")
    again = front.browser.post(address, data=hidden | {"slot": "2026-11-23/540/570/block"})
    assert again.status_code == 303
    assert len(front.history("time_blocks_saved")) == 1
    late = front.browser.post(address, data=hidden | {"slot": "2026-11-23/600/630/block"})
    assert late.status_code == 422
    assert "Somebody else saved this calendar after you opened it" in late.text
    assert part(week(front), "10:00").cause is Cause.OFFERED


def test_what_is_no_slot_changes_nothing(front: Front) -> None:
    for slot in ("", "2026-11-23", "2026-11-23/a/b/block", "2026-11-23/600/540/block", "x/1/2/open"):
        front.look(WEEK)
        front.send("/slot", 422, slot=slot)
        assert "This slot is not in the calendar any more." in front.seen()
    assert front.history("time_blocks_saved") == []


def test_a_block_that_cannot_be_is_refused_at_its_field_and_stays(front: Front) -> None:
    """A-66, A-68."""
    usual: dict[str, Any] = {"day": "2026-11-24", "start": "09:00", "end": "10:00", "way": "block"}
    for typed, says in (
        ({"day": "2026-11-19"}, "This day has passed."),
        ({"day": "tomorrow"}, "Choose a day."),
        ({"day": "2031-01-01"}, "Choose a day within the next two years."),
        ({"start": "ten"}, "Write two times such as 09:30 and 14:00"),
        ({"end": "08:00"}, "Write two times such as 09:30 and 14:00"),
        ({"way": "burn"}, "Choose whether the time is closed or opened."),
    ):
        front.look(WEEK)
        front.send("/block", 422, **usual | typed)
        assert says in front.seen()
        assert f'value="{(usual | typed)["start"]}"' in front.page.text
    assert front.history("time_blocks_saved") == []


def form_of(front: Front) -> dict[str, Any]:
    """Read what the open form of settings holds."""
    found = dict(re.findall(r'name="(\w+)" type="text"[^>]*? value="([^"]*)"', front.page.text))
    ticked = re.findall(r'name="(\w+_on)" value="1" checked', front.page.text)
    return found | dict.fromkeys(ticked, "1") | {"anchor": "window"}


def test_settings_are_saved_as_a_whole(front: Front) -> None:
    """A-60 to A-65."""
    seen = front.look(FORM)
    assert "the time is held for 10 minutes, 20 at most" in seen
    typed = form_of(front)
    assert (typed["slot_minutes"], typed["monday"], typed.get("saturday_on")) == ("30", "09:00-17:00", None)
    typed |= {
        "slot_minutes": "20",
        "monday": "9:00 AM-12:00, 13:00-17:00",
        "saturday": "10:00-12:00",
        "saturday_on": "1",
    }
    typed |= {"minimum_notice_minutes": "120", "day_start": "08:00", "anchor": "hour"}
    typed.pop("friday_on")
    front.send("/settings", **typed)
    assert "The settings are saved" in front.seen()
    kept = front.asking.booking.calendar().settings
    assert (kept.slot_minutes, kept.minimum_notice_minutes, kept.day_start, kept.anchor.value) == (20, 120, 480, "hour")
    assert kept.week[0].windows == ((540, 720), (780, 1020))
    assert [day.is_available for day in kept.week] == [True] * 4 + [False, True, False]
    assert kept.week[4].windows == ((540, 1020),)


SETTINGS_REFUSED = [
    ({"slot_minutes": "3"}, "slot_minutes", "3 minutes is not possible. Choose 5 to 480 minutes."),
    ({"horizon_days": "many"}, "horizon_days", "Write a whole number."),
    ({"day_start": "noon"}, "day_start", "Write a time such as 09:30 or 5:00 PM."),
    ({"day_end": "01:00", "day_start": "08:00"}, "day_end", "The day ends before it starts."),
    ({"tuesday": "9 to 5"}, "tuesday", "Write hours such as 09:00-12:00"),
    ({"tuesday": "09:00-12:00, 11:00-13:00"}, "tuesday", "09:00-12:00 and 11:00-13:00 overlap."),
    ({"saturday_on": "1"}, "saturday", "It is available but has no hours."),
    ({"day_start": "10:00"}, "monday", "09:00-17:00 lies outside Start Time and End Time."),
]


def test_settings_that_cannot_be_are_refused_at_their_field_and_stay(front: Front) -> None:
    """A-61 to A-65."""
    before = front.asking.booking.calendar()
    for changed, field, says in SETTINGS_REFUSED:
        front.look(FORM)
        front.send("/settings", 422, **form_of(front) | changed)
        assert f'id="{field}-fault"' in front.page.text, field
        assert says in front.seen()
        assert all(f'value="{word}"' in front.page.text for word in changed.values())
    assert front.asking.booking.calendar() == before
    front.look(f"{FORM}&lang=es")
    front.send("/settings", 422, **form_of(front) | {"slot_minutes": "3"})
    assert "3 minutos no es posible. Elija de 5 a 480 minutos." in front.seen()


def test_settings_that_somebody_saved_meanwhile_are_shown_before_they_are_replaced(front: Front) -> None:
    """A-65."""
    front.look(FORM)
    typed = form_of(front) | {"slot_minutes": "45"}
    saved(front, slot_minutes=15)
    front.send("/settings", 422, **typed)
    assert "Somebody else saved this calendar after you opened it" in front.seen()
    assert "saved now: 15" in front.seen()
    assert 'value="45"' in front.page.text
    front.send("/settings", **typed)
    assert front.asking.booking.calendar().settings.slot_minutes == 45


def test_settings_pressed_twice_are_saved_once(front: Front) -> None:
    front.look(FORM)
    address, hidden = front.form("/settings")
    typed = form_of(front) | {"slot_minutes": "45"}
    front.send("/settings", **typed)
    assert front.browser.post(address, data=hidden | typed).status_code == 303
    assert front.asking.booking.calendar().version == 2


def test_another_practices_calendar_is_not_there(front: Front) -> None:
    front.look(WEEK)
    address, hidden = front.form("/slot")
    sent = hidden | {"provider": "1999999999", "slot": "2026-11-23/540/570/block"}
    assert front.browser.post(address, data=sent).status_code == 404


def test_it_is_read_in_spanish(front: Front) -> None:
    takes(front, at("10:00"))
    seen = front.look(f"{WEEK}&lang=es")
    assert "Semana del 23 nov 2026: Dr. Avery No. 0, Place 0" in seen
    assert "Cita" in seen
    assert "Libre : cerrar, lun 23 nov, 9:00" in seen
