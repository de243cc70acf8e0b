"""Public reviews in, replies out: read whole, drafted from files, released by persons, posted with a look before."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from models.db import DatabaseFailure, read, transaction
from models.inputs.answers import Answer
from models.inputs.csv_files import Fault, FileRefusedError
from models.inputs.reviews import ReviewLine, ReviewListing, parse_reviews
from models.rules.decisions import Refusal
from models.rules.reputation import PublicReview, ReviewId, ReviewSource
from models.rules.reputation_replies import (
    Absent,
    Accepted,
    Event,
    Override,
    Refused,
    ReplyState,
    TakenDown,
    Unsure,
)
from models.settings import settings
from models.store import replies, reply_postings, reviews
from models.store.actors import Actor, actor_of
from models.store.claims import Claim
from models.store.replies import Standing
from models.store.reply_postings import Posting, pause_after
from models.store.reviews import Place
from tasks.batches import in_batches
from tasks.connectors import registry
from tasks.connectors.ports import OutsideError, Rejected, ReviewSite, Unavailable, Unknown
from tasks.intake_folder import IntakeFolderError, read_intake
from tasks.policy import Retry, effect, safe
from tasks.stopwatch import Stopwatch

POSTINGS_AT_ONCE: Final = 20
REVIEWS_AT_ONCE: Final = 500
MOST_FAULTS_SAID: Final = 20
SHORTEST_REST: Final = timedelta(minutes=1)
NOT_IN_USE, GONE, ANSWERED_THERE, LOST = "not_in_use", "review_withdrawn", "answered_there", "lost"
Row = dict[str, str]
_NO_ACCOUNT: Final = "There is no account for Google reviews; set GOLIVE_GOOGLE_REFRESH_TOKEN, see docs/reputation.md."


@effect()
def load_public_reviews(file: str, *, practice: str, by: str, as_of: datetime) -> Answer:
    """Take in a CSV file of reviews, whole or not at all; faults are named by line, the same again changes nothing."""
    try:
        lines, faults = parse_reviews(read_intake(file), file=file, as_of=as_of)
    except (IntakeFolderError, FileRefusedError) as error:
        return Answer.refused(error.sentence)
    if faults:
        return Answer.refused(_faulty(file, faults))
    if not lines:
        return Answer.refused(f"{file} has no line below its first one; add one line per review.")

    def save(session: Session) -> Answer:
        actor = actor_of(session, practice, by)
        if isinstance(actor, Refusal):
            return Answer.refused(actor.sentence)
        counts = _saved(session, actor, lines, as_of=as_of)
        told = ", ".join(f"{counts[word]} {word}" for word in ("new", "changed", "back", "same") if counts[word])
        return Answer(is_done=True, sentence=f"{file}: {told}.")

    return transaction(save)


def _faulty(file: str, faults: Sequence[Fault]) -> str:
    told = [f"Line {fault.line}: {fault.sentence}" for fault in faults[:MOST_FAULTS_SAID]]
    rest = len(faults) - MOST_FAULTS_SAID
    more = [f"And {rest} more."] if rest > 0 else []
    return " ".join([f"{file}: nothing was taken, {len(faults)} faults.", *told, *more])


def _saved(session: Session, actor: Actor, lines: Sequence[ReviewLine], *, as_of: datetime) -> Counter[str]:
    counts = Counter[str]()
    for start in range(0, len(lines), REVIEWS_AT_ONCE):
        seen = [line.review for line in lines[start : start + REVIEWS_AT_ONCE]]
        counts += reviews.take_in(session, actor.practice_id, seen, as_of=as_of)
    return counts


@safe
def places_to_read(practice: str = "") -> list[int]:
    """Give the numbers of the places whose reviews are read."""
    return [place.id for place in read(lambda session: reviews.places(session, practice=practice))]


@effect(Retry.OUTSIDE)
def fetch_reviews(places: Sequence[int], *, as_of: datetime) -> Counter[str]:
    """Read every review of some places; one place's failure is no other's. Counts by what was new, or by failure."""
    watch, counts = Stopwatch(as_of), Counter[str]()
    for place in read(reviews.places):
        if place.id in places:
            counts.update(_fetched(place, watch))
    return counts


def _fetched(place: Place, watch: Stopwatch) -> Counter[str]:
    site = registry.review_site(place.source, settings())
    if site is None:
        return _failed(place, NOT_IN_USE, watch)
    try:
        listing = site.reviews(place.place)
    except OutsideError as failure:
        return _failed(place, failure.reason, watch)
    except Exception as error:  # noqa: BLE001 - one place's failure is no other's, and its words may hold a review
        return _failed(place, type(error).__name__, watch)
    try:
        return _taken(place, listing, watch)
    except DatabaseFailure as failure:
        return _failed(place, failure.code, watch)


def _failed(place: Place, code: str, watch: Stopwatch) -> Counter[str]:
    moment = watch.moment()
    transaction(lambda session: reviews.note_reading(session, place.id, code, as_of=moment))
    return Counter({"places_failed": 1, code: 1})


def _taken(place: Place, listing: ReviewListing, watch: Stopwatch) -> Counter[str]:
    counts, moment = Counter[str](places_read=1), watch.moment()
    for start in range(0, len(listing.reviews), REVIEWS_AT_ONCE):
        seen = listing.reviews[start : start + REVIEWS_AT_ONCE]
        counts += transaction(
            partial(reviews.take_in, practice_id=place.practice_id, seen=seen, place=place.id, as_of=moment)
        )
    there = {one.foreign_id for one in listing.reviews}

    def end(session: Session) -> int:
        reviews.note_reading(session, place.id, "", as_of=moment)
        return reviews.take_absence(session, place, there, as_of=moment) if listing.is_whole else 0

    counts["gone"] += transaction(end)
    return +counts


@effect(Retry.OUTSIDE)
def place_rows() -> list[Row] | str:
    """List the locations that the account may read: their names there, and the practice that they belong to here."""
    site = registry.review_site(ReviewSource.GOOGLE, settings())
    if site is None:
        return _NO_ACCOUNT
    known = {place.place: place.practice for place in read(reviews.places)}
    return [{"place": one.place, "name": one.name, "practice": known.get(one.place, "")} for one in site.places()]


@effect()
def connect_place(practice: str, place: str, *, by: str, as_of: datetime) -> Answer:
    """Say which location at Google is a practice's."""

    def connect(session: Session) -> Answer:
        actor = actor_of(session, practice, by)
        if isinstance(actor, Refusal):
            return Answer.refused(actor.sentence)
        done = reviews.connect_place(session, actor.practice_id, ReviewSource.GOOGLE, place, by=actor.key, as_of=as_of)
        if isinstance(done, Refusal):
            return Answer.refused(done.sentence)
        return Answer.done(("review_place",)) if done else Answer.repeated()

    return transaction(connect)


