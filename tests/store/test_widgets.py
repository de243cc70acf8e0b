"""What the booking widget shows: the growth side's own lists, and a question only where there is a choice."""

import pytest
from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import Process
from models.store import events, widgets
from models.store.widgets import Shown, ShownChoice, Step, WidgetSettings
from models.tables.booking import BookingReasonRow, CalendarRow, InsuranceRow
from models.tables.events import Event
from tests.booking import NOW, Booking, a_booking


def shown(made: Booking, key: str = "maple-street") -> Shown:
    found = made.db.read(lambda s: widgets.load_shown(s, key))
    assert found
    return found


def save(made: Booking, chosen: WidgetSettings) -> None:
    made.db.transaction(lambda s: widgets.save_settings(s, made.practice, chosen, by="manager-1", as_of=NOW))


def test_it_shows_the_practice_with_its_people_places_reasons_and_insurances(db: Database) -> None:
    """A-16, A-17, A-22."""
    found = shown(a_booking(db, telehealth=True))
    assert (found.name, found.zone, found.locale) == ("Maple Street Family Medicine", "America/New_York", "en")
    assert [one.name for one in found.providers] == ["Dr. Avery No. 0", "Dr. Avery No. 1"]
    assert [one.city for one in found.locations] == ["Albany"]
    assert found.reasons[0] == ShownChoice("annual-physical", "Annual physical", "Examen físico anual")
    assert [one.key for one in found.insurances] == ["medicare", "evergreen"]
    assert found.settings == WidgetSettings()


@pytest.mark.parametrize(
    ("providers", "locations", "steps"),
    [
        (1, 1, {Step.REASON, Step.SLOT, Step.PERSON, Step.INSURANCE}),
        (2, 1, {Step.REASON, Step.PROVIDER, Step.SLOT, Step.PERSON, Step.INSURANCE}),
        (1, 2, {Step.REASON, Step.LOCATION, Step.SLOT, Step.PERSON, Step.INSURANCE}),
        (2, 2, set(Step)),
    ],
)
def test_filters_are_shown_only_where_there_is_a_choice(
    db: Database, providers: int, locations: int, steps: set[Step]
) -> None:
    """A-14."""
    found = shown(a_booking(db, providers=providers, locations=locations))
    assert set(found.steps) == steps
    assert list(found.steps) == [step for step in Step if step in steps]


def test_one_reason_and_no_insurance_are_not_asked_for(db: Database) -> None:
    """A-14."""
    made = a_booking(db)

    def leave_one(session: Session) -> None:
        session.execute(update(BookingReasonRow).where(BookingReasonRow.key != "sick-visit").values(is_offered=False))
        session.execute(update(InsuranceRow).values(is_offered=False))

    db.transaction(leave_one)
    found = shown(made)
    assert [one.key for one in found.reasons] == ["sick-visit"]
    assert found.steps == (Step.PROVIDER, Step.SLOT, Step.PERSON)


def test_the_box_for_new_patients_is_there_only_where_it_makes_a_difference(db: Database) -> None:
    """A-15."""
    made = a_booking(db)
    assert shown(made).asks_whether_new
    save(made, WidgetSettings(differentiates_patients=False))
    assert not shown(made).asks_whether_new


def test_virtual_visits_are_shown_for_those_who_have_telehealth(db: Database) -> None:
    """A-18."""
    with_it, without = a_booking(db, telehealth=True), a_booking(db, key="elm-street")
    assert [one.has_telehealth for one in shown(with_it).providers] == [True, False]
    assert shown(with_it).offers_virtual
    assert not shown(without, "elm-street").offers_virtual


def test_who_has_no_calendar_is_not_shown(db: Database) -> None:
    made = a_booking(db, locations=2)
    gone = or_(CalendarRow.provider_id != made.providers[0], CalendarRow.location_id != made.locations[0])
    db.transaction(lambda s: s.execute(delete(CalendarRow).where(gone)))
    found = shown(made)
    assert [one.id for one in found.providers] == [made.providers[0]]
    assert [one.id for one in found.locations] == [made.locations[0]]


def test_there_is_no_widget_where_none_was_set_up(db: Database) -> None:
    a_booking(db)
    assert db.read(lambda s: widgets.load_shown(s, "elm-street")) is None
    assert db.read(lambda s: widgets.load_settings(s, 1)) is None


def test_saving_tells_the_history_once(db: Database) -> None:
    made = a_booking(db)
    before = len(lines(made))
    closed = WidgetSettings(is_open=False, embedded_on="https://www.example.com")
    save(made, closed)
    save(made, closed)
    assert shown(made).settings == closed
    assert [(one.kind, one.actor) for one in lines(made)[: len(lines(made)) - before]] == [
        ("widget_saved", "manager-1")
    ]


def lines(made: Booking) -> list[Event]:
    """List the history of the practice, the newest first."""
    return list(made.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=made.practice)))
