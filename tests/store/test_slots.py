"""Providers' time: holds end and are renewed, requests own theirs, appointments of the practice system are followed."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import ConstraintBroken, Database
from models.rules.appointments import HOLD, LONGEST_HOLD
from models.store import slots
from models.store.slots import Hold, Taken, Time, Wish
from models.tables.appointments import ClaimKind, SlotClaimRow
from tests.booking import NOW, Booking, a_booking, an_appointment, at

MINUTE = timedelta(minutes=1)


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice with two providers."""
    return a_booking(db)


def hold(made: Booking, wish: Wish, *, who: str = "a", as_of: datetime = NOW) -> Hold | Taken:
    return made.db.transaction(lambda s: slots.hold(s, wish, token=who, as_of=as_of))


def renew(made: Booking, token: str, *, as_of: datetime) -> datetime | None:
    return made.db.transaction(lambda s: slots.renew(s, token, as_of=as_of))


def busy(made: Booking, *, as_of: datetime = NOW, token: str = "") -> list[tuple[datetime, datetime]]:
    asked = partial(slots.busy_of, start=at("00:00"), end=at("23:59"), as_of=as_of, token=token)
    return made.db.read(lambda s: asked(s, made.providers))[made.providers[0]]


def imported(made: Booking, wish: Wish) -> int:
    """Take over an appointment from the practice system."""

    def take(session: Session) -> int:
        appointment = an_appointment(session, made, wish)
        slots.follow(session, [time_of(appointment, wish)])
        return appointment

    return made.db.transaction(take)


def time_of(appointment: int, wish: Wish, *, keeps_time: bool = True) -> Time:
    return Time(appointment, *wish[:5], keeps_time)


def follow(made: Booking, *times: Time) -> set[int]:
    return made.db.transaction(lambda s: slots.follow(s, times))


def requested(made: Booking, wish: Wish, *, who: str = "a") -> int:
    """Hold a time and turn it into a request."""

    def turn(session: Session) -> int:
        assert isinstance(slots.hold(session, wish, token=who, as_of=NOW), Hold)
        appointment = an_appointment(session, made, wish)
        assert slots.turn_into_request(session, who, appointment, as_of=NOW)
        return appointment

    return made.db.transaction(turn)


def claim_of(made: Booking, appointment: int) -> SlotClaimRow:
    return made.db.read(lambda s: s.scalars(select(SlotClaimRow).filter_by(appointment_id=appointment)).one())


def test_a_held_slot_is_taken_for_everybody_else(made: Booking) -> None:
    """A-31, A-92."""
    wish = made.wish(at("10:00"))
    assert hold(made, wish) == Hold(wish, NOW + HOLD)
    assert hold(made, wish, who="b") == Taken(wish)
    assert hold(made, made.wish(at("10:15")), who="b") == Taken(made.wish(at("10:15")))
    assert isinstance(hold(made, made.wish(at("10:00"), provider=1), who="b"), Hold)


def test_times_that_only_touch_do_not_overlap(made: Booking) -> None:
    assert isinstance(hold(made, made.wish(at("10:00"))), Hold)
    assert isinstance(hold(made, made.wish(at("10:30")), who="b"), Hold)
    assert isinstance(hold(made, made.wish(at("09:30")), who="c"), Hold)


def test_a_hold_is_free_again_after_ten_minutes(made: Booking) -> None:
    """A-92."""
    wish = made.wish(at("10:00"))
    hold(made, wish)
    assert busy(made) == [(wish.starts_at, wish.ends_at)]
    assert busy(made, as_of=NOW + HOLD) == []
    assert isinstance(hold(made, wish, who="b", as_of=NOW + HOLD - MINUTE), Taken)
    assert isinstance(hold(made, wish, who="b", as_of=NOW + HOLD), Hold)


def test_a_hold_is_renewed_to_twenty_minutes_and_no_longer(made: Booking) -> None:
    """A-92."""
    wish = made.wish(at("10:00"))
    hold(made, wish)
    assert renew(made, "a", as_of=NOW + 5 * MINUTE) == NOW + 15 * MINUTE
    assert renew(made, "a", as_of=NOW + 14 * MINUTE) == NOW + LONGEST_HOLD
    assert hold(made, wish, as_of=NOW + 19 * MINUTE) == Hold(wish, NOW + LONGEST_HOLD)
    assert renew(made, "a", as_of=NOW + LONGEST_HOLD) is None
    assert renew(made, "nobody", as_of=NOW) is None
    assert isinstance(hold(made, wish, who="b", as_of=NOW + LONGEST_HOLD), Hold)


