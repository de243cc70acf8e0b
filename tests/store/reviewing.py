"""A practice with public reviews: people who may release replies, patients whose names must not stand in them."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import Origin
from models.rules.decisions import Refusal
from models.rules.reputation import PublicReview, ReviewId, ReviewSource
from models.rules.reputation_replies import Override, ReplyState
from models.store import patients, replies, reviews
from models.store.actors import actor_of
from models.store.patients import Person
from models.store.replies import Standing
from models.store.reviews import Place
from models.tables.practices import Practice
from models.tables.reputation import (
    PublicReviewRow,
    ReviewReplyRow,
)
from tests.factories import MONDAY, a_journey, an_intake
from tests.scenes import kept

PLACE = "accounts/1/locations/2"
NEUTRAL = "Thank you for your feedback. We take every comment seriously."


def a_review(foreign_id: str = "r1", **facts: Any) -> PublicReview:
    given: dict[str, Any] = {
        "source": ReviewSource.GOOGLE,
        "foreign_id": foreign_id,
        "stars": 5,
        "written_at": MONDAY - timedelta(days=3),
        "changed_at": MONDAY - timedelta(days=3),
        "signed": "Zoe K.",
        "words": "Very friendly people.",
        "place": PLACE,
    }
    return PublicReview(**(given | facts))


@dataclass
class Reviewing:
    """One practice and its reviews."""

    db: Database
    practice: int
    key: str = "maple-street"
    place: int | None = None

    def connect(self, place: str = PLACE) -> Place:
        self.db.transaction(
            lambda s: reviews.connect_place(s, self.practice, ReviewSource.GOOGLE, place, by="office", as_of=MONDAY)
        )
        found = next(one for one in self.db.read(reviews.places) if one.practice_id == self.practice)
        self.place = found.id
        return found

    def take_in(self, *seen: PublicReview, as_of: datetime = MONDAY) -> Counter[str]:
        return self.db.transaction(lambda s: reviews.take_in(s, self.practice, seen, place=self.place, as_of=as_of))

    def review(self, foreign_id: str = "r1") -> ReviewId:
        query = select(PublicReviewRow.id).where(
            PublicReviewRow.practice_id == self.practice, PublicReviewRow.foreign_id == foreign_id
        )
        return ReviewId(self.db.read(lambda s: s.scalars(query).one()))

    def row(self, foreign_id: str = "r1") -> PublicReviewRow:
        number = self.review(foreign_id)
        return self.db.read(lambda s: s.get_one(PublicReviewRow, number))

    def reply(self, foreign_id: str = "r1") -> ReviewReplyRow:
        number = self.review(foreign_id)
        found = self.db.read(lambda s: replies.reply_of(s, self.practice, number))
        assert found is not None
        return found

    def state(self, foreign_id: str = "r1") -> ReplyState:
        return self.reply(foreign_id).state

    def draft(
        self, words: str = NEUTRAL, *, by: str = "office", review: str = "r1", as_of: datetime = MONDAY
    ) -> Standing | Refusal:
        number = self.review(review)

        def work(session: Session) -> Standing | Refusal:
            actor = actor_of(session, self.key, by)
            return actor if isinstance(actor, Refusal) else replies.draft(session, number, words, actor, as_of=as_of)

        return self.db.transaction(work)

    def release(
        self,
        *,
        by: str = "desk",
        override: Override | None = None,
        review: str = "r1",
        as_of: datetime = MONDAY,
    ) -> Standing | Refusal:
        number = self.review(review)

        def work(session: Session) -> Standing | Refusal:
            actor = actor_of(session, self.key, by)
            if isinstance(actor, Refusal):
                return actor
            return replies.release(session, number, actor, override=override, as_of=as_of)

        return self.db.transaction(work)

    def take_back(self, *, by: str = "desk", review: str = "r1", as_of: datetime = MONDAY) -> Standing | Refusal:
        number = self.review(review)

        def work(session: Session) -> Standing | Refusal:
            actor = actor_of(session, self.key, by)
            return actor if isinstance(actor, Refusal) else replies.take_back(session, number, actor, as_of=as_of)

        return self.db.transaction(work)

    def confirm(self, *, by: str = "desk", review: str = "r1", as_of: datetime = MONDAY) -> Standing | Refusal:
        number = self.review(review)

        def work(session: Session) -> Standing | Refusal:
            actor = actor_of(session, self.key, by)
            return actor if isinstance(actor, Refusal) else replies.confirm_by_hand(session, number, actor, as_of=as_of)

        return self.db.transaction(work)

    def patient(self, first: str, last: str) -> int:
        person = Person(first, last, date(1980, 5, 2))
        return self.db.transaction(
            lambda s: patients.add_patient(s, self.practice, person, origin=Origin.OTHER, as_of=MONDAY)
        )

    def released(self, *, stars: int = 5, words: str = NEUTRAL, review: str = "r1") -> ReviewId:
        """Bring a review in, and a reply as far as it goes without a call."""
        self.take_in(a_review(review, stars=stars))
        self.draft(words, review=review)
        self.release(by="desk", review=review)
        if stars <= 2:
            self.release(by="office", review=review)
        return self.review(review)


@kept
def a_reviewing(db: Database, *, connected: bool = True, key: str = "maple-street") -> Reviewing:
    a_journey(db, an_intake(key))
    number = db.read(lambda s: s.scalars(select(Practice.id).where(Practice.key == key)).one())
    made = Reviewing(db, number, key)
    if connected:
        made.connect(PLACE if key == "maple-street" else f"{PLACE}9")
    return made
