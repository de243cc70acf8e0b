"""Calendar links: one per provider at a time, unguessable, found by their hash, and ended for good."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import Status
from models.rules.decisions import Process, Refusal
from models.store import events, feeds
from models.store.feeds import Feed, FeedLine
from models.store.practices import TOKEN_LENGTH, hash_of_token
from models.tables.practice_systems import FeedRow
from tests.booking import NOW, NPIS, Booking, a_booking, an_appointment, at

P = "maple-street"


@pytest.fixture
def booking(db: Database) -> Booking:
    return a_booking(db)


def make(booking: Booking, npi: str = NPIS[0], *, by: str = "coach-1") -> int | Refusal:
    return booking.db.transaction(lambda s: feeds.make_feed(s, P, npi, by=by, as_of=NOW))


def revoke(booking: Booking, npi: str = NPIS[0]) -> int | Refusal:
    return booking.db.transaction(lambda s: feeds.revoke_feed(s, P, npi, by="coach-1", as_of=NOW))


def lines(booking: Booking) -> dict[str, FeedLine]:
    return {one.npi: one for one in booking.db.read(lambda s: feeds.feeds_of(s, booking.practice))}


def found(booking: Booking, token: str) -> Feed | None:
    return booking.db.read(lambda s: feeds.feed_of_link(s, hash_of_token(token)))


def booked(booking: Booking, clock: str, status: Status, *, provider: int = 0, days: int = 0) -> int:
    wish = booking.wish(at(clock) + timedelta(days=days), provider=provider)
    return booking.db.transaction(lambda s: an_appointment(s, booking, wish, status=status))


def test_a_link_is_found_by_its_hash_and_only_the_hash_is_kept(booking: Booking) -> None:
    assert isinstance(make(booking), int)
    line = lines(booking)[NPIS[0]]
    assert len(line.token) == TOKEN_LENGTH  # 132 bits
    feed = found(booking, line.token)
    assert feed is not None
    assert (feed.provider_id, feed.zone) == (booking.providers[0], "America/New_York")
    assert feed.provider == "Dr. Avery No. 0"
    assert "Avery" not in repr(feed) + repr(line)
    assert line.token not in repr(line)
    row = booking.db.read(lambda s: s.scalars(select(FeedRow)).one())
    assert line.token not in str(vars(row))


def test_a_provider_has_one_link_at_a_time(booking: Booking) -> None:
    make(booking)
    token = lines(booking)[NPIS[0]].token
    again = make(booking)
    assert isinstance(again, Refusal)
    assert "revoke-calendar-feed" in again.sentence
    assert lines(booking)[NPIS[0]].token == token


def test_providers_have_links_of_their_own(booking: Booking) -> None:
    make(booking)
    assert lines(booking)[NPIS[1]].token == ""
    make(booking, NPIS[1])
    assert len({one.token for one in lines(booking).values()}) == 2


def test_a_link_that_was_ended_is_unknown_and_the_next_one_is_another(booking: Booking) -> None:
    make(booking)
    before = lines(booking)[NPIS[0]].token
    assert isinstance(revoke(booking), int)
    assert found(booking, before) is None
    assert isinstance(revoke(booking), Refusal)
    make(booking)
    after = lines(booking)[NPIS[0]].token
    assert after != before
    assert found(booking, before) is None
    assert found(booking, after)


def test_what_cannot_be_is_refused_in_a_sentence(booking: Booking) -> None:
    for wrong in (make(booking, "1999999999"), make(booking, by="nobody")):
        assert isinstance(wrong, Refusal)
        assert wrong.sentence.endswith(".")


def test_the_history_keeps_who_made_and_ended_a_link(booking: Booking) -> None:
    make(booking)
    revoke(booking)

    def told(session: Session) -> list[tuple[str, str, str]]:
        lines = events.history(session, process=Process.PRACTICE, process_id=booking.practice)
        return [(one.kind, one.subject, one.actor) for one in lines[:2]]

    assert booking.db.read(told) == [
        ("calendar_feed_revoked", NPIS[0], "coach-1"),
        ("calendar_feed_made", NPIS[0], "coach-1"),
    ]


def test_entries_are_those_of_the_provider_within_the_span(booking: Booking) -> None:
    make(booking)
    feed = found(booking, lines(booking)[NPIS[0]].token)
    assert feed
    wanted = [
        booked(booking, "09:00", Status.TENTATIVE),
        booked(booking, "10:00", Status.CONFIRMED),
        booked(booking, "11:00", Status.CANCELLED),
    ]
    booked(booking, "12:00", Status.DELETED)
    booked(booking, "13:00", Status.CONFIRMED, provider=1)
    booked(booking, "09:00", Status.CONFIRMED, days=30)
    span = (at("00:00"), at("23:59"))
    entries = booking.db.read(lambda s: feeds.entries_of(s, feed, *span))
    assert [one.number for one in entries] == wanted
    assert {one.location for one in entries} == {"Place 0"}
    assert entries[0].revised_at == NOW