@safe
def review_rows(practice: str = "") -> list[Row]:
    """List reviews for Prefect: numbers, stars, days and states; no words, no names."""
    return [
        {
            "number": str(one.id),
            "practice": one.practice,
            "source": one.source.value,
            "stars": str(one.stars or ""),
            "written": f"{one.written_at:%Y-%m-%d}",
            "state": one.state.value,
            "reply": one.reply_state.value if one.reply_state else "answered there" if one.is_answered_there else "",
        }
        for one in read(lambda session: reviews.listed(session, practice=practice))
    ]


@dataclass(frozen=True, slots=True)
class Command:
    """A person's command about the reply to one review."""

    practice: str
    review: int
    by: str


@effect()
def draft_reply(command: Command, file: str, *, as_of: datetime) -> Answer:
    """Draft a reply from a file of the intake folder: its words never pass through a form."""
    try:
        words = read_intake(file)
    except IntakeFolderError as error:
        return Answer.refused(error.sentence)
    return _commanded(
        command, lambda session, actor: replies.draft(session, ReviewId(command.review), words, actor, as_of=as_of)
    )


@effect()
def release_reply(command: Command, override: Override | None, *, as_of: datetime) -> Answer:
    """Release a reply as one person."""
    return _commanded(
        command,
        lambda session, actor: replies.release(
            session, ReviewId(command.review), actor, override=override, as_of=as_of
        ),
    )


@effect()
def take_back_reply(command: Command, *, as_of: datetime) -> Answer:
    """Take releases back, or a posted reply down."""
    return _commanded(
        command, lambda session, actor: replies.take_back(session, ReviewId(command.review), actor, as_of=as_of)
    )


@effect()
def confirm_posted_by_hand(command: Command, *, as_of: datetime) -> Answer:
    """Record that a person posted a released reply."""
    return _commanded(
        command, lambda session, actor: replies.confirm_by_hand(session, ReviewId(command.review), actor, as_of=as_of)
    )


def _commanded(command: Command, order: Callable[[Session, Actor], Standing | Refusal]) -> Answer:
    def carry_out(session: Session) -> Answer:
        actor = actor_of(session, command.practice, command.by)
        done = actor if isinstance(actor, Refusal) else order(session, actor)
        if isinstance(done, Refusal):
            return Answer.refused(done.sentence)
        if done.is_repeated:
            return Answer.repeated()
        return Answer(is_done=True, sentence=_sentence(done), kinds=(f"reply_{done.state.value}",))

    return transaction(carry_out)


def _sentence(done: Standing) -> str:
    """Say how a reply stands and what the check found: places and reasons, not a word of it."""
    return " ".join([_HOW[done.state], *(finding.sentence for finding in done.findings[:MOST_FAULTS_SAID])])


