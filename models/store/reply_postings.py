"""Released replies on their way to a site: claimed, checked once more, marked before the call, settled after it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from models.rules.decisions import Refusal
from models.rules.reputation import ReviewSource
from models.rules.reputation_replies import (
    Absent,
    Accepted,
    Begin,
    Event,
    Refused,
    ReplyState,
    Unsure,
    decide,
)
from models.sealing import KeyDestroyedError, SealBrokenError
from models.store import events, replies
from models.store.claims import Claim
from models.store.keys import keys_of
from models.store.replies import DOER, answered, as_reply, opened, recheck, tell, words_mark, write
from models.store.restores import NOTHING_QUARANTINED
from models.store.sending_stops import leaving_practices
from models.store.sets import among
from models.tables.base import new_id
from models.tables.reputation import PublicReviewRow, ReviewPlaceRow, ReviewReplyRow

LEASE: Final = timedelta(minutes=5)
LOOK_AFTER: Final = timedelta(minutes=2)
"""So long after a call whose outcome is unknown the review is read again."""
RETRY_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long a site is left alone after each failed try; the last pause is repeated."""
# written into the SQL, since a partial index is used only where the statement itself says what the index says
_IS_DUE = text("review_replies.state IN ('released', 'sending', 'unknown', 'removing')")


@dataclass(frozen=True, slots=True)
class Posting:
    """One reply that is ours to post or to take down; `posted_mark` knows our own earlier words at the site."""

    id: int
    practice_id: int
    review_id: int
    source: ReviewSource
    place: str
    foreign_id: str
    state: ReplyState
    tries: int
    posted_mark: str
    words: str = field(repr=False)

    @property
    def is_removal(self) -> bool:
        """Say whether the reply is to be taken down."""
        return self.state is ReplyState.REMOVING


