"""Public reviews, replies, and answers to private feedback: drafted, released by persons (F-080 to F-083, F-211)."""

from collections import Counter
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import ActorKey, FileName, OptionalPracticeKey, PracticeKey
from models.inputs.reputation_forms import FeedbackNumber, OverrideChoice, PlaceName, ReviewNumber, override_of
from models.rules.messages import Channel
from tasks import reputation, reputation_private
from tasks.artifacts import show_counts, show_rows
from tasks.commands import refuse, state_of
from tasks.moment import moment, now
from tasks.quarantine import unless_quarantined
from tasks.reputation import Command
from tasks.reputation_private import Command as Told

AT_ONCE = 1_000


@flow(flow_run_name="load-public-reviews {practice} {file}")
def load_public_reviews(practice: PracticeKey, file: FileName, by: ActorKey) -> State[Any]:
    """Take in public reviews from a CSV file, whole or not at all; the same file again changes nothing.

    Columns: review_id, date, source, stars, written_by, text, where, changed, reply.

    Args:
        practice: Short name of the practice.
        file: Name of a CSV file in the intake folder.
        by: Key of the person who loads it.
    """
    return state_of(reputation.load_public_reviews(file, practice=practice, by=by, as_of=now()))


@flow(flow_run_name="fetch-public-reviews")
@unless_quarantined
def fetch_public_reviews(practice: OptionalPracticeKey = "", as_of: str = "") -> dict[str, int]:
    """Read every review of the connected places: new, changed and withdrawn ones; low stars ask the front office.

    Args:
        practice: Short name of the practice; empty means all.
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
    """
    at, counts = moment(as_of), Counter[str]()
    places = reputation.places_to_read(practice)
    if places:
        counts.update(reputation.fetch_reviews(places, as_of=at))
    show_counts(counts, key="fetch-public-reviews", as_of=at)
    return dict(counts)


@flow(flow_run_name="list-review-places")
@unless_quarantined
def list_review_places() -> int | State[Any]:
    """List the locations whose reviews the Google account may read, and the practices that they belong to."""
    rows = reputation.place_rows()
    if isinstance(rows, str):
        return refuse(rows)
    show_rows(rows, key="review-places", description="Locations whose reviews can be read")
    return len(rows)


@flow(flow_run_name="connect-review-place {practice}")
def connect_review_place(practice: PracticeKey, place: PlaceName, by: ActorKey) -> State[Any]:
    """Say which location at Google is a practice's: its reviews are read every hour, its replies posted there.

    Args:
        practice: Short name of the practice.
        place: Name of the location from list-review-places, like accounts/1/locations/2.
        by: Key of the person who connects it.
    """
    return state_of(reputation.connect_place(practice, place, by=by, as_of=now()))


@flow(flow_run_name="list-reviews")
def list_reviews(practice: OptionalPracticeKey = "") -> int:
    """List public reviews by number: stars, days and how the reply stands; words and names stay out of here.

    Args:
        practice: Short name of the practice; empty means all.
    """
    rows = reputation.review_rows(practice)
    show_rows(rows, key=f"reviews-{practice or 'all'}", description=f"Public reviews of {practice or 'all practices'}")
    return len(rows)


@flow(flow_run_name="draft-reply {practice} {review}")
def draft_reply(practice: PracticeKey, review: ReviewNumber, file: FileName, by: ActorKey) -> State[Any]:
    """Draft the reply to a review from a text file, and check it: it must never tell that somebody is a patient.

    Args:
        practice: Short name of the practice.
        review: Number from list-reviews.
        file: Name of a text file in the intake folder that holds the reply.
        by: Key of the person who wrote it.
    """
    return state_of(reputation.draft_reply(Command(practice, review, by), file, as_of=now()))


@flow(flow_run_name="release-reply {practice} {review}")
def release_reply(practice: PracticeKey, review: ReviewNumber, by: ActorKey, doubt: OverrideChoice = "") -> State[Any]:
    """Release a checked reply; a review with one or two stars needs two different persons.

    Args:
        practice: Short name of the practice.
        review: Number from list-reviews.
        by: Key of the person who releases it.
        doubt: Why doubtful words may stand; only somebody else than who wrote them can say so.
    """
    return state_of(reputation.release_reply(Command(practice, review, by), override_of(doubt), as_of=now()))


@flow(flow_run_name="take-back-reply {practice} {review}")
def take_back_reply(practice: PracticeKey, review: ReviewNumber, by: ActorKey) -> State[Any]:
    """Take the releases of a reply back; one that was posted by us is taken down.

    Args:
        practice: Short name of the practice.
        review: Number from list-reviews.
        by: Key of the person who takes it back.
    """
    return state_of(reputation.take_back_reply(Command(practice, review, by), as_of=now()))


@flow(flow_run_name="confirm-posted-by-hand {practice} {review}")
def confirm_posted_by_hand(practice: PracticeKey, review: ReviewNumber, by: ActorKey) -> State[Any]:
    """Record that a released reply was posted by hand, where no connector can post it.

    Args:
        practice: Short name of the practice.
        review: Number from list-reviews.
        by: Key of the person who posted it.
    """
    return state_of(reputation.confirm_posted_by_hand(Command(practice, review, by), as_of=now()))


@flow(flow_run_name="post-replies")
@unless_quarantined
def post_replies(as_of: str = "", limit: int = AT_ONCE) -> dict[str, int]:
    """Post the replies that persons released, and take down those that they took back; nothing else is posted.

    Args:
        as_of: Moment to act for, ISO 8601 with offset; empty means now.
        limit: Most replies that this run posts.
    """
    at, counts = moment(as_of), Counter[str]()
    for claim in reputation.claims_of_postings(as_of=at, limit=limit):
        counts.update(reputation.post_replies(claim, as_of=at))
    show_counts(counts, key="post-replies", as_of=at)
    return dict(counts)


@flow(flow_run_name="draft-private-answer {practice} {feedback}")
def draft_private_answer(practice: PracticeKey, feedback: FeedbackNumber, file: FileName, by: ActorKey) -> State[Any]:
    """Draft the answer to a patient's private feedback from a text file, and check it: no health, dates or money.

    Args:
        practice: Short name of the practice.
        feedback: Number of the answered request, from list-feedback-requests.
        file: Name of a text file in the intake folder that holds the answer.
        by: Key of the person who wrote it.
    """
    return state_of(reputation_private.draft_answer(Told(practice, feedback, by), file, as_of=now()))


@flow(flow_run_name="release-private-answer {practice} {feedback}")
def release_private_answer(
    practice: PracticeKey, feedback: FeedbackNumber, by: ActorKey, channel: Channel = Channel.EMAIL
) -> State[Any]:
    """Release a checked answer to private feedback; it goes to that patient once, in the next allowed hour.

    Args:
        practice: Short name of the practice.
        feedback: Number of the answered request, from list-feedback-requests.
        by: Key of the person who releases it.
        channel: By mail, or by text to whoever agreed to texts.
    """
    return state_of(reputation_private.release_answer(Told(practice, feedback, by), channel, as_of=now()))


@flow(flow_run_name="take-back-private-answer {practice} {feedback}")
def take_back_private_answer(practice: PracticeKey, feedback: FeedbackNumber, by: ActorKey) -> State[Any]:
    """Take an answer to private feedback back that has not gone out yet.

    Args:
        practice: Short name of the practice.
        feedback: Number of the answered request, from list-feedback-requests.
        by: Key of the person who takes it back.
    """
    return state_of(reputation_private.take_back_answer(Told(practice, feedback, by), as_of=now()))
