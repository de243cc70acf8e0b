"""Calendars changed by people: every refusal in plain words, every change with who made it, and what is shown of it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.answers import Answer
from models.reports.calendars import calendars_markdown, calendars_view
from models.rules.availability import Anchor
from models.rules.availability_commands import (
    AddSlot,
    BlockTime,
    CalendarCommand,
    ChangeSettings,
    ClearBlocks,
    RemoveSlot,
    SaveHours,
    SetWeekday,
    Weekday,
)
from models.rules.decisions import Process
from models.settings import Settings
from models.store import calendars, events, practices, slots, systems
from models.store.calendars import Place
from models.store.slots import Time
from models.store.widgets import WidgetSettings, load_settings
from models.tables.practice_systems import PracticeSystemRow, SystemAccountRow
from tasks import availability
from tasks.availability import Which, WidgetChange
from tests.booking import MONDAY, NOW, NPIS, Booking, a_booking, an_appointment, at
from tests.factories import an_intake

P = "maple-street"
MORNING = (540, 1020)
EXAMPLE = Path(__file__).parents[2] / "deployments" / "examples" / "maple-street-booking.yaml"
INTAKE = EXAMPLE.with_name("maple-street.yaml")


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice with two providers, whom staff and its own people look after."""
    return a_booking(db)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Catch artifacts by their key."""
    caught: dict[str, str] = {}
    monkeypatch.setattr(
        availability, "create_markdown_artifact", lambda page, *, key, description: caught.update({key: page})
    )
    return caught


def save(command: CalendarCommand, *, as_of: Any = NOW, number: int = 0, **which: Any) -> Answer:
    wanted: dict[str, Any] = {"practice": P, "provider": NPIS[number], "location": "place-0", "by": "coach-1"}
    return availability.save.fn(Which(**(wanted | which)), command, as_of=as_of)


def saved(command: CalendarCommand, **which: Any) -> str:
    answer = save(command, **which)
    assert answer.is_done, answer.sentence
    return answer.sentence


def offered(made: Booking, **asked: Any) -> int:
    return len(made.offers(provider=made.providers[0], **asked))


def history(made: Booking) -> list[tuple[str, str]]:
    lines = made.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=made.practice, limit=1))
    return [(line.kind, line.actor) for line in lines]


def connect(made: Booking, vendor: str) -> None:
    def store(session: Session) -> None:
        account = None
        if vendor == systems.KAREO:
            sealed = dict.fromkeys(("key", "address", "customer_key", "user", "password"), "x")
            session.add(SystemAccountRow(id=1, vendor=vendor, counted_at=NOW, **sealed))
            session.flush()
            account = 1
        session.add(PracticeSystemRow(practice_id=made.practice, vendor=vendor, account_id=account, connected_at=NOW))

    made.db.transaction(store)


def test_hours_of_a_weekday_are_saved_and_shown_at_once(made: Booking) -> None:
    """A-63, A-64, A-65."""
    sentence = saved(SaveHours(Weekday.MONDAY, ((540, 600), (660, 720))))
    assert sentence == f"Version 2 of the calendar of {NPIS[0]} at place-0 is saved."
    assert offered(made) == 4
    assert history(made) == [("calendar_saved", "coach-1")]


def test_a_weekday_vanishes_and_comes_back(made: Booking) -> None:
    """A-63."""
    saved(SetWeekday(Weekday.MONDAY, is_available=False))
    assert offered(made) == 0
    saved(SetWeekday(Weekday.MONDAY, is_available=True))
    assert offered(made) == 16


def test_slots_are_added_and_removed_and_a_gap_is_a_break(made: Booking) -> None:
    """A-64."""
    last = save(RemoveSlot(Weekday.MONDAY, MORNING))
    assert last.sentence == "Monday: it is available but has no hours. Add hours or switch the day off."
    saved(SaveHours(Weekday.MONDAY, ((540, 600), (840, 900))))
    saved(AddSlot(Weekday.MONDAY, (660, 720)))
    saved(RemoveSlot(Weekday.MONDAY, (840, 900)))
    assert [f"{one.starts_at:%H:%M}" for one in made.offers(provider=made.providers[0])] == [
        "14:00",
        "14:30",
        "16:00",
        "16:30",
    ]
    again = save(AddSlot(Weekday.MONDAY, (660, 720)))
    assert again.is_done
    assert "nothing was changed" in again.sentence


def test_hours_that_are_not_there_are_named(made: Booking) -> None:
    """A-64."""
    answer = save(RemoveSlot(Weekday.MONDAY, (540, 600)))
    assert answer.sentence == "Monday has no hours 09:00-10:00 to remove. Its hours are: 09:00-17:00."


def test_hours_on_a_day_that_is_off_say_so(made: Booking) -> None:
    """A-63, A-64."""
    assert "Saturday is switched off: set-weekday" in saved(AddSlot(Weekday.SATURDAY, (540, 600)))
    refused = save(SetWeekday(Weekday.SUNDAY, is_available=True))
    assert refused.sentence == "Sunday: it is available but has no hours. Add hours or switch the day off."


def test_settings_change_only_what_is_given(made: Booking) -> None:
    """A-61, A-62."""
    saved(ChangeSettings(slot_minutes=60, day_start=480, anchor=Anchor.HOUR))
    settings = made.calendar().settings
    assert (settings.slot_minutes, settings.day_start, settings.day_end) == (60, 480, 1440)
    assert settings.horizon_days == 365
    assert offered(made) == 8
    answer = save(ChangeSettings(day_end=600))
    assert "Monday: 9:00 AM to 5:00 PM lies outside Start Time and End Time." in answer.sentence
    assert made.calendar().settings == settings


def test_settings_are_per_provider_and_location(made: Booking) -> None:
    """A-60."""
    saved(ChangeSettings(slot_minutes=60), number=1)
    assert made.calendar().settings.slot_minutes == 30
    assert made.calendar(Place(made.practice, made.providers[1], made.locations[0])).settings.slot_minutes == 60


def test_settings_make_a_calendar_where_there_is_none(db: Database) -> None:
    """A-60, A-65."""
    made = db.transaction(_register)
    which: dict[str, Any] = {"provider": "1234567893", "location": "main"}
    missing = save(SaveHours(Weekday.MONDAY, (MORNING,)), **which)
    assert missing.sentence.endswith("Save its settings first. calendar-settings does so.")
    assert "No weekday is on yet" in saved(ChangeSettings(slot_minutes=20), **which)
    saved(SaveHours(Weekday.MONDAY, (MORNING,)), **which)
    (calendar,) = db.read(lambda s: calendars.load_all(s, made))
    assert (calendar.version, calendar.settings.slot_minutes) == (2, 20)


def _register(session: Session) -> int:
    practices.register_staff(session, an_intake().team, as_of=NOW)
    return practices.register_practice(session, an_intake(), as_of=NOW).id


def test_time_is_blocked_opened_and_cleared_without_touching_the_usual_hours(made: Booking) -> None:
    """A-66, A-67."""
    before = made.calendar().settings
    saved(BlockTime(MONDAY, (540, 720), opens=False))
    assert offered(made) == 10
    saved(BlockTime(MONDAY, (1080, 1140), opens=True))
    assert offered(made) == 12
    assert offered(made, first=MONDAY + timedelta(days=7)) == 16
    saved(ClearBlocks(MONDAY))
    assert offered(made) == 16
    assert made.calendar().settings == before
    assert history(made) == [("time_blocks_cleared", "coach-1")]


def test_a_last_minute_block_closes_what_is_left_of_today(made: Booking) -> None:
    """A-68."""
    today = date(2026, 11, 20)
    assert offered(made, first=today) == 14
    saved(BlockTime(today, (600, 1440), opens=False))
    assert offered(made, first=today) == 0
    past = save(BlockTime(date(2026, 11, 19), MORNING, opens=False))
    assert past.sentence == "2026-11-19 has passed. Choose today or a later day."


def test_a_block_says_what_stays_and_that_it_does_not_cross(made: Booking) -> None:
    """A-57, A-58, A-68."""
    connect(made, systems.KAREO)

    def book(session: Session) -> None:
        wish = made.wish(at("09:00"), 60)
        slots.follow(session, [Time(an_appointment(session, made, wish), *wish[:5], keeps_time=True)])

    made.db.transaction(book)
    sentence = saved(BlockTime(MONDAY, MORNING, opens=False))
    assert "Booked or asked for within this time already: 1." in sentence
    assert sentence.endswith("block it there as well where it is meant.")


def test_the_built_in_calendar_needs_no_second_block(made: Booking) -> None:
    """A-58."""
    connect(made, systems.CALENDAR)
    assert "Kareo" not in saved(BlockTime(MONDAY, MORNING, opens=False))


def test_who_saw_an_older_version_is_told_and_changes_nothing(made: Booking) -> None:
    """A-65."""
    saved(SaveHours(Weekday.MONDAY, ((540, 600),)), version=1)
    late = save(SaveHours(Weekday.MONDAY, ((600, 660),)), version=1, by="desk")
    assert not late.is_done
    assert "Somebody else saved this calendar after you opened it" in late.sentence
    assert made.calendar().settings.week[0].windows == ((540, 600),)


def test_without_a_version_the_last_one_wins_and_hears_of_the_other(made: Booking) -> None:
    """A-65."""
    saved(SaveHours(Weekday.MONDAY, ((540, 600),)), by="desk")
    soon = NOW + timedelta(minutes=12)
    sentence = saved(SaveHours(Weekday.MONDAY, ((600, 660),)), as_of=soon)
    assert "desk had saved this calendar 12 min before" in sentence
    assert made.calendar().settings.week[0].windows == ((600, 660),)
    much_later = soon + timedelta(hours=3)
    assert "had saved" not in saved(SaveHours(Weekday.MONDAY, ((540, 600),)), as_of=much_later, by="desk")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"practice": "elm-street"}, "There is no practice with the key elm-street; start its journey"),
        ({"by": "nobody"}, "There is nobody with the key nobody, neither of our staff nor of this practice"),
        ({"provider": "1999999999"}, "no provider with the NPI 1999999999. Choose one of: 1234567893, 1555010101."),
        ({"location": "moon"}, "no location with the key moon. Choose one of: place-0."),
    ],
)
def test_unknown_keys_are_refused_with_the_choices(made: Booking, wrong: dict[str, Any], sentence: str) -> None:
    answer = save(ClearBlocks(MONDAY), **wrong)
    assert not answer.is_done
    assert sentence in answer.sentence
    assert made.calendar().version == 1


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("2026-11-23 09:00", "Monday, November 23, 2026 at 9:00 AM is offered."),
        ("2026-11-23 09:10", "No slot starts at"),
        ("2026-11-28 09:00", "Saturday is switched off"),
        ("2027-03-14 02:30", "There is no such time: the clocks jump over it"),
        ("2026-02-30 09:00", "There is no such date and time as 2026-02-30 09:00; write it like 2026-12-01 14:30."),
    ],
)
def test_a_time_is_explained_on_the_clocks_of_the_practice(made: Booking, start: str, sentence: str) -> None:
    """A-55, A-63."""
    answer = availability.explain_slot.fn(Which(P, NPIS[0], "place-0", ""), start, as_of=NOW)
    assert sentence in answer.sentence


def test_a_closed_widget_is_said_beside_the_calendar(made: Booking) -> None:
    closed = availability.save_widget.fn(P, WidgetChange(is_open=False), by="desk", as_of=NOW)
    assert closed.sentence == "Saved. The booking widget is closed: nobody can ask for an appointment."
    answer = availability.explain_slot.fn(Which(P, NPIS[0], "place-0", ""), "2026-11-23 09:00", as_of=NOW)
    assert answer.sentence.endswith("But the booking widget is closed: widget-settings opens it.")


def test_the_widgets_settings_change_only_where_something_is_given(made: Booking) -> None:
    """A-15."""
    pages = ("https://a.example.com", "https://b.example.com")
    change = WidgetChange(differentiates_patients=False, embedded_on=pages)
    assert availability.save_widget.fn(P, change, by="coach-1", as_of=NOW).is_done
    wanted = WidgetSettings(differentiates_patients=False, embedded_on=" ".join(pages))
    assert made.db.read(lambda s: load_settings(s, made.practice)) == wanted
    again = availability.save_widget.fn(P, change, by="coach-1", as_of=NOW)
    assert "nothing was changed" in again.sentence
    wrong = availability.save_widget.fn(P, WidgetChange(embedded_on=("http://x.example.com",)), by="desk", as_of=NOW)
    assert wrong.sentence == (
        "Embedded on: this is not the address of a website alone; write it like https://www.example.com."
    )


def test_the_week_is_shown_in_words_without_anybodys_name(made: Booking, pages: dict[str, str]) -> None:
    """A-60 to A-67."""
    saved(BlockTime(MONDAY, (540, 600), opens=False))
    saved(BlockTime(MONDAY, (1020, 1080), opens=True))

    def book(session: Session) -> None:
        wish = made.wish(at("10:00"), 30)
        slots.follow(session, [Time(an_appointment(session, made, wish), *wish[:5], keeps_time=True)])

    made.db.transaction(book)
    answer = availability.show_calendar.fn(P, MONDAY, as_of=NOW)
    assert answer.sentence == "Look at the artifact calendar-maple-street."
    page = pages["calendar-maple-street"]
    first, second = page.split("## Provider ")[1:]
    assert first.startswith("1234567893 at place-0, version 3")
    rows = [line.strip("| ").split(" | ")[:3] for line in first.splitlines() if line.startswith("| ")]
    assert rows[-4:] == [
        ["09:00-10:00", "Blocked", "Available"],
        ["10:00-10:30", "Busy", "Available"],
        ["10:30-17:00", "Available", "Available"],
        ["17:00-18:00", "Available", "Outside"],
    ]
    assert "| Saturday | off |" in first
    assert "Busy" not in second.partition("\n\nAvailable:")[0]
    assert "Avery" not in page


def test_a_week_without_hours_and_a_practice_without_calendars_say_so(db: Database) -> None:
    practice = db.transaction(_register)
    view = db.read(lambda s: calendars_view(s, practice, first=MONDAY, as_of=NOW))
    page = calendars_markdown(view)
    assert "There is no calendar yet." in page
    assert "no booking widget yet: configure-booking" in page


def test_an_unknown_practice_has_no_page(db: Database, pages: dict[str, str]) -> None:
    assert not availability.show_calendar.fn("elm-street", None, as_of=NOW).is_done
    assert pages == {}


def test_a_set_up_file_is_applied_once_and_says_what_is_missing(db: Database, own_settings: Settings) -> None:
    """A-05, A-60."""
    made = _example(db, own_settings)
    practice, answer = availability.configure_booking.fn("booking.yaml", by="coach-1", as_of=NOW)
    assert practice == P
    assert "Booking of maple-street is set up:" in answer.sentence
    assert answer.sentence.endswith("run use-built-in-calendar, or golive connect-kareo for a practice that has Kareo.")
    assert len(db.read(lambda s: calendars.load_all(s, made))) == 2
    again = availability.configure_booking.fn("booking.yaml", by="coach-1", as_of=NOW)[1]
    assert again.sentence.startswith("Booking of maple-street was so already.")
    assert again.kinds == ()


def _example(db: Database, own: Settings) -> int:
    intake = an_intake(
        providers=[{"npi": "1555010101", "name": "Dr. Avery Stone"}, {"npi": "1555010200", "name": "Dr. Noor Vale"}]
    )

    def store(session: Session) -> int:
        practices.register_staff(session, intake.team, as_of=NOW)
        return practices.register_practice(session, intake, as_of=NOW).id

    own.intake_folder.mkdir(parents=True)
    (own.intake_folder / "booking.yaml").write_text(EXAMPLE.read_text())
    return db.transaction(store)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("slot_minutes: 30", "slot_minutes: 3", "calendars no. 1: Time Slot Duration: 3 minutes is not possible."),
        (
            '"1555010200"\n    location',
            '"1234567893"\n    location',
            "calendars no. 2: this practice has no such provider",
        ),
        ("terms_version", "terms", "widget: has a field that no set-up has"),
        ("practice: maple-street", "practice: elm-street", "There is no practice with the key elm-street"),
    ],
)
def test_a_faulty_set_up_is_refused_with_its_place(
    db: Database, own_settings: Settings, right: str, wrong: str, sentence: str
) -> None:
    made = _example(db, own_settings)
    file = own_settings.intake_folder / "booking.yaml"
    file.write_text(file.read_text().replace(right, wrong, 1))
    practice, answer = availability.configure_booking.fn("booking.yaml", by="coach-1", as_of=NOW)
    assert not answer.is_done
    assert sentence in answer.sentence
    assert "booking.yaml" in answer.sentence
    assert db.read(lambda s: calendars.load_all(s, made)) == []
    assert practice in {"", P, "elm-street"}


@pytest.mark.parametrize("file", ["missing.yaml", "../golive.db", "notes.txt"])
def test_only_text_files_of_the_intake_folder_are_read(db: Database, own_settings: Settings, file: str) -> None:
    _example(db, own_settings)
    (own_settings.intake_folder / "notes.txt").write_bytes(b"\xff\xfe\x00")
    _, answer = availability.configure_booking.fn(file, by="coach-1", as_of=NOW)
    assert not answer.is_done
    assert "there is no file" in answer.sentence.lower() or "UTF-8" in answer.sentence
