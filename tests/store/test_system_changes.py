"""What a practice system shows, taken in: any order and repetition gives one state, and nobody is told twice."""

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.db import Database, DatabaseFailure
from models.inputs.practice_system import SystemAppointment, SystemLocation, SystemPatient, SystemProvider, VisitType
from models.rules.appointment_facts import Appointment
from models.rules.appointments import Origin, PatientType, Status
from models.store import dead_changes, events, patients, portal, system_changes, systems
from models.store.system_changes import Taken
from models.tables.appointments import AppointmentRow, SlotClaimRow
from models.tables.events import Event
from models.tables.messages import Message
from models.tables.practice_systems import PracticeSystemRow
from tests.booking import NOW, NPIS, Booking, a_booking, at

MINUTE = timedelta(minutes=1)
START = at("10:00")
HISTORY = (
    (Status.CONFIRMED, START),
    (Status.RESCHEDULED, START + 2 * MINUTE * 60),
    (Status.CHECKED_IN, START + 2 * MINUTE * 60),
    (Status.CANCELLED, START + 2 * MINUTE * 60),
    (Status.CONFIRMED, START + 4 * MINUTE * 60),
)


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice whose system's people and places are known."""
    booking = a_booking(db)
    providers = [SystemProvider(str(71 + n), f"Dr. No. {n}", npi) for n, npi in enumerate(NPIS)]

    def connect(session: Session) -> None:
        row = PracticeSystemRow(practice_id=booking.practice, vendor=systems.KAREO, connected_at=NOW, problem="")
        systems.connect(session, row, as_of=NOW)
        systems.save_places(session, booking.practice, providers, [SystemLocation("81", "Place 0")])

    db.transaction(connect)
    return booking


def seen(number: str = "501", *, minutes: float = 0, **facts: Any) -> SystemAppointment:
    """Show one appointment, modified some minutes after NOW."""
    start = facts.pop("starts_at", START)
    usual: dict[str, Any] = {"status": Status.CONFIRMED, "provider": "71", "location": "81", "patient": "91"}
    return SystemAppointment(
        number,
        starts_at=start,
        ends_at=facts.pop("ends_at", start + 30 * MINUTE),
        modified_at=NOW + minutes * MINUTE,
        **(usual | facts),
    )


def take_in(made: Booking, *shown: SystemAppointment, as_of: datetime = NOW) -> Taken:
    return made.db.transaction(lambda s: system_changes.take_in(s, made.practice, shown, as_of=as_of))


def known(made: Booking) -> dict[str, Appointment]:
    start, end = NOW - timedelta(days=9), NOW + timedelta(days=9)
    lines = made.db.read(lambda s: portal.upcoming(s, made.practice, start, end))
    return {line.visit.system_id: line.visit for line in lines}


def state(made: Booking) -> list[tuple[object, ...]]:
    """Give what is known, without ids and versions."""
    return [
        (
            number, one.status, one.starts_at, one.ends_at, one.patient_id, one.system_modified_at,
            one.confirmed_at, one.checked_out_at, one.has_conflict,
        )
        for number, one in sorted(known(made).items())
    ]  # fmt: skip


def history() -> list[SystemAppointment]:
    return [seen(status=status, starts_at=start, minutes=n) for n, (status, start) in enumerate(HISTORY)]


def test_an_appointment_comes_in_with_what_it_is_a48(made: Booking) -> None:
    added: dict[str, Any] = {"visit": VisitType.TELEHEALTH, "created_at": NOW - timedelta(days=3)}
    assert take_in(made, seen(**added)) == Taken(new=1)
    visit = known(made)["501"]
    assert (visit.origin, visit.status, visit.patient_type) == (Origin.KAREO, Status.CONFIRMED, PatientType.RETURNING)
    assert (visit.provider_id, visit.location_id) == (made.providers[0], made.locations[0])
    assert (visit.is_virtual, visit.requested_at) == (True, NOW - timedelta(days=3))


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_repetition_gives_one_state(made: Booking, seed: int) -> None:
    """I11: whatever comes late or twice."""
    chance = random.Random(seed)
    in_order = history()
    late = [replace(one, id="502", provider="72") for one in in_order]
    for one in in_order:
        take_in(made, one)
    shuffled = [*late, *chance.sample(late, 3)]
    chance.shuffle(shuffled)
    while shuffled:
        take_in(made, shuffled.pop())
    first, second = state(made)
    assert first[1:] == second[1:]
    assert first[1:3] == (Status.CONFIRMED, START + 4 * 60 * MINUTE)


def test_what_is_seen_again_is_only_remembered_as_seen(made: Booking) -> None:
    take_in(made, seen())
    before = known(made)["501"]
    assert take_in(made, seen(minutes=5)) == Taken(unchanged=1)
    after = known(made)["501"]
    assert (after.version, after.system_modified_at) == (before.version, NOW + 5 * MINUTE)
    assert made.db.read(lambda s: s.scalar(select(func.count()).select_from(Event).where(Event.kind.like("app%")))) == 1


