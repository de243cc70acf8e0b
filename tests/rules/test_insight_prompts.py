"""Which next step a practice's figures lead to, and from which figure on (F-092, F-213)."""

import pytest

from models.rules.feedback import Why
from models.rules.insight_prompts import REASONS, Facts, Prompt, Step, prompts
from models.rules.insights import share


@pytest.mark.parametrize(("step", "whys", "least"), REASONS)
def test_a_reason_leads_to_its_step_from_its_share_of_all_check_outs_on_f_213(
    step: Step, whys: tuple[Why, ...], least: float
) -> None:
    enough = round(least * 1000)
    half = {why: enough // len(whys) for why in whys}
    assert prompts(Facts(visits=1000, reasons=half)) == (Prompt(step, share(enough, 1000)),)
    assert prompts(Facts(visits=1000, reasons=half | {whys[0]: half[whys[0]] - 1})) == ()


def test_nothing_follows_from_fewer_than_five_or_from_fewer_than_twenty_check_outs_f_092() -> None:
    for lost, visits, expected in ((5, 20, 1), (4, 20, 0), (19, 19, 0)):
        assert len(prompts(Facts(visits=visits, reasons={Why.NO_CADENCE: lost}))) == expected


def test_addresses_that_reach_nobody_are_to_be_corrected_from_a_tenth_on() -> None:
    assert prompts(Facts(asked=100, answered=50, unreachable=10)) == (Prompt(Step.CORRECT_CONTACTS, share(10, 100)),)
    assert prompts(Facts(asked=100, answered=50, unreachable=9)) == ()
    assert prompts(Facts(asked=20, answered=10, unreachable=5)) == (Prompt(Step.CORRECT_CONTACTS, share(5, 20)),)
    assert prompts(Facts(asked=20, answered=10, unreachable=4)) == ()
    assert prompts(Facts(asked=19, answered=10, unreachable=19)) == ()


def test_the_way_that_is_clearly_answered_more_often_is_proposed() -> None:
    more, fewer, alike = share(50, 100), share(20, 100), share(45, 100)
    assert prompts(Facts(texts=more, mails=fewer)) == (Prompt(Step.TEXT_MORE, more, fewer),)
    assert prompts(Facts(texts=fewer, mails=more)) == (Prompt(Step.MAIL_FIRST, more, fewer),)
    assert prompts(Facts(texts=more, mails=alike)) == ()
    assert prompts(Facts(texts=more, mails=share(0, 19))) == ()


def test_whoever_clearly_loses_more_than_two_in_a_hundred_asks_less_often() -> None:
    assert prompts(Facts(messages=100, stops=7)) == (Prompt(Step.ASK_LESS_OFTEN, share(7, 100)),)
    assert prompts(Facts(messages=200, stops=7)) == (), "its interval begins below two in a hundred"
    assert prompts(Facts(messages=20, stops=5)) == (Prompt(Step.ASK_LESS_OFTEN, share(5, 20)),)
    assert prompts(Facts(messages=20, stops=4)) == (), "fewer than five stops"
    assert prompts(Facts(messages=19, stops=19)) == (), "fewer than twenty messages"
    assert prompts(Facts(messages=20, stops=30)) == (Prompt(Step.ASK_LESS_OFTEN, share(20, 20)),)


def test_answers_that_are_clearly_seldom_pleased_are_to_be_read() -> None:
    assert prompts(Facts(answers=100, satisfied=70)) == (Prompt(Step.READ_COMPLAINTS, share(30, 100)),)
    assert prompts(Facts(answers=100, satisfied=75)) == ()
    assert prompts(Facts(answers=20, satisfied=10)) == (Prompt(Step.READ_COMPLAINTS, share(10, 20)),)
    assert prompts(Facts(answers=19, satisfied=0)) == ()


def test_a_question_that_clearly_fewer_than_a_tenth_answer_is_looked_at() -> None:
    assert prompts(Facts(asked=100, answered=3)) == (Prompt(Step.LOOK_AT_QUESTION, share(3, 100)),)
    assert prompts(Facts(asked=100, answered=9)) == ()
    assert prompts(Facts(asked=20, answered=0)) == (), "none of twenty may well be more than a tenth"


def test_what_nobody_read_is_to_be_read_from_five_on() -> None:
    assert prompts(Facts(unread=5)) == (Prompt(Step.READ_FEEDBACK, share(5, 5)),)
    assert prompts(Facts(unread=4)) == ()


def test_at_most_five_steps_are_told_and_what_stops_everything_comes_first() -> None:
    everything = Facts(
        visits=1000,
        asked=1000,
        unreachable=500,
        answers=100,
        unread=50,
        messages=1000,
        stops=100,
        reasons={Why.OMISSION: 600, Why.NO_CADENCE: 10},
        texts=share(50, 100),
        mails=share(20, 100),
    )
    assert [one.step for one in prompts(everything)] == [
        Step.CHOOSE_CADENCE,
        Step.SHORTEN_OMISSION,
        Step.CORRECT_CONTACTS,
        Step.TEXT_MORE,
        Step.ASK_LESS_OFTEN,
    ]
