"""What a patient may answer when, and which public links everybody sees (F-063, F-064, F-070, F-210, F-215)."""

from dataclasses import replace

import pytest

from models.rules.feedback import LINK_VALID, Destination, Links, Question
from models.rules.feedback_answers import (
    AnswerFault,
    PublicLink,
    Stage,
    Standing,
    faults_in,
    is_thanked,
    kept_stars,
    own_question,
    public_links,
    stage_of,
)
from tests.rules.feedbacks import HOUR, NOON, POLICY

LAST = NOON + LINK_VALID - HOUR
ADDRESSES = dict.fromkeys(Destination, "https://reviews.example.com/maple")


def test_a_link_asks_then_wants_details_and_is_closed_when_complete_f_215() -> None:
    assert stage_of(Standing(NOON), as_of=LAST) is Stage.QUESTION
    assert stage_of(Standing(NOON, is_satisfied=False), as_of=LAST) is Stage.DETAILS
    assert stage_of(Standing(NOON, is_satisfied=True, is_completed=True), as_of=LAST) is Stage.CLOSED


def test_a_link_is_closed_before_its_message_and_after_its_time_f_215() -> None:
    assert stage_of(Standing(None), as_of=NOON) is Stage.CLOSED
    assert stage_of(Standing(NOON), as_of=NOON + LINK_VALID) is Stage.CLOSED


def test_thanks_are_shown_for_a_complete_answer_while_the_link_is_valid() -> None:
    done = Standing(NOON, is_satisfied=True, is_completed=True)
    assert is_thanked(done, as_of=LAST)
    assert not is_thanked(done, as_of=NOON + LINK_VALID)
    assert not is_thanked(replace(done, is_completed=False), as_of=LAST)
    assert not is_thanked(replace(done, sent_at=None), as_of=LAST)


@pytest.mark.parametrize(
    ("stars", "words", "is_satisfied", "faults"),
    [
        (1, "x" * 2000, True, ()),
        (5, "", True, ()),
        (0, "", True, (("stars", AnswerFault.NO_STARS),)),
        (6, "", True, (("stars", AnswerFault.NO_STARS),)),
        (None, "x" * 2001, True, (("stars", AnswerFault.NO_STARS), ("words", AnswerFault.TOO_LONG))),
        (None, "", False, ()),
        (None, "x" * 2001, False, (("words", AnswerFault.TOO_LONG),)),
    ],
)
def test_a_yes_comes_with_stars_and_a_no_needs_nothing_f_063_f_064(
    stars: int | None, words: str, is_satisfied: bool, faults: tuple[tuple[str, AnswerFault], ...]
) -> None:
    assert faults_in(stars, words, is_satisfied=is_satisfied) == faults


def test_only_a_yes_keeps_its_stars_f_064() -> None:
    assert kept_stars(4, is_satisfied=True) == 4
    assert kept_stars(4, is_satisfied=False) is None


def test_links_come_in_the_practices_order_where_they_have_an_address_f_070() -> None:
    first, second = list(Destination)[:2]
    policy = replace(POLICY, links=Links.SHOWN_TO_ALL, destinations=(second, first))
    address = ADDRESSES[first]
    assert public_links(policy, ADDRESSES) == (PublicLink(second, address), PublicLink(first, address))
    assert public_links(policy, {first: address}) == (PublicLink(first, address),)
    assert public_links(replace(policy, links=Links.PRIVATE_ONLY_FOR_ALL), ADDRESSES) == ()


@pytest.mark.parametrize(
    "address", ["", "reviews.example.com", "ftp://reviews.example.com", "https://", "http://[oops"]
)
def test_what_is_no_address_of_the_web_is_not_shown(address: str) -> None:
    policy = replace(POLICY, destinations=tuple(Destination))
    assert public_links(policy, dict.fromkeys(Destination, address)) == ()


def test_an_address_may_be_plain_http() -> None:
    first = next(iter(Destination))
    links = public_links(replace(POLICY, destinations=(first,)), {first: "http://reviews.example.com"})
    assert links == (PublicLink(first, "http://reviews.example.com"),)


def test_a_question_of_the_practices_own_is_asked_unless_it_must_be_neutral_f_053() -> None:
    own = Question("How was it?", "¿Cómo le fue?")
    assert own_question(POLICY) is None
    assert own_question(replace(POLICY, question=own)) == own
    assert own_question(replace(POLICY, question=own, is_sensitive=True)) is None
