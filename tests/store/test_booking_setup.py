"""A booking set-up is read strictly and put into effect once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from models.db import Database
from models.inputs.booking_setup import BookingSetup, parse_setup
from models.inputs.intake import parse_intake
from models.rules.decisions import Refusal
from models.rules.roles import Role
from models.store import booking_setup, calendars, practices, widgets
from models.store.booking_setup import Applied
from models.store.keys import keys_of
from models.tables.booking import AlertRecipientRow
from models.tables.practice_systems import CommunicationRow, VisitReasonRow
from models.tables.practices import Practice
from tests.booking import NOW

EXAMPLES = Path(__file__).parents[2] / "deployments" / "examples"
EXAMPLE = (EXAMPLES / "maple-street-booking.yaml").read_text()


def setup(**changed: Any) -> BookingSetup:
    """Give the example, changed."""
    return parse_setup(yaml.safe_dump(yaml.safe_load(EXAMPLE) | changed), file="booking.yaml")


@pytest.fixture
def practice(db: Database) -> Practice:
    """Give Maple Street as its own example describes it."""
    intake = parse_intake((EXAMPLES / "maple-street.yaml").read_text(), file="maple-street.yaml")

    def register(session: Any) -> Practice:
        practices.register_staff(session, intake.team, as_of=NOW)
        made = practices.register_practice(session, intake, as_of=NOW)
        practices.assign(session, made.id, Role.ONBOARDING_MANAGER, "manager-1", as_of=NOW)
        return made

    return db.transaction(register)


def apply(db: Database, practice: Practice, chosen: BookingSetup, *, by: str = "manager-1") -> Applied | Refusal:
    return db.transaction(lambda s: booking_setup.apply_setup(s, practice, chosen, by=by, as_of=NOW))


def changed(db: Database, practice: Practice, chosen: BookingSetup, *, by: str = "manager-1") -> Mapping[str, int]:
    done = apply(db, practice, chosen, by=by)
    assert isinstance(done, Applied), done
    return done.changed


def test_the_example_sets_up_everything_and_applying_it_again_changes_nothing(db: Database, practice: Practice) -> None:
    first = changed(db, practice, setup(), by="integrations-1")
    assert first == {
        "reasons": 4,
        "insurances": 4,
        "visit_reasons": 4,
        "alerts": 3,
        "communications": 2,
        "widget": 1,
        "calendars": 2,
    }
    assert changed(db, practice, setup()) == {}
    found = db.read(lambda s: widgets.load_shown(s, "maple-street"))
    assert found
    assert [one.name for one in found.providers] == ["Dr. Avery Stone", "Dr. Robin Vale"]
    assert [one.name_es for one in found.reasons][1] == "Resfriado o gripe"
    assert found.settings.embedded_on == "https://www.maplestreet.example.com"
    both = db.read(lambda s: calendars.load_all(s, practice.id))
    assert [(one.settings.zone, one.settings.slot_minutes, one.version) for one in both] == [
        ("America/New_York", 30, 1),
        ("America/New_York", 20, 1),
    ]
    reminders = db.read(lambda s: s.scalars(select(CommunicationRow.minutes_before)).all())
    assert sorted(reminders) == [[1440], [4320, 1440, 120]]
    minutes = db.read(lambda s: dict(s.execute(select(VisitReasonRow.key, VisitReasonRow.minutes)).tuples().all()))
    assert minutes == {"new-patient": 45, "office-visit": 30, "follow-up": 15, "telehealth": 20}


def test_what_differs_is_changed_and_what_is_no_longer_listed_is_no_longer_offered(
    db: Database, practice: Practice
) -> None:
    apply(db, practice, setup())
    reasons = [{"key": "follow-up", "name": "Follow-up"}, {"key": "annual-physical", "name": "Annual physical"}]
    week = {"tuesday": ["10:00-11:00"], "monday": False}
    calendar = {"provider": "1555010101", "location": "main", "slot_minutes": 15, "week": week}
    communications = [{"provider": "1555010200", "reminders": [60], "telehealth": True}]
    less = setup(reasons=reasons, calendars=[calendar], communications=communications, visit_reasons=[])
    assert changed(db, practice, less) == {"reasons": 4, "visit_reasons": 4, "communications": 1, "calendars": 1}
    found = db.read(lambda s: widgets.load_shown(s, "maple-street"))
    assert found
    assert [(one.key, one.name_es) for one in found.reasons] == [("follow-up", ""), ("annual-physical", "")]
    assert len(found.providers) == 2, "a calendar that is not named stays"
    assert changed(db, practice, setup(calendars=[calendar])) == {
        "reasons": 4,
        "visit_reasons": 4,
        "communications": 1,
    }


def addresses(db: Database, practice: Practice) -> list[str]:
    def opened(session: Any) -> list[str]:
        keys = keys_of(session, practice.id)
        rows = session.scalars(select(AlertRecipientRow)).all()
        place = {"table": "alert_recipients", "column": "address"}
        return sorted(keys.unseal(row.address, row_id=row.id, **place) for row in rows)

    return db.read(opened)


def test_recipients_change_only_through_the_onboarding_manager(db: Database, practice: Practice) -> None:
    """A-27."""
    changed(db, practice, setup(), by="integrations-1")
    assert addresses(db, practice) == [
        "+12025550143",
        "dana.whitaker@maplestreet.example.com",
        "luis.ortega@maplestreet.example.com",
    ]
    other = setup(alerts=[{"key": "office", "email": "front@example.com"}], reasons=[{"key": "visit", "name": "Visit"}])
    refusal = apply(db, practice, other, by="coach-1")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "onboarding_manager_only"
    assert changed(db, practice, setup(), by="coach-1") == {}, "all of it or nothing"
    assert changed(db, practice, other)["alerts"] == 3
    assert addresses(db, practice) == ["front@example.com"]


@pytest.mark.parametrize("by", ["integrations-1", "coach-1", "office-manager", "front-desk", "person:manager-1"])
@pytest.mark.parametrize("alerts", [[], [{"key": "office", "email": "front@example.com"}]])
def test_once_activation_has_set_alerts_up_nobody_else_adds_replaces_or_ends_them(
    db: Database, practice: Practice, by: str, alerts: list[dict[str, str]]
) -> None:
    """F-121: the Integrations Specialist sets them up first; then nothing of such a file counts."""
    assert changed(db, practice, setup(), by="integrations-1")["alerts"] == 3
    before = addresses(db, practice)
    other = setup(alerts=alerts, reasons=[{"key": "visit", "name": "Visit"}])
    refusal = apply(db, practice, other, by=by)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "Ask the Onboarding Manager" in refusal.sentence) == ("onboarding_manager_only", True)
    assert addresses(db, practice) == before
    assert changed(db, practice, setup(), by="manager-1") == {}, "neither the reasons of that file"


def test_whoever_is_onboarding_manager_now_changes_recipients(db: Database, practice: Practice) -> None:
    """F-121: the role counts, not the person."""
    changed(db, practice, setup(), by="integrations-1")
    other = setup(alerts=[{"key": "office", "email": "front@example.com"}])
    db.transaction(lambda s: practices.assign(s, practice.id, Role.ONBOARDING_MANAGER, "coach-1", as_of=NOW))
    assert isinstance(apply(db, practice, other, by="manager-1"), Refusal)
    assert changed(db, practice, other, by="coach-1")["alerts"] == 3


def test_a_practice_without_recipients_is_fine(db: Database, practice: Practice) -> None:
    """A-28."""
    assert "alerts" not in changed(db, practice, setup(alerts=[]))


def test_who_and_what_the_practice_does_not_have_is_named_by_its_place(db: Database, practice: Practice) -> None:
    calendar = {"provider": "1234567893", "location": "moon", "slot_minutes": 15, "week": {}}
    refusal = apply(db, practice, setup(calendars=[calendar], communications=[{"provider": "1234567893"}]))
    assert isinstance(refusal, Refusal)
    assert refusal.sentence == (
        "calendars no. 1: this practice has no such provider; correct the NPI. "
        "calendars no. 1: this practice has no such location; correct the key. "
        "communications no. 1: this practice has no such provider; correct the NPI."
    )
    other = apply(db, practice, setup(practice="elm-street"))
    assert isinstance(other, Refusal)
    assert other.code == "other_practice"
