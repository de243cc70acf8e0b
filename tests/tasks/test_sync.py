"""What practice systems show comes in: at once, once, whatever the order, and nothing of ours goes back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.db import Database
from models.rules.appointment_events import CancelInPortal, DeleteInPortal
from models.rules.appointments import Origin, PortalStatus, Status
from models.store import dead_changes, slots, system_changes
from tasks import appointments as desk
from tasks import sync_failures, system_setup
from tests.booking import at
from tests.sides import CALENDAR, KAREO, KEY, Sides, both_sides
from tests.tasks.test_practice_system import CONFIRM, confirmed, placed

ORIGINS = {KAREO: Origin.KAREO, CALENDAR: Origin.OTHER}


@pytest.fixture(params=[KAREO, CALENDAR])
def sides(db: Database, request: pytest.FixtureRequest) -> Iterator[Sides]:
    """Give a connected practice, once per practice system."""
    with both_sides(db, request.param) as made:
        yield made


@pytest.fixture
def kareo(db: Database) -> Iterator[Sides]:
    """Give a practice in Kareo."""
    with both_sides(db, KAREO) as made:
        yield made


def offered(sides: Sides, provider: int = 0) -> set[str]:
    """Give the local times that the widget offers on Monday."""
    who = sides.booking.providers[provider]
    mine = [one for one in sides.booking.offers(as_of=sides.time) if one.provider_id == who]
    return {f"{one.starts_at - timedelta(hours=5):%H:%M}" for one in mine}


def test_what_staff_book_themselves_comes_in_once_with_its_origin_and_blocks_its_time_a48_a59_a89(sides: Sides) -> None:
    everything = offered(sides)
    there = sides.book_there(at("10:00"), patient=sides.known_there("Robin", "Walker"))
    assert sides.changes() == {"new": 1}
    visit = sides.visits()[there]
    assert visit.origin is ORIGINS[KAREO if sides.kareo else CALENDAR]
    [line] = sides.lines()
    assert (line.name, line.status, line.starts_at) == ("Robin Walker", PortalStatus.BOOKED, at("10:00"))
    assert everything - offered(sides) == {"10:00"}
    assert sides.changes() == {"unchanged": 1}
    assert sides.visit(visit.id) == visit


def test_our_own_writes_come_back_as_echoes_and_change_nothing(sides: Sides) -> None:
    visit = confirmed(sides)
    before, said = sides.visit(visit), sides.said()
    sides.tick(minutes=5)
    assert sides.changes() == {"unchanged": 1}
    assert sides.whole() == {"unchanged": 1}
    assert sides.visit(visit) == before
    assert sides.said() == said


def test_a_confirmation_in_the_practice_system_is_seen_by_watching_without_anybodys_refresh_a33_a34_a41(
    sides: Sides,
) -> None:
    request = placed(sides)
    sides.set_there(sides.visit(request).system_id, Status.CONFIRMED)
    assert sides.watch() == {}
    sides.tick(seconds=25)
    assert sides.watch() == {"changed": 1}
    [line] = sides.lines()
    assert line.status is PortalStatus.BOOKED
    assert sides.tasks() == []
    sides.tick(hours=1)
    assert sides.watch() == {}


def test_a_decline_in_the_practice_system_shows_as_canceled_a42_a51_a53(sides: Sides) -> None:
    request = placed(sides)
    sides.set_there(sides.visit(request).system_id, Status.CANCELLED)
    sides.tick(seconds=30)
    assert sides.watch() == {"changed": 1}
    assert sides.visit(request).status is Status.DECLINED
    assert sides.visit(request).portal_status is PortalStatus.CANCELED
    assert "10:00" in offered(sides)


@pytest.mark.parametrize(
    ("status", "shown", "note"),
    [
        (Status.CANCELLED, PortalStatus.CANCELED, ""),
        (Status.NO_SHOW, PortalStatus.BOOKED, "No-show"),
        (Status.CHECKED_IN, PortalStatus.BOOKED, ""),
        (Status.CHECKED_OUT, PortalStatus.BOOKED, ""),
    ],
)
def test_what_becomes_of_a_confirmed_appointment_shows_in_patientpop_a54_a95(
    sides: Sides, status: Status, shown: PortalStatus, note: str
) -> None:
    visit = confirmed(sides)
    sides.set_there(sides.visit(visit).system_id, status)
    assert sides.changes()["changed"] == 1
    [line] = sides.lines()
    assert (line.status, line.note) == (shown, note)


def test_a_moved_appointment_is_one_row_at_its_new_time_a54_a95(sides: Sides) -> None:
    visit = confirmed(sides)
    sides.set_there(sides.visit(visit).system_id, Status.RESCHEDULED, start=at("14:00"))
    assert sides.changes()["changed"] == 1
    [line] = sides.lines()
    assert (line.number, line.starts_at, line.status) == (visit, at("14:00"), PortalStatus.BOOKED)
    assert {"10:00"} <= offered(sides)
    assert "14:00" not in offered(sides)


def test_a_deletion_is_found_by_the_whole_window_only_and_leaves_a_tombstone_a54_a95(sides: Sides) -> None:
    there = sides.book_there(at("10:00"))
    sides.changes()
    sides.delete_there(there)
    sides.tick(minutes=5)
    assert sides.changes()["changed"] == 0
    assert sides.visits()[there].status is Status.CONFIRMED
    assert sides.whole() == {"deleted": 1}
    visit = sides.visits()[there]
    assert (visit.status, visit.portal_status) == (Status.DELETED, PortalStatus.CANCELED)
    assert "10:00" in offered(sides)
    assert sides.whole() == {}


def test_a_deleted_request_is_found_by_watching_it_a95(sides: Sides) -> None:
    request = placed(sides)
    sides.delete_there(sides.visit(request).system_id)
    sides.tick(seconds=30)
    assert sides.watch() == {"deleted": 1}
    assert sides.visit(request).portal_status is PortalStatus.CANCELED
    assert sides.tasks() == []


def test_a_tombstone_never_comes_to_life_again(sides: Sides) -> None:
    there = sides.book_there(at("10:00"))
    shown = sides.system().appointment(there)
    assert shown is not None
    sides.changes()
    sides.delete_there(there)
    sides.whole()
    practice = sides.booking.practice
    sides.db.transaction(lambda s: system_changes.take_in(s, practice, [shown], as_of=sides.time))
    assert sides.visits()[there].status is Status.DELETED


def test_requests_that_kareo_does_not_list_are_asked_for_before_they_count_as_deleted(kareo: Sides) -> None:
    request = placed(kareo)
    assert kareo.whole() == {"unchanged": 1}
    assert kareo.visit(request).status is Status.TENTATIVE


def test_a_group_appointment_blocks_its_time_a30_a59(kareo: Sides) -> None:
    patients = [int(kareo.known_there("Robin", name)) for name in ("One", "Two")]
    provider = int(kareo.places().provider_ids[kareo.booking.providers[0]])
    kareo.tick()
    group = kareo.state.book_group(patients, provider=provider, start=at("10:00"))
    before = offered(kareo)
    assert kareo.changes() == {"new": 1}
    assert before - offered(kareo) == {"10:00", "10:30"}
    assert kareo.visits()[str(group.id)].is_group


def test_appointments_outside_our_hours_and_kareos_own_hours_change_no_slot_a55_a56_a57(sides: Sides) -> None:
    everything = offered(sides), offered(sides, 1)
    sides.book_there(at("07:00"), minutes=60)
    sides.book_there(at("19:00"), minutes=60)
    assert sides.changes() == {"new": 2}
    assert (offered(sides), offered(sides, 1)) == everything


def test_overlaps_that_staff_make_themselves_always_come_in_a102(sides: Sides) -> None:
    request = placed(sides)
    for start in ("10:00", "10:00", "10:15"):
        sides.book_there(at(start))
    assert sides.changes()["new"] == 3
    assert len(sides.lines()) == 4
    assert sides.visit(request).status is Status.TENTATIVE
    wish = sides.booking.wish(at("10:30"))
    held = sides.db.transaction(lambda s: slots.hold(s, wish, token="late", as_of=sides.time))
    assert isinstance(held, slots.Taken)


def test_a_visit_that_outgrows_its_slot_keeps_the_systems_truth_and_opens_a_task_a43_a101(sides: Sides) -> None:
    first, second = placed(sides), placed(sides, "10:30")
    sides.set_there(sides.visit(first).system_id, Status.CONFIRMED, minutes=60)
    sides.tick(seconds=30)
    assert sides.watch()["changed"] == 1
    visit = sides.visit(first)
    assert (visit.status, visit.minutes, visit.has_conflict) == (Status.CONFIRMED, 60, True)
    assert (first, "conflict") in sides.tasks()
    sides.set_there(sides.visit(second).system_id, Status.CONFIRMED, start=at("15:00"))
    sides.set_there(visit.system_id, Status.CONFIRMED, start=at("09:00"), minutes=60)
    sides.tick(minutes=5)
    sides.changes()
    sides.changes()
    assert not sides.visit(first).has_conflict
    assert (first, "conflict") not in sides.tasks()


def test_two_changes_within_one_second_are_told_apart_by_a_look_at_each(kareo: Sides) -> None:
    """Lists count in seconds; whatever was known of that second, the later change counts."""
    visit = confirmed(kareo)
    system_id = kareo.visit(visit).system_id
    for status in (Status.CHECKED_IN, Status.NO_SHOW, Status.CHECKED_OUT, Status.CONFIRMED):
        kareo.tick(milliseconds=7)
        kareo.set_there(system_id, status)
        assert kareo.changes() == {"changed": 1}
        assert kareo.visit(visit).status is status
    assert kareo.changes() == {"unchanged": 1}


def test_a_provider_whom_we_do_not_know_blocks_nobody_until_we_do(kareo: Sides) -> None:
    practice = int(kareo.account().system_practice)
    stranger = kareo.state.add_provider(practice, "Dr. New Here", npi="")
    kareo.tick()
    someone = int(kareo.known_there("Robin", "Walker"))
    made = kareo.state.book(someone, provider=stranger.id, start=at("10:00"))
    before = offered(kareo, 1)
    assert kareo.changes() == {"new": 1}
    assert kareo.visits()[str(made.id)].provider_id is None
    assert offered(kareo, 1) == before
    kareo.state.providers[stranger.id].npi = "1555010101"
    kareo.state.providers[int(kareo.places().provider_ids[kareo.booking.providers[1]])].npi = ""
    assert system_setup.check_practice_system.fn(KEY, as_of=kareo.time).is_done
    assert kareo.whole()["changed"] == 1
    assert kareo.visits()[str(made.id)].provider_id == kareo.booking.providers[1]
    assert before - offered(kareo, 1) == {"10:00"}


def test_a_record_that_is_edited_on_one_side_stays_as_it_is_on_the_other_a75_a76(kareo: Sides) -> None:
    patient = kareo.known_there("Robin", "Walker")
    there = kareo.book_there(at("10:00"), patient=patient)
    kareo.changes()
    kareo.tick()
    kareo.state.edit_patient(int(patient), last="Married")
    kareo.set_there(there, Status.CHECKED_IN)
    kareo.changes()
    kareo.whole()
    [line] = kareo.lines()
    assert line.name == "Robin Walker"


def test_nothing_that_is_done_in_patientpop_changes_the_practice_system_a50_a52_a104(sides: Sides) -> None:
    """I14: the practice system is the same before and after; the drift is a task, repaired by the real thing."""
    first = confirmed(sides)
    second = placed(sides, "11:00")
    before = sides.everything_there()
    for visit, event in ((first, CancelInPortal()), (second, DeleteInPortal())):
        assert sides.do(visit, event).is_done
    said = sides.said()
    sides.tick(minutes=5)
    assert set(sides.round()) == {"unchanged"}
    assert sides.everything_there() == before
    assert sides.said() == said
    assert sides.visit(first).portal_status is PortalStatus.CANCELED
    assert sides.visit(second).portal_status is None
    assert [row["drift"] for row in desk.drift_rows.fn(KEY, as_of=sides.time)] == [
        "cancelled in portal",
        "deleted in portal",
    ]
    assert {(first, "drift.cancelled_in_portal"), (second, "drift.deleted_in_portal")} <= set(sides.tasks())
    for visit in (first, second):
        sides.set_there(sides.visit(visit).system_id, Status.CANCELLED)
    sides.tick(minutes=5)
    sides.changes()
    sides.watch()
    assert desk.drift_rows.fn(KEY, as_of=sides.time) == []
    assert sides.tasks() == []


def test_what_cannot_be_taken_in_is_left_behind_alone_and_can_be_replayed(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty, fine = sides.book_there(at("10:00")), sides.book_there(at("11:00"))
    event = system_changes._event

    def stumbling(one: object, *rest: object) -> object:
        if getattr(one, "id", "") == faulty:
            raise ArithmeticError
        return event(one, *rest)  # type: ignore[arg-type]  # passed on as it came

    with monkeypatch.context() as patch:
        patch.setattr(system_changes, "_event", stumbling)
        assert sides.changes() == {"new": 1, "dead": 1}
        assert set(sides.visits()) == {fine}
        [dead] = sides.db.read(dead_changes.list_dead)
        assert (dead.system_id, dead.problem) == (faulty, "ArithmeticError")
        assert "confirmed" not in dead.content
        assert sync_failures.replay_changes.fn([dead.id], as_of=sides.time) == {"dead": 1}
    [row] = sync_failures.failed_rows.fn()
    assert row["next"] == "replay-changes"
    assert sync_failures.replay_changes.fn([dead.id], as_of=sides.time) == {"taken_in": 1}
    assert set(sides.visits()) == {faulty, fine}
    assert sync_failures.failed_rows.fn() == []


def test_a_decision_that_is_on_its_way_is_not_undone_by_what_a_list_still_shows(sides: Sides) -> None:
    request = placed(sides)
    sides.tick()
    sides.do(request, CONFIRM)
    sides.tick(seconds=30)
    assert sides.watch() == {"unchanged": 1}
    assert sides.visit(request).wanted is Status.CONFIRMED
    sides.push()
    assert sides.visit(request).status is Status.CONFIRMED
