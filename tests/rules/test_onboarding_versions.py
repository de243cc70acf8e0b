"""One entry in one place, and journeys under way that keep what they started with."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from models.rules import onboarding
from models.rules.onboarding import CALLS, Call, Item, ItemKind, Step, Topic
from models.rules.onboarding_events import CompleteItem, RegisterForTraining
from models.rules.onboarding_facts import StepState
from models.rules.onboarding_sentences import sentence
from models.rules.onboarding_template import template
from models.rules.roles import Role
from tests.rules.examples import START, held, playing, work_of

COACH = Role.SUCCESS_COACH


@pytest.fixture(autouse=True)
def _fresh_templates() -> Iterator[None]:
    template.cache_clear()
    yield
    template.cache_clear()


@pytest.fixture
def eleventh_step(monkeypatch: pytest.MonkeyPatch) -> None:
    review = Step(
        "compliance",
        "Compliance Review",
        COACH,
        after=("handoff_call",),
        before=("first_claim",),
        call=Call("compliance", "Compliance Call", 30, COACH, (COACH,)),
        items=(Item("compliance.held", "Compliance Call held", COACH, ItemKind.FACT),),
        since=2,
    )
    monkeypatch.setattr(onboarding, "STEPS", (*onboarding.STEPS, review))


def with_item(item: Item, *, on_agenda: bool) -> tuple[Step, ...]:
    def changed(step: Step) -> Step:
        if step.key != "handoff_call" or step.call is None:
            return step
        if on_agenda:
            return replace(step, call=replace(step.call, agenda=(*step.call.agenda, item)))
        return replace(step, items=(*step.items, item))

    return tuple(changed(step) for step in onboarding.STEPS)


@pytest.mark.usefixtures("eleventh_step")
def test_an_eleventh_step_is_one_entry_and_makes_later_steps_wait() -> None:
    """O-47."""
    assert onboarding.newest_version() == 2
    assert list(template(2).steps)[-1] == "compliance"
    assert template(2).steps["first_claim"].after == ("billing_rules_call", "training", "enrollments", "compliance")
    play = playing("application_call", template_version=2)
    assert play.step("compliance") is StepState.OPEN
    for step in ("application_call", "billing_rules_call", "training", "enrollments"):
        play.do(*work_of(step, START.date()))
    assert "first_claim" not in play.journey.steps
    play.do(held("compliance"))
    assert play.step("first_claim") is StepState.OPEN
    told = sentence(
        "step_done", subject="compliance", reason="", actor="x", evidence={}, template=play.journey.template
    )
    assert told == "Compliance Review was completed."


@pytest.mark.usefixtures("eleventh_step")
def test_a_journey_under_way_keeps_its_ten_steps() -> None:
    """O-47."""
    assert len(template(1).steps) == 10
    assert template(1).numbers["graduation"] == 10
    play = playing("graduation", template_version=1)
    assert "compliance" not in play.journey.steps


def test_an_agenda_item_is_one_entry_for_new_journeys(monkeypatch: pytest.MonkeyPatch) -> None:
    """O-47."""
    item = Item("handoff.privacy", "Privacy practices", COACH, ItemKind.AGENDA, since=2)
    monkeypatch.setattr(onboarding, "STEPS", with_item(item, on_agenda=True))
    assert onboarding.newest_version() == 2
    for version, count in ((1, 5), (2, 6)):
        play = playing("application_call", template_version=version)
        assert play.notes("call_held")[-1].evidence["covered"] == count


def test_a_task_is_one_entry_for_new_journeys(monkeypatch: pytest.MonkeyPatch) -> None:
    """O-47."""
    item = Item("handoff.intranet", "Open the intranet", COACH, since=2)
    monkeypatch.setattr(onboarding, "STEPS", with_item(item, on_agenda=False))
    old, new = (playing("handoff_call", template_version=version) for version in (1, 2))
    assert old.refuses(CompleteItem("handoff.intranet")).code == "unknown"
    new.do(held("handoff"))
    assert new.step("handoff_call") is StepState.OPEN
    new.do(CompleteItem("handoff.intranet"))
    assert new.step("handoff_call") is StepState.DONE


def test_a_training_topic_is_one_entry_for_new_journeys(monkeypatch: pytest.MonkeyPatch) -> None:
    """O-47."""
    monkeypatch.setattr(onboarding, "TOPICS", (*onboarding.TOPICS, Topic("telehealth", "Telehealth", since=2)))
    assert onboarding.newest_version() == 2
    old, new = (playing("training", template_version=version) for version in (1, 2))
    old.do(RegisterForTraining())
    assert "handoff.trainings" not in old.work
    new.do(RegisterForTraining())
    assert "handoff.trainings" in new.work


def test_the_calls_of_the_steps_and_those_after_go_live_are_known() -> None:
    assert list(CALLS) == ["welcome", "handoff", "application", "billing_rules", "one_week", "check_in"]


def test_keys_are_unique_and_every_dependency_exists() -> None:
    keys = [item.key for step in onboarding.STEPS for item in onboarding.step_items(step)]
    assert len(keys) == len(set(keys))
    for step in onboarding.STEPS:
        assert set(step.after) | set(step.before) <= set(template(1).steps)
        low, typical, high = step.days
        assert 0 < low <= typical <= high
    assert {needed for call in CALLS.values() for needed in call.needs} <= set(keys)


def test_the_rules_import_nothing_but_the_standard_library() -> None:
    heavy = ("prefect", "sqlalchemy", "pydantic", "pandas")
    code = f"import sys, models.rules.onboarding_decision; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