def claim_due(session: Session, *, as_of: datetime, limit: int, lease: timedelta = LEASE) -> Claim:
    """Claim replies that are due, the oldest first; also what a dead worker left."""
    is_free = or_(ReviewReplyRow.lease_until.is_(None), ReviewReplyRow.lease_until < as_of)
    chosen = (
        select(ReviewReplyRow.id)
        .where(_IS_DUE, ReviewReplyRow.due_at <= as_of, is_free, NOTHING_QUARANTINED)
        .where(ReviewReplyRow.practice_id.not_in(leaving_practices()))
        .order_by(ReviewReplyRow.due_at, ReviewReplyRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    fence = new_id()
    claimed = (
        update(ReviewReplyRow)
        .where(ReviewReplyRow.id.in_(select(chosen.c.id)))
        .values(lease_until=as_of + lease, fence=fence)
        .returning(ReviewReplyRow.id)
        .execution_options(synchronize_session=False)
    )
    return Claim(fence, tuple(sorted(session.scalars(claimed))))


def claimed(session: Session, claim: Claim) -> list[Posting]:
    """Read what a claim still holds; words that cannot be opened any more are empty."""
    query = (
        select(ReviewReplyRow, PublicReviewRow, ReviewPlaceRow.place)
        .join(PublicReviewRow, PublicReviewRow.id == ReviewReplyRow.review_id)
        .join(ReviewPlaceRow, ReviewPlaceRow.id == PublicReviewRow.place_id, isouter=True)
        .where(_IS_DUE, among(session, ReviewReplyRow.id, claim.ids), ReviewReplyRow.fence == claim.fence)
        .order_by(ReviewReplyRow.due_at, ReviewReplyRow.id)
    )
    return [_posting(session, row, review, place or "") for row, review, place in session.execute(query).tuples()]


def _posting(session: Session, row: ReviewReplyRow, review: PublicReviewRow, place: str) -> Posting:
    try:
        words = opened(keys_of(session, row.practice_id), row)
    except (KeyDestroyedError, SealBrokenError):
        words = ""
    return Posting(
        row.id,
        row.practice_id,
        row.review_id,
        review.source,
        place,
        review.foreign_id,
        row.state,
        row.tries,
        row.posted_mark,
        words,
    )


def mark(session: Session, posting: int, *, fence: int, as_of: datetime, lease: timedelta = LEASE) -> bool:
    """Write down that a call is about to be made; False when the claim was lost, or nothing is released any more.

    The words are checked once more: since they were released somebody may have become a patient.
    """
    row = _held(session, posting, fence)
    if row is None:
        return False
    review = session.get_one(PublicReviewRow, row.review_id)
    before = row.verdict
    row.lease_until = None
    absent = decide(as_reply(row), Absent(), answered(review))
    if isinstance(absent, Refusal):
        return False
    write(session, row, absent)
    if recheck(session, row, review) is not before:
        tell(session, row, "reply_checked_again", by=DOER, as_of=as_of)
        return False
    decided = decide(as_reply(row), Begin(), answered(review))
    if isinstance(decided, Refusal):
        row.due_at = as_of + RETRY_AFTER[0]
        return _stop(session, row, decided.code, as_of=as_of)
    row.lease_until = as_of + lease
    write(session, row, decided)
    tell(session, row, "reply_sending", by=DOER, as_of=as_of)
    return True


def _stop(session: Session, row: ReviewReplyRow, code: str, *, as_of: datetime) -> bool:
    """Refuse a reply that was released for something else than what stands there now."""
    decided = decide(as_reply(row), Refused(code), answered(session.get_one(PublicReviewRow, row.review_id)))
    if not isinstance(decided, Refusal):
        write(session, row, decided)
        tell(session, row, "reply_refused", by=DOER, as_of=as_of)
    return False


def settle(session: Session, posting: int, event: Event, *, fence: int, as_of: datetime) -> ReplyState | None:
    """Write down what became of a call; none when somebody else has taken the reply over."""
    row = _held(session, posting, fence)
    if row is None:
        return None
    decided = decide(as_reply(row), event, answered(session.get_one(PublicReviewRow, row.review_id)))
    if isinstance(decided, Refusal):
        return None
    row.lease_until = None
    row.due_at = as_of + (LOOK_AFTER if isinstance(event, Unsure) else RETRY_AFTER[0])
    write(session, row, decided)
    if isinstance(event, Accepted):
        replies.remember_posted(session, row, as_of=as_of)
    tell(session, row, f"reply_{row.state.value}", by=DOER, as_of=as_of)
    return row.state


def put_off(session: Session, posting: Posting, event: Event | None, *, fence: int, due_at: datetime) -> bool:
    """Leave a reply for later, after a call that surely changed nothing (`event`), or none at all."""
    row = _held(session, posting.id, fence)
    if row is None:
        return False
    if event is not None:
        decided = decide(as_reply(row), event, answered(session.get_one(PublicReviewRow, row.review_id)))
        if not isinstance(decided, Refusal):
            write(session, row, decided)
    row.lease_until, row.due_at = None, due_at
    session.flush()
    return True


def is_ours(session: Session, posting: Posting, shown: str) -> bool:
    """Say whether words that stand beside a review are those of this reply, or our earlier ones."""
    keys = keys_of(session, posting.practice_id)
    return words_mark(keys, shown) in (posting.posted_mark, words_mark(keys, posting.words))


def pause_after(tries: int) -> timedelta:
    """Say how long a site is left alone after so many tries."""
    return RETRY_AFTER[min(max(tries, 1), len(RETRY_AFTER)) - 1]


def next_due(session: Session) -> datetime | None:
    """Say when the next reply can be posted or looked for, or the next lease ends."""
    when = func.coalesce(ReviewReplyRow.lease_until, ReviewReplyRow.due_at)
    stays = ReviewReplyRow.practice_id.not_in(leaving_practices())
    found: datetime | None = session.scalar(select(when).where(_IS_DUE, stays).order_by(when).limit(1))
    return found


def _held(session: Session, posting: int, fence: int) -> ReviewReplyRow | None:
    """Find a reply that is still under this fence, while nobody else changes it."""
    practice = session.scalar(select(ReviewReplyRow.practice_id).where(ReviewReplyRow.id == posting))
    if practice is None:
        return None
    events.lock_practices(session, [practice])
    row = session.get(ReviewReplyRow, posting, populate_existing=True)
    return row if row is not None and row.fence == fence and row.lease_until is not None else None
