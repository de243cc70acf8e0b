"""The process of a reply: no way to be posted without its releases, and two persons are really two (F-211)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.calendars import Calendar
from models.rules.decisions import Ask, Refusal, Settle
from models.rules.reply_checker import Verdict
from models.rules.reputation import ANSWER_LOW_STARS, Practice, PublicReview, ReviewSource, Seen, is_low, note_review
from models.rules.reputation_private import AnswerState, drafted, release, take_back
from models.rules.reputation_replies import (
    UNDER_WAY,
    Absent,
    Accepted,
    Answered,
    Begin,
    CheckAgain,
    Draft,
    Event,
    Override,
    PostedByHand,
    Refused,
    Release,
    Reply,
    ReplyState,
    ReviewMoved,
    TakeBack,
    TakenDown,
    Unsure,
    Way,
    decide,
)

PEOPLE = st.sampled_from(["ana", "ben", "cleo"])
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Draft, PEOPLE, st.sampled_from(Verdict)),
    st.builds(CheckAgain, st.sampled_from(Verdict)),
    st.builds(Release, PEOPLE, st.none() | st.sampled_from(Override)),
    st.sampled_from([TakeBack(), Begin(), Accepted(), Absent(), PostedByHand(), ReviewMoved(), TakenDown()]),
    st.builds(Unsure, st.just("http_503")),
    st.builds(Refused, st.just("malformed")),
)
REVIEWS = st.builds(
    Answered,
    st.none() | st.integers(1, 5),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from(Way),
)
GO = (ReplyState.RELEASED, ReplyState.SENDING, ReplyState.BY_HAND)


@pytest.mark.slow
@given(st.lists(st.tuples(st.none() | REVIEWS, EVENTS), max_size=40))
@settings(max_examples=500, deadline=None)
def test_nothing_is_posted_without_its_persons(steps: list[tuple[Answered | None, Event]]) -> None:
    """Whoever does what in which order, while the review changes: a call is made only for released words."""
    reply, review = Reply(), Answered(1, 1, is_shown=True, way=Way.CONNECTOR)
    released = dict[int, set[str]]()
    for changed, event in steps:
        if changed is not None and changed != review:
            review = replace(changed, version=review.version + 1)
            moved = decide(reply, ReviewMoved(), review)
            assert isinstance(moved, Reply)
            reply = moved
        before, decided = reply, decide(reply, event, review)
        if isinstance(decided, Refusal):
            continue
        reply = decided
        if isinstance(event, Release):
            assert event.person not in before.released_by
            released.setdefault(reply.edition, set()).add(event.person)
        if reply.edition != before.edition:
            assert reply.released_by == ()
        if reply.state in GO and before.state not in GO and not isinstance(event, Absent):
            assert len(released[reply.edition]) >= review.persons_needed
            assert len(set(reply.released_by)) >= review.persons_needed
            assert reply.verdict is Verdict.CLEAN or (reply.override and reply.released_by != (reply.drafted_by,))
        if isinstance(event, Begin):
            assert review.is_shown
            assert reply.released_version == review.version
        if reply.state is ReplyState.POSTED and before.state is not ReplyState.POSTED:
            assert before.released_by
            assert isinstance(event, Accepted | PostedByHand)


@given(st.lists(EVENTS, max_size=30), st.booleans())
def test_without_a_release_no_event_leads_to_a_call(steps: list[Event], is_low_review: bool) -> None:
    reply, review = Reply(), Answered(1 if is_low_review else 5, 1, is_shown=True, way=Way.CONNECTOR)
    for event in steps:
        if isinstance(event, Release):
            continue
        decided = decide(reply, event, review)
        reply = decided if isinstance(decided, Reply) else reply
        assert reply.state not in (*UNDER_WAY, ReplyState.RELEASED, ReplyState.POSTED)


@given(st.lists(PEOPLE, max_size=10))
def test_one_person_never_counts_twice(persons: list[str]) -> None:
    review = Answered(2, 1, is_shown=True, way=Way.CONNECTOR)
    reply = decide(Reply(), Draft("ana", Verdict.CLEAN), review)
    for person in persons:
        assert isinstance(reply, Reply)
        decided = decide(reply, Release(person), review)
        reply = decided if isinstance(decided, Reply) else reply
    assert isinstance(reply, Reply)
    assert (reply.state is ReplyState.RELEASED) == (len(set(persons)) >= 2)


def test_a_reply_under_way_can_be_neither_edited_nor_taken_back() -> None:
    review = Answered(5, 1, is_shown=True, way=Way.CONNECTOR)
    for state in UNDER_WAY:
        reply = Reply(state, 1, "ana", Verdict.CLEAN, ("ben",), 1)
        for event in (Draft("ana", Verdict.CLEAN), TakeBack()):
            refused = decide(reply, event, review)
            assert isinstance(refused, Refusal)
            assert refused.code == "under_way"


def test_an_override_is_worth_nothing_once_the_words_change() -> None:
    review = Answered(5, 1, is_shown=True, way=Way.CONNECTOR)
    reply = Reply(ReplyState.RELEASED, 1, "ana", Verdict.DOUBTFUL, ("ben",), 1, Override.OTHER_MEANING)
    again = decide(reply, Draft("ana", Verdict.DOUBTFUL), review)
    assert isinstance(again, Reply)
    assert (again.state, again.override) == (ReplyState.DOUBTFUL, None)


@pytest.mark.parametrize(("stars", "low"), [(None, False), (1, True), (2, True), (3, False), (4, False), (5, False)])
def test_one_and_two_stars_are_low(stars: int | None, low: bool) -> None:
    assert is_low(stars) is low
    assert Answered(stars, 1, is_shown=True, way=Way.BY_HAND).persons_needed == (2 if low else 1)


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_no_review_has_other_stars(stars: int) -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(ValueError, match="one to five"):
        PublicReview(ReviewSource.CSV, "1", stars, moment, moment)


@pytest.mark.parametrize("seen", Seen)
def test_what_a_review_leads_to(seen: Seen) -> None:
    place = Practice("America/New_York", Calendar.GOVERNMENT)
    friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    notes, effects = note_review(seen, 1, place, is_answered=False, as_of=friday)
    assert len(notes) == (seen is not Seen.SAME)
    asks = [one for one in effects if isinstance(one, Ask)]
    assert bool(asks) == (seen in (Seen.NEW, Seen.CHANGED, Seen.BACK))
    assert all(one.due_at == datetime(2026, 11, 24, 22, tzinfo=UTC) for one in asks)
    assert effects == (Settle(ANSWER_LOW_STARS, "withdrawn"),) or seen is not Seen.GONE


def test_a_private_answer_needs_a_person_and_clean_words() -> None:
    """F-083."""
    assert isinstance(release(drafted(Verdict.BLOCKED)), Refusal)
    done = release(drafted(Verdict.CLEAN))
    assert not isinstance(done, Refusal)
    assert done.state is AnswerState.RELEASED
    assert isinstance(release(done), Refusal)
    back = take_back(done, is_out=False)
    assert not isinstance(back, Refusal)
    assert back.state is AnswerState.TAKEN_BACK
    assert isinstance(take_back(done, is_out=True), Refusal)
    assert isinstance(take_back(back, is_out=False), Refusal)
