"""Public reviews in the database: once, in versions, with tombstones, sealed, and work for low stars (F-080, F-082)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from models.db import Database
from models.rules.decisions import Refusal
from models.rules.reputation import ANSWER_LOW_STARS, ReviewSource, ReviewState
from models.rules.reputation_replies import ReplyState
from models.rules.roles import Role
from models.store import reviews, work_items
from models.store.reviews import MISSING_FOR
from models.tables.reputation import ReviewVersionRow
from models.tables.work_items import WorkItem
from tests.factories import MONDAY
from tests.store.reviewing import PLACE, Reviewing, a_review, a_reviewing


@pytest.fixture
def there(db: Database) -> Reviewing:
    return a_reviewing(db)


def work(there: Reviewing) -> list[tuple[str, Role]]:
    return [
        (item.key, item.role)
        for item in there.db.read(lambda s: work_items.open_for(s, practice_id=there.practice))
        if item.process.value == "reputation"
    ]


def test_the_same_reviews_again_change_nothing(there: Reviewing) -> None:
    seen = [a_review("r1"), a_review("r2", stars=None, source=ReviewSource.OWN_SITE)]
    assert there.take_in(*seen) == {"new": 2}
    assert there.take_in(*seen) == {"same": 2}
    assert there.row().version == 1


def test_one_id_at_two_sources_is_two_reviews(there: Reviewing) -> None:
    assert there.take_in(a_review("7"), a_review("7", source=ReviewSource.VITALS)) == {"new": 2}


def test_a_changed_review_keeps_its_earlier_version(there: Reviewing) -> None:
    there.take_in(a_review())
    later = MONDAY + timedelta(hours=2)
    assert there.take_in(a_review(stars=1, words="They were rude.", changed_at=later), as_of=later) == {"changed": 1}
    (shown,) = there.db.read(lambda s: reviews.shown(s, there.practice))
    assert (shown.stars, shown.words, shown.signed, shown.version) == (1, "They were rude.", "Zoe K.", 2)
    kept = there.db.read(lambda s: s.execute(select(ReviewVersionRow.version, ReviewVersionRow.stars)).all())
    assert sorted(map(tuple, kept)) == [(1, 5), (2, 1)]


def test_names_and_words_are_sealed_and_bound_to_their_place(there: Reviewing) -> None:
    there.take_in(a_review(words="canary-words", signed="Canary Name"))
    rows = there.db.read(lambda s: s.execute(text("SELECT signed, words FROM public_review_versions")).all())
    assert "anary" not in str(rows)
    assert there.db.read(reviews.listed)[0].stars == 5
    assert "anary" not in repr(there.db.read(lambda s: reviews.shown(s, there.practice)))


@pytest.mark.parametrize("stars", [1, 2])
def test_low_stars_ask_the_front_office_within_two_working_days(there: Reviewing, stars: int) -> None:
    there.take_in(a_review(stars=stars))
    assert work(there) == [(ANSWER_LOW_STARS, Role.FRONT_OFFICE)]
    due = there.db.read(lambda s: s.scalars(select(WorkItem.due_at).where(WorkItem.key == ANSWER_LOW_STARS)).one())
    assert due is not None
    assert due.isoformat() == "2026-11-25T22:00:00+00:00"  # Wednesday, 17:00 in New York


@pytest.mark.parametrize("stars", [3, 4, 5, None])
def test_other_stars_ask_nobody(there: Reviewing, stars: int | None) -> None:
    there.take_in(a_review(stars=stars))
    assert work(there) == []


def test_a_reply_that_stands_there_already_ends_the_work(there: Reviewing) -> None:
    there.take_in(a_review(stars=1))
    there.take_in(a_review(stars=1, reply="Thank you."))
    assert work(there) == []
    there.take_in(a_review("r2", stars=1, reply="Thank you."))
    assert work(there) == []


def test_a_review_that_loses_stars_asks_then(there: Reviewing) -> None:
    there.take_in(a_review(stars=4))
    there.take_in(a_review(stars=2))
    assert work(there) == [(ANSWER_LOW_STARS, Role.FRONT_OFFICE)]
    there.take_in(a_review(stars=5))
    assert work(there) == []


def test_a_review_is_gone_only_when_two_whole_lists_lack_it(there: Reviewing) -> None:
    place = there.connect()
    there.take_in(a_review(), a_review("r2", stars=1))
    there.draft(review="r2")
    hour = timedelta(hours=1)

    def absent(as_of: timedelta) -> int:
        return there.db.transaction(lambda s: reviews.take_absence(s, place, {"r1"}, as_of=MONDAY + as_of))

    assert [absent(hour), absent(hour + MISSING_FOR / 2), absent(2 * hour)] == [0, 0, 1]
    assert there.row("r2").state is ReviewState.WITHDRAWN
    assert there.row("r2").stars == 1
    assert there.state("r2") is ReplyState.CLOSED
    assert work(there) == []
    kept = there.db.read(lambda s: s.execute(text("SELECT words FROM public_review_versions WHERE words <> ''")).all())
    assert len(kept) == 1
    assert absent(3 * hour) == 0


def test_a_review_that_was_overlooked_once_stays(there: Reviewing) -> None:
    place = there.connect()
    there.take_in(a_review())
    later = MONDAY + timedelta(hours=1)
    there.db.transaction(lambda s: reviews.take_absence(s, place, set(), as_of=later))
    there.take_in(a_review(), as_of=later)
    there.db.transaction(lambda s: reviews.take_absence(s, place, set(), as_of=later + timedelta(hours=5)))
    assert there.row().state is ReviewState.SHOWN


def test_a_withdrawn_review_that_returns_is_a_new_version(there: Reviewing) -> None:
    there.take_in(a_review(stars=1))
    number = there.review()
    assert there.db.transaction(lambda s: reviews.withdrawn_one(s, there.practice, number, as_of=MONDAY))
    assert not there.db.transaction(lambda s: reviews.withdrawn_one(s, there.practice, number, as_of=MONDAY))
    assert there.take_in(a_review(stars=1)) == {"back": 1}
    assert (there.row().state, there.row().version) == (ReviewState.SHOWN, 2)
    assert work(there) == [(ANSWER_LOW_STARS, Role.FRONT_OFFICE)]


def test_a_place_is_one_practices_only_and_practices_never_see_each_others_reviews(there: Reviewing) -> None:
    """I17."""
    other = a_reviewing(there.db, connected=False, key="oak-lane")
    taken = there.db.transaction(
        lambda s: reviews.connect_place(s, other.practice, ReviewSource.GOOGLE, PLACE, by="office", as_of=MONDAY)
    )
    assert isinstance(taken, Refusal)
    there.take_in(a_review())
    other.take_in(a_review(words="Other words"))
    assert there.review() != other.review()
    assert [one.words for one in there.db.read(lambda s: reviews.shown(s, other.practice))] == ["Other words"]
    number = there.review()
    assert there.db.read(lambda s: reviews.shown(s, other.practice, only=[number])) == []
