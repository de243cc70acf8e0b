"""Public reviews: taken in once, in versions, with a tombstone where one is gone; words and names are sealed."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.rules.decisions import Process, Refusal, Settle
from models.rules.reputation import (
    ANSWER_LOW_STARS,
    PublicReview,
    ReviewId,
    ReviewSource,
    ReviewState,
    Seen,
    note_review,
)
from models.rules.reputation import Practice as Days
from models.rules.reputation_replies import ReplyState
from models.sealing import Keys
from models.store import effects, events, replies
from models.store.effects import Outcome
from models.store.keys import keys_of
from models.store.patients import blind
from models.store.sets import among
from models.tables.base import new_id
from models.tables.practices import Practice
from models.tables.reputation import PublicReviewRow, ReviewPlaceRow, ReviewReplyRow, ReviewVersionRow

VERSIONS: Final = ReviewVersionRow.__tablename__
MISSING_FOR: Final = timedelta(minutes=30)
"""So long a review must have been absent from whole lists before it is taken for withdrawn: lists shift while read."""
DOER: Final = "golive"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a practice's reviews are read."""

    id: int
    practice_id: int
    practice: str
    source: ReviewSource
    place: str


@dataclass(frozen=True, slots=True)
class ShownReview:
    """One public review as the practice's people see it, opened for one page."""

    id: ReviewId
    source: ReviewSource
    state: ReviewState
    stars: int | None
    version: int
    written_at: datetime
    changed_at: datetime
    place: str
    reply_state: ReplyState | None
    is_answered_there: bool
    signed: str = field(repr=False)
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListedReview:
    """One review without a word of it and without a name."""

    id: ReviewId
    practice: str
    source: ReviewSource
    state: ReviewState
    stars: int | None
    written_at: datetime
    reply_state: ReplyState | None
    is_answered_there: bool


def connect_place(
    session: Session, practice_id: int, source: ReviewSource, place: str, *, by: str, as_of: datetime
) -> bool | Refusal:
    """Say where a practice's reviews are read; False when it was known, refused when it is another practice's."""
    events.lock_practices(session, [practice_id])
    query = select(ReviewPlaceRow).where(ReviewPlaceRow.source == source, ReviewPlaceRow.place == place)
    known = session.scalars(query).one_or_none()
    if known is not None and known.practice_id != practice_id:
        return Refusal("place_taken", "This place belongs to another practice; reviews are read for one only.")
    if known is not None:
        return False
    row = ReviewPlaceRow(id=new_id(), practice_id=practice_id, source=source, place=place)
    row.connected_by, row.connected_at = by, as_of
    session.add(row)
    session.flush()
    return True


def places(session: Session, *, practice: str = "") -> list[Place]:
    """List where reviews are read, of one practice or of all."""
    query = (
        select(ReviewPlaceRow.id, ReviewPlaceRow.practice_id, Practice.key, ReviewPlaceRow.source, ReviewPlaceRow.place)
        .join(Practice, Practice.id == ReviewPlaceRow.practice_id)
        .order_by(Practice.key, ReviewPlaceRow.id)
    )
    if practice:
        query = query.where(Practice.key == practice)
    return [Place(*row) for row in session.execute(query).tuples()]


def note_reading(session: Session, place: int, reason: str, *, as_of: datetime) -> None:
    """Write down when a place was read, or by which code that failed."""
    values: dict[str, object] = {"reason": reason[:60]} if reason else {"reason": "", "read_at": as_of}
    session.execute(update(ReviewPlaceRow).where(ReviewPlaceRow.id == place).values(**values))


def take_in(
    session: Session, practice_id: int, seen: Sequence[PublicReview], *, place: int | None = None, as_of: datetime
) -> Counter[str]:
    """Take in reviews as they stand now; the same ones again change nothing. Counts by what was new of them."""
    events.lock_practices(session, [practice_id])
    keys, practice = keys_of(session, practice_id), session.get_one(Practice, practice_id)
    known = _known(session, practice_id, seen)
    counts, outcomes, moved = Counter[str](), list[Outcome](), list[PublicReviewRow]()
    for review in seen:
        row = known.get((review.source, review.foreign_id))
        found, row = _one(session, keys, row, review, place=place, as_of=as_of)
        counts[found.value] += 1
        outcomes += _outcome(row, found, keys, review, practice, as_of=as_of)
        if found in (Seen.CHANGED, Seen.BACK):
            moved.append(row)
    session.flush()
    replies.follow(session, moved, as_of=as_of)
    if outcomes:
        effects.carry_out(session, outcomes, as_of=as_of)
    return counts