def test_another_choice_gives_the_former_one_back(made: Booking) -> None:
    first, second = made.wish(at("10:00")), made.wish(at("11:00"), provider=1)
    hold(made, first)
    assert isinstance(hold(made, second), Hold)
    assert isinstance(hold(made, first, who="b"), Hold)


def test_a_choice_that_is_taken_leaves_the_former_one_held(made: Booking) -> None:
    mine, theirs = made.wish(at("10:00")), made.wish(at("11:00"))
    hold(made, mine)
    hold(made, theirs, who="b")
    assert hold(made, theirs) == Taken(theirs)
    assert hold(made, mine, who="c") == Taken(mine)


def test_a_longer_choice_may_lie_over_the_own_former_one(made: Booking) -> None:
    hold(made, made.wish(at("10:00")))
    assert isinstance(hold(made, made.wish(at("10:15"))), Hold)


def test_what_is_released_is_free(made: Booking) -> None:
    wish = made.wish(at("10:00"))
    hold(made, wish)
    made.db.transaction(lambda s: slots.release(s, "a"))
    assert busy(made) == []
    assert isinstance(hold(made, wish, who="b"), Hold)


def test_ones_own_hold_does_not_make_a_provider_busy_for_oneself(made: Booking) -> None:
    wish = made.wish(at("10:00"))
    hold(made, wish)
    assert busy(made, token="a") == []
    assert busy(made, token="b") == [(wish.starts_at, wish.ends_at)]


def test_a_request_owns_its_slot_until_it_is_decided(made: Booking) -> None:
    """A-93."""
    wish = made.wish(at("10:00"))
    appointment = requested(made, wish)
    much_later = NOW + timedelta(days=2)
    assert hold(made, wish, who="b", as_of=much_later) == Taken(wish)
    assert isinstance(hold(made, made.wish(at("14:00")), as_of=much_later), Hold), "the token is free for another one"
    assert claim_of(made, appointment).expires_at is None
    assert follow(made, time_of(appointment, wish, keeps_time=False)) == set()
    assert isinstance(hold(made, wish, who="b", as_of=much_later), Hold)


def test_a_hold_that_is_over_becomes_a_request_only_while_it_is_free(made: Booking) -> None:
    """A-92."""
    wish, late = made.wish(at("10:00")), NOW + timedelta(hours=1)

    def turn(session: Session, token: str) -> bool:
        return slots.turn_into_request(session, token, an_appointment(session, made, wish), as_of=late)

    hold(made, wish, who="gone")
    hold(made, wish, who="late", as_of=NOW + HOLD)
    assert not made.db.transaction(partial(turn, token="gone"))
    assert made.db.transaction(partial(turn, token="late"))
    assert not made.db.transaction(partial(turn, token="never"))


def test_an_appointment_of_the_practice_system_beats_a_hold(made: Booking) -> None:
    """A-59, A-102."""
    wish = made.wish(at("10:00"))
    hold(made, wish)
    imported(made, made.wish(at("10:10"), 5))
    assert renew(made, "a", as_of=NOW + MINUTE) is None
    assert hold(made, wish, as_of=NOW + MINUTE) == Taken(wish)

    def turn(session: Session) -> bool:
        return slots.turn_into_request(session, "a", an_appointment(session, made, wish), as_of=NOW)

    assert not made.db.transaction(turn)


def test_appointments_of_the_practice_system_may_overlap_and_make_the_time_busy(made: Booking) -> None:
    """A-59, A-102."""
    first, second = made.wish(at("10:00"), 60), made.wish(at("10:30"), 60)
    one = imported(made, first)
    assert follow(made, time_of(one, first)) == set()
    two = imported(made, second)
    assert follow(made, time_of(one, first), time_of(two, second)) == {one, two}
    assert busy(made) == [(first.starts_at, first.ends_at), (second.starts_at, second.ends_at)]
    assert hold(made, made.wish(at("11:00"))) == Taken(made.wish(at("11:00")))
    assert not claim_of(made, one).is_exclusive


def test_a_confirmed_request_grows_when_it_fits(made: Booking) -> None:
    """A-101."""
    appointment = requested(made, made.wish(at("10:00")))
    assert follow(made, time_of(appointment, made.wish(at("10:00"), 60))) == set()
    claim = claim_of(made, appointment)
    assert claim.is_exclusive
    assert claim.ends_at == at("11:00")
    assert isinstance(hold(made, made.wish(at("10:30")), who="b"), Taken)


def test_a_request_that_collides_keeps_the_full_time_of_the_practice_system(made: Booking) -> None:
    """A-43, A-101."""
    appointment, other = requested(made, made.wish(at("10:00"))), requested(made, made.wish(at("10:30")), who="b")
    assert follow(made, time_of(appointment, made.wish(at("10:00"), 60))) == {appointment}
    claim = claim_of(made, appointment)
    assert claim.ends_at == at("11:00")
    assert not claim.is_exclusive
    assert claim_of(made, other).is_exclusive
    assert follow(made, time_of(appointment, made.wish(at("15:00"), 60))) == set()
    assert claim_of(made, appointment).is_exclusive


