"""What texts lead to, and how reports of delivery are told apart (F-205, F-206, F-223)."""

from itertools import permutations

import pytest

from models.rules.consent import StopReason
from models.rules.feedback_texts import read
from models.rules.messages import MessageKind
from models.rules.text_answers import ANSWER_TASK, DOUBT_TASK, FLAGGED_TASK, TextAnswer, answer_to, may_start
from models.rules.texting import later_report


def answered(text: str, *, provider_confirms: bool = False, **how: bool) -> TextAnswer:
    return answer_to(read(text), text, provider_confirms=provider_confirms, **how)


@pytest.mark.parametrize(
    ("text", "stops", "task", "is_kept", "says"),
    [
        ("STOP", StopReason.KEYWORD, "", False, MessageKind.TEXT_STOPPED),
        ("please stop texting me", StopReason.PHRASE, FLAGGED_TASK, True, MessageKind.TEXT_STOPPED),
        ("no me escriban mas", StopReason.PHRASE, FLAGGED_TASK, True, MessageKind.TEXT_STOPPED),
        ("wrong number", StopReason.WRONG_NUMBER, FLAGGED_TASK, True, None),
        ("START", None, "", False, MessageKind.TEXT_STARTED),
        ("HELP", None, "", False, MessageKind.TEXT_HELP),
        ("See you on Friday", None, ANSWER_TASK, True, None),
    ],
)
def test_each_text_leads_to_what_it_asks_for(
    text: str, stops: StopReason | None, task: str, is_kept: bool, says: MessageKind | None
) -> None:
    """F-205, F-206, F-101."""
    found = answered(text)
    assert (found.stops, found.task, found.is_kept, found.says) == (stops, task, is_kept, says)
    assert not found.is_doubtful


def test_a_doubtful_text_holds_and_asks_a_person() -> None:
    """F-205."""
    found = answered("stop or not?")
    assert (found.stops, found.is_doubtful, found.task, found.says) == (StopReason.DOUBT, True, DOUBT_TASK, None)


@pytest.mark.parametrize("word", ["STOP", "stop.", "Unsubscribe", "QUIT", "start", "HELP"])
def test_what_the_provider_answers_itself_is_not_answered_again(word: str) -> None:
    """F-206: its keywords only; phrases it does not know."""
    assert answered(word, provider_confirms=True).says is None
    assert answered(word).says is not None


def test_a_phrase_is_confirmed_though_the_provider_confirms_keywords() -> None:
    """F-206."""
    assert answered("please stop texting me", provider_confirms=True).says is MessageKind.TEXT_STOPPED
    assert answered("please stop texting me", is_confirmed=True).says is None


@pytest.mark.parametrize(
    ("toggles", "was_stopped", "newest", "starts"),
    [
        ((False,), True, None, True),
        ((False,), False, False, True),
        ((), True, False, True),
        ((False, True), True, False, False),
        ((False,), False, None, False),
        ((False,), False, True, False),
    ],
)
def test_start_opens_only_what_was_open_and_only_while_every_toggle_is_clear(
    toggles: tuple[bool, ...], was_stopped: bool, newest: bool | None, starts: bool
) -> None:
    """F-206."""
    assert may_start(toggles=toggles, was_stopped=was_stopped, newest=newest) is starts


def test_reports_in_any_order_leave_the_same_word() -> None:
    """F-223."""
    told = ("sent", "undelivered:30005", "queued", "delivered", "undelivered:30006")
    for order in permutations(told):
        known = ""
        for one in (*order, *order):
            known = later_report(known, one)
        assert known == "delivered"
    assert later_report("undelivered:30005", "sent") == "undelivered:30005"
