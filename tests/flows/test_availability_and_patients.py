"""Forms of calendars and patients as Prefect runs them: done, or refused in plain words, and nobody's name anywhere."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import State

from flows import availability, patients
from models.db import Database
from models.inputs.calendar_forms import AnchorChoice, Switch
from models.rules.availability_commands import Weekday
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from models.settings import Settings
from tests.booking import MONDAY, NOW, NPIS, Booking, a_booking
from tests.flows.conftest import Clock
from tests.store.records import Records

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect")]

WHERE = {"practice": "maple-street", "provider": NPIS[0], "location": "place-0"}


@pytest.fixture
def made(db: Database, clock: Clock, own_settings: Settings) -> Booking:
    """Give a practice whose widget is open."""
    clock.now = NOW
    return a_booking(db)


def run(wanted: Callable[..., Any], **form: Any) -> State[Any]:
    state: State[Any] = wanted(**form, return_state=True)
    return state


def said(wanted: Callable[..., Any], **form: Any) -> str:
    state = run(wanted, **form)
    assert state.is_completed(), state.message
    return state.message or ""


def refused(wanted: Callable[..., Any], **form: Any) -> str:
    state = run(wanted, **form)
    assert state.name == "Refused"
    return state.message or ""


def artifact(key: str) -> str:
    found: Any = Artifact.get(key)  # typed for callers that wait as well
    assert found is not None
    return str(found.data)


def test_a_calendar_is_changed_by_forms_and_shown_after_each(made: Booking) -> None:
    """A-60 to A-68."""
    acting = {**WHERE, "by": "coach-1"}
    said(availability.save_hours, **acting, weekday=Weekday.MONDAY, hours="9:00 AM - 12:00 PM, 13:00-17:00")
    assert "09:00-12:00, 13:00-17:00" in artifact("calendar-maple-street")
    said(availability.set_weekday, **acting, weekday=Weekday.TUESDAY, available=False)
    said(availability.add_time_slot, **acting, weekday=Weekday.MONDAY, start="18:00", end="19:00")
    said(availability.remove_time_slot, **acting, weekday=Weekday.MONDAY, start="18:00", end="19:00")
    said(availability.calendar_settings, **acting, slot_minutes=60, anchor=AnchorChoice.HOUR, start="08:00")
    said(availability.block_time, **acting, day=MONDAY, start="09:00", end="12:00")
    said(availability.open_time, **acting, day=MONDAY, start="17:00", end="18:00")
    page = artifact("calendar-maple-street")
    assert "| 09:00-12:00 | Blocked |" in page
    assert "| 17:00-18:00 | Available |" in page
    assert "a time block covers" in said(availability.explain_slot, **WHERE, start="2026-11-23 09:00")
    said(availability.clear_blocks, **acting, day=MONDAY)
    assert "is offered." in said(availability.explain_slot, **WHERE, start="2026-11-23 09:00")
    assert len(made.offers(provider=made.providers[0])) == 7
    assert "version 9" in artifact("calendar-maple-street")


def test_what_cannot_be_is_refused_as_the_state_of_the_run(made: Booking) -> None:
    """A-62, A-64."""
    acting = {**WHERE, "by": "coach-1"}
    hours = refused(availability.save_hours, **acting, weekday=Weekday.MONDAY, hours="9-5")
    assert hours == "9 is not a time of the day; write it like 09:30 or 9:30 AM."
    backward = refused(availability.block_time, **acting, day=date(2026, 12, 1), start="12:00", end="09:00")
    assert backward == "12:00 to 09:00 ends before it starts; choose a later end."
    version = refused(availability.set_weekday, **acting, weekday=Weekday.MONDAY, available=False, version=7)
    assert version.startswith("Somebody else saved this calendar after you opened it")
    assert refused(availability.show_calendar, practice="maple-street", first_day="2026-02-30").startswith(
        "There is no"
    )
    assert refused(availability.configure_booking, file="none.yaml", by="coach-1").startswith(
        "There is no file none.yaml"
    )
    assert made.calendar().version == 1


def test_the_widget_is_closed_and_opened_by_form(made: Booking) -> None:
    widget = {"practice": "maple-street", "by": "desk"}
    assert "closed" in said(availability.widget_settings, **widget, is_open=Switch.NO)
    assert "The booking widget is closed" in artifact("calendar-maple-street")
    assert "open." in said(availability.widget_settings, **widget, is_open=Switch.YES, embedded_on="none")


def test_duplicates_are_listed_and_settled_by_form(made: Booking) -> None:
    """A-74, A-86, A-103."""
    records = Records(made.db, made.practice)
    first, second, third = (records.add(system_id=f"1{n}") for n in range(3))
    records.find(first, second, third)
    assert patients.list_duplicates("maple-street") == 3
    shown = artifact("duplicates-maple-street")
    assert str(first) in shown
    assert not [name for name in ("Jordan", "Example", "5550143", "1985") if name in shown]
    pair = next(one.id for one in records.open() if {one.first, one.second} == {str(first), str(second)})
    form = {"pair": pair, "outcome": DuplicateOutcome.KEPT_BOTH, "by": "desk"}
    assert "Choose neither" in refused(patients.settle_duplicate, **form, aside=Aside.FIRST)
    said(patients.settle_duplicate, **form)
    said(patients.archive_patient, patient=third, by="desk")
    assert records.open() == []
    assert patients.list_duplicates("maple-street") == 0
    said(patients.restore_patient, patient=third, by="desk")
    assert patients.list_duplicates("maple-street") == 2
    said(patients.exclude_from_surveys, patient=first, by="desk")
    assert records.row(first).is_excluded_from_surveys
    said(patients.include_in_surveys, patient=first, by="desk")
    assert "nothing to deactivate" in refused(patients.deactivate_patient, patient=first, by="desk")
