"""Practice systems of practices: sealed logins, who is who, looks that are claimed, budgets and rests."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from models.db import Database
from models.inputs.practice_system import SystemLocation, SystemProvider
from models.rules.system_pace import FIRST_REST, LONGEST_REST
from models.store import systems
from models.store.claims import LEASE
from models.store.systems import Login, Look
from models.tables.practice_systems import CursorKind, CursorRow, PracticeSystemRow, SystemAccountRow
from tests.booking import NOW, NPIS, Booking, a_booking

SECOND = timedelta(seconds=1)
SECRETS = ("customer-key-1", "user-1@example.com", "password-1")
LOGIN = Login("acme", systems.KAREO, "https://kareo.example.com/?singleWsdl", *SECRETS, calls_per_minute=60)
CHANGES = (CursorKind.CHANGES,)


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice in Kareo."""
    booking = a_booking(db)
    db.transaction(lambda s: connect(s, booking.practice, systems.store_account(s, LOGIN, as_of=NOW)))
    return booking


def connect(session: Any, practice: int, account: int | None) -> None:
    row = PracticeSystemRow(practice_id=practice, connected_at=NOW, problem="", vendor_number=3)
    row.vendor, row.account_id = systems.KAREO if account else systems.CALENDAR, account
    systems.connect(session, row, as_of=NOW)


def looks(made: Booking, as_of: datetime = NOW) -> list[Look]:
    return made.db.transaction(lambda s: systems.claim_looks(s, kinds=CHANGES, as_of=as_of, limit=9))


def spent(made: Booking, calls: int, as_of: datetime, *, keep: float = 0) -> bool:
    return made.db.transaction(lambda s: systems.spend(s, made.practice, calls, keep=keep, as_of=as_of))


def next_look(made: Booking) -> datetime | None:
    return made.db.read(lambda s: systems.next_look(s, CHANGES))


def account(made: Booking) -> SystemAccountRow:
    return made.db.read(lambda s: s.scalars(select(SystemAccountRow)).one())


def test_a_login_is_sealed_at_rest_and_opened_for_a_call(made: Booking) -> None:
    found = made.db.read(lambda s: systems.account_of(s, made.practice))
    assert found is not None
    assert (found.customer_key, found.user, found.password) == SECRETS
    assert (found.vendor, found.vendor_number, found.zone) == (systems.KAREO, 3, "America/New_York")
    stored = made.db.read(lambda s: s.execute(text('SELECT customer_key, "user", password FROM system_accounts')).one())
    assert not set(SECRETS) & set(stored)
    assert not any(secret in repr(found) for secret in SECRETS)


def test_a_login_that_is_entered_again_replaces_the_old_one_and_ends_its_rest(made: Booking) -> None:
    made.db.transaction(lambda s: systems.rest(s, made.practice, as_of=NOW))
    again = Login(**{name: getattr(LOGIN, name) for name in Login.__slots__} | {"password": "new"})
    made.db.transaction(lambda s: systems.store_account(s, again, as_of=NOW))
    found = made.db.read(lambda s: systems.account_of(s, made.practice))
    assert found is not None
    assert found.password == "new"
    assert account(made).rests_until is None


def test_providers_are_recognised_by_npi_and_locations_by_name(made: Booking) -> None:
    there = [SystemProvider("71", "Dr. A", NPIS[0]), SystemProvider("72", "Dr. New", "1555019999")]
    unknown = made.db.transaction(
        lambda s: systems.save_places(s, made.practice, there, [SystemLocation("81", "PLACE 0")])
    )
    assert unknown == ("72",)
    places = made.db.read(lambda s: systems.places_of(s, made.practice))
    assert places.providers == {"71": made.providers[0], "Dr. A": made.providers[0]}
    assert places.provider_ids == {made.providers[0]: "71"}
    assert places.locations["81"] == places.locations["PLACE 0"] == made.locations[0]
    names = made.db.read(lambda s: s.execute(text("SELECT name FROM system_providers")).scalars().all())
    assert "Dr. A" not in names


def test_a_look_is_claimed_once_and_again_only_after_its_lease(made: Booking) -> None:
    [first] = looks(made)
    assert looks(made) == []
    assert next_look(made) == NOW + LEASE
    assert looks(made, NOW + LEASE) == []
    [second] = looks(made, NOW + LEASE + SECOND)
    assert second.fence != first.fence
    moved = made.db.transaction(lambda s: systems.move_cursor(s, first, position=NOW, due_at=NOW, as_of=NOW))
    assert not moved
    assert not made.db.transaction(lambda s: systems.keep_look(s, first, as_of=NOW))
    assert made.db.transaction(lambda s: systems.keep_look(s, second, as_of=NOW + LEASE))


