"""What is decided about journeys and requests for feedback, word by word, as it was approved (tests/golden.py)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import pytest

from deployments.histories.journey_store import JourneyStore
from models.rules.feedback import CADENCE, Outcome, Why
from models.rules.feedback_events import Answer
from models.rules.feedback_events import Event as FeedbackEvent
from models.rules.feedback_facts import Decision as FeedbackDecision
from models.rules.messages import Channel
from models.rules.onboarding_facts import Decision
from tests.golden import compare
from tests.rules.examples import playing
from tests.rules.feedbacks import DAY, EMAIL, HOUR, POLICY, TEXT, Message, Stage, a_person, by, local
from tests.rules.test_onboarding_sentences import everything_that_can_happen
from tests.rules.told import decision_as_text, words

APPROVED = Path(__file__).parent / "approved"


@pytest.fixture
def decisions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write down every decision about a journey as it is carried out."""
    told: list[str] = []
    apply = JourneyStore.apply

    def written(self: JourneyStore, decision: Decision, *, by: str) -> None:
        told.append(f"{self.now:%Y-%m-%d %H:%M} {by}\n{decision_as_text(decision, self.journey)}")
        apply(self, decision, by=by)

    monkeypatch.setattr(JourneyStore, "apply", written)
    return told


def test_journeys_on_which_everything_happens_go_as_was_approved_o_01_o_41(decisions: list[str]) -> None:
    """What a journey shares with the first one is written once."""
    journeys = []
    for _ in everything_that_can_happen():
        journeys.append([*decisions])
        decisions.clear()
    first, *others = journeys
    shared = [
        sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, one, strict=False))) for one in others
    ]
    pages = [first, *([f"after {many} of these\n", *one[many:]] for many, one in zip(shared, others, strict=True))]
    compare(APPROVED / "journeys.txt", "".join(line for lines in pages for line in lines))


@pytest.mark.parametrize("step", ["service_agreement", "handoff_call", "training", "payments"])
def test_a_silent_practice_is_reminded_as_was_approved_o_43_o_44(step: str, decisions: list[str]) -> None:
    play = playing(step)
    decisions.clear()
    play.wait(days=45)
    compare(APPROVED / f"journey_silent_{step}.txt", "".join(decisions))


def refusing(*channels: Channel) -> Callable[[Message], Outcome]:
    return lambda message: Outcome.REFUSED if message.channel in channels else Outcome.SENT


def asked_and_left_alone(stage: Stage) -> None:
    stage.check_out()
    stage.wait(60 * DAY)


def asked_and_answered(stage: Stage) -> None:
    request = stage.check_out()
    stage.wait(2 * DAY)
    stage.tell(request.id, Answer())
    stage.tell(request.id, Answer())
    stage.stop(Why.OPTED_OUT)


def asked_and_stopped(stage: Stage) -> None:
    stage.check_out()
    stage.wait(4 * HOUR)
    stage.stop(Why.OPTED_OUT)


def asked_after_an_outage(stage: Stage) -> None:
    stage.check_out()
    stage.sleep(3 * DAY)
    stage.wait(60 * DAY)


def asked_twice(stage: Stage) -> None:
    stage.check_out(1)
    stage.wait(2 * DAY)
    stage.check_out(2)
    stage.wait(60 * DAY)


def asked_while_not_allowed(stage: Stage) -> None:
    stage.check_out()
    stage.is_green = False
    stage.wait(5 * HOUR)
    stage.is_green = True
    stage.wait(60 * DAY)


def asked_while_a_person_changes(stage: Stage) -> None:
    stage.is_delivering = False
    stage.check_out()
    stage.wait(4 * HOUR)
    stage.person = stage.person._replace(allows_texts=False)
    stage.is_delivering = True
    stage.deliver()
    stage.wait(60 * DAY)


STORIES: Final[Mapping[str, tuple[Callable[[Stage], None], Mapping[str, Any]]]] = {
    "left_alone": (asked_and_left_alone, {}),
    "left_alone_from_the_evening_on": (asked_and_left_alone, {"now": local(3, 2, 19)}),
    "answered": (asked_and_answered, {}),
    "stopped": (asked_and_stopped, {}),
    "outage": (asked_after_an_outage, {}),
    "twice": (asked_twice, {}),
    "not_green": (asked_while_not_allowed, {}),
    "texts_not_allowed_any_more": (asked_while_a_person_changes, {}),
    "both_ways": (asked_and_left_alone, {"policy": by((TEXT, EMAIL), (EMAIL, TEXT))}),
    "texts_refused": (asked_and_left_alone, {"provider": refusing(TEXT)}),
    "everything_refused": (asked_and_left_alone, {"provider": refusing(TEXT, EMAIL)}),
    "only_texts": (asked_and_left_alone, {"person": a_person(has_email=False)}),
    "only_mail": (asked_and_left_alone, {"person": a_person(has_phone=False)}),
    "no_way": (asked_and_left_alone, {"person": a_person(has_email=False, has_phone=False)}),
    "two_attempts": (asked_and_left_alone, {"policy": replace(POLICY, asks=CADENCE[:2])}),
    "excluded": (asked_and_left_alone, {"person": a_person(is_excluded=True)}),
}


@pytest.mark.parametrize("story", STORIES)
def test_requests_go_as_was_approved_f_003_f_010_f_033_f_040_f_212_f_221(
    story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    tell = Stage.tell

    def written(self: Stage, request: int, event: FeedbackEvent) -> FeedbackDecision:
        known = self.requests[request]
        decision = tell(self, request, event)
        told.append(f"{self.now:%Y-%m-%d %H:%M} {words(event)}\n{decision_as_text(decision, known)}")
        return decision

    monkeypatch.setattr(Stage, "tell", written)
    play, facts = STORIES[story]
    play(Stage(**facts))
    compare(APPROVED / f"feedback_{story}.txt", "".join(told))
