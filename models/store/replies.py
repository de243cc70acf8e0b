"""Replies to public reviews: sealed words, checked against the patients' names, released by persons (F-083, F-211)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.db import ring
from models.rules.decisions import Ask, Effect, Note, Process, Refusal, Settle
from models.rules.reply_checker import Finding, Verdict, check, verdict_of
from models.rules.reputation import ANSWER_LOW_STARS, CONNECTED_SOURCES, LOOK_AFTER_REPLY, ReviewId, ReviewState
from models.rules.reputation_replies import (
    Answered,
    CheckAgain,
    Draft,
    Event,
    Override,
    PostedByHand,
    Release,
    Reply,
    ReplyState,
    ReviewMoved,
    TakeBack,
    Way,
    decide,
)
from models.rules.roles import Role
from models.sealing import Keys
from models.store import effects, events
from models.store.actors import Actor
from models.store.effects import Outcome
from models.store.findings import found, kept
from models.store.keys import keys_of
from models.store.patient_names import known_names
from models.store.patients import blind
from models.tables.base import new_id
from models.tables.practices import Practice
from models.tables.reputation import PublicReviewRow, ReviewReplyRow, ReviewVersionRow

TABLE: Final = "review_replies"
NO_REVIEW: Final = Refusal("unknown_review", "This practice has no review with that number; list-reviews shows them.")
MOVED: Final = Refusal("moved", "Somebody changed this meanwhile; read it as it is now, and decide again.")
NO_REPLY: Final = Refusal("no_reply", "Nobody has drafted a reply to this review yet; draft one first.")
DOER: Final = "golive"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a reply stands after a command, and what the check found; `is_repeated` says that nothing was changed."""

    state: ReplyState
    findings: tuple[Finding, ...] = ()
    is_repeated: bool = False


def draft(session: Session, review: ReviewId, words: str, actor: Actor, *, as_of: datetime) -> Standing | Refusal:
    """Write or change the words of a reply, and check them; releases of earlier words are gone."""
    place = _place(session, review, actor)
    if isinstance(place, Refusal):
        return place
    row, shown = place
    keys = keys_of(session, actor.practice_id)
    if row is not None and row.edition and opened(keys, row) == words.strip():
        return Standing(row.state, findings_of(row), is_repeated=True)
    findings = checked(session, shown, words.strip())
    decided = decide(as_reply(row), Draft(actor.mark, verdict_of(findings)), answered(shown))
    if isinstance(decided, Refusal):
        return decided
    row = row or ReviewReplyRow(id=new_id(), practice_id=actor.practice_id, review_id=shown.id)
    row.words = keys.seal(words.strip(), table=TABLE, column="words", row_id=row.id)
    row.drafter, row.drafted_at, row.due_at, row.fence = actor.key, as_of, as_of, new_id()
    row.findings = kept(findings)
    write(session, row, decided)
    tell(session, row, "reply_drafted", by=actor.key, as_of=as_of)
    return Standing(row.state, findings)


def release(
    session: Session, review: ReviewId, actor: Actor, *, override: Override | None, as_of: datetime
) -> Standing | Refusal:
    """Release a reply, once its words were checked anew; the last of the persons needed lets it go out."""
    place = _drafted(session, review, actor)
    if isinstance(place, Refusal):
        return place
    row, shown = place
    _check_anew(session, row, shown, as_of=as_of)
    return _command(session, row, Release(actor.mark, override), actor, "reply_released", as_of)


def refuse_unseen(session: Session, review: ReviewId, actor: Actor, *, edition: int, version: int) -> Refusal | None:
    """Refuse whoever saw other words of a reply, or of its review, than stand there now; nobody changes them after."""
    place = _place(session, review, actor)
    if isinstance(place, Refusal):
        return place
    row, shown = place
    return None if (as_reply(row).edition, shown.version) == (edition, version) else MOVED


