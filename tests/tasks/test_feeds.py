"""Making and ending calendar links as flows do it: the answer says where the link is read, and never the link."""

from models.db import Database
from models.store import feeds
from tasks.feeds import make_feed, revoke_feed
from tests.booking import NOW, NPIS, a_booking

P = "maple-street"


def test_the_answer_says_where_staff_read_the_link_and_not_the_link(db: Database) -> None:
    booking = a_booking(db)
    made = make_feed.fn(P, NPIS[0], by="coach-1", as_of=NOW)
    assert made.is_done
    assert f"/staff/practices/{P}/feeds" in made.sentence
    (line,) = (one for one in db.read(lambda s: feeds.feeds_of(s, booking.practice)) if one.token)
    assert line.token not in repr(made)
    assert "/c/" not in made.sentence
    assert revoke_feed.fn(P, NPIS[0], by="coach-1", as_of=NOW).is_done


def test_what_cannot_be_is_refused_in_a_sentence(db: Database) -> None:
    a_booking(db)
    for practice, npi, by in (("nobody", NPIS[0], "coach-1"), (P, "1999999999", "coach-1"), (P, NPIS[0], "nobody")):
        for act in (make_feed, revoke_feed):
            answer = act.fn(practice, npi, by=by, as_of=NOW)
            assert not answer.is_done
            assert answer.sentence.endswith(".")
    assert not revoke_feed.fn(P, NPIS[0], by="coach-1", as_of=NOW).is_done