def test_two_requests_may_change_places_in_one_batch(made: Booking) -> None:
    ten, eleven = made.wish(at("10:00")), made.wish(at("11:00"))
    first, second = requested(made, ten), requested(made, eleven, who="b")
    assert follow(made, time_of(first, eleven), time_of(second, ten)) == set()
    assert claim_of(made, first).is_exclusive
    assert claim_of(made, second).starts_at == at("10:00")


def test_a_visitors_hold_is_no_conflict_for_the_practice_system(made: Booking) -> None:
    appointment = requested(made, made.wish(at("10:00")))
    hold(made, made.wish(at("11:00")), who="b")
    assert follow(made, time_of(appointment, made.wish(at("11:00")))) == set()
    assert not claim_of(made, appointment).is_exclusive


def test_an_appointment_moves_to_another_provider_and_back_out(made: Booking) -> None:
    wish = made.wish(at("10:00"))
    appointment = imported(made, wish)
    follow(made, time_of(appointment, made.wish(at("10:00"), provider=1)))
    assert busy(made) == []
    assert claim_of(made, appointment).provider_id == made.providers[1]
    follow(made, time_of(appointment, wish)._replace(provider_id=None))
    assert isinstance(hold(made, made.wish(at("10:00"), provider=1)), Hold)


def test_of_several_times_of_one_appointment_the_last_counts(made: Booking) -> None:
    appointment = imported(made, made.wish(at("10:00")))
    times = (time_of(appointment, made.wish(at(clock))) for clock in ("12:00", "13:00", "14:00"))
    follow(made, *times)
    assert claim_of(made, appointment).starts_at == at("14:00")
    assert made.db.transaction(lambda s: slots.follow(s, [])) == set()


def test_an_appointment_of_several_days_is_met_by_what_lies_in_it(made: Booking) -> None:
    """A-59."""
    away = imported(made, made.wish(at("08:00"), 3 * 24 * 60))
    inside = made.wish(at("10:00") + timedelta(days=2))
    visit = imported(made, inside)
    assert follow(made, time_of(visit, inside)) == {visit}
    assert follow(made, time_of(away, made.wish(at("08:00"), 3 * 24 * 60))) == {away}
    assert isinstance(hold(made, made.wish(at("15:00") + timedelta(days=1))), Taken)


def test_collisions_are_listed_without_ones_own_and_without_what_has_ended(made: Booking) -> None:
    """A-35."""
    mine = requested(made, made.wish(at("10:00")))
    requested(made, made.wish(at("11:00")), who="b")
    hold(made, made.wish(at("12:00")), who="c")

    def met(without: int | None, as_of: datetime = NOW) -> list[datetime]:
        asked = partial(slots.collisions, start=at("09:00"), end=at("12:30"), without=without, as_of=as_of)
        return [start for start, _ in made.db.read(lambda s: asked(s, made.providers[0]))]

    assert met(None) == [at("10:00"), at("11:00"), at("12:00")]
    assert met(mine) == [at("11:00"), at("12:00")]
    assert met(mine, NOW + HOLD) == [at("11:00")]


def test_the_database_itself_refuses_an_overlapping_claim(made: Booking) -> None:
    """A-93."""
    wish = made.wish(at("10:00"))
    imported(made, wish)

    def insert_past_the_store(session: Session) -> None:
        row = SlotClaimRow(**made.wish(at("10:15"))._asdict(), kind=ClaimKind.REQUEST, is_exclusive=True)
        session.add(row)
        session.flush()

    with pytest.raises(ConstraintBroken, match="slot_taken") as failure:
        made.db.transaction(insert_past_the_store)
    assert failure.value.constraint == "slot_taken"


def test_what_is_no_question_of_time_is_not_called_taken(made: Booking) -> None:
    unknown = made.wish(at("10:00"))._replace(location_id=1)
    with pytest.raises(ConstraintBroken):
        hold(made, unknown)


def test_one_token_used_twice_at_once_is_tried_again(made: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two requests sees nothing of the first until the database refuses it."""
    hold(made, made.wish(at("10:00")))
    really, tries = slots._held, list[str]()

    def too_early(session: Session, code: str) -> object:
        tries.append(code)
        return None if len(tries) <= 2 else really(session, code)

    monkeypatch.setattr(slots, "_held", too_early)
    made.db._pause = lambda _: None
    assert isinstance(hold(made, made.wish(at("11:00"))), Hold)
    assert len(tries) == 4, "two looks in each of two tries"