def test_a_finished_look_is_due_again_when_it_says(made: Booking) -> None:
    [look] = looks(made)
    again = NOW + timedelta(minutes=5)
    made.db.transaction(lambda s: systems.move_cursor(s, look, position=NOW, due_at=again, as_of=NOW))
    assert next_look(made) == again
    assert looks(made, again - SECOND) == []
    assert [one.position for one in looks(made, again)] == [NOW]
    assert made.db.read(lambda s: systems.heard_at(s, made.practice)) == NOW


def test_a_failed_look_keeps_its_position_and_counts(made: Booking) -> None:
    [look] = looks(made)
    again = NOW + timedelta(minutes=10)
    made.db.transaction(lambda s: systems.look_failed(s, look, "no_answer", due_at=again))
    row = made.db.read(lambda s: s.get_one(CursorRow, (made.practice, CursorKind.CHANGES)))
    assert (row.failures, row.problem, row.position, row.succeeded_at, row.due_at) == (
        1,
        "no_answer",
        None,
        None,
        again,
    )
    [look] = looks(made, again)
    made.db.transaction(lambda s: systems.put_off(s, look, "budget", due_at=again))
    assert made.db.read(lambda s: systems.failures_of(s, look)) == 1


def test_a_resting_account_is_not_looked_at_and_nothing_is_due_meanwhile(made: Booking) -> None:
    made.db.transaction(lambda s: systems.rest(s, made.practice, as_of=NOW))
    assert looks(made, NOW + SECOND) == []
    assert next_look(made) == NOW + FIRST_REST
    assert not spent(made, 1, NOW + SECOND)
    assert len(looks(made, NOW + FIRST_REST)) == 1


def test_rests_double_up_to_an_hour_and_end_with_an_answer(made: Booking) -> None:
    moment = NOW
    for doubled in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        made.db.transaction(lambda s, moment=moment: systems.rest(s, made.practice, as_of=moment))  # type: ignore[misc]
        made.db.transaction(lambda s, moment=moment: systems.rest(s, made.practice, as_of=moment))  # type: ignore[misc]
        assert account(made).rest_seconds == doubled
        made.db.transaction(
            lambda s, moment=moment: systems.is_answering(s, made.practice, as_of=moment)  # type: ignore[misc]
        )
        assert account(made).rest_seconds == doubled
        moment += timedelta(seconds=doubled)
    made.db.transaction(lambda s: systems.is_answering(s, made.practice, as_of=moment))
    assert (account(made).rest_seconds, account(made).rests_until) == (0, None)
    assert timedelta(seconds=3600) == LONGEST_REST


def test_calls_are_taken_from_the_budget_and_come_back_evenly(made: Booking) -> None:
    assert spent(made, 20, NOW)
    assert not spent(made, 1, NOW)
    assert not spent(made, 1, NOW + SECOND)
    assert spent(made, 1, NOW + 2 * SECOND)
    assert spent(made, 1, NOW + 3 * SECOND)
    assert not spent(made, 1, NOW + 4 * SECOND)
    assert spent(made, 20, NOW + timedelta(minutes=10))
    assert not spent(made, 1, NOW + timedelta(minutes=10))


def test_looks_leave_a_share_for_writes(made: Booking) -> None:
    assert spent(made, 15, NOW, keep=0.25)
    assert not spent(made, 1, NOW, keep=0.25)
    assert spent(made, 5, NOW)


def test_a_clock_that_went_back_gives_no_calls_away(made: Booking) -> None:
    assert spent(made, 20, NOW)
    assert not spent(made, 1, NOW - timedelta(hours=1))
    assert not spent(made, 2, NOW + 2 * SECOND)


def test_the_built_in_calendar_has_no_budget(db: Database) -> None:
    booking = a_booking(db)
    db.transaction(lambda s: connect(s, booking.practice, None))
    assert all(spent(booking, 1_000, NOW) for _ in range(3))
    db.transaction(lambda s: systems.rest(s, booking.practice, as_of=NOW))
    assert len(looks(booking)) == 1


def test_connecting_again_keeps_the_cursors(made: Booking) -> None:
    [look] = looks(made)
    later = NOW + timedelta(hours=1)
    made.db.transaction(lambda s: systems.move_cursor(s, look, position=NOW, due_at=later, as_of=NOW))
    number = account(made).id
    made.db.transaction(lambda s: connect(s, made.practice, number))
    assert next_look(made) == later
    assert made.db.transaction(lambda s: systems.look_at_once(s, made.practice, CursorKind.CHANGES, as_of=NOW))
    assert len(looks(made)) == 1
