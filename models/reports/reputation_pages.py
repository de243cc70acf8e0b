"""What the pages of Reputation show: public reviews with replies, and apart from them private feedback (F-082)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from models.reports.private_answers import standings
from models.rules.decisions import Refusal
from models.rules.reply_checker import Finding, Verdict
from models.rules.reputation import ReviewId, ReviewSource, ReviewState
from models.rules.reputation_replies import (
    Draft,
    Event,
    Override,
    PostedByHand,
    Release,
    ReplyState,
    TakeBack,
    Way,
    decide,
)
from models.store import feedback_answers, replies, reviews
from models.store.actors import Actor
from models.store.feedback_answers import AnswerLine
from models.store.keys import keys_of
from models.store.reviews import ShownReview
from models.store.sets import among
from models.tables.practices import Provider
from models.tables.reputation import PublicReviewRow, ReviewReplyRow

ONE_PAGE: Final = 20


class Answered(StrEnum):
    """How far the answer to a review is; those that are not public any more are listed apart."""

    NOT_YET = "not_yet"
    IN_HAND = "in_hand"
    POSTED = "posted"
    WITHDRAWN = "withdrawn"


class Place(NamedTuple):
    """A place in a list that begins with the newest: a moment (UTC), and the number of the line there."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which public reviews: stars, site, how far the answer is, and older than which place."""

    stars: int | None = None
    source: ReviewSource | None = None
    answered: Answered | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One page of public reviews; `older` is where the next one begins."""

    reviews: list[ShownReview]
    older: Place | None


def review_page(session: Session, practice_id: int, wanted: Wanted, *, size: int = ONE_PAGE) -> ReviewPage:
    """Open one page of a practice's public reviews, the newest first (F-080)."""
    row = PublicReviewRow
    query = (
        select(row.id, row.written_at)
        .join(ReviewReplyRow, ReviewReplyRow.review_id == row.id, isouter=True)
        .where(row.practice_id == practice_id, *_chosen(wanted))
        .order_by(row.written_at.desc(), row.id.desc())
        .limit(size + 1)
    )
    if wanted.before is not None:
        at, number = wanted.before
        query = query.where(or_(row.written_at < at, and_(row.written_at == at, row.id < number)))
    found = [(ReviewId(number), at) for number, at in session.execute(query).tuples()]
    shown, last = found[:size], found[size - 1 : size]
    older = Place(last[0][1], last[0][0]) if len(found) > size else None
    return ReviewPage(reviews.shown(session, practice_id, only=[number for number, _ in shown]), older)


def _chosen(wanted: Wanted) -> list[ColumnElement[bool]]:
    row, is_answered_there = PublicReviewRow, PublicReviewRow.reply_mark != ""
    state = ReviewState.WITHDRAWN if wanted.answered is Answered.WITHDRAWN else ReviewState.SHOWN
    chosen: list[ColumnElement[bool]] = [row.state == state]
    if wanted.stars is not None:
        chosen.append(row.stars == wanted.stars)
    if wanted.source is not None:
        chosen.append(row.source == wanted.source)
    match wanted.answered:
        case Answered.NOT_YET:
            chosen += [ReviewReplyRow.id.is_(None), ~is_answered_there]
        case Answered.IN_HAND:
            chosen += [ReviewReplyRow.id.is_not(None), ReviewReplyRow.state != ReplyState.POSTED, ~is_answered_there]
        case Answered.POSTED:
            chosen.append(or_(is_answered_there, ReviewReplyRow.state == ReplyState.POSTED))
        case _:
            pass
    return chosen


class Step(StrEnum):
    """What somebody may do with a reply."""

    DRAFT = "draft"
    RELEASE = "release"
    TAKE_BACK = "take_back"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class ReplyView:
    """The reply to one review; `hindered` says by which code each step is refused to its reader, empty where it is not.

    `edition` is 0 and `state` none while nobody has drafted anything.
    """

    state: ReplyState | None
    edition: int
    way: Way
    persons_needed: int
    hindered: Mapping[Step, str]
    words: str = field(default="", repr=False)
    findings: tuple[Finding, ...] = ()
    verdict: Verdict = Verdict.CLEAN
    releasers: tuple[str, ...] = ()
    override: Override | None = None
    drafter: str = ""
    drafted_at: datetime | None = None
    posted_at: datetime | None = None


