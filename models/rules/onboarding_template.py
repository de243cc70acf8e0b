"""The journey as one version of it reads; a journey keeps the version with which it started (O-47)."""

from dataclasses import dataclass, replace
from functools import lru_cache

from models.rules import onboarding
from models.rules.onboarding import Call, Item, Step, Topic, step_items


@dataclass(frozen=True, slots=True)
class Template:
    """The journey as one version of it reads; a journey keeps the version with which it started."""

    version: int
    steps: dict[str, Step]
    calls: dict[str, Call]
    topics: dict[str, Topic]
    items: dict[str, Item]
    step_of_item: dict[str, str]
    step_of_call: dict[str, str]
    numbers: dict[str, int]


def _call_at(call: Call, version: int) -> Call:
    return replace(call, agenda=tuple(item for item in call.agenda if item.since <= version))


def _step_at(step: Step, version: int) -> Step:
    items = tuple(item for item in step.items if item.since <= version)
    earlier = tuple(other.key for other in onboarding.STEPS if step.key in other.before and other.since <= version)
    return replace(step, items=items, after=step.after + earlier, call=step.call and _call_at(step.call, version))


@lru_cache(maxsize=32)
def template(version: int) -> Template:
    """Give the journey as it was at a version: later entries are left out."""
    steps = {step.key: _step_at(step, version) for step in onboarding.STEPS if step.since <= version}
    calls = (*(step.call for step in steps.values() if step.call), *onboarding.FOLLOW_UPS)
    owned = {item.key: (item, step.key) for step in steps.values() for item in step_items(step)}
    return Template(
        version=version,
        steps=steps,
        calls={call.key: call for call in calls},
        topics={topic.key: topic for topic in onboarding.TOPICS if topic.since <= version},
        items={key: item for key, (item, _) in owned.items()},
        step_of_item={key: step for key, (_, step) in owned.items()},
        step_of_call={step.call.key: step.key for step in steps.values() if step.call},
        numbers={key: number for number, key in enumerate(steps, start=1)},
    )