def take_absence(session: Session, place: Place, seen: Collection[str], *, as_of: datetime) -> int:
    """Withdraw the reviews of a place that a whole list does not hold for the second time; gives how many."""
    events.lock_practices(session, [place.practice_id])
    query = select(PublicReviewRow).where(
        PublicReviewRow.place_id == place.id, PublicReviewRow.state == ReviewState.SHOWN
    )
    absent = [row for row in session.scalars(query) if row.foreign_id not in seen]
    gone = [row for row in absent if row.missing_since is not None and row.missing_since <= as_of - MISSING_FOR]
    for row in absent:
        row.missing_since = row.missing_since or as_of
    session.flush()
    withdraw(session, gone, as_of=as_of)
    return len(gone)


def withdraw(session: Session, gone: Sequence[PublicReviewRow], *, as_of: datetime) -> None:
    """Leave a tombstone of reviews that nobody can read any more: words and names are erased, in every version."""
    if not gone:
        return
    for row in gone:
        row.state, row.withdrawn_at, row.fingerprint, row.reply_mark = ReviewState.WITHDRAWN, as_of, "", ""
    session.execute(
        update(ReviewVersionRow)
        .where(ReviewVersionRow.review_id.in_([row.id for row in gone]))
        .values(signed="", words="")
        .execution_options(synchronize_session=False)
    )
    session.flush()
    replies.follow(session, gone, as_of=as_of)
    practice = session.get_one(Practice, gone[0].practice_id)
    effects.carry_out(
        session,
        [_line(row, Seen.GONE, practice, is_answered=False, as_of=as_of) for row in gone],
        as_of=as_of,
    )


def withdrawn_one(session: Session, practice_id: int, review: ReviewId, *, as_of: datetime) -> bool:
    """Leave a tombstone of one review that its site does not show any more; False when that was known."""
    events.lock_practices(session, [practice_id])
    row = session.get(PublicReviewRow, review, populate_existing=True)
    if row is None or row.practice_id != practice_id or row.state is ReviewState.WITHDRAWN:
        return False
    withdraw(session, [row], as_of=as_of)
    return True


def listed(session: Session, *, practice: str = "", limit: int = 500) -> list[ListedReview]:
    """List reviews, the newest first, without words and names: of one practice or of all (F-080)."""
    query = (
        select(PublicReviewRow, Practice.key, ReviewReplyRow.state)
        .join(Practice, Practice.id == PublicReviewRow.practice_id)
        .join(ReviewReplyRow, ReviewReplyRow.review_id == PublicReviewRow.id, isouter=True)
        .order_by(PublicReviewRow.written_at.desc(), PublicReviewRow.id.desc())
        .limit(limit)
    )
    if practice:
        query = query.where(Practice.key == practice)
    return [
        ListedReview(
            ReviewId(row.id), key, row.source, row.state, row.stars, row.written_at, state, bool(row.reply_mark)
        )
        for row, key, state in session.execute(query).tuples()
    ]


def shown(
    session: Session, practice_id: int, *, limit: int = 100, only: Collection[ReviewId] | None = None
) -> list[ShownReview]:
    """Open reviews of one practice for its own people, the newest first, or `only` some; lost words are empty."""
    keys = keys_of(session, practice_id)
    query = (
        select(PublicReviewRow, ReviewVersionRow, ReviewReplyRow.state)
        .join(
            ReviewVersionRow,
            (ReviewVersionRow.review_id == PublicReviewRow.id) & (ReviewVersionRow.version == PublicReviewRow.version),
        )
        .join(ReviewReplyRow, ReviewReplyRow.review_id == PublicReviewRow.id, isouter=True)
        .where(PublicReviewRow.practice_id == practice_id)
        .order_by(PublicReviewRow.written_at.desc(), PublicReviewRow.id.desc())
        .limit(limit)
    )
    if only is not None:
        query = query.where(among(session, PublicReviewRow.id, only))
    return [_opened(keys, row, version, state) for row, version, state in session.execute(query).tuples()]