def take_back(session: Session, review: ReviewId, actor: Actor, *, as_of: datetime) -> Standing | Refusal:
    """Take releases back, or take a reply down that was posted."""
    place = _drafted(session, review, actor)
    if isinstance(place, Refusal):
        return place
    return _command(session, place[0], TakeBack(), actor, "reply_taken_back", as_of)


def confirm_by_hand(session: Session, review: ReviewId, actor: Actor, *, as_of: datetime) -> Standing | Refusal:
    """Write down that a person posted a released reply where no connector can."""
    place = _drafted(session, review, actor)
    if isinstance(place, Refusal):
        return place
    row, _ = place
    done = _command(session, row, PostedByHand(), actor, "reply_posted_by_hand", as_of)
    if isinstance(done, Standing):
        remember_posted(session, row, as_of=as_of)
    return done


def remember_posted(session: Session, row: ReviewReplyRow, *, as_of: datetime) -> None:
    """Keep by which mark our own words are known at their site."""
    keys = keys_of(session, row.practice_id)
    row.posted_at, row.posted_mark = as_of, words_mark(keys, opened(keys, row))
    session.flush()


def follow(session: Session, reviews: Sequence[PublicReviewRow], *, as_of: datetime) -> None:
    """Take releases back where the review they were given for has changed or is gone; the practice is locked."""
    shown = {one.id: one for one in reviews}
    for row in session.scalars(select(ReviewReplyRow).where(ReviewReplyRow.review_id.in_(shown))):
        before = row.state
        decided = decide(as_reply(row), ReviewMoved(), answered(shown[row.review_id]))
        if isinstance(decided, Reply) and decided.state is not before:
            write(session, row, decided)
            tell(session, row, "review_moved", by=DOER, as_of=as_of)


def answered(review: PublicReviewRow) -> Answered:
    """Give what a reply has to know of its review."""
    is_connected = review.source in CONNECTED_SOURCES and review.place_id is not None
    way = Way.CONNECTOR if is_connected else Way.BY_HAND
    return Answered(review.stars, review.version, review.state is ReviewState.SHOWN, way)


def checked(session: Session, review: PublicReviewRow, words: str) -> tuple[Finding, ...]:
    """Check words against the names of this practice's patients as they are now."""
    keys = keys_of(session, review.practice_id)
    version = select(ReviewVersionRow).where(
        ReviewVersionRow.review_id == review.id, ReviewVersionRow.version == review.version
    )
    row = session.scalars(version).one()
    sealed = row.signed
    signed = keys.unseal(sealed, table=ReviewVersionRow.__tablename__, column="signed", row_id=row.id) if sealed else ""
    names, own = known_names(session, session.get_one(Practice, review.practice_id), words, signed=signed)
    return check(words, names, own)


def recheck(session: Session, row: ReviewReplyRow, review: PublicReviewRow) -> Verdict:
    """Check the words of a reply once more; where that says something new, its releases are gone."""
    findings = checked(session, review, opened(keys_of(session, row.practice_id), row))
    verdict = verdict_of(findings)
    decided = decide(as_reply(row), CheckAgain(verdict), answered(review))
    if isinstance(decided, Reply):
        row.findings = kept(findings)
        write(session, row, decided)
    return verdict


def opened(keys: Keys, row: ReviewReplyRow) -> str:
    """Open the words of a reply; raises as `Keys.unseal`."""
    return keys.unseal(row.words, table=TABLE, column="words", row_id=row.id)


def words_mark(keys: Keys, words: str) -> str:
    """Give a blind index of words, whatever their spaces: sites change these."""
    return blind(keys, " ".join(words.split()), "reply")


def findings_of(row: ReviewReplyRow) -> tuple[Finding, ...]:
    """Give what the last check found."""
    return found(row.findings)


def reply_of(session: Session, practice_id: int, review: ReviewId) -> ReviewReplyRow | None:
    """Find the reply to a review of a practice."""
    query = select(ReviewReplyRow).where(ReviewReplyRow.review_id == review, ReviewReplyRow.practice_id == practice_id)
    return session.scalars(query).one_or_none()


