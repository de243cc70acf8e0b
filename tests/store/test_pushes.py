"""Writes to practice systems: queued once, claimed in their order, marked, put off, taken over, replayed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models.db import Database
from models.store import pushes, systems
from models.store.claims import LEASE, Claim
from models.store.pushes import RETRY_AFTER, ClaimedPush, NewPush
from models.store.systems import Login
from models.tables.practice_systems import CursorKind, PracticeSystemRow, PushRow, PushState, SystemAccountRow
from tasks.dispatch import SHORTEST_NAP, due_writes_and_looks
from tests.booking import NOW, Booking, a_booking, an_appointment, at

SECOND = timedelta(seconds=1)


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice in Kareo with an account."""
    booking = a_booking(db)
    login = Login("acme", systems.KAREO, "https://kareo.example.com/?singleWsdl", "key", "user", "password")

    def connect(session: Any) -> None:
        row = PracticeSystemRow(practice_id=booking.practice, vendor=systems.KAREO, connected_at=NOW, problem="")
        row.account_id = systems.store_account(session, login, as_of=NOW)
        systems.connect(session, row, as_of=NOW + timedelta(days=9))

    db.transaction(connect)
    return booking


def queued(made: Booking, *keys: str, visit: int = 0, as_of: datetime = NOW) -> int:
    """Queue writes for one appointment; gives its number."""

    def queue(session: Any) -> int:
        number = visit or an_appointment(session, made, made.wish(at("10:00")))
        new = [NewPush(made.practice, number, key, "change", {"status": "confirmed"}) for key in keys]
        pushes.queue(session, new, as_of=as_of)
        return number

    return made.db.transaction(queue)


def claim(made: Booking, as_of: datetime = NOW, limit: int = 20) -> Claim:
    return made.db.transaction(lambda s: pushes.claim_due(s, as_of=as_of, limit=limit))


def held(made: Booking, claim: Claim) -> list[ClaimedPush]:
    return made.db.read(lambda s: pushes.claimed(s, claim))


def row(made: Booking, push: int) -> PushRow:
    return made.db.read(lambda s: s.get_one(PushRow, push))


def due(made: Booking) -> datetime | None:
    return made.db.read(pushes.next_due)


def settle(made: Booking, claim: Claim, state: PushState = PushState.DONE, *, push: int = 0) -> bool:
    number = push or claim.ids[0]
    return made.db.transaction(lambda s: pushes.settle(s, number, state, "x", fence=claim.fence, as_of=NOW))


def put_off(made: Booking, claim: Claim, as_of: datetime = NOW, *, is_unknown: bool = False) -> PushState | None:
    [one] = held(made, claim)
    return made.db.transaction(
        lambda s: pushes.put_off(s, one, "no_answer", is_unknown=is_unknown, fence=claim.fence, as_of=as_of)
    )


def rest(made: Booking, until: datetime) -> None:
    made.db.transaction(lambda s: s.execute(update(SystemAccountRow).values(rests_until=until)))


def test_a_write_is_queued_once_per_key(made: Booking) -> None:
    visit = queued(made, "a")
    queued(made, "a", "b", visit=visit)
    [first] = held(made, claim(made))
    assert (first.appointment_id, first.stage, first.attempts, first.change) == (visit, "", 0, {"status": "confirmed"})
    assert len(made.db.read(lambda s: s.query(PushRow).all())) == 2


def test_writes_of_one_appointment_go_out_one_after_the_other(made: Booking) -> None:
    queued(made, "a", "b")
    first = claim(made)
    assert len(first.ids) == 1
    assert not claim(made)
    assert due(made) == NOW + LEASE
    assert settle(made, first)
    second = claim(made)
    assert second.ids > first.ids


def test_a_later_write_behind_an_unknown_one_is_neither_claimed_nor_due(made: Booking) -> None:
    queued(made, "a", "b")
    assert put_off(made, claim(made), is_unknown=True) is PushState.UNKNOWN
    assert not claim(made)
    assert due(made) == NOW + RETRY_AFTER[0]
    assert len(claim(made, NOW + RETRY_AFTER[0]).ids) == 1


def test_writes_of_other_appointments_wait_for_nobody(made: Booking) -> None:
    for _ in range(3):
        queued(made, "a", "b")
    assert len(claim(made).ids) == 3
    assert not claim(made)


def test_a_resting_account_keeps_its_writes_back_and_nothing_is_due_meanwhile(made: Booking) -> None:
    queued(made, "a")
    rest(made, NOW + timedelta(minutes=4))
    assert not claim(made, NOW + SECOND)
    assert due(made) == NOW + timedelta(minutes=4)
    assert claim(made, NOW + timedelta(minutes=4))