def _opened(keys: Keys, row: PublicReviewRow, version: ReviewVersionRow, state: ReplyState | None) -> ShownReview:
    def clear(column: str) -> str:
        return keys.shown(getattr(version, column), table=VERSIONS, column=column, row_id=version.id)

    return ShownReview(
        ReviewId(row.id),
        row.source,
        row.state,
        row.stars,
        row.version,
        row.written_at,
        row.changed_at,
        row.place,
        state,
        bool(row.reply_mark),
        clear("signed"),
        clear("words"),
    )


def _known(
    session: Session, practice_id: int, seen: Sequence[PublicReview]
) -> dict[tuple[ReviewSource, str], PublicReviewRow]:
    ids = sorted({review.foreign_id for review in seen})
    found = dict[tuple[ReviewSource, str], PublicReviewRow]()
    for start in range(0, len(ids), 500):
        query = select(PublicReviewRow).where(
            PublicReviewRow.practice_id == practice_id, PublicReviewRow.foreign_id.in_(ids[start : start + 500])
        )
        found |= {(row.source, row.foreign_id): row for row in session.scalars(query)}
    return found


def _one(
    session: Session,
    keys: Keys,
    row: PublicReviewRow | None,
    review: PublicReview,
    *,
    place: int | None,
    as_of: datetime,
) -> tuple[Seen, PublicReviewRow]:
    fingerprint = blind(keys, json.dumps([review.stars, review.signed, review.words]), "review")
    if row is None:
        row = PublicReviewRow(id=new_id(), practice_id=keys.practice_id, source=review.source, version=1)
        row.foreign_id, row.first_seen_at, row.reply_mark = review.foreign_id, as_of, ""
        found = Seen.NEW
    elif row.state is ReviewState.WITHDRAWN:
        found, row.version = Seen.BACK, row.version + 1
    elif row.fingerprint != fingerprint:
        found, row.version = Seen.CHANGED, row.version + 1
    else:
        found = Seen.SAME
    row.missing_since, row.place_id = None, place if place is not None else row.place_id
    if found is not Seen.SAME:
        row.stars, row.state, row.withdrawn_at, row.fingerprint = review.stars, ReviewState.SHOWN, None, fingerprint
        row.written_at, row.changed_at, row.place = review.written_at, review.changed_at, review.place
        session.add_all([row, _version(keys, row, review, as_of=as_of)])
    return found, row


def _version(keys: Keys, row: PublicReviewRow, review: PublicReview, *, as_of: datetime) -> ReviewVersionRow:
    version = ReviewVersionRow(id=new_id(), practice_id=row.practice_id, review_id=row.id, version=row.version)
    version.stars, version.seen_at = review.stars, as_of
    version.signed = keys.seal(review.signed, table=VERSIONS, column="signed", row_id=version.id)
    version.words = keys.seal(review.words, table=VERSIONS, column="words", row_id=version.id)
    return version


def _outcome(
    row: PublicReviewRow, found: Seen, keys: Keys, review: PublicReview, practice: Practice, *, as_of: datetime
) -> list[Outcome]:
    """Say what a review leads to; a reply that appeared at its site ends the work that it asked for."""
    before, row.reply_mark = row.reply_mark, replies.words_mark(keys, review.reply) if review.reply else ""
    if found is not Seen.SAME:
        return [_line(row, found, practice, is_answered=review.is_answered_there, as_of=as_of)]
    if not review.reply or before:
        return []
    ends = (Settle(ANSWER_LOW_STARS, "answered_there"),)
    return [Outcome(row.practice_id, Process.REPUTATION, row.id, f"answered:{row.version}", DOER, (), ends)]


def _line(row: PublicReviewRow, found: Seen, practice: Practice, *, is_answered: bool, as_of: datetime) -> Outcome:
    days = Days(practice.zone, practice.calendar)
    notes, ends = note_review(found, row.stars, days, is_answered=is_answered, as_of=as_of)
    key = f"{found.value}:{row.version}"
    return Outcome(row.practice_id, Process.REPUTATION, row.id, key, DOER, notes, ends)
