"""Steps and items that are skipped or reopened, with reasons, names, and what may not be."""

import pytest

from models.rules.onboarding import STEPS, ItemKind
from models.rules.onboarding_events import (
    CompleteItem,
    ReopenItem,
    ReopenStep,
    SkipItem,
    SkipStep,
)
from models.rules.onboarding_facts import ItemState, Reason, StepState
from tests.rules.examples import START, begun, playing, work_of
from tests.rules.play import Play

ORDER = [step.key for step in STEPS]
NOT_NEEDED = Reason.NOT_NEEDED
AGAIN = Reason.MUST_BE_REPEATED


def states(play: Play) -> dict[str, StepState]:
    return {key: facts.state for key, facts in play.journey.steps.items()}


def open_tasks(play: Play, step: str) -> set[str]:
    template = play.journey.template
    return {
        key
        for key, facts in play.journey.items.items()
        if facts.state is ItemState.OPEN
        and template.step_of_item[key] == step
        and template.items[key].kind is ItemKind.TASK
    }


@pytest.mark.parametrize("step", [step for step in ORDER if step not in ("service_agreement", "graduation")])
def test_an_open_step_is_skipped_with_a_reason_and_a_name(step: str) -> None:
    """O-41."""
    play = playing(step)
    play.do(SkipStep(step, NOT_NEEDED), by="coach-2")
    assert play.step(step) is StepState.SKIPPED
    line = next(line for line in play.history if line.note.kind == "step_skipped")
    assert (line.by, line.note.reason) == ("coach-2", NOT_NEEDED)
    assert play.refuses(SkipStep(step, NOT_NEEDED)).code == "already"


@pytest.mark.parametrize("step", [step for step in ORDER if step not in ("service_agreement", "graduation")])
def test_a_skipped_step_is_reopened_with_a_reason_and_history_keeps_both(step: str) -> None:
    """O-41."""
    play = playing(step)
    play.do(SkipStep(step, NOT_NEEDED))
    play.do(ReopenStep(step, AGAIN))
    assert play.step(step) is StepState.OPEN
    assert [note.reason for kind in ("step_skipped", "step_reopened") for note in play.notes(kind)] == [
        NOT_NEEDED,
        AGAIN,
    ]


@pytest.mark.parametrize("step", ["service_agreement", "graduation"])
def test_the_first_and_the_last_step_cannot_be_skipped(step: str) -> None:
    """O-41."""
    assert playing(step).refuses(SkipStep(step, NOT_NEEDED)).code == "needed"


def test_a_step_that_is_not_open_yet_cannot_be_skipped_or_reopened() -> None:
    """O-41."""
    play = playing("welcome_call")
    refusal = play.refuses(SkipStep("handoff_call", NOT_NEEDED))
    assert "finish Welcome Call first" in refusal.sentence
    assert play.refuses(ReopenStep("handoff_call", AGAIN)).code == "not_over"


@pytest.mark.parametrize("step", [step for step in ORDER if step not in ("training", "enrollments", "graduation")])
def test_a_step_that_was_done_is_done_again_after_reopening(step: str) -> None:
    """O-41."""
    play = playing("graduation")
    play.do(ReopenStep(step, AGAIN))
    assert play.step(step) is StepState.OPEN
    for event in work_of(step, START.date()):
        play.tell(event)
    play.deliver()
    for item in open_tasks(play, step):
        play.do(CompleteItem(item))
    assert play.step(step) is StepState.DONE


def test_a_reopened_step_leaves_the_later_ones_as_they_are() -> None:
    """O-41."""
    play = playing("application_call")
    before = states(play)
    play.do(ReopenStep("welcome_call", AGAIN))
    assert states(play) == {**before, "welcome_call": StepState.OPEN}


@pytest.mark.parametrize("step", ["training", "enrollments"])
def test_a_step_that_follows_from_records_is_not_reopened_by_hand(step: str) -> None:
    """O-41."""
    play = playing("first_claim")
    assert play.refuses(ReopenStep(step, AGAIN)).code == "by_itself"


def test_an_item_is_skipped_and_reopened_with_reasons() -> None:
    """O-41."""
    play = playing("application_call")
    play.do(SkipItem("handoff.ehr", NOT_NEEDED))
    assert "handoff.ehr" not in play.work
    play.do(ReopenItem("handoff.ehr", Reason.ENTERED_BY_MISTAKE))
    assert "handoff.ehr" in play.work
    assert play.notes("item_reopened")[0].reason == Reason.ENTERED_BY_MISTAKE
    assert play.refuses(ReopenItem("handoff.ehr", AGAIN)).code == "not_settled"


def test_items_that_are_what_a_step_is_for_are_not_skipped() -> None:
    """O-41."""
    assert begun().refuses(SkipItem("agreement.signed", NOT_NEEDED)).code == "needed"
    assert playing("graduation").refuses(SkipItem("graduation.handover", NOT_NEEDED)).code == "needed"


def test_a_derived_item_is_not_reopened_while_its_facts_say_so() -> None:
    """O-41."""
    play = playing("first_claim")
    refusal = play.refuses(ReopenItem("enrollments.top_payers", AGAIN))
    assert "record-enrollment" in refusal.sentence


def test_what_was_never_opened_in_a_skipped_step_says_so() -> None:
    play = playing("handoff_call")
    play.do(SkipStep("handoff_call", NOT_NEEDED))
    assert "Handoff Call was skipped" in play.refuses(CompleteItem("handoff.account")).sentence