def one_review(session: Session, practice_id: int, review: ReviewId) -> ShownReview | None:
    """Open one public review of a practice; none where it is not theirs."""
    found = reviews.shown(session, practice_id, only=[review])
    return found[0] if found else None


def reply_view(session: Session, practice_id: int, review: ReviewId, actor: Actor | None) -> ReplyView:
    """Open the reply to a review, with what its reader may do; nobody else than the practice's own people acts."""
    shown = session.get_one(PublicReviewRow, review)
    row = replies.reply_of(session, practice_id, review)
    answered, facts = replies.answered(shown), replies.as_reply(row)

    def hindered(event: Event) -> str:
        decided = decide(facts, event, answered)
        return decided.code if isinstance(decided, Refusal) else ""

    mark = actor.mark if actor else ""
    steps: dict[Step, Event] = {
        Step.DRAFT: Draft(mark, Verdict.CLEAN),
        Step.RELEASE: Release(mark),
        Step.TAKE_BACK: TakeBack(),
        Step.CONFIRM: PostedByHand(),
    }
    codes = {step: hindered(event) if actor else "not_yours" for step, event in steps.items()}
    if row is None:
        return ReplyView(None, 0, answered.way, answered.persons_needed, codes)
    return ReplyView(
        row.state,
        row.edition,
        answered.way,
        answered.persons_needed,
        codes,
        words=keys_of(session, practice_id).shown(row.words, table=replies.TABLE, column="words", row_id=row.id),
        findings=replies.findings_of(row),
        verdict=row.verdict,
        releasers=tuple(row.releasers.split()),
        override=row.override,
        drafter=row.drafter,
        drafted_at=row.drafted_at,
        posted_at=row.posted_at,
    )


@dataclass(frozen=True, slots=True)
class PrivateLine:
    """One answer of a patient in private, opened for one page; it names no patient.

    `standing` says how far the practice's own answer is.
    """

    answer: AnswerLine
    provider: str = field(repr=False)
    words: str = field(repr=False)
    standing: str = "none"


@dataclass(frozen=True, slots=True)
class PrivatePage:
    """One page of private feedback; `older` is where the next one begins."""

    lines: list[PrivateLine]
    older: Place | None


def private_page(
    session: Session, practice_id: int, *, before: Place | None = None, size: int = ONE_PAGE
) -> PrivatePage:
    """Open one page of what patients told in private, the newest first (F-081)."""
    at, number = before or (None, 0)
    found = feedback_answers.list_answers(session, practice_id, before=at, request=number, limit=size + 1)
    shown = found[:size]
    words = feedback_answers.open_words(session, practice_id, [one.request for one in shown if one.has_words])
    names = provider_names(session, practice_id, {one.provider_id for one in shown if one.provider_id is not None})
    states = standings(session, practice_id, [one.request for one in shown])
    lines = [
        PrivateLine(
            one, names.get(one.provider_id or 0, ""), words.get(one.request, ""), states.get(one.request, "none")
        )
        for one in shown
    ]
    older = Place(shown[-1].answered_at, shown[-1].request) if len(found) > size else None
    return PrivatePage(lines, older)


def private_line(session: Session, practice_id: int, request: int) -> PrivateLine | None:
    """Open one answer of a patient in private; none where it is not this practice's."""
    line = feedback_answers.find_line(session, practice_id, request)
    if line is None:
        return None
    words = feedback_answers.open_words(session, practice_id, [request])
    names = provider_names(session, practice_id, [line.provider_id or 0])
    return PrivateLine(line, names.get(line.provider_id or 0, ""), words.get(request, ""))


def provider_names(session: Session, practice_id: int, only: Collection[int] | None = None) -> dict[int, str]:
    """Open the names of a practice's providers, by id, in the order in which they were registered."""
    query: Select[tuple[int, str]] = select(Provider.id, Provider.name).where(Provider.practice_id == practice_id)
    if only is not None:
        query = query.where(among(session, Provider.id, only))
    rows = session.execute(query.order_by(Provider.id)).tuples().all()
    keys = keys_of(session, practice_id) if rows else None
    return {
        number: keys.shown(sealed, table="providers", column="name", row_id=number)
        for number, sealed in rows
        if keys and sealed
    }
