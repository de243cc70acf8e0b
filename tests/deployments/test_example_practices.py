"""What the first start brings: an example practice whose patients can book, with the built-in calendar or Kareo."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from deployments import example_booking, example_kareo, example_practices
from deployments.kareo_server.example import PRACTICE, example_state
from deployments.local import has_examples, load_example
from models.db import Database
from models.settings import Settings
from models.store import calendars, systems
from models.store.calendars import Asked
from models.store.practices import find_practice
from models.tables.practice_systems import SystemLocationRow, SystemProviderRow, VisitReasonRow
from tests.kareo import running_kareo

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
P = "maple-street"


def practice(db: Database) -> int:
    found = db.read(lambda s: find_practice(s, P))
    assert found is not None
    return found.id


def vendor(db: Database) -> str:
    number = practice(db)
    return db.read(lambda s: systems.vendor_of(s, number))


def offers(db: Database) -> int:
    number, week = practice(db), Asked((NOW + timedelta(days=3)).date(), 7)
    return len(db.read(lambda s: calendars.open_slots(s, number, week, as_of=NOW)))


def reasons(db: Database) -> dict[str, str]:
    rows = db.read(lambda s: s.execute(select(VisitReasonRow.name, VisitReasonRow.system_id)).tuples().all())
    return dict(rows)


def test_patients_can_book_after_the_first_start(db: Database, own_settings: Settings) -> None:
    load_example(own_settings)
    assert vendor(db) == systems.CALENDAR
    assert offers(db) > 10
    assert all(reasons(db).values())  # the built-in calendar knows them
    assert (own_settings.intake_folder / example_booking.BOOKING).is_file()


def test_the_second_start_changes_nothing(db: Database) -> None:
    example_practices.begin(as_of=NOW)
    assert example_booking.open_booking(as_of=NOW)
    before = offers(db)
    assert not example_practices.begin(as_of=NOW)
    assert not example_booking.open_booking(as_of=NOW)
    assert offers(db) == before


def test_with_a_stand_in_for_kareo_the_calendar_is_left_to_it(db: Database, own_settings: Settings) -> None:
    load_example(own_settings.model_copy(update={"kareo_server_port": 4300}))
    assert vendor(db) == ""


def test_the_stand_in_for_kareo_serves_the_example(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    example_practices.begin(as_of=NOW)
    with running_kareo(example_state()) as kareo:
        assert example_kareo.main([kareo.home.rstrip("/").rpartition(":")[2]]) == 0
    assert "2 providers, 1 locations" in capsys.readouterr().out
    assert vendor(db) == systems.KAREO
    number = practice(db)
    account = db.read(lambda s: systems.account_of(s, number))
    assert account is not None
    assert account.system_name == PRACTICE
    assert account.vendor_number > 0
    assert offers(db) > 10
    numbers = {one.name: str(one.id) for one in kareo.state.reasons.values()}
    assert reasons(db).items() <= numbers.items()
    for table, mine in ((SystemProviderRow, "provider_id"), (SystemLocationRow, "location_id")):
        assert all(getattr(row, mine) for row in db.read(lambda s, one=table: s.scalars(select(one)).all()))  # type: ignore[misc]  # bound in the loop


def test_a_stand_in_that_is_not_there_is_said(
    db: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example_kareo, "PATIENCE_SECONDS", 0.0)
    assert example_kareo.main(["1"]) != 0
    assert "does not answer on port 1" in capsys.readouterr().out


@pytest.mark.parametrize("changed", [{"example": False}, {"mailer": "smtp"}, {"mode": "server"}])
def test_examples_stay_out_of_real_installations(own_settings: Settings, changed: dict[str, object]) -> None:
    assert has_examples(own_settings)
    assert not has_examples(own_settings.model_copy(update=changed))