def write(session: Session, row: ReviewReplyRow, reply: Reply) -> None:
    """Write a decision into its row; whoever waits for work wakes."""
    row.state, row.edition, row.verdict, row.override = reply.state, reply.edition, reply.verdict, reply.override
    row.drafted_by, row.released_by = reply.drafted_by, " ".join(reply.released_by)
    row.released_version, row.tries, row.reason = reply.released_version, reply.tries, reply.reason[:60]
    if not reply.released_by:
        row.releasers = ""
    session.add(row)
    session.flush()
    ring(session)


def as_reply(row: ReviewReplyRow | None) -> Reply:
    """Give the facts of a row."""
    if row is None:
        return Reply()
    return Reply(
        row.state,
        row.edition,
        row.drafted_by,
        row.verdict,
        tuple(row.released_by.split()),
        row.released_version,
        row.override,
        row.tries,
        row.reason,
    )


def _place(session: Session, review: ReviewId, actor: Actor) -> tuple[ReviewReplyRow | None, PublicReviewRow] | Refusal:
    """Find a review of the actor's practice with its reply, while nobody else changes them."""
    events.lock_practices(session, [actor.practice_id])
    shown = session.get(PublicReviewRow, review)
    if shown is None or shown.practice_id != actor.practice_id:
        return NO_REVIEW
    return reply_of(session, actor.practice_id, review), shown


def _drafted(session: Session, review: ReviewId, actor: Actor) -> tuple[ReviewReplyRow, PublicReviewRow] | Refusal:
    place = _place(session, review, actor)
    if isinstance(place, Refusal):
        return place
    row, shown = place
    return NO_REPLY if row is None else (row, shown)


def _check_anew(session: Session, row: ReviewReplyRow, shown: PublicReviewRow, *, as_of: datetime) -> None:
    before = row.verdict
    if as_reply(row).is_at_rest and recheck(session, row, shown) is not before:
        tell(session, row, "reply_checked_again", by=DOER, as_of=as_of)


def _command(
    session: Session, row: ReviewReplyRow, event: Event, actor: Actor, kind: str, as_of: datetime
) -> Standing | Refusal:
    shown = session.get_one(PublicReviewRow, row.review_id)
    decided = decide(as_reply(row), event, answered(shown))
    if isinstance(decided, Refusal):
        return decided
    if isinstance(event, Release):
        row.releasers = " ".join([*row.releasers.split(), actor.key])
    row.due_at, row.fence = as_of, new_id()
    write(session, row, decided)
    tell(session, row, kind, by=actor.key, as_of=as_of)
    return Standing(row.state, findings_of(row))


def tell(session: Session, row: ReviewReplyRow, kind: str, *, by: str, as_of: datetime) -> None:
    """Append a line to the review's history; a posted reply ends the work that the review asked for."""
    evidence = {"reply": row.id, "edition": row.edition, "state": row.state.value, "verdict": row.verdict.value}
    if row.override is not None:
        evidence["override"] = row.override.value
    note = Note(kind, evidence=evidence)
    key = f"{kind}:{new_id()}"
    line = Outcome(row.practice_id, Process.REPUTATION, row.review_id, key, by, (note,), work_of(row.state))
    effects.carry_out(session, [line], as_of=as_of)


def work_of(state: ReplyState) -> tuple[Effect, ...]:
    """Say what a state asks people for: a reply that got stuck needs a look, one that is posted ends the work."""
    if state in (ReplyState.STUCK, ReplyState.REFUSED):
        return (Ask(LOOK_AFTER_REPLY, Role.FRONT_OFFICE),)
    done = (Settle(ANSWER_LOW_STARS, "answered"),) if state is ReplyState.POSTED else ()
    return (*done, Settle(LOOK_AFTER_REPLY, state.value))