_HOW: Final = {
    ReplyState.DRAFT: "The reply cannot be released as it is; change the words.",
    ReplyState.DOUBTFUL: "The reply is in doubt: somebody else must release it with a reason, or change the words.",
    ReplyState.CHECKED: "The check found nothing; the reply waits to be released.",
    ReplyState.HALF_RELEASED: "Released by one person; one or two stars need another one.",
    ReplyState.RELEASED: "Released; post-replies posts it.",
    ReplyState.SENDING: "The reply is being posted.",
    ReplyState.UNKNOWN: "Nobody knows yet whether the reply was posted; the review is read again.",
    ReplyState.BY_HAND: "Released; post it by hand, then run confirm-posted-by-hand.",
    ReplyState.POSTED: "The reply is posted.",
    ReplyState.REFUSED: "The site refused the reply.",
    ReplyState.STUCK: "Nobody knows whether the reply was posted; look there, then confirm it or take it back.",
    ReplyState.REMOVING: "The reply is taken down with the next run of post-replies.",
    ReplyState.CLOSED: "The review is not public any more.",
}


def claims_of_postings(*, as_of: datetime, limit: int) -> Iterator[Claim]:
    """Claim replies that are due, batch after batch until none is left."""
    return in_batches(
        lambda size: transaction(lambda session: reply_postings.claim_due(session, as_of=as_of, limit=size)),
        limit=limit,
        batch=POSTINGS_AT_ONCE,
    )


@dataclass(frozen=True, slots=True)
class _Job:
    """One reply under way: to which site, under which fence."""

    posting: Posting
    site: ReviewSite
    fence: int
    watch: Stopwatch


@effect(Retry.OUTSIDE)
def post_replies(claim: Claim, *, as_of: datetime) -> Counter[str]:
    """Post a batch of released replies, each settled by itself; counts by outcome."""
    watch, counts = Stopwatch(as_of), Counter[str]()
    for posting in read(lambda session: reply_postings.claimed(session, claim)):
        site = registry.review_site(posting.source, settings()) if posting.place else None
        if site is None:
            due_at = watch.moment() + timedelta(days=1)
            left = partial(reply_postings.put_off, posting=posting, event=None, fence=claim.fence, due_at=due_at)
            counts[NOT_IN_USE if transaction(left) else LOST] += 1
        else:
            counts[_posted(_Job(posting, site, claim.fence, watch))] += 1
    return counts


def _posted(job: _Job) -> str:
    try:
        return _removed(job) if job.posting.is_removal else _put(job)
    except Unknown as failure:
        return _settled(job, Unsure(failure.reason))
    except Rejected as failure:
        return _settled(job, Refused(failure.reason))
    except Unavailable as failure:
        return _later(job, failure, None)
    except Exception as error:  # noqa: BLE001 - one's failure is never another's, and its words may be the reply's
        return _settled(job, Unsure(type(error).__name__))


def _put(job: _Job) -> str:
    """Look, mark, then call: what stands there already is never written over, nor posted twice."""
    posting = job.posting
    found = _seen(job)
    if found is None:
        return _gone(job)
    if found.reply and _is_these_words(job, found.reply):
        return _settled(job, Accepted())
    if found.reply and not read(lambda session: reply_postings.is_ours(session, posting, found.reply)):
        return _settled(job, Refused(ANSWERED_THERE))
    moment = job.watch.moment()
    if not transaction(lambda sql: reply_postings.mark(sql, posting.id, fence=job.fence, as_of=moment)):
        return "not_released"
    try:
        job.site.put_reply(posting.place, posting.foreign_id, posting.words)
    except Unavailable as failure:
        return _later(job, failure, Absent())
    return _settled(job, Accepted())


def _seen(job: _Job) -> PublicReview | None:
    """Read the review; a site that refuses to show it says nothing about an earlier call."""
    try:
        return job.site.review(job.posting.place, job.posting.foreign_id)
    except Rejected as failure:
        code = failure.reason
    raise Unknown(code)


def _is_these_words(job: _Job, shown: str) -> bool:
    return " ".join(shown.split()) == " ".join(job.posting.words.split())


def _gone(job: _Job) -> str:
    """The review is not there any more: a tombstone, and nothing to answer."""
    outcome, moment = _settled(job, Refused(GONE)), job.watch.moment()
    review = ReviewId(job.posting.review_id)
    transaction(lambda sql: reviews.withdrawn_one(sql, job.posting.practice_id, review, as_of=moment))
    return outcome


def _removed(job: _Job) -> str:
    """Take our reply down; one that somebody else wrote there meanwhile stays."""
    posting = job.posting
    found = job.site.review(posting.place, posting.foreign_id)
    if found is not None and found.reply:
        shown = found.reply
        if read(lambda session: reply_postings.is_ours(session, posting, shown)):
            job.site.delete_reply(posting.place, posting.foreign_id)
    return _settled(job, TakenDown())


def _settled(job: _Job, event: Event) -> str:
    moment = job.watch.moment()
    state = transaction(
        lambda session: reply_postings.settle(session, job.posting.id, event, fence=job.fence, as_of=moment)
    )
    return state.value if state else LOST


def _later(job: _Job, failure: Unavailable, event: Event | None) -> str:
    """Leave it for later: surely nothing happened by the last call."""
    pause = max(timedelta(seconds=failure.retry_after), SHORTEST_REST, pause_after(job.posting.tries + 1))
    due_at, posting = job.watch.moment() + pause, job.posting
    left = partial(reply_postings.put_off, posting=posting, event=event, fence=job.fence, due_at=due_at)
    return "later" if transaction(left) else LOST