def test_lists_that_count_in_seconds_leave_doubt_within_one_second(made: Booking) -> None:
    take_in(made, seen(minutes=0.0005))
    listed = seen(status=Status.CANCELLED, by_name=True, provider="Dr. No. 0", location="Place 0")
    assert take_in(made, listed) == Taken(unchanged=1, doubtful=("501",))
    assert take_in(made, replace(listed, modified_at=NOW + timedelta(seconds=1))) == Taken(changed=1)
    again = replace(listed, modified_at=NOW + timedelta(seconds=1), status=Status.CONFIRMED)
    assert take_in(made, again).doubtful == ("501",)


def test_a_look_by_id_at_the_same_moment_is_the_later_one(made: Booking) -> None:
    for status in (Status.CONFIRMED, Status.CANCELLED, Status.CONFIRMED, Status.NO_SHOW):
        take_in(made, seen(status=status))
        assert known(made)["501"].status is status


def test_names_and_ids_mean_the_same_provider_and_place(made: Booking) -> None:
    take_in(made, seen())
    listed = seen(by_name=True, provider="Dr. No. 0", location="Place 0")
    assert take_in(made, listed) == Taken(unchanged=1)


def test_somebody_who_becomes_known_is_filled_in_without_any_change_there(made: Booking) -> None:
    take_in(made, seen())
    assert known(made)["501"].patient_id is None
    person = SystemPatient("91", "Robin", "Walker", None)
    added = made.db.transaction(
        lambda s: patients.add_from_system(s, made.practice, [person], origin=Origin.KAREO, as_of=NOW)
    )
    listed = seen(by_name=True, provider="Dr. No. 0", location="Place 0")
    assert take_in(made, listed) == Taken(changed=1)
    assert known(made)["501"].patient_id == added["91"]


def test_many_come_in_at_once_and_overlap_as_they_like_a102(made: Booking) -> None:
    crowd = [seen(str(600 + n), starts_at=START + n * MINUTE) for n in range(40)]
    assert take_in(made, *crowd) == Taken(new=40)
    claims = select(func.count()).select_from(SlotClaimRow)
    assert made.db.read(lambda s: s.scalar(claims)) == 40
    gone = [replace(one, status=Status.DELETED, modified_at=NOW + MINUTE) for one in crowd]
    assert take_in(made, *gone) == Taken(deleted=40)
    assert made.db.read(lambda s: s.scalar(claims)) == 0


def test_what_a_whole_listing_does_not_show_is_missing_and_nothing_else(made: Booking) -> None:
    take_in(made, seen("501"), seen("502"), seen("503", starts_at=START + timedelta(days=1)))
    day = (START - timedelta(hours=9), START + timedelta(hours=9))
    missing = made.db.read(lambda s: system_changes.missing_in_window(s, made.practice, [seen("501")], *day))
    assert missing == [known(made)["502"].id]
    assert made.db.transaction(lambda s: system_changes.mark_deleted(s, made.practice, missing, as_of=NOW)) == 1
    assert made.db.transaction(lambda s: system_changes.mark_deleted(s, made.practice, missing, as_of=NOW)) == 0
    assert known(made)["502"].status is Status.DELETED


def test_history_is_written_once_for_each_change_and_holds_together(made: Booking) -> None:
    for _ in range(2):
        for one in history():
            take_in(made, one)
    kinds = made.db.read(lambda s: s.scalars(select(Event.kind).where(Event.kind.like("appointment%"))).all())
    assert Counter(kinds)["appointment_imported"] == 1
    assert Counter(kinds)["appointment_cancelled"] == 1
    assert made.db.read(lambda s: events.check_chain(s, made.practice)).is_intact
    keys = made.db.read(lambda s: s.execute(select(Message.process_id, Message.key)).all())
    assert len(keys) == len(set(keys))


def test_one_that_cannot_be_taken_in_does_not_keep_the_others_back(made: Booking) -> None:
    naive = replace(seen("502"), starts_at=datetime(2026, 11, 23, 10), ends_at=datetime(2026, 11, 23, 11))  # noqa: DTZ001 - the fault
    with pytest.raises((DatabaseFailure, ValueError, TypeError)):
        take_in(made, seen("501"), naive)
    assert known(made) == {}
    taken = made.db.transaction(
        lambda s: dead_changes.take_in_each(s, made.practice, [seen("501"), naive, seen("503")], as_of=NOW)
    )
    assert (taken.new, taken.dead) == (2, 1)
    made.db.transaction(lambda s: dead_changes.take_in_each(s, made.practice, [naive], as_of=NOW))
    [dead] = made.db.read(dead_changes.list_dead)
    assert (dead.system_id, dead.tries) == ("502", 2)
    opened = made.db.read(lambda s: dead_changes.open_dead_change(s, dead))
    assert opened == replace(naive, created_at=None)
    again = made.db.transaction(lambda s: dead_changes.take_in_again(s, [dead.id, 99], as_of=NOW))
    assert again == {dead.id: False}


def test_a_seen_appointment_survives_being_kept(made: Booking) -> None:
    one = seen(word="Check-in", reason="Follow-up", is_group=True, by_name=True)
    assert dead_changes.seen_of(dead_changes.plain_of(one)) == one
    assert made.practice


def test_of_several_sights_in_one_batch_the_newest_counts(made: Booking) -> None:
    assert take_in(made, *history()) == Taken(new=1)
    assert known(made)["501"].starts_at == START + 4 * 60 * MINUTE
    assert made.db.read(lambda s: s.scalar(select(func.count()).select_from(AppointmentRow))) == 1
