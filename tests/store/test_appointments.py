"""Appointments under many hands: changed under a lock, watched by one worker, decided once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from models.db import Database
from models.rules.appointment_events import Cancel, CancelInPortal, Command, Confirm, Decline, Reschedule
from models.rules.appointments import CancelReason, DeclineReason, Status
from models.rules.decisions import Refusal
from models.store import appointment_changes, appointments, events, pushes
from models.store.appointment_changes import Done
from models.tables.appointments import AppointmentRow
from tests.booking import NOW, Booking, a_booking, an_appointment, at
from tests.store.test_at_once import at_once

CONFIRM = Confirm("office-visit", 30)
DECLINE = Decline(DeclineReason.OTHER)


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice that takes requests."""
    return a_booking(db)


def requested(made: Booking, clock: str = "10:00") -> int:
    made.choose(at(clock), who=clock)
    return made.submitted(made.submission(at(clock), says_new=True), key=clock, who=clock).appointment_id


def decide(made: Booking, visit: int, event: Command, *, key: str = "a", as_of: datetime = NOW) -> Done | Refusal:
    return made.db.transaction(
        lambda s: appointment_changes.carry_out_command(s, visit, event, by="coach-1", key=key, as_of=as_of)
    )


def watch(made: Booking, as_of: datetime) -> dict[int, list[tuple[int, str]]]:
    until = as_of + timedelta(minutes=1)
    return made.db.transaction(lambda s: appointments.claim_watched(s, as_of=as_of, until=until, limit=9))


def watched_at(made: Booking, visit: int, moment: datetime) -> None:
    changed = update(AppointmentRow).where(AppointmentRow.id == visit).values(system_id="501", watch_at=moment)
    made.db.transaction(lambda s: s.execute(changed))


def test_two_people_at_once_one_wins_and_the_other_is_told(made: Booking) -> None:
    visit = requested(made)
    done = at_once(
        lambda: decide(made, visit, CONFIRM, key="a"),
        lambda: decide(made, visit, DECLINE, key="b"),
    )
    assert sorted(isinstance(one, Done) for one in done) == [False, True]
    [told] = [one for one in done if isinstance(one, Refusal)]
    assert told.code == "being_written"
    assert "Look again in a minute" in told.sentence
    assert made.db.read(lambda s: events.check_chain(s, made.practice)).is_intact


def test_the_same_key_twice_at_once_decides_once(made: Booking) -> None:
    visit = requested(made)
    done = at_once(*(lambda: decide(made, visit, CONFIRM, key="form-1") for _ in range(4)))
    assert sorted(isinstance(one, Done) and one.again for one in done) == [False, True, True, True]
    found = made.db.read(lambda s: appointments.load_appointment(s, visit))
    assert found is not None
    assert (found.wanted, found.version) == (Status.CONFIRMED, 2)


def test_changes_at_once_are_all_kept(made: Booking) -> None:
    """Every change counts the version on, and none writes over another one."""
    visits = [made.db.transaction(lambda s: an_appointment(s, made, made.wish(at("10:00")))) for _ in range(3)]
    moves = [Reschedule(at("14:00")), Cancel(CancelReason.BY_PATIENT), CancelInPortal()]
    done = at_once(
        *(
            lambda visit=visit, move=move: decide(made, visit, move, key=type(move).__name__)
            for visit in visits
            for move in moves
        )
    )
    for visit, mine in zip(visits, (done[0:3], done[3:6], done[6:9]), strict=True):
        found = made.db.read(lambda s, visit=visit: appointments.load_appointment(s, visit))  # type: ignore[misc]
        assert found is not None
        assert found.version == 1 + sum(isinstance(one, Done) for one in mine)
        assert found.portal_cancelled_at == NOW
        assert sum(isinstance(one, Done) for one in mine) == 2


def test_a_command_for_no_appointment_says_where_to_look(made: Booking) -> None:
    told = decide(made, 7, CONFIRM)
    assert isinstance(told, Refusal)
    assert "list-requests" in told.sentence


def test_a_decision_and_its_write_are_stored_together(made: Booking) -> None:
    visit = requested(made)
    decide(made, visit, CONFIRM)
    first = made.db.transaction(lambda s: pushes.claim_due(s, as_of=NOW, limit=9))
    [place] = made.db.read(lambda s: pushes.claimed(s, first))
    assert place.kind == "place"
    assert made.db.read(lambda s: pushes.is_more_to_write(s, visit))


def test_a_watched_request_is_looked_at_by_one_worker(made: Booking) -> None:
    visit = requested(made)
    watched_at(made, visit, NOW)
    found = at_once(lambda: watch(made, NOW), lambda: watch(made, NOW))
    assert sorted(map(len, found)) == [0, 1]
    assert made.db.read(appointments.next_watched) == NOW + timedelta(minutes=1)
    assert watch(made, NOW + timedelta(seconds=59)) == {}
    assert watch(made, NOW + timedelta(minutes=1)) == {made.practice: [(visit, "501")]}


def test_nothing_is_watched_that_needs_no_decision(made: Booking) -> None:
    made.db.transaction(lambda s: an_appointment(s, made, made.wish(at("10:00"))))
    assert made.db.read(appointments.next_watched) is None
    assert watch(made, NOW + timedelta(days=30)) == {}


def test_appointments_of_the_system_are_found_by_its_ids_in_any_number(made: Booking) -> None:
    visit = requested(made)
    watched_at(made, visit, NOW)
    ids = [str(number) for number in range(1_200)]
    found = made.db.read(lambda s: appointments.known_in_system(s, made.practice, ids))
    assert {key: one.id for key, one in found.items()} == {"501": visit}
    assert made.db.read(lambda s: appointments.known_in_system(s, made.practice + 1, ids)) == {}
