"""The outbox: queued once, claimed, marked before the call, settled after it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.db import Database
from models.rules.decisions import CancelMessages, Process
from models.rules.messages import Channel, MessageKind
from models.rules.onboarding_events import Pause, Resume
from models.rules.onboarding_facts import Reason
from models.rules.roles import Role
from models.store import look_ups, messages
from models.store.claims import LEASE, Claim
from models.store.look_ups import Doubtful
from models.store.messages import RETRY_AFTER, NewMessage, Outcome
from models.tables.messages import Message, MessageState
from tests.store.journeys import SENT, SIGNED, Play, begun


@pytest.fixture
def play(db: Database) -> Play:
    """Give a journey without any message."""
    return begun(db)


@pytest.fixture
def one(play: Play) -> int:
    """Queue one message and give its id."""
    queue(play, "a")
    return play.db.read(lambda s: s.scalars(select(Message.id)).one())


def new(play: Play, key: str) -> NewMessage:
    return NewMessage(
        play.practice_id,
        Process.ONBOARDING,
        play.journey_id,
        key,
        MessageKind.REMINDER,
        Role.PRIMARY_CONTACT,
        "",
        f"subject:{key}",
        {"step": "welcome_call"},
        play.now,
    )


def queue(play: Play, *keys: str) -> None:
    play.db.transaction(lambda s: messages.queue(s, [new(play, key) for key in keys], as_of=play.now))


def claim(play: Play, limit: int = 10) -> Claim:
    return play.db.transaction(lambda s: messages.claim_due(s, as_of=play.now, limit=limit))


def mark(play: Play, mine: Claim) -> list[bool]:
    marked = play.db.transaction(lambda s: messages.mark_sending(s, mine.ids, fence=mine.fence, as_of=play.now))
    return [number in marked for number in mine.ids]


def settle(play: Play, message: int, outcome: Outcome, *, fence: int) -> bool:
    known = {message: outcome}
    written = play.db.transaction(lambda s: messages.record_outcomes(s, known, fence=fence, as_of=play.now))
    return message in written


def later(play: Play, message: int, *, fence: int) -> MessageState:
    return play.db.transaction(lambda s: messages.try_later(s, message, "busy", fence=fence, as_of=play.now))


def state(play: Play, message: int) -> MessageState:
    return play.db.read(lambda s: s.scalars(select(Message.state).where(Message.id == message)).one())


def under_way(play: Play) -> Claim:
    mine = claim(play)
    assert mark(play, mine) == [True]
    return mine


def test_a_key_is_queued_once_for_ever(play: Play) -> None:
    """O-48."""
    queue(play, "a", "b")
    queue(play, "a", "c")
    assert len(claim(play).ids) == 3
    queue(play, "a", "b", "c")
    assert not claim(play)


def test_an_attempt_is_marked_sent_and_settled(play: Play, one: int) -> None:
    mine = under_way(play)
    assert settle(play, one, SENT, fence=mine.fence)
    assert state(play, one) is MessageState.SENT
    assert not settle(play, one, SENT, fence=mine.fence)


def test_a_late_worker_with_an_old_fence_changes_nothing(play: Play, one: int) -> None:
    late = claim(play)
    play.now += LEASE + timedelta(seconds=1)
    assert play.db.transaction(lambda s: messages.recover(s, as_of=play.now)) == (1, 0)
    own = claim(play)
    assert play.db.read(lambda s: messages.claimed(s, late)) == []
    assert mark(play, late) == [False]
    assert not settle(play, one, SENT, fence=late.fence)
    assert later(play, one, fence=late.fence) is MessageState.CLAIMED
    play.db.transaction(lambda s: messages.give_back(s, late))
    assert mark(play, own) == [True]


def test_a_dead_worker_leaves_an_unknown_attempt_and_comes_back_too_late(play: Play, one: int) -> None:
    mine = under_way(play)
    play.now += LEASE + timedelta(seconds=1)
    assert play.db.transaction(lambda s: messages.recover(s, as_of=play.now)) == (0, 1)
    assert state(play, one) is MessageState.UNKNOWN
    assert not settle(play, one, SENT, fence=mine.fence)
    assert [each.message.id for each in doubtful(play)] == [one]


def doubtful(play: Play) -> list[Doubtful]:
    return play.db.read(lambda s: look_ups.due(s, as_of=play.now, limit=5))


def look(play: Play, one: Doubtful, outcome: Outcome) -> bool:
    return play.db.transaction(lambda s: look_ups.write(s, one, outcome, as_of=play.now)) is not None


def test_a_look_up_settles_what_is_unknown(play: Play, one: int) -> None:
    mine = under_way(play)
    assert settle(play, one, Outcome(MessageState.UNKNOWN, "timeout"), fence=mine.fence)
    [seen] = doubtful(play)
    assert seen.message.message_id == f"{one}.1@golive.invalid"
    assert look(play, seen, Outcome(MessageState.SENT, "found"))
    assert not look(play, seen, Outcome(MessageState.PENDING, "absent"))
    assert state(play, one) is MessageState.SENT


def test_a_text_is_looked_up_after_two_minutes_and_once_more_a_minute_later(play: Play, one: int) -> None:
    """F-221."""
    play.db.transaction(lambda s: s.execute(update(Message).values(channel=Channel.TEXT)))
    settle(play, one, Outcome(MessageState.UNKNOWN, "no_answer"), fence=under_way(play).fence)
    assert play.db.read(messages.next_due) == play.now + timedelta(seconds=120)
    assert doubtful(play) == []
    play.now += timedelta(seconds=120)
    [first] = doubtful(play)
    once = Outcome(MessageState.UNKNOWN, look_ups.ABSENT_ONCE)
    assert look(play, first, once)
    assert not look(play, first, once)
    assert play.db.read(messages.next_due) == play.now + timedelta(seconds=60)
    play.now += timedelta(seconds=60)
    [second] = doubtful(play)
    assert second.before == look_ups.ABSENT_ONCE
    assert look(play, second, Outcome(MessageState.UNKNOWN, look_ups.FINAL))
    assert doubtful(play) == []
    assert play.db.read(messages.next_due) is None
    assert [letter.outcome for letter in play.db.read(messages.dead_letters)] == ["unknown_final"]


def test_a_mark_is_taken_back_when_the_call_was_not_made(play: Play, one: int) -> None:
    mine = under_way(play)
    play.db.transaction(lambda s: messages.unmark(s, mine.ids, fence=mine.fence, as_of=play.now))
    again = claim(play)
    assert again.ids == (one,)
    [message] = play.db.read(lambda s: messages.claimed(s, again))
    assert message.attempt == 1


def test_a_mark_of_a_message_that_was_cancelled_meanwhile_is_taken_back_for_good(play: Play, one: int) -> None:
    mine = under_way(play)
    cancel(play, CancelMessages())
    play.db.transaction(lambda s: messages.unmark(s, mine.ids, fence=mine.fence, as_of=play.now))
    assert state(play, one) is MessageState.CANCELLED
    assert not claim(play)


def test_each_attempt_has_its_own_message_id_even_after_a_replay(play: Play, one: int) -> None:
    names = set[str]()
    for _ in range(3):
        mine = claim(play)
        names |= {each.message_id for each in play.db.read(lambda s, c=mine: messages.claimed(s, c))}  # type: ignore[misc]
        mark(play, mine)
        settle(play, one, Outcome(MessageState.REFUSED, "no_such_user"), fence=mine.fence)
        assert [each.id for each in play.db.read(messages.dead_letters)] == [one]
        assert play.db.transaction(lambda s: messages.replay(s, [one, 5], as_of=play.now)) == [one]
    assert names == {f"{one}.{attempt}@golive.invalid" for attempt in (1, 2, 3)}
    assert play.db.transaction(lambda s: messages.replay(s, [one], as_of=play.now)) == []


def test_ids_of_messages_are_not_used_again(play: Play, one: int) -> None:
    play.db.transaction(lambda s: s.delete(s.get_one(Message, one)))
    queue(play, "b")
    assert play.db.read(lambda s: s.scalars(select(Message.id)).one()) > one


def test_an_unavailable_provider_is_left_alone_longer_each_time_and_given_up_in_the_end(play: Play, one: int) -> None:
    for pause in RETRY_AFTER:
        mine = under_way(play)
        assert later(play, one, fence=mine.fence) is MessageState.PENDING
        assert play.db.read(messages.next_due) == play.now + pause
        assert not claim(play)
        play.now += pause
    assert later(play, one, fence=under_way(play).fence) is MessageState.DEAD


def test_what_was_claimed_and_not_begun_can_be_given_back(play: Play, one: int) -> None:
    mine = claim(play)
    assert play.db.read(messages.next_due) == play.now + LEASE
    play.db.transaction(lambda s: messages.give_back(s, mine))
    assert claim(play).ids == (one,)


def test_a_cancelled_message_is_not_sent_although_it_was_claimed(play: Play, one: int) -> None:
    mine = claim(play)
    cancel(play, CancelMessages((MessageKind.REMINDER,), "subject:a"))
    assert mark(play, mine) == [False]
    assert state(play, one) is MessageState.CANCELLED


def cancel(play: Play, quiet: CancelMessages) -> None:
    play.db.transaction(
        lambda s: messages.cancel(
            s, quiet, process=Process.ONBOARDING, process_id=play.journey_id, because="x" * 100, as_of=play.now
        )
    )


def test_a_message_that_is_cancelled_under_way_is_not_tried_again(play: Play, one: int) -> None:
    mine = under_way(play)
    cancel(play, CancelMessages())
    assert later(play, one, fence=mine.fence) is MessageState.CANCELLED
    assert not claim(play)


def test_cancelling_keeps_other_subjects_and_kinds(play: Play, one: int) -> None:
    cancel(play, CancelMessages(subject="subject:b"))
    cancel(play, CancelMessages((MessageKind.WELCOME,)))
    cancel(play, CancelMessages(keep=(MessageKind.REMINDER,)))
    assert state(play, one) is MessageState.PENDING


@pytest.mark.parametrize("outcome", [MessageState.REFUSED, MessageState.UNKNOWN])
def test_a_dead_letter_that_is_no_longer_wanted_is_not_replayed(play: Play, one: int, outcome: MessageState) -> None:
    settle(play, one, Outcome(outcome, "code"), fence=under_way(play).fence)
    cancel(play, CancelMessages())
    assert play.db.transaction(lambda s: messages.replay(s, [one], as_of=play.now)) == []
    assert state(play, one) is outcome


def test_a_failed_attempt_of_a_paused_journey_waits_for_it(play: Play, one: int) -> None:
    """O-45."""
    mine = under_way(play)
    play.must(Pause(Reason.PRACTICE_ASKED))
    assert later(play, one, fence=mine.fence) is MessageState.HELD
    play.must(Resume())
    play.later(hours=1)
    assert claim(play).ids == (one,)


def test_an_attempt_that_a_look_up_did_not_find_waits_for_its_paused_journey(play: Play, one: int) -> None:
    """O-45."""
    settle(play, one, Outcome(MessageState.UNKNOWN, "timeout"), fence=under_way(play).fence)
    play.must(Pause(Reason.PRACTICE_ASKED))
    [seen] = doubtful(play)
    assert look(play, seen, Outcome(MessageState.PENDING, "absent"))
    assert state(play, one) is MessageState.HELD


def test_a_message_queued_while_paused_is_held(play: Play) -> None:
    """O-45."""
    play.db.transaction(lambda s: messages.queue(s, [new(play, "a")._replace(is_held=True)], as_of=play.now))
    assert not claim(play)


def test_a_claimed_message_of_a_paused_journey_is_held_and_not_sent(play: Play) -> None:
    """O-45."""
    play.must(SIGNED)
    mine = claim(play)
    play.must(Pause(Reason.PRACTICE_ASKED))
    assert not any(mark(play, mine))
    held = play.db.read(messages.counts)
    assert held[MessageKind.WELCOME, MessageState.HELD] == 1


def test_a_message_without_any_row_is_nobodys(play: Play, one: int) -> None:
    assert not settle(play, one + 99, SENT, fence=0)
    assert replace(SENT, code="x").code == "x"
    play.db.transaction(lambda s: s.execute(update(Message).values(state=MessageState.SENT)))
    assert play.db.read(messages.next_due) is None
