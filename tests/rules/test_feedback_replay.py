"""Another cadence over past visits, counted by hand."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from models.rules.feedback import CADENCE, Ask, Policy, Why
from models.rules.feedback_facts import Person, Visit
from models.rules.feedback_replay import PastVisit, replay
from models.rules.feedback_windows import Place, Window
from models.rules.messages import Channel

ZONE = "America/New_York"
NOON = datetime(2026, 9, 14, 16, tzinfo=UTC)
"""A Monday, twelve o'clock in New York."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USUAL = Policy(1)
REACHED = Person(has_email=True, has_phone=True, allows_texts=True, places=(Place(ZONE),))


def past(number: int, at: datetime, person: int = 1, *, who: Person = REACHED, **facts: timedelta) -> PastVisit:
    return PastVisit(number, person, at, Visit(at - HOUR, ZONE, person=who), **facts)


def test_a_visit_without_an_answer_is_asked_three_times() -> None:
    """F-003, F-010, F-011: at 15:00, the next day and five days later; no window moves anything."""
    told = replay([past(1, NOON)], USUAL, asked_before={})
    assert told.messages == {(1, Channel.TEXT): 1, (2, Channel.EMAIL): 1, (3, Channel.EMAIL): 1}
    assert (told.texts, told.mails, told.shifts, told.requests_asked) == (1, 2, [], 1)


def test_an_answer_comes_as_long_after_the_first_message_as_it_really_did() -> None:
    """F-012."""
    told = replay([past(1, NOON, answered_after=2 * HOUR)], USUAL, asked_before={})
    assert (sum(told.messages.values()), told.answered) == (1, 1)


def test_a_window_moves_a_message_and_says_by_how_much() -> None:
    """F-203: checked out at 18:30, due at 21:30, sent the next day at nine: eleven and a half hours."""
    told = replay([past(1, NOON + 6.5 * HOUR)], replace(USUAL, asks=CADENCE[:2]), asked_before={})
    assert told.shifts == [11.5 * HOUR]
    assert told.mean_shift == 11.5 * HOUR


def test_a_narrower_window_moves_more() -> None:
    """F-203: with a window from ten to fourteen the text of 15:00 waits until the next day at ten."""
    narrow = past(1, NOON)
    narrow = replace(narrow, visit=narrow.visit._replace(window=Window(time(10), time(14))))
    assert replay([narrow], USUAL, asked_before={}).shifts[0] == 19 * HOUR


def test_the_omission_period_counts_from_the_first_send_whichever_record_was_seen() -> None:
    """F-040, F-161: ten days later is within thirty days, and beyond seven."""
    visits = [past(1, NOON), past(2, NOON + 10 * DAY), past(3, NOON + 10 * DAY, person=2)]
    told = replay(visits, USUAL, asked_before={})
    assert told.not_asked == {Why.OMISSION: 1}
    assert (told.requests_asked, told.asked) == (2, {1, 2})
    assert replay(visits, replace(USUAL, omission_days=7), asked_before={}).requests_asked == 3


def test_who_was_asked_shortly_before_is_not_asked() -> None:
    """F-040."""
    told = replay([past(1, NOON)], USUAL, asked_before={1: NOON - 20 * DAY})
    assert (told.not_asked, told.messages) == ({Why.OMISSION: 1}, {})


def test_who_cannot_be_reached_is_counted_with_the_reason() -> None:
    """F-213, F-031."""
    visits = [
        past(1, NOON, 1, who=REACHED._replace(allows_texts=False)),
        past(2, NOON, 2, who=REACHED._replace(allows_texts=False, has_email=False)),
        past(3, NOON, 3, who=REACHED._replace(has_phone=False, has_email=False)),
        past(4, NOON, 4, who=REACHED._replace(is_excluded=True)),
    ]
    told = replay(visits, USUAL, asked_before={})
    assert told.not_asked == {Why.NO_CONSENT_AND_NO_EMAIL: 1, Why.NO_CONTACT: 1, Why.EXCLUDED: 1}
    assert told.messages == {(1, Channel.EMAIL): 1, (2, Channel.EMAIL): 1, (3, Channel.EMAIL): 1}


def test_both_ways_of_an_attempt_go_on_two_days() -> None:
    """F-023, F-202: one message a day."""
    both = (Ask(3 * HOUR, (Channel.TEXT, Channel.EMAIL)), Ask(DAY, (Channel.EMAIL,)))
    told = replay([past(1, NOON)], Policy(1, asks=both), asked_before={})
    assert told.messages == {(1, Channel.TEXT): 1, (1, Channel.EMAIL): 1, (2, Channel.EMAIL): 1}


def test_two_visits_of_one_day_are_asked_about_once() -> None:
    """P: the later visit's."""
    told = replay([past(1, NOON), past(2, NOON + HOUR)], USUAL, asked_before={})
    assert told.requests_asked == 1
    assert told.not_asked == {Why.DUPLICATE_PERSON: 1}


def test_whoever_waits_hears_how_far_it_has_come() -> None:
    heard = list[int]()
    replay([past(n, NOON, n) for n in range(300)], USUAL, asked_before={}, tell=heard.append)
    assert heard == [300, 300]