def test_a_lost_claim_changes_nothing(made: Booking) -> None:
    queued(made, "a")
    old = claim(made)
    [one] = held(made, old)
    later = NOW + LEASE + SECOND
    assert made.db.transaction(lambda s: pushes.recover(s, as_of=later)) == 1
    assert held(made, old) == []
    assert not made.db.transaction(lambda s: pushes.mark(s, one.id, "patient", fence=old.fence, as_of=later))
    assert not settle(made, old)
    assert not made.db.transaction(lambda s: pushes.give_back(s, one, "budget", fence=old.fence, as_of=later))
    off = made.db.transaction(lambda s: pushes.put_off(s, one, "x", is_unknown=False, fence=old.fence, as_of=later))
    assert off is None
    assert (row(made, one.id).state, row(made, one.id).due_at) == (PushState.UNKNOWN, later)


def test_a_worker_that_died_leaves_its_stage_for_the_look_up(made: Booking) -> None:
    queued(made, "a")
    old = claim(made)
    [one] = held(made, old)
    assert made.db.transaction(lambda s: pushes.mark(s, one.id, "appointment", fence=old.fence, as_of=NOW))
    assert made.db.transaction(lambda s: pushes.recover(s, as_of=NOW + LEASE)) == 0
    later = NOW + LEASE + SECOND
    assert made.db.transaction(lambda s: pushes.recover(s, as_of=later)) == 1
    [again] = held(made, claim(made, later))
    assert (again.stage, again.attempts) == ("appointment", 1)


def test_a_write_is_tried_later_and_later_and_then_a_person_is_asked(made: Booking) -> None:
    queued(made, "a")
    moment = NOW
    for pause in RETRY_AFTER:
        assert put_off(made, claim(made, moment), moment) is PushState.PENDING
        assert due(made) == moment + pause
        assert not claim(made, moment + pause - SECOND)
        moment += pause
    last = claim(made, moment)
    assert put_off(made, last, moment) is PushState.DEAD
    assert due(made) is None
    [letter] = made.db.read(pushes.dead_letters)
    assert letter.id == last.ids[0]


def test_a_write_that_could_not_be_tried_loses_no_try(made: Booking) -> None:
    queued(made, "a")
    for number in range(30):
        now = claim(made, NOW + number * 2 * SECOND)
        [one] = held(made, now)
        assert made.db.transaction(
            lambda s, one=one, now=now, number=number: pushes.give_back(  # type: ignore[misc]
                s, one, "budget", fence=now.fence, as_of=NOW + number * 2 * SECOND
            )
        )
        assert (row(made, one.id).state, row(made, one.id).attempts) == (PushState.PENDING, 0)


def test_what_may_have_happened_stays_unknown_when_it_is_given_back(made: Booking) -> None:
    queued(made, "a")
    now = claim(made)
    [one] = held(made, now)
    made.db.transaction(lambda s: pushes.mark(s, one.id, "patient", fence=now.fence, as_of=NOW))
    made.db.transaction(lambda s: pushes.give_back(s, one, "budget", fence=now.fence, as_of=NOW))
    assert (row(made, one.id).state, row(made, one.id).stage) == (PushState.UNKNOWN, "patient")


@pytest.mark.parametrize("state", [PushState.REFUSED, PushState.DEAD])
def test_dead_letters_are_replayed_with_all_their_tries(made: Booking, state: PushState) -> None:
    queued(made, "a")
    first = claim(made)
    settle(made, first, state)
    assert made.db.transaction(lambda s: pushes.replay(s, first.ids, as_of=NOW)) == list(first.ids)
    assert made.db.transaction(lambda s: pushes.replay(s, first.ids, as_of=NOW)) == []
    [one] = held(made, claim(made))
    assert one.attempts == 0


def test_what_was_not_begun_can_be_called_off(made: Booking) -> None:
    visit = queued(made, "a", "b")
    begun = claim(made)
    made.db.transaction(lambda s: pushes.cancel(s, visit, code="deleted", as_of=NOW))
    assert settle(made, begun)
    assert not claim(made)
    assert not made.db.read(lambda s: pushes.is_more_to_write(s, visit))


def test_a_standing_watch_never_spins_over_work_that_it_cannot_claim(made: Booking) -> None:
    """Whatever holds work back, the next moment lies ahead, or something can be claimed at it."""
    visit = queued(made, "a", "b")
    queued(made, "a")
    rest(made, NOW + timedelta(minutes=4))
    in_vain, moment = 0, NOW
    for _ in range(40):
        ahead = [one for one in made.db.read(due_writes_and_looks) if one is not None]
        moment = max(moment + SHORTEST_NAP, min(ahead, default=moment))
        if not _worked(made, moment, refusing=visit):
            in_vain += 1
            assert in_vain < 2, "a wake-up in vain may follow the end of a lease, and none follows that one"
        else:
            in_vain = 0


def _worked(made: Booking, moment: datetime, *, refusing: int) -> bool:
    """Do what can be done at a moment; says whether there was anything."""
    taken = made.db.transaction(lambda s: pushes.recover(s, as_of=moment))
    looks = made.db.transaction(lambda s: systems.claim_looks(s, kinds=[CursorKind.CHANGES], as_of=moment, limit=9))
    got = claim(made, moment)
    for one in held(made, got):
        settle(made, got, [PushState.DONE, PushState.REFUSED][one.appointment_id == refusing], push=one.id)
    return bool(taken or looks or got)
